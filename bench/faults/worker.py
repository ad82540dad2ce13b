"""Kill the worker, and the database, in the middle of the work on a delivery; then count.

One large file goes round and round: it is uploaded, checked and staged, its effects are foreseen,
it is published and undone, and uploaded again. A first round without kills says how long each
step takes and what must be there after it. Then the worker is killed (kill -9) at random moments
of each step and started again; then, with the worker left alone, the embedded PostgreSQL is. Each
time a step is done, everything is compared with the first round.
Run: python -m bench.faults.worker [--kills 50] [--database-kills 10] [--rows 200000] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.delivery import Options
from hub.core.ingest.deciding import ask_publish, ask_undo
from hub.core.ingest.receiving import Sender, receive_file
from hub.core.ingest.spool import Spool
from hub.core.store.embedded import Cluster, remove, running
from hub.core.store.postmaster import live_postmaster
from hub.core.store.reference import prepare
from hub.demo.options import SampleOptions
from hub.demo.sample import generate

LAYOUT = "dukcapil-siak"
ROWS_PER_HOUSEHOLD = 3.46
COMMAND = (sys.executable, "-c", "from hub.cli.main import main; main()", "worker")
STEPS = ("CHECK", "FORESEE", "PUBLISH", "UNDO")
PATIENCE = 1800.0

# What must come out the same in every round.
COUNTED = """
select d.state, d.rows_read, d.rows_accepted, d.rows_rejected, d.rows_warning,
  d.rows_read = d.rows_accepted + d.rows_rejected as adds_up,
  (select count(*) from delivery) as deliveries,
  (select count(*) from staged_person) as staged,
  (select count(distinct (delivery_id, sheet, row)) from staged_person) as staged_once,
  (select count(*) from source_person) as stored,
  (select count(distinct (delivery_id, sheet, row)) from source_person) as stored_once,
  (select count(*) from delivery_issue) as issues,
  (select count(*) from quarantine) as quarantine,
  (select count(*) from person) as persons,
  (select count(*) from household) as households,
  (select count(*) from publication_change) > 0 as journal,
  (select count(*) from delivery_event where action = 'FAILED') as failures
from delivery d where d.id = %s
"""


class Bench:
    """One file on one embedded PostgreSQL, and the worker beside it."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.data = folder / "data"
        self.spool = Spool(self.data / "spool", 1 << 32)
        self.log = (folder / "worker.log").open("ab")
        self.file = self._sample(folder, rows)
        self.worker: subprocess.Popen[bytes] | None = None
        self.delivery: UUID | None = None
        self.expected: dict[str, dict[str, Any]] = {}
        self.seconds: dict[str, float] = {}
        self.wrong: list[str] = []
        self._stack = ExitStack()
        self._cluster: Cluster | None = None

    def __enter__(self) -> Bench:
        self._cluster = self._stack.enter_context(running(self.data))
        prepare(self._cluster.url)
        return self

    def __exit__(self, *_: object) -> None:
        if self.worker is not None:
            self.worker.terminate()
            self.worker.wait()
        self._stack.close()
        remove(self.data)
        self.log.close()

    def ask(self, query: str, *values: Any) -> dict[str, Any]:
        """One row."""
        assert self._cluster is not None
        with psycopg.connect(self._cluster.url, row_factory=psycopg.rows.dict_row) as connection:
            row = connection.execute(query, values).fetchone()
        assert row is not None
        return row

    # --- the round ---

    def wanted(self) -> str | None:
        """What the worker is to do now."""
        found = self.ask("select wanted from delivery where id = %s", self.delivery)
        return found["wanted"]

    def go_on(self) -> None:
        """Nothing is wanted: ask for the next step."""
        assert self._cluster is not None
        with psycopg.connect(self._cluster.url, autocommit=True) as connection:
            state = None
            if self.delivery is not None:
                state = self.ask("select state from delivery where id = %s", self.delivery)["state"]
            if state == "STAGED":
                ask_publish(connection, self.delivery, "bench", one_person=True)
            elif state == "PUBLISHED":
                ask_undo(connection, self.delivery, "bench")
            else:
                done = receive_file(connection, self.spool, self.file, Options(), Sender("bench"))
                self.delivery = done.delivery_id

    def compare(self, step: str) -> None:
        """What is there after a step is what was there the first time."""
        found = self.ask(COUNTED, self.delivery)
        if step not in self.expected:
            self.expected[step] = found
            print(f"  after {step}: {found}", flush=True)
        elif found != self.expected[step]:
            told = {k: (v, found[k]) for k, v in self.expected[step].items() if v != found[k]}
            self.wrong.append(f"after {step}: {told}")
            print(f"  WRONG {self.wrong[-1]}", flush=True)

    def follow(self, since: str | None) -> str | None:
        """What is wanted now; compares when `since` is done, and asks for more when all is."""
        now = self.wanted() if self.delivery else None
        if since is not None and now != since:
            self.compare(since)
        if now is None:
            self.go_on()
            now = self.wanted()
        return now

    # --- the worker ---

    def start(self) -> None:
        """Have a worker."""
        assert self._cluster is not None
        environment = {**os.environ, "HUB_DATABASE_URL": self._cluster.url}
        environment["HUB_DATA_DIR"] = str(self.data)
        self.worker = subprocess.Popen(COMMAND, env=environment, stderr=self.log)

    def at_work(self, seconds: float = PATIENCE) -> bool:
        """Wait until the worker is at a job."""
        query = "select count(*) as n from pg_stat_activity where application_name = 'hub worker'"
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(psycopg.OperationalError):
                if self.ask(query)["n"]:
                    return True
            time.sleep(0.02)
        return False

    def kill_worker(self) -> None:
        """Kill -9."""
        assert self.worker is not None
        self.worker.kill()
        self.worker.wait()

    def kill_database(self) -> None:
        """Kill -9 of the postmaster, and a start as after a crash."""
        assert self._cluster is not None
        postmaster = live_postmaster(self._cluster.data)
        assert postmaster is not None
        os.kill(postmaster.pid, signal.SIGKILL)
        self._stack.close()
        self._cluster = self._stack.enter_context(running(self.data))

    def _sample(self, folder: Path, rows: int) -> Path:
        options = SampleOptions(
            out=folder / "files", households=round(rows / ROWS_PER_HOUSEHOLD),
            regencies=("3520",), layouts=(LAYOUT,), format="csv",
        )  # fmt: skip
        written = generate(options).files[0]
        print(f"{written.path}: {written.rows:,} rows", flush=True)
        return options.out / written.path


