"""What an operation costs: computed before it runs, and refused when it is too much."""

from typing import Any

import pytest
import seed
from graphql import (
    GraphQLList,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_object_type,
    is_required_argument,
    parse,
    validate,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from seed import ask

from hub.core.access import Limits
from schema import cost
from schema.api import schema
from schema.cost import COUNT, LEAF, OBJECT, SEARCH, SIZES, Costing, prepare

DEEPEST = 4


def costing(text: str) -> Costing:
    """The costing of the first operation of a valid document."""
    document = parse(text)
    assert validate(schema._schema, document) == []
    return costing_of(text)


def costing_of(text: str) -> Costing:
    """The same of a document whose fields may not go together."""
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return prepare(document, operation, schema._schema)


def price(text: str, **variables: Any) -> int:
    """The cost of a document."""
    return costing(text).of(variables)


def test_every_list_of_the_schema_has_a_size() -> None:
    lists = {
        f"{kind.name}.{name}"
        for kind in schema._schema.type_map.values()
        if is_object_type(kind) and not kind.name.startswith("__")
        if not kind.name.endswith("Connection")
        for name, field in kind.fields.items()
        if isinstance(get_nullable_type(field.type), GraphQLList)
    }
    assert lists == set(SIZES)


def test_values_are_cheap_and_objects_dearer() -> None:
    assert price("{ __typename }") == LEAF
    assert price("{ viewer { account staff } }") == OBJECT + 2 * LEAF
    assert price('{ region(code: "35") { parent { parent { name } } } }') == 3 * OBJECT + LEAF
    assert price("{ viewer { regions } }") == OBJECT + SIZES["Viewer.regions"] * LEAF  # type: ignore[operator]


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("{ persons { nodes { name } } }", 20),
        ("{ persons(first: null) { nodes { name } } }", 20),
        ("{ persons(first: 0) { nodes { name } } }", 0),
        ("{ persons(first: 7) { nodes { name } } }", 7),
        ("{ persons(last: 8) { nodes { name } } }", 8),
        ("{ persons(first: -1) { nodes { name } } }", 0),
        ("query ($n: Int) { persons(first: $n) { nodes { name } } }", 9),
        ("query ($n: Int) { persons(last: $n) { nodes { name } } }", 9),
        ("query ($m: Int) { persons(first: $m) { nodes { name } } }", 20),
        ("query ($m: Int) { persons(first: $m, last: 3) { nodes { name } } }", 3),
        ("{ persons(first: 7) { ...F } } fragment F on PersonConnection { nodes { name } }", 7),
    ],
)
def test_a_page_costs_its_entries(query: str, entries: int) -> None:
    assert price(query, n=9, m=None) == OBJECT + entries * (OBJECT + LEAF)


def test_fragments_of_a_page_know_their_own_page() -> None:
    both = """{ a: persons(first: 2) { ...F } b: persons(first: 3) { ...F } }
        fragment F on PersonConnection { edges { node { name } } pageInfo { endCursor } }"""
    around = 2 * (OBJECT + OBJECT + LEAF)
    assert price(both) == around + 5 * (OBJECT + OBJECT + LEAF)


def test_a_page_beyond_all_limits_is_left_to_be_refused_as_such() -> None:
    assert price("{ persons(first: 2000000000) { nodes { name } } }") == OBJECT + 1000 * 6


@pytest.mark.parametrize("niks", ["[]", '["1"]', '["1", "2", "3"]', '"1"'])
def test_a_check_costs_its_niks(niks: str) -> None:
    number = 1 if niks == '"1"' else niks.count('"') // 2
    written = price("{ checkReceipts(niks: NIKS) { found } }".replace("NIKS", niks))
    given_ = price("query ($n: [NIK!]!) { checkReceipts(niks: $n) { found } }", n=["1"] * number)
    assert written == given_ == number * (OBJECT + LEAF)


