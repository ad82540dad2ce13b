"""How far a delivery has come: what is said of it by NOTIFY, and whether anybody works on it.

A message holds an id, names of ours and counts, never a file name or anything of a person.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from uuid import UUID

from psycopg.sql import SQL

from hub.core.store.reader import Reader
from hub.core.store.tables import STATES

CHANNEL = "hub_delivery"
NOTIFY = "select pg_notify(%s, %s)"
UNFINISHED = ("RECEIVED", "RECOGNISED", "CHECKED")
"""States of a delivery that is being imported: but for its row, nothing of it is stored yet."""
FINAL = ("PUBLISHED", "REJECTED", "UNDONE")

# An import holds this lock of its session for as long as it lives, and no longer.
HOLD = "select pg_advisory_lock(hashtextextended(%s || ' ' || %s, 0))"
LET_GO = "select pg_advisory_unlock(hashtextextended(%s || ' ' || %s, 0))"
DROP_UNHELD = """
delete from delivery
where id = %s and state = any(%s) and not kept
  and pg_try_advisory_xact_lock(hashtextextended(source || ' ' || sha256, 0))
"""
_HELD = SQL(
    "select exists (select from pg_locks l"
    " join pg_database b on b.oid = l.database and b.datname = current_database()"
    " where l.locktype = 'advisory' and l.objsubid = 1 and l.granted"
    " and (l.classid::bigint << 32) | l.objid::bigint"
    " = hashtextextended({} || ' ' || {}, 0)) as held"
)


@dataclass(frozen=True)
class Progress:
    """How far the work on one delivery has come; None is what is not counted or not known yet."""

    delivery: UUID
    state: str
    step: str | None = None
    done: int | None = None
    total: int | None = None
    rows_per_second: float | None = None
    seconds_remaining: float | None = None

    def message(self) -> str:
        """The text that is sent."""
        return json.dumps(astuple(self), default=str)

    @classmethod
    def read(cls, message: str) -> Progress | None:
        """What a message says; None when it is none of ours."""
        try:
            delivery, state, *step = json.loads(message)
            told = cls(UUID(delivery), state, *step)
        except (ValueError, TypeError, AttributeError):
            return None
        return told if state in STATES else None


async def is_held(reader: Reader, source: str, sha256: str) -> bool:
    """Whether an import of this file is alive."""
    statement = reader.statement()
    query = _HELD.format(statement.bind(source, "text"), statement.bind(sha256, "text"))
    row = await reader.row(statement, query)
    return row is not None and bool(row["held"])
