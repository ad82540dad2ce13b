"""Telling PostgreSQL's planner of many new rows, before autovacuum would.

Without it, statements of the same transaction are planned for the tables as they were: empty, say,
after a publication that was foreseen and taken back.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import scalar_row

NOTICEABLE = 5_000
"""Rows from which it pays."""


def make_noticed(connection: psycopg.Connection[Any], rows: int, *tables: str) -> None:
    """Have the planner look at `tables` again where so many `rows` are new to them."""
    if rows >= NOTICEABLE:
        connection.execute(f"analyze {', '.join(tables)}")


def touched(connection: psycopg.Connection[Any]) -> int:
    """How many persons the present publication touches; reads `touched_person` of linkage."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return int(cursor.execute("select count(*) from touched_person").fetchall()[0])
