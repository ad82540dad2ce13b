"""The Starlette application: GraphQL, GraphiQL, health, and a page that says what this is."""

from __future__ import annotations

import asyncio
import gc
import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from psycopg_pool import PoolTimeout
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from hub.core.access.viewers import Viewers
from hub.core.ingest.spool import Spool
from hub.core.store.feed import Feed
from hub.core.store.reader import Pool, make_pool
from hub.web import logs
from hub.web.books import Workbooks
from hub.web.envelope import Envelope
from hub.web.graphql import GraphQL
from hub.web.subscriptions import Streams
from hub.web.upload import Upload

_HERE = Path(__file__).parent
_GRAPHIQL_PACKAGE = "graphene_django_graphiql_static"


def create_app(
    database_url: str,
    *,
    pool_size: int = 8,
    spool: Spool | None = None,
    one_person: bool = False,
) -> Starlette:
    """The application over the database at `database_url`, with up to `pool_size` connections.

    Without a `spool` for them there are no uploads; in an office of `one_person` whoever uploads
    may publish.
    It starts also while the database is away, and says so at /readyz. The server in front of it
    must not log query strings, since a query by GET can hold a NIK.
    """
    logs.configure()
    pool = make_pool(database_url, pool_size)
    viewers = Viewers.of(pool)
    streams = Streams(pool, viewers, Feed(database_url))
    graphql = GraphQL(pool, viewers, streams.events, one_person=one_person)
    direct: dict[str, ASGIApp] = {"/graphql": graphql}
    if spool is not None:
        direct["/upload"] = Upload(spool, viewers, database_url)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await pool.open(wait=False)
        if spool is not None:
            await asyncio.to_thread(spool.sweep_partials)
        # What is there now stays: no later search for garbage needs to look at it again.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            await pool.close()

    app = Starlette(
        routes=[*_routes(streams), *([] if spool is None else _books(pool, viewers, spool))],
        lifespan=lifespan,
        middleware=[Middleware(Envelope, direct=direct)],
        exception_handlers={HTTPException: _refused},
    )
    app.state.pool = pool
    app.state.streams = streams
    return app


def _routes(streams: Streams) -> list[BaseRoute]:
    return [
        WebSocketRoute("/graphql", streams),
        Route("/graphiql", _page("graphiql.html")),
        Mount("/graphiql/assets", StaticFiles(directory=_graphiql_folder())),
        Mount("/static", StaticFiles(directory=_HERE / "static")),
        Route("/healthz", _healthy),
        Route("/readyz", _ready),
        Route("/", _page("index.html")),
    ]


def _books(pool: Pool, viewers: Viewers, spool: Spool) -> list[BaseRoute]:
    return [Route("/deliveries/{delivery}/workbook", Workbooks(pool, viewers, spool))]


def _graphiql_folder() -> Path:
    """The folder of GraphiQL's files; the package around them needs Django to be imported."""
    found = importlib.util.find_spec(_GRAPHIQL_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise RuntimeError(f"The package {_GRAPHIQL_PACKAGE} is not installed.")
    return Path(found.submodule_search_locations[0]) / "static" / _GRAPHIQL_PACKAGE


def _page(name: str) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that gives a page of ours."""
    html = (_HERE / "pages" / name).read_text(encoding="utf-8")

    async def page(_: Request) -> Response:
        return HTMLResponse(html)

    return page


async def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _ready(request: Request) -> Response:
    """Whether the database answers and has our schema."""
    pool: Pool = request.app.state.pool
    try:
        async with pool.connection(timeout=2) as connection:
            await connection.execute("select version_num from alembic_version")
    except (psycopg.Error, PoolTimeout):
        return JSONResponse({"status": "database unavailable"}, status_code=503)
    return JSONResponse({"status": "ready"})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    headers = error.headers
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=headers)
