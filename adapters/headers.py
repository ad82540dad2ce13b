"""Headings as they may stand in a sheet, and as the layouts spell them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from adapters import matching
from adapters.base import RawSheet
from mappings import load
from mappings.model import Column, normalise

BAND = 60  # rows searched for a header; the deepest seen starts at row 17


def fingerprints(sheet: RawSheet) -> Iterator[str]:
    """Of every row or pair of rows that may be the header."""
    band = band_of(sheet)
    for row in range(len(band)):
        for rows in (1, 2):
            yield matching.fingerprint(headings_at(band, row, rows))


def headings(sheet: RawSheet) -> frozenset[str]:
    """Whatever stands where headings may stand, normalised."""
    band = band_of(sheet)
    rows = [headings_at(band, row, count) for row in range(len(band)) for count in (1, 2)]
    return frozenset(normalise(cell) for row in rows for cell in row if cell)


def band_of(sheet: RawSheet) -> list[list[str | None]]:
    """The first rows of a sheet, where its header is searched."""
    return [list(row) for row in sheet.cells.head(BAND).iter_rows()]


@cache
def columns_of(layout: str) -> dict[tuple[str, int], Column]:
    """The columns of a layout by each of their headings, normalised, and its occurrence."""
    columns = load.layouts()[layout].columns
    return {(normalise(h), c.occurrence): c for c in columns for h in c.headings}


@cache
def names_of(layout: str) -> frozenset[str]:
    """Every heading of a layout as a single cell may print it; merged ones in their two parts."""
    whole = {name for name, _ in columns_of(layout)}
    return frozenset(whole | {part for name in whole for part in name.split(" | ")})


def headings_at(band: Sequence[Sequence[str | None]], row: int, rows: int) -> list[str | None]:
    """The headings in one row, or in two as "upper | lower"; none where the second is not there."""
    if rows == 1:
        return list(band[row])
    if row + 1 >= len(band):
        return []
    joined: list[str | None] = []
    group: str | None = None
    for upper, lower in zip(band[row], band[row + 1], strict=True):
        # A merged upper heading is printed once, over its first column.
        group = upper if upper and upper.strip() else group
        has_lower = bool(lower and lower.strip())
        joined.append(f"{group} | {lower}" if has_lower and group else lower or upper)
        group = group if has_lower else None
    return joined


def column_number_rows(band: Sequence[Sequence[str | None]], first: int) -> int:
    """How many rows from 0-based `first` only number the columns: (1) (2) .. or KOLOM, 2, 3."""
    count = 0
    for row in band[first : first + 2]:
        numbers = [re.sub(r"[()\s]|\.0$", "", cell or "") for cell in row]
        digits = [int(n) for n in numbers if n.isdigit()]
        filled = sum(1 for n in numbers if n)
        steps = all(b - a == 1 for a, b in pairwise(digits))
        if len(digits) >= 3 and filled - len(digits) <= 1 and steps and digits[0] <= 2:
            count += 1
        else:
            break
    return count
