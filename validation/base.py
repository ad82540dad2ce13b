"""What one test of a unified column is."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Test:
    """One test of one unified column: an expression that must hold, and its issue code.

    `expected` tells the bounds; `shown` may replace the value (identifiers are masked); `found`
    is one more fact, over the failing rows.
    """

    column: str
    code: str
    holds: pl.Expr
    expected: str | None = None
    shown: pl.Expr | None = None
    found: pl.Expr | None = None
