"""The faults of real files, injected at known rates and written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from hub.demo.draws import Draws
from hub.demo.forms import MONTHS, worded_date, written_date
from hub.demo.names import SPELLINGS
from hub.demo.options import Noise
from hub.demo.render import Page
from mappings.model import Column

NUMBER = "\x01"
"""Before the digits of a cell that a workbook is to hold as a number."""

MODERATE = {
    "NIK_NUMERIC": 0.004, "NIK_SHORT": 0.002, "NIK_BLANK": 0.006, "NIK_PLACEHOLDER": 0.003,
    "NIK_MASKED": 0.001, "NIK_TYPO": 0.003, "NIK_APOSTROPHE": 0.004, "NIK_NBSP": 0.01,
    "KK_NUMERIC": 0.003, "KK_BLANK": 0.004, "KK_NBSP": 0.005,
    "NAME_TYPO": 0.01, "NAME_SPELLING": 0.015, "NAME_TITLE": 0.006, "NAME_NBSP": 0.01,
    "NAME_CASE": 0.03, "NAME_BLANKS": 0.01,
    "DATE_FORM": 0.02, "DATE_WORDS": 0.01, "DATE_SERIAL": 0.01, "DATE_WRONG": 0.004,
    "DATE_IMPOSSIBLE": 0.0008,
    "RT_FORM": 0.05, "RT_DASH": 0.01, "PERIOD_FORM": 0.1,
    "CODE_CASE": 0.03, "CODE_NBSP": 0.02, "CODE_BLANK": 0.02, "CODE_UNKNOWN": 0.002,
    "REGION_BLANK": 0.001, "REGION_UNKNOWN": 0.001, "REGION_NAME": 0.01,
    "ROW_DUPLICATE": 0.002,
}  # fmt: skip
"""Share of the cells (of the rows, for CODE and ROW faults) that carry each fault."""

_HARDER = 3.0
_PLACEHOLDERS = ("0000000000000000", "9999999999999999", "1234567890123456", "-")


def rates(noise: Noise) -> dict[str, float]:
    """The rate of every fault at a level of noise."""
    factor = {"none": 0.0, "moderate": 1.0, "hard": _HARDER}[noise]
    return {fault: rate * factor for fault, rate in MODERATE.items()}


@dataclass(frozen=True)
class _Cells:
    """What a fault may look at: the column, random numbers, and what file it will stand in."""

    old: pl.Expr
    spare: pl.Expr  # a second draw
    workbook: bool


Fault = Callable[[_Cells], pl.Expr]


def _short(cells: _Cells) -> pl.Expr:
    return cells.old.str.slice(0, 15)


def _numeric(cells: _Cells) -> pl.Expr:
    """Excel keeps 15 digits; a CSV saved from it shows the number with its decimal point."""
    lost = cells.old.str.slice(0, 15) + "0"
    return pl.lit(NUMBER) + lost if cells.workbook else lost + ".0"


def _typo_in_number(cells: _Cells) -> pl.Expr:
    # Only the last digit, so that the serial stays in the range no real person has.
    last = (cells.old.str.slice(15, 1).cast(pl.Int64) + 1 + cells.spare * 8).cast(pl.Int64) % 10
    return cells.old.str.slice(0, 15) + last.cast(pl.String)


def _placeholder(cells: _Cells) -> pl.Expr:
    chosen = (cells.spare * len(_PLACEHOLDERS)).cast(pl.Int64)
    return chosen.replace_strict(dict(enumerate(_PLACEHOLDERS)), return_dtype=pl.String)


def _masked(cells: _Cells) -> pl.Expr:
    return cells.old.str.slice(0, 4) + "********" + cells.old.str.slice(12, 4)


def _typo(cells: _Cells) -> pl.Expr:
    """Two neighbouring letters change places."""
    place = (1 + cells.spare * (cells.old.str.len_chars() - 3).clip(1)).cast(pl.Int64)
    return pl.concat_str(
        cells.old.str.slice(0, place),
        cells.old.str.slice(place + 1, 1),
        cells.old.str.slice(place, 1),
        cells.old.str.slice(place + 2),
    )


def _spelling(cells: _Cells) -> pl.Expr:
    found = cells.old
    for pattern, variant in reversed(SPELLINGS):
        hit = cells.old.str.contains(pattern)
        found = pl.when(hit).then(cells.old.str.replace(pattern, variant)).otherwise(found)
    return found


def _blank(cells: _Cells) -> pl.Expr:
    return pl.lit(None, dtype=pl.String)


def _nbsp(cells: _Cells) -> pl.Expr:
    return cells.old + "\u00a0"


def _neighbourhood(word: str) -> Fault:
    def form(cells: _Cells) -> pl.Expr:
        digits = cells.old.str.extract(r"(\d+)", 1)
        plain = digits.str.strip_chars_start("0")
        return pl.when(cells.spare < 0.4).then(plain).when(cells.spare < 0.7).then(
            pl.lit("0") + plain
        ).otherwise(pl.lit(f"{word} ") + digits)  # fmt: skip

    return form


def _period(cells: _Cells) -> pl.Expr:
    """A whole year or a month in other words."""
    month = cells.old.str.slice(5, 2).cast(pl.Int64, strict=False)
    name = month.replace_strict(dict(enumerate(MONTHS, 1)), default=None, return_dtype=pl.String)
    year = cells.old.str.slice(0, 4)
    return pl.coalesce(name + " " + year, pl.lit("Januari - Desember ") + year)


def _text(fault: Callable[[pl.Expr], pl.Expr]) -> Fault:
    return lambda cells: fault(cells.old)


PREFIXES: dict[str, dict[str, Fault]] = {
    "NIK": {
        "NIK_NUMERIC": _numeric, "NIK_SHORT": _short, "NIK_BLANK": _blank,
        "NIK_PLACEHOLDER": _placeholder, "NIK_MASKED": _masked, "NIK_TYPO": _typo_in_number,
        "NIK_APOSTROPHE": _text(lambda old: pl.lit("'") + old), "NIK_NBSP": _nbsp,
    },
    "KK": {"KK_NUMERIC": _numeric, "KK_BLANK": _blank, "KK_NBSP": _nbsp},
    "NAME": {
        "NAME_TYPO": _typo, "NAME_SPELLING": _spelling,
        "NAME_TITLE": _text(lambda old: old + ", S.PD"), "NAME_NBSP": _nbsp,
        "NAME_CASE": _text(lambda old: old.str.to_titlecase()),
        "NAME_BLANKS": _text(lambda old: pl.lit(" ") + old.str.replace(" ", "  ")),
    },
    "RT": {"RT_FORM": _neighbourhood("RT"), "RT_DASH": _text(lambda _: pl.lit("-"))},
    "RW": {"RT_FORM": _neighbourhood("RW"), "RT_DASH": _text(lambda _: pl.lit("-"))},
    "PERIOD": {"PERIOD_FORM": _period},
    "REGION": {"REGION_BLANK": _blank, "REGION_UNKNOWN": _text(lambda _: pl.lit("9999999999"))},
    "PLACE": {"REGION_NAME": _text(lambda old: old.str.to_titlecase() + " ")},
    "CODE": {
        "CODE_CASE": _text(lambda old: pl.lit(" ") + old.str.to_uppercase()),
        "CODE_NBSP": _nbsp, "CODE_BLANK": _blank,
        "CODE_UNKNOWN": _text(lambda old: pl.lit("??") + old),
    },
}  # fmt: skip


_GROUPS = {
    "person.nik": "NIK", "household.kk": "KK", "person.name": "NAME", "address.rt": "RT",
    "address.rw": "RW", "region.village_code": "REGION", "person.birth_date": "DATE",
    "receipt.period": "PERIOD",
}  # fmt: skip


def _group(column: Column) -> str | None:
    """Which faults a column can have. Keys that a file cannot do without keep their value."""
    to = column.to or ""
    if to.startswith("region.") and to.endswith("_name"):
        return "PLACE"
    return _GROUPS.get(to)


def soil(
    page: Page, cells: pl.DataFrame, rows: pl.DataFrame, noise: Noise, workbook: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells with faults, and the rows in the same order with their faults in _changes.

    A change is written as "heading:FAULT"; several are joined by "|". Tables that are not about
    people stay clean.
    """
    level = rates(noise)
    if noise == "none" or cells.is_empty() or "person.birth_date" not in rows.columns:
        return cells, rows.with_columns(pl.lit("").alias("_changes"))
    new, said = _spoiled(page, level, workbook, cells.height)
    changes = pl.concat_str(said, separator="|", ignore_nulls=True).alias("_changes")
    frame = cells.with_columns(rows["person.birth_date"].alias("_born"))
    frame = frame.with_columns(*new, changes)
    rows = rows.with_columns(frame["_changes"])
    # In a list of receipts a second row is a second receipt; those are made on purpose elsewhere.
    again = 0.0 if page.layout.subject == "receipt" else level["ROW_DUPLICATE"]
    return _twice(page.draws, page, frame.select(cells.columns), rows, again)


