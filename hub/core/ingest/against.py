"""What the accepted rows of a file say of people and families that the registry says otherwise.

Nothing is rejected for it: either may be right, so every finding is for a person to look at. What
is told is of the file; of the registry only a date, or a KK number masked, never a name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import tuple_row
from psycopg.sql import SQL
from psycopg.sql import Literal as Value
from rapidfuzz import fuzz, utils

from adapters.checked import Checked, CheckedTable, HeadedTable
from hub.core.ingest.stage import SLICE
from hub.core.store.roles import act_as_importer
from hub.core.store.scope import EVERYWHERE, Scope
from hub.core.store.statement import Statement
from validation.identifiers import masked
from validation.issues import none, on_rows

UNLIKE = 60  # likeness, of 100, below which two names are not those of one person
CLOSE = 183  # days between two editions in which a family seldom gets another KK number
YEAR = 366  # days
NAMELESS = "(tanpa nama)"  # whom hub.core.registry.golden found no name for

_ROWS: dict[str, pl.DataType] = {
    "sheet": pl.Int16(),
    "row": pl.UInt32(),
    "nik": pl.String(),
    "kk": pl.String(),
    "name": pl.String(),
    "sex": pl.String(),
    "born": pl.Date(),
    "stated_on": pl.Date(),
    "head": pl.Boolean(),
    "living": pl.Boolean(),
    "revived": pl.Boolean(),
}
_BEGIN = """
create temp table checked_row (n int, nik text, kk text, name text, sex text, born date,
                               stated_on date, head boolean, living boolean,
                               revived boolean)
on commit drop
"""
_COPY = "copy checked_row from stdin (format csv, null '\\N')"
# The date of a golden value is the last at which a row of the person stated it.
_STATED = """
left join lateral (
  select max(s.reference_date) as on_date
  from person_link l
  join source_person s on s.regency_code = l.regency_code and s.id = l.source_id
  where l.target_regency_code = p.regency_code and l.target_id = p.id and s.kk = h.kk and {also}
) said on true
"""
_PERSONS = """
select c.n, p.birth_date, c.sex <> p.sex,
       case when c.living and not c.revived and p.deceased_since <= c.stated_on
            then p.deceased_since end,
       case when said.on_date between c.stated_on - {close} and c.stated_on + {close}
            then h.kk end,
       case when upper(p.name) <> upper(c.name) then nullif(p.name, {nameless}) end
from checked_row c
join person p on p.nik = c.nik and {person_scope}
left join household h on h.regency_code = p.regency_code and h.id = p.household_id
                     and h.kk <> c.kk and {household_scope}
""" + _STATED.replace("{also}", "h.kk is not null")
_PERSON = {
    "n": pl.UInt32(),
    "known_born": pl.Date(),
    "other_sex": pl.Boolean(),
    "deceased": pl.Date(),
    "known_kk": pl.String(),
    "known_name": pl.String(),
}
# A head who is in the file too was judged there, or is said to have left. Two NIKs are two people;
# without them the names tell.
_HEADS = (
    """
select c.n, coalesce(c.nik <> p.nik, false), nullif(p.name, {nameless})
from checked_row c
join household h on h.kk = c.kk and {household_scope}
join person p on p.regency_code = h.regency_code and p.id = h.head_person_id and {person_scope}
"""
    + _STATED.replace("{also}", "s.relation = 'HEAD'")
    + """
where c.head and c.living and p.life_status <> 'DECEASED'
  and (c.nik <> p.nik or c.nik is null or p.nik is null)
  and c.stated_on >= coalesce(said.on_date, c.stated_on)
  and not exists (select from checked_row o where o.nik = p.nik)
