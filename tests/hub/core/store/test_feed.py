"""News of deliveries, heard from the database."""

import asyncio
from uuid import UUID

import psycopg

from hub.core.store.feed import Feed, News
from hub.core.store.progress import CHANNEL, NOTIFY, Progress

ONE, OTHER = UUID(int=1), UUID(int=2)


def say(connection: psycopg.Connection[tuple[object, ...]], *told: Progress) -> None:
    for progress in told:
        connection.execute(NOTIFY, (CHANNEL, progress.message()))


def test_who_is_slow_hears_the_newest_only_and_of_its_own_delivery(store_url: str) -> None:
    async def listen(connection: psycopg.Connection[tuple[object, ...]]) -> list[Progress]:
        feed = Feed(store_url)
        async with feed.watch(ONE) as watch, feed.watch(OTHER) as last:
            assert await watch.next(30) is None  # listening has begun: look into the store
            assert await last.next(30) is None
            say(connection, *(Progress(ONE, "CHECKED", "stage", n, 9) for n in range(10)))
            say(connection, Progress(OTHER, "PUBLISHED"))
            heard = [await last.next(30), await watch.next(30)]
            assert await watch.next(0.01) is None
        return [news.progress for news in heard if isinstance(news, News)]

    with psycopg.connect(store_url, autocommit=True) as connection:
        heard = asyncio.run(listen(connection))
    assert heard == [Progress(OTHER, "PUBLISHED"), Progress(ONE, "CHECKED", "stage", 9, 9)]


def test_without_the_database_one_waits(store_url: str) -> None:
    async def wait() -> News | None:
        async with Feed("postgresql://nobody@127.0.0.1:9/none").watch(ONE) as watch:
            return await watch.next(0.05)

    assert asyncio.run(wait()) is None
