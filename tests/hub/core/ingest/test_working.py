"""The worker does what deliveries want, once, whatever fails or dies on the way."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.base import DiskFullError
from hub.core.ingest import working
from hub.core.ingest.books import Book, ask
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.jobs import wake
from hub.core.ingest.spool import Spool
from hub.core.ingest.working import Worker

Advance = Callable[[Any, UUID, Spool], None]
DONE = "update delivery set wanted = null where id = %s"
PATIENCE = 60  # until a test gives up; none waits so long


@pytest.fixture
def connection(store_url: str) -> Iterator[Any]:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def work(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a worker whose work is `advance` until `enough`; whether it ended in order."""

    def run(advance: Advance, enough: Callable[[], bool], jobs: int = 1) -> bool:
        monkeypatch.setattr(working, "advance", advance)
        monkeypatch.setattr(working, "SWEPT_EVERY", 0.1)
        return asyncio.run(until(Worker(store_url, Spool(tmp_path, 1), jobs), enough))

    return run


async def until(worker: Worker, enough: Callable[[], bool]) -> bool:
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    deadline = time.monotonic() + PATIENCE
    while not await asyncio.to_thread(enough):
        assert time.monotonic() < deadline
        assert not running.done(), running.result()
        await asyncio.sleep(0.02)
    stop.set()
    return await running


def wanting(connection: Any, name: str = "x") -> UUID:
    row = connection.execute(
        "insert into delivery (source, layout, edition, file_name, sha256, size, state, kept,"
        " wanted) values ('UNKNOWN', '', '', 'f', %s, 1, 'RECEIVED', true, 'CHECK') returning id",
        (name,),
    ).fetchone()
    return UUID(str(row[0]))


def do(connection: Any, delivery: UUID, _: Spool) -> None:
    connection.execute(DONE, (delivery,))


def one(connection: Any, query: str) -> Any:
    return connection.execute(query).fetchone()[0]


def idle(connection: Any) -> Callable[[], bool]:
    """Nothing is wanted and no job is left."""
    return lambda: one(
        connection,
        "select not exists (select from delivery where wanted is not null)"
        " and not exists (select from procrastinate_jobs)",
    )


def test_a_job_is_done_and_leaves_nothing_in_the_queue(connection: Any, work: Any) -> None:
    wake(connection, wanting(connection))
    assert work(do, idle(connection)) is True
    assert one(connection, "select count(*) from procrastinate_events") == 0
    assert one(connection, "select count(*) from procrastinate_workers") == 0


def test_what_is_wanted_without_a_job_is_done(connection: Any, work: Any) -> None:
    wanting(connection)
    work(do, idle(connection))


def test_a_job_of_a_worker_that_died_is_done(connection: Any, work: Any) -> None:
    delivery = wanting(connection)
    wake(connection, delivery)
    connection.execute("update procrastinate_jobs set status = 'doing'")
    wake(connection, delivery)  # behind it, and held up by it
    work(do, idle(connection))


@pytest.mark.parametrize(
    "error", [psycopg.errors.DeadlockDetected, psycopg.errors.DiskFull, DiskFullError]
)
def test_what_passes_is_tried_again(error: type[Exception], connection: Any, work: Any) -> None:
    tried: list[UUID] = []

    def advance(own: Any, delivery: UUID, spool: Spool) -> None:
        tried.append(delivery)
        if len(tried) == 1:
            raise error
        do(own, delivery, spool)

    wake(connection, wanting(connection))
    work(advance, idle(connection))
    assert len(tried) == 2
    assert one(connection, "select count(*) from delivery_event") == 0


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("9935204101800001"), "ValueError, test_working.py:"),
        (psycopg.errors.CheckViolation("9935204101800001"), "CheckViolation, 23514, test_working"),
        (Refusal("Tidak bisa.", "Cannot."), "Tidak bisa. / Cannot."),
    ],
)
def test_what_would_fail_again_is_given_up_and_told_without_values(
    error: Exception, told: str, connection: Any, work: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def advance(*_: Any) -> None:
        raise error

    wake(connection, wanting(connection))
    work(advance, idle(connection))
    found = connection.execute("select action, reason from delivery_event").fetchall()
    assert [(action, told in reason) for action, reason in found] == [("FAILED", True)]
    assert one(connection, "select state from delivery") == "RECEIVED"
    assert "9935204101800001" not in caplog.text + found[0][1]


def test_a_delivery_is_never_worked_on_twice_at_once(
    connection: Any, store_url: str, work: Any
) -> None:
    delivery = wanting(connection)
    with psycopg.connect(store_url, autocommit=True) as other:
        other.execute(working._HOLD, (str(delivery),))
        seen: list[bool] = []

        def advance(own: Any, delivery: UUID, spool: Spool) -> None:
            seen.append(other.closed)
            do(own, delivery, spool)

        def enough() -> bool:
            put_off = "select count(*) from procrastinate_jobs where scheduled_at is not null"
            if not other.closed and one(connection, put_off):
                other.close()
            return idle(connection)()

        work(advance, enough)
    assert seen == [True]


def test_several_are_worked_on_at_once(connection: Any, work: Any) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)

    def advance(own: Any, delivery: UUID, spool: Spool) -> None:
        both.wait()
        do(own, delivery, spool)

    for name in "xy":
        wake(connection, wanting(connection, name))
    work(advance, idle(connection), jobs=2)


def test_it_comes_back_with_the_database(connection: Any, work: Any) -> None:
    tried: list[UUID] = []

    def advance(own: Any, delivery: UUID, spool: Spool) -> None:
        tried.append(delivery)
        if len(tried) == 1:  # every connection of the worker is cut, in the middle of a job
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        do(own, delivery, spool)

    wake(connection, wanting(connection))
    work(advance, idle(connection))
    assert len(tried) >= 2


def test_a_workbook_that_is_ordered_is_written(
    connection: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Book] = []
    monkeypatch.setattr(working, "produce", lambda _, __, book: written.append(book))
    book = Book(UUID(int=1), datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC), True, False)
    ask(connection, Spool(Path("nowhere"), 1), book)
    work(do, idle(connection))
    assert written == [book]


def test_a_workbook_that_fails_leaves_a_reason_without_values(
    connection: Any, work: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("9935204101800001")

    monkeypatch.setattr(working, "produce", fail)
    book = Book(UUID(int=1), datetime(2026, 3, 1, tzinfo=UTC), False, True)
    spool = Spool(tmp_path, 1)
    spool.books.mkdir()
    ask(connection, spool, book)
    work(do, idle(connection))
    with pytest.raises(Refusal, match="Unexpected error; tell who runs the hub"):
        ask(connection, spool, book)


def test_told_to_stop_it_leaves_a_job_and_the_next_worker_does_it(
    connection: Any, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "GRACE", 0.1)
    begun, go = threading.Event(), threading.Event()

    def stuck(*_: Any) -> None:
        begun.set()
        go.wait(PATIENCE)

    wake(connection, wanting(connection))
    assert work(stuck, begun.is_set) is False
    assert one(connection, "select wanted from delivery") == "CHECK"
    go.set()
    assert work(do, idle(connection)) is True
