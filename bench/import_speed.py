"""Import of one 100,000-row workbook beside its lower bound: the fast reader and a bare COPY.

Both run in processes of their own, alternating, on one embedded PostgreSQL; medians are printed
with the ratio of CPU seconds (client and children; the server's own is the same kind of work
for both). Run: python bench/import_speed.py [--households 30000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LAYOUT = "dukcapil-siak"
BARE = "fastexcel + bare COPY"


def bare(url: str, file: Path) -> dict[str, float]:
    """Read every cell as text and COPY the table as it is, unchecked and unmapped."""
    import io

    import fastexcel
    import psycopg

    start = time.perf_counter()
    frame = fastexcel.read_excel(file).load_sheet(0, header_row=None, dtypes="string").to_polars()
    read = time.perf_counter()
    columns = ", ".join(f"c{i} text" for i in range(frame.width))
    with psycopg.connect(url) as connection:
        connection.execute(f"create temp table bare ({columns})")
        with connection.cursor().copy("copy bare from stdin (format csv)") as copy:
            for part in frame.iter_slices(50_000):
                buffer = io.BytesIO()
                part.write_csv(buffer, include_header=False)
                copy.write(buffer.getvalue())
    return {"rows": frame.height, "read": read - start, "copy": time.perf_counter() - read}


def hub(url: str, file: Path) -> dict[str, float]:
    """The real import: guard, read, recognise, map, validate, stage, publish."""
    import psycopg

    from adapters.delivery import Options
    from hub.core.ingest.importing import import_file

    with psycopg.connect(url, autocommit=True) as connection:
        done = import_file(connection, file, Options())
    return {"rows": done.checked.counts()["read"], **done.seconds}


def child(which: str, url: str, file: Path) -> None:
    """Run one side and print what it took, as JSON."""
    start = time.perf_counter()
    steps = {"bare": bare, "hub": hub}[which](url, file)
    own, children = (
        resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    cpu = sum(u.ru_utime + u.ru_stime for u in (own, children))
    peak = max(own.ru_maxrss, children.ru_maxrss) / 1024
    wall = time.perf_counter() - start
    print(json.dumps({"cpu": cpu, "wall": wall, "peak_mb": peak, **steps}))


def measure(which: str, url: str, file: Path) -> dict[str, float]:
    """One fresh process of one side."""
    command = [sys.executable, __file__, "--child", which, url, str(file)]
    root = str(Path(__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


def main() -> None:
    """Write the workbook, alternate both sides, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=29_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=3, metavar=("SIDE", "URL", "FILE"))
    asked = parser.parse_args()
    if asked.child:
        child(asked.child[0], asked.child[1], Path(asked.child[2]))
        return

    from hub.core.store.embedded import remove, running
    from hub.core.store.reference import prepare
    from hub.demo.options import SampleOptions
    from hub.demo.sample import generate

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        options = SampleOptions(
            out=folder / "files", households=asked.households, regencies=("3520",),
            layouts=(LAYOUT,), format="xlsx",
        )  # fmt: skip
        file = options.out / generate(options).files[0].path
        results: dict[str, list[dict[str, float]]] = {"bare": [], "hub": []}
        for number in range(asked.rounds):
            data = folder / f"data{number}"
            with running(data) as cluster:
                prepare(cluster.url)
                for which, found in results.items():
                    found.append(measure(which, cluster.url, file))
            remove(data)
        report(results, file.stat().st_size)


def report(results: dict[str, list[dict[str, float]]], size: int) -> None:
    """Print medians of each figure, rows per second of each step, and the ratios."""
    medians = {
        which: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for which, runs in results.items()
    }
    rows = medians["hub"]["rows"]
    print(f"{LAYOUT}: {rows:,.0f} rows, {size / 1e6:.1f} MB, median of {len(results['hub'])}")
    for which, found in medians.items():
        print(f"\n{BARE if which == 'bare' else 'hub import'}")
        for key, value in found.items():
            if key in ("rows", "peak_mb"):
                continue
            rate = f"{rows / value:>12,.0f} rows/s" if value > 0.005 else ""
            print(f"  {key:<10} {value:8.2f} s {rate}")
        print(f"  peak       {found['peak_mb']:8.0f} MB")
    to_staged = sum(medians["hub"][k] for k in ("read", "recognise", "map", "validate", "stage"))
    lower = medians["bare"]["read"] + medians["bare"]["copy"]
    cpu = medians["hub"]["cpu"] / medians["bare"]["cpu"]
    print(f"\nhub / ({BARE}), read to staged, wall: {to_staged / lower:.2f}")
    print(f"hub / ({BARE}), whole import, CPU: {cpu:.2f}")


if __name__ == "__main__":
    main()
