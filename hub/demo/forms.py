"""Dates and amounts as sources write them."""

from __future__ import annotations

from datetime import date

import polars as pl

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September",
    "Oktober", "November", "Desember",
)  # fmt: skip
_DATE_FORMS = {
    "slash_time": "%-d/%-m/%Y 0:00:00", "slash": "%d/%m/%Y", "dash": "%d-%m-%Y",
    "iso": "%Y-%m-%d",
}  # fmt: skip
_EPOCH = date(1899, 12, 30)


def written_date(value: pl.Expr, form: str) -> pl.Expr:
    """A date as text; "serial" is Excel's day number."""
    if form == "serial":
        return (value - pl.lit(_EPOCH)).dt.total_days()
    if form == "words":
        return worded_date(value)
    return value.dt.strftime(_DATE_FORMS[form])


def worded_date(value: pl.Expr) -> pl.Expr:
    """A date such as 27 Oktober 2022."""
    month = value.dt.month().replace_strict(dict(enumerate(MONTHS, 1)), return_dtype=pl.String)
    return value.dt.strftime("%-d ") + month + value.dt.strftime(" %Y")


def money(value: pl.Expr) -> pl.Expr:
    """An amount as Indonesians write it: 1.234.567,89."""
    whole = value.cast(pl.Float64).floor().cast(pl.Int64)
    cents = ((value.cast(pl.Float64) - whole) * 100).round(0).cast(pl.Int64)
    grouped = whole.cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "$1.")
    return (
        grouped.str.reverse().str.strip_chars_start(".") + "," + cents.cast(pl.String).str.zfill(2)
    )
