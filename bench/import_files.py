"""Large exports for bench/import.py: persons of DTSEN in 40 columns, a million if asked.

A population of the generator is repeated under other NIK and KK prefixes, so that nobody is there
twice. The workbooks are written as XML directly: every library would take longer to write one than
the hub to read it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from adapters.readers import column_letter
from hub.demo.options import SampleOptions
from hub.demo.sample import generate
from mappings import regions

LAYOUT = "dtsen-person-v1-2026"
IDENTIFIERS = ("nomor_induk_kependudukan", "nomor_kartu_keluarga")
LEFT_OUT = (
    "kelas_tertinggi_yang_diduduki", "lapangan_usaha_dari_usaha_utama", "omzet_usaha_utama",
    "jumlah_pekerja_yang_dibayar_dari_usaha_utama", "kondisi_gizi",
    "jumlah_pekerja_yang_tidak_dibayar_dari_usaha_utama",
)  # fmt: skip
HOUSEHOLDS = 30_000  # of the population that is repeated: about 100,000 persons
SLICE = 20_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def people(folder: Path, rows: int) -> pl.DataFrame:
    """`rows` persons as the source would deliver them, as text."""
    options = SampleOptions(
        out=folder, households=min(HOUSEHOLDS, rows // 3 + 100), regencies=("3520",),
        layouts=(LAYOUT,), format="csv",
    )  # fmt: skip
    file = folder / generate(options).files[0].path
    population = pl.read_csv(file, infer_schema=False).drop(LEFT_OUT)
    copies = -(-rows // population.height)
    return pl.concat([_elsewhere(population, number) for number in range(copies)]).head(rows)


def _elsewhere(population: pl.DataFrame, number: int) -> pl.DataFrame:
    """The same people, registered first in other districts of the province."""
    if number == 0:
        return population
    known = regions.nik_prefixes().filter(pl.col("status") == "CURRENT")["prefix"]
    others = known.filter(known.str.starts_with("35") & ~known.str.starts_with("3520")).sort()
    own = known.filter(known.str.starts_with("3520")).sort()
    moved = dict(zip(own, others.slice((number - 1) * own.len(), own.len()), strict=True))
    return population.with_columns(
        pl.col(name).str.head(6).replace(moved) + pl.col(name).str.slice(6) for name in IDENTIFIERS
    )


def write_csv(frame: pl.DataFrame, target: Path) -> None:
    """The rows as a CSV."""
    frame.write_csv(target)


def write_inline(frame: pl.DataFrame, target: Path) -> None:
    """The rows as a workbook that holds every text where it stands, as programs write it."""
    cells = [
        _cell(number, 't="inlineStr"', "<is><t>", _escaped(name), "</t></is>")
        for number, name in enumerate(frame.columns)
    ]
    _write(frame, cells, target, None)


def write_shared(frame: pl.DataFrame, target: Path) -> None:
    """The rows as a workbook that holds every text once, as Excel writes it."""
    texts = pl.concat(
        [pl.Series("text", frame.columns), *(frame[name].rename("text") for name in frame.columns)]
    )
    distinct = texts.drop_nulls().unique(maintain_order=True)
    places = pl.DataFrame({"text": distinct}).with_row_index("place")
    numbered = frame.select(
        frame[name]
        .to_frame("text")
        .join(places, on="text", how="left", maintain_order="left")["place"]
        .alias(name)
        for name in frame.columns
    )
    heads = dict(zip(places["text"], places["place"], strict=True))
    numbered = numbered.rename({name: str(heads[name]) for name in frame.columns})
    cells = [
        _cell(number, 't="s"', "<v>", pl.col(name).cast(pl.String), "</v>")
        for number, name in enumerate(numbered.columns)
    ]
    items = places.select("<si><t>" + _escaped("text") + "</t></si>").to_series()
    _write(numbered, cells, target, items)


def _cell(number: int, kind: str, begin: str, value: pl.Expr, end: str) -> pl.Expr:
    head = pl.lit(f'<c r="{column_letter(number)}') + pl.col("#row") + f'" {kind}>{begin}'
    return pl.when(value.is_not_null()).then(head + value + f"{end}</c>").otherwise(pl.lit(""))


def _escaped(name: str) -> pl.Expr:
    text = pl.col(name)
    for plain, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.str.replace_all(plain, safe, literal=True)
    return text


def _write(
    frame: pl.DataFrame, cells: list[pl.Expr], target: Path, texts: pl.Series | None
) -> None:
    names = pl.DataFrame([frame.columns], schema=frame.columns, orient="row").cast(pl.String)
    table = frame.cast(pl.String)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _parts(shared=texts is not None):
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for first, rows in [(1, names), *_slices(table)]:
                part.write(_rows(rows, cells, first))
            part.write(b"</sheetData></worksheet>")
        if texts is not None:
            with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
                count = frame.height * frame.width - sum(frame.null_count().row(0)) + frame.width
                part.write(f'<sst xmlns="{_MAIN}" count="{count}"'.encode())
                part.write(f' uniqueCount="{texts.len()}">'.encode())
                for start in range(0, texts.len(), SLICE):
                    part.write("".join(texts.slice(start, SLICE)).encode())
                part.write(b"</sst>")


def _slices(table: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    for number, part in enumerate(table.iter_slices(SLICE)):
        yield number * SLICE + 2, part


def _rows(rows: pl.DataFrame, cells: list[pl.Expr], first: int) -> bytes:
    numbered = rows.with_row_index("#row", first).with_columns(pl.col("#row").cast(pl.String))
    line = pl.concat_str(pl.lit('<row r="'), "#row", pl.lit('">'), *cells, pl.lit("</row>"))
    return "".join(numbered.select(line).to_series()).encode()


def _parts(*, shared: bool) -> Iterator[tuple[str, str]]:
    kinds = {"workbook": "sheet.main", "worksheets/sheet1": "worksheet"}
    links = {"worksheet": "worksheets/sheet1.xml"}
    if shared:
        kinds["sharedStrings"], links["sharedStrings"] = "sharedStrings", "sharedStrings.xml"
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{_SHEET}.{kind}+xml"/>'
        for part, kind in kinds.items()
    )
    yield (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>',
    )
    yield "_rels/.rels", _links({"officeDocument": "xl/workbook.xml"})
    yield "xl/_rels/workbook.xml.rels", _links(links)
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>',
    )


def _links(targets: dict[str, str]) -> str:
    found = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets.items(), start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'
