"""Families and their members: what they share, and the tests of whether they fit together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from validation import identifiers
from validation.base import Test

SPOUSES = ("HUSBAND", "WIFE", "SPOUSE")
UNTOLD = pl.lit(None, pl.String)


def family_key(names: set[str]) -> pl.Expr:
    """What judged rows of one family share: a usable KK, else the source's own family id."""
    usable = {
        "household.kk": pl.when(pl.col("#kk").is_null()).then(pl.col("household.kk")),
        "household.key": pl.col("household.key"),
    }
    stated = [key for name, key in usable.items() if name in names]
    return pl.coalesce([*stated, pl.lit(None, pl.String)])


def family_facts(names: set[str]) -> list[pl.Expr]:
    """What the rows of a family add up to; null where a row belongs to none.

    `#members`, and with relations `#heads`, `#spouses` and `#head_born`, the head's birth date.
    """
    if not names & {"household.kk", "household.key"}:
        return []
    family = family_key(names)
    facts = {"#members": pl.len()}
    if "person.relation" in names:
        facts |= {"#heads": _is(["HEAD"]).sum(), "#spouses": _is(SPOUSES).sum()}
    if {"person.relation", "person.birth_date"} <= names:
        facts["#head_born"] = pl.col("person.birth_date").filter(_is(["HEAD"])).first()
    return [
        pl.when(family.is_not_null()).then(fact.over(family)).alias(name)
        for name, fact in facts.items()
    ]


def family_tests(names: set[str], subject: str) -> list[Test]:
    """Tests of the family's key, of ages, and of the members beside each other."""
    return _keys(names, subject) + _ages(names) + _members(names)


def _keys(names: set[str], subject: str) -> list[Test]:
    keys = [n for n in ("household.kk", "household.key") if n in names]
    tests = []
    if subject == "household" and keys:
        usable = {
            "household.kk": pl.col("#kk").is_null(),
            "household.key": pl.col("household.key").is_not_null(),
        }
        holds = pl.any_horizontal(usable[n] for n in keys)
        tests.append(Test(keys[0], "HOUSEHOLD_KEY_MISSING", holds))
    return tests


def _is(relations: Sequence[str]) -> pl.Expr:
    return pl.col("person.relation").is_in(relations).fill_null(value=False)


def _members(names: set[str]) -> list[Test]:
    """Whether the members of a family fit together; told of the rows that do not."""
    tests = []
    if "#heads" in names:
        heads = pl.col("#heads")
        tests += [
            Test("person.relation", "HEADS_MANY", ~(_is(["HEAD"]) & (heads > 1))),
            Test("person.relation", "SPOUSES_MANY",
                 ~(_is(SPOUSES) & (heads == 1) & (pl.col("#spouses") > 1))),
        ]  # fmt: skip
    if "#head_born" in names:
        older = pl.col("person.birth_date") < pl.col("#head_born")
        wrong = _is(["CHILD"]) & (pl.col("#heads") == 1) & older
        tests.append(Test("person.birth_date", "CHILD_OLDER_THAN_HEAD", ~wrong, shown=UNTOLD))
    if {"#members", "household.size"} <= names:
        members = pl.col("#members")
        first = pl.col("row") == pl.col("row").min().over(family_key(names))
        agrees = ~first | (pl.col("household.size") == members)
        found = members.cast(pl.String)
        tests.append(Test("household.size", "FAMILY_SIZE_DIFFERS", agrees, found=found))
    return tests


def _ages(names: set[str]) -> list[Test]:
    """Ages that cannot be. They are those of today: nobody was older when the file was made."""
    if "person.birth_date" not in names:
        return []
    born = pl.col("person.birth_date")
    today = pl.lit(datetime.now(UTC).date())
    # Dates that DATE_RANGE tells of are not told again.
    aged = born.is_between(pl.lit(identifiers.EARLIEST_BIRTH), today.dt.offset_by("-121y"))
    young = born.is_between(today.dt.offset_by("-10y"), today, closed="right")
    wrong = {"AGE_IMPLAUSIBLE": aged}
    if "person.relation" in names:
        wrong["HEAD_UNDER_TEN"] = young & _is(["HEAD"])
    if "person.marital_status" in names:
        wrong["MARRIED_UNDER_TEN"] = young & (pl.col("person.marital_status") == "MARRIED")
    return [
        Test("person.birth_date", code, ~verdict, shown=UNTOLD) for code, verdict in wrong.items()
    ]
