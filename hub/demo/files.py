"""Writers of the file types that sources deliver; each takes chunks and keeps none."""

from __future__ import annotations

import hashlib
import html
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import polars as pl
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from hub.demo.faults import NUMBER
from hub.demo.options import SampleError
from hub.demo.systems import Arrangement

XLSX_ROWS = 1_048_576
_MADE = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


class Sink(Protocol):
    """A file being written."""

    path: Path

    def write(self, cells: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Appends cells of text; returns sheet name and sheet row (1-based) of each."""

    def close(self) -> None:
        """Finishes the file."""


def places(count: int, first: int, sheet: str) -> pl.DataFrame:
    """Sheet and row of consecutive rows."""
    return pl.DataFrame(
        {"sheet": [sheet] * count, "row": range(first, first + count)},
        schema={"sheet": pl.String, "row": pl.Int64},
    )


class CsvSink:
    """Delimited text."""

    def __init__(self, path: Path, top: list[list[str]], form: Arrangement) -> None:
        self.path = path
        self._form = form
        self._end = "\r\n" if form.crlf else "\n"
        self._file = path.open("wb")
        if form.bom:
            self._file.write(b"\xef\xbb\xbf")
        self._next = len(top) + 1
        for line in top:
            head = pl.DataFrame([line], schema=[f"c{n}" for n in range(len(line))], orient="row")
            self._put(head)

    def _put(self, cells: pl.DataFrame) -> None:
        buffer = io.BytesIO()
        cells.write_csv(buffer, include_header=False, separator=self._form.delimiter,
                        line_terminator=self._end)  # fmt: skip
        data = buffer.getvalue()
        if self._form.encoding != "utf-8":
            data = data.decode().encode(self._form.encoding, "replace")
        self._file.write(data)

    def write(self, cells: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Appends the rows."""
        self._put(cells)
        first = self._next
        self._next += cells.height
        return places(cells.height, first, "")

    def close(self) -> None:
        """Finishes the file."""
        self._file.close()


class HtmlSink:
    """An HTML table under the name .xls, as web applications export it."""

    def __init__(self, path: Path, top: list[list[str]], form: Arrangement) -> None:
        self.path = path
        self._form = form
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write("<html><head><meta charset='utf-8'></head><body><table border='1'>\n")
        self._next = len(top) + 1
        for line in top:
            self._row(line, "th")

    def _row(self, line: list[str] | tuple[str | None, ...], tag: str) -> None:
        cells = "".join(f"<{tag}>{html.escape(cell or '')}</{tag}>" for cell in line)
        self._file.write(f"<tr>{cells}</tr>\n")

    def write(self, cells: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Appends the rows."""
        for line in cells.iter_rows():
            self._row(line, "td")
        first = self._next
        self._next += cells.height
        return places(cells.height, first, "")

    def close(self) -> None:
        """Finishes the file."""
        self._file.write("</table></body></html>\n")
        self._file.close()


class Book:
    """A workbook that may be shared by several sheets; closed when the last of them is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.users = 0
        self.workbook = Workbook(
            str(path),
            {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False,
             "strings_to_urls": False},
        )  # fmt: skip
        # A date of its own making would give every run another checksum.
        self.workbook.set_properties({"created": _MADE})

    def leave(self) -> None:
        """One sheet is finished."""
        self.users -= 1
        if self.users == 0:
            self.workbook.close()


def put_row(sheet: Worksheet, row: int, first: int, line: tuple[str | None, ...],
            numbers: frozenset[int]) -> None:  # fmt: skip
    """Writes one row of text; marked cells and number columns become numbers."""
    for place, cell in enumerate(line):
        if not cell:
            continue
        if cell[0] == NUMBER:
            sheet.write_number(row, first + place, float(cell[1:]))
        elif place in numbers and cell.isdecimal() and len(cell) < 12:
            sheet.write_number(row, first + place, int(cell))
        else:
            sheet.write_string(row, first + place, cell)


class XlsxSink:
    """One sheet of a workbook."""

    def __init__(
        self, book: Book, sheet: str, top: list[list[str]], form: Arrangement,
        numbers: frozenset[int],
    ) -> None:  # fmt: skip
        book.users += 1
        self.path = book.path
        self._book, self._form, self._numbers = book, form, numbers
        self._sheet = book.workbook.add_worksheet(sheet)
        self._name = sheet
        self._grey = book.workbook.add_format({"bg_color": "#EEEEEE"})
        self._next = len(top)
        for row, line in enumerate(top):
            put_row(self._sheet, row, 0, tuple(line), frozenset())

    def write(self, cells: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Appends the rows. Raises SampleError past the last row of a sheet."""
        first = self._next
        if first + cells.height + self._form.ghost_rows >= XLSX_ROWS:
            raise SampleError(
                "Satu lembar kerja paling banyak 1.048.575 baris; mintalah format csv.",
                "A workbook holds at most 1,048,575 rows; ask for format csv.",
            )
        for row, line in enumerate(cells.iter_rows(), first):
            put_row(self._sheet, row, self._form.first_column, line, self._numbers)
        self._next += cells.height
        return places(cells.height, first + 1, self._name)

    def close(self) -> None:
        """Adds the ghost rows (styled, empty) and leaves the workbook."""
        for row in range(self._next, self._next + self._form.ghost_rows):
            self._sheet.write_blank(row, self._form.first_column, None, self._grey)
        self._book.leave()


def sha256(path: Path) -> str:
    """Checksum of a finished file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
