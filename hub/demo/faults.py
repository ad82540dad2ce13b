"""The faults that real files carry, and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from hub.demo.forms import MONTHS, worded_date, written_date
from hub.demo.names import SPELLINGS
from hub.demo.options import Noise

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
class Cells:
    """What a fault may look at: the column, random numbers, and what file it will stand in."""

    old: pl.Expr
    spare: pl.Expr  # a second draw
    workbook: bool


Fault = Callable[[Cells], pl.Expr]


def _short(cells: Cells) -> pl.Expr:
    return cells.old.str.slice(0, 15)


def _numeric(cells: Cells) -> pl.Expr:
    """Excel keeps 15 digits; a CSV saved from it shows the number with its decimal point."""
    lost = cells.old.str.slice(0, 15) + "0"
    return pl.lit(NUMBER) + lost if cells.workbook else lost + ".0"


def _typo_in_number(cells: Cells) -> pl.Expr:
    # Only the last digit, so that the serial stays in the range no real person has.
    last = (cells.old.str.slice(15, 1).cast(pl.Int64) + 1 + cells.spare * 8).cast(pl.Int64) % 10
    return cells.old.str.slice(0, 15) + last.cast(pl.String)


def _placeholder(cells: Cells) -> pl.Expr:
    chosen = (cells.spare * len(_PLACEHOLDERS)).cast(pl.Int64)
    return chosen.replace_strict(dict(enumerate(_PLACEHOLDERS)), return_dtype=pl.String)


def _masked(cells: Cells) -> pl.Expr:
    return cells.old.str.slice(0, 4) + "********" + cells.old.str.slice(12, 4)


def _typo(cells: Cells) -> pl.Expr:
    """Two neighbouring letters change places."""
    place = (1 + cells.spare * (cells.old.str.len_chars() - 3).clip(1)).cast(pl.Int64)
    return pl.concat_str(
        cells.old.str.slice(0, place),
        cells.old.str.slice(place + 1, 1),
        cells.old.str.slice(place, 1),
        cells.old.str.slice(place + 2),
    )


def _spelling(cells: Cells) -> pl.Expr:
    found = cells.old
    for pattern, variant in reversed(SPELLINGS):
        hit = cells.old.str.contains(pattern)
        found = pl.when(hit).then(cells.old.str.replace(pattern, variant)).otherwise(found)
    return found


def _blank(cells: Cells) -> pl.Expr:
    return pl.lit(None, dtype=pl.String)


def _nbsp(cells: Cells) -> pl.Expr:
    return cells.old + "\u00a0"


def _neighbourhood(word: str) -> Fault:
    def form(cells: Cells) -> pl.Expr:
        digits = cells.old.str.extract(r"(\d+)", 1)
        plain = digits.str.strip_chars_start("0")
        return pl.when(cells.spare < 0.4).then(plain).when(cells.spare < 0.7).then(
            pl.lit("0") + plain
        ).otherwise(pl.lit(f"{word} ") + digits)  # fmt: skip

    return form


def _period(cells: Cells) -> pl.Expr:
    """A whole year or a month in other words."""
    month = cells.old.str.slice(5, 2).cast(pl.Int64, strict=False)
    name = month.replace_strict(dict(enumerate(MONTHS, 1)), default=None, return_dtype=pl.String)
    year = cells.old.str.slice(0, 4)
    return pl.coalesce(name + " " + year, pl.lit("Januari - Desember ") + year)


def _text(fault: Callable[[pl.Expr], pl.Expr]) -> Fault:
    return lambda cells: fault(cells.old)


FAULTS: dict[str, dict[str, Fault]] = {
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


def of_dates(form: str) -> dict[str, Fault]:
    """The faults of a birth date, column _born, in a file that writes dates in `form`."""
    born = pl.col("_born")
    other = "iso" if form != "iso" else "slash"
    wrong = written_date(born + pl.duration(days=31), form).cast(pl.String)
    return {
        "DATE_FORM": lambda _: written_date(born, other),
        "DATE_WORDS": lambda _: worded_date(born),
        "DATE_SERIAL": lambda _: written_date(born, "serial").cast(pl.String),
        "DATE_WRONG": lambda _: wrong,
        "DATE_IMPOSSIBLE": lambda _: born.dt.strftime("31/02/%Y"),
    }
