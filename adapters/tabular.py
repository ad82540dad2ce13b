"""Turn a recognised table into unified columns, guided by its layout alone.

Every cell of a data row ends in one of three places: a unified column, `extra` (kept as given)
or nowhere because the layout ignores its column by name. What cannot be read becomes null with
an issue, and the text as given stays in `extra` under "given:<heading>".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from adapters import jsontext, parsers, registry
from adapters.cells import CELL_ERROR, Reading, read_column
from adapters.readers import column_letter, letter_index
from adapters.recognise import Table
from validation.issues import SCHEMA, issue, none, on_rows
from validation.unified import field_of

SHOWN = 40  # longest value repeated in an issue
STRANGE = 20  # distinct texts beyond which a failing column is taken to hold something else


@dataclass(frozen=True)
class Mapped:
    """Rows of one table in unified columns, and the issues met on the way.

    `frame` has `sheet`, `row`, one column per unified name (typed), `<name>#lost` for
    identifiers that Excel stored as numbers, `#filled` (how many known cells say something) and
    `extra` (JSON text). `raw` holds the rows as given, empty ones among them, for quarantine.
    `headings` tells which heading and letter a unified column came from. `read` counts all data
    rows.
    """

    table: Table
    frame: pl.DataFrame
    raw: pl.DataFrame
    issues: pl.DataFrame
    headings: dict[str, tuple[str, str]]
    read: int


def map_table(table: Table) -> Mapped:
    """Map one table. Issues: ROW_EMPTY, ROWS_GHOST, ROWS_NOT_DATA, ROWS_NONE, CODE_UNKNOWN,
    DATE_INVALID, NUMBER_INVALID, CELL_ERROR, HEADER_BLANK, TOTAL_MISMATCH."""
    body, skipped, issues = _data_rows(table)
    prepared = [name for name in body.columns if "." in name]
    rows = body.filter(~_is_empty(body))
    blank = _blank_headings(table, rows)
    issues.append(blank)
    readings = [
        read_column(rows[f"c{position}"], column, position)
        for column, position in table.columns
        if column.ignore is None
    ]
    values = rows.select("row", *prepared).with_columns(_values(readings))
    frame = values.with_columns(
        pl.lit(table.index, pl.Int16).alias("sheet"),
        *[_constant(n, v) for n, v in table.layout.constants.items() if n not in values.columns],
    )
    failures = _failures(table, rows["row"], readings)
    kept = [(f"kolom {letter}", letter_index(letter)) for letter in blank["letter"]]
    extra = _extra(rows, readings, failures, [*table.unknown, *kept])
    frame = frame.with_columns(extra, _filled(readings), *_lost(table, rows, readings))
    issues.append(_total(table, frame, skipped))
    headings = {
        r.column.to: (table.heading(r.position), column_letter(r.position))
        for r in readings
        if r.column.to
    }
    told = failures.select(SCHEMA.keys())
    return Mapped(table, frame, body, pl.concat([*issues, told]), headings, body.height)


def _data_rows(table: Table) -> tuple[pl.DataFrame, pl.DataFrame, list[pl.DataFrame]]:
    """Rows that are data, rows that the source's module took out, and issues."""
    cells = table.sheet.cells
    body = cells.with_row_index("row", 1).slice(table.first_row - 1)
    issues = [none()]
    if table.layout.file.end_mark:
        body, rest = _until_mark(body, table.layout.file.end_mark)
        issues += _not_data(table, rest)
    body, ghosts = _without_ghosts(body)
    if ghosts.height:
        first = int(ghosts["row"][0])
        issues.append(
            issue(
                "ROWS_GHOST",
                sheet=table.index,
                row=first,
                value=f"{ghosts.height:,}".replace(",", "."),
            )
        )
    module = registry.module_of(table.layout)
    skipped = body.clear()
    if module:
        body, skipped = module.prepare(body, cells)
        issues += _not_data(table, skipped)
    empty = body.filter(_is_empty(body))
    if empty.height:
        issues.append(on_rows(_of(table, empty), "ROW_EMPTY"))
    if not body.height:
        issues.append(issue("ROWS_NONE", sheet=table.index))
    expect = table.layout.expect
    if body.height and not expect.min_rows <= body.height <= expect.max_rows:
        bounds = f"{expect.min_rows}-{expect.max_rows}"
        found = str(body.height)
        issues.append(issue("ROWS_EXPECTED", sheet=table.index, value=found, expected=bounds))
    return body, skipped, issues


