"""Injects the faults of real files at known rates, and writes down what was done."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from hub.demo.faults import FAULTS, Cells, Fault, of_dates, rates
from hub.demo.options import Noise
from hub.demo.render import Page
from mappings.model import Column

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


@dataclass(frozen=True)
class _Target:
    """A column and what may befall it: a row is hit when its number in `draw` is below `rate`."""

    number: int
    heading: str
    faults: dict[str, Fault]
    draw: pl.Expr
    spare: pl.Expr
    rate: float


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
    draws, targets = _targets(page, level, cells.height)
    frame = cells.with_columns(rows["person.birth_date"].alias("_born"), *draws)
    spoilt = _spoilt(frame.with_row_index("_row"), targets, level, workbook)
    rows = rows.with_columns(spoilt["_changes"])
    # In a list of receipts a second row is a second receipt; those are made on purpose elsewhere.
    again = 0.0 if page.layout.subject == "receipt" else level["ROW_DUPLICATE"]
    return _twice(page, spoilt.select(cells.columns), rows, again)


def _targets(
    page: Page, level: dict[str, float], count: int
) -> tuple[list[pl.Series], list[_Target]]:
    """The columns that can have faults, and the random numbers that they need."""
    draws: list[pl.Series] = []
    found: list[_Target] = []
    for number, column in enumerate(page.columns):
        group = _group(column)
        if group is not None:
            key = f"{page.layout.layout} {number}"
            draws.append(page.draws.uniform(f"{key} fault", count).alias(f"_f{number}"))
            draws.append(page.draws.uniform(f"{key} spare", count).alias(f"_g{number}"))
            faults = FAULTS.get(group) or of_dates(page.arrangement.dates)
            draw, spare = pl.col(f"_f{number}"), pl.col(f"_g{number}")
            rate = sum(level[fault] for fault in faults)
            found.append(_Target(number, column.heading, faults, draw, spare, rate))
    more, codes = _code_targets(page, level, count)
    return [*draws, *more], [*found, *codes]


def _code_targets(
    page: Page, level: dict[str, float], count: int
) -> tuple[list[pl.Series], list[_Target]]:
    """At most one coded cell of a row is spoilt: one draw whether, another which."""
    coded = [n for n, c in enumerate(page.columns) if c.codes and c.to and not c.required]
    key = page.layout.layout
    draws = [
        page.draws.uniform(f"{key} code fault", count).alias("_fc"),
        page.draws.below(f"{key} code column", max(len(coded), 1), count).alias("_gc"),
    ]
    faults = FAULTS["CODE"]
    rate = sum(level[fault] for fault in faults)
    found: list[_Target] = []
    for place, number in enumerate(coded):
        # 1 is beyond every rate: rows whose turn is another column's stay as they are.
        draw = pl.when(pl.col("_gc") == place).then(pl.col("_fc")).otherwise(1.0)
        heading = page.columns[number].heading
        found.append(_Target(number, heading, faults, draw, pl.col("_fc"), rate))
    return draws, found


def _spoilt(
    frame: pl.DataFrame, targets: list[_Target], level: dict[str, float], workbook: bool
) -> pl.DataFrame:
    """The frame with faults and with _changes. Only the rows that are hit are worked on."""
    hit = pl.any_horizontal(pl.lit(value=False), *(t.draw < t.rate for t in targets))
    clean = frame.filter(~hit).with_columns(pl.lit("").alias("_changes"))
    new: list[pl.Expr] = []
    said: list[pl.Expr] = [pl.lit(None, dtype=pl.String)]
    for target in targets:
        cells = Cells(pl.col(f"c{target.number}"), target.spare, workbook)
        cell, note = _apply(cells, target, level)
        new.append(cell.alias(f"c{target.number}"))
        said.append(note)
    changes = pl.concat_str(said, separator="|", ignore_nulls=True).alias("_changes")
    dirty = frame.filter(hit).with_columns(*new, changes)
    return pl.concat([clean, dirty]).sort("_row")


def _apply(cells: Cells, target: _Target, level: dict[str, float]) -> tuple[pl.Expr, pl.Expr]:
    """At most one of the faults for each cell. What leaves a cell as it is, is no fault."""
    low, new, said = 0.0, cells.old, pl.lit(None, dtype=pl.String)
    for fault, make in target.faults.items():
        high = low + level[fault]
        made = make(cells)
        hit = (target.draw >= low) & (target.draw < high) & cells.old.is_not_null()
        hit = hit & made.ne_missing(cells.old)
        new = pl.when(hit).then(made).otherwise(new)
        said = pl.when(hit).then(pl.lit(f"{target.heading}:{fault}")).otherwise(said)
        low = high
    return new, said


def _twice(
    page: Page, cells: pl.DataFrame, rows: pl.DataFrame, rate: float
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Some rows stand in the file twice, one below the other."""
    again = page.draws.uniform(f"{page.layout.layout} twice", cells.height) < rate
    if not again.any():
        return cells, rows
    first = pl.int_range(cells.height, eager=True)
    order = pl.DataFrame({"n": pl.concat([first, first.filter(again)])})
    order = order.with_columns((pl.int_range(pl.len()) >= cells.height).alias("copy"))
    order = order.sort("n", "copy")
    said = pl.concat_str(
        [pl.when(pl.col("_changes") != "").then("_changes"), pl.lit("*:ROW_DUPLICATE")],
        separator="|", ignore_nulls=True,
    )  # fmt: skip
    place = order["n"].to_list()
    rows = rows[place].with_columns(order["copy"])
    changes = pl.when("copy").then(said).otherwise("_changes").alias("_changes")
    return cells[place], rows.with_columns(changes).drop("copy")
