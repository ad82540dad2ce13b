"""Write a checked delivery into the store: source rows, issues, quarantine; by COPY.

The caller owns the transaction, so that a delivery is there as a whole or not at all.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import polars as pl
import psycopg
from psycopg import sql

from adapters import jsontext
from adapters.checked import Checked, CheckedTable
from adapters.delivery import Progress, unheard
from hub.core.store.planner import make_noticed
from hub.core.store.tables import HOUSING, UNKNOWN_REGENCY, staged_name
from validation.families import family_key
from validation.identifiers import NIK_STATUS
from validation.issues import with_severity

Connection = psycopg.Connection[Any]
LEVELS = (10, 6, 4, 2)  # digits of a village, district, regency, province
SLICE = 50_000  # rows per COPY chunk: bounds the memory of the text form
QUOTE = "\x01"  # JSON is full of the usual one, which would have to be doubled
LOST_NIK = "given:person.nik"  # name in `extra` of a NIK as given that lost digits

ADDRESS = {name: f"address.{name}" for name in ("street", "hamlet", "rt", "rw")}
PERSON = {
    name: f"person.{name}"
    for name in (
        "key", "name", "sex", "birth_date", "birth_place", "mother_name", "relation",
        "marital_status", "education", "occupation", "employment_status", "life_status",
        "civil_registry_match",
    )
}  # fmt: skip
HOUSEHOLD = {name: f"household.{name}" for name in ("size", "floor_area", *HOUSING)}
BUDGET = (
    "kind", "year", "unit_code", "unit_name", "programme_code", "programme_name",
    "activity_code", "activity_name", "sub_activity_code", "sub_activity_name",
    "account_code", "account_name", "fund_source", "amount", "document_date",
)  # fmt: skip


def stage(
    connection: Connection,
    delivery_id: UUID,
    checked: Checked,
    progress: Progress = unheard,
    *,
    apart: bool = False,
) -> None:
    """COPY every table of a checked delivery, its issues and its rejected rows.

    Rows staged `apart` wait, seen by nobody, for `adopt`. `progress` is told the rows of the file
    that are in. Raises psycopg errors only.
    """
    count = _Count(progress, checked.counts()["read"])
    regency = _regency(checked)
    for table in checked.tables:
        for number, (target, frame) in enumerate(_frames(table, checked, delivery_id)):
            # Only the first frame has every row; another is drawn from some of them.
            _copy(
                connection,
                staged_name(target) if apart else target,
                frame,
                count.add if number == 0 else _uncounted,
            )
        _copy(connection, "quarantine", _quarantine(table, delivery_id, regency), count.add)
    write_issues(connection, delivery_id, checked)
    if not apart:
        rows = sum(table.accepted.height for table in checked.tables)
        make_noticed(connection, rows, "source_person", "source_household")


def write_issues(connection: Connection, delivery_id: UUID, checked: Checked) -> None:
    """COPY the issues of a delivery."""
    frame = _issues(checked.issues, delivery_id, _regency(checked))
    _copy(connection, "delivery_issue", frame)


def _regency(checked: Checked) -> str:
    """The regency under which what is said of the rows is kept."""
    region = common_region(checked)
    return region[:4] if region and len(region) >= 4 else UNKNOWN_REGENCY


def common_region(checked: Checked) -> str | None:
    """The deepest region that holds all accepted rows: a village, down from a province; else None.

    Rows of no known region do not count.
    """
    codes = {
        code
        for table in checked.tables
        for code in table.accepted["region_code"].drop_nulls().unique()
    }
    for level in LEVELS:
        heads = {code[:level] for code in codes}
        if len(heads) == 1 and all(len(code) >= level for code in codes):
            return str(heads.pop())
    return None


def _frames(
    table: CheckedTable, checked: Checked, delivery_id: UUID
) -> Iterator[tuple[str, pl.DataFrame]]:
    rows = table.accepted
    if not rows.height:
        return
    subject = table.layout.subject
    common = _common(rows, checked, delivery_id)
    if subject == "household":
        yield "source_household", rows.select(*common, *_household(rows, claims=True))
        # A head that a family file names without a NIK is found in the member file; here the
        # name stays with the family, or every file would add a person of its own.
        if "person.nik" in rows.columns:
            named = rows.filter(_stated(rows, "person.name", "person.nik"))
            people = _with_lost(named).select(*common, *_person(named, claims=False))
            yield "source_person", people
    elif subject in ("person", "receipt"):
        houses = _households_of_persons(rows)
        people = _with_lost(rows).select(*common, *_person(rows, claims=houses is None))
        yield "source_person", people
        if houses is not None:
            yield "source_household", houses.select(*common, *_household(houses, claims=True))
    elif subject == "budget":
        source = pl.lit(checked.source).alias("source")
        yield "budget_line", rows.select(*_where(delivery_id), source, *_budget(rows))
    elif subject == "indicator":
        yield "indicator", rows.select(*_where(delivery_id), *_indicator(rows))
    else:
        yield "intervention", rows.select(*_where(delivery_id), *_intervention(rows))


def _where(delivery_id: UUID) -> list[pl.Expr]:
    delivery = pl.lit(str(delivery_id)).alias("delivery_id")
    return [pl.col("regency_code"), delivery, pl.col("sheet"), pl.col("row")]


def _common(rows: pl.DataFrame, checked: Checked, delivery_id: UUID) -> list[pl.Expr]:
    reference = _column(rows, "row.reference_date", pl.Date)
    return [
        *_where(delivery_id),
        pl.lit(checked.source).alias("source"),
        pl.lit(checked.edition).alias("edition"),
        pl.coalesce(reference, pl.lit(checked.reference_date)).alias("reference_date"),
        pl.col("village_code"),
        *[_column(rows, source).alias(name) for name, source in ADDRESS.items()],
        _column(rows, "extra").alias("extra"),
    ]


def _person(rows: pl.DataFrame, *, claims: bool) -> list[pl.Expr]:
    usable = pl.col("#nik").is_null() if "#nik" in rows.columns else pl.lit(value=False)
    problem = pl.col("#nik") if "#nik" in rows.columns else pl.lit("NIK_MISSING")
    return [
        *[_column(rows, source).alias(name) for name, source in PERSON.items()],
        pl.when(usable).then(_column(rows, "person.nik")).alias("nik"),
        problem.replace_strict(NIK_STATUS, default="VALID").alias("nik_status"),
        _column(rows, "household.key").alias("household_key"),
        _kk(rows),
        _disabilities(rows),
        *_claims(claims=claims),
    ]


def _with_lost(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with a NIK that lost digits kept in `extra`: what is left of it finds the whole."""
    if not {"#nik", "extra"} <= set(rows.columns):
        return rows
    lost = pl.when(pl.col("#nik") == "NIK_PRECISION_LOST").then("person.nik")
    given = jsontext.lean(rows.select(lost.alias(LOST_NIK)))
    return rows.with_columns(jsontext.merged(pl.lit(given), pl.col("extra")).alias("extra"))


