"""Files in, text out: every kind of file through the child process."""

import datetime as dt
import hashlib
import re
import zipfile
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
import xlsxwriter
from workbooks import MAIN, ods, ole, patched, worksheet, xls, xlsb, xlsx

from adapters import sheetxml
from adapters.base import FileRefused, Limits, RawSheet
from adapters.readers import column_letter, read

NIK = "9971295110590003"  # past 2^53, so a number cannot hold it


def only(path: Path) -> RawSheet:
    (sheet,) = read(path).sheets
    return sheet


def refused(path: Path, limits: Limits | None = None) -> tuple[str, dict[str, str]]:
    with pytest.raises(FileRefused) as caught:
        read(path, limits=limits or Limits())
    return caught.value.code, caught.value.detail


def test_column_letters() -> None:
    letters = [column_letter(index) for index in (0, 25, 26, 701, 702, 16_383)]
    assert letters == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]
    assert [sheetxml.column_index(letter.encode()) for letter in letters] == [
        *(0, 25, 26, 701, 702, 16_383)
    ]


@pytest.fixture(params=[True, False], ids=["inline", "shared"])
def typed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A workbook from B13 on, its texts inline or shared, with a cell of every type."""
    path = tmp_path / "typed.xlsx"
    book = xlsxwriter.Workbook(path, {"constant_memory": request.param})
    date = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Data & 'B' <é>")
    sheet.write_row("B13", ["NIK", "nilai", "tanggal", "lain"])
    sheet.write_string("B14", NIK)
    sheet.write_number("C14", 7)
    sheet.write_datetime("D14", dt.datetime(2022, 10, 27), date)  # noqa: DTZ001
    sheet.write_boolean("E14", True)
    sheet.write_number("B15", int(NIK))
    sheet.write_number("C15", 7.5)
    sheet.write_string("D15", "31/02/1980")
    sheet.write_formula("E15", "=NA()", None, "#N/A")
    sheet.write_formula("B16", "=1*3200000000000000", None, 3_200_000_000_000_000)
    sheet.write_number("C16", 1e-7)
    sheet.write_string("D16", " 0012\xa0")
    sheet.write_formula("E16", '="x"', None, "x")
    book.close()
    return path


def test_xlsx_cells_as_text_in_their_place(typed: Path) -> None:
    sheet = only(typed)
    assert sheet.name == "Data & 'B' <é>"
    assert sheet.cells.columns == ["c0", "c1", "c2", "c3", "c4"]
    assert sheet.cells.head(12).null_count().row(0) == (12,) * 5
    assert sheet.cells.rows()[12:] == [
        (None, "NIK", "nilai", "tanggal", "lain"),
        (None, NIK, "7", "2022-10-27 00:00:00", "true"),
        (None, "9971295110590004", "7.5", "31/02/1980", "#N/A"),
        (None, "3200000000000000", "0.0000001", " 0012\xa0", "x"),
    ]
    assert sheet.long_numbers.rows() == [(15, 1), (16, 1)]


def test_the_file_is_described(typed: Path) -> None:
    found = read(typed)
    data = typed.read_bytes()
    assert (found.kind, found.size) == ("xlsx", len(data))
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert (found.encoding, found.delimiter) == (None, None)


def test_sheets_in_order_hidden_and_empty_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    first = book.add_worksheet("Satu")
    first.merge_range("A1:C1", "Identitas")
    first.write_row("A2", ["NIK", "KK", "Nama"])
    book.add_worksheet("Kosong")
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Satu!$A$3:$A$4"})
    book.add_chartsheet("Grafik").set_chart(chart)
    hidden = book.add_worksheet("Sandi")
    hidden.hide()
    hidden.write("C2", "x")
    book.close()
    sheets = read(path).sheets
    assert [(s.name, s.visible, s.cells.shape) for s in sheets] == [
        ("Satu", True, (2, 3)),
        ("Kosong", True, (0, 0)),
        ("Sandi", False, (2, 3)),
    ]
    assert sheets[0].cells.rows() == [("Identitas", None, None), ("NIK", "KK", "Nama")]
    assert sheets[2].cells.rows() == [(None,) * 3, (None, None, "x")]


def test_openpyxl_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["NIK", "tanggal"])
    sheet.append([int(NIK), dt.date(1982, 2, 19)])
    sheet.append([NIK, ""])
    book.save(tmp_path / "a.xlsx")
    found = only(tmp_path / "a.xlsx")
    assert found.cells.rows() == [
        ("NIK", "tanggal"),
        ("9971295110590004", "1982-02-19 00:00:00"),
        (NIK, None),
    ]
    assert found.long_numbers.rows() == [(2, 0)]


def test_ghost_rows_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    sheet.write_column("A1", ["no", 1, 2, 3])
    for row in range(4, 33_846):
        sheet.write_blank(row, 30, None, bold)
    book.close()
    assert only(path).cells.to_series().to_list() == ["no", "1", "2", "3"]


ODD = """
 <x:row><x:c><x:v>1</x:v></x:c><x:c t='str'><x:v>9971295110590003</x:v></x:c><x:c
 s="1"><x:v>9971295110590003</x:v></x:c></x:row>
 <x:row s="2"
 r='4'><x:c/><x:c><x:f>A1</x:f><x:v>3.2E+15</x:v></x:c><x:c t="n" r="E4"><x:v >123456789012</x:v>
 </x:c><x:c><x:v>-9.5e14</x:v></x:c></x:row>
 <x:row><x:c t="e"><x:v>#N/A</x:v></x:c><x:c t="inlineStr"><x:is><x:t>a &lt;</x:t></x:is></x:c>
 <x:c><x:v>12345678901</x:v></x:c><x:c><x:v>0.123456789012345</x:v></x:c></x:row>
