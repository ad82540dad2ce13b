"""An operation as it was asked: parsed, validated, its fields collected for each type."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_directive_values,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.language.visitor import Visitor

TYPENAME = "__typename"


@dataclass
class Chosen:
    """A field of an answer: its key, what it is, and the nodes that ask for it."""

    key: str
    name: str
    parent: GraphQLObjectType
    definition: GraphQLField | None  # none for the name of the type
    nodes: list[FieldNode]

    @property
    def node(self) -> FieldNode:
        """One of the nodes; validation made sure that their arguments are the same."""
        return self.nodes[0]


@dataclass
class Operation:
    """A validated operation of a schema."""

    schema: GraphQLSchema
    document: DocumentNode
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode] = field(init=False)
    deciding: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.fragments = {
            d.name.value: d
            for d in self.document.definitions
            if isinstance(d, FragmentDefinitionNode)
        }
        self.deciding = _deciding_variables(self.document)

    def decided(self, variables: VariableValues) -> tuple[Hashable, ...]:
        """The values of the variables on which it depends what is selected."""
        return tuple(variables.coerced.get(name) for name in self.deciding)

    def roots(self, variables: VariableValues) -> list[Chosen]:
        """The root fields."""
        root = self.schema.query_type
        assert root is not None  # noqa: S101 - every schema of ours has queries
        return self._collect(root, [self.node.selection_set], variables)

    def below(
        self, chosen: Chosen, kind: GraphQLObjectType, variables: VariableValues
    ) -> list[Chosen]:
        """What is selected of a field's value, which is of the object type `kind`."""
        sets = [node.selection_set for node in chosen.nodes if node.selection_set]
        return self._collect(kind, sets, variables)

    def _collect(
        self,
        kind: GraphQLObjectType,
        sets: Iterable[SelectionSetNode],
        variables: VariableValues,
    ) -> list[Chosen]:
        found: dict[str, Chosen] = {}
        seen: set[str] = set()
        for selected in sets:
            for node in self._fields(kind, selected, variables, seen):
                key = node.alias.value if node.alias else node.name.value
                if key in found:
                    found[key].nodes.append(node)
                else:
                    name = node.name.value
                    found[key] = Chosen(key, name, kind, kind.fields.get(name), [node])
        return list(found.values())

    def _fields(
        self,
        kind: GraphQLObjectType,
        selected: SelectionSetNode,
        variables: VariableValues,
        seen: set[str],
    ) -> Iterator[FieldNode]:
        for node in selected.selections:
            if not _included(node, variables):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            part: InlineFragmentNode | FragmentDefinitionNode
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                part = self.fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)  # noqa: S101 - the third and last kind
                part = node
            if self._applies(part, kind):
                yield from self._fields(kind, part.selection_set, variables, seen)

    def _applies(
        self, part: InlineFragmentNode | FragmentDefinitionNode, kind: GraphQLObjectType
    ) -> bool:
        if part.type_condition is None:
            return True
        name = part.type_condition.name.value
        if name == kind.name:
            return True
        wider: Any = self.schema.get_type(name)
        return not isinstance(wider, GraphQLObjectType) and self.schema.is_sub_type(wider, kind)


def _included(node: SelectionNode, variables: VariableValues) -> bool:
    if not node.directives:
        return True
    skip = get_directive_values(GraphQLSkipDirective, node, variables)
    include = get_directive_values(GraphQLIncludeDirective, node, variables)
    return not (skip and skip["if"]) and (include is None or include["if"])


class _Deciding(Visitor):
    """Gathers the variables in directives."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: Any, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names[argument.value.name.value] = None


def _deciding_variables(document: DocumentNode) -> tuple[str, ...]:
    visitor = _Deciding()
    visit(document, visitor)
    return tuple(visitor.names)
