"""What a resolver knows of the request: who asks, and how to read for them."""

from __future__ import annotations

from dataclasses import dataclass, field

import strawberry

from hub.core.access import Viewer
from hub.core.store.reader import Pool, Reader
from schema.loaders import Loaders


@dataclass
class Context:
    """One request."""

    viewer: Viewer
    reader: Reader
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.reader)

    @classmethod
    def of(cls, viewer: Viewer, pool: Pool) -> Context:
        """The context of a request by `viewer`, reading from `pool` within the viewer's scope."""
        return cls(viewer, Reader(pool, viewer.scope, viewer.limits.statement_seconds))


Info = strawberry.Info[Context, None]
