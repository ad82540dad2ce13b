"""Rows that point to nobody."""

import polars as pl
import pytest

from validation.presence import nobody

NIK = "3520011506809001"
Rows = list[tuple[int, str | None, str | None, int]]


def verdicts(rows: Rows, subject: str = "person") -> list[str | None]:
    schema = {"row": pl.UInt32, "person.nik": pl.String, "person.name": pl.String,
              "#filled": pl.UInt32}  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    verdict = nobody(set(frame.columns), subject)
    assert verdict is not None
    return frame.select(verdict.alias("v"))["v"].to_list()


@pytest.mark.parametrize(
    ("nik", "name", "filled", "verdict"),
    [
        (NIK, "SITI", 2, None),
        (NIK, None, 1, None),
        ("3520********9001", None, 1, None),
        ("3.52E+15", None, 1, None),
        (None, "SITI", 2, None),
        (None, None, 3, "IDENTITY_MISSING"),
        ("MENGETAHUI,", None, 2, "IDENTITY_MISSING"),
        ("NIP. 19700101 199503 1 002", None, 1, "IDENTITY_MISSING"),
        (None, "SITI", 1, "ROW_FOOTNOTE"),
        (None, "JUMLAH PENERIMA", 3, "ROW_FOOTNOTE"),
        (None, "KEPALA DESA ALASTUWO", 3, "ROW_FOOTNOTE"),
        (None, "TOTALIA", 3, None),
        (NIK, "TOTAL", 2, None),
    ],
)
def test_a_row_by_itself(
    nik: str | None, name: str | None, filled: int, verdict: str | None
) -> None:
    assert verdicts([(2, NIK, "BUDI", 4), (3, nik, name, filled)])[1] == verdict


def test_names_below_an_empty_row_under_the_last_number_are_a_foot() -> None:
    rows: Rows = [(2, NIK, "A", 4), (3, None, "B", 4), (5, None, "C", 4), (6, None, "D", 4)]
    assert verdicts(rows) == [None, None, "ROW_FOOTNOTE", "ROW_FOOTNOTE"]
    assert verdicts([*rows, (7, NIK, "E", 4)]) == [None] * 5


def test_a_list_without_any_number_has_no_foot_by_its_gaps() -> None:
    assert verdicts([(2, None, "A", 4), (4, None, "B", 4)]) == [None, None]


def test_a_family_needs_a_number_or_a_head() -> None:
    rows: Rows = [(2, NIK, None, 4), (3, None, "A", 4), (4, None, None, 4)]
    assert verdicts(rows, "household") == [None, None, "IDENTITY_MISSING"]


@pytest.mark.parametrize("subject", ["budget", "indicator", "intervention"])
def test_rows_about_money_have_no_persons(subject: str) -> None:
    assert nobody({"row", "person.nik"}, subject) is None
