"""The spool: uploaded files on disk, each once, under the SHA-256 of its bytes."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from hub.core.store.queries.uploads import forget_uploads, used

BOOK_HOURS = 24  # a workbook is kept this long
UNUSED_HOURS = 24  # an upload of which nobody makes a delivery is kept this long

_BLOCK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class SpoolError(Exception):
    """An upload was not kept; nothing of it is left."""


class TooLargeError(SpoolError):
    """It is larger than the spool takes."""


class EmptyError(SpoolError):
    """It has no bytes."""


class FullError(SpoolError):
    """The disk is full."""


@dataclass(frozen=True)
class Spooled:
    """A file that lies in the spool."""

    sha256: str
    size: int


class Spool:
    """The files in `folder`, which is on a disk of this machine, of at most `most_bytes` each.

    A file lies at `<folder>/<first two digits>/<sha256>` once it is whole, and in
    `<folder>/partial` before; `<folder>/books` holds workbooks that can be fetched. Only the
    account of the hub can read them. Several processes can use one spool.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self.most_bytes = most_bytes

    def path(self, sha256: str) -> Path:
        """Where the file with this SHA-256 lies, if it is there."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError("A SHA-256 has 64 digits, 0 to 9 and a to f.")
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the file is there."""
        return self.path(sha256).is_file()

    def remove(self, sha256: str) -> None:
        """Remove the file, if it is there."""
        self.path(sha256).unlink(missing_ok=True)

    async def take(self, chunks: AsyncIterable[bytes]) -> Spooled:
        """Keep what `chunks` say, whole and on disk, or nothing of it.

        Raises SpoolError, and what `chunks` raise.
        """
        with _told_when_full():
            partial = await asyncio.to_thread(self._begin)
            with closing(partial):  # again, since a task that is cancelled twice awaits nothing
                try:
                    await self._write(partial, chunks)
                    return await asyncio.to_thread(self._keep, partial)
                finally:
                    await asyncio.to_thread(partial.close)

    async def _write(self, partial: _Partial, chunks: AsyncIterable[bytes]) -> None:
        block = bytearray()
        async for chunk in chunks:
            block += chunk
            if partial.size + len(block) > self.most_bytes:
                raise TooLargeError
            if len(block) >= _BLOCK:
                await asyncio.to_thread(partial.write, block)
                block = bytearray()
        await asyncio.to_thread(partial.write, block)
        if not partial.size:
            raise EmptyError

    def sweep(self, connection: psycopg.Connection[Any]) -> None:
        """Remove what nobody waits for any more: partial files of processes that died, old
        workbooks, uploads of which no delivery came within `UNUSED_HOURS`, and files that no upload
        or delivery needs.

        Not inside a transaction: files go after it is certain that their rows are gone.
        """
        self.sweep_partials()
        self._sweep_books()
        with connection.transaction():
            forget_uploads(connection, UNUSED_HOURS)
        old = [path.name for path in self.folder.glob("??/*") if _is_old(path)]
        with connection.transaction():
            needed = used(connection, old)
        for sha256 in set(old) - needed:
            path = self.path(sha256)
            with self._turn():  # it can have been uploaded again since
                if _is_old(path):
                    path.unlink()

    def sweep_partials(self) -> None:
        """Remove the partial files that nobody writes: the lock of a dead process is gone."""
        for path in self._partials.glob("*"):
            # It can be whole, and elsewhere, by now.
            with suppress(FileNotFoundError), self._turn(), path.open("rb") as file:
                if _lock(file.fileno()):
                    path.unlink()

    def _sweep_books(self) -> None:
        """Remove old workbooks, and what a worker that died left of one: folders too."""
        for path in self.books.glob("*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime >= time.time() - BOOK_HOURS * 3600:
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    @property
    def books(self) -> Path:
        """The folder of hub.core.ingest.books, which makes it."""
        return self.folder / "books"

    @property
    def _partials(self) -> Path:
        return self.folder / "partial"

    def _begin(self) -> _Partial:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._partials.mkdir(mode=0o700, exist_ok=True)
        with self._turn():
            return _Partial(self._partials / secrets.token_hex(16))

    def _keep(self, partial: _Partial) -> Spooled:
        spooled = partial.finish()
        path = self.path(spooled.sha256)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with self._turn():
            partial.path.replace(path)  # also over a file of the same bytes: it is new again
        for folder in (path.parent, self.folder):
            with _opened(folder) as number:
                os.fsync(number)
        return spooled

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One at a time, over all processes: a sweep must not meet a file that just arrives."""
        with _opened(self.folder) as number:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield


class _Partial:
    """A file that is written; locked as long as somebody writes it.

    A thread that is given up goes on with its block, so one does not close what another writes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._hash = hashlib.sha256()
        self._turn = threading.Lock()
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(number, "wb", buffering=0)
        _lock(number)

    def write(self, data: bytearray) -> None:
        """Append `data`."""
        with self._turn:
            self._hash.update(data)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file.fileno(), rest) :]
            self.size += len(data)

    def finish(self) -> Spooled:
        """Have everything on disk."""
        with self._turn:
            os.fsync(self._file.fileno())
            return Spooled(self._hash.hexdigest(), self.size)

    def close(self) -> None:
        """Let go of it; what was not moved away is removed, which takes a while if it is large."""
        with self._turn:
            self._file.close()
            self.path.unlink(missing_ok=True)


def _lock(number: int) -> bool:
    """Lock an open file unless somebody else did; the lock ends when it is closed."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield number
    finally:
        os.close(number)


def _is_old(path: Path) -> bool:
    """Whether it is a spooled file that nobody uploaded for a while."""
    if not _SHA256.fullmatch(path.name):
        return False
    try:
        return path.stat().st_mtime < time.time() - UNUSED_HOURS * 3600
    except FileNotFoundError:
        return False


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise FullError from error
        raise
