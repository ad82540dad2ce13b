"""Keyset pagination: a page is found by the sort values of the row before it, never by counting.

A cursor holds those values and the name of the ordering they belong to; one that is malformed
or of another ordering is refused. Personal values, such as a name, it does not hold: they are
read again by the id in it, within the caller's scope.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.sql import SQL, Composable

from hub.core.store.reader import Reader, Row
from hub.core.store.statement import Statement, all_of

_LONGEST_CURSOR = 1000


class CursorError(ValueError):
    """A cursor was not given by this ordering."""


@dataclass(frozen=True)
class SortKey:
    """One sort expression: never null, of SQL type `type`; no cursor holds a `personal` one."""

    expression: str
    type: str
    descending: bool = False
    personal: bool = False


@dataclass(frozen=True)
class Ordering:
    """A total order: what is listed, by which keys; the last keys together are unique."""

    kind: str
    keys: tuple[SortKey, ...]

    @property
    def signature(self) -> str:
        """What a cursor of this ordering begins with."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Window:
    """Which part of the order is asked for: `limit` rows from its start or, `backward`, its end."""

    limit: int
    after: str | None = None
    before: str | None = None
    backward: bool = False


@dataclass(frozen=True)
class Listing:
    """Rows to be listed: of `source`, those the caller may see (`scope`) that meet `conditions`."""

    columns: Composable
    source: Composable
    scope: Composable
    conditions: Sequence[Composable]

    @property
    def met(self) -> Composable:
        """The scope and every condition."""
        return all_of([self.scope, *self.conditions])


@dataclass(frozen=True)
class Page:
    """Rows in order with a cursor each, and whether there is more on either side."""

    rows: Sequence[Row]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


def order_by(kind: str, alias: str, keys: Sequence[SortKey]) -> Ordering:
    """The order by `keys`, made total by regency and id in the direction of the last key."""
    descending = bool(keys) and keys[-1].descending
    unique = (
        SortKey(f"{alias}.regency_code", "text", descending),
        SortKey(f"{alias}.id", "uuid", descending),
    )
    return Ordering(kind, (*keys, *unique))


async def fetch_page(
    reader: Reader, statement: Statement, listing: Listing, ordering: Ordering, window: Window
) -> Page:
    """The rows of one window. Raises CursorError."""
    bounds = [
        _beyond(
            statement,
            ordering,
            await _whole(reader, statement, listing, ordering, read_cursor(ordering, cursor)),
            forward=forward,
        )
        for cursor, forward in _ends(window)
    ]
    query = SQL("select {}, {} from {} where {} order by {} limit {}").format(
        listing.columns,
        _sort_values(ordering),
        listing.source,
        all_of([listing.met, *bounds]),
        order_clause(ordering, backward=window.backward),
        statement.bind(window.limit + 1, "int"),
    )
    return cut(await reader.rows(statement, query), ordering, window)


async def count_rows(reader: Reader, statement: Statement, listing: Listing) -> int:
    """How many rows the listing has."""
    query = SQL("select count(*) as n from {} where {}").format(listing.source, listing.met)
    found = await reader.row(statement, query)
    return int(found["n"]) if found else 0


def cut(found: Sequence[Row], ordering: Ordering, window: Window) -> Page:
    """The page of rows read with one row more than asked for, in reading order."""
    more = len(found) > window.limit
    rows = list(found[: window.limit])
    if window.backward:
        rows.reverse()
    return Page(
        rows=rows,
        cursors=[make_cursor(ordering, row) for row in rows],
        has_next=window.before is not None if window.backward else more,
        has_previous=more if window.backward else window.after is not None,
    )


def order_clause(ordering: Ordering, *, backward: bool) -> Composable:
    """The `order by` list."""
    return SQL(", ").join(
        SQL(f"{key.expression} {'desc' if key.descending != backward else 'asc'}")
        for key in ordering.keys
    )


