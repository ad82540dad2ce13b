"""How operations are compiled: what the table covers, what a statement depends on, what is left
to Strawberry."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
import seed
from graphql import GraphQLObjectType
from psycopg import errors
from seed import NOON, A, ask, household_id, told

from hub.core.access import Limits, Viewer
from hub.core.store.reader import Reader
from hub.core.store.wire import Read
from schema.api import schema
from schema.compile.build import Build, Caller
from schema.compile.operation import Operation
from schema.compile.prepared import Operations, Ready
from schema.compile.slots import Bound, Slot, dump, image, shape
from schema.compile.table import TABLE
from schema.ids import make_id

REPORTED = ("history", "effects", "proposals", "identifierColumns", "columnChanges", "repairs")
BY_STRAWBERRY = {
    *("Query.viewer", "Issue.message", "Issue.remedy"),
    *(f"Delivery.{name}" for name in REPORTED),
}
OTHER_TYPES = (
    *("Viewer", "Limits", "DeliveryProgress"),  # no rows of the store
    *("DeliveryEvent", "DeliveryEffects", "ColumnProposal", "IdentifierColumn"),
    *("IntegrityMeasure", "ColumnChange", "DeliveryRepairs", "CandidateRepair"),
)
VIEWER = Viewer("penguji", ("3520",), identified=False, staff=False, expires_at=NOON)
HOUSEHOLDS = """query ($region: RegionCode, $most: Int, $flag: Boolean, $after: String) {
    households(filter: {region: $region, decile: {max: $most}, hasFlag: $flag}, after: $after) {
        nodes { id members { nik } } } }"""


def object_types() -> Iterator[GraphQLObjectType]:
    """The types that hold rows."""
    for kind in schema._schema.type_map.values():
        plumbing = kind.name.startswith("__") or kind.name.endswith(
            ("Connection", "Edge", "Payload")
        )
        named = plumbing or kind.name in (*OTHER_TYPES, "PageInfo", "Subscription", "Mutation")
        if isinstance(kind, GraphQLObjectType) and not named:
            yield kind


def ready(query: str, variables: dict[str, Any] | None = None, viewer: Viewer = VIEWER) -> Ready:
    """How the operation is answered, which must be compiled."""
    found = Operations(schema).ready(viewer, query, variables, None)
    assert found is not None
    return found


def sql(query: str, variables: dict[str, Any] | None = None, viewer: Viewer = VIEWER) -> str:
    """The one statement of an operation."""
    (read,) = ready(query, variables, viewer).reads
    return read.sql.decode()


def test_the_table_finds_every_field_and_no_other() -> None:
    schema_fields = {f"{kind.name}.{name}" for kind in object_types() for name in kind.fields}
    table_fields = {f"{kind}.{name}" for kind, fields in TABLE.items() for name in fields}
    assert table_fields == schema_fields - BY_STRAWBERRY


def test_the_table_reads_the_arguments_of_every_field_that_has_any() -> None:
    for kind in object_types():
        for name, field in kind.fields.items():
            found = TABLE.get(kind.name, {}).get(name)
            if found is not None:
                assert bool(field.args) == (found.given is not None), f"{kind.name}.{name}"


# --- what a statement depends on --------------------------------------------------------------


def test_values_of_one_shape_share_a_statement() -> None:
    some = {"region": "3520", "most": 3}
    assert sql(HOUSEHOLDS, some) == sql(HOUSEHOLDS, {"region": "5206", "most": 9})
    values = ready(HOUSEHOLDS, some).reads[0].values
    assert {b"3520", b"3"} <= set(values)


@pytest.mark.parametrize(
    "other",
    [
        {"region": "35", "most": 3},
        {"region": "3520", "most": None},
        {"region": "3520", "most": 3, "flag": True},
        {"region": "3520", "most": 3, "flag": False},
    ],
)
def test_another_shape_is_another_statement(other: dict[str, Any]) -> None:
    assert sql(HOUSEHOLDS, {"region": "3520", "most": 3}) != sql(HOUSEHOLDS, other)


def test_a_statement_holds_no_value() -> None:
    nik = "9935204101800001"
    asked = ready("query ($nik: [NIK!]!) { checkReceipts(niks: $nik) { found } }", {"nik": [nik]})
    literal = ready(f'{{ checkReceipts(niks: ["{nik}"]) {{ found }} }}')
    for one in (asked, literal):
        assert nik not in one.reads[0].sql.decode()
        assert any(nik.encode() in value for value in one.reads[0].values if value)


def test_a_value_that_is_not_to_come_cannot_enter_a_statement() -> None:
    operation: Any = Operation.__new__(Operation)
    build = Build(TABLE, Caller((4,), identified=False), operation, None, {})  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        build.bind("3520")
    assert build.bind(Slot(1, ("region",))).as_string(None) == "$1"


def test_callers_of_other_rights_have_other_statements() -> None:
    query = "{ households { nodes { familyCardNumber } } }"
    statements = {
        sql(query, viewer=replace(VIEWER, regions=regions, identified=identified))
        for regions in [("3520",), ("35",), ("3520012001",), ("",), (), ("3520", "5206")]
        for identified in (True, False)
    }
    assert len(statements) == 12
    neighbour = replace(VIEWER, regions=("5206",))
    assert sql(query) == sql(query, viewer=neighbour)
    assert ready(query, viewer=neighbour).reads[0].values != ready(query).reads[0].values


def test_one_statement_per_root_field_whatever_is_selected_below() -> None:
    query = """{ households { totalCount nodes { head { name } rankings { delivery { source } }
        receipts { programme { name } } region { parent { name } } } } programmes { code } }"""
    assert len(ready(query).reads) == 2


def test_a_total_is_counted_only_when_it_is_asked_for() -> None:
    assert "count(*)" not in sql("{ receipts { nodes { id } } }")
    assert "count(*)" in sql("{ receipts { nodes { id } totalCount } }")
    assert "order by" not in sql("{ receipts { totalCount } }")


def test_what_is_compiled_is_kept_and_forgotten_in_turn() -> None:
    operations = Operations(schema)
    for number in range(600):
        query = f'{{ r{number}: region(code: "35") {{ name }} }}'
        assert operations.ready(VIEWER, query, None, None) is not None
    assert len(operations._known) == 512


# --- images and values ------------------------------------------------------------------------


def test_an_image_has_a_slot_for_every_leaf() -> None:
    asked = ready(HOUSEHOLDS, {"region": "352001"})
    assert asked.reads[0].values.count(b"352001") == 1
    assert image(["352001", None, True], 2) == [Slot(2, (0,), 6), None, True]
    assert shape(["352001", None, True]) == shape(["352002", None, True])
    assert shape(["352001"]) != shape(["3520"])
    assert Bound(Slot(0, (1,)), str.lower).text([("A", "B")]) == b"b"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        ("Ñ", "Ñ".encode()),
        (7, b"7"),
        (UUID(int=1), b"00000000-0000-0000-0000-000000000001"),
        ([], b"{}"),
        (["a", 'b"c', "d\\e", "f,g", " "], b'{"a","b\\"c","d\\\\e","f,g"," "}'),
    ],
)
def test_values_are_written_as_postgresql_reads_them(value: object, written: bytes | None) -> None:
    assert dump(value) == written


@pytest.mark.parametrize("value", ["a\0b", ["a\0b"]])
def test_a_zero_character_would_cut_a_value_short(value: object) -> None:
    with pytest.raises(ValueError, match="zero character"):
        dump(value)


# --- what is left to Strawberry ---------------------------------------------------------------


def test_a_field_that_is_not_compiled_is_answered_beside_those_that_are(registry: str) -> None:
    query = """query ($id: ID!, $code: RegionCode!) { ...Who first: household(id: $id) { size }
        __typename region(code: $code) { name } } fragment Who on Query { viewer { account } }"""
    variables = {"id": household_id(A), "code": "3520"}
    answered = ready(query, variables)
    assert answered.plan.rest is not None
    assert (answered.plan.rest.keys, answered.plan.rest.variables) == (("viewer",), frozenset())
    data = told(registry, query, variables)
    assert json.dumps(data) == json.dumps(
        {
            "viewer": {"account": "penguji"},
            "first": {"size": 3},
            "__typename": "Query",
            "region": {"name": "Kabupaten Magetan"},
        }
    )


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { account } }",
        "{ nothing }",
        "{ households {",
        "{ households(first: 1000) { totalCount } }",
        '{ household(id: "x") { size } }',
        "query ($a: Int!) { households(first: $a) { totalCount } }",
        'subscription { deliveryProgress(id: "x") { done } }',
    ],
)
def test_what_cannot_be_compiled_is_left_to_strawberry(query: str) -> None:
    assert Operations(schema).ready(VIEWER, query, None, None) is None


def test_a_value_that_is_missing_is_told_by_strawberry_with_its_place(own_registry: str) -> None:
    with psycopg.connect(own_registry) as connection:
        connection.execute(
            "update receipt set programme = 'GONE' where id = %s", [seed.BLT_RECEIPT]
        )
    query = "{ receipts { nodes { amount programme { code } } } }"
    response = ask(own_registry, query)
    assert response == ask(own_registry, query, plainly=True)
    (error,) = response["errors"]
    assert error["path"][:2] == ["receipts", "nodes"]
    assert error["path"][-1] == "programme"


# --- failures ---------------------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let every compiled read fail."""

    async def fail(*_: object) -> list[bytes]:
        raise error

    monkeypatch.setattr(Reader, "json", fail)


