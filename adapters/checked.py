"""What checking a delivery comes to: its tables, its issues, and what it says of headings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from adapters.matching import Renamed
from adapters.readers import column_letter
from adapters.recognise import Table
from mappings.model import Layout
from validation.integrity import ColumnIntegrity
from validation.issues import rejected_rows, with_severity


@dataclass(frozen=True)
class Remembered:
    """What a steward said the headings of a file mean, by the fingerprint of its header."""

    fingerprint: str
    layout: str
    columns: Renamed
    confirmed_on: date | None = None  # none: just now


@dataclass(frozen=True)
class Recognised:
    """A file whose source and layout are known; its rows are not looked at yet."""

    path: Path
    sha256: str
    size: int
    source: str
    layout: str
    edition: str
    reference_date: date


@dataclass(frozen=True)
class HeadedColumn:
    """A column of a file by its heading as printed.

    `known` is the heading that the layout has for it, None where the layout has none; `target` is
    the unified column that it fills, if any.
    """

    letter: str
    heading: str
    known: str | None
    target: str | None


@dataclass(frozen=True)
class HeadedTable:
    """A table by its headings, also those of columns that are ignored or unknown."""

    sheet: int
    layout: str
    columns: tuple[HeadedColumn, ...]


def headed(tables: Iterable[Table]) -> tuple[HeadedTable, ...]:
    """The headings of recognised tables."""
    return tuple(HeadedTable(t.index, t.layout.layout, _columns(t)) for t in tables)


def _columns(table: Table) -> tuple[HeadedColumn, ...]:
    known = {position: (column.heading, column.to) for column, position in table.columns}
    return tuple(
        HeadedColumn(column_letter(position), heading, *known.get(position, (None, None)))
        for position, heading in sorted(table.printed.items())
        if heading
    )


@dataclass(frozen=True)
class CheckedTable:
    """One table after checking: unified rows that are accepted, and raw rows that are not."""

    layout: Layout
    sheet: int
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    headings: dict[str, str]  # raw column (c0..) to "letter heading", for quarantine
    read: int


@dataclass(frozen=True)
class Checked:
    """A checked delivery. `refused` means that the file as a whole cannot be imported."""

    path: Path
    sha256: str
    size: int
    source: str | None
    edition: str
    reference_date: date
    tables: tuple[CheckedTable, ...]
    issues: pl.DataFrame
    refused: bool
    integrity: tuple[ColumnIntegrity, ...] = ()
    confirmed: tuple[Remembered, ...] = ()  # what the mapping of the caller settled
    headed: tuple[HeadedTable, ...] = ()  # also of a refused file, when its layout is known

    @property
    def layout(self) -> str:
        """Names of the layouts found, joined by "+"."""
        return "+".join(t.layout.layout for t in self.tables)

    def counts(self) -> dict[str, int]:
        """Rows read, accepted, with warnings, rejected; accepted + rejected = read."""
        graded = with_severity(self.issues).filter(pl.col("row").is_not_null())
        rejected = rejected_rows(self.issues)
        warned = graded.filter(pl.col("severity") == "WARNING").select("sheet", "row").unique()
        warned = warned.join(rejected, on=["sheet", "row"], how="anti")
        accepted = sum(t.accepted.height for t in self.tables)
        return {
            "read": sum(t.read for t in self.tables),
            "accepted": accepted,
            "warning": min(warned.height, accepted),
            "rejected": sum(t.rejected.height for t in self.tables),
        }
