"""From staged rows to golden records, rankings, receipts, flags and statistics, in order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection

from adapters.delivery import Progress, unheard
from hub.core.linkage import link
from hub.core.registry import golden, ledger
from hub.core.registry.statistics import refresh_statistics, touched_regencies
from hub.core.rules import flags
from hub.core.store.roles import act_as_importer

# Two deliveries published at once could each make a person of the same NIK.
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('hub.publish'))"


def publish(connection: Connection[Any], delivery_id: UUID, progress: Progress = unheard) -> int:
    """Bring everything that the rows of a delivery bear on up to date.

    Returns how many overlap flags were newly raised. The caller owns the transaction and the
    delivery's state. Publishing twice changes nothing.
    """
    act_as_importer(connection)
    connection.execute(_ONE_AT_A_TIME)
    progress("link")
    link.link(connection, delivery_id)
    return _derive(connection, delivery_id, progress)


def rebuild(connection: Connection[Any]) -> int:
    """Derive the whole registry again from all published deliveries; ids stay.

    Returns how many overlap flags were newly raised. The caller owns the transaction.
    """
    act_as_importer(connection)
    connection.execute(_ONE_AT_A_TIME)
    link.touch_all(connection)
    return _derive(connection, None, unheard)


def _derive(connection: Connection[Any], delivery_id: UUID | None, progress: Progress) -> int:
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
