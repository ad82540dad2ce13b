"""The source modules: code for quirks that the layout language cannot express."""

from __future__ import annotations

from typing import Protocol

import polars as pl

from adapters.sources import siga, sipd
from mappings.model import Layout


class SourceModule(Protocol):
    """What a module under adapters/sources offers."""

    @staticmethod
    def recognises(cells: pl.DataFrame) -> bool:
        """Whether a sheet of a positional layout looks like this source's."""

    @staticmethod
    def prepare(rows: pl.DataFrame, cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Split `rows` (`row` and c0..cN below the header) into data and rows that are not data.

        Data may gain columns with unified names; `cells` is the whole sheet.
        """


MODULES: dict[str, SourceModule] = {"siga": siga, "sipd": sipd}  # type: ignore[dict-item]


def module_of(layout: Layout) -> SourceModule | None:
    """The module a layout names, if any."""
    return MODULES[layout.module] if layout.module else None
