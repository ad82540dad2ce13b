"""Overlap flags: find, count, by id, by person or household, and their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg.sql import SQL, Composable

from hub.core.store.paging import Listing, Page, SortKey, Window, count_rows, fetch_page, order_by
from hub.core.store.queries.grouping import by_key, by_owner, chosen, of_families, texts, touching
from hub.core.store.reader import Reader, Row
from hub.core.store.statement import Key, Statement, all_of

COLUMNS = SQL(
    "f.regency_code, f.id, f.rule_code, f.household_id, f.person_id, f.programmes,"
    " f.period_start, f.period_end, f.status, f.explanation, f.raised_at"
)
SOURCE = SQL("overlap_flag f")
ORDERS = {
    "RAISED_AT_ASC": SortKey("f.raised_at", "timestamptz"),
    "RAISED_AT_DESC": SortKey("f.raised_at", "timestamptz", descending=True),
    "PERIOD_START_ASC": SortKey("f.period_start", "date"),
    "PERIOD_START_DESC": SortKey("f.period_start", "date", descending=True),
    "RULE_ASC": SortKey("f.rule_code", "text"),
    "RULE_DESC": SortKey("f.rule_code", "text", descending=True),
}


@dataclass(frozen=True)
class Filter:
    """What to find; None leaves a matter open. The period is any that touches `start` to `end`."""

    region: str | None = None
    rules: Sequence[str] | None = None
    programmes: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    start: date | None = None
    end: date | None = None


async def find(reader: Reader, criteria: Filter, orders: Sequence[str], window: Window) -> Page:
    """One window of the flags that meet `criteria`. Raises CursorError."""
    statement = reader.statement()
    ordering = order_by("OverlapFlag", "f", [ORDERS[name] for name in orders])
    return await fetch_page(reader, statement, listing(statement, criteria), ordering, window)


async def count(reader: Reader, criteria: Filter) -> int:
    """How many flags meet `criteria`."""
    statement = reader.statement()
    return await count_rows(reader, statement, listing(statement, criteria))


async def by_ids(reader: Reader, keys: Sequence[Key]) -> dict[Key, Row]:
    """The flags of `keys` that the caller may see."""
    statement = reader.statement()
    query = SQL(
        "select {} from {} join overlap_flag f on f.regency_code = k.regency_code"
        " and f.id = k.id where {}"
    ).format(COLUMNS, statement.keys(keys), _scope(statement))
    return by_key(await reader.rows(statement, query))


async def of_people(
    reader: Reader, keys: Sequence[Key], statuses: tuple[str, ...] | None
) -> dict[Key, list[Row]]:
    """The flags on each person, newest first."""
    statement = reader.statement()
    query = SQL(
        "select {}, k.id as owner from {} join overlap_flag f on f.regency_code = k.regency_code"
        " and f.person_id = k.id where {} order by f.raised_at desc, f.id"
    ).format(COLUMNS, statement.keys(keys), all_of(_of_status(statement, statuses)))
    return by_owner(await reader.rows(statement, query))


async def of_households(
    reader: Reader, keys: Sequence[Key], statuses: tuple[str, ...] | None
) -> dict[Key, list[Row]]:
    """The flags on each household and on its members, each once, newest first."""
    statement = reader.statement()
    query = SQL(
        "with {} select {}, o.owner from found o join overlap_flag f"
        " on f.regency_code = o.regency_code and f.id = o.id where {}"
        " order by f.raised_at desc, f.id"
    ).format(
        of_families(statement, keys, "overlap_flag"),
        COLUMNS,
        all_of(_of_status(statement, statuses)),
    )
    return by_owner(await reader.rows(statement, query))


async def history(reader: Reader, keys: Sequence[Key]) -> dict[Key, list[Row]]:
    """What happened to each flag that the caller may see, oldest first."""
    statement = reader.statement()
    query = SQL(
        "select e.regency_code, e.status, e.reason, e.actor, e.at, k.id as owner from {}"
        " join overlap_flag f on f.regency_code = k.regency_code and f.id = k.id"
        " join flag_event e on e.regency_code = f.regency_code and e.flag_id = f.id"
        " where {} order by e.at, e.id"
    ).format(statement.keys(keys), _scope(statement))
    return by_owner(await reader.rows(statement, query))


def _scope(statement: Statement) -> Composable:
    return statement.subject_in_scope("f", person=True)


def _of_status(statement: Statement, statuses: tuple[str, ...] | None) -> list[Composable]:
    return [_scope(statement), *chosen(statement, {"f.status": statuses})]


def listing(statement: Statement, criteria: Filter) -> Listing:
    """What `criteria` asks for, as far as the caller may see it."""
    return Listing(COLUMNS, SOURCE, _scope(statement), _conditions(statement, criteria))


def _conditions(statement: Statement, criteria: Filter) -> list[Composable]:
    conditions = [
        *chosen(statement, {"f.rule_code": criteria.rules, "f.status": criteria.statuses}),
        *touching(statement, "f", criteria.start, criteria.end),
    ]
    if criteria.region is not None:
        conditions.append(statement.subject_within("f", criteria.region, person=True))
    if criteria.programmes is not None:
        conditions.append(
            SQL("f.programmes && {}").format(statement.bind(criteria.programmes, "text[]", texts))
        )
    return conditions
