"""Households: find, count, by id, by family card number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.sql import SQL, Composable

from hub.core.store.paging import Listing, Page, SortKey, Window, count_rows, fetch_page, order_by
from hub.core.store.queries.grouping import Range, between, by_key, chosen, holds, one_of, since
from hub.core.store.queries.people import SEARCHED, named_like
from hub.core.store.reader import Reader, Row
from hub.core.store.statement import ANYTHING, Key, Statement, any_of
from hub.core.store.tables import HOUSING

Either = Callable[[Sequence[Composable]], Composable]
"""Whether one of several selects gives a row."""

SOURCE = SQL("household h")
ORDERS = {
    # No desil sorts last whichever way, since a list by desil is read for those that have one.
    "DECILE_ASC": SortKey("coalesce(h.decile, 99)", "smallint"),
    "DECILE_DESC": SortKey("coalesce(h.decile, -1)", "smallint", descending=True),
    "DISAGREEMENT_DESC": SortKey("h.decile_disagreement", "smallint", descending=True),
    "UPDATED_AT_ASC": SortKey("h.updated_at", "timestamptz"),
    "UPDATED_AT_DESC": SortKey("h.updated_at", "timestamptz", descending=True),
    "VILLAGE_ASC": SortKey("coalesce(h.village_code, '')", "text"),
    "VILLAGE_DESC": SortKey("coalesce(h.village_code, '')", "text", descending=True),
}


@dataclass(frozen=True)
class Filter:
    """What to find; None leaves a matter open."""

    region: str | None = None
    sources: Sequence[str] | None = None
    decile: Range | None = None
    welfare_statuses: Sequence[str] | None = None
    programmes: Sequence[str] | None = None
    has_flag: bool | None = None
    name: str | None = None
    updated_since: datetime | None = None


def columns(statement: Statement) -> Composable:
    """The columns of a household, its card number masked unless the caller may see it."""
    return SQL(
        "h.regency_code, h.id, {kk} as kk, h.village_code, h.head_person_id, {housing},"
        " h.floor_area, h.assets, h.street, h.hamlet, h.rt, h.rw, h.welfare_status, h.decile,"
        " h.decile_ranking_id, h.decile_disagreement, h.updated_at,"
        " coalesce(h.size, (select count(*) from person m where m.regency_code = h.regency_code"
        " and m.household_id = h.id)) as size"
    ).format(
        kk=statement.masked("h.kk"),
        housing=SQL(", ").join(SQL(f"h.{name}") for name in HOUSING),
    )


async def find(reader: Reader, criteria: Filter, orders: Sequence[str], window: Window) -> Page:
    """One window of the households that meet `criteria`. Raises CursorError."""
    statement = reader.statement()
    ordering = order_by("Household", "h", [ORDERS[name] for name in orders])
    found = listing(statement, criteria, one_by_one)
    return await fetch_page(reader, statement, found, ordering, window)


async def count(reader: Reader, criteria: Filter) -> int:
    """How many households meet `criteria`."""
    statement = reader.statement()
    return await count_rows(reader, statement, listing(statement, criteria, at_once))


async def by_ids(reader: Reader, keys: Sequence[Key]) -> dict[Key, Row]:
    """The households of `keys` that the caller may see."""
    statement = reader.statement()
    query = SQL(
        "select {} from {} join household h on h.regency_code = k.regency_code and h.id = k.id"
        " where {}"
    ).format(columns(statement), statement.keys(keys), statement.in_scope("h"))
    return by_key(await reader.rows(statement, query))


async def by_family_card(reader: Reader, number: str) -> Row | None:
    """The household with the family card `number`."""
    statement = reader.statement()
    query = SQL(
        "select {} from household h where h.kk = {} and {} order by h.regency_code, h.id limit 1"
    ).format(columns(statement), statement.bind(number), statement.in_scope("h"))
    return await reader.row(statement, query)


def listing(statement: Statement, criteria: Filter, either: Either) -> Listing:
    """What `criteria` asks for, as far as the caller may see it."""
    conditions = _conditions(statement, criteria, either)
    return Listing(columns(statement), SOURCE, statement.in_scope("h"), conditions)


def _conditions(statement: Statement, criteria: Filter, either: Either) -> list[Composable]:
    conditions = chosen(statement, {"h.welfare_status": criteria.welfare_statuses})
    if criteria.region is not None:
        conditions.append(statement.within("h", criteria.region))
    if criteria.updated_since is not None:
        conditions.append(since(statement, "h", criteria.updated_since))
    if criteria.decile is not None:
        conditions += between(statement, "h.decile", criteria.decile)
    if criteria.sources is not None:
        conditions.append(either(_recorded_by(statement, criteria.sources)))
    if criteria.programmes is not None:
        conditions.append(either(_receives(statement, criteria.programmes)))
    if criteria.has_flag is not None:
        # Few have one: never worth asking one household after the other.
        conditions.append(holds(at_once(_flagged(statement)), criteria.has_flag))
    if criteria.name is not None:
        named = named_like(statement, "m", criteria.name)
        conditions.append(at_once([_member(statement, f"{SEARCHED} m", named)]))
    return conditions


def one_by_one(selects: Sequence[Composable]) -> Composable:
    """Whether one of `selects` gives a row, asked of each household in turn: for a page, which
    is full after a few. The planner would first read the members of all households."""
    return SQL("exists (select from ({}) found)").format(SQL(" union all ").join(selects))


def at_once(selects: Sequence[Composable]) -> Composable:
    """Whether one of `selects` gives a row, as the planner likes it: for a count."""
    return any_of(SQL("exists ({})").format(select) for select in selects)


def _member(statement: Statement, source: str, condition: Composable) -> Composable:
    """A member `m` of `source` that the caller may see and who meets `condition`."""
    return SQL(
        "select 1 from {} where m.regency_code = h.regency_code"
        " and m.household_id = h.id and {} and {}"
    ).format(SQL(source), statement.in_scope("m"), condition)


def _recorded_by(statement: Statement, sources: Sequence[str]) -> list[Composable]:
    """Rows from `sources` about the household or about one of its members."""
    listed = one_of(statement, "s.source", sources)
    own = SQL(
        "select 1 from household_recorded s where s.regency_code = h.regency_code"
        " and s.id = h.id and {}"
    ).format(listed)
    theirs = "person m join person_recorded s on s.regency_code = m.regency_code and s.id = m.id"
    return [own, _member(statement, theirs, listed)]


def _receives(statement: Statement, programmes: Sequence[str]) -> list[Composable]:
    """Receipts of `programmes` by the household or by one of its members, not stopped."""
    received = SQL("r.status <> 'STOPPED' and {}").format(
        one_of(statement, "r.programme", programmes)
    )
    own = SQL(
        "select 1 from receipt r where r.regency_code = h.regency_code"
        " and r.household_id = h.id and {}"
    ).format(received)
    theirs = "person m join receipt r on r.regency_code = m.regency_code and r.person_id = m.id"
    return [own, _member(statement, theirs, received)]


def _flagged(statement: Statement) -> list[Composable]:
    """Flags on the household or on one of its members."""
    own = SQL(
        "select 1 from overlap_flag f where f.regency_code = h.regency_code"
        " and f.household_id = h.id"
    )
    theirs = (
        "person m join overlap_flag f on f.regency_code = m.regency_code and f.person_id = m.id"
    )
    return [own, _member(statement, theirs, ANYTHING)]
