"""Find the header band of a sheet and the layout it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from adapters import matching, parsers, registry
from adapters.base import RawSheet
from adapters.headers import band_of, column_number_rows, columns_of, headings_at, names_of
from adapters.matching import Renamed
from adapters.proposals import CONTENT_ROWS, SHOWN, proposed, unknown_layout
from adapters.readers import column_letter, letter_index
from mappings.load import code_list
from mappings.model import Column, Layout, normalise
from validation.issues import issue, none

ENOUGH = 0.45  # below this share of agreement a layout is not proposed
TIE = 0.01


@dataclass(frozen=True)
class Table:
    """A sheet understood as a table of one layout.

    `header_row` is 1-based (0 for a positional layout); data begin at `first_row`.
    `columns` pairs every layout column found with its 0-based sheet column; `unknown` are
    headings that the layout does not know. `score` is between 0 and 1. `renamed` are the
    headings that a steward's mapping decided here.
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
    renamed: Renamed = field(default_factory=dict)

    def heading(self, position: int) -> str:
        """The heading as printed in the file, or the layout's for a positional one."""
        return self.printed.get(position) or column_letter(position)

    @property
    def fingerprint(self) -> str:
        """Of the header row, by which a mapping is remembered."""
        return matching.fingerprint(self.printed[position] for position in sorted(self.printed))


@dataclass(frozen=True)
class Recognition:
    """What a sheet was taken for: a table, or the issues that say why not."""

    table: Table | None
    issues: pl.DataFrame


def recognise(
    index: int, sheet: RawSheet, layouts: Iterable[Layout], renamed: Renamed | None = None
) -> Recognition:
    """The best layout for a sheet, where `renamed` says what its headings mean. Issues:
    LAYOUT_UNKNOWN, LAYOUT_AMBIGUOUS, HEADER_DUPLICATE, COLUMN_MISSING, HEADER_REPEATED,
    HEADER_UNKNOWN, COLUMN_PROPOSED."""
    band = band_of(sheet)
    given = renamed or {}
    names = [frozenset(_meant(cell, given) for cell in row if cell) for row in band]
    layouts = tuple(layouts)
    tables = [_as_table(index, sheet, layout, band, names, given) for layout in layouts]
    found = [table for table in tables if table]
    if not found:
        return Recognition(None, unknown_layout(index, sheet, names, layouts))
    found.sort(key=lambda table: -table.score)
    rivals = [t for t in found[1:] if found[0].score - t.score < TIE]
    if rivals:
        equal = ", ".join(t.layout.layout for t in [found[0], *rivals])
        return Recognition(None, issue("LAYOUT_AMBIGUOUS", sheet=index, found=equal))
    return Recognition(found[0], _header_issues(found[0], band))


def _meant(heading: str, renamed: Renamed) -> str:
    """A heading, normalised, by the name that the steward gave it."""
    name = normalise(heading)
    return normalise(renamed.get(name) or name)


def _as_table(
    index: int,
    sheet: RawSheet,
    layout: Layout,
    band: Sequence[Sequence[str | None]],
    names: Sequence[frozenset[str]],
    renamed: Renamed,
) -> Table | None:
    if layout.file.sheet and not re.search(layout.file.sheet, sheet.name, re.IGNORECASE):
        return None
    if layout.file.header_rows == 0:
        return _positional(index, sheet, layout)
    best: Table | None = None
    known = names_of(layout.layout)
    for row in range(len(band)):
        if len(known & frozenset().union(*names[row : row + layout.file.header_rows])) < 2:
            continue
        table = _at_row(index, sheet, layout, band, row, renamed)
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
    renamed: Renamed,
) -> Table | None:
    headings = headings_at(band, row, layout.file.header_rows)
    known = columns_of(layout.layout)
    seen: dict[str, int] = {}
    columns: list[tuple[Column, int]] = []
    unknown: list[tuple[str, int]] = []
    left_out: list[tuple[Column, int]] = []
    decided: dict[str, str | None] = {}
    for position, heading in enumerate(headings):
        if not heading or not normalise(heading):
            continue
        own, name = normalise(heading), _meant(heading, renamed)
        if own in renamed and renamed[own] is None:
            left_out.append((Column(heading=own, ignore="left out by the steward"), position))
            decided[own] = None
            continue
        seen[name] = seen.get(name, 0) + 1
        column = known.get((name, seen[name]))
        if column is None or any(column is taken for taken, _ in columns):
            unknown.append((" ".join(heading.split()), position))
            continue
        columns.append((column, position))
        if own in renamed:
            decided[own] = renamed[own]
    if not columns or not _has_required(layout, columns):
        return None
    printed = {p: " ".join(h.split()) for p, h in enumerate(headings) if h}
    distinct = len({id(c) for c, _ in columns})
    score = 0.7 * distinct / (len(columns) + len(unknown)) + 0.3 * distinct / len(layout.columns)
    first = row + 1 + layout.file.header_rows
    first += column_number_rows(band, first - 1)
    return Table(
        index, sheet, layout, row + layout.file.header_rows, first, (*columns, *left_out),
        tuple(unknown), printed, score, decided,
    )  # fmt: skip


def _has_required(layout: Layout, columns: Sequence[tuple[Column, int]]) -> bool:
    """All required columns, or all but one among many: then the one missing is named."""
    missing = [c for c in layout.columns if c.required and all(c is not f for f, _ in columns)]
    return not missing or (len(missing) == 1 and len(columns) >= max(4, len(layout.columns) // 2))


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
    known = [column for column, _ in table.columns]
    rows = table.sheet.cells.slice(table.first_row - 1, CONTENT_ROWS)
    frames.append(proposed(index, table.layout, table.unknown, known, rows))
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
    if not named:  # the lower of two heading rows may be blank under all known columns
        return None
    same = pl.sum_horizontal(
        (pl.col(f"c{p}").str.strip_chars() == str(text).strip()).fill_null(False).cast(pl.Int32)
        for p, text in named
    )
    rows = body.select(hit=(same >= max(2, round(0.8 * len(named)))).arg_true())["hit"]
    return table.first_row + int(rows[0]) if len(rows) else None
