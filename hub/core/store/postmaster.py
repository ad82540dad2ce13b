"""The live server process of a PostgreSQL cluster, as the cluster's pid file describes it."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Postmaster:
    """A live server process; `ready` once it accepts connections."""

    pid: int
    socket_dir: Path
    port: int
    ready: bool


def live_postmaster(data: Path) -> Postmaster | None:
    """Return the live server of the cluster in `data`, starting or ready; None if there is none."""
    lines = _pid_file_lines(data)
    if len(lines) < 5 or not _serves(int(lines[0]), data):
        return None
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    return Postmaster(int(lines[0]), Path(lines[4]), int(lines[3]), ready)


def ready_postmaster(data: Path, *, seconds: float) -> Postmaster | None:
    """Return the server of the cluster once it accepts connections.

    None when none is alive, or when the one that is alive is not ready after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while postmaster := live_postmaster(data):
        if postmaster.ready:
            return postmaster
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)
    return None


def drop_stale_pid_file(data: Path) -> None:
    """Remove the pid file of a dead server whose process id another program now has.

    PostgreSQL would take that program for the old server and refuse to start; it deals with
    every other stale pid file itself.
    """
    lines = _pid_file_lines(data)
    if lines and live_postmaster(data) is None and _exists(int(lines[0])):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _pid_file_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _serves(pid: int, data: Path) -> bool:
    """Tell whether process `pid` is the PostgreSQL of this very folder."""
    if Path("/proc/self").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return os.fsencode(data) in words
    shown = subprocess.run(  # noqa: S603 (a number, no shell)
        ["/bin/ps", "-p", str(pid), "-o", "args="], check=False, capture_output=True, text=True
    )
    return str(data) in shown.stdout
