"""News of deliveries for everybody in this process who watches one: one connection listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from hub.core.store.progress import CHANNEL, Progress
from hub.core.store.roles import READER

RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class News:
    """One message, and when it came in."""

    progress: Progress
    at: datetime


class Watch:
    """What one subscriber has not yet heard: the newest only, however slow it is."""

    def __init__(self) -> None:
        self._newest: News | None = None
        self._stirred = asyncio.Event()

    def stir(self, news: News | None) -> None:
        """Tell the news; None asks to look into the store again."""
        self._newest = news
        self._stirred.set()

    async def next(self, seconds: float) -> News | None:
        """The newest news; None when it is time to look into the store again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        self._stirred.clear()
        news, self._newest = self._newest, None
        return news


class Feed:
    """News of all deliveries for one event loop: one connection listens for all subscribers.

    It is there while somebody watches, and comes back with the database.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._watches: dict[UUID, set[Watch]] = {}
        self._listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, delivery: UUID) -> AsyncIterator[Watch]:
        """Watch one delivery for the block."""
        watch = Watch()
        self._watches.setdefault(delivery, set()).add(watch)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        try:
            yield watch
        finally:
            self._leave(delivery, watch)

    def _leave(self, delivery: UUID, watch: Watch) -> None:
        watches = self._watches[delivery]
        watches.discard(watch)
        if not watches:
            del self._watches[delivery]
        if not self._watches and self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self) -> None:
        while True:
            with suppress(psycopg.Error):
                await self._hear()
            await asyncio.sleep(RETRY_SECONDS)

    async def _hear(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, options=f"-c role={READER}"
        )
        async with connection:
            await connection.execute(SQL("listen {}").format(Identifier(CHANNEL)))
            for watches in self._watches.values():  # what was said before is in the store
                for watch in watches:
                    watch.stir(None)
            async for notice in connection.notifies():
                progress = Progress.read(notice.payload)
                if progress is not None:
                    for watch in self._watches.get(progress.delivery, ()):
                        watch.stir(News(progress, datetime.now(UTC)))
