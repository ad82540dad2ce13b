"""The schema, and how an operation is answered."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import psycopg
import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType
from typing_extensions import override

from schema.compile.build import ABSENT_STATE
from schema.compile.prepared import Operations, Ready
from schema.context import Context
from schema.errors import ErrorCode, plain_error, shown_errors, too_costly, too_much
from schema.limits import Limits
from schema.loaders import MOST_THINGS
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription
from schema.types.registry import Household, OverlapFlag, Person, Receipt

ANSWER_SECONDS = 15.0


class HubSchema(strawberry.Schema):
    """Our schema; errors are logged where they are masked, without their text."""

    @override
    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing here: the library would log messages, which can hold personal data."""


schema = HubSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Household, Person, Receipt, OverlapFlag],
    extensions=[Limits],
    config=StrawberryConfig(scalar_map=SCALARS),
)


_operations = Operations(schema)


@dataclass(frozen=True)
class Answer:
    """A response: its JSON, and whether the operation ran (a refused one has no `data`)."""

    body: bytes
    ran: bool


async def respond(
    context: Context,
    query: str,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> Answer:
    """The response to one operation, as it goes out: read by compiled statements where it can be.

    Never raises for what the caller sent or what went wrong while answering.
    """
    ready = _operations.ready(context.viewer, query, variables, operation_name)
    body = ready and await _read(context, ready, variables)
    if body:
        return Answer(body, ran=True)
    given = await answer(context, query, variables, operation_name)
    # Escaped to ASCII: a lone surrogate from the caller cannot break the answer.
    return Answer(json.dumps(given, separators=(",", ":")).encode(), "data" in given)


async def _read(context: Context, ready: Ready, variables: dict[str, Any] | None) -> bytes | None:
    """The response by compiled statements; None when a field has no value that must have one."""
    limits, part = context.viewer.limits, ready.plan.rest
    rest: dict[str, Any] = {}
    try:
        if part is None and len(ready.reads) == 1:  # its time is limited by the database
            return ready.body(await context.reader.json(ready.reads), rest, limits)
        async with asyncio.timeout(ANSWER_SECONDS):
            if part:
                used = {k: v for k, v in (variables or {}).items() if k in part.variables}
                rest = await answer(context, part.query, used)
            values = await context.reader.json(ready.reads)
        return ready.body(values, rest, limits)
    except TimeoutError:
        cause: Exception = too_costly()
    except psycopg.Error as error:
        if error.sqlstate == ABSENT_STATE:
            return None
        cause = error
    errors = [GraphQLError("", path=[one.key], original_error=cause) for one in ready.plan.compiled]
    return ready.failed(shown_errors(errors, staff=context.viewer.staff), limits)


async def answer(
    context: Context,
    query: str,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> dict[str, Any]:
    """The response to one operation; a refused one has no `data`.

    Never raises for what the caller sent or what went wrong while answering.
    """
    staff = context.viewer.staff
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            result = await schema.execute(
                query,
                variable_values=variables,
                context_value=context,
                operation_name=operation_name,
                allowed_operation_types=[OperationType.QUERY, OperationType.MUTATION],
            )
    except TimeoutError:
        return {"errors": shown_errors([too_costly()], staff=staff)}
    except CannotGetOperationTypeError:
        message = "The document has no operation of that name."
        return {"errors": [plain_error(ErrorCode.BAD_INPUT, message)]}
    except InvalidOperationTypeError:
        message = "Subscriptions are answered as a stream: over a WebSocket or as events."
        return {"errors": [plain_error(ErrorCode.BAD_INPUT, message)]}
    if context.loaders.exhausted:  # every place that was cut off would have an error of its own
        return {"errors": shown_errors([too_much(MOST_THINGS)], staff=staff)}
    more = {"extensions": result.extensions} if result.extensions else {}
    if not result.errors:
        return {"data": result.data, **more}
    errors = shown_errors(result.errors, staff=staff)
    # A request refused before it ran has no data at all; one that ran may have it null.
    ran = result.data is not None or any(error.path for error in result.errors)
    return {"errors": errors, "data": result.data, **more} if ran else {"errors": errors}
