"""What changed between two deliveries of one source: families and persons, set against set.

A delivery may state a family or a person in several rows: the first stands for all, and what they
say was received is put together. Rows are matched in steps, each among those still unmatched:
families by KK, then by the source's key; persons by NIK, key, then by family with name and birth
date; last, rows with nothing to know them by that are alike in everything. Every step treats both
deliveries the same, so what one direction calls added the other calls removed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, dict_row
from psycopg.sql import SQL, Composable, Identifier
from psycopg.sql import Literal as Value

from hub.core.store.roles import act_as_importer
from hub.core.store.scope import EVERYWHERE, Scope
from hub.core.store.statement import Statement
from hub.core.store.tables import HOUSING
from mappings.vocabulary import AssetKind
from validation.unified import FIELDS

Subject = Literal["household", "person"]
Kind = Literal["ADDED", "REMOVED", "CHANGED"]
KINDS: tuple[Kind, ...] = ("ADDED", "REMOVED", "CHANGED")
ALL = Scope((EVERYWHERE,))
STORED = ("STAGED", "PUBLISHED")  # states in which the rows of a delivery are in the store
RECEIPTS = "receipts"

_SCOPES = ("national", "province", "regency")
_DECILES = {
    f"ranking.{scope}.decile": (
        f"jsonb_path_query_first(s.rankings, '$[*] ? (@.scope == \"{scope.upper()}\").decile')"
        " #>> '{}'"
    )
    for scope in _SCOPES
}
_PLACE = {
    "region.village_code": "s.village_code",
    **{f"address.{name}": f"s.{name}" for name in ("street", "hamlet", "rt", "rw")},
}
ATTRIBUTES: dict[Subject, dict[str, str]] = {
    "household": {
        "household.kk": "s.kk",
        "household.key": "s.key",
        "household.size": "s.size::text",
        **{f"household.{name}": f"s.{name}" for name in HOUSING},
        "household.floor_area": "trim_scale(s.floor_area)::text",
        **{f"asset.{kind.value}": f"s.assets ->> '{kind.value}'" for kind in AssetKind},
        **_PLACE,
        **_DECILES,
    },
    "person": {
        "person.nik": "s.nik",
        "person.key": "s.key",
        "household.kk": "s.kk",
        "household.key": "s.household_key",
        "person.name": "s.name",
        "person.sex": "s.sex",
        "person.birth_date": "s.birth_date::text",
        **{
            f"person.{name}": f"s.{name}"
            for name in (
                "birth_place", "mother_name", "relation", "marital_status", "education",
                "occupation", "employment_status", "life_status", "civil_registry_match",
            )
        },
        # None at all is an answer; it is not the blank of a file that does not ask.
        "person.disabilities": "case when s.disabilities = '{}' then '-' else"
        " (select string_agg(d, ', ' order by d) from unnest(s.disabilities) d) end",
        **_PLACE,
        **_DECILES,
    },
}  # fmt: skip
"""Attributes that are compared, under their unified names, and how a source row gives them.

What was received is compared too, as the last attribute, `receipts`.
"""

# How rows are matched, step by step; the first key there is tells the rows of one subject.
_KEYS: dict[Subject, dict[str, str]] = {
    "household": {"K": "s.kk", "S": "s.key"},
    "person": {
        "N": "case when s.nik_status = 'VALID' then s.nik end",
        "S": "s.key",
        "F": "s.kk || '|' || s.name || '|' || coalesce(s.birth_date::text, '')",
        "H": "s.household_key || '|' || s.name || '|' || coalesce(s.birth_date::text, '')",
    },
}

_FORGET = "drop table if exists difference, difference_count"
_BEGIN = """
create temp table difference (
  n bigint generated always as identity primary key, subject text, kind text, village_code text,
  nik text, kk text, older_sheet int, older_row int, newer_sheet int, newer_row int,
  older text[], newer text[]) on commit drop;
create temp table difference_count (subject text, kind text, rows bigint) on commit drop;
"""
_COMPARED = """
create temp table compared on commit drop as
with stated as materialized (
  select d.newer, s.id, s.sheet, s.row, s.village_code, s.kk, {nik} as nik, s.receipts,
         array[{keys}] as keys, coalesce({nodes}, 'R' || s.id) as node,
         array[{attributes}] as attributes
  from (values (false, {older}::uuid), (true, {newer}::uuid)) d (newer, delivery_id)
  join {source} s on s.delivery_id = d.delivery_id
  where {scope}
), received as (
  select t.newer, t.node, string_agg(distinct concat_ws(
           ' ', r.programme, r.start, r."end", r.amount, r.status), '; ') as receipts
  from stated t
  cross join jsonb_to_recordset(t.receipts)
    as r (programme text, start text, "end" text, amount text, status text)
  group by t.newer, t.node
)
select distinct on (t.newer, t.node) t.newer, t.id, t.sheet, t.row, t.village_code, t.kk, t.nik,
       t.keys, t.attributes || r.receipts as attributes,
       count(*) over (partition by t.newer, t.node) - 1 as repeats
