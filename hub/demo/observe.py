"""The rows that a system holds of the population: whom it covers, as of its own day."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.demo import drift
from hub.demo.population import Chunk, inhabited_villages
from hub.demo.receipts import UNIT_OF
from hub.demo.systems import Arrangement, Coverage
from mappings.model import Layout

LAST_YEAR = 2025
# Lists without a column that says when are of one year only.
_WHEN = {"receipt.period", "receipt.month", "receipt.year", "receipt.date"}


def observe(
    layout: Layout,
    seen: Coverage,
    form: Arrangement,
    chunk: Chunk,
    receipts: pl.DataFrame,
    mapped: set[str],
) -> pl.DataFrame:
    """Rows with unified columns for the layout; `mapped` are the columns that its file has."""
    year = year_of(layout, seen)
    if layout.subject == "receipt":
        rows = _listed(layout, seen, chunk, receipts, mapped, year)
    else:
        everyone = chunk.persons if layout.subject == "person" else chunk.households
        covered = _covered(layout, seen, chunk, everyone)
        if layout.subject == "person":  # a list of its day states as many members as it names
            covered = covered.with_columns(pl.len().over("_hid").alias("household.size"))
        rows = drift.drifted(covered, layout, seen, chunk, mapped)
        rows = _flags(rows, receipts, mapped, year, layout.subject == "person")
    if form.book is not None:
        # The workbook has no region in it: it is of one village, which the import states.
        first = inhabited_villages(chunk.part)["k.village"][0]
        rows = rows.filter(pl.col("k.village") == first)
    if form.kind == "siga":
        rows = rows.sort("k.village", "address.rt", "_hid")
    return _match(rows, layout, seen, chunk)


def year_of(layout: Layout, seen: Coverage) -> int:
    """The year of the receipts that the layout's flags and undated lists speak of."""
    return min(int((layout.programme.period or seen.edition)[:4]), LAST_YEAR)


def _covered(layout: Layout, seen: Coverage, chunk: Chunk, everyone: pl.DataFrame) -> pl.DataFrame:
    """Households by one draw per source and edition, so that its files agree."""
    count, draws = chunk.part.households, chunk.draws
    draw = draws.uniform(f"{layout.source} {seen.edition}", count)
    listed = (pl.int_range(chunk.part.first, chunk.part.first + count, eager=True)).filter(
        draw < seen.share
    )
    stale = draws.uniform(f"{layout.source} {seen.edition} dead", everyone.height)
    alive = pl.col("_died").is_null() | (pl.col("_died") >= seen.reference)
    # A family whose head has died keeps its head in the lists until it is registered anew.
    kept = alive | seen.knows_dead | (stale < seen.stale_dead)
    kept = kept | (pl.col("person.relation") == "HEAD")
    return everyone.filter(
        pl.col("_hid").is_in(listed.implode())
        & (pl.col("ranking.national.percentile") <= seen.percentile)
        & (pl.col("person.birth_date") <= seen.reference)
        & seen.fits
        & kept
    )


def _listed(
    layout: Layout, seen: Coverage, chunk: Chunk, receipts: pl.DataFrame, mapped: set[str],
    year: int,
) -> pl.DataFrame:  # fmt: skip
    """Receipts with their recipient, of one programme or of several."""
    programme = pl.col("receipt.programme")
    code = layout.programme.code
    wanted = receipts.filter(programme.is_in([code] if code else seen.programmes))
    if not mapped & _WHEN:
        wanted = wanted.filter(pl.col("receipt.year") == year)
    month, text = pl.col("receipt.month"), pl.col("receipt.year").cast(pl.String)
    wanted = wanted.with_columns(
        pl.when(month.is_null()).then(text).otherwise(
            text + "-" + month.cast(pl.String).str.zfill(2)
        ).alias("receipt.period"),
        (pl.col("_start") + pl.duration(days=9)).alias("receipt.date"),
    )  # fmt: skip
    people = chunk.persons
    return wanted.drop("_hid").join(people, on="_pid", how="inner", maintain_order="left")


def _flags(
    rows: pl.DataFrame, receipts: pl.DataFrame, mapped: set[str], year: int, persons: bool
) -> pl.DataFrame:
    """Adds programme.<CODE> (true or false) and its companions."""
    mine = receipts.filter(
        (pl.col("receipt.year") == year) & (pl.col("receipt.status") != "STOPPED")
    )
    added: list[pl.Expr] = []
    for name in sorted(mapped):
        if not name.startswith("programme."):
            continue
        _, code, *part = name.split(".")
        given = mine.filter(pl.col("receipt.programme") == code)
        unit = UNIT_OF.get(code, "_hid") if persons else "_hid"
        receives = pl.col(unit).is_in(given[unit].unique().implode())
        added.append(_companion(receives, part[0] if part else "", given, year).alias(name))
    return rows.with_columns(added)


def _companion(receives: pl.Expr, part: str, given: pl.DataFrame, year: int) -> pl.Expr:
    """The flag itself, or what stands beside it where it is set."""
    if not part:
        return receives
    month = given["receipt.month"].max() if given.height else None
    amount = given["receipt.amount"].max() if given.height else None
    said = {
        # A family asked in a survey names the month of the last payment.
        "month": pl.lit(month or 9, dtype=pl.Int64),
        "year": pl.lit(year, dtype=pl.Int64),
        "period": pl.lit(str(year)),
        "amount": pl.lit(amount, dtype=pl.Int64),
        "status": pl.lit("RECEIVED"),
    }
    return pl.when(receives).then(said[part])


def _match(rows: pl.DataFrame, layout: Layout, seen: Coverage, chunk: Chunk) -> pl.DataFrame:
    """Adds what the matching with the civil registry said."""
    draw = chunk.draws.uniform(f"{layout.layout} match", rows.height)
    dead = (pl.col("_died") < min(seen.reference, date(2025, 12, 31))).fill_null(False)
    result = (
        pl.when(dead & seen.knows_dead).then(pl.lit("DECEASED"))
        .when(draw < 0.93).then(pl.lit("MATCHED"))
        .when(draw < 0.97).then(pl.lit("MISMATCHED"))
        .when(draw < 0.992).then(pl.lit("NOT_FOUND")).otherwise(pl.lit("DUPLICATE"))
    )  # fmt: skip
    return rows.with_columns(result.alias("person.civil_registry_match"))
