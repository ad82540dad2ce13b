"""Relay: the Node interface, connections, and the window a caller asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from hub.core.access import Viewer
from hub.core.store.paging import Page, Window
from hub.core.store.reader import Row
from schema.errors import bad_input

DEFAULT_PAGE = 20

First = Annotated[
    int | None,
    strawberry.argument(
        description="How many from the start, at most the `page` of the caller's limits (100);"
        " 20 if not said."
    ),
]
After = Annotated[
    str | None, strawberry.argument(description="Start behind this cursor of the same list.")
]
Last = Annotated[
    int | None,
    strawberry.argument(
        description="How many from the end, at most the `page` of the caller's limits (100)."
    ),
]
Before = Annotated[
    str | None, strawberry.argument(description="End before this cursor of the same list.")
]
T = TypeVar("T")


@strawberry.interface(description="Anything that can be asked for again by its id.")
class Node:
    """What has an id."""

    id: strawberry.ID = strawberry.field(description="Opaque id; it holds no personal number.")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay page info."""

    has_next_page: bool = strawberry.field(description="Whether there is more behind the page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before it.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first entry.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last entry.")


@strawberry.type(description="One entry of a list, with its place in it.")
class Edge(Generic[T]):
    """Relay edge."""

    cursor: str = strawberry.field(description="Opaque place of the entry, for after and before.")
    node: T = strawberry.field(description="The entry.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """Relay connection; the total is counted only when asked for."""

    edges: list[Edge[T]] = strawberry.field(description="The entries with their cursors.")
    nodes: list[T] = strawberry.field(description="The entries.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    counter: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field(description="Entries in the whole list; costs a count, made only if asked.")
    async def total_count(self) -> int:
        return await self.counter()


def connection(
    page: Page, make: Callable[[Row], Any], counter: Callable[[], Awaitable[int]]
) -> Connection[Any]:
    """A page of the store as a connection, each row through `make`."""
    nodes = [make(row) for row in page.rows]
    cursors = page.cursors
    return Connection(
        edges=[Edge(cursor=c, node=n) for c, n in zip(cursors, nodes, strict=True)],
        nodes=nodes,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
        counter=counter,
    )


def window(
    viewer: Viewer,
    first: int | None,
    after: str | None,
    last: int | None = None,
    before: str | None = None,
) -> Window:
    """The window asked for, of at most the entries that `viewer` may page. Raises BAD_INPUT."""
    if first is not None and last is not None:
        raise bad_input("Give `first` or `last`, not both.")
    limit = first if last is None else last
    if limit is not None and not 0 <= limit <= viewer.limits.page:
        raise bad_input(f"A page has 0 to {viewer.limits.page} entries.")
    return Window(
        limit=DEFAULT_PAGE if limit is None else limit,
        after=after,
        before=before,
        backward=last is not None,
    )
