"""Operations prepared once and run often.

A document is parsed, validated and measured when it is first seen; from then on a request costs
the coercion of its variables, the look-up of the statement compiled for values of their shape,
and the reading. What fails on the way, for whatever reason, is left to Strawberry: it tells the
caller what was wrong, and where.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_argument_values,
    get_named_type,
    get_operation_ast,
    is_abstract_type,
    is_object_type,
    parse,
    print_ast,
    specified_rules,
    validate,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.utilities import separate_operations
from graphql.validation import NoSchemaIntrospectionCustomRule
from strawberry import Schema
from strawberry.types.arguments import convert_arguments

from hub.core.access import Viewer
from hub.core.access.limits import Limits
from hub.core.store.paging import CursorError
from hub.core.store.scope import ScopeError
from hub.core.store.wire import Read
from schema.compile.build import Build, Caller, NotCompiledError
from schema.compile.operation import TYPENAME, Chosen, Operation
from schema.compile.slots import Bound, image, shape
from schema.compile.table import TABLE
from schema.compile.variables import UnfitError, Variables
from schema.cost import Costing, cost_extensions, prepare
from schema.limits import check, check_single, measure

_MOST_OPERATIONS = 512
_LONGEST_KEPT = 20_000
_MOST_VARIANTS = 128
_REFUSALS = (GraphQLError, CursorError, ScopeError, ValueError, TypeError, OverflowError)


@dataclass(frozen=True)
class Compiled:
    """The statement of a root field, and where its parameters come from."""

    key: str
    nullable: bool
    sql: bytes
    bound: tuple[Bound, ...]


@dataclass(frozen=True)
class Part:
    """What Strawberry answers: the keys, and a document that asks for no others."""

    keys: tuple[str, ...]
    query: str
    variables: frozenset[str]


@dataclass(frozen=True)
class Plan:
    """How an operation is answered: the keys in order, the statements, and the rest."""

    keys: tuple[str, ...]
    names: tuple[str, ...]  # keys that hold the name of the type
    compiled: tuple[Compiled, ...]
    rest: Part | None


@dataclass(frozen=True)
class Ready:
    """A plan with the values of one request."""

    plan: Plan
    reads: list[Read]
    cost: int

    def body(self, values: Sequence[bytes], rest: Mapping[str, Any], limits: Limits) -> bytes:
        """The response: the values of the reads and what Strawberry answered to the rest."""
        found = dict(zip((one.key for one in self.plan.compiled), values, strict=True))
        found |= dict.fromkeys(self.plan.names, b'"Query"')
        data = rest.get("data", {})
        if data is None or (rest and "data" not in rest):
            return self._whole(b"null", rest.get("errors"), limits)
        found |= {key: _json(value) for key, value in data.items()}
        return self._whole(self._data(found), rest.get("errors"), limits)

    def failed(self, errors: Any, limits: Limits) -> bytes:
        """The response when the reads failed."""
        whole = b"null"
        if not self.plan.rest and all(one.nullable for one in self.plan.compiled):
            found = dict.fromkeys(self.plan.keys, b"null")
            whole = self._data(found | dict.fromkeys(self.plan.names, b'"Query"'))
        return self._whole(whole, errors, limits)

    def _data(self, found: Mapping[str, bytes]) -> bytes:
        members = b",".join(b'"%s":%s' % (key.encode(), found[key]) for key in self.plan.keys)
        return b"{%s}" % members

    def _whole(self, data: bytes, errors: Any, limits: Limits) -> bytes:
        told = b'"errors":%s,' % _json(errors) if errors else b""
        more = _json(cost_extensions(self.cost, limits))
        return b'{%s"data":%s,"extensions":%s}' % (told, data, more)


# Escaped to ASCII: a lone surrogate from the caller cannot break the answer.
_ENCODER = json.JSONEncoder(separators=(",", ":"))


def _json(value: Any) -> bytes:
    return _ENCODER.encode(value).encode()


class Operations:
    """The operations of a schema that were seen of late."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._known: LRUCache[Hashable, Prepared | None] = LRUCache(_MOST_OPERATIONS)

    def ready(
        self, viewer: Viewer, query: str, variables: dict[str, Any] | None, name: str | None
    ) -> Ready | None:
        """How to answer an operation; None when Strawberry is to answer all of it."""
        prepared = self._prepared(viewer, query, name)
        return None if prepared is None else prepared.ready(viewer, variables or {})

    def _prepared(self, viewer: Viewer, query: str, name: str | None) -> Prepared | None:
        key = (query, name, viewer.staff, viewer.identified, viewer.limits)
        try:
            return self._known[key]
        except KeyError:
            pass
        try:
            found = self._prepare(viewer, query, name)
        except (GraphQLError, RecursionError):
            found = None
        if len(query) <= _LONGEST_KEPT:
            self._known[key] = found
        return found

    def _prepare(self, viewer: Viewer, query: str, name: str | None) -> Prepared | None:
        document = parse(query, max_tokens=viewer.limits.tokens)
        check(measure(document), viewer.limits)
        if name is None:
            check_single(document)
        rules = (
            specified_rules if viewer.staff else (*specified_rules, NoSchemaIntrospectionCustomRule)
        )
        schema = self._schema._schema
        operation = get_operation_ast(document, name)
        if operation is None or operation.operation is not OperationType.QUERY:
            return None
        if validate(schema, document, rules):
            return None
        variables = Variables.of(schema, operation.variable_definitions or ())
        costing = prepare(document, operation, schema)
        return Prepared(
            self._schema,
            Operation(schema, document, operation),
            variables,
            costing,
            viewer.limits,
        )


