"""Readings of a cell as Polars expressions: text in, a value and its doubts out.

Every function takes an expression of text cells. A parse never raises and never guesses: what
it cannot read becomes null, and the caller compares with the text to raise an issue.
"""

from __future__ import annotations

import polars as pl

MONTHS = {
    "JANUARI": 1, "JAN": 1, "JANUARY": 1,
    "FEBRUARI": 2, "FEB": 2, "PEBRUARI": 2, "FEBRUARY": 2,
    "MARET": 3, "MAR": 3, "MARCH": 3,
    "APRIL": 4, "APR": 4,
    "MEI": 5, "MAY": 5,
    "JUNI": 6, "JUN": 6, "JUNE": 6,
    "JULI": 7, "JUL": 7, "JULY": 7,
    "AGUSTUS": 8, "AGU": 8, "AGS": 8, "AGT": 8, "AGST": 8, "AUG": 8, "AUGUST": 8,
    "SEPTEMBER": 9, "SEP": 9, "SEPT": 9,
    "OKTOBER": 10, "OKT": 10, "OCT": 10, "OCTOBER": 10,
    "NOVEMBER": 11, "NOV": 11, "NOPEMBER": 11, "NOP": 11,
    "DESEMBER": 12, "DES": 12, "DEC": 12, "DECEMBER": 12,
}  # fmt: skip
ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "1": 1, "2": 2, "3": 3, "4": 4}
MONEY = pl.Decimal(24, 4)


def text(cell: pl.Expr) -> pl.Expr:
    """Trimmed text: blanks (also no-break) collapsed, stray quotes at the ends gone; "" is null."""
    flat = (
        cell.str.replace_all("[\u0000\u00a0\u200b\ufeff\\s]+", " ")
        .str.strip_chars(" `'\"")
        .str.strip_chars()
    )
    return pl.when(flat != "").then(flat)


def name(cell: pl.Expr) -> pl.Expr:
    """A person's name in upper case; "-" and similar fillers are null."""
    upper = text(cell).str.to_uppercase()
    return pl.when(~upper.str.contains(r"^[-.*0]+$")).then(upper)


def key(cell: pl.Expr) -> pl.Expr:
    """An identifier of the source as text; a number's trailing ".0" goes, all zeros are null."""
    bare = text(cell).str.replace(r"^(\d+)\.0+$", "$1")
    return pl.when(~bare.str.contains(r"^[0\-.]+$")).then(bare)


def identifier(cell: pl.Expr) -> pl.Expr:
    """A NIK or KK as written, without blanks and dots; judged later by validation. Fillers such
    as "-" and "belum ada" are null."""
    bare = text(cell).str.replace(r"^(\d+)\.0+$", "$1")
    filler = bare.str.contains(r"(?i)^([-.–—0]|-{2,}|(belum|tidak) (ada|punya)|kosong|nihil|null)$")
    grouped = bare.str.contains(r"^[\d][\d .\-]+$")
    return (
        pl.when(grouped & ~filler)
        .then(bare.str.replace_all(r"[ .\-]", ""))
        .when(~filler)
        .then(bare)
    )


def code_key(cell: pl.Expr) -> pl.Expr:
    """The form in which codes and labels are looked up; equals mappings.model.normalise."""
    flat = text(cell).str.to_uppercase().str.replace_all(r"\s*/\s*", "/")
    number = flat.str.replace(r"^(\d+)\.0+$", "$1")
    bare = number.str.strip_chars_start("0")
    digits = pl.when(bare == "").then(pl.lit("0")).otherwise(bare)
    return pl.when(number.str.contains(r"^\d+$")).then(digits).otherwise(flat)


def integer(cell: pl.Expr) -> pl.Expr:
    """A whole number; dots and commas may group thousands."""
    bare = text(cell).str.replace(r"^(-?\d+)[.,]0+$", "$1")
    grouped = bare.str.contains(r"^-?\d{1,3}([.,]\d{3})+$")
    plain = pl.when(grouped).then(bare.str.replace_all("[.,]", "")).otherwise(bare)
    return plain.cast(pl.Int64, strict=False)