from stated t left join received r on r.newer = t.newer and r.node = t.node
order by t.newer, t.node, t.sheet, t.row
"""
_MATCHED = "create temp table matched (older uuid, newer uuid) on commit drop"
# Two anti-joins rather than one with "or", which could not be hashed.
_STEP = """
with pool as materialized (
  select c.newer, c.id, {key} as key,
         row_number() over (partition by c.newer, {key} order by c.sheet, c.row) as nth
  from (
    select * from compared o
    where not o.newer and not exists (select from matched m where m.older = o.id)
    union all
    select * from compared n
    where n.newer and not exists (select from matched m where m.newer = n.id)
  ) c
  where {key} is not null
)
insert into matched
select o.id, n.id from pool o join pool n using (key, nth) where not o.newer and n.newer
"""
_OUTCOME = """
insert into difference (subject, kind, village_code, nik, kk, older_sheet, older_row, newer_sheet,
                        newer_row, older, newer)
select {subject}, w.kind, coalesce(n.village_code, o.village_code), coalesce(n.nik, o.nik),
       coalesce(n.kk, o.kk), o.sheet, o.row, n.sheet, n.row,
       case when w.kind = 'CHANGED' then o.attributes end,
       case when w.kind = 'CHANGED' then n.attributes end
from (
  select older, newer, 'CHANGED' as kind from matched
  union all
  select null, c.id, 'ADDED' from compared c
  where c.newer and not exists (select from matched m where m.newer = c.id)
  union all
  select c.id, null, 'REMOVED' from compared c
  where not c.newer and not exists (select from matched m where m.older = c.id)
) w
left join compared o on o.id = w.older and not o.newer
left join compared n on n.id = w.newer and n.newer
where o.attributes is distinct from n.attributes
order by w.kind, 3, coalesce(n.sheet, o.sheet), coalesce(n.row, o.row)
"""
_COUNTED = """
insert into difference_count
select {subject}, kind, count(*) from difference where subject = {subject} group by kind
union all
select {subject}, 'UNCHANGED', (select count(*) from matched)
       - (select count(*) from difference where subject = {subject} and kind = 'CHANGED')
union all
select {subject}, case when newer then 'REPEATED_NEWER' else 'REPEATED_OLDER' end, sum(repeats)
from compared group by newer
"""
_ATTRIBUTES = """
select v.i, count(*) filter (where v.older is null) as old_blank,
       count(*) filter (where v.newer is null) as new_blank,
       count(*) filter (where v.older <> v.newer) as differ
from difference d
cross join unnest(d.older, d.newer) with ordinality v (older, newer, i)
where d.kind = 'CHANGED' and d.subject = %s and v.older is distinct from v.newer
group by v.i order by v.i
"""
_MOVES = """
select d.older[%(i)s]::int as old, d.newer[%(i)s]::int as new, count(*) as rows
from difference d
where d.kind = 'CHANGED' and d.subject = %(subject)s
  and d.older[%(i)s] is distinct from d.newer[%(i)s]
group by 1, 2 order by 1 nulls first, 2 nulls first
"""
_PAGE = """
select d.n as cursor, d.subject, d.kind, d.village_code, {nik} as nik, {kk} as kk,
       d.older_sheet, d.older_row, d.newer_sheet, d.newer_row, c.changes
from difference d
left join lateral (
  select jsonb_agg(jsonb_build_array(v.i, v.older, v.newer) order by v.i) as changes
  from unnest(d.older, d.newer) with ordinality v (older, newer, i)
  where v.older is distinct from v.newer) c on true
