"""Subscriptions: over a WebSocket (graphql-transport-ws), or as events (graphql-sse).

A token that is revoked ends no stream, but none lasts longer than `LONGEST_SECONDS`: clients
connect again by themselves. There are no cookies, so other sites can open nothing here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import aclosing, contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.core.access.clients import (
    OperationError,
    OperationForbiddenError,
    OperationIdError,
    resolve,
)
from hub.core.access.tokens import Viewer
from hub.core.access.viewers import Viewers
from hub.core.store.feed import Feed
from hub.core.store.reader import Pool
from hub.web.graphql import Asked, RefusedError, read_asked, read_json
from schema.context import Context
from schema.errors import UNAVAILABLE, ErrorCode, plain_error
from schema.streaming import Told, as_text, stream

PROTOCOL = "graphql-transport-ws"

MOST_STREAMS = 200
MOST_STREAMS_OF_ACCOUNT = 10
MOST_STRANGERS = 100
"""Sockets that have not yet shown a token."""
MOST_OPERATIONS = 10
"""Subscriptions of one socket at a time."""
LARGEST_MESSAGE = 64 * 1024
LONGEST_ID = 128

GREETING_SECONDS = 5.0
PING_SECONDS = 20.0
SEND_SECONDS = 15.0
"""How long a caller may take no data before it is cut off."""
LONGEST_SECONDS = 900.0

GOING_AWAY, TOO_BIG, FAULT, TRY_LATER = 1001, 1009, 1011, 1013
BAD_MESSAGE, NOT_ACKNOWLEDGED, FORBIDDEN, BAD_PROTOCOL = 4400, 4401, 4403, 4406
GREETED_LATE, TWO_OF_ONE_ID, GREETED_TWICE = 4408, 4409, 4429

_EVENTS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Authorization"),
    (b"x-accel-buffering", b"no"),
]
_FULL = "There are too many streams already; close one, or try later."

_log = logging.getLogger(__name__)


class Streams:
    """All streams of one application."""

    def __init__(self, pool: Pool, viewers: Viewers, feed: Feed) -> None:
        self._pool = pool
        self._viewers = viewers
        self._feed = feed
        self._of_account: Counter[str] = Counter()
        self._strangers = 0
        self._ending = asyncio.Event()

    def end(self) -> None:
        """End all streams of events; a server that stops closes its sockets itself."""
        self._ending.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket."""
        start = time.perf_counter()
        code = await _Socket(self, WebSocket(scope, receive, send)).serve()
        ms = round((time.perf_counter() - start) * 1000, 1)
        _log.info("websocket", extra={"path": "/graphql", "status": code, "ms": ms})

    async def events(self, viewer: Viewer, asked: Asked, receive: Receive, send: Send) -> None:
        """Answer one request with events; `asked` has the text to run."""
        with self.seat(viewer) as free:
            if not free:
                await _refuse(send)
                return
            await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
            told = self.answers(viewer, asked, asked.query or "")
            with suppress(TimeoutError):  # nothing is being read: the server cuts it off
                await _first_of(
                    _write_events(told, send), _keep_alive(send), _gone(receive), self._end(),
                    seconds=_seconds_of(viewer),
                )  # fmt: skip
                await _timely(send({"type": "http.response.body", "body": b""}))

    async def _end(self) -> None:
        await self._ending.wait()

    def answers(self, viewer: Viewer, asked: Asked, query: str) -> AsyncIterator[Told]:
        """The answers to one operation."""
        context = Context.of(viewer, self._pool)
        return stream(context, self._feed, query, asked.variables, asked.operation_name)

    async def query(self, viewer: Viewer, asked: Asked) -> str:
        """The text to run. Raises OperationError, psycopg.OperationalError."""
        return await resolve(self._pool, viewer, asked.query, asked.document_id)

    async def viewer(self, token: str) -> Viewer | None:
        """Who stands behind the token. Raises psycopg.OperationalError."""
        return await self._viewers.behind(token)

    @contextmanager
    def seat(self, viewer: Viewer) -> Iterator[bool]:
        """Count one more stream of an account for the block; false when there are too many."""
        account = str(viewer.account_id or viewer.account)
        full = self._of_account.total() >= MOST_STREAMS
        if full or self._of_account[account] >= MOST_STREAMS_OF_ACCOUNT:
            yield False
            return
        self._of_account[account] += 1
        try:
            yield True
        finally:
            self._of_account[account] -= 1
            self._of_account += Counter()  # forgets those who have none

    @contextmanager
    def stranger(self) -> Iterator[bool]:
        """Count one more stranger for the block; false when there are too many."""
        self._strangers += 1
        try:
            yield self._strangers <= MOST_STRANGERS
        finally:
            self._strangers -= 1


