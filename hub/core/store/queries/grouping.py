"""What the reads share: rows into answers by key, and conditions of filters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.sql import SQL, Composable, Identifier

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


def of_families(statement: Statement, keys: Sequence[Key], table: str) -> Composable:
    """`found` (regency_code, owner, id): rows of `table` about each asked household or about one
    of its members, each once; to stand after `with`."""
    return SQL(
        "asked as materialized (select k.regency_code, k.id from {keys}), found as ("
        "select a.regency_code, a.id as owner, x.id from asked a join {table} x"
        " on x.regency_code = a.regency_code and x.household_id = a.id"
        " union select a.regency_code, a.id, x.id from asked a join person m"
        " on m.regency_code = a.regency_code and m.household_id = a.id"
        " join {table} x on x.regency_code = m.regency_code and x.person_id = m.id)"
    ).format(keys=statement.keys(keys), table=Identifier(table))


def between(statement: Statement, column: str, bounds: Range) -> list[Composable]:
    """Conditions that keep `column` in `bounds`."""
    conditions: list[Composable] = []
    if bounds.min is not None:
        conditions.append(SQL("{} >= {}").format(SQL(column), statement.bind(bounds.min, "int")))
    if bounds.max is not None:
        conditions.append(SQL("{} <= {}").format(SQL(column), statement.bind(bounds.max, "int")))
    return conditions


def since(statement: Statement, alias: str, moment: datetime) -> Composable:
    """Whether a row last changed at `moment` or later."""
    bound = statement.bind(moment, "timestamptz")
    return SQL("{}.updated_at >= {}").format(SQL(alias), bound)


def touching(
    statement: Statement, alias: str, start: date | None, end: date | None
) -> list[Composable]:
    """Periods with a day between `start` and `end`; one without an end still runs."""
    conditions: list[Composable] = []
    if start is not None:
        conditions.append(
            SQL("({a}.period_end is null or {a}.period_end >= {day})").format(
                a=SQL(alias), day=statement.bind(start)
            )
        )
    if end is not None:
        conditions.append(SQL("{}.period_start <= {}").format(SQL(alias), statement.bind(end)))
    return conditions


def chosen(statement: Statement, choices: Mapping[str, Sequence[str] | None]) -> list[Composable]:
    """Conditions that keep each column to its values; None leaves a column open."""
    return [
        one_of(statement, column, values)
        for column, values in choices.items()
        if values is not None
    ]


def holds(condition: Composable, wanted: bool) -> Composable:
    """The condition or, when not `wanted`, its contrary; so written, a join can answer it."""
    return condition if wanted else SQL("not {}").format(condition)


def one_of(statement: Statement, column: str, values: Iterable[str]) -> Composable:
    """Whether `column` is one of `values`."""
    return SQL("{} = any({})").format(SQL(column), statement.bind(values, "text[]", texts))


def contains(statement: Statement, column: str, part: str) -> Composable:
    """Whether the text in `column` contains `part`, in either case."""
    return SQL("{} ilike {}").format(SQL(column), statement.bind(part, derive=_anywhere))


def _anywhere(part: str) -> str:
    plain = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def texts(values: Iterable[str]) -> list[str]:
    """The values as plain text, which the driver can tell the type of."""
    return [str(value) for value in values]
