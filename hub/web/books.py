"""`GET /deliveries/{id}/workbook`: the file of a delivery back, every fault marked.

A worker writes it; whoever asks is told to come again until it is there.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout
from starlette.types import Receive, Scope, Send

from hub.core.access.rights import Right
from hub.core.access.tokens import Viewer
from hub.core.access.viewers import Viewers
from hub.core.ingest.books import Book, ask
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.spool import Spool
from hub.core.store.queries import deliveries
from hub.core.store.reader import Pool, Reader, Row
from hub.web.graphql import JSON, RefusedError, bearer, reply, unauthenticated, unavailable
from hub.web.upload import NO_TOKEN
from schema.errors import ErrorCode, HubError
from schema.ids import read_id

RETRY_SECONDS = 2

_BLOCK = 1 << 18
_XLSX = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_COMMON = [(b"cache-control", b"no-store"), (b"vary", b"Authorization")]
_HEAD = [(b"content-type", f"{JSON}; charset=utf-8".encode()), *_COMMON]
_UNLIKE_A_TOKEN = re.compile(r"[^ !#$&\'()+,\-.0-9;=@A-Z\[\]^_`a-z{}~]")

_AWAY = (
    "Basis data hub sedang tidak dapat dihubungi; coba lagi sebentar lagi."
    " / The registry is not available; try again in a moment."
)
_NO_RIGHT = (
    "Token ini tidak berhak mengunduh buku kerja kiriman; perlu hak mengunggah atau menerbitkan."
    " / This token may not fetch workbooks of deliveries; it needs the right to upload or publish."
)
_NOT_FOUND = (
    "Kiriman ini tidak ada atau di luar wilayah Anda."
    " / There is no such delivery, or it is outside of your regions."
)
_BEYOND = (
    "Kiriman ini juga memuat wilayah lain, jadi berkasnya tidak dapat diunduh."
    " / This delivery reaches beyond your regions, so its file cannot be fetched."
)
_MASKED = (
    "Buku kerja memuat NIK dan nomor KK utuh: hanya untuk pengunggahnya dan token yang boleh"
    " melihatnya. / The workbook holds NIK and KK numbers whole: it is for who uploaded it, and for"
    " tokens that may see them."
)
_BAD_QUERY = (
    "Setelah tanda tanya hanya rows=bad yang dikenal. / After the question mark only rows=bad is"
    " known."
)


class Workbooks:
    """The endpoint, as an ASGI application."""

    def __init__(self, pool: Pool, viewers: Viewers, spool: Spool) -> None:
        self._pool = pool
        self._viewers = viewers
        self._spool = spool

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            row, book = await self._asked(scope)
            file = await asyncio.to_thread(_opened, book.path(self._spool))
            state = None if file else await self._state(row, book)
        except RefusedError as refused:
            await reply(scope, send, refused.status, [*_HEAD, *refused.headers], refused.body)
            return
        if file is not None:
            await _stream(scope, send, file, row["file_name"])
        else:
            head = [*_HEAD, (b"retry-after", b"%d" % RETRY_SECONDS)]
            await reply(scope, send, 202, head, json.dumps({"state": state}).encode())

    async def _asked(self, scope: Scope) -> tuple[Row, Book]:
        """The delivery, and its workbook that is asked for."""
        if scope["method"] not in ("GET", "HEAD"):
            message = "Unduh dengan GET. / Fetch by GET."
            raise RefusedError(405, message, header=(b"allow", b"GET, HEAD"))
        try:
            viewer = await self._viewer(dict(scope["headers"]))
            if scope["query_string"] not in (b"", b"rows=bad"):
                raise RefusedError(400, _BAD_QUERY)
            delivery = _identity(scope["path_params"]["delivery"])
            reader = Reader(self._pool, viewer.scope, viewer.limits.statement_seconds)
            row = None if delivery is None else await deliveries.touched(reader, delivery)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise unavailable(_AWAY) from error
        if delivery is None or row is None:
            raise RefusedError(404, _NOT_FOUND, ErrorCode.NOT_FOUND)
        if not (row["within"] or row["own"]):
            raise RefusedError(403, _BEYOND, ErrorCode.FORBIDDEN)
        if not (viewer.identified or row["own"]):
            raise RefusedError(403, _MASKED, ErrorCode.FORBIDDEN)
        bad_only = bool(scope["query_string"])
        return row, Book(delivery, row["at"], bad_only, viewer.identified)

    async def _viewer(self, headers: Mapping[bytes, bytes]) -> Viewer:
        viewer = await self._viewers.behind(bearer(headers))
        if viewer is None:
            raise unauthenticated(NO_TOKEN)
        if not viewer.rights & {Right.UPLOAD, Right.PUBLISH}:
            raise RefusedError(403, _NO_RIGHT, ErrorCode.FORBIDDEN)
        return viewer

    async def _state(self, row: Row, book: Book) -> str:
        """What keeps the workbook, which is ordered if nobody did."""
        if row["wanted"] == "CHECK":
            return "checking"  # it would be old as soon as it was written
        try:
            await self._pool.writer.run(lambda opened: ask(opened, self._spool, book))
        except Refusal as refusal:
            raise RefusedError(409, str(refusal), ErrorCode.REFUSED) from refusal
        except psycopg.OperationalError as error:
            raise unavailable(_AWAY) from error
        return "writing"


def _identity(given: str) -> UUID | None:
    """The delivery of an id as GraphQL gives it, or of its UUID."""
    with suppress(ValueError):
        return UUID(given)
    with suppress(HubError):
        return read_id(given, "Delivery").uuid
    return None


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None


async def _stream(scope: Scope, send: Send, file: BinaryIO, file_name: str) -> None:
    """Send the file block by block, as fast as the client takes them."""
    with file:
        size = os.fstat(file.fileno()).st_size
        head = [
            (b"content-type", _XLSX),
            (b"content-length", b"%d" % size),
            (b"content-disposition", _disposition(f"{Path(file_name).stem}-periksa.xlsx")),
            *_COMMON,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        more = scope["method"] != "HEAD"
        while more:
            block = await asyncio.to_thread(file.read, _BLOCK)
            more = bool(block)
            await send(_part(block, more=more))
        if scope["method"] == "HEAD":
            await send(_part(b"", more=False))


def _part(block: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": block, "more_body": more}


def _disposition(name: str) -> bytes:
    """The header that names a file: plainly for old clients, and as it is (RFC 6266, RFC 5987)."""
    plain = _UNLIKE_A_TOKEN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}".encode()