def window_conditions(statement: Statement, ordering: Ordering, window: Window) -> list[Composable]:
    """Conditions that start behind `after` and end before `before`, for orderings without
    personal values. Raises CursorError."""
    return [
        _beyond(statement, ordering, read_cursor(ordering, cursor), forward=forward)
        for cursor, forward in _ends(window)
    ]


def _ends(window: Window) -> list[tuple[str, bool]]:
    """The cursors of a window, each with whether the window lies behind it."""
    ends = ((window.after, True), (window.before, False))
    return [(cursor, forward) for cursor, forward in ends if cursor is not None]


def _sort_values(ordering: Ordering) -> Composable:
    return SQL(", ").join(
        SQL(f"{key.expression} as sort_{number}") for number, key in enumerate(ordering.keys)
    )


async def _whole(
    reader: Reader, statement: Statement, listing: Listing, ordering: Ordering, values: list[Any]
) -> list[Any]:
    """The sort values of a cursor, with those that it does not hold. Raises CursorError."""
    if not any(key.personal for key in ordering.keys):
        return values
    held = [
        SQL("{} = {}").format(SQL(key.expression), statement.bind(value, key.type))
        for key, value in zip(ordering.keys[-2:], values[-2:], strict=True)  # regency and id
    ]
    query = SQL("select {} from {} where {}").format(
        _sort_values(ordering), listing.source, all_of([*held, listing.scope])
    )
    row = await reader.row(statement, query)
    if row is None:
        raise CursorError("The entry of the cursor is no longer there; start from the beginning.")
    return [
        row[f"sort_{number}"] if key.personal else value
        for number, (key, value) in enumerate(zip(ordering.keys, values, strict=True))
    ]


def beyond(ordering: Ordering, bounds: Sequence[Composable], *, forward: bool) -> Composable:
    """The condition to lie behind (`forward`) or before the place with these sort values."""
    keys = ordering.keys
    signs = [SQL("<" if key.descending == forward else ">") for key in keys]
    expressions = [SQL(key.expression) for key in keys]
    if len({key.descending for key in keys}) == 1:  # a row comparison can use an index
        return SQL("({}) {} ({})").format(
            SQL(", ").join(expressions), signs[0], SQL(", ").join(bounds)
        )
    condition: Composable = SQL("false")
    for expression, sign, value in reversed(list(zip(expressions, signs, bounds, strict=True))):
        condition = SQL("({e} {s} {v} or ({e} = {v} and {rest}))").format(
            e=expression, s=sign, v=value, rest=condition
        )
    return condition


def _beyond(
    statement: Statement, ordering: Ordering, values: Sequence[Any], *, forward: bool
) -> Composable:
    pairs = zip(ordering.keys, values, strict=True)
    bounds = [statement.bind(value, key.type) for key, value in pairs]
    return beyond(ordering, bounds, forward=forward)


# --- cursors --------------------------------------------------------------------------------


def make_cursor(ordering: Ordering, row: Row) -> str:
    """The cursor of a row that was read with its sort values."""
    values = [
        None if key.personal else _plain(row[f"sort_{number}"])
        for number, key in enumerate(ordering.keys)
    ]
    text = json.dumps([ordering.signature, *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(ordering: Ordering, cursor: str) -> list[Any]:
    """The sort values in a cursor of `ordering`, None for personal ones. Raises CursorError."""
    try:
        if len(cursor) > _LONGEST_CURSOR:
            raise ValueError
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        signature, *values = content
        if signature != ordering.signature:
            raise ValueError
        return [
            None if key.personal else _PARSERS[key.type](value)
            for key, value in zip(ordering.keys, values, strict=True)
        ]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CursorError("The cursor was not given by this list in this order.") from error


def _plain(value: Any) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**31:
        raise ValueError
    return value


def _small(value: Any) -> int:
    number = _integer(value)
    if abs(number) >= 2**15:
        raise ValueError
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "smallint": _small,
    "int": _integer,
    "text": _text,
    "uuid": UUID,
    "date": date.fromisoformat,
    "timestamptz": _moment,
}
