"""Places in a statement for values that come with each request.

What the caller asks for is first brought into a value of the store: a dataclass such as a filter.
A statement is compiled from its image, in which every leaf is a `Slot`; what a statement may
depend on (which leaves are there, true or false, a choice, the order, the length of a region
code) is the
`shape`, so that values of one shape share a compiled statement.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

from hub.core.store.paging import Ordering

T = TypeVar("T")
Path = tuple[str | int, ...]
_LONGEST_CODE = 10


@dataclass(frozen=True)
class Slot:
    """A value to come: which of the given values it lies in, and where."""

    given: int
    path: Path
    length: int = 0

    def __len__(self) -> int:
        return self.length


@dataclass(frozen=True)
class Bound:
    """How a parameter is found when the statement runs."""

    slot: Slot
    derive: Callable[[Any], Any] | None

    def text(self, given: Sequence[Any]) -> bytes | None:
        """The parameter in PostgreSQL's text format."""
        value = given[self.slot.given]
        for step in self.slot.path:
            value = value[step] if isinstance(step, int) else getattr(value, step)
        return dump(self.derive(value) if self.derive else value)


def image(value: T, given: int, path: Path = ()) -> T:
    """`value` with a slot for every leaf."""
    found: Any = value
    if value is None or isinstance(value, bool | Enum | Ordering):
        return value
    if isinstance(value, list):  # a tuple is one leaf, a list is not
        found = [image(one, given, (*path, place)) for place, one in enumerate(value)]
    elif is_dataclass(value) and not isinstance(value, type):
        parts = {name: image(getattr(value, name), given, (*path, name)) for name in _names(value)}
        found = replace(value, **parts)
    else:
        found = Slot(given, path, _length(value))
    return found  # type: ignore[no-any-return]


def shape(value: object) -> Hashable:
    """What a statement compiled for `value` may depend on."""
    if value is None or isinstance(value, bool | Enum | Ordering):
        return value
    if isinstance(value, list):
        return tuple(map(shape, value))
    if is_dataclass(value):
        return (type(value), *(shape(getattr(value, name)) for name in _names(value)))
    return _length(value)


def dump(value: object) -> bytes | None:
    """A value in PostgreSQL's text format. Raises ValueError for what it cannot hold."""
    if value is None:
        return None
    if isinstance(value, list | tuple):
        text = _array(value)
    else:
        text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    if "\0" in text:  # the value would end there
        raise ValueError("a text holds a zero character")
    return text.encode()


def _array(values: Sequence[object]) -> str:
    """An array of texts, none of them null."""
    texts = [str(value) for value in values]
    if '"' in (whole := "".join(texts)) or "\\" in whole:
        texts = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return '{"' + '","'.join(texts) + '"}' if texts else "{}"


def _length(value: object) -> int:
    """The length of what can be a region code, 0 for all else."""
    if isinstance(value, str) and value.isdigit() and len(value) <= _LONGEST_CODE:
        return len(value)
    return 0


def _names(value: Any) -> tuple[str, ...]:
    kind = type(value)
    if kind not in _NAMES:
        _NAMES[kind] = tuple(field.name for field in fields(kind))
    return _NAMES[kind]


_NAMES: dict[Any, tuple[str, ...]] = {}