"""


def test_odd_xml_prefixes_quotes_and_cells_without_reference(tmp_path: Path) -> None:
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{ODD}</x:sheetData></x:worksheet>'
    found = only(xlsx(tmp_path / "a.xlsx", sheet))
    assert found.cells.rows() == [
        ("1", NIK, "9971295110590004", None, None, None),
        (None,) * 6,
        (None,) * 6,
        (None, "3200000000000000", None, None, "123456789012", "-950000000000000"),
        ("#N/A", "a <", "12345678901", "0.123456789", None, None),
    ]
    assert found.long_numbers.rows() == [(1, 2), (4, 1), (4, 4), (4, 5)]


def test_both_scans_agree_wherever_the_pieces_are_cut() -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" s="1"><v>{10**11 + row}</v></c><c r="AE{row}" t="s"><v>7</v>'
        f'</c><c t="e" r="AF{row}"><v>#REF!</v></c><c r="AG{row}"><f>1E9</f><v>1.5E+{row}</v></c>'
        "</row>"
        for row in range(1, 21)
    )
    data = worksheet(rows).encode()
    plain = re.sub(rb' r="[A-Z]*\d+"', b"", data).replace(b"<c t", b'<c r="AE1" t')
    whole = sheetxml.scan([data], 10**9)
    assert whole is not None
    assert sorted(whole.long_numbers) == sorted(
        [(row, 0) for row in range(1, 21)] + [(row, 32) for row in range(11, 21)]
    )
    assert whole.errors == [(row, 31, "#REF!") for row in range(1, 21)]
    for size in (1, 7, 64, 501):
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        for found in (sheetxml.scan(pieces, 10**9), sheetxml.scan_counting(pieces)):
            assert found is not None
            assert sorted(found.long_numbers) == sorted(whole.long_numbers)
            assert found.errors == whole.errors
    assert sheetxml.scan([plain], 10**9) is None


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("XFD1048576", "sparse grid"),
        ("XFE1", "cell outside the sheet"),
        ("AAAAAAAA1", "cell outside the sheet"),
        ("A1048577", "cell outside the sheet"),
    ],
)
def test_cells_too_far_out_are_refused(tmp_path: Path, cell: str, reason: str) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="9"><c r="{cell}"><v>1</v></c></row>'
    assert refused(xlsx(tmp_path / "a.xlsx", worksheet(rows))) == (
        "FILE_UNSAFE",
        {"reason": reason, "sheet": "Data"},
    )


def test_a_lying_string_count_is_refused(tmp_path: Path) -> None:
    strings = f'<sst xmlns="{MAIN}" uniqueCount="4294967295"><si><t>a</t></si></sst>'
    sheet = worksheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')
    path = xlsx(tmp_path / "a.xlsx", sheet, parts={"xl/sharedStrings.xml": strings})
    assert refused(path) == (
        "FILE_UNSAFE",
        {"reason": "shared string count"},
    )


def test_a_workbook_that_kills_the_child_is_a_refusal(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1000000"><c r="ZZ999999"><v>1</v></c></row>'
    )
    path = xlsx(tmp_path / "a.xlsx", worksheet(rows))
    assert refused(path) == ("FILE_UNREADABLE", {"reason": "memory"})


def test_a_column_that_the_scan_overlooks_is_refused_after_reading(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.xlsx", worksheet('<row r="1"><c r="aaaaaaa1"><v>1</v></c></row>'))
    assert refused(path)[0] == "FILE_UNSAFE"


def test_the_clock_runs_out(typed: Path) -> None:
    limits = Limits(wall_seconds=0)
    assert refused(typed, limits) == ("FILE_TOO_SLOW", {"seconds": "0"})


def test_cut_off_workbook(typed: Path) -> None:
    patched(typed, lambda data: data[: len(data) // 2])
    assert refused(typed) == ("FILE_TRUNCATED", {"found": "ZIP"})


def test_damaged_workbook(typed: Path) -> None:
    with zipfile.ZipFile(typed) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    middle = entry.header_offset + 60
    patched(typed, lambda data: data[:middle] + b"\xff" * 40 + data[middle + 40 :])
    assert refused(typed)[0] == "FILE_UNREADABLE"


def test_protected_workbook(tmp_path: Path) -> None:
    path = ole(tmp_path / "a.xlsx", "Root Entry", "EncryptionInfo", "EncryptedPackage")
    assert refused(path) == ("FILE_ENCRYPTED", {})


def test_files_that_are_no_files(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert refused(tmp_path / "absent.csv") == ("FILE_MISSING", {})
    assert refused(tmp_path) == ("FILE_MISSING", {"found": "not a file"})
    assert refused(empty) == ("FILE_EMPTY", {})


def test_nothing_in_it(tmp_path: Path) -> None:
    blank = tmp_path / "blank.csv"
    blank.write_bytes(b"\xef\xbb\xbf;;\r\n\r\n")
    assert refused(blank) == ("FILE_EMPTY", {})
    assert refused(xlsx(tmp_path / "a.xlsx", worksheet(""))) == ("FILE_EMPTY", {})


def test_too_large(typed: Path) -> None:
    size = typed.stat().st_size
    assert refused(typed, Limits(file_bytes=size - 1)) == (
        "FILE_TOO_LARGE",
        {"size": str(size), "limit": str(size - 1)},
    )


def test_the_extension_of_a_spooled_file_is_given_apart(tmp_path: Path) -> None:
    path = tmp_path / "0190a7"
    path.write_bytes(b"a;b\n1;2\n")
    assert read(path, name="P3KE 2023.csv").kind == "csv"
    with pytest.raises(FileRefused, match="FILE_EXTENSION"):
        read(path, name="P3KE 2023.xlsx")


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffNIK;Nama\r\n0012;SITI\r\n".encode())
    found = read(path)
    assert (found.kind, found.encoding, found.delimiter) == ("csv", "utf-8-sig", ";")
    (sheet,) = found.sheets
    assert (sheet.name, sheet.visible, sheet.long_numbers.height) == ("", True, 0)
    assert sheet.cells.rows() == [("NIK", "Nama"), ("0012", "SITI")]


def test_html_table_named_xls(tmp_path: Path) -> None:
    path = tmp_path / "dtks.xls"
    path.write_bytes(
        b"""<!-- export --><meta charset="utf-8"><table><thead>
        <tr><th rowspan=2>NIK</th><th colspan="2">Alamat</th><th>L/P</th></tr>
        <tr><th>Jalan</th><th>RT</th><th></th></tr></thead>
        <tr><td>`9971295110590003</td><td>
            Jl. Mawar<br>Gang 2<!-- x --></td><td>001&nbsp;</td><td>L
        <tr><td>`0012<td><b>Jl.</b> Melati<td>2</tr></table><table><tr><td>lain</table>"""
    )
    found = read(path)
    assert (found.kind, [sheet.name for sheet in found.sheets]) == ("html", ["Table 1", "Table 2"])
    assert found.sheets[0].cells.rows() == [
        ("NIK", "Alamat", None, "L/P"),
        (None, "Jalan", "RT", None),
        ("`9971295110590003", "Jl. Mawar\nGang 2", "001\xa0", "L"),
        ("`0012", "Jl. Melati", "2", None),
    ]
    assert found.sheets[1].cells.rows() == [("lain",)]


def test_a_page_without_a_table_is_the_wrong_type(tmp_path: Path) -> None:
    path = tmp_path / "login.xls"
    path.write_bytes(b"<!DOCTYPE html><html><body>Silakan masuk</body></html>")
    assert refused(path)[1]["found"] == "HTML page without a table"


def test_xls(tmp_path: Path) -> None:
    found = read(xls(tmp_path / "a.xls"))
    data, hidden = found.sheets
    assert found.kind == "xls"
    assert data.cells.rows() == [
        (None,) * 6,
        (None,) * 6,
        (None, "NIK", "nilai", None, None, None),
        (None, NIK, "7", "2022-10-27", "true", "0.0000001"),
        (None, "9971295110590004", "7.5", "2022-10-27 13:05:00", None, None),
    ]
    assert data.long_numbers.rows() == [(5, 1)]
    assert (hidden.name, hidden.visible, hidden.cells.rows()) == (
        "Tersembunyi",
        False,
        [("x\xa0",)],
    )


def test_xlsb(tmp_path: Path) -> None:
    cells: list[tuple[int, int, str | float]] = [
        *((1, 1, "NIK"), (2, 1, float(NIK)), (2, 2, 7.0), (3, 1, "0012"))
    ]
    found = only(xlsb(tmp_path / "a.xlsb", cells))
    assert found.cells.rows() == [
        (None, None, None),
        (None, "NIK", None),
        (None, "9971295110590004", "7"),
        (None, "0012", None),
    ]
    assert found.long_numbers.rows() == [(3, 1)]


def test_ods(tmp_path: Path) -> None:
    cells = (
        f'office:value-type="float" office:value="{NIK}"><text:p>9,97E+15</text:p>',
        'office:value-type="string"><text:p>0012</text:p>',
        'office:value-type="date" office:date-value="2022-10-27"><text:p>27/10/22</text:p>',
    )
    row = "".join(f"<table:table-cell {cell}</table:table-cell>" for cell in cells)
    rows = (
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        f"<table:table-row><table:table-cell/>{row}</table:table-row>"
    )
    found = only(ods(tmp_path / "a.ods", rows))
    assert found.cells.rows() == [
        *[(None,) * 4] * 2,
        (None, "9971295110590004", "0012", "2022-10-27"),
    ]
    assert found.long_numbers.rows() == [(3, 1)]


def test_a_refusal_knows_its_codes() -> None:
    with pytest.raises(ValueError, match="FILE_ODD"):
        FileRefused("FILE_ODD")
