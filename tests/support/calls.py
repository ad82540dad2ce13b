"""Call the application over HTTP, and as a server would over bare ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from hub.web.app import create_app

Use = Callable[[httpx.AsyncClient], Awaitable[Any]]


def over_http(url: str, use: Use) -> Any:
    """What `use` makes of a client of a running application."""

    async def run() -> Any:
        app = create_app(url, pool_size=2)
        transport = httpx.ASGITransport(app)
        client = httpx.AsyncClient(transport=transport, base_url="http://hub")
        async with app.router.lifespan_context(app), client:
            return await use(client)

    return asyncio.run(run())


def send(
    url: str, token: str | None, content: bytes | str, headers: dict[str, str] | None = None
) -> httpx.Response:
    """POST this body to /graphql."""
    sent = {"Content-Type": "application/json"} | (headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    response: httpx.Response = over_http(
        url, lambda client: client.post("/graphql", content=content, headers=sent)
    )
    return response


def get(url: str, path: str, **options: Any) -> httpx.Response:
    """GET this path."""
    response: httpx.Response = over_http(url, lambda client: client.get(path, **options))
    return response


def call(url: str, method: str, path: str, **options: Any) -> httpx.Response:
    """A request by any method."""
    response: httpx.Response = over_http(
        url, lambda client: client.request(method, path, **options)
    )
    return response


def code_of(response: httpx.Response) -> str:
    """The code of the error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


@dataclass
class Exchange:
    """What passed between a server and the application: messages read of those there were."""

    read: int
    sent: list[dict[str, Any]]

    @property
    def status(self) -> int | None:
        """The status that was sent, if any."""
        return self.sent[0]["status"] if self.sent else None


def exchange(
    url: str, headers: dict[str, str], messages: Iterable[dict[str, Any]], **scope: Any
) -> Exchange:
    """Hand these messages to POST /graphql one at a time, as a server does."""
    coming = list(messages)
    done = Exchange(0, [])

    async def receive() -> dict[str, Any]:
        done.read += 1
        return coming[done.read - 1]

    async def send_on(message: Any) -> None:
        done.sent.append(message)

    async def run() -> None:
        app = create_app(url, pool_size=2)
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        given = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
        async with app.router.lifespan_context(app):
            await app(given | {"headers": raw} | scope, receive, send_on)

    asyncio.run(run())
    return done
