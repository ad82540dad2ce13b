"""Import a file: check, stage and publish; in the registry as a whole or not at all."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.checked import Checked
from adapters.delivery import Options, Progress, check_file, unheard
from hub.core.ingest import memory
from hub.core.ingest.claim import FREE, Claim
from hub.core.ingest.publishing import ONE_AT_A_TIME, publish
from hub.core.ingest.stage import stage
from hub.core.store.roles import act_as_importer

Connection = psycopg.Connection[Any]
STEPS = ("read", "recognise", "map", "validate", "stage", "publish")


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    `delivery_id` is None when nothing was written: the file was refused, or `strict` met an
    error. `already` says that the same bytes of the same source were imported before, as
    `delivery_id`. `flags` counts the overlap flags it raised, `seconds` the time of each step.
    """

    checked: Checked
    delivery_id: UUID | None
    already: bool = False
    flags: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether there was nothing to write."""
        return self.delivery_id is None


def import_file(
    connection: Connection,
    path: Path,
    options: Options,
    *,
    strict: bool = False,
    progress: Progress = unheard,
    actor: str | None = None,
) -> Imported:
    """Check a file and, unless it is refused, stage and publish its accepted rows.

    All but the delivery's own row is one transaction: a crash anywhere leaves that unfinished row
    at most, which the next import takes up or removes. Rejected rows are kept in quarantine; with
    `strict`, one rejected row means that nothing is written. `connection` is in autocommit mode.
    `progress` is told the steps (read, recognise, map, validate, stage, publish), the parts of
    publishing, and the rows done; those who listen to the database hear the same. `actor` is who
    publishes, for the record. Mappings of columns that were confirmed before are used, and those of
    `options` are kept.
    """
    clock = _Clock(progress)
    with Claim(connection, options.region) as claim:

        def tell(step: str, done: int | None = None, total: int | None = None, /) -> None:
            clock.step(step, done, total)
            claim.tell(step, done, total)

        recalled = replace(options, memory=memory.known(connection))
        checked = check_file(path, recalled, tell, claim.take)
        if checked.refused or (strict and checked.counts()["rejected"]):
            return Imported(checked, None, seconds=clock.stop())
        delivery_id = claim.keep(checked)
        if delivery_id is None:
            return Imported(checked, claim.known(), already=True, seconds=clock.stop())
        with connection.transaction():
            act_as_importer(connection)
            # Before the rows: what makes many of them noticed waits for who else publishes.
            connection.execute(ONE_AT_A_TIME)
            stage(connection, delivery_id, checked, tell)
            tell("publish")
            published = publish(connection, delivery_id, tell, actor)
            claim.publish(actor)
            memory.remember(connection, checked.confirmed, by=actor or "-")
        return Imported(checked, delivery_id, flags=published.flags, seconds=clock.stop())


def known_file(connection: Connection, sha256: str) -> bool:
    """Whether these bytes were imported before, from any source, and are in the registry still."""
    found = connection.execute(
        "select 1 from delivery where sha256 = %s and state <> all(%s)", (sha256, list(FREE))
    ).fetchone()
    return found is not None


class _Clock:
    """Times the steps while telling a listener of them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._seconds: dict[str, float] = {}
        self._current: tuple[str, float] | None = None

    def step(self, name: str, done: int | None, total: int | None) -> None:
        if name in STEPS and (self._current is None or self._current[0] != name):
            self.stop()
            self._current = (name, time.perf_counter())
        self._progress(name, done, total)

    def stop(self) -> dict[str, float]:
        if self._current:
            name, start = self._current
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start
            self._current = None
        return self._seconds
