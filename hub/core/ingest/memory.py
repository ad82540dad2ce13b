"""What stewards said the headings of their files mean, kept for the next file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from adapters.checked import Remembered
from hub.core.store.roles import act_as_importer

Connection = psycopg.Connection[Any]

_REMEMBER = """
insert into mapping_memory (fingerprint, layout, columns, confirmed_by) values (%s, %s, %s, %s)
on conflict (fingerprint) do update
   set (layout, columns, confirmed_by, confirmed_at)
     = (excluded.layout, excluded.columns, excluded.confirmed_by, now())
"""


@dataclass(frozen=True)
class Memory:
    """A mapping, and who confirmed it when."""

    mapping: Remembered
    confirmed_by: str
    confirmed_at: datetime


def memories(connection: Connection) -> list[Memory]:
    """Every mapping, newest first."""
    rows = connection.execute(
        "select fingerprint, layout, columns, confirmed_by, confirmed_at from mapping_memory"
        " order by confirmed_at desc, fingerprint"
    ).fetchall()
    return [
        Memory(Remembered(mark, layout, columns, at.date()), by, at)
        for mark, layout, columns, by, at in rows
    ]


def known(connection: Connection) -> dict[str, Remembered]:
    """Every mapping by its fingerprint, as adapters.delivery.Options takes them."""
    return {found.mapping.fingerprint: found.mapping for found in memories(connection)}


def remember(connection: Connection, mappings: Iterable[Remembered], by: str) -> None:
    """Keep mappings; the last word on a header holds. The caller owns the transaction."""
    act_as_importer(connection)
    for found in mappings:
        values = (found.fingerprint, found.layout, Jsonb(dict(found.columns)), by)
        connection.execute(_REMEMBER, values)


def forget(connection: Connection, beginning: str) -> int:
    """Remove the mapping whose fingerprint begins so, if it is only one; how many begin so."""
    with connection.transaction():
        act_as_importer(connection)
        found = connection.execute(
            "select fingerprint from mapping_memory where starts_with(fingerprint, %s)",
            (beginning,),
        ).fetchall()
        if len(found) == 1:
            connection.execute("delete from mapping_memory where fingerprint = %s", found[0])
        return len(found)