def undisturbed(bench: Bench) -> None:
    """One round without kills: how long the steps take, and what is there after them."""
    bench.start()
    step = bench.follow(None)
    while step is not None and len(bench.seconds) < len(STEPS):
        bench.at_work()
        start = time.monotonic()
        while bench.wanted() == step:
            time.sleep(0.05)
        bench.seconds[step] = time.monotonic() - start
        if step == STEPS[-1]:
            bench.compare(step)
            break
        step = bench.follow(step)
    print("seconds of a step:", {k: round(v, 1) for k, v in bench.seconds.items()}, flush=True)


def disturbed(bench: Bench, what: str, kills: int, chance: random.Random) -> None:
    """Rounds with kills of the worker or the database, at random moments of each step in turn."""
    hit: Counter[str] = Counter()
    resumed: list[float] = []
    step = bench.follow(None)
    for number in range(kills):
        begun = time.monotonic()
        if bench.worker is None or bench.worker.poll() is not None:
            bench.start()
        bench.at_work()
        resumed.append(time.monotonic() - begun)
        target = STEPS[number % len(STEPS)]
        while step != target:
            step = bench.follow(step)
            time.sleep(0.02)
        bench.at_work()
        # Past its length too, so that kills fall on its end as well.
        end = time.monotonic() + chance.uniform(0, 1.2 * bench.seconds[target])
        while time.monotonic() < end:
            step = bench.follow(step)
            time.sleep(max(min(0.05, end - time.monotonic()), 0))
        hit[str(step)] += 1
        bench.kill_worker() if what == "worker" else bench.kill_database()
    print(f"kills of the {what} by step:", dict(hit), flush=True)
    print(f"seconds until at work again: median {statistics.median(resumed):.1f},"
          f" most {max(resumed):.1f}", flush=True)  # fmt: skip
    finish(bench, step)


def finish(bench: Bench, step: str | None) -> None:
    """Without kills, up to the next publication; every step is compared."""
    if bench.worker is None or bench.worker.poll() is not None:
        bench.start()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        before, step = step, bench.follow(step)
        if before == "PUBLISH" and step == "UNDO":
            break
        time.sleep(0.1)
    while bench.wanted() is not None and time.monotonic() < end:
        time.sleep(0.1)
    bench.compare("UNDO")
    left = bench.ask("select count(*) as n from procrastinate_jobs where status <> 'doing'")["n"]
    if left or time.monotonic() > end:
        bench.wrong.append(f"{left} jobs left, or not done in time")


def main() -> int:
    """Both kinds of kills. Out: how much was not as in the round without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="of the worker")
    parser.add_argument("--database-kills", type=int, default=10)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        with Bench(Path(folder), given.rows) as bench:
            undisturbed(bench)
            disturbed(bench, "worker", given.kills, chance)
            disturbed(bench, "database", given.database_kills, chance)
            wrong = bench.wrong
        events = Counter(
            line.split('"event": "')[1].split('"')[0]
            for line in (Path(folder) / "worker.log").read_text().splitlines()
            if '"event": "' in line
        )
        print("what the worker said:", dict(events))
    print(f"{len(wrong)} steps not as without kills")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
