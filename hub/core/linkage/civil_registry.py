"""Padan Dukcapil: whether the civil registry knows the NIK under a name like this one.

The rule of the Ministry of Social Affairs: the NIK is found, and the names are at least as like
as mappings/linkage.yml says. What a source states of its own matching, and which of the two is
newer, is for hub.core.registry.golden to weigh.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL

from hub.core.linkage.identities import REGISTRY
from hub.core.linkage.names import similarity
from hub.core.store.precedence import NEWEST
from mappings.load import linkage

_FORGET = "drop table if exists civil_registered, civil_check"
# The newest row of the registry for the number of each touched person, whoever keeps the number.
_REGISTERED = """
create temp table civil_registered on commit drop as
with own as (
  select distinct t.id, s.nik, bool_or(k.method = 'SHARED_NIK') as shared
  from touched_person t
  join person_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
  join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
  where k.method in ('NIK', 'SHARED_NIK')
  group by t.id, s.nik
)
select distinct on (o.id) o.id, o.shared, s.name, s.reference_date
from own o
join source_person s on s.nik = o.nik and s.nik_status = 'VALID' and s.source = {registry}
  and coalesce(s.civil_registry_match, 'NOT_CHECKED') = 'NOT_CHECKED'
join person_link k on k.regency_code = s.regency_code and k.source_id = s.id and k.method = 'NIK'
order by o.id, {newest}
"""
_NAMES = """
select distinct c.id::text, c.name as registered, s.name as stated
from civil_registered c
join touched_person t using (id)
join person_link k on k.target_regency_code = t.regency_code and k.target_id = t.id
join source_person s on s.regency_code = k.regency_code and s.id = k.source_id
where s.source <> %(registry)s and c.name is not null and s.name is not null
"""
_NAME = {"id": pl.String, "registered": pl.String, "stated": pl.String}
_CHECK = """
create temp table civil_check
  (id uuid primary key, match text, reason text, similarity smallint, on_date date)
on commit drop
"""
# A row of the registry that no other source has spoken of needs no comparison: it is the register.
_FILL = """
insert into civil_check
select id,
       case when shared or similarity < %(least)s then 'MISMATCHED' else 'MATCHED' end,
       case when shared then 'NIK_OF_ANOTHER' when similarity is null then 'REGISTERED'
            when similarity < %(least)s then 'NAME_DIFFERS' else 'NAME_AGREES' end,
       similarity, reference_date
from civil_registered c
left join (select unnest(%(ids)s::uuid[]) as id, unnest(%(scores)s::int[]) as similarity) x
  using (id)
"""


def check(connection: Connection[Any]) -> None:
    """Match the touched persons with the civil registry, by what is published of it.

    Leaves civil_check (id, match, reason, similarity, on_date) for those whose number it has; of
    several names that the sources have for somebody, the one most like the registry's counts.
    """
    connection.execute(_FORGET)
    connection.execute(SQL(_REGISTERED).format(registry=REGISTRY, newest=NEWEST))
    connection.execute("analyze civil_registered")
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_NAMES, {"registry": REGISTRY}).fetchall()
    names = pl.DataFrame(rows, _NAME)
    best = (
        names.with_columns(similarity(names["registered"], names["stated"]).alias("score"))
        .drop_nulls("score")
        .group_by("id")
        .agg(pl.col("score").max())
    )
    connection.execute(_CHECK)
    least = linkage().civil_registry.name_similarity
    values = {"least": least, "ids": best["id"].to_list(), "scores": best["score"].to_list()}
    connection.execute(_FILL, values)
    connection.execute("analyze civil_check")
