"""Errors that callers may read, each with a stable code; everything else is masked."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from graphql import GraphQLError
from psycopg import DataError, OperationalError
from psycopg.errors import QueryCanceled

from hub.core.ingest.chosen import Refusal
from hub.core.store.paging import CursorError
from hub.core.store.scope import ScopeError

_log = logging.getLogger(__name__)
_LONG_NUMBER = re.compile(r"\d{9,}")
_GIVEN = re.compile(
    r"(cannot represent [^:]*|to be an object)(?:, found)?: .*|\?? Found: .*", re.DOTALL
)
_INTROSPECTION_OFF = "GraphQL introspection has been disabled"
_ARGUMENT = "Argument '"
_ABORTED = "Validation aborted."
UNAVAILABLE = "The registry is not available; try again."


class ErrorCode(StrEnum):
    """`extensions.code` of an error."""

    BAD_INPUT = "BAD_INPUT"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    REFUSED = "REFUSED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    COST_EXCEEDED = "COST_EXCEEDED"
    PERSISTED_OPERATION_NOT_FOUND = "PERSISTED_OPERATION_NOT_FOUND"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL = "INTERNAL"


class HubError(GraphQLError):
    """An error whose message is meant for the caller."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message, extensions={"code": code.value})


def bad_input(message: str) -> HubError:
    """The caller asked for something that cannot be asked."""
    return HubError(ErrorCode.BAD_INPUT, message)


def too_costly() -> HubError:
    """The answer would take longer than is allowed."""
    return HubError(ErrorCode.COST_EXCEEDED, "The query takes too long; ask for less at a time.")


def over_cost(cost: int, limit: int) -> HubError:
    """The operation would cost more than the caller may ask for at a time."""
    message = f"The query costs {cost:,}, at most {limit:,} is allowed; ask for less at a time."
    return HubError(ErrorCode.COST_EXCEEDED, message)


def too_much(most: int) -> HubError:
    """The answer would be larger than is allowed."""
    message = f"The answer would hold more than {most:,} things; ask for less at a time."
    return HubError(ErrorCode.COST_EXCEEDED, message)


def plain_error(code: ErrorCode, message: str) -> dict[str, Any]:
    """An error outside of any operation, as it goes out."""
    return {"message": message, "extensions": {"code": code.value}}


def shown_errors(errors: Iterable[GraphQLError], *, staff: bool) -> list[dict[str, Any]]:
    """Errors as they go out: known ones with their code, others masked and logged."""
    return [_shown(error, staff=staff) for error in errors]


def _shown(error: GraphQLError, *, staff: bool) -> dict[str, Any]:
    code, message = _judge(error, staff=staff)
    shown = plain_error(code, message)
    if error.locations:
        shown["locations"] = [place.formatted for place in error.locations]
    if error.path:
        shown["path"] = error.path
    return shown


def _judge(error: GraphQLError, *, staff: bool) -> tuple[ErrorCode, str]:
    cause = error.original_error or error
    if isinstance(cause, HubError):
        return ErrorCode((cause.extensions or {})["code"]), cause.message
    if isinstance(cause, CursorError | ScopeError):
        return ErrorCode.BAD_INPUT, str(cause)
    if isinstance(cause, Refusal):
        return ErrorCode.REFUSED, str(cause)
    if isinstance(cause, QueryCanceled):
        return ErrorCode.COST_EXCEEDED, too_costly().message
    if isinstance(cause, OperationalError):  # also no connection to be had in time
        _record(cause)
        return ErrorCode.INTERNAL, UNAVAILABLE
    if isinstance(cause, DataError | UnicodeEncodeError | RecursionError):
        # Values that no field expects: a zero character, half a character, endless nesting.
        _record(cause)
        return ErrorCode.BAD_INPUT, "A value in the request cannot be used."
    # Without a path the request itself was refused: by the parser, the rules or the variables.
    # With one, an argument can still be what only its variable could tell.
    refused = error.path is None or error.message.startswith(_ARGUMENT)
    if refused and isinstance(cause, GraphQLError | ValueError):
        if error.message.startswith(_INTROSPECTION_OFF):
            return ErrorCode.FORBIDDEN, "Only a staff token may read the schema."
        return ErrorCode.BAD_INPUT, _told(error.message, staff=staff)
    _record(cause)
    return ErrorCode.INTERNAL, "Unexpected error."


def _told(message: str, *, staff: bool) -> str:
    """A message about the request without what was given and, for strangers, without hints."""
    if message == _ABORTED:
        return "The document repeats too many fields; ask for less at a time."
    message = _GIVEN.sub(r"\1.", message)
    told = message if staff else message.partition(" Did you mean")[0]
    return _LONG_NUMBER.sub("…", told)


def _record(cause: BaseException) -> None:
    """Log where it happened, not what was said: a message can hold personal data."""
    place, trace = None, cause.__traceback__
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    _log.error(
        "unexpected error",
        extra={
            "error": type(cause).__name__,
            "sqlstate": getattr(cause, "sqlstate", None),
            "place": place,
        },
    )
