"""What a publication changed in the registry, row by row, and the way back.

While `recording`, triggers (migration 0007) keep of each row of `TABLES` what it was before. The
persons and households that a publication looked at and left alone are noted as well: it drew on
what they were, so whatever changed them before it cannot be taken back beneath it.

Source rows, budget lines, indicators and interventions are no part of it: they belong to one
delivery each, and never change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import scalar_row, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from hub.core.registry.statistics import refresh_statistics
from hub.core.store.tables import metadata

# In the order of their foreign keys: what is referred to comes first.
GOLDEN = ("household", "person")
HANGING = (
    "household_link",
    "person_link",
    "match_review",
    "ranking",
    "receipt",
    "overlap_flag",
    "flag_event",
    "overlap_flag_receipt",
)
TABLES = (*GOLDEN, *HANGING)

# Published again, as nothing but a test does, a delivery still has its one publication.
_OPEN = """
insert into publication (delivery_id, published_by) values (%s, %s)
on conflict (delivery_id) where undone_at is null do update set published_by = excluded.published_by
returning id
"""
_RECORD = "select set_config('hub.publication', %s, true)"
_LOOKED_AT = """
insert into publication_change (regency_code, publication_id, table_name, key, op)
select regency_code, %(publication)s, 'person', array[id], 'T' from touched_person
union all
select regency_code, %(publication)s, 'household', array[id], 'T' from touched_household
on conflict do nothing
"""
_UNDOING = (
    "drop table if exists undoing",
    """
create temp table undoing on commit drop as
select regency_code, table_name, key, op, old
from publication_change where publication_id = %s and op <> 'T'
""",
)
_TOUCHED = "select distinct regency_code from undoing"
# A number that changed hands is free before it goes back to whom it was taken from.
_RELEASE_NIKS = """
update person x set nik = null
from undoing u join undoing o on o.table_name = 'person' and o.key <> u.key
where u.table_name = 'person' and x.regency_code = u.regency_code and x.id = u.key[1]
  and x.nik = o.old ->> 'nik'
"""
_DELETE = """
delete from {table} x using undoing u
where u.table_name = {name} and u.op = 'I' and x.regency_code = u.regency_code and {key}
"""
_PUT_BACK = """
insert into {table} ({columns})
select {old} from undoing u cross join jsonb_populate_record(null::{table}, u.old) o
where u.table_name = {name} and u.op <> 'I'
on conflict ({primary}) do update set ({columns}) = row({excluded})
"""
# The row that is there now, if any, is under a key that was recorded: a move records two.
_COUNT = """
select {count} from (
  select c.key, (array_agg(c.old) filter (where c.old is not null))[1] as old,
         (array_agg(to_jsonb(x)) filter (where x.id is not null))[1] as now
  from publication_change c
  left join {table} x on x.regency_code = c.regency_code and x.id = c.key[1]
  where c.publication_id = %s and c.table_name = {name} and c.op <> 'T'
  group by c.key) changed
"""
_NEW = "count(*) filter (where old is null and now is not null)"
_GONE = "count(*) filter (where now is null and old is not null)"
_CHANGED = "count(*) filter (where old - 'updated_at' <> now - 'updated_at')"
_DECILE = "count(*) filter (where (now ->> 'decile')::int {} (old ->> 'decile')::int)"
_COUNTS = {
    "person": {"persons_new": _NEW, "persons_changed": _CHANGED, "persons_gone": _GONE},
    "household": {
        "households_new": _NEW,
        "households_changed": _CHANGED,
        "households_gone": _GONE,
        "deciles_up": _DECILE.format(">"),
        "deciles_down": _DECILE.format("<"),
    },
    "receipt": {"receipts_new": _NEW, "receipts_gone": _GONE},
    "overlap_flag": {"flags_raised": _NEW, "flags_withdrawn": _GONE},
}


@dataclass(frozen=True)
class Effects:
    """What a publication did: a record that moved to another regency counts as changed.

    `deciles_up` and `deciles_down` are households that had a decile before and after.
    """

    persons_new: int
    persons_changed: int
    persons_gone: int
    households_new: int
    households_changed: int
    households_gone: int
    deciles_up: int
    deciles_down: int
    receipts_new: int
    receipts_gone: int
    flags_raised: int
    flags_withdrawn: int


@contextmanager
def recording(
    connection: Connection[Any], delivery_id: UUID | None, actor: str | None
) -> Iterator[UUID]:
    """Record what the block changes as one publication of the delivery, and give its id."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        publication: UUID = cursor.execute(_OPEN, (delivery_id, actor)).fetchall()[0]
    connection.execute(_RECORD, (str(publication),))
    yield publication
    connection.execute(_RECORD, ("",))


def note_looked_at(connection: Connection[Any], publication: UUID) -> None:
    """Note whom the publication drew on; reads the temporary tables of hub.core.linkage.link."""
    connection.execute(_LOOKED_AT, {"publication": publication})


def effects(connection: Connection[Any], publication: UUID) -> Effects:
    """Count what the publication changed, as long as nothing changed it again."""
    counts: dict[str, int] = {}
    for table, wanted in _COUNTS.items():
        query = SQL(_COUNT).format(
            count=SQL(", ".join(wanted.values())), table=Identifier(table), name=table
        )
        with connection.cursor(row_factory=tuple_row) as cursor:
            (row,) = cursor.execute(query, (publication,)).fetchall()
        counts.update(zip(wanted, row, strict=True))
    return Effects(**counts)


def restore(connection: Connection[Any], publication: UUID) -> None:
    """Put every row back that the publication changed, and count its regencies anew.

    Households and persons come back as changed just now, for those who pull by `updated_at`. The
    caller owns the transaction, and has made sure that nothing changed those rows since.
    """
    connection.execute(_UNDOING[0])
    connection.execute(_UNDOING[1], (publication,))
    connection.execute("analyze undoing")
    # New rows may hold a place that an old one had; the golden records among them may still be
    # referred to by rows that are not back yet.
    for table in reversed(HANGING):
        connection.execute(_delete(table))
    connection.execute(_RELEASE_NIKS)
    for table in TABLES:
        connection.execute(_put_back(table))
    for table in reversed(GOLDEN):
        connection.execute(_delete(table))
    with connection.cursor(row_factory=scalar_row) as cursor:
        refresh_statistics(connection, cursor.execute(_TOUCHED).fetchall())
    connection.execute("delete from publication_change where publication_id = %s", (publication,))


def _keys(table: str) -> list[str]:
    return [column.name for column in metadata.tables[table].primary_key]


def _delete(table: str) -> Composed:
    key = SQL(" and ").join(
        SQL("x.{} = u.key[{}]").format(Identifier(name), number)
        for number, name in enumerate(_keys(table)[1:], start=1)
    )
    return SQL(_DELETE).format(table=Identifier(table), name=table, key=key)


def _put_back(table: str) -> Composed:
    names = [column.name for column in metadata.tables[table].columns]
    old = [
        SQL("statement_timestamp()") if name == "updated_at" else Identifier("o", name)
        for name in names
    ]
    return SQL(_PUT_BACK).format(
        table=Identifier(table),
        name=table,
        columns=SQL(", ").join(map(Identifier, names)),
        old=SQL(", ").join(old),
        primary=SQL(", ").join(map(Identifier, _keys(table))),
        excluded=SQL(", ").join(Identifier("excluded", name) for name in names),
    )
