"""`hub repairs`, as typed in a terminal, over a workbook whose NIKs Excel took for numbers."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
import xlsxwriter
from lists import VILLAGE, nik, recipients

HEADINGS = ("NIK", "NAMA", "PROGRAM", "PERIODE", "KODE WILAYAH", "CATATAN LAIN")


@pytest.fixture
def cut(hub: Any, store_url: str, tmp_path: Path) -> str:
    """The id of a delivery of two cut NIKs; the registry knows the whole of the first."""
    known = recipients(tmp_path, f"{nik(7)};SITI AMINAH;PKH;2024-03")
    file = tmp_path / "terpotong.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, HEADINGS)
        for row, name in enumerate(("SITI AMINAH", "ANTON"), start=1):
            sheet.write_row(row, 1, (name, "PKH", "2024-06", VILLAGE, "x" if row == 1 else ""))
            sheet.write_number(row, 0, int(nik(0)))
    for path in (known, file):
        assert hub("import", path, "--region-system", "kemendagri").exit_code == 0
    with psycopg.connect(store_url) as connection:
        query = "select id from delivery where file_name = 'terpotong.xlsx'"
        (found,) = connection.execute(query).fetchall()
    return str(found[0])


def test_the_steward_is_offered_a_masked_number_and_told_how_to_use_it(hub: Any, cut: str) -> None:
    result = hub("repairs", cut)
    assert result.exit_code == 0, result.output
    assert f"{nik(7)[:6]}********{nik(7)[-2:]}" in result.output
    assert "2 baris; 15 angka pertamanya diketahui: 2; ada calon: 1." in result.output
    assert "Tidak ada yang diubah." in result.output
    assert not any(secret in result.output for secret in (nik(7), "SITI", "ANTON"))
    assert nik(7) in hub("repairs", cut, "--identified").output


def test_programs_read_json(hub: Any, cut: str) -> None:
    told = json.loads(hub("repairs", cut, "--json", "--identified").stdout)
    expected = {"sheet": 0, "row": 2, "nik": nik(7), "name": "EQUAL"}
    assert told == {
        "delivery": cut, "lost": 2, "comparable": 2,
        "candidates": [{**expected, "birth_date": False, "kk": False}],
    }  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_file_of_text_cells(hub: Any, cut: str, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"calon.{suffix}"
    assert hub("repairs", cut, "--identified", "--out", file).exit_code == 0
    if suffix == "csv":
        rows = list(csv.reader(file.read_text("utf-8-sig").splitlines(), delimiter=";"))
    else:
        cells = list(openpyxl.load_workbook(file).active)
        assert {cell.data_type for row in cells for cell in row} == {"s"}
        rows = [[cell.value for cell in row] for row in cells]
    assert rows == [["lembar", "baris", "calon NIK", "yang cocok"], ["1", "2", nik(7), "nama"]]


def test_the_registry_is_not_changed_and_the_rest_of_the_row_is_kept(
    hub: Any, cut: str, store_url: str
) -> None:
    query = (
        "select s.row, s.nik, s.extra, p.nik from source_person s"
        " join person_link k on (k.regency_code, k.source_id) = (s.regency_code, s.id)"
        " join person p on (p.regency_code, p.id) = (k.target_regency_code, k.target_id)"
        " where s.delivery_id = %s order by s.row"
    )
    assert hub("repairs", cut).exit_code == 0
    with psycopg.connect(store_url) as connection:
        found = connection.execute(query, (cut,)).fetchall()
    given = {"given:person.nik": nik(0)}
    assert found == [
        (2, None, {**given, "CATATAN LAIN": "x"}, None),
        (3, None, given, None),
    ]


def test_nothing_to_repair_and_wrong_calls_are_sentences(
    hub: Any, store_url: str, tmp_path: Path
) -> None:
    file = recipients(tmp_path, f"{nik(1)};BUDI;PKH;2024-03")
    assert hub("import", file, "--region-system", "kemendagri").exit_code == 0
    with psycopg.connect(store_url) as connection:
        found = str(connection.execute("select id from delivery").fetchall()[0][0])
    result = hub("repairs", found)
    assert (result.exit_code, "Tidak ada NIK yang kehilangan angka" in result.output) == (0, True)
    assert hub("repairs", "ffffffff").exit_code == 2
    assert hub("repairs", found, "--out", tmp_path / "calon.txt").exit_code == 2
    assert hub("repairs", found, "--out", tmp_path / "tidak-ada" / "calon.csv").exit_code == 1
