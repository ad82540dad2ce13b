"""A file in, checked tables and issues out: what `hub check` stands on."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from tables import Row, sheet

from adapters import delivery
from adapters.base import RawFile, RawSheet
from adapters.checked import Checked
from adapters.delivery import Options, check_file
from mappings.load import layouts

NIK = "352001550680{}"
HEADINGS: Row = ["NO", "NIK", "NAMA", "PROGRAM", "PERIODE", "JUMLAH"]


def person(serial: int) -> Row:
    return ["1", NIK.format(9000 + serial), f"SITI {'ABC'[serial % 3]}", "PKH", "2024", "300000"]


def checked(*sheets: RawSheet, options: Options | None = None) -> Checked:
    raw = RawFile("xlsx", "00", 1, None, None, sheets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "read", lambda _: raw)
        return check_file(Path("daftar.xlsx"), options or Options())


def codes(of: Checked) -> list[tuple[int | None, str]]:
    return of.issues.select("row", "code").rows()


def header(layout: str) -> Row:
    return [column.heading for column in layouts()[layout].columns]


def test_a_workbook_of_one_source_is_one_delivery_and_notes_beside_it_are_told() -> None:
    found = checked(
        sheet(header("sipd-pagu"), name="Pagu"),
        sheet(["Petunjuk"], ["Isi semua kolom"], name="Catatan"),
        sheet(HEADINGS, person(1), name="Penerima"),
        sheet(HEADINGS, person(2), person(3), name="Penerima 2"),
    )
    assert ("SHEET_UNKNOWN", "Catatan") in found.issues.select("code", "found").rows()
    assert ("SHEET_UNKNOWN", "Penerima") in found.issues.select("code", "found").rows()
    lists = checked(
        sheet(["Petunjuk"], name="Catatan"),
        sheet(HEADINGS, person(1), name="Penerima"),
        sheet(HEADINGS, person(2), person(3), name="Penerima 2"),
    )
    assert (lists.layout, lists.refused) == ("recipients-generic+recipients-generic", False)
    assert [table.read for table in lists.tables] == [1, 2]
    assert [t.accepted["sheet"].unique().to_list() for t in lists.tables] == [[1], [2]]


def test_a_hidden_sheet_is_not_read_and_told() -> None:
    hidden = sheet(HEADINGS, person(1), name="Lama")
    found = checked(
        sheet(HEADINGS, person(2)), RawSheet(hidden.name, hidden.cells, hidden.long_numbers, False)
    )
    assert found.issues.select("code", "sheet", "found").rows() == [("SHEET_HIDDEN", 1, "Lama")]
    assert found.counts()["read"] == 1


def test_a_budget_without_year_or_region_asks_for_them() -> None:
    row: Row = ["1" for _ in header("sipd-pagu")]
    headings = header("sipd-pagu")
    bare = [h for h in headings if h != "TAHUN"]
    found = checked(sheet(bare, row[: len(bare)]))
    assert {code for _, code in codes(found)} >= {"YEAR_NEEDED", "REGION_NEEDED"}
    assert found.refused
    told = checked(sheet(bare, row[: len(bare)]), options=Options(region="3520", edition="2024-P"))
    assert not {code for _, code in codes(told)} & {"YEAR_NEEDED", "REGION_NEEDED"}
    assert told.tables[0].accepted["budget.year"].to_list() == [2024]


FEET: list[list[Row]] = [
    [["JUMLAH", None, None, None, None, "600000"]],
    [[None, None, "TOTAL", None, None, "600000"]],
    [[None, "Mengetahui,"], [None, "Kepala Desa Alastuwo"], [None, "NIP. 19700101 199503 1 002"]],
    [[None], [None, None, "SUTRISNO HADI", None, None, "BAMBANG"], [None, None, "Ketua TPK"]],
    [["Catatan: per 31 Desember"], ["Sumber: Dinas Sosial"]],
    [[None, None, "Kepala Desa Alastuwo", None, "Magetan, 3 Maret 2024"]],
]


@pytest.mark.parametrize("foot", FEET)
def test_a_foot_under_the_list_becomes_nobody_and_is_one_issue_a_row(foot: list[Row]) -> None:
    found = checked(sheet(HEADINGS, person(1), person(2), *foot))
    assert found.tables[0].accepted["row"].to_list() == [2, 3]
    assert [row for row, _ in codes(found)] == list(range(4, 4 + len(foot)))
    assert {code for _, code in codes(found)} <= {"IDENTITY_MISSING", "ROW_FOOTNOTE", "ROW_EMPTY"}
    assert not found.issues["value"].drop_nulls().to_list()


def test_a_person_without_nik_among_the_others_is_kept() -> None:
    missing = person(2)
    missing[1] = "-"
    found = checked(sheet(HEADINGS, person(1), missing, person(3)))
    assert codes(found) == [(3, "NIK_MISSING")]
    assert found.counts()["accepted"] == 3


def test_swapped_columns_are_refused_row_by_row_and_show_no_nik() -> None:
    a, b = person(1), person(2)
    a[1], a[2] = a[2], a[1]
    b[1], b[4] = b[4], b[1]
    found = checked(sheet(HEADINGS, a, b))
    assert (2, "NAME_DIGITS") in codes(found)
    assert found.issues.filter(code="PERIOD_INVALID")["value"].to_list() == ["352001********02"]


def test_an_error_of_excel_is_no_value() -> None:
    a, b = person(1), person(2)
    a[2], b[5] = "#N/A", "#VALUE!"
    found = checked(sheet(HEADINGS, a, b))
    assert [c for c in codes(found) if c[1] == "CELL_ERROR"] == [(2, "CELL_ERROR"),
                                                                (3, "CELL_ERROR")]  # fmt: skip
    assert found.tables[0].accepted["person.name"].to_list() == [None, "SITI C"]


@pytest.mark.parametrize("heading", ["row", "keterangan", "sheet", 'a"b', "{row}"])
def test_a_column_of_ones_own_may_have_any_heading(heading: str) -> None:
    found = checked(sheet([*HEADINGS, heading, "bank"], [*person(1), "x", "y"]))
    assert found.counts()["accepted"] == 1


CELLS = st.sampled_from(
    [None, " ", "-", "0", "1", "2024", "PKH", "Maret 2024", "31/02/1990", "SITI", "TOTAL", "#N/A",
     "JUMLAH", "3520015506809001", "3520********9001", "1,5", "Rp 300.000", "=1+1", "\u00a0", "'"]
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=12))
def test_rows_read_are_rows_accepted_and_rejected(rows: list[Row]) -> None:
    counts = checked(sheet(HEADINGS, *rows)).counts()
    assert counts["read"] == counts["accepted"] + counts["rejected"]
    assert counts["warning"] <= counts["accepted"]


def test_a_workbook_from_disk_is_read_in_the_sandbox(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (HEADINGS, person(1)):
        page.append(row)
    book.save(tmp_path / "daftar.xlsx")
    found = check_file(tmp_path / "daftar.xlsx", Options())
    assert (found.counts()["accepted"], len(found.sha256)) == (1, 64)
