"""Readings of cells: exact values, and null for what cannot be read."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import parsers
from mappings.model import normalise


def read(parse: object, *cells: str | None) -> list[object]:
    frame = pl.DataFrame({"cell": pl.Series(cells, dtype=pl.String)})
    return frame.select(parse(pl.col("cell")).alias("read"))["read"].to_list()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12/12/1982 0:00:00", date(1982, 12, 12)),
        ("1/2/1980", date(1980, 2, 1)),
        ("7-3-1990", date(1990, 3, 7)),
        ("1980-12-31", date(1980, 12, 31)),
        ("1980-12-31 00:00:00", date(1980, 12, 31)),
        ("25708", date(1970, 5, 20)),
        ("27 Oktober 2022", date(2022, 10, 27)),
        ("27-Okt-2022", date(2022, 10, 27)),
        ("19801231", date(1980, 12, 31)),
        ("31/02/1980", None),
        ("29/02/1900", None),
        ("12/12/82", None),
        ("besok", None),
        (" ", None),
    ],
)
def test_dates_in_every_form_seen(text: str, day: date | None) -> None:
    assert read(parsers.date, text) == [day]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.234.567,89", "1234567.89"),
        ("1234567.89", "1234567.89"),
        ("1,234,567.89", "1234567.89"),
        ("Rp 1.000.000,-", "1000000"),
        ("(1.000)", "-1000"),
        ("600.000", "600000"),
        ("12,5", "12.5"),
        ("1.5E7", "15000000"),
        ("dua juta", None),
    ],
)
def test_amounts_as_indonesians_and_excel_write_them(text: str, amount: str | None) -> None:
    assert read(parsers.decimal, text) == [amount and Decimal(amount)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("03/2024", date(2024, 3, 1), date(2024, 3, 31)),
        ("Januari - Maret 2024", date(2024, 1, 1), date(2024, 3, 31)),
        ("JUL-SEP 2023", date(2023, 7, 1), date(2023, 9, 30)),
        ("TW II 2024", date(2024, 4, 1), date(2024, 6, 30)),
        ("TAHAP 4 TAHUN 2024", date(2024, 10, 1), date(2024, 12, 31)),
        ("SEMESTER 2 2023", date(2023, 7, 1), date(2023, 12, 31)),
        ("2024-03-15", date(2024, 3, 15), date(2024, 3, 15)),
        ("SUDAH SALUR", None, None),
    ],
)
def test_periods(text: str, start: date | None, end: date | None) -> None:
    assert parsers.periods(pl.Series([text, None])).rows() == [(start, end), (None, None)]


def test_identifiers_lose_decoration_but_never_digits() -> None:
    cells = ["`9935010101800001", "'9935010101800001", "9935010101800001\u00a0",
             "9935 0101 0180 0001", "9935010101800001.0", "9.93501E+15"]  # fmt: skip
    whole = "9935010101800001"
    assert read(parsers.identifier, *cells) == [whole] * 5 + ["9.93501E+15"]


def test_rt_and_rw_are_three_digits() -> None:
    cells = ["4", "004", "RT 004", "RW: 02", "-", "0", "4.0"]
    assert read(parsers.rt_rw, *cells) == ["004", "004", "004", "002", None, None, "004"]


def test_digits_regain_the_zeros_that_excel_dropped() -> None:
    assert read(lambda c: parsers.digits(c, 3), "20", "020", "20.0", "A1") == [
        "020", "020", "020", None,
    ]  # fmt: skip


def test_filler_names_and_keys_are_nothing() -> None:
    assert read(parsers.name, "-", "...", "siti\u00a0 aminah ") == [None, None, "SITI AMINAH"]
    assert read(parsers.key, "000000000", "12345.0", "-") == [None, "12345", None]


LABELS = st.text(st.sampled_from("AbYaz019./ -()<>=\u00a0"), max_size=20)


@given(LABELS)
def test_code_labels_compare_as_the_mapping_files_do(text: str) -> None:
    (key,) = read(parsers.code_key, text.removesuffix(".0"))
    assert (key or "") == normalise(text.removesuffix(".0"))


@pytest.mark.parametrize("filler", ["-", "--", ".", "0", " Belum ada", "TIDAK PUNYA", "kosong"])
def test_a_filler_is_no_identifier(filler: str) -> None:
    assert pl.select(parsers.identifier(pl.lit(filler))).item() is None
