"""Indonesian names: the form in which two spellings of one name are alike, and how alike two are.

Pure and vectorised; what counts as a title, a variant or an old spelling is data
(mappings/names.yml).
"""

from __future__ import annotations

import re
from functools import cache
from string import ascii_uppercase

import polars as pl
from rapidfuzz.distance import OSA

from mappings.load import names

_SAME = 100
_ONE_INITIAL = 0.8  # what "A." says of "ABDUL"
_WEAK = 0.25  # what a word that thousands bear counts for
_INITIAL = 0.1  # and an initial
_INITIALS = 0.5  # what a name of nothing but initials counts for
_UNMATCHED = 0.3  # what the parts that the longer name has alone take away, if they are most of it
_ONE_ERROR, _TWO_ERRORS = 5, 9  # letters that a word must have for so many errors to be of typing
_DOUBLED = {2 * letter: letter for letter in ascii_uppercase}


def spelt(name: pl.Expr) -> pl.Expr:
    """A name in capitals without titles, degrees, aliases and "bin", its variants made one."""
    data = names()
    text = name.str.to_uppercase().str.normalize("NFKD")
    text = text.str.replace_all(r"\(.*?(\)|$)", " ").str.replace_all(r"[\u0300-\u036f'`´‘’\"]", "")
    text = text.str.replace(rf"[\s/,]+({'|'.join(data.aliases)})\b.*$", "")
    text = text.str.replace(_degrees(), "").str.replace_all(r"[^A-Z]+", " ").str.strip_chars()
    text = text.str.replace(rf"^(?:(?:{'|'.join(_titles())}) )+([A-Z])", "$1")
    text = text.str.replace_all(rf" (?:{'|'.join(data.filiations)}) ", " ")
    for kept, others in data.first.items():
        text = text.str.replace(rf"^(?:{'|'.join(others)}) ", f"{kept} ")
    # Every word between blanks of its own; all variants at once take less time than one by one.
    apart = pl.concat_str(pl.lit(" "), text.str.replace_all(" ", "  "), pl.lit(" "))
    text = apart.str.replace_many(_variants()).str.replace_all(" +", " ").str.strip_chars()
    return pl.when(text != "").then(text)


def key(name: pl.Expr) -> pl.Expr:
    """What is left of a name when spelling is set aside: by ear, without doubled letters."""
    text = spelt(name)
    for pattern, become in names().spelling:
        text = text.str.replace_all(pattern, become)
    return text.str.replace_many(_DOUBLED)


def similarity(left: pl.Series, right: pl.Series) -> pl.Series:
    """How alike two names are, from 0 to 100; null where either is missing.

    100 is the same name in another spelling. Parts left out, initials and typing errors take
    away; from 60 the names may be one person's.
    """
    pairs = pl.DataFrame({"left": left, "right": right})
    distinct = pairs.unique().drop_nulls()
    keyed = distinct.with_columns(a=key(pl.col("left")), b=key(pl.col("right")))
    scores = [
        None if a is None or b is None else _score(a, b)
        for a, b in zip(keyed["a"], keyed["b"], strict=True)
    ]
    scored = distinct.with_columns(pl.Series("score", scores, dtype=pl.Int16))
    return pairs.join(scored, on=["left", "right"], how="left", maintain_order="left")["score"]


def _score(a: str, b: str) -> int:
    """The likeness of two name keys."""
    left, right = a.split(), b.split()
    if len(left) == len(right):
        return round(_SAME * _words_alike(left, right))
    joined = _mistyped("".join(left), "".join(right))
    return round(_SAME * max(joined, _words_alike(left, right)))


def _words_alike(left: list[str], right: list[str]) -> float:
    """The share of the shorter name that is in the longer one, less what only that one has."""
    short, long = sorted((left, right), key=lambda words: (len(words), words))
    if short == long:
        return 1.0
    free = list(long)
    found = total = 0.0
    for word in short:
        weight = _weight(word)
        total += weight
        best = max(free, key=lambda other: _word_alike(word, other))
        alike = _word_alike(word, best)
        if alike > 0:
            free.remove(best)
            found += alike * weight
    missing = sum(map(_weight, free)) / sum(map(_weight, long))
    return found / total * (1 - _UNMATCHED * missing) * (_INITIALS if _bare(short) else 1)


def _word_alike(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if min(len(a), len(b)) == 1:
        return _ONE_INITIAL if a[0] == b[0] else 0.0
    return _mistyped(a, b)


def _mistyped(a: str, b: str) -> float:
    """How near two words are that differ by a few errors of typing; otherwise 0."""
    longest = max(len(a), len(b))
    allowed = (longest >= _ONE_ERROR) + (longest >= _TWO_ERRORS)
    errors = OSA.distance(a, b, score_cutoff=allowed)
    return 1 - errors / longest if errors <= allowed else 0.0


def _bare(words: list[str]) -> bool:
    """Whether there is nothing but initials, which say little of anybody."""
    return all(len(word) == 1 for word in words)


def _weight(word: str) -> float:
    if len(word) == 1:
        return _INITIAL
    return _WEAK if word in _weak() else 1.0


@cache
def _variants() -> dict[str, str]:
    return {f" {other} ": f" {kept} " for kept, others in names().words.items() for other in others}


@cache
def _weak() -> frozenset[str]:
    return frozenset(pl.select(key(pl.lit(pl.Series(names().weak)))).to_series())


@cache
def _titles() -> list[str]:
    return [title for group in names().titles for title in group]


@cache
def _degrees() -> str:
    """A pattern for one or more degrees at the end of a name."""
    data = names()

    def dotted(degree: str, dot: str) -> str:
        return dot.join(map(re.escape, degree.split(".")))

    anywhere = "|".join(dotted(degree, r"\.?\s?") for degree in data.degrees)
    short = "|".join(dotted(degree, r"\.\s?") for degree in data.short_degrees)
    bare = "|".join(dotted(degree, r"\.?\s?") for degree in data.short_degrees)
    return rf"(?:[\s,.]+(?:{anywhere}|{short})\.?|\s*,[\s.]*(?:{bare})\.?)+[\s,.]*$"
