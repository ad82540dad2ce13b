"""What is said of headings that are not known: the nearest layout, and what they may mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import polars as pl

from adapters import matching
from adapters.base import RawSheet
from adapters.headers import band_of, column_number_rows, headings_at, names_of
from adapters.matching import canonical
from adapters.readers import column_letter
from mappings.model import Column, Layout, normalise
from validation.issues import issue, none

SHOWN = 12  # headings named in one issue
CONTENT_ROWS = 200  # rows looked at to tell what a column holds


def unknown_layout(
    index: int,
    sheet: RawSheet,
    names: Sequence[frozenset[str]],
    layouts: Sequence[Layout],
) -> pl.DataFrame:
    """LAYOUT_UNKNOWN with the headings found and the layout that comes nearest, and what its
    columns may be called here.

    Cells of an unknown sheet may be personal data, so a row is only shown when several of its
    cells are headings of some layout, which no row of data is.
    """
    plain = [frozenset(map(canonical, [*found][: matching.MOST])) - {""} for found in names]
    near = [
        (
            len(agreed) + len(names[row] & names_of(layout.layout)),
            -len(_lacking(layout, names[row])),
            row,
            layout,
        )
        for row, found in enumerate(plain)
        for layout in layouts
        for agreed in [found & _plain_names(layout.layout)]
        if len(agreed) >= max(2, len(found) / 3)
    ]
    if not near:
        return issue("LAYOUT_UNKNOWN", sheet=index)
    *_, row, layout = max(near, key=lambda entry: entry[:2])
    band = band_of(sheet)
    cells = [" ".join(cell.split()) for cell in band[row] if cell and cell.strip()]
    shown = ", ".join(cell for cell in cells[:SHOWN] if not re.search(r"\d{6,}", cell))
    lacking = ", ".join(_lacking(layout, names[row]))
    lacks = f" (kolom yang tidak ada: {lacking})" if lacking else ""
    told = issue("LAYOUT_UNKNOWN", sheet=index, found=shown, expected=layout.layout + lacks)
    return pl.concat([told, _proposed_at(index, sheet, layout, row, names[row])])


@cache
def _plain_names(layout: str) -> frozenset[str]:
    return frozenset(map(canonical, names_of(layout)))


def _proposed_at(
    index: int, sheet: RawSheet, layout: Layout, row: int, names: frozenset[str]
) -> pl.DataFrame:
    """Proposals for a header in a row that is not a table of the layout yet."""
    band = band_of(sheet)
    known = [c for c in layout.columns if names & {*map(normalise, c.headings)}]
    unknown = [
        (" ".join(heading.split()), position)
        for position, heading in enumerate(headings_at(band, row, layout.file.header_rows))
        if heading and normalise(heading)
    ]
    first = row + layout.file.header_rows
    rows = sheet.cells.slice(first + column_number_rows(band, first), CONTENT_ROWS)
    return proposed(index, layout, unknown, known, rows)


def proposed(
    index: int,
    layout: Layout,
    unknown: Sequence[tuple[str, int]],
    known: Sequence[Column],
    rows: pl.DataFrame,
) -> pl.DataFrame:
    """COLUMN_PROPOSED for the unknown headings that resemble a column still to be found."""
    spelled = {normalise(heading) for column in known for heading in column.headings}
    fresh = [(name, p) for name, p in unknown if normalise(name) not in spelled]
    told = [(name, p) for name, p in fresh if not re.search(r"\d{6,}", name)]
    proposals = matching.propose(layout, told, known, rows)
    return pl.concat(
        [
            none(),
            *(
                issue(
                    "COLUMN_PROPOSED",
                    sheet=index,
                    column=proposal.heading,
                    letter=column_letter(proposal.position),
                    value=f"{proposal.confidence:.0%}",
                    expected=proposal.column.heading,
                    found=proposal.reason,
                )
                for proposal in proposals
            ),
        ]
    )


def _lacking(layout: Layout, names: frozenset[str]) -> list[str]:
    """Required columns of a layout that none of the normalised headings names."""
    required = [c for c in layout.columns if c.required]
    return [c.heading for c in required if not names & {*map(normalise, c.headings)}]
