"""An operation has the same answer as it is served and by plain execution.

`corpus/` holds operations written by hand, which together ask for everything there is to ask;
more are generated from the schema. Each is asked by callers of different rights.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import seed
from asking import VIEWERS, Asker, asking
from corpus import BROKEN, REFUSED, Case, cases, finder
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    ObjectFieldNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
    parse,
    validate,
    visit,
)
from graphql.language import (
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from operations import SCHEMA, WRITINGS, Operation, Values, Writing, named_types
from registries import shared_database
from rich_registry import Registry

from schema.ids import make_id

# A field that fails leaves coroutines of its siblings behind, as pyproject.toml says; when they are
# collected within a named tuple, the warning itself fails.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object (GraphQLCoreConverter|Executor)"
    ":pytest.PytestUnraisableExceptionWarning"
)

GENERATED = 500
"""Operations that are generated."""
CORPUS = list(cases())
WRITTEN = [case for case in CORPUS if case.file != BROKEN]
ANSWERED = [case for case in WRITTEN if case.file != REFUSED]


# --- the same answer ----------------------------------------------------------------------------


def assert_same(asker: Asker, operation: Operation, by: str) -> None:
    """The answers are the same, in the order of keys too; so are the errors but for their order."""
    plain = asker.plain(operation, VIEWERS[by])
    body, ran = asker.served(operation, VIEWERS[by])
    served = json.loads(body)
    told = f"asked by {by}: {operation}"
    assert json.dumps(served.get("data")) == json.dumps(plain.get("data")), told
    assert errors_of(served) == errors_of(plain), told
    assert served.get("extensions") == plain.get("extensions"), told
    assert ("data" in served) == ("data" in plain) == ran, told


def errors_of(response: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Where, code and message of each error.

    Of several errors that make one value null the specification wants one told, whichever, and
    plain execution tells the first to come: where is the value, of which the path is a part.
    """
    return {
        (json.dumps(nulled(response, error)), error["extensions"]["code"], error["message"])
        for error in response.get("errors", ())
    }


def nulled(response: dict[str, Any], error: dict[str, Any]) -> list[str | int]:
    """The path of the value that an error made null."""
    value, path = response.get("data"), error.get("path", [])
    for depth, key in enumerate(path):
        if value is None:
            return list(path[:depth])
        value = value[key]
    assert value is None, "an error of what is there"
    return list(path)


def paths(response: dict[str, Any]) -> list[Any]:
    """The path of each error, in order."""
    return sorted((error.get("path") for error in response.get("errors", ())), key=str)


@pytest.mark.parametrize("case", WRITTEN, ids=str)
def test_written_operations_have_the_same_answer(
    rich_asker: Asker, made: Registry, values: Values, case: Case
) -> None:
    for by in VIEWERS:
        assert_same(rich_asker, case.operation(finder(made, values)), by)


@pytest.mark.parametrize("case", [c for c in CORPUS if c.file == REFUSED], ids=str)
def test_an_error_has_the_same_path(
    rich_asker: Asker, made: Registry, values: Values, case: Case
) -> None:
    operation = case.operation(finder(made, values))
    body, _ = rich_asker.served(operation, VIEWERS["regency"])
    plain = rich_asker.plain(operation, VIEWERS["regency"])
    assert paths(json.loads(body)) == paths(plain)


