"""Where each attribute of a golden record comes from, for reading."""

from __future__ import annotations

from typing import Literal

from psycopg.sql import SQL, Composable, Composed
from psycopg.sql import Literal as Value

from hub.core.registry.survivors import (
    ADDRESS,
    HOUSEHOLD_ATTRIBUTES,
    PERSON_ATTRIBUTES,
    order_of,
)
from hub.core.store.precedence import FIRST_DELIVERY, NEWEST, rank

_ADDRESS_OBJECT = SQL(
    "case when coalesce(s.street, s.hamlet, s.rt, s.rw) is not null then"
    " jsonb_strip_nulls(jsonb_build_object({})) end"
)
_SQL = """
with stated as (
  select g.regency_code, g.id, a.attribute, a.value #>> '{{}}' as value, s.source, s.edition,
         s.reference_date, s.delivery_id, {first} as first_delivery, s.sheet, s.row, a.place,
         row_number() over (partition by g.regency_code, g.id, a.attribute
                            order by a.place, {newest}) as choice,
         count(*) over (partition by g.regency_code, g.id, a.attribute) as statements
  from {table} g
  join {link} k on k.target_regency_code = g.regency_code and k.target_id = g.id
  join {source} s on s.regency_code = k.regency_code and s.id = k.source_id
  cross join lateral (values {attributes}) a (attribute, value, place)
  where {condition} and a.value is not null and a.value <> 'null'
)
select w.regency_code, w.id, w.attribute, w.value, w.source, w.edition, w.reference_date,
       w.delivery_id, w.sheet, w.row,
       case when w.statements = 1 then 'ONLY_STATEMENT'
            when n.place > w.place then 'MOST_TRUSTED_SOURCE'
            when n.reference_date < w.reference_date then 'NEWEST_EDITION'
            when n.first_delivery <> w.first_delivery then 'NEWEST_DELIVERY'
            else 'FIRST_ROW' end as chosen_because,
       coalesce(o.set_aside, '[]') as set_aside
from stated w
left join stated n on n.regency_code = w.regency_code and n.id = w.id
  and n.attribute = w.attribute and n.choice = 2
left join lateral (
  select jsonb_agg(jsonb_build_object(
           'value', o.value, 'source', o.source, 'edition', o.edition,
           'reference_date', o.reference_date, 'delivery_id', o.delivery_id,
           'sheet', o.sheet, 'row', o.row) order by o.choice) as set_aside
  from stated o where o.regency_code = w.regency_code and o.id = w.id
    and o.attribute = w.attribute and o.choice > 1) o on true
where w.choice = 1
"""


def attribute_provenance_sql(
    kind: Literal["person", "household"], condition: Composable
) -> Composed:
    """The query for the provenance of the golden records `g` that meet `condition`.

    One row per record and attribute that some source states: regency_code, id, attribute, value
    (text; lists and the address as JSON), source, edition, reference_date, delivery_id, sheet,
    row, chosen_because (ONLY_STATEMENT, MOST_TRUSTED_SOURCE, NEWEST_EDITION, NEWEST_DELIVERY,
    FIRST_ROW) and set_aside (jsonb array of the other statements in falling order). The address
    is one attribute; the life status is left out, because a rule rather than an order decides
    it. Scope is the caller's concern.
    """
    names = PERSON_ATTRIBUTES if kind == "person" else HOUSEHOLD_ATTRIBUTES
    entries = [_entry(kind, name, SQL("to_jsonb(s.{})").format(SQL(name))) for name in names]
    if kind == "household":
        parts = SQL(", ").join(SQL("{}, s.{}").format(Value(n), SQL(n)) for n in ADDRESS)
        entries.append(_entry(kind, "address", _ADDRESS_OBJECT.format(parts)))
    return SQL(_SQL).format(
        first=FIRST_DELIVERY,
        newest=NEWEST,
        condition=condition,
        table=SQL(kind),
        link=SQL(f"{kind}_link"),
        source=SQL(f"source_{kind}"),
        attributes=SQL(", ").join(entries),
    )


def _entry(kind: str, name: str, value: Composable) -> Composable:
    return SQL("({}, {}, {})").format(Value(name), value, rank(order_of(kind, name)))
