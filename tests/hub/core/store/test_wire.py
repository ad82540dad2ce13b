"""The wire: transactions of prepared reads, errors, and connections that come and go."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg import errors

from hub.core.store.reader import Pool, make_pool
from hub.core.store.wire import Read, Wire

ECHO = b"select $1::text"


def run(url: str, work: Callable[[Wire], Awaitable[None]], size: int = 2) -> None:
    """Do `work` on a wire of `size` connections."""

    async def whole() -> None:
        async with opened(url, size) as pool:
            await work(pool.wire)

    asyncio.run(whole())


@asynccontextmanager
async def opened(url: str, size: int) -> AsyncIterator[Pool]:
    """A pool of `size` connections."""
    pool = make_pool(url, size)
    async with pool:
        yield pool


def test_reads_of_one_transaction_see_one_moment_and_its_settings(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        settings = [b"set local hub.scope = '3520'"]
        scope = Read(b"select current_setting('hub.scope')", ())
        snapshot = Read(b"select pg_current_snapshot()::text", ())
        first, one, two = await wire.read(settings, [scope, snapshot, snapshot])
        assert (first, one) == (b"3520", two)
        assert await wire.read([], [Read(b"select current_setting('hub.scope', true)", ())]) == [
            b""
        ]

    run(store_url, work, 1)


def test_values_go_as_they_are(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        for value in (b"", b"a'b\\c\"", "ñ😀".encode(), b"x" * 3_000_000):
            assert await wire.read([], [Read(ECHO, [value])]) == [value]
        assert await wire.read([], [Read(b"select coalesce($1::text, 'null')", [None])]) == [
            b"null"
        ]

    run(store_url, work)


def test_more_callers_than_connections_are_all_served(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        asked = [b"%d" % number for number in range(200)]
        answers = await asyncio.gather(*(wire.read([], [Read(ECHO, [one])]) for one in asked))
        assert [answer for (answer,) in answers] == asked
        assert wire._open == 2

    run(store_url, work)


def test_who_came_first_is_served_first(store_url: str) -> None:
    order: list[int] = []

    async def one(wire: Wire, number: int) -> None:
        await wire.read([], [Read(b"select pg_sleep(0.002)::text", ())])
        order.append(number)

    async def work(wire: Wire) -> None:
        await asyncio.gather(*(one(wire, number) for number in range(20)))
        assert order == sorted(order)

    run(store_url, work, 1)


def test_an_error_spoils_neither_the_connection_nor_the_next_caller(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        good, bad = Read(ECHO, [b"1"]), Read(b"select (1 / $1::int)::text", [b"0"])
        with pytest.raises(errors.DivisionByZero):
            await wire.read([], [good, bad, Read(b"select 'never prepared'", ())])
        with pytest.raises(errors.SyntaxError):
            await wire.read([], [Read(b"selec", ())])
        with pytest.raises(errors.ReadOnlySqlTransaction):
            await wire.read([b"set local role postgres"], [Read(b"delete from programme", ())])
        assert await wire.read([], [good, Read(b"select 'never prepared'", ())]) == [
            b"1",
            b"never prepared",
        ]
        assert wire._open == 1

    run(store_url, work)


def test_a_statement_that_has_a_parameter_of_the_wrong_form_is_an_error(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        with pytest.raises(errors.InvalidTextRepresentation):
            await wire.read([], [Read(b"select $1::int::text", [b"x"])])

    run(store_url, work)


def test_more_statements_than_are_kept_prepared(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        for _ in range(2):
            for number in range(300):
                assert await wire.read([], [Read(b"select '%d'" % number, ())]) == [b"%d" % number]
        count = Read(b"select count(*)::text from pg_prepared_statements", ())
        ((kept),) = await wire.read([], [count])
        assert int(kept) <= 257

    run(store_url, work, 1)


def test_a_caller_who_leaves_harms_no_other(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        leaving = asyncio.create_task(wire.read([], [Read(b"select pg_sleep(0.2)::text", ())]))
        await asyncio.sleep(0.05)
        queued = asyncio.create_task(wire.read([], [Read(ECHO, [b"queued"])]))
        waiting = asyncio.create_task(wire.read([], [Read(ECHO, [b"waiting"])]))
        await asyncio.sleep(0.01)
        leaving.cancel()
        queued.cancel()
        assert await waiting == [b"waiting"]
        assert wire._open == 1

    run(store_url, work, 1)


def test_broken_connections_are_replaced(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        slow = [asyncio.create_task(wire.read([], [Read(b"select pg_sleep(5)::text", ())]))]
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(wire.read([], [Read(ECHO, [b"next"])]))
        await asyncio.sleep(0.1)
        with psycopg.connect(store_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        with pytest.raises(psycopg.OperationalError):
            await slow[0]
        assert await waiting == [b"next"]
        assert await wire.read([], [Read(ECHO, [b"again"])]) == [b"again"]

    run(store_url, work, 1)


def test_an_idle_connection_that_broke_is_not_used(store_url: str) -> None:
    async def work(wire: Wire) -> None:
        assert await wire.read([], [Read(ECHO, [b"1"])]) == [b"1"]
        with psycopg.connect(store_url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        await asyncio.sleep(0.1)
        assert await wire.read([], [Read(ECHO, [b"2"])]) == [b"2"]

    run(store_url, work)


def test_no_connection_in_time_is_an_error(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.core.store.wire._WAIT_SECONDS", 0.1)

    async def work(wire: Wire) -> None:
        slow = asyncio.create_task(wire.read([], [Read(b"select pg_sleep(0.5)::text", ())]))
        await asyncio.sleep(0.05)
        with pytest.raises(psycopg.OperationalError, match="in time"):
            await wire.read([], [Read(ECHO, [b"x"])])
        await slow
        assert await wire.read([], [Read(ECHO, [b"y"])]) == [b"y"]

    run(store_url, work, 1)
