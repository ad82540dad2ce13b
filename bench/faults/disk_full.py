"""A disk that is full: under the spool, the data of the embedded PostgreSQL, the temporary files.

They lie on small file systems in memory, which only root can mount. `hub serve` runs over them
with its worker, and everything is done over HTTP. First the spool is full when a file is
uploaded. Then the data folder is: when a delivery is being checked and staged, and when one is
being published; once so that tables cannot grow, and once so that PostgreSQL cannot write its log
either, and dies. Then the disk is on which files are parsed. Each time, room is made and the same
delivery has to go through, without anything being started again by hand; the registry is in the
end what it is without all that.
Run, as root: python -m bench.faults.disk_full [--rows 2000] [--seconds 15]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.faults.at_once import File, Picture, files, picture
from hub.core.access import Right, create_token
from hub.core.store.embedded import attach, home_of, remove, running
from hub.core.store.reference import prepare
from hub.web.serve import listen

COMMAND = (sys.executable, "-c", "from hub.cli.main import main; main()", "serve")
SPOOL_MB, DATA_MB, TEMPORARY_MB = 24, 600, 64
PATIENCE = 180.0
BRING = """mutation ($input: UploadDeliveryInput!) { uploadDelivery(input: $input) {
  delivery { id } } }"""
PUBLISH = """mutation ($id: ID!) { publishDelivery(input: {deliveryId: $id}) {
  delivery { state } } }"""
STATE = "query ($id: ID!) { delivery(id: $id) { state waitingFor history { action } } }"

Mount = Callable[[Path, int], None]


@contextmanager
def mounts() -> Iterator[Mount]:
    """Mounts file systems in memory, of so many MB; they go with the block."""
    with ExitStack() as stack:

        def mount(folder: Path, megabytes: int) -> None:
            folder.mkdir(parents=True, exist_ok=True)
            options = f"size={megabytes}m,mode=711"
            subprocess.run(["mount", "-t", "tmpfs", "-o", options, "hub", folder], check=True)
            stack.callback(subprocess.run, ["umount", "-l", folder], check=False)

        yield mount


class Disk:
    """A small file system, and a file that takes all its room."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave nothing, whoever frees something meanwhile."""
        with self._ballast.open("ab") as file:
            while room := shutil.disk_usage(self.folder).free:
                with suppress(OSError):
                    end = file.seek(0, os.SEEK_END)
                    os.posix_fallocate(file.fileno(), end, room)

    def free(self) -> None:
        """Make room."""
        self._ballast.unlink(missing_ok=True)


class Hub:
    """`hub serve` over a data folder, and two people who call it."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.spool = folder / "spool"
        self.temporary = folder / "temporary"
        self._log_path = folder / "log"
        with listen("127.0.0.1", 0) as bound:
            self._port = bound.getsockname()[1]
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=60)
        self._tokens: dict[str, str] = {}

    def __enter__(self) -> Hub:
        with running(self.data) as cluster:
            prepare(cluster.url)
            with psycopg.connect(cluster.url) as connection:
                for name, right in (("uploader", Right.UPLOAD), ("publisher", Right.PUBLISH)):
                    self._tokens[name] = create_token(
                        connection, name, ("3520",), False, False, 1, [right]
                    )
        environment = {**os.environ, "HUB_DATA_DIR": str(self.data), "HUB_PORT": str(self._port),
                       "HUB_SPOOL_DIR": str(self.spool), "TMPDIR": str(self.temporary)}  # fmt: skip
        environment.pop("HUB_DATABASE_URL", None)
        self._log = self._log_path.open("wb")
        self._process = subprocess.Popen(
            COMMAND, env=environment, stdout=subprocess.DEVNULL, stderr=self._log
        )
        wait_for(self.ready)
        wait_for(lambda: "worker started" in self.events())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def url(self) -> str:
        """Of its PostgreSQL."""
        cluster = attach(self.data)
        if cluster is None:
            raise psycopg.OperationalError("it does not run")
        return cluster.url

    def ready(self) -> bool:
        """Whether it answers, and its database."""
        with suppress(httpx.HTTPError):
            return self._http.get("/readyz").status_code == 200
        return False

    def upload(self, name: str, content: bytes) -> httpx.Response:
        """`POST /upload`."""
        head = {"Authorization": f"Bearer {self._tokens['uploader']}", "X-File-Name": name}
        return self._http.post("/upload", content=content, headers=head)

    def bring(self, file: File) -> str:
        """A delivery of a file."""
        path, options = file
        sent = self.upload(path.name, path.read_bytes())
        given = {"uploadToken": sent.json()["uploadToken"], "regionSystem": "KEMENDAGRI",
                 "region": options.region, "edition": options.edition,
                 "referenceDate": str(options.reference_date)}  # fmt: skip
        made = self.ask("uploader", BRING, input=given)
        return str(made["data"]["uploadDelivery"]["delivery"]["id"])

    def ask(self, who: str, query: str, **variables: Any) -> dict[str, Any]:
        """What GraphQL answers."""
        head = {"Authorization": f"Bearer {self._tokens[who]}"}
        body = {"query": query, "variables": variables}
        answer: dict[str, Any] = self._http.post("/graphql", json=body, headers=head).json()
        return answer

    def stands(self, delivery: str) -> dict[str, Any] | None:
        """How a delivery stands; None while the hub cannot tell."""
        answer = self.ask("publisher", STATE, id=delivery)
        found: dict[str, Any] | None = (answer.get("data") or {}).get("delivery")
        return found

    def until(self, delivery: str, state: str) -> float:
        """Seconds until a delivery is in this state and waits for nothing."""

        def there() -> bool:
            found = self.stands(delivery)
            return found is not None and (found["state"], found["waitingFor"]) == (state, None)

        return wait_for(there)

    def events(self) -> Counter[str]:
        """What it and its worker logged, but for requests."""
        found: Counter[str] = Counter()
        for line in self._log_path.read_text().splitlines():
            with suppress(ValueError):
                told = json.loads(line)
                about = told.get("sqlstate") or told.get("error") or ""
                found[f"{told['event']} {about}".strip()] += 1
        del found["request"]
        return found


def wait_for(true: Callable[[], bool]) -> float:
    """Seconds until it is true."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > PATIENCE:
            raise TimeoutError
        time.sleep(0.1)
    return time.monotonic() - start


