"""Turn a recognised table into unified columns, guided by its layout alone.

Every cell of a data row ends in one of three places: a unified column, `extra` (kept as given)
or nowhere because the layout ignores its column by name. What cannot be read becomes null with
an issue, and the text as given stays in `extra` under "given:<heading>".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from adapters import parsers, registry
from adapters.readers import column_letter
from adapters.recognise import Table, letter_index
from mappings.load import code_list
from mappings.model import CodeList, Column, normalise
from validation.issues import SCHEMA, issue, none
from validation.unified import field_of

ROW = ("sheet", "row")
SHOWN = 40  # longest value repeated in an issue


@dataclass(frozen=True)
class Mapped:
    """Rows of one table in unified columns, and the issues met on the way.

    `frame` has `sheet`, `row`, one column per unified name (typed), `<name>#lost` for
    identifiers that Excel stored as numbers, and `extra` (JSON text). `raw` holds the rows as
    given, empty ones among them, for quarantine. `headings` tells which heading and letter a
    unified column came from. `read` counts all data rows.
    """

    table: Table
    frame: pl.DataFrame
    raw: pl.DataFrame
    issues: pl.DataFrame
    headings: dict[str, tuple[str, str]]
    read: int


@dataclass(frozen=True)
class _Reading:
    """One column's expressions: its value, and where it failed."""

    column: Column
    position: int
    value: pl.Expr
    failed: pl.Expr | None
    code: str = "CODE_UNKNOWN"


def map_table(table: Table) -> Mapped:
    """Map one table. Issues: ROW_EMPTY, ROWS_GHOST, ROWS_NOT_DATA, ROWS_NONE, CODE_UNKNOWN,
    DATE_INVALID, NUMBER_INVALID, PERIOD_INVALID."""
    body, skipped, issues = _data_rows(table)
    prepared = [name for name in body.columns if "." in name]
    rows = body.filter(~_is_empty(body))
    blank = _blank_headings(table, rows)
    issues.append(blank)
    readings = [
        _reading(column, position)
        for column, position in table.columns
        if column.to or column.codes
    ]
    values = rows.select("row", *prepared, *_values(readings))
    frame = values.with_columns(
        pl.lit(table.index, pl.Int16).alias("sheet"),
        *[_constant(n, v) for n, v in table.layout.constants.items() if n not in values.columns],
    )
    failures = _failures(table, rows, readings)
    kept = [(f"kolom {letter}", letter_index(letter)) for letter in blank["letter"]]
    extra = _extra(table, rows, failures, [*table.unknown, *kept])
    frame = frame.with_columns(extra, *_lost(table, rows, readings))
    issues.append(_total(table, frame, skipped, readings))
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
        issues.append(_frame(table, empty, "ROW_EMPTY"))
    if not body.height:
        issues.append(issue("ROWS_NONE", sheet=table.index))
    expect = table.layout.expect
    if body.height and not expect.min_rows <= body.height <= expect.max_rows:
        bounds = f"{expect.min_rows}-{expect.max_rows}"
        found = str(body.height)
        issues.append(issue("ROWS_EXPECTED", sheet=table.index, value=found, expected=bounds))
    return body, skipped, issues


def _is_empty(rows: pl.DataFrame) -> pl.Expr:
    cells = [n for n in rows.columns if n.startswith("c") and "." not in n]
    return pl.all_horizontal(
        pl.col(n).is_null() | (pl.col(n).str.strip_chars(" \u00a0\t\r\n") == "") for n in cells
    )


