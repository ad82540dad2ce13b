"""A large export, read to staged, beside the usual way and beside the least there is to do.

Three ways to bring the same persons in 40 columns into PostgreSQL, in processes of their own:

- `hub`: spool, guard, sandbox, recognise, map, validate, compare with the registry, stage, with
  every issue and report written;
- `bare`: the fastest reader (fastexcel, for CSV Polars) and a COPY of the cells as they are,
  neither looked at nor mapped;
- `usual`: pandas with openpyxl, a mapping of codes and dates, pandera on pandas, `to_sql`.

Printed are medians of CPU seconds (client and its children, the server's own not: it does the same
kind of work for all), the peak memory of all processes of a way together, and ratios in one run.
The usual way is measured at `--usual-rows`, beside the hub at as many, and needs
`pip install -e .[bench]`. Run: python bench/import.py [--rows 1000000] [--rounds 3]
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
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

Figures = dict[str, float]
SAMPLED_EVERY = 0.1
FORMATS = ("inline.xlsx", "shared.xlsx", "plain.csv")
STEPS = ("read", "recognise", "map", "validate", "stage")


def hub(url: str, file: Path) -> Figures:
    """The first step of a delivery, as the worker does it."""
    import psycopg

    from adapters.delivery import Options
    from hub.core.ingest.examining import examine
    from hub.core.ingest.receiving import Sender, receive_file
    from hub.core.ingest.spool import Spool
    from hub.core.ingest.work import wanted

    began: list[tuple[str, float]] = []

    def hear(step: str, _done: int | None = None, _total: int | None = None, /) -> None:
        if not began or began[-1][0] != step:
            began.append((step, time.perf_counter()))

    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        spool = Spool(Path(folder), 1 << 40)
        sender = Sender("bench")
        delivery = receive_file(connection, spool, file, Options(), sender).delivery_id
        work = wanted(connection, delivery)
        assert work is not None
        examine(connection, work, spool, hear)
        end = time.perf_counter()
        counts = connection.execute(
            "select state, rows_read, rows_warning, rows_rejected from delivery where id = %s",
            (delivery,),
        ).fetchall()[0]
    assert counts[0] == "STAGED", counts
    steps = dict.fromkeys(STEPS, 0.0)
    for (step, start), (_, stop) in zip(began, [*began[1:], ("", end)], strict=True):
        steps[step] += stop - start
    return {"rows": counts[1], "bad": counts[2] + counts[3], **steps}


def bare(url: str, file: Path) -> Figures:
    """Every cell as text into a table, unlooked at."""
    import io

    import fastexcel
    import polars as pl
    import psycopg

    if file.suffix == ".csv":
        frame = pl.read_csv(file, infer_schema=False)
    else:
        sheet = fastexcel.read_excel(file).load_sheet(0, dtypes="string")
        frame = sheet.to_polars()
    columns = ", ".join(f"c{number} text" for number in range(frame.width))
    with psycopg.connect(url) as connection:
        connection.execute(f"create table bare_{time.time_ns()} ({columns})")
        table = connection.execute(
            "select relname from pg_class where relname like 'bare%' order by oid desc"
        ).fetchall()[0][0]
        with connection.cursor().copy(f"copy {table} from stdin (format csv)") as copy:
            for part in frame.iter_slices(50_000):
                buffer = io.BytesIO()
                part.write_csv(buffer, include_header=False)
                copy.write(buffer.getvalue())
    return {"rows": frame.height}


def usual(url: str, file: Path) -> Figures:
    """What a careful analyst writes in an afternoon."""
    import pandas as pd
    import pandera.pandas as pa
    from sqlalchemy import create_engine

    frame = pd.read_excel(file, dtype=str, engine="openpyxl")
    names = {
        "nomor_induk_kependudukan": "nik", "nomor_kartu_keluarga": "kk", "nama": "name",
        "tanggal_lahir": "birth_date", "jenis_kelamin": "sex",
        "status_hubungan_keluarga": "relation", "status_kawin": "marital_status",
        "kode_kelurahan_desa_ktp": "village",
    }  # fmt: skip
    frame = frame.rename(columns=names)
    frame["nik"] = frame["nik"].str.replace(r"\D", "", regex=True)
    frame["kk"] = frame["kk"].str.replace(r"\D", "", regex=True)
    frame["sex"] = frame["sex"].map({"1": "MALE", "2": "FEMALE"})
    frame["relation"] = frame["relation"].map({"1": "HEAD", "2": "SPOUSE", "3": "CHILD"})
    born = pd.to_datetime(frame["birth_date"], errors="coerce", dayfirst=True)
    frame["birth_date"] = born
    schema = pa.DataFrameSchema(
        {
            "nik": pa.Column(str, pa.Check.str_matches(r"^\d{16}$"), nullable=True),
            "kk": pa.Column(str, pa.Check.str_matches(r"^\d{16}$"), nullable=True),
            "name": pa.Column(str, pa.Check.str_length(1, 200), nullable=True),
            "sex": pa.Column(str, pa.Check.isin(["MALE", "FEMALE"]), nullable=True),
            "birth_date": pa.Column(
                "datetime64[ns]", pa.Check.in_range("1900-01-01", "2026-12-31"), nullable=True,
                coerce=True,
            ),
            "village": pa.Column(str, pa.Check.str_matches(r"^\d{10}$"), nullable=True),
        }
    )  # fmt: skip
    rejected: pd.Index[Any] = pd.Index([])
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        rejected = pd.Index(error.failure_cases["index"].dropna().unique())
    accepted = frame.drop(index=rejected)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    table = f"usual_{time.time_ns()}"
    accepted.to_sql(table, engine, index=False, chunksize=10_000)
    frame.loc[rejected].to_sql(f"{table}_bad", engine, index=False, chunksize=10_000)
    return {"rows": len(frame)}


def workbook(_: str, file: Path) -> Figures:
    """The workbook with its faults marked, handed back."""
    from adapters import workbook as books
    from adapters.delivery import Options, check_file

    with tempfile.TemporaryDirectory() as folder:
        checked = check_file(file, Options())
        target = Path(folder) / "kembali.xlsx"
        start = time.process_time()
        books.write(checked, Options(), target)
        counts = checked.counts()
        return {
            "rows": counts["read"],
            "bad": counts["warning"] + counts["rejected"],
            "write": time.process_time() - start,
            "mb": target.stat().st_size / 1e6,
        }


WAYS: dict[str, Callable[[str, Path], Figures]] = {
    "hub": hub, "bare": bare, "usual": usual, "workbook": workbook,
}  # fmt: skip


def child(way: str, url: str, file: Path) -> None:
    """Go one way and print what it took, as JSON."""
    start = time.perf_counter()
    found = WAYS[way](url, file)
    both = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(u.ru_utime + u.ru_stime for u in both)
    print(json.dumps({"cpu": cpu, "wall": time.perf_counter() - start, **found}))


def measure(way: str, url: str, file: Path) -> Figures:
    """One fresh process of one way, and the most memory it and its children held at one time."""
    command = [sys.executable, __file__, "--child", way, url, str(file)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        peak = [0.0]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, done))
        watcher.start()
        said, _ = process.communicate()
        done.set()
        watcher.join()
    if process.returncode:
        raise SystemExit(f"{way} failed on {file.name}")
    return {**json.loads(said), "peak_mb": peak[0]}


def _watch(pid: int, peak: list[float], done: threading.Event) -> None:
    while not done.wait(SAMPLED_EVERY):
        peak[0] = max(peak[0], sum(map(_proportional_mb, _family(pid))))


def _family(pid: int) -> list[int]:
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for one in (task / "children").read_text().split():
                found += _family(int(one))
    return found


def _proportional_mb(pid: int) -> float:
    """Memory of a process, shared pages counted once among those that share them."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Write the files, go every way, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--usual-rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS)
    parser.add_argument("--child", nargs=3, metavar=("WAY", "URL", "FILE"))
    asked = parser.parse_args()
    if asked.child:
        child(asked.child[0], asked.child[1], Path(asked.child[2]))
        return

    from hub.core.store.embedded import remove, running
    from hub.core.store.reference import prepare

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_files(folder, asked)
        found: dict[tuple[str, str, int], list[Figures]] = {}
        for number in range(asked.rounds):
            data = folder / f"data{number}"
            with running(data) as cluster:
                for way, form, rows in plan(asked, number):
                    prepare(cluster.url)
                    took = measure(way, cluster.url, files[form, rows])
                    found.setdefault((way, form, rows), []).append(took)
                    _forget(cluster.url)
            remove(data)
        report(found, asked)


