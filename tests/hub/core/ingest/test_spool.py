"""Files are kept whole or not at all, each once, and those that nobody needs go."""

import asyncio
import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from hub.core.ingest.spool import EmptyError, FullError, Spool, Spooled, TooLargeError

MB = 1 << 20
DAY_AGO = time.time() - 25 * 3600


async def parts(*chunks: bytes) -> AsyncIterator[bytes]:
    """These chunks."""
    for chunk in chunks:
        yield chunk


def take(spool: Spool, *chunks: bytes) -> Spooled:
    """Have the spool take these chunks."""
    return asyncio.run(spool.take(parts(*chunks)))


def files(spool: Spool) -> list[Path]:
    """Every file in the spool, partial ones too."""
    return [path for path in spool.folder.rglob("*") if path.is_file()]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """A spool that takes 4 MB."""
    return Spool(tmp_path / "data" / "spool", 4 * MB)


def test_a_file_lies_under_its_hash_for_the_hub_alone(spool: Spool) -> None:
    data = [b"satu", b"", os.urandom(MB + 1), b"dua"]
    sha256 = hashlib.sha256(b"".join(data)).hexdigest()
    assert not spool.has(sha256)
    assert take(spool, *data) == Spooled(sha256, MB + 8)
    path = spool.folder / sha256[:2] / sha256
    assert (spool.path(sha256), spool.has(sha256)) == (path, True)
    assert path.read_bytes() == b"".join(data)
    assert files(spool) == [path]
    assert path.stat().st_mode & 0o777 == 0o600
    folders = [spool.folder, *[p for p in spool.folder.rglob("*") if p.is_dir()]]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}
    spool.remove(sha256)
    spool.remove(sha256)
    assert files(spool) == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_no_other_name_leads_into_the_spool(spool: Spool, name: str) -> None:
    with pytest.raises(ValueError, match="64 digits"):
        spool.path(name)


def test_ten_uploads_of_the_same_bytes_at_once_are_one_file(spool: Spool) -> None:
    data = os.urandom(2 * MB)

    async def all_at_once() -> list[Spooled]:
        return await asyncio.gather(*[spool.take(parts(data[:99], data[99:])) for _ in range(10)])

    assert set(asyncio.run(all_at_once())) == {Spooled(hashlib.sha256(data).hexdigest(), 2 * MB)}
    assert [path.read_bytes() for path in files(spool)] == [data]


def test_what_came_is_on_disk_before_the_rest_comes(spool: Spool) -> None:
    on_disk: list[int] = []

    async def coming() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(MB)
            on_disk.append(sum(path.stat().st_size for path in files(spool)))

    asyncio.run(spool.take(coming()))
    assert on_disk == [MB, 2 * MB, 3 * MB]


def test_what_is_too_large_or_empty_is_not_kept(spool: Spool) -> None:
    with pytest.raises(TooLargeError):
        take(spool, bytes(4 * MB), b"1")
    with pytest.raises(EmptyError):
        take(spool, b"", b"")
    assert files(spool) == []
    assert take(spool, bytes(4 * MB)).size == 4 * MB


def test_what_is_broken_off_leaves_nothing(spool: Spool) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(2 * MB)
        raise ConnectionError

    async def left() -> None:
        begun = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield bytes(2 * MB)
            begun.set()
            await asyncio.Event().wait()

        taking = asyncio.create_task(spool.take(endless()))
        await begun.wait()
        assert len(files(spool)) == 1
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking

    with pytest.raises(ConnectionError):
        asyncio.run(spool.take(broken()))
    assert files(spool) == []
    asyncio.run(left())
    assert files(spool) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("function", ["write", "fsync", "mkdir"])
def test_a_full_disk_is_told_and_leaves_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, function: str, number: int
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, function, full)
        with pytest.raises(FullError):
            take(spool, b"satu")
    assert files(spool) == []
    assert spool.has(take(spool, b"satu").sha256)


