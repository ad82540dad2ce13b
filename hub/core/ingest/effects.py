"""What importing a file would do, found by doing it and taking it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from adapters.checked import Checked
from adapters.delivery import Options, Progress, check_file, unheard
from hub.core.ingest import memory
from hub.core.ingest.claim import enter
from hub.core.ingest.publishing import ONE_AT_A_TIME, publish
from hub.core.ingest.stage import common_region, stage
from hub.core.registry import journal
from hub.core.registry.journal import Effects
from hub.core.store.roles import act_as_importer


@dataclass(frozen=True)
class Foreseen:
    """What came of the check, and the effects of an import now.

    `effects` is None when there would be none: the file is refused, or `already` imported.
    """

    checked: Checked
    effects: Effects | None
    already: bool = False

    @property
    def refused(self) -> bool:
        """Whether there is nothing to write."""
        return self.effects is None and not self.already


def foresee(
    connection: psycopg.Connection[Any],
    path: Path,
    options: Options,
    *,
    strict: bool = False,
    progress: Progress = unheard,
) -> Foreseen:
    """Import a file in a transaction that is rolled back, and count what it changed.

    Other publications wait meanwhile. `connection` is in autocommit mode.
    """
    recalled = replace(options, memory=memory.known(connection))
    checked = check_file(path, recalled, progress)
    counts = checked.counts()
    if checked.refused or (strict and counts["rejected"]):
        return Foreseen(checked, None)
    region = options.region or common_region(checked)
    with connection.transaction(force_rollback=True):
        act_as_importer(connection)
        # Before the row of the delivery: an import of this file updates that behind this lock.
        connection.execute(ONE_AT_A_TIME)
        delivery_id = enter(connection, checked, region, "CHECKED", counts)
        if delivery_id is None:
            return Foreseen(checked, None, already=True)
        stage(connection, delivery_id, checked, progress)
        progress("publish")
        published = publish(connection, delivery_id, progress)
        return Foreseen(checked, journal.effects(connection, published.id))
