"""What people decide about a delivery that waits: what its columns mean, to publish, to drop.

Each function is one transaction of its own on a connection in autocommit mode, wakes the worker
where there is work, and raises Refusal, changing nothing, where the delivery is not in a state
for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from hub.core.ingest.chosen import Refusal
from hub.core.ingest.history import ONE_PERSON, Action, note
from hub.core.ingest.jobs import wake
from hub.core.ingest.undo import check_undo
from hub.core.ingest.waiting import drop
from hub.core.store.roles import act_as_importer

Connection = psycopg.Connection[Any]

_WAITING = "select id, state, kept, wanted, options from delivery where id = %s for update"
_WANT = "update delivery set wanted = %s, wanted_by = %s where id = %s"
# Foreseen before the registry was last changed, they may be others by now.
_FORESEE_ANEW = """
update delivery d set wanted = 'FORESEE', wanted_by = null
where d.id = %s and d.state = 'STAGED' and d.wanted is null and not exists (
  select from delivery_report r
  where r.delivery_id = d.id and r.kind = 'effects'
    and r.at > all (select greatest(published_at, undone_at) from publication))
"""
_AUTHORS = """
select distinct coalesce(actor, '') from delivery_event
where delivery_id = %s and action in ('RECEIVED', 'MAPPED')
  and at >= (select max(at) from delivery_event where delivery_id = %s and action = 'RECEIVED')
"""


@dataclass(frozen=True)
class _Waiting:
    id: UUID
    state: str
    kept: bool
    wanted: str | None
    options: dict[str, Any]

    @property
    def checked_anew(self) -> bool:
        """Whether the file may be looked at again: nothing but foreseeing is under way."""
        return self.kept and self.state in ("RECEIVED", "STAGED") and self.wanted != "PUBLISH"


def confirm_mapping(
    connection: Connection,
    delivery_id: UUID,
    actor: str | None,
    layout: str | None,
    columns: Mapping[str, str | None],
) -> None:
    """Say what the file is, and what headings mean: heading to layout heading, None to leave it
    out. What was said before of other headings holds. The file is then checked again."""
    with _deciding(connection, delivery_id) as found:
        if not found.checked_anew:
            raise _not_now(found, "dipetakan", "mapped")
        options = {**found.options, **({"layout": layout} if layout else {})}
        options["mapping"] = {**options.get("mapping", {}), **columns}
        connection.execute(
            "update delivery set options = %s where id = %s", (Jsonb(options), delivery_id)
        )
        connection.execute(_WANT, ("CHECK", actor, delivery_id))
        note(connection, delivery_id, Action.MAPPED, actor)
        wake(connection, delivery_id)


def ask_effects(connection: Connection, delivery_id: UUID) -> None:
    """Have the effects of a staged delivery foreseen anew if the registry has changed since."""
    with _deciding(connection, delivery_id):
        if connection.execute(_FORESEE_ANEW, (delivery_id,)).rowcount:
            wake(connection, delivery_id)


def ask_publish(
    connection: Connection, delivery_id: UUID, actor: str | None, *, one_person: bool
) -> None:
    """Approve a staged delivery. Who uploaded it or said what its columns mean may not, unless
    it is a `one_person` office; that is then written down."""
    with _deciding(connection, delivery_id) as found:
        if found.state != "STAGED" or found.wanted not in (None, "FORESEE"):
            raise _not_now(found, "diterbitkan", "published")
        authors = connection.execute(_AUTHORS, (delivery_id, delivery_id)).fetchall()
        own = (actor or "",) in authors
        if own and not one_person:
            raise Refusal(
                "Yang mengunggah atau memetakan berkas ini tidak boleh menerbitkannya; mintalah"
                " petugas lain. Kantor dengan satu petugas menyetel HUB_ONE_PERSON=true.",
                "Whoever uploaded or mapped this file may not publish it; ask somebody else."
                " An office of one person sets HUB_ONE_PERSON=true.",
            )
        connection.execute(_WANT, ("PUBLISH", actor, delivery_id))
        note(connection, delivery_id, Action.APPROVED, actor, ONE_PERSON if own else None)
        wake(connection, delivery_id)


def reject(connection: Connection, delivery_id: UUID, actor: str | None, reason: str) -> None:
    """Drop a delivery that is not published, for a reason; its issues stay to be read."""
    if not reason.strip():
        raise Refusal("Tulis alasan penolakannya.", "Say why it is rejected.")
    with _deciding(connection, delivery_id) as found:
        if not found.kept or found.state in ("PUBLISHED", "REJECTED", "UNDONE"):
            raise _not_now(found, "ditolak", "rejected")
        drop(connection, delivery_id)
        note(connection, delivery_id, Action.REJECTED, actor, reason.strip())


def ask_undo(connection: Connection, delivery_id: UUID, actor: str | None) -> None:
    """Ask for the publication to be taken back, if it can be as things stand."""
    with _deciding(connection, delivery_id):
        check_undo(connection, delivery_id)
        connection.execute(_WANT, ("UNDO", actor, delivery_id))
        note(connection, delivery_id, Action.UNDO_ASKED, actor)
        wake(connection, delivery_id)


@contextmanager
def _deciding(connection: Connection, delivery_id: UUID) -> Iterator[_Waiting]:
    with connection.transaction():
        act_as_importer(connection)
        with connection.cursor(row_factory=class_row(_Waiting)) as cursor:
            found = cursor.execute(_WAITING, (delivery_id,)).fetchone()
        if found is None:
            raise Refusal("Kiriman ini tidak ada.", "There is no such delivery.")
        yield found


def _not_now(found: _Waiting, indonesian: str, english: str) -> Refusal:
    waits = f", menunggu {found.wanted}" if found.wanted else ""
    awaits = f", awaiting {found.wanted}" if found.wanted else ""
    return Refusal(
        f"Kiriman ini tidak dapat {indonesian} sekarang: keadaannya {found.state}{waits}.",
        f"This delivery cannot be {english} now: its state is {found.state}{awaits}.",
    )
