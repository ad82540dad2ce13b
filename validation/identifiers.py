"""NIK and KK: what may serve as a key, and why not.

A NIK is six digits of the Kemendagri district of first registration, the birth date as ddmmyy
(women: day + 40) and a serial of four digits. It never changes, so its district may be retired
and its date may differ from a corrected birth date. Placeholders follow the rule BKKBN's SIGA
applies (`nik_tidak_wajar`); 9999999999999999 is its sanctioned "no NIK".
"""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl

from mappings import regions

NO_DIGITS_LEFT = r"(?i)^\d+([.,]\d+)?E\+?\d+$"
PLACEHOLDER_START = r"^(12345|00000|010101|030303|090909|99999)"
LONG_NUMBER = r"(\d{6})\d{7,}(\d{2})"
"""A NIK or KK anywhere in a text, and what of it may be shown: its beginning and its end."""

MASK = r"[*#]|(?i)X{3,}"
ABNORMAL_END = r"(0000|11111|55555|66666|88888|99999)$"
EARLIEST_BIRTH = date(1900, 1, 1)  # nobody in a living register was born before
LITERAL_PLACEHOLDERS = ["1901089999999999", "9999999999999999"]


def _same_digit(bare: pl.Expr) -> pl.Expr:
    # The regex engine has no back-references; ten alternatives do.
    return bare.str.contains("^(" + "|".join(f"{d}{{2,}}" for d in range(10)) + ")$")


def placeholder(bare: pl.Expr) -> pl.Expr:
    """Whether a cell holds a filler of digits instead of a NIK or KK."""
    start = bare.str.contains(r"^\d+$") & bare.str.contains(PLACEHOLDER_START)
    return _same_digit(bare) | bare.is_in(LITERAL_PLACEHOLDERS) | start


def nik_problem(bare: pl.Expr, lost: pl.Expr) -> pl.Expr:
    """The issue code that keeps a NIK from being a key; null for a usable one.

    `bare` is the cell without blanks, `lost` says that Excel stored it as a number.
    """
    digits = bare.str.contains(r"^\d+$")
    return (
        pl.when(bare.is_null())
        .then(pl.lit("NIK_MISSING"))
        .when(_same_digit(bare) | bare.is_in(LITERAL_PLACEHOLDERS))
        .then(pl.lit("NIK_PLACEHOLDER"))
        .when(lost | bare.str.contains(NO_DIGITS_LEFT))
        .then(pl.lit("NIK_PRECISION_LOST"))
        .when(bare.str.contains(MASK))
        .then(pl.lit("NIK_MASKED"))
        .when(~digits)
        .then(pl.lit("NIK_NOT_DIGITS"))
        .when(bare.str.contains(PLACEHOLDER_START))
        .then(pl.lit("NIK_PLACEHOLDER"))
        .when(bare.str.len_chars() != 16)
        .then(pl.lit("NIK_LENGTH"))
        .when(~_date_possible(bare))
        .then(pl.lit("NIK_DATE"))
        .when(bare.str.contains(ABNORMAL_END))
        .then(pl.lit("NIK_SUSPECT"))
    )


NIK_STATUS = {
    "NIK_MISSING": "MISSING",
    "NIK_PLACEHOLDER": "PLACEHOLDER",
    "NIK_PRECISION_LOST": "PRECISION_LOST",
    "NIK_MASKED": "MASKED",
    "NIK_NOT_DIGITS": "SUSPECT",
    "NIK_LENGTH": "SUSPECT",
    "NIK_DATE": "SUSPECT",
    "NIK_SUSPECT": "SUSPECT",
}
"""NikStatus that each problem leads to; no problem is VALID."""


def kk_problem(bare: pl.Expr, lost: pl.Expr) -> pl.Expr:
    """The issue code that keeps a KK number from joining families; null for a usable one."""
    wrong = (
        ~bare.str.contains(r"^\d{16}$")
        | _same_digit(bare)
        | bare.str.contains(PLACEHOLDER_START)
        | bare.is_in(LITERAL_PLACEHOLDERS)
        | bare.str.contains("0000$")
    )
    return (
        pl.when(bare.is_null())
        .then(pl.lit("KK_MISSING"))
        .when((lost & ~_same_digit(bare)) | bare.str.contains(NO_DIGITS_LEFT))
        .then(pl.lit("KK_PRECISION_LOST"))
        .when(wrong)
        .then(pl.lit("KK_INVALID"))
    )


def masked(bare: pl.Expr) -> pl.Expr:
    """A NIK or KK as issues show it: the six digits of its district, stars, the last two."""
    return (
        pl.when(bare.str.contains(r"^\d{12,}$"))
        .then(pl.concat_str(bare.str.head(6), pl.lit("********"), bare.str.tail(2)))
        .otherwise(pl.lit("****"))
    )


def birth_parts(nik: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Day (1-31), month and two-digit year that a sixteen-digit NIK carries."""
    day = nik.str.slice(6, 2).cast(pl.Int32, strict=False)
    return (
        pl.when(day > 40).then(day - 40).otherwise(day),
        nik.str.slice(8, 2).cast(pl.Int32, strict=False),
        nik.str.slice(10, 2).cast(pl.Int32, strict=False),
    )


def is_female(nik: pl.Expr) -> pl.Expr:
    """Whether the day part says the NIK is a woman's."""
    return nik.str.slice(6, 2).cast(pl.Int32, strict=False) > 40


def agrees_with_birth(nik: pl.Expr, born: pl.Expr) -> pl.Expr:
    """Whether a usable NIK carries this birth date; null where there is none."""
    day, month, year = birth_parts(nik)
    return (born.dt.day() == day) & (born.dt.month() == month) & (born.dt.year() % 100 == year)


def agrees_with_sex(nik: pl.Expr, sex: pl.Expr) -> pl.Expr:
    """Whether a usable NIK carries this sex; null where there is none."""
    return (sex == "FEMALE") == is_female(nik)


def _date_possible(nik: pl.Expr) -> pl.Expr:
    day, month, year = birth_parts(nik)
    # 29 February needs a leap year in either century.
    leap = (year % 4 == 0) | (day < 29)
    longest = pl.when(month.is_in([4, 6, 9, 11])).then(30).when(month == 2).then(29).otherwise(31)
    possible = month.is_between(1, 12) & day.is_between(1, longest) & ((month != 2) | leap)
    return possible.fill_null(value=False)


def prefix_listed(nik: pl.Expr) -> pl.Expr:
    """Whether the district prefix is in a decree of 2015-2025 or its regency was retired."""
    return prefix_status(nik) != "UNLISTED"


def prefix_status(number: pl.Expr) -> pl.Expr:
    """CURRENT, RETIRED or UNLISTED: what the decrees of 2015-2025 say of a district prefix."""
    known = regions.nik_prefixes()
    district = number.str.head(6).replace_strict(
        known["prefix"], known["status"], default=None, return_dtype=pl.String
    )
    retired = number.str.head(4).is_in(_retired())
    return pl.coalesce(
        district, pl.when(retired).then(pl.lit("RETIRED")).otherwise(pl.lit("UNLISTED"))
    )


@cache
def _retired() -> list[str]:
    return regions.retired_regency_prefixes()["prefix"].to_list()