def _household(rows: pl.DataFrame, *, claims: bool) -> list[pl.Expr]:
    return [
        _column(rows, "household.key").alias("key"),
        _kk(rows),
        *[_column(rows, source).alias(name) for name, source in HOUSEHOLD.items()],
        _assets(rows),
        *_claims(claims=claims),
    ]


def _claims(*, claims: bool) -> list[pl.Expr]:
    nothing = pl.lit(None, pl.String)
    return [(pl.col(n) if claims else nothing).alias(n) for n in ("receipts", "rankings")]


def _kk(rows: pl.DataFrame) -> pl.Expr:
    usable = pl.col("#kk").is_null() if "#kk" in rows.columns else pl.lit(value=False)
    return pl.when(usable).then(_column(rows, "household.kk")).alias("kk")


def _disabilities(rows: pl.DataFrame) -> pl.Expr:
    if "person.disabilities" not in rows.columns:
        return pl.lit(None, pl.String).alias("disabilities")
    listed = pl.col("person.disabilities").list.join(",")
    array = pl.concat_str(pl.lit("{"), listed, pl.lit("}"))
    return pl.when(pl.col("person.disabilities").is_not_null()).then(array).alias("disabilities")


def _assets(rows: pl.DataFrame) -> pl.Expr:
    names = [n for n in rows.columns if n.startswith("asset.")]
    if not names:
        return pl.lit(None, pl.String).alias("assets")
    kinds = rows.select(pl.col(n).alias(n.removeprefix("asset.")) for n in names)
    return pl.lit(jsontext.lean(kinds)).alias("assets")


