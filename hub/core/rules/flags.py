"""Overlap flags: raised where a rule is broken, withdrawn where it no longer is.

A flag names the rule, the family or person, the programmes and the period in which they overlap.
Overlaps of one subject that touch or follow on are one flag. A period without an end is still
running. What a person has judged stays as judged.
"""

from __future__ import annotations

import json
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed

from hub.core.rules.compile import query
from mappings.load import programmes, rules

_FORGET = "drop table if exists claim, broken, flag_found, touched_flag, flag_receipt_found"

# Who is in no known family counts as a family alone, so that a list with a NIK and nothing more
# can still be set against another.
_CLAIM = """
create temp table claim on commit drop as
with receipt_id as (
  select r.regency_code, r.id
  from touched_household t
  join receipt r on r.regency_code = t.regency_code and r.household_id = t.id
  union
  select r.regency_code, r.id
  from touched_household t
  join person p on p.regency_code = t.regency_code and p.household_id = t.id
  join receipt r on r.regency_code = p.regency_code and r.person_id = p.id
  union
  select r.regency_code, r.id
  from touched_person t
  join receipt r on r.regency_code = t.regency_code and r.person_id = t.id
)
select r.regency_code, r.id, r.person_id, r.programme, r.basis, r.source_id, p.deceased_since,
       d.id as delivery_id, concat_ws('/', d.source, d.layout, d.region_code) as list,
       daterange(r.period_start, case when r.period_end < r.period_start then r.period_start
                                      else r.period_end end, '[]') as span,
       coalesce(r.household_id, p.household_id, r.person_id) as family_id,
       case when r.programme = any(%(family)s) then 'FAMILY' else 'PERSON' end as unit
from receipt_id
join receipt r using (regency_code, id)
join delivery own on own.id = r.delivery_id
join delivery d on d.id = coalesce(own.mends, own.id)  -- what mends a list is part of it
left join person p on p.regency_code = r.regency_code and p.id = r.person_id
where r.status <> 'STOPPED'
"""
# In the year 2024: `1 Januari 2024 sampai 31 Maret 2024`, or `sejak 1 Januari 2024`.
_DAY = (
    "to_char({day}, 'FMDD ') || (array['Januari', 'Februari', 'Maret', 'April', 'Mei', 'Juni',"
    " 'Juli', 'Agustus', 'September', 'Oktober', 'November', 'Desember'])"
    "[extract(month from {day})::int] || to_char({day}, ' YYYY')"
)
_FOUND = """
create temp table flag_found on commit drop as
with island as (
  select b.rule_code, b.regency_code, b.subject_id, b.programmes,
         unnest(range_agg(b.span)) as span
  from broken b group by 1, 2, 3, 4
), dated as (
  select i.*, lower(i.span) as period_start, upper(i.span) - 1 as period_end,
         (select string_agg(coalesce(%(names)s::jsonb ->> c.code, c.code), ' dan ' order by c.nr)
          from unnest(i.programmes) with ordinality c (code, nr)) as named
  from island i
)
select coalesce(f.id, hub_uuid7()) as flag_id, coalesce(f.status, 'NEW') as status,
       d.rule_code, d.regency_code, d.subject_id, d.programmes, d.span, d.period_start,
       d.period_end, coalesce(h.id, p.household_id) as household_id,
       case when h.id is null then d.subject_id end as person_id,
       replace(replace(%(texts)s::jsonb ->> d.rule_code, '{{programmes}}', d.named),
               '{{period}}', case
                 when d.period_end is null then 'sejak ' || {first}
                 when d.period_end = d.period_start then {first}
                 else {first} || ' sampai ' || {last} end) as explanation
from dated d
left join household h on h.regency_code = d.regency_code and h.id = d.subject_id
left join person p on p.regency_code = d.regency_code and p.id = d.subject_id
left join overlap_flag f on f.regency_code = d.regency_code and f.rule_code = d.rule_code
  and f.subject_id = d.subject_id and f.programmes = d.programmes
  and f.period_start = d.period_start
"""
_TOUCHED_FLAGS = """
create temp table touched_flag on commit drop as
  select f.regency_code, f.id
  from touched_household t
  join overlap_flag f on f.regency_code = t.regency_code and f.household_id = t.id
  union
  select f.regency_code, f.id
  from touched_household t
  join person p on p.regency_code = t.regency_code and p.household_id = t.id
  join overlap_flag f on f.regency_code = p.regency_code and f.person_id = p.id
  union
  select f.regency_code, f.id
  from touched_person t
  join overlap_flag f on f.regency_code = t.regency_code and f.person_id = t.id
"""
_WITHDRAW = """
delete from overlap_flag f using touched_flag touched
where f.regency_code = touched.regency_code and f.id = touched.id and f.status = 'OPEN'
  and not exists (select from flag_found n where n.flag_id = f.id)
"""
_RAISE = """
with raised as (
  insert into overlap_flag (regency_code, id, rule_code, subject_id, household_id, person_id,
                            programmes, period_start, period_end, explanation)
  select regency_code, flag_id, rule_code, subject_id, household_id, person_id, programmes,
         period_start, period_end, explanation
  from flag_found where status = 'NEW'
  returning regency_code, id
)
insert into flag_event (regency_code, flag_id, status, actor)
select regency_code, id, 'RAISED', 'rules' from raised
"""
_UPDATE = """
update overlap_flag f
set period_end = n.period_end, explanation = n.explanation, household_id = n.household_id
from flag_found n
where n.regency_code = f.regency_code and n.flag_id = f.id and n.status = 'OPEN'
  and (f.period_end, f.explanation, f.household_id)
      is distinct from (n.period_end, n.explanation, n.household_id)
"""
_RECEIPTS = (
    """
create temp table flag_receipt_found on commit drop as
select distinct n.regency_code, n.flag_id, receipt_id
from flag_found n
join broken b on b.regency_code = n.regency_code and b.rule_code = n.rule_code
  and b.subject_id = n.subject_id and b.programmes = n.programmes and b.span && n.span
cross join unnest(b.receipts) receipt_id
""",
    "analyze flag_receipt_found",
    """
delete from overlap_flag_receipt x using flag_found f
where x.regency_code = f.regency_code and x.flag_id = f.flag_id and f.status = 'OPEN'
  and not exists (select from flag_receipt_found n
                  where n.flag_id = x.flag_id and n.receipt_id = x.receipt_id)
""",
    """
insert into overlap_flag_receipt (regency_code, flag_id, receipt_id)
select regency_code, flag_id, receipt_id from flag_receipt_found
on conflict do nothing
""",
)


