"""Candidate repairs of NIKs that lost digits in Excel: whom of the registry they may have meant.

Excel keeps 15 digits of a number, so the 16th of a NIK is lost. The registry may hold the whole
NIK. The 15 digits hold the district and the birth date already, so several people may fit: all are
told, best first. Nothing is changed here: a steward decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, tuple_row
from psycopg.sql import SQL
from psycopg.sql import Literal as Value

from hub.core.ingest.stage import LOST_NIK
from hub.core.registry.supersede import current
from hub.core.store.scope import EVERYWHERE, Scope
from hub.core.store.statement import Statement

SIMILAR = 0.6  # pg_trgm similarity from which two names agree
ALL = Scope((EVERYWHERE,))

# The 15 leading digits, where the cell still tells them: 16 digits, or 3.52001550680901E+15. A
# shorter mantissa may have been cut anywhere; a shorter number is not a NIK that lost its end.
_LOST = """
lost as materialized (
  select s.sheet, s.row, s.name, s.birth_date, s.kk,
         case when g.given ~ '^[1-9][0-9]{{15}}$' then left(g.given, 15)
              when g.given ~* '^[1-9][.,][0-9]{{14,15}}E[+]?15$'
              then left(g.given, 1) || substr(g.given, 3, 14) end as head
  from delivery part
  join (select {columns} from source_person union all select {columns} from staged_person) s
    on s.delivery_id = part.id
  cross join lateral (select s.extra ->> {name} as given) g
  where {delivery} in (part.id, part.mends) and {current}
    and s.nik_status = 'PRECISION_LOST' and {scope}
)
"""
_COLUMNS = (
    "regency_code, village_code, id, delivery_id, sheet, row, name, birth_date, kk, nik_status,"
    " extra"
)
_COUNT = "with {lost} select count(*), count(head) from lost"
# Ten whole numbers are looked up, which the index serves in every collation; of a range of
# numbers the planner expects so many people that it reads them all.
_CANDIDATES = """
with {lost}, fitting as (
  select l.sheet, l.row, p.nik,
         case when {plain_row} = {plain_person} then 'EQUAL'
              when similarity(l.name, p.name) >= {similar} then 'SIMILAR' end as name,
         coalesce(l.birth_date = p.birth_date, false) as birth_date,
         coalesce(l.kk = h.kk, false) as kk,
         coalesce(similarity(l.name, p.name), 0) as likeness
  from lost l
  cross join generate_series(0, 9) as last
  join person p on p.nik = l.head || last and p.nik_status = 'VALID' and {person_scope}
  left join household h on h.regency_code = p.regency_code and h.id = p.household_id
)
select sheet, row, {nik} as nik, name, birth_date, kk
from fitting f
where name is not null or birth_date
order by sheet, row, (name is not null)::int + birth_date::int + kk::int desc,
         likeness desc, f.nik
"""
_PLAIN = "nullif(trim(regexp_replace(upper({}.name), '[^[:alnum:]]+', ' ', 'g')), '')"


@dataclass(frozen=True)
class Candidate:
    """A NIK that a row may have meant, and what of its person agrees with the row.

    `sheet` counts from 0, `row` from 1. `nik` is masked unless the scope is identified.
    """

    sheet: int
    row: int
    nik: str
    name: Literal["EQUAL", "SIMILAR"] | None
    birth_date: bool
    kk: bool


@dataclass(frozen=True)
class Repairs:
    """Rows of a delivery whose NIK lost digits, those of 15 known digits, and the candidates."""

    lost: int
    comparable: int
    candidates: tuple[Candidate, ...]


def candidates(connection: Connection[Any], delivery_id: UUID, scope: Scope = ALL) -> Repairs:
    """Find the people of the registry whose NIK begins with the 15 digits that a row still has.

    Rows that were mended since are not looked at; what mended them is. Name or birth date must
    agree; the best candidate of a row comes first. Rows that wait to be published are looked at as
    well. Only reads.
    """
    statement = Statement(scope)
    lost = SQL(_LOST).format(
        columns=SQL(_COLUMNS),
        name=Value(LOST_NIK),
        delivery=Value(delivery_id),
        current=current("person"),
        scope=statement.in_scope("s"),
    )
    query = SQL(_CANDIDATES).format(
        lost=lost,
        plain_row=SQL(_PLAIN.format("l")),
        plain_person=SQL(_PLAIN.format("p")),
        similar=Value(SIMILAR),
        person_scope=statement.in_scope("p"),
        nik=statement.masked("f.nik"),
    )
    with connection.cursor(row_factory=tuple_row) as cursor:
        counts = cursor.execute(SQL(_COUNT).format(lost=lost), statement.params).fetchone()
    with connection.cursor(row_factory=class_row(Candidate)) as cursor:
        found = cursor.execute(query, statement.params).fetchall()
    number, comparable = counts or (0, 0)
    return Repairs(number, comparable, tuple(found))
