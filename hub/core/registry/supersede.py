"""Old versions of mended rows stop counting.

A delivery that mends another (`delivery.mends`) holds only the rows that differ, under the sheet
and row numbers they had. Together they state what the mended file would have stated: wherever rows
are weighed against each other, those of both count as rows of the delivery that came first
(hub.core.store.precedence). `mends` therefore names that first delivery, never one that mends.

The old rows stay as they are. They lose their link, and a row of a published delivery without a
link counts nowhere: not in linkage, not in golden records, not when the registry is derived again.
The journal keeps the links, so undoing what mended them brings the old rows back.
"""

from __future__ import annotations

from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier

_BEGIN = (
    "drop table if exists unlinked",
    """
create temp table unlinked (
  subject text, regency_code text, source_id uuid, sheet int, row int, source text, key text,
  nik text, target_regency_code text, target_id uuid, method text)
on commit drop
""",
)
# Also rows that mended the same delivery before: the last to mend a row holds it.
_UNLINK = """
with gone as (
  delete from {link} k using {source} s, superseded u
  where s.regency_code = k.regency_code and s.id = k.source_id and s.sheet = u.sheet
    and s.row = u.row
    and s.delivery_id in (select id from delivery where %s in (id, mends))
  returning s.sheet, s.row, s.source, s.{key} as key, {nik} as nik, k.*
)
insert into unlinked
select {subject}, regency_code, source_id, sheet, row, source, key, nik, target_regency_code,
       target_id, method
from gone
"""
_SUBJECTS = {
    "person": {
        "key": Identifier("household_key"),
        "nik": SQL("case when s.nik_status = 'VALID' then s.nik end"),
    },
    "household": {"key": Identifier("key"), "nik": SQL("null")},
}
# A receipt is where its person or household is.
_HAND_ON = """
update receipt r set source_id = s.id, delivery_id = s.delivery_id
from unlinked u
join {source} o on o.regency_code = u.regency_code and o.id = u.source_id
join replaced x on x.replaced_id = u.source_id
join {link} k on k.regency_code = x.regency_code and k.source_id = x.source_id
  and k.target_id = u.target_id
join {source} s on s.regency_code = x.regency_code and s.id = x.source_id
where u.subject = {subject} and o.receipts = s.receipts
  and r.regency_code = u.target_regency_code and r.source_id = u.source_id
"""
_WITHDRAW = (
    """
delete from overlap_flag_receipt l using receipt r, unlinked u
where r.regency_code = u.target_regency_code and r.source_id = u.source_id
  and l.regency_code = r.regency_code and l.receipt_id = r.id
""",
    """
delete from receipt r using unlinked u
where r.regency_code = u.target_regency_code and r.source_id = u.source_id
""",
)


def supersede(connection: Connection[Any], mended: UUID | None) -> None:
    """Unlink the rows of delivery `mended` that the temporary table `superseded` lists.

    `superseded` (sheet, row) is the caller's, made in the role of the importer: rows that the
    delivery about to be linked states anew, and rows that are stated no more. What the old rows
    alone bore goes when linkage and the registry work through `unlinked`: one row for each link
    that went, none if `mended` is None.
    """
    for statement in _BEGIN:
        connection.execute(statement)
    if mended is not None:
        for subject, parts in _SUBJECTS.items():
            connection.execute(_of(_UNLINK, subject, **parts), (mended,))
    connection.execute("analyze unlinked")


def hand_receipts_on(connection: Connection[Any]) -> None:
    """Give receipts of unlinked rows to the rows that say the same now, and remove the others.

    Those of the same person or household whose row says the same of receipts keep their ids. Reads
    `unlinked` and `replaced`, once the new rows are linked.
    """
    for subject in _SUBJECTS:
        connection.execute(_of(_HAND_ON, subject))
    for statement in _WITHDRAW:
        connection.execute(statement)


def current(subject: Literal["person", "household"]) -> Composed:
    """Whether row `s` of delivery `part` counts: that of a delivery yet to be published does."""
    return SQL(
        "(part.state <> 'PUBLISHED' or exists (select from {} k"
        " where k.regency_code = s.regency_code and k.source_id = s.id))"
    ).format(Identifier(f"{subject}_link"))


def _of(query: LiteralString, subject: str, **parts: Composable) -> Composed:
    """A query over the source rows and links of persons or households."""
    source, link = Identifier(f"source_{subject}"), Identifier(f"{subject}_link")
    return SQL(query).format(subject=subject, source=source, link=link, **parts)
