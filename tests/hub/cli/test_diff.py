"""`hub diff`, as typed in a terminal, over two editions of a recipient list."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from lists import nik, recipients


@pytest.fixture
def editions(hub: Any, store_url: str, tmp_path: Path) -> tuple[str, str]:
    """One person removed, one added, one renamed and no longer in the same period."""
    older = (f"{nik(1)};SITI;PKH;2024-03", f"{nik(2)};BUDI;PKH;2024-03")
    newer = (f"{nik(3)};ANI;PKH;2024-03", f"{nik(2)};BUDI S;PKH;2024-06")
    for name, rows in (("lama.csv", older), ("baru.csv", newer)):
        file = recipients(tmp_path, *rows, name=name)
        assert hub("import", file, "--region-system", "kemendagri").exit_code == 0
    with psycopg.connect(store_url) as connection:
        found = connection.execute("select id from delivery order by published_at").fetchall()
    return str(found[0][0]), str(found[1][0])


def test_without_older_the_delivery_before_is_taken(hub: Any, editions: tuple[str, str]) -> None:
    told = json.loads(hub("diff", editions[1], "--json").stdout)
    assert (told["older"]["id"], told["newer"]["id"]) == editions
    counts = told["counts"]["person"]
    assert [counts[k] for k in ("ADDED", "REMOVED", "CHANGED", "UNCHANGED")] == [1, 1, 1, 0]
    assert [a["attribute"] for a in told["attributes"]] == ["person.name", "receipts"]
    assert hub("diff", editions[0]).exit_code == 2


def test_a_steward_reads_the_figures_and_no_name_or_number(
    hub: Any, editions: tuple[str, str]
) -> None:
    result = hub("diff", *editions)
    assert result.exit_code == 0, result.output
    assert "orang: bantuan diterima (receipts)" in result.output
    assert not any(secret in result.output for secret in (nik(2), "BUDI", "SITI"))
    same = hub("diff", editions[0], editions[0])
    assert (same.exit_code, "Tidak ada perbedaan." in same.output) == (0, True)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_all_rows_go_into_a_file_of_text_masked_unless_identified(
    hub: Any, editions: tuple[str, str], tmp_path: Path, suffix: str
) -> None:
    masked = [f"{nik(n)[:6]}********{nik(n)[-2:]}" for n in (3, 2, 1)]
    for options, numbers in ((), masked), (("--identified",), [nik(3), nik(2), nik(1)]):
        file = tmp_path / f"beda.{suffix}"
        assert hub("diff", *editions, "--out", file, *options).exit_code == 0
        rows = contents(file)
        assert [row[0] for row in rows[1:]] == ["BARU", "BERUBAH", "HILANG"]
        assert [row[4] for row in rows[1:]] == numbers
        assert rows[2][9] == "nama, bantuan diterima"
        assert rows[2][10].startswith("bantuan diterima: PKH 2024-03-01")
        assert "BUDI" not in str(rows)


def contents(file: Path) -> list[list[str]]:
    """The cells of a file; those of a workbook must be text."""
    if file.suffix == ".csv":
        lines = file.read_text(encoding="utf-8-sig").splitlines()
        return list(csv.reader(lines, delimiter=";"))
    cells = [list(row) for row in openpyxl.load_workbook(file).active]
    assert {cell.data_type for row in cells for cell in row if cell.value} == {"s"}
    return [[cell.value for cell in row] for row in cells]


def test_a_wrong_call_is_refused_with_a_sentence(
    hub: Any, editions: tuple[str, str], tmp_path: Path
) -> None:
    for arguments in (
        ("diff", *editions, editions[0]),
        ("diff", *editions, "--out", tmp_path / "beda.txt"),
        ("diff", "ffffffff"),
    ):
        result = hub(*arguments)
        assert (result.exit_code, "Traceback" in result.output) == (2, False)
    assert hub("diff", *editions, "--out", tmp_path / "tidak-ada" / "beda.csv").exit_code == 1
