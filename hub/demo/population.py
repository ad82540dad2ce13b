"""Synthetic households and persons, in chunks that depend only on (seed, regency, chunk).

The persons cannot exist: serials 9000 to 9998 of a NIK or a family card number are not reached
by the registration of births of one day in one district. All else about the numbers is as real.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from hub.demo import people
from hub.demo.draws import Draws, drawn
from hub.demo.housing import with_housing
from hub.demo.names import HAMLETS, STREETS
from hub.demo.options import MAX_CHUNKS, SampleError, SampleOptions
from hub.demo.places import prefixes, villages

SIZES = ((1, 0.09), (2, 0.17), (3, 0.24), (4, 0.25), (5, 0.15), (6, 0.07), (7, 0.03))
PER_VILLAGE = 40  # a small sample fills a few villages rather than thin out over all
FIRST_SERIAL, SERIALS = 9_000, 999
# How far the regency's ranking of a household lies above its rank in the province and the
# country: poorer regencies have more households in the low national deciles.
NATIONAL_POWER, PROVINCE_POWER = 1.25, 1.1


@dataclass(frozen=True)
class Slice:
    """The part of a population that is made at one time."""

    regency: str
    number: int  # within the regency
    serial: int  # within the run
    slices: int  # of the run
    first: int  # id of the first household
    households: int
    villages: int  # how many villages the regency's households live in


@dataclass(frozen=True)
class Chunk:
    """Households and persons of one slice; persons carry the columns of their household.

    Columns are the unified columns with their unified values, and working columns that begin
    with "_" (hid, pid, welfare), "k." and "b." (codes in both systems).
    """

    part: Slice
    draws: Draws
    households: pl.DataFrame
    persons: pl.DataFrame


def slices(options: SampleOptions) -> list[Slice]:
    """How a run is cut. Raises SampleError when the sample is too large for its chunks."""
    plan: list[tuple[str, int, int, int, int]] = []
    first = 1
    for place, regency in enumerate(options.regencies):
        share, more = divmod(options.households, len(options.regencies))
        left, number = share + (place < more), 0
        inhabited = max(3, left // PER_VILLAGE)
        while left > 0:
            size = min(options.chunk, left)
            plan.append((regency, number, first, size, inhabited))
            first, left, number = first + size, left - size, number + 1
    if len(plan) > MAX_CHUNKS:
        raise SampleError(
            f"Satu contoh paling banyak memuat {MAX_CHUNKS * options.chunk} keluarga.",
            f"At most {MAX_CHUNKS * options.chunk} households fit one sample.",
        )
    return [
        Slice(regency, number, serial, len(plan), start, size, inhabited)
        for serial, (regency, number, start, size, inhabited) in enumerate(plan)
    ]


def chunks(options: SampleOptions) -> Iterator[Chunk]:
    """The population of a run, one chunk after the other."""
    for part in slices(options):
        yield make(options.seed, part)


def make(seed: int, part: Slice) -> Chunk:
    """The households and persons of one slice."""
    draws = Draws(f"{seed}|{part.regency}|{part.number}")
    households = _households(part, draws)
    persons = people.persons(households, draws)
    persons = _numbers(persons, part, draws)
    households = _cards(households, persons, part, draws)
    head = pl.col("person.relation") == "HEAD"
    more = [name for name in households.columns if name not in persons.columns]
    shared = households.select("_hid", *more)
    persons = persons.join(shared, on="_hid", how="left", maintain_order="left")
    persons = people.with_family(persons)
    alone = persons.filter(head)
    return Chunk(part, draws, alone, persons)


def inhabited_villages(part: Slice) -> pl.DataFrame:
    """The villages in which the regency's households live, spread evenly over its list."""
    everything = villages(part.regency)
    step = max(1, everything.height // part.villages)
    return everything.gather_every(step).head(part.villages)


def _households(part: Slice, draws: Draws) -> pl.DataFrame:
    count, places = part.households, inhabited_villages(part)
    # Neighbours stand together in real files, so the village is drawn first and sorted.
    village = draws.below("village", places.height, count).sort()
    frame = places[village.to_list()].with_columns(
        pl.int_range(part.first, part.first + count).alias("_hid"),
        draws.uniform("welfare", count).alias("_welfare"),
        draws.uniform("size", count).alias("_size_draw"),
        draws.uniform("coverage", count).alias("_cover"),
        *_address(draws, count),
    )
    frame = frame.with_columns(
        drawn([(str(n), w) for n, w in SIZES], "_size_draw").cast(pl.Int64).alias("_size"),
        *_ranks(),
        *_neighbourhood(),
    )
    return with_housing(frame.drop("_size_draw", "_rt"), draws)


def _address(draws: Draws, count: int) -> list[pl.Series]:
    street, number = draws.pick("street", STREETS, count), draws.below("number", 180, count) + 1
    return [
        ("JL. " + street.str.to_uppercase() + " NO. " + number.cast(pl.String)).alias(
            "address.street"
        ),
        (draws.below("rt", 12, count) + 1).alias("_rt"),
    ]


def _neighbourhood() -> list[pl.Expr]:
    """RT, RW (two RT each) and hamlet (one or more RW) within the village."""
    rw = (pl.col("_rt") + 1) // 2
    hamlets = pl.Series(HAMLETS).str.to_uppercase()
    village = pl.col("k.village").str.slice(-3).cast(pl.Int64)
    hamlet = (village * 7 + rw) % len(HAMLETS)
    return [
        pl.col("_rt").cast(pl.String).str.zfill(3).alias("address.rt"),
        rw.cast(pl.String).str.zfill(3).alias("address.rw"),
        hamlet.replace_strict(list(range(len(HAMLETS))), hamlets, return_dtype=pl.String).alias(
            "address.hamlet"
        ),
    ]


def _ranks() -> list[pl.Expr]:
    found: list[pl.Expr] = []
    powers = {"national": NATIONAL_POWER, "province": PROVINCE_POWER, "regency": 1.0}
    universe = {"national": 93_000_000, "province": 12_000_000, "regency": 240_000}
    for scope, power in powers.items():
        share = pl.col("_welfare").pow(power)
        found += [
            (share * 10).floor().cast(pl.Int64).clip(0, 9).add(1).alias(f"ranking.{scope}.decile"),
            (share * 100).floor().cast(pl.Int64).add(1).alias(f"ranking.{scope}.percentile"),
            (share * universe[scope]).floor().cast(pl.Int64).add(1).alias(f"ranking.{scope}.rank"),
        ]
    score = (pl.col("_welfare") * 3 + 11.5).round(6).alias("ranking.national.score")
    return [*found, score]


def _serial(key: str, part: Slice) -> pl.Expr:
    """Serials of equal keys (prefix and date): distinct, and of no two slices the same."""
    per_slice = SERIALS // part.slices
    nth = pl.int_range(pl.len()).over(key)
    start = pl.col(key).cast(pl.Int64) * 37
    return (FIRST_SERIAL + part.serial * per_slice + (start + nth) % per_slice).cast(pl.String)


def _numbers(persons: pl.DataFrame, part: Slice, draws: Draws) -> pl.DataFrame:
    """Adds person.nik: district of first registration, birth date (+40 for women), serial."""
    count = persons.height
    elsewhere = draws.pick("prefix", prefixes(part.regency), count)
    moved = draws.uniform("moved", count) < 0.08
    day = pl.col("person.birth_date").dt.day() + 40 * (pl.col("person.sex") == "FEMALE")
    frame = persons.with_columns(
        pl.when(moved).then(elsewhere).otherwise(pl.col("k.village").str.slice(0, 6))
        .alias("_prefix"),
        (day.cast(pl.String).str.zfill(2) + pl.col("person.birth_date").dt.strftime("%m%y"))
        .alias("_ddmmyy"),
    ).with_columns((pl.col("_prefix") + pl.col("_ddmmyy")).alias("_begin"))  # fmt: skip
    return frame.with_columns(
        (pl.col("_begin") + _serial("_begin", part)).alias("person.nik"),
        (pl.col("_pid") + 1_000_000_000).cast(pl.String).alias("person.key"),
    ).drop("_begin", "_prefix", "_ddmmyy")


def _cards(
    households: pl.DataFrame, persons: pl.DataFrame, part: Slice, draws: Draws
) -> pl.DataFrame:
    """Adds household.kk (district, date of issue, serial), household.key and household.size."""
    day = draws.below("issued", 5_000, households.height)
    issued = pl.lit(date(2008, 1, 1)) + pl.duration(days=pl.lit(day))
    sizes = persons.group_by("_hid").len("household.size")
    frame = households.with_columns(
        (pl.col("k.village").str.slice(0, 6) + issued.dt.strftime("%d%m%y")).alias("_card"),
        (pl.col("_hid") + 100_000_000).cast(pl.String).alias("household.key"),
    ).join(sizes, on="_hid", how="left", maintain_order="left")
    return frame.with_columns(
        (pl.col("_card") + _serial("_card", part)).alias("household.kk")
    ).drop("_card")
