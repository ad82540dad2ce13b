"""The servers of bench/graphql.py: installed, started, checked against each other, stopped."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psycopg
from graphql import GraphQLError

from bench.graphql_data import REGENCY
from bench.graphql_operations import Operation

_ROOT = Path(__file__).parent.parent
_POSTGRAPHILE = Path(__file__).parent / "postgraphile"
_TICK = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 60
_POOL = 10
_PACKAGES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "granian", "psycopg")


@dataclass
class Server:
    """A running server: one process per port."""

    name: str
    ports: list[int] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def application(self) -> str:
        """What PostgreSQL calls its connections."""
        return f"bench-{self.name}"

    def ask(self, body: bytes) -> dict[str, Any]:
        """The answer of the first process to one request."""
        connection = HTTPConnection("127.0.0.1", self.ports[0], timeout=60)
        connection.request("POST", "/graphql", body, self.headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def tree(self) -> list[int]:
        """The processes and their children."""
        return [pid for process in self.processes for pid in _tree(process.pid)]

    def memory(self) -> list[tuple[float, float]]:
        """Resident memory of each process with its children now, and at most so far, in MB."""
        return [
            (sum(_status(p, "VmRSS") for p in pids), sum(_status(p, "VmHWM") for p in pids))
            for pids in (_tree(process.pid) for process in self.processes)
        ]


def install() -> Path:
    """Install PostGraphile and its Node from the lock file, unless done; returns Node."""
    node = _POSTGRAPHILE / "node_modules" / ".bin" / "node"
    lock = _POSTGRAPHILE / "package-lock.json"
    done = _POSTGRAPHILE / "node_modules" / ".bench-lock"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return node
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed to install PostGraphile; on Debian: apt-get install npm")
    print("npm ci in bench/postgraphile ...", flush=True)
    subprocess.run([npm, "ci", "--loglevel=error"], cwd=_POSTGRAPHILE, check=True)
    done.write_bytes(lock.read_bytes())
    return node


def make_token(url: str, data_dir: Path) -> str:
    """A masked token for the regency, made by the hub's own command."""
    made = subprocess.run(
        [_hub(), "user", "token", "bench", "--region", REGENCY],
        env={**os.environ, "HUB_DATABASE_URL": url, "HUB_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=True,
    )
    return made.stdout.split()[-1]


@contextmanager
def hub(url: str, data_dir: Path, token: str, processes: int = 1) -> Iterator[Server]:
    """`hub serve`, as in production."""
    server = Server("hub", headers=_headers(token))
    environment = {"HUB_DATABASE_URL": url, "HUB_HOST": "127.0.0.1", "HUB_DATA_DIR": str(data_dir)}
    with _running(
        *(server, processes, [_hub(), "serve"], _ROOT),
        lambda port: {**environment, "HUB_PORT": str(port)},
    ):
        yield server


@contextmanager
def plain(url: str, token: str, processes: int = 1) -> Iterator[Server]:
    """The hub's application with every operation executed by Strawberry, nothing compiled."""
    server = Server("plain", headers=_headers(token))
    command = [sys.executable, "-m", "bench.graphql_plain"]
    with _running(
        *(server, processes, command, _ROOT),
        lambda port: {"HUB_DATABASE_URL": url, "HUB_PORT": str(port)},
    ):
        yield server


@contextmanager
def postgraphile(url: str, node: Path, processes: int = 1) -> Iterator[Server]:
    """PostGraphile; several processes share the number of connections."""
    server = Server("postgraphile", headers=_headers(None))
    environment = {
        "DATABASE_URL": url,
        "POOL_SIZE": str(_POOL // processes),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    command = [str(node), "server.mjs"]
    with _running(
        *(server, processes, command, _POSTGRAPHILE),
        lambda port: {**environment, "PORT": str(port)},
    ):
        yield server


Sizes = dict[str, dict[str, float]]
"""The mean size of the answers, by operation and server."""


def check(operations: Iterable[Operation], servers: Sequence[Server]) -> Sizes:
    """Every request to every server; returns the mean size of the answers, by operation.

    Raises SystemExit when two servers do not say the same.
    """
    sizes: Sizes = {}
    for operation in operations:
        views: dict[str, list[Any]] = {}
        for server in servers:
            try:
                answers = [server.ask(body) for body in operation.bodies(server.name)]
                views[server.name] = [operation.view(server.name, answer) for answer in answers]
            except (ValueError, TypeError, KeyError, GraphQLError) as error:
                raise SystemExit(
                    f"{server.name} does not answer {operation.key}: {error!r}"
                ) from error
            total = sum(len(json.dumps(a, separators=(",", ":"))) for a in answers)
            sizes.setdefault(operation.key, {})[server.name] = total / len(answers)
        first = servers[0].name
        for name, found in views.items():
            _same(operation, first, views[first], name, found)
    return sizes


def _same(operation: Operation, one: str, left: list[Any], other: str, right: list[Any]) -> None:
    for number, (mine, theirs) in enumerate(zip(left, right, strict=True)):
        if mine != theirs:
            shown = "\n".join(json.dumps(v, default=str)[:2000] for v in (mine, theirs))
            raise SystemExit(
                f"{one} and {other} differ on request {number} of {operation.key}:\n{shown}"
            )


# --- processes --------------------------------------------------------------------------------


def cpu_seconds(pids: Iterable[int]) -> dict[int, float]:
    """CPU time of each process that lives, so far."""
    found = {}
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[pid] = (int(fields[11]) + int(fields[12])) / _TICK
    return found


def backends(connection: psycopg.Connection[Any], server: Server) -> list[int]:
    """The processes of PostgreSQL that work for `server`. Raises SystemExit when it has none."""
    rows = connection.execute(
        "select pid from pg_stat_activity where application_name = %s", [server.application]
    ).fetchall()
    if not rows:
        raise SystemExit(f"PostgreSQL knows no connection named {server.application}.")
    return [row[0] for row in rows]


def ended_seconds(connection: psycopg.Connection[Any]) -> float:
    """CPU time of all of PostgreSQL's processes that have ended, so far."""
    backend = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
    postmaster = backend.rpartition(")")[2].split()[1]
    fields = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / _TICK


def versions(url: str, node: Path) -> dict[str, str]:
    """Of everything that is measured or measures."""
    found = {"Python": platform.python_version()}
    for name in (
        "strawberry-graphql",
        "graphql-core",
        "starlette",
        "uvicorn",
        "granian",
        "psycopg",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    shown = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True)
    found["Node"] = shown.stdout.strip()
    for name in ("postgraphile", "grafast", "pg"):
        package = _POSTGRAPHILE / "node_modules" / name / "package.json"
        found[name] = json.loads(package.read_text())["version"]
    with psycopg.connect(url) as connection:
        row = connection.execute("show server_version").fetchone()
        found["PostgreSQL"] = row[0] if row else "?"
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)
    found["wrk"] = (re.search(r"wrk (\S+)", wrk.stdout + wrk.stderr) or ["", "?"])[1]
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    found["cores"] = f"{os.cpu_count()} ({model[1] if model else platform.machine()})"
    return found


def _hub() -> str:
    return str(Path(sys.executable).with_name("hub"))


def _headers(token: str | None) -> dict[str, str]:
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    return {"Content-Type": "application/json", "Accept": "application/json", **bearer}


@contextmanager
def _running(
    server: Server,
    processes: int,
    command: Sequence[str],
    folder: Path,
    environment: Callable[[int], dict[str, str]],
) -> Iterator[None]:
    """Run so many processes of `server`, each on a port of its own, for the block."""
    named = {**os.environ, "PGAPPNAME": server.application}
    try:
        for _ in range(processes):
            port = _free_port()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**named, **environment(port)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a line per request
            )
            server.processes.append(process)
            server.ports.append(port)
        for process, port in zip(server.processes, server.ports, strict=True):
            _wait(server.name, process, port)
        yield
    finally:
        for process in server.processes:
            process.terminate()
        for process in server.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(name: str, process: subprocess.Popen[bytes], port: int) -> None:
    """Until something answers, whatever it says."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/graphql")
            connection.getresponse().read()
        except (OSError, HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise SystemExit(f"{name} does not start (exit code {process.poll()}).")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
        return port


def _tree(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(found for child in children for found in _tree(child))]


def _status(pid: int, name: str) -> float:
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(rf"{name}:\s*(\d+) kB", text)
    return int(found[1]) / 1024 if found else 0.0
