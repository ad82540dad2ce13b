"""What is wanted of a delivery, and how one step of it is done: wholly, or it is still wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from adapters.delivery import Progress
from hub.core.ingest.announcing import Announcer
from hub.core.store.progress import CHANNEL, NOTIFY
from hub.core.store.progress import Progress as Said
from hub.core.store.roles import act_as_importer

Connection = psycopg.Connection[Any]

_ALONE = "select pg_try_advisory_lock(hashtextextended('advance ' || %s, 0))"
_LET_GO = "select pg_advisory_unlock(hashtextextended('advance ' || %s, 0))"
_ANY = """
select id, state, sha256, file_name, coalesce(wanted, '') as wanted, wanted_by, uploaded_by, scope,
       options, mends, received_at
from delivery where id = %s
"""
_WANTED = f"{_ANY} and wanted is not null"
_STILL = "select from delivery where id = %s and wanted = %s for update"


@dataclass(frozen=True)
class Work:
    """A delivery, and what is wanted of it; "" where nothing is."""

    id: UUID
    state: str
    sha256: str
    file_name: str
    wanted: str
    wanted_by: str | None
    uploaded_by: str | None
    scope: list[str] | None
    options: dict[str, Any]
    mends: UUID | None
    received_at: datetime

    @property
    def regions(self) -> tuple[str, ...]:
        """The region prefixes whose rows its uploader may bring; ("",) is all of Indonesia."""
        return ("",) if self.scope is None else tuple(self.scope)


class NotWantedError(Exception):
    """Somebody decided otherwise while the work was being done: it is taken back."""


def wanted(connection: Connection, delivery_id: UUID) -> Work | None:
    """What is wanted of the delivery now, if anything."""
    return _read(connection, _WANTED, delivery_id)


def work_on(connection: Connection, delivery_id: UUID) -> Work | None:
    """The delivery with this id, whatever is wanted of it."""
    return _read(connection, _ANY, delivery_id)


def _read(connection: Connection, query: str, delivery_id: UUID) -> Work | None:
    with connection.cursor(row_factory=class_row(Work)) as cursor:
        return cursor.execute(query, (delivery_id,)).fetchone()


@contextmanager
def alone(connection: Connection, delivery_id: UUID) -> Iterator[bool]:
    """Whether nobody else is at work on the delivery; nobody is until the block ends."""
    row = connection.execute(_ALONE, (str(delivery_id),)).fetchone()
    held = row is not None and bool(row[0])
    try:
        yield held
    finally:
        if held and not connection.closed:
            connection.execute(_LET_GO, (str(delivery_id),))


@contextmanager
def acting(connection: Connection) -> Iterator[None]:
    """One transaction, as the importer."""
    with connection.transaction():
        act_as_importer(connection)
        yield


@contextmanager
def step(connection: Connection, work: Work) -> Iterator[None]:
    """One transaction in which the work is done; raises NotWantedError, before and instead, when
    it is no longer wanted."""
    with acting(connection):
        if not connection.execute(_STILL, (work.id, work.wanted)).rowcount:
            raise NotWantedError
        yield


@contextmanager
def announced(connection: Connection, work: Work, progress: Progress) -> Iterator[Progress]:
    """Tells `progress`, and those who listen to the database, how far the work is."""
    announcer = Announcer(connection, work.id)

    def tell(name: str, done: int | None = None, total: int | None = None, /) -> None:
        progress(name, done, total)
        announcer.tell(name, done, total)

    try:
        yield tell
    finally:
        announcer.close()


def say(connection: Connection, delivery_id: UUID, state: str) -> None:
    """Tell those who listen, once the caller's transaction is committed, that it is so."""
    connection.execute(NOTIFY, (CHANNEL, Said(delivery_id, state).message()))