# --- events -----------------------------------------------------------------------------------


async def _write_events(answers: AsyncIterator[Told], send: Send) -> None:
    async with aclosing(answers) as given:  # type: ignore[type-var] # it is a generator
        async for told in given:
            data = as_text(told.payload())
            await _body(send, f"event: next\ndata: {data}\n\n")
    await _body(send, "event: complete\ndata:\n\n")


async def _keep_alive(send: Send) -> None:
    while True:
        await asyncio.sleep(PING_SECONDS)
        await _body(send, ":\n\n")


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(send: Send, text: str) -> None:
    message: Message = {"type": "http.response.body", "body": text.encode(), "more_body": True}
    await _timely(send(message))


async def _refuse(send: Send) -> None:
    body = as_text({"errors": [plain_error(ErrorCode.RATE_LIMITED, _FULL)]}).encode()
    headers = [
        (b"content-type", b"application/json; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"30"),
    ]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _first_of(*works: Coroutine[Any, Any, None], seconds: float) -> None:
    """Do all until one is done or the time is up. Raises what the first one done raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when="FIRST_COMPLETED")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


# --- WebSocket --------------------------------------------------------------------------------


class _CloseError(Exception):
    """The socket is to be closed."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _Socket:
    """One socket, from its acceptance to its end."""

    def __init__(self, streams: Streams, socket: WebSocket) -> None:
        self._streams = streams
        self._socket = socket
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._silent = False

    async def serve(self) -> int:
        """Talk; returns the code that the socket was closed with."""
        offered = PROTOCOL in self._socket.scope["subprotocols"]
        await self._socket.accept(PROTOCOL if offered else None)
        close = _CloseError(BAD_PROTOCOL, "Subprotocol not acceptable")
        if offered:
            try:
                close = await self._talk()
            except WebSocketDisconnect as gone:
                return gone.code
            except Exception as error:
                _log.error("unexpected error", extra={"error": type(error).__name__})
                close = _CloseError(FAULT, "Unexpected error")
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):  # or it is gone already
            await _timely(self._socket.close(close.code, close.reason))
        return close.code

    async def _talk(self) -> _CloseError:
        """Talk until there is a reason to close. Raises WebSocketDisconnect."""
        try:
            viewer = await self._greet()
            with self._streams.seat(viewer) as free:
                if not free:
                    return _CloseError(TRY_LATER, "Too many streams")
                await self._say({"type": "connection_ack"})
                async with asyncio.timeout(_seconds_of(viewer)), asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._ping())
                    await self._listen(viewer, tasks)
        except _CloseError as close:
            return close
        except TimeoutError:
            return _CloseError(GOING_AWAY, "Time is up; connect again")
        except ExceptionGroup as several:
            for error in several.exceptions:  # the first is why; the others follow from it
                if isinstance(error, _CloseError):
                    return error
                raise error from None
        raise AssertionError("a socket is listened to until it is closed")

    async def _greet(self) -> Viewer:
        """Wait for `connection_init`. Raises _CloseError, WebSocketDisconnect."""
        with self._streams.stranger() as free:
            if not free:
                raise _CloseError(TRY_LATER, "Too many connections")
            try:
                async with asyncio.timeout(GREETING_SECONDS):
                    message = await self._next()
                    while message["type"] in ("ping", "pong", "complete"):
                        await self._answer_ping(message)
                        message = await self._next()
            except TimeoutError:
                raise _CloseError(GREETED_LATE, "Connection initialisation timeout") from None
            if message["type"] == "subscribe":
                raise _CloseError(NOT_ACKNOWLEDGED, "Unauthorized")
            return await self._viewer(message)

    async def _viewer(self, greeting: dict[str, Any]) -> Viewer:
        payload = greeting.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise _bad("Invalid payload")
        told = {str(name).lower(): value for name, value in (payload or {}).items()}
        given = told.get("authorization", self._socket.headers.get("authorization", ""))
        scheme, _, token = str(given).partition(" ")
        try:
            viewer = (
                await self._streams.viewer(token.strip()) if scheme.lower() == "bearer" else None
            )
        except psycopg.OperationalError as error:
            raise _CloseError(TRY_LATER, "Not available") from error
        if viewer is None:
            raise _CloseError(FORBIDDEN, "Forbidden")
        return viewer

    async def _listen(self, viewer: Viewer, tasks: asyncio.TaskGroup) -> None:
        while True:
            message = await self._next()
            kind = message["type"]
            if kind == "connection_init":
                raise _CloseError(GREETED_TWICE, "Too many initialisation requests")
            if kind == "subscribe":
                await self._subscribe(viewer, message, tasks)
            elif kind == "complete":
                task = self._operations.pop(_id_of(message), None)
                if task is not None:
                    task.cancel()
            else:
                await self._answer_ping(message)

    async def _subscribe(
        self, viewer: Viewer, message: dict[str, Any], tasks: asyncio.TaskGroup
    ) -> None:
        identity, payload = _id_of(message), message.get("payload")
        if identity in self._operations:
            raise _CloseError(TWO_OF_ONE_ID, "Subscriber already exists")
        if not isinstance(payload, dict):
            raise _bad("Invalid payload")
        try:
            asked = read_asked(payload)
        except RefusedError as refused:
            raise _bad("Invalid payload") from refused
        if len(self._operations) >= MOST_OPERATIONS:
            await self._fail(identity, [plain_error(ErrorCode.RATE_LIMITED, _FULL)])
            return
        self._operations[identity] = tasks.create_task(self._run(identity, viewer, asked))

    async def _run(self, identity: str, viewer: Viewer, asked: Asked) -> None:
        try:
            query = await self._streams.query(viewer, asked)
        except OperationError as error:
            await self._fail(identity, [plain_error(_code_of(error), str(error))])
            return
        except psycopg.OperationalError:
            await self._fail(identity, [plain_error(ErrorCode.INTERNAL, UNAVAILABLE)])
            return
        answers = self._streams.answers(viewer, asked, query)
        async with aclosing(answers) as given:  # type: ignore[type-var] # it is a generator
            async for told in given:
                if told.data is None:
                    await self._fail(identity, told.errors or [])
                    return
                await self._say({"id": identity, "type": "next", "payload": told.payload()})
        self._operations.pop(identity, None)  # first, so that the id can be used again
        await self._say({"id": identity, "type": "complete"})

    async def _fail(self, identity: str, errors: list[dict[str, Any]]) -> None:
        self._operations.pop(identity, None)
        await self._say({"id": identity, "type": "error", "payload": errors})

    async def _ping(self) -> None:
        while True:
            self._silent = True
            await self._say({"type": "ping"})
            await asyncio.sleep(PING_SECONDS)
            if self._silent:
                raise _CloseError(GOING_AWAY, "No answer to a ping")

    async def _answer_ping(self, message: dict[str, Any]) -> None:
        if message["type"] == "ping":
            await self._say({"type": "pong"})

    async def _say(self, message: dict[str, Any]) -> None:
        try:
            await _timely(self._socket.send_text(as_text(message)))
        except TimeoutError:
            raise _CloseError(GOING_AWAY, "Nothing is being read") from None

    async def _next(self) -> dict[str, Any]:
        """The next message, of a type that a client may send."""
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code") or GOING_AWAY)
        self._silent = False
        text = event.get("text")
        if text is None:
            raise _bad("Only text is read")
        if len(text) > LARGEST_MESSAGE:
            raise _CloseError(TOO_BIG, "Message too big")
        try:
            message = read_json(text.encode(), "")
        except (RefusedError, UnicodeEncodeError) as error:
            raise _bad("Invalid JSON") from error
        if not isinstance(message, dict) or message.get("type") not in _TYPES:
            raise _bad("Invalid message type")
        return message


_TYPES = ("connection_init", "ping", "pong", "subscribe", "complete")


def _bad(reason: str) -> _CloseError:
    return _CloseError(BAD_MESSAGE, reason)


def _id_of(message: dict[str, Any]) -> str:
    identity = message.get("id")
    if not isinstance(identity, str) or not 0 < len(identity) <= LONGEST_ID:
        raise _bad("Invalid id")
    return identity


def _code_of(error: OperationError) -> ErrorCode:
    if isinstance(error, OperationIdError):
        return ErrorCode.BAD_INPUT
    forbidden = isinstance(error, OperationForbiddenError)
    return ErrorCode.FORBIDDEN if forbidden else ErrorCode.PERSISTED_OPERATION_NOT_FOUND


def _seconds_of(viewer: Viewer) -> float:
    """How long a stream of the viewer may last: no longer than the token."""
    left = (viewer.expires_at - datetime.now(UTC)).total_seconds()
    return max(0.0, min(LONGEST_SECONDS, left))


async def _timely(sending: Any) -> None:
    """Send. Raises TimeoutError when nothing is taken."""
    async with asyncio.timeout(SEND_SECONDS):
        await sending
