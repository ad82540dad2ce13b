"""Rows as JSON text, put together so that every row costs as little as it says.

Encoding one struct of all columns and taking its nulls out again costs several times as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

_ESCAPED = {chr(code): f"\\u{code:04x}" for code in range(0x20)} | {'"': '\\"', "\\": "\\\\"}


def quoted(text: pl.Expr) -> pl.Expr:
    """Text as a JSON string; null stays null."""
    escaped = text.str.replace_many(list(_ESCAPED), list(_ESCAPED.values()))
    return pl.concat_str(pl.lit('"'), escaped, pl.lit('"'))


def record(members: Mapping[str, pl.Expr]) -> pl.Expr:
    """A JSON object of members that are JSON already, by plain names; nulls are told as null."""
    pieces = []
    for number, (name, value) in enumerate(members.items()):
        pieces += [pl.lit(f'{"," if number else "{"}"{name}":'), value.fill_null("null")]
    return pl.concat_str(*pieces, pl.lit("}"))


def array(items: Sequence[pl.Expr]) -> pl.Expr:
    """A JSON array of the items (JSON text) that are not null; null when all are."""
    inner = pl.concat_str(items, separator=",", ignore_nulls=True)
    return pl.when(inner != "").then(pl.concat_str(pl.lit("["), inner, pl.lit("]")))


def lean(rows: pl.DataFrame) -> pl.Series:
    """A JSON object of every row without its nulls, as text; null when nothing is left."""
    some = [s.name for s in rows if 0 < s.null_count() < rows.height]
    always = [s.name for s in rows if not s.null_count()]
    objects = [pl.struct(always).struct.json_encode()] if always else []
    objects += [_stripped(some)] if some else []
    if not objects:
        return pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    return rows.lazy().select(merged(*objects)).collect().to_series()


def _stripped(names: list[str]) -> pl.Expr:
    """Inside JSON text an unescaped quote right after { or , can only open a key."""
    text = pl.struct(names).struct.json_encode()
    bare = text.str.replace_all(r',"[^"\\]*":null', "").str.replace(r'^\{"[^"\\]*":null,?', "{")
    return pl.when(bare != "{}").then(bare)


def merged(*objects: pl.Expr) -> pl.Expr:
    """JSON objects, as text, in one; null is an object of nothing. No name may be in two."""
    found, *others = objects
    for other in others:
        both = pl.concat_str(found.str.head(-1), pl.lit(","), other.str.tail(-1))
        found = pl.coalesce(both, found, other)
    return found
