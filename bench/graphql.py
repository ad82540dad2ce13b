"""The hub's GraphQL beside PostGraphile v5, on one PostgreSQL with the same data and answers.

Run, from the repository:

    python -m bench.graphql --data-dir .hub/bench            # 5 rounds of 10 s: about an hour
    python -m bench.graphql --data-dir .hub/bench --quick    # 1 round of 2 s

Needed besides the hub's environment: wrk, and npm with Node 20 or newer (PostGraphile and a Node
22 of its own are installed from bench/postgraphile/package-lock.json). The data (300,000
households, see bench/graphql_data.py) are made at the first run, in about two minutes, and kept.

Both servers stay up and warm. The hub is `hub serve` as in production, asked with a masked token
for one regency: scope, masking, limits and row-level security are on. PostGraphile (amber preset,
lists, pool of 10 whose connections stay) works as the superuser, without any of that. Before
measuring, every request is sent to both and their answers are compared.

A cell is one operation at one number of clients on one server, after a warm-up; the servers take
turns within a round, and their order changes from round to round. Ratios are taken within a
round; medians and ranges over the rounds are printed. CPU is that of the server's processes and of
its own PostgreSQL connections. pgbench runs, prepared, what the hub was seen to send to PostgreSQL
for four requests of an operation, in the role and scope of the hub's connections. The plain
Strawberry path is measured with one client only: one process gives no more with sixteen.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

import psycopg

from bench import graphql_servers as servers
from bench.graphql_data import registry, totals
from bench.graphql_load import Captured, Cell, capture, measure, page_through, pgbench, wrk
from bench.graphql_operations import Operation, operations
from bench.graphql_servers import Server

CLIENTS = (1, 16)
_SOAK_CLIENTS, _SOAK_SECONDS = 16, 5
_SOAK_MIX = {"a": 120, "b": 20, "c": 4, "d": 20}

Place = tuple[str, int, int]
"""Which row of the table: operation, clients, processes of each server."""


@dataclass
class Bench:
    """What is measured and what was found."""

    asked: argparse.Namespace
    url: str
    connection: psycopg.Connection[Any]
    operations: list[Operation]
    sizes: servers.Sizes
    folder: Path
    captured: Captured
    cells: dict[Place, dict[str, list[Cell]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def bodies(self, operation: Operation, server: str) -> Path:
        """The file of request bodies of an operation for a server."""
        path = self.folder / f"{operation.key}-{server}.txt"
        if not path.exists():
            path.write_bytes(b"\n".join(operation.bodies(server)) + b"\n")
        return path

    def server_cell(self, operation: Operation, server: Server, clients: int) -> Cell:
        """One cell of a server."""
        return measure(
            self.connection,
            server,
            self.bodies(operation, server.name),
            clients,
            self.asked.seconds,
            self.asked.warm_up,
            self.sizes[operation.key][server.name],
        )

    def pgbench_cell(self, operation: Operation, clients: int) -> Cell:
        """One cell of the hub's statements through pgbench."""
        return pgbench(
            self.connection,
            self.url,
            self.captured.settings,
            self.captured.requests[operation.key],
            self.folder,
            clients,
            self.asked.seconds,
            self.asked.warm_up,
        )


def main() -> None:
    """Measure and report."""
    asked = _arguments()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is needed; on Debian: apt-get install wrk")
    node = servers.install()
    with (
        registry(asked.data_dir) as url,
        psycopg.connect(url, autocommit=True) as connection,
        tempfile.TemporaryDirectory() as name,
    ):
        found = servers.versions(url, node) | {
            table: f"{count:,}" for table, count in totals(connection).items()
        }
        print(", ".join(f"{key} {value}" for key, value in found.items()), flush=True)
        token = servers.make_token(url, asked.data_dir)
        chosen = [o for o in operations(connection) if o.key in asked.only]
        captured = capture(url, asked.data_dir, token, chosen)
        for key, requests in captured.requests.items():
            print(f"The hub reads with {len(requests[0])} statements for {key}.", flush=True)
        bench = Bench(asked, url, connection, chosen, {}, Path(name), captured)
        _run(bench, token, node)
        report(bench)


