"""The same workbook back: the sheets as they were, bad cells coloured, each with its reason.

Every cell is text in a cell formatted as text, so that no value becomes a formula, a link or a
rounded number, not even when it is typed again. Rows are written slice by slice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters import own
from adapters.base import MAX_COLUMNS, MAX_ROWS, RawSheet
from adapters.delivery import Checked, Options, tables_of
from adapters.readers import column_letter, letter_index, read
from adapters.recognise import Table
from validation.issues import render, with_severity

COMMENTS: Final = 50_000  # beyond these Excel crawls; the column "Masalah" has every reason
LONGEST: Final = 32_767  # UTF-16 units in one cell of Excel
_SLICE: Final = 5_000
_SAMPLE: Final = 200  # rows that column widths are taken from
_EXACT: Final = 16  # digits of a number that are written as they were read
_GRADES: Final = ("ERROR", "WARNING", "INFO")
_SPOKEN: Final = {
    "ERROR": "SALAH / ERROR",
    "WARNING": "PERIKSA / WARNING",
    "INFO": "CATATAN / INFO",
}
_COLOURS: Final = {"ERROR": "#FF9999", "WARNING": "#FFFF99"}
_HOW: Final = (
    "Betulkan sel berwarna (merah: salah, kuning: perlu diperiksa), simpan, lalu kirim lagi buku"
    " kerja ini; lembar ini serta kolom Masalah dan #baris tidak perlu dihapus."
    " / Mend the coloured cells (red: wrong, yellow: to be looked at), save, and send this workbook"
    " again; this sheet and the columns Masalah and #baris need not be removed.",
    "Alasan tertulis pada komentar sel (50.000 yang pertama) dan semuanya pada kolom Masalah."
    " / Reasons are in the comments of the cells (the first 50,000), and all in the column"
    " Masalah.",
)
_ONLY_BAD: Final = (
    "Hanya baris bermasalah yang dimuat. / Only rows that need mending are in this workbook."
)


class TooLarge(Exception):  # noqa: N818 - an answer, not a fault
    """A sheet has more rows or columns than Excel can hold."""


@dataclass(frozen=True)
class _Book:
    """The workbook being written, and its formats."""

    file: Workbook
    text: Format
    head: Format
    bad: dict[str, Format]
    comments: list[None]  # one for each comment written, over all sheets


@dataclass(frozen=True)
class _Page:
    """One sheet to write. `cells` has its row in the file first; `issues` are sorted by row."""

    sheet: RawSheet
    cells: pl.DataFrame
    keys: pl.Series | None
    table: Table | None
    issues: pl.DataFrame


def write(checked: Checked, options: Options, target: Path, *, bad_only: bool = False) -> bool:
    """Write the file that was checked to `target` as an xlsx with its issues marked.

    With `bad_only` the rows under the headings are those with an ERROR or a WARNING.
    Returns False, and writes nothing, when there is no such row. The file is read once more, so
    that nobody who only wants it checked holds its cells.
    Errors: FileRefused, TooLarge, OSError.
    """
    raw = read(checked.path)
    tables = {table.index: table for table in tables_of(raw, options)}
    graded = with_severity(checked.issues)
    pages = []
    for index, sheet in enumerate(raw.sheets):
        if not own.is_summary(sheet):
            page = _page(sheet, tables.get(index), graded.filter(pl.col("sheet") == index))
            pages.append(_only_bad(page) if bad_only else page)
    if bad_only:
        pages = [page for page in pages if page.table and page.issues.height]
    if bad_only and not pages:
        return False
    target = target.resolve()
    with TemporaryDirectory(dir=target.parent) as folder:
        partial = Path(folder) / "workbook.xlsx"
        _write(partial, checked, graded, pages, bad_only)
        partial.replace(target)
    return True


def _page(sheet: RawSheet, table: Table | None, graded: pl.DataFrame) -> _Page:
    bare, keys = own.bare(sheet)
    if bare.cells.height > MAX_ROWS or bare.cells.width + 2 > MAX_COLUMNS:
        raise TooLarge(sheet.name)
    cells = bare.cells.with_row_index("row", 1)
    if table is None:
        return _Page(bare, cells, keys, None, graded.clear())
    # What is wrong with a heading is marked on the heading.
    heading = pl.when(pl.col("letter").is_not_null() & (table.header_row > 0)).then(
        pl.lit(table.header_row, pl.UInt32)
    )
    marked = graded.with_columns(pl.coalesce("row", heading).alias("row")).filter(
        pl.col("row").is_not_null() & pl.col("severity").is_in(list(_COLOURS))
    )
    return _Page(bare, cells, keys, table, marked.sort("row", maintain_order=True))


def _only_bad(page: _Page) -> _Page:
    """The band above the data and the bad rows; all rows where rows only mean something in
    their place (a layout without headings)."""
    if page.table is None:
        return page
    first = page.table.first_row
    bad = page.issues.filter(pl.col("row") >= first)["row"].unique()
    if not len(bad):
        return _Page(page.sheet, page.cells, page.keys, None, page.issues.clear())
    if page.table.header_row == 0:
        return page
    kept = (pl.col("row") < first) | pl.col("row").is_in(bad.implode())
    return _Page(page.sheet, page.cells.filter(kept), page.keys, page.table, page.issues)


def _write(
    path: Path, checked: Checked, graded: pl.DataFrame, pages: Sequence[_Page], bad_only: bool
) -> None:
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
        bad = {
            grade: file.add_format({"num_format": "@", "bg_color": colour, "border": 1})
            for grade, colour in _COLOURS.items()
        }
        book = _Book(file, text, head, bad, [])
        first, *names = _names([page.sheet.name for page in pages])
        _summary(book, file.add_worksheet(first), checked, graded, bad_only)
        for name, page in zip(names, pages, strict=True):
            _sheet(book, file.add_worksheet(name), page)


def _names(given: Sequence[str]) -> list[str]:
    """Names that Excel takes, the summary's first; sheets of a workbook keep theirs."""
    names: list[str] = []
    for number, name in enumerate(given, start=1):
        clean = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name)[:31].strip("'") or f"Lembar {number}"
        names.append(_free(clean, names))
    return [_free(own.SUMMARY, names), *names]


