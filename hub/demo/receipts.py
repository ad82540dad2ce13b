"""Who receives which programme and when: by target group, with errors at known rates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from hub.demo.population import Chunk
from mappings.load import rules
from mappings.model import Rule

RATES = {
    "exclusion_error": 0.12,  # of the target group
    "inclusion_error": 0.02,  # of all others
    "yearly_drop": 0.06,
    "blt_dd_with_pkh_or_sembako": 0.03,  # of those on PKH or Sembako
    "bpum_with_kur": 0.5,  # of those with KUR
    "listed_twice": 0.015,
    "stopped": 0.03,
    "paid_after_death": 0.6,  # of recipients who died in an earlier year
}
_OCCUPATION = pl.col("person.occupation")
_ADULT = pl.col("person.birth_date") < date(2004, 1, 1)
_TRADE = _OCCUPATION.is_in(["TRADER", "SELF_EMPLOYED", "CRAFT_OR_SERVICE_WORKER", "FARMER"])
_PUPIL = pl.col("person.education").str.starts_with("IN_")
_ANY = pl.lit(True)


@dataclass(frozen=True)
class Grant:
    """How one programme is given: to whom, how likely within the target group, and when.

    `unit`: HOME is one recipient per household (the wife, else the head), HEAD the head,
    PERSON each member who fits. `month` is the month of a single payment; 0 the whole year.
    `once` gives it in one of the years only.
    """

    code: str
    unit: str
    percentile: int
    share: float
    years: tuple[int, ...]
    amount: int
    fits: pl.Expr = _ANY
    month: int = 0
    once: bool = False


def _years(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


GRANTS = (
    Grant("PKH", "HOME", 30, 0.75, _years(2021, 2025), 2_700_000),
    Grant("SEMBAKO", "HOME", 40, 0.8, _years(2021, 2025), 2_400_000),
    Grant("BPNT", "HOME", 40, 0.8, _years(2021, 2022), 2_400_000),
    Grant("BLT_DD", "HEAD", 35, 0.5, _years(2021, 2025), 3_600_000),
    Grant("KUR", "PERSON", 90, 0.12, _years(2022, 2025), 25_000_000, _ADULT & _TRADE),
    Grant("BPUM", "PERSON", 70, 0.3, _years(2021, 2022), 2_400_000, _ADULT & _TRADE),
    Grant("UMI", "PERSON", 60, 0.05, _years(2022, 2025), 5_000_000, _ADULT & _TRADE, 5),
    Grant("PBI_JKN", "PERSON", 45, 0.9, _years(2021, 2025), 504_000),
    Grant("PBI_DAERAH", "PERSON", 70, 0.08, _years(2022, 2025), 504_000),
    Grant("PIP", "PERSON", 40, 0.65, _years(2021, 2025), 750_000, _PUPIL, 9),
    Grant("BST", "HEAD", 50, 0.25, (2021, 2022), 1_200_000),
    Grant("BLT", "HEAD", 40, 0.1, (2022,), 600_000),
    Grant("BLT_BBM", "HEAD", 40, 0.7, (2022,), 600_000, month=9),
    Grant("BPNT_PPKM", "HEAD", 45, 0.15, (2021,), 600_000, month=7),
    Grant("SEMBAKO_ADAPTIF", "HEAD", 45, 0.04, (2022,), 600_000),
    Grant("RASTRA", "HEAD", 35, 0.9, (2015,), 0),
    Grant("PRAKERJA", "PERSON", 80, 0.04, _years(2022, 2024), 3_550_000, _ADULT, 4, once=True),
    Grant("LPG_3KG", "HEAD", 70, 0.9, _years(2022, 2025), 0,
          pl.col("household.fuel") == "LPG_3"),
    Grant("ELECTRICITY_SUBSIDY", "HEAD", 60, 0.95, _years(2022, 2025), 0,
          pl.col("household.power").is_in(["W450", "W900"])),
    Grant("FERTILISER_SUBSIDY", "PERSON", 80, 0.5, _years(2022, 2025), 0,
          _OCCUPATION.is_in(["FARMER"])),
    Grant("RTLH", "HEAD", 25, 0.3, (2022, 2023, 2025), 20_000_000,
          pl.col("household.tenure") == "OWNED", 10, once=True),
    Grant("BSPS", "HEAD", 30, 0.02, (2024,), 20_000_000, month=8),
    Grant("ATENSI", "PERSON", 40, 0.3, _years(2022, 2025), 1_000_000,
          pl.col("person.disabilities").is_not_null(), 6),
    Grant("PENA", "HOME", 30, 0.02, (2023, 2024), 5_000_000, month=3, once=True),
    Grant("PERMAKANAN", "PERSON", 25, 0.1, _years(2023, 2025), 5_400_000,
          pl.col("person.birth_date") < date(1950, 1, 1)),
    Grant("YAPI", "PERSON", 40, 0.02, _years(2022, 2025), 2_400_000,
          pl.col("person.birth_date") > date(2008, 1, 1)),
    Grant("PADAT_KARYA", "PERSON", 30, 0.03, _years(2022, 2025), 900_000, _ADULT, 6),
    Grant("REGIONAL_AID", "HEAD", 40, 0.06, _years(2022, 2025), 500_000, month=11),
)  # fmt: skip
_SCHEMA = {
    "_hid": pl.Int64, "_pid": pl.Int64, "receipt.programme": pl.String, "receipt.year": pl.Int64,
    "receipt.month": pl.Int64, "_start": pl.Date, "_end": pl.Date,
    "receipt.amount": pl.Int64, "_fault": pl.String,
}  # fmt: skip


def receipts(chunk: Chunk) -> pl.DataFrame:
    """Every true receipt of the chunk, with _rid and what is deliberately wrong in _fault."""
    found: dict[str, pl.DataFrame] = {}
    for grant in GRANTS:
        given = _given(grant, chunk)
        if grant.code == "BLT_DD":
            others = pl.concat([found["PKH"], found["SEMBAKO"], found["BPNT"]])
            given = _exclude(given, others, ["_hid"], chunk, "blt_dd_with_pkh_or_sembako")
        elif grant.code == "BPUM":
            given = _exclude(given, found["KUR"], ["_pid"], chunk, "bpum_with_kur")
        found[grant.code] = given
    everything = pl.concat(list(found.values()))
    stopped = chunk.draws.uniform("stopped", everything.height) < RATES["stopped"]
    status = pl.when(stopped).then(pl.lit("STOPPED")).otherwise(pl.lit("RECEIVED"))
    everything = everything.with_columns(status.alias("receipt.status"))
    everything = pl.concat([everything, _twice(everything, chunk)])
    ordered = everything.sort("_hid", "receipt.programme", "receipt.year", "_pid")
    first = chunk.part.first * 1_000
    return ordered.with_columns((pl.int_range(pl.len()) + first).alias("_rid"))


def _given(grant: Grant, chunk: Chunk) -> pl.DataFrame:
    """Receipts of one programme without regard to the others."""
    persons = chunk.persons
    if grant.unit == "HEAD":
        persons = chunk.households
    elif grant.unit == "HOME":
        wife = pl.col("person.relation") == "WIFE"
        order = persons.filter(wife | (pl.col("person.relation") == "HEAD"))
        persons = order.sort("_hid", wife, descending=[False, True]).unique(
            "_hid", keep="first", maintain_order=True
        )
    count, draws = persons.height, chunk.draws
    draw, wrong = draws.uniform(grant.code, count), draws.uniform(f"{grant.code} error", count)
    target = grant.fits & (pl.col("ranking.national.percentile") <= grant.percentile)
    likely = grant.share * (1 - RATES["exclusion_error"])
    # The inclusion error is in proportion to the size of the programme, or it would drown it.
    unlikely = RATES["inclusion_error"] * grant.share
    chosen = persons.with_columns(
        pl.when(target & (draw < likely)).then(pl.lit("")).when(
            ~target & grant.fits & (wrong < unlikely)
        ).then(pl.lit("INCLUSION_ERROR")).alias("_fault")
    ).drop_nulls("_fault")  # fmt: skip
    return pl.concat([_yearly(grant, year, chosen, chunk) for year in grant.years])


def _yearly(grant: Grant, year: int, chosen: pl.DataFrame, chunk: Chunk) -> pl.DataFrame:
    count, draws = chosen.height, chunk.draws
    kept = draws.uniform(f"{grant.code} {year}", count) >= RATES["yearly_drop"]
    late = draws.uniform(f"{grant.code} {year} dead", count) < RATES["paid_after_death"]
    dead = (pl.col("_died") < date(year, 1, 1)).fill_null(False)
    born = pl.col("person.birth_date") < date(year, 1, 1)
    if grant.once:
        kept &= chosen["_hid"] % len(grant.years) == grant.years.index(year)
    month = grant.month
    start = date(year, month or 1, 1)
    end = pl.lit(start).dt.month_end() if month else pl.lit(date(year, 12, 31))
    rows = chosen.filter(born & kept & (~dead | late))
    return rows.select(
        "_hid", "_pid",
        pl.lit(grant.code).alias("receipt.programme"),
        pl.lit(year, dtype=pl.Int64).alias("receipt.year"),
        pl.lit(month or None, dtype=pl.Int64).alias("receipt.month"),
        pl.lit(start).alias("_start"), end.alias("_end"),
        pl.lit(grant.amount, dtype=pl.Int64).alias("receipt.amount"),
        pl.when(dead).then(pl.lit("DECEASED")).otherwise("_fault").alias("_fault"),
    ).cast(_SCHEMA)  # type: ignore[arg-type]  # fmt: skip


def _exclude(
    given: pl.DataFrame, against: pl.DataFrame, unit: list[str], chunk: Chunk, rate: str
) -> pl.DataFrame:
    """Drops receipts that another programme of the same year excludes, but for a few faults."""
    keys = [*unit, "receipt.year"]
    marked = given.join(
        against.select(keys).unique().with_columns(pl.lit(True).alias("_both")),
        on=keys, how="left", maintain_order="left",
    ).with_columns(pl.col("_both").fill_null(False))  # fmt: skip
    fault = chunk.draws.uniform(rate, marked.height) < RATES[rate]
    kept = marked.filter(~pl.col("_both") | fault)
    both = pl.when("_both").then(pl.lit("EXCLUSIVE")).otherwise("_fault").alias("_fault")
    return kept.with_columns(both).drop("_both")


def _twice(given: pl.DataFrame, chunk: Chunk) -> pl.DataFrame:
    """A second entry in the same period for a few."""
    again = chunk.draws.uniform("twice", given.height) < RATES["listed_twice"]
    # Only what stands on a list can be listed twice: a flag says yes once.
    listed = pl.col("receipt.programme").is_in(LISTED)
    return given.filter(again & listed).with_columns(pl.lit("DUPLICATE").alias("_fault"))


LISTED = ("PKH", "SEMBAKO", "PBI_JKN", "RTLH", "BLT_DD", "BPUM", "PRAKERJA")
"""Programmes with recipient lists, and where a second entry is a fault."""

UNIT_OF = {grant.code: "_pid" if grant.unit == "PERSON" else "_hid" for grant in GRANTS}
"""Whether the household or the person receives a programme, by the name of the id column."""


def overlaps(found: pl.DataFrame, chunk: Chunk) -> pl.DataFrame:
    """The flags that the rules in force must raise on these receipts, one row each pair."""
    died = chunk.persons.select("_pid", "_died").drop_nulls()
    found = found.filter(pl.col("receipt.status") != "STOPPED")
    flags = [_of_rule(rule, found, died) for rule in rules().values()]
    return pl.concat(flags) if flags else pl.DataFrame(schema=_FLAG)


_FLAG = {
    "rule": pl.String, "household_id": pl.Int64, "person_id": pl.Int64,
    "programme": pl.String, "against": pl.String, "period_start": pl.Date,
    "period_end": pl.Date, "died_on": pl.Date, "receipt_id": pl.Int64,
    "against_receipt_id": pl.Int64,
}  # fmt: skip


_NO_DATE = pl.lit(None, dtype=pl.Date).alias("died_on")


def _of_rule(rule: Rule, found: pl.DataFrame, died: pl.DataFrame) -> pl.DataFrame:
    programme = pl.col("receipt.programme")
    one = found.filter(programme.is_in(rule.programmes)) if rule.programmes else found
    if rule.kind == "DECEASED":
        late = one.join(died, on="_pid").filter(pl.col("_start") > pl.col("_died"))
        return _flags(rule, late.with_columns(
            receipt_programme_right=None, _start_right="_start", _end_right="_end", _rid_right=None
        ))  # fmt: skip
    unit = "_hid" if rule.unit == "FAMILY" else "_pid"
    if rule.kind == "EXCLUSIVE":
        other = found.filter(programme.is_in(rule.against))
        pairs = one.join(other, on=unit)
    else:
        pairs = one.join(one, on=[unit, "receipt.programme"], coalesce=False)
        pairs = pairs.filter(pl.col("_rid") < pl.col("_rid_right"))
    overlap = (pl.col("_start") <= pl.col("_end_right")) & (
        pl.col("_start_right") <= pl.col("_end")
    )
    pairs = pairs.rename({"receipt.programme_right": "receipt_programme_right"})
    return _flags(rule, pairs.filter(overlap))


def _flags(rule: Rule, pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.select(
        pl.lit(rule.code).alias("rule"),
        pl.col("_hid").alias("household_id"),
        pl.col("_pid").alias("person_id"),
        pl.col("receipt.programme").alias("programme"),
        pl.col("receipt_programme_right").alias("against"),
        pl.max_horizontal("_start", "_start_right").alias("period_start"),
        pl.min_horizontal("_end", "_end_right").alias("period_end"),
        pl.col("_died").alias("died_on") if "_died" in pairs.columns else _NO_DATE,
        pl.col("_rid").alias("receipt_id"),
        pl.col("_rid_right").alias("against_receipt_id"),
    ).cast(_FLAG)  # type: ignore[arg-type]
