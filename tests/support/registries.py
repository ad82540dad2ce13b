"""`registry`, for tests that change nothing, is the small one of `seed`; else `own_registry`."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import seed
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo


@pytest.fixture(scope="session")
def registry(database_url: str, _template: str) -> Iterator[str]:
    """The URL of the small registry, shared by all tests that only read."""
    with shared_database(database_url, _template) as url:
        seed.fill(url)
        yield url


@contextmanager
def shared_database(database_url: str, template: str) -> Iterator[str]:
    """The URL of a database for several tests, migrated and empty."""
    name = f"hub_registry_{uuid.uuid4().hex[:12]}"
    _run(database_url, "CREATE DATABASE {} TEMPLATE {}", name, template)
    try:
        yield make_conninfo("", **{**conninfo_to_dict(database_url), "dbname": name})
    finally:
        _run(database_url, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def own_registry(store_url: str) -> str:
    """The URL of a small registry of this test's own."""
    seed.fill(store_url)
    return store_url


def _run(url: str, statement: str, *names: str) -> None:
    query = sql.SQL(statement).format(*map(sql.Identifier, names))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(query)
