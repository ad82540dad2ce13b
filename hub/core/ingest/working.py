"""The worker: takes jobs from the queue and does what their deliveries want, or writes a workbook.

Two things make it safe to kill anything at any moment. What is to be done is in `delivery.wanted`
until the transaction that does it. And a job at work holds a lock of its session, which PostgreSQL
lets go of when the worker dies: a sweep puts in anew what is said to be at work and holds none, and
wakes every delivery that wants something and has no job. A workbook is ordered again by whoever
still asks for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status
from procrastinate.types import JSONDict

from adapters.base import DiskFullError
from hub.core.ingest.advancing import advance, fail
from hub.core.ingest.books import Book, give_up, produce
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.jobs import QUEUE, TASK, WRITE, options, wake
from hub.core.ingest.spool import Spool

SWEPT_EVERY = 2.0
LOOKED_EVERY = 1.0
"""Seconds after which the queue is looked at unasked: a job that was put off says nothing."""

TIDIED_EVERY = 3600.0
"""Seconds between two sweeps of the spool."""

GRACE = 5.0
"""Seconds that jobs at work have to end when the worker is told to; left off, they are resumed."""

LONGEST_PAUSE = 60
_CONNECT_SECONDS = 10

# Of the database: away, full, a deadlock, somebody else at work; of the disk: full. Everything else
# would come again.
_PASSING = (psycopg.OperationalError, psycopg.InterfaceError, DiskFullError)

_KEY = "hashtextextended('hub job ' || %s, 0)"
_HOLD = f"select pg_advisory_lock({_KEY})"
_IS_FREE = f"select pg_try_advisory_xact_lock_shared({_KEY})"
_WANTING = "select id::text from delivery where wanted is not null"

_UNEXPECTED = Refusal(
    "Kesalahan tak terduga; beri tahu pengelola hub.",
    "Unexpected error; tell who runs the hub.",
)

_log = logging.getLogger(__name__)


class Worker:
    """Does up to `jobs` jobs at a time, each in a thread and on a connection of its own."""

    def __init__(self, url: str, spool: Spool, jobs: int = 1) -> None:
        self._url = url
        self._spool = spool
        self._jobs = jobs
        self._threads = ThreadPoolExecutor(jobs, "hub-job")
        self._busy = 0

    async def run(self, stop: asyncio.Event) -> bool:
        """Work until `stop`; False when a job had to be left in the middle.

        Goes on trying while the database is away.
        """
        asyncio.get_running_loop().set_exception_handler(_unheard)
        _log.info("worker started")
        pause = 1
        while not stop.is_set():
            began = time.monotonic()
            try:
                async with self._queue() as (app, connector):
                    await self._serve(app, connector, stop)
            except (ConnectorException, psycopg.Error, OSError) as error:
                _log.warning("queue away", extra=_about(error))
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = 1
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self._threads.shutdown(wait=False, cancel_futures=True)
        _log.info("worker stopped")
        return not self._busy

    @asynccontextmanager
    async def _queue(self) -> AsyncIterator[tuple[App, PsycopgConnector]]:
        connector = PsycopgConnector(
            conninfo=self._url, min_size=1, max_size=4, timeout=_CONNECT_SECONDS
        )
        app = App(connector=connector)

        @app.task(name=TASK, queue=QUEUE)
        async def _(delivery: str, attempt: int = 0) -> None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._threads, self._work, UUID(delivery), attempt)

        @app.task(name=WRITE, queue=QUEUE)
        async def _(delivery: str, touched_at: str, bad_only: bool, identified: bool) -> None:
            at = datetime.fromisoformat(touched_at)
            book = Book(UUID(delivery), at, bad_only, identified)
            await asyncio.get_running_loop().run_in_executor(self._threads, self._write, book)

        async with app.open_async():
            yield app, connector

    async def _serve(self, app: App, connector: PsycopgConnector, stop: asyncio.Event) -> None:
        """Work until `stop`, or until the queue fails, which is raised if it says why."""
        # Sweeping replaces the library's own search for stalled jobs: it needs no time-out.
        serving = app.run_worker_async(
            queues=[QUEUE],
            concurrency=self._jobs,
            fetch_job_polling_interval=LOOKED_EVERY,
            delete_jobs="always",
            install_signal_handlers=False,
        )
        parts = {
            asyncio.create_task(part)
            for part in (serving, _sweep(app, connector), self._tidy(), stop.wait())
        }
        done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for part in parts:
            part.cancel()
        # Not longer: the library can wait for ever on a connection that is lost.
        await asyncio.wait(parts, timeout=GRACE)
        for part in done:
            part.result()

    def _work(self, delivery: UUID, attempt: int) -> None:
        """One job, whose failure never reaches the queue: it would be logged with its values."""
        self._busy += 1
        start = time.monotonic()
        try:
            with _held(self._url, str(delivery)) as connection:
                self._advance(connection, delivery)
            _log.info("job done", extra={"id": str(delivery), "ms": _ms(start)})
        except _PASSING as error:
            _log.warning("job put off", extra={"id": str(delivery), **_about(error)})
            self._put_off(delivery, attempt)
        except Exception as error:
            _log.error("job lost", extra={"id": str(delivery), **_about(error)})
        finally:
            self._busy -= 1

    def _advance(self, connection: psycopg.Connection[Any], delivery: UUID) -> None:
        try:
            advance(connection, delivery, self._spool)
        except Refusal as refusal:
            fail(connection, delivery, str(refusal))
        except _PASSING:
            raise
        except Exception as error:
            about = _about(error)
            _log.error("job failed", extra={"id": str(delivery), **about})
            told = ", ".join(part for part in about.values() if part)
            fail(connection, delivery, f"Kesalahan tak terduga / unexpected error ({told})")

    def _write(self, book: Book) -> None:
        """One workbook. What passes is left to whoever asks for it again."""
        self._busy += 1
        start = time.monotonic()
        try:
            with _held(self._url, book.name) as connection:
                produce(connection, self._spool, book)
            _log.info("workbook done", extra={"id": book.name, "ms": _ms(start)})
        except _PASSING as error:
            _log.warning("workbook put off", extra={"id": book.name, **_about(error)})
        except Exception as error:
            _log.error("workbook failed", extra={"id": book.name, **_about(error)})
            give_up(self._spool, book, _UNEXPECTED)
        finally:
            self._busy -= 1

    async def _tidy(self) -> None:
        """Sweep the spool, for ever."""
        while True:
            await asyncio.to_thread(self._sweep_spool)
            await asyncio.sleep(TIDIED_EVERY)

    def _sweep_spool(self) -> None:
        with psycopg.connect(
            self._url, autocommit=True, connect_timeout=_CONNECT_SECONDS
        ) as connection:
            self._spool.sweep(connection)

    def _put_off(self, delivery: UUID, attempt: int) -> None:
        """Have it tried again; without a database the next sweep sees to it."""
        seconds = min(2**attempt, LONGEST_PAUSE)
        with (
            suppress(psycopg.Error),
            psycopg.connect(self._url, connect_timeout=_CONNECT_SECONDS) as connection,
        ):
            wake(connection, delivery, seconds=seconds, attempt=min(attempt + 1, LONGEST_PAUSE))


@contextmanager
def _held(url: str, key: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that holds the lock of a job: nobody else does the same, and the sweep sees that
    somebody is at it. Raises an error that passes while another has it.
    """
    with psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=_CONNECT_SECONDS,
        application_name="hub worker",
    ) as connection:
        # A statement of a worker that was killed would run to its end, and hold on to its lock.
        with suppress(psycopg.errors.InvalidParameterValue):  # no server on macOS can tell
            connection.execute("set client_connection_check_interval = '1s'")
        connection.execute("set lock_timeout = '2s'")
        connection.execute(_HOLD, (key,))
        connection.execute("reset lock_timeout")
        yield connection