def test_counts_and_searches_cost_extra() -> None:
    assert price("{ persons { totalCount } }") == OBJECT + LEAF + COUNT
    plain = price("{ persons { nodes { name } } }")
    searches = "query ($f: PersonFilter, $n: String) { persons(filter: FILTER) { nodes { name } } }"
    searching = {
        '{name: "SITI"}': {},
        "$f": {"f": {"name": "SITI"}},
        "{name: $n}": {"n": "SITI"},
    }
    for written, variables in searching.items():
        found = costing_of(searches.replace("FILTER", written)).of(variables)
        assert found == plain + SEARCH, written
    for written in ("{hasFlag: true}", "$f", "{name: null}", "{name: $n}", "null"):
        found = costing_of(searches.replace("FILTER", written)).of({"f": {"name": None}})
        assert found == plain, written
    assert price('{ regions(search: "MAGETAN") { nodes { id } } }') == OBJECT + 20 * 6 + SEARCH


def test_what_is_left_out_is_free() -> None:
    query = """query ($on: Boolean!) { viewer {
        account @include(if: $on) staff @skip(if: $on) nationwide @skip(if: true)
        ... @include(if: $on) { identified expiresAt } ...F @skip(if: $on) @include(if: false)
    } } fragment F on Viewer { account }"""
    assert price(query, on=True) == OBJECT + 3 * LEAF
    assert price(query, on=False) == OBJECT + LEAF


def test_the_dearest_type_of_an_interface_counts() -> None:
    query = """query ($n: Int) { node(id: "x") { id
        ... on Person { name } ... on Region { children(first: $n) { nodes { name } } } } }"""
    region = OBJECT + LEAF + OBJECT
    assert price(query, n=10) == region + 10 * (OBJECT + LEAF)
    assert price(query, n=0) == region
    assert price('{ node(id: "x") { id ... on Person { name } ... on Region { code } } }') == 7


HOUSEHOLDS = """query ($n: Int) { households(first: $n) { totalCount nodes {
  id familyCardNumber size updatedAt address { street hamlet rt rw village { name } formatted }
  housing { tenure floor wall roof water lighting power fuel toilet closet sewage floorArea }
  assets { kind count } welfare { status decile disagreement reason from { source edition } }
  head { id name nik } region { name code }
  members { id name nik sex birthDate relationToHead education occupation disabilities }
  receipts { id periodStart periodEnd amount status basis programme { code name } }
  rankings { source edition scope decile percentile method decidedAt }
  overlapFlags { id status explanation periodStart periodEnd rule { code title legalBasis } }
} pageInfo { endCursor hasNextPage } } }"""
CHECKS = """query ($niks: [NIK!]!) { checkReceipts(niks: $niks) {
  nik found nikStatus person { id name nik birthDate sex lifeStatus updatedAt }
  receipts { id periodStart periodEnd amount status programme { code name } }
  householdReceipts { id periodStart periodEnd amount status programme { code name } }
  overlapFlags { id status explanation periodStart rule { code title } }
} }"""
REGIONS = "{ regions(first: 100) { nodes { CHILDREN } } }"


def test_what_integrators_ask_for_is_within_the_default_limit() -> None:
    limit = Limits().cost
    assert price(HOUSEHOLDS, n=100) < limit
    assert price(CHECKS, niks=["1"] * 1000) < limit
    children = "children(first: 100) { nodes { CHILDREN } }"
    nested = REGIONS.replace("CHILDREN", children).replace("CHILDREN", "name")
    assert price(nested) < limit
    for _ in range(2):
        nested = nested.replace("name", children).replace("CHILDREN", "name")
        assert price(nested) > limit


# --- in general -------------------------------------------------------------------------------

VALUES = {"ID": '"x"', "RegionCode": '"35"', "Int": "2026", "NIK": '["1", "2"]'}


@st.composite
def selections(draw: st.DrawFn, kind: GraphQLObjectType, depth: int = 0) -> str:
    """Some fields of a type with theirs, as they are written."""
    names = draw(st.lists(st.sampled_from(sorted(kind.fields)), min_size=1, max_size=3))
    return " ".join(draw(fields(kind, name, depth)) for name in names)


@st.composite
def fields(draw: st.DrawFn, kind: GraphQLObjectType, name: str, depth: int) -> str:
    """One field, with the arguments it needs."""
    field = kind.fields[name]
    needed = [
        f"{argument}: {VALUES[get_named_type(definition.type).name]}"
        for argument, definition in field.args.items()
        if is_required_argument(definition)
    ]
    arguments = f"({', '.join(needed)})" if needed else ""
    inner = get_named_type(field.type)
    if not is_composite_type(inner):
        return f"{name}{arguments}"
    below = "__typename"
    if isinstance(inner, GraphQLObjectType) and depth < DEEPEST:
        below = draw(selections(inner, depth + 1))
    wrapped = draw(st.sampled_from(["{}", "... {{ {} }}", "... @include(if: $on) {{ {} }}"]))
    return f"{name}{arguments} {{ {wrapped.format(below)} }}"


