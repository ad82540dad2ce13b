"""The members of households: who they are, what they learned and what they do."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.demo.draws import Draws, Weights, by_welfare, drawn
from hub.demo.names import FEMALE, FEMALE_SECOND, MALE, MALE_SECOND, TITLES, TOWNS

TODAY = date(2026, 1, 1)
"""Ages are as of this day; nobody is born or dies after it."""

_RELATION = pl.col("person.relation")
_AGE = pl.col("_age")
_FEMALE = pl.col("person.sex") == "FEMALE"
OTHERS = (
    ("CHILD", 0.84), ("GRANDCHILD", 0.05), ("PARENT", 0.04), ("PARENT_IN_LAW", 0.02),
    ("CHILD_IN_LAW", 0.02), ("OTHER_RELATIVE", 0.03),
)  # fmt: skip
FINISHED: Weights = (
    ("NOT_SCHOOLED", 8, 0.5), ("PRIMARY_INCOMPLETE", 17, 2), ("PRIMARY", 42, 14),
    ("LOWER_SECONDARY", 18, 15), ("UPPER_SECONDARY", 13, 42), ("DIPLOMA_1_2", 0.2, 1.5),
    ("DIPLOMA_3", 0.3, 4), ("BACHELOR", 1, 18), ("MASTER", 0, 2), ("DOCTORATE", 0, 0.2),
)  # fmt: skip
JOBS: Weights = (
    ("NOT_WORKING", 9, 6), ("FARMER", 24, 15), ("LIVESTOCK_FARMER", 2, 1), ("FISHER", 4, 1),
    ("TRADER", 6, 13), ("CIVIL_SERVANT_OR_FORCES", 0, 12), ("VILLAGE_OFFICIAL", 0.3, 1.5),
    ("STATE_COMPANY_EMPLOYEE", 0, 2), ("PRIVATE_EMPLOYEE", 5, 20), ("SELF_EMPLOYED", 7, 18),
    ("PROFESSIONAL", 0, 3), ("CRAFT_OR_SERVICE_WORKER", 8, 4), ("CASUAL_WORKER", 20, 3),
    ("FARM_LABOURER", 13, 0.5), ("DOMESTIC_WORKER", 1.5, 0.1), ("OTHER", 0.5, 0.3),
)  # fmt: skip
STATUS_OF_JOB = {
    "FARMER": "EMPLOYER_UNPAID", "LIVESTOCK_FARMER": "OWN_ACCOUNT", "FISHER": "OWN_ACCOUNT",
    "TRADER": "OWN_ACCOUNT", "CIVIL_SERVANT_OR_FORCES": "PUBLIC_EMPLOYEE",
    "VILLAGE_OFFICIAL": "PUBLIC_EMPLOYEE", "STATE_COMPANY_EMPLOYEE": "PUBLIC_EMPLOYEE",
    "PRIVATE_EMPLOYEE": "PRIVATE_EMPLOYEE", "SELF_EMPLOYED": "EMPLOYER_PAID",
    "PROFESSIONAL": "PRIVATE_EMPLOYEE", "CRAFT_OR_SERVICE_WORKER": "OWN_ACCOUNT",
    "CASUAL_WORKER": "CASUAL_OTHER", "FARM_LABOURER": "CASUAL_FARM",
    "DOMESTIC_WORKER": "PRIVATE_EMPLOYEE", "OTHER": "FAMILY_WORKER",
}  # fmt: skip
DISABILITIES = (
    ("PHYSICAL", 8), ("VISUAL", 5), ("HEARING", 4), ("SPEECH", 2), ("INTELLECTUAL", 3),
    ("MENTAL", 3), ("FORMER_MENTAL_PATIENT", 1), ("HEARING+SPEECH", 2), ("PHYSICAL+VISUAL", 1),
)  # fmt: skip
DISABLED = 0.025


def persons(households: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    """One row per member: _hid, _pid, k.village, _died and every person.* but NIK and key."""
    rows = _members(households, draws)
    for step in (_relations, _ages, _names, _family, _work, _health):
        rows = step(rows, draws)
    return rows.drop("_welfare", "_place", "_age", "_couple", "_head_age", "_r", "_s", "_a")


def _members(households: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    count = households.height
    frame = households.select("_hid", "k.village", "_welfare", "_size").with_columns(
        (draws.uniform("couple", count) < 0.82).alias("_couple"),
        (24 + draws.uniform("head_age", count).pow(1.3) * 62).cast(pl.Int64).alias("_head_age"),
    )
    rows = frame.with_columns(pl.int_ranges("_size").alias("_place")).drop("_size")
    rows = rows.explode("_place")
    return rows.with_columns(
        (pl.col("_hid") * 10 + pl.col("_place")).alias("_pid"),
        *(draws.uniform(name, rows.height).alias(f"_{name}") for name in "rsa"),
    )


def _relations(rows: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    place = pl.col("_place")
    relation = (
        pl.when(place == 0)
        .then(pl.lit("HEAD"))
        .when((place == 1) & pl.col("_couple"))
        .then(pl.lit("WIFE"))
        .otherwise(drawn(OTHERS, "_r"))
    )
    rows = rows.with_columns(relation.alias("person.relation"))
    woman = (
        pl.when(_RELATION == "WIFE")
        .then(pl.lit(True))
        .when(_RELATION == "HEAD")
        .then(~pl.col("_couple") & (pl.col("_s") < 0.75))
        .otherwise(pl.col("_s") < 0.5)
    )
    sex = pl.when(woman).then(pl.lit("FEMALE")).otherwise(pl.lit("MALE"))
    return rows.with_columns(sex.alias("person.sex"))


def _ages(rows: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    head, some = pl.col("_head_age"), pl.col("_a")
    age = (
        pl.when(_RELATION == "HEAD").then(head)
        .when(_RELATION == "WIFE").then(head - 6 + some * 8)
        .when(_RELATION == "CHILD").then(head - 20 - some * 18)
        .when(_RELATION == "GRANDCHILD").then((head - 42) * some)
        .when(_RELATION == "CHILD_IN_LAW").then(pl.max_horizontal(head - 24, 19) + some * 4)
        .when(_RELATION == "OTHER_RELATIVE").then(some * 80)
        .otherwise(pl.min_horizontal(head + 18 + some * 12, 95))
    ).cast(pl.Int64).clip(0, 97)  # fmt: skip
    rows = rows.with_columns(age.alias("_age"))
    days = draws.below("birthday", 365, rows.height)
    born = pl.lit(TODAY) - pl.duration(days=(_AGE * 365.25).cast(pl.Int64) + days + 1)
    rows = rows.with_columns(
        born.cast(pl.Date).alias("person.birth_date"),
        draws.pick("birth_place", TOWNS, rows.height)
        .str.to_uppercase()
        .alias("person.birth_place"),
    )
    return rows.with_columns(_death(draws, rows.height))


def _death(draws: Draws, count: int) -> pl.Expr:
    """Date of death in 2022 to 2025 for a few, more of them old."""
    dies = draws.uniform("dies", count) < (0.003 + 0.0009 * pl.max_horizontal(_AGE - 40, 0))
    day = pl.lit(TODAY) - pl.duration(days=pl.lit(draws.below("died", 1_400, count) + 1))
    born_before = day.cast(pl.Date) > pl.col("person.birth_date")
    return pl.when(dies & born_before).then(day.cast(pl.Date)).alias("_died")


def _names(rows: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    count = rows.height
    first = {s: draws.pick(f"first {s}", n, count) for s, n in (("M", MALE), ("F", FEMALE))}
    last = {
        s: draws.pick(f"last {s}", n, count) for s, n in (("M", MALE_SECOND), ("F", FEMALE_SECOND))
    }
    father = draws.pick("father", MALE, count)
    form = draws.uniform("name form", count)
    male = pl.when(form < 0.18).then(first["M"]).when(form < 0.25).then(
        first["M"] + " BIN " + father
    ).otherwise(first["M"] + " " + last["M"])  # fmt: skip
    female = pl.when(form < 0.22).then(first["F"]).when(form < 0.28).then(
        first["F"] + " BINTI " + father
    ).otherwise(first["F"] + " " + last["F"])  # fmt: skip
    title = pl.col("person.sex").replace_strict(TITLES)
    pilgrim = (_AGE > 45) & (draws.uniform("pilgrim", count) < 0.08 * pl.col("_welfare"))
    name = pl.when(_FEMALE).then(female).otherwise(male)
    mother = draws.pick("mother", FEMALE, count)
    return rows.with_columns(
        pl.when(pilgrim).then(title + name).otherwise(name).str.to_uppercase().alias("person.name"),
        mother.str.to_uppercase().alias("person.mother_name"),
    )


def _family(rows: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    """Marital status, and the wife as mother of the children."""
    draw = draws.uniform("marital", rows.height)
    alone = (
        pl.when(draw < 0.68).then(pl.lit("WIDOWED"))
        .when(draw < 0.93).then(pl.lit("DIVORCED")).otherwise(pl.lit("SINGLE"))
    )  # fmt: skip
    married = (
        (_RELATION == "WIFE")
        | (_RELATION == "CHILD_IN_LAW")
        | ((_RELATION == "HEAD") & pl.col("_couple"))
        | ((_RELATION == "CHILD") & (_AGE > 22) & (draw < 0.2))
    )
    status = (
        pl.when(married).then(pl.lit("MARRIED"))
        .when(_RELATION.is_in(["HEAD", "PARENT", "PARENT_IN_LAW"])).then(alone)
        .when(_AGE > 60).then(alone).otherwise(pl.lit("SINGLE"))
    )  # fmt: skip
    wife = pl.col("person.name").filter(_RELATION == "WIFE").first().over("_hid")
    mother = pl.when(_RELATION == "CHILD").then(pl.coalesce(wife, "person.mother_name"))
    return rows.with_columns(
        status.alias("person.marital_status"),
        mother.otherwise(pl.col("person.mother_name")).alias("person.mother_name"),
    )


def _work(rows: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    count = rows.height
    rows = rows.with_columns(
        draws.uniform("school", count).alias("_e"), draws.uniform("job", count).alias("_j")
    )
    pupil = pl.col("_e") < 0.35 + 0.6 * pl.col("_welfare")
    education = (
        pl.when(_AGE < 6).then(pl.lit("NOT_SCHOOLED"))
        .when(_AGE < 13).then(pl.lit("IN_PRIMARY"))
        .when((_AGE < 16) & (pl.col("_e") < 0.94)).then(pl.lit("IN_LOWER_SECONDARY"))
        .when((_AGE < 19) & (pl.col("_e") < 0.85)).then(pl.lit("IN_UPPER_SECONDARY"))
        .when((_AGE < 23) & pupil & (pl.col("_welfare") > 0.5)).then(pl.lit("IN_TERTIARY"))
        .when(_AGE < 19).then(pl.lit("PRIMARY"))
        .otherwise(by_welfare(FINISHED, "_welfare", "_e"))
    )  # fmt: skip
    rows = rows.with_columns(education.alias("person.education"))
    studies = pl.col("person.education").str.starts_with("IN_")
    home = _FEMALE & (_AGE > 18) & (draws.uniform("home", count) < 0.5)
    job = (
        pl.when(studies).then(pl.lit("STUDENT"))
        .when((_AGE < 16) | (_AGE > 78)).then(pl.lit("NOT_WORKING"))
        .when((_AGE > 60) & (pl.col("_welfare") > 0.8)).then(pl.lit("RETIRED"))
        .when(home).then(pl.lit("HOMEMAKER"))
        .otherwise(by_welfare(JOBS, "_welfare", "_j"))
    )  # fmt: skip
    rows = rows.with_columns(job.alias("person.occupation")).drop("_e", "_j")
    status = pl.col("person.occupation").replace_strict(STATUS_OF_JOB, default=None)
    return rows.with_columns(status.alias("person.employment_status"))


def _health(rows: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    count = rows.height
    rows = rows.with_columns(draws.uniform("disability", count).alias("_d"))
    disabled = draws.uniform("disabled", count) < DISABLED
    kinds = pl.when(disabled).then(drawn(DISABILITIES, "_d"))
    return rows.with_columns(kinds.alias("person.disabilities")).drop("_d")


def with_family(persons: pl.DataFrame) -> pl.DataFrame:
    """Adds what a row may say about the household: head and wife, small children."""
    born, fertile = pl.col("person.birth_date"), date(1973, 1, 1)
    wife = _RELATION == "WIFE"
    return persons.with_columns(
        pl.col("person.name").filter(_RELATION == "HEAD").first().over("_hid").alias("_head_name"),
        pl.col("person.name").filter(wife).first().over("_hid").alias("_wife_name"),
        _any(born.is_between(date(2020, 10, 1), date(2022, 9, 30)), "_under_two"),
        _any(born.is_between(date(2017, 10, 1), date(2020, 9, 30)), "_under_five"),
        _any(wife & (born > fertile), "_couple_fertile"),
    )


def _any(condition: pl.Expr, name: str) -> pl.Expr:
    """Whether it holds for anyone of the household."""
    return condition.any().over("_hid").alias(name)