def _spoiled(
    page: Page, level: dict[str, float], workbook: bool, count: int
) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """New cells of the columns that can have faults, and what was done to them."""
    new: list[pl.Expr] = []
    said: list[pl.Expr] = []
    for number, column in enumerate(page.columns):
        group = _group(column)
        if group is not None:
            key = f"{page.layout.layout} {number}"
            fault = pl.lit(page.draws.uniform(f"{key} fault", count))
            spare = pl.lit(page.draws.uniform(f"{key} spare", count))
            cells = _Cells(pl.col(f"c{number}"), spare, workbook)
            faults = PREFIXES.get(group) or _date_faults(page)
            cell, note = _apply(cells, faults, level, column.heading, fault)
            new.append(cell.alias(f"c{number}"))
            said.append(note)
    codes, notes = _spoiled_codes(page, level, workbook, count)
    return [*new, *codes], [*said, *notes, pl.lit(None, dtype=pl.String)]


def _spoiled_codes(
    page: Page, level: dict[str, float], workbook: bool, count: int
) -> tuple[list[pl.Expr], list[pl.Expr]]:
    """At most one coded cell of a row is spoilt."""
    coded = [n for n, c in enumerate(page.columns) if c.codes and c.to and not c.required]
    key = page.layout.layout
    drawn = page.draws.uniform(f"{key} code fault", count)
    chosen = page.draws.below(f"{key} code column", max(len(coded), 1), count)
    new: list[pl.Expr] = []
    said: list[pl.Expr] = []
    for place, number in enumerate(coded):
        # 1 is beyond every rate: rows whose turn is another column's stay as they are.
        fault = pl.when(pl.lit(chosen) == place).then(pl.lit(drawn)).otherwise(1.0)
        cells = _Cells(pl.col(f"c{number}"), fault, workbook)
        heading = page.columns[number].heading
        cell, note = _apply(cells, PREFIXES["CODE"], level, heading, fault)
        new.append(cell.alias(f"c{number}"))
        said.append(note)
    return new, said


