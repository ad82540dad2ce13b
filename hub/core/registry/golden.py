"""Golden records: the attributes of persons and households from their linked source rows.

Which source wins is data (mappings/survivorship.yml), compiled here to SQL. A blank never
erases what another row states, and a stale row never revives the dead.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from hub.core.registry import moves, places
from hub.core.registry.provenance import attribute_provenance_sql as attribute_provenance_sql
from hub.core.registry.survivors import (
    ADDRESS,
    HOUSEHOLD_ATTRIBUTES,
    PERSON_ATTRIBUTES,
    age,
    place,
    winner,
)
from hub.core.registry.survivors import places as places_of
from hub.core.store.planner import make_noticed, touched
from hub.core.store.precedence import NEWEST
from hub.core.store.tables import HOUSING

_FORGET = "drop table if exists golden_person, golden_household, golden_asset"

# A number belongs to who keeps it (method NIK); of anybody else it is suspect.
# Dead, once any source says so, unless the civil registry says otherwise at a later date. What
# matching with it found (civil_check) stands until a source states a newer result.
_PERSON = """
create temp table golden_person on commit drop as
with stated as (
  select h.id as golden_id, s.*, k.method,
         case when k.method = 'SHARED_NIK' then 'SUSPECT' else s.nik_status end as own_nik_status,
         {age}, {places}, {by_nik} as by_nik, {by_life} as by_life,
         {by_match} as by_match,
         nullif(s.civil_registry_match, 'NOT_CHECKED') as match,
         (s.life_status is not distinct from 'DECEASED'
          or s.civil_registry_match is not distinct from 'DECEASED') as dead,
         max(s.reference_date) filter (
           where s.source = 'DUKCAPIL' and s.life_status = 'ALIVE'
             and s.civil_registry_match is distinct from 'DECEASED')
           over (partition by h.id) as revived
  from touched_person t
  join person_home h on h.id = t.id
  join person_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
  join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
), chosen as (
  select r.golden_id as id, {winners},
         max(r.nik) filter (where r.method = 'NIK') as nik,
         substr(min((r.by_nik || r.age || r.own_nik_status) collate "C"), 9) as nik_status,
         substr(min((r.by_life || r.age || r.life_status) collate "C")
                filter (where r.life_status in ('ALIVE', 'UNKNOWN')), 9) as life_status,
         min(((99999999 - to_char(r.reference_date, 'YYYYMMDD')::int)::text || r.by_match
              || r.age || r.match || ' ' || r.source) collate "C")
           filter (where r.match is not null) as stated_match,
         max(r.reference_date) filter (where r.match is not null) as stated_on,
         bool_or(r.dead and r.reference_date >= coalesce(r.revived, r.reference_date)) as dead,
         min(to_char(r.reference_date, 'YYYY-MM-DD') || r.by_match || r.source) filter (
           where r.dead and r.reference_date >= coalesce(r.revived, r.reference_date)
             and (r.source = 'DUKCAPIL' or r.civil_registry_match = 'DECEASED'))
           as deceased
  from stated r
  group by r.golden_id
)
select h.new as regency_code, c.id, h.household_id, c.nik,
       case when c.nik is not null then 'VALID' else c.nik_status end as nik_status,
       {match},
       coalesce(c.name, '(tanpa nama)') as name, {attributes},
       coalesce(c.disabilities, '{{}}') as disabilities,
       case when c.dead then 'DECEASED'
            else coalesce(c.life_status, 'UNKNOWN') end as life_status,
       left(c.deceased, 10)::date as deceased_since, substr(c.deceased, 13) as deceased_source,
       h.village_code
from chosen c
join person_home h using (id)
left join civil_check m on m.id = c.id and m.on_date >= coalesce(c.stated_on, m.on_date)
"""
_MATCH = """
coalesce(m.match, split_part(substr(c.stated_match, 17), ' ', 1), 'NOT_CHECKED')
  as civil_registry_match,