def plan(asked: argparse.Namespace, number: int) -> list[tuple[str, str, int]]:
    """What one round measures: the slow ways in the first round only."""
    large = [(way, form, asked.rows) for form in asked.formats for way in ("hub", "bare")]
    small = [("hub", asked.formats[0], rows) for rows in growth(asked)[:-1]]
    once = [
        ("usual", "inline.xlsx", asked.usual_rows),
        ("workbook", "inline.xlsx", asked.usual_rows),
    ]
    return [*small, *large, *(once if number == 0 else [])]


def growth(asked: argparse.Namespace) -> list[int]:
    """Sizes from a hundredth of the rows up."""
    return sorted({max(1, asked.rows // 100), asked.usual_rows, asked.rows})


def write_files(folder: Path, asked: argparse.Namespace) -> dict[tuple[str, int], Path]:
    """Every format at the largest size, the first one at all sizes."""
    import import_files as files

    writers = dict(
        zip(FORMATS, (files.write_inline, files.write_shared, files.write_csv), strict=True)
    )
    everybody = files.people(folder / "sample", asked.rows)
    wanted = {(form, asked.rows) for form in asked.formats}
    wanted |= {(asked.formats[0], rows) for rows in growth(asked)}
    wanted.add(("inline.xlsx", asked.usual_rows))
    found = {}
    for form, rows in sorted(wanted):
        found[form, rows] = folder / f"{rows}-{form}"
        writers[form](everybody.head(rows), found[form, rows])
    return found


def _forget(url: str) -> None:
    """Empty what was written, so that no way finds more in the database than another."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        tables = connection.execute(
            "select quote_ident(relname) from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace"
            " and (relname ~ '^(bare|usual)_' or relname ~ '^staged_'"
            "      or relname in ('delivery_issue', 'quarantine'))"
        ).fetchall()
        for (table,) in tables:
            kind = "drop" if table.startswith(("bare_", "usual_")) else "truncate"
            connection.execute(f"{kind} table {table}")
        connection.execute("truncate delivery cascade")


def report(found: dict[tuple[str, str, int], list[Figures]], asked: argparse.Namespace) -> None:
    """Print medians and ratios."""
    median = {
        key: {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        for key, runs in found.items()
    }
    print(f"\nmedian of {asked.rounds}; CPU of client and children, memory of all processes")
    print(
        f"{'':10}{'file':14}{'rows':>11}{'CPU s':>9}{'wall s':>9}{'rows/CPU s':>12}{'peak MB':>9}"
    )
    for (way, form, rows), took in sorted(median.items(), key=lambda entry: entry[0][1:]):
        print(
            f"{way:10}{form:14}{rows:>11,}{took['cpu']:>9.1f}{took['wall']:>9.1f}"
            f"{took['rows'] / took['cpu']:>12,.0f}{took['peak_mb']:>9,.0f}"
        )
    for form in asked.formats:
        ours, least = median["hub", form, asked.rows], median["bare", form, asked.rows]
        parts = "  ".join(f"{step} {ours[step]:.1f}" for step in STEPS)
        print(f"\n{form}: hub / bare {ours['cpu'] / least['cpu']:.2f} (CPU)   wall: {parts}")
    rows = asked.usual_rows
    if ("hub", "inline.xlsx", rows) in median:
        ratio = (
            median["usual", "inline.xlsx", rows]["cpu"] / median["hub", "inline.xlsx", rows]["cpu"]
        )
        print(f"\nusual / hub at {rows:,} rows: {ratio:.1f} (CPU)")
    back = median["workbook", "inline.xlsx", rows]
    print(
        f"workbook of {rows:,} rows, {back['bad']:,.0f} with a fault: {back['write']:.1f} CPU s to"
        f" write, {back['mb']:.1f} MB, {back['peak_mb']:,.0f} MB of memory"
    )
    sizes = growth(asked)
    each = [median["hub", asked.formats[0], size]["cpu"] / size * 1e6 for size in sizes]
    told = ", ".join(f"{size:,}: {cost:.1f}" for size, cost in zip(sizes, each, strict=True))
    print(f"growth, CPU s per million rows: {told}")


if __name__ == "__main__":
    main()
