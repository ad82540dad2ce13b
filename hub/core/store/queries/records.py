"""The source rows behind persons and households: where each stands, not what it says.

The scope is that of the person or household, since a row may lie in another regency.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from psycopg.sql import SQL, Composable, Composed

from hub.core.store.queries.grouping import by_owner
from hub.core.store.reader import Reader, Row
from hub.core.store.statement import Key

Subject = Literal["person", "household"]


async def behind(reader: Reader, keys: Sequence[Key], subject: Subject) -> dict[Key, list[Row]]:
    """The rows linked to each person or household of `keys`, newest source first."""
    statement = reader.statement()
    query = SQL(
        "select k.regency_code, k.id as owner, s.source, s.edition, s.reference_date,"
        " s.delivery_id, s.sheet, s.row, l.judgement, l.method, l.judged_at"
        " from {keys} join {subject} t on t.regency_code = k.regency_code and t.id = k.id"
        " join {link} l on l.target_regency_code = t.regency_code and l.target_id = t.id"
        " join {source} s on s.regency_code = l.regency_code and s.id = l.source_id"
        " where {scope} order by s.reference_date desc, s.source, s.delivery_id, s.sheet, s.row"
    ).format(
        keys=statement.keys(keys),
        subject=SQL(subject),
        link=SQL(f"{subject}_link"),
        source=SQL(f"source_{subject}"),
        scope=statement.in_scope("t"),
    )
    return by_owner(await reader.rows(statement, query))


async def provenance(
    reader: Reader, keys: Sequence[Key], subject: Subject, stated: Callable[[Composable], Composed]
) -> dict[Key, list[Row]]:
    """Where the attributes of each person or household come from, by attribute.

    `stated` makes the query of hub.core.registry.provenance of a condition on the records `g`;
    it knows no scope. Identity numbers never pass here, since they would not be masked.
    """
    statement = reader.statement()
    asked = SQL("(g.regency_code, g.id) in (select k.regency_code, k.id from {})").format(
        statement.keys(keys)
    )
    query = SQL(
        "select v.*, v.id as owner from ({stated}) v"
        " join {subject} t on t.regency_code = v.regency_code and t.id = v.id"
        " where v.attribute not in ('nik', 'kk') and {scope} order by v.attribute"
    ).format(stated=stated(asked), subject=SQL(subject), scope=statement.in_scope("t"))
    return by_owner(await reader.rows(statement, query))
