"""Documents to be stored for a client: whether they could be answered, judged beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    validate,
    value_from_ast_untyped,
)

from hub.core.access.limits import Limits
from schema.api import schema
from schema.cost import check_cost, prepare
from schema.errors import HubError
from schema.limits import check, measure


@dataclass(frozen=True)
class Operation:
    """One operation of a document; `cost` is that with the default values of its variables."""

    name: str
    cost: int


class DocumentError(ValueError):
    """A document cannot be stored, because of what its line `line` holds."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class UnnamedError(DocumentError):
    """An operation has no name to be called by."""


class OverLimitError(DocumentError):
    """The document asks for more than the limits of the client allow."""


def judge(text: str, limits: Limits) -> list[Operation]:
    """The operations of a document. Raises DocumentError."""
    document = _parsed(text, limits)
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if not operations:
        raise DocumentError("The document holds no operation.")
    try:
        check(measure(document), limits)
    except HubError as error:
        raise OverLimitError(error.message) from error
    if refused := validate(schema._schema, document):
        raise _error(refused[0])
    return [_judged(document, operation, limits) for operation in operations]


def _parsed(text: str, limits: Limits) -> DocumentNode:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise DocumentError("The document holds half a character.") from error
    if "\0" in text:
        raise DocumentError("The document holds a zero character.")
    if size > limits.body_bytes:
        raise OverLimitError(f"A document may have at most {limits.body_bytes:,} bytes.")
    try:
        return parse(text, max_tokens=limits.tokens)
    except GraphQLError as error:
        raise _error(error) from error


def _judged(
    document: DocumentNode, operation: OperationDefinitionNode, limits: Limits
) -> Operation:
    line = operation.loc.start_token.line if operation.loc else 1
    if operation.name is None:
        raise UnnamedError("The operation has no name.", line)
    name = operation.name.value
    defaults = {
        variable.variable.name.value: value_from_ast_untyped(variable.default_value)
        for variable in operation.variable_definitions or ()
        if variable.default_value is not None
    }
    cost = prepare(document, operation, schema._schema).of(defaults)
    try:
        check_cost(cost, limits)
    except HubError as error:
        raise OverLimitError(f"{name}: {error.message}", line) from error
    return Operation(name, cost)


def _error(error: GraphQLError) -> DocumentError:
    line = error.locations[0].line if error.locations else 1
    too_long = "contains more than" in error.message  # so many tokens
    return (OverLimitError if too_long else DocumentError)(error.message, line)