async def _sweep(app: App, connector: PsycopgConnector) -> None:
    """Put jobs of workers that died in anew, and wake what has no job, for ever."""
    suspected: set[int] = set()
    while True:
        jobs = {job.id: job for job in await app.job_manager.list_jobs_async(queue=QUEUE) if job.id}
        async with connector.pool.connection() as connection:
            free = set()
            for number, job in jobs.items():
                if job.status == Status.DOING.value and await _is_free(connection, job.lock):
                    free.add(number)
            wanting = await (await connection.execute(_WANTING)).fetchall()
        # A job takes its lock a moment after it is fetched: only twice in a row is dead.
        for number in free & suspected:
            job = jobs.pop(number)
            with suppress(ConnectorException):  # it has just ended by itself
                await app.job_manager.finish_job_by_id_async(number, Status.FAILED, delete_job=True)
                await _defer(app, job.task_name, str(job.lock), job.task_kwargs)
                _log.warning("job resumed", extra={"id": job.lock})
        suspected = free
        queued = {job.lock for job in jobs.values()}
        for (delivery,) in wanting:
            if delivery not in queued:
                await _defer(app, TASK, delivery, {"delivery": delivery})
        await asyncio.sleep(SWEPT_EVERY)


async def _defer(app: App, task: str, key: str, what: JSONDict) -> None:
    with suppress(AlreadyEnqueued):
        await app.configure_task(task, **options(key)).defer_async(**what)


async def _is_free(connection: psycopg.AsyncConnection[Any], key: str | None) -> bool:
    async with connection.transaction():
        row = await (await connection.execute(_IS_FREE, (key,))).fetchone()
    return row is not None and bool(row[0])


def _unheard(_: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """What goes wrong within the library and is raised to nobody, such as a job that is gone."""
    error = told.get("exception")
    _log.warning("queue unsettled", extra=_about(error) if error else {})


def _ms(start: float) -> int:
    return round((time.monotonic() - start) * 1000)


def _about(error: BaseException) -> dict[str, str | None]:
    """What an error is and where it arose, not what it says: that can hold values of a row."""
    cause = error.__cause__ if isinstance(error, ConnectorException) else None
    error = cause or error
    place, trace = None, error.__traceback__
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    sqlstate = getattr(error, "sqlstate", None)
    return {"error": type(error).__name__, "sqlstate": sqlstate, "place": place}
