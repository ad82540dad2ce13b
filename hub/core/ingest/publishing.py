"""From staged source rows to golden records, rankings, receipts and flags, in order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg import Connection

from hub.core.linkage import link
from hub.core.registry import golden, ledger
from hub.core.rules import flags

# Two deliveries published at once could each make a person of the same NIK.
_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('hub.publish'))"


def publish(connection: Connection[Any], delivery_id: UUID) -> int:
    """Bring everything that the rows of a delivery bear on up to date.

    Returns how many overlap flags were newly raised. The caller owns the transaction and the
    delivery's state. Publishing twice changes nothing.
    """
    connection.execute(_ONE_AT_A_TIME)
    link.link(connection, delivery_id)
    return _derive(connection, delivery_id)


def rebuild(connection: Connection[Any]) -> int:
    """Derive the whole registry again from all published deliveries; ids stay.

    Returns how many overlap flags were newly raised. The caller owns the transaction.
    """
    connection.execute(_ONE_AT_A_TIME)
    link.touch_all(connection)
    return _derive(connection, None)


def _derive(connection: Connection[Any], delivery_id: UUID | None) -> int:
    golden.refresh(connection)
    ledger.rankings(connection, delivery_id)
    ledger.receipts(connection, delivery_id)
    ledger.welfare(connection)
    return flags.flag(connection)
