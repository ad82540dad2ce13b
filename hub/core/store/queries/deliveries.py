"""Deliveries and their issues.

A delivery may hold rows of many regions. It is listed to a caller when its region lies in the
caller's scope, holds it, or is not stated; one that was uploaded and has no region, only once it
was published, but to its uploader always. Its issues follow the scope row by row, except that
a delivery of the caller's own region is open as a whole: also the rows whose region failed, who
did what with it, and what was found out about it.
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
from hub.core.store.queries.grouping import chosen, holds
from hub.core.store.reader import Reader, Row
from hub.core.store.scope import EVERYWHERE
from hub.core.store.statement import ANYTHING, Statement, all_of, any_of

COLUMNS = SQL(
    "d.id, d.source, d.layout, d.edition, d.region_code, d.file_name, d.sha256, d.size, d.state,"
    " d.received_at, d.published_at, d.reference_date, d.rows_read, d.rows_accepted,"
    " d.rows_warning, d.rows_rejected, d.wanted, d.mends, d.kept"
)
SOURCE = SQL("delivery d")
PUBLISHED_BY = (
    "(select p.published_by from publication p where p.delivery_id = d.id and p.undone_at is null)"
)
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
    waiting_for: Sequence[str] | None = None


@dataclass(frozen=True)
class IssueFilter:
    """Which issues of a delivery; None leaves a matter open."""

    severities: tuple[str, ...] | None = None
    codes: tuple[str, ...] | None = None
    sheet: int | None = None
    from_row: int | None = None
    to_row: int | None = None
    open: bool | None = None


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


async def standing(reader: Reader, delivery: UUID) -> Row | None:
    """How a delivery stands, if the caller may see it: `within` says whether it lies in their
    regions as a whole, `own` whether they uploaded it."""
    statement = reader.statement()
    query = SQL(
        "select d.id, d.state, {} as within, coalesce({}, false) as own from delivery d"
        " where d.id = {} and {}"
    ).format(
        within(statement), statement.uploaded("d"), statement.bind(delivery), listed(statement)
    )
    return await reader.row(statement, query)


async def touched(reader: Reader, delivery: UUID) -> Row | None:
    """How a delivery stands, if the caller may see it, as `standing` tells it, and when something
    was last done with it."""
    statement = reader.statement()
    query = SQL(
        "select d.file_name, d.wanted, {} as within, coalesce({}, false) as own, greatest("
        "d.received_at, (select max(e.at) from delivery_event e where e.delivery_id = d.id)) as at"
        " from delivery d where d.id = {} and {}"
    ).format(
        within(statement), statement.uploaded("d"), statement.bind(delivery), listed(statement)
    )
    return await reader.row(statement, query)


async def behind(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Where rows come from that the caller may see: the deliveries of `ids`, without scope."""
    statement = reader.statement()
    query = SQL("select {} from delivery d where d.id = any({})").format(
        COLUMNS, statement.bind(list(ids), "uuid[]")
    )
    return {row["id"]: row for row in await reader.rows(statement, query)}