def _free(name: str, taken: Sequence[str]) -> str:
    lower = {other.lower() for other in taken}
    number, free = 1, name
    while free.lower() in lower:
        number += 1
        free = f"{name[:25]} ({number})"
    return free


def _summary(
    book: _Book, page: Worksheet, checked: Checked, graded: pl.DataFrame, bad_only: bool
) -> None:
    counts = checked.counts()
    facts: list[tuple[str, str | int]] = [
        ("Berkas / File", checked.path.name),
        ("Susunan / Layout", checked.layout or "-"),
        ("Baris dibaca / Rows read", counts["read"]),
        ("Diterima / Accepted", counts["accepted"]),
        ("Perlu diperiksa / With warnings", counts["warning"]),
        ("Ditolak / Rejected", counts["rejected"]),
    ]
    _put(page, 0, 0, own.TITLE, book.head)
    for row, (name, value) in enumerate(facts, start=2):
        _put(page, row, 0, name, book.text)
        if isinstance(value, int):
            page.write_number(row, 1, value)
        else:
            _put(page, row, 1, value, book.text)
    row = len(facts) + 3
    for note in (*_HOW, *([_ONLY_BAD] if bad_only else [])):
        _put(page, row, 0, note, book.text)
        row += 1
    row += 1
    headings = (
        "Kode / Code",
        "Tingkat / Severity",
        "Banyaknya / Count",
        "Kolom / Column",
        "Arti (contoh pertama)",
        "Perbaikan",
        "Meaning (first case)",
        "Remedy",
    )
    for column, heading in enumerate(headings):
        _put(page, row, column, heading, book.head)
    for line_at, line in enumerate(_kinds(graded), start=row + 1):
        shade = book.bad.get(line["severity"], book.text)
        _put(page, line_at, 0, line["code"], shade)
        _put(page, line_at, 1, _SPOKEN[line["severity"]], book.text)
        page.write_number(line_at, 2, line["count"])
        told = (line["column"] or "-", *render(line["code"], line, "id"))
        for column, value in enumerate((*told, *render(line["code"], line, "en")), start=3):
            _put(page, line_at, column, value, book.text)
    page.set_column(0, 0, 32)
    page.set_column(1, 3, 24)
    page.set_column(4, 7, 60)


def _kinds(graded: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Issues per code and column with their number, gravest first; those of the file singly."""
    about = pl.when(pl.col("row").is_null()).then(
        pl.concat_str("sheet", "letter", "found", "expected", separator="|", ignore_nulls=True)
    )
    kinds = graded.group_by("code", "column", about.alias("about"), maintain_order=True).agg(
        pl.len().alias("count"), pl.exclude("code", "column", "about").first()
    )
    grave = pl.col("severity").replace_strict({g: i for i, g in enumerate(_GRADES)})
    yield from kinds.sort(grave, "code", maintain_order=True).iter_rows(named=True)


def _sheet(book: _Book, page: Worksheet, given: _Page) -> None:
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
        numbers = _numbers(given.sheet, low, high) if marks else set()
        for row, *values in part.iter_rows():
            found = marks.get(row, [])
            numeric = {c for r, c in numbers if r == row} if found else set()
            cut = _row(book, page, at, values, found, numeric, head=_is_head(table, row))
            if table and row == _own_heading(table):
                _put(page, at, width, own.REASONS, book.head)
                _put(page, at, width + 1, own.KEY, book.head)
            elif row >= first:
                if found or cut:
                    _put(page, at, width, _reasons(found, cut), book.text)
                _put(page, at, width + 1, _key(given.keys, row), book.text)
            at += 1


def _layout(book: _Book, page: Worksheet, given: _Page) -> None:
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


def _numbers(sheet: RawSheet, low: int, high: int) -> set[tuple[int, int]]:
    near = sheet.long_numbers.filter(pl.col("row").is_between(low, high))
    return set(near.select("row", "column").iter_rows())


def _row(
    book: _Book,
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
    if not found:
        return [
            column_letter(column)
            for column, value in enumerate(values)
            if value and not _put(page, at, column, value, usual)
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
        elif about and column in numeric and len(value) <= _EXACT:
            # A NIK that Excel rounded stays a number: as text it would pass for a sound one.
            page.write_number(at, column, float(value), shade)
        elif not _put(page, at, column, value, shade):
            cut.append(column_letter(column))
    return cut


def _put(page: Worksheet, row: int, column: int, value: str, style: Format) -> bool:
    """Write text as text. Returns whether the cell holds all of it."""
    if value.startswith("<r>"):  # the writer would take it for its own markup of rich text
        done = page.write_rich_string(row, column, value[:1], style, value[1:], style)
    else:
        done = page.write_string(row, column, value, style)
    return bool(done == 0)


def _comment(
    book: _Book, page: Worksheet, row: int, column: int, about: Sequence[dict[str, Any]]
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


def _key(keys: pl.Series | None, row: int) -> str:
    return str(row) if keys is None else keys[row - 1] or ""
