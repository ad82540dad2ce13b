"""Import a file: check, stage and publish, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.delivery import Checked, Options, check_file
from hub.core.ingest.publishing import publish
from hub.core.ingest.stage import common_region, stage

Connection = psycopg.Connection[Any]
Progress = Callable[[str], None]


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


def import_file(
    connection: Connection,
    path: Path,
    options: Options,
    *,
    strict: bool = False,
    progress: Progress = lambda _: None,
) -> Imported:
    """Check a file and, unless it is refused, stage and publish its accepted rows.

    One transaction: a crash anywhere leaves no trace, and a retry starts afresh. Rejected rows
    are kept in quarantine; with `strict`, one rejected row means that nothing is written.
    `progress` is told the name of each step: read, recognise, map, validate, stage, publish.
    """
    clock = _Clock(progress)
    checked = check_file(path, options, clock.step)
    if checked.refused or (strict and checked.counts()["rejected"]):
        return Imported(checked, None, seconds=clock.stop())
    with connection.transaction():
        clock.step("stage")
        delivery_id = _claim(connection, checked, options)
        if delivery_id is None:
            known = _known(connection, checked)
            return Imported(checked, known, already=True, seconds=clock.stop())
        stage(connection, delivery_id, checked)
        clock.step("publish")
        raised = publish(connection, delivery_id)
        connection.execute(
            "update delivery set state = 'PUBLISHED', published_at = now() where id = %s",
            (delivery_id,),
        )
    return Imported(checked, delivery_id, flags=raised, seconds=clock.stop())


def known_file(connection: Connection, sha256: str) -> bool:
    """Whether these bytes were imported before, from any source."""
    found = connection.execute("select 1 from delivery where sha256 = %s", (sha256,)).fetchone()
    return found is not None


def _claim(connection: Connection, checked: Checked, options: Options) -> UUID | None:
    """A new delivery row; None when the same file is there already.

    Two imports of one file at once: the second waits here for the first, then finds it.
    """
    counts = checked.counts()
    row = connection.execute(
        """
        insert into delivery (source, layout, edition, region_code, file_name, sha256, size,
                              state, reference_date, rows_read, rows_accepted, rows_warning,
                              rows_rejected)
        values (%s, %s, %s, %s, %s, %s, %s, 'STAGED', %s, %s, %s, %s, %s)
        on conflict (source, sha256) do nothing
        returning id
        """,
        (
            checked.source, checked.layout, checked.edition,
            options.region or common_region(checked), checked.path.name, checked.sha256,
            checked.size, checked.reference_date, counts["read"], counts["accepted"],
            counts["warning"], counts["rejected"],
        ),
    ).fetchone()  # fmt: skip
    return row[0] if row else None


def _known(connection: Connection, checked: Checked) -> UUID:
    row = connection.execute(
        "select id from delivery where source = %s and sha256 = %s",
        (checked.source, checked.sha256),
    ).fetchone()
    if row is None:
        raise RuntimeError("the delivery vanished while it was being looked up")
    found: UUID = row[0]
    return found


class _Clock:
    """Times the steps while telling a listener their names."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._seconds: dict[str, float] = {}
        self._current: tuple[str, float] | None = None

    def step(self, name: str) -> None:
        self.stop()
        self._progress(name)
        self._current = (name, time.perf_counter())

    def stop(self) -> dict[str, float]:
        if self._current:
            name, start = self._current
            self._seconds[name] = self._seconds.get(name, 0.0) + time.perf_counter() - start
            self._current = None
        return self._seconds
