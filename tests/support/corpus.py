"""The operations of tests/schema/corpus.

A file holds several documents. Each begins with its name, `#: name`; `#= {...}` gives variables,
`#@ name` the operation to run. `{{...}}` stands for something of the registry under test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from operations import Operation, Values
from rich_registry import Registry

from schema.ids import make_id

FOLDER = Path(__file__).parents[1] / "schema" / "corpus"
REFUSED, BROKEN = "refused", "broken"
_STAND_IN = re.compile(r"\{\{(.+?)\}\}")

Find = Callable[[str], str]


@dataclass(frozen=True)
class Case:
    """One document, its stand-ins still in it."""

    file: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.name}"

    def operation(self, find: Find) -> Operation:
        """The operation with what `find` gives for each stand-in."""
        text = _STAND_IN.sub(lambda m: find(m[1]), self.text)
        headers = dict(re.findall(r"^#([=@]) (.*)$", text, re.MULTILINE))
        return Operation(text, json.loads(headers.get("=", "{}")), headers.get("@"))


def cases() -> Iterator[Case]:
    """Every document."""
    for path in sorted(FOLDER.glob("*.graphql")):
        for part in path.read_text(encoding="utf-8").split("#: ")[1:]:
            name, _, text = part.partition("\n")
            yield Case(path.stem, name, text)


def finder(made: Registry, values: Values) -> Find:
    """What stand-ins mean in the larger registry: `Person 3520012001 0` the id of the first
    person there, `nik`, `born` and `kk` likewise, `cursor`, a connection type, an order and a
    number, `Delivery 3`, `Region`, and `absent Household 3520` the id of one that is not there."""

    def find(text: str) -> str:
        word, *about = text.split()
        if word == "cursor":
            return values.cursors[tuple(about[:-1])][int(about[-1])]
        if word == "absent":
            return make_id(about[0], *about[1:], uuid=UUID(int=1, version=4))
        if word == "Region":
            return values.ids["Region"][0]
        if word == "Delivery":
            return made.ids[word, ""][int(about[0])]
        place, number = about[0], int(about[1])
        if word in ("nik", "born", "kk"):
            table, column = {
                "nik": ("person", "nik"),
                "born": ("person", "birth_date"),
                "kk": ("household", "kk"),
            }[word]
            there = [row for row in made.tables[table] if row["_places"] == {place}]
            return str(there[number][column])
        return made.ids[word, place][number]

    return find
