"""Getting a database: by URL, embedded and owned, embedded and shared; and its schema."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, pool, text
from sqlalchemy.engine import make_url

from hub.core.store.embedded import InUseError, attach
from hub.core.store.engine import DatabaseError, check_server, database, migrate, sqlalchemy_url

ENVIRONMENT = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[4]), *sys.path[1:]])}


def version_of(url: str) -> list[tuple[str]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()


def test_a_given_url_is_used_and_no_data_folder_is_made(database_url: str, tmp_path: Path) -> None:
    with database(database_url, tmp_path / "none", exclusive=True) as url:
        assert url == database_url
    assert not (tmp_path / "none").exists()


def test_a_command_uses_the_server_of_the_hub_or_runs_its_own(data_dir: Path) -> None:
    with database(None, data_dir, exclusive=True) as hub:
        with pytest.raises(InUseError), database(None, data_dir, exclusive=True):
            pass
        with database(None, data_dir, exclusive=False) as command:
            assert command == hub
        assert attach(data_dir) is not None
    with database(None, data_dir, exclusive=False) as command:
        assert command == hub
    assert attach(data_dir) is None


def test_a_command_waits_for_a_hub_that_is_starting(data_dir: Path) -> None:
    together = threading.Barrier(3)

    def use(*, exclusive: bool) -> str:
        together.wait()
        with database(None, data_dir, exclusive=exclusive) as url:
            together.wait()
            return url

    with ThreadPoolExecutor(3) as threads:
        found = [threads.submit(use, exclusive=False) for _ in range(3)]
        assert len({future.result() for future in found}) == 1


def test_migrate_reaches_the_newest_schema_and_again_changes_nothing(store_url: str) -> None:
    before = version_of(store_url)
    migrate(store_url)
    assert len(before) == 1
    assert version_of(store_url) == before


def test_each_test_has_a_database_of_its_own(store_url: str, database_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        row = connection.execute("SELECT current_database() LIKE 'hub_test_%'").fetchone()
    assert row == (True,)
    assert store_url != database_url


def test_two_hubs_may_migrate_one_new_database_at_once(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    script = "import sys; from hub.core.store.engine import migrate; migrate(sys.argv[1])"
    words = [sys.executable, "-c", script, store_url]
    hubs = [subprocess.Popen(words, env=ENVIRONMENT, cwd="/") for _ in range(2)]
    assert [hub.wait() for hub in hubs] == [0, 0]
    assert len(version_of(store_url)) == 1


def test_a_schema_newer_than_the_hub_is_told(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'of_next_year'")
    with pytest.raises(DatabaseError, match="newer than this hub"):
        migrate(store_url)


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with pytest.raises(DatabaseError, match="cannot be reached") as refusal:
        check_server("postgresql://hub:hush-hush@127.0.0.1:1/hub")
    assert "hush-hush" not in str(refusal.value)


def test_a_malformed_address_is_told_without_the_password() -> None:
    with pytest.raises(DatabaseError, match="malformed") as refusal:
        check_server("postgresql://hub:hush%zz@127.0.0.1/hub")
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgres://db/hub", "postgresql+psycopg:///hub?host=db"),
        (
            "postgresql://u:p%40w@db:6432/hub?sslmode=require",
            "postgresql+psycopg://u:p%40w@/hub?host=db&port=6432&sslmode=require",
        ),
        (
            "host=/run/pg user=u dbname=hub",
            "postgresql+psycopg://u@/hub?host=%2Frun%2Fpg",
        ),
    ],
)
def test_an_address_is_put_as_sqlalchemy_wants_it(given: str, expected: str) -> None:
    assert make_url(sqlalchemy_url(given)) == make_url(expected)


def test_sqlalchemy_reaches_the_same_database(store_url: str) -> None:
    engine = create_engine(sqlalchemy_url(store_url), poolclass=pool.NullPool)
    with engine.connect() as connection, psycopg.connect(store_url) as direct:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        assert direct.execute("SELECT current_database()").fetchone() == (name,)
