"""From nodes (what identifies a family) to households with stable ids."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.sql import SQL

from hub.core.linkage.linking import linked
from hub.core.linkage.listings import family_order
from hub.core.store.precedence import NEWEST, rank

_FORGET = """
drop table if exists placed_household, membership, former_home, node_home, adopted, succession,
  touched_household, regrouped_household
"""
# Rows of these deliveries, and earlier rows without KK whose listing is decided again.
_PLACED = """
create temp table placed_household on commit drop as
select s.regency_code, s.id as source_id,
       coalesce('K' || s.kk, n.node, 'R' || s.id) as node,
       case when s.kk is not null then 'KK' else coalesce(n.method, 'ROW') end as method
from source_household s
join linking l using (delivery_id)
left join listing_node n on n.source = s.source and n.key = s.key
where l.fresh or exists (select from household_link k
                         where k.regency_code = s.regency_code and k.source_id = s.id)
union all
select s.regency_code, s.id, n.node, n.method
from listing_node n
join source_household s on s.source = n.source and s.key = n.key and s.kk is null
join household_link k on k.regency_code = s.regency_code and k.source_id = s.id
where n.hop <= 1 and s.delivery_id not in (select delivery_id from linking)
"""
_MEMBERSHIP = """
create temp table membership on commit drop as
select distinct on (t.id) t.id as person_id, coalesce('K' || s.kk, n.node) as node
from touched_person t
join person_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
left join listing_node n on n.source = s.source and n.key = s.household_key
where s.kk is not null or n.node is not null
order by t.id, {rank}, {newest}
"""
# Where the rows and persons of a family were, or those whose rows were mended.
_FORMER = """
create temp table former_home on commit drop as
select p.node, k.target_regency_code as regency_code, k.target_id as id
from placed_household p join household_link k using (regency_code, source_id)
union all
select p.node, r.target_regency_code, r.target_id
from placed_household p
join replaced r using (regency_code, source_id)
where r.subject = 'household'
union all
select m.node, p.regency_code, p.household_id
from membership m
join touched_person t on t.id = m.person_id
join person p on p.regency_code = t.regency_code and p.id = t.id
union all
select m.node, p.regency_code, p.household_id
from replaced r
join person_link k using (regency_code, source_id)
join membership m on m.person_id = k.target_id
join person p on p.regency_code = r.target_regency_code and p.id = r.target_id
where r.subject = 'person' and r.target_id <> k.target_id
union all
select m.node, p.regency_code, p.household_id
from gone_person g
join person p using (regency_code, id)
join membership m on m.person_id = g.successor
where not exists (select from replaced r where r.subject = 'person' and r.target_id = g.id)
"""
_HOMES = (
    "analyze placed_household",
    "analyze membership",
    _FORMER,
    "analyze former_home",
    """
create temp table node_home on commit drop as
select n.node, h.regency_code, h.id
from (select node from placed_household union select node from membership) n
left join household h on left(n.node, 1) = 'K' and h.kk = substr(n.node, 2)
""",
    "analyze node_home",
    # A family without a household of its own yet keeps the one most of its rows and persons are
    # in, unless that one carries another family's KK. Each household goes to one family only.
    """
create temp table adopted on commit drop as
with counted as (
  select c.node, c.regency_code, c.id, count(*) as evidence
  from former_home c
  join node_home n on n.node = c.node and n.id is null
  left join household h on h.regency_code = c.regency_code and h.id = c.id
  where c.id is not null and h.kk is null
  group by 1, 2, 3
), ranked as (
  select *, row_number() over (partition by node order by evidence desc, id) as by_node,
         row_number() over (partition by id order by evidence desc, node like 'K%' desc, node)
           as by_id
  from counted
)
select node, regency_code, id from ranked where by_node = 1 and by_id = 1
""",
    "analyze adopted",
    """
update node_home n set id = a.id, regency_code = a.regency_code from adopted a
where a.node = n.node
""",
    # The regency of a new household is preliminary: survivorship settles it.
    """
update node_home n set id = hub_uuid7(), regency_code = coalesce(r.regency_code, '0000')
from node_home self
left join (select node, min(regency_code) filter (where regency_code <> '0000') as regency_code
           from placed_household group by node) r using (node)
where n.node = self.node and n.id is null
""",
    "analyze node_home",
)
_CONSEQUENCES = (
    """
create temp table succession on commit drop as
select f.regency_code as old_regency_code, f.id as old_id, n.id as new_id, count(*) as rows
from former_home f
join node_home n using (node)
where f.id is distinct from n.id
group by 1, 2, 3
""",
    """
create temp table regrouped_household (id uuid primary key) on commit drop
""",
    """
insert into regrouped_household
select old_id from succession where old_id is not null union select new_id from succession
""",
    "delete from succession where old_id is null",
    # Families that lost a row, their own or a member's, or gained one of somebody else's.
    """
insert into regrouped_household
select target_id from unlinked where subject = 'household'
union
select p.household_id
from unlinked u
join person p on p.regency_code = u.target_regency_code and p.id = u.target_id
where u.subject = 'person' and p.household_id is not null
union
select p.household_id
from regrouped_row r
join person p on p.regency_code = r.old_regency_code and p.id = r.old_id
where p.household_id is not null
union
select n.id
from regrouped_row r
join membership m on m.person_id = r.new_id
join node_home n using (node)
on conflict do nothing
""",
    """
create temp table touched_household (regency_code text, id uuid primary key, kk text)
on commit drop
""",
    """
insert into touched_household
select regency_code, id, case when left(node, 1) = 'K' then substr(node, 2) end from node_home
""",
    """
insert into touched_household
select distinct h.regency_code, h.id, h.kk
from (select old_regency_code as regency_code, old_id as id from succession
      union
      select target_regency_code, target_id from unlinked where subject = 'household'
      union
      select p.regency_code, p.household_id
      from touched_person t
      join person p on p.regency_code = t.regency_code and p.id = t.id
      where p.household_id is not null) old
join household h using (regency_code, id)
on conflict do nothing
""",
    linked(
        "household",
        """
select p.regency_code, p.source_id, n.regency_code, n.id, 'SAME', p.method
from placed_household p join node_home n using (node)
""",
    ),
    "analyze touched_household",
    "analyze regrouped_household",
)


def assign(connection: Connection[Any]) -> None:
    """Give every touched family its household and link the household rows to it.

    Reads `linking`, `unlinked`, `replaced`, `gone_person`, `regrouped_row`, `listing_node` and
    `touched_person`; leaves the temporary tables that hub.core.linkage.link describes.
    """
    connection.execute(_FORGET)
    connection.execute(_PLACED)
    connection.execute(SQL(_MEMBERSHIP).format(rank=rank(family_order()), newest=NEWEST))
    for statement in (*_HOMES, *_CONSEQUENCES):
        connection.execute(statement)
