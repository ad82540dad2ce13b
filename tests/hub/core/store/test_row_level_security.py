"""Row-level security: what the database shows by itself, whatever a statement forgot to ask."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
import seed
from psycopg import errors
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb
from psycopg_pool import PoolTimeout
from registries import own_registry, shared_database
from sqlalchemy import Table, Uuid

from hub.core.store.paging import Window
from hub.core.store.queries import deliveries, households, people, records
from hub.core.store.reader import Pool, Reader, make_pool
from hub.core.store.roles import act_as_importer
from hub.core.store.scope import Scope
from hub.core.store.statement import Statement
from hub.core.store.tables import LARGE, STATED, metadata, staged_name

__all__ = ["own_registry"]

HERE, THERE, NOWHERE = "3520", "5206", "0000"  # rows without a village
VILLAGE, NEXT_VILLAGE, OTHER_DISTRICT = "3520012001", "3520012002", "3520022001"
EVERY = {HERE, THERE, NOWHERE, VILLAGE, NEXT_VILLAGE, OTHER_DISTRICT}
SCOPES = [("35",), ("3520",), ("352001",), (VILLAGE,), (VILLAGE, "52"), ("3520", "352001"), ()]

BY_VILLAGE = {"household", "person", "indicator", "intervention", "region_statistic"}
WHOLE_REGENCIES = {"budget_line"}
UNSEEN = {  # have no policy at all
    "publication_change",
    "match_review",
    *map(staged_name, STATED),
}


def expected(table: str, regions: tuple[str, ...]) -> set[str]:
    """Where the rows lie that the policy of `table` shows; of tables that know no village, those
    of the whole regency."""
    if table in UNSEEN:
        return set()
    if table in WHOLE_REGENCIES:
        regions = tuple(region for region in regions if len(region) <= 4)
    elif table not in BY_VILLAGE:
        regions = tuple(region[:4] for region in regions)
    return {place for place in EVERY if place.startswith(regions)} if regions else set()


def identity(place: str) -> UUID:
    return UUID(int=int(place))


def values(table: Table, place: str) -> dict[str, Any]:
    """A row of `table` in `place`: every id in it is that of the place."""
    samples = {"INTEGER": 1, "SMALLINT": 1, "NUMERIC": 1, "DATE": date(2026, 1, 1)}
    needed = [c for c in table.columns if not c.nullable and c.server_default is None]
    row = {c.name: samples.get(str(c.type), "X") for c in needed}
    row |= {c.name: identity(place) for c in table.columns if isinstance(c.type, Uuid)}
    row |= {name: ["X"] for name in row if name == "programmes"}
    row |= {name: Jsonb({}) for name in row if name in ("cells", "evidence")}
    row |= {name: [identity(place)] for name in row if name == "key"}
    row |= {name: place[:4] for name in row if name.endswith("regency_code")}
    row |= {"region_code": place} if "region_code" in row else {}
    row |= {"village_code": place} if "village_code" in table.columns and len(place) > 4 else {}
    return row


@pytest.fixture(scope="module")
def places(database_url: str, _template: str) -> Iterator[str]:
    """The URL of a database with a row of every large table in each place of `EVERY`."""
    with shared_database(database_url, _template) as url:
        with psycopg.connect(url) as connection:
            for table in metadata.sorted_tables:
                for place in sorted(EVERY) if table.name in LARGE else ():
                    seed.insert(connection, table.name, **values(table, place))
        yield url


def seen(url: str, table: str, setting: str | None) -> set[str]:
    """Where the rows lie that a reader sees who asks for all of `table`."""
    columns = metadata.tables[table].columns
    place = next((c.name for c in columns if isinstance(c.type, Uuid)), "region_code")
    with psycopg.connect(url) as connection:
        connection.execute("set local role hub_reader")
        if setting is not None:
            connection.execute(SQL("set local hub.scope = {}").format(setting))
        query = SQL("select {} from {}").format(Identifier(place), Identifier(table))
        found = {value for (value,) in connection.execute(query)}
    return {place for place in EVERY if identity(place) in found or place in found}


@pytest.mark.parametrize("table", sorted(LARGE))
def test_without_a_scope_no_row_is_seen(places: str, table: str) -> None:
    assert [seen(places, table, setting) for setting in (None, "", ",", " ")] == [set()] * 4


@pytest.mark.parametrize("table", sorted(LARGE))
def test_a_forgotten_condition_gives_the_rows_of_the_scope_only(places: str, table: str) -> None:
    found = {regions: seen(places, table, Scope(regions).setting) for regions in SCOPES}
    assert found == {regions: expected(table, regions) for regions in SCOPES}
    everything = set() if table in UNSEEN else EVERY
    assert seen(places, table, Scope(("", "3520")).setting) == everything


@pytest.mark.parametrize(
    ("view", "table"),
    [
        ("person_search", "person"),
        ("person_recorded", "person_link"),
        ("household_recorded", "household_link"),
    ],
)
def test_a_view_that_no_policy_binds_shows_no_more(places: str, view: str, table: str) -> None:
    scopes = [(), *SCOPES, ("",)]
    shown = []
    with psycopg.connect(places) as connection:
        connection.execute("set local role hub_reader")
        assert connection.execute(f"select id from {view}").fetchall() == []
        for regions in scopes:
            setting = SQL("set local hub.scope = {}").format(Scope(regions).setting)
            connection.execute(setting)
            shown.append({row[0] for row in connection.execute(f"select id from {view}")})
    assert shown == [set(map(identity, expected(table, regions))) for regions in scopes]


def test_the_view_for_searching_has_every_column_of_a_person(places: str) -> None:
    with psycopg.connect(places) as connection:
        found = [
            [
                column.name
                for column in connection.execute(f"select * from {name}").description or ()
            ]
            for name in ("person", "person_search")
        ]
    assert found[0] == found[1]


def test_a_setting_names_regencies_for_tables_without_villages() -> None:
    given = (VILLAGE, "352001", "52", "352001", "3301")
    assert Scope(given).setting == "3301,352001,3520012001,52,r3520"
    assert [Scope(regions).setting for regions in (("",), ("", "35"), ())] == ["*", "*", ""]


# --- where the scope of a row is that of another ------------------------------------------------


def test_a_source_row_elsewhere_is_seen_behind_a_golden_record_here(own_registry: str) -> None:
    with psycopg.connect(own_registry) as connection:
        source = values(metadata.tables["source_person"], NOWHERE)
        for number, target in enumerate(((HERE, seed.FATHER), (THERE, seed.FOREIGNER))):
            identity = UUID(int=0x900 + number)
            seed.insert(connection, "source_person", **source | {"id": identity})
            linked = {"target_regency_code": target[0], "target_id": target[1]}
            link = values(metadata.tables["person_link"], NOWHERE) | linked
            seed.insert(connection, "person_link", **link | {"source_id": identity})

    async def read(reader: Reader) -> Any:
        return await records.behind(
            reader, [(HERE, seed.FATHER), (THERE, seed.FOREIGNER)], "person"
        )

    for region, found in (("3520", seed.FATHER), (VILLAGE, seed.FATHER), ("52", seed.FOREIGNER)):
        assert [key[1] for key in ask(own_registry, read, region)] == [found]


def test_a_delivery_of_the_own_region_is_open_as_a_whole(own_registry: str) -> None:
    with psycopg.connect(own_registry) as connection:
        for delivery in (seed.LOCAL, seed.FOREIGN):
            row = values(metadata.tables["delivery_issue"], NOWHERE)
            seed.insert(connection, "delivery_issue", **row | {"delivery_id": delivery})

    async def read(reader: Reader) -> Any:
        found = deliveries.IssueFilter()
        return await deliveries.count_issues(reader, [seed.LOCAL, seed.FOREIGN], found)

    assert ask(own_registry, read, "3520") == {seed.LOCAL: 1}
    assert ask(own_registry, read, "35", "52") == {seed.LOCAL: 1, seed.FOREIGN: 1}


# --- connections --------------------------------------------------------------------------------


def ask(url: str, read: Callable[[Reader], Awaitable[Any]], *regions: str) -> Any:
    async def run(pool: Pool) -> Any:
        return await read(Reader(pool, Scope(regions)))

    return pooled(url, run)


def pooled(url: str, run: Callable[[Pool], Awaitable[Any]], size: int = 1, **options: Any) -> Any:
    async def opened() -> Any:
        async with make_pool(url, size, **options) as pool:
            return await run(pool)

    return asyncio.run(opened())


COUNT = SQL("select count(*)::int as n from person").format()


async def count(pool: Pool, *regions: str) -> int:
    reader = Reader(pool, Scope(regions))
    row = await reader.row(reader.statement(), COUNT)
    assert row is not None
    return int(row["n"])


def test_the_scope_ends_with_its_transaction_also_after_a_failure(places: str) -> None:
    async def run(pool: Pool) -> list[Any]:
        found: list[Any] = [await count(pool, "")]
        reader = Reader(pool, Scope(("",)))
        with pytest.raises(errors.DivisionByZero):
            await reader.rows(reader.statement(), SQL("select 1 / 0").format())
        async with pool.connection() as connection:  # the same one: the pool has no other
            left = "select current_setting('hub.scope') as s, count(*)::int as n from person"
            found.append(await (await connection.execute(left)).fetchone())
        return [*found, await count(pool, "5206"), await count(pool)]

    assert pooled(places, run) == [6, {"s": "", "n": 0}, 1, 0]


def test_callers_at_once_see_their_own(places: str) -> None:
    async def run(pool: Pool) -> list[int]:
        scopes = [("",), ("5206",), ("352001",), ()] * 25
        return list(await asyncio.gather(*(count(pool, *regions) for regions in scopes)))

    assert pooled(places, run, size=3) == [6, 1, 2, 0] * 25


def test_a_reader_may_be_given_another_time_limit(places: str) -> None:
    async def run(pool: Pool) -> list[str]:
        limits = []
        for given in ({}, {"seconds": 3}, {}):
            reader = Reader(pool, Scope(("",)), **given)
            query = SQL("select current_setting('statement_timeout') as s").format()
            limits += [row["s"] for row in await reader.rows(reader.statement(), query)]
        return limits

    assert pooled(places, run) == ["10s", "3s", "10s"]


def test_a_connection_whose_role_got_lost_is_refused(places: str) -> None:
    async def run(pool: Pool) -> int:
        return await count(pool, "3520")

    with pytest.raises(PoolTimeout):
        pooled(places, run, options="-c timezone=UTC", connect_timeout=1)


# --- rights -------------------------------------------------------------------------------------


def test_a_reader_can_write_nothing(places: str) -> None:
    async def run(pool: Pool) -> list[str]:
        refused = []
        for table in metadata.tables:
            for statement in (f"delete from {table}", f"insert into {table} default values"):
                async with pool.connection() as connection:
                    await connection.set_read_only(False)
                    with pytest.raises(errors.InsufficientPrivilege):
                        async with connection.transaction():
                            await connection.execute(statement)
                    await connection.set_read_only(True)
                    with pytest.raises(errors.ReadOnlySqlTransaction):
                        async with connection.transaction():
                            await connection.execute(f"create temp table {table} ()")
                refused.append(table)
        return refused

    assert len(pooled(places, run)) == 2 * len(metadata.tables)


def test_a_reader_can_read_every_table_but_what_only_uploads_need(places: str) -> None:
    with psycopg.connect(places) as connection:
        connection.execute("set local role hub_reader")
        for table in (metadata.tables.keys() | {"alembic_version"}) - {"upload"}:
            connection.execute(SQL("select from {} limit 1").format(Identifier(table)))
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("select from upload")


@pytest.mark.parametrize("table", sorted(LARGE))
def test_importing_copies_into_every_large_table(store_url: str, table: str) -> None:
    columns = [c.name for c in metadata.tables[table].columns if c.name != "extra"]
    copy = SQL("copy {} ({}) from stdin").format(
        Identifier(table), SQL(", ").join(map(Identifier, columns))
    )
    with psycopg.connect(store_url) as connection:
        act_as_importer(connection)
        with connection.cursor().copy(copy):
            pass
        connection.execute(SQL("analyze {}").format(Identifier(table)))
        connection.rollback()
        connection.execute("set local role hub_reader")
        with pytest.raises(errors.InsufficientPrivilege), connection.cursor().copy(copy):
            pass


def test_importing_has_no_access_to_accounts(store_url: str) -> None:
    for table in ("account", "token", "client_operation"):
        with psycopg.connect(store_url) as connection:
            act_as_importer(connection)
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute(SQL("select from {}").format(Identifier(table)))


# --- search by name -----------------------------------------------------------------------------


@pytest.mark.parametrize("regions", [("",), ("35",), ("3520",)])
def test_a_search_by_name_uses_its_index(own_registry: str, regions: tuple[str, ...]) -> None:
    statement = Statement(Scope(regions))
    listed = people.listing(statement, people.Filter(name="santoso"))
    query = SQL("explain select p.id from {} where {}").format(listed.source, listed.met)
    with psycopg.connect(own_registry) as connection:
        connection.execute(
            "insert into person (regency_code, nik_status, name)"
            " select '3520', 'MISSING', 'WARGA ' || n from generate_series(1, 20000) n"
        )
        connection.execute("select gin_clean_pending_list('ix_person_name')")
        connection.execute("analyze person")
        connection.execute("set local role hub_reader")
        connection.execute(SQL("set local hub.scope = {}").format(Scope(regions).setting))
        plan = "\n".join(line for (line,) in connection.execute(query, statement.params))
    assert "ix_person_name" in plan


def test_a_search_by_name_stays_in_the_scope(own_registry: str) -> None:
    async def read(reader: Reader) -> Any:
        window = Window(10)
        found = await people.find(reader, people.Filter(name="an"), ("NAME_ASC",), window)
        homes = await households.find(reader, households.Filter(name="an"), (), window)
        return [r["name"] for r in found.rows], {r["id"] for r in homes.rows}

    family = ["ADI SANTOSO", "BUDI SANTOSO", "SITI AMINAH"]
    assert ask(own_registry, read, VILLAGE)[0] == [n for n in family if "AN" in n]
    assert ask(own_registry, read, VILLAGE)[1] == {seed.A}
    assert ask(own_registry, read, "3520022001") == ([], set())
    assert ask(own_registry, read, "")[0] == ["ADI SANTOSO", "BUDI SANTOSO", "TANPA DAERAH"]
