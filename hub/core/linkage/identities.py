"""One number, how many people? Rows of one valid NIK, told apart by what else they say.

Pure. The first row in a fixed order keeps the NIK, the civil registry's before all; every other
joins the first person whose own first row it agrees with. So the outcome depends on the rows
alone, never on the order in which they came, and a row between two people does not make them one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import polars as pl

from hub.core.linkage import addresses
from hub.core.linkage.names import similarity
from mappings.model import NikPolicy
from validation.identifiers import agrees_with_birth

REGISTRY = "DUKCAPIL"

ROW = {
    "nik": pl.String, "regency_code": pl.String, "id": pl.String, "source": pl.String,
    "trust": pl.Int32, "delivery_id": pl.String, "sheet": pl.Int32, "row": pl.Int32,
    "reference_date": pl.Date, "name": pl.String, "sex": pl.String, "birth_date": pl.Date,
    "mother_name": pl.String, "listing": pl.String, "village_code": pl.String,
    **dict.fromkeys(addresses.FIELDS, pl.String),
}  # fmt: skip
"""Columns of a row to be told apart; `trust` is the place of its source, `listing` its family."""

_SAID = ("name", "birth_date", "sex")
_EVIDENCE = (*_SAID, "mother_name", "village_code", "listing", "delivery_id", *addresses.FIELDS)
KEEPS = 0
"""Number of the person who keeps the NIK."""


@dataclass(frozen=True)
class Told:
    """Rows told apart.

    `rows` has nik, id and person: 0 keeps the NIK, others are numbered from 1. `reviews` has what
    a person should look at: kind, the row set apart (regency_code, id), the one it is set apart
    from (other_regency_code, other_id; null where nobody keeps the number) and the evidence.
    """

    rows: pl.DataFrame
    reviews: list[dict[str, Any]]


def tell_apart(rows: pl.DataFrame, judged: pl.DataFrame, policy: NikPolicy) -> Told:
    """Tell the people behind each NIK apart.

    `rows` has the columns of ROW. `judged` (left, right, same) holds what somebody decided of two
    rows by their ids; it wins over everything else.
    """
    rows = _in_order(rows, judged)
    people = rows.unique(["nik", "who"], keep="first", maintain_order=True)
    overused = people.group_by("nik").len().filter(pl.col("len") > policy.most_people)
    few = rows.join(overused, on="nik", how="anti", maintain_order="left")
    persons = pl.concat(
        [_persons(few, judged, policy), _each_alone(people.join(overused, on="nik", how="semi"))]
    )
    told = rows.join(persons, on=["nik", "who"], maintain_order="left")
    return Told(
        told.select("nik", "regency_code", "id", "person"),
        [*_apart(told.join(overused, on="nik", how="anti"), judged), *_nobodys(told, overused)],
    )


def _in_order(rows: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Rows by their claim on the number, and `who`: rows that say exactly the same are one.

    A row that somebody has judged stands for itself.
    """
    fits = agrees_with_birth(pl.col("nik"), pl.col("birth_date")).fill_null(value=False)
    newest = -pl.col("reference_date").to_physical()
    order = (
        pl.col("source") != REGISTRY, ~fits, pl.col("trust"), newest, *_SAID, "mother_name",
        "delivery_id", "sheet", "row",
    )  # fmt: skip
    ordered = rows.sort("nik", *order, nulls_last=True)
    looked_at = pl.concat([judged["left"], judged["right"]])
    own = pl.when(pl.col("id").is_in(looked_at.implode())).then("id").alias("own")
    who = pl.struct("nik", *_SAID, own).rank("dense").cast(pl.Int64)
    return ordered.with_columns(who.alias("who"))


