"""Persisted operations: what a client may send as an id, and in allow-list mode must."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from uuid import UUID

from hub.core.access.tokens import Viewer
from hub.core.store.queries.clients import stored_text
from hub.core.store.reader import Pool

REMEMBERED_SECONDS = 30.0
"""How long a removed operation may still be answered."""

_MOST_CHARACTERS = 16_000_000
_FORM = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.ASCII)


class OperationError(Exception):
    """The operation is not run; the message is one sentence for the caller."""


class OperationIdError(OperationError):
    """What is sent as an id is none, or a text comes with it."""


class OperationNotFoundError(OperationError):
    """No operation with this id is stored for the client."""


class OperationForbiddenError(OperationError):
    """The client may run stored operations only, and this is none."""


class _Memory:
    """The texts read last, for a short while; of bounded size."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[UUID, str], tuple[float, str]] = OrderedDict()
        self._characters = 0

    def get(self, key: tuple[UUID, str]) -> str | None:
        until, text = self._texts.get(key, (0.0, ""))
        return text if time.monotonic() < until else None

    def put(self, key: tuple[UUID, str], text: str) -> None:
        self._forget(key)
        self._texts[key] = time.monotonic() + REMEMBERED_SECONDS, text
        self._characters += len(text)
        while self._characters > _MOST_CHARACTERS:
            self._forget(next(iter(self._texts)))

    def _forget(self, key: tuple[UUID, str]) -> None:
        _, text = self._texts.pop(key, (0.0, ""))
        self._characters -= len(text)


_memory = _Memory()


async def operation_text(pool: Pool, account_id: UUID, sha256: str) -> str | None:
    """The operation stored for the client under this hash. Raises psycopg.Error, PoolTimeout."""
    key = account_id, sha256
    text = _memory.get(key)
    if text is None:
        text = await stored_text(pool, account_id, sha256)
        if text is not None:
            _memory.put(key, text)
    return text


async def resolve(pool: Pool, viewer: Viewer, text: str | None, document_id: str | None) -> str:
    """The text to run for what the caller sent: a text, or the id of a stored one.

    Raises OperationError when it may not run, psycopg.Error and PoolTimeout.
    """
    if (text is None) == (document_id is None):
        raise OperationIdError("Give either `query` or `documentId`.")
    if text is not None and not viewer.allow_listed:
        return text
    sha256 = _asked(document_id) if text is None else document_hash(text)
    account = viewer.account_id
    stored = None if account is None else await operation_text(pool, account, sha256)
    if stored is not None:
        return stored
    if text is None:
        raise OperationNotFoundError(
            "No operation with this `documentId` is stored for this client."
        )
    raise OperationForbiddenError("This client may run only the operations stored for it.")


def document_hash(text: str) -> str:
    """What a document is stored and asked for under: the SHA-256 of its UTF-8, in hexadecimal."""
    # A lone surrogate is no UTF-8; such a text is stored for nobody.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _asked(document_id: str | None) -> str:
    form = _FORM.fullmatch(document_id or "")
    if form is None:
        raise OperationIdError("`documentId` is `sha256:` and 64 lower-case hexadecimal digits.")
    return form[1]
