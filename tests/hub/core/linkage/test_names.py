"""Indonesian names: which spellings are one name."""

import csv
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from hub.core.linkage.names import key, similarity, spelt

PAIRS = Path(__file__).parents[3] / "data" / "linkage" / "names.csv"
ALIKE = 60


def _pairs(expect: str) -> list[tuple[str, str]]:
    with PAIRS.open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="|")
        return [(row["left"], row["right"]) for row in rows if row["expect"] == expect]


@cache
def _scores() -> dict[tuple[str, str], int]:
    """Of all pairs in both directions; at once, for a pattern is compiled once per call."""
    pairs = [*_pairs("same"), *_pairs("other")]
    pairs += [(right, left) for left, right in pairs]
    found = similarity(*(pl.Series(side) for side in zip(*pairs, strict=True)))
    return dict(zip(pairs, found, strict=True))


@pytest.mark.parametrize(("left", "right"), _pairs("same"))
def test_spellings_of_one_name_are_alike(left: str, right: str) -> None:
    assert _scores()[left, right] == _scores()[right, left] >= ALIKE


@pytest.mark.parametrize(("left", "right"), _pairs("other"))
def test_different_names_are_not(left: str, right: str) -> None:
    assert _scores()[left, right] == _scores()[right, left] < ALIKE


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Drs. H. Achmad Yani, S.Pd., M.M.", "AHMAD YANI"),
        ("ST. AMINAH", "SITI AMINAH"),
        ("HADI, ST", "HADI"),
        ("SITI HADI ST", "SITI HADI ST"),
        ("H", "H"),
        ("HAJI", "HAJI"),
        ("-", None),
        ("", None),
        ("...", None),
        (None, None),
    ],
)
def test_what_is_kept_of_a_name(written: str | None, kept: str | None) -> None:
    name = pl.Series("name", [written], dtype=pl.String)
    assert pl.select(spelt(pl.lit(name))).to_series().to_list() == [kept]


def test_a_key_is_a_name_by_ear() -> None:
    names = pl.Series(["SOEHARTO", "Tjahjono", "ZAINAL", "JAENAL", "Hj. NURJANNAH"])
    found = pl.select(key(pl.lit(names))).to_series().to_list()
    assert found == ["SUHARTO", "CAHIONO", "JAINAL", "JAINAL", "NURJANA"]


def test_a_missing_name_is_like_nothing_and_unlike_nothing() -> None:
    left = pl.Series([None, "-", None], dtype=pl.String)
    right = pl.Series(["SITI", "SITI", None])
    assert similarity(left, right).to_list() == [None] * 3


def test_many_pairs_are_answered_in_their_order() -> None:
    left = pl.Series(["SITI AMINAH", None, "BUDI", "SITI AMINAH"])
    right = pl.Series(["ST. AMINAH", "BUDI", "JOKO", "SITI AMINAH"])
    assert similarity(left, right).to_list() == [100, None, 0, 100]
