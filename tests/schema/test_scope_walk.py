"""No path through the schema, however odd, leads out of the scope of the caller."""

import json
from collections.abc import Sequence
from random import Random

import pytest
import seed
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seed import CHILD, FATHER, FOREIGNER, KK, NIKS, NOBODY, WIDOW, A, B, C, D

from hub.core.access import Limits
from schema.api import schema
from schema.ids import make_id

DEEPEST = 7
OTHER_REGENCIES = [
    *("ABDUL HALIM", "TANPA DAERAH", "995206********05", "995206********08"),
    *(make_id("Household", "5206", C), make_id("Household", "0000", D)),
    *(make_id("Person", "5206", FOREIGNER), make_id("Person", "0000", NOBODY)),
    make_id("Receipt", "5206", seed.FOREIGN_RECEIPT),
    make_id("OverlapFlag", "5206", seed.FOREIGN_FLAG),
    make_id("Delivery", uuid=seed.FOREIGN),
]
OTHER_DISTRICTS = [
    *("SRI RAHAYU", "993520********04", "993520********07"),
    *(make_id("Household", "3520", B), make_id("Person", "3520", WIDOW)),
]
WHOLE_NUMBERS = [*NIKS.values(), *KK.values()]
IDS = [
    *(make_id("Household", "3520", home) for home in (A, B)),
    make_id("Person", "3520", FATHER),
    make_id("Receipt", "3520", seed.PKH_RECEIPT),
    make_id("OverlapFlag", "3520", seed.FLAG),
    make_id("Delivery", uuid=seed.LOCAL),
    *(text for text in (*OTHER_REGENCIES, *OTHER_DISTRICTS) if "*" not in text and " " not in text),
]
VALUES: dict[str, Sequence[str]] = {
    "ID": [json.dumps(identity) for identity in IDS],
    "NIK": [json.dumps(NIKS[person]) for person in (FATHER, CHILD, WIDOW, FOREIGNER)],
    "FamilyCardNumber": [json.dumps(number) for number in KK.values()],
    "RegionCode": ['"35"', '"3520"', '"352001"', '"5206"', '"5206012005"'],
    "Int": ["1", "2", "50", "2026"],
    "Date": ['"1980-01-01"', '"2026-02-15"'],
    "HouseholdFilter": ['{region: "52"}', "{hasFlag: true}", '{name: "a l i m"}', '{name: "bud"}'],
    "PersonFilter": ['{region: "5206"}', '{name: "HALIM"}', '{programmes: ["PKH"]}'],
    "ReceiptFilter": ['{region: "5206012005"}', "{hasFlag: true}", "{bases: [LIST]}"],
    "OverlapFlagFilter": ['{region: "52"}', "{statuses: [OPEN]}"],
    "RankingFilter": ['{region: "35"}', "{decile: {min: 1}}"],
    "HouseholdOrder": ["DECILE_DESC", "UPDATED_AT_ASC", "VILLAGE_DESC"],
    "PersonOrder": ["NAME_ASC", "BIRTH_DATE_DESC"],
}


def arguments(draw: Random, field: GraphQLField) -> str:
    """Some arguments, required ones always, a window from one side only."""
    left_out = draw.choice(({"last", "before", "after"}, {"first", "before", "after"}))
    chosen = [
        f"{name}: {value(draw, argument)}"
        for name, argument in field.args.items()
        if name not in left_out
        and get_named_type(argument.type).name in VALUES
        and (is_required_argument(argument) or draw.random() < 0.5)
    ]
    return f"({', '.join(chosen)})" if chosen else ""


def value(draw: Random, argument: GraphQLArgument) -> str:
    """One value, which GraphQL takes for a list of one too."""
    return draw.choice(VALUES[get_named_type(argument.type).name])


def selection(draw: Random, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
    """Some fields of a type, each under a name of its own, and theirs."""
    parts = ["__typename"]
    if isinstance(kind, GraphQLInterfaceType):
        types = schema._schema.get_possible_types(kind)
        parts += [f"... on {t.name} {selection(draw, t, depth)}" for t in types]
        return "{ " + " ".join(parts) + " }"
    named = {name: f for name, f in kind.fields.items() if (kind.name, name) != ECHO}
    for number, (name, field) in enumerate(draw.sample(sorted(named.items()), min(3, len(named)))):
        inner = get_named_type(field.type)
        below = ""
        if is_composite_type(inner):
            if depth == DEEPEST:
                continue
            assert isinstance(inner, GraphQLObjectType | GraphQLInterfaceType)
            below = selection(draw, inner, depth + 1)
        parts.append(f"{kind.name}_{number}: {name}{arguments(draw, field)} {below}")
    return "{ " + " ".join(parts) + " }"


ECHO = ("ReceiptCheck", "nik")  # as asked
ROOMY = Limits(aliases=1000, tokens=20_000, cost=50_000_000)


@pytest.mark.parametrize(
    ("region", "hidden"),
    [("3520", OTHER_REGENCIES), ("352001", [*OTHER_REGENCIES, *OTHER_DISTRICTS])],
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(draw=st.randoms(use_true_random=False))
def test_no_selection_shows_what_is_not_of_the_region(
    registry: str, region: str, hidden: list[str], draw: Random
) -> None:
    root = schema._schema.query_type
    assert root is not None
    query = selection(draw, root, 0)
    told = json.dumps(seed.ask(registry, query, regions=[region], limits=ROOMY).get("data"))
    assert [text for text in (*hidden, *WHOLE_NUMBERS) if text in told] == []


def test_the_same_walks_show_it_to_a_caller_of_the_whole_country(registry: str) -> None:
    root = schema._schema.query_type
    assert root is not None
    queries = [selection(Random(number), root, 0) for number in range(250)]
    told = json.dumps([seed.ask(registry, query, limits=ROOMY).get("data") for query in queries])
    assert [text for text in (*OTHER_REGENCIES, *OTHER_DISTRICTS) if text not in told] == []
