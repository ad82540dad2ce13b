"""The work on a delivery that waits: its file is checked and staged, its effects foreseen, and,
once somebody approves, its rows are published or their publication is undone.

What is to be done stands in `delivery.wanted`. Every step is one transaction that also clears it,
so that a step is done wholly or still wanted, whenever the process dies, and done once however
often it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from adapters.delivery import Progress, unheard
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.examining import examine
from hub.core.ingest.history import Action, Kind, keep, note
from hub.core.ingest.publishing import ONE_AT_A_TIME, Published, publish
from hub.core.ingest.spool import Spool
from hub.core.ingest.undo import undo
from hub.core.ingest.waiting import adopt
from hub.core.ingest.work import (
    Connection,
    NotWantedError,
    Work,
    acting,
    alone,
    announced,
    say,
    step,
    wanted,
)
from hub.core.registry import journal
from hub.core.store.roles import act_as_importer

# Undone, or mended by somebody else in the meantime.
_OVERTAKEN = """
select from delivery d
where d.id = %(root)s and (d.state <> 'PUBLISHED' or exists (
  select from publication p join delivery m on m.id = p.delivery_id
  where m.mends = d.id and greatest(p.published_at, p.undone_at) > %(since)s))
"""
_SUPERSEDED = """
create temp table superseded on commit drop as
select sheet, row from staged_person where delivery_id = %(own)s
union
select sheet, row from staged_household where delivery_id = %(own)s
union
select (place ->> 0)::smallint, (place ->> 1)::int
from delivery_report, jsonb_array_elements(body) place
where delivery_id = %(own)s and kind = %(kind)s
"""
_CLOSE = """
update delivery_issue i set closed_by = %(own)s
from delivery d, superseded u
where %(root)s in (d.id, d.mends) and d.id <> %(own)s and d.state = 'PUBLISHED'
  and i.delivery_id = d.id and i.sheet = u.sheet and i.row = u.row and i.closed_by is null
"""
_GIVE_UP = "update delivery set wanted = null, wanted_by = null where id = %s"
_FORESEEN = """
update delivery set wanted = null, wanted_by = null where id = %s and wanted = 'FORESEE'
"""
_PUBLISHED = """
update delivery set state = 'PUBLISHED', published_at = now(), wanted = null, wanted_by = null
where id = %s
"""


def advance(
    connection: Connection, delivery_id: UUID, spool: Spool, progress: Progress = unheard
) -> None:
    """Do what is wanted of a delivery, one step after the other, until nothing is.

    Does nothing while another process is at it. `connection` is in autocommit mode. Raises Refusal
    when what is wanted cannot be done, and psycopg errors; the delivery is then as before the step.
    """
    with alone(connection, delivery_id) as nobody_else:
        while nobody_else and (work := wanted(connection, delivery_id)) is not None:
            try:
                _STEPS[work.wanted](connection, work, spool, progress)
            except NotWantedError:
                continue


def fail(connection: Connection, delivery_id: UUID, why: str) -> None:
    """Give up what is wanted of a delivery, and write down why: a sentence without data."""
    with acting(connection):
        connection.execute(_GIVE_UP, (delivery_id,))
        note(connection, delivery_id, Action.FAILED, reason=why)


def _foresee(connection: Connection, work: Work, _: Spool, progress: Progress) -> None:
    """Publish, count what that changes, and take it back."""
    progress("foresee")
    with connection.transaction(force_rollback=True):
        act_as_importer(connection)
        connection.execute(ONE_AT_A_TIME)
        published = _put(connection, work, unheard)
        effects = journal.effects(connection, published.id)
        # Before the next publication can begin.
        ((at,),) = connection.execute("select clock_timestamp()").fetchall()
    with acting(connection):
        keep(connection, work.id, Kind.EFFECTS, asdict(effects), at)
        connection.execute(_FORESEEN, (work.id,))


def _publish(connection: Connection, work: Work, _: Spool, progress: Progress) -> None:
    with announced(connection, work, progress) as tell, acting(connection):
        # Before the row of the delivery: who foresees an import of its file locks that behind this.
        connection.execute(ONE_AT_A_TIME)
        with step(connection, work):
            tell("publish")
            _put(connection, work, tell)
            connection.execute(_PUBLISHED, (work.id,))
            note(connection, work.id, Action.PUBLISHED, work.wanted_by)
            say(connection, work.id, "PUBLISHED")


def _undo(connection: Connection, work: Work, _: Spool, progress: Progress) -> None:
    progress("undo")
    undo(connection, work.id, work.wanted_by)


_STEPS: dict[str, Callable[[Connection, Work, Spool, Progress], None]] = {
    "CHECK": examine,
    "FORESEE": _foresee,
    "PUBLISH": _publish,
    "UNDO": _undo,
}


def _put(connection: Connection, work: Work, tell: Progress) -> Published:
    """Bring the rows that wait into the registry, in the caller's turn and transaction."""
    if work.mends is not None:
        _supersede(connection, work, work.mends)
    adopt(connection, work.id)
    return publish(connection, work.id, tell, work.wanted_by, work.mends)


def _supersede(connection: Connection, work: Work, root: UUID) -> None:
    """Name the rows that this delivery states anew or no more, and close their issues.

    Raises Refusal when what it was compared with is no longer what is published.
    """
    overtaken = {"root": root, "since": work.received_at}
    if connection.execute(_OVERTAKEN, overtaken).rowcount:
        raise Refusal(
            "Kiriman yang diperbaiki berubah sejak buku kerja ini diunggah; unduh buku kerjanya"
            " lagi dan perbaiki yang itu.",
            "The delivery that this mends changed since the workbook was uploaded; mend its"
            " workbook as it is now.",
        )
    connection.execute("drop table if exists superseded")
    connection.execute(_SUPERSEDED, {"own": work.id, "kind": Kind.GONE})
    connection.execute(_CLOSE, {"own": work.id, "root": root})
