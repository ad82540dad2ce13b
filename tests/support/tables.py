"""Small tables for the tests: what a reader would hand on, without a file."""

import polars as pl

from adapters.base import LONG_SCHEMA, RawSheet

Row = list[str | None]


def sheet(*rows: Row, numbers: list[tuple[int, int]] | None = None, name: str = "Data") -> RawSheet:
    """A sheet of text cells; `numbers` are (row, column) of long numeric cells."""
    width = max(len(row) for row in rows)
    padded = [[*row, *[None] * (width - len(row))] for row in rows]
    cells = {f"c{i}": pl.Series([r[i] for r in padded], dtype=pl.String) for i in range(width)}
    found = pl.DataFrame(numbers or [], schema=LONG_SCHEMA, orient="row")
    return RawSheet(name, pl.DataFrame(cells), found, visible=True)
