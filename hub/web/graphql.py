"""GraphQL over HTTP: who asks, what is asked, and the answer, never a fault of ours for theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from hub.core.access import Viewer, authenticate
from hub.core.store.reader import Pool
from schema.api import respond
from schema.context import Context
from schema.errors import UNAVAILABLE, ErrorCode, plain_error

LARGEST_BODY = 256 * 1024

_JSON = "application/json"
_GRAPHQL_JSON = "application/graphql-response+json"


@dataclass
class _RefusedError(Exception):
    """The request is not answered by the schema."""

    status: int
    code: ErrorCode
    message: str


@dataclass(frozen=True)
class _Asked:
    """One operation as the caller sent it."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def graphql(request: Request) -> Response:
    """Answer one operation: POST with a JSON body, or GET with a query."""
    pool: Pool = request.app.state.pool
    try:
        viewer = await _viewer(request, pool)
        asked = _from_url(request) if request.method != "POST" else await _from_body(request)
    except _RefusedError as refused:
        return _refusal(request, refused)
    context = Context.of(viewer, pool)
    answer = await respond(context, asked.query, asked.variables, asked.operation_name)
    # The newer media type tells a refused request by its status; the older one says 200.
    refused_newly = not answer.ran and _media_type(request) == _GRAPHQL_JSON
    return _response(request, answer.body, 400 if refused_newly else 200)


async def _viewer(request: Request, pool: Pool) -> Viewer:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _RefusedError(401, ErrorCode.UNAUTHENTICATED, "A bearer token is needed.")
    try:
        async with pool.connection() as connection:
            viewer = await authenticate(connection, token.strip())
    except (psycopg.OperationalError, PoolTimeout) as error:
        raise _RefusedError(503, ErrorCode.INTERNAL, UNAVAILABLE) from error
    if viewer is None:
        raise _RefusedError(401, ErrorCode.UNAUTHENTICATED, "The token is not valid.")
    return viewer


async def _from_body(request: Request) -> _Asked:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON:
        _bad(f"Send the query as {_JSON}.", 415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            _bad(f"A request has at most {LARGEST_BODY // 1024} KB.", 413)
    given = _read_json(bytes(body), "The body is not valid JSON.")
    if not isinstance(given, dict):
        _bad("The body must be one JSON object; batches are not answered.")
    return _asked(given.get("query"), given.get("variables"), given.get("operationName"))


def _from_url(request: Request) -> _Asked:
    given = request.query_params
    variables = given.get("variables")
    return _asked(
        given.get("query"),
        _read_json(variables, "`variables` is not valid JSON.") if variables else None,
        given.get("operationName"),
    )


def _asked(query: object, variables: object, operation_name: object) -> _Asked:
    if not isinstance(query, str) or not query.strip():
        _bad("`query` must be text.")
    if not isinstance(variables, dict | None):
        _bad("`variables` must be an object.")
    if not isinstance(operation_name, str | None):
        _bad("`operationName` must be text.")
    return _Asked(query, variables, operation_name or None)


def _read_json(text: str | bytes, message: str) -> Any:
    def refuse(_: str) -> NoReturn:
        raise ValueError

    try:
        # Bytes are decoded here: left to itself the library also accepts UTF-16 and UTF-32.
        plain = text.decode("utf-8") if isinstance(text, bytes) else text
        return json.loads(plain, parse_constant=refuse)
    except (ValueError, RecursionError):
        _bad(message)


def _bad(message: str, status: int = 400) -> NoReturn:
    raise _RefusedError(status, ErrorCode.BAD_INPUT, message)


def _refusal(request: Request, refused: _RefusedError) -> Response:
    body = {"errors": [plain_error(refused.code, refused.message)]}
    response = _response(request, json.dumps(body).encode(), refused.status)
    if refused.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="hub"'
    if refused.status == 503:
        response.headers["Retry-After"] = "3"
    return response


def _response(request: Request, body: bytes, status: int) -> Response:
    headers = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}
    return Response(body, status, headers, media_type=_media_type(request))


def _media_type(request: Request) -> str:
    return _GRAPHQL_JSON if _GRAPHQL_JSON in request.headers.get("accept", "") else _JSON
