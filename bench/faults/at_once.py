"""Two files with the same people published at once, and one file uploaded ten times at once.

Each round has a database of its own. Both files are brought and published at the same moment: by
a worker with two jobs, by two imports, and by one of each. What is then in the registry must be
what one of the two orders, one after the other, makes of it, but for ids and times; no deadlock
and no error may reach a person. Then ten callers upload one file over HTTP at the same moment
and make deliveries of it, which must be one.
Run: python -m bench.faults.at_once [--rounds 6] [--rows 2000] [--seed 1]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from psycopg.sql import SQL, Identifier
from typing_extensions import override

from adapters.delivery import Options
from hub.core.access import Right, create_token
from hub.core.ingest import stage
from hub.core.ingest.deciding import ask_publish
from hub.core.ingest.importing import import_file
from hub.core.ingest.receiving import Sender, receive_file
from hub.core.ingest.spool import Spool
from hub.core.ingest.working import Worker
from hub.core.registry.journal import TABLES
from hub.core.store.embedded import remove, running
from hub.core.store.reference import prepare
from hub.core.store.tables import STATED
from hub.demo.options import SampleFile, SampleOptions
from hub.demo.sample import generate
from hub.web import logs
from hub.web.serve import listen, served
from mappings.load import layouts

LAYOUTS = ("dukcapil-siak", "dtks-siksng-bnba")
ROWS_PER_HOUSEHOLD = 3.46
UPLOADS = 10
PATIENCE = 600.0
UPLOAD = """mutation ($input: UploadDeliveryInput!) { uploadDelivery(input: $input) {
  already delivery { id } } }"""

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FAILED = "select reason from delivery_event where action = 'FAILED'"

Picture = dict[str, Counter[str]]
File = tuple[Path, Options]
Mode = Callable[["Round"], None]


def picture(url: str) -> Picture:
    """What the registry holds: the rows of every table, without times, and in the place of each id
    what it is the id of."""
    with psycopg.connect(url) as connection:
        found = connection.execute("select id::text, sha256 from delivery").fetchall()
        labels: dict[str, str] = dict(found)
        rows = {
            table: [
                {key: value for key, value in row.items() if not key.endswith("_at")}
                for (row,) in connection.execute(
                    SQL("select to_jsonb(x) from {} x").format(Identifier(table))
                )
            ]
            for table in (*TABLES, *STATED, "region_statistic")
        }
    texts = {
        table: [(row.get("id"), json.dumps(row, sort_keys=True)) for row in found]
        for table, found in rows.items()
    }
    for _ in range(3):  # an event is of a flag, which is of a family
        labels |= {
            own: sha256(_named(text, labels).encode()).hexdigest()
            for found in texts.values()
            for own, text in found
            if own
        }
    return {
        table: Counter(_named(text, labels) for _, text in found) for table, found in texts.items()
    }


def _named(text: str, labels: dict[str, str]) -> str:
    return _ID.sub(lambda found: labels.get(found.group(), ""), text)


class Told(logging.Handler):
    """What the workers log: the jobs that they tried again, and those that failed."""

    def __init__(self) -> None:
        super().__init__()
        self.events: Counter[str] = Counter()

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        if record.levelno >= logging.WARNING:
            sqlstate = getattr(record, "sqlstate", None)
            self.events[f"{record.getMessage()} {sqlstate or ''}".strip()] += 1


@contextmanager
def worker(url: str, spool: Spool, jobs: int = 2) -> Iterator[None]:
    """A worker in a thread for the block."""
    stop, ready = threading.Event(), threading.Event()

    async def work() -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        ready.set()
        watch = loop.run_in_executor(None, stop.wait)
        watch.add_done_callback(lambda _: ended.set())
        await Worker(url, spool, jobs).run(ended)

    thread = threading.Thread(target=asyncio.run, args=(work(),))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@dataclass
class Round:
    """One database, and two files for it."""

    url: str
    spool: Spool
    files: tuple[File, File]
    lag: float
    seconds: float = 0.0
    reached: Counter[str] = field(default_factory=Counter)

    def brought(self, file: File) -> UUID:
        """A delivery of the file, waiting for its worker."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return receive_file(connection, self.spool, *file, Sender("bench")).delivery_id

    def approve(self, delivery: UUID) -> None:
        """Publish what is staged."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            ask_publish(connection, delivery, "another", one_person=False)

    def imported(self, file: File) -> None:
        """As `hub import` does in an office of one: what it raises, a person sees."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            try:
                import_file(connection, *file)
            except psycopg.Error as error:
                self.reached[type(error).__name__] += 1

    def until(self, state: str, deliveries: tuple[UUID, ...]) -> None:
        """Wait until they are in this state and nothing is wanted of them."""
        end = time.monotonic() + PATIENCE
        query = "select count(*) from delivery where id = any(%s) and state = %s and wanted is null"
        with psycopg.connect(self.url, autocommit=True) as connection:
            while (count := connection.execute(query, (list(deliveries), state)).fetchone()) != (
                len(deliveries),
            ):
                failed = connection.execute(_FAILED).fetchall()
                if failed or time.monotonic() > end:
                    raise RuntimeError(f"{count} of {len(deliveries)} {state}; {failed}")
                time.sleep(0.02)

    def together(self, *works: Callable[[], None]) -> None:
        """Do all of them at once, but for the lag of this round; takes the time."""
        start = time.monotonic()
        with ThreadPoolExecutor(len(works)) as threads:
            done = []
            for work in works:
                done.append(threads.submit(work))
                time.sleep(self.lag)
        for one in done:
            one.result()
        self.seconds = time.monotonic() - start


