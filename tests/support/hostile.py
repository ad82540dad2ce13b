"""Hostile, broken and odd files, each with what the reader must make of it.

A case writes its file and names the outcome: the code of the refusal, or the rows read of the
first sheet. Large ones are written in pieces, so that the writer stays small.
"""

from __future__ import annotations

import codecs
import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

import workbooks
from workbooks import MAIN, ods, ole, patched, worksheet, xls, xlsb

Write = Callable[[Path], object]
Pieces = str | bytes | Callable[[], Iterable[str]]

HEAD = '<?xml version="1.0"?>'
HEADINGS = ("NO", "NIK", "NAMA", "PROGRAM", "PERIODE", "JUMLAH")
PART = "xl/worksheets/sheet1.xml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Case:
    """One file. `shows` is a text that one of its cells must hold exactly, if it is read."""

    name: str
    extension: str
    write: Write
    refused: str | None = None
    rows: int = 0
    shows: str | None = None
    large: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def expected(self) -> str:
        """The outcome in words."""
        return self.refused or f"{self.rows} rows"

    def file(self, folder: Path) -> Path:
        """Write the file into a folder."""
        path = folder / (self.name.replace(" ", "-").replace("/", "-") + self.extension)
        self.write(path)
        return path


# --- pieces


def person(number: int) -> tuple[str, ...]:
    """A synthetic row of a recipient list."""
    return (str(number), f"352001550680{9000 + number}", f"SITI {number}", "PKH", "2024", "300000")


def listing(people: int = 3) -> list[tuple[str, ...]]:
    """A list of recipients with its headings."""
    return [HEADINGS, *(person(number) for number in range(1, people + 1))]


def cell(place: str, text: str) -> str:
    """An inline text cell."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def row(number: int, *cells: str) -> str:
    """A row of cells given as XML."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def rows(lines: Iterable[tuple[str, ...]]) -> str:
    """Rows of inline texts from A1 on."""
    return "".join(
        row(number, *(cell(f"{'ABCDEF'[at]}{number}", text) for at, text in enumerate(line)))
        for number, line in enumerate(lines, start=1)
    )


LIST = rows(listing())


SHEET = worksheet(LIST)


def book(sheet: Pieces = SHEET, **parts: Pieces) -> Write:
    """An xlsx with this sheet; `parts` are added or replace others, "__" standing for "/"."""
    named = {f"xl/{name.replace('__', '/')}.xml": data for name, data in parts.items()}
    return lambda path: _stream(path, {PART: sheet, **named})


def _stream(path: Path, parts: dict[str, Pieces]) -> None:
    workbooks.xlsx(path, "")
    with zipfile.ZipFile(path) as archive:
        usual = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (usual | parts).items():
            with archive.open(name, "w", force_zip64=False) as part:
                for piece in data() if callable(data) else [data]:
                    part.write(piece.encode() if isinstance(piece, str) else piece)


def around(body: Iterable[str]) -> Iterator[str]:
    """A worksheet part in pieces."""
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'
    yield from body
    yield "</sheetData></worksheet>"


def strings(items: str, count: str = 'uniqueCount="1"') -> str:
    """A table of shared strings."""
    return f'{HEAD}<sst xmlns="{MAIN}" {count}>{items}</sst>'


def text(data: str | bytes, encoding: str = "utf-8") -> Write:
    """A file of this text."""
    content = data.encode(encoding) if isinstance(data, str) else data
    return lambda path: path.write_bytes(content)


def delimited(people: int = 3, delimiter: str = ";", end: str = "\n") -> str:
    """A list of recipients as delimited text."""
    return "".join(delimiter.join(line) + end for line in listing(people))


def changed(write: Write, change: Callable[[bytes], bytes]) -> Write:
    """The file of another builder with its bytes changed."""

    def act(path: Path) -> None:
        write(path)
        patched(path, change)

    return act


