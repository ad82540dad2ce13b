"""What today's schema changes for those who use the released one, and what of it is forbidden.

    python -m schema.changes                       compare; 1 when something would break callers
    python -m schema.changes --release             make today's schema the released one
    python -m schema.changes --release --breaking  also when it breaks callers

A field, argument or value may go once it was released as deprecated and the date in its reason,
"Removed after 2027-06-30.", has passed. See docs/api/changes.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from graphql import (
    REMOVE,
    DirectiveNode,
    GraphQLDeprecatedDirective,
    GraphQLSchema,
    Node,
    Visitor,
    build_ast_schema,
    find_breaking_changes,
    find_dangerous_changes,
    get_directive_values,
    is_object_type,
    parse,
    visit,
)

from schema.sdl import sdl

RELEASED_FILE = Path(__file__).parent / "released.graphql"
NOTICE = timedelta(days=180)

_UNTIL = re.compile(r"Removed after (\d{4}-\d{2}-\d{2})\.$", re.ASCII)


@dataclass(frozen=True)
class Changes:
    """What is forbidden, and what may surprise a caller but is allowed, a sentence each."""

    breaking: list[str]
    dangerous: list[str]


def changes(released: str, current: str, on: date) -> Changes:
    """What the SDL `current` changes of the SDL `released`, judged on the day `on`."""
    old, new = _promised(released, on), build_ast_schema(parse(current))
    undated = [
        f"{place} is deprecated, but its reason does not end with 'Removed after <date>.'."
        for place, until in deprecations(current).items()
        if until is None
    ]
    return Changes(
        [*(change.description for change in find_breaking_changes(old, new)), *undated],
        [change.description for change in find_dangerous_changes(old, new)],
    )


def hasty(released: str, current: str, on: date) -> list[str]:
    """What is newly deprecated with less than `NOTICE`, a sentence each."""
    known = deprecations(released)
    return [
        f"{place} is to go after {until}: give {NOTICE.days} days' notice."
        for place, until in deprecations(current).items()
        if until is not None and place not in known and until < on + NOTICE
    ]


def deprecations(text: str) -> dict[str, date | None]:
    """The last day of everything deprecated in an SDL; None where its reason names no day."""
    found = _Deprecated()
    visit(parse(text), found)
    return found.places


def _promised(released: str, on: date) -> GraphQLSchema:
    """The released schema without what was allowed to go by `on`, and without types that
    only this used."""
    whole = build_ast_schema(visit(parse(released), _Expired(on)))
    return GraphQLSchema(
        query=whole.query_type,
        mutation=whole.mutation_type,
        subscription=whole.subscription_type,
        directives=whole.directives,
        types=[t for t in whole.type_map.values() if is_object_type(t) and t.interfaces],
    )


def _until(node: Node) -> date | None:
    values = get_directive_values(GraphQLDeprecatedDirective, node) or {}  # type: ignore[arg-type]
    found = _UNTIL.search(values.get("reason") or "")
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _is_deprecated(node: Node) -> bool:
    directives: tuple[DirectiveNode, ...] = getattr(node, "directives", None) or ()
    return any(directive.name.value == "deprecated" for directive in directives)


class _Deprecated(Visitor):
    """Collects what is deprecated, by its place in the schema, such as `Person.nik`."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, date | None] = {}

    def enter(self, node: Node, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]) -> None:
        if _is_deprecated(node):
            self.places[".".join(_names([*ancestors, node]))] = _until(node)


class _Expired(Visitor):
    """Removes what was allowed to go by a day."""

    def __init__(self, on: date) -> None:
        super().__init__()
        self._on = on

    def enter(self, node: Node, *_: Any) -> Any:
        until = _until(node) if _is_deprecated(node) else None
        return REMOVE if until is not None and until < self._on else None


def _names(nodes: list[Any]) -> Iterator[str]:
    return (node.name.value for node in nodes if getattr(node, "name", None) is not None)


def main(arguments: list[str]) -> int:
    """Compare or release. Returns 1 when callers would break, 2 on misuse."""
    if arguments not in ([], ["--release"], ["--release", "--breaking"]):
        sys.stderr.write("usage: python -m schema.changes [--release [--breaking]]\n")
        return 2
    today, current = datetime.now(UTC).date(), sdl()
    released = RELEASED_FILE.read_text(encoding="utf-8") if RELEASED_FILE.exists() else current
    found = changes(released, current, today)
    hindrances = list(found.breaking)
    if "--release" in arguments:
        hindrances += hasty(released, current, today)
    for sentence in found.dangerous:
        sys.stdout.write(f"allowed, but tell callers: {sentence}\n")
    for sentence in hindrances:
        sys.stderr.write(f"breaks callers: {sentence}\n")
    if hindrances and "--breaking" not in arguments:
        return 1
    if "--release" in arguments:
        RELEASED_FILE.write_text(f"# Released {today}.\n\n{current}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