coalesce(m.reason, case when c.stated_match is not null then 'STATED' end)
  as civil_registry_reason,
m.similarity as civil_registry_similarity,
case when m.id is not null then 'DUKCAPIL' else split_part(substr(c.stated_match, 17), ' ', 2) end
  as civil_registry_source,
coalesce(m.on_date, c.stated_on) as civil_registry_date
"""
_PERSON_COLUMNS = (
    "household_id",
    "nik",
    "nik_status",
    "civil_registry_match",
    "civil_registry_reason",
    "civil_registry_similarity",
    "civil_registry_source",
    "civil_registry_date",
    *PERSON_ATTRIBUTES,
    "life_status",
    "deceased_since",
    "deceased_source",
    "village_code",
)
# Only one person of a regency has a number at any moment, also while it changes hands.
_RELEASE_NIKS = """
update person p set nik = null, updated_at = statement_timestamp()
from contested_nik c join golden_person g using (nik)
where p.nik = c.nik and p.id <> g.id
"""
_ASSETS = """
create temp table golden_asset on commit drop as
select id, jsonb_object_agg(key, value) as assets from (
  select distinct on (t.id, e.key) t.id, e.key, e.value
  from touched_household t
  join household_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
  join source_household s on s.regency_code = k.regency_code and s.id = k.source_id
  cross join jsonb_each(s.assets) e
  where jsonb_typeof(s.assets) = 'object' and e.value <> 'null'
  order by t.id, e.key, {by_assets}, {newest}
) asset
group by id
"""
# A family without a household row takes its address from a member's row.
_HOUSEHOLD = """
create temp table golden_household on commit drop as
with stated as (
  select t.id, 0 as tier, s.source, s.reference_date, s.delivery_id, s.sheet, s.row,
         {attributes}, {address} as address
  from touched_household t
  join household_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
  join source_household s on s.regency_code = k.regency_code and s.id = k.source_id
  union all
  select m.household_id, 1, s.source, s.reference_date, s.delivery_id, s.sheet, s.row,
         {nulls}, {address}
  from member m
  join person_link k on k.target_regency_code = m.regency_code and k.target_id = m.person_id
  join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
  where coalesce(s.street, s.hamlet, s.rt, s.rw) is not null
), placed as (
  select s.*, {age}, {places}, s.tier || {by_address} as by_address from stated s
), chosen as (
  select r.id, {winners},
         substr(min((r.by_address || r.age || r.address::text) collate "C")
                filter (where r.address is not null), 10)::jsonb as address
  from placed r group by r.id
), size as (
  select household_id as id, count(*) as members from member group by 1
), head as (
  select distinct on (m.household_id) m.household_id as id, m.person_id
  from member m
  left join golden_person g on g.id = m.person_id
  left join person p on p.regency_code = m.regency_code and p.id = m.person_id
  where case when g.id is not null then g.relation else p.relation end = 'HEAD'
  order by m.household_id, coalesce(g.life_status, p.life_status) = 'DECEASED',
           coalesce(g.birth_date, p.birth_date), coalesce(g.nik, p.nik),
           coalesce(g.name, p.name), m.person_id
)
select h.new as regency_code, h.id, h.kk, h.village_code,
       coalesce(c.size, n.members)::int as size, head.person_id as head_person_id,
       {housing}, c.floor_area, coalesce(a.assets, '{{}}') as assets,
       c.address ->> 0 as street, c.address ->> 1 as hamlet, c.address ->> 2 as rt,
       c.address ->> 3 as rw