def archive(
    parts: dict[str, bytes],
    method: int = zipfile.ZIP_DEFLATED,
    extra: tuple[str, bytes] = ("", b""),
) -> Write:
    """A workbook with parts added by their full name; `extra` may repeat a name."""

    def act(path: Path) -> None:
        workbooks.xlsx(path, SHEET)
        with zipfile.ZipFile(path, "a", method) as opened:
            for name, data in [*parts.items(), *([extra] if extra[0] else [])]:
                info = zipfile.ZipInfo(name)
                info.compress_type = method
                opened.writestr(info, data)

    return act


def flipped(data: bytes) -> bytes:
    """One bit of the sheet's packed bytes turned over."""
    at = data.index(b"xl/worksheets/sheet1.xml") + 24 + 40
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def size_lie(data: bytes) -> bytes:
    """The directory says that the sheet unpacks to 64 bytes."""
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    return data[: at + 24] + struct.pack("<I", 64) + data[at + 28 :]


def method_lie(data: bytes) -> bytes:
    """The directory says that the sheet is packed by a method nobody has."""
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    return data[: at + 10] + struct.pack("<H", 97) + data[at + 12 :]


def relations(kind: str, target: str, mode: str = "") -> str:
    """A relations part with one target."""
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/{kind}" Target="{target}"{mode}/>'
        "</Relationships>"
    )


def related(target: str, mode: str = "") -> Write:
    """A workbook whose sheet is said to be elsewhere."""
    part = relations("worksheet", target, mode)
    return lambda path: _stream(path, {PART: SHEET, "xl/_rels/workbook.xml.rels": part})