def _without_ghosts(body: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    filled = body.select((~_is_empty(body)).arg_true())
    used = int(filled.to_series()[-1]) + 1 if filled.height else 0
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


def _values(readings: list[_Reading]) -> list[pl.Expr]:
    """One expression per unified name; list columns collect all the columns mapped to them."""
    values: dict[str, list[pl.Expr]] = {}
    for reading in readings:
        if reading.column.to:
            values.setdefault(reading.column.to, []).append(reading.value)
    return [
        (
            pl.concat_list([v.fill_null([]) for v in several]).list.unique().list.sort()
            if field_of(name).kind == "terms"
            else pl.coalesce(several)
        ).alias(name)
        for name, several in values.items()
    ]


def _reading(column: Column, position: int) -> _Reading:
    cell = pl.col(f"c{position}")
    given = parsers.text(cell)
    stated = given.is_not_null() & (given != "-")
    if column.read in ("code", "flag"):
        return _coded(column, position, cell, stated)
    simple = {
        "name": parsers.name,
        "nik": parsers.identifier,
        "kk": parsers.identifier,
        "key": parsers.key,
        "rtrw": parsers.rt_rw,
    }
    if column.read in simple:
        return _Reading(column, position, simple[column.read](cell), None)
    if column.read == "text" and column.codes:
        return _coded(column, position, cell, stated)
    if column.read in ("text", "period"):
        return _Reading(column, position, pl.when(stated).then(given), None)
    value, code = {
        "integer": (parsers.integer(cell), "NUMBER_INVALID"),
        "decimal": (parsers.decimal(cell), "NUMBER_INVALID"),
        "month": (parsers.month(cell), "DATE_INVALID"),
        "date": (parsers.date(cell), "DATE_INVALID"),
        "digits": (parsers.digits(cell, column.width or 0), "NUMBER_INVALID"),
    }[column.read]
    return _Reading(column, position, value, stated & value.is_null(), code)


def _coded(column: Column, position: int, cell: pl.Expr, stated: pl.Expr) -> _Reading:
    codes = code_list(column.codes or "")
    key = parsers.code_key(cell)
    values = {normalise(code): value for code, value in codes.values.items()}
    blanks = [normalise(code) for code in codes.blank]
    wildcard = values.pop("*", None)
    known = key.is_in([*values, *blanks]) if values or blanks else pl.lit(value=False)
    found = key.replace_strict(values, default=wildcard, return_dtype=pl.String)
    found = pl.when(stated & ~key.is_in(blanks)).then(found)
    failed = None if wildcard else stated & ~known
    return _Reading(column, position, _typed(column, codes, found), failed)


def _typed(column: Column, codes: CodeList, found: pl.Expr) -> pl.Expr:
    if column.to is None:
        return found
    kind = field_of(column.to).kind
    if kind == "terms":
        parts = found.str.split("+")
        return pl.when(found == "").then(pl.lit([], pl.List(pl.String))).otherwise(parts)
    if kind == "integer":  # an asset's flag counts as one or none; other lists hold numbers
        flag = found.replace_strict({"YES": 1, "NO": 0}, default=None, return_dtype=pl.Int64)
        return pl.coalesce(flag, found.cast(pl.Int64, strict=False))
    if kind == "flag":
        return found.replace_strict(
            {"YES": True, "NO": False}, default=None, return_dtype=pl.Boolean
        )
    return pl.when(found != "").then(found)


def _failures(table: Table, rows: pl.DataFrame, readings: list[_Reading]) -> pl.DataFrame:
    """Issues of cells that could not be read; `given` keeps each cell's text."""
    schema: dict[str, type[pl.DataType]] = {**SCHEMA, "given": pl.String}
    checks = [r for r in readings if r.failed is not None]
    if not checks or not rows.height:
        return pl.DataFrame(schema=schema)
    marks = rows.select(
        (r.failed if r.failed is not None else pl.lit(value=False))
        .fill_null(value=False)
        .alias(str(i))
        for i, r in enumerate(checks)
    )
    frames = [pl.DataFrame(schema=schema)]
    for i, reading in enumerate(checks):
        mark = marks[str(i)]
        if not mark.any():
            continue
        bad = rows.filter(mark).select("row", given=parsers.text(pl.col(f"c{reading.position}")))
        private = reading.column.to is not None and field_of(reading.column.to).private
        shown = pl.lit(None, pl.String) if private else pl.col("given").str.head(SHOWN)
        frames.append(
            bad.select(
                pl.lit(table.index, pl.Int16).alias("sheet"),
                pl.col("row").cast(pl.UInt32),
                pl.lit(table.heading(reading.position)).alias("column"),
                pl.lit(column_letter(reading.position)).alias("letter"),
                pl.lit(reading.code).alias("code"),
                shown.alias("value"),
                pl.lit(None, pl.String).alias("expected"),
                pl.lit(None, pl.String).alias("found"),
                "given",
            )
        )
    return pl.concat(frames)


def _total(
    table: Table, frame: pl.DataFrame, skipped: pl.DataFrame, readings: list[_Reading]
) -> pl.DataFrame:
    """Whether a GRAND TOTAL row agrees with the rows above it."""
    for reading in readings:
        if reading.column.to != "budget.amount" or not skipped.height:
            continue
        stated = skipped.select(reading.value)[-1].item()
        added = frame["budget.amount"].sum()
        if stated is not None and stated != added:
            return issue(
                "TOTAL_MISMATCH",
                sheet=table.index,
                row=int(skipped["row"][-1]),
                column=table.heading(reading.position),
                letter=column_letter(reading.position),
                value=f"{stated:.2f}",
                expected=f"{added:.2f}",
            )
    return none()


def _frame(table: Table, rows: pl.DataFrame, code: str) -> pl.DataFrame:
    blank = {n: pl.lit(None, t) for n, t in SCHEMA.items() if n not in ("sheet", "row", "code")}
    return rows.select(
        pl.lit(table.index, pl.Int16).alias("sheet"),
        pl.col("row").cast(pl.UInt32),
        pl.lit(code).alias("code"),
        **blank,
    ).select(SCHEMA.keys())


def _lost(table: Table, rows: pl.DataFrame, readings: list[_Reading]) -> list[pl.Series]:
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
    table: Table,
    rows: pl.DataFrame,
    failures: pl.DataFrame,
    unnamed: Sequence[tuple[str, int]],
) -> pl.Series:
    """What has no unified column, as JSON text by name; null when there is nothing."""
    kept = [
        parsers.text(pl.col(f"c{position}")).alias(column.extra)
        for column, position in table.columns
        if column.extra
    ]
    kept += [
        parsers.text(pl.col(f"c{position}")).alias(heading.replace('"', ""))
        for heading, position in unnamed
    ]
    columns = rows.select("row", *kept)
    if failures.height:
        given = failures.select("row", name="given:" + pl.col("column"), given="given").pivot(
            "name", index="row", values="given", aggregate_function="first"
        )
        columns = columns.with_columns(pl.col("row").cast(pl.UInt32)).join(
            given, on="row", how="left", maintain_order="left"
        )
    names = [name for name in columns.columns if name != "row"]
    if not names:
        return pl.Series("extra", [None] * rows.height, dtype=pl.String)
    # Drop nulls from the JSON text. An unescaped quote after { or , can only open a key.
    json = pl.struct(names).struct.json_encode()
    lean = json.str.replace_all(r',"[^"\\]*":null', "").str.replace(r'^\{"[^"\\]*":null,?', "{")
    return columns.select(extra=pl.when(lean != "{}").then(lean))["extra"]
