"""The PostgreSQL of the test run.

`store_url` is the fixture to ask for: an empty registry of today's schema, for one test. The
server behind it is HUB_TEST_DATABASE_URL, or an embedded one started once for the whole run.
"""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from hub.core.store import embedded, engine, reference


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of the server; the account there may create databases."""
    given = os.environ.get("HUB_TEST_DATABASE_URL")
    if given:
        yield given
        return
    data_dir = tmp_path_factory.mktemp("server")
    try:
        with embedded.running(data_dir) as cluster, _in_memory(cluster):
            yield cluster.url
    finally:
        embedded.remove(data_dir)


@pytest.fixture(scope="session")
def _template(database_url: str) -> Iterator[str]:
    name = f"hub_template_{uuid.uuid4().hex[:12]}"
    _run(database_url, "CREATE DATABASE {}", name)
    try:
        reference.prepare(_named(database_url, name))
        yield name
    finally:
        _run(database_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def store_url(database_url: str, _template: str) -> Iterator[str]:
    """The URL of a database of its own for this test, migrated and empty."""
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    _run(database_url, "CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, _template)
    try:
        yield _named(database_url, name)
    finally:
        _run(database_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder for one test, whose cluster (elsewhere, as root) is deleted afterwards."""
    folder = tmp_path / "hub-data"
    yield folder
    embedded.remove(folder)


@contextmanager
def _in_memory(cluster: embedded.Cluster) -> Iterator[None]:
    """Have new databases of a server that is thrown away after the tests not wait for a disk."""
    _run(cluster.url, "ALTER SYSTEM SET fsync = off")
    _run(cluster.url, "SELECT pg_reload_conf()")
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="hub-tests-") as folder:
        owner = cluster.data.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        _run(cluster.url, f"CREATE TABLESPACE memory LOCATION '{folder}'")
        # A database is made where its template is.
        _run(cluster.url, "ALTER DATABASE template1 SET TABLESPACE memory")
        yield


def _run(url: str, statement: str, *names: str) -> None:
    query = sql.SQL(statement).format(*map(sql.Identifier, names))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(query)


def _named(url: str, database: str) -> str:
    """Return the URL of another database on the server of `url`."""
    other = make_url(engine.sqlalchemy_url(url)).set(drivername="postgresql", database=database)
    return other.render_as_string(hide_password=False)
