"""The schema as it is published."""

from enum import Enum
from typing import Any

from graphql import GraphQLNamedType, get_named_type, parse

from hub.core.ingest.history import Action
from hub.core.store.queries import flags, households, people
from hub.core.store.tables import WANTED
from schema.api import schema
from schema.sdl import SDL_FILE, main, sdl
from schema.types.enums import (
    DeliveryAction,
    DeliveryWork,
    HouseholdOrder,
    OverlapFlagOrder,
    PersonOrder,
)

LATER = {
    *("Targeting", "PovertyPocket"),
    *("DatasetFitness", "MatchReviewConnection"),
}


def types() -> dict[str, GraphQLNamedType]:
    """Our types by name."""
    known = ("String", "Int", "Float", "Boolean", "ID")
    found = schema._schema.type_map
    return {n: t for n, t in found.items() if not n.startswith("__") and n not in known}


def described(kind: Any, name: str) -> list[str]:
    """What of a type has no description."""
    missing = [] if kind.description else [name]
    for field, definition in getattr(kind, "fields", {}).items():
        missing += [] if definition.description else [f"{name}.{field}"]
        for argument, given in getattr(definition, "args", {}).items():
            missing += [] if given.description else [f"{name}.{field}({argument})"]
    for value, definition in getattr(kind, "values", {}).items():
        missing += [] if definition.description else [f"{name}:{value}"]
    return missing


def test_the_committed_schema_is_up_to_date() -> None:
    assert SDL_FILE.read_text(encoding="utf-8") == sdl()
    assert main(["--check"]) == 0
    assert main(["--what"]) == 2


def test_the_schema_file_is_valid_schema_language() -> None:
    assert len(parse(sdl()).definitions) == len(types())


def test_everything_is_described() -> None:
    assert [gap for name, kind in types().items() for gap in described(kind, name)] == []


def test_what_belongs_to_later_is_left_out() -> None:
    assert LATER & set(types()) == set()


def test_every_order_has_a_sort_key() -> None:
    pairs: list[tuple[type[Enum], dict[str, Any]]] = [
        (HouseholdOrder, households.ORDERS),
        (PersonOrder, people.ORDERS),
        (OverlapFlagOrder, flags.ORDERS),
    ]
    for order, keys in pairs:
        assert [member.value for member in order] == list(keys)


def test_everything_that_is_stored_of_a_delivery_can_be_told() -> None:
    assert [member.value for member in DeliveryAction] == list(Action)
    assert [member.value for member in DeliveryWork] == list(WANTED)


def test_sixteen_digits_are_never_a_number() -> None:
    fields = types()["Person"].fields  # type: ignore[attr-defined]
    assert str(get_named_type(fields["nik"].type)) == "NIK"
