"""A file that was uploaded becomes a delivery, which waits for the worker to look at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from adapters.delivery import Options
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.claim import PUT_ASIDE
from hub.core.ingest.history import Action, note
from hub.core.ingest.jobs import wake
from hub.core.ingest.spool import Spool
from hub.core.ingest.waiting import clear
from hub.core.store.roles import act_as_importer
from mappings.load import layouts

Connection = psycopg.Connection[Any]

UNKNOWN_SOURCE = "UNKNOWN"
"""Source of a delivery that nobody has looked at yet."""

_BLOCK = 1 << 20
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('receive ' || %s, 0))"
# Locked, or the sweep of the spool could take it just now.
_UPLOAD = """
select sha256, size, file_name from upload where id = %s and account_id = %s for update
"""
_KNOWN = """
select id, state from delivery where sha256 = %s
order by state = any(%s), received_at limit 1
"""
# What was rejected or undone and comes again is the same delivery, looked at anew.
_ENTER = """
insert into delivery (id, source, layout, edition, region_code, file_name, sha256, size, state,
                      kept, wanted, wanted_by, uploaded_by, scope, options)
values (coalesce(%s, hub_uuid7()), %s, '', '', %s, %s, %s, %s, 'RECEIVED',
        true, 'CHECK', %s, %s, %s, %s)
on conflict (id) do update
set (source, layout, edition, region_code, file_name, state, kept, wanted, wanted_by, uploaded_by,
     scope, options, received_at, published_at, reference_date, mends, replaces, rows_read,
     rows_accepted, rows_warning, rows_rejected)
  = (excluded.source, '', '', excluded.region_code, excluded.file_name, 'RECEIVED', true, 'CHECK',
     excluded.wanted_by, excluded.uploaded_by, excluded.scope, excluded.options, now(), null, null,
     null, null, 0, 0, 0, 0)
returning id
"""
_REGION = "select code from region where code = %s"


@dataclass(frozen=True)
class Sender:
    """Who uploads: a name for the record, and the region prefixes whose rows may be brought.

    `regions` is ("",) for all of Indonesia.
    """

    name: str | None
    regions: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Received:
    """The delivery of a file; `already` says that these bytes were here before."""

    delivery_id: UUID
    already: bool


@dataclass(frozen=True)
class _File:
    sha256: str
    size: int
    name: str


def receive_upload(
    connection: Connection, upload: UUID, account: UUID, options: Options, sender: Sender
) -> Received:
    """The delivery of what `account` uploaded.

    Raises Refusal when there is no such upload, or what is stated of the file is not known.
    """
    with connection.transaction():
        act_as_importer(connection)
        found = connection.execute(_UPLOAD, (upload, account)).fetchone()
        if found is None:
            raise Refusal(
                "Unggahan ini tidak ada atau sudah kedaluwarsa; unggah berkasnya lagi.",
                "There is no such upload, or it has expired; upload the file again.",
            )
        return _receive(connection, _File(*found), options, sender)


def receive_file(
    connection: Connection, spool: Spool, path: Path, options: Options, sender: Sender
) -> Received:
    """The delivery of a file on this machine, a copy of which is spooled.

    Raises SpoolError, OSError when the file cannot be read, and Refusal when what is stated of it
    is not known.
    """
    kept = asyncio.run(spool.take(_blocks(path)))
    return _receive(connection, _File(kept.sha256, kept.size, path.name), options, sender)


def _receive(connection: Connection, file: _File, options: Options, sender: Sender) -> Received:
    _check_stated(options)
    with connection.transaction():
        act_as_importer(connection)
        connection.execute(_ONE_AT_A_TIME, (file.sha256,))
        known = connection.execute(_KNOWN, (file.sha256, list(PUT_ASIDE))).fetchone()
        if known is not None and known[1] not in PUT_ASIDE:
            return Received(known[0], already=True)
        old = None if known is None else known[0]
        if old is not None:
            clear(connection, old)
        values = (
            old, UNKNOWN_SOURCE, _region(connection, options, sender), file.name, file.sha256,
            file.size, sender.name, sender.name, list(sender.regions), Jsonb(as_json(options)),
        )  # fmt: skip
        row = connection.execute(_ENTER, values).fetchone()
        assert row is not None  # noqa: S101 - it was written
        note(connection, row[0], Action.RECEIVED, sender.name)
        wake(connection, row[0])
        return Received(row[0], already=False)


def _check_stated(options: Options) -> None:
    sources = {layout.source for layout in layouts().values()}
    if options.source is not None and options.source not in sources:
        known = ", ".join(sorted(sources))
        raise Refusal(
            f'Sumber "{options.source}" tidak dikenal; yang ada: {known}.',
            f'The source "{options.source}" is not known; there are: {known}.',
        )
    if options.layout is not None and options.layout not in layouts():
        raise Refusal(
            f'Susunan "{options.layout}" tidak dikenal; lihat: hub layouts.',
            f'The layout "{options.layout}" is not known; see: hub layouts.',
        )


async def _blocks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _region(connection: Connection, options: Options, sender: Sender) -> str | None:
    """Whose delivery it is as long as its rows are not known: what is stated, or the first region
    of its sender. Without it nobody in that region would see it."""
    code = options.region or next(iter(sender.regions), None)
    found = connection.execute(_REGION, (code,)).fetchone()
    return None if found is None else str(found[0])


def as_json(options: Options) -> dict[str, Any]:
    """What was stated, as it is stored with the delivery."""
    names = [f.name for f in fields(options) if f.name not in ("memory", "regions")]
    stated = {name: getattr(options, name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in stated.items()
        if value
    }


def options_from(stored: Mapping[str, Any]) -> Options:
    """What was stated, read back."""
    day = stored.get("reference_date")
    return Options(**{**stored, "reference_date": date.fromisoformat(day) if day else None})
