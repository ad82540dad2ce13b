"""What a field is asked, brought from its arguments into values of the store.

These mirror the resolvers: where one of those refuses, the same is raised here, and the plain
execution then tells the caller, with the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from hub.core.access import Viewer
from hub.core.store.paging import Ordering, SortKey, order_by
from hub.core.store.queries import receipts, regions
from hub.core.store.statement import Key
from schema.compile.fields import Arguments, AskedList, Given, sliced
from schema.errors import bad_input
from schema.ids import Kind, read_id
from schema.types import checks
from schema.types.arguments import codes, orders
from schema.types.enums import Language
from schema.types.filters import check_period, criteria
from schema.types.paging import window

_PAGE = ("first", "after", "last", "before")


@dataclass(frozen=True)
class ByKey:
    """One row of a large table."""

    regency: str
    id: UUID

    @classmethod
    def of(cls, key: Key) -> ByKey:
        """The row of this key."""
        return cls(*key)


@dataclass(frozen=True)
class ByNumber:
    """The household of a family card, or the person of a NIK and, if given, a birth date."""

    number: str
    birth_date: date | None = None


@dataclass(frozen=True)
class ByCode:
    """A region, or a delivery, by the one value it is known by."""

    value: str | UUID


@dataclass(frozen=True)
class AskedNode:
    """Anything that has an id."""

    kind: Kind  # a statement depends on it
    by: ByKey | ByCode


@dataclass(frozen=True)
class Some:
    """Which part of a list to give; None is all of it."""

    values: tuple[str, ...] | None = None


@dataclass(frozen=True)
class AskedBudget:
    """Budget lines of one year."""

    year: int
    kind: str | None


@dataclass(frozen=True)
class AskedChecks:
    """NIKs as asked, and which of their receipts to give."""

    niks: tuple[str, ...]
    part: receipts.Part


@dataclass(frozen=True)
class InEnglish:
    """The language of a text."""

    english: bool


def node(_: Viewer, given: Arguments) -> AskedNode:
    """The thing with an id. Raises BAD_INPUT."""
    identity = read_id(given["id"])
    kind = identity.kind
    if kind is Kind.REGION:
        return AskedNode(kind, ByCode(identity.place))
    if kind is Kind.DELIVERY:
        return AskedNode(kind, ByCode(_uuid(identity.uuid)))
    return AskedNode(kind, ByKey.of(identity.key))


def household(_: Viewer, given: Arguments) -> ByKey | ByNumber:
    """One household. Raises BAD_INPUT."""
    number = given.get("family_card_number")
    return _one("Household", given, None if number is None else ByNumber(str(number)))


def person(viewer: Viewer, given: Arguments) -> ByKey | ByNumber:
    """One person. Raises BAD_INPUT."""
    nik, born = given.get("nik"), given.get("birth_date")
    if nik is None:
        if born is not None:
            raise bad_input("Give `nik` with `birthDate`.")
        return _one("Person", given, None)
    if born is None and not viewer.identified:
        raise bad_input("Give `birthDate` together with `nik`.")
    return _one("Person", given, ByNumber("".join(str(nik).split()), born))


def _one(kind: str, given: Arguments, number: ByNumber | None) -> ByKey | ByNumber:
    identity = given.get("id")
    if (identity is None) == (number is None):
        raise bad_input("Give one of the two.")
    return number or ByKey.of(read_id(str(identity), kind).key)


def region(_: Viewer, given: Arguments) -> ByCode:
    """One region."""
    return ByCode(str(given["code"]))


def delivery(_: Viewer, given: Arguments) -> ByCode:
    """One delivery. Raises BAD_INPUT."""
    return ByCode(_uuid(read_id(given["id"], "Delivery").uuid))


def _uuid(identity: UUID | None) -> UUID:
    if identity is None:
        raise bad_input("This id is not valid.")
    return identity


@dataclass(frozen=True)
class Lists:
    """How a list is asked for: the store's filter, and its orders or its one order."""

    criteria: type[Any]
    kind: str = ""
    alias: str = ""
    orders: Mapping[str, SortKey] = field(default_factory=dict)
    ordering: Ordering | None = None

    def __call__(self, viewer: Viewer, given: Arguments) -> AskedList:
        """The list. Raises BAD_INPUT and CursorError."""
        names = orders(given.get("order_by"))
        ordering = self.ordering or order_by(
            self.kind, self.alias, [self.orders[name] for name in names]
        )
        asked = window(viewer, *(given.get(name) for name in _PAGE))
        return AskedList(self.wanted(given), ordering, sliced(asked, ordering))

    def wanted(self, given: Arguments) -> Any:
        """The store's filter. Raises BAD_INPUT."""
        return criteria(given.get("filter"), self.criteria)


class Regions(Lists):
    """Regions, whose conditions are arguments of their own."""

    def wanted(self, given: Arguments) -> regions.Filter:
        """The store's filter. Raises BAD_INPUT."""
        level = given.get("level")
        found = regions.Filter(level and level.value, given.get("parent"), given.get("search"))
        return criteria(found, regions.Filter)


def some(name: str) -> Given:
    """The part of a list that a list of values chooses."""

    def given(_: Viewer, values: Arguments) -> Some:
        return Some(codes(values.get(name)))

    return given


def attributes(_: Viewer, given: Arguments) -> Some:
    """The attributes whose provenance is asked."""
    names = given.get("attributes")
    return Some(None if names is None else tuple(names))


def part(_: Viewer, given: Arguments) -> receipts.Part:
    """Which receipts. Raises BAD_INPUT."""
    start, end = given.get("start"), given.get("end")
    check_period(start, end)
    return receipts.Part(codes(given.get("programmes")), start, end)


def budget(_: Viewer, given: Arguments) -> AskedBudget:
    """Which budget lines."""
    kind = given.get("kind")
    return AskedBudget(given["year"], kind.value if kind else None)


def edition(_: Viewer, given: Arguments) -> Some:
    """The edition of rankings, as a list of one."""
    named = given.get("edition")
    return Some(None if named is None else (named,))


def language(_: Viewer, given: Arguments) -> InEnglish:
    """The language of a text."""
    return InEnglish(given.get("language") is Language.EN)


def receipt_checks(_: Viewer, given: Arguments) -> AskedChecks:
    """NIKs to be checked. Raises BAD_INPUT."""
    niks = tuple(given["niks"])
    checks.check_number(niks)
    as_of = given.get("as_of")
    chosen = receipts.Part(codes(given.get("programmes")), start=as_of, end=as_of)
    return AskedChecks(niks, chosen)
