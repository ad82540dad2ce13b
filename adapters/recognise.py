"""Find the header band of a sheet and the layout it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import polars as pl

from adapters import parsers, registry
from adapters.base import RawSheet
from adapters.readers import column_letter, letter_index
from mappings import load
from mappings.load import code_list
from mappings.model import Column, Layout, normalise
from validation.issues import issue, none

BAND = 60  # rows searched for a header; the deepest seen starts at row 17
ENOUGH = 0.45  # below this share of agreement a layout is not proposed
TIE = 0.01
SHOWN = 12  # headings named in one issue
CONTENT_ROWS = 200  # rows looked at to tell layouts with equal headings apart


@dataclass(frozen=True)
class Table:
    """A sheet understood as a table of one layout.

    `header_row` is 1-based (0 for a positional layout); data begin at `first_row`.
    `columns` pairs every layout column found with its 0-based sheet column; `unknown` are
    headings that the layout does not know. `score` is between 0 and 1.
    """

    index: int
    sheet: RawSheet
    layout: Layout
    header_row: int
    first_row: int
    columns: tuple[tuple[Column, int], ...]
    unknown: tuple[tuple[str, int], ...]
    printed: dict[int, str]
    score: float

    def heading(self, position: int) -> str:
        """The heading as printed in the file, or the layout's for a positional one."""
        return self.printed.get(position) or column_letter(position)


@dataclass(frozen=True)
class Recognition:
    """What a sheet was taken for: a table, or the issues that say why not."""

    table: Table | None
    issues: pl.DataFrame


def recognise(index: int, sheet: RawSheet, layouts: Iterable[Layout]) -> Recognition:
    """The best layout for a sheet. Issues: LAYOUT_UNKNOWN, LAYOUT_AMBIGUOUS, HEADER_DUPLICATE,
    COLUMN_MISSING, HEADER_REPEATED, HEADER_UNKNOWN."""
    band = [list(row) for row in sheet.cells.head(BAND).iter_rows()]
    names = [frozenset(normalise(cell) for cell in row if cell) for row in band]
    layouts = tuple(layouts)
    found = [t for layout in layouts for t in [_as_table(index, sheet, layout, band, names)] if t]
    if not found:
        return Recognition(None, _unknown(index, band, names, layouts))
    found.sort(key=lambda table: -table.score)
    rivals = [t for t in found[1:] if found[0].score - t.score < TIE]
    if rivals:
        equal = ", ".join(t.layout.layout for t in [found[0], *rivals])
        return Recognition(None, issue("LAYOUT_AMBIGUOUS", sheet=index, found=equal))
    return Recognition(found[0], _header_issues(found[0], band))


def _as_table(
    index: int,
    sheet: RawSheet,
    layout: Layout,
    band: Sequence[Sequence[str | None]],
    names: Sequence[frozenset[str]],
) -> Table | None:
    if layout.file.sheet and not re.search(layout.file.sheet, sheet.name, re.IGNORECASE):
        return None
    if layout.file.header_rows == 0:
        return _positional(index, sheet, layout)
    best: Table | None = None
    known = _names(layout.layout)
    for row in range(len(band)):
        if len(known & frozenset().union(*names[row : row + layout.file.header_rows])) < 2:
            continue
        table = _at_row(index, sheet, layout, band, row)
        if table and (best is None or table.score > best.score):
            best = table
    return best if best and best.score >= ENOUGH and _content_fits(best) else None


def _content_fits(table: Table) -> bool:
    """Whether the required coded columns hold this layout's codes, judged on the first rows.

    A recipient list and a matching result may share all their headings; their values differ.
    """
    rows = table.sheet.cells.slice(table.first_row - 1, CONTENT_ROWS)
    for column, position in table.columns:
        if not (column.required and column.codes):
            continue
        codes = code_list(column.codes)
        known = [normalise(code) for code in (*codes.values, *codes.blank)]
        key = rows.select(parsers.code_key(pl.col(f"c{position}"))).to_series().drop_nulls()
        if "*" not in codes.values and len(key) and key.is_in(known).mean() < 0.5:  # type: ignore[operator]
            return False
    return True


@cache
def _known(layout: str) -> dict[tuple[str, int], Column]:
    columns = load.layouts()[layout].columns
    return {(normalise(h), c.occurrence): c for c in columns for h in c.headings}


@cache
def _names(layout: str) -> frozenset[str]:
    """Every heading of a layout as a single cell may print it; merged ones in their two parts."""
    headings = {name for name, _ in _known(layout)}
    return frozenset(headings | {part for name in headings for part in name.split(" | ")})


def _positional(index: int, sheet: RawSheet, layout: Layout) -> Table | None:
    module = registry.module_of(layout)
    if module is None or not module.recognises(sheet.cells):
        return None
    width = sheet.cells.width
    placed = [(c, letter_index(c.position)) for c in layout.columns if c.position]
    columns = tuple((c, position) for c, position in placed if position < width)
    printed = {position: column.heading for column, position in columns}
    first = layout.file.first_data_row or 1
    return Table(index, sheet, layout, 0, first, columns, (), printed, 1.0)


