"""Bounds on what one document may ask, checked in time linear in its length.

A document is measured once (`measure`), whoever sends it, and the measure is held against the
limits of each caller (`check`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_operation_ast,
)
from graphql.execution.values import get_variable_values
from graphql.validation import NoSchemaIntrospectionCustomRule
from strawberry.extensions import SchemaExtension
from typing_extensions import override

from hub.core.access import limits as access
from schema.context import Context
from schema.cost import check_cost, cost_extensions, prepare
from schema.errors import HubError, bad_input

MOST_FIELD_DIRECTIVES = 4
"""Directives at one place of a document: there are two that a field may bear, once each."""

MOST_NESTED = 100
"""Fields and fragments inside of each other: what comes later walks the document in recursion."""


class Limits(SchemaExtension):
    """Refuses documents and costs beyond the caller's limits, and strangers to the schema."""

    def __init__(self) -> None:
        self._cost: int | None = None

    @property
    def _limits(self) -> access.Limits:
        context = self.execution_context.context
        return context.viewer.limits if isinstance(context, Context) else access.DEFAULTS

    @override
    def on_operation(self) -> Iterator[None]:
        """Bound the parser; add the rule against introspection."""
        self.execution_context.parse_options["max_tokens"] = self._limits.tokens
        context = self.execution_context.context
        if not (isinstance(context, Context) and context.viewer.staff):
            self.execution_context.validation_rules += (NoSchemaIntrospectionCustomRule,)
        yield

    @override
    def on_parse(self) -> Iterator[None]:
        """Measure the parsed document, and see that it says which operation to run."""
        yield
        if document := self.execution_context.graphql_document:
            check(measure(document), self._limits)
            # The library would run the first; its `operation_name` is then that one's.
            if self.execution_context._provided_operation_name is None:
                check_single(document)

    @override
    def on_execute(self) -> Iterator[None]:
        """Compute the cost; nothing runs when it is too high."""
        given = self.execution_context
        schema = given.schema._schema
        document = given.graphql_document
        operation = document and get_operation_ast(document, given.operation_name)
        if document and operation:
            values = get_variable_values(
                schema, operation.variable_definitions or (), given.variables or {}
            )
            if not isinstance(values, list):  # else the execution tells what is wrong with them
                cost = prepare(document, operation, schema).of(values.coerced)
                check_cost(cost, self._limits)
                self._cost = cost
        yield

    @override
    def get_results(self) -> dict[str, Any]:
        """The `extensions` of an answer that ran."""
        return {} if self._cost is None else cost_extensions(self._cost, self._limits)


@dataclass(frozen=True)
class Measure:
    """The size of a document, of its largest operation, with every fragment put in its place."""

    tokens: int
    depth: int
    aliases: int
    directives: int
    most_directives: int  # at one place
    root_fields: int
    fields: int


def measure(document: DocumentNode) -> Measure:
    """The size of `document`. Raises BAD_INPUT when it is nested too deeply to be measured."""
    walk = _Walk(document)
    operations = [
        walk.selections(d.selection_set) + _Size(directives=len(d.directives or ()))
        for d in document.definitions
        if isinstance(d, OperationDefinitionNode)
    ]
    return Measure(
        tokens=document.token_count or 0,
        depth=max((o.depth for o in operations), default=0),
        aliases=max((o.aliases for o in operations), default=0),
        directives=max((o.directives for o in operations), default=0),
        most_directives=max(walk.most_directives, _most_defined(document)),
        root_fields=max((o.width for o in operations), default=0),
        fields=max((o.fields for o in operations), default=0),
    )


def check(measured: Measure, limits: access.Limits) -> None:
    """Raises BAD_INPUT when a document is larger than the caller's limits allow."""
    if measured.tokens > limits.tokens:
        raise bad_input(f"A document may have at most {limits.tokens:,} tokens.")
    if measured.root_fields > limits.root_fields:
        raise bad_input(f"An operation may have at most {limits.root_fields} root fields.")
    if measured.depth > limits.depth:
        raise bad_input(f"A query may be at most {limits.depth} fields deep.")
    if measured.aliases > limits.aliases:
        raise bad_input(f"An operation may have at most {limits.aliases} aliases.")
    if measured.directives > limits.directives:
        raise bad_input(f"An operation may have at most {limits.directives} directives.")
    if measured.most_directives > MOST_FIELD_DIRECTIVES:
        raise bad_input(f"A field may have at most {MOST_FIELD_DIRECTIVES} directives.")
    # With fragments an operation may not be larger than it could be without.
    if measured.fields > limits.tokens:
        raise bad_input(f"With its fragments an operation has more than {limits.tokens:,} fields.")


def check_single(document: DocumentNode) -> None:
    """Raises BAD_INPUT when the document has several operations."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) > 1:
        raise bad_input("The document has several operations: name one in `operationName`.")


def _too_nested() -> HubError:
    return bad_input(f"Fields and fragments may be nested {MOST_NESTED} levels.")


def _most_defined(document: DocumentNode) -> int:
    """The most directives at one operation, fragment or variable."""
    places: list[Any] = list(document.definitions)
    for definition in document.definitions:
        places += getattr(definition, "variable_definitions", None) or ()
    return max(len(place.directives or ()) for place in places)


@dataclass(frozen=True)
class _Size:
    """The size of a selection; `depth` and `nested` are those of its deepest part."""

    depth: int = 0
    nested: int = 0
    aliases: int = 0
    directives: int = 0
    width: int = 0  # fields at this level
    fields: int = 0

    def __add__(self, other: _Size) -> _Size:
        return _Size(
            max(self.depth, other.depth),
            max(self.nested, other.nested),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.width + other.width,
            self.fields + other.fields,
        )


class _Walk:
    """Sizes of selections; each fragment is measured once, however often it is spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._known: dict[str, _Size] = {}
        self.most_directives = 0

    def selections(self, node: SelectionSetNode | None, level: int = 0) -> _Size:
        if level > MOST_NESTED:
            raise _too_nested()
        size = _Size()
        for selection in node.selections if node else ():
            size += self.selection(selection, level + 1)
        if size.nested >= MOST_NESTED:
            raise _too_nested()
        return _Size(**{**vars(size), "nested": size.nested + 1})

    def selection(self, node: SelectionNode, level: int) -> _Size:
        directives = len(node.directives or ())
        self.most_directives = max(self.most_directives, directives)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, level) + _Size(directives=directives)
        if isinstance(node, InlineFragmentNode):
            return self.selections(node.selection_set, level) + _Size(directives=directives)
        assert isinstance(node, FieldNode)  # noqa: S101 - there is no other kind
        inner = self.selections(node.selection_set, level)
        # What is read of the schema itself is of a depth that the library bounds.
        below = 0 if node.name.value.startswith("__") else inner.depth
        return _Size(
            depth=below + 1,
            nested=inner.nested,
            aliases=inner.aliases + (node.alias is not None),
            directives=inner.directives + directives,
            width=1,
            fields=inner.fields + 1,
        )

    def _fragment(self, name: str, level: int) -> _Size:
        if name not in self._known:
            self._known[name] = _Size()  # a fragment that spreads itself is refused by validation
            fragment = self._fragments.get(name)
            self._known[name] = self.selections(fragment.selection_set if fragment else None, level)
        return self._known[name]