def _apply(
    cells: _Cells, faults: dict[str, Fault], level: dict[str, float], heading: str, draw: pl.Expr
) -> tuple[pl.Expr, pl.Expr]:
    """At most one of the faults for each cell. What leaves a cell as it is, is no fault."""
    low, new, said = 0.0, cells.old, pl.lit(None, dtype=pl.String)
    for fault, make in faults.items():
        high = low + level[fault]
        made = make(cells)
        hit = (draw >= low) & (draw < high) & cells.old.is_not_null()
        hit = hit & made.ne_missing(cells.old)
        new = pl.when(hit).then(made).otherwise(new)
        said = pl.when(hit).then(pl.lit(f"{heading}:{fault}")).otherwise(said)
        low = high
    return new, said


def _date_faults(page: Page) -> dict[str, Fault]:
    born, form = pl.col("_born"), page.arrangement.dates
    other = "iso" if form != "iso" else "slash"
    wrong = written_date(born + pl.duration(days=31), form).cast(pl.String)
    return {
        "DATE_FORM": lambda _: written_date(born, other),
        "DATE_WORDS": lambda _: worded_date(born),
        "DATE_SERIAL": lambda _: written_date(born, "serial").cast(pl.String),
        "DATE_WRONG": lambda _: wrong,
        "DATE_IMPOSSIBLE": lambda _: born.dt.strftime("31/02/%Y"),
    }


def _twice(
    draws: Draws, page: Page, cells: pl.DataFrame, rows: pl.DataFrame, rate: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some rows stand in the file twice, one below the other."""
    again = draws.uniform(f"{page.layout.layout} twice", cells.height) < rate
    order = pl.DataFrame({"n": pl.int_range(cells.height, eager=True), "again": again})
    copies = order.filter("again").with_columns(pl.lit(True).alias("copy"))
    order = pl.concat([order.with_columns(pl.lit(False).alias("copy")), copies])
    order = order.sort("n", "copy")
    place, copy = order["n"], order["copy"]
    rows = rows[place.to_list()] if copies.height else rows
    said = pl.concat_str(
        [pl.when(pl.col("_changes") != "").then("_changes"), pl.lit("*:ROW_DUPLICATE")],
        separator="|", ignore_nulls=True,
    )  # fmt: skip
    if copies.height:
        rows = rows.with_columns(pl.when(copy).then(said).otherwise("_changes").alias("_changes"))
        cells = cells[place.to_list()]
    return cells, rows
