"""Judge mapped rows with pandera: every failure of every row, lazily, in one pass.

The frame must be a DataFrame: pandera passes a LazyFrame without looking at its data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from validation import identifiers
from validation.base import Test
from validation.families import family_facts, family_tests
from validation.issues import none, on_rows
from validation.presence import nobody
from validation.unified import field_of, vocabulary_of

SHOWN_ROWS = 5  # rows named of a NIK that is listed again
Headings = Mapping[str, tuple[str, str]]


def check(frame: pl.DataFrame, headings: Headings, subject: str) -> pl.DataFrame:
    """Issues of mapped rows (validation.issues.SCHEMA).

    `headings` gives heading and Excel letter of each unified column; `subject` is the layout's.
    Raises nothing on bad data; a missing column simply has no tests.
    """
    frame = judged(frame)
    verdict = nobody(set(frame.columns), subject)
    if verdict is not None:
        frame = frame.with_columns(verdict.alias("#nobody"))
    if subject == "person":
        frame = frame.with_columns(family_facts(set(frame.columns)))
    tests = [t for t in _tests(frame, subject) if t.column in frame.columns]
    if not tests or not frame.height:
        return none()
    named = {f"{t.code}/{i}": t for i, t in enumerate(tests)}
    columns: dict[str, list[pa.Check]] = {}
    for name, test in named.items():
        columns.setdefault(test.column, []).append(
            pa.Check(_holds(test.holds), name=name, ignore_na=False, n_failure_cases=None)
        )
    schema = pa.DataFrameSchema(
        {name: pa.Column(nullable=True, checks=checks) for name, checks in columns.items()}
    )
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return _issues(frame, errors.failure_cases, named, headings)
    return none()


def judged(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with `#nik` and `#kk`: the problem of each identifier, null for a usable one.

    Rows that are judged already come back as they are.
    """
    names = set(frame.columns)
    problems = []
    if "person.nik" in names and "#nik" not in names:
        nik = identifiers.nik_problem(pl.col("person.nik"), _lost(names, "person.nik"))
        problems.append(nik.alias("#nik"))
    if "household.kk" in names and "#kk" not in names:
        kk = identifiers.kk_problem(pl.col("household.kk"), _lost(names, "household.kk"))
        problems.append(kk.alias("#kk"))
    return frame.with_columns(problems)


