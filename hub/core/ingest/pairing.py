"""Whose rows of two deliveries are the same family or person: the SQL that pairs them.

A delivery may state a family or a person in several rows: the first stands for all, and what they
say was received is put together. Rows are matched in steps, each among those still unmatched:
families by KK, then by the source's key; persons by NIK, key, then by family with name and birth
date; last, rows with nothing to know them by that are alike in everything. Every step treats both
deliveries the same, so what one direction calls added the other calls removed. What has mended a
published delivery is part of it, in place of the rows it mended.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier
from psycopg.sql import Literal as Value

from hub.core.registry.supersede import current
from hub.core.store.scope import Scope
from hub.core.store.statement import Statement
from hub.core.store.tables import HOUSING
from mappings.vocabulary import AssetKind

Subject = Literal["household", "person"]
RECEIPTS = "receipts"

_SCOPES = ("national", "province", "regency")
DECILES = {
    f"ranking.{scope}.decile": (
        f"jsonb_path_query_first(s.rankings, '$[*] ? (@.scope == \"{scope.upper()}\").decile')"
        " #>> '{}'"
    )
    for scope in _SCOPES
}
_PLACE = {
    "region.village_code": "s.village_code",
    **{f"address.{name}": f"s.{name}" for name in ("street", "hamlet", "rt", "rw")},
}
ATTRIBUTES: dict[Subject, dict[str, str]] = {
    "household": {
        "household.kk": "s.kk",
        "household.key": "s.key",
        "household.size": "s.size::text",
        **{f"household.{name}": f"s.{name}" for name in HOUSING},
        "household.floor_area": "trim_scale(s.floor_area)::text",
        **{f"asset.{kind.value}": f"s.assets ->> '{kind.value}'" for kind in AssetKind},
        **_PLACE,
        **DECILES,
    },
    "person": {
        "person.nik": "s.nik",
        "person.key": "s.key",
        "household.kk": "s.kk",
        "household.key": "s.household_key",
        "person.name": "s.name",
        "person.sex": "s.sex",
        "person.birth_date": "s.birth_date::text",
        **{
            f"person.{name}": f"s.{name}"
            for name in (
                "birth_place", "mother_name", "relation", "marital_status", "education",
                "occupation", "employment_status", "life_status", "civil_registry_match",
            )
        },
        # None at all is an answer; it is not the blank of a file that does not ask.
        "person.disabilities": "case when s.disabilities = '{}' then '-' else"
        " (select string_agg(d, ', ' order by d) from unnest(s.disabilities) d) end",
        **_PLACE,
        **DECILES,
    },
}  # fmt: skip
"""Attributes that are compared, under their unified names, and how a source row gives them.

What was received is compared too, as the last attribute, `receipts`.
"""

NAMES: dict[Subject, tuple[str, ...]] = {
    subject: (*names, RECEIPTS) for subject, names in ATTRIBUTES.items()
}
"""Names of the values in `older` and `newer` of a row of `difference`."""

_NAMED = " || '|' || s.name || '|' || coalesce(s.birth_date::text, '')"
# How rows are matched, step by step; the first key there is tells the rows of one subject.
_KEYS: dict[Subject, dict[str, str]] = {
    "household": {"K": "s.kk", "S": "s.key"},
    "person": {
        "N": "case when s.nik_status = 'VALID' then s.nik end",
        "S": "s.key",
        "F": f"s.kk{_NAMED}",
        "H": f"s.household_key{_NAMED}",
    },
}

_BEGIN = """
drop table if exists difference;
create temp table difference (
  n bigint generated always as identity primary key, subject text, kind text, village_code text,
  nik text, kk text, older_sheet int, older_row int, newer_sheet int, newer_row int,
  older text[], newer text[]) on commit drop;
"""
_BEGIN_SUBJECT = """
drop table if exists compared, matched;
create temp table matched (older uuid, newer uuid) on commit drop;
"""
_COMPARED = """
create temp table compared on commit drop as
with stated as materialized (
  select d.newer, s.id, s.sheet, s.row, s.village_code, s.kk, {nik} as nik, s.receipts,
         array[{keys}] as keys, coalesce({nodes}, 'R' || s.id) as node,
         array[{attributes}] as attributes
  from (values (false, {older}::uuid), (true, {newer}::uuid)) d (newer, delivery_id)
  join delivery part on d.delivery_id in (part.id, part.mends)
  join {source} s on s.delivery_id = part.id
  where {current} and {scope}
), received as (
  select t.newer, t.node, string_agg(distinct concat_ws(
           ' ', r.programme, r.start, r."end", r.amount, r.status), '; ') as receipts
  from stated t
  cross join jsonb_to_recordset(t.receipts)
    as r (programme text, start text, "end" text, amount text, status text)
  group by t.newer, t.node
)
select distinct on (t.newer, t.node) t.newer, t.id, t.sheet, t.row, t.village_code, t.kk, t.nik,
       t.keys, t.attributes || r.receipts as attributes,
       count(*) over (partition by t.newer, t.node) - 1 as repeats
