"""The ledgers: every ranking and every receipt that a source states, and the welfare status.

What is stated is worked out anew for the touched families and persons and compared with what is
stored, so an entry keeps its id for as long as it is stated.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import scalar_row
from psycopg.sql import SQL

from hub.core.store.precedence import FIRST_DELIVERY
from mappings.load import programmes

# All rows where families were regrouped; elsewhere nothing but this delivery can bring a change.
# What mends a delivery ranks as part of it.
_TOLD_RANKINGS = """
create temp table told_ranking on commit drop as
select distinct on (told.household_id, told.source, told.edition, r.scope, told.delivery_id)
       told.regency_code, told.household_id, told.source, told.edition, r.scope,
       coalesce(r.method, 'SOURCE_DECILE') as method, r.decile, r.percentile, r.rank, r.score,
       told.reference_date as decided_at, told.delivery_id
from (
  select t.regency_code, t.id as household_id, 0 as tier, s.source, s.edition, s.reference_date,
         {first} as delivery_id, s.sheet, s.row, s.rankings
  from touched_household t
  join household_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
  join source_household s on s.regency_code = k.regency_code and s.id = k.source_id
  where s.rankings is not null
    and (s.delivery_id in (select id from delivery where %(delivery)s::uuid in (id, mends))
         or %(delivery)s::uuid is null or t.id in (select id from regrouped_household))
  union all
  select t.regency_code, t.id, 1, s.source, s.edition, s.reference_date, {first},
         s.sheet, s.row, s.rankings
  from touched_household t
  join person p on p.regency_code = t.regency_code and p.household_id = t.id
  join person_link k on k.target_regency_code = p.regency_code and k.target_id = p.id
  join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
  where s.rankings is not null
    and (s.delivery_id in (select id from delivery where %(delivery)s::uuid in (id, mends))
         or %(delivery)s::uuid is null or t.id in (select id from regrouped_household))
) told
cross join jsonb_to_recordset(told.rankings) as r
  (scope text, method text, decile int, percentile int, rank bigint, score numeric)
where coalesce(r.decile, r.percentile, r.rank, r.score) is not null
order by told.household_id, told.source, told.edition, r.scope, told.delivery_id, told.tier,
         r.decile, r.percentile, r.rank, told.sheet, told.row
"""
_RANKINGS = (
    "analyze told_ranking",
    """
delete from ranking x using touched_household t
where x.regency_code = t.regency_code and x.household_id = t.id
  and (x.delivery_id = %(delivery)s::uuid or %(delivery)s::uuid is null
       or t.id in (select id from regrouped_household))
  and not exists (
    select from told_ranking n
    where n.household_id = x.household_id and n.source = x.source and n.edition = x.edition
      and n.scope = x.scope and n.delivery_id = x.delivery_id)
""",
    """
insert into ranking (regency_code, household_id, source, edition, scope, method, decile,
                     percentile, rank, score, decided_at, delivery_id)
select regency_code, household_id, source, edition, scope, method, decile, percentile, rank,
       score, decided_at, delivery_id
from told_ranking
on conflict (regency_code, household_id, source, edition, scope, delivery_id) do update
set method = excluded.method, decile = excluded.decile, percentile = excluded.percentile,
    rank = excluded.rank, score = excluded.score, decided_at = excluded.decided_at
where (ranking.method, ranking.decile, ranking.percentile, ranking.rank, ranking.score,
       ranking.decided_at)
   is distinct from (excluded.method, excluded.decile, excluded.percentile, excluded.rank,
                     excluded.score, excluded.decided_at)
""",
)
# A source tells of one family in several files (family list and member list), so a survey's yes
# is one receipt per source: all deliveries of the source are looked at together.
_TOLD_ROWS = """
create temp table told_row on commit drop as
with scope as (
  select id as delivery_id from delivery
  where %(delivery)s::uuid is null
     or source = (select source from delivery where id = %(delivery)s::uuid)
), recipient as (
  select p.regency_code, p.id, p.household_id
  from touched_person t join person p using (regency_code, id)
  union
  select p.regency_code, p.id, p.household_id
  from touched_household t
  join person p on p.regency_code = t.regency_code and p.household_id = t.id
)
select t.regency_code, null::uuid as person_id, t.id as household_id, 0 as tier, s.source,
       s.reference_date, s.delivery_id, {first} as first_delivery, s.sheet, s.row,
       s.id as source_id, s.receipts
