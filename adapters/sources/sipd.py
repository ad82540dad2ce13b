"""SIPD: budget tables end in a GRAND TOTAL row that is not a budget line."""

from __future__ import annotations

import polars as pl


def recognises(cells: pl.DataFrame) -> bool:
    """SIPD layouts have headings; they are never recognised by position."""
    return False


def prepare(rows: pl.DataFrame, cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take out rows in which some cell says (GRAND) TOTAL."""
    texts = [name for name in rows.columns if name != "row"]
    total = pl.any_horizontal(
        pl.col(name).str.strip_chars().str.contains(r"(?i)^(GRAND\s+)?TOTAL$").fill_null(False)
        for name in texts
    )
    return rows.filter(~total), rows.filter(total)
