"""Which rows a caller may see, and which numbers masked: the one place that says so in SQL."""

from __future__ import annotations

import re
from dataclasses import dataclass

# No code begins with 0; without that, "00" would hold the rows of an unknown regency.
_REGION_PREFIX = re.compile(r"([1-9](\d|\d{3}|\d{5}|\d{9}))?", re.ASCII)

EVERYWHERE = ""
_REGENCY_DIGITS = 4


class ScopeError(ValueError):
    """A region prefix is not empty, nor 2, 4, 6 or 10 digits of a code."""


@dataclass(frozen=True)
class Scope:
    """Region prefixes a caller may see ("" is all of Indonesia), and whether unmasked.

    Rows whose regency is not known (`0000`) are seen only by a caller of all of Indonesia. No
    prefix at all sees nothing. An account also sees the deliveries that it uploaded itself.
    """

    regions: tuple[str, ...]
    identified: bool = False
    account: str | None = None

    def __post_init__(self) -> None:
        for prefix in self.regions:
            check_prefix(prefix)

    @property
    def everywhere(self) -> bool:
        """Whether the caller may see all of Indonesia."""
        return EVERYWHERE in self.regions

    @property
    def setting(self) -> str:
        """The scope as row-level security reads it, in the setting `hub.scope`.

        `*`, or the prefixes, each below a regency with `r` and its regency, for the tables that
        know no village. Digits, commas, `r` and `*` only.
        """
        if self.everywhere:
            return "*"
        below = {prefix for prefix in self.regions if len(prefix) > _REGENCY_DIGITS}
        return ",".join(sorted({*self.regions, *(f"r{regency_of(prefix)}" for prefix in below)}))


def check_prefix(prefix: str) -> str:
    """Return `prefix`; raises ScopeError unless it is empty or 2, 4, 6 or 10 digits of a code."""
    if not _REGION_PREFIX.fullmatch(prefix):
        raise ScopeError("A region is given by the 2, 4, 6 or 10 digits of its code, without dots.")
    return prefix


def regency_of(prefix: str) -> str:
    """The regency part of a region code: 4 digits, or 2 for a province."""
    return prefix[:_REGENCY_DIGITS]
