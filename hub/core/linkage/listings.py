"""Which family a listing without KK is about.

A listing is what one source keeps under one household key (P3KE's family id). Where its rows
state no KK it is, in this order:

1. the KK that another row of the same listing states;
2. the KK of its head, by the head's NIK;
3. the KK that most of its members have, by their NIK;
4. the KK of another such listing that shares its head (or, without a known head, a member);
5. together with every other such listing that has the same head by NIK;
6. together with such a listing by a member, when its own head is not known by NIK;
7. a family of its own.

A NIK here is one whose row is of the person who keeps it (method NIK).

Each step looks at the rows themselves, never at earlier outcomes, so the order of imports does
not matter. A listing depends on the listings it shares persons with; `listing.hop` counts how
far one is from what changed: 0 and 1 are decided again, 2 and 3 are only read.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.sql import SQL

from hub.core.store.precedence import NEWEST, rank
from mappings.load import survivorship

_READ_ONLY_HOPS = (1, 2, 3)

_FORGET = """
drop table if exists listing, loose, listed, stated_kk, nik_kk, first_guess, listing_node
"""
_SEED = (
    """
create temp table listing (source text, key text, hop int, primary key (source, key))
on commit drop
""",
    """
insert into listing
select source, household_key, 0 from (
  select s.source, s.household_key
  from source_person s join linking using (delivery_id) where s.household_key is not null
  union
  select s.source, s.key
  from source_household s join linking using (delivery_id) where s.key is not null
  union
  select source, key from unlinked where key is not null
  union
  select s.source, s.household_key
  from source_person s
  where s.kk is null and s.household_key is not null and s.nik_status = 'VALID'
    and s.nik in (select f.nik from source_person f join linking using (delivery_id)
                  where f.nik_status = 'VALID'
                  union select nik from unlinked where nik is not null)
  union
  select s.source, s.household_key
  from grouping g join source_person s on s.regency_code = g.regency_code and s.id = g.source_id
  where s.household_key is not null
) seed
""",
    "analyze listing",
    # Where every row states its KK there is nothing to find out.
    """
create temp table loose on commit drop as
select l.source, l.key from listing l
join source_person s on s.source = l.source and s.household_key = l.key where s.kk is null
union
select l.source, l.key from listing l
join source_household s on s.source = l.source and s.key = l.key where s.kk is null
""",
    "analyze loose",
    """
delete from listing l
where not exists (select from loose x where x.source = l.source and x.key = l.key)
""",
)
_WIDEN = """
insert into listing
select distinct other.source, other.household_key, %(hop)s::int
from listing l
join source_person mine on mine.source = l.source and mine.household_key = l.key
  and mine.nik_status = 'VALID'
join source_person other on other.nik = mine.nik and other.nik_status = 'VALID'
  and other.kk is null and other.household_key is not null
where l.hop = %(hop)s - 1
on conflict do nothing
"""
_LISTED = (
    "analyze listing",
    """
create temp table listed on commit drop as
select l.source, l.key, l.hop, k.target_regency_code, k.target_id, s.kk, s.reference_date,
       case when k.method = 'NIK' then s.nik end as nik,
       s.relation is not distinct from 'HEAD' as head
from listing l
join source_person s on s.source = l.source and s.household_key = l.key
join person_link k on k.regency_code = s.regency_code and k.source_id = s.id
""",
    "analyze listed",
    """
create temp table stated_kk on commit drop as
select distinct on (source, key) source, key, kk from (
  select source, key, kk, reference_date from listed where kk is not null
  union all
  select l.source, l.key, s.kk, s.reference_date
  from listing l join source_household s on s.source = l.source and s.key = l.key
  where s.kk is not null and (
    s.delivery_id in (select delivery_id from linking where fresh)
    or exists (select from household_link k
               where k.regency_code = s.regency_code and k.source_id = s.id))
) statement
order by source, key, reference_date desc, kk
""",
)
_NIK_KK = """
create temp table nik_kk on commit drop as
select distinct on (s.nik) s.nik, s.kk
from (select distinct nik from listed where nik is not null) n
join source_person s on s.nik = n.nik and s.nik_status = 'VALID' and s.kk is not null
join person_link k on k.regency_code = s.regency_code and k.source_id = s.id and k.method = 'NIK'
order by s.nik, {rank}, {newest}
"""
_FIRST_GUESS = (
    "analyze nik_kk",
    """
create temp table first_guess on commit drop as
with of_head as (
  select distinct on (l.source, l.key) l.source, l.key, l.nik, n.kk
  from listed l left join nik_kk n using (nik)
  where l.head and l.nik is not null
  order by l.source, l.key, l.reference_date desc, l.nik
), of_members as (
  select distinct on (source, key) source, key, kk
  from (select l.source, l.key, n.kk, count(distinct l.nik) as members
        from listed l join nik_kk n using (nik) group by 1, 2, 3) vote
  order by source, key, members desc, kk
)
select l.source, l.key, l.hop, coalesce(s.kk, h.kk, m.kk) as kk, s.kk is not null as stated,
       h.nik as head
from listing l
left join stated_kk s using (source, key)
left join of_head h using (source, key)
left join of_members m using (source, key)
""",
    "analyze first_guess",
)
_NODES = """
create temp table listing_node on commit drop as
with neighbour as (
  select mine.source, mine.key, theirs.kk, theirs.head, count(distinct a.nik) as members
  from first_guess mine
  join listed a on a.source = mine.source and a.key = mine.key
    and (mine.head is null or a.nik = mine.head)
  join listed b on b.nik = a.nik and (b.source, b.key) <> (a.source, a.key)
  join first_guess theirs on theirs.source = b.source and theirs.key = b.key
  where mine.kk is null and mine.hop <= 2 and coalesce(theirs.kk, theirs.head) is not null
  group by 1, 2, 3, 4
), nearest as (
  select distinct on (source, key) source, key, kk, head from neighbour
  order by source, key, kk is null, members desc, kk, head
)
select g.source, g.key,
       case when g.kk is not null then 'K' || g.kk
            when n.kk is not null then 'K' || n.kk
            when g.head is not null then 'H' || g.head
            when n.head is not null then 'H' || n.head
            else 'S' || g.source || ':' || g.key end as node,
       case when g.stated or coalesce(g.kk, n.kk, g.head, n.head) is null then 'KEY'
            else 'NIK' end as method,
       g.hop
from first_guess g left join nearest n using (source, key)
where g.hop <= 2
"""


def resolve(connection: Connection[Any]) -> None:
    """Fill `listing_node` (source, key, node, method, hop) and add the listed to touched_person.

    A node names a family by what identifies it: K and the KK, H and its head's NIK, S and the
    listing itself. Rows that count no more may draw listings in, but decide nothing. Reads
    `linking`, `unlinked` and the links of persons.
    """
    connection.execute(_FORGET)
    for statement in _SEED:
        connection.execute(statement)
    for hop in _READ_ONLY_HOPS:
        connection.execute(_WIDEN, {"hop": hop})
    for statement in _LISTED:
        connection.execute(statement)
    connection.execute(SQL(_NIK_KK).format(rank=rank(family_order()), newest=NEWEST))
    for statement in _FIRST_GUESS:
        connection.execute(statement)
    connection.execute(_NODES)
    connection.execute("analyze listing_node")
    connection.execute(
        "insert into touched_person select distinct target_regency_code, target_id"
        " from listed where hop <= 1 on conflict do nothing"
    )


def family_order() -> tuple[str, ...]:
    """Sources in falling order of trust about which family a person belongs to."""
    order = survivorship()
    return order.household.get("kk", order.default)
