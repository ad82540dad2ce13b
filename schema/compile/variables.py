"""The variables of an operation, coerced at every request with all that can be known before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_variable_values
from graphql.utilities import coerce_input_value

_NO_SOURCES: dict[str, Any] = {}  # they are needed by errors only


class UnfitError(Exception):
    """A variable cannot be coerced; the plain execution says which, and why."""


@dataclass(frozen=True)
class Variables:
    """The variables that an operation defines."""

    defined: tuple[_Variable, ...]

    @classmethod
    def of(cls, schema: GraphQLSchema, nodes: Sequence[VariableDefinitionNode]) -> Variables:
        """The variables of a valid operation."""
        defaults = get_variable_values(
            schema, [node for node in nodes if node.default_value is not None], {}
        )
        known = {} if isinstance(defaults, list) else defaults.coerced
        return cls(tuple(_Variable.of(schema, node, known) for node in nodes))

    def values(self, given: Mapping[str, Any]) -> VariableValues:
        """The coerced values. Raises UnfitError."""
        coerced: dict[str, Any] = {}
        for variable in self.defined:
            value = given.get(variable.name, Undefined)
            value = variable.default if value is Undefined else variable.coerce(value)
            if value is not Undefined:
                coerced[variable.name] = value
            elif variable.required or variable.name in given:
                raise UnfitError
        return VariableValues(_NO_SOURCES, coerced)


@dataclass(frozen=True)
class _Variable:
    name: str
    required: bool
    default: Any
    coerce: Callable[[Any], Any]

    @classmethod
    def of(
        cls, schema: GraphQLSchema, node: VariableDefinitionNode, defaults: Mapping[str, Any]
    ) -> _Variable:
        name = node.variable.name.value
        kind: Any = type_from_ast(schema, node.type)
        default = defaults.get(name, Undefined)
        required = is_non_null_type(kind) and default is Undefined
        return cls(name, required, default, _coercer(kind))


def _coercer(kind: Any) -> Callable[[Any], Any]:
    """A coercion to `kind`; Undefined for what does not fit."""

    def coerce(value: Any) -> Any:
        return coerce_input_value(value, kind)

    plain = get_nullable_type(kind)
    if not is_list_type(plain) or not is_non_null_type(plain.of_type):
        return coerce
    leaf = get_nullable_type(plain.of_type)
    if not is_leaf_type(leaf):
        return coerce
    parse = leaf.coerce_input_value

    def coerce_list(value: Any) -> Any:
        """The same for a long list of texts, such as NIKs, without a look at the type of each."""
        if not isinstance(value, list) or None in value:
            return coerce(value)
        try:
            return [parse(one) for one in value]
        except (GraphQLError, ValueError, TypeError):
            return Undefined

    return coerce_list