@settings(
    max_examples=GENERATED,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(writing=WRITINGS, by=st.sampled_from(list(VIEWERS)))
def test_generated_operations_have_the_same_answer(
    rich_asker: Asker, values: Values, writing: Writing, by: str
) -> None:
    staff = VIEWERS[by].staff
    assert_same(rich_asker, writing.operation(values, staff=staff, faults=True), by)


# --- what is broken in the store ------------------------------------------------------------------

BREAK = {
    "update overlap_flag set rule_code = 'GONE' where id = %s": seed.FLAG,
    "update receipt set programme = 'GONE' where id = %s": seed.BLT_RECEIPT,
    "delete from delivery where id = %s": seed.FOREIGN,
    "update ranking set rank = 3000000000 where id = %s": seed.P3KE_RANKING,
    "update household set welfare_status = 'RICH' where id = %s": seed.B,
    """update household set assets = '{"YACHT": 1}' where id = %s""": seed.C,
    "update person set sex = 'NONE' where id = %s": seed.FATHER,
    "update person set nik_status = 'NONE' where id = %s": seed.MOTHER,
    "update person set disabilities = '{VISUAL,NONE}' where id = %s": seed.CHILD,
}
STAND_INS = {
    "A": make_id("Household", "3520", seed.A),
    "B": make_id("Household", "3520", seed.B),
    "C": make_id("Household", "5206", seed.C),
    "FLAG": make_id("OverlapFlag", "3520", seed.FLAG),
    "FOREIGN_RECEIPT": make_id("Receipt", "5206", seed.FOREIGN_RECEIPT),
    "MOTHER": make_id("Person", "3520", seed.MOTHER),
    "CHILD": make_id("Person", "3520", seed.CHILD),
}


@pytest.fixture(scope="module")
def broken_asker(database_url: str, _template: str) -> Iterator[Asker]:
    """Asks the small registry, of which parts do not fit the schema."""
    with shared_database(database_url, _template) as url:
        seed.fill(url)
        with psycopg.connect(url) as connection:
            for statement, identity in BREAK.items():
                connection.execute(statement, (identity,))
        with asking(url) as asker:
            yield asker


@pytest.mark.parametrize("case", [case for case in CORPUS if case.file == BROKEN], ids=str)
def test_what_does_not_fit_the_schema_is_the_same_error(broken_asker: Asker, case: Case) -> None:
    for by in ("nationwide", "regency", "two"):
        assert_same(broken_asker, case.operation(STAND_INS.__getitem__), by)


# --- the corpus is whole --------------------------------------------------------------------------


class Seen(Visitor):
    """What the documents ask for: fields, arguments, fields of inputs, values of enums."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info = info
        self.fields: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """A field of its parent type."""
        parent = self.info.get_parent_type()
        if parent is not None:
            self.fields.add(f"{parent.name}.{node.name.value}")
            self.arguments = f"{parent.name}.{node.name.value}"

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        """An argument of a field, or of a directive."""
        if self.info.get_directive() is None:
            self.fields.add(f"{self.arguments}({node.name.value})")

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        """A field of an input object."""
        kind = get_named_type(self.info.get_parent_input_type())
        if isinstance(kind, GraphQLInputObjectType):
            self.fields.add(f"{kind.name}.{node.name.value}")

    def enter_enum_value(self, node: Any, *_: object) -> None:
        """A value of an enum."""
        self.fields.add(f"{get_named_type(self.info.get_input_type())}.{node.value}")


def everything() -> set[str]:
    """All there is to ask for from the root: fields, arguments, fields of inputs, orders."""
    root = SCHEMA.query_type
    assert root is not None
    wanted: set[str] = set()
    for name in named_types(root):
        kind = SCHEMA.type_map[name]
        if not isinstance(kind, GraphQLObjectType):
            continue
        for field, of in kind.fields.items():
            wanted.add(f"{name}.{field}")
            wanted |= {f"{name}.{field}({argument})" for argument in of.args}
            for argument in of.args.values():
                given = get_named_type(argument.type)
                if isinstance(given, GraphQLInputObjectType):
                    wanted |= {f"{given.name}.{inner}" for inner in given.fields}
                if isinstance(given, GraphQLEnumType) and given.name.endswith("Order"):
                    wanted |= {f"{given.name}.{value}" for value in given.values}
    return wanted


def test_the_corpus_asks_for_everything_there_is(made: Registry, values: Values) -> None:
    info = TypeInfo(SCHEMA)
    seen = Seen(info)
    for case in ANSWERED:
        document = parse(case.operation(finder(made, values)).query)
        assert validate(SCHEMA, document) == [], str(case)
        visit(document, TypeInfoVisitor(info, seen))
    assert sorted(everything() - seen.fields) == []
    assert len({str(case) for case in WRITTEN}) == len(WRITTEN) >= 200


ALWAYS_THERE = {"Programme.target", "Ranking.household"}
"""Fields that may be null, but are not as the catalogue is shipped, and where the scope of the
household decides of its ranking."""


def test_the_corpus_shows_every_field_with_a_value_and_every_nullable_one_without(
    rich_asker: Asker, made: Registry, values: Values
) -> None:
    """Else two answers could be the same because they are empty."""
    shown: dict[str, set[bool]] = defaultdict(set)
    for case in ANSWERED:
        operation = case.operation(finder(made, values))
        document = parse(operation.query)
        fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        for by in ("nationwide", "two"):
            data = rich_asker.plain(operation, VIEWERS[by]).get("data")
            for definition in document.definitions:
                if isinstance(definition, OperationDefinitionNode) and data:
                    look(definition.selection_set, SCHEMA.query_type, data, fragments, shown)
    full, empty = set(), set()
    for coordinate in everything():
        if "(" not in coordinate and isinstance(
            kind := SCHEMA.type_map[coordinate.partition(".")[0]], GraphQLObjectType
        ):
            full.add(coordinate)
            if not is_non_null_type(kind.fields[coordinate.partition(".")[2]].type):
                empty.add(coordinate)
    assert sorted(c for c in full if True not in shown[c]) == []
    assert sorted(c for c in empty - ALWAYS_THERE if False not in shown[c]) == []


def look(
    selections: SelectionSetNode | None,
    kind: Any,
    data: dict[str, Any],
    fragments: dict[str, FragmentDefinitionNode],
    shown: dict[str, set[bool]],
) -> None:
    """Note which fields of an object hold something, and which nothing."""
    for node in selections.selections if selections else ():
        if not isinstance(node, FieldNode):
            inner = node if isinstance(node, InlineFragmentNode) else fragments[node.name.value]
            on = inner.type_condition.name.value if inner.type_condition else kind.name
            # Of an interface the type is not known: what is not in the data is not of it.
            look(inner.selection_set, SCHEMA.type_map[on], data, fragments, shown)
            continue
        key = node.alias.value if node.alias else node.name.value
        if key not in data or node.name.value.startswith("__"):
            continue
        value = data[key]
        shown[f"{kind.name}.{node.name.value}"].add(value is not None and value != [])
        of = kind.fields[node.name.value]
        if not is_leaf_type(get_named_type(of.type)):
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    look(node.selection_set, get_named_type(of.type), one, fragments, shown)