def _holds(expression: pl.Expr) -> Callable[[pa.PolarsData], pl.LazyFrame]:
    # A null verdict means "nothing to judge": the tests of presence report what is missing.
    def verdict(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(expression.fill_null(value=True))

    return verdict


def _issues(
    frame: pl.DataFrame, cases: pl.DataFrame, named: Mapping[str, Test], headings: Headings
) -> pl.DataFrame:
    """Failure cases hold row values, so only their check and index are taken."""
    hits = cases.select(name="check", index=pl.col("index").cast(pl.UInt32))
    frames = [none()]
    for (name,), group in hits.group_by("name", maintain_order=True):
        test = named[str(name)]
        place = headings.get(test.column, (test.column, None))
        rows = frame[group["index"].sort()]
        expected = pl.lit(test.expected, pl.String)
        frames.append(
            on_rows(rows, test.code, place, value=_shown(test), expected=expected, found=test.found)
        )
    return pl.concat(frames)


def _shown(test: Test) -> pl.Expr:
    if test.shown is not None:
        return test.shown
    if field_of(test.column).private:
        return pl.lit(None, pl.String)
    return pl.col(test.column).cast(pl.String).str.replace(r"\.0+$", "")


def _tests(frame: pl.DataFrame, subject: str) -> list[Test]:
    names = set(frame.columns)
    tests = _figures(names) + _terms(names) + _nik(names, subject) + _kk(names)
    return tests + _presence(names, subject) + family_tests(names, subject)


def _between(column: str, low: int, high: int) -> Test:
    shown = f"{low}-{high}"
    return Test(column, "VALUE_RANGE", pl.col(column).is_between(low, high), shown)


def _figures(names: set[str]) -> list[Test]:
    bounds = {
        "household.size": (1, 50),
        "household.floor_area": (0, 5_000),
        "ranking.national.score": (-1_000_000, 1_000_000),
        "budget.year": (2000, 2100),
        "indicator.year": (1990, 2100),
        "intervention.year": (2000, 2100),
        "receipt.year": (2000, 2100),
    }
    for scope in ("national", "province", "regency"):
        bounds[f"ranking.{scope}.decile"] = (1, 10)
        bounds[f"ranking.{scope}.percentile"] = (0, 100)
        bounds[f"ranking.{scope}.rank"] = (1, 400_000_000)
    for name in names:
        if name.startswith("asset."):
            bounds[name] = (0, 10_000)
    tests = [_between(name, *limits) for name, limits in bounds.items() if name in names]
    today = datetime.now(UTC).date()
    for name in ("person.birth_date", "receipt.date", "budget.document_date"):
        holds = pl.col(name).is_between(pl.lit(identifiers.EARLIEST_BIRTH), pl.lit(today))
        shown = pl.col(name).dt.to_string("%d/%m/%Y")
        tests.append(Test(name, "DATE_RANGE", holds, shown=shown))
    if "receipt.amount" in names:
        holds = pl.col("receipt.amount") >= 0
        tests.append(Test("receipt.amount", "VALUE_RANGE", holds, ">= 0"))
    return tests


def _terms(names: set[str]) -> list[Test]:
    """A guard of our own mapping: whatever got here must be a member of its vocabulary."""
    return [
        Test(name, "CODE_UNKNOWN", pl.col(name).is_in(sorted(vocabulary_of(name))))
        for name in sorted(names)
        if not name.startswith(("#", "programme."))
        and "." in name
        and "#" not in name
        and field_of(name).kind == "term"
    ]


def _nik(names: set[str], subject: str) -> list[Test]:
    if "person.nik" not in names:
        return []
    nik = pl.col("person.nik")
    problem = pl.col("#nik")
    shown = identifiers.masked(nik)
    usable = problem.is_null()

    def test(code: str, holds: pl.Expr, column: str = "person.nik") -> Test:
        found = {"NIK_LENGTH": nik.str.len_chars().cast(pl.String),
                 "NIK_DUPLICATE": _rows_of(_same(names, subject))}  # fmt: skip
        return Test(column, code, holds, shown=shown, found=found.get(code))

    tests = [test(code, problem.is_null() | (problem != code)) for code in identifiers.NIK_STATUS]
    tests.append(test("NIK_PREFIX_UNLISTED", ~usable | identifiers.prefix_listed(nik)))
    repeated = pl.struct(_same(names, subject)).is_duplicated()
    tests.append(test("NIK_DUPLICATE", ~(usable & repeated)))
    if "person.sex" in names:
        agrees = ~usable | identifiers.agrees_with_sex(nik, pl.col("person.sex"))
        tests.append(test("NIK_SEX_MISMATCH", agrees, "person.sex"))
    if "person.birth_date" in names:
        agrees = ~usable | identifiers.agrees_with_birth(nik, pl.col("person.birth_date"))
        tests.append(test("NIK_BIRTH_DATE_MISMATCH", agrees, "person.birth_date"))
    return tests


def _same(names: set[str], subject: str) -> list[pl.Expr]:
    """What a repeated NIK repeats; in a recipient list, the same benefit and period too."""
    key: list[pl.Expr] = [pl.when(pl.col("#nik").is_null()).then(pl.col("person.nik"))]
    if subject == "receipt":
        benefit = ("programme", "period", "month", "year", "date")
        key += [pl.col(f"receipt.{n}") for n in benefit if f"receipt.{n}" in names]
    return key


def _rows_of(key: list[pl.Expr]) -> pl.Expr:
    """The first rows that share a key, as text."""
    return pl.col("row").cast(pl.String).head(SHOWN_ROWS).str.join(", ").over(key)


def _kk(names: set[str]) -> list[Test]:
    if "household.kk" not in names:
        return []
    kk = pl.col("household.kk")
    problem = pl.col("#kk")
    shown = identifiers.masked(kk)
    return [
        Test("household.kk", code, problem.is_null() | (problem != code), shown=shown)
        for code in ("KK_MISSING", "KK_PRECISION_LOST", "KK_INVALID")
    ]


def _lost(names: set[str], column: str) -> pl.Expr:
    return pl.col(f"{column}#lost") if f"{column}#lost" in names else pl.lit(value=False)


def _presence(names: set[str], subject: str) -> list[Test]:
    if "#nobody" in names:
        return _identity(names, subject)
    required = {
        "budget": (("budget.amount", "AMOUNT_MISSING"),
                   ("budget.sub_activity_code", "FIELD_MISSING")),
        "indicator": (("indicator.value", "AMOUNT_MISSING"), ("indicator.name", "FIELD_MISSING"),
                      ("indicator.year", "FIELD_MISSING")),
        "intervention": (("intervention.programme", "FIELD_MISSING"),),
    }  # fmt: skip
    return [
        Test(column, code, pl.col(column).is_not_null())
        for column, code in required.get(subject, ())
    ]


def _identity(names: set[str], subject: str) -> list[Test]:
    """Whether a row points to somebody, and whether its name is one."""
    anchors = ("person.name", "person.nik", "household.kk", "household.key", "person.key")
    anchor = next(name for name in anchors if name in names)
    verdict = pl.col("#nobody")
    private = pl.lit(None, pl.String)
    tests = [
        Test(anchor, code, verdict.is_null() | (verdict != code), shown=private)
        for code in ("IDENTITY_MISSING", "ROW_FOOTNOTE")
    ]
    if "person.name" in names:
        name = pl.col("person.name")
        tests.append(Test("person.name", "NAME_DIGITS", ~name.str.contains(r"\d{6,}")))
        if "person.nik" in names and subject != "household":
            stated = name.is_not_null() | pl.col("person.nik").is_null()
            tests.append(Test("person.name", "NAME_MISSING", stated))
    return tests
