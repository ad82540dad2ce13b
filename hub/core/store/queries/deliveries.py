"""Deliveries and their issues.

A delivery may hold rows of many regions. It is listed to a caller when its region lies in the
caller's scope, holds it, or is not stated. Its issues follow the scope row by row, except that
a delivery of the caller's own region is open as a whole: also the rows whose region failed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

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
from hub.core.store.queries.grouping import chosen
from hub.core.store.reader import Reader, Row
from hub.core.store.scope import EVERYWHERE
from hub.core.store.statement import ANYTHING, Statement, all_of, any_of

COLUMNS = SQL(
    "d.id, d.source, d.layout, d.edition, d.region_code, d.file_name, d.sha256, d.size, d.state,"
    " d.received_at, d.published_at, d.reference_date, d.rows_read, d.rows_accepted,"
    " d.rows_warning, d.rows_rejected"
)
SOURCE = SQL("delivery d")
NEWEST_FIRST = Ordering(
    "Delivery", (SortKey("d.received_at", "timestamptz", True), SortKey("d.id", "uuid", True))
)
BY_ROW = Ordering("Issue", (SortKey("i.seq", "int"),))


@dataclass(frozen=True)
class Filter:
    """What to find; None leaves a matter open."""

    region: str | None = None
    sources: Sequence[str] | None = None
    layouts: Sequence[str] | None = None
    states: Sequence[str] | None = None


@dataclass(frozen=True)
class IssueFilter:
    """Which issues of a delivery; None leaves a matter open."""

    severities: tuple[str, ...] | None = None
    codes: tuple[str, ...] | None = None


async def find(reader: Reader, criteria: Filter, window: Window) -> Page:
    """One window of the deliveries that meet `criteria`, newest first. Raises CursorError."""
    statement = reader.statement()
    return await fetch_page(reader, statement, listing(statement, criteria), NEWEST_FIRST, window)


async def count(reader: Reader, criteria: Filter) -> int:
    """How many deliveries meet `criteria`."""
    statement = reader.statement()
    return await count_rows(reader, statement, listing(statement, criteria))


async def by_id(reader: Reader, delivery: UUID) -> Row | None:
    """One delivery, if the caller may see it."""
    statement = reader.statement()
    query = SQL("select {} from delivery d where d.id = {} and {}").format(
        COLUMNS, statement.bind(delivery), listed(statement)
    )
    return await reader.row(statement, query)


async def behind(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Where rows come from that the caller may see: the deliveries of `ids`, without scope."""
    statement = reader.statement()
    query = SQL("select {} from delivery d where d.id = any({})").format(
        COLUMNS, statement.bind(list(ids), "uuid[]")
    )
    return {row["id"]: row for row in await reader.rows(statement, query)}


async def issues(
    reader: Reader, ids: Sequence[UUID], criteria: IssueFilter, window: Window
) -> dict[UUID, Page]:
    """One window of the issues of each delivery, in the order found. Raises CursorError."""
    statement = reader.statement()
    conditions = [
        SQL("i.delivery_id = k.id"),
        *issue_conditions(statement, criteria),
        *window_conditions(statement, BY_ROW, window),
    ]
    query = SQL(
        "select found.*, k.id as owner from unnest({}) as k(id)"
        " join delivery d on d.id = k.id, lateral ("
        "select i.sheet, i.row, i.column_name, i.column_letter, i.code, i.severity, i.detail,"
        " i.seq as sort_0 from delivery_issue i where {} order by {} limit {}) found"
    ).format(
        statement.bind(list(ids), "uuid[]"),
        all_of(conditions),
        order_clause(BY_ROW, backward=window.backward),
        statement.bind(window.limit + 1, "int"),
    )
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in await reader.rows(statement, query):
        found[row["owner"]].append(row)
    return {delivery: cut(found[delivery], BY_ROW, window) for delivery in ids}


async def count_issues(
    reader: Reader, ids: Sequence[UUID], criteria: IssueFilter
) -> dict[UUID, int]:
    """How many issues each delivery has."""
    statement = reader.statement()
    query = SQL(
        "select i.delivery_id, count(*) as n from delivery_issue i join delivery d"
        " on d.id = i.delivery_id where i.delivery_id = any({}) and {} group by i.delivery_id"
    ).format(statement.bind(list(ids), "uuid[]"), all_of(issue_conditions(statement, criteria)))
    return {row["delivery_id"]: row["n"] for row in await reader.rows(statement, query)}


def listing(statement: Statement, criteria: Filter) -> Listing:
    """What `criteria` asks for, as far as the caller may see it."""
    return Listing(COLUMNS, SOURCE, listed(statement), _conditions(statement, criteria))


def _conditions(statement: Statement, criteria: Filter) -> list[Composable]:
    conditions = chosen(statement, {"d.source": criteria.sources, "d.state": criteria.states})
    if criteria.region is not None:
        conditions.append(_lies_in(statement, criteria.region))
    if criteria.layouts is not None:
        # A workbook of several layouts names them all, joined by a plus.
        conditions.append(
            SQL("(d.layout = any({names}) or string_to_array(d.layout, '+') && {names})").format(
                names=statement.bind(criteria.layouts, "text[]", list)
            )
        )
    return conditions


def issue_conditions(statement: Statement, criteria: IssueFilter) -> list[Composable]:
    """Which issues `i` of a delivery `d`, as far as the caller may see them."""
    own = [_lies_in(statement, prefix) for prefix in statement.regions]
    return [
        any_of([statement.regency_in_scope("i"), *own]),
        *chosen(statement, {"i.severity": criteria.severities, "i.code": criteria.codes}),
    ]


def listed(statement: Statement) -> Composable:
    """Whether a delivery `d` is listed to the caller."""
    return any_of(
        condition
        for prefix in statement.regions
        for condition in (_lies_in(statement, prefix), _holds(statement, prefix))
    )


def _lies_in(statement: Statement, prefix: str) -> Composable:
    if statement.digits(prefix) == len(EVERYWHERE):
        return ANYTHING
    return SQL("d.region_code ^@ {}").format(statement.bind(prefix))


def _holds(statement: Statement, prefix: str) -> Composable:
    return SQL("(d.region_code is null or {} ^@ d.region_code)").format(
        statement.bind(prefix, "text")
    )