def _persons(rows: pl.DataFrame, judged: pl.DataFrame, policy: NikPolicy) -> pl.DataFrame:
    """The person (nik, who, person) of every distinct statement, by agreement."""
    verdicts = _verdicts(rows, judged, policy)
    found: list[tuple[str, int, int]] = []
    for (nik,), group in rows.group_by("nik", maintain_order=True):
        persons: list[list[int]] = []
        first, *others = group["who"].unique(maintain_order=True)
        # What was judged is in place before others are compared with it.
        for who in (first, *sorted(others, key=lambda who: not verdicts.judged[who])):
            number = verdicts.place(who, persons)
            if number == len(persons):
                persons.append([])
            persons[number].append(who)
            found.append((str(nik), who, number))
    return pl.DataFrame(
        found, {"nik": pl.String, "who": pl.Int64, "person": pl.Int64}, orient="row"
    )


@dataclass(frozen=True)
class _Verdicts:
    """By statement: which others are the same person, were judged to be, and can never be."""

    joins: dict[int, set[int]]
    judged: dict[int, set[int]]
    parts: dict[int, set[int]]

    def place(self, who: int, persons: list[list[int]]) -> int:
        """The first of the persons that a statement belongs to, or the number of a new one."""
        possible = [n for n, said in enumerate(persons) if self.parts[who].isdisjoint(said)]
        decided = (n for n in possible if not self.judged[who].isdisjoint(persons[n]))
        agreeing = (n for n in possible if not self.joins[who].isdisjoint(self._heads(persons[n])))
        return next(decided, next(agreeing, len(persons)))

    def _heads(self, said: list[int]) -> list[int]:
        """Whom others are compared with: the first, and whoever was judged to be the same."""
        return [said[0], *(who for who in said if self.judged[who])]


def _verdicts(rows: pl.DataFrame, judged: pl.DataFrame, policy: NikPolicy) -> _Verdicts:
    people = rows.unique("who", maintain_order=True).select("nik", "who", *_SAID)
    pairs = people.join(people, on="nik", suffix="_r").filter(pl.col("who") < pl.col("who_r"))
    alike = similarity(pairs["name"], pairs["name_r"]) >= policy.name_similarity
    born = pl.col("birth_date") == pl.col("birth_date_r")
    one_sex = (pl.col("sex") == pl.col("sex_r")).fill_null(value=True)
    unopposed = pl.col("alike").fill_null(value=True) & born.fill_null(value=True)
    # Listed one beside the other in one family, they must not differ in anything: that is how
    # twins, siblings and a father and his namesake come to share a number.
    agree = pl.when("together").then(unopposed).otherwise(
        pl.col("alike").fill_null(value=False) | (born & one_sex).fill_null(value=False) | unopposed
    )  # fmt: skip
    pairs = (
        pairs.with_columns(alike.alias("alike"))
        .join(_together(rows), on=["who", "who_r"], how="left")
        .join(_judged(rows, judged), on=["who", "who_r"], how="left")
        .with_columns(pl.col("together").fill_null(value=False))
        .with_columns(agree.alias("agree"))
    )
    parts = pl.coalesce(~pl.col("same"), pl.col("together") & ~pl.col("agree"))
    return _Verdicts(
        joins=_neighbours(pairs.filter(pl.coalesce("same", "agree"))),
        judged=_neighbours(pairs.filter("same")),
        parts=_neighbours(pairs.filter(parts)),
    )


