"""`POST /upload`: a file into the spool, as the raw body, by a token that may upload.

What makes a delivery of it comes after, in GraphQL. Nothing here looks into the file.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from hub.core.access.rights import Right
from hub.core.access.tokens import Viewer
from hub.core.access.viewers import Viewers
from hub.core.ingest.spool import EmptyError, FullError, Spool, Spooled, TooLargeError
from hub.core.store.queries.uploads import UploadRow, add_upload
from hub.web.graphql import JSON, RefusedError, bearer, reply, unauthenticated, unavailable
from schema.errors import ErrorCode

IDLE_SECONDS = 60.0  # without a byte
LONGEST_NAME = 255  # bytes

_HEAD = [(b"content-type", f"{JSON}; charset=utf-8".encode()), (b"cache-control", b"no-store")]
_CLOSE = (b"connection", b"close")
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # kinds of characters that only mislead in a name

_AWAY = (
    "Basis data hub sedang tidak dapat dihubungi; unggah lagi sebentar lagi."
    " / The registry is not available; upload again in a moment."
)
NO_TOKEN = (
    "Token tidak ada atau tidak berlaku lagi; masuk kembali."  # noqa: S105 - a sentence
    " / The token is missing or no longer valid; sign in again."
)
_NO_RIGHT = "Token ini tidak berhak mengunggah kiriman. / This token may not upload deliveries."
_NO_NAME = (
    f"Header X-File-Name harus berisi nama berkas, paling panjang {LONGEST_NAME} bita, dalam UTF-8"
    f" berkode persen. / The header X-File-Name must hold the name of the file, of at most"
    f" {LONGEST_NAME} bytes, as percent-encoded UTF-8."
)
_EMPTY = "Berkas kosong: tidak ada isi yang diterima. / The file is empty: nothing was received."
_FULL = (
    "Penyimpanan hub penuh dan berkas tidak disimpan; beri tahu pengelola hub, lalu unggah lagi."
    " / The disk of the hub is full and the file was not kept; tell who runs the hub, then upload"
    " again."
)


class Upload:
    """The endpoint, as an ASGI application."""

    def __init__(self, spool: Spool, viewers: Viewers, database_url: str) -> None:
        self._spool = spool
        self._viewers = viewers
        self._database_url = database_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except RefusedError as refused:
            head = [*_HEAD, *refused.headers]
            await reply(scope, send, refused.status, head, refused.body)
        else:
            await reply(scope, send, 201, _HEAD, json.dumps(answer).encode())

    async def _answer(self, scope: Scope, receive: Receive) -> dict[str, Any]:
        if scope["method"] != "POST":
            message = "Unggah dengan POST. / Upload by POST."
            raise RefusedError(405, message, header=(b"allow", b"POST"))
        headers = dict(scope["headers"])
        account = await self._account(headers)
        file_name = _file_name(headers.get(b"x-file-name", b""))
        announced = headers.get(b"content-length", b"0")
        if (
            not announced.isdigit()
            or len(announced) > 18
            or (int(announced) > self._spool.most_bytes)
        ):
            raise self._too_large()
        spooled = await self._spooled(receive)
        row = UploadRow(account, spooled.sha256, spooled.size, file_name)
        identity = await self._noted(row)
        return {
            "uploadToken": str(identity),
            "sha256": spooled.sha256,
            "size": spooled.size,
        }

    async def _account(self, headers: Mapping[bytes, bytes]) -> UUID:
        """The account that uploads."""
        try:
            viewer: Viewer | None = await self._viewers.behind(bearer(headers))
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise unavailable(_AWAY) from error
        if viewer is None:
            raise unauthenticated(NO_TOKEN)
        if Right.UPLOAD not in viewer.rights or viewer.account_id is None:
            raise RefusedError(403, _NO_RIGHT, ErrorCode.FORBIDDEN)
        return viewer.account_id

    async def _spooled(self, receive: Receive) -> Spooled:
        try:
            async with aclosing(_chunks(receive)) as chunks:
                return await self._spool.take(chunks)
        except EmptyError as error:
            raise RefusedError(400, _EMPTY) from error
        except TooLargeError as error:
            # It can be endless, so it is not read on.
            raise self._too_large(_CLOSE) from error
        except FullError as error:
            raise RefusedError(507, _FULL, ErrorCode.INTERNAL, _CLOSE) from error

    async def _noted(self, row: UploadRow) -> UUID:
        try:
            # The pool of the readers cannot write; beside a whole file a connection costs little.
            opened = await psycopg.AsyncConnection.connect(self._database_url, connect_timeout=5)
            async with opened as connection:
                return await add_upload(connection, row)
        except psycopg.errors.DiskFull as error:
            raise RefusedError(507, _FULL, ErrorCode.INTERNAL) from error
        except psycopg.OperationalError as error:
            raise unavailable(_AWAY) from error

    def _too_large(self, header: tuple[bytes, bytes] | None = None) -> RefusedError:
        most = self._spool.most_bytes >> 20
        message = f"Berkas paling besar {most} MB. / A file has at most {most} MB."
        return RefusedError(413, message, header=header)


async def _chunks(receive: Receive) -> AsyncGenerator[bytes]:
    """The body as it comes."""
    more = True
    while more:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await receive()
        except TimeoutError as error:
            waited = round(IDLE_SECONDS)
            raise RefusedError(
                408,
                f"Unggahan terhenti: tidak ada data selama {waited} detik; unggah lagi."
                f" / The upload stalled: nothing came for {waited} seconds; upload again.",
                header=_CLOSE,
            ) from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        yield message.get("body", b"")
        more = message.get("more_body", False)


def _file_name(header: bytes) -> str:
    """The name of the file without folders, and without characters that cannot be seen."""
    try:
        text = unquote_to_bytes(header).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(400, _NO_NAME) from error
    seen = "".join(c for c in text if unicodedata.category(c) not in _UNSEEN)
    name = seen.replace("\\", "/").rpartition("/")[2].strip()
    if name in ("", ".", "..") or len(name.encode()) > LONGEST_NAME:
        raise RefusedError(400, _NO_NAME)
    return name