@dataclass
class Prepared:
    """A valid operation; callers of equal limits and rights share it."""

    schema: Schema
    operation: Operation
    variables: Variables
    costing: Costing
    limits: Limits
    _selections: LRUCache[Hashable, _Selection] = field(
        default_factory=lambda: LRUCache(_MOST_VARIANTS)
    )

    def ready(self, viewer: Viewer, variables: dict[str, Any]) -> Ready | None:
        """The plan and its values; None when Strawberry is to answer, or to refuse."""
        try:
            values = self.variables.values(variables)
            cost = self.costing.of(values.coerced)
            if cost > self.limits.cost:
                return None
            selection = self._selection(values)
            given = [viewer.regions, viewer.account, *selection.given(viewer, values)]
            plan = selection.plan(viewer, values, given)
            reads = [
                Read(one.sql, [bound.text(given) for bound in one.bound]) for one in plan.compiled
            ]
        except (NotCompiledError, UnfitError, *_REFUSALS):
            return None
        return Ready(plan, reads, cost)

    def _selection(self, values: VariableValues) -> _Selection:
        key = self.operation.decided(values)
        if key not in self._selections:
            self._selections[key] = _Selection(self.schema, self.operation, values)
        return self._selections[key]


@dataclass
class _Asked:
    """A field with arguments; when no variable is among them, what it asks is read once."""

    parent: GraphQLObjectType
    node: FieldNode
    varies: bool
    fixed: Any = None


