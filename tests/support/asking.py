"""Ask the schema many times over one event loop and one pool, plainly and as it is served."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from operations import Operation, Values, lists, orders
from rich_registry import EDITIONS, ISSUE_CODES, NOON, PROGRAMMES, SOURCES, Registry

from hub.core.access import Limits, Right, Viewer
from hub.core.store.reader import Pool, make_pool
from mappings.load import rules
from schema.api import answer, respond
from schema.context import Context

T = TypeVar("T")
GENEROUS = Limits(aliases=1000, directives=1000, tokens=20_000)
"""Generated operations are wordier than people's."""


def viewer(*regions: str, identified: bool = False, staff: bool = False) -> Viewer:
    """A caller who may see `regions`; staff may also do everything."""
    rights = frozenset(Right if staff else ())
    return Viewer("penguji", regions, identified, staff, NOON, GENEROUS, rights=rights)


VIEWERS = {
    "nationwide": viewer("", identified=True, staff=True),
    "regency": viewer("3520"),
    "village": viewer("3520012001"),
    "two": viewer("352002", "5206", identified=True),
    "nowhere": viewer(),
}


@dataclass(frozen=True)
class Asker:
    """Asks one registry."""

    runner: asyncio.Runner
    pool: Pool

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, on the loop of the pool."""
        return self.runner.run(coroutine)

    def plain(self, operation: Operation, by: Viewer) -> dict[str, Any]:
        """The response of plain execution."""
        context = Context.of(by, self.pool)
        return self.run(answer(context, operation.query, operation.variables, operation.name))

    def served(self, operation: Operation, by: Viewer) -> tuple[str, bool]:
        """The body of the response as it is served, and whether the operation ran."""
        context = Context.of(by, self.pool)
        given = self.run(respond(context, operation.query, operation.variables, operation.name))
        return given.body.decode(), given.ran


@contextmanager
def asking(url: str) -> Iterator[Asker]:
    """An asker of the registry at `url`."""
    with asyncio.Runner() as runner:
        pool = make_pool(url, 4)
        runner.run(pool.open())
        try:
            yield Asker(runner, pool)
        finally:
            runner.run(pool.close())


def values_of(made: Registry, asker: Asker) -> Values:
    """What arguments can be drawn from, cursors of real pages included."""
    people = [row for row in made.tables["person"] if row["nik"]]
    return Values(
        ids={kind: made.of_kind(kind) for kind, _ in made.ids} | {"Region": _regions(asker)},
        niks=[_spaced(row["nik"]) for row in people],
        cards=[row["kk"] for row in made.tables["household"] if row["kk"]],
        births=[(row["nik"], str(row["birth_date"])) for row in people if row["birth_date"]],
        names=("WARGA", "kancil", "ñandú", "100%_", "GARIS\\", "onc", "zzz", "</script>", "😀 ꦗ"),
        editions=EDITIONS,
        layouts=("dtsen_anggota", "p3ke_individu", "p3ke_keluarga", "entah"),
        programmes=(*PROGRAMMES, "LPG_3KG"),
        sources=(*SOURCES, "SIPD"),
        rules=list(rules()),
        issues=(*ISSUE_CODES, "TAK_ADA"),
        attributes=("name", "relationToHead", "address", "floorArea", "disabilities", "tak_ada"),
        cursors=_cursors(asker),
    )


def _spaced(nik: str) -> str:
    """A NIK as people write it: an answer repeats it so, which is not the registry's doing."""
    return f"{nik[:6]} {nik[6:]}"


def _told(asker: Asker, query: str) -> Any:
    response = asker.plain(Operation(query), VIEWERS["nationwide"])
    assert "errors" not in response, response["errors"]
    return response["data"]


def _regions(asker: Asker) -> list[str]:
    codes = ("35", "3520", "352001", "3520012001", "5206", "1101")
    query = " ".join(f"r{code}: region(code: {json.dumps(code)}) {{ id }}" for code in codes)
    return [found["id"] for found in _told(asker, f"{{ {query} }}").values()]


def _cursors(asker: Asker) -> dict[tuple[str, ...], list[str]]:
    """Cursors of every list in every order, by what `_Writer.window` asks them for."""
    found: dict[tuple[str, ...], list[str]] = {}
    for name, of in lists().items():
        for order in orders(of):
            ordered = f", orderBy: [{', '.join(order)}]" if order else ""
            page = _told(asker, f"{{ page: {name}(first: 40{ordered}) {{ edges {{ cursor }} }} }}")
            kind = str(of.type).rstrip("!")
            found[kind, *order] = [edge["cursor"] for edge in page["page"]["edges"][::8]]
    issues = "{ deliveries(first: 20) { nodes { issues { edges { cursor } } } } }"
    pages = [node["issues"]["edges"] for node in _told(asker, issues)["deliveries"]["nodes"]]
    found["IssueConnection",] = [edge["cursor"] for edges in pages for edge in edges][::8]
    return found
