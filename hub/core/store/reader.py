"""Reads for one caller, over the pool of connections."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Composed
from psycopg_pool import AsyncConnectionPool
from typing_extensions import override

from hub.core.store.roles import READER
from hub.core.store.scope import Scope
from hub.core.store.statement import Statement
from hub.core.store.wire import Read, Wire
from hub.core.store.writer import Writer

Row = DictRow

STATEMENT_SECONDS = 10
STATEMENTS_AT_ONCE = 3


class Pool(AsyncConnectionPool[AsyncConnection[DictRow]]):
    """Read-only connections that give rows as dicts; beside them the wire for compiled reads, and
    the writer for what changes something.

    They act as `READER`, and see no row of a large table before their transaction sets a scope.
    """

    def __init__(self, url: str, size: int, **connection: Any) -> None:
        given = {
            "autocommit": True,
            "row_factory": dict_row,
            "options": f"-c role={READER} -c default_transaction_read_only=on -c timezone=UTC"
            f" -c datestyle=ISO -c jit=off -c statement_timeout={STATEMENT_SECONDS}s",
            **connection,
        }
        super().__init__(
            url,
            configure=_check_role,
            min_size=1,
            max_size=size,
            open=False,
            timeout=3,
            kwargs=given,
        )

        async def connect() -> AsyncConnection[DictRow]:
            made = await AsyncConnection.connect(url, **given)
            await _check_role(made)
            return made

        self.wire = Wire(connect, size)
        self.writer = Writer(url)

    @override
    async def close(self, timeout: float = 5) -> None:
        """Close every connection."""
        await self.wire.close()
        await super().close(timeout)


def make_pool(url: str, size: int, **connection: Any) -> Pool:
    """An unopened pool; open it before use."""
    return Pool(url, size, **connection)


async def _check_role(connection: AsyncConnection[DictRow]) -> None:
    """Refuse a connection whose options some proxy dropped: it would see everything."""
    cursor = await connection.execute("select current_user as role", prepare=False)
    if await cursor.fetchone() != {"role": READER}:
        raise OperationalError(f"the connection does not act as {READER}")
    await connection.set_read_only(True)


class Reader:
    """What one caller may read, with few statements at once: one wide query must not take every
    connection from the others. Each may take `seconds`."""

    def __init__(self, pool: Pool, scope: Scope, seconds: int = STATEMENT_SECONDS) -> None:
        self._pool = pool
        self._turn = asyncio.Semaphore(STATEMENTS_AT_ONCE)
        self._settings = _settings(scope, seconds)
        self.scope = scope

    async def json(self, reads: Sequence[Read]) -> list[bytes]:
        """The values of compiled reads, all of one moment. Raises psycopg.Error."""
        settings = [text for _, text in self._settings]
        return await self._pool.wire.read(settings, reads)

    def statement(self) -> Statement:
        """A new statement that knows the caller's scope."""
        return Statement(self.scope)

    async def rows(self, statement: Statement, query: Composed) -> list[Row]:
        """The rows of `query`. Raises psycopg.Error."""
        async with self._turn, self._pool.connection() as connection:
            async with connection.pipeline(), connection.transaction():
                for setting, _ in self._settings:
                    await connection.execute(setting, prepare=False)
                cursor = await connection.execute(query, statement.params)
            return await cursor.fetchall()

    async def row(self, statement: Statement, query: Composed) -> Row | None:
        """The first row of `query`, if any. Raises psycopg.Error."""
        found = await self.rows(statement, query)
        return found[0] if found else None


@lru_cache(maxsize=4096)
def _settings(scope: Scope, seconds: int) -> list[tuple[Composed, bytes]]:
    """What a transaction begins with, also as text. SET LOCAL ends with it, and Citus carries it
    to its workers, as it does not with set_config()."""
    settings = [SQL("set local hub.scope = {}").format(scope.setting)]
    if seconds != STATEMENT_SECONDS:
        settings.append(SQL("set local statement_timeout = {}").format(f"{seconds}s"))
    return [(setting, setting.as_bytes(None)) for setting in settings]