def _is_empty(rows: pl.DataFrame) -> pl.Series:
    """Whether each row says nothing; a column is looked at only in rows that said nothing yet."""
    left = rows.with_row_index("#at")
    for name in rows.columns:
        if left.height and name.startswith("c") and "." not in name:
            text = pl.col(name).str.strip_chars(" \u00a0\t\r\n")
            left = left.filter(text.is_null() | (text == ""))
    return pl.repeat(value=False, n=rows.height, eager=True).scatter(left["#at"], values=True)


def _without_ghosts(body: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    filled = (~_is_empty(body)).arg_true()
    used = int(filled[-1]) + 1 if len(filled) else 0
    return body.head(used), body.slice(used)


def _until_mark(body: pl.DataFrame, mark: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    hit = body.select((pl.col("c0").str.strip_chars() == mark).arg_true()).to_series()
    end = int(hit[0]) if len(hit) else body.height
    return body.head(end), body.slice(end)


def _not_data(table: Table, rows: pl.DataFrame) -> list[pl.DataFrame]:
    if not rows.height:
        return []
    first, count = int(rows["row"][0]), str(rows.height)
    return [issue("ROWS_NOT_DATA", sheet=table.index, row=first, value=count)]


def _constant(name: str, value: str) -> pl.Expr:
    kind = field_of(name).kind
    return pl.lit([value] if kind == "terms" else value).alias(name)


def _values(readings: list[Reading]) -> list[pl.Series]:
    """One series per unified name; several columns mapped to one name are merged."""
    by_name: dict[str, list[pl.Series]] = {}
    for reading in readings:
        if reading.column.to:
            by_name.setdefault(reading.column.to, []).append(reading.value)
    return [_merged(name, several).alias(name) for name, several in by_name.items()]


def _merged(name: str, several: list[pl.Series]) -> pl.Series:
    """Members of all columns for a list of terms, else the first column that says something."""
    if field_of(name).kind == "terms":
        return _members(several)
    if len(several) == 1:
        return several[0]
    frame = pl.DataFrame([s.alias(str(i)) for i, s in enumerate(several)])
    return frame.select(pl.coalesce(frame.columns)).to_series()


def _members(several: list[pl.Series]) -> pl.Series:
    """The distinct members of each row's lists, in order. In most rows there are none."""
    lists = pl.DataFrame([s.alias(str(i)) for i, s in enumerate(several)])
    every = [pl.col(name).fill_null([]) for name in lists.columns]
    rows = lists.with_row_index("#at")
    found = rows.filter(pl.any_horizontal(pl.col(lists.columns).list.len() > 0)).select(
        "#at", members=pl.concat_list(every).list.unique().list.sort()
    )
    joined = rows.select("#at").join(found, on="#at", how="left", maintain_order="left")
    return joined.select(pl.col("members").fill_null([])).to_series()


def _failures(table: Table, row: pl.Series, readings: list[Reading]) -> pl.DataFrame:
    """Issues of cells that could not be read; `given` keeps each cell's text."""
    schema: dict[str, type[pl.DataType]] = {**SCHEMA, "given": pl.String}
    frames = [pl.DataFrame(schema=schema)]
    for reading in readings:
        if not reading.failed.any():
            continue
        cells = pl.DataFrame({"row": row, "given": reading.given}).filter(reading.failed)
        bad = _of(table, cells)
        broken = pl.col("given").str.contains(CELL_ERROR)
        private = reading.column.to is not None and field_of(reading.column.to).private
        tell = not private and may_show(bad["given"], reading.given)
        shown = pl.col("given").str.head(SHOWN) if tell else pl.lit(None, pl.String)
        raised = on_rows(
            bad,
            pl.when(broken).then(pl.lit("CELL_ERROR")).otherwise(pl.lit(reading.code)),
            (table.heading(reading.position), column_letter(reading.position)),
            value=pl.when(broken).then("given").otherwise(shown),
            expected=pl.lit(reading.options, pl.String),
        )
        frames.append(raised.with_columns(bad["given"]))
    return pl.concat(frames)


def _of(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.lit(table.index, pl.Int16).alias("sheet"))


def may_show(unread: pl.Series, cells: pl.Series) -> bool:
    """Whether the texts of a column that could not be read may be repeated in issues: not when
    the column plainly holds something else, such as names after two columns were swapped."""
    stated = len(cells) - cells.null_count()
    return unread.n_unique() <= STRANGE or len(unread) < stated / 2


def _filled(readings: list[Reading]) -> pl.Series:
    """How many cells of each row say something, row numbers and ignored columns apart."""
    stated = pl.DataFrame([r.given.is_not_null().alias(str(i)) for i, r in enumerate(readings)])
    return stated.sum_horizontal().cast(pl.UInt32).alias("#filled")


def _total(table: Table, frame: pl.DataFrame, skipped: pl.DataFrame) -> pl.DataFrame:
    """Whether a GRAND TOTAL row agrees with the rows above it."""
    for column, position in table.columns:
        if column.to != "budget.amount" or not skipped.height:
            continue
        stated = skipped.select(parsers.decimal(pl.col(f"c{position}")))[-1].item()
        added = frame["budget.amount"].sum()
        if stated is not None and stated != added:
            return issue(
                "TOTAL_MISMATCH",
                sheet=table.index,
                row=int(skipped["row"][-1]),
                column=table.heading(position),
                letter=column_letter(position),
                value=f"{stated:.2f}",
                expected=f"{added:.2f}",
            )
    return none()


def _lost(table: Table, rows: pl.DataFrame, readings: list[Reading]) -> list[pl.Series]:
    """Marks of identifier cells that Excel stored as numbers of twelve digits or more."""
    numbers = table.sheet.long_numbers
    marks = []
    for reading in readings:
        if reading.column.read not in ("nik", "kk") or reading.column.to is None:
            continue
        lost = numbers.filter(pl.col("column") == reading.position)["row"]
        mark = rows["row"].is_in(lost.cast(rows["row"].dtype).implode())
        marks.append(mark.alias(f"{reading.column.to}#lost"))
    return marks


def _blank_headings(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Columns that hold data under no heading, each with its first row."""
    if not table.header_row:
        return none()
    taken = {position for _, position in table.columns} | {p for _, p in table.unknown}
    found = [none()]
    for position in range(table.sheet.cells.width):
        if position in taken:
            continue
        filled = rows.filter(parsers.text(pl.col(f"c{position}")).is_not_null())
        if filled.height:
            letter, row = column_letter(position), int(filled["row"][0])
            found.append(issue("HEADER_BLANK", sheet=table.index, letter=letter, found=str(row)))
    return pl.concat(found)


def _extra(
    rows: pl.DataFrame,
    readings: list[Reading],
    failures: pl.DataFrame,
    unnamed: Sequence[tuple[str, int]],
) -> pl.Series:
    """What has no unified column, as JSON text by name; null when there is nothing."""
    named = [r.given.alias(r.column.extra) for r in readings if r.column.extra]
    taken = {"row", *(r.column.extra for r in readings if r.column.extra)}
    loose = []
    for heading, position in unnamed:
        name = heading.replace('"', "")
        name = f"{name} (kolom {column_letter(position)})" if name in taken else name
        taken.add(name)
        loose.append(parsers.text(pl.col(f"c{position}")).alias(name))
    columns = rows.select("row", *loose).with_columns(named)
    extra = jsontext.lean(columns.drop("row")).alias("extra")
    if not failures.height:
        return extra
    given = failures.select("row", name="given:" + pl.col("column"), given="given").pivot(
        "name", index="row", values="given", aggregate_function="first"
    )
    unread = given.select("row", unread=jsontext.lean(given.drop("row")))
    both = columns.select(pl.col("row").cast(pl.UInt32), extra).join(
        unread, on="row", how="left", maintain_order="left"
    )
    merged = jsontext.merged(pl.col("extra"), pl.col("unread"))
    return both.select(merged.alias("extra")).to_series()