from touched_household t
join household_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
join source_household s on s.regency_code = k.regency_code and s.id = k.source_id
where s.receipts is not null
  and (s.delivery_id in (select delivery_id from scope)
       or t.id in (select id from regrouped_household))
union all
select c.regency_code, c.id, c.household_id,
       case when s.relation is not distinct from 'HEAD' then 1 else 2 end, s.source,
       s.reference_date, s.delivery_id, {first}, s.sheet, s.row, s.id, s.receipts
from recipient c
join person_link k on k.target_regency_code = c.regency_code and k.target_id = c.id
join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
where s.receipts is not null
  and (s.delivery_id in (select delivery_id from scope)
       or c.household_id in (select id from regrouped_household)
       or c.id in (select new_id from regrouped_row))
"""
_TOLD_RECEIPTS = """
create temp table told_receipt on commit drop as
with told as (
  select w.regency_code, w.person_id, w.source, w.tier, w.reference_date, w.delivery_id,
         w.first_delivery, w.sheet, w.row, w.source_id, r.ordinal, r.programme,
         coalesce(r.start, w.reference_date) as period_start,
         r."end" as period_end, r.amount, coalesce(r.status, 'LISTED') as status,
         coalesce(r.basis, 'LIST') as basis,
         case when w.person_id is null or r.programme = any(%(family)s) then w.household_id end
           as household_id
  from told_row w
  cross join rows from (jsonb_to_recordset(w.receipts) as (
    programme text, start date, "end" date, amount numeric, status text, basis text))
    with ordinality as r (programme, start, "end", amount, status, basis, ordinal)
)
select distinct on (statement) * from (
  select *, case when basis = 'FLAG' and household_id is not null and programme = any(%(family)s)
                 then concat_ws(' ', household_id, source, programme, period_start, period_end)
                 else concat_ws(' ', source_id, ordinal) end as statement
  from told
) keyed
order by statement, least(tier, 1), reference_date, first_delivery, tier, sheet, row, ordinal
"""
_RECEIPTS = (
    "create index on told_receipt (source_id)",
    "analyze told_receipt",
    """
create temp table untold_receipt on commit drop as
select x.regency_code, x.id
from (select distinct regency_code, source_id from told_row) w
join receipt x on x.regency_code = w.regency_code and x.source_id = w.source_id
where not exists (select from told_receipt n
                  where n.source_id = x.source_id and n.ordinal = x.ordinal)
""",
    """
delete from overlap_flag_receipt x using untold_receipt u
where x.regency_code = u.regency_code and x.receipt_id = u.id
""",
    "delete from receipt x using untold_receipt u where x.regency_code = u.regency_code"
    " and x.id = u.id",
    """
insert into receipt (regency_code, person_id, household_id, programme, period_start, period_end,
                     amount, status, basis, delivery_id, source_id, ordinal)
select regency_code, person_id, household_id, programme, period_start, period_end, amount,
       status, basis, delivery_id, source_id, ordinal
from told_receipt
on conflict (regency_code, source_id, ordinal) do update
set person_id = excluded.person_id, household_id = excluded.household_id,
    programme = excluded.programme, period_start = excluded.period_start,
    period_end = excluded.period_end, amount = excluded.amount, status = excluded.status,
    basis = excluded.basis
where (receipt.person_id, receipt.household_id, receipt.programme, receipt.period_start,
       receipt.period_end, receipt.amount, receipt.status, receipt.basis)
   is distinct from (excluded.person_id, excluded.household_id, excluded.programme,
                     excluded.period_start, excluded.period_end, excluded.amount,
                     excluded.status, excluded.basis)
