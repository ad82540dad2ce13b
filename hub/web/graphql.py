"""GraphQL over HTTP: who asks, what is asked, and the answer, never a fault of ours for theirs.

Follows the GraphQL-over-HTTP specification. Written on bare ASGI, since the cost of this layer is
paid by every request.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import psycopg
from graphql import GraphQLError, OperationType, get_operation_ast, parse
from psycopg_pool import PoolTimeout
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from hub.core.access.clients import (
    OperationError,
    OperationForbiddenError,
    OperationIdError,
    resolve,
)
from hub.core.access.tokens import Viewer
from hub.core.access.viewers import Viewers
from hub.core.store.reader import Pool
from schema.api import respond
from schema.context import Context
from schema.errors import UNAVAILABLE, ErrorCode, plain_error

_ASKING = ("GET", "HEAD", "POST")
_ALLOW = (b"allow", b"GET, HEAD, POST, OPTIONS")

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"

_OFFERED = (GRAPHQL_JSON, JSON, EVENT_STREAM)  # the first of equals is given
_COMMON = [(b"cache-control", b"no-store"), (b"vary", b"Accept, Authorization")]
_HEADS = {
    kind: [(b"content-type", f"{kind}; charset=utf-8".encode()), *_COMMON]
    for kind in (GRAPHQL_JSON, JSON)
}
_WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)
_LONGEST_ACCEPT = 1000  # of which anything is read
_MOST_PARAMETERS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation as the caller sent it: a text, or the id of one that was stored before."""

    query: str | None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    document_id: str | None = None


# Answers as a stream of events; it sends the whole response itself.
Events = Callable[[Viewer, Asked, Receive, Send], Awaitable[None]]


