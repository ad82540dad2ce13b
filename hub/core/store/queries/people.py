"""Persons: find, count, by id, by NIK, by household."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg.sql import SQL, Composable

from hub.core.store.paging import Listing, Page, SortKey, Window, count_rows, fetch_page, order_by
from hub.core.store.queries.grouping import (
    Range,
    between,
    by_key,
    by_owner,
    chosen,
    contains,
    holds,
    one_of,
    since,
)
from hub.core.store.reader import Reader, Row
from hub.core.store.statement import Key, Statement, all_of

SOURCE = SQL("person p")
SEARCHED = "person_search"
"""The persons of the caller's scope, as a view: under the policy of the table itself, a search by
name could not use its index."""
ORDERS = {
    "NAME_ASC": SortKey("p.name", "text", personal=True),
    "NAME_DESC": SortKey("p.name", "text", descending=True, personal=True),
    "BIRTH_DATE_ASC": SortKey("coalesce(p.birth_date, '9999-12-31')", "date", personal=True),
    "BIRTH_DATE_DESC": SortKey(
        "coalesce(p.birth_date, '0001-01-01')", "date", descending=True, personal=True
    ),
    "UPDATED_AT_ASC": SortKey("p.updated_at", "timestamptz"),
    "UPDATED_AT_DESC": SortKey("p.updated_at", "timestamptz", descending=True),
    "VILLAGE_ASC": SortKey("coalesce(p.village_code, '')", "text"),
    "VILLAGE_DESC": SortKey("coalesce(p.village_code, '')", "text", descending=True),
}


@dataclass(frozen=True)
class Filter:
    """What to find; None leaves a matter open. There is no search by NIK: see `by_nik`."""

    region: str | None = None
    sources: Sequence[str] | None = None
    decile: Range | None = None
    programmes: Sequence[str] | None = None
    has_flag: bool | None = None
    name: str | None = None
    nik_statuses: Sequence[str] | None = None
    civil_registry_matches: Sequence[str] | None = None
    life_statuses: Sequence[str] | None = None
    updated_since: datetime | None = None


def columns(statement: Statement) -> Composable:
    """The columns of a person, the NIK masked unless the caller may see it."""
    return SQL(
        "p.regency_code, p.id, p.household_id, {nik} as nik, p.nik_status,"
        " p.civil_registry_match, p.name, p.sex, p.birth_date, p.birth_place, p.mother_name,"
        " p.relation, p.marital_status, p.education, p.occupation, p.employment_status,"
        " p.disabilities, p.life_status, p.deceased_since, p.deceased_source, p.village_code,"
        " p.civil_registry_reason, p.civil_registry_similarity, p.civil_registry_source,"
        " p.civil_registry_date, p.updated_at"
    ).format(nik=statement.masked("p.nik"))


async def find(reader: Reader, criteria: Filter, orders: Sequence[str], window: Window) -> Page:
    """One window of the persons that meet `criteria`. Raises CursorError."""
    statement = reader.statement()
    ordering = order_by("Person", "p", [ORDERS[name] for name in orders])
    return await fetch_page(reader, statement, listing(statement, criteria), ordering, window)


async def count(reader: Reader, criteria: Filter) -> int:
    """How many persons meet `criteria`."""
    statement = reader.statement()
    return await count_rows(reader, statement, listing(statement, criteria))


async def by_ids(reader: Reader, keys: Sequence[Key]) -> dict[Key, Row]:
    """The persons of `keys` that the caller may see."""
    statement = reader.statement()
    query = SQL(
        "select {} from {} join person p on p.regency_code = k.regency_code and p.id = k.id"
        " where {}"
    ).format(columns(statement), statement.keys(keys), statement.in_scope("p"))
    return by_key(await reader.rows(statement, query))


async def by_nik(reader: Reader, nik: str, birth_date: date | None = None) -> Row | None:
    """The person with `nik` and, if given, that birth date."""
    statement = reader.statement()
    born: Composable = SQL("true")
    if birth_date is not None:
        born = SQL("p.birth_date = {}").format(statement.bind(birth_date))
    query = SQL(
        "select {} from person p where p.nik = {} and {} and {}"
        " order by p.regency_code, p.id limit 1"
    ).format(columns(statement), statement.bind(nik), born, statement.in_scope("p"))
    return await reader.row(statement, query)


async def by_niks(reader: Reader, niks: Sequence[str]) -> dict[str, Row]:
    """The persons of `niks`, each under the NIK as asked."""
    statement = reader.statement()
    query = SQL(
        "select distinct on (p.nik) {}, p.nik as asked from person p where {} and {}"
        " order by p.nik, p.regency_code, p.id"
    ).format(columns(statement), one_of(statement, "p.nik", niks), statement.in_scope("p"))
    return {row["asked"]: row for row in await reader.rows(statement, query)}


async def of_households(reader: Reader, keys: Sequence[Key]) -> dict[Key, list[Row]]:
    """The members of each household, the head first, then by age."""
    statement = reader.statement()
    query = SQL(
        "select {}, k.id as owner from {} join person p on p.regency_code = k.regency_code"
        " and p.household_id = k.id where {}"
        " order by (p.relation = 'HEAD') desc nulls last, p.birth_date, p.id"
    ).format(columns(statement), statement.keys(keys), statement.in_scope("p"))
    return by_owner(await reader.rows(statement, query))


def named_like(statement: Statement, alias: str, name: str) -> Composable:
    """Whether the name of a person contains `name`, in either case; to be asked of `SEARCHED`."""
    return contains(statement, f"{alias}.name", name)


def listing(statement: Statement, criteria: Filter) -> Listing:
    """What `criteria` asks for, as far as the caller may see it."""
    source = SOURCE if criteria.name is None else SQL(f"{SEARCHED} p")
    return Listing(
        columns(statement), source, statement.in_scope("p"), _conditions(statement, criteria)
    )


def _conditions(statement: Statement, criteria: Filter) -> list[Composable]:
    conditions = chosen(
        statement,
        {
            "p.nik_status": criteria.nik_statuses,
            "p.civil_registry_match": criteria.civil_registry_matches,
            "p.life_status": criteria.life_statuses,
        },
    )
    if criteria.region is not None:
        conditions.append(statement.within("p", criteria.region))
    if criteria.updated_since is not None:
        conditions.append(since(statement, "p", criteria.updated_since))
    if criteria.name is not None:
        conditions.append(named_like(statement, "p", criteria.name))
    if criteria.decile is not None and (bounds := between(statement, "h.decile", criteria.decile)):
        conditions.append(
            SQL(
                "exists (select from household h where h.regency_code = p.regency_code"
                " and h.id = p.household_id and {})"
            ).format(all_of(bounds))
        )
    return conditions + _related(statement, criteria)


def _related(statement: Statement, criteria: Filter) -> list[Composable]:
    conditions: list[Composable] = []
    if criteria.sources is not None:
        conditions.append(
            SQL(
                "exists (select from person_recorded s where s.regency_code = p.regency_code"
                " and s.id = p.id and {})"
            ).format(one_of(statement, "s.source", criteria.sources))
        )
    if criteria.programmes is not None:
        conditions.append(
            SQL(
                "exists (select from receipt r where r.regency_code = p.regency_code"
                " and r.person_id = p.id and r.status <> 'STOPPED' and {})"
            ).format(one_of(statement, "r.programme", criteria.programmes))
        )
    if criteria.has_flag is not None:
        flagged = SQL(
            "exists (select from overlap_flag f where f.regency_code = p.regency_code"
            " and f.person_id = p.id)"
        )
        conditions.append(holds(flagged, criteria.has_flag))
    return conditions
