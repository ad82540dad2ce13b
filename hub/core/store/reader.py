"""Reads for one caller, over the pool of connections."""

from __future__ import annotations

import asyncio
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg.sql import Composed
from psycopg_pool import AsyncConnectionPool

from hub.core.store.scope import Scope
from hub.core.store.statement import Statement

Row = DictRow
Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

STATEMENT_SECONDS = 10
STATEMENTS_AT_ONCE = 3


def make_pool(url: str, size: int, **connection: Any) -> Pool:
    """An unopened pool of read-only connections that give rows as dicts; open it before use."""
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=size,
        open=False,
        timeout=3,
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "options": "-c default_transaction_read_only=on -c timezone=UTC"
            f" -c statement_timeout={STATEMENT_SECONDS}s",
            **connection,
        },
    )


class Reader:
    """What one caller may read, with few statements at once: one wide query must not take every
    connection from the others."""

    def __init__(self, pool: Pool, scope: Scope) -> None:
        self._pool = pool
        self._turn = asyncio.Semaphore(STATEMENTS_AT_ONCE)
        self.scope = scope

    def statement(self) -> Statement:
        """A new statement that knows the caller's scope."""
        return Statement(self.scope)

    async def rows(self, statement: Statement, query: Composed) -> list[Row]:
        """The rows of `query`. Raises psycopg.Error."""
        async with self._turn, self._pool.connection() as connection:
            cursor = await connection.execute(query, statement.params)
            return await cursor.fetchall()

    async def row(self, statement: Statement, query: Composed) -> Row | None:
        """The first row of `query`, if any. Raises psycopg.Error."""
        found = await self.rows(statement, query)
        return found[0] if found else None
