"""Stable ids: which person a group of rows is, when groups change.

A group keeps the person most of its rows were, or the rows of the same number that they mend; of
two groups with a claim on a person, the one with more of that person's rows. Without such rows it
is whoever had the number that it keeps, or else whoever had none and was known by a row that one
of it mends.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from hub.core.linkage.linking import linked

_FORGET = "drop table if exists group_person, regrouped_row"
_STATEMENTS = (
    # The regency of a new person is preliminary: survivorship settles it.
    """
create temp table group_person on commit drop as
with claim as (
  select g.person, k.target_regency_code as regency_code, k.target_id as id, 0 as rank
  from grouping g join person_link k using (regency_code, source_id)
  union all
  select g.person, r.target_regency_code, r.target_id, 0
  from grouping g join replaced r using (regency_code, source_id)
  where r.subject = 'person' and r.same_nik
  union all
  select g.person, p.regency_code, p.id, 1
  from (select distinct person from grouping where method = 'NIK') g
  join person p on p.nik = split_part(g.person, '/', 1)
  union all
  select g.person, a.target_regency_code, a.target_id, 2
  from grouping g join alone a using (regency_code, source_id)
), counted as (
  select person, regency_code, id, count(*) filter (where rank = 0) as rows, min(rank) as rank
  from claim
  group by 1, 2, 3
), ranked as (
  select *, row_number() over (partition by person order by rows desc, rank, id) as by_person,
         row_number() over (partition by id order by rows desc, rank, person) as by_id
  from counted
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
    linked(
        "person",
        """
select g.regency_code, g.source_id, p.regency_code, p.id, 'SAME', g.method
from grouping g join group_person p using (person)
""",
    ),
)


def regroup(connection: Connection[Any]) -> None:
    """Give every group of `grouping` its person and link the rows to it.

    Reads `replaced` and `alone` of hub.core.linkage.link. Leaves regrouped_row (source_id,
    old_regency_code, old_id, new_id), the rows known before that are now another person's.
    """
    connection.execute(_FORGET)
    for statement in _STATEMENTS:
        connection.execute(statement)
