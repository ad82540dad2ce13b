"""NIK and KK: what is a key, and what only looks like one."""

import polars as pl
import pytest

from validation import identifiers


def problem(cell: str | None, *, lost: bool = False) -> str | None:
    frame = pl.DataFrame({"nik": pl.Series([cell], dtype=pl.String), "lost": [lost]})
    return frame.select(identifiers.nik_problem(pl.col("nik"), pl.col("lost"))).item()


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("3520011506809001", None),
        ("3520015506809001", None),  # a woman: day + 40
        ("3520012902809001", None),  # 29 February of a leap year
        ("3520012902819001", "NIK_DATE"),
        ("3520013113809001", "NIK_DATE"),
        ("3520013206809001", "NIK_DATE"),
        ("352001150680900", "NIK_LENGTH"),
        ("35200115068090011", "NIK_LENGTH"),
        ("352001150680900A", "NIK_NOT_DIGITS"),
        ("0000000000000000", "NIK_PLACEHOLDER"),
        ("000000000000000", "NIK_PLACEHOLDER"),
        ("9999999999999999", "NIK_PLACEHOLDER"),
        ("1234567890123456", "NIK_PLACEHOLDER"),
        ("1901089999999999", "NIK_PLACEHOLDER"),
        ("3520********9001", "NIK_MASKED"),
        ("3520XXXXXXXX9001", "NIK_MASKED"),
        ("3520011506800000", "NIK_SUSPECT"),
        ("3.52001E+15", "NIK_PRECISION_LOST"),
        (None, "NIK_MISSING"),
    ],
)
def test_why_a_nik_is_no_key(cell: str | None, code: str | None) -> None:
    assert problem(cell) == code


def test_a_nik_stored_as_a_number_lost_its_last_digit_whatever_it_shows() -> None:
    assert problem("3520011506809000", lost=True) == "NIK_PRECISION_LOST"


def test_every_problem_leads_to_a_status() -> None:
    assert identifiers.NIK_STATUS["NIK_LENGTH"] == "SUSPECT"
    assert set(identifiers.NIK_STATUS.values()) == {
        "MISSING", "PLACEHOLDER", "PRECISION_LOST", "MASKED", "SUSPECT",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("3520010206219001", None),
        ("352001020621900", "KK_INVALID"),
        ("0000000000000000", "KK_INVALID"),
        ("3520010206210000", "KK_INVALID"),
        ("3.5E+15", "KK_PRECISION_LOST"),
        (None, "KK_MISSING"),
    ],
)
def test_why_a_kk_joins_no_family(cell: str | None, code: str | None) -> None:
    frame = pl.DataFrame({"kk": pl.Series([cell], dtype=pl.String)})
    found = frame.select(identifiers.kk_problem(pl.col("kk"), pl.lit(value=False)))
    assert found.item() == code


def test_issues_show_district_and_two_last_digits_only() -> None:
    frame = pl.DataFrame({"nik": ["3520011506809001", "3520-ABC"]})
    shown = frame.select(identifiers.masked(pl.col("nik")))["nik"].to_list()
    assert shown == ["352001********01", "****"]


def test_a_retired_prefix_is_listed_and_an_invented_one_is_not() -> None:
    # 91.01 moved to 93.01 in 2022; 92.05 to 96.03 in 2025; 35.99 never was.
    frame = pl.DataFrame({"nik": ["9101011506809001", "9205011506809001", "3599011506809001"]})
    assert frame.select(identifiers.prefix_listed(pl.col("nik"))).to_series().to_list() == [
        True, True, False,
    ]  # fmt: skip
