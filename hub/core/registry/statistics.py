"""Counts per region, kept beside the registry and recounted with every publication.

`region_statistic` has one row per region (a regency, and each district and village in it) and:

- ALL: households and their members
- DECILE, WELFARE: likewise, by chosen desil (`01` to `10`, or NONE) and by welfare status
- RANKING: likewise, by source, edition and desil of the ledger; a household that one edition puts
  into two desils counts in both
- PROGRAMME: families and persons who receive, and receipts (`entries`), stopped ones left out
- FLAG: overlap flags (`entries`) by rule and status

A household counts in its village; a receipt or flag in the village of its household, or else of
its person. Of what has no village, and of regency `0000`, only the regency is counted. So no
household or person is in two rows of one level, and rows of several regions may be added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import scalar_row

_FORGET = "delete from region_statistic where regency_code = any(%(regencies)s)"
_COUNT = """
insert into region_statistic
  (regency_code, region_code, dimension, source, edition, key, status, households, persons, entries)
with membership as (
  select regency_code, household_id, count(*) as persons
  from person
  where regency_code = any(%(regencies)s) and household_id is not null
  group by regency_code, household_id
), home as (
  select h.regency_code, h.village_code, h.decile, h.welfare_status, count(*) as households,
         coalesce(sum(m.persons), 0) as persons
  from household h
  left join membership m on m.regency_code = h.regency_code and m.household_id = h.id
  where h.regency_code = any(%(regencies)s)
  group by h.regency_code, h.village_code, h.decile, h.welfare_status
), ranked as (
  select distinct regency_code, household_id, source, edition, decile
  from ranking
  where regency_code = any(%(regencies)s)
), paid as (
  select r.regency_code, r.programme, r.person_id, h.id as household_id,
         case when h.id is null then p.village_code else h.village_code end as village_code
  from receipt r
  left join person p on p.regency_code = r.regency_code and p.id = r.person_id
  left join household h on h.regency_code = r.regency_code
    and h.id = coalesce(r.household_id, p.household_id)
  where r.regency_code = any(%(regencies)s) and r.status <> 'STOPPED'
), flagged as (
  select f.regency_code, f.rule_code, f.status,
         case when h.id is null then p.village_code else h.village_code end as village_code
  from overlap_flag f
  left join person p on p.regency_code = f.regency_code and p.id = f.person_id
  left join household h on h.regency_code = f.regency_code
    and h.id = coalesce(f.household_id, p.household_id)
  where f.regency_code = any(%(regencies)s)
), counted (regency_code, village_code, dimension, source, edition, key, status, households,
            persons, entries) as (
  select regency_code, village_code, 'ALL', '', '', '', '', households, persons, 0 from home
  union all
  select regency_code, village_code, 'DECILE', '', '', coalesce(to_char(decile, 'FM00'), 'NONE'),
         '', households, persons, 0
  from home
  union all
  select regency_code, village_code, 'WELFARE', '', '', welfare_status, '', households, persons, 0
  from home
  union all
  select r.regency_code, h.village_code, 'RANKING', r.source, r.edition,
         coalesce(to_char(r.decile, 'FM00'), 'NONE'), '', count(*), coalesce(sum(m.persons), 0), 0
  from ranked r
  join household h on h.regency_code = r.regency_code and h.id = r.household_id
  left join membership m on m.regency_code = r.regency_code and m.household_id = r.household_id
  group by r.regency_code, h.village_code, r.source, r.edition, r.decile
  union all
  select regency_code, village_code, 'PROGRAMME', '', '', programme, '',
         count(distinct household_id), count(distinct person_id), count(*)
  from paid
  group by regency_code, village_code, programme
  union all
  select regency_code, village_code, 'FLAG', '', '', rule_code, status, 0, 0, count(*)
  from flagged
  group by regency_code, village_code, rule_code, status
)
select c.regency_code, r.code, c.dimension, c.source, c.edition, c.key, c.status,
       sum(c.households), sum(c.persons), sum(c.entries)
from counted c
cross join lateral (
  values (c.regency_code), (left(c.village_code, 6)), (c.village_code)) as r (code)
where r.code is not null
group by c.regency_code, r.code, c.dimension, c.source, c.edition, c.key, c.status
"""
# Families and persons may have come from one regency into another: both have changed.
_TOUCHED = """
select distinct c.code
from (select old, new from household_home union select old, new from person_home) h
cross join lateral (values (h.old), (h.new)) as c (code)
"""


def touched_regencies(connection: Connection[Any]) -> list[str]:
    """Where anything may have changed; reads the temporary tables of hub.core.registry.places."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(_TOUCHED).fetchall()


def refresh_statistics(connection: Connection[Any], regencies: Sequence[str]) -> None:
    """Count the regencies anew, with all districts and villages in them.

    The caller owns the transaction.
    """
    values = {"regencies": list(regencies)}
    connection.execute(_FORGET, values)
    connection.execute(_COUNT, values)
