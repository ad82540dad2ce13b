"""From source rows to persons and households: who a row is about, and why.

Persons link by valid NIK, in all of Indonesia, unless what else their rows say disagrees (see
`shared_niks`); every row without is a person of its own. Families link by valid KK; a listing
without KK follows its people (see `listings`). The outcome depends on the set of linked rows only,
never on the order in which they came.

What is decided here is written to `person_link` and `household_link`; the golden records
themselves are made by hub.core.registry from the temporary tables left behind:

- touched_person (regency_code, id): whose source rows or family may have changed
- regrouped_row (source_id, old_regency_code, old_id, new_id): rows that changed hands, see
  `persons`
- gone_person (regency_code, id, successor): persons whom no row is about any more; who took over
  most of their rows follows, or whoever the rows are about that mend them, if anybody
- civil_check (id, match, reason, similarity, on_date): what the civil registry knows of them
- contested_nik (nik): numbers of which more than the first look was needed
- touched_household (regency_code, id, kk): likewise, with families that lost everyone
- membership (person_id, node), node_home (node, regency_code, id): the family of each touched
  person
- succession (old_id, new_id, rows): which family took over rows and persons of which
- regrouped_household (id): families that gained or lost rows or persons known before
- replaced (subject, regency_code, source_id, replaced_id, target_regency_code, target_id,
  same_nik): new rows, the rows that they mend, what those were linked to, and whether both have
  the same valid NIK

Reads `unlinked`, the links that hub.core.registry.supersede took away just before. A row of a
published delivery that has no link was mended by another, and counts no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from hub.core.linkage import civil_registry, households, listings, persons, shared_niks
from hub.core.store.planner import make_noticed, touched

_FORGET = """
drop table if exists linking, replaced, alone, linking_nik, fresh_person, nik_person, gone_person,
  touched_person
"""
_ONE = """
create temp table linking on commit drop as
select id as delivery_id, state <> 'PUBLISHED' as fresh from delivery where id = %s
"""
_ALL = """
create temp table linking on commit drop as
select d.id as delivery_id, d.state <> 'PUBLISHED' as fresh
from delivery d
where d.state = 'PUBLISHED'
   or exists (select from source_person s join person_link k
                on k.regency_code = s.regency_code and k.source_id = s.id
              where s.delivery_id = d.id)
   or exists (select from source_household s join household_link k
                on k.regency_code = s.regency_code and k.source_id = s.id
              where s.delivery_id = d.id)
"""
_NONE = """
create temp table linking (delivery_id uuid, fresh boolean) on commit drop
"""
_NIKS = """
create temp table linking_nik on commit drop as
select s.nik from source_person s join linking using (delivery_id) where s.nik_status = 'VALID'
union
select nik from unlinked where nik is not null
"""
_THESE_NIKS = """
create temp table linking_nik on commit drop as select unnest(%s::text[]) as nik
"""
_REPLACED = (
    """
create temp table replaced on commit drop as
select u.subject, s.regency_code, s.id as source_id, u.source_id as replaced_id,
       u.target_regency_code, u.target_id,
       coalesce(u.nik = s.nik and s.nik_status = 'VALID', false) as same_nik
from unlinked u
join source_person s on s.sheet = u.sheet and s.row = u.row
join linking using (delivery_id)
where u.subject = 'person'
union all
select u.subject, s.regency_code, s.id, u.source_id, u.target_regency_code, u.target_id, false
from unlinked u
join source_household s on s.sheet = u.sheet and s.row = u.row
join linking using (delivery_id)
where u.subject = 'household'
""",
    "analyze replaced",
    # Whoever has no number and was known by rows alone that are mended stays the same person.
    """
create temp table alone on commit drop as
select distinct on (r.target_id) r.regency_code, r.source_id, r.target_regency_code, r.target_id
from replaced r join unlinked u on u.subject = r.subject and u.source_id = r.replaced_id
where r.subject = 'person' and u.method in ('ROW', 'SHARED_NIK')
  and not exists (select from person_link k
                  where k.target_regency_code = r.target_regency_code
                    and k.target_id = r.target_id)
order by r.target_id, u.sheet, u.row
""",
)
_PERSONS = (
    """
create temp table fresh_person on commit drop as
select s.regency_code, s.id, case when s.nik_status = 'VALID' then s.nik end as nik
from source_person s join linking l using (delivery_id)
where l.fresh
  and not exists (select from person_link k
                  where k.regency_code = s.regency_code and k.source_id = s.id)
  and not exists (select from contested_nik c where c.nik = s.nik and s.nik_status = 'VALID')
