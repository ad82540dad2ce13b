"""Addresses: their parts, and which are one."""

import csv
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from hub.core.linkage.addresses import FIELDS, address, agreement

PAIRS = Path(__file__).parents[3] / "data" / "linkage" / "addresses.csv"
TEXT = dict.fromkeys(FIELDS, pl.String)


def _pairs() -> list[tuple[str, list[str | None], list[str | None]]]:
    with PAIRS.open(encoding="utf-8") as file:
        rows = [[cell or None for cell in row] for row in csv.reader(file, delimiter="|")][1:]
    return [(row[0] or "", row[1:5], row[5:9]) for row in rows]


def _frame(parts: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame([parts], schema=TEXT, orient="row")


@cache
def _agreements() -> list[tuple[bool | None, bool | None]]:
    """Of every pair in both directions; at once, for a pattern is compiled once per call."""
    left, right = (pl.concat(_frame(pair[side]) for pair in _pairs()) for side in (1, 2))
    return list(zip(agreement(left, right), agreement(right, left), strict=True))


@pytest.mark.parametrize("number", range(len(_pairs())))
def test_two_addresses(number: int) -> None:
    said = {"same": True, "other": False, "untold": None}[_pairs()[number][0]]
    assert _agreements()[number] == (said, said)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        (["Jl. Mawar No.05 RT.003/RW.002", None, None, None], ("MAWAR5", None, "3", "2")),
        (["JL MAWAR RT 1 RW 1", None, "003", "002"], ("MAWAR", None, "3", "2")),
        (["RW 05", "Dsn. Karang Anyar", "1", None], (None, "KARANGANYAR", "1", "5")),
        (["-", "DUSUN", "000", ""], (None, None, None, None)),
    ],
)
def test_the_parts_of_an_address(written: list[str | None], parts: tuple[str | None, ...]) -> None:
    assert address(_frame(written)).row(0) == parts
