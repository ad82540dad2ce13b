"""`hub worker` as a process: it ends when it is told to, and with whoever keeps it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from lists import nik, recipients

from adapters.delivery import Options
from hub.cli import worker
from hub.core.ingest.receiving import Sender, receive_file
from hub.core.ingest.spool import Spool

COMMAND = [sys.executable, "-c", "from hub.cli.main import main; main()", "worker"]
PATIENCE = 60


@pytest.fixture
def settings(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    own = {"HUB_DATABASE_URL": store_url, "HUB_DATA_DIR": str(tmp_path)}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **own}


@pytest.fixture
def connection(store_url: str) -> Iterator[Any]:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def upload(connection: Any, folder: Path, name: str = "daftar.csv") -> UUID:
    rows = (f"{nik(len(name))};SITI;PKH;2024-03", ";;PKH;2024-03")
    file = recipients(folder, *rows, name=name)
    options = Options(region_system="kemendagri")
    spool = Spool(folder / "spool", 1 << 20)
    return receive_file(connection, spool, file, options, Sender("penguji")).delivery_id


def staged(connection: Any, delivery: UUID) -> Callable[[], bool]:
    query = "select state = 'STAGED' and wanted is null from delivery where id = %s"
    return lambda: connection.execute(query, (delivery,)).fetchone()[0]


def serving(connection: Any) -> list[int]:
    """The workers that are registered."""
    return [i for (i,) in connection.execute("select id from procrastinate_workers")]


def alive(pid: int) -> bool:
    """Whether the process runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stages_what_was_uploaded_and_ends_when_told_to(
    number: int, connection: Any, settings: dict[str, str], tmp_path: Path
) -> None:
    delivery = upload(connection, tmp_path)
    process = subprocess.Popen(COMMAND, env=settings, stderr=subprocess.PIPE)
    wait_for(staged(connection, delivery))
    process.send_signal(number)
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    lines = [json.loads(line) for line in told.decode().splitlines()]
    assert [line["event"] for line in lines] == ["worker started", "job done", "worker stopped"]
    assert lines[1]["id"] == str(delivery)
    assert serving(connection) == []


def test_it_outlives_its_connections_and_says_so_in_lines_of_its_own(
    connection: Any, settings: dict[str, str], tmp_path: Path
) -> None:
    process = subprocess.Popen(COMMAND, env=settings, stderr=subprocess.PIPE)
    wait_for(lambda: bool(serving(connection)))
    connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    wait_for(staged(connection, upload(connection, tmp_path)))
    process.terminate()
    _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    events = [json.loads(line)["event"] for line in told.decode().splitlines()]
    assert (events[0], events[-1]) == ("worker started", "worker stopped")


def test_one_that_is_kept_ends_with_its_input(connection: Any, settings: dict[str, str]) -> None:
    process = subprocess.Popen([*COMMAND, "--kept"], env=settings, stdin=subprocess.PIPE)
    wait_for(lambda: bool(serving(connection)))
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_one_beside_that_is_killed_is_started_again(
    connection: Any, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **more: Any) -> Any:
        started.append(popen(*arguments, **more))
        return started[-1]

    monkeypatch.setattr(worker.subprocess, "Popen", start)
    with worker.worker_beside():
        wait_for(lambda: bool(serving(connection)))
        started[0].kill()
        wait_for(staged(connection, upload(connection, tmp_path)))
    assert [process.poll() for process in started] == [-signal.SIGKILL, 0]


BESIDE = """
import time
from hub.cli.worker import worker_beside
with worker_beside():
    print("up", flush=True)
    time.sleep(600)
"""


def children(process: subprocess.Popen[Any]) -> list[int]:
    found = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(pid) for file in found for pid in file.read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_one_beside_ends_with_its_keeper(
    number: int, connection: Any, settings: dict[str, str]
) -> None:
    process = subprocess.Popen([sys.executable, "-c", BESIDE], env=settings)
    wait_for(lambda: bool(serving(connection)))
    (child,) = children(process)
    process.send_signal(number)
    process.wait(PATIENCE)
    wait_for(lambda: not alive(child))


@pytest.mark.parametrize(("options", "workers"), [([], 0), (["--worker"], 1)])
def test_a_server_on_a_database_of_its_own_has_a_worker_if_told_so(
    options: list[str], workers: int, settings: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        environment = {**settings, "HUB_PORT": str(free.getsockname()[1])}
    command = [*COMMAND[:-1], "serve", *options]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert b"/graphql" in process.stdout.readline()
    found = children(process)
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert len(found) == workers
    assert not [pid for pid in found if alive(pid)]
