"""Limits on documents, per caller and in time linear in the document."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from graphql import parse
from psycopg.sql import SQL
from seed import NOON, ask, told

from hub.core.access import Limits, Viewer
from hub.core.store.reader import Row, make_pool
from schema import limits
from schema.context import Context
from schema.errors import HubError
from schema.limits import Measure, check, measure

MIXED = """query A ($on: Boolean! @a) @b { one: viewer { ...F ...F } ...R }
  fragment F on Viewer @c { name: account @include(if: $on) @skip(if: $on) ... @d { staff } }
  fragment R on Query { two: viewer { account } programmes { code } }"""


def test_a_document_is_measured_with_its_fragments_in_place() -> None:
    assert measure(parse(MIXED)) == Measure(
        tokens=75,
        depth=2,
        aliases=4,
        directives=7,
        most_directives=2,
        root_fields=3,
        fields=9,
    )


@pytest.mark.parametrize(
    ("limit", "given", "found"),
    [
        ({"tokens": 75}, {"tokens": 76}, "75 tokens"),
        ({"depth": 2}, {"depth": 3}, "2 fields deep"),
        ({"aliases": 4}, {"aliases": 5}, "4 aliases"),
        ({"directives": 7}, {"directives": 8}, "7 directives"),
        ({"root_fields": 3}, {"root_fields": 4}, "3 root fields"),
        ({}, {"most_directives": 5}, "4 directives"),
        ({"tokens": 90}, {"fields": 91}, "90 fields"),
    ],
)
def test_each_limit_is_what_it_says(
    limit: dict[str, int], given: dict[str, int], found: str
) -> None:
    allowed, measured = Limits.of(limit), measure(parse(MIXED))
    check(measured, allowed)
    with pytest.raises(HubError, match=found):
        check(replace(measured, **given), allowed)


def test_the_largest_of_several_operations_counts() -> None:
    both = parse(
        "query A { viewer { account } } query B { a: viewer { account } programmes { code } }"
    )
    assert (measure(both).root_fields, measure(both).aliases) == (2, 1)


def doubling(levels: int) -> str:
    """Each fragment spreads the next twice: 2 to the power of `levels` fields."""
    spreads = [f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ viewer { ...F0 } } " + " ".join(spreads) + f" fragment F{levels} on Viewer {{ LEAF }}"


@pytest.mark.parametrize(
    ("leaf", "refusal"),
    [
        ("account", "more than 2,000 fields"),
        ("a: account", "aliases"),
        ("account @include(if: true)", "directives"),
    ],
)
def test_sixty_levels_of_fragments_are_refused_after_one_look_at_each(
    monkeypatch: pytest.MonkeyPatch, leaf: str, refusal: str
) -> None:
    visited = []
    plain = limits._Walk.selection

    def counted(self: Any, node: Any, level: int) -> Any:
        visited.append(node)
        return plain(self, node, level)

    monkeypatch.setattr(limits._Walk, "selection", counted)
    measured = measure(parse(doubling(60).replace("LEAF", leaf)))
    assert measured.fields == 1 + 2**60
    assert len(visited) == 1 + 1 + 2 * 60 + 1
    with pytest.raises(HubError, match=refusal):
        check(measured, Limits())


def test_wide_fragments_inside_of_each_other_are_refused() -> None:
    spreads = "fragment A on Viewer { X } fragment B on Viewer { Y } fragment C on Viewer { Z }"
    filled = spreads.replace("X", "...B " * 20).replace("Y", "...C " * 20)
    document = "{ viewer { ...A } } " + filled.replace("Z", "account " * 20)
    assert len(document) < 500
    with pytest.raises(HubError, match="2,000 fields"):
        check(measure(parse(document)), Limits())


@pytest.mark.parametrize("order", [1, -1])
def test_long_chains_of_fragments_are_refused_in_any_order(order: int) -> None:
    chain = [f"fragment F{n} on Viewer {{ ...F{n + 1} }}" for n in range(300)][::order]
    for start in ("F0", "F299 ...F150 ...F0"):
        text = f"{{ viewer {{ ...{start} }} }} fragment F300 on Viewer {{ account }} " + " ".join(
            chain
        )
        with pytest.raises(HubError, match="nested"):
            measure(parse(text))


def test_a_fragment_that_spreads_itself_ends() -> None:
    text = "{ viewer { ...F } } fragment F on Viewer { ...G } fragment G on Viewer { staff ...F }"
    assert measure(parse(text)).fields == 2


# --- per caller -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "limit", "message"),
    [
        ("{ viewer { limits { cost } } }", {"depth": 2}, "at most 2 fields deep"),
        ("{ a: viewer { staff } }", {"aliases": 0}, "at most 0 aliases"),
        ("{ viewer { staff @skip(if: false) } }", {"directives": 0}, "at most 0 directives"),
        (
            "{ viewer { account staff identified nationwide regions expiresAt } }",
            {"tokens": 10},
            "tokens",
        ),
        ("{ viewer { staff } programmes { code } }", {"root_fields": 1}, "at most 1 root fields"),
        ("{ persons(first: 51) { nodes { name } } }", {"page": 50}, "A page has 0 to 50 entries."),
        (
            '{ region(code: "35") { children(first: 51) { nodes { name } } } }',
            {"page": 50},
            "A page has 0 to 50 entries.",
        ),
    ],
)
def test_a_caller_is_held_to_its_own_limits(
    registry: str, query: str, limit: dict[str, int], message: str
) -> None:
    told(registry, query)
    (error,) = ask(registry, query, limits=Limits.of(limit))["errors"]
    assert message in error["message"]
    assert error["extensions"]["code"] == "BAD_INPUT"


def test_a_caller_may_be_allowed_more(registry: str) -> None:
    query = "{ persons(first: 101) { nodes { name } } }"
    assert ask(registry, query)["errors"][0]["message"] == "A page has 0 to 100 entries."
    told(registry, query, limits=Limits(page=101))


def test_directives_of_one_field_are_few(registry: str) -> None:
    query = "{ viewer { staff " + "@skip(if: false) " * 5 + "} }"
    (error,) = ask(registry, query)["errors"]
    assert error["message"] == "A field may have at most 4 directives."


@pytest.mark.parametrize("seconds", [3, 10])
def test_a_statement_may_take_as_long_as_the_limit_says(store_url: str, seconds: int) -> None:
    viewer = Viewer("penguji", ("",), False, False, NOON, Limits(statement_seconds=seconds))

    async def shown() -> Row | None:
        async with make_pool(store_url, 1) as pool:
            reader = Context.of(viewer, pool).reader
            return await reader.row(reader.statement(), SQL("show statement_timeout").format())

    assert asyncio.run(shown()) == {"statement_timeout": f"{seconds}s"}


def test_callers_see_their_limits(registry: str) -> None:
    query = """{ viewer { limits { cost depth aliases directives tokens rootFields bodyBytes page
        statementSeconds } } }"""
    shown = told(registry, query, limits=Limits(cost=123_456, page=7))["viewer"]["limits"]
    assert shown == {
        **{"cost": 123_456, "depth": 12, "aliases": 50, "directives": 50, "tokens": 2000},
        **{"rootFields": 25, "bodyBytes": 262_144, "page": 7, "statementSeconds": 10},
    }
