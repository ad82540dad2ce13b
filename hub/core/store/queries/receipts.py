"""Receipts: find, count, by id, by person, household or flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg.sql import SQL, Composable

from hub.core.store.paging import Listing, Page, Window, count_rows, fetch_page, order_by
from hub.core.store.queries.grouping import (
    by_key,
    by_owner,
    chosen,
    holds,
    of_families,
    one_of,
    touching,
)
from hub.core.store.reader import Reader, Row
from hub.core.store.statement import Key, Statement, all_of

COLUMNS = SQL(
    "r.regency_code, r.id, r.person_id, r.household_id, r.programme, r.period_start,"
    " r.period_end, r.amount, r.status, r.basis, r.delivery_id,"
    # The family that receives, or that of the person named.
    " coalesce(r.household_id, (select n.household_id from person n"
    " where n.regency_code = r.regency_code and n.id = r.person_id)) as family_id"
)
SOURCE = SQL("receipt r")
ORDERING = order_by("Receipt", "r", ())
_OLDEST_FIRST = SQL("r.period_start, r.programme, r.id")


@dataclass(frozen=True)
class Filter:
    """What to find; None leaves a matter open. The period is any that touches `start` to `end`."""

    region: str | None = None
    sources: Sequence[str] | None = None
    programmes: Sequence[str] | None = None
    statuses: Sequence[str] | None = None
    bases: Sequence[str] | None = None
    start: date | None = None
    end: date | None = None
    has_flag: bool | None = None


@dataclass(frozen=True)
class Part:
    """Which receipts of a person or household to give."""

    programmes: tuple[str, ...] | None = None
    start: date | None = None
    end: date | None = None


async def find(reader: Reader, criteria: Filter, window: Window) -> Page:
    """One window of the receipts that meet `criteria`. Raises CursorError."""
    statement = reader.statement()
    return await fetch_page(reader, statement, listing(statement, criteria), ORDERING, window)


async def count(reader: Reader, criteria: Filter) -> int:
    """How many receipts meet `criteria`."""
    statement = reader.statement()
    return await count_rows(reader, statement, listing(statement, criteria))


async def by_ids(reader: Reader, keys: Sequence[Key]) -> dict[Key, Row]:
    """The receipts of `keys` that the caller may see."""
    statement = reader.statement()
    query = SQL(
        "select {} from {} join receipt r on r.regency_code = k.regency_code and r.id = k.id"
        " where {}"
    ).format(COLUMNS, statement.keys(keys), _scope(statement))
    return by_key(await reader.rows(statement, query))


async def of_people(reader: Reader, keys: Sequence[Key], part: Part) -> dict[Key, list[Row]]:
    """The receipts that name each person, oldest first."""
    statement = reader.statement()
    query = SQL(
        "select {}, k.id as owner from {} join receipt r on r.regency_code = k.regency_code"
        " and r.person_id = k.id where {} order by {}"
    ).format(COLUMNS, statement.keys(keys), all_of(_part(statement, part)), _OLDEST_FIRST)
    return by_owner(await reader.rows(statement, query))


async def of_households(reader: Reader, keys: Sequence[Key], part: Part) -> dict[Key, list[Row]]:
    """The receipts of each household and of its members, each once, oldest first."""
    statement = reader.statement()
    query = SQL(
        "with {} select {}, o.owner from found o join receipt r"
        " on r.regency_code = o.regency_code and r.id = o.id where {} order by {}"
    ).format(
        of_families(statement, keys, "receipt"),
        COLUMNS,
        all_of(_part(statement, part)),
        _OLDEST_FIRST,
    )
    return by_owner(await reader.rows(statement, query))


async def of_flags(reader: Reader, keys: Sequence[Key]) -> dict[Key, list[Row]]:
    """The receipts that each flag is about, oldest first."""
    statement = reader.statement()
    query = SQL(
        "select {}, k.id as owner from {} join overlap_flag_receipt o"
        " on o.regency_code = k.regency_code and o.flag_id = k.id"
        " join receipt r on r.regency_code = o.regency_code and r.id = o.receipt_id"
        " where {} order by {}"
    ).format(COLUMNS, statement.keys(keys), _scope(statement), _OLDEST_FIRST)
    return by_owner(await reader.rows(statement, query))


def _scope(statement: Statement) -> Composable:
    return statement.subject_in_scope("r", person=True)


def _part(statement: Statement, part: Part) -> list[Composable]:
    return [
        _scope(statement),
        *touching(statement, "r", part.start, part.end),
        *chosen(statement, {"r.programme": part.programmes}),
    ]


def listing(statement: Statement, criteria: Filter) -> Listing:
    """What `criteria` asks for, as far as the caller may see it."""
    return Listing(COLUMNS, SOURCE, _scope(statement), _conditions(statement, criteria))


def _conditions(statement: Statement, criteria: Filter) -> list[Composable]:
    conditions = [
        *touching(statement, "r", criteria.start, criteria.end),
        *chosen(
            statement,
            {
                "r.programme": criteria.programmes,
                "r.status": criteria.statuses,
                "r.basis": criteria.bases,
            },
        ),
    ]
    if criteria.region is not None:
        conditions.append(statement.subject_within("r", criteria.region, person=True))
    if criteria.sources is not None:
        conditions.append(
            SQL("exists (select from delivery d where d.id = r.delivery_id and {})").format(
                one_of(statement, "d.source", criteria.sources)
            )
        )
    if criteria.has_flag is not None:
        flagged = SQL(
            "exists (select from overlap_flag_receipt o where o.regency_code = r.regency_code"
            " and o.receipt_id = r.id)"
        )
        conditions.append(holds(flagged, criteria.has_flag))
    return conditions