def sheets(*named: tuple[str, str], before: str = "") -> str:
    """A workbook part whose sheets (name, state) all show the one sheet part."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{at}" state="{state}" r:id="rId1"/>'
        for at, (name, state) in enumerate(named, start=1)
    )
    spaces = f'xmlns="{MAIN}" xmlns:r="{_RELATIONS}"'
    return f"<workbook {spaces}>{before}<sheets>{listed}</sheets></workbook>"


def strict(path: Path) -> None:
    """Strict Open XML: other namespaces throughout."""
    workbooks.xlsx(path, SHEET)
    with zipfile.ZipFile(path) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    own = b"http://purl.oclc.org/ooxml/"
    swaps = [
        (MAIN.encode(), own + b"spreadsheetml/main"),
        (_RELATIONS.encode(), own + b"officeDocument/relationships"),
    ]
    for name, data in parts.items():
        for old, new in swaps:
            data = data.replace(old, new)
        parts[name] = data
    workbooks.zipped(path, parts)


def stylesheet(formats: str) -> str:
    """A styles part with these cell formats."""
    return f'<styleSheet xmlns="{MAIN}"><cellXfs>{formats}</cellXfs></styleSheet>'


def _fat_lie(path: Path) -> None:
    xls(path)
    patched(path, lambda data: data[:44] + struct.pack("<I", 0x7FFFFFFF) + data[48:])


def _zip_behind_html(path: Path) -> None:
    book()(path)
    patched(path, lambda data: b"<html><body>Warning: x</body></html>" + data)


def _gzip(path: Path) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        file.write(delimited().encode() * 1000)
    path.write_bytes(packed.getvalue())


def _many(count: int, piece: Callable[[int], str], batch: int = 10_000) -> Iterator[str]:
    for start in range(0, count, batch):
        yield "".join(piece(number) for number in range(start, min(start + batch, count)))


def page(body: str) -> str:
    """An HTML page as web applications serve it."""
    return f'<html><head><meta charset="utf-8"></head><body>{body}</body></html>'


def table(lines: Iterable[tuple[str, ...]]) -> str:
    """An HTML table."""
    return (
        "<table border=1>"
        + "".join("<tr>" + "".join(f"<td>{t}</td>" for t in line) + "</tr>" for line in lines)
        + "</table>"
    )


def _entities(parameter: str) -> str:
    return f'{HEAD}<!DOCTYPE x [{parameter}]><worksheet xmlns="{MAIN}"><sheetData>'


LAUGHS = '<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
FROM_FILE = '<!ENTITY x SYSTEM "file:///etc/passwd">'
_END = "</sheetData></worksheet>"


# --- the cases


def _of(extension: str, *given: tuple[object, ...], large: bool = False) -> Iterator[Case]:
    """Cases from (name, builder, code or number of rows[, text shown])."""
    for name, write, outcome, *shows in given:
        assert callable(write)
        told = str(shows[0]) if shows else None
        if isinstance(outcome, str):
            yield Case(str(name), extension, write, refused=outcome, large=large)
        else:
            assert isinstance(outcome, int)
            yield Case(str(name), extension, write, rows=outcome, shows=told, large=large)


def _containers() -> Iterator[Case]:
    yield from _of(
        ".xlsx",
        ("cut off in the middle", changed(book(), lambda d: d[: len(d) // 2]), "FILE_TRUNCATED"),
        ("a bit turned over", changed(book(), flipped), "FILE_UNREADABLE"),
        ("size lie in the directory", changed(book(), size_lie), "FILE_UNSAFE"),
        ("unknown packing method", changed(book(), method_lie), "FILE_UNSAFE"),
        ("packed by bzip2", archive({"xl/a.xml": b"<a/>"}, zipfile.ZIP_BZIP2), "FILE_UNSAFE"),
        ("path out of the folder", archive({"../../etc/cron.d/x": b"x"}), "FILE_UNSAFE"),
        ("20,000 entries", archive({f"xl/m/{n}": b"" for n in range(20_000)}), "FILE_UNSAFE"),
        (
            "two parts of one name in other case",
            archive({}, extra=("xl/Worksheets/SHEET1.xml", b"<worksheet/>")),
            "FILE_UNSAFE",
        ),
        ("sheet target out of the archive", related("../../../../etc/passwd"), "FILE_UNREADABLE"),
        (
            "sheet target on the internet",
            related("http://127.0.0.1:9/a.xml", ' TargetMode="External"'),
            "FILE_UNREADABLE",
        ),
        ("sheet part missing", related("worksheets/sheet9.xml"), "FILE_UNREADABLE"),
        ("workbook as its own sheet", related("workbook.xml"), "FILE_UNREADABLE"),
        ("empty zip", text(b"PK\x05\x06" + bytes(18)), "FILE_TYPE"),
        ("html in front of a zip", _zip_behind_html, "FILE_TYPE"),
        ("one byte", text(b"P"), "FILE_EXTENSION"),
        ("zeros only", text(bytes(5000)), "FILE_TRUNCATED"),
        ("link to another workbook", archive({"xl/externalLinks/externalLink1.xml": b"<e/>"}), 4),
        ("junk behind the directory", changed(book(), lambda d: d + b"\r\n" * 30), 4),
    )
    yield from _of(".xlsm", ("macros", archive({"xl/vbaProject.bin": b"\xd0\xcf" * 500}), 4))
    yield from _of(
        ".xls",
        ("OLE count of its FAT lies", _fat_lie, 5),
        ("OLE cut off", changed(xls, lambda d: d[:700]), "FILE_TRUNCATED"),
        ("OLE cut in its data", changed(xls, lambda d: d[: len(d) // 2]), "FILE_TRUNCATED"),
        ("OLE header only", text(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "FILE_TRUNCATED"),
        (
            "OLE all ones",
            text(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4088),
            "FILE_UNREADABLE",
        ),
    )
    yield from _of(
        ".xlsx",
        (
            "password by Excel",
            lambda p: ole(p, "Root Entry", "EncryptionInfo", "EncryptedPackage"),
            "FILE_ENCRYPTED",
        ),
    )
    repeated = (
        '<table:table-row table:number-rows-repeated="{}"><table:table-cell {}>'
        "<text:p>a</text:p></table:table-cell></table:table-row>"
    )
    kind = 'office:value-type="string"'
    wide = f'table:number-columns-repeated="1000000" {kind}'
    yield from _of(
        ".ods",
        (
            "ods repeats rows and columns",
            lambda p: ods(p, repeated.format(1_048_576, wide)),
            "FILE_UNREADABLE",
        ),
        (
            "ods cut off",
            changed(lambda p: ods(p, repeated.format(2, kind)), lambda d: d[:300]),
            "FILE_TRUNCATED",
        ),
        ("ods repeats a row", lambda p: ods(p, repeated.format(3, kind)), 3, "a"),
    )
    yield from _of(
        ".xlsb",
        (
            "xlsb cell far out",
            lambda p: xlsb(p, [(0, 0, "a"), (1_048_575, 16_383, "b")]),
            "FILE_UNREADABLE",
        ),
    )


def _markup() -> Iterator[Case]:
    laughing = _entities(LAUGHS) + row(1, cell("A1", "&i;")) + _END
    outside = _entities(FROM_FILE) + row(1, cell("A1", "&x;")) + _END
    remote = f'{HEAD}<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">{SHEET[len(HEAD) :]}'
    prefixed = SHEET.replace("<", "<q:").replace("<q:/", "</q:").replace("<q:?", "<?")
    prefixed = prefixed.replace("xmlns=", "xmlns:q=")
    utf16 = f'<?xml version="1.0" encoding="UTF-16"?>{SHEET[len(HEAD) :]}'
    attributes = "".join(f' a{n}="1"' for n in range(100_000))
    late = f"{HEAD}<!--{'x' * 70_000}-->" + laughing[len(HEAD) :]
    yield from _of(
        ".xlsx",
        ("billion laughs", book(laughing), "FILE_UNSAFE"),
        ("entity from a file", book(outside), "FILE_UNSAFE"),
        ("DTD from the internet", book(remote), "FILE_UNSAFE"),
        ("DTD behind a long comment", book(late), "FILE_UNSAFE"),
        ("DTD in the strings", book(sharedStrings=_entities(LAUGHS) + _END), "FILE_UNSAFE"),
        ("DTD in the workbook", book(workbook=_entities(LAUGHS) + _END), "FILE_UNSAFE"),
        ("sheet in UTF-16", book(utf16.encode("utf-16")), "FILE_UNSAFE"),
        ("sheet in UTF-16 without a mark", book(utf16.encode("utf-16-le")), "FILE_UNSAFE"),
        (
            "sheet in UTF-7",
            book('<?xml version="1.0" encoding="UTF-7"?><worksheet/>'),
            "FILE_UNSAFE",
        ),
        ("sheet ends in the middle", book(SHEET[:-200]), "FILE_UNREADABLE"),
        ("sheet is not XML", book("nama;nik"), "FILE_UNREADABLE"),
        ("sheet is empty", book(""), "FILE_UNREADABLE"),
        ("workbook is not XML", book(workbook="<workbook"), "FILE_UNREADABLE"),
        (
            "workbook nested 100,000 deep",
            book(workbook="<workbook>" + "<a>" * 100_000),
            "FILE_UNREADABLE",
        ),
        ("400,000 nested rows", book(worksheet("<row>" * 400_000)), "FILE_EMPTY"),
        (
            "strings nested 100,000 deep",
            book(sharedStrings=strings("<si>" * 100_000 + "</si>" * 100_000)),
            4,
        ),
        (
            "invalid UTF-8 in a cell",
            book(SHEET.encode().replace(b"SITI", b"S\x80")),
            "FILE_UNREADABLE",
        ),
        (
            "100,000 attributes of a cell",
            book(worksheet(row(1, f'<c r="A1"{attributes}><v>1</v></c>'))),
            1,
            "1",
        ),
        ("prefix on every tag", book(prefixed), 4, "SITI 3"),
        ("strict Open XML", strict, 4, "SITI 3"),
    )


def _cells() -> Iterator[Case]:
    one = row(1, '<c r="A1" t="s"><v>{}</v></c>')
    rich = (
        "<si><r><t xml:space='preserve'>SITI </t></r><r><rPr><b/></rPr><t>AMINAH</t></r>"
        "<rPh sb='0' eb='1'><t>x</t></rPh></si>"
    )
    typed = row(
        1,
        '<c r="A1" t="e"><v>#REF!</v></c><c r="B1"><f>1+1</f><v>2</v></c><c r="C1"><f>1+1</f></c>'
        '<c r="D1" t="str"><f>A1</f><v>teks</v></c><c r="E1" t="b"><v>1</v></c>',
    )
    odd = row(
        1,
        '<c r="A1"><v>NaN</v></c><c r="B1"><v>1e999</v></c><c r="C1"><v>-1e308</v></c>'
        '<c r="D1" s="99"><v>1</v></c><c r="E1"><v></v></c>' + cell("F1", "ya"),
    )
    merged = "".join(f'<mergeCell ref="A{n}:F{n}"/>' for n in range(5, 20_005))
    merging = SHEET.replace("</sheetData>", f"</sheetData><mergeCells>{merged}</mergeCells>")
    stray = LIST + row(1_048_576, cell("A1048576", "x"))
    dates = stylesheet('<xf/><xf numFmtId="14" applyNumberFormat="1"/>')
    day = worksheet(row(1, '<c r="A1" s="1"><v>100</v></c>'))
    far = worksheet(
        row(1, '<c r="A1" s="1"><v>1e300</v></c><c r="B1" s="1"><v>-5</v></c>' + cell("C1", "ya"))
    )
    since_1904 = sheets(("Data", "visible"), before='<workbookPr date1904="1"/>')
    claims = SHEET.replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    yield from _of(
        ".xlsx",
        (
            "count of strings lies high",
            book(sharedStrings=strings("<si/>", 'count="4294967295" uniqueCount="4294967295"')),
            "FILE_UNSAFE",
        ),
        (
            "count of strings beyond 64 bits",
            book(sharedStrings=strings("<si/>", f'uniqueCount="{"9" * 40}"')),
            "FILE_UNSAFE",
        ),
        (
            "count of strings negative",
            book(sharedStrings=strings("<si/>", 'count="-1" uniqueCount="-1"')),
            4,
        ),
        (
            "count of strings lies low",
            book(
                worksheet(one.format(2)),
                sharedStrings=strings("<si><t>a</t></si>" * 3, 'uniqueCount="0"'),
            ),
            1,
            "a",
        ),
        (
            "string number out of range",
            book(worksheet(one.format(7)), sharedStrings=strings("<si><t>a</t></si>")),
            "FILE_UNREADABLE",
        ),
        (
            "string number negative",
            book(worksheet(one.format(-1)), sharedStrings=strings("<si><t>a</t></si>")),
            1,
        ),
        (
            "rich text with reading marks",
            book(worksheet(one.format(0)), sharedStrings=strings(rich)),
            1,
            "SITI AMINAH",
        ),
        (
            "cell at XFD1048576",
            book(worksheet(LIST + row(1_048_576, cell("XFD1048576", "x")))),
            "FILE_UNSAFE",
        ),
        ("stray cell at A1048576", book(worksheet(stray)), 1_048_576, "SITI 3"),
        (
            "reference overflows 32 bits",
            book(worksheet(row(1, cell("A4294967297", "x")))),
            "FILE_UNSAFE",
        ),
        (
            "reference of letters only",
            book(worksheet(row(1, cell("ZZZZZZZZZZ", "x")))),
            "FILE_UNREADABLE",
        ),
        ("reference to row 0", book(worksheet(row(0, cell("A0", "x")))), "FILE_UNREADABLE"),
        (
            "row number overflows",
            book(worksheet(row(4_294_967_296, "<c><v>1</v></c>"))),
            "FILE_UNSAFE",
        ),
        (
            "100,000 cells without a reference in a row",
            book(worksheet(f"<row>{'<c><v>1</v></c>' * 100_000}</row>")),
            "FILE_UNSAFE",
        ),
        ("dimension lies", book(claims), 4, "SITI 3"),
        (
            "rows in the wrong order",
            book(worksheet(row(3, cell("A3", "c")) + row(1, cell("A1", "a")))),
            3,
            "c",
        ),
        ("error cell, formulas, truth", book(worksheet(typed)), 1, "#REF!"),
        ("numbers that are none", book(worksheet(odd)), 1, "ya"),
        ("dates past the calendar", book(far, styles=dates), 1, "ya"),
        ("date since 1904", book(day, styles=dates, workbook=since_1904), 1, "1904-04-10 00:00:00"),
        ("20,000 merged ranges", book(merging), 4),
        (
            "32,767 characters in a cell",
            book(worksheet(row(1, cell("A1", "x" * 32_767)))),
            1,
            "x" * 32_767,
        ),
        (
            "NUL written as _x0000_",
            book(worksheet(rows([HEADINGS, (*person(1)[:2], "SI_x0000_TI", *person(1)[3:])]))),
            2,
            "SITI",
        ),
        ("hidden sheet only", book(workbook=sheets(("Data", "veryHidden"))), 4),
        ("sheets of one name", book(workbook=sheets(("Data", "visible"), ("Data", "visible"))), 4),
        ("sheet name of braces", book(workbook=sheets(("{0.__class__} {value}", "visible"))), 4),
        ("no sheets", book(workbook=sheets()), "FILE_EMPTY"),
        ("no cells", book(worksheet("")), "FILE_EMPTY"),
    )


def _texts() -> Iterator[Case]:
    plain = delimited()
    yield from _of(
        ".csv",
        ("gzip named csv", _gzip, "FILE_TYPE"),
        ("csv UTF-16 LE", text(codecs.BOM_UTF16_LE + plain.encode("utf-16-le")), 4, "SITI 3"),
        ("csv UTF-16 BE", text(codecs.BOM_UTF16_BE + plain.encode("utf-16-be")), 4, "SITI 3"),
        ("csv UTF-16 without a mark", text(plain, "utf-16-le"), "FILE_ENCODING"),
        (
            "csv UTF-16 of odd length",
            text(codecs.BOM_UTF16_LE + plain.encode("utf-16-le")[:-1]),
            "FILE_ENCODING",
        ),
        ("csv UTF-16 half a pair", text(b"\xff\xfea\0\x00\xd8\n\0"), "FILE_ENCODING"),
        ("csv UTF-32", text(codecs.BOM_UTF32_LE + plain.encode("utf-32-le")), "FILE_ENCODING"),
        ("csv CR only", text(delimited(end="\r")), 4, "SITI 3"),
        ("csv sep line", text("sep=;\r\n" + plain), 4, "SITI 3"),
        ("csv mark and semicolon", text(plain, "utf-8-sig"), 4, "NO"),
        ("csv CP1252", text(plain.replace("SITI 3", "SITI é"), "cp1252"), 4, "SITI é"),
        ("csv quote left open", text(plain + '4;"x;y\n'), "FILE_UNREADABLE"),
        ("csv NUL far down", text(delimited(2000) + "a\0b\n"), "FILE_ENCODING"),
        ("csv 50,000 columns", text(";".join(["x"] * 50_000) + "\n"), "FILE_UNSAFE"),
        ("csv field of 200,000 characters", text(f"a;b\n1;{'x' * 200_000}\n"), "FILE_UNREADABLE"),
        ("csv line of 5 MB", text("x" * 5_000_000), "FILE_UNREADABLE"),
        ("csv mark only", text(codecs.BOM_UTF8), "FILE_EMPTY"),
        ("csv delimiters only", text(";;;\n" * 50), "FILE_EMPTY"),
        ("csv line ends only", text("\r\n" * 500), "FILE_EMPTY"),
        ("csv decimal commas", text("nama;nilai\nA;1,5\nB;2,5\n"), 3, "1,5"),
        ("csv of formulas", text("nama;nilai\n=cmd|' /C calc'!A0;+1\n"), 2, "+1"),
        ("csv ends in Ctrl-Z", text(plain + "\x1a"), 5),
        ("csv 1,000 quotes", text("a;b\n" + '"' * 1_000 + ";2\n"), 2, '"' * 499),
        ("csv one field more", text(plain + "1;2;3;4;5;6;7\n" * 60), 64),
    )
    entity = f"<!DOCTYPE html [{FROM_FILE}]><table><tr><td>a&x;</table>"
    deep = "<table><tr><td>" * 20_000
    spans = "<tr><td colspan=16384 rowspan=65534>x</td></tr>"
    yield from _of(
        ".xls",
        ("HTML saved as xls", text(page(table(listing()))), 4, "SITI 3"),
        (
            "HTML after a warning",
            text("<br />\n<b>Warning</b>: x\n" + table(listing())),
            4,
            "SITI 3",
        ),
        ("HTML tables 20,000 deep", text(deep + "x"), "FILE_UNREADABLE"),
        (
            "HTML cut off by its depth",
            text(f"<table>{'<tr><td>a</td></tr><div>' * 5_000}"),
            "FILE_UNREADABLE",
        ),
        ("HTML cells span everything", text(f"<table>{spans * 20_000}</table>"), "FILE_UNSAFE"),
        ("HTML entities", text(entity), 1),
        ("HTML with a script", text(page("<script>alert(1)</script>" + table(listing()))), 4),
        ("HTML left open", text("<table><tr><td>a<td>b<tr><td>c"), 2, "c"),
        ("csv saved as xls", text(delimited(delimiter="\t")), 4, "SITI 3"),
    )


def _large() -> Iterator[Case]:
    million, empty = 1_000_000, "<row></row>" * 10_000
    style = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    one = worksheet(row(1, '<c r="A1" t="s"><v>0</v></c>'))

    def styled(number: int) -> str:
        return row(number + 12, f'<c r="A{number + 12}" s="1"/>', f'<c r="B{number + 12}" s="1"/>')

    def wide(number: int) -> str:
        return row(number + 12, *(f'<c r="{at}{number + 12}" s="1"/>' for at in "ABCDEFGHIJKL"))

    yield from _of(
        ".xlsx",
        (
            "a million styled empty rows",
            book(lambda: around(chain([rows(listing(10))], _many(million, styled)))),
            11,
            "SITI 3",
        ),
        (
            "a million styled empty rows of 12 cells",
            book(lambda: around(chain([rows(listing(10))], _many(million, wide)))),
            11,
            "SITI 3",
        ),
        ("stray cell at XFD1", book(worksheet(row(1, cell("XFD1", "x")))), 1, "x"),
        (
            "16,384 cells without a reference in a row",
            book(worksheet(f"<row>{'<c><v>1</v></c>' * 16_384}</row>")),
            1,
        ),
        ("600 MB of empty rows", book(lambda: around(repeat(empty, 5_500))), "FILE_UNSAFE"),
        ("one string of 800 MB", book(one, sharedStrings=_huge_string), "FILE_UNSAFE"),
        ("a million unused strings", book(sharedStrings=_unused), 4, "SITI 3"),
        (
            "500,000 styles",
            book(styles=lambda: repeat(stylesheet(style * 500_000), 1)),
            4,
            "SITI 3",
        ),
        (
            "300 MB sheet said to be 64 bytes",
            changed(book(lambda: around(repeat(empty, 2_700))), size_lie),
            "FILE_UNSAFE",
        ),
        (
            "80 MB row",
            book(lambda: around(_one_row(2_000_000, '<c r="A1"><f>0</f><v>12345678901</v></c>'))),
            "FILE_UNSAFE",
        ),
        large=True,
    )
    yield from _of(
        ".csv",
        ("csv million line ends", text("\n" * million), "FILE_EMPTY"),
        (
            "csv quote left open in 60 MB",
            lambda p: p.write_bytes(b'a;b\n"' + b"x;y\n" * 15_000_000),
            "FILE_UNREADABLE",
        ),
        ("csv 200 MB", lambda p: p.write_bytes(delimited(1).encode() * 2_000_000), 4_000_000),
        large=True,
    )


def _one_row(count: int, given: str) -> Iterator[str]:
    yield "<row>"
    yield from _many(count, lambda _: given)
    yield "</row>"


def _huge_string() -> Iterator[str]:
    yield f'{HEAD}<sst xmlns="{MAIN}" uniqueCount="1"><si><t>'
    yield from ("A" * 1_000_000 for _ in range(800))
    yield "</t></si></sst>"


def _unused() -> Iterator[str]:
    count = 1_000_000
    yield f'{HEAD}<sst xmlns="{MAIN}" uniqueCount="{count}">'
    yield from _many(count, lambda n: f"<si><t>string {n * 7919 % count}</t></si>")
    yield "</sst>"


def cases(*, large: bool) -> list[Case]:
    """Every case, or those that are quick to write and to read."""
    quick = [*_containers(), *_markup(), *_cells(), *_texts()]
    return [*quick, *_large()] if large else quick
