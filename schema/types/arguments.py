"""Arguments that several fields take."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

import strawberry

from schema.errors import bad_input
from schema.scalars import ProgrammeCode, SourceCode
from schema.types.enums import FlagStatus, Language

_MOST_ORDERS = 4

InLanguage = Annotated[
    Language | None,
    strawberry.argument(description="Language of the text; Indonesian if not said."),
]
Programmes = Annotated[
    list[ProgrammeCode] | None, strawberry.argument(description="Only of these programmes.")
]
From = Annotated[
    date | None,
    strawberry.argument(name="from", description="Only periods that end on this day or later."),
]
To = Annotated[
    date | None,
    strawberry.argument(name="to", description="Only periods that start on this day or earlier."),
]
Statuses = Annotated[
    list[FlagStatus] | None,
    strawberry.argument(name="status", description="Only flags of these statuses."),
]
Sources = Annotated[
    list[SourceCode] | None, strawberry.argument(description="Only of these sources.")
]


def codes(given: Iterable[str] | None) -> tuple[str, ...] | None:
    """The values of a list argument, each once, in a fixed order."""
    return None if given is None else tuple(sorted({str(code) for code in given}))


def orders(given: list[Any] | None) -> list[str]:
    """The names of the orders of a list. Raises BAD_INPUT when there are too many."""
    if given and len(given) > _MOST_ORDERS:
        raise bad_input(f"Give at most {_MOST_ORDERS} orders.")
    return [order.value for order in given or []]