"""
)
_HEAD = {"n": pl.UInt32(), "two_niks": pl.Boolean(), "known_name": pl.String()}


def against_registry(
    connection: Connection[Any], checked: Checked, regions: tuple[str, ...] = (EVERYWHERE,)
) -> pl.DataFrame:
    """Issues (validation.issues.SCHEMA) where accepted rows disagree with the registry.

    Only people and families in `regions` (prefixes, "" is all of Indonesia) are compared. Raises
    ScopeError when one is no region. Writes nothing but a temporary table; a transaction of the
    caller's acts as the importer from here on.
    """
    tables = [_rows(table, checked) for table in checked.tables]
    rows = pl.concat([pl.DataFrame(schema=_ROWS), *tables])
    # A row without NIK is compared only as the head of its family.
    rows = rows.filter(pl.col("nik").is_not_null() | (pl.col("head") & pl.col("kk").is_not_null()))
    rows = rows.with_row_index("n")
    scope = Scope(regions)
    with connection.transaction():
        act_as_importer(connection)
        if not rows.height or not _any(connection):
            return none()
        _load(connection, rows)
        persons = rows.join(_answers(connection, _PERSONS, _PERSON, scope), on="n")
        heads = rows.join(_answers(connection, _HEADS, _HEAD, scope), on="n")
    persons, heads = _with_likeness(persons), _with_likeness(heads)
    told = [
        found
        for table in checked.headed
        for its in [pl.col("sheet") == table.sheet]
        for found in _issues(table, persons.filter(its), heads.filter(its))
    ]
    # A NIK that the registry holds twice is not told twice.
    return (
        pl.concat([none(), *told])
        .unique(["sheet", "row", "code"], keep="first", maintain_order=True)
        .sort("sheet", "row", "letter", maintain_order=True)
    )


def _rows(table: CheckedTable, checked: Checked) -> pl.DataFrame:
    """What is compared of the rows of a table; null where the table does not state it."""
    names = set(table.accepted.columns)

    def column(name: str, problem: str | None = None) -> pl.Expr:
        if name not in names:
            return pl.lit(None)
        return pl.when(pl.col(problem).is_null()).then(name) if problem else pl.col(name)

    def says(name: str, term: str) -> pl.Expr:
        return (column(name) == term).fill_null(value=False)

    dead = says("person.life_status", "DECEASED") | says("person.civil_registry_match", "DECEASED")
    values = {
        "sheet": pl.col("sheet"),
        "row": pl.col("row"),
        "nik": column("person.nik", "#nik"),
        "kk": column("household.kk", "#kk"),
        "name": column("person.name"),
        "sex": column("person.sex"),
        "born": column("person.birth_date"),
        "stated_on": pl.coalesce(column("row.reference_date"), pl.lit(checked.reference_date)),
        "head": says("person.relation", "HEAD"),
        "living": ~dead,
        # The civil registry may correct itself, see hub.core.registry.golden.
        "revived": says("person.life_status", "ALIVE") & pl.lit(checked.source == "DUKCAPIL"),
    }
    return table.accepted.select(
        values[name].cast(kind).alias(name) for name, kind in _ROWS.items()
    )


def _any(connection: Connection[Any]) -> bool:
    """Whether the registry holds anybody."""
    return connection.execute("select from person limit 1").fetchone() is not None


def _load(connection: Connection[Any], rows: pl.DataFrame) -> None:
    connection.execute("drop table if exists checked_row")
    connection.execute(_BEGIN)
    with connection.cursor().copy(_COPY) as copy:
        for part in rows.drop("sheet", "row").iter_slices(SLICE):
            copy.write(part.write_csv(include_header=False, null_value="\\N"))
    connection.execute("create index on checked_row (nik)")
    connection.execute("analyze checked_row")


def _answers(
    connection: Connection[Any], query: str, schema: dict[str, pl.DataType], scope: Scope
) -> pl.DataFrame:
    statement = Statement(scope)
    composed = SQL(query).format(
        close=Value(CLOSE),
        nameless=Value(NAMELESS),
        person_scope=statement.in_scope("p"),
        household_scope=statement.in_scope("h"),
    )
    with connection.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute(composed, statement.params).fetchall()
    return pl.DataFrame(found, schema=schema, orient="row")


def _with_likeness(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `unlike`: whether the registry's name is that of somebody else."""
    alike = [
        fuzz.token_set_ratio(ours, theirs, processor=utils.default_process)
        if ours is not None and theirs is not None
        else None
        for ours, theirs in rows.select("name", "known_name").iter_rows()
    ]
    return rows.with_columns(pl.Series("unlike", alike, dtype=pl.Float64) < UNLIKE)


def _issues(
    table: HeadedTable, persons: pl.DataFrame, heads: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    places = {c.target: (c.heading, c.letter) for c in table.columns if c.target}

    def told(
        rows: pl.DataFrame, code: str, *targets: str, expected: pl.Expr | None = None,
        found: pl.Expr | None = None,
    ) -> pl.DataFrame:  # fmt: skip
        place = next((places[name] for name in targets if name in places), (None, None))
        value = pl.when(pl.col("nik").is_not_null()).then(masked(pl.col("nik")))
        return on_rows(rows, code, place, value=value, expected=expected, found=found)

    nik, kk, born = "person.nik", "household.kk", "person.birth_date"
    yield told(
        heads.filter(pl.col("two_niks") | pl.col("unlike")),
        "REGISTRY_HEAD_OTHER", "person.relation", nik, "person.name", kk,
        expected=masked(pl.col("kk")),
    )  # fmt: skip
    yield told(
        persons.filter(pl.col("deceased").is_not_null()),
        "REGISTRY_DECEASED", "person.life_status", nik,
        expected=pl.col("deceased").dt.to_string("%d/%m/%Y"),
    )  # fmt: skip
    yield told(
        persons.filter(pl.col("known_kk").is_not_null()),
        "REGISTRY_KK_OTHER", kk,
        expected=masked(pl.col("known_kk")), found=masked(pl.col("kk")),
    )  # fmt: skip
    yield told(persons.filter("other_sex"), "REGISTRY_SEX_OTHER", "person.sex", nik)
    yield told(persons.filter("unlike"), "REGISTRY_NAME_OTHER", "person.name", nik)
    dates = persons.with_columns(births=_births()).filter(pl.col("births").is_not_null())
    years = (_apart() / 365.25).round().cast(pl.Int32).cast(pl.String)
    for (code,), group in dates.group_by("births", maintain_order=True):
        found = years if code == "REGISTRY_AGE_JUMP" else None
        yield told(group, str(code), born, found=found)


def _births() -> pl.Expr:
    """What is wrong with a birth date beside the registry's; null where they may be the same.

    Dates that are a few months apart differ in most systems, and are not told.
    """
    ours, theirs = pl.col("born"), pl.col("known_born")
    swapped = (
        (ours.dt.year() == theirs.dt.year())
        & (ours.dt.month() == theirs.dt.day())
        & (ours.dt.day() == theirs.dt.month())
    )
    one, other = (date.dt.to_string("%d%m%Y") for date in (ours, theirs))
    digits = pl.sum_horizontal(one.str.slice(i, 1) != other.str.slice(i, 1) for i in range(8))
    return (
        pl.when(ours == theirs)
        .then(None)
        .when(swapped)
        .then(pl.lit("REGISTRY_BIRTH_SWAPPED"))
        .when(_apart() > YEAR)
        .then(pl.lit("REGISTRY_AGE_JUMP"))
        .when(digits == 1)
        .then(pl.lit("REGISTRY_BIRTH_SLIP"))
    )


def _apart() -> pl.Expr:
    return (pl.col("born") - pl.col("known_born")).dt.total_days().abs()
