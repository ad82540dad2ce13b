"""Files carry the headings that were seen in the real ones."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from hub.demo.options import SampleOptions
from hub.demo.sample import generate
from hub.demo.systems import ARRANGEMENTS
from hub.demo.table import HEADERS, columns, top
from mappings.load import layouts

WITH_HEADER = [name for name, form in ARRANGEMENTS.items() if form.header and name in layouts()]


def seen(name: str) -> list[list[str]]:
    with (HEADERS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("name", WITH_HEADER)
def test_last_rows_above_the_data_are_the_seen_ones(name: str) -> None:
    form = ARRANGEMENTS[name]
    bands = seen(str(form.header))
    rows = top(layouts()[name], form, {"province": "", "regency": ""})
    heads = rows[form.header_row - len(bands) : form.header_row]
    assert [row[form.first_column :] for row in heads] == bands
    assert len(columns(layouts()[name], form)) == len(bands[-1])


def test_p3ke_family_2022_starts_at_b13(tmp_path: Path) -> None:
    names = ("p3ke-2022-family",)
    file = generate(SampleOptions(out=tmp_path, households=30, layouts=names)).files[0]
    sheet = openpyxl.load_workbook(tmp_path / file.path).active
    assert sheet is not None
    assert [cell.value for cell in sheet[12]][:3] == [None, "ID Keluarga", "Provinsi"]
    assert [sheet["A13"].value, sheet["C13"].value] == [None, "JAWA TIMUR"]
    assert sheet.max_row == 12 + file.rows + 1_000  # ghost rows


def test_regsosek_workbook_has_five_sheets_of_one_village(tmp_path: Path) -> None:
    names = tuple(f"regsosek-2022k-sheet{n}" for n in range(1, 6))
    options = SampleOptions(out=tmp_path, households=30, layouts=names, regencies=("3520",))
    files = generate(options).files
    assert {file.path for file in files} == {"regsosek-2022k-workbook_3520.xlsx"}
    assert {len(file.region) for file in files} == {10}
    assert len(openpyxl.load_workbook(tmp_path / files[0].path).sheetnames) == 5


def test_siga_workbook_separates_neighbourhoods(tmp_path: Path) -> None:
    names = ("siga-krs-workbook",)
    file = generate(SampleOptions(out=tmp_path, households=60, layouts=names)).files[0]
    sheet = openpyxl.load_workbook(tmp_path / file.path).worksheets[0]
    assert sheet["A17"].value == "RT :"
    assert str(sheet["G17"].value).startswith("RT ")
    assert sheet["L10"].value == "JAWA TIMUR"


def test_pagu_ends_in_a_grand_total_of_its_lines(tmp_path: Path) -> None:
    names = ("sipd-pagu",)
    file = generate(SampleOptions(out=tmp_path, households=2, layouts=names)).files[0]
    rows = list(openpyxl.load_workbook(tmp_path / file.path).worksheets[0].values)
    amounts = [float(str(row[10]).replace(".", "").replace(",", ".")) for row in rows[5:]]
    assert rows[-1][0] == "GRAND TOTAL"
    assert sum(amounts[:-1]) == amounts[-1]


def test_html_export_marks_numbers_with_a_backtick(tmp_path: Path) -> None:
    names = ("dtks-siksng-export",)
    file = generate(SampleOptions(out=tmp_path, households=20, layouts=names)).files[0]
    text = (tmp_path / file.path).read_text(encoding="utf-8")
    assert file.path.endswith(".xls")
    assert "<td>`3520" in text
