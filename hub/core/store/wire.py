"""Prepared reads that give JSON, a whole transaction in one round trip.

The usual way through a driver costs more time in Python than PostgreSQL needs for a household.
Here a connection is held in libpq's pipeline mode: begin, the caller's scope, the reads and
commit go out together, and the one value of each read comes back as bytes, never looked into.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, OperationalError, pq
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

_BEGIN = b"begin isolation level repeatable read read only"  # all reads of a request see the same
_COMMIT = b"commit"
_MOST_PREPARED = 256
_WAIT_SECONDS = 3.0

Connect = Callable[[], Awaitable[AsyncConnection[Any]]]


@dataclass(frozen=True, slots=True)
class Read:
    """A statement with `$n` for its parameters, and their values in text format.

    It gives one row of one value.
    """

    sql: bytes
    values: Sequence[bytes | None]


class Wire:
    """A few connections for reads, opened when first needed; for one event loop."""

    def __init__(self, connect: Connect, size: int) -> None:
        self._connect = connect
        self._size = size
        self._open = 0
        self._idle: list[_Line] = []
        self._waiting: deque[asyncio.Future[_Line]] = deque()  # whoever came first is served first
        self._lines: set[_Line] = set()

    async def read(self, settings: Sequence[bytes], reads: Sequence[Read]) -> list[bytes]:
        """The values of `reads`, of one moment, in a transaction begun with `settings`.

        Raises psycopg.Error; OperationalError when no connection is to be had in time.
        """
        line = await self._take()
        return await line.send(settings, reads)

    async def close(self) -> None:
        """Close every connection."""
        self._size = 0
        for line in list(self._lines):
            line.close()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(OperationalError("the reads are closed"))

    async def _take(self) -> _Line:
        while self._idle:
            line = self._idle.pop()
            if line.usable:
                return line
        if self._open < self._size:
            return await self._new()
        waiting: asyncio.Future[_Line] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        async with asyncio.timeout(_WAIT_SECONDS) as limit:
            try:
                return await waiting
            except asyncio.CancelledError:
                if waiting.done() and not waiting.cancelled() and not waiting.exception():
                    self._give(waiting.result())
                if limit.expired():
                    raise OperationalError("no connection was free in time") from None
                raise

    async def _new(self) -> _Line:
        self._open += 1
        try:
            connection = await self._connect()
        except BaseException:
            self._open -= 1
            raise
        line = _Line(connection, self._give, self._lost)
        self._lines.add(line)
        return line

    def _give(self, line: _Line) -> None:
        """Hand a line that is free to whoever waits longest."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(line)
                return
        self._idle.append(line)

    def _lost(self, line: _Line) -> None:
        """A line broke; who waits gets a new one."""
        if line not in self._lines:
            return
        self._lines.discard(line)
        self._open -= 1
        if self._waiting and self._open < self._size:
            task = asyncio.get_running_loop().create_task(self._replace())
            task.add_done_callback(_seen)

    async def _replace(self) -> None:
        try:
            self._give(await self._new())
        except OperationalError as error:
            while self._waiting:
                waiting = self._waiting.popleft()
                if not waiting.done():
                    waiting.set_exception(error)


def _seen(task: asyncio.Task[None]) -> None:
    task.cancelled() or task.exception()


class _Line:
    """One connection in pipeline mode; it does one transaction at a time."""

    def __init__(
        self,
        connection: AsyncConnection[Any],
        free: Callable[[_Line], None],
        lost: Callable[[_Line], None],
    ) -> None:
        self._connection = connection  # which would close it when forgotten
        self._pg: Any = connection.pgconn
        self._free, self._lost = free, lost
        self._loop = asyncio.get_running_loop()
        self._prepared: OrderedDict[bytes, bytes] = OrderedDict()
        self._number = 0
        self._answer: asyncio.Future[list[bytes]] | None = None
        self._values: list[bytes] = []
        self._error: Exception | None = None
        self._clean = True
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        self._socket = self._pg.socket
        self._loop.add_reader(self._socket, self._readable)

    @property
    def usable(self) -> bool:
        """Whether the connection stands."""
        return bool(self._pg.status == pq.ConnStatus.OK)

    def send(self, settings: Sequence[bytes], reads: Sequence[Read]) -> asyncio.Future[list[bytes]]:
        """Send a transaction; the future holds the values of the reads."""
        self._answer = self._loop.create_future()
        self._values, self._error = [], None
        try:
            self._execute(_BEGIN)
            for setting in settings:
                self._execute(setting)
            for read in reads:
                self._execute(read.sql, read.values)
            self._execute(_COMMIT)
            self._pg.pipeline_sync()
            self._flush()
        except OperationalError as error:
            self._broken(error)
            raise
        return self._answer

    def close(self) -> None:
        """Close the connection."""
        self._broken(OperationalError("the connection was closed"))

    def _execute(self, sql: bytes, values: Sequence[bytes | None] = ()) -> None:
        name = self._prepared.get(sql)
        if name is None:
            name = self._prepare(sql)
        else:
            self._prepared.move_to_end(sql)
        self._pg.send_query_prepared(name, values)

    def _prepare(self, sql: bytes) -> bytes:
        self._number += 1
        name = b"s%d" % self._number
        self._prepared[sql] = name
        self._pg.send_prepare(name, sql)
        if len(self._prepared) > _MOST_PREPARED:
            self._pg.send_close_prepared(self._prepared.popitem(last=False)[1])
        return name

    def _flush(self) -> None:
        if self._pg.flush():  # the socket takes no more for now
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        try:
            if not self._pg.flush():
                self._loop.remove_writer(self._socket)
        except OperationalError as error:
            self._broken(error)

    def _readable(self) -> None:
        try:
            self._pg.consume_input()
            while not self._pg.is_busy():
                result = self._pg.get_result()
                if result is not None and self._done(result):
                    return
                if result is None and self._answer is None:
                    return  # nothing is under way
        except OperationalError as error:
            self._broken(error)

    def _done(self, result: Any) -> bool:
        """Take one result; whether it was the last of the transaction."""
        status = result.status
        if status == ExecStatus.TUPLES_OK:
            self._values.append(result.get_value(0, 0))
        elif status == ExecStatus.FATAL_ERROR:
            self._error, self._clean = error_from_result(result), False
        elif status == ExecStatus.PIPELINE_SYNC:
            self._finish()
            return True
        return False

    def _finish(self) -> None:
        if not self._clean:
            # An error leaves the transaction open, and what stood behind it unprepared.
            self._clean = True
            self._prepared.clear()
            self._pg.send_query_params(b"rollback", ())
            self._pg.send_query_params(b"deallocate all", ())
            self._pg.pipeline_sync()
            self._flush()
            return
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            if self._error:
                answer.set_exception(self._error)
            else:
                answer.set_result(self._values)
        self._free(self)

    def _broken(self, error: Exception) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)
        self._pg.finish()
        self._lost(self)
