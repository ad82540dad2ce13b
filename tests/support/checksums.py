"""Whether a registry is what it was."""

from typing import Any

import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from hub.core.registry.journal import TABLES
from hub.core.store.tables import STATED

Checksums = dict[str, str]


def checksums(connection: psycopg.Connection[Any]) -> Checksums:
    """What every table of the registry holds, but for `updated_at`, as one sum each."""
    found: Checksums = {}
    with connection.cursor(row_factory=tuple_row) as cursor:
        for table in (*TABLES, *STATED, "region_statistic"):
            rows = SQL(
                "select coalesce(md5(string_agg(row, E'\\n' order by row)), '')"
                " from (select (to_jsonb(x) - 'updated_at')::text as row from {} x) r"
            ).format(Identifier(table))
            ((found[table],),) = cursor.execute(rows).fetchall()
    return found