def decimal(cell: pl.Expr) -> pl.Expr:
    """An amount: 1.234.567,89 as Indonesians write it, or 1,234,567.89, or 1234567.89.

    With one kind of separator only, dots before groups of three are thousands and a comma is
    the decimal sign. "Rp", a trailing ",-" and negative brackets are understood.
    """
    bare = (
        text(cell)
        .str.to_uppercase()
        .str.replace(r"^RP\.?\s*", "")
        .str.replace(r",-$", "")
        .str.replace(r"^\((.+)\)$", "-$1")
        .str.replace_all(" ", "", literal=True)
    )
    indonesian = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    english = bare.str.replace_all(",", "", literal=True)
    plain = (
        pl.when(bare.str.contains(r"^-?\d{1,3}(\.\d{3})+(,\d+)?$"))
        .then(indonesian)
        .when(bare.str.contains(r"^-?\d{1,3}(,\d{3})+\.\d+$|^-?\d{1,3}(,\d{3}){2,}$"))
        .then(english)
        .when(bare.str.contains(r"^-?\d+,\d+$"))
        .then(indonesian)
        .otherwise(bare)
    )
    exact = plain.str.contains(r"^-?\d+(\.\d+)?$")
    scientific = plain.str.contains(r"^-?\d+(\.\d+)?E\+?\d{1,2}$")
    return (
        pl.when(exact)
        .then(plain.cast(MONEY, strict=False))
        .when(scientific)
        .then(plain.cast(pl.Float64, strict=False).cast(MONEY, strict=False))
    )


