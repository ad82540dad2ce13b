"""Addresses of Indonesian lists: their parts, wherever they stand, and whether two agree.

Pure and vectorised; which words are written in how many ways is data (mappings/addresses.yml).
"""

from __future__ import annotations

import polars as pl

from mappings.load import addresses

FIELDS = ("street", "hamlet", "rt", "rw")

_RT_RW = r"\bRT\s*(\d{1,3})\b\s*(?:RW\s*(\d{1,3})\b)?"
_NUMBERS = r"\b(\d{1,3})\s*/\s*(\d{1,3})\s*$"
_NOTHING = ("0", "")


def address(frame: pl.DataFrame) -> pl.DataFrame:
    """The parts of addresses in comparable form: street, hamlet, rt, rw, in the rows' order.

    RT and RW are taken out of the street where it holds them and their own columns do not.
    Words are spelt one way; the words for "street" and "hamlet" themselves go.
    """
    text = _tidy(pl.col("street"))
    paired = text.str.extract_groups(_RT_RW)
    bare = text.str.extract_groups(_NUMBERS)
    rw_alone = text.str.extract(r"\bRW\s*(\d{1,3})\b")
    street = text.str.replace(_RT_RW, " ").str.replace(r"\bRW\s*\d{1,3}\b", " ")
    street = street.str.replace(_NUMBERS, " ")
    return frame.select(
        street=_words(street, addresses().roads),
        hamlet=_words(_tidy(pl.col("hamlet")), addresses().settlements),
        rt=_number(pl.coalesce(pl.col("rt"), paired.struct[0], bare.struct[0])),
        rw=_number(pl.coalesce(pl.col("rw"), paired.struct[1], rw_alone, bare.struct[1])),
    )


def agreement(left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """Whether two addresses of one village agree: true, false, or null where nothing tells.

    They do if RT and RW are the same, or the hamlet or street is and no number speaks against
    it. RTs are numbered anew within every RW, so an RT says nothing without its RW or hamlet.
    """
    pairs = pl.concat(
        [
            address(left).rename(lambda name: f"l_{name}"),
            address(right).rename(lambda name: f"r_{name}"),
        ],
        how="horizontal",
    )
    street, hamlet, rt, rw = (pl.col(f"l_{name}") == pl.col(f"r_{name}") for name in FIELDS)
    numbers = rt & rw  # null where one is not stated, false where one differs
    # One of the two is enough, whether or not the other is stated.
    words = pl.max_horizontal(hamlet, street)
    return pairs.select(pl.coalesce(numbers, words).alias("agreement")).to_series()


def _tidy(text: pl.Expr) -> pl.Expr:
    return (
        text.str.to_uppercase()
        .str.normalize("NFKD")
        .str.replace_all(r"[\u0300-\u036f'`´‘’\"]", "")
        .str.replace_all(r"[.,:;()#-]+", " ")
        .str.replace_all(r"\b(R[TW])(\d)", "$1 $2")
        .str.replace_all(r"\s*/\s*(R[TW])\b", " $1")
        .str.replace_all(r"\b(NO|NOMOR)\s*(\d)", "$1 $2")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def _words(text: pl.Expr, left_out: tuple[str, ...]) -> pl.Expr:
    """One spelling, without the words that only say what is named, and without blanks."""
    data = addresses()
    for kept, others in data.words.items():
        text = text.str.replace_all(rf"\b(?:{'|'.join(others)})\b", kept)
    text = text.str.replace_all(rf"\b(?:{'|'.join(left_out)})\b", " ")
    for pattern, become in data.spelling:
        text = text.str.replace_all(pattern, become)
    text = text.str.replace_all(r"\b0+(\d)", "$1").str.replace_all(r"[^A-Z0-9]+", "")
    return pl.when(text.is_in(_NOTHING)).then(None).otherwise(text)


def _number(text: pl.Expr) -> pl.Expr:
    """An RT or RW without leading zeros; null for none (0, 00, -)."""
    digits = text.str.extract(r"(\d{1,3})").str.strip_chars_start("0")
    return pl.when(digits != "").then(digits)
