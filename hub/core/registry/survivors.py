"""SQL expressions that pick, per attribute, the value of the row that wins.

Rows of one golden record are grouped; each row carries `age`, its place from newest to oldest.
The winner is the least of (source's place in the attribute's order, age), found as the minimum
of a text that begins with both: one pass over the group and no sort per attribute.
"""

from __future__ import annotations

from psycopg.sql import SQL, Composable, Identifier

from hub.core.store.precedence import NEWEST, rank
from hub.core.store.tables import HOUSING
from mappings.load import survivorship
from mappings.model import Survivorship

PERSON_ATTRIBUTES = (
    "name",
    "sex",
    "birth_date",
    "birth_place",
    "mother_name",
    "relation",
    "marital_status",
    "education",
    "occupation",
    "employment_status",
    "disabilities",
)
HOUSEHOLD_ATTRIBUTES = (*HOUSING, "floor_area", "size")

ADDRESS = ("street", "hamlet", "rt", "rw")
"""Taken together from one row: an RT of one source and an RW of another make no address."""

_TYPES = {
    "birth_date": "date",
    "disabilities": "text[]",
    "floor_area": "numeric",
    "size": "integer",
    "address": "jsonb",
}
_PREFIX = 8  # characters: two of the source's place, six of the age

AGE = SQL("lpad(row_number() over (partition by {} order by {})::text, 6, '0') as age")


def age(group: str) -> Composable:
    """Column `age` of the rows `s`, numbered within `group`."""
    return AGE.format(Identifier(*group.split(".")), NEWEST)


def order_of(kind: str, attribute: str) -> tuple[str, ...]:
    """Sources in falling order of trust for an attribute of "person" or "household"."""
    order: Survivorship = survivorship()
    named = order.person if kind == "person" else order.household
    return named.get(attribute, order.default)


def place(kind: str, attribute: str) -> Composable:
    """The two-digit place of row `s` in the order of an attribute."""
    return SQL("lpad(({})::text, 2, '0')").format(rank(order_of(kind, attribute)))


def places(kind: str, attributes: tuple[str, ...]) -> Composable:
    """One column per distinct order among `attributes`, to be computed once per row."""
    distinct = {order_of(kind, name): name for name in reversed(attributes)}
    return SQL(", ").join(
        SQL("{} as {}").format(place(kind, name), Identifier(f"by_{name}"))
        for name in distinct.values()
    )


def winner(kind: str, attribute: str, attributes: tuple[str, ...]) -> Composable:
    """Aggregate over rows `r`: the attribute's value in the first row that states one."""
    same = [a for a in attributes if order_of(kind, a) == order_of(kind, attribute)]
    return SQL(
        'substr(min((r.{place} || r.age || r.{value}::text) collate "C")'
        " filter (where r.{value} is not null), {start})::{type}"
    ).format(
        place=Identifier(f"by_{same[0]}"),
        value=Identifier(attribute),
        start=_PREFIX + 1,
        type=SQL(_TYPES.get(attribute, "text")),
    )
