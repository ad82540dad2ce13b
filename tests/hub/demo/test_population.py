"""The synthetic people: shapes of their numbers, and that they cannot exist."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from hub.demo.options import MAX_CHUNKS, SampleError, SampleOptions
from hub.demo.population import Chunk, chunks, inhabited_villages, slices
from hub.demo.receipts import UNIT_OF, overlaps, receipts
from mappings.load import programmes
from mappings.regions import nik_prefixes
from validation.unified import FIELDS, vocabulary_of

OPTIONS = SampleOptions(out=Path(), households=3_000)


@pytest.fixture(scope="module")
def chunk() -> Chunk:
    return next(chunks(OPTIONS))


def test_serials_of_persons_and_families_are_9000_or_more(chunk: Chunk) -> None:
    for numbers in (chunk.persons["person.nik"], chunk.households["household.kk"]):
        serial = numbers.str.slice(12, 4).cast(pl.Int64)
        assert serial.min() >= 9_000  # type: ignore[operator]
        assert serial.max() <= 9_998  # type: ignore[operator]
        assert numbers.str.contains(r"^\d{16}$").all()


def test_nik_agrees_with_birth_date_and_sex(chunk: Chunk) -> None:
    day = chunk.persons["person.nik"].str.slice(6, 2).cast(pl.Int64)
    female = chunk.persons["person.sex"] == "FEMALE"
    born = chunk.persons["person.birth_date"]
    assert (day == born.dt.day() + 40 * female.cast(pl.Int64)).all()
    assert (chunk.persons["person.nik"].str.slice(8, 4) == born.dt.strftime("%m%y")).all()


def test_prefixes_are_real_and_some_were_given_elsewhere(chunk: Chunk) -> None:
    prefixes = chunk.persons["person.nik"].str.slice(0, 6)
    assert prefixes.is_in(nik_prefixes()["prefix"].implode()).all()
    moved = (prefixes != chunk.persons["k.village"].str.slice(0, 6)).mean()
    assert 0.05 < moved < 0.11  # type: ignore[operator]


def test_every_household_has_one_head(chunk: Chunk) -> None:
    heads = chunk.persons.filter(pl.col("person.relation") == "HEAD")
    assert heads["_hid"].to_list() == chunk.households["_hid"].to_list()


def test_terms_are_members_of_their_vocabularies(chunk: Chunk) -> None:
    for name, field in FIELDS.items():
        if field.kind in ("term", "terms") and name in chunk.persons.columns:
            values = chunk.persons[name].drop_nulls().str.split("+").explode().unique()
            assert set(values) <= vocabulary_of(name), name


def test_deciles_follow_the_percentiles(chunk: Chunk) -> None:
    for scope in ("national", "province", "regency"):
        decile = chunk.households[f"ranking.{scope}.decile"]
        assert (decile == (chunk.households[f"ranking.{scope}.percentile"] - 1) // 10 + 1).all()


def test_a_small_sample_fills_a_few_villages() -> None:
    few = next(chunks(SampleOptions(out=Path(), households=80)))
    assert few.households["k.village"].n_unique() == inhabited_villages(few.part).height == 3


def test_a_sample_that_the_serials_cannot_number_is_refused() -> None:
    with pytest.raises(SampleError, match="At most 2490 households"):
        slices(SampleOptions(out=Path(), households=10 * MAX_CHUNKS + 1, chunk=10))


def test_units_of_programmes_agree_with_the_catalogue() -> None:
    wrong = {
        code
        for code, unit in UNIT_OF.items()
        if (programmes()[code].unit == "PERSON") != (unit == "_pid")
    }
    assert wrong == set()


def test_forbidden_pairs_are_there_only_on_purpose(chunk: Chunk) -> None:
    given = receipts(chunk)
    pairs = overlaps(given, chunk).filter(pl.col("rule") == "BLT_DD_WITH_PKH_OR_SEMBAKO")
    blt = given.filter(pl.col("_rid").is_in(pairs["receipt_id"].unique().implode()))
    assert pairs.height > 0
    assert set(blt["_fault"]) <= {"EXCLUSIVE", "DECEASED", "DUPLICATE"}


def test_nobody_dead_is_paid_but_by_a_fault(chunk: Chunk) -> None:
    died = chunk.persons.select("_pid", "_died").drop_nulls()
    late = receipts(chunk).join(died, on="_pid").filter(pl.col("_start") > pl.col("_died"))
    assert late.height > 0
    assert set(late.filter(pl.col("receipt.month").is_null())["_fault"]) <= {
        "DECEASED",
        "DUPLICATE",
        "EXCLUSIVE",
    }
