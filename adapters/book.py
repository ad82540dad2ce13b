"""A workbook being written.

Every cell is text in a cell formatted as text, so that no value becomes a formula, a link or a
rounded number, not even when it is typed again. Long numbers alone stay numbers: as text, one that
Excel rounded would pass for a sound one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

COMMENTS: Final = 50_000  # beyond these Excel crawls; the column "Masalah" has every reason
COLOURS: Final = {"ERROR": "#FF9999", "WARNING": "#FFFF99"}


@dataclass(frozen=True)
class Book:
    """The workbook being written, and its formats."""

    file: Workbook
    text: Format
    head: Format
    number: Format
    bad: dict[str, Format]
    comments: list[None]  # one for each comment written, over all sheets


@contextmanager
def opened(path: Path) -> Iterator[Book]:
    """A workbook at `path`, written when the block ends. Its rows go out as they are written."""
    settings = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "use_zip64": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(path, settings) as file:
        text = file.add_format({"num_format": "@"})
        head = file.add_format({"num_format": "@", "bold": True, "bg_color": "#DDDDDD"})
        number = file.add_format({"num_format": "0"})
        bad = {
            grade: file.add_format({"num_format": "@", "bg_color": colour, "border": 1})
            for grade, colour in COLOURS.items()
        }
        yield Book(file, text, head, number, bad, [])


def put(page: Worksheet, row: int, column: int, value: str, style: Format) -> bool:
    """Write text as text. Returns whether the cell holds all of it."""
    if value.startswith("<r>"):  # the writer would take it for its own markup of rich text
        done = page.write_rich_string(row, column, value[:1], style, value[1:], style)
    else:
        done = page.write_string(row, column, value, style)
    return bool(done == 0)