from household_home h
left join chosen c using (id)
left join size n using (id)
left join head using (id)
left join golden_asset a using (id)
where h.successor is null or c.id is not null or n.id is not null
"""
_HOUSEHOLD_COLUMNS = (
    "kk",
    "village_code",
    "size",
    "head_person_id",
    *HOUSING,
    "floor_area",
    "assets",
    *ADDRESS,
)
# Never now(), the start of the transaction: publications wait for one another, and one that began
# first may end last. A caller who pulls by `updated_at` must find its rows behind what is there.
_UPSERT = """
insert into {table} (regency_code, id, {columns}, updated_at)
select regency_code, id, {columns}, statement_timestamp() from {golden}
on conflict (regency_code, id) do update
set ({columns}, updated_at) = row({excluded}, excluded.updated_at)
where ({current}) is distinct from ({excluded})
"""
# Members that nothing new was said about still live where their family now does.
_VILLAGES = """
update person p set village_code = h.village_code, updated_at = statement_timestamp()
from person_home h
where p.regency_code = h.new and p.id = h.id and h.household_id is not null
  and p.village_code is distinct from h.village_code
"""


def refresh(connection: Connection[Any]) -> None:
    """Rebuild the touched persons and households from their linked source rows.

    Reads the temporary tables of hub.core.linkage.link and brings their regencies up to date.
    Rows that would not change are left alone. The caller owns the transaction.
    """
    places.settle(connection)
    connection.execute(_FORGET)
    connection.execute(_person())
    connection.execute("create unique index on golden_person (id)")
    connection.execute("analyze golden_person")
    connection.execute(SQL(_ASSETS).format(by_assets=place("household", "assets"), newest=NEWEST))
    connection.execute(_household())
    moves.copy_households(connection)
    connection.execute(_upsert("household", "golden_household", _HOUSEHOLD_COLUMNS))
    # The key of every person's household is looked up by a plan of its own.
    make_noticed(connection, touched(connection), "household")
    connection.execute(_RELEASE_NIKS)
    moves.copy_persons(connection)
    connection.execute(_upsert("person", "golden_person", _PERSON_COLUMNS))
    moves.finish(connection)
    connection.execute(_VILLAGES)


def _person() -> Composed:
    simple = [name for name in PERSON_ATTRIBUTES if name not in ("name", "disabilities")]
    return SQL(_PERSON).format(
        age=age("h.id"),
        places=places_of("person", PERSON_ATTRIBUTES),
        by_nik=place("person", "nik"),
        by_life=place("person", "life_status"),
        by_match=place("person", "civil_registry_match"),
        winners=_winners("person", PERSON_ATTRIBUTES),
        match=SQL(_MATCH),
        attributes=SQL(", ").join(Identifier("c", name) for name in simple),
    )


def _household() -> Composed:
    return SQL(_HOUSEHOLD).format(
        age=age("s.id"),
        places=places_of("household", HOUSEHOLD_ATTRIBUTES),
        by_address=place("household", "address"),
        winners=_winners("household", HOUSEHOLD_ATTRIBUTES),
        attributes=SQL(", ").join(Identifier("s", name) for name in HOUSEHOLD_ATTRIBUTES),
        nulls=SQL(", ").join([SQL("null")] * len(HOUSEHOLD_ATTRIBUTES)),
        address=SQL(
            "case when coalesce(s.street, s.hamlet, s.rt, s.rw) is not null"
            " then jsonb_build_array(s.street, s.hamlet, s.rt, s.rw) end"
        ),
        housing=SQL(", ").join(Identifier("c", name) for name in HOUSING),
    )


def _winners(kind: str, attributes: tuple[str, ...]) -> Composed:
    return SQL(", ").join(
        SQL("{} as {}").format(winner(kind, name, attributes), Identifier(name))
        for name in attributes
    )


def _upsert(table: str, golden: str, columns: tuple[str, ...]) -> Composed:
    def listed(*prefix: str) -> Composed:
        return SQL(", ").join(Identifier(*prefix, name) for name in columns)

    return SQL(_UPSERT).format(
        table=Identifier(table),
        golden=Identifier(golden),
        columns=listed(),
        excluded=listed("excluded"),
        current=listed(table),
    )
