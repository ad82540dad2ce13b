"""The columns of a file in order, and the rows that stand above its data."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

from hub.demo.options import SampleError
from hub.demo.systems import Arrangement
from mappings.model import Column, Layout, normalise

HEADERS = Path(__file__).parent / "headers"
_UNNAMED = Column(heading="", ignore="no heading in the file")


@cache
def _header_file(name: str) -> tuple[tuple[str, ...], ...]:
    with (HEADERS / name).open(encoding="utf-8", newline="") as file:
        return tuple(tuple(row) for row in csv.reader(file))


def bands(layout: Layout, form: Arrangement) -> list[list[str]]:
    """The heading rows, top to bottom; the last one names the columns."""
    if form.header is not None:
        return [list(row) for row in _header_file(form.header)]
    headings = [column.heading for column in columns(layout, form)]
    if layout.file.header_rows < 2:
        return [headings]
    split = [heading.split(" | ") for heading in headings]
    upper = [parts[0] for parts in split]
    # A merged heading stands in its first cell only: to the right, or downwards.
    merged = ["" if n and text == upper[n - 1] else text for n, text in enumerate(upper)]
    return [merged, [parts[1] if len(parts) > 1 else "" for parts in split]]


def columns(layout: Layout, form: Arrangement) -> tuple[Column, ...]:
    """The layout's column behind each heading of the file.

    Raises SampleError when the file has a heading that the layout does not know.
    """
    if form.only:
        by_heading = {column.heading: column for column in layout.columns}
        return tuple(by_heading[heading] for heading in form.only)
    if form.header is None:
        return layout.columns
    known = {
        (normalise(heading), column.occurrence): column
        for column in layout.columns
        for heading in column.headings
    }
    found: list[Column] = []
    seen: Counter[str] = Counter()
    for heading in bands(layout, form)[-1]:
        name = normalise(heading)
        seen[name] += 1
        if not name:
            found.append(_UNNAMED)
        elif (name, seen[name]) in known:
            found.append(known[name, seen[name]])
        else:
            raise SampleError(
                f"Susunan {layout.layout} tidak mempunyai kolom {heading!r}.",
                f"Layout {layout.layout} has no column {heading!r}.",
            )
    return tuple(found)


def top(layout: Layout, form: Arrangement, names: dict[str, str]) -> list[list[str]]:
    """Every sheet row above the first data row, from sheet row 1 and column A."""
    heads = bands(layout, form)
    rows = [[title.format_map(names)] for title in form.titles]
    room = max(form.header_row, len(heads)) - len(heads)
    rows = (rows + [[]] * room)[:room]
    rows += heads
    if form.number_row:
        rows.append(["KOLOM", *(str(n) for n in range(2, len(heads[-1]) + 1))])
    return [[""] * form.first_column + row if row else [] for row in rows]
