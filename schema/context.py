"""What a resolver knows of the request: who asks, and how to read for them."""

from __future__ import annotations

from dataclasses import dataclass, field

import strawberry

from hub.core.access import Viewer
from hub.core.store.reader import Pool, Reader
from hub.core.store.writer import Writer
from schema.loaders import Loaders


@dataclass
class Context:
    """One request."""

    viewer: Viewer
    reader: Reader
    writer: Writer
    one_person: bool = False  # an office of one: who uploads may publish
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.reader)

    @classmethod
    def of(cls, viewer: Viewer, pool: Pool, *, one_person: bool = False) -> Context:
        """The context of a request by `viewer`, reading from `pool` within the viewer's scope."""
        reader = Reader(pool, viewer.scope, viewer.limits.statement_seconds)
        return cls(viewer, reader, pool.writer, one_person)


Info = strawberry.Info[Context, None]
