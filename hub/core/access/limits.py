"""What one request of a client may ask for: safe defaults, and what a steward may set instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


class LimitError(ValueError):
    """A limit cannot be set so; the message is one sentence."""


@dataclass(frozen=True)
class Limits:
    """The bounds on one request. Raises LimitError when one lies outside of its range."""

    cost: int = 500_000
    depth: int = 12
    aliases: int = 50
    directives: int = 50
    tokens: int = 2000
    root_fields: int = 25
    body_bytes: int = 256 * 1024
    page: int = 100
    statement_seconds: int = 10

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            low, high = RANGES[name]
            if type(value) is not int or not low <= value <= high:
                raise LimitError(f"The limit {name} is a whole number, {low:,} to {high:,}.")

    @classmethod
    def of(cls, overrides: Mapping[str, int]) -> Limits:
        """The defaults with these set differently. Raises LimitError."""
        for name in overrides:
            if name not in RANGES:
                raise LimitError(f"There is no limit {name}; there are: {', '.join(RANGES)}.")
        return cls(**overrides) if overrides else DEFAULTS


RANGES: Mapping[str, tuple[int, int]] = {
    "cost": (1, 50_000_000),
    "depth": (1, 50),
    "aliases": (0, 1000),
    "directives": (0, 1000),
    "tokens": (10, 20_000),
    "root_fields": (1, 200),
    "body_bytes": (1024, 10 * 1024 * 1024),
    "page": (1, 1000),
    "statement_seconds": (1, 15),  # the whole answer takes at most that long
}
"""The lowest and the highest that each limit can be set to."""

NAMES = tuple(field.name for field in fields(Limits))
DEFAULTS = Limits()
