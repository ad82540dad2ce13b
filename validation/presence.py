"""Rows that point to nobody: totals, notes and signatures under a table, and rows left blank.

The rules are few and explicit, because a person must never be lost to a clever guess and a
signatory must never become a recipient.
"""

from __future__ import annotations

import polars as pl

NUMBERS = ("person.nik", "household.kk")
KEYS = ("household.key", "person.key")
NUMBER = r"^[\d*#Xx]*\d[\d*#XxEe+.,]*$"  # digits, masked or in Excel's exponent form
KEY = r"^\S*\d\S*$"
FOOT = (
    r"^((SUB|GRAND)\s*)?(TOTAL|JUMLAH|REKAPITULASI|MENGETAHUI|MENYETUJUI|CATATAN|KETERANGAN|SUMBER"
    r"|NIP|KEPALA (DESA|DINAS|BADAN)|LURAH|CAMAT|BUPATI|WALI ?KOTA)\b"
)


def nobody(names: set[str], subject: str) -> pl.Expr | None:
    """The issue code of a row that points to nobody; null for the others.

    In: the columns of a unified frame with `row` and perhaps `#filled`, and its subject. Out:
    IDENTITY_MISSING where no name and no number is stated; ROW_FOOTNOTE where a name stands
    without any number and says TOTAL or the like, or fills the only cell of its row, or stands
    below an empty row under the last row with a number. None where the subject is no person.
    """
    if subject not in ("person", "receipt", "household") or not names & {*NUMBERS, *KEYS}:
        return None
    numbered = _any([pl.col(n).str.contains(NUMBER) for n in NUMBERS if n in names])
    keyed = numbered | _any([pl.col(n).str.contains(KEY) for n in KEYS if n in names])
    name = pl.col("person.name") if "person.name" in names else pl.lit(None, pl.String)
    nik = _any([pl.col("person.nik").str.contains(NUMBER)] if "person.nik" in names else [])
    present = name.is_not_null() | (keyed if subject == "household" else nik)
    foot = name.str.contains(FOOT) | _below_a_gap(keyed)
    if "#filled" in names:
        foot = foot | (pl.col("#filled") <= 1)
    return (
        pl.when(~present)
        .then(pl.lit("IDENTITY_MISSING"))
        .when(name.is_not_null() & ~keyed & foot)
        .then(pl.lit("ROW_FOOTNOTE"))
    )


def _any(verdicts: list[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal([pl.lit(value=False), *(v.fill_null(value=False) for v in verdicts)])


def _below_a_gap(keyed: pl.Expr) -> pl.Expr:
    """Rows under the last one with a number that an empty row parts from it."""
    row = pl.col("row")
    under = (row > pl.when(keyed).then(row).max()).fill_null(value=False)
    gap = (row - row.shift(1) > 1).fill_null(value=False)
    return (under & gap).cast(pl.Int8).cum_max() > 0
