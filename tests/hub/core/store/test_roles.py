"""The roles of the hub: made by whoever may, asked for where not, taken back but never dropped."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL

from hub.core.store import reference
from hub.core.store.embedded import running
from hub.core.store.engine import DatabaseError, migrate, sqlalchemy_url
from hub.core.store.reader import Reader, make_pool
from hub.core.store.roles import act_as_importer
from hub.core.store.scope import Scope

ROOT = Path(__file__).parents[4]
ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])}
MIGRATE = "import sys; from hub.core.store.engine import migrate; migrate(sys.argv[1])"


def database_of(server: str, login: str, name: str) -> str:
    """The URL of a new database that belongs to `login`."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'create database "{name}" owner {login}')
    given: dict[str, Any] = {**conninfo_to_dict(server), "dbname": name, "user": login}
    return make_conninfo("", **given | {"password": "only-here"})


def run(server: str, *statements: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def count(url: str, table: str, *regions: str) -> int:
    async def read() -> int:
        async with make_pool(url, 1) as pool:
            reader = Reader(pool, Scope(regions))
            query = SQL(f"select count(*)::int as n from {table}").format()
            row = await reader.row(reader.statement(), query)
        assert row is not None
        return int(row["n"])

    return asyncio.run(read())


def test_an_account_that_may_not_make_roles_is_told_what_to_ask_for(data_dir: Path) -> None:
    with running(data_dir) as cluster:
        run(cluster.url, "create role clerk login password 'only-here'")
        url = database_of(cluster.url, "clerk", "plain")
        with pytest.raises(DatabaseError) as refusal:
            migrate(url)
        asked = (
            "CREATE ROLE hub_reader NOLOGIN; CREATE ROLE hub_importer NOLOGIN;"
            " GRANT hub_reader, hub_importer TO clerk;"
        )
        assert asked in str(refusal.value)
        assert "only-here" not in str(refusal.value)
        run(cluster.url, *asked.rstrip(";").split(";")[:2])
        with pytest.raises(DatabaseError, match="sekali: GRANT hub_reader, hub_importer TO clerk;"):
            migrate(url)

        run(cluster.url, asked.split("; ")[2])
        assert reference.prepare(url) == ["regions", "programmes", "rules"]
        with psycopg.connect(url) as connection:
            act_as_importer(connection)
            copy = "copy household (regency_code, village_code) from stdin"
            with connection.cursor().copy(copy) as rows:
                rows.write_row(("3520", "3520012001"))
                rows.write_row(("5206", None))
        assert [count(url, "household", *regions) for regions in ((), ("35",), ("",))] == [0, 1, 2]


def test_an_account_that_may_makes_them_for_many_databases_at_once(data_dir: Path) -> None:
    with running(data_dir) as cluster:
        run(cluster.url, "create role clerk login createrole password 'only-here'")
        urls = [database_of(cluster.url, "clerk", f"made_{n}") for n in range(3)]
        hubs = [
            subprocess.Popen([sys.executable, "-c", MIGRATE, url], env=ENVIRONMENT, cwd="/")
            for url in urls
        ]
        assert [hub.wait() for hub in hubs] == [0, 0, 0]
        assert [count(url, "person", "") for url in urls] == [0, 0, 0]


def test_the_migration_can_be_taken_back(store_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(store_url).replace("%", "%%"))
    command.downgrade(config, "0001")
    with psycopg.connect(store_url) as connection:
        left = connection.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace"
            " and (relrowsecurity or relowner = 'hub_importer'::regrole"
            "   or relacl::text ~ 'hub_(reader|importer)')"
        )
        assert left.fetchall() == []
    migrate(store_url)
    assert count(store_url, "region", "") > 0
