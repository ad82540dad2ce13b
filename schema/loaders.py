"""One statement for all rows that need the same thing: reads of the store, gathered by key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from hub.core.store.paging import Page
from hub.core.store.reader import Reader
from schema.errors import too_much

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Read = Callable[..., Awaitable[Mapping[K, V]]]
"""A read of many keys at once: `read(reader, keys, *arguments) -> {key: value}`."""


MOST_THINGS = 100_000


class Loaders:
    """The loaders of one request, made when first used: one per read and its arguments.

    They also count what a request nests: a short query can ask for millions of things, and while
    their answer is put together no other request is served.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._things = 0
        self._loaders: dict[tuple[Any, ...], DataLoader[Any, Any]] = {}

    @property
    def exhausted(self) -> bool:
        """Whether the request has asked for more than is given at a time."""
        return self._things > MOST_THINGS

    def forget(self) -> None:
        """Read anew from now on: something was changed."""
        self._loaders.clear()

    async def one(self, read: Read[K, V], key: K, *arguments: Hashable) -> V | None:
        """What `read` finds for `key`, if anything. Raises COST_EXCEEDED."""
        # Shielded: a field given up for its neighbour's error must not take it from the others.
        found: V | None = await asyncio.shield(self._loader(read, arguments).load(key))
        self._things += _things(found)
        if self.exhausted:
            raise too_much(MOST_THINGS)
        return found

    async def many(self, read: Read[K, list[V]], key: K, *arguments: Hashable) -> list[V]:
        """The list `read` finds for `key`. Raises COST_EXCEEDED."""
        return await self.one(read, key, *arguments) or []

    def _loader(self, read: Read[K, V], arguments: tuple[Hashable, ...]) -> DataLoader[K, V | None]:
        identity = (read, *arguments)
        if identity not in self._loaders:

            async def load(keys: list[K]) -> Sequence[V | None]:
                found = await read(self._reader, keys, *arguments)
                return [found.get(key) for key in keys]

            self._loaders[identity] = DataLoader(load_fn=load)
        return self._loaders[identity]


def _things(found: object) -> int:
    if isinstance(found, Page):
        return len(found.rows)
    return len(found) if isinstance(found, list) else 1
