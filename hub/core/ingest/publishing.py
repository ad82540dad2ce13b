"""From staged rows to golden records, rankings, receipts, flags and statistics, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.delivery import Progress, unheard
from hub.core.ingest.chosen import Refusal
from hub.core.linkage import link
from hub.core.registry import golden, journal, ledger
from hub.core.registry.moves import JudgedFlagLostError
from hub.core.registry.statistics import refresh_statistics, touched_regencies
from hub.core.registry.supersede import hand_receipts_on, supersede
from hub.core.rules import flags
from hub.core.store.planner import make_noticed, touched
from hub.core.store.roles import act_as_importer

# Two deliveries published at once could each make a person of the same NIK.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('hub.publish'))"


@dataclass(frozen=True)
class Published:
    """The publication in the journal, and how many overlap flags it newly raised."""

    id: UUID
    flags: int


def publish(
    connection: Connection[Any],
    delivery_id: UUID,
    progress: Progress = unheard,
    actor: str | None = None,
    mends: UUID | None = None,
) -> Published:
    """Bring everything that the rows of a delivery bear on up to date, on behalf of `actor`.

    The caller owns the transaction and the delivery's state. Publishing twice changes nothing.
    Where the delivery mends another, `mends`, the temporary table `superseded` (sheet, row) names
    the rows of that one that it states anew or no more. Raises Refusal when that would lose a flag
    that somebody judged.
    """
    act_as_importer(connection)
    connection.execute(ONE_AT_A_TIME)
    with journal.recording(connection, delivery_id, actor) as publication:
        progress("link")
        supersede(connection, mends)
        link.link(connection, delivery_id)
        hand_receipts_on(connection)
        try:
            raised = derive(connection, delivery_id, progress)
        except JudgedFlagLostError as error:
            raise Refusal(
                "Perbaikan ini menghapus orang atau keluarga yang tanda tumpang tindihnya sudah"
                f" dinilai petugas ({error.flags} tanda).",
                "This mends away people or families whose flags have been judged"
                f" ({error.flags} flags).",
            ) from None
        journal.note_looked_at(connection, publication)
        make_noticed(connection, touched(connection), "publication_change")
    return Published(publication, raised)


def rebuild(connection: Connection[Any], actor: str | None = None) -> int:
    """Derive the whole registry again from all published deliveries; ids stay.

    Returns how many overlap flags were newly raised. The caller owns the transaction.
    """
    act_as_importer(connection)
    connection.execute(ONE_AT_A_TIME)
    with journal.recording(connection, None, actor):
        supersede(connection, None)
        link.touch_all(connection)
        return derive(connection, None, unheard)


def derive(connection: Connection[Any], delivery_id: UUID | None, progress: Progress) -> int:
    """Golden records and all that follows from them, of what was linked; how many new flags.

    Without a delivery, everything of the touched persons and families is worked through.
    """
    progress("golden")
    golden.refresh(connection)
    rows = touched(connection)
    make_noticed(connection, rows, "person")
    progress("rankings")
    ledger.rankings(connection, delivery_id)
    progress("receipts")
    ledger.receipts(connection, delivery_id)
    make_noticed(connection, rows, "ranking", "receipt")
    progress("welfare")
    ledger.welfare(connection)
    progress("flags")
    raised = flags.flag(connection)
    progress("statistics")
    refresh_statistics(connection, touched_regencies(connection))
    return raised
