"""Accounts and their tokens, known by hash only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from hub.core.store.reader import Row


@dataclass(frozen=True)
class TokenRow:
    """A token to be stored."""

    sha256: str
    regions: Sequence[str]
    identified: bool
    staff: bool
    days: int
    rights: Collection[str]


def add_token(connection: psycopg.Connection[Any], account: str, token: TokenRow) -> None:
    """Store a token of `account`, made if new; the caller commits."""
    connection.execute(
        "with known as (insert into account (name) values (%(account)s)"
        " on conflict (name) do update set name = excluded.name returning id)"
        " insert into token (sha256, account_id, regions, identified, staff, expires_at, rights)"
        " select %(sha256)s, id, %(regions)s::text[], %(identified)s, %(staff)s,"
        " now() + make_interval(days => %(days)s), %(rights)s::text[] from known",
        {
            "account": account,
            "sha256": token.sha256,
            "regions": list(token.regions),
            "identified": token.identified,
            "staff": token.staff,
            "days": token.days,
            "rights": sorted(set(token.rights)),
        },
    )


async def live_token(connection: psycopg.AsyncConnection[Row], sha256: str) -> Row | None:
    """The token with this hash and its account, unless expired or revoked."""
    cursor = await connection.execute(
        "select a.name, t.regions, t.identified, t.staff, t.expires_at, a.limits, a.allow_list,"
        " t.account_id, t.rights from token t"
        " join account a on a.id = t.account_id"
        " where t.sha256 = %s and t.revoked_at is null and t.expires_at > now()",
        (sha256,),
    )
    return await cursor.fetchone()