def two_deliveries(this: Round) -> None:
    """Brought, checked and foreseen at once, then published at once, by one worker."""
    with worker(this.url, this.spool):
        both = tuple(this.brought(file) for file in this.files)
        this.until("STAGED", both)

        def published(delivery: UUID) -> None:
            this.approve(delivery)
            this.until("PUBLISHED", (delivery,))

        this.together(*((lambda one=one: published(one)) for one in both))


def two_imports(this: Round) -> None:
    """Two imports at once."""
    this.together(*((lambda file=file: this.imported(file)) for file in this.files))


def one_of_each(this: Round) -> None:
    """A delivery that is published, and an import that runs."""
    with worker(this.url, this.spool):
        one = this.brought(this.files[0])
        this.until("STAGED", (one,))

        def published() -> None:
            this.approve(one)
            this.until("PUBLISHED", (one,))

        # The import first: it reads and checks its file before it comes to write.
        this.together(lambda: this.imported(this.files[1]), published)


MODES: tuple[Mode, ...] = (two_deliveries, two_imports, one_of_each)


@dataclass(frozen=True)
class Bench:
    """A server, a template of an empty registry, and the two files."""

    url: str
    folder: Path
    files: tuple[File, File]

    @contextmanager
    def registry(self, name: str) -> Iterator[str]:
        """The URL of an empty registry."""
        with psycopg.connect(self.url, autocommit=True, dbname="postgres") as connection:
            connection.execute(f"create database {name} template hub strategy file_copy")
            try:
                yield self.url.replace("/hub?", f"/{name}?")
            finally:
                connection.execute(f"drop database {name} with (force)")

    def serial(self, *files: File) -> tuple[Picture, float]:
        """One after the other."""
        with self.registry("serial") as url, psycopg.connect(url, autocommit=True) as connection:
            start = time.monotonic()
            for file in files:
                import_file(connection, *file)
            return picture(url), time.monotonic() - start

    def round(self, mode: Mode, number: int, lag: float) -> tuple[Round, Picture]:
        """Both at once."""
        with self.registry(f"round_{number}") as url:
            spool = Spool(self.folder / f"spool-{number}", 1 << 32)
            this = Round(url, spool, self.files, lag)
            mode(this)
            with psycopg.connect(url) as connection:
                failed = connection.execute(_FAILED).fetchall()
            this.reached.update(reason for (reason,) in failed)
            return this, picture(url)


def publish_at_once(bench: Bench, rounds: int, chance: random.Random) -> int:
    """Every mode so many times. Out: how many rounds were wrong."""
    one, other = bench.files
    orders = {"first, second": bench.serial(one, other), "second, first": bench.serial(other, one)}
    (left, seconds), (right, _) = orders.values()
    print("the two orders", "agree" if left == right else "differ", flush=True)
    print("seconds one after the other:",
          ", ".join(f"{each:.1f}" for _, each in orders.values()), flush=True)  # fmt: skip
    print(f"{'at once':<16} rounds  as an order  worst s  reached a person  tried again")
    wrong, told = 0, Told()
    logging.getLogger("hub.core.ingest.working").addHandler(told)
    for mode in MODES:
        told.events.clear()
        as_order: Counter[str] = Counter()
        reached: Counter[str] = Counter()
        worst = 0.0
        for number in range(rounds):
            lag = chance.uniform(0, seconds / 2) if number else 0.0
            this, found = bench.round(mode, number, lag)
            name = next((name for name, (is_, _) in orders.items() if is_ == found), "neither")
            as_order[name] += 1
            reached += this.reached
            worst = max(worst, this.seconds)
            if name == "neither" or this.reached:
                wrong += 1
                print("  ", mode.__name__, _difference(found, left), dict(this.reached))
        print(f"{mode.__name__:<16} {rounds:>6}  {dict(as_order)}  {worst:7.1f}"
              f"  {dict(reached)}  {dict(told.events)}", flush=True)  # fmt: skip
    return wrong


