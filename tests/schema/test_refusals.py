"""What is refused, with which code; and what an error may not tell."""

import logging
from typing import Any

import pytest
import seed
from psycopg import errors
from psycopg_pool import PoolTimeout
from seed import A, ask, household_id, told

from hub.core.access import Limits
from hub.core.store.reader import Reader
from schema import loaders
from schema.errors import UNAVAILABLE
from schema.ids import make_id


def code_of(response: dict[str, Any]) -> str:
    """The code of the errors, which must be one."""
    (code,) = {error["extensions"]["code"] for error in response["errors"]}
    return str(code)


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{ nothing }",
        "mutation { publish }",
        "{ household { size } }",
        '{ household(id: "x") { size } }',
        '{ household(id: "x", familyCardNumber: "9935200101200006") { size } }',
        '{ household(familyCardNumber: "123") { size } }',
        "{ household(familyCardNumber: 9935200101200006) { size } }",
        "{ person { name } }",
        '{ person(nik: "1", id: "x") { name } }',
        '{ region(code: "35.20") { name } }',
        '{ households(filter: {region: "00"}) { totalCount } }',
        '{ persons(filter: {name: "ab"}) { totalCount } }',
        '{ persons(filter: {name: "ab\\u0000c"}) { totalCount } }',
        '{ regions(search: "x") { totalCount } }',
        '{ persons(filter: {name: "' + "a" * 101 + '"}) { totalCount } }',
        '{ receipts(filter: {programmes: ["PHK"]}) { totalCount } }',
        '{ rankings(filter: {sources: ["DTSN"]}) { totalCount } }',
        '{ overlapFlags(filter: {rules: ["BPUM"]}) { totalCount } }',
        "{ households(filter: {decile: {min: 4, max: 2}}) { totalCount } }",
        "{ persons(filter: {decile: {min: 0}}) { totalCount } }",
        '{ receipts(filter: {from: "2026-02-01", to: "2026-01-31"}) { totalCount } }',
        '{ receipts(filter: {from: "2026-02-30"}) { totalCount } }',
        "{ households(orderBy: [DECILE_ASC, DECILE_DESC, DECILE_ASC, DECILE_ASC, DECILE_ASC])"
        " { totalCount } }",
        '{ checkReceipts(niks: ["\\u0000"]) { found } }',
        '{ node(id: "ID") { id } }'.replace("ID", make_id("Household")),
        "subscription { x }",
    ],
)
def test_what_cannot_be_asked_is_bad_input(registry: str, query: str) -> None:
    response = ask(registry, query)
    assert code_of(response) == "BAD_INPUT"
    assert not any((response.get("data") or {}).values())


def test_one_of_several_operations_must_be_named(registry: str) -> None:
    response = ask(registry, "query A { viewer { account } } query B { viewer { staff } }")
    assert code_of(response) == "BAD_INPUT"
    assert "operationName" in response["errors"][0]["message"]


@pytest.mark.parametrize(
    "variables",
    [
        {"f": "SITI AMINAH"},
        {"f": {"hasFlag": "SITI"}},
        {"f": {"nama": "SITI"}},
        {"on": "SITI"},
        {"n": "SITI"},
    ],
)
def test_an_error_does_not_repeat_what_was_given(registry: str, variables: dict[str, Any]) -> None:
    query = """query ($f: PersonFilter, $on: Date, $n: Int) {
        persons(filter: $f, first: $n) { totalCount }
        checkReceipts(niks: [], asOf: $on) { nik } }"""
    response = ask(registry, query, variables, staff=True)
    assert code_of(response) == "BAD_INPUT"
    assert "SITI" not in str(response)


def test_an_id_of_another_kind_is_told_apart(registry: str) -> None:
    query = "query ($id: ID!) { person(id: $id) { name } }"
    response = ask(registry, query, {"id": household_id(A)})
    assert response["errors"][0]["message"] == "This is the id of a Household, not of a Person."


def test_only_staff_read_the_schema_and_get_hints(registry: str) -> None:
    schema_query, misspelt = "{ __schema { __typename } }", "{ household { sizes } }"
    assert code_of(ask(registry, schema_query)) == "FORBIDDEN"
    told(registry, schema_query, staff=True)
    assert "Did you mean" not in str(ask(registry, misspelt))
    assert "Did you mean" in str(ask(registry, misspelt, staff=True))
    assert told(registry, "{ viewer { __typename } }") == {"viewer": {"__typename": "Viewer"}}