@dataclass
class Outcome:
    """What came of one kind of full disk."""

    title: str
    answers: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    down: int = 0  # how often PostgreSQL was found down
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def show(self) -> None:
        """A few lines."""
        print(f"{self.title}: {'WRONG ' + str(self.wrong) if self.wrong else 'right'}")
        print(f"    through {self.seconds:.1f} s after room was made; PostgreSQL found down"
              f" {self.down} times")  # fmt: skip
        print(f"    logged {dict(self.events)}")
        for answer, count in self.answers.items():
            print(f"    answered {count:>3}x {answer}", flush=True)


def full_spool(hub: Hub, disk: Disk) -> Outcome:
    """Uploads when the spool is full."""
    found = Outcome("spool full, upload")
    half = os.urandom(SPOOL_MB << 19)

    def upload(content: bytes, expected: int) -> None:
        answer = hub.upload("berkas.csv", content)
        body = answer.json()
        told = body["errors"][0]["message"] if "errors" in body else "kept"
        found.answers[f"{answer.status_code} {told}"] += 1
        if answer.status_code != expected:
            found.wrong.append(f"{answer.status_code}, not {expected}")

    upload(half, 201)
    upload(half + b"1", 507)  # full in the middle of it
    disk.fill()
    upload(b"NIK;NAMA\r\n", 507)  # full before its first byte
    left = [*(disk.folder / "partial").iterdir()]
    if left:
        found.wrong.append(f"{len(left)} partial files left")
    disk.free()
    start = time.monotonic()
    upload(b"NIK;NAMA\r\n", 201)
    found.seconds = time.monotonic() - start
    return found


def full(
    title: str, hub: Hub, disk: Disk, step: str, ask: Callable[[], str], *, log_too: bool,
    seconds: float,
) -> Outcome:  # fmt: skip
    """A disk is full while the worker is at a step that is asked for just before."""
    found = Outcome(f"{title}, {step}")
    before = hub.events()
    kept = picture(hub.url())
    delivery = ask()
    disk.fill()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        disk.fill()
        if log_too:
            found.down += _breaks(hub)
        _look(hub, delivery, kept, found)
        time.sleep(0.5)
    disk.free()
    goal = "STAGED" if step == "check" else "PUBLISHED"
    found.seconds = hub.until(delivery, goal)
    found.events = hub.events() - before
    failed = [one for one in (hub.stands(delivery) or {})["history"] if one["action"] == "FAILED"]
    if failed:
        found.wrong.append("it was given up")
    if log_too and not found.down:
        found.wrong.append("PostgreSQL did not die")
    if found.events["worker started"]:
        found.wrong.append("the worker was started again")
    return found