def _difference(found: Picture, wanted: Picture) -> dict[str, tuple[int, int]]:
    return {
        table: (sum((found[table] - rows).values()), sum((rows - found[table]).values()))
        for table, rows in wanted.items()
        if found[table] != rows
    }


def upload_at_once(bench: Bench, rounds: int) -> int:
    """Ten callers upload one file and make deliveries of it. Out: how many rounds were wrong."""
    wrong, answers = 0, Counter[str]()
    spool = Spool(bench.folder / "spool-http", 1 << 32)
    with bench.registry("http") as url:
        with psycopg.connect(url) as connection:
            token = create_token(connection, "bench", ("3520",), False, False, 1, [Right.UPLOAD])
        head = {"Authorization": f"Bearer {token}", "X-File-Name": "daftar.csv"}
        with served(url, listen("127.0.0.1", 0), spool) as address, worker(url, spool):
            content = bench.files[0][0].read_bytes()
            for number in range(rounds):
                content += b"\r\n"
                gate = threading.Barrier(UPLOADS)

                def bring(body: bytes = content, gate: threading.Barrier = gate) -> dict[str, Any]:
                    with httpx.Client(base_url=address, headers=head, timeout=60) as http:
                        gate.wait()
                        sent = http.post("/upload", content=body)
                        answers[f"upload {sent.status_code}"] += 1
                        given = {"uploadToken": sent.json()["uploadToken"],
                                 "regionSystem": "KEMENDAGRI"}  # fmt: skip
                        asked = {"query": UPLOAD, "variables": {"input": given}}
                        found = http.post("/graphql", json=asked).json()
                        answers["error" if "errors" in found else "answer"] += 1
                        made: dict[str, Any] = (found.get("data") or {}).get("uploadDelivery") or {}
                        return made

                with ThreadPoolExecutor(UPLOADS) as threads:
                    made = [one.result() for one in [threads.submit(bring) for _ in range(UPLOADS)]]
                ids = {one["delivery"]["id"] for one in made if one}
                new = [one for one in made if one and not one["already"]]
                kept = len([*spool.folder.glob("??/*")])
                with psycopg.connect(url) as connection:
                    deliveries = connection.execute("select count(*) from delivery").fetchone()
                one_delivery = len(ids) == len(new) == 1 and deliveries == (number + 1,)
                if len(made) != UPLOADS or not one_delivery or kept != number + 1:
                    wrong += 1
                    print(f"   {len(ids)} deliveries, {len(new)} new, {kept} files, {deliveries}")
    print(f"uploaded {UPLOADS} times at once, {rounds} rounds: {dict(answers)}; {wrong} wrong")
    return wrong


def files(folder: Path, rows: int) -> tuple[File, File]:
    """Two sources that see one population."""
    households = round(rows / ROWS_PER_HOUSEHOLD)
    options = SampleOptions(
        out=folder, households=households, regencies=("3520",), layouts=LAYOUTS, format="csv"
    )
    written = generate(options).files
    for file in written:
        print(f"{file.path}: {file.rows:,} rows", flush=True)
    one, other = ((options.out / file.path, _options(file)) for file in written)
    return one, other


def _options(file: SampleFile) -> Options:
    asked = layouts()[file.layout].region.system == "ask"
    return Options(
        region=file.region or None,
        edition=file.edition or None,
        reference_date=date.fromisoformat(file.reference_date) if file.reference_date else None,
        programme=file.programme,
        period=file.period,
        region_system=file.region_system if asked else None,
    )


def main() -> int:
    """Both. Out: whether anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="of each kind")
    parser.add_argument("--rows", type=int, default=2_000, help="of the first file")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    # The planner is told of many rows, which takes a lock: as few as these take it as well.
    stage.NOTICEABLE = 100
    logs.configure()
    for handler in logging.getLogger("hub").handlers:
        handler.setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        folder = Path(name)
        made = files(folder / "files", given.rows)
        try:
            with running(folder / "data") as cluster:
                prepare(cluster.url)
                bench = Bench(cluster.url, folder, made)
                wrong = upload_at_once(bench, given.rounds)
                wrong += publish_at_once(bench, given.rounds, random.Random(given.seed))
        finally:
            remove(folder / "data")
    print(f"{wrong} rounds wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
