"""`hub workbook`, as typed in a terminal."""

import json
from pathlib import Path
from typing import Any

import pytest
from lists import nik, recipients
from openpyxl import load_workbook


@pytest.fixture
def delivery(office: Any, tmp_path: Path) -> str:
    """The id of a list with one bad row, brought by siti."""
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", "12;BUDI;PKH;2024-03")
    options = ("--region-system", "kemendagri", "--json")
    return str(json.loads(office("siti", "import", file, *options).stdout)["delivery"])


def test_the_workbook_of_a_delivery_is_written(office: Any, delivery: str, tmp_path: Path) -> None:
    out = tmp_path / "buku.xlsx"
    said = office("ani", "workbook", delivery, out, "--bad-only")
    assert (said.exit_code, f"workbook written to {out}" in said.stdout) == (0, True)
    found = load_workbook(out).worksheets[1].iter_rows(values_only=True)
    assert [row[:2] for row in found] == [("NIK", "NAMA"), ("12", "BUDI")]


def test_what_cannot_be_is_told_in_a_sentence(office: Any, delivery: str, tmp_path: Path) -> None:
    for given, sentence in (
        ((delivery, tmp_path / "buku.csv"), "OUT must end in .xlsx."),
        (("0000", tmp_path / "buku.xlsx"), 'There is no delivery "0000"'),
    ):
        said = office("ani", "workbook", *given)
        assert (said.exit_code, sentence in said.stderr) == (2, True)
    out = tmp_path / "tiada" / "buku.xlsx"
    said = office("ani", "workbook", delivery, out)
    assert (said.exit_code, f"{out} cannot be written." in said.stderr) == (1, True)