async def actors(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Who uploaded and who published each delivery, of those that are open to the caller."""
    statement = reader.statement()
    query = SQL(
        "select d.id, d.uploaded_by, {} as published_by from delivery d where d.id = any({}) and {}"
    ).format(SQL(PUBLISHED_BY), statement.bind(list(ids), "uuid[]"), opened(statement))
    return {row["id"]: row for row in await reader.rows(statement, query)}


async def events(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """What was done with each delivery that is open to the caller, the oldest first; since its file
    last came, for it may have been somebody else's before."""
    statement = reader.statement()
    query = SQL(
        "select d.id as owner, e.at, e.action, e.actor, e.reason from delivery d"
        " join delivery_event e on e.delivery_id = d.id where d.id = any({}) and {}"
        " and not exists (select from delivery_event later where later.delivery_id = d.id"
        " and later.action = 'RECEIVED' and later.at > e.at)"
        " order by e.at, e.id"
    ).format(statement.bind(list(ids), "uuid[]"), opened(statement))
    return _by_owner(await reader.rows(statement, query))


async def reports(reader: Reader, ids: Sequence[UUID], kind: str) -> dict[UUID, Row]:
    """What was found out about each delivery that is open to the caller; `current` says that no
    other was published or undone since."""
    statement = reader.statement()
    query = SQL(
        "select d.id as owner, r.at, r.body, not exists (select from publication p"
        " where p.delivery_id is distinct from d.id"
        " and greatest(p.published_at, p.undone_at) > r.at) as current"
        " from delivery d join delivery_report r"
        " on r.delivery_id = d.id and r.kind = {} where d.id = any({}) and {}"
    ).format(statement.bind(kind), statement.bind(list(ids), "uuid[]"), opened(statement))
    return {row["owner"]: row for row in await reader.rows(statement, query)}


async def mended(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """The deliveries of `ids` as the caller may see them: those that others mend."""
    statement = reader.statement()
    query = SQL("select {} from delivery d where d.id = any({}) and {}").format(
        COLUMNS, statement.bind(list(ids), "uuid[]"), listed(statement)
    )
    return {row["id"]: row for row in await reader.rows(statement, query)}


async def mending(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """The deliveries that mend each of `ids`, the oldest first."""
    statement = reader.statement()
    query = SQL(
        "select {}, d.mends as owner from delivery d where d.mends = any({}) and {}"
        " order by d.received_at, d.id"
    ).format(COLUMNS, statement.bind(list(ids), "uuid[]"), listed(statement))
    return _by_owner(await reader.rows(statement, query))


async def proposals(reader: Reader, ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """What unknown headings may mean, in the order found, of deliveries open to the caller.

    `nearest` is the layout that a sheet of no known layout comes nearest to.
    """
    statement = reader.statement()
    query = SQL(
        "select d.id as owner, d.layout, i.sheet, i.column_name, i.column_letter, i.detail,"
        " (select u.detail ->> 'expected' from delivery_issue u where u.delivery_id = d.id"
        " and u.sheet = i.sheet and u.code = 'LAYOUT_UNKNOWN' limit 1) as nearest"
        " from delivery d join delivery_issue i on i.delivery_id = d.id"
        " and i.code = 'COLUMN_PROPOSED' where d.id = any({}) and {} order by i.seq"
    ).format(statement.bind(list(ids), "uuid[]"), opened(statement))
    return _by_owner(await reader.rows(statement, query))


def _by_owner(rows: Sequence[Row]) -> dict[UUID, list[Row]]:
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["owner"]].append(row)
    return found


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
        " i.closed_by, i.seq as sort_0 from delivery_issue i where {} order by {} limit {}) found"
    ).format(
        statement.bind(list(ids), "uuid[]"),
        all_of(conditions),
        order_clause(BY_ROW, backward=window.backward),
        statement.bind(window.limit + 1, "int"),
    )
    found = _by_owner(await reader.rows(statement, query))
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
    choices = {
        "d.source": criteria.sources,
        "d.state": criteria.states,
        "d.wanted": criteria.waiting_for,
    }
    conditions = chosen(statement, choices)
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
    bounds = (
        ("i.sheet =", criteria.sheet),
        ("i.row >=", criteria.from_row),
        ("i.row <=", criteria.to_row),
    )
    conditions = [
        any_of([statement.regency_in_scope("i"), within(statement)]),
        *chosen(statement, {"i.severity": criteria.severities, "i.code": criteria.codes}),
        *(
            SQL("{} {}").format(SQL(test), statement.bind(value, "int"))
            for test, value in bounds
            if value is not None
        ),
    ]
    if criteria.open is not None:
        conditions.append(holds(SQL("(i.closed_by is null)"), criteria.open))
    return conditions


def listed(statement: Statement) -> Composable:
    """Whether a delivery `d` is listed to the caller."""
    reaching = (_holds(statement, prefix) for prefix in statement.regions)
    return any_of([within(statement), *reaching, statement.uploaded("d")])


def opened(statement: Statement) -> Composable:
    """Whether a delivery `d` is open to the caller as a whole, not only its rows in scope."""
    return any_of([within(statement), statement.uploaded("d")])


def within(statement: Statement) -> Composable:
    """Whether a delivery `d` is one of the caller's own regions."""
    return any_of(_lies_in(statement, prefix) for prefix in statement.regions)


def _lies_in(statement: Statement, prefix: str) -> Composable:
    if statement.digits(prefix) == len(EVERYWHERE):
        return ANYTHING
    return SQL("d.region_code ^@ {}").format(statement.bind(prefix))


def _holds(statement: Statement, prefix: str) -> Composable:
    """Whether the region of a delivery holds that of the prefix, or is all of Indonesia, which
    nobody knows of an uploaded one before it is published."""
    nationwide = "d.region_code is null and (d.uploaded_by is null or d.state = any({}))"
    return SQL(f"({nationwide} or {{}} ^@ d.region_code)").format(
        SQL("'{PUBLISHED,UNDONE}'::text[]"), statement.bind(prefix, "text")
    )
