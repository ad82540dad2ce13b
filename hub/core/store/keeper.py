"""Keeps the embedded PostgreSQL running as long as its hub, and no longer."""

from __future__ import annotations

import logging
import subprocess
import threading
from types import TracebackType
from typing import Self

from hub.core.store.embedded_place import EmbeddedError, Place
from hub.core.store.postmaster import drop_stale_pid_file, live_postmaster

LOOKED_EVERY = 1.0
LONGEST_PAUSE = 8.0
"""Seconds between two starts of a server that does not run, as when its disk is full."""

_log = logging.getLogger(__name__)


class Keeper:
    """For a block: a server that dies is started again, and none outlives this process."""

    def __init__(self, place: Place, pid: int) -> None:
        self._place = place
        self._pid = pid
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="hub-postgresql", daemon=True)

    def __enter__(self) -> Self:
        self._guardian = _guardian(self._place, self._pid)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._thread.join()
        _dismiss(self._guardian)

    def _keep(self) -> None:
        pause = LOOKED_EVERY
        while not self._closing.wait(pause):
            live = live_postmaster(self._place.data)
            if live is None:
                _log.error("postgresql died")
                self._start()
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            if live.pid != self._pid:
                old, self._guardian = self._guardian, _guardian(self._place, live.pid)
                self._pid = live.pid
                _dismiss(old)
            if live.ready:
                pause = LOOKED_EVERY

    def _start(self) -> None:
        """Have it started; whether it runs is seen at the next look."""
        data = self._place.data
        try:
            drop_stale_pid_file(data)
            self._place.run("pg_ctl", "start", "-W", "-s", "-D", str(data), "-l",
                            str(data / "start.log"))  # fmt: skip
        except (OSError, EmbeddedError) as error:
            _log.error("postgresql not started", extra={"error": type(error).__name__})


def _guardian(place: Place, pid: int) -> subprocess.Popen[bytes]:
    """Has the server stop even if this process is killed.

    It waits on a pipe that only we hold open: the kernel closes it when we die.
    """
    account = place.account
    return subprocess.Popen(  # noqa: S603 (constant script)
        ["/bin/sh", "-c", 'read -r word || kill -INT "$0"', str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def _dismiss(guardian: subprocess.Popen[bytes]) -> None:
    guardian.communicate(b"stopped in order\n")
