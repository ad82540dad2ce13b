"""Stable ids: which person a group of rows is, when groups change.

A group keeps the person most of its rows were; of two groups with as good a claim on a person,
the one with more of that person's rows. Whoever is left without rows is succeeded by the person
who took most of them.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

_FORGET = "drop table if exists group_person, regrouped_row, emptied_person"
_STATEMENTS = (
    # The regency of a new person is preliminary: survivorship settles it.
    """
create temp table group_person on commit drop as
with claim as (
  select g.person, k.target_regency_code as regency_code, k.target_id as id, count(*) as rows
  from grouping g join person_link k using (regency_code, source_id)
  group by 1, 2, 3
), ranked as (
  select *, row_number() over (partition by person order by rows desc, id) as by_person,
         row_number() over (partition by id order by rows desc, person) as by_id
  from claim
)
select g.person, coalesce(r.regency_code, g.regency_code) as regency_code,
       coalesce(r.id, hub_uuid7()) as id
from (select person, coalesce(min(regency_code) filter (where regency_code <> '0000'), '0000')
             as regency_code
      from grouping group by person) g
left join ranked r on r.person = g.person and r.by_person = 1 and r.by_id = 1
""",
    "analyze group_person",
    """
create temp table regrouped_row on commit drop as
select g.source_id, k.target_regency_code as old_regency_code, k.target_id as old_id,
       p.id as new_id
from grouping g
join person_link k using (regency_code, source_id)
join group_person p using (person)
where k.target_id <> p.id
""",
    """
insert into person_link
  (regency_code, source_id, target_regency_code, target_id, judgement, method)
select g.regency_code, g.source_id, p.regency_code, p.id, 'SAME', g.method
from grouping g join group_person p using (person)
on conflict (regency_code, source_id) do update
set target_regency_code = excluded.target_regency_code, target_id = excluded.target_id,
    method = excluded.method, judged_at = now()
where (person_link.target_id, person_link.method)
      is distinct from (excluded.target_id, excluded.method)
""",
    """
create temp table emptied_person on commit drop as
select distinct on (r.old_id) r.old_regency_code as regency_code, r.old_id as id,
       r.new_id as successor
from (select old_regency_code, old_id, new_id, count(*) as rows
      from regrouped_row group by 1, 2, 3) r
where not exists (select from person_link k
                  where k.target_regency_code = r.old_regency_code and k.target_id = r.old_id)
order by r.old_id, r.rows desc, r.new_id
""",
)


def regroup(connection: Connection[Any]) -> None:
    """Give every group of `grouping` its person and link the rows to it.

    Leaves regrouped_row (source_id, old_regency_code, old_id, new_id), the rows known before that
    are now another person's, and emptied_person (regency_code, id, successor), who has none left.
    """
    connection.execute(_FORGET)
    for statement in _STATEMENTS:
        connection.execute(statement)