def nested(levels: int) -> str:
    """A query of so many levels."""
    inner = "household { members { " * (levels // 2) + "name" + " } }" * (levels // 2)
    return "{ persons(first: 1) { nodes { FIELDS } } }".replace("FIELDS", inner)


def test_a_query_may_be_so_deep_and_no_deeper(registry: str) -> None:
    told(registry, nested(Limits().depth - 4))
    response = ask(registry, nested(Limits().depth))
    assert (
        response["errors"][0]["message"] == f"A query may be at most {Limits().depth} fields deep."
    )


@pytest.mark.parametrize(
    "query",
    [
        # Each fragment spreads the next twice: 2^40 fields if they were walked one by one.
        "{ viewer { ...F0 } } "
        + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
        + " fragment F40 on Viewer { account }",
        "{ viewer { ...F } } fragment F on Viewer { ...F }",
        "{ viewer { ...F0 } } "
        + " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} }}" for n in range(300))
        + " fragment F300 on Viewer { account }",
        "{ " + " ".join(f"v{n}: viewer {{ account }}" for n in range(26)) + " }",
        "{ viewer { " + "account " * 3000 + "} }",
        "{ viewer " + "{ viewer " * 900 + "} " * 900 + "}",
        "query ($a: [[[[Int]]]] = " + "[" * 900 + "]" * 900 + ") { viewer { account } }",
    ],
)
def test_a_costly_document_is_answered_at_once(registry: str, query: str) -> None:
    started = seed.datetime.now(seed.UTC)
    response = ask(registry, query)
    assert (seed.datetime.now(seed.UTC) - started).total_seconds() < 3
    if "errors" in response:
        assert {error["extensions"]["code"] for error in response["errors"]} == {"BAD_INPUT"}


def test_an_unexpected_error_tells_nothing_and_logs_no_text(
    registry: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise errors.UniqueViolation("DETAIL: Key (nik)=(9935204101800001) already exists.")

    monkeypatch.setattr(Reader, "json", fail)
    with caplog.at_level(logging.DEBUG):
        response = ask(registry, "{ programmes { code } }")
    assert response["errors"][0]["message"] == "Unexpected error."
    assert code_of(response) == "INTERNAL"
    assert "9935204101800001" not in caplog.text + str(response)
    (record,) = [r for r in caplog.records if r.name == "schema.errors"]
    assert (record.error, record.sqlstate) == ("UniqueViolation", "23505")  # type: ignore[attr-defined]


def test_a_short_query_for_very_many_things_is_cut_off(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaders, "MOST_THINGS", 8)
    told(registry, "{ households { nodes { members { name } } } }", plainly=True)
    wide = "{ households { nodes { members { name household { size } } } } }"
    response = ask(registry, wide, plainly=True)
    assert (code_of(response), len(response["errors"])) == ("COST_EXCEEDED", 1)
    assert "data" not in response


def test_a_database_that_goes_away_is_told_as_such(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise PoolTimeout("couldn't get a connection after 3.00 sec")

    monkeypatch.setattr(Reader, "json", fail)
    response = ask(registry, "{ programmes { code } }")
    message = response["errors"][0]["message"]
    assert (code_of(response), message) == ("INTERNAL", UNAVAILABLE)


def test_a_statement_that_takes_too_long_is_told_so(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise errors.QueryCanceled

    monkeypatch.setattr(Reader, "json", fail)
    assert code_of(ask(registry, "{ programmes { code } }")) == "COST_EXCEEDED"


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ('query ($v: RegionCode = "35") { region(code: $v) { name } }', ["region"]),
        ('query ($v: ID = "x") { node(id: $v) { id } }', ["node"]),
    ],
)
def test_null_for_an_argument_that_needs_a_value_is_bad_input(
    registry: str, query: str, path: list[str]
) -> None:
    response = ask(registry, query, {"v": None})
    (error,) = response["errors"]
    assert (error["extensions"], error["path"]) == ({"code": "BAD_INPUT"}, path)