def _at_row(
    index: int,
    sheet: RawSheet,
    layout: Layout,
    band: Sequence[Sequence[str | None]],
    row: int,
) -> Table | None:
    headings = _headings(band, row, layout.file.header_rows)
    known = _known(layout.layout)
    seen: dict[str, int] = {}
    columns: list[tuple[Column, int]] = []
    unknown: list[tuple[str, int]] = []
    for position, heading in enumerate(headings):
        if not heading or not normalise(heading):
            continue
        name = normalise(heading)
        seen[name] = seen.get(name, 0) + 1
        column = known.get((name, seen[name]))
        if column is None or any(column is taken for taken, _ in columns):
            unknown.append((" ".join(heading.split()), position))
        else:
            columns.append((column, position))
    if not columns or not _has_required(layout, columns):
        return None
    printed = {p: " ".join(h.split()) for p, h in enumerate(headings) if h}
    distinct = len({id(c) for c, _ in columns})
    score = 0.7 * distinct / (len(columns) + len(unknown)) + 0.3 * distinct / len(layout.columns)
    first = row + 1 + layout.file.header_rows
    first += _column_number_rows(band, first - 1)
    return Table(
        index, sheet, layout, row + layout.file.header_rows, first, tuple(columns),
        tuple(unknown), printed, score,
    )  # fmt: skip


def _has_required(layout: Layout, columns: Sequence[tuple[Column, int]]) -> bool:
    """All required columns, or all but one among many: then the one missing is named."""
    missing = [c for c in layout.columns if c.required and all(c is not f for f, _ in columns)]
    return not missing or (len(missing) == 1 and len(columns) >= max(4, len(layout.columns) // 2))


def _headings(band: Sequence[Sequence[str | None]], row: int, rows: int) -> list[str | None]:
    if rows == 1:
        return list(band[row])
    if row + 1 >= len(band):
        return []
    joined: list[str | None] = []
    group: str | None = None
    for upper, lower in zip(band[row], band[row + 1], strict=True):
        # A merged upper heading is printed once, over its first column.
        group = upper if upper and upper.strip() else group
        has_lower = bool(lower and lower.strip())
        joined.append(f"{group} | {lower}" if has_lower and group else lower or upper)
        group = group if has_lower else None
    return joined


def _column_number_rows(band: Sequence[Sequence[str | None]], first: int) -> int:
    """How many rows from 0-based `first` only number the columns: (1) (2) .. or KOLOM, 2, 3."""
    count = 0
    for row in band[first : first + 2]:
        numbers = [re.sub(r"[()\s]|\.0$", "", cell or "") for cell in row]
        digits = [int(n) for n in numbers if n.isdigit()]
        filled = sum(1 for n in numbers if n)
        steps = all(b - a == 1 for a, b in pairwise(digits))
        if len(digits) >= 3 and filled - len(digits) <= 1 and steps and digits[0] <= 2:
            count += 1
        else:
            break
    return count


def _header_issues(table: Table, band: Sequence[Sequence[str | None]]) -> pl.DataFrame:
    index = table.index
    frames = [none()]
    present = [column for column, _ in table.columns]
    absent = [c for c in table.layout.columns if all(c is not found for found in present)]
    hint = ", ".join(c.heading for c in absent[:SHOWN] if c.to) or None
    for name, position in table.unknown:
        heading = normalise(name)
        again = any(
            heading in map(normalise, column.headings)
            and (column.to is not None or heading == normalise(table.heading(found)))
            for column, found in table.columns
        ) or any(heading == normalise(n) and p < position for n, p in table.unknown)
        code = "HEADER_DUPLICATE" if again else "HEADER_UNKNOWN"
        letter = column_letter(position)
        frames.append(issue(code, sheet=index, column=name, letter=letter, expected=hint))
    layout = table.layout.layout
    frames += [
        issue("COLUMN_MISSING", sheet=index, column=column.heading, expected=layout)
        for column in absent
        if column.required
    ]
    repeated = _repeated_header(table, band)
    if repeated:
        frames.append(issue("HEADER_REPEATED", sheet=index, row=repeated))
    return pl.concat(frames)


def _repeated_header(table: Table, band: Sequence[Sequence[str | None]]) -> int | None:
    if not table.header_row or len(table.columns) < 2:
        return None
    header = band[table.header_row - 1]
    body = table.sheet.cells.slice(table.first_row - 1)
    named = [(p, header[p]) for _, p in table.columns if header[p]]
    same = pl.sum_horizontal(
        (pl.col(f"c{p}").str.strip_chars() == str(text).strip()).fill_null(False).cast(pl.Int32)
        for p, text in named
    )
    rows = body.select(hit=(same >= max(2, round(0.8 * len(named)))).arg_true())["hit"]
    return table.first_row + int(rows[0]) if len(rows) else None


def _unknown(
    index: int,
    band: Sequence[Sequence[str | None]],
    names: Sequence[frozenset[str]],
    layouts: Sequence[Layout],
) -> pl.DataFrame:
    """LAYOUT_UNKNOWN with the headings found and the layout that comes nearest.

    Cells of an unknown sheet may be personal data, so a row is only shown when several of its
    cells are headings of some layout, which no row of data is.
    """
    near = [
        (len(agreed), -len(_lacking(layout, agreed)), row, layout, agreed)
        for row, found in enumerate(names)
        for layout in layouts
        for agreed in [found & _names(layout.layout)]
        if len(agreed) >= max(2, len(found) / 3)
    ]
    if not near:
        return issue("LAYOUT_UNKNOWN", sheet=index)
    *_, row, layout, agreed = max(near, key=lambda entry: entry[:2])
    cells = [" ".join(cell.split()) for cell in band[row] if cell and cell.strip()]
    shown = ", ".join(cell for cell in cells[:SHOWN] if not re.search(r"\d{6,}", cell))
    lacking = ", ".join(_lacking(layout, agreed))
    lacks = f" (kolom yang tidak ada: {lacking})" if lacking else ""
    return issue("LAYOUT_UNKNOWN", sheet=index, found=shown, expected=layout.layout + lacks)


def _lacking(layout: Layout, names: frozenset[str]) -> list[str]:
    """Required columns of a layout that none of the normalised headings names."""
    required = [c for c in layout.columns if c.required]
    return [c.heading for c in required if not names & {*map(normalise, c.headings)}]