def _run(bench: Bench, token: str, node: Path) -> None:
    """Every cell, with one process each and then, if asked for, with two."""
    asked, url = bench.asked, bench.url
    for processes in (1, 2) if asked.two else (1,):
        with ExitStack() as stack:
            up = [
                stack.enter_context(servers.hub(url, asked.data_dir, token, processes)),
                stack.enter_context(servers.postgraphile(url, node, processes)),
            ]
            if asked.plain and processes == 1:
                up.append(stack.enter_context(servers.plain(url, token)))
            bench.sizes = servers.check(bench.operations, up)
            print(f"{len(up)} servers give the same answers.", flush=True)
            for number in range(asked.rounds):
                _round(bench, up, number, processes)
            _note_memory(bench, up)
            if processes == 1:
                _note_paging(bench, up)
                _soak(bench, up[0])


def _round(bench: Bench, up: Sequence[Server], number: int, processes: int) -> None:
    for operation in bench.operations:
        for clients in CLIENTS if processes == 1 else CLIENTS[1:]:
            place = (operation.key, clients, processes)
            found = bench.cells.setdefault(place, {})
            turns: list[tuple[str, Callable[[], Cell]]] = [
                (s.name, partial(bench.server_cell, operation, s, clients))
                for s in up
                if s.name != "plain" or clients == 1
            ]
            if processes == 1:
                turns.append(("pgbench", partial(bench.pgbench_cell, operation, clients)))
            for name, turn in turns[number % len(turns) :] + turns[: number % len(turns)]:
                cell = turn()
                found.setdefault(name, []).append(cell)
                print(
                    f"round {number + 1} {operation.key} clients {clients:>2} x{processes}"
                    f" {name:<12} {cell.rate:9.1f}/s p50 {cell.p50:8.2f} p99 {cell.p99:8.2f} ms"
                    f" CPU {cell.server:7.2f} + {cell.postgres:6.2f} ms",
                    flush=True,
                )


def _note_memory(bench: Bench, up: Sequence[Server]) -> None:
    for server in up:
        told = ", ".join(f"{now:.0f} MB now, {most:.0f} at most" for now, most in server.memory())
        bench.notes.append(f"Memory of {server.name}: {told}")


def _note_paging(bench: Bench, up: Sequence[Server]) -> None:
    for server in up:
        if server.name == "postgraphile":
            continue
        households, persons, seconds = page_through(server)
        bench.notes.append(
            f"Paging through {households:,} households ({persons:,} members) by 100 with"
            f" {server.name}: {households / seconds:,.0f} households/s"
        )
        print(bench.notes[-1], flush=True)