HOUSEHOLD = schema._schema.type_map["Household"]
assert isinstance(HOUSEHOLD, GraphQLObjectType)


@settings(max_examples=200, deadline=None)
@given(
    one=selections(HOUSEHOLD),
    other=selections(HOUSEHOLD),
    page=st.integers(0, 100),
    larger=st.integers(0, 100),
    on=st.booleans(),
)
def test_more_fields_and_larger_pages_never_cost_less(
    one: str, other: str, page: int, larger: int, on: bool
) -> None:
    query = "query ($n: Int, $on: Boolean!) { households(first: $n) { nodes { INNER } } }"

    def asked(inner: str, number: int, rest: str = "", written: str = "$n") -> int:
        text = query.replace("INNER", inner).replace("first: $n", f"first: {written}") + rest
        return costing_of(text).of({"n": number, "on": on})

    alone, both = asked(one, page), asked(f"{one} {other}", page)
    assert both >= alone
    assert both - alone == asked(other, page) - asked("id @skip(if: true)", page)
    assert asked(one, page + larger) >= alone
    assert asked(one, page, written=str(page)) == alone
    assert asked("...F", page, f" fragment F on Household {{ {one} }}") == alone


def bomb(levels: int, leaf: str) -> str:
    """Each fragment spreads the next twice."""
    spreads = " ".join(
        f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)
    )
    last = f"fragment F{levels} on Viewer {{ {leaf} }}"
    return f"query ($on: Boolean!) {{ viewer {{ ...F0 }} }} {spreads} {last}"


@pytest.mark.parametrize("leaf", ["account", "account @include(if: $on)"])
def test_sixty_levels_of_fragments_are_added_up_in_as_many_steps(
    monkeypatch: pytest.MonkeyPatch, leaf: str
) -> None:
    visited = []
    plain = cost._Preparation._node

    def counted(self: Any, parent: Any, node: Any) -> Any:
        visited.append(node)
        return plain(self, parent, node)

    monkeypatch.setattr(cost._Preparation, "_node", counted)
    found = costing_of(bomb(60, leaf))
    assert found.of({"on": True}) == OBJECT + 2**60
    assert len(visited) == 1 + 1 + 2 * 60 + 1
    assert len(found.steps) < 200
    assert sum(len(step.sum.parts) for step in found.steps) < 400


# --- in an answer -----------------------------------------------------------------------------


def test_an_answer_tells_the_cost_and_the_limit(registry: str) -> None:
    response = ask(registry, "{ viewer { account } }", limits=Limits(cost=6))
    assert response["extensions"] == {"cost": {"requested": 6, "limit": 6}}
    failed = ask(registry, '{ household(id: "x") { size } viewer { account } }')
    assert failed["errors"][0]["path"] == ["household"]
    assert failed["extensions"]["cost"]["requested"] == 12


def test_what_costs_too_much_does_not_run(registry: str) -> None:
    seed.CountingCursor.statements = 0
    response = ask(registry, HOUSEHOLDS, {"n": 100}, limits=Limits(cost=1000))
    cost_ = price(HOUSEHOLDS, n=100)
    (error,) = response["errors"]
    assert response.keys() == {"errors"}
    assert error["extensions"] == {"code": "COST_EXCEEDED"}
    assert f"costs {cost_:,}, at most 1,000" in error["message"]
    assert seed.CountingCursor.statements == 0


def test_variables_that_cannot_be_used_are_told_as_such(registry: str) -> None:
    response = ask(registry, HOUSEHOLDS, {"n": "many"})
    assert response["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert "extensions" not in response


def test_defaults_of_variables_count(registry: str) -> None:
    query = "query ($n: Int = 3) { persons(first: $n) { nodes { name } } }"
    for variables, entries in ((None, 3), ({"n": 5}, 5), ({"n": None}, 20)):
        response = ask(registry, query, variables)
        assert response["extensions"]["cost"]["requested"] == OBJECT + entries * (OBJECT + LEAF)
