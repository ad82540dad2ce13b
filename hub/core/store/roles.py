"""The roles of migration 0002, in which the hub acts: nobody serves or imports as the login.

`READER` serves, bound by row-level security; see hub.core.store.reader. `IMPORTER` owns the large
tables, since COPY is refused to everybody else.
"""

from __future__ import annotations

from typing import Any

import psycopg

READER = "hub_reader"
IMPORTER = "hub_importer"


def act_as_importer(connection: psycopg.Connection[Any]) -> None:
    """Act as `IMPORTER` until the transaction ends, which the caller owns."""
    connection.execute(f"set local role {IMPORTER}")
