"""How sound a file's NIK and KK columns are: counts per column, never a value.

One look at a whole column shows what no single row can: a CSV saved from Excel holds NIKs of
sixteen digits as text, of which far too many end in 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from validation import identifiers
from validation.issues import issue, none

ROUNDED = {"person.nik": "NIK_COLUMN_ROUNDED", "household.kk": "KK_COLUMN_ROUNDED"}
"""Each identifier column, and the issue that tells of its lost last digits."""

SUSPICIOUS_SHARE = 0.2  # about 0.1 is chance
SUSPICIOUS_FROM = 50  # numbers below which a share says nothing
CLEANED = "[`'\"\u00a0\u200b\ufeff]"
Headings = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Measure:
    """`count` of the `of` cells that could have been so."""

    name: str
    count: int
    of: int

    @property
    def share(self) -> float:
        """The count as a part of one."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True)
class ColumnIntegrity:
    """The measures of one identifier column. `rounded` says that the share of numbers that end
    in 0 cannot be chance."""

    sheet: int
    field: str
    column: str
    letter: str
    measures: tuple[Measure, ...]
    rounded: bool

    def as_json(self) -> dict[str, Any]:
        """The report for a program."""
        return {
            "sheet": self.sheet + 1,
            "field": self.field,
            "column": self.column,
            "letter": self.letter,
            "rounded": self.rounded,
            "measures": {
                m.name: {"count": m.count, "of": m.of, "share": round(m.share, 4)}
                for m in self.measures
            },
        }


def report(frame: pl.DataFrame, headings: Headings, sheet: int) -> Iterator[ColumnIntegrity]:
    """The integrity of each identifier column of judged rows (validation.check.judged).

    `<name>#given` holds a column's cells as they stand in the file; `headings` gives heading and
    Excel letter of each unified column.
    """
    for name in ROUNDED:
        if name not in frame.columns or name not in headings:
            continue
        parts = _parts(set(frame.columns), name)
        sums = [(m & of).sum().alias(label) for label, (m, of) in parts.items()]
        bases = [of.sum().alias(f"{label}#of") for label, (_, of) in parts.items()]
        counted = frame.lazy().select(*sums, *bases).collect().row(0, named=True)
        measures = {n: Measure(n, counted[n], counted[f"{n}#of"]) for n in parts}
        zero = measures["ends_in_0"]
        rounded = zero.of >= SUSPICIOUS_FROM and zero.share > SUSPICIOUS_SHARE
        repeated = Measure("repeated_values", _repeated(frame, name), measures["repeated_rows"].of)
        heading, letter = headings[name]
        told = (*measures.values(), repeated)
        yield ColumnIntegrity(sheet, name, heading, letter, told, rounded)


def issues(reports: Iterable[ColumnIntegrity]) -> pl.DataFrame:
    """A warning on each column whose last digits are lost."""
    found = [none()]
    for column in reports:
        zero = next(m for m in column.measures if m.name == "ends_in_0")
        if column.rounded:
            raised = issue(
                ROUNDED[column.field], sheet=column.sheet, column=column.column,
                letter=column.letter, value=f"{zero.share:.0%}", found=str(zero.count),
                expected=str(zero.of),
            )  # fmt: skip
            found.append(raised)
    return pl.concat(found)


def _parts(names: set[str], name: str) -> dict[str, tuple[pl.Expr, pl.Expr]]:
    """Each measure: what is counted, and among which cells. Neither is ever null."""
    bare = pl.col(name)
    every = pl.col("row").is_not_null()
    usable = _usable(name)
    lost = pl.col(f"{name}#lost") if f"{name}#lost" in names else pl.lit(value=False)
    filler = identifiers.placeholder(bare).fill_null(value=False)
    # Cells that Excel holds as numbers are lost for certain; only texts need the statistics.
    text = _like(bare, r"^\d{16}$") & ~lost & ~filler
    digits = _like(bare, r"^\d+$")
    status = identifiers.prefix_status(bare)
    parts = {
        "blank": (bare.is_null(), every),
        "numeric_cell": (lost.fill_null(value=False), every),
        "scientific": (_like(bare, identifiers.NO_DIGITS_LEFT), every),
        "digits_15": (_like(bare, r"^\d{15}$") & ~filler, every),
        "other_length": (digits & ~bare.str.len_chars().is_in([15, 16]) & ~filler, every),
        "masked": (_like(bare, identifiers.MASK), every),
        "placeholder": (filler, every),
        "ends_in_0": (_like(bare, "0$"), text),
        "ends_in_0000": (_like(bare, "0000$"), text),
        "prefix_current": (status == "CURRENT", usable),
        "prefix_retired": (status == "RETIRED", usable),
        "prefix_unlisted": (status == "UNLISTED", usable),
        "repeated_rows": (usable & bare.is_duplicated(), usable),
    }
    if f"{name}#given" in names:
        parts["cleaned"] = (_like(pl.col(f"{name}#given"), CLEANED), every)
    if name == "person.nik":
        parts |= _agreement(names, bare, usable)
    return {label: (m.fill_null(value=False), of) for label, (m, of) in parts.items()}


def _agreement(
    names: set[str], nik: pl.Expr, usable: pl.Expr
) -> dict[str, tuple[pl.Expr, pl.Expr]]:
    """How many usable NIKs disagree with the columns beside them."""
    beside = {
        "birth_date_differs": ("person.birth_date", identifiers.agrees_with_birth),
        "sex_differs": ("person.sex", identifiers.agrees_with_sex),
    }
    return {
        label: (~agrees(nik, pl.col(other)), usable & pl.col(other).is_not_null())
        for label, (other, agrees) in beside.items()
        if other in names
    }


def _usable(name: str) -> pl.Expr:
    return pl.col({"person.nik": "#nik", "household.kk": "#kk"}[name]).is_null()


def _like(cells: pl.Expr, pattern: str) -> pl.Expr:
    return cells.str.contains(pattern).fill_null(value=False)


def _repeated(frame: pl.DataFrame, name: str) -> int:
    """Distinct usable numbers that stand in more than one row."""
    usable = frame.filter(_usable(name)).select(name)
    return usable.filter(pl.col(name).is_duplicated()).n_unique()
