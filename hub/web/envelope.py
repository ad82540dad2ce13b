"""Around every request: a number, safe headers, one log line, and no fault that escapes."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)

# React sets style attributes; no script, font, image or connection leaves this origin.
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    b" font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    b" form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_FAULT = b'{"errors":[{"message":"Unexpected error.","extensions":{"code":"INTERNAL"}}]}'
_FAULT_HEADERS = [
    (b"content-type", b"application/json; charset=utf-8"),
    (b"content-length", b"%d" % len(_FAULT)),
]
_GONE = 499  # as nginx writes it in its log; nothing is sent
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_KNOWN = ("/graphql", "/upload", "/deliveries", "/graphiql", "/static", "/healthz", "/readyz")


class Envelope:
    """ASGI middleware; log lines hold neither query strings, bodies, addresses nor accounts."""

    def __init__(self, app: ASGIApp, direct: Mapping[str, ASGIApp]) -> None:
        self.app = app
        self.direct = direct  # by path, past the routing: it costs as much as it finds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number, start = os.urandom(16).hex(), time.perf_counter()
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", ())
                message["headers"] = [*given, *_HEADERS, (b"x-request-id", number.encode())]
            await send(message)

        try:
            await self.direct.get(scope["path"], self.app)(scope, receive, send_on)
        except ClientDisconnect:
            status = _GONE
        except Exception as error:
            _log.error("unexpected error", extra={"error": type(error).__name__, "id": number})
            if status == 0:
                await send_on(
                    {"type": "http.response.start", "status": 500, "headers": _FAULT_HEADERS}
                )
                await send_on({"type": "http.response.body", "body": _FAULT})
        method = scope["method"]
        _log.info(
            "request",
            extra={
                "id": number,
                "method": method if method in _METHODS else "other",
                "path": _place(scope["path"]),
                "status": status,
                "ms": round((time.perf_counter() - start) * 1000, 1),
            },
        )


def _place(path: str) -> str:
    """The path as far as it is ours: the rest is the caller's and can hold anything."""
    if path == "/" or path in _KNOWN:
        return path
    return next((known for known in _KNOWN if path.startswith(f"{known}/")), "other")
