"""How a subscription is answered: a stream of responses, as they go out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from hub.core.store.feed import Feed
from schema.api import schema
from schema.context import Context
from schema.errors import ErrorCode, plain_error, shown_errors


@dataclass(frozen=True)
class Told:
    """One response; without data it is the last, and `errors` says why."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] | None = None
    extensions: dict[str, Any] | None = None

    def payload(self) -> dict[str, Any]:
        """The response as the specification writes it."""
        given = {"data": self.data, "errors": self.errors, "extensions": self.extensions}
        return {name: value for name, value in given.items() if value}


async def stream(
    context: Context,
    feed: Feed,
    query: str,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> AsyncIterator[Told]:
    """The responses to one subscription, at least one.

    Never raises for what the caller sent or what went wrong while answering.
    """
    found = await schema.subscribe(
        query,
        variable_values=variables,
        context_value=context,
        root_value=feed,
        operation_name=operation_name,
    )
    try:
        async with aclosing(found) as results:
            async for result in results:
                errors = _errors(context, result.errors)
                yield Told(result.data, errors, result.extensions or None)
                if result.data is None:
                    return
    except Exception as error:  # a limit, which the library lets through here
        raised = error if isinstance(error, GraphQLError) else _wrapped(error)
        yield Told(None, shown_errors([raised], staff=context.viewer.staff))


def _wrapped(error: Exception) -> GraphQLError:
    return GraphQLError("", original_error=error)


def _errors(context: Context, errors: list[Any] | None) -> list[dict[str, Any]] | None:
    if not errors:
        return None
    cause = errors[0].original_error
    if isinstance(cause, CannotGetOperationTypeError):
        message = "The document has no operation of that name."
        return [plain_error(ErrorCode.BAD_INPUT, message)]
    if isinstance(cause, InvalidOperationTypeError):
        message = "Only subscriptions are answered as a stream."
        return [plain_error(ErrorCode.BAD_INPUT, message)]
    return shown_errors(errors, staff=context.viewer.staff)


def as_text(payload: object) -> str:
    """JSON as it goes out: in ASCII, so that half a character of the caller's breaks nothing."""
    return json.dumps(payload, separators=(",", ":"))