def flag(connection: Connection[Any]) -> int:
    """Apply the rules to the touched households and persons; return how many flags are new.

    A flag that its receipts no longer bear out is withdrawn unless somebody has judged it. The
    caller owns the transaction.
    """
    connection.execute(_FORGET)
    catalogue = programmes()
    family = [p.code for p in catalogue.values() if p.unit == "FAMILY"]
    connection.execute(_CLAIM, {"family": family})
    connection.execute("create index on claim (family_id)")
    connection.execute("create index on claim (person_id)")
    connection.execute("analyze claim")
    connection.execute(_broken())
    connection.execute("analyze broken")
    connection.execute(_found(), _texts())
    connection.execute("analyze flag_found")
    connection.execute(_TOUCHED_FLAGS)
    connection.execute(_WITHDRAW)
    raised = connection.execute(_RAISE).rowcount
    connection.execute(_UPDATE)
    for statement in _RECEIPTS:
        connection.execute(statement)
    return raised


def _broken() -> Composed:
    queries = SQL("\nunion all\n").join(query(rule) for rule in rules().values())
    return SQL("create temp table broken on commit drop as {}").format(queries)


def _found() -> Composed:
    first, last = (SQL(_DAY).format(day=SQL(day)) for day in ("d.period_start", "d.period_end"))
    return SQL(_FOUND).format(first=first, last=last)


def _texts() -> dict[str, str]:
    return {
        "names": json.dumps({p.code: p.name for p in programmes().values()}),
        "texts": json.dumps({rule.code: rule.explanation for rule in rules().values()}),
    }
