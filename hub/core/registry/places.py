"""Who lives where: members of the touched families, and the regency of each golden record.

A family is in the regency of the source row that wins for `region` in the survivorship file,
household rows before rows of its members, a known regency before `0000`. A person is where the
family is; without a family, where the person's own winning row is.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.sql import SQL

from hub.core.store.precedence import NEWEST, rank
from mappings.load import survivorship

_FORGET = "drop table if exists member, home_evidence, household_home, person_home"

_MEMBER = (
    # Touched persons as decided now, the others as they were.
    """
create temp table member on commit drop as
select n.id as household_id, t.regency_code, t.id as person_id
from membership m
join node_home n using (node)
join touched_person t on t.id = m.person_id
union all
select p.household_id, p.regency_code, p.id
from touched_household t
join person p on p.regency_code = t.regency_code and p.household_id = t.id
where not exists (select from touched_person x where x.id = p.id)
""",
    "analyze member",
)
_EVIDENCE = """
create temp table home_evidence on commit drop as
select t.id, 0 as tier, {rank} as rank, s.regency_code, s.village_code, s.reference_date,
       s.delivery_id, s.sheet, s.row
from touched_household t
join household_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
join source_household s on s.regency_code = k.regency_code and s.id = k.source_id
union all
select m.household_id, 1, {rank}, s.regency_code, s.village_code, s.reference_date,
       s.delivery_id, s.sheet, s.row
from member m
join person_link k on k.target_regency_code = m.regency_code and k.target_id = m.person_id
join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
union all
select t.id, 2, {rank}, s.regency_code, s.village_code, s.reference_date,
       s.delivery_id, s.sheet, s.row
from touched_person t
join person_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
where not exists (select from member m where m.person_id = t.id)
"""
_HOMES = (
    """
create temp table household_home on commit drop as
with winner as (
  select distinct on (s.id) s.id, s.regency_code
  from home_evidence s
  order by s.id, s.regency_code = '0000', s.tier, s.rank, {newest}
), village as (
  select distinct on (s.id) s.id, s.village_code
  from home_evidence s join winner w using (id)
  where left(s.village_code, 4) = w.regency_code
  order by s.id, s.tier, s.rank, {newest}
)
select t.id, t.regency_code as old, w.regency_code as new, v.village_code, t.kk,
       null::uuid as successor
from touched_household t
left join winner w using (id)
left join village v using (id)
""",
    # Nobody and nothing is left in these; whoever took most of them over follows.
    """
update household_home h set successor = s.new_id, new = coalesce(s.regency_code, h.old)
from household_home self
left join (select distinct on (c.old_id) c.old_id, c.new_id, heir.new as regency_code
           from succession c join household_home heir on heir.id = c.new_id
           where heir.new is not null
           order by c.old_id, c.rows desc, c.new_id) s on s.old_id = self.id
where h.id = self.id and h.new is null
""",
    "analyze household_home",
    """
create temp table person_home on commit drop as
select m.person_id as id, m.regency_code as old, h.new, m.household_id, h.village_code
from member m join household_home h on h.id = m.household_id
union all
select w.id, w.old, w.new, null::uuid, v.village_code
from (select distinct on (s.id) s.id, t.regency_code as old, s.regency_code as new
      from home_evidence s join touched_person t using (id)
      where s.tier = 2
      order by s.id, s.regency_code = '0000', s.rank, {newest}) w
left join lateral (
  select s.village_code from home_evidence s
  where s.id = w.id and left(s.village_code, 4) = w.new
  order by s.rank, {newest} limit 1) v on true
""",
    # Who has no rows left goes where the successor is; without one, nowhere else.
    """
insert into person_home
select g.id, g.regency_code, coalesce(h.new, g.regency_code), h.household_id, h.village_code
from gone_person g left join person_home h on h.id = g.successor
""",
    "analyze person_home",
)


def settle(connection: Connection[Any]) -> None:
    """Fill `member`, `household_home` and `person_home` from what linkage left behind.

    household_home (id, old, new, village_code, kk, successor): `old` is the regency where the
    row is (or would first be) and `new` where it belongs; `successor` is set for a family that
    everyone left. person_home (id, old, new, household_id, village_code): touched persons and
    all members of touched families; who has no rows left is where the successor is, if anybody.
    """
    connection.execute(_FORGET)
    for statement in _MEMBER:
        connection.execute(statement)
    order = survivorship()
    by_region = rank(order.household.get("region", order.default))
    connection.execute(SQL(_EVIDENCE).format(rank=by_region))
    connection.execute("create index on home_evidence (id)")
    connection.execute("analyze home_evidence")
    for statement in _HOMES:
        connection.execute(SQL(statement).format(newest=NEWEST))
