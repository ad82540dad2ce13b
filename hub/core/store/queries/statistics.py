"""Counts of regions within the caller's scope, from those kept by hub.core.registry.statistics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from psycopg.sql import SQL, Composable

from hub.core.store.reader import Reader, Row
from hub.core.store.statement import Statement

# Of the asked region and a region of the scope, one within the other, the inner one is counted.
# A regency, district or village has rows of its own; a larger region is the sum of its regencies.
_ROWS = """
(select s.* from (
   select case when length(p.code) > length({code}) then p.code else {code} end as code
   from unnest({regions}) as p(code)
   where starts_with(p.code, {code}) or starts_with({code}, p.code)) inner_region
 cross join lateral (
   select * from region_statistic own
   where own.regency_code = left(inner_region.code, 4) and own.region_code = inner_region.code
   union all
   select * from region_statistic regency
   where length(inner_region.code) < 4 and regency.region_code = regency.regency_code
     and regency.regency_code >= inner_region.code
     and regency.regency_code < inner_region.code || 'A') s)
"""
_OF_REGIONS = """
select k.code as owner, s.dimension, s.source, s.edition, s.key, s.status,
       sum(s.households)::bigint as households, sum(s.persons)::bigint as persons,
       sum(s.entries)::bigint as entries
from unnest({codes}) as k(code)
cross join lateral {rows} s
where {edition} is null or s.dimension <> 'RANKING' or s.edition = {edition}
group by k.code, s.dimension, s.source, s.edition, s.key, s.status
order by k.code, s.dimension, s.source, s.edition, s.key, s.status
"""


async def of_regions(
    reader: Reader, codes: Sequence[str], edition: str | None
) -> dict[str, list[Row]]:
    """The counts of each region, rankings of `edition` only if given; none for an empty region."""
    statement = reader.statement()
    query = SQL(_OF_REGIONS).format(
        codes=statement.bind(list(codes), "text[]"),
        rows=rows_of(statement, SQL("k.code")),
        edition=statement.bind(edition, "text"),
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in await reader.rows(statement, query):
        found[row["owner"]].append(row)
    return found


def rows_of(statement: Statement, code: Composable) -> Composable:
    """A row source to stand after `from` or `lateral`: the rows of `region_statistic` that add up
    to what the caller may see of the region whose code is the SQL expression `code`."""
    regions = statement.bind(statement.whole_scope, "text[]", outermost)
    return SQL(_ROWS).format(code=code, regions=regions)


def outermost(regions: Sequence[str]) -> list[str]:
    """The regions of a scope, without those that lie in another of them."""
    return sorted(
        region
        for region in set(regions)
        if not any(region != other and region.startswith(other) for other in regions)
    )