""",
    "analyze fresh_person",
    # Unless rows that share a number are that person now.
    """
delete from alone a using person_link k
where k.target_regency_code = a.target_regency_code and k.target_id = a.target_id
""",
    # The regency of a new person is preliminary: survivorship settles it.
    """
create temp table nik_person on commit drop as
select f.nik, coalesce(p.regency_code, a.target_regency_code, f.regency_code) as regency_code,
       coalesce(p.id, a.target_id, hub_uuid7()) as id
from (select nik, coalesce(min(regency_code) filter (where regency_code <> '0000'), '0000')
             as regency_code
      from fresh_person where nik is not null group by nik) f
left join person p on p.nik = f.nik
left join (select distinct on (f.nik) f.nik, a.target_regency_code, a.target_id
           from alone a
           join fresh_person f on f.regency_code = a.regency_code and f.id = a.source_id
           where f.nik is not null
           order by f.nik, a.target_id) a on a.nik = f.nik
""",
    "analyze nik_person",
    """
insert into person_link
  (regency_code, source_id, target_regency_code, target_id, judgement, method)
select f.regency_code, f.id,
       coalesce(n.regency_code, a.target_regency_code, f.regency_code),
       coalesce(n.id, a.target_id, hub_uuid7()), 'SAME',
       case when n.id is null then 'ROW' else 'NIK' end
from fresh_person f
left join nik_person n using (nik)
left join alone a on a.regency_code = f.regency_code and a.source_id = f.id
""",
    """
create temp table touched_person (regency_code text, id uuid primary key) on commit drop
""",
    """
insert into touched_person
select k.target_regency_code, k.target_id
from source_person s
join linking using (delivery_id)
join person_link k on k.regency_code = s.regency_code and k.source_id = s.id
union
select k.target_regency_code, k.target_id
from grouping g join person_link k using (regency_code, source_id)
union
select old_regency_code, old_id from regrouped_row
union
select target_regency_code, target_id from unlinked where subject = 'person'
""",
    """
create temp table gone_person on commit drop as
select l.regency_code, l.id, mode() within group (order by n.new_id) as successor
from (select target_regency_code as regency_code, target_id as id
      from unlinked where subject = 'person'
      union select old_regency_code, old_id from regrouped_row) l
left join (select r.target_id as id, k.target_id as new_id
           from replaced r join person_link k using (regency_code, source_id)
           where r.subject = 'person'
           union all select old_id, new_id from regrouped_row) n using (id)
where not exists (select from person_link k
                  where k.target_regency_code = l.regency_code and k.target_id = l.id)
group by 1, 2
""",
)


def link(connection: Connection[Any], delivery_id: UUID) -> None:
    """Link the rows of a delivery and whatever they bring into a new light.

    Linking the same delivery again changes nothing. The caller owns the transaction.
    """
    _start(connection)
    connection.execute(_ONE, (delivery_id,))
    connection.execute(_NIKS)
    _link(connection)


def relink(connection: Connection[Any], niks: Sequence[str]) -> None:
    """Decide again on the rows of these NIKs. The caller owns the transaction."""
    _start(connection)
    connection.execute(_NONE)
    connection.execute(_THESE_NIKS, (list(niks),))
    _link(connection)


def touch_all(connection: Connection[Any]) -> None:
    """Decide every family afresh and count all persons and households as touched.

    Ids stay. The caller owns the transaction.
    """
    _start(connection)
    connection.execute(_ALL)
    connection.execute(_NIKS)
    _link(connection)


def _start(connection: Connection[Any]) -> None:
    connection.execute(_FORGET)
    # Sorts and hashes of a whole regency stay in memory.
    connection.execute("set local work_mem = '64MB'")


def _link(connection: Connection[Any]) -> None:
    connection.execute("analyze linking")
    connection.execute("analyze linking_nik")
    for statement in _REPLACED:
        connection.execute(statement)
    shared_niks.settle(connection)
    persons.regroup(connection)
    for statement in _PERSONS:
        connection.execute(statement)
    rows = touched(connection)
    make_noticed(connection, rows, "person_link")
    listings.resolve(connection)
    connection.execute("analyze touched_person")
    households.assign(connection)
    make_noticed(connection, rows, "household_link")
    civil_registry.check(connection)