def test_a_failed_read_makes_its_fields_null(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, errors.QueryCanceled())
    query = '{ a: region(code: "35") { name } __typename b: region(code: "11") { name } }'
    response = ask(registry, query)
    assert response["data"] == {"a": None, "__typename": "Query", "b": None}
    assert [error["path"] for error in response["errors"]] == [["a"], ["b"]]
    assert {error["extensions"]["code"] for error in response["errors"]} == {"COST_EXCEEDED"}


def test_a_failed_read_of_a_field_that_must_have_a_value_leaves_no_data(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, errors.UniqueViolation("Key (nik)=(9935204101800001) already exists."))
    response = ask(registry, "{ programmes { code } }")
    assert response["data"] is None
    assert response["errors"] == [
        {
            "message": "Unexpected error.",
            "extensions": {"code": "INTERNAL"},
            "path": ["programmes"],
        }
    ]


def test_a_slow_read_is_stopped_by_the_callers_own_limit(registry: str) -> None:
    viewer = replace(VIEWER, limits=Limits(statement_seconds=1))

    async def run() -> None:
        pool = seed.make_pool(registry, 1)
        async with pool:
            reader = Reader(pool, viewer.scope, viewer.limits.statement_seconds)
            with pytest.raises(errors.QueryCanceled):
                await reader.json([Read(b"select pg_sleep(30)::text", ())])
            assert await reader.json([Read(b"select 'x'", ())]) == [b"x"]

    asyncio.run(run())


def test_ids_are_the_same_as_python_writes_them(registry: str) -> None:
    data = told(
        registry, '{ household(id: "ID") { id region { id } } }'.replace("ID", household_id(A))
    )
    assert data["household"]["id"] == household_id(A)
    assert data["household"]["region"]["id"] == make_id("Region", "3520012001")
