"""Administrative regions and their budgets. Regions are public; budgets follow the scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.sql import SQL, Composable

from hub.core.store.paging import (
    Listing,
    Ordering,
    Page,
    SortKey,
    Window,
    count_rows,
    cut,
    fetch_page,
    order_clause,
    window_conditions,
)
from hub.core.store.queries.grouping import contains, one_of
from hub.core.store.reader import Reader, Row
from hub.core.store.statement import ANYTHING, Statement, all_of

COLUMNS = SQL("x.code, x.level, x.name, x.parent_code, x.kind, x.bps_code")
SOURCE = SQL("region x")
ORDERING = Ordering("Region", (SortKey("x.code", "text"),))
BUDGET_LINES = 1000


@dataclass(frozen=True)
class Filter:
    """What to find; None leaves a matter open."""

    level: str | None = None
    parent: str | None = None
    search: str | None = None


async def find(reader: Reader, criteria: Filter, window: Window) -> Page:
    """One window of the regions that meet `criteria`, by code. Raises CursorError."""
    statement = reader.statement()
    return await fetch_page(reader, statement, listing(statement, criteria), ORDERING, window)


async def count(reader: Reader, criteria: Filter) -> int:
    """How many regions meet `criteria`."""
    statement = reader.statement()
    return await count_rows(reader, statement, listing(statement, criteria))


async def by_codes(reader: Reader, codes: Sequence[str]) -> dict[str, Row]:
    """The regions of `codes`."""
    statement = reader.statement()
    query = SQL("select {} from region x where {}").format(
        COLUMNS, one_of(statement, "x.code", codes)
    )
    return {row["code"]: row for row in await reader.rows(statement, query)}


async def children(reader: Reader, codes: Sequence[str], window: Window) -> dict[str, Page]:
    """One window of the regions directly below each of `codes`. Raises CursorError."""
    statement = reader.statement()
    conditions = [
        SQL("x.parent_code = k.code"),
        *window_conditions(statement, ORDERING, window),
    ]
    query = SQL(
        "select below.*, k.code as owner from unnest({}) as k(code), lateral ("
        "select {}, x.code as sort_0 from region x where {} order by {} limit {}) below"
    ).format(
        statement.bind(list(codes), "text[]"),
        COLUMNS,
        all_of(conditions),
        order_clause(ORDERING, backward=window.backward),
        statement.bind(window.limit + 1, "int"),
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in await reader.rows(statement, query):
        found[row["owner"]].append(row)
    return {code: cut(found[code], ORDERING, window) for code in codes}


async def count_children(reader: Reader, codes: Sequence[str]) -> dict[str, int]:
    """How many regions are directly below each of `codes`."""
    statement = reader.statement()
    query = SQL(
        "select x.parent_code, count(*) as n from region x where {} group by x.parent_code"
    ).format(one_of(statement, "x.parent_code", codes))
    return {row["parent_code"]: row["n"] for row in await reader.rows(statement, query)}


async def budgets(
    reader: Reader, codes: Sequence[str], year: int, kind: str | None
) -> dict[str, list[Row]]:
    """The budget lines of each regency for `year`, at most `BUDGET_LINES` each."""
    statement = reader.statement()
    conditions = [
        SQL("b.regency_code = k.code"),
        SQL("b.year = {}").format(statement.bind(year, "int")),
        statement.regency_in_scope("b"),
    ]
    if kind is not None:
        conditions.append(SQL("b.kind = {}").format(statement.bind(kind)))
    query = SQL(
        "select lines.*, k.code as owner from unnest({}) as k(code), lateral ("
        "select b.source, b.kind, b.year, b.unit_code, b.unit_name, b.programme_code,"
        " b.programme_name, b.activity_code, b.activity_name, b.sub_activity_code,"
        " b.sub_activity_name, b.account_code, b.account_name, b.fund_source, b.amount,"
        " b.document_date from budget_line b where {} order by b.sub_activity_code,"
        " b.account_code, b.kind, b.id limit {}) lines"
    ).format(
        statement.bind(list(codes), "text[]"),
        all_of(conditions),
        statement.bind(BUDGET_LINES, "int"),
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in await reader.rows(statement, query):
        found[row["owner"]].append(row)
    return found


def listing(statement: Statement, criteria: Filter) -> Listing:
    """What `criteria` asks for, as far as the caller may see it."""
    return Listing(COLUMNS, SOURCE, ANYTHING, _conditions(statement, criteria))


def _conditions(statement: Statement, criteria: Filter) -> list[Composable]:
    conditions: list[Composable] = []
    if criteria.level is not None:
        conditions.append(SQL("x.level = {}").format(statement.bind(criteria.level, derive=str)))
    if criteria.parent is not None:
        conditions.append(SQL("x.parent_code = {}").format(statement.bind(criteria.parent)))
    if criteria.search is not None:
        conditions.append(contains(statement, "x.name", criteria.search))
    return conditions
