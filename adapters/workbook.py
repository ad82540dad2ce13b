"""The same workbook back: the sheets as they were, bad cells coloured, each with its reason.

Rows are written slice by slice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl
from xlsxwriter.worksheet import Worksheet

from adapters import own
from adapters.base import MAX_COLUMNS, MAX_ROWS, RawFile, RawSheet
from adapters.book import COLOURS, COMMENTS, Book, opened, put
from adapters.checked import Checked
from adapters.delivery import Options, tables_of
from adapters.readers import column_letter, letter_index, read
from adapters.recognise import Table
from adapters.summary import write_summary
from validation.issues import render, with_severity

LONGEST: Final = 32_767  # UTF-16 units in one cell of Excel
_SLICE: Final = 5_000
_SAMPLE: Final = 200  # rows that column widths are taken from
EXACT: Final = 16  # digits of a number that are written as they were read


class TooLarge(Exception):  # noqa: N818 - an answer, not a fault
    """A sheet has more rows or columns than Excel can hold."""


@dataclass(frozen=True)
class _Page:
    """One sheet to write. `cells` has its row in the file first, `keys` has a key for each row of
    the file; `issues` are sorted by row."""

    name: str
    sheet: RawSheet
    cells: pl.DataFrame
    keys: pl.Series
    table: Table | None
    issues: pl.DataFrame


def write(
    checked: Checked,
    options: Options,
    target: Path,
    *,
    bad_only: bool = False,
    raw: RawFile | None = None,
) -> bool:
    """Write what was checked to `target` as an xlsx with its issues marked.

    With `bad_only` the rows under the headings are those with an ERROR or a WARNING.
    Returns False, and writes nothing, when there is no such row. `raw` is what was checked, where
    it is not the file at `checked.path` (see adapters.mending); otherwise that file is read once
    more, so that nobody who only wants it checked holds its cells.
    Errors: FileRefused, TooLarge, OSError.
    """
    raw = raw or read(checked.path)
    tables = {table.index: table for table in tables_of(raw, options)}
    graded = with_severity(checked.issues)
    pages = []
    for name, index in sheet_names(raw).items():
        issues = graded.filter(pl.col("sheet") == index)
        page = _page(name, raw.sheets[index], tables.get(index), issues)
        pages.append(_only_bad(page) if bad_only else page)
    if bad_only:
        pages = [page for page in pages if page.table and page.issues.height]
    if bad_only and not pages:
        return False
    # Keys that come from an earlier workbook speak of the file that one was written of.
    kept = any(own.bare(sheet)[1] is not None for sheet in raw.sheets)
    origins = (checked.sha256, *(own.origins(raw) if kept else ()))
    target = target.resolve()
    with TemporaryDirectory(dir=target.parent) as folder:
        partial = Path(folder) / "workbook.xlsx"
        with opened(partial) as book:
            first = book.file.add_worksheet(_free(own.SUMMARY, [page.name for page in pages]))
            write_summary(book, first, checked, graded, origins, bad_only=bad_only)
            for page in pages:
                _sheet(book, book.file.add_worksheet(page.name), page)
        partial.replace(target)
    return True


def _page(name: str, sheet: RawSheet, table: Table | None, graded: pl.DataFrame) -> _Page:
    bare, keys = own.bare(sheet)[0], own.row_keys(sheet)
    if bare.cells.height > MAX_ROWS or bare.cells.width + 2 > MAX_COLUMNS:
        raise TooLarge(sheet.name)
    cells = bare.cells.with_row_index("row", 1)
    if table is None:
        return _Page(name, bare, cells, keys, None, graded.clear())
    # What is wrong with a heading is marked on the heading.
    heading = pl.when(pl.col("letter").is_not_null() & (table.header_row > 0)).then(
        pl.lit(table.header_row, pl.UInt32)
    )
    marked = graded.with_columns(pl.coalesce("row", heading).alias("row")).filter(
        pl.col("row").is_not_null() & pl.col("severity").is_in(list(COLOURS))
    )
    return _Page(name, bare, cells, keys, table, marked.sort("row", maintain_order=True))


def _only_bad(page: _Page) -> _Page:
    """The band above the data and the bad rows; all rows where rows only mean something in
    their place (a layout without headings)."""
    if page.table is None:
        return page
    first = page.table.first_row
    bad = page.issues.filter(pl.col("row") >= first)["row"].unique()
    if not len(bad):
        return replace(page, table=None, issues=page.issues.clear())
    if page.table.header_row == 0:
        return page
    kept = (pl.col("row") < first) | pl.col("row").is_in(bad.implode())
    return replace(page, cells=page.cells.filter(kept))


def sheet_names(raw: RawFile) -> dict[str, int]:
    """The sheets that are written, by names that Excel takes; sheets of a workbook keep theirs."""
    names: dict[str, int] = {}
    for index, sheet in enumerate(raw.sheets):
        if not own.is_summary(sheet):
            name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", sheet.name)[:31].strip("'")
            names[_free(name or f"Lembar {len(names) + 1}", list(names))] = index
    return names


def _free(name: str, taken: Sequence[str]) -> str:
    lower = {other.lower() for other in taken}
    number, free = 1, name
    while free.lower() in lower:
        number += 1
        free = f"{name[:25]} ({number})"
    return free


def _sheet(book: Book, page: Worksheet, given: _Page) -> None:
    if not given.sheet.visible:
        page.hide()
    width, table = given.sheet.cells.width, given.table
    _layout(book, page, given)
    first = table.first_row if table else MAX_ROWS + 1
    at = 0
    for start in range(0, given.cells.height, _SLICE):
        part = given.cells.slice(start, _SLICE)
        low, high = part["row"][0], part["row"][-1]
        marks = _marks(given.issues, low, high)
        numbers = _numbers(given.sheet, low, high)
        for row, *values in part.iter_rows():
            found = marks.get(row, [])
            numeric = numbers.get(row, set())
            cut = _row(book, page, at, values, found, numeric, head=_is_head(table, row))
            if table and row == _own_heading(table):
                put(page, at, width, own.REASONS, book.head)
                put(page, at, width + 1, own.KEY, book.head)
            elif row >= first:
                if found or cut:
                    put(page, at, width, _reasons(found, cut), book.text)
                put(page, at, width + 1, given.keys[row - 1], book.text)
            elif table and row > _own_heading(table):
                put(page, at, width + 1, own.BAND_KEY, book.text)
            at += 1


def _layout(book: Book, page: Worksheet, given: _Page) -> None:
    """Widths, frozen headings, filter, and no green corners on digits that are text."""
    cells, width = given.sheet.cells, given.sheet.cells.width
    longest = cells.head(_SAMPLE).select(pl.all().str.len_chars().max())
    for column, letters in enumerate(longest.row(0) if width else ()):
        page.set_column(column, column, min(max(letters or 0, 8), 40) + 2, book.text)
    last = max(given.cells.height - 1, 0)
    page.ignore_errors({"number_stored_as_text": f"A1:{column_letter(width + 1)}{last + 1}"})
    if given.table:
        page.set_column(width, width, 60, book.text)
        page.set_column(width + 1, width + 1, 8, book.text, {"hidden": True})
        page.freeze_panes(given.table.first_row - 1, 0)
        heading = (given.table.header_row or given.table.first_row - 1) - 1
        page.autofilter(max(heading, 0), 0, last, width + 1)


def _is_head(table: Table | None, row: int) -> bool:
    return table is not None and row <= table.header_row < row + table.layout.file.header_rows


def _own_heading(table: Table) -> int:
    """Row of the headings "Masalah" and "#baris": the upper one of two, which stands alone."""
    if table.header_row == 0:
        return table.first_row - 1
    return table.header_row - table.layout.file.header_rows + 1


def _marks(issues: pl.DataFrame, low: int, high: int) -> dict[int, list[dict[str, Any]]]:
    marks: dict[int, list[dict[str, Any]]] = {}
    begin, end = issues["row"].search_sorted(low), issues["row"].search_sorted(high + 1)
    for found in issues.slice(begin, end - begin).iter_rows(named=True):
        marks.setdefault(found["row"], []).append(found)
    return marks


def _numbers(sheet: RawSheet, low: int, high: int) -> dict[int, set[int]]:
    numbers: dict[int, set[int]] = {}
    near = sheet.long_numbers.filter(pl.col("row").is_between(low, high))
    for row, column in near.select("row", "column").iter_rows():
        numbers.setdefault(row, set()).add(column)
    return numbers


def _row(
    book: Book,
    page: Worksheet,
    at: int,
    values: Sequence[str | None],
    found: Sequence[dict[str, Any]],
    numeric: set[int],
    *,
    head: bool,
) -> list[str]:
    """Write one row. Returns the letters of columns whose value Excel could not hold whole."""
    usual = book.head if head else book.text
    if not found and not numeric:
        return [
            column_letter(column)
            for column, value in enumerate(values)
            if value and not put(page, at, column, value, usual)
        ]
    cells: dict[int, list[dict[str, Any]]] = {}
    for one in found:
        column = letter_index(one["letter"]) if one["letter"] else 0
        cells.setdefault(column, []).append(one)
    cut = []
    for column, value in enumerate(values):
        about = cells.get(column, [])
        shade = book.bad[min(i["severity"] for i in about)] if about else usual
        if about:
            _comment(book, page, at, column, about)
        if not value:
            if about:
                page.write_blank(at, column, None, shade)
        elif column in numeric and len(value) <= EXACT:
            page.write_number(at, column, float(value), shade if about else book.number)
        elif not put(page, at, column, value, shade):
            cut.append(column_letter(column))
    return cut


def _comment(
    book: Book, page: Worksheet, row: int, column: int, about: Sequence[dict[str, Any]]
) -> None:
    if len(book.comments) >= COMMENTS:
        return
    book.comments.append(None)
    text = "\n\n".join("\n".join(_told(one)) for one in about)
    size = {"width": 360, "height": min(60 + len(text) // 3, 600)}
    page.write_comment(row, column, text[:LONGEST], {"author": "hub", **size})


def _told(one: dict[str, Any]) -> tuple[str, str]:
    """Reason and remedy: in Indonesian, then in English."""
    return " ".join(render(one["code"], one, "id")), " ".join(render(one["code"], one, "en"))


def _reasons(found: Sequence[dict[str, Any]], cut: Sequence[str]) -> str:
    """All reasons of a row, each with its place; by code alone where a cell cannot hold more."""
    places = [f"{one['letter']} {one['column']}: " if one["letter"] else "" for one in found]
    told = [f"{p}{' / '.join(_told(one))}" for p, one in zip(places, found, strict=True)]
    told += [
        f"{letter}: nilai lebih panjang dari {LONGEST} huruf dan dipotong oleh Excel"
        f" / value longer than {LONGEST} characters, cut off by Excel"
        for letter in cut
    ]
    text = "\n".join(told)
    codes = ", ".join(f"{one['letter'] or ''} {one['code']}".strip() for one in found)
    return text if len(text) <= LONGEST // 2 else codes
