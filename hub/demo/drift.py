"""How sources come to disagree: they asked in other years, other questioners, other ranks."""

from __future__ import annotations

import polars as pl

from hub.demo.population import Chunk
from hub.demo.systems import Coverage
from mappings.model import Layout

CHANGED = 0.06  # of the answers about the dwelling, per question
SPREAD = 8  # percentiles by which a source's ranking may differ
_DWELLING = ("tenure", "floor", "wall", "roof", "water", "fuel")
_NEWEST = "DTSEN"
_AGE = pl.col("_age_then")


def drifted(
    rows: pl.DataFrame, layout: Layout, seen: Coverage, chunk: Chunk, mapped: set[str]
) -> pl.DataFrame:
    """The rows as the source found them on its day. The newest ranking is the true one."""
    if layout.source == _NEWEST:
        return rows
    key = f"{layout.source} {seen.edition}"
    rows = _dwelling(rows, key, chunk, mapped)
    if any(name.startswith("ranking.") for name in mapped):
        rows = _ranked(rows, key, seen, chunk)
    return _younger(rows, seen)


def _dwelling(rows: pl.DataFrame, key: str, chunk: Chunk, mapped: set[str]) -> pl.DataFrame:
    """Some answers are those of the house next door, equally for the whole household."""
    asked = [f"household.{name}" for name in _DWELLING if f"household.{name}" in mapped]
    if not asked:
        return rows
    count = chunk.households.height
    other = chunk.households.select(
        "_hid",
        *(
            pl.when(pl.lit(chunk.draws.uniform(f"{key} {name}", count) < CHANGED))
            .then(pl.col(name).shift(1, fill_value=pl.col(name).first()))
            .otherwise(pl.col(name))
            .alias(name)
            for name in asked
        ),
    )
    return rows.drop(asked).join(other, on="_hid", how="left", maintain_order="left")


def _ranked(rows: pl.DataFrame, key: str, seen: Coverage, chunk: Chunk) -> pl.DataFrame:
    shift = (chunk.draws.uniform(f"{key} rank", chunk.households.height) - 0.5) * 2 * SPREAD
    shifts = chunk.households.select("_hid", shift.alias("_shift"))
    rows = rows.join(shifts, on="_hid", how="left", maintain_order="left")
    percentile = {
        scope: (pl.col(f"ranking.{scope}.percentile") + pl.col("_shift"))
        .round(0)
        .cast(pl.Int64)
        .clip(1, seen.percentile if scope == "national" else 100)
        for scope in ("national", "province", "regency")
    }
    return rows.with_columns(
        *(value.alias(f"ranking.{scope}.percentile") for scope, value in percentile.items()),
        *(
            ((value + 9) // 10).alias(f"ranking.{scope}.decile")
            for scope, value in percentile.items()
        ),
    ).drop("_shift")


def _younger(rows: pl.DataFrame, seen: Coverage) -> pl.DataFrame:
    """School, work and marriage as they were at the age of that day."""
    age = (pl.lit(seen.reference) - pl.col("person.birth_date")).dt.total_days() // 365
    rows = rows.with_columns(age.alias("_age_then"))
    young = (
        pl.when(_AGE < 6).then(pl.lit("NOT_SCHOOLED"))
        .when(_AGE < 13).then(pl.lit("IN_PRIMARY"))
        .when(_AGE < 16).then(pl.lit("IN_LOWER_SECONDARY"))
        .when((_AGE < 19) & (pl.col("person.education") != "PRIMARY"))
        .then(pl.lit("IN_UPPER_SECONDARY")).otherwise("person.education")
    )  # fmt: skip
    job = (
        pl.when(_AGE < 6).then(pl.lit("NOT_WORKING"))
        .when(_AGE < 16).then(pl.lit("STUDENT")).otherwise("person.occupation")
    )  # fmt: skip
    single = pl.when(_AGE < 17).then(pl.lit("SINGLE")).otherwise("person.marital_status")
    return rows.with_columns(
        young.alias("person.education"),
        job.alias("person.occupation"),
        single.alias("person.marital_status"),
        pl.when(_AGE >= 16).then("person.employment_status").alias("person.employment_status"),
    ).drop("_age_then")