""",
)
_WELFARE = """
with dated as (
  select r.regency_code, r.household_id, r.id, r.source, r.edition, r.decile, r.decided_at,
         array_position(array['NATIONAL', 'PROVINCE', 'REGENCY'], r.scope) as scope,
         array_position(array['DTSEN', 'P3KE', 'REGSOSEK', 'DTKS', 'PK'], r.source) as priority
  from touched_household t
  join ranking r on r.regency_code = t.regency_code and r.household_id = t.id
  where r.decile is not null
), current as (
  select distinct on (household_id, source) *
  from dated
  order by household_id, source, decided_at desc nulls last, edition desc, scope,
           decile, id
), chosen as (
  select distinct on (household_id) household_id, id, decile
  from current
  order by household_id, scope <> 1, decided_at desc nulls last, priority, scope, source
), gap as (
  select household_id, max(decile) - min(decile) as widest from current group by household_id
), said as (
  select t.regency_code, t.id, c.id as ranking_id, c.decile, coalesce(g.widest, 0) as widest,
         case when c.decile is null then 'UNKNOWN' when c.decile <= 1 then 'EXTREME_POOR'
              when c.decile = 2 then 'POOR' when c.decile <= 4 then 'VULNERABLE'
              else 'NOT_POOR' end as status
  from touched_household t
  left join chosen c on c.household_id = t.id
  left join gap g on g.household_id = t.id
)
update household h
set welfare_status = s.status, decile = s.decile, decile_ranking_id = s.ranking_id,
    decile_disagreement = s.widest, updated_at = statement_timestamp()
from said s
where h.regency_code = s.regency_code and h.id = s.id
  and (h.welfare_status, h.decile, h.decile_ranking_id, h.decile_disagreement)
      is distinct from (s.status, s.decile, s.ranking_id, s.widest)
"""


def rankings(connection: Connection[Any], delivery_id: UUID | None) -> None:
    """Bring the rankings of the touched households up to date with their source rows.

    One per household, source, edition, scope and delivery: what household rows state, else what
    rows of the members state; the lowest decile where rows of one delivery disagree. `decided_at`
    is the reference date of the row. Without a delivery, all of them are worked through.
    """
    values = {"delivery": _first(connection, delivery_id)}
    connection.execute("drop table if exists told_ranking")
    connection.execute(SQL(_TOLD_RANKINGS).format(first=FIRST_DELIVERY), values)
    for statement in _RANKINGS:
        connection.execute(statement, values)


def receipts(connection: Connection[Any], delivery_id: UUID | None) -> None:
    """Bring the receipts of the touched households and persons up to date with their rows.

    A receipt of a family programme that a person's row names belongs to the family as well. A
    survey's yes (FLAG) repeated on rows of one family for a family programme and period is one
    receipt, of the family's own row before its head's. Lists are kept row by row.
    """
    values = {
        "delivery": delivery_id,
        "family": [p.code for p in programmes().values() if p.unit == "FAMILY"],
    }
    connection.execute("drop table if exists told_row, told_receipt, untold_receipt")
    connection.execute(SQL(_TOLD_ROWS).format(first=FIRST_DELIVERY), values)
    connection.execute("analyze told_row")
    connection.execute(_TOLD_RECEIPTS, values)
    for statement in _RECEIPTS:
        connection.execute(statement)


def welfare(connection: Connection[Any]) -> None:
    """Choose the ranking of each touched household and read its welfare status from it.

    Of each source the newest ranking is current. Among these a national one goes before others,
    then the newest, then by source: DTSEN, P3KE, REGSOSEK, DTKS, PK. The disagreement is the
    widest gap in decile between them.

    Decile 1 is read as extremely poor, 2 as poor, 3 and 4 as vulnerable, above as not poor. This
    reading is the hub's own: the guideline (4.2) leaves the limits to be identified.
    """
    connection.execute(_WELFARE)


def _first(connection: Connection[Any], delivery_id: UUID | None) -> UUID | None:
    """The delivery that this one mends, or itself."""
    query = "select coalesce(mends, id) from delivery where id = %s"
    with connection.cursor(row_factory=scalar_row) as cursor:
        found: UUID | None = cursor.execute(query, (delivery_id,)).fetchone()
    return found
