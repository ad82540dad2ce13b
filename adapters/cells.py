"""Read one column of a table: its values, and the cells that could not be read.

A column has far fewer distinct cells than rows, so each distinct cell is read once.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from adapters import parsers
from mappings.load import code_list
from mappings.model import CodeList, Column, normalise
from validation.unified import field_of

PLAIN = {
    "name": parsers.name,
    "nik": parsers.identifier,
    "kk": parsers.identifier,
    "key": parsers.key,
    "rtrw": parsers.rt_rw,
}
CELL_ERROR = r"^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)$"
WHOLE = r"^\d{16}$"  # nearly every NIK and KK: to be read as it is
OPTIONS = 12  # official texts of a column that an issue repeats
TYPED = {
    "integer": (parsers.integer, "NUMBER_INVALID"),
    "decimal": (parsers.decimal, "NUMBER_INVALID"),
    "month": (parsers.month, "DATE_INVALID"),
    "date": (parsers.date, "DATE_INVALID"),
}


@dataclass(frozen=True)
class Reading:
    """One column read: `given` is the trimmed text, `value` the unified value (null where there
    is none), `failed` marks cells whose text could not be read, for the reason `code`: one of
    `options`, where only certain texts are understood. Excel's error cells fail as CELL_ERROR."""

    column: Column
    position: int
    given: pl.Series
    value: pl.Series
    failed: pl.Series
    code: str
    options: str | None


def read_column(cells: pl.Series, column: Column, position: int) -> Reading:
    """Read the cells (text, as in the file) of a layout's column."""
    value, failed, code = _expressions(column)
    whole = cells.str.contains(WHOLE) if column.read in ("nik", "kk") else None
    known = _known(cells if whole is None else cells.filter(~whole), value, failed)
    read = cells.to_frame("cell").join(
        known, on="cell", how="left", nulls_equal=True, maintain_order="left"
    )
    if whole is not None:
        as_it_is = pl.when(whole).then("cell")
        read = read.with_columns(
            pl.coalesce(as_it_is, "given").alias("given"),
            pl.coalesce(as_it_is, "value").alias("value"),
            pl.col("failed").fill_null(value=False),
        )
    return Reading(
        column, position, read["given"], read["value"], read["failed"], code, _options(column)
    )


def _known(cells: pl.Series, value: pl.Expr, failed: pl.Expr) -> pl.DataFrame:
    """What each distinct cell comes to. Lazy frames compute once what is said twice."""
    given = cells.unique().to_frame("cell").with_columns(given=parsers.text(pl.col("cell")))
    broken = pl.col("given").str.contains(CELL_ERROR)
    read = given.lazy().with_columns(pl.when(~broken).then(value).alias("value")).collect()
    return read.with_columns((failed | broken).fill_null(value=False).alias("failed"))


def _options(column: Column) -> str | None:
    """The official texts of a coded column, shortened."""
    if not column.codes:
        return None
    texts = [text for text in code_list(column.codes).values if text != "*"]
    more = "" if len(texts) <= OPTIONS else ", ..."
    return ", ".join(texts[:OPTIONS]) + more


def _expressions(column: Column) -> tuple[pl.Expr, pl.Expr, str]:
    """Value over the trimmed text `given`, failure over both, and the issue code of a failure."""
    given = pl.col("given")
    stated = given.is_not_null() & (given != "-")
    if column.codes:
        return *_coded(column, code_list(column.codes), given, stated), "CODE_UNKNOWN"
    never = pl.lit(value=False)
    if column.to is None:  # kept as given, whatever its form
        return given, never, ""
    if column.read in PLAIN:
        return PLAIN[column.read](given), never, ""
    if column.read == "digits":
        value, code = parsers.digits(given, column.width or 0), "NUMBER_INVALID"
    elif column.read in TYPED:
        parse, code = TYPED[column.read]
        value = parse(given)
    else:
        return pl.when(stated).then(given), never, ""
    return value, stated & pl.col("value").is_null(), code


def _coded(
    column: Column, codes: CodeList, given: pl.Expr, stated: pl.Expr
) -> tuple[pl.Expr, pl.Expr]:
    key = parsers.code_key(given)
    values = {normalise(code): value for code, value in codes.values.items()}
    blanks = [normalise(code) for code in codes.blank]
    wildcard = values.pop("*", None)
    found = key.replace_strict(values, default=wildcard, return_dtype=pl.String)
    found = pl.when(stated & ~key.is_in(blanks)).then(found)
    known = key.is_in([*values, *blanks])
    failed = pl.lit(value=False) if wildcard else stated & ~known
    return _typed(column, found), failed


def _typed(column: Column, found: pl.Expr) -> pl.Expr:
    """A code's meaning in the type of its unified column."""
    kind = field_of(column.to).kind if column.to else "term"
    if kind == "terms":
        parts = found.str.split("+")
        return pl.when(found == "").then(pl.lit([], pl.List(pl.String))).otherwise(parts)
    if kind == "integer":  # an asset's flag counts as one or none; other lists hold numbers
        flag = found.replace_strict({"YES": 1, "NO": 0}, default=None, return_dtype=pl.Int64)
        return pl.coalesce(flag, found.cast(pl.Int64, strict=False))
    if kind == "flag":
        yes_no = {"YES": True, "NO": False}
        return found.replace_strict(yes_no, default=None, return_dtype=pl.Boolean)
    return pl.when(found != "").then(found)
