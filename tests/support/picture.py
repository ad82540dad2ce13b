"""What a registry says, told without its ids and times.

A person, family or receipt is known by the rows it rests on, and a row by the number of its
delivery (in the order they came; what mends one is part of it), its sheet and its row.
"""

from typing import Any

import psycopg
from psycopg.rows import tuple_row

from hub.core.store.precedence import FIRST_DELIVERY
from hub.core.store.roles import act_as_importer
from hub.core.store.tables import metadata

Picture = dict[str, list[str]]

_KNOWN = f"""
drop table if exists place, known;
create temp table place on commit drop as
select s.id, concat_ws(' ', s.kind, n.number, s.sheet, s.row) as name
from (
  select s.id, 'P' as kind, s.sheet, s.row, {FIRST_DELIVERY.as_string()} as delivery_id
  from source_person s
  union all
  select s.id, 'H', s.sheet, s.row, {FIRST_DELIVERY.as_string()} from source_household s
) s
join (select id, row_number() over (order by id) as number from delivery where mends is null) n
  on n.id = s.delivery_id;
create temp table known on commit drop as
select k.target_id as id, string_agg(place.name, ', ' order by place.name) as name
from (table person_link union all table household_link) k
join place on place.id = k.source_id
group by k.target_id;
insert into known
select h.id, 'of ' || string_agg(known.name, '; ' order by known.name)
from household h
join person p on p.household_id = h.id
join known on known.id = p.id
where not exists (select from known own where own.id = h.id)
group by h.id;
insert into known
select r.id, concat_ws(' ', place.name, r.ordinal)
from receipt r join place on place.id = r.source_id;
insert into known
select f.id, concat_ws(' ', f.rule_code, known.name, f.programmes, f.period_start)
from overlap_flag f join known on known.id = f.subject_id
"""
# What a column refers to is told by its name; what it is referred to by is left out.
_NAMED = frozenset({
    "household_id", "person_id", "head_person_id", "subject_id", "target_id", "flag_id",
    "receipt_id",
})  # fmt: skip
_PLACED = frozenset({"source_id", "other_source_id"})
_LEFT_OUT = frozenset({
    "id", "updated_at", "judged_at", "raised_at", "at", "decile_ranking_id", "delivery_id",
})  # fmt: skip
_TABLES = (
    "household", "person", "household_link", "person_link", "match_review", "ranking", "receipt",
    "overlap_flag", "overlap_flag_receipt", "flag_event", "region_statistic",
)  # fmt: skip


def picture(connection: psycopg.Connection[Any]) -> Picture:
    """The rows of every derived table; the caller is in a transaction."""
    act_as_importer(connection)
    connection.execute(_KNOWN)
    return {table: _told(connection, table) for table in _TABLES}


def _told(connection: psycopg.Connection[Any], table: str) -> list[str]:
    values = [
        f"'{name}', {_value(name)}"
        for name in (column.name for column in metadata.tables[table].columns)
        if name not in _LEFT_OUT
    ]
    query = f"select jsonb_build_object({', '.join(values)})::text from {table} x order by 1"
    with connection.cursor(row_factory=tuple_row) as cursor:
        return [row for (row,) in cursor.execute(query)]


def _value(name: str) -> str:
    if name in _NAMED:
        return f"(select k.name from known k where k.id = x.{name})"
    if name in _PLACED:
        return f"(select k.name from place k where k.id = x.{name})"
    return f"x.{name}"