def _breaks(hub: Hub) -> bool:
    """Have PostgreSQL need a new segment of its log, for which there is no room; whether it is
    down."""
    try:
        with psycopg.connect(hub.url(), connect_timeout=2) as one:
            for _ in range(9):  # it keeps some of the old ones
                one.execute("select pg_logical_emit_message(true, 'full', 'full')")
                one.commit()
                one.execute("select pg_switch_wal()")
    except psycopg.errors.DiskFull:
        return False
    except psycopg.OperationalError:
        return True
    return False


def _look(hub: Hub, delivery: str, kept: Picture, found: Outcome) -> None:
    """What a caller sees, and whether the registry is as it was, while the disk is full."""
    answer = hub.ask("publisher", STATE, id=delivery)
    if "errors" in answer:
        error = answer["errors"][0]
        found.answers[f"{error['extensions']['code']} {error['message']}"] += 1
    else:
        seen = answer["data"]["delivery"]
        found.answers[f"{seen['state']}, waiting for {seen['waitingFor']}"] += 1
        if seen["state"] == "PUBLISHED":
            found.wrong.append("it got through: there was room")
    sent = hub.upload("lain.csv", b"NIK;NAMA\r\n")
    told = sent.json()
    why = f": {told['errors'][0]['message']}" if "errors" in told else ""
    found.answers[f"upload {sent.status_code}{why}"] += 1
    with suppress(psycopg.Error):
        if picture(hub.url()) != kept:
            found.wrong.append("the registry changed")


def scenario(hub: Hub, disk: Disk, made: tuple[File, File], seconds: float) -> list[Outcome]:
    """The first file while tables cannot grow, the second while PostgreSQL cannot run."""
    outcomes = []
    for file, log_too in zip(made, (False, True), strict=True):
        brought: list[str] = []

        def bring(file: File = file, brought: list[str] = brought) -> str:
            brought.append(hub.bring(file))
            return brought[0]

        def publish(brought: list[str] = brought) -> str:
            hub.ask("publisher", PUBLISH, id=brought[0])
            return brought[0]

        for step, ask in (("check", bring), ("publish", publish)):
            title = "data full and PostgreSQL down" if log_too else "data full"
            outcomes.append(full(title, hub, disk, step, ask, log_too=log_too, seconds=seconds))
            outcomes[-1].show()
    return outcomes


def undisturbed(hub: Hub, made: tuple[File, File]) -> Picture:
    """What the registry is without all that."""
    for file in made:
        delivery = hub.bring(file)
        hub.until(delivery, "STAGED")
        hub.ask("publisher", PUBLISH, id=delivery)
        hub.until(delivery, "PUBLISHED")
    return picture(hub.url())


def main() -> int:
    """Everything. Out: whether anything was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000, help="of the first file")
    parser.add_argument("--seconds", type=float, default=15.0, help="for which the disk is full")
    given = parser.parse_args()
    if os.geteuid() != 0:
        print("Skipped: only root can mount a small disk to fill.")
        return 0
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name)
        made = files(folder / "files", given.rows)
        wrong = run(folder, made, given.seconds)
    print(f"{wrong} of 7 wrong")
    return 1 if wrong else 0


def run(folder: Path, made: tuple[File, File], seconds: float) -> int:
    """The hub with room, and without. Out: how many outcomes were wrong."""
    plain, small = Hub(folder / "plain"), Hub(folder / "small")
    for hub in (plain, small):
        hub.data.mkdir(parents=True)
        hub.temporary.mkdir()
    try:
        with plain:
            wanted = undisturbed(plain, made)
    finally:
        remove(plain.data)
    with mounts() as mount:
        home = home_of(small.data)
        mount(home, DATA_MB)
        mount(small.spool, SPOOL_MB)
        mount(small.temporary, TEMPORARY_MB)
        with small:
            outcomes = [full_spool(small, Disk(small.spool))]
            outcomes[0].show()
            for spooled in small.spool.glob("??/*"):
                spooled.unlink()
            outcomes += scenario(small, Disk(home), made, seconds)
            same = picture(small.url()) == wanted
            path, options = made[0]
            again = path.with_name("lagi.csv")
            again.write_bytes(path.read_bytes() + b"\r\n")
            outcomes.append(full(
                "temporary files full", small, Disk(small.temporary), "check",
                lambda: small.bring((again, options)), log_too=False, seconds=seconds,
            ))  # fmt: skip
            outcomes[-1].show()
    home.rmdir()
    print("the registry is", "what it is without all that" if same else "ANOTHER")
    return sum(bool(outcome.wrong) for outcome in outcomes) + (not same)


if __name__ == "__main__":
    sys.exit(main())
