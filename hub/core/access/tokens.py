"""Bearer tokens: made once, shown once, stored as a hash, and who stands behind one."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import psycopg

from hub.core.access.limits import DEFAULTS, Limits
from hub.core.access.rights import Right
from hub.core.store.queries.accounts import TokenRow, add_token, live_token
from hub.core.store.reader import Row
from hub.core.store.scope import Scope, ScopeError, check_prefix

LONGEST_LIFE_DAYS = 3650

_PREFIX = "hub_"
_RANDOM_BYTES = 32
_FORM = re.compile(r"hub_[A-Za-z0-9_-]{43}", re.ASCII)
_LONGEST_NAME = 200


class TokenError(ValueError):
    """A token cannot be made as asked; the message is one sentence."""


@dataclass(frozen=True)
class Viewer:
    """Who asks: an account, what its token may see and do, until when, and how much at a time."""

    account: str
    regions: tuple[str, ...]
    identified: bool
    staff: bool
    expires_at: datetime
    limits: Limits = DEFAULTS
    allow_listed: bool = False  # only operations stored for the account are run
    account_id: UUID | None = None
    rights: frozenset[Right] = frozenset()

    @cached_property
    def scope(self) -> Scope:
        """What the store needs to know of the viewer."""
        return Scope(self.regions, self.identified, self.account)


def create_token(
    connection: psycopg.Connection[Any],
    name: str,
    regions: tuple[str, ...],
    identified: bool,
    staff: bool,
    days: int,
    rights: Collection[Right] = (),
) -> str:
    """Make a token of account `name` and return it: it cannot be shown again.

    `regions` are region prefixes, "" for all of Indonesia; without `rights` it can only read. The
    caller commits. Raises TokenError when a region is malformed or none is given, the name is
    blank or the life is not 1 to `LONGEST_LIFE_DAYS` days.
    """
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise TokenError("An account needs a name of at most 200 characters.")
    if not 1 <= days <= LONGEST_LIFE_DAYS:
        raise TokenError(f"A token lives 1 to {LONGEST_LIFE_DAYS} days.")
    if not regions:
        raise TokenError("A token needs at least one region; an empty prefix is all of Indonesia.")
    try:
        checked = tuple(check_prefix(region) for region in regions)
    except ScopeError as error:
        raise TokenError(str(error)) from error
    token = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    row = TokenRow(_hash(token), checked, identified, staff, days, rights)
    add_token(connection, name.strip(), row)
    return token


def is_formed(token: str) -> bool:
    """Whether `token` looks like one of ours, known or not."""
    return _FORM.fullmatch(token) is not None


async def authenticate(connection: psycopg.AsyncConnection[Row], token: str) -> Viewer | None:
    """The viewer behind `token`; None when it is malformed, unknown, expired or revoked."""
    if not is_formed(token):
        return None
    row = await live_token(connection, _hash(token))
    if row is None:
        return None
    return Viewer(
        account=row["name"],
        regions=tuple(row["regions"]),
        identified=row["identified"],
        staff=row["staff"],
        expires_at=row["expires_at"],
        limits=Limits.of(row["limits"]),
        allow_listed=row["allow_list"],
        account_id=row["account_id"],
        rights=frozenset(right for right in Right if right in row["rights"]),
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
