"""What changed between two deliveries of one source: families and persons, set against set.

Who is whom in the two is told by `pairing`; here the deliveries are chosen, and the answer is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL
from psycopg.sql import Literal as Value

from hub.core.ingest.chosen import Delivery, Refusal, chosen
from hub.core.ingest.pairing import DECILES, NAMES, RECEIPTS, Subject, begin, pair
from hub.core.store.roles import act_as_importer
from hub.core.store.scope import EVERYWHERE, Scope
from hub.core.store.statement import Statement
from validation.unified import FIELDS

Kind = Literal["ADDED", "REMOVED", "CHANGED"]
KINDS: tuple[Kind, ...] = ("ADDED", "REMOVED", "CHANGED")
COUNTED = (*KINDS, "UNCHANGED", "REPEATED_OLDER", "REPEATED_NEWER")
ALL = Scope((EVERYWHERE,))
STORED = ("STAGED", "PUBLISHED")  # states in which the rows of a delivery are in the store

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

    older: Delivery
    newer: Delivery
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


def delivery_before(connection: Connection[Any], newer: Delivery) -> Delivery:
    """The last delivery of the same source, layout and region published before `newer`.

    Raises Refusal when there is none.
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
    found = chosen(connection, condition)
    if not found:
        raise Refusal(
            "Tidak ada kiriman terbit sebelumnya dari sumber, susunan, dan wilayah yang sama.",
            "No delivery of the same source, layout and region was published before.",
        )
    return found[0]


def compare(
    connection: Connection[Any], older: Delivery, newer: Delivery, scope: Scope = ALL
) -> Difference:
    """Compare two deliveries of one source, as far as `scope` sees their rows.

    The caller owns the transaction, until whose end `entries` gives the rows. Raises
    Refusal when the two cannot be compared.
    """
    _check(older, newer)
    act_as_importer(connection)
    begin(connection)
    counts = {
        subject: dict.fromkeys(COUNTED, 0) | pair(connection, subject, older.id, newer.id, scope)
        for subject in NAMES
    }
    if not any(any(of_subject.values()) for of_subject in counts.values()):
        raise Refusal(
            "Kedua kiriman tidak memuat keluarga atau orang.",
            "Neither delivery holds families or persons.",
        )
    with connection.cursor(row_factory=dict_row) as cursor:
        attributes = tuple(
            AttributeCount(subject, names[row.pop("i") - 1], **row)
            for subject, names in NAMES.items()
            for row in cursor.execute(_ATTRIBUTES, [subject]).fetchall()
        )
        moves = tuple(
            Move(subject, name, **row)
            for subject, names in NAMES.items()
            for i, name in enumerate(names, start=1)
            if name in DECILES
            for row in cursor.execute(_MOVES, {"i": i, "subject": subject}).fetchall()
        )
    return Difference(older, newer, counts, attributes, moves)


def _check(older: Delivery, newer: Delivery) -> None:
    if older.source != newer.source:
        raise Refusal(
            f"Hanya kiriman dari satu sumber dapat dibandingkan; ini {older.source} dan"
            f" {newer.source}.",
            f"Only deliveries of one source can be compared; these are of {older.source} and"
            f" {newer.source}.",
        )
    for side in (older, newer):
        if side.state not in STORED:
            raise Refusal(
                f"Baris kiriman {side.id} tidak tersimpan (keadaan {side.state}).",
                f"The rows of delivery {side.id} are not stored (state {side.state}).",
            )


def entries(
    connection: Connection[Any], after: int = 0, limit: int = 1000, scope: Scope = ALL
) -> list[Entry]:
    """The next entries of the last comparison: families first, by kind, village and row.

    A cursor holds in a later comparison of the same two under the same scope, until one of them
    is mended. Identity numbers are masked unless the scope is identified.
    """
    statement = Statement(scope)
    query = SQL(_PAGE).format(
        nik=statement.masked("d.nik"),
        kk=statement.masked("d.kk"),
        after=statement.bind(after),
        limit=statement.bind(limit),
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, statement.params).fetchall()
    return [
        Entry(**{**row, "changes": _changes(NAMES[row["subject"]], row["changes"])}) for row in rows
    ]


def _changes(names: tuple[str, ...], changes: list[Any] | None) -> tuple[Change, ...]:
    return tuple(
        Change(name, None, None, private=True)
        if is_private(name := names[i - 1])
        else Change(name, old, new, private=False)
        for i, old, new in changes or ()
    )
