"""Clients, that is accounts with limits of their own, and the operations stored for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from hub.core.store.reader import Pool

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class ClientRow:
    """A client; `limits` are those that differ from the defaults."""

    id: UUID
    name: str
    created_at: datetime
    limits: dict[str, int]
    allow_list: bool
    operations: int
    live_tokens: int


@dataclass(frozen=True)
class OperationRow:
    """A document stored for a client, by the SHA-256 of its text."""

    sha256: str
    name: str
    text: str
    added_at: datetime


_CLIENTS = (
    "select a.id, a.name, a.created_at, a.limits, a.allow_list,"
    " (select count(*) from client_operation o where o.account_id = a.id) as operations,"
    " (select count(*) from token t where t.account_id = a.id and t.revoked_at is null"
    "   and t.expires_at > now()) as live_tokens"
    " from account a"
)


def clients(connection: Connection) -> list[ClientRow]:
    """Every client, by name."""
    cursor = connection.cursor(row_factory=class_row(ClientRow))
    return cursor.execute(_CLIENTS + " order by a.name").fetchall()


def client(connection: Connection, name: str) -> ClientRow | None:
    """The client of this name."""
    cursor = connection.cursor(row_factory=class_row(ClientRow))
    return cursor.execute(_CLIENTS + " where a.name = %s", (name,)).fetchone()


def set_limits(connection: Connection, account_id: UUID, limits: Mapping[str, int]) -> None:
    """Store these limits as the client's own; the caller commits."""
    connection.execute(
        "update account set limits = %s where id = %s", (Jsonb(dict(limits)), account_id)
    )


def set_allow_list(connection: Connection, account_id: UUID, *, on: bool) -> None:
    """Whether the client may run stored operations only; the caller commits."""
    connection.execute("update account set allow_list = %s where id = %s", (on, account_id))


def add_operation(
    connection: Connection, account_id: UUID, sha256: str, name: str, text: str
) -> bool:
    """Store a document; False if it was stored before. The caller commits."""
    added = connection.execute(
        "insert into client_operation (account_id, sha256, name, text) values (%s, %s, %s, %s)"
        " on conflict do nothing",
        (account_id, sha256, name, text),
    )
    return added.rowcount == 1


def operations(connection: Connection, account_id: UUID) -> list[OperationRow]:
    """What is stored for the client, by name."""
    cursor = connection.cursor(row_factory=class_row(OperationRow))
    return cursor.execute(
        "select sha256, name, text, added_at from client_operation where account_id = %s"
        " order by name, added_at, sha256",
        (account_id,),
    ).fetchall()


def remove_operation(connection: Connection, account_id: UUID, sha256: str) -> None:
    """Remove a document; the caller commits."""
    connection.execute(
        "delete from client_operation where account_id = %s and sha256 = %s", (account_id, sha256)
    )


async def stored_text(pool: Pool, account_id: UUID, sha256: str) -> str | None:
    """The document with this hash, if it is stored for the client. Raises psycopg.Error."""
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "select text from client_operation where account_id = %s and sha256 = %s",
            (account_id, sha256),
        )
        row = await cursor.fetchone()
    return row["text"] if row else None
