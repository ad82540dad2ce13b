"""The queue: a job comes and goes with its caller's transaction, and at most one waits."""

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from hub.core.ingest.jobs import wake
from hub.core.store.engine import sqlalchemy_url
from hub.core.store.roles import READER, act_as_importer

ROOT = Path(__file__).resolve().parents[4]
ONE, OTHER = UUID(int=1), UUID(int=2)
JOBS = "select count(*) from procrastinate_jobs"


@pytest.fixture
def connection(store_url: str) -> Any:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


def count(connection: Any) -> int:
    return int(connection.execute(JOBS).fetchone()[0])


def test_a_job_is_there_once_its_transaction_is(connection: Any, store_url: str) -> None:
    with psycopg.connect(store_url, autocommit=True) as other:
        with other.transaction(force_rollback=True):
            wake(other, ONE)
            assert (count(other), count(connection)) == (1, 0)
        assert count(connection) == 0
        with other.transaction():
            wake(other, ONE)
        assert count(connection) == 1


def test_one_job_of_a_delivery_waits_and_the_transaction_goes_on(connection: Any) -> None:
    with connection.transaction():
        wake(connection, ONE)
        wake(connection, ONE)
        wake(connection, OTHER)
    assert count(connection) == 2


def test_who_imports_may_wake_and_who_is_served_sees_nothing(connection: Any) -> None:
    with connection.transaction():
        act_as_importer(connection)
        wake(connection, ONE)
    assert count(connection) == 1
    connection.execute(f"set role {READER}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        count(connection)


def test_what_the_database_refuses_is_its_own_error(connection: Any) -> None:
    connection.execute("drop table procrastinate_jobs cascade")
    with pytest.raises(psycopg.errors.UndefinedTable):
        wake(connection, ONE)


def test_the_queue_goes_and_comes_back_whole(connection: Any, store_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(store_url).replace("%", "%%"))
    wake(connection, ONE)
    command.downgrade(config, "0010")
    left = connection.execute(
        "select relname from pg_class where relname like 'procrastinate%' union all"
        " select proname from pg_proc where proname like 'procrastinate%' union all"
        " select typname from pg_type where typname like '%procrastinate%'"
    ).fetchall()
    assert left == []
    command.upgrade(config, "head")
    wake(connection, ONE)
    assert count(connection) == 1
