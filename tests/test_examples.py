"""The examples for integrators, run as their users run them, against a served registry.

`make examples` makes what they need (the generator's own environment; Node is asked for).
"""

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest
import seed

from hub.core.access import create_token
from hub.web.serve import listen, served

EXAMPLES = Path(__file__).parents[1] / "examples"
PYTHON = EXAMPLES / "python"
GENERATOR = PYTHON / ".venv/bin/ariadne-codegen"
NODE = shutil.which("node")
Found = dict[str, dict[str, str]]

needs_generator = pytest.mark.skipif(not GENERATOR.exists(), reason="run `make examples`")
needs_node = pytest.mark.skipif(NODE is None, reason="Node 20 is not installed")


class Gate:
    """Stands before the hub; answers the requests whose number is in `trouble` itself."""

    def __init__(self, hub: str, trouble: dict[int, int]) -> None:
        self.requests = 0
        self.trouble = trouble
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                gate.requests += 1
                status, answer = gate.trouble.get(gate.requests, 0), b'{"errors": [{"message":'
                answer += b' "Unexpected error.", "extensions": {"code": "INTERNAL"}}]}'
                if not status:
                    status, answer = forwarded(hub, body, dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/graphql"


def forwarded(hub: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """What the hub answers."""
    kept = {name: headers[name] for name in ("Authorization", "Content-Type", "Accept")}
    try:
        with urlopen(Request(f"{hub}/graphql", body, kept), timeout=30) as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


@contextmanager
def gate(hub: str, **trouble: int) -> Iterator[Gate]:
    """A gate, open for the block."""
    opened = Gate(hub, {int(number.strip("n")): status for number, status in trouble.items()})
    thread = threading.Thread(target=opened.server.serve_forever)
    thread.start()
    try:
        yield opened
    finally:
        opened.server.shutdown()
        thread.join()
        opened.server.server_close()


@pytest.fixture
def kabupaten(store_url: str) -> str:
    """The URL of a registry with 152 households and 304 persons in regency 3520."""
    seed.fill(store_url)
    seed.many(store_url, 150)
    return store_url


@pytest.fixture
def token(kabupaten: str) -> str:
    """A token that sees them with their numbers."""
    with psycopg.connect(kabupaten) as connection:
        return create_token(connection, "contoh", ("3520",), True, False, 1)


@pytest.fixture(scope="session")
def client() -> None:
    """The typed client, generated as the README of the example says."""
    command = [GENERATOR, "--config", "codegen.toml"]
    subprocess.run(command, cwd=PYTHON, check=True, capture_output=True)


def run(command: list[str], address: str, token: str) -> tuple[int, str]:
    """The exit code of an example and what it printed."""
    known = {"HUB_URL": address, "HUB_TOKEN": token, "PATH": os.environ["PATH"]}
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def from_csv(folder: Path, name: str) -> Found:
    """The records of a file of the Python example by their id."""
    with (folder / f"{name}-3520.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {row["id"]: row for row in csv.DictReader(stream, delimiter=";")}


def from_lines(folder: Path, name: str) -> Found:
    """The records of a file of the JavaScript example by their id, the last counting."""
    lines = (folder / f"{name}-3520.ndjson").read_text(encoding="utf-8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


def pulls(
    command: list[str],
    read: Callable[[Path, str], Found],
    url: str,
    token: str,
    folder: Path,
) -> None:
    """The example waits while the hub is busy, goes on after a fault, and pulls what changed."""
    told = "{}: {} baru atau berubah / new or changed\n"
    with listen("127.0.0.1", 0) as bound, served(url, bound) as hub:
        with gate(hub, n1=503, n5=500) as opened:
            code, said = run(command, opened.address, token)
        assert (code, opened.requests) == (1, 5), said
        assert said.startswith(told.format("keluarga", 152))  # then one page of persons
        with gate(hub) as opened:
            code, said = run(command, opened.address, token)
        assert (code, opened.requests) == (0, 4), said  # none that came before is asked again
        assert said == told.format("keluarga", 0) + told.format("orang", 204)
        assert (len(read(folder, "keluarga")), len(read(folder, "orang"))) == (152, 304)
        with psycopg.connect(url) as connection:
            changed = "update person set name = '=BUDI', updated_at = now() where id = %s"
            connection.execute(changed, (seed.FATHER,))
        with gate(hub) as opened:
            code, said = run(command, opened.address, token)
        assert said == told.format("keluarga", 0) + told.format("orang", 1)
    assert len(read(folder, "orang")) == 304
    assert token not in said


@needs_generator
def test_python(kabupaten: str, token: str, client: None, tmp_path: Path) -> None:
    command = [sys.executable, str(PYTHON / "pull_kabupaten.py"), "3520", str(tmp_path)]
    pulls(command, from_csv, kabupaten, token, tmp_path)
    (father,) = (p for p in from_csv(tmp_path, "orang").values() if "BUDI" in p["nama"])
    assert (father["nik"], father["nama"]) == ("'" + seed.NIKS[seed.FATHER], "'=BUDI")
    family = from_csv(tmp_path, "keluarga")[father["id_keluarga"]]
    assert family["nomor_kk"] == "'" + seed.KK[seed.A]
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


@needs_generator
def test_python_is_typed(client: None) -> None:
    script = PYTHON / "pull_kabupaten.py"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", script.name]
    done = subprocess.run(command, cwd=PYTHON, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@needs_node
def test_javascript(kabupaten: str, token: str, tmp_path: Path) -> None:
    script = EXAMPLES / "javascript/pull-kabupaten.mjs"
    pulls([str(NODE), str(script), "3520", str(tmp_path)], from_lines, kabupaten, token, tmp_path)
    (father,) = (p for p in from_lines(tmp_path, "orang").values() if "BUDI" in p["name"])
    assert (father["nik"], father["name"]) == (seed.NIKS[seed.FATHER], "=BUDI")
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


@needs_node
@pytest.mark.parametrize("cursor", ["bukan-kursor", ""])
def test_javascript_starts_again_when_its_cursor_is_not_known(
    kabupaten: str, token: str, tmp_path: Path, cursor: str
) -> None:
    (tmp_path / "3520.json").write_text(json.dumps({"keluarga": cursor, "orang": cursor}))
    script = EXAMPLES / "javascript/pull-kabupaten.mjs"
    with listen("127.0.0.1", 0) as bound, served(kabupaten, bound) as hub:
        command = [str(NODE), str(script), "3520", str(tmp_path)]
        code, said = run(command, f"{hub}/graphql", token)
    assert (code, said.count("\n")) == (0, 2), said
    assert len(from_lines(tmp_path, "orang")) == 304


@needs_generator
def test_python_starts_again_when_its_cursor_is_not_known(
    kabupaten: str, token: str, client: None, tmp_path: Path
) -> None:
    command = [sys.executable, str(PYTHON / "pull_kabupaten.py"), "3520", str(tmp_path)]
    with listen("127.0.0.1", 0) as bound, served(kabupaten, bound) as hub:
        assert run(command, f"{hub}/graphql", token)[0] == 0
        with sqlite3.connect(tmp_path / "3520.sqlite") as kept:
            kept.execute("update progress set cursor = 'bukan-kursor'")
        kept.close()
        code, said = run(command, f"{hub}/graphql", token)
    assert code == 0, said
    assert "orang: 304 baru" in said
