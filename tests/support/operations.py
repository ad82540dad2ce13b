"""Operations written at random from the schema, for tests that compare or judge their answers.

An operation is valid: what it asks can be asked, with arguments that hit and miss. With `faults`
it may ask one thing that cannot be asked (a page over the cap, the cursor of another list).

The response keys of one operation are a vocabulary of its own: a key always stands for the same
field with the same arguments, so that selections merge wherever they meet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)
from hypothesis import strategies as st

from schema.api import schema

SCHEMA = schema._schema
DEEPEST, MOST_PARTS, MOST_ROWS, PAGE = 7, 60, 200, 6
_CONNECTION_LISTS = {"nodes", "edges"}
_FAVOURED = (*("households", "persons", "household", "person", "node", "checkReceipts") * 2,)
_PAGING = {"first", "last", "after", "before", "orderBy"}
_REGIONS = ("35", "3520", "352001", "3520012001", "3520022001", "3501", "5206", "1101", "99")
_DATES = ("1980-01-01", "2024-12-31", "2025-06-30", "2025-12-01", "2026-03-01", "2027-01-01")
_MALFORMED = ("", "x", "Household:3520:", "Person:3520:12", "SG91c2Vob2xk", "\u0645", "A" * 1200)

Composite = GraphQLObjectType | GraphQLInterfaceType


@dataclass(frozen=True)
class Operation:
    """A request without its caller."""

    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    name: str | None = None


@dataclass(frozen=True)
class Values:
    """What arguments are drawn from: things of the registry under test."""

    ids: Mapping[str, Sequence[str]]
    """Opaque ids by kind."""
    niks: Sequence[str]
    cards: Sequence[str]
    births: Sequence[tuple[str, str]]
    """NIKs with the birth date of their person."""
    names: Sequence[str]
    """Parts of names of persons and regions."""
    editions: Sequence[str]
    layouts: Sequence[str]
    programmes: Sequence[str]
    sources: Sequence[str]
    rules: Sequence[str]
    issues: Sequence[str]
    """Codes of issues."""
    attributes: Sequence[str]
    cursors: Mapping[tuple[str, ...], Sequence[str]]
    """By the name of the connection type and the order."""

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """How Hypothesis shows it beside a failing example: by name only."""
        printer.text("Values(...)")


@dataclass(frozen=True)
class Writing:
    """An operation that is still to be written: Hypothesis chooses the seed, not every word, else
    it would say the same thing over and over."""

    seed: int
    size: int
    """Parts of selections, at most."""

    def operation(self, values: Values, *, staff: bool = False, faults: bool = False) -> Operation:
        """The operation, with arguments from `values`; for `staff`, some read the schema too."""
        draw = Random(self.seed)
        faulty = faults and draw.random() < 0.25
        return _Writer(draw, values, self.size, staff=staff, faults=int(faulty)).operation()


WRITINGS = st.builds(Writing, st.integers(0, 2**64 - 1), st.integers(2, MOST_PARTS))


def lists() -> dict[str, GraphQLField]:
    """The root fields that give a connection."""
    root = SCHEMA.query_type
    assert root is not None
    return {
        name: f
        for name, f in root.fields.items()
        if get_named_type(f.type).name.endswith("Connection")
    }


def orders(of: GraphQLField) -> list[tuple[str, ...]]:
    """The orders a list is asked for in: none, each alone, and some of two."""
    if "orderBy" not in of.args:
        return [()]
    kind = get_named_type(of.args["orderBy"].type)
    assert isinstance(kind, GraphQLEnumType)
    names = list(kind.values)
    pairs = list(zip(names[::2], names[3:], strict=False))
    return [(), *((name,) for name in names), *pairs]


class _Writer:
    def __init__(
        self, draw: Random, values: Values, size: int, *, staff: bool, faults: int
    ) -> None:
        self.draw, self.values, self.staff, self.faults = draw, values, staff, faults
        self.left = size  # parts of selections
        self.keys: dict[str, tuple[str, str, str]] = {}
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}
        self.known: dict[tuple[str, str], str] = {}
        self.fragments: list[tuple[str, str, int, int, str]] = []
        self.number = 0

    def chance(self, probability: float) -> bool:
        return self.draw.random() < probability

    def one(self, choices: Sequence[Any]) -> Any:
        return self.draw.choice(choices)

    def fault(self, probability: float = 0.3) -> bool:
        """Whether to write something that cannot be asked; once in an operation."""
        if self.faults and self.chance(probability):
            self.faults -= 1
            return True
        return False

    def fresh(self, prefix: str) -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    # --- the document ------------------------------------------------------------------------

    def operation(self) -> Operation:
        root = SCHEMA.query_type
        assert root is not None
        fields = " ".join(self.selection(root, 0, 1) for _ in range(self.draw.randint(1, 2)))
        if self.staff and self.chance(0.3):
            fields += " " + self.one(
                (
                    "__schema { queryType { name } }",
                    '__type(name: "Person") { kind fields { name type { name } } }',
                )
            )
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        name = self.one((None, "Satu")) if not declared or self.chance(0.5) else "Satu"
        head = f"query {name or ''}{declared}" if name or declared else self.one(("", "query"))
        parts = [f"{head} {{ {fields} }}"]
        parts += [f"fragment {f} on {kind} {{ {text} }}" for f, kind, _, _, text in self.fragments]
        if name and self.chance(0.15):
            parts.append("query Lain { viewer { account } }")
        elif self.chance(0.8):
            name = None  # the only operation need not be named in the request
        self.draw.shuffle(parts)
        return Operation("\n".join(parts), self.variables, name)

    def selection(self, kind: Composite, depth: int, rows: int) -> str:
        """The inside of a selection set; never empty."""
        most = self.draw.randint(1, 4 if self.left > 0 else 1)
        parts = [self.part(kind, depth, rows) for _ in range(most)]
        return " ".join(part for part in parts if part) or self.typename()

    def part(self, kind: Composite, depth: int, rows: int) -> str:
        if self.left <= 0:
            return ""
        self.left -= 1
        roll = self.draw.random()
        if roll < 0.07:
            return self.typename()
        if roll < 0.15:
            return self.inline(kind, depth, rows)
        if roll < 0.25 and depth:
            return self.spread(kind, depth, rows)
        if isinstance(kind, GraphQLInterfaceType) and self.chance(0.85):
            return self.on_type(kind, depth, rows)
        return self.field(kind, depth, rows)

    def typename(self) -> str:
        return f"{self.key(('__typename', '', 'String!'))}__typename{self.directives()}"

    def inline(self, kind: Composite, depth: int, rows: int) -> str:
        conditions = ["", f"on {kind.name}"]
        inner: Composite = kind
        if isinstance(kind, GraphQLObjectType) and kind.interfaces and self.chance(0.3):
            inner = kind.interfaces[0]
            conditions = [f"on {inner.name}"]
        condition = self.one(conditions)
        return f"... {condition}{self.directives()} {{ {self.selection(inner, depth, rows)} }}"

    def on_type(self, kind: GraphQLInterfaceType, depth: int, rows: int) -> str:
        inner = self.one(SCHEMA.get_possible_types(kind))
        if self.chance(0.3):
            return self.spread(inner, depth, rows)
        text = self.selection(inner, depth, rows)
        return f"... on {inner.name}{self.directives()} {{ {text} }}"

    def spread(self, kind: Composite, depth: int, rows: int) -> str:
        fitting = [
            name
            for name, on, deep, many, _ in self.fragments
            if on == kind.name and depth <= deep and rows <= many
        ]
        if fitting and self.chance(0.6):
            return f"...{self.one(fitting)}{self.directives()}"
        text = self.selection(kind, depth, rows)
        name = self.fresh("Bagian")
        self.fragments.append((name, kind.name, depth, rows, text))
        return f"...{name}{self.directives()}"

    # --- fields --------------------------------------------------------------------------------

    def field(self, kind: Composite, depth: int, rows: int) -> str:
        name = self.one([*kind.fields, *(_FAVOURED if kind is SCHEMA.query_type else ())])
        of = kind.fields[name]
        inner = get_named_type(of.type)
        if not is_composite_type(inner):
            return self.written(kind, name, of, None)
        assert isinstance(inner, GraphQLObjectType | GraphQLInterfaceType)
        many = rows * self.factor(kind, name, of)
        if depth >= DEEPEST or many > MOST_ROWS:
            return ""
        return self.written(kind, name, of, lambda: self.selection(inner, depth + 1, many))

    def factor(self, kind: Composite, name: str, of: GraphQLField) -> int:
        """How many rows, about, the field gives for one of its parent."""
        if get_named_type(of.type).name.endswith("Connection"):
            return PAGE
        in_page = name in _CONNECTION_LISTS and kind.name.endswith("Connection")
        return 5 if is_list_type(get_nullable_type(of.type)) and not in_page else 1

    def written(
        self, kind: Composite, name: str, of: GraphQLField, below: Callable[[], str] | None
    ) -> str:
        given = self.arguments(kind, name, of)
        key = self.key((name, given, str(of.type)))
        text = f"{key}{name}{given}{self.directives()}"
        if below is None:
            return text
        whole = f"{text} {{ {below()} }}"
        if self.chance(0.12):  # again under the same key, which merges
            again = f"{key}{name}{given}{self.directives()} {{ {below()} }}"
            whole += f" ... {{ {again} }}" if self.chance(0.5) else f" {again}"
        return whole

    def key(self, signature: tuple[str, str, str]) -> str:
        """`alias: ` or nothing, so that a response key has one meaning in the operation."""
        name = signature[0]
        if self.chance(0.8) and self.keys.setdefault(name, signature) == signature:
            return ""
        same = [key for key, known in self.keys.items() if known == signature and key != name]
        if same and self.chance(0.5):
            return f"{self.one(same)}: "
        alias = self.one(("id", "nodes", "name", "null")) if self.chance(0.1) else self.fresh("a")
        if self.keys.setdefault(alias, signature) != signature:
            alias = self.fresh("a")
            self.keys[alias] = signature
        return f"{alias}: "

    def directives(self) -> str:
        if not self.chance(0.1):
            return ""
        name = self.one(("include", "skip"))
        value = self.chance(0.7) == (name == "include")
        boolean = GraphQLNonNull(SCHEMA.type_map["Boolean"])
        return f" @{name}(if: {self.rendered(boolean, value, needed=True)})"

    # --- arguments -----------------------------------------------------------------------------

    def arguments(self, kind: Composite, name: str, of: GraphQLField) -> str:
        chosen, needed = self.looked_up(kind, name)
        for argument, about in of.args.items() if not needed else ():
            if argument not in _PAGING and (is_required_argument(about) or self.chance(0.45)):
                chosen[argument] = self.value(about.type, argument)
        _in_order(chosen, "from", "to", backwards=self.fault(0.1))
        if "first" in of.args:
            paging = self.window(of)
            chosen |= paging
            needed |= set(paging)
        parts = [
            f"{argument}: {self.rendered(of.args[argument].type, value, argument in needed)}"
            for argument, value in sorted(chosen.items(), key=lambda _: self.draw.random())
        ]
        return f"({', '.join(parts)})" if parts else ""

    def looked_up(self, kind: Composite, name: str) -> tuple[dict[str, Any], set[str]]:
        """The arguments of the root fields that find one thing, which depend on each other."""
        if kind.name != "Query":
            return {}, set()
        chosen: dict[str, Any] = {}
        if name == "node":
            chosen = {"id": self.identity(self.one(list(self.values.ids)))}
        elif name == "delivery":
            chosen = {"id": self.identity("Delivery")}
        elif name == "household":
            card = {"familyCardNumber": self.one(self.values.cards)}
            chosen = {"id": self.identity("Household")} if self.chance(0.6) else card
            if self.fault():
                chosen = self.one(({}, chosen | card | {"id": self.identity("Household")}))
        elif name == "person":
            nik, born = self.one(self.values.births)
            chosen = {"id": self.identity("Person")}
            if self.chance(0.4):
                other = born if self.chance(0.7) else self.one(_DATES)
                chosen = {"nik": nik, "birthDate": other}
                if self.fault():
                    chosen = self.one(({"nik": nik}, {"birthDate": born}, {}))
        return chosen, set(chosen) or ({"id"} if name in ("household", "person") else set())

    def identity(self, kind: str) -> str:
        if self.fault():
            others = [k for k in self.values.ids if k != kind]
            wrong = [self.one(self.values.ids[self.one(others)]), *_MALFORMED[:5]]
            return str(self.one(wrong))
        return str(self.one(self.values.ids[kind]))

    def window(self, of: GraphQLField) -> dict[str, Any]:
        """A page: always a size, perhaps an order and a cursor of it."""
        order = self.one(orders(of))
        backward = "last" in of.args and self.chance(0.3)
        size, edge = ("last", "before") if backward else ("first", "after")
        chosen: dict[str, Any] = {size: self.draw.randint(0, PAGE)}
        if order:
            chosen["orderBy"] = list(order)
        connection = get_named_type(of.type).name
        own = self.values.cursors.get((connection, *order), ())
        if own and self.chance(0.4):
            chosen[edge] = self.one(own)
        if self.fault():
            foreign = [c for k, cs in self.values.cursors.items() for c in cs if c not in own]
            wrong = [{size: 101}, {size: -1}, {edge: self.one(foreign)}]
            wrong += [{edge: self.one(_MALFORMED)}]
            wrong += [{"first": 1, "last": 1}] if "last" in of.args else []
            chosen |= self.one(wrong)
        return chosen

    def value(self, kind: GraphQLInputType, name: str) -> Any:
        """A value as JSON has it."""
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        elif self.chance(0.05):
            return None
        if isinstance(kind, GraphQLList):
            if self.chance(0.1):
                return self.value(kind.of_type, name)  # one stands for a list of it
            return [self.value(kind.of_type, name) for _ in range(self.draw.randint(0, 3))]
        if isinstance(kind, GraphQLEnumType):
            return self.one(list(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            return self.object(kind)
        return self.scalar(kind.name, name)

    def object(self, kind: GraphQLInputObjectType) -> dict[str, Any]:
        names = self.draw.sample(list(kind.fields), min(self.draw.randint(0, 2), len(kind.fields)))
        chosen = {name: self.value(kind.fields[name].type, name) for name in names}
        _in_order(chosen, "from", "to", backwards=self.fault(0.1))
        _in_order(chosen, "min", "max", backwards=self.fault(0.1))
        return chosen

    def scalar(self, kind: str, name: str) -> Any:
        values = self.values
        texts: dict[str, Sequence[str]] = {
            "editions": values.editions,
            "layouts": values.layouts,
            "codes": values.issues,
            "rules": values.rules,
            "attributes": values.attributes,
        }
        choices: dict[str, Sequence[Any]] = {
            "ID": [i for ids in values.ids.values() for i in ids],
            "NIK": [*values.niks, "990000", "993520 0101800000", "3201********0001", "-"],
            "FamilyCardNumber": values.cards,
            "RegionCode": _REGIONS,
            "ProgrammeCode": values.programmes,
            "SourceCode": values.sources,
            "Date": _DATES,
            "DateTime": ("2026-03-01T12:00:00Z", "2026-03-01T15:00:00.12+00:00"),
            "Boolean": (True, False),
            "Int": (2025, 2026) if name == "year" else range(1, 11),
            "String": texts.get(name, values.names),
        }
        if name in ("name", "search", "rules") and self.fault(0.1):
            return "ab"
        return self.one(choices[kind])

    # --- writing values --------------------------------------------------------------------------

    def rendered(self, kind: GraphQLInputType, value: Any, needed: bool = False) -> str:
        """The value as a literal or through a variable; not `needed`, it may turn out absent."""
        return self.variable(kind, value, needed) if self.chance(0.3) else self.literal(kind, value)

    def literal(self, kind: GraphQLInputType, value: Any, *, constant: bool = False) -> str:
        kind = get_nullable_type(kind)
        if value is None:
            return "null"
        within = self.literal if constant else self.perhaps_variable
        if isinstance(kind, GraphQLList):
            if not isinstance(value, list):
                return self.literal(kind.of_type, value, constant=constant)
            return f"[{', '.join(within(kind.of_type, v, constant=constant) for v in value)}]"
        if isinstance(kind, GraphQLInputObjectType):
            parts = (
                f"{name}: {within(kind.fields[name].type, v, constant=constant)}"
                for name, v in value.items()
            )
            return f"{{{', '.join(parts)}}}"
        if isinstance(kind, GraphQLEnumType):
            return str(value)
        return json.dumps(value, ensure_ascii=False)

    def perhaps_variable(self, kind: GraphQLInputType, value: Any, *, constant: bool) -> str:
        """A part of a literal."""
        whole = self.chance(0.85)
        return self.literal(kind, value) if whole else self.variable(kind, value, needed=False)

    def variable(self, kind: GraphQLInputType, value: Any, needed: bool) -> str:
        strict, bare = is_non_null_type(kind), get_nullable_type(kind)
        manners = ["given", "given", "default"]
        if strict and self.fault(0.1):
            manners = ["null over default"]
        elif not strict and not needed:
            manners += ["absent", "null", "null over default"]
        manner = self.one(manners) if value is not None else "given"
        if manner == "given":
            declared = str(kind) if strict or value is None or self.chance(0.7) else f"{bare}!"
            known = (declared, json.dumps(value))
            if known not in self.known:
                self.known[known] = self.declare(declared)
                self.variables[self.known[known]] = value
            return f"${self.known[known]}"
        if manner in ("absent", "null"):
            name = self.declare(str(bare))
        else:
            name = self.declare(f"{bare} = {self.literal(kind, value, constant=True)}")
        if manner.startswith("null"):
            self.variables[name] = None
        return f"${name}"

    def declare(self, kind: str) -> str:
        name = self.fresh("v")
        self.declared.append(f"${name}: {kind}")
        return name


def _in_order(chosen: dict[str, Any], low: str, high: str, *, backwards: bool) -> None:
    """Put two bounds in order, or out of it."""
    if chosen.get(low) is not None and chosen.get(high) is not None:
        pair = sorted((chosen[low], chosen[high]), reverse=backwards)
        chosen[low], chosen[high] = pair


def named_types(kind: GraphQLNamedType) -> set[str]:
    """The names of all object types that can be reached from `kind`."""
    found: set[str] = set()
    waiting = [kind]
    while waiting:
        here = waiting.pop()
        if here.name in found or not is_composite_type(here):
            continue
        found.add(here.name)
        if isinstance(here, GraphQLInterfaceType):
            waiting += SCHEMA.get_possible_types(here)
        if isinstance(here, GraphQLObjectType | GraphQLInterfaceType):
            waiting += [get_named_type(f.type) for f in here.fields.values()]
    return found
