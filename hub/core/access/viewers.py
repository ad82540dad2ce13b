"""Who stands behind a token, remembered for a few seconds: a request costs no look-up."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from hub.core.access.tokens import Viewer, authenticate, is_formed
from hub.core.store.reader import Pool

REMEMBERED_SECONDS = 5.0
MOST_REMEMBERED = 4096

Look = Callable[[str], Awaitable[Viewer | None]]


class Viewers:
    """The viewers behind tokens, for one event loop.

    A viewer is remembered for `REMEMBERED_SECONDS`, counted from before the look-up: a revoked
    token, or a changed right, is noticed within that time. Expiry is checked at every use. Tokens
    of nobody are never remembered, so a new token works at once. At most `MOST_REMEMBERED` are
    kept, under the hashes of their tokens, and many callers at once share one look-up.
    """

    def __init__(
        self,
        look: Look,
        *,
        most: int = MOST_REMEMBERED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._most = most
        self._clock = clock
        self._known: dict[bytes, tuple[float, Viewer]] = {}
        self._asking: dict[bytes, asyncio.Task[Viewer | None]] = {}

    @classmethod
    def of(cls, pool: Pool) -> Viewers:
        """The viewers that the database behind `pool` knows."""

        async def look(token: str) -> Viewer | None:
            async with pool.connection() as connection:
                return await authenticate(connection, token)

        return cls(look)

    async def behind(self, token: str) -> Viewer | None:
        """The viewer behind `token`; None when it is malformed, unknown, expired or revoked.

        Raises what the look-up raises.
        """
        if not is_formed(token):
            return None
        key = hashlib.sha256(token.encode()).digest()
        until, viewer = self._known.get(key, (0.0, None))
        if viewer is None or until <= self._clock():
            viewer = await self._ask_once(key, token)
        if viewer is None or viewer.expires_at <= datetime.now(UTC):
            return None
        return viewer

    async def _ask_once(self, key: bytes, token: str) -> Viewer | None:
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._ask(key, token))
        # Shielded: a caller who leaves must not take the answer away from the others.
        return await asyncio.shield(asking)

    async def _ask(self, key: bytes, token: str) -> Viewer | None:
        until = self._clock() + REMEMBERED_SECONDS
        self._known.pop(key, None)
        try:
            viewer = await self._look(token)
        finally:
            del self._asking[key]
        if viewer is not None:
            if len(self._known) >= self._most:  # forget the one asked for longest ago
                del self._known[next(iter(self._known))]
            self._known[key] = (until, viewer)
        return viewer
