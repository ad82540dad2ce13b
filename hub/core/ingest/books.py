"""The workbook of a delivery: its file as it came, every fault marked, to be mended and sent again.

Whoever serves orders it and a worker writes it into the spool, where it lies for a day. Its name
holds when something was last done with the delivery, so that one that was checked again gets a new
workbook. A reason why it cannot be written lies beside, for whoever asks next.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import polars as pl
from xlsxwriter.exceptions import FileCreateError

from adapters import workbook
from adapters.base import DiskFullError, FileRefused
from adapters.delivery import check_raw, unreadable
from hub.core.ingest.against import against_registry
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.examining import check_kept, options_of, with_issues
from hub.core.ingest.jobs import order, under_way
from hub.core.ingest.mended import Content, content
from hub.core.ingest.spool import Spool
from hub.core.ingest.standing import issues_against
from hub.core.ingest.work import Connection, Work, work_on
from validation.issues import file_errors, render

REASON_SECONDS = 60.0
"""How long a reason holds; whoever asks later has it tried again."""

TRIES = 2
"""A job that takes its worker with it, or finds no database, is not tried more often."""

_WRITE_ERRORS = (OSError, FileCreateError, DiskFullError)


@dataclass(frozen=True)
class Book:
    """A workbook to be fetched: all rows of a delivery or the bad ones, as of a moment.

    Numbers in it are whole, so that who may see them masked only, and not `identified`, gets none
    that holds what others uploaded.
    """

    delivery_id: UUID
    touched_at: datetime
    bad_only: bool
    identified: bool

    @property
    def name(self) -> str:
        """Its name in the spool, and of the job that writes it."""
        rows = "bad" if self.bad_only else "all"
        for_whom = "whole" if self.identified else "own"
        return f"{self.delivery_id}-{self.touched_at.timestamp():.6f}-{rows}-{for_whom}"

    def path(self, spool: Spool) -> Path:
        """Where it lies once it is written."""
        return spool.books / f"{self.name}.xlsx"


def write_book(
    connection: Connection,
    spool: Spool,
    delivery_id: UUID,
    target: Path,
    *,
    bad_only: bool,
    identified: bool = True,
) -> None:
    """Write the workbook of a delivery to `target`, checked as it was, with its options.

    Raises Refusal when there is none to be had, OSError and FileCreateError when it cannot be
    written.
    """
    work = work_on(connection, delivery_id)
    if work is None:
        raise Refusal("Kiriman ini tidak ada.", "There is no such delivery.")
    check_kept(spool, work)
    try:
        found = content(connection, spool, work)
        _check_own(work, found, identified=identified)
        written = _write(connection, work, found, target, bad_only=bad_only)
    except FileRefused as refusal:
        raise _told(unreadable(Path(work.file_name), refusal).issues) from refusal
    except workbook.TooLarge as error:
        raise Refusal(
            "Berkas ini memuat lebih banyak baris atau kolom daripada Excel; pecah dahulu.",
            "This file has more rows or columns than Excel can hold; split it first.",
        ) from error
    if not written:
        raise Refusal(
            "Kiriman ini tidak punya baris yang perlu diperbaiki.",
            "This delivery has no row to mend.",
        )


def ask(connection: Connection, spool: Spool, book: Book) -> None:
    """See to it that the workbook is written, once; raises Refusal when it could not be."""
    if under_way(connection, book.name):
        return
    reason = _reason(spool, book)
    if reason is not None:
        raise reason
    order(
        connection,
        book.name,
        delivery=str(book.delivery_id),
        touched_at=book.touched_at.isoformat(),
        bad_only=book.bad_only,
        identified=book.identified,
    )


def produce(connection: Connection, spool: Spool, book: Book) -> None:
    """Write the workbook into the spool, or the reason why not.

    Raises what is no Refusal; without `give_up` it counts as one of `TRIES`.
    """
    if book.path(spool).is_file():
        return
    tries, partial = _beside(spool, book, "tries"), _beside(spool, book, "partial")
    try:
        spool.books.mkdir(mode=0o700, parents=True, exist_ok=True)
        _count(tries)
        write_book(
            connection, spool, book.delivery_id, partial,
            bad_only=book.bad_only, identified=book.identified,
        )  # fmt: skip
        _keep(partial, book.path(spool))
    except Refusal as refusal:
        give_up(spool, book, refusal)
    except _WRITE_ERRORS:
        give_up(spool, book, _FULL)
    else:
        tries.unlink(missing_ok=True)


def give_up(spool: Spool, book: Book, reason: Refusal) -> None:
    """Leave the reason why there is no workbook."""
    with suppress(OSError):  # the disk can be full, or gone
        for left in ("tries", "partial"):
            _beside(spool, book, left).unlink(missing_ok=True)
        _beside(spool, book, "reason").write_text(f"{reason.indonesian}\n{reason.english}")


_FULL = Refusal(
    "Disk hub penuh atau tidak dapat ditulis; beri tahu pengelola hub.",
    "The disk of the hub is full or cannot be written; tell who runs the hub.",
)
_BROKEN_OFF = Refusal(
    "Buku kerja ini tidak selesai ditulis; coba lagi nanti atau beri tahu pengelola hub.",
    "The workbook could not be finished; try again later, or tell who runs the hub.",
)


def _write(
    connection: Connection, work: Work, found: Content, target: Path, *, bad_only: bool
) -> bool:
    wrong = file_errors(found.issues)
    if wrong.height:  # what was mended cannot be placed: these are neither its cells nor the others
        raise _told(wrong)
    options = options_of(connection, work, found)
    checked = check_raw(found.raw, Path(work.file_name), options, raised=found.issues)
    if not checked.refused:
        if work.state == "PUBLISHED":
            # The registry no longer says it against rows that are in it by now.
            raised = issues_against(connection, work.mends or work.id)
        else:
            raised = against_registry(connection, checked, work.regions)
        checked = with_issues(checked, raised)
    return workbook.write(checked, options, target, bad_only=bad_only, raw=found.raw)


def _check_own(work: Work, found: Content, *, identified: bool) -> None:
    """Who writes the SHA-256 of a file into a workbook must not be shown its numbers whole."""
    if not identified and any(o.uploaded_by != work.uploaded_by for o in found.origins):
        raise Refusal(
            "Kiriman ini memperbaiki berkas yang diunggah akun lain; buku kerjanya hanya untuk yang"
            " boleh melihat NIK dan nomor KK utuh.",
            "This delivery mends a file that another account uploaded; its workbook is only for"
            " those who may see NIK and KK numbers whole.",
        )


def _told(issues: pl.DataFrame) -> Refusal:
    """What is wrong with a whole file, as a refusal."""
    first = issues.row(0, named=True)
    indonesian, english = (" ".join(render(first["code"], first, lang)) for lang in ("id", "en"))
    return Refusal(indonesian, english)


def _count(tries: Path) -> None:
    """Count a try in the size of the file; raises Refusal when there were enough."""
    with tries.open("ab") as file:
        if file.tell() >= TRIES:
            raise _BROKEN_OFF
        file.write(b".")


def _keep(partial: Path, path: Path) -> None:
    partial.chmod(0o600)
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)


def _reason(spool: Spool, book: Book) -> Refusal | None:
    """Why it could not be written a moment ago."""
    path = _beside(spool, book, "reason")
    try:
        if path.stat().st_mtime < time.time() - REASON_SECONDS:
            return None
        indonesian, _, english = path.read_text().partition("\n")
    except FileNotFoundError:
        return None
    return Refusal(indonesian, english)


def _beside(spool: Spool, book: Book, what: str) -> Path:
    return spool.books / f"{book.name}.{what}"
