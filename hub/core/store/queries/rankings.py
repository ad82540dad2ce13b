"""The ranking ledger: find, count, by id, by household."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.sql import SQL, Composable

from hub.core.store.paging import Listing, Page, Window, count_rows, fetch_page, order_by
from hub.core.store.queries.grouping import Range, between, by_key, by_owner, chosen
from hub.core.store.reader import Reader, Row
from hub.core.store.statement import Key, Statement, all_of

COLUMNS = SQL(
    "g.regency_code, g.id, g.household_id, g.source, g.edition, g.scope, g.method, g.decile,"
    " g.percentile, g.rank, g.score, g.decided_at, g.delivery_id"
)
SOURCE = SQL("ranking g")
ORDERING = order_by("Ranking", "g", ())


@dataclass(frozen=True)
class Filter:
    """What to find; None leaves a matter open."""

    region: str | None = None
    sources: Sequence[str] | None = None
    editions: Sequence[str] | None = None
    scopes: Sequence[str] | None = None
    decile: Range | None = None


async def find(reader: Reader, criteria: Filter, window: Window) -> Page:
    """One window of the rankings that meet `criteria`. Raises CursorError."""
    statement = reader.statement()
    return await fetch_page(reader, statement, listing(statement, criteria), ORDERING, window)


async def count(reader: Reader, criteria: Filter) -> int:
    """How many rankings meet `criteria`."""
    statement = reader.statement()
    return await count_rows(reader, statement, listing(statement, criteria))


async def by_ids(reader: Reader, keys: Sequence[Key]) -> dict[Key, Row]:
    """The rankings of `keys` that the caller may see."""
    statement = reader.statement()
    query = SQL(
        "select {} from {} join ranking g on g.regency_code = k.regency_code and g.id = k.id"
        " where {}"
    ).format(COLUMNS, statement.keys(keys), _scope(statement))
    return by_key(await reader.rows(statement, query))


async def of_households(
    reader: Reader, keys: Sequence[Key], sources: tuple[str, ...] | None
) -> dict[Key, list[Row]]:
    """The ledger of each household, newest first, of `sources` only if given."""
    statement = reader.statement()
    conditions = [_scope(statement), *chosen(statement, {"g.source": sources})]
    query = SQL(
        "select {}, k.id as owner from {} join ranking g on g.regency_code = k.regency_code"
        " and g.household_id = k.id where {}"
        " order by g.decided_at desc nulls last, g.edition desc, g.source, g.scope, g.id"
    ).format(COLUMNS, statement.keys(keys), all_of(conditions))
    return by_owner(await reader.rows(statement, query))


def _scope(statement: Statement) -> Composable:
    return statement.subject_in_scope("g", person=False)


def listing(statement: Statement, criteria: Filter) -> Listing:
    """What `criteria` asks for, as far as the caller may see it."""
    return Listing(COLUMNS, SOURCE, _scope(statement), _conditions(statement, criteria))


def _conditions(statement: Statement, criteria: Filter) -> list[Composable]:
    conditions = chosen(
        statement,
        {
            "g.source": criteria.sources,
            "g.edition": criteria.editions,
            "g.scope": criteria.scopes,
        },
    )
    if criteria.region is not None:
        conditions.append(statement.subject_within("g", criteria.region, person=False))
    if criteria.decile is not None:
        conditions += between(statement, "g.decile", criteria.decile)
    return conditions
