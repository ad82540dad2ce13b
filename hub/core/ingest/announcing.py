"""Say how far an import is, beside it: on a connection and in a thread of its own.

What is sent inside the import's transaction would arrive at its end, and the import must not wait
for its news.
"""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from hub.core.ingest.pace import Pace
from hub.core.store.progress import CHANNEL, NOTIFY, Progress

AT_MOST_EVERY = 0.25
REPEATED_EVERY = 1.0
"""Seconds after which the newest is said again, for those who came later."""

_STATES = {
    "read": "RECEIVED",
    "recognise": "RECEIVED",
    "map": "RECOGNISED",
    "validate": "RECOGNISED",
    "stage": "CHECKED",
}


class Announcer:
    """Says the newest word on one delivery, a few times a second at most.

    Its failure to do so ends the news, not the import.
    """

    def __init__(self, connection: psycopg.Connection[Any], delivery: UUID) -> None:
        info = connection.info
        self._place = make_conninfo(info.dsn, password=info.password or None)
        self._delivery = delivery
        self._pace = Pace()
        self._newest: Progress | None = None
        self._changed = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-progress", daemon=True)
        self._thread.start()

    def tell(self, step: str, done: int | None, total: int | None) -> None:
        """Set the newest word."""
        state = _STATES.get(step, "STAGED")  # what follows are the parts of publishing
        pace = self._pace.of(step, done, total)
        self._newest = Progress(self._delivery, state, step, done, total, *pace)
        self._changed.set()

    def close(self) -> None:
        """Say no more: on return nothing is under way."""
        self._closed.set()
        self._changed.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            with psycopg.connect(self._place, autocommit=True) as connection:
                while not self._closed.is_set():
                    self._changed.wait(REPEATED_EVERY)
                    self._changed.clear()
                    newest = self._newest
                    if newest is not None and not self._closed.is_set():
                        connection.execute(NOTIFY, (CHANNEL, newest.message()))
                        self._closed.wait(AT_MOST_EVERY)
        except psycopg.Error:
            return
