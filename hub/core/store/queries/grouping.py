"""Rows into answers by key, for reads of many keys at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from psycopg.sql import SQL, Composable

from hub.core.store.reader import Row
from hub.core.store.statement import Key, Statement


@dataclass(frozen=True)
class Range:
    """Bounds of a whole number, both included; None leaves a side open."""

    min: int | None = None
    max: int | None = None


def by_key(rows: Iterable[Row]) -> dict[Key, Row]:
    """Each row under its regency and id."""
    return {(row["regency_code"], row["id"]): row for row in rows}


def by_owner(rows: Iterable[Row]) -> dict[Key, list[Row]]:
    """Rows under the regency and the `owner` they were asked for."""
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["regency_code"], row["owner"]].append(row)
    return found


def between(statement: Statement, column: str, bounds: Range) -> list[Composable]:
    """Conditions that keep `column` in `bounds`."""
    conditions: list[Composable] = []
    if bounds.min is not None:
        conditions.append(SQL("{} >= {}").format(SQL(column), statement.bind(bounds.min, "int")))
    if bounds.max is not None:
        conditions.append(SQL("{} <= {}").format(SQL(column), statement.bind(bounds.max, "int")))
    return conditions


def one_of(statement: Statement, column: str, values: Iterable[str]) -> Composable:
    """Whether `column` is one of `values`."""
    return SQL("{} = any({})").format(
        SQL(column), statement.bind([str(value) for value in values], "text[]")
    )
