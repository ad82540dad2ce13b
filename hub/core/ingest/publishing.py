"""From staged rows to golden records, rankings, receipts, flags and statistics, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.delivery import Progress, unheard
from hub.core.linkage import link
from hub.core.registry import golden, journal, ledger
from hub.core.registry.statistics import refresh_statistics, touched_regencies
from hub.core.rules import flags
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
) -> Published:
    """Bring everything that the rows of a delivery bear on up to date, on behalf of `actor`.

    The caller owns the transaction and the delivery's state. Publishing twice changes nothing.
    """
    act_as_importer(connection)
    connection.execute(ONE_AT_A_TIME)
    with journal.recording(connection, delivery_id, actor) as publication:
        progress("link")
        link.link(connection, delivery_id)
        raised = derive(connection, delivery_id, progress)
        journal.note_looked_at(connection, publication)
    return Published(publication, raised)


def rebuild(connection: Connection[Any], actor: str | None = None) -> int:
    """Derive the whole registry again from all published deliveries; ids stay.

    Returns how many overlap flags were newly raised. The caller owns the transaction.
    """
    act_as_importer(connection)
    connection.execute(ONE_AT_A_TIME)
    with journal.recording(connection, None, actor):
        link.touch_all(connection)
        return derive(connection, None, unheard)


def derive(connection: Connection[Any], delivery_id: UUID | None, progress: Progress) -> int:
    """Golden records and all that follows from them, of what was linked; how many new flags.

    Without a delivery, everything of the touched persons and families is worked through.
    """
    progress("golden")
    golden.refresh(connection)
    progress("rankings")
    ledger.rankings(connection, delivery_id)
    progress("receipts")
    ledger.receipts(connection, delivery_id)
    progress("welfare")
    ledger.welfare(connection)
    progress("flags")
    raised = flags.flag(connection)
    progress("statistics")
    refresh_statistics(connection, touched_regencies(connection))
    return raised
