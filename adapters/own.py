"""What the hub itself adds to a workbook it hands back, and how it is left out on the way in."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from adapters.base import RawFile, RawSheet

SUMMARY: Final = "Ringkasan"  # the first sheet, known again by its name and its title
TITLE: Final = "Ringkasan pemeriksaan / Summary of the check"
GUIDE: Final = "Petunjuk"  # of a template, known again like the summary
GUIDE_TITLE: Final = "Petunjuk templat / How to fill in this template"
CODES: Final = "Kode"
CODES_TITLE: Final = "Daftar pilihan templat / Lists of this template"
REASONS: Final = "Masalah"  # all reasons of a row, for people
KEY: Final = "#baris"  # the row of the file that was checked first, hidden
BAND_KEY: Final = "#"  # key of every row between the heading and the data
NEW_KEY: Final = "+"  # begins the key of a row that the file checked first does not have
ORIGIN: Final = "SHA-256 berkas asal / of the original file"  # in the summary, nearest first
ONLY_BAD: Final = (
    "Hanya baris bermasalah yang dimuat. / Only rows that need mending are in this workbook."
)
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


def origins(raw: RawFile) -> tuple[str, ...]:
    """SHA-256 of the files whose rows the keys of a marked workbook name, the nearest first."""
    cells = _summary(raw)
    if cells is None or cells.width < 2:
        return ()
    said = cells.filter(pl.col("c0") == ORIGIN)["c1"].str.strip_chars()
    return tuple(said.filter(said.str.contains(r"^[0-9a-f]{64}$")))


def is_whole(raw: RawFile) -> bool:
    """Whether a marked workbook was written with all rows, not with the bad ones only."""
    cells = _summary(raw)
    return cells is None or not (cells["c0"] == ONLY_BAD).any()


def _summary(raw: RawFile) -> pl.DataFrame | None:
    return next((sheet.cells for sheet in raw.sheets if is_summary(sheet)), None)


def row_keys(sheet: RawSheet) -> pl.Series:
    """A key for every row of a sheet, none twice: the row, or what a marked workbook names it."""
    rows = pl.int_range(1, sheet.cells.height + 1, eager=True).cast(pl.String)
    keys = bare(sheet)[1]
    if keys is None:
        return rows
    given = keys.str.strip_chars()
    return given.zip_with(given.is_first_distinct() & given.is_not_null(), NEW_KEY + rows)


def bare(sheet: RawSheet) -> tuple[RawSheet, pl.Series | None]:
    """The sheet without the hub's columns, and the row keys they held, if any.

    Columns of the source stay where they are, also those to the right of the hub's.
    """
    cells, band = sheet.cells, sheet.cells.head(_BAND)
    headed = [name for name in cells.columns if (band[name] == KEY).any()]
    if not headed:
        return sheet, None
    key = headed[-1]
    row = band[key].to_list().index(KEY)
    left = cells.columns[: cells.columns.index(key)]
    # The source may have a column "Masalah" too: the hub's is the one nearest to its key.
    reasons = [name for name in left if band[name][row] == REASONS][-1:]
    own = [*reasons, key]
    keys = cells[key]
    cells = cells.with_columns(pl.lit(None, pl.String).alias(name) for name in own)
    while cells.columns and cells.columns[-1] in own:
        cells = cells.drop(cells.columns[-1])
    return replace(sheet, cells=cells), keys