from stated t left join received r on r.newer = t.newer and r.node = t.node
order by t.newer, t.node, t.sheet, t.row
"""
# Two anti-joins rather than one with "or", which could not be hashed.
_STEP = """
with pool as materialized (
  select c.newer, c.id, {key} as key,
         row_number() over (partition by c.newer, {key} order by c.sheet, c.row) as nth
  from (
    select * from compared o
    where not o.newer and not exists (select from matched m where m.older = o.id)
    union all
    select * from compared n
    where n.newer and not exists (select from matched m where m.newer = n.id)
  ) c
  where {key} is not null
)
insert into matched
select o.id, n.id from pool o join pool n using (key, nth) where not o.newer and n.newer
"""
_OUTCOME = """
insert into difference (subject, kind, village_code, nik, kk, older_sheet, older_row, newer_sheet,
                        newer_row, older, newer)
select {subject}, w.kind, coalesce(n.village_code, o.village_code), coalesce(n.nik, o.nik),
       coalesce(n.kk, o.kk), o.sheet, o.row, n.sheet, n.row,
       case when w.kind = 'CHANGED' then o.attributes end,
       case when w.kind = 'CHANGED' then n.attributes end
from (select * from compared where not newer) o
left join matched m on m.older = o.id
full join (select * from compared where newer) n on n.id = m.newer
cross join lateral (
  select case when o.id is null then 'ADDED' when n.id is null then 'REMOVED' else 'CHANGED' end
) w (kind)
where o.attributes is distinct from n.attributes
order by w.kind, 3, coalesce(n.sheet, o.sheet), coalesce(n.row, o.row)
"""
_COUNTED = """
select kind, count(*) from difference where subject = {subject} group by kind
union all
select 'UNCHANGED', (select count(*) from matched)
       - (select count(*) from difference where subject = {subject} and kind = 'CHANGED')
union all
select case when newer then 'REPEATED_NEWER' else 'REPEATED_OLDER' end, sum(repeats)::bigint
from compared group by newer
"""


def begin(connection: Connection[Any]) -> None:
    """Make an empty table `difference`, which lasts until the end of the transaction."""
    connection.execute(_BEGIN)


def pair(
    connection: Connection[Any], subject: Subject, older: UUID, newer: UUID, scope: Scope
) -> dict[str, int]:
    """Add what differs of one subject to `difference`; how many there are of each kind."""
    connection.execute(_BEGIN_SUBJECT)
    _state(connection, subject, older, newer, scope)
    steps = [SQL("c.keys[{}]").format(Value(i)) for i in range(1, len(_KEYS[subject]) + 1)]
    for step in (*steps, SQL("c.attributes")):
        connection.execute(SQL(_STEP).format(key=step))
        connection.execute("analyze matched")
    connection.execute(SQL(_OUTCOME).format(subject=Value(subject)))
    with connection.cursor(row_factory=tuple_row) as cursor:
        return dict(cursor.execute(SQL(_COUNTED).format(subject=Value(subject))))


def _state(
    connection: Connection[Any], subject: Subject, older: UUID, newer: UUID, scope: Scope
) -> None:
    """Make `compared`: a row for every family or person that a delivery states."""
    statement = Statement(scope)
    keys = _KEYS[subject]
    connection.execute(
        SQL(_COMPARED).format(
            nik=SQL("s.nik" if subject == "person" else "null"),
            keys=SQL(", ").join(SQL(key) for key in keys.values()),
            nodes=SQL(", ").join(
                SQL("{} || ({})").format(Value(mark), SQL(key)) for mark, key in keys.items()
            ),
            attributes=SQL(", ").join(
                SQL("nullif({}, '')").format(SQL(value)) for value in ATTRIBUTES[subject].values()
            ),
            older=statement.bind(older),
            newer=statement.bind(newer),
            source=Identifier(f"source_{subject}"),
            current=current(subject),
            scope=statement.in_scope("s"),
        ),
        statement.params,
    )
    connection.execute("analyze compared")