class _Selection:
    """An operation with its conditional parts decided."""

    def __init__(self, schema: Schema, operation: Operation, values: VariableValues) -> None:
        self._schema = schema
        self._operation = operation
        self._roots = operation.roots(values)
        self._plans: LRUCache[Hashable, Plan] = LRUCache(_MOST_VARIANTS)
        self._asked: dict[int, _Asked] = {}
        for root in self._roots:
            self._gather(root, values)

    def _gather(self, chosen: Chosen, values: VariableValues) -> None:
        """Find the fields with arguments."""
        if chosen.definition is None:
            return
        found = TABLE.get(chosen.parent.name, {}).get(chosen.name)
        if found is not None and found.given is not None:
            node = chosen.node
            self._asked[id(node)] = _Asked(chosen.parent, node, bool(_variables(node)))
        kind: Any = get_named_type(chosen.definition.type)
        kinds = [kind] if is_object_type(kind) else []
        if is_abstract_type(kind):
            kinds = list(self._operation.schema.get_possible_types(kind))
        for one in kinds:
            if not one.name.startswith("__"):
                for inner in self._operation.below(chosen, one, values):
                    self._gather(inner, values)

    def given(self, viewer: Viewer, values: VariableValues) -> list[Any]:
        """What each field with arguments is asked, in the order found. Raises as a resolver."""
        return [
            asked.fixed if asked.fixed is not None else self._read(asked, viewer, values)
            for asked in self._asked.values()
        ]

    def _read(self, asked: _Asked, viewer: Viewer, values: VariableValues) -> Any:
        name = asked.node.name.value
        definition = asked.parent.fields[name]
        arguments = convert_arguments(
            get_argument_values(definition, asked.node, values),
            definition.extensions["strawberry-definition"].arguments,
            self._schema.schema_converter.scalar_registry,
            self._schema.config,
        )
        given = TABLE[asked.parent.name][name].given
        assert given is not None  # noqa: S101 - only such fields are gathered
        found = given(viewer, arguments)
        if not asked.varies:
            asked.fixed = found
        return found

    def plan(self, viewer: Viewer, values: VariableValues, given: list[Any]) -> Plan:
        """The statements for values of this shape. Raises NotCompiledError when there is none."""
        caller = Caller(tuple(map(len, viewer.regions)), viewer.identified)
        varying = zip(self._asked.values(), given[2:], strict=True)
        key = (caller, *(shape(value) for asked, value in varying if asked.varies))
        if key not in self._plans:
            self._plans[key] = self._compile(caller, values, given)
        return self._plans[key]

    def _compile(self, caller: Caller, values: VariableValues, given: list[Any]) -> Plan:
        images = {
            node: image(given[place], place) for place, node in enumerate(self._asked, start=2)
        }
        compiled, rest = [], []
        for root in self._roots:
            if root.name == TYPENAME:
                continue
            try:
                compiled.append(self._statement(root, caller, values, images))
            except NotCompiledError:
                rest.append(root)
        if not compiled:
            raise NotCompiledError
        keys = tuple(root.key for root in self._roots)
        names = tuple(root.key for root in self._roots if root.name == TYPENAME)
        part = _part(self._operation, rest) if rest else None
        return Plan(keys, names, tuple(compiled), part)

    def _statement(
        self, root: Chosen, caller: Caller, values: VariableValues, images: dict[int, Any]
    ) -> Compiled:
        found = TABLE["Query"].get(root.name)
        if found is None or root.definition is None:
            raise NotCompiledError
        build = Build(TABLE, caller, self._operation, values, images)
        build.root = build.given(root)
        sql, bound = build.finished(f"select {found.sql(build, '', root)}")
        nullable = str(root.definition.type)[-1] != "!"
        return Compiled(root.key, nullable, sql.encode(), bound)


def _variables(node: FieldNode) -> set[str]:
    """The variables in the arguments of a field."""
    seen = _Variables()
    for argument in node.arguments or ():
        visit(argument, seen)
    return seen.names


class _Variables(Visitor):
    """Gathers the names of variables that are used."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.add(node.name.value)


def _part(operation: Operation, roots: list[Chosen]) -> Part:
    """A document that asks for these root fields only, with the fragments and variables in use."""
    fields = SelectionSetNode(selections=tuple(node for root in roots for node in root.nodes))
    fragments = tuple(operation.fragments.values())

    def asking(defined: Iterable[VariableDefinitionNode]) -> DocumentNode:
        node = OperationDefinitionNode(
            operation=OperationType.QUERY,
            selection_set=fields,
            variable_definitions=tuple(defined),
            directives=(),
        )
        (document,) = separate_operations(DocumentNode(definitions=(node, *fragments))).values()
        return document

    used = _Variables()
    visit(asking(()), used)
    defined = operation.node.variable_definitions or ()
    document = asking(one for one in defined if one.variable.name.value in used.names)
    return Part(tuple(root.key for root in roots), print_ast(document), frozenset(used.names))
