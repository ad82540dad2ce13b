"""How a delivery stands: what it waits for, who had it in hand, and what was found out about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import polars as pl
from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from hub.core.ingest.history import Kind
from hub.core.store.roles import act_as_importer
from validation.issues import SCHEMA

_STANDING = """
select d.id, d.source, d.layout, d.edition, d.file_name, d.state, d.kept, d.wanted, d.received_at,
       d.uploaded_by, d.published_at, p.published_by,
       d.rows_read, d.rows_accepted, d.rows_warning, d.rows_rejected, e.reason
from delivery d
left join publication p on p.delivery_id = d.id and p.undone_at is null
left join lateral (
  select action, reason from delivery_event
  where delivery_id = d.id order by at desc, id desc limit 1
) e on e.action in ('REJECTED', 'FAILED')
"""
_OF = _STANDING + "where d.id = %s"
_ALL = _STANDING + "order by d.received_at, d.id"
_ISSUES = """
select i.sheet, i.row, i.column_name, i.column_letter, i.code,
       i.detail->>'value', i.detail->>'expected', i.detail->>'found'
from delivery_issue i
"""
_OF_DELIVERY = _ISSUES + "where i.delivery_id = %s order by i.seq"
_OF_REGISTRY = f"""
{_ISSUES} join delivery d on d.id = i.delivery_id
where %s in (d.id, d.mends) and d.state = 'PUBLISHED' and i.closed_by is null
  and i.code ^@ 'REGISTRY_'
order by d.received_at, i.seq
"""
_REPORT = "select body from delivery_report where delivery_id = %s and kind = %s"


@dataclass(frozen=True)
class Standing:
    """How a delivery stands; `reason` is why it was rejected or could not be published, if so."""

    id: UUID
    source: str
    layout: str
    edition: str
    file_name: str
    state: str
    kept: bool
    wanted: str | None
    received_at: datetime
    uploaded_by: str | None
    published_at: datetime | None
    published_by: str | None
    rows_read: int
    rows_accepted: int
    rows_warning: int
    rows_rejected: int
    reason: str | None

    @property
    def waits_for(self) -> str | None:
        """What comes next: work of the hub (CHECK, PUBLISH, UNDO), or a steward's answer (MAPPING)
        or approval (APPROVAL); None when nothing does."""
        if self.wanted in ("CHECK", "PUBLISH", "UNDO"):
            return self.wanted
        if self.state == "STAGED":
            return "APPROVAL"
        return "MAPPING" if self.state == "RECEIVED" and self.kept else None

    @property
    def rows(self) -> dict[str, int]:
        """Rows read, accepted, with warnings, rejected."""
        return {
            "read": self.rows_read,
            "accepted": self.rows_accepted,
            "warning": self.rows_warning,
            "rejected": self.rows_rejected,
        }


def standings(connection: Connection[Any]) -> list[Standing]:
    """Every delivery, the oldest first."""
    with connection.transaction():
        act_as_importer(connection)
        with connection.cursor(row_factory=class_row(Standing)) as cursor:
            return cursor.execute(_ALL).fetchall()


def standing(connection: Connection[Any], delivery_id: UUID) -> Standing:
    """The delivery with this id, which there is."""
    with connection.transaction():
        act_as_importer(connection)
        with connection.cursor(row_factory=class_row(Standing)) as cursor:
            found = cursor.execute(_OF, (delivery_id,)).fetchone()
    assert found is not None  # noqa: S101 - the caller found it, and deliveries stay
    return found


def issues_of(connection: Connection[Any], delivery_id: UUID) -> pl.DataFrame:
    """The issues of a delivery, in the order found."""
    return _issues(connection, _OF_DELIVERY, delivery_id)


def issues_against(connection: Connection[Any], delivery_id: UUID) -> pl.DataFrame:
    """The open issues that the registry had with a published delivery and those that mend it."""
    return _issues(connection, _OF_REGISTRY, delivery_id)


def _issues(connection: Connection[Any], query: str, delivery_id: UUID) -> pl.DataFrame:
    rows = _read(connection, query, (delivery_id,))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def report_of(connection: Connection[Any], delivery_id: UUID, kind: Kind) -> Any:
    """What was found out about a delivery; None where nothing was."""
    rows = _read(connection, _REPORT, (delivery_id, kind))
    return rows[0][0] if rows else None


def _read(
    connection: Connection[Any], query: str, values: tuple[object, ...]
) -> list[tuple[Any, ...]]:
    with connection.transaction():
        act_as_importer(connection)
        with connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(query, values).fetchall()
