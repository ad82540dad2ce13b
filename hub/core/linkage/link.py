"""From source rows to persons and households: who a row is about, and why.

Persons link by valid NIK, in all of Indonesia, unless what else their rows say disagrees (see
`shared_niks`); every row without is a person of its own. Families link by valid KK; a listing
without KK follows its people (see `listings`). The outcome depends on the set of linked rows only,
never on the order in which they came.

What is decided here is written to `person_link` and `household_link`; the golden records
themselves are made by hub.core.registry from the temporary tables left behind:

- touched_person (regency_code, id): whose source rows or family may have changed
- emptied_person (regency_code, id, successor), regrouped_row (source_id, old_regency_code,
  old_id, new_id): who lost all their rows, and rows that changed hands; see `persons`
- civil_check (id, match, reason, similarity, on_date): what the civil registry knows of them
- contested_nik (nik): numbers of which more than the first look was needed
- touched_household (regency_code, id, kk): likewise, with families that lost everyone
- membership (person_id, node), node_home (node, regency_code, id): the family of each touched
  person
- succession (old_id, new_id, rows): which family took over rows and persons of which
- regrouped_household (id): families that gained or lost rows or persons known before
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection

from hub.core.linkage import civil_registry, households, listings, persons, shared_niks

_FORGET = """
drop table if exists linking, linking_nik, fresh_person, nik_person, touched_person
"""
_ONE = """
create temp table linking on commit drop as
select id as delivery_id, region_code from delivery where id = %s
"""
_ALL = """
create temp table linking on commit drop as
select d.id as delivery_id, d.region_code
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
create temp table linking (delivery_id uuid, region_code text) on commit drop
"""
_NIKS = """
create temp table linking_nik on commit drop as
select distinct s.nik from source_person s join linking using (delivery_id)
where s.nik_status = 'VALID'
"""
_THESE_NIKS = """
create temp table linking_nik on commit drop as select unnest(%s::text[]) as nik
"""
_PERSONS = (
    """
create temp table fresh_person on commit drop as
select s.regency_code, s.id, case when s.nik_status = 'VALID' then s.nik end as nik
from source_person s join linking using (delivery_id)
where not exists (select from person_link k
                  where k.regency_code = s.regency_code and k.source_id = s.id)
  and not exists (select from contested_nik c where c.nik = s.nik and s.nik_status = 'VALID')
""",
    "analyze fresh_person",
    # The regency of a new person is preliminary: survivorship settles it.
    """
create temp table nik_person on commit drop as
select f.nik, coalesce(p.regency_code, f.regency_code) as regency_code,
       coalesce(p.id, hub_uuid7()) as id
from (select nik, coalesce(min(regency_code) filter (where regency_code <> '0000'), '0000')
             as regency_code
      from fresh_person where nik is not null group by nik) f
left join person p on p.nik = f.nik
""",
    "analyze nik_person",
    """
insert into person_link
  (regency_code, source_id, target_regency_code, target_id, judgement, method)
select f.regency_code, f.id, coalesce(n.regency_code, f.regency_code),
       coalesce(n.id, hub_uuid7()), 'SAME', case when n.id is null then 'ROW' else 'NIK' end
from fresh_person f left join nik_person n using (nik)
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
    """Link every published delivery afresh and count all persons and households as touched.

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
    shared_niks.settle(connection)
    persons.regroup(connection)
    for statement in _PERSONS:
        connection.execute(statement)
    listings.resolve(connection)
    connection.execute("analyze touched_person")
    households.assign(connection)
    civil_registry.check(connection)