def test_another_fault_of_the_disk_is_not_called_full(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="broken"):
        take(spool, b"satu")
    assert files(spool) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    folder, mount, umount = tmp_path / "disk", shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("there is no mount")
    folder.mkdir()
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("only root can mount")
    try:
        yield folder
    finally:
        subprocess.run([umount, folder], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    spool = Spool(small_disk / "spool", 4 * MB)
    with pytest.raises(FullError):
        take(spool, *[os.urandom(MB) for _ in range(3)])
    assert files(spool) == []
    assert spool.has(take(spool, os.urandom(MB)).sha256)


DYING = """
import asyncio, pathlib, sys
from hub.core.ingest.spool import Spool

async def stalled():
    yield bytes(1 << 20)
    print("written", flush=True)
    await asyncio.Event().wait()

asyncio.run(Spool(pathlib.Path(sys.argv[1]), 1 << 30).take(stalled()))
"""


def test_a_partial_file_goes_once_its_process_is_dead(spool: Spool) -> None:
    command = [sys.executable, "-c", DYING, str(spool.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"written\n"
            spool.sweep_partials()
            assert len(files(spool)) == 1
        finally:
            process.send_signal(signal.SIGKILL)
    spool.sweep_partials()
    assert files(spool) == []


def test_a_sweep_leaves_what_this_process_writes(spool: Spool) -> None:
    async def swept_meanwhile() -> AsyncIterator[bytes]:
        yield bytes(MB)
        spool.sweep_partials()
        yield b"dua"

    assert spool.has(asyncio.run(spool.take(swept_meanwhile())).sha256)


def upload(connection: psycopg.Connection[Any], sha256: str, hours: int) -> UUID:
    """An upload of so many hours ago."""
    row = connection.execute(
        "with known as (insert into account (name) values ('penguji')"
        " on conflict (name) do update set name = excluded.name returning id)"
        " insert into upload (account_id, sha256, size, file_name, received_at)"
        " select id, %s, 1, 'a.xlsx', now() - make_interval(hours => %s) from known returning id",
        (sha256, hours),
    ).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def deliver(connection: psycopg.Connection[Any], sha256: str, *, kept: bool) -> None:
    """A delivery of this file."""
    connection.execute(
        "insert into delivery (source, layout, edition, file_name, sha256, size, state, kept)"
        " values ('DTKS', '', '', 'a.xlsx', %s, 1, 'STAGED', %s)",
        (sha256, kept),
    )


def old_file(spool: Spool, data: bytes) -> str:
    """The name of a file spooled more than a day ago."""
    sha256 = take(spool, data).sha256
    os.utime(spool.path(sha256), (DAY_AGO, DAY_AGO))
    return sha256


def test_a_sweep_removes_what_nobody_waits_for(spool: Spool, store_url: str) -> None:
    names = ["stays", "goes", "delivered", "imported", "twice", "orphan", "again"]
    sha = {name: old_file(spool, name.encode()) for name in names}
    with psycopg.connect(store_url, autocommit=True) as connection:
        stays = upload(connection, sha["stays"], 23)
        upload(connection, sha["goes"], 25)
        delivered = upload(connection, sha["delivered"], 25)
        deliver(connection, sha["delivered"], kept=True)
        upload(connection, sha["imported"], 25)
        deliver(connection, sha["imported"], kept=False)
        upload(connection, sha["twice"], 25)
        twice = upload(connection, sha["twice"], 1)
        take(spool, b"again")  # its row is not there yet
        spool.sweep(connection)
        rows = connection.execute("select id from upload").fetchall()
    assert {row[0] for row in rows} == {stays, delivered, twice}
    left = {name for name in names if spool.has(sha[name])}
    assert left == {"stays", "delivered", "twice", "again"}


def test_a_sweep_does_not_take_what_somebody_makes_a_delivery_of(
    spool: Spool, store_url: str
) -> None:
    sha256 = old_file(spool, b"satu")
    with psycopg.connect(store_url) as maker, psycopg.connect(store_url) as sweeper:
        identity = upload(maker, sha256, 25)
        maker.commit()
        maker.execute("select from upload where id = %s for update", (identity,))
        spool.sweep(sweeper)
        assert spool.has(sha256)
        deliver(maker, sha256, kept=True)
        maker.commit()
        spool.sweep(sweeper)
        assert spool.has(sha256)


def test_a_sweep_of_no_folder_is_none(spool: Spool, store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        spool.sweep(connection)
    assert not spool.folder.exists()