def _together(rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs of statements (who, who_r, together) that one delivery lists in one family."""
    listed = rows.select("nik", "who", "delivery_id", "listing").unique().drop_nulls()
    both = listed.join(listed, on=["nik", "delivery_id", "listing"], suffix="_r")
    both = both.filter(pl.col("who") < pl.col("who_r")).select("who", "who_r").unique()
    return both.with_columns(pl.lit(value=True).alias("together"))


def _judged(rows: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """What was decided, by statement (who, who_r, same); of two judgements "different" holds."""
    who = rows.select("id", "who")
    pairs = judged.join(who, left_on="left", right_on="id").join(
        who, left_on="right", right_on="id", suffix="_r"
    )
    ordered = pairs.select(
        pl.min_horizontal("who", "who_r").alias("who"),
        pl.max_horizontal("who", "who_r").alias("who_r"),
        "same",
    )
    return ordered.group_by("who", "who_r").agg(pl.col("same").all())


def _neighbours(pairs: pl.DataFrame) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for left, right in pairs.select("who", "who_r").iter_rows():
        found[left].add(right)
        found[right].add(left)
    return found


def _each_alone(people: pl.DataFrame) -> pl.DataFrame:
    """Of a number that too many use: the civil registry's own row keeps it, or nobody does."""
    first = pl.int_range(pl.len()).over("nik")
    kept = (pl.col("source") == REGISTRY).first().over("nik")
    return people.select(
        "nik", "who", pl.when(kept).then(first).otherwise(first + 1).alias("person")
    )


def _apart(told: pl.DataFrame, judged: pl.DataFrame) -> list[dict[str, Any]]:
    """A review for every person set apart, unless somebody has judged the two already."""
    first = told.unique(["nik", "person"], keep="first", maintain_order=True)
    pairs = first.filter(pl.col("person") != KEEPS).join(
        first.filter(pl.col("person") == KEEPS), on="nik", suffix="_r", maintain_order="left"
    )
    settled = _settled(told, judged)
    pairs = pairs.join(settled, on=["nik", "person"], how="anti", maintain_order="left")
    return [
        {"kind": "SHARED_NIK", "evidence": evidence, **row}
        for evidence, row in zip(_evidence(pairs), _sides(pairs), strict=True)
    ]


def _settled(told: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """People (nik, person) of whom a row was judged with a row of who keeps the number."""
    both = pl.concat([judged, judged.select(left="right", right="left", same="same")])
    person = told.select("nik", "id", "person")
    keeper = person.filter(pl.col("person") == KEEPS).select("id")
    return (
        both.join(keeper, left_on="right", right_on="id", how="semi")
        .join(person, left_on="left", right_on="id")
        .select("nik", "person")
        .unique()
    )


def _evidence(pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """What speaks for one person and what against, field by field; null where nothing is said."""

    def side(suffix: str) -> pl.DataFrame:
        return pairs.select(pl.col(f"{name}{suffix}").alias(name) for name in _EVIDENCE)

    left, right = side(""), side("_r")
    here = left["village_code"] == right["village_code"]
    listed = (left["listing"] == right["listing"]) & (left["delivery_id"] == right["delivery_id"])
    address = pl.DataFrame({"here": here, "agree": addresses.agreement(left, right)})
    return pl.DataFrame(
        {
            "name": similarity(left["name"], right["name"]),
            "birthDate": left["birth_date"] == right["birth_date"],
            "sex": left["sex"] == right["sex"],
            "motherName": similarity(left["mother_name"], right["mother_name"]),
            "village": here,
            # Streets and RTs of the same name are in every village.
            "address": address.select(pl.when("here").then("agree")).to_series(),
            "listedTogether": listed.fill_null(value=False),
        }
    ).to_dicts()


def _sides(pairs: pl.DataFrame) -> list[dict[str, Any]]:
    return pairs.select(
        "regency_code", "id", other_regency_code="regency_code_r", other_id="id_r"
    ).to_dicts()


def _nobodys(told: pl.DataFrame, overused: pl.DataFrame) -> list[dict[str, Any]]:
    """One review for each number that too many use, at its first row."""
    first = told.join(overused, on="nik", maintain_order="left").unique(
        "nik", keep="first", maintain_order=True
    )
    return [
        {
            "kind": "OVERUSED_NIK",
            "evidence": {"people": people},
            "regency_code": regency,
            "id": identity,
            "other_regency_code": None,
            "other_id": None,
        }
        for regency, identity, people in first.select("regency_code", "id", "len").iter_rows()
    ]
