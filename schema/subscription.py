"""The operations that go on telling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import strawberry
from psycopg import OperationalError

from hub.core.store.feed import Feed, News
from hub.core.store.progress import FINAL, UNFINISHED, Progress, is_held
from hub.core.store.queries import deliveries
from hub.core.store.reader import Reader, Row
from hub.core.store.tables import STATES
from schema.context import Context
from schema.errors import ErrorCode, HubError, bad_input
from schema.ids import make_id, read_id
from schema.types.enums import DeliveryState

RECHECKED_EVERY = 15.0
"""Seconds without news after which the store is asked: an import that died says nothing."""

RETRIED_AFTER = 1.0
"""Seconds until it is asked again when the database is away."""


@strawberry.type(
    description="How far the work on a delivery has come. `Delivery.state` shows what is stored,"
    " this what is being done: while rows are staged and published, it runs ahead."
)
class DeliveryProgress:
    """One message."""

    id: strawberry.ID = strawberry.field(description="The id of the delivery.")
    state: DeliveryState = strawberry.field(
        description="How far it has come. PUBLISHED, REJECTED and UNDONE end the subscription;"
        " REJECTED is also an import that broke off, whose delivery is then removed. STAGED is a"
        " delivery that waits to be published: the subscription goes on. PUBLISHED does not end it"
        " while the publication is to be undone."
    )
    step: str | None = strawberry.field(
        description="What is being done: map, validate, stage, publish, and of that the parts"
        " link, golden, rankings, receipts, welfare, flags, statistics. Steps may be added. Null"
        " when nothing is being done or nothing was heard yet."
    )
    rows_done: int | None = strawberry.field(
        description="Rows of this step that are done; null where they are not counted."
    )
    rows_total: int | None = strawberry.field(
        description="Rows of this step in all; null where they are not counted."
    )
    rows_per_second: float | None = strawberry.field(
        description="How fast this step goes; null where that is not known yet."
    )
    seconds_remaining: float | None = strawberry.field(
        description="When this step will be done at that pace; null where that is not known."
    )
    at: datetime = strawberry.field(description="When this was so.")

    @classmethod
    def of(cls, news: News) -> DeliveryProgress:
        """The message of what was heard."""
        told = news.progress
        return cls(
            id=make_id("Delivery", uuid=told.delivery),
            state=DeliveryState[told.state],
            step=told.step,
            rows_done=told.done,
            rows_total=told.total,
            rows_per_second=told.rows_per_second,
            seconds_remaining=told.seconds_remaining,
            at=news.at,
        )


@strawberry.type(description="Everything that can be followed.")
class Subscription:
    """The root of following."""

    @strawberry.subscription(
        description="How far the work on a delivery has come: at once, then whenever it has"
        " advanced, a few times a second at most, until it is done. Who reads slowly gets the"
        " newest only. NOT_FOUND if there is no such delivery to be seen."
    )
    async def delivery_progress(
        self,
        info: strawberry.Info[Context, Feed],
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")],
    ) -> AsyncIterator[DeliveryProgress]:
        delivery = read_id(id, "Delivery").uuid
        if delivery is None:
            raise bad_input("This id is not valid.")
        async for news in follow(info.root_value, info.context.reader, delivery):
            yield DeliveryProgress.of(news)


async def follow(feed: Feed, reader: Reader, delivery: UUID) -> AsyncIterator[News]:
    """What is stored of the delivery, then all news of it that go further, up to its end.

    Raises NOT_FOUND when the caller may not see it or it is not there.
    """
    async with feed.watch(delivery) as watch:  # first, so that nothing is missed after the look
        found = await _stored(reader, delivery)
        if found is None:
            raise HubError(ErrorCode.NOT_FOUND, "There is no such delivery.")
        last, waits = _news(delivery, found.state), found.waits
        yield last
        pause = RECHECKED_EVERY
        while waits or last.progress.state not in FINAL:
            news = await watch.next(pause)
            if news is None:
                news, waits = await _look(reader, delivery, waits=waits)
            elif news.progress.state in FINAL:
                waits = False  # what was wanted is done
            pause = RETRIED_AFTER if news is None else RECHECKED_EVERY
            if news is not None and _further(news.progress, last.progress):
                last = news
                yield last


@dataclass(frozen=True)
class _Stored:
    """How a delivery is stored, and whether its end is not the last that is to be heard of it."""

    state: str
    waits: bool = False


async def _look(reader: Reader, delivery: UUID, *, waits: bool) -> tuple[News | None, bool]:
    """The state that is stored, and whether it waits; no state while the database is away."""
    try:
        found = await _stored(reader, delivery)
    except OperationalError:
        return None, waits
    found = found or _Stored("REJECTED")  # it was there before
    return _news(delivery, found.state), found.waits


async def _stored(reader: Reader, delivery: UUID) -> _Stored | None:
    row = await deliveries.by_id(reader, delivery)
    if row is None:
        return None
    if _unfinished(row) and not await is_held(reader, row["source"], row["sha256"]):
        # Its import has just ended and the row says how, or it died and the row stays as it was.
        row = await deliveries.by_id(reader, delivery)
        if row is None or _unfinished(row):
            return _Stored("REJECTED")
    return _Stored(row["state"], row["wanted"] is not None)


def _unfinished(row: Row) -> bool:
    """Whether an import must be alive for it; what was uploaded waits for the worker instead."""
    return row["state"] in UNFINISHED and not row["kept"]


def _further(told: Progress, last: Progress) -> bool:
    """Whether it is news: said before the last look it is not, nor is a look with nothing new."""
    ahead = STATES.index(told.state) - STATES.index(last.state)
    return ahead > 0 or (ahead == 0 and told.step is not None and told != last)


def _news(delivery: UUID, state: str) -> News:
    return News(Progress(delivery, state), datetime.now(UTC))
