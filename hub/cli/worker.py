"""`hub worker`: the work on deliveries that wait, in a process of its own; and its keeper."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from hub.cli.connection import sentences
from hub.core.ingest.spool import Spool
from hub.core.ingest.working import GRACE, Worker
from hub.core.store.engine import database
from hub.core.store.reference import prepare
from hub.core.store.signals import exit_on_signals
from hub.settings import load
from hub.web.logs import configure

LONGEST_PAUSE = 30.0
_COMMAND = (sys.executable, "-c", "from hub.cli.main import main; main()", "worker", "--kept")
_LIBRARIES = ("procrastinate", "psycopg")

_log = logging.getLogger(__name__)


@click.command("worker")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("kept", "--kept", is_flag=True, hidden=True, help="End with the standard input.")
@sentences
def worker_command(jobs: int, kept: bool) -> None:
    """Check, stage, publish and undo the deliveries that wait, JOBS at a time.

    Runs until SIGTERM or SIGINT; what it was doing then or when it was killed is done by the next
    worker. `hub serve` has one of its own when it runs the embedded PostgreSQL.
    """
    configure()
    for name in _LIBRARIES:  # our own lines tell what is to be known, without values
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    settings = load()
    with database(settings.database_url, settings.data_dir, exclusive=False) as url:
        prepare(url)
        worker = Worker(url, Spool(settings.spool_dir, settings.upload_mb << 20), jobs)
        with asyncio.Runner() as runner:
            if not runner.run(_work(worker, kept=kept)):
                # A thread cannot be broken off, only left; nothing it does is lost or done twice.
                os._exit(0)


async def _work(worker: Worker, *, kept: bool) -> bool:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    if kept:  # nobody writes there: what can be read is the end, however the keeper ended

        def ended() -> None:
            loop.remove_reader(sys.stdin)
            stop.set()

        loop.add_reader(sys.stdin, ended)
    return await worker.run(stop)


@contextmanager
def worker_beside() -> Iterator[None]:
    """A worker in a process of its own for the block; one that dies is started again.

    It finds the database as this process does. It ends with the block, and with this process.
    """
    closing = threading.Event()
    keeper = _Keeper(closing)
    thread = threading.Thread(target=keeper.keep, name="hub-worker", daemon=True)
    thread.start()
    try:
        with exit_on_signals():
            yield
    finally:
        closing.set()
        keeper.end()
        thread.join()


class _Keeper:
    def __init__(self, closing: threading.Event) -> None:
        self._closing = closing
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Have a worker until it is time to close."""
        pause = 1.0
        while child := self._start():
            began = time.monotonic()
            with child:
                code = child.wait()
            if self._closing.is_set():
                return
            _log.error("worker died", extra={"status": code})
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = 1.0
            self._closing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def end(self) -> None:
        """End the worker of now."""
        with self._lock:
            child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(2 * GRACE)
        except subprocess.TimeoutExpired:
            child.kill()

    def _start(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closing.is_set():
                return None
            # Its own session: an interrupt of the terminal is for us, and we tell it.
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                _COMMAND, stdin=subprocess.PIPE, start_new_session=True
            )
            return self._child