class RefusedError(Exception):
    """The request is not answered by the schema."""

    def __init__(
        self,
        status: int,
        message: str,
        code: ErrorCode = ErrorCode.BAD_INPUT,
        header: tuple[bytes, bytes] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = json.dumps({"errors": [plain_error(code, message)]}).encode()
        self.headers = [header] if header else []


class GraphQL:
    """The endpoint, as an ASGI application: POST with a JSON body, or GET with a query.

    `events` answers those who accept `text/event-stream`; in an office of `one_person` whoever
    uploads may publish.
    """

    def __init__(
        self,
        pool: Pool,
        viewers: Viewers,
        events: Events | None = None,
        *,
        one_person: bool = False,
    ) -> None:
        self._pool = pool
        self._viewers = viewers
        self._events = events
        self._one_person = one_person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await reply(scope, send, 204, [_ALLOW], b"")
            return
        headers = dict(scope["headers"])
        kind = JSON
        try:
            if scope["method"] not in _ASKING:
                raise RefusedError(405, "Ask by POST or GET.", header=_ALLOW)
            kind = self._kind(headers)
            viewer = await self._viewer(headers)
            asked = await _read(scope, headers, receive, viewer.limits.body_bytes)
            query = await self._query(viewer, asked, kind)
            if scope["method"] != "POST":
                _only_read(query, asked.operation_name, viewer.limits.tokens)
        except RefusedError as refused:
            head = [*_HEADS.get(kind, _HEADS[JSON]), *refused.headers]
            await reply(scope, send, refused.status, head, refused.body)
            return
        if kind == EVENT_STREAM and self._events is not None:
            await self._events(viewer, replace(asked, query=query), receive, send)
            return
        context = Context.of(viewer, self._pool, one_person=self._one_person)
        answer = await respond(context, query, asked.variables, asked.operation_name)
        await reply(scope, send, _status(kind, ran=answer.ran), _HEADS[kind], answer.body)

    def _kind(self, headers: Mapping[bytes, bytes]) -> str:
        accept = headers.get(b"accept") or b"*/*"
        kind = media_type(accept[:_LONGEST_ACCEPT])
        if kind is None or (kind == EVENT_STREAM and self._events is None):
            raise RefusedError(406, f"Answers are {GRAPHQL_JSON} or {JSON}.")
        return kind

    async def _viewer(self, headers: Mapping[bytes, bytes]) -> Viewer:
        token = bearer(headers)
        if not token:
            raise unauthenticated("A bearer token is needed.")
        try:
            viewer = await self._viewers.behind(token)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise unavailable() from error
        if viewer is None:
            raise unauthenticated("The token is not valid.")
        return viewer

    async def _query(self, viewer: Viewer, asked: Asked, kind: str) -> str:
        """The text to run."""
        try:
            return await resolve(self._pool, viewer, asked.query, asked.document_id)
        except OperationIdError as error:
            raise RefusedError(400, str(error)) from error
        except OperationForbiddenError as error:
            raise RefusedError(403, str(error), ErrorCode.FORBIDDEN) from error
        except OperationError as error:
            status = _status(kind, ran=False)
            code = ErrorCode.PERSISTED_OPERATION_NOT_FOUND
            raise RefusedError(status, str(error), code) from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise unavailable() from error


def _status(kind: str, *, ran: bool) -> int:
    """The newer media type tells a refused request by its status; the older one says 200."""
    return 200 if ran or kind == JSON else 400


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """The token in the headers of a request; empty when there is none."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def reply(
    scope: Scope, send: Send, status: int, head: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """Send a whole answer."""
    headers = [*head, (b"content-length", b"%d" % len(body))] if status != 204 else head
    await send({"type": "http.response.start", "status": status, "headers": headers})
    shown = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


@lru_cache(maxsize=256)
def media_type(accept: bytes) -> str | None:
    """The media type to answer with, by an Accept header; None when none of ours will do."""
    wanted: dict[str, float] = {}
    for part in accept.decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        wanted[name] = float(weight) if _WEIGHT.fullmatch(weight) else 0.0
    # A wildcard means the oldest type: the others are for those who name them.
    wanted.setdefault(JSON, wanted.get("application/*", wanted.get("*/*", 0.0)))
    best = max(_OFFERED, key=lambda kind: wanted.get(kind, 0.0))
    return best if wanted.get(best) else None


async def _read(scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, most: int) -> Asked:
    if scope["method"] == "POST":
        return await _from_body(headers, receive, most)
    return _from_url(scope["query_string"], most)


async def _from_body(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> Asked:
    kind = headers.get(b"content-type", b"")
    if kind != b"application/json" and not _is_json(kind):
        raise RefusedError(415, f"Send the query as {JSON} in UTF-8.")
    given = read_json(await _body(headers, receive, most), "The body is not valid JSON.")
    if not isinstance(given, dict):
        _bad("The body must be one JSON object; batches are not answered.")
    return read_asked(given)


def _is_json(content_type: bytes) -> bool:
    name, *parameters = (p.strip() for p in content_type.decode("latin-1").lower().split(";"))
    charsets = [p[8:].strip('"') for p in parameters if p.startswith("charset=")]
    return name == JSON and all(charset in ("utf-8", "utf8") for charset in charsets)


async def _body(headers: Mapping[bytes, bytes], receive: Receive, most: int) -> bytes:
    """The body; one that is announced or found to be larger than `most` is not read on."""
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or len(announced) > 18 or int(announced) > most:
        raise _too_large(most)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        more = message.get("more_body", False)
    return bytes(body)


def _from_url(query_string: bytes, most: int) -> Asked:
    if len(query_string) > most:
        raise RefusedError(414, f"A request has at most {most // 1024} KB.")
    try:
        pairs = parse_qsl(
            query_string.decode(), True, errors="strict", max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        _bad("The address is not a query in UTF-8.")
    given: dict[str, Any] = {name: value for name, value in pairs if value}
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = read_json(given[name].encode(), f"`{name}` is not valid JSON.")
    return read_asked(given)


def _only_read(query: str, operation_name: str | None, tokens: int) -> None:
    """Raises RefusedError when anything but a query would run."""
    try:
        document = parse(query, no_location=True, max_tokens=tokens)
    except (GraphQLError, RecursionError):
        return  # the schema tells what is wrong with it
    operation = get_operation_ast(document, operation_name)
    if operation is not None and operation.operation is not OperationType.QUERY:
        raise RefusedError(405, "By GET only queries are answered.", header=(b"allow", b"POST"))


def read_asked(given: Mapping[str, Any]) -> Asked:
    """The operation in what a caller sent. Raises RefusedError."""
    query, document_id = given.get("query"), given.get("documentId")
    variables, operation_name = given.get("variables"), given.get("operationName")
    if query is not None and not (isinstance(query, str) and query.strip()):
        _bad("`query` must be text.")
    if document_id is not None and not isinstance(document_id, str):
        _bad("`documentId` must be text.")
    if variables is not None and not isinstance(variables, dict):
        _bad("`variables` must be an object.")
    if operation_name is not None and not isinstance(operation_name, str):
        _bad("`operationName` must be text.")
    extensions = given.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        _bad("`extensions` must be an object.")
    return Asked(query, variables, operation_name or None, document_id)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _no_constant(_: str) -> NoReturn:
    raise ValueError


_DECODE = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant).decode


def read_json(text: bytes, message: str) -> Any:
    """Strict JSON. Raises RefusedError with `message`."""
    try:
        given = _DECODE(text.decode())
        if b"\\u" in text:  # half a character can be escaped, but not be text
            json.dumps(given, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        _bad(message)
    return given


def _bad(message: str) -> NoReturn:
    raise RefusedError(400, message)


def _too_large(most: int) -> RefusedError:
    # The rest of the body is not worth reading, so the connection cannot be used again.
    close = (b"connection", b"close")
    return RefusedError(413, f"A request has at most {most // 1024} KB.", header=close)


def unavailable(message: str = UNAVAILABLE) -> RefusedError:
    """The database is away."""
    return RefusedError(503, message, ErrorCode.INTERNAL, (b"retry-after", b"3"))


def unauthenticated(message: str) -> RefusedError:
    """Nobody stands behind the token."""
    header = (b"www-authenticate", b'Bearer realm="hub"')
    return RefusedError(401, message, ErrorCode.UNAUTHENTICATED, header)
