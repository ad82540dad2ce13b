"""What the hub itself adds to a workbook it hands back, and how it is left out on the way in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from adapters.base import RawSheet

SUMMARY: Final = "Ringkasan"  # the first sheet, known again by its name and its title
TITLE: Final = "Ringkasan pemeriksaan / Summary of the check"
GUIDE: Final = "Petunjuk"  # of a template, known again like the summary
GUIDE_TITLE: Final = "Petunjuk templat / How to fill in this template"
CODES: Final = "Kode"
CODES_TITLE: Final = "Daftar pilihan templat / Lists of this template"
REASONS: Final = "Masalah"  # all reasons of a row, for people
KEY: Final = "#baris"  # the row of the file that was checked first, hidden
_BAND: Final = 60  # rows in which the headings may stand


def is_summary(sheet: RawSheet) -> bool:
    """Whether a sheet is the summary that the hub wrote, and no sheet of the source."""
    cells = sheet.cells
    named = sheet.name.startswith(SUMMARY)
    return named and bool(cells.width and cells.height) and cells.item(0, 0) == TITLE


def is_own(sheet: RawSheet) -> bool:
    """Whether the hub wrote the sheet: the summary, or what a template explains itself with."""
    cells = sheet.cells
    title = {GUIDE: GUIDE_TITLE, CODES: CODES_TITLE}.get(sheet.name)
    return is_summary(sheet) or bool(title and cells.height and cells.item(0, 0) == title)


def bare(sheet: RawSheet) -> tuple[RawSheet, pl.Series | None]:
    """The sheet without the hub's columns, and the row keys they held, if any.

    Columns of the source stay where they are, also those to the right of the hub's.
    """
    cells, band = sheet.cells, sheet.cells.head(_BAND)
    headed = [name for name in cells.columns if (band[name] == KEY).any()]
    if not headed:
        return sheet, None
    key = headed[-1]
    row = band[key].index_of(KEY)
    left = cells.columns[: cells.columns.index(key)]
    # The source may have a column "Masalah" too: the hub's is the one nearest to its key.
    reasons = [name for name in left if band[name][row] == REASONS][-1:]
    own = [*reasons, key]
    keys = cells[key]
    cells = cells.with_columns(pl.lit(None, pl.String).alias(name) for name in own)
    while cells.columns and cells.columns[-1] in own:
        cells = cells.drop(cells.columns[-1])
    return replace(sheet, cells=cells), keys
