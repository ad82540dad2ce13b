"""One statement for all rows that need the same thing: reads of the store, gathered by key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from hub.core.store.reader import Reader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Read = Callable[..., Awaitable[Mapping[K, V]]]
"""A read of many keys at once: `read(reader, keys, *arguments) -> {key: value}`."""


class Loaders:
    """The loaders of one request, made when first used: one per read and its arguments."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._loaders: dict[tuple[Any, ...], DataLoader[Any, Any]] = {}

    async def one(self, read: Read[K, V], key: K, *arguments: Hashable) -> V | None:
        """What `read` finds for `key`, if anything."""
        found: V | None = await self._loader(read, arguments).load(key)
        return found

    async def many(self, read: Read[K, list[V]], key: K, *arguments: Hashable) -> list[V]:
        """The list `read` finds for `key`."""
        return await self.one(read, key, *arguments) or []

    def _loader(self, read: Read[K, V], arguments: tuple[Hashable, ...]) -> DataLoader[K, V | None]:
        identity = (read, *arguments)
        if identity not in self._loaders:

            async def load(keys: list[K]) -> Sequence[V | None]:
                found = await read(self._reader, keys, *arguments)
                return [found.get(key) for key in keys]

            self._loaders[identity] = DataLoader(load_fn=load)
        return self._loaders[identity]