where d.n > {after} order by d.n limit {limit}
"""


class DifferenceError(Exception):
    """The two deliveries cannot be compared; a sentence in each language says why."""

    def __init__(self, indonesian: str, english: str) -> None:
        super().__init__(f"{indonesian} / {english}")
        self.indonesian = indonesian
        self.english = english


@dataclass(frozen=True)
class Side:
    """One of the two deliveries."""

    id: UUID
    source: str
    layout: str
    edition: str
    region_code: str | None
    file_name: str
    state: str


@dataclass(frozen=True)
class AttributeCount:
    """In how many changed rows an attribute was blank before, is blank now, or differs."""

    subject: Subject
    attribute: str
    old_blank: int
    new_blank: int
    differ: int


@dataclass(frozen=True)
class Move:
    """How many went from one desil to another; None is no desil."""

    subject: Subject
    attribute: str
    old: int | None
    new: int | None
    rows: int


@dataclass(frozen=True)
class Change:
    """An attribute that changed; of a `private` one the values are not told."""

    attribute: str
    old: str | None
    new: str | None
    private: bool


@dataclass(frozen=True)
class Entry:
    """A family or person that differs; sheets count from 0, and are None where it is not."""

    cursor: int
    subject: Subject
    kind: Kind
    village_code: str | None
    nik: str | None
    kk: str | None
    older_sheet: int | None
    older_row: int | None
    newer_sheet: int | None
    newer_row: int | None
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Difference:
    """The figures of a comparison. `counts` go by subject, then by kind.

    Besides the kinds of entries these are UNCHANGED, REPEATED_OLDER and REPEATED_NEWER (further
    rows of a family or person, which are not entries).
    """

    older: Side
    newer: Side
    counts: dict[Subject, dict[str, int]]
    attributes: tuple[AttributeCount, ...]
    moves: tuple[Move, ...]

    @property
    def none(self) -> bool:
        """Whether the two say the same."""
        return not any(counts[kind] for counts in self.counts.values() for kind in KINDS)


def is_private(attribute: str) -> bool:
    """Whether the values of a compared attribute are kept back."""
    return attribute != RECEIPTS and FIELDS[attribute].private


def find_side(connection: Connection[Any], prefix: str) -> Side:
    """The delivery whose id begins with `prefix`; raises DifferenceError unless there is one."""
    if not re.fullmatch(r"[0-9a-f-]{1,36}", prefix.lower()):
        raise DifferenceError(
            "Kiriman disebut dengan awal nomornya (angka, huruf a-f, tanda hubung).",
            "A delivery is given by the beginning of its id (digits, letters a-f, hyphens).",
        )
    found = _sides(connection, SQL("id::text like {}").format(Value(prefix.lower() + "%")))
    if not found:
        raise DifferenceError(
            f'Tidak ada kiriman bernomor "{prefix}".', f'There is no delivery "{prefix}".'
        )
    if len(found) > 1:
        raise DifferenceError(
            f'"{prefix}" adalah awal nomor beberapa kiriman; tulis lebih panjang.',
            f'"{prefix}" begins the ids of several deliveries; write more of it.',
        )
    return found[0]


def side_before(connection: Connection[Any], newer: Side) -> Side:
    """The last delivery of the same source, layout and region published before `newer`.

    Raises DifferenceError when there is none.
    """
    own = SQL("(select published_at from delivery where id = {})").format(Value(newer.id))
    condition = SQL(
        "state = 'PUBLISHED' and id <> {id} and source = {source} and layout = {layout}"
        " and region_code is not distinct from {region}"
        " and published_at < coalesce({own}, 'infinity') order by published_at desc"
    ).format(
        id=Value(newer.id),
        source=Value(newer.source),
        layout=Value(newer.layout),
        region=Value(newer.region_code),
        own=own,
    )
    found = _sides(connection, condition)
    if not found:
        raise DifferenceError(
            "Tidak ada kiriman terbit sebelumnya dari sumber, susunan, dan wilayah yang sama.",
            "No delivery of the same source, layout and region was published before.",
        )
    return found[0]


def _sides(connection: Connection[Any], condition: Composable) -> list[Side]:
    query = SQL(
        "select id, source, layout, edition, region_code, file_name, state from delivery"
        " where {} limit 2"
    ).format(condition)
    with connection.cursor(row_factory=class_row(Side)) as cursor:
        return cursor.execute(query).fetchall()


def compare(
    connection: Connection[Any], older: Side, newer: Side, scope: Scope = ALL
) -> Difference:
    """Compare two deliveries of one source, as far as `scope` sees their rows.

    The caller owns the transaction, until whose end `entries` gives the rows. Raises
    DifferenceError when the two cannot be compared.
    """
    _check_sides(older, newer)
    act_as_importer(connection)
    connection.execute(_FORGET)
    connection.execute(_BEGIN)
    for subject in ATTRIBUTES:
        _compare(connection, subject, older, newer, scope)
    counts = _counts(connection)
    if not any(count for of_subject in counts.values() for count in of_subject.values()):
        raise DifferenceError(
            "Kedua kiriman tidak memuat keluarga atau orang.",
            "Neither delivery holds families or persons.",
        )
    with connection.cursor(row_factory=dict_row) as cursor:
        attributes = tuple(
            AttributeCount(subject, names[row.pop("i") - 1], **row)
            for subject, names in _names().items()
            for row in cursor.execute(_ATTRIBUTES, [subject]).fetchall()
        )
        moves = tuple(
            Move(subject, name, **row)
            for subject, names in _names().items()
            for i, name in enumerate(names, start=1)
            if name in _DECILES
            for row in cursor.execute(_MOVES, {"i": i, "subject": subject}).fetchall()
        )
    return Difference(older, newer, counts, attributes, moves)


def entries(
    connection: Connection[Any], after: int = 0, limit: int = 1000, scope: Scope = ALL
) -> list[Entry]:
    """The next entries of the last comparison: families first, by kind, village and row.

    Deliveries never change, so a cursor holds in a later comparison of the same two under the
    same scope. Identity numbers are masked unless the scope is identified.
    """
    statement = Statement(scope)
    query = SQL(_PAGE).format(
        nik=statement.masked("d.nik"),
        kk=statement.masked("d.kk"),
        after=statement.bind(after),
        limit=statement.bind(limit),
    )
    names = _names()
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, statement.params).fetchall()
    return [
        Entry(**{**row, "changes": _changes(names[row["subject"]], row["changes"])}) for row in rows
    ]


def _changes(names: list[str], changes: list[Any] | None) -> tuple[Change, ...]:
    return tuple(
        Change(name, None, None, private=True)
        if is_private(name := names[i - 1])
        else Change(name, old, new, private=False)
        for i, old, new in changes or ()
    )


def _check_sides(older: Side, newer: Side) -> None:
    if older.source != newer.source:
        raise DifferenceError(
            f"Hanya kiriman dari satu sumber dapat dibandingkan; ini {older.source} dan"
            f" {newer.source}.",
            f"Only deliveries of one source can be compared; these are of {older.source} and"
            f" {newer.source}.",
        )
    for side in (older, newer):
        if side.state not in STORED:
            raise DifferenceError(
                f"Baris kiriman {side.id} tidak tersimpan (keadaan {side.state}).",
                f"The rows of delivery {side.id} are not stored (state {side.state}).",
            )


def _names() -> dict[Subject, list[str]]:
    return {subject: [*names, RECEIPTS] for subject, names in ATTRIBUTES.items()}


def _compare(
    connection: Connection[Any], subject: Subject, older: Side, newer: Side, scope: Scope
) -> None:
    statement = Statement(scope)
    keys = _KEYS[subject]
    connection.execute("drop table if exists compared, matched")
    connection.execute(
        SQL(_COMPARED).format(
            nik=SQL("s.nik" if subject == "person" else "null"),
            keys=_listed(keys.values()),
            nodes=SQL(", ").join(
                SQL("{} || ({})").format(Value(mark), SQL(key)) for mark, key in keys.items()
            ),
            attributes=SQL(", ").join(
                SQL("nullif({}, '')").format(SQL(value)) for value in ATTRIBUTES[subject].values()
            ),
            older=statement.bind(older.id),
            newer=statement.bind(newer.id),
            source=Identifier(f"source_{subject}"),
            scope=statement.in_scope("s"),
        ),
        statement.params,
    )
    connection.execute("analyze compared")
    connection.execute(_MATCHED)
    steps = [SQL("c.keys[{}]").format(Value(i)) for i in range(1, len(keys) + 1)]
    for step in (*steps, SQL("c.attributes")):
        connection.execute(SQL(_STEP).format(key=step))
        connection.execute("analyze matched")
    for query in (_OUTCOME, _COUNTED):
        connection.execute(SQL(query).format(subject=Value(subject)))


def _listed(expressions: Any) -> Composable:
    return SQL(", ").join(SQL(expression) for expression in expressions)


def _counts(connection: Connection[Any]) -> dict[Subject, dict[str, int]]:
    kinds = (*KINDS, "UNCHANGED", "REPEATED_OLDER", "REPEATED_NEWER")
    counts: dict[Subject, dict[str, int]] = {s: dict.fromkeys(kinds, 0) for s in ATTRIBUTES}
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute("select subject, kind, rows::int from difference_count"):
            counts[row["subject"]][row["kind"]] = row["rows"]
    return counts
