"""The queue: who wants something done with a delivery wakes a worker for it.

A job of a delivery says only which one to look at; what is to be done stands in `delivery.wanted`.
So a job too many does nothing, and one that got lost is made again by the worker's sweep. Workbooks
are ordered by those who wait for them, and again while they do.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import JobDeferrer
from procrastinate.tasks import ConfigureTaskOptions
from procrastinate.types import JSONValue

from hub.core.store.roles import act_as_importer

QUEUE = "hub"
TASK = "advance"
WRITE = "write"

_UNDER_WAY = "select from procrastinate_jobs where lock = %s and status in ('todo', 'doing')"

# Never opened: every job goes in by the connection of its caller.
_app = App(connector=SyncPsycopgConnector())


def options(about: UUID | str, seconds: float = 0) -> ConfigureTaskOptions:
    """How a job about something is queued: one waits at most, and one is at work at most."""
    key = str(about)
    found: ConfigureTaskOptions = {"queue": QUEUE, "lock": key, "queueing_lock": key}
    if seconds:
        found["schedule_in"] = {"seconds": int(seconds)}
    return found


def wake(
    connection: psycopg.Connection[Any], delivery_id: UUID, *, seconds: float = 0, attempt: int = 0
) -> None:
    """Have a worker look at the delivery, once the caller's transaction is committed.

    After `seconds` at the earliest; `attempt` counts those that failed. Raises what the database
    raises.
    """
    job = _app.configure_task(TASK, connection=connection, **options(delivery_id, seconds))
    _defer(connection, job, delivery=str(delivery_id), attempt=attempt)


def order(connection: psycopg.Connection[Any], key: str, **what: JSONValue) -> None:
    """Have a worker write a workbook. Raises as `wake` does."""
    job = _app.configure_task(WRITE, connection=connection, **options(key))
    _defer(connection, job, **what)


def under_way(connection: psycopg.Connection[Any], key: str) -> bool:
    """Whether a worker is at a job, or one waits for it."""
    with connection.transaction():
        act_as_importer(connection)
        return connection.execute(_UNDER_WAY, (key,)).fetchone() is not None


def _defer(connection: psycopg.Connection[Any], job: JobDeferrer, **what: JSONValue) -> None:
    try:
        with suppress(AlreadyEnqueued), connection.transaction():
            job.defer(**what)
    except ConnectorException as error:
        raise error.__cause__ or error from None
