"""Whatever stands in the cells: no exception, no row lost, every rejected row explained."""

import csv
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import Row, sheet

from adapters import delivery
from adapters.base import RawFile
from adapters.checked import Checked
from adapters.delivery import Options, check_file
from mappings.load import layouts
from validation.issues import file_errors, render, with_severity

NIK = "3520015506809001"
KK = "3520010206219001"

USUAL = {
    "nik": NIK, "kk": KK, "name": "SITI AMINAH", "date": "15/06/1980", "integer": "4", "key": "A1",
    "digits": "3520010001", "decimal": "300000", "period": "2024", "month": "3", "rtrw": "001",
}  # fmt: skip
NASTY = [
    None, "", " ", "\u00a0", "-", "0", "'", "`", "###", "TOTAL", "JUMLAH", "NIP. 1970", "#N/A",
    "#REF!", "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "+62", NIK, f"'{NIK}", f"{NIK}.0", NIK[:15],
    f"{NIK}\u00a0", "3520********9001", "352001XXXXXX9001", "3.52E+15", "9999999999999999", KK,
    "31/02/1990", "00/00/0000", "1980-06-15", "29521", "99999999", "15 Juni 1980", "1e999", "-1",
    "NaN", "1.000.000,50", "Rp 300.000", "Laki-laki", "P", "Kepala Keluarga", "Istri", "Anak",
    "Ya", "Tidak", "{value}", "{", "%s", "\\N", '"', ";", "a\nb", "\u202e", "\ufeff", "NIK", "Nama",
]  # fmt: skip
CELL = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.integers(-(10**18), 10**18).map(str),
    st.floats().map(str),
)


def usual(layout: str) -> Row:
    """A row of the layout that says little wrong."""
    columns = layouts()[layout].columns
    return [None if c.codes else USUAL.get(c.read, "Magetan") for c in columns]


@st.composite
def dirt(draw: st.DrawFn) -> tuple[str, list[Row]]:
    """A layout and rows under its headings: usual ones with dirt thrown in, and mere dirt."""
    layout = draw(st.sampled_from(["dtks-siksng-bnba", "p3ke-2023-family", "recipients-generic"]))
    width = len(layouts()[layout].columns)
    rows = []
    for _ in range(draw(st.integers(1, 8))):
        row: Row = usual(layout) if draw(st.booleans()) else [None] * width
        for at, cell in draw(st.dictionaries(st.integers(0, width - 1), CELL, max_size=6)).items():
            row[at] = cell
        rows.append(row)
    return layout, rows


def headed(layout: str, rows: list[Row]) -> list[Row]:
    return [[column.heading for column in layouts()[layout].columns], *rows]


def empty(row: Row) -> bool:
    return all(cell is None or not cell.strip(" \u00a0\t\r\n") for cell in row)


def counted(layout: str, rows: list[Row]) -> int:
    """The rows that must be accounted for: all down to the last that holds anything."""
    mark = layouts()[layout].file.end_mark
    ends = [i for i, row in enumerate(rows) if mark and (row[0] or "").strip() == mark]
    body = rows[: ends[0]] if ends else rows
    return max((i + 1 for i, row in enumerate(body) if not empty(row)), default=0)


def hold(found: Checked, expected: int) -> None:
    """The promises of a checked file."""
    for detail in found.issues.iter_rows(named=True):
        assert all(render(detail["code"], detail, "id") + render(detail["code"], detail, "en"))
    errors = with_severity(found.issues).filter(severity="ERROR")
    if not found.tables:
        assert found.refused
        assert file_errors(found.issues).height
        return
    counts = found.counts()
    assert counts["read"] == counts["accepted"] + counts["rejected"] == expected
    named = set(errors["row"].drop_nulls())
    (table,) = found.tables
    rejected, accepted = set(table.rejected["row"]), set(table.accepted["row"])
    assert not rejected & accepted
    assert rejected | accepted == set(range(2, expected + 2))
    assert rejected <= named


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(dirt())
def test_no_row_of_any_dirt_is_lost(drawn: tuple[str, list[Row]]) -> None:
    layout, rows = drawn
    raw = RawFile("xlsx", "00", 1, None, None, (sheet(*headed(layout, rows)),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "read", lambda _: raw)
        found = check_file(Path("daftar.xlsx"), Options(layout=layout))
    hold(found, counted(layout, rows))


def as_csv(folder: Path, rows: list[Row]) -> Path:
    file = folder / "daftar.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(rows)
    return file


def as_xlsx(folder: Path, rows: list[Row]) -> Path:
    """A workbook in which long numbers are numbers and formulas are formulas."""
    file = folder / "daftar.xlsx"
    with xlsxwriter.Workbook(str(file), {"nan_inf_to_errors": True}) as book:
        page = book.add_worksheet("Data")
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell and cell.startswith("="):
                    page.write_formula(at, column, cell, None, "2")
                elif cell and cell.isascii() and cell.isdigit():
                    page.write_number(at, column, float(cell))
                elif cell:
                    page.write_string(at, column, cell)
    return file


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_no_row_of_a_dirty_file_is_lost(write: Callable[[Path, list[Row]], Path]) -> None:
    @settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow])
    @given(dirt())
    def holds(drawn: tuple[str, list[Row]]) -> None:
        layout, rows = drawn
        with tempfile.TemporaryDirectory() as folder:
            file = write(Path(folder), headed(layout, rows))
            found = check_file(file, Options(layout=layout))
        hold(found, counted(layout, rows))

    holds()
