"""Changes to the store from within the server: each in a thread, on a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg

T = TypeVar("T")

CHANGES_AT_ONCE = 4
STATEMENT_SECONDS = 10
CONNECT_SECONDS = 3


class Writer:
    """Runs what changes the store; it is rare and short, so no connection is kept for it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._turn = asyncio.Semaphore(CHANGES_AT_ONCE)

    async def run(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        """What `work` gives, done with a connection in autocommit mode. Raises what it raises."""
        async with self._turn:
            return await asyncio.to_thread(self._run, work)

    def _run(self, work: Callable[[psycopg.Connection[Any]], T]) -> T:
        with psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            options=f"-c statement_timeout={STATEMENT_SECONDS}s -c timezone=UTC",
        ) as connection:
            return work(connection)