def _ymd(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    parts = pl.concat_str([year, month.str.zfill(2), day.str.zfill(2)], separator="-")
    return parts.str.to_date("%Y-%m-%d", strict=False)


def date(cell: pl.Expr) -> pl.Expr:
    """dd/mm/yyyy (also - and .), ISO with or without a time, yyyymmdd, an Excel serial day
    number, or "27 Oktober 2022". A date that does not exist, or a two-digit year, is null.
    """
    upper = text(cell).str.to_uppercase()
    day_first = r"^(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})(?:\s.*)?$"
    worded = r"^(\d{1,2})[\s\-]+([A-Z]+)[\s\-]+(\d{4})(?:\s.*)?$"
    iso = r"^(\d{4})[/\-](\d{1,2})[/\-](\d{1,2})(?:[T\s].*)?$"
    compact = r"^((?:19|20)\d{2})(\d{2})(\d{2})$"
    month_word = upper.str.extract(worded, 2).replace_strict(MONTHS, default=None)
    serial = upper.str.extract(r"^(\d{4,5})(?:\.0+)?$", 1).cast(pl.Int32, strict=False)
    return pl.coalesce(
        _ymd(upper.str.extract(iso, 1), upper.str.extract(iso, 2), upper.str.extract(iso, 3)),
        _ymd(
            upper.str.extract(day_first, 3),
            upper.str.extract(day_first, 2),
            upper.str.extract(day_first, 1),
        ),
        _ymd(
            upper.str.extract(worded, 3),
            month_word.cast(pl.String),
            upper.str.extract(worded, 1),
        ),
        _ymd(
            upper.str.extract(compact, 1),
            upper.str.extract(compact, 2),
            upper.str.extract(compact, 3),
        ),
        # Excel counts days from 1899-12-30; 60,000 is the year 2064.
        pl.when(serial.is_between(1, 60_000)).then(
            pl.lit("1899-12-30").str.to_date() + pl.duration(days=serial)
        ),
    )


def month(cell: pl.Expr) -> pl.Expr:
    """A month number 1-12, from digits or an Indonesian month name."""
    upper = text(cell).str.to_uppercase()
    number = upper.str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
    return pl.coalesce(
        pl.when(number.is_between(1, 12)).then(number),
        upper.replace_strict(MONTHS, default=None, return_dtype=pl.Int64),
    )


def digits(cell: pl.Expr, width: int) -> pl.Expr:
    """Digits of a code, zero-padded to `width` (numbers lose leading zeros in Excel)."""
    bare = text(cell).str.replace_all(r"[.\s\-]", "")
    whole = pl.when(text(cell).str.contains(r"^\d+\.0$")).then(text(cell).str.replace(r"\.0$", ""))
    found = pl.coalesce(whole, bare)
    return pl.when(found.str.contains(r"^\d+$")).then(found.str.zfill(width))


def rt_rw(cell: pl.Expr) -> pl.Expr:
    """An RT or RW as three digits; "RT 004", "4" and "004" are equal; "-" and "0" are null."""
    bare = text(cell).str.to_uppercase().str.replace(r"^R[TW]\s*[.:]?\s*", "")
    bare = bare.str.replace(r"\.0+$", "")
    padded = pl.when(bare.str.contains(r"^\d{1,3}$")).then(bare.str.zfill(3)).otherwise(bare)
    return pl.when(~padded.str.contains(r"^[-0.]*$")).then(padded)


def periods(cells: pl.Series) -> pl.DataFrame:
    """Start and end (inclusive) of each benefit period; null where it cannot be read.

    Reads 2024; 2024-03 and 3/2024; 202403; Maret 2024; Januari - Maret 2024; TW II 2024 and
    TAHAP 2 2024 (quarters: PKH and Sembako are paid in four stages a year); SEMESTER 1 2024; a
    day. A list has few distinct periods, so each is read once, in small steps.
    """
    asked = pl.DataFrame({"cell": cells.cast(pl.String)})
    known = asked.unique().with_columns(
        upper=text(pl.col("cell")).str.to_uppercase().str.replace(r"\.0+$", "")
    )
    upper = pl.col("upper")
    known = known.with_columns(
        day=date(pl.when(upper.str.contains(r"^\d{1,4}[/\-]\d{1,2}[/\-]\d{1,4}")).then(upper)),
        year=upper.str.extract(r"(?:^|\D)((?:20|19)\d{2})(?:\D|$)", 1),
        whole=upper.str.contains(r"^(TAHUN\s*)?(20|19)\d{2}$"),
        words=upper.str.extract_all(r"[A-Z]+").list.eval(
            pl.element().replace_strict(MONTHS, default=None, return_dtype=pl.Int32).drop_nulls()
        ),
        iso=upper.str.extract(r"^\d{4}[\-/](\d{1,2})$", 1).cast(pl.Int32, strict=False),
        reverse=upper.str.extract(r"^(\d{1,2})[\-/]\d{4}$", 1).cast(pl.Int32, strict=False),
        compact=upper.str.extract(r"^20\d{2}(0[1-9]|1[0-2])$", 1).cast(pl.Int32),
        compact_year=upper.str.extract(r"^(20\d{2})(?:0[1-9]|1[0-2])$", 1),
        quarter=_ordinal(upper, r"(?:TW|TRIWULAN|TAHAP|KUARTAL|Q)\.?\s*(I{1,3}|IV|[1-4])\b"),
        half=_ordinal(upper, r"SEMESTER\s*(II?|[12])\b"),
    )
    one = ("compact", "iso", "reverse")
    known = known.with_columns(
        first=pl.when("whole").then(1).otherwise(
            pl.coalesce(*one, pl.col("words").list.first(), pl.col("quarter") * 3 - 2,
                        pl.col("half") * 6 - 5)
        ),
        last=pl.when("whole").then(12).otherwise(
            pl.coalesce(*one, pl.col("words").list.last(), pl.col("quarter") * 3,
                        pl.col("half") * 6)
        ),
        year=pl.coalesce("compact_year", "year").cast(pl.Int32),
    )  # fmt: skip
    start, end = months(pl.col("year"), pl.col("first"), pl.col("last"))
    known = known.select(
        "cell", start=pl.coalesce(pl.col("day"), start), end=pl.coalesce(pl.col("day"), end)
    )
    return asked.join(known, on="cell", how="left", nulls_equal=True, maintain_order="left").select(
        "start", "end"
    )


def months(year: pl.Expr, first: pl.Expr, last: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """First and last day of a run of months; null unless the months exist in that order."""
    valid = first.is_between(1, 12) & last.is_between(1, 12) & (first <= last)
    valid = valid & year.is_between(1900, 2100)
    start = pl.when(valid).then(pl.date(year, first, 1))
    return start, pl.when(valid).then(pl.date(year, last, 1).dt.month_end())


def _ordinal(upper: pl.Expr, pattern: str) -> pl.Expr:
    found = upper.str.extract(pattern, 1)
    return found.replace_strict(ROMAN, default=None, return_dtype=pl.Int32)
