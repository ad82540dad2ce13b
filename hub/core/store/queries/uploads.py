"""Files that lie in the spool and may become deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import scalar_row

from hub.core.store.roles import IMPORTER, act_as_importer

# Whoever makes a delivery of an upload holds its row meanwhile, and is not waited for.
_FORGET = """
delete from upload where id in (
  select u.id from upload u
  where u.received_at < now() - make_interval(hours => %s)
    and not exists (select from delivery d where d.kept and d.sha256 = u.sha256)
  for update of u skip locked)
"""
_USED = """
select sha256 from upload where sha256 = any(%(those)s)
union select sha256 from delivery where kept and sha256 = any(%(those)s)
"""


@dataclass(frozen=True)
class UploadRow:
    """An upload to be stored."""

    account_id: UUID
    sha256: str
    size: int
    file_name: str


async def add_upload(connection: psycopg.AsyncConnection[Any], upload: UploadRow) -> UUID:
    """Store an upload and return its id; the caller commits."""
    await connection.execute(f"set local role {IMPORTER}")
    cursor = await connection.cursor(row_factory=scalar_row).execute(
        "insert into upload (account_id, sha256, size, file_name) values (%s, %s, %s, %s)"
        " returning id",
        (upload.account_id, upload.sha256, upload.size, upload.file_name),
    )
    return UUID(str(await cursor.fetchone()))


def forget_uploads(connection: psycopg.Connection[Any], hours: int) -> None:
    """Drop the uploads older than `hours` whose file no delivery keeps; the caller commits."""
    act_as_importer(connection)
    connection.execute(_FORGET, (hours,))


def used(connection: psycopg.Connection[Any], those: Iterable[str]) -> set[str]:
    """Those of these SHA-256 that an upload or a delivery still needs in the spool."""
    act_as_importer(connection)
    cursor = connection.cursor(row_factory=scalar_row)
    return set(cursor.execute(_USED, {"those": list(those)}))
