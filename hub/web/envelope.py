"""Around every request: a number, safe headers, one log line, and no fault that escapes."""

from __future__ import annotations

import logging
import time
import uuid

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)

# React sets style attributes; no script, font, image or connection leaves this origin.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_GONE = 499  # as nginx writes it in its log; nothing is sent
_KNOWN = ("/graphql", "/graphiql", "/static", "/healthz", "/readyz")


class Envelope:
    """ASGI middleware; log lines hold neither query strings, bodies, addresses nor accounts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number, start = uuid.uuid4().hex, time.perf_counter()
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update({**_HEADERS, "X-Request-Id": number})
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except ClientDisconnect:
            status = _GONE
        except Exception as error:
            _log.error("unexpected error", extra={"error": type(error).__name__, "id": number})
            if status == 0:
                fault = {"message": "Unexpected error.", "extensions": {"code": "INTERNAL"}}
                await JSONResponse({"errors": [fault]}, 500)(scope, receive, send_on)
        _log.info(
            "request",
            extra={
                "id": number,
                "method": scope["method"],
                "path": _place(scope["path"]),
                "status": status,
                "ms": round((time.perf_counter() - start) * 1000, 1),
            },
        )


def _place(path: str) -> str:
    """The path as far as it is ours: the rest is the caller's and can hold anything."""
    if path == "/":
        return path
    return next((k for k in _KNOWN if path == k or path.startswith(f"{k}/")), "other")