def _soak(bench: Bench, server: Server) -> None:
    """Memory of the hub before and after many requests of all operations, mixed."""
    if not bench.asked.soak:
        return
    mixed = [
        body
        for operation in bench.operations
        for body in (operation.bodies(server.name) * _SOAK_MIX["d"])[: _SOAK_MIX[operation.key]]
    ]
    random.Random(1).shuffle(mixed)
    path = bench.folder / "mixed.txt"
    path.write_bytes(b"\n".join(mixed) + b"\n")
    wrk(server, path, _SOAK_CLIENTS, _SOAK_SECONDS)
    seen, done, wanted = [server.memory()[0][0]], 0, bench.asked.soak
    while done < wanted:
        told = wrk(server, path, _SOAK_CLIENTS, _SOAK_SECONDS)
        if told["errors"]:
            raise SystemExit(f"{told['errors']} requests failed in the soak.")
        done += told["requests"]
        seen.append(server.memory()[0][0])
    quarters = [seen[(len(seen) - 1) * part // 4] for part in range(5)]
    bench.notes.append(
        f"Memory of the hub over {done:,} requests of all operations, by quarters: "
        + ", ".join(f"{megabytes:.0f}" for megabytes in quarters)
        + " MB"
    )
    print(bench.notes[-1], flush=True)


# --- report -----------------------------------------------------------------------------------


def report(bench: Bench) -> None:
    """The tables, as Markdown."""
    titles = {operation.key: operation.title for operation in bench.operations}
    rounds, seconds = bench.asked.rounds, bench.asked.seconds
    print(f"\nMedian (range) of {rounds} rounds of {seconds:g} s; ratios within rounds.\n")
    print(
        "| operation | clients | processes | server | requests/s | of PostGraphile's | p50 ms |"
        " p99 ms | CPU ms/request: server + PostgreSQL | of PostGraphile's |\n"
        "|--|--|--|--|--|--|--|--|--|--|"
    )
    for (key, clients, processes), found in bench.cells.items():
        for name, cells in found.items():
            columns = _columns(cells, found["postgraphile"])
            row = [f"{key} {titles[key]}", str(clients), str(processes), name, *columns]
            print(f"| {' | '.join(row)} |")
    print()
    for line in _summary(bench):
        print(f"- {line}")


def _columns(cells: Sequence[Cell], base: Sequence[Cell]) -> Iterator[str]:
    yield _spread([c.rate for c in cells], "{:,.0f}" if cells[0].rate > 100 else "{:.1f}")
    yield _spread(_ratios(cells, base, lambda c: c.rate), "{:.2f}")
    yield f"{median(c.p50 for c in cells):.2f}"
    yield f"{median(c.p99 for c in cells):.1f}"
    server, postgres = (median(c.server for c in cells), median(c.postgres for c in cells))
    yield f"{server:.2f} + {postgres:.2f} = {server + postgres:.2f}"
    yield _spread(_ratios(cells, base, lambda c: c.cpu), "{:.2f}")


def _summary(bench: Bench) -> Iterator[str]:
    places = sorted({(clients, processes) for _, clients, processes in bench.cells})
    for clients, processes in places:
        rows = {k: f for (k, c, p), f in bench.cells.items() if (c, p) == (clients, processes)}
        at = f"{clients} clients, {processes} process{'es' if processes > 1 else ''} each"
        for one, other in (("hub", "postgraphile"), ("hub", "pgbench"), ("hub", "plain")):
            rates = {
                key: _ratios(found[one], found[other], lambda c: c.rate)
                for key, found in rows.items()
                if other in found
            }
            if rates:
                told = ", ".join(f"{key} {_spread(r, '{:.2f}')}" for key, r in rates.items())
                mean = geometric_mean(median(r) for r in rates.values())
                yield f"{one} / {other}, requests/s, {at}: {told}; geometric mean {mean:.2f}"
        tails = {
            key: _ratios(found["hub"], found["postgraphile"], lambda c: c.p99)
            for key, found in rows.items()
        }
        told = ", ".join(f"{key} {_spread(r, '{:.2f}')}" for key, r in tails.items())
        yield f"hub / postgraphile, p99, {at}: {told}"
    yield from bench.notes


def _ratios(
    cells: Sequence[Cell], base: Sequence[Cell], figure: Callable[[Cell], float]
) -> list[float]:
    return [figure(one) / figure(other) for one, other in zip(cells, base, strict=True)]


def _spread(values: Sequence[float], form: str) -> str:
    middle, low, high = (form.format(v) for v in (median(values), min(values), max(values)))
    return f"{middle} ({low}-{high})" if len(values) > 1 else middle


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, required=True, help="keeps the database")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10, help="of a cell")
    parser.add_argument("--warm-up", type=float, default=1, help="seconds before every cell")
    parser.add_argument("--only", default="abcd", help="operations, such as ac")
    parser.add_argument("--two", action="store_true", help="then with two processes each")
    parser.add_argument("--plain", action="store_true", help="also the plain Strawberry path")
    parser.add_argument("--soak", type=int, default=0, metavar="N", help="memory over N requests")
    parser.add_argument("--quick", action="store_true", help="1 round of 2 s")
    asked = parser.parse_args()
    if asked.quick:
        asked.rounds, asked.seconds = 1, 2
    return asked


if __name__ == "__main__":
    main()
