"""A delivery while it is imported: only one import of it, seen and heard of by others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import psycopg

from adapters.checked import Checked, Recognised
from hub.core.ingest.announcing import Announcer
from hub.core.ingest.history import ONE_PERSON, Action, note
from hub.core.ingest.stage import common_region
from hub.core.ingest.waiting import clear
from hub.core.store.progress import (
    CHANNEL,
    DROP_UNHELD,
    HOLD,
    LET_GO,
    NOTIFY,
    UNFINISHED,
    Progress,
)
from hub.core.store.roles import act_as_importer

Connection = psycopg.Connection[Any]

PUT_ASIDE = ("REJECTED", "UNDONE")
FREE = (*UNFINISHED, *PUT_ASIDE)
"""States of a delivery whose file may be imported (again) under the same id."""

# A row of the same file that an import left behind when it died, or that was rejected or undone,
# is taken over; not one of which the worker takes care.
_ENTER = """
insert into delivery (source, layout, edition, region_code, file_name, sha256, size, state,
                      reference_date, rows_read, rows_accepted, rows_warning, rows_rejected)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (source, sha256) do update
   set (layout, edition, region_code, file_name, state, reference_date, rows_read, rows_accepted,
        rows_warning, rows_rejected, kept)
     = (excluded.layout, excluded.edition, excluded.region_code, excluded.file_name,
        excluded.state, excluded.reference_date, excluded.rows_read, excluded.rows_accepted,
        excluded.rows_warning, excluded.rows_rejected, false)
 where delivery.state = any(%s) and (delivery.state = any(%s) or not delivery.kept)
returning id
"""
_NO_ROWS = {"read": 0, "accepted": 0, "warning": 0, "rejected": 0}


def enter(
    connection: Connection,
    found: Recognised | Checked,
    region: str | None,
    state: str,
    counts: dict[str, int],
) -> UUID | None:
    """Write the row of a delivery; None when the file is in the registry already.

    The caller owns the transaction and acts as the importer.
    """
    aside = "select id from delivery where source = %s and sha256 = %s and state = any(%s)"
    given = (found.source, found.sha256, list(PUT_ASIDE))
    for (old,) in connection.execute(aside, given).fetchall():
        clear(connection, old)  # what it said of its rows is said anew
    values = (
        found.source, found.layout, found.edition, region, found.path.name, found.sha256,
        found.size, state, found.reference_date, counts["read"], counts["accepted"],
        counts["warning"], counts["rejected"], list(FREE), list(PUT_ASIDE),
    )  # fmt: skip
    row = connection.execute(_ENTER, values).fetchone()
    return None if row is None else row[0]


@dataclass(frozen=True)
class _File:
    source: str
    sha256: str


class Claim:
    """The right to import one file, from when its source is known to the end of the block.

    A second import of the file waits for the first. The row of the delivery is committed as soon
    as its region is known, since the region says who may see it: at once when the caller states
    it, else after the check. It is unfinished until `publish`; when the block ends without that,
    the row goes again. Should the process die, the next import of any file removes it. The
    connection must be in autocommit mode, or nobody else sees the row in time.
    """

    def __init__(self, connection: Connection, region: str | None) -> None:
        self._connection = connection
        self._region = region
        self._file: _File | None = None
        self._announcer: Announcer | None = None
        self._delivery_id: UUID | None = None

    def take(self, found: Recognised) -> None:
        """Wait for the file, and show the delivery if its region is stated."""
        self._connection.execute(HOLD, (found.source, found.sha256))
        self._file = _File(found.source, found.sha256)
        self._sweep(self._file)
        if self._region:
            self._enter(found, self._region, "RECOGNISED", _NO_ROWS)

    def keep(self, checked: Checked) -> UUID | None:
        """Show the checked delivery; None when the file is in the registry already."""
        region = self._region or common_region(checked)
        return self._enter(checked, region, "CHECKED", checked.counts())

    def known(self) -> UUID:
        """The delivery that the file was imported as before."""
        assert self._file is not None  # noqa: S101 - asked only after `take`
        row = self._connection.execute(
            "select id from delivery where source = %s and sha256 = %s",
            (self._file.source, self._file.sha256),
        ).fetchone()
        if row is None:
            raise RuntimeError("the delivery vanished while it was being looked up")
        found: UUID = row[0]
        return found

    def tell(self, step: str, done: int | None = None, total: int | None = None) -> None:
        """Tell those who listen how far the work is."""
        if self._announcer is not None:
            self._announcer.tell(step, done, total)

    def publish(self, actor: str | None) -> None:
        """The delivery is in the registry; the caller commits, and others hear of it then."""
        assert self._delivery_id is not None  # noqa: S101 - it has a row
        self._hush()  # or an older message could come after the last one
        self._connection.execute(
            "update delivery set state = 'PUBLISHED', published_at = now(), uploaded_by = %s"
            " where id = %s",
            (actor, self._delivery_id),
        )
        note(self._connection, self._delivery_id, Action.RECEIVED, actor)
        note(self._connection, self._delivery_id, Action.PUBLISHED, actor, ONE_PERSON)
        self._announce_end("PUBLISHED")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hush()
        if self._file is None:
            return
        # Without a connection the lock is gone, and the row is for the next import to remove.
        with suppress(psycopg.Error):
            try:
                self._withdraw()
            finally:
                self._connection.execute(LET_GO, (self._file.source, self._file.sha256))

    def _enter(
        self, found: Recognised | Checked, region: str | None, state: str, counts: dict[str, int]
    ) -> UUID | None:
        with self._acting():
            entered = enter(self._connection, found, region, state, counts)
        if entered is None:
            return None
        self._delivery_id = entered
        if self._announcer is None:
            self._announcer = Announcer(self._connection, entered)
        return self._delivery_id

    def _withdraw(self) -> None:
        """Remove the row of a delivery that did not get into the registry."""
        if self._delivery_id is None:
            return
        with self._acting():
            gone = self._connection.execute(
                "delete from delivery where id = %s and state = any(%s) and not kept",
                (self._delivery_id, list(UNFINISHED)),
            )
            if gone.rowcount:
                self._announce_end("REJECTED")

    def _sweep(self, own: _File) -> None:
        """Remove the rows of imports that died, as far as nobody takes them up just now."""
        left = self._connection.execute(
            "select id from delivery where state = any(%s) and not kept"
            " and (source, sha256) <> (%s, %s)",
            (list(UNFINISHED), own.source, own.sha256),
        ).fetchall()
        for (delivery,) in left:
            with self._acting():
                self._connection.execute(DROP_UNHELD, (delivery, list(UNFINISHED)))

    @contextmanager
    def _acting(self) -> Iterator[None]:
        with self._connection.transaction():
            act_as_importer(self._connection)
            yield

    def _announce_end(self, state: str) -> None:
        assert self._delivery_id is not None  # noqa: S101 - it has a row
        said = Progress(self._delivery_id, state).message()
        self._connection.execute(NOTIFY, (CHANNEL, said))

    def _hush(self) -> None:
        if self._announcer is not None:
            self._announcer.close()
            self._announcer = None
