"""Take the last publication of a source back: the registry is then as it was before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import scalar_row, tuple_row

from hub.core.ingest.chosen import Refusal
from hub.core.ingest.history import Action, note
from hub.core.ingest.publishing import ONE_AT_A_TIME
from hub.core.registry import journal
from hub.core.registry.journal import Effects
from hub.core.store.progress import CHANNEL, NOTIFY, Progress
from hub.core.store.roles import act_as_importer
from hub.core.store.tables import STATED

_STATE = "select state from delivery where id = %s for update"
_PUBLICATION = "select id from publication where delivery_id = %s and undone_at is null"
_NEWER = """
select n.file_name, n.id
from publication own
join delivery d on d.id = own.delivery_id
join publication p on p.published_at > own.published_at and p.undone_at is null
join delivery n on n.id = p.delivery_id
  and (n.mends = d.id
       or n.source = d.source and n.region_code is not distinct from d.region_code)
where own.id = %s
order by p.published_at desc
"""
# A person or family that moved has the same id elsewhere, so the regency is not looked at.
_DEPENDENT = """
select d.source, d.file_name, d.id
from publication own
join publication p on p.published_at > own.published_at and p.undone_at is null
left join delivery d on d.id = p.delivery_id
-- Limited, so that changes are compared for publications that are later, and for nothing else.
cross join lateral (
  select from publication_change mine
  join publication_change later using (table_name, key)
  where mine.publication_id = own.id and later.publication_id = p.id
  limit 1) shared
where own.id = %(publication)s
order by p.published_at desc
"""
# What the rules do to a flag, they do while its delivery is published.
_JUDGED = """
select count(distinct e.id)
from publication p
join publication_change c on c.publication_id = p.id and c.table_name = 'overlap_flag'
join flag_event e on e.regency_code = c.regency_code and e.flag_id = c.key[1]
where p.id = %s and e.actor <> 'rules' and e.at > p.published_at
"""
_UNDONE = """
with gone as (
  update publication set undone_at = clock_timestamp(), undone_by = %(actor)s
  where id = %(publication)s returning delivery_id
)
update delivery d set state = 'UNDONE', published_at = null, wanted = null, wanted_by = null
from gone where d.id = gone.delivery_id
"""
_REOPEN = "update delivery_issue set closed_by = null where closed_by = %s"


def effects_of(connection: Connection[Any], delivery_id: UUID) -> Effects:
    """What goes back when the publication of the delivery is undone.

    Raises Refusal when it cannot be.
    """
    with connection.transaction():
        act_as_importer(connection)
        return journal.effects(connection, check_undo(connection, delivery_id))


def undo(connection: Connection[Any], delivery_id: UUID, actor: str | None) -> None:
    """Put the registry back to what it was before the delivery was published.

    Its issues and quarantine stay, so does its row; the same file may be imported again. The
    connection must be in autocommit mode. Raises Refusal, and changes nothing, when it is not
    published, or when something that came later rests on it.
    """
    with connection.transaction():
        act_as_importer(connection)
        connection.execute(ONE_AT_A_TIME)
        publication = check_undo(connection, delivery_id)
        journal.restore(connection, publication)
        for table in STATED:
            connection.execute(
                f"delete from {table} where delivery_id = %s",  # noqa: S608 - a name of ours
                (delivery_id,),
            )
        connection.execute(_UNDONE, {"publication": publication, "actor": actor})
        connection.execute(_REOPEN, (delivery_id,))
        note(connection, delivery_id, Action.UNDONE, actor)
        connection.execute(NOTIFY, (CHANNEL, Progress(delivery_id, "UNDONE").message()))


def check_undo(connection: Connection[Any], delivery_id: UUID) -> UUID:
    """The publication to undo."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        state = cursor.execute(_STATE, (delivery_id,)).fetchone()
        publication: UUID | None = cursor.execute(_PUBLICATION, (delivery_id,)).fetchone()
    if state != "PUBLISHED":
        raise Refusal(
            "Kiriman ini tidak sedang terbit, jadi tidak ada yang dapat dibatalkan.",
            "This delivery is not published, so there is nothing to undo.",
        )
    if publication is None:
        raise Refusal(
            "Kiriman ini terbit sebelum hub mencatat perubahan, jadi tidak dapat dibatalkan.",
            "This delivery was published before the hub kept a journal, so it cannot be undone.",
        )
    _refuse_if_built_upon(connection, publication)
    return publication


def _refuse_if_built_upon(connection: Connection[Any], publication: UUID) -> None:
    with connection.cursor(row_factory=tuple_row) as cursor:
        newer = cursor.execute(_NEWER, (publication,)).fetchall()
        named = ", ".join(f"{file} ({identity})" for file, identity in newer)
        if newer:
            raise Refusal(
                f"Sumber ini sudah terbit lagi untuk wilayah yang sama; batalkan dahulu: {named}.",
                f"The source has published for the same region since; undo first: {named}.",
            )
        later = cursor.execute(_DEPENDENT, {"publication": publication}).fetchall()
        if later:
            named = ", ".join(
                f"{source} {file} ({identity})" if identity else "hub rebuild"
                for source, file, identity in later
            )
            raise Refusal(
                "Orang atau keluarga yang sama diubah oleh terbitan sesudahnya; batalkan dahulu:"
                f" {named}.",
                f"Later publications bear on the same people or families; undo first: {named}.",
            )
        judged = cursor.execute(_JUDGED, (publication,)).fetchall()[0][0]
    if judged:
        raise Refusal(
            f"Tanda tumpang tindih dari kiriman ini sudah dinilai petugas ({judged} penilaian).",
            f"Flags of this delivery have been judged since ({judged} judgements).",
        )
