"""Bounds on what one document may ask, checked in time linear in its length."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)
from graphql.validation import NoSchemaIntrospectionCustomRule
from strawberry.extensions import SchemaExtension
from typing_extensions import override

from schema.context import Context
from schema.errors import HubError, bad_input

MAX_TOKENS = 2000
MAX_DEPTH = 12
MAX_ROOT_FIELDS = 25
_MAX_SPREADS = 50


class Limits(SchemaExtension):
    """Refuses long, deep or wide documents, and reading the schema without a staff token."""

    @override
    def on_operation(self) -> Iterator[None]:
        """Bound the parser; add the rule against introspection."""
        self.execution_context.parse_options["max_tokens"] = MAX_TOKENS
        context = self.execution_context.context
        if not (isinstance(context, Context) and context.viewer.staff):
            self.execution_context.validation_rules += (NoSchemaIntrospectionCustomRule,)
        yield

    @override
    def on_parse(self) -> Iterator[None]:
        """Measure the parsed document, and see that it says which operation to run."""
        yield
        if document := self.execution_context.graphql_document:
            check_document(document)
            # The library would run the first; its `operation_name` is then that one's.
            if self.execution_context._provided_operation_name is None:
                check_single(document)


def check_document(document: DocumentNode) -> None:
    """Raises BAD_INPUT when an operation is too deep or has too many root fields."""
    measure = _Measure(document)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            if measure.width(operation.selection_set) > MAX_ROOT_FIELDS:
                raise bad_input(f"An operation may have at most {MAX_ROOT_FIELDS} root fields.")
            if measure.depth(operation.selection_set) > MAX_DEPTH:
                raise _too_deep()


def check_single(document: DocumentNode) -> None:
    """Raises BAD_INPUT when the document has several operations."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) > 1:
        raise bad_input("The document has several operations: name one in `operationName`.")


def _too_deep() -> HubError:
    return bad_input(f"A query may be at most {MAX_DEPTH} fields deep.")


class _Measure:
    """Depth and width of selections; each fragment is measured once, however often spread."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._depths: dict[str, int] = {}
        self._widths: dict[str, int] = {}

    def depth(self, selections: SelectionSetNode | None, level: int = 0, spreads: int = 0) -> int:
        if level > MAX_DEPTH or spreads > _MAX_SPREADS:
            raise _too_deep()
        if selections is None:
            return 0
        return max((self._depth(s, level, spreads) for s in selections.selections), default=0)

    def _depth(self, node: SelectionNode, level: int, spreads: int) -> int:
        if isinstance(node, FieldNode):
            if node.name.value.startswith("__"):  # introspection is of bounded depth itself
                return 1
            return 1 + self.depth(node.selection_set, level + 1, spreads)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment_depth(node.name.value, spreads)
        return self.depth(getattr(node, "selection_set", None), level, spreads + 1)

    def _fragment_depth(self, name: str, spreads: int) -> int:
        if name not in self._depths:
            self._depths[name] = 0  # a fragment that spreads itself is refused by validation
            fragment = self._fragments.get(name)
            inner = fragment.selection_set if fragment else None
            self._depths[name] = self.depth(inner, 0, spreads + 1)
        return self._depths[name]

    def width(self, selections: SelectionSetNode | None, spreads: int = 0) -> int:
        if spreads > _MAX_SPREADS:
            raise _too_deep()
        if selections is None:
            return 0
        return sum(self._width(node, spreads) for node in selections.selections)

    def _width(self, node: SelectionNode, spreads: int) -> int:
        if isinstance(node, FieldNode):
            return 1
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self._widths:
                self._widths[name] = 0
                fragment = self._fragments.get(name)
                inner = fragment.selection_set if fragment else None
                self._widths[name] = self.width(inner, spreads + 1)
            return self._widths[name]
        return self.width(getattr(node, "selection_set", None), spreads + 1)
