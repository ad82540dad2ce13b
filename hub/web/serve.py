"""Run the web application in this process, and tell when it answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from typing_extensions import override

from hub.core.ingest.spool import Spool
from hub.web.app import create_app
from hub.web.subscriptions import LARGEST_MESSAGE, Streams

STOP_SECONDS = 15  # an answer takes less; an upload that does not is broken off


class ServeError(Exception):
    """The server cannot start; the message is one sentence in both languages."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; raises ServeError when the port is taken."""
    try:
        bound = socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise ServeError(
            f"Alamat {host}:{port} sudah dipakai; pilih yang lain dengan HUB_PORT."
            f" / Address {host}:{port} is taken; choose another with HUB_PORT."
        ) from error
    # Connections inherit it. Without it the body of an answer waits for the caller to
    # acknowledge its head, which takes 40 ms; asyncio sets it only on sockets it opened itself.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


def serve(
    database_url: str,
    bound: socket.socket,
    ready: Callable[[str], None],
    spool: Spool | None = None,
    *,
    one_person: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM. `ready` is called once, with the address, from a thread."""
    server = _server(database_url, spool, one_person=one_person)
    threading.Thread(target=_announce, args=(server, bound, ready), daemon=True).start()
    with suppress(KeyboardInterrupt):  # Ctrl+C is how one stops it, not a failure
        server.run(sockets=[bound])


@contextmanager
def served(database_url: str, bound: socket.socket, spool: Spool | None = None) -> Iterator[str]:
    """Serve in a thread for the block; yields the address."""
    server = _server(database_url, spool)
    up = threading.Event()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    announce = threading.Thread(
        target=_announce, args=(server, bound, lambda _: up.set()), daemon=True
    )
    thread.start()
    announce.start()
    try:
        if not up.wait(60):
            raise ServeError("Server tidak menjawab. / The server does not answer.")
        yield address_of(bound)
    finally:
        server.should_exit = True
        thread.join(30)


def address_of(bound: socket.socket) -> str:
    """The address under which a bound socket is reached."""
    host, port = bound.getsockname()[:2]
    return f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """When it stops it ends the streams first: it waits for every answer to be complete."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        super().__init__(config)
        self._streams = streams

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._streams.end()
        await super().shutdown(sockets)


def _server(database_url: str, spool: Spool | None, *, one_person: bool = False) -> uvicorn.Server:
    app = create_app(database_url, spool=spool, one_person=one_person)
    # The application logs requests itself, without addresses and query strings.
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # nothing of ours looks at the address of the caller
        server_header=False,
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,  # messages are small, and its memory is not
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    return _Server(config, app.state.streams)


def _announce(server: uvicorn.Server, bound: socket.socket, ready: Callable[[str], None]) -> None:
    wait = threading.Event()
    while not server.started:
        if server.should_exit:
            return
        wait.wait(0.02)
    ready(address_of(bound))
