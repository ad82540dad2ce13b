"""Repeatable random draws: one stream per purpose, so that adding one disturbs no other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


def _splitmix(seed: int, count: int) -> pl.Series:
    """The first numbers of the generator SplitMix64, which needs no state and so no loop.

    Unsigned 64-bit arithmetic wraps around, as the generator wants it. The hash that the library
    brings would be faster still, but promises the same values within one version only.
    """
    z = pl.int_range(1, count + 1, dtype=pl.UInt64, eager=True) * _u64(0x9E3779B97F4A7C15)
    z = z + _u64(seed)
    z = (z ^ (z // _u64(1 << 30))) * _u64(0xBF58476D1CE4E5B9)
    z = (z ^ (z // _u64(1 << 27))) * _u64(0x94D049BB133111EB)
    return z ^ (z // _u64(1 << 31))


def _u64(value: int) -> pl.Series:
    return pl.Series([value], dtype=pl.UInt64)


@dataclass(frozen=True)
class Draws:
    """Random numbers of one chunk; equal keys and purposes give equal numbers."""

    key: str

    def uniform(self, purpose: str, count: int) -> pl.Series:
        """`count` numbers in [0, 1)."""
        digest = hashlib.sha256(f"{self.key}|{purpose}".encode()).digest()
        numbers = _splitmix(int.from_bytes(digest[:8], "big"), count)
        return ((numbers // 2**11).cast(pl.Float64) / 2.0**53).alias(purpose)

    def pick(self, purpose: str, items: Sequence[str], count: int) -> pl.Series:
        """`count` of the items, each as likely as its share of the sequence."""
        place = (self.uniform(purpose, count) * len(items)).cast(pl.UInt32)
        return pl.Series(items, dtype=pl.String).gather(place).alias(purpose)

    def below(self, purpose: str, limit: int, count: int) -> pl.Series:
        """`count` whole numbers from 0 up to but without `limit`."""
        return (self.uniform(purpose, count) * limit).cast(pl.Int64)


Weights = Sequence[tuple[str | None, float, float]]
"""Terms with their weight at the poorest and at the richest end."""


def by_welfare(weights: Weights, welfare: str, draw: str) -> pl.Expr:
    """A term drawn by column `draw`, with weights that move from poor to rich with `welfare`."""
    poor, rich = sum(w[1] for w in weights), sum(w[2] for w in weights)
    low, high, choice = 0.0, 0.0, pl.lit(weights[-1][0], dtype=pl.String)
    steps: list[tuple[pl.Expr, str | None]] = []
    for term, at_poor, at_rich in weights[:-1]:
        low, high = low + at_poor / poor, high + at_rich / rich
        steps.append((pl.col(draw) < low + (high - low) * pl.col(welfare), term))
    for condition, term in reversed(steps):
        choice = pl.when(condition).then(pl.lit(term, dtype=pl.String)).otherwise(choice)
    return choice


def drawn(weights: Sequence[tuple[str | None, float]], draw: str) -> pl.Expr:
    """A term drawn by column `draw` with fixed weights."""
    return by_welfare([(term, w, w) for term, w in weights], draw, draw)
