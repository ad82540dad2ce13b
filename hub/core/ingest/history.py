"""What became of a delivery: who did what when, and what the hub found out about it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

Connection = psycopg.Connection[Any]


ONE_PERSON = "Kantor satu orang: pengunggah menerbitkan sendiri. / One-person office."
"""Reason of a publication by whoever brought the file."""


class Action(StrEnum):
    """What is done with a delivery."""

    RECEIVED = "RECEIVED"
    ASKED = "ASKED"  # the hub does not know the file; a steward is to say what it is
    MAPPED = "MAPPED"  # a steward said so
    STAGED = "STAGED"
    APPROVED = "APPROVED"  # somebody wants it published
    PUBLISHED = "PUBLISHED"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"  # by its mended workbook
    UNDO_ASKED = "UNDO_ASKED"
    UNDONE = "UNDONE"
    FAILED = "FAILED"  # the hub could not do what was wanted; the delivery is as it was


class Kind(StrEnum):
    """What is found out about a delivery."""

    EFFECTS = "effects"  # hub.core.registry.journal.Effects, and the publications before it
    INTEGRITY = "integrity"  # validation.integrity, per column
    COLUMNS = "columns"  # the headings, with which hub.core.ingest.columns compares the next file
    GONE = "gone"  # rows (sheet, row) of the delivery it mends that are stated no more
    CHANGES = "changes"  # hub.core.ingest.columns: against the last file


def note(
    connection: Connection,
    delivery_id: UUID,
    action: Action,
    actor: str | None = None,
    reason: str | None = None,
) -> None:
    """Write down what was done; `actor` is None when the hub did it by itself."""
    connection.execute(
        "insert into delivery_event (delivery_id, action, actor, reason) values (%s, %s, %s, %s)",
        (delivery_id, action, actor, reason),
    )


def keep(
    connection: Connection, delivery_id: UUID, kind: Kind, body: Any, at: datetime | None = None
) -> None:
    """Keep a report, in place of an older one of its kind. `body` is JSON, of no person; `at` is
    when it was so, now if not stated."""
    connection.execute(
        "insert into delivery_report (delivery_id, kind, body, at)"
        " values (%s, %s, %s, coalesce(%s, now()))"
        " on conflict (delivery_id, kind) do update set (at, body) = (excluded.at, excluded.body)",
        (delivery_id, kind, Jsonb(body), at),
    )