def carries_housing(rows: pl.DataFrame) -> bool:
    """Whether accepted rows say something of the dwelling or the goods of a family."""
    return any(n in HOUSEHOLD.values() or n.startswith("asset.") for n in rows.columns)


def _households_of_persons(rows: pl.DataFrame) -> pl.DataFrame | None:
    """One row per family from person rows that also carry housing; None when they carry none."""
    if not carries_housing(rows):
        return None
    alone = pl.concat_str(pl.col("sheet"), pl.lit("/"), pl.col("row"))
    keyed = rows.with_columns(pl.coalesce(family_key(set(rows.columns)), alone).alias("#family"))
    return keyed.unique("#family", keep="first", maintain_order=True)


def _budget(rows: pl.DataFrame) -> list[pl.Expr]:
    return [
        *[_column(rows, f"budget.{name}").alias(name) for name in BUDGET],
        _column(rows, "extra").alias("extra"),
    ]


def _indicator(rows: pl.DataFrame) -> list[pl.Expr]:
    names = {"year": "year", "name": "name", "unit": "unit", "value": "value",
             "data_source": "source", "disaggregation": "disaggregation"}  # fmt: skip
    return [
        _column(rows, "region_code").alias("region_code"),
        *[_column(rows, f"indicator.{source}").alias(name) for name, source in names.items()],
        _column(rows, "extra").alias("extra"),
    ]


def _intervention(rows: pl.DataFrame) -> list[pl.Expr]:
    names = ("year", "priority", "programme", "sub_activity_code", "target", "ceiling")
    return [
        _column(rows, "region_code").alias("region_code"),
        *[_column(rows, f"intervention.{name}").alias(name) for name in names],
        _column(rows, "extra").alias("extra"),
    ]


def _quarantine(table: CheckedTable, delivery_id: UUID, regency: str) -> pl.DataFrame:
    cells = table.rejected.select(
        pl.col(name).alias(heading.replace('"', "'")) for name, heading in table.headings.items()
    )
    return table.rejected.select(
        pl.lit(regency).alias("regency_code"),
        pl.lit(str(delivery_id)).alias("delivery_id"),
        pl.lit(table.sheet, pl.Int16).alias("sheet"),
        pl.col("row"),
        jsontext.lean(cells).fill_null("{}").alias("cells"),
    )


def _issues(issues: pl.DataFrame, delivery_id: UUID, regency: str) -> pl.DataFrame:
    detail = jsontext.lean(issues.select("value", "expected", "found"))
    return (
        with_severity(issues)
        .with_row_index("seq", 1)
        .select(
            pl.lit(regency).alias("regency_code"),
            pl.lit(str(delivery_id)).alias("delivery_id"),
            "seq",
            "sheet",
            "row",
            pl.col("column").alias("column_name"),
            pl.col("letter").alias("column_letter"),
            "code",
            "severity",
            detail.fill_null("{}").alias("detail"),
        )
    )


def _stated(rows: pl.DataFrame, *names: str) -> pl.Expr:
    return pl.any_horizontal(pl.col(n).is_not_null() for n in names if n in rows.columns)


def _column(rows: pl.DataFrame, name: str, dtype: type[pl.DataType] = pl.String) -> pl.Expr:
    return pl.col(name) if name in rows.columns else pl.lit(None, dtype)


class _Count:
    """Rows of the file that are in, told after every chunk."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self.add(0)

    def add(self, rows: int) -> None:
        self._done += rows
        self._progress("stage", self._done, self._total)


def _uncounted(_: int) -> None:
    pass


def _copy(
    connection: Connection,
    table: str,
    frame: pl.DataFrame,
    count: Callable[[int], None] = _uncounted,
) -> None:
    if not frame.height:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    statement = sql.SQL("copy {} ({}) from stdin (format csv, null '\\N', quote {})").format(
        sql.Identifier(table), columns, sql.Literal(QUOTE)
    )
    with connection.cursor().copy(statement) as copy:
        for part in frame.iter_slices(SLICE):
            buffer = io.BytesIO()
            part.write_csv(buffer, include_header=False, null_value="\\N", quote_char=QUOTE)
            copy.write(buffer.getvalue())
            count(part.height)
