"""Rows that are staged apart and wait: put into the registry, or removed.

The caller owns the transaction and acts as the importer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from hub.core.store.planner import make_noticed
from hub.core.store.progress import CHANNEL, NOTIFY, Progress
from hub.core.store.tables import STATED, metadata, staged_name

Connection = psycopg.Connection[Any]

_ADOPT = """
with waiting as (delete from {staged} where delivery_id = %s returning {names})
insert into {table} ({names}) select {names} from waiting
"""
_DROP = "update delivery set state = 'REJECTED', wanted = null, wanted_by = null where id = %s"


def adopt(connection: Connection, delivery_id: UUID) -> None:
    """Put the rows that wait among those of the registry. The caller owns the transaction."""
    moved = 0
    for table in STATED:
        names = sql.SQL(", ").join(map(sql.Identifier, metadata.tables[table].columns.keys()))
        query = sql.SQL(_ADOPT).format(
            staged=sql.Identifier(staged_name(table)), table=sql.Identifier(table), names=names
        )
        moved += connection.execute(query, (delivery_id,)).rowcount
    make_noticed(connection, moved, "source_person", "source_household")


def clear(connection: Connection, delivery_id: UUID) -> None:
    """Remove the rows of a delivery that wait, and what was said of its rows."""
    _remove(connection, delivery_id, (*map(staged_name, STATED), "delivery_issue", "quarantine"))


def drop(connection: Connection, delivery_id: UUID) -> None:
    """Reject a delivery in the caller's transaction: its rows go, what was said of them stays."""
    _remove(connection, delivery_id, map(staged_name, STATED))
    connection.execute(_DROP, (delivery_id,))
    connection.execute(NOTIFY, (CHANNEL, Progress(delivery_id, "REJECTED").message()))


def _remove(connection: Connection, delivery_id: UUID, tables: Iterable[str]) -> None:
    for table in tables:
        query = sql.SQL("delete from {} where delivery_id = %s").format(sql.Identifier(table))
        connection.execute(query, (delivery_id,))
