"""Filters, orders and pages."""

import json
from base64 import b64decode
from typing import Any

import psycopg
import pytest
import seed
from seed import A, ask, told

FORWARD = """query ($first: Int, $after: String, $order: [HouseholdOrder!]) {
    households(first: $first, after: $after, orderBy: $order) {
        totalCount nodes { id } edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
BACKWARD = """query ($last: Int, $before: String, $order: [HouseholdOrder!]) {
    households(last: $last, before: $before, orderBy: $order) {
        nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor } } }"""
ORDERS: list[list[str]] = [
    [],
    ["DECILE_ASC"],
    ["DECILE_DESC"],
    ["DISAGREEMENT_DESC", "VILLAGE_ASC"],
    ["UPDATED_AT_DESC", "DECILE_ASC"],
]


def walk(url: str, order: list[str]) -> list[str]:
    """The ids of all households, five by five forwards."""
    ids: list[str] = []
    after = None
    while True:
        variables = {"first": 5, "after": after, "order": order}
        page = told(url, FORWARD, variables)["households"]
        assert page["totalCount"] == 16
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        ids += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        after = page["pageInfo"]["endCursor"]


def walk_back(url: str, order: list[str]) -> list[str]:
    """The same from the end."""
    ids: list[str] = []
    before = None
    while True:
        variables = {"last": 5, "before": before, "order": order}
        page = told(url, BACKWARD, variables)["households"]
        ids = [node["id"] for node in page["nodes"]] + ids
        if not page["pageInfo"]["hasPreviousPage"]:
            return ids
        before = page["pageInfo"]["startCursor"]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_hold_every_household_once_both_ways(own_registry: str, order: list[str]) -> None:
    seed.many(own_registry, 12)
    everything = walk(own_registry, order)
    assert len(set(everything)) == len(everything) == 16
    assert walk_back(own_registry, order) == everything


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (["DECILE_ASC"], [1, 2, 4, None]),
        (["DECILE_DESC"], [4, 2, 1, None]),
        (["DISAGREEMENT_DESC", "DECILE_DESC"], [2, 4, 1, None]),
    ],
)
def test_orders(registry: str, order: list[str], expected: list[int | None]) -> None:
    query = (
        "query ($o: [HouseholdOrder!]) { households(orderBy: $o) { nodes { welfare { decile } } } }"
    )
    nodes = told(registry, query, {"o": order})["households"]["nodes"]
    assert [node["welfare"]["decile"] for node in nodes] == expected


def test_persons_by_name(registry: str) -> None:
    query = "{ persons(orderBy: [NAME_ASC], first: 3) { nodes { name } pageInfo { endCursor } } }"
    page = told(registry, query)["persons"]
    assert [n["name"] for n in page["nodes"]] == ["ABDUL HALIM", "ADI SANTOSO", "BUDI SANTOSO"]
    after = page["pageInfo"]["endCursor"]
    more = "query ($a: String) { persons(orderBy: [NAME_ASC], after: $a) { nodes { name } } }"
    nodes = told(registry, more, {"a": after})["persons"]["nodes"]
    assert [n["name"] for n in nodes] == ["SITI AMINAH", "SRI RAHAYU", "TANPA DAERAH"]


BY_NAME = """query ($after: String) { persons(orderBy: [NAME_ASC, BIRTH_DATE_ASC], first: 2,
    after: $after) { edges { cursor node { name } } pageInfo { endCursor } } }"""


def test_a_cursor_holds_no_name_or_birth_date_and_stays_in_place(own_registry: str) -> None:
    edges = told(own_registry, BY_NAME)["persons"]["edges"]
    content = b64decode(edges[1]["cursor"] + "==", altchars=b"-_").decode()
    assert (edges[1]["node"]["name"], json.loads(content)[1:3]) == ("ADI SANTOSO", [None, None])
    with psycopg.connect(own_registry) as connection:  # one before the cursor, one behind it
        for number, name in enumerate(("AAN", "AGUS")):
            seed.person(connection, seed.UUID(int=0x900 + number), A, name=name)
    nodes = told(own_registry, BY_NAME, {"after": edges[1]["cursor"]})["persons"]["edges"]
    assert [edge["node"]["name"] for edge in nodes] == ["AGUS", "BUDI SANTOSO"]


def test_a_cursor_whose_entry_is_gone_or_foreign_is_refused(own_registry: str) -> None:
    cursor = told(own_registry, BY_NAME)["persons"]["edges"][1]["cursor"]
    foreign = ask(own_registry, BY_NAME, {"after": cursor}, regions=["5206"])
    with psycopg.connect(own_registry) as connection:
        connection.execute("delete from person where id = %s", (seed.CHILD,))
    gone = ask(own_registry, BY_NAME, {"after": cursor})
    assert foreign["errors"] == gone["errors"]
    assert "no longer there" in gone["errors"][0]["message"]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ('{region: "3520012001"}', ["BUDI SANTOSO"]),
        ("{decile: {min: 2, max: 4}}", ["ABDUL HALIM", "BUDI SANTOSO"]),
        ("{welfareStatuses: [EXTREME_POOR]}", ["SRI RAHAYU"]),
        ('{programmes: ["BLT_DD"]}', ["BUDI SANTOSO"]),
        ("{hasFlag: false}", ["SRI RAHAYU", "TANPA DAERAH"]),
        ("{hasFlag: true}", ["ABDUL HALIM", "BUDI SANTOSO"]),
        ('{name: "amin"}', ["BUDI SANTOSO"]),
        ('{name: "%%%"}', []),
        ('{sources: ["DTSEN"]}', []),
        ("{programmes: []}", []),
        ('{decile: {min: 1}, hasFlag: true, name: "abdul"}', ["ABDUL HALIM"]),
    ],
)
def test_households_by_filter(registry: str, condition: str, names: list[str]) -> None:
    query = "{ households(filter: FIELDS) { totalCount nodes { members { name } } } }".replace(
        "FIELDS", condition
    )
    found = told(registry, query)["households"]
    assert sorted(node["members"][0]["name"] for node in found["nodes"]) == names
    assert found["totalCount"] == len(names)


@pytest.mark.parametrize(
    ("field", "condition", "total"),
    [
        ("persons", '{region: "3520", name: "santoso"}', 2),
        ("persons", "{nikStatuses: [MISSING]}", 1),
        ("persons", "{decile: {}}", 6),
        ("households", "{decile: {}}", 4),
        ("persons", "{decile: {max: 1}, lifeStatuses: [UNKNOWN]}", 1),
        ("persons", '{programmes: ["BLT_DD"], hasFlag: false}', 1),
        ("persons", '{civilRegistryMatches: [MATCHED], sources: ["DTSEN"]}', 0),
        ("receipts", '{programmes: ["PKH"]}', 2),
        ("receipts", '{sources: ["RECIPIENTS"], region: "3520012001"}', 2),
        ("receipts", '{from: "2026-04-01", statuses: [RECEIVED], bases: [LIST]}', 1),
        ("receipts", '{to: "2025-12-31"}', 0),
        ("receipts", "{hasFlag: true}", 2),
        ("rankings", '{sources: ["P3KE"], editions: ["2023"]}', 1),
        ("rankings", "{decile: {min: 3}, scopes: [NATIONAL]}", 1),
        ("rankings", '{region: "352001"}', 2),
        ("overlapFlags", '{rules: ["BLT_DD_WITH_PKH_OR_SEMBAKO"], programmes: ["PKH"]}', 2),
        ("overlapFlags", '{region: "3520012001", statuses: [OPEN]}', 1),
        ("overlapFlags", '{from: "2026-04-01"}', 0),
        ("overlapFlags", '{to: "2026-02-01"}', 2),
    ],
)
def test_other_lists_by_filter(registry: str, field: str, condition: str, total: int) -> None:
    query = "{ LIST(filter: CONDITION) { totalCount nodes { __typename } } }"
    query = query.replace("LIST", field).replace("CONDITION", condition)
    found = told(registry, query)[field]
    assert (found["totalCount"], len(found["nodes"])) == (total, total)


def cursor_of(url: str, query: str, field: str) -> str:
    """The first cursor of a list."""
    return str(told(url, query)[field]["edges"][0]["cursor"])


def test_a_cursor_belongs_to_one_list_in_one_order(registry: str) -> None:
    plain = cursor_of(registry, "{ households { edges { cursor } } }", "households")
    persons = cursor_of(registry, "{ persons { edges { cursor } } }", "persons")
    for wrong in (persons, plain[:-2], plain + "A", "", "x", "é", "W10", "AAAA" * 500):
        response = ask(registry, FORWARD, {"after": wrong})
        assert "data" not in response or response["data"] is None
        assert response["errors"][0]["extensions"] == {"code": "BAD_INPUT"}
    other_order = ask(registry, FORWARD, {"after": plain, "order": ["DECILE_ASC"]})
    assert other_order["errors"][0]["extensions"] == {"code": "BAD_INPUT"}


@pytest.mark.parametrize(
    "variables", [{"first": 101}, {"first": -1}, {"last": 101}, {"first": 1, "last": 1}]
)
def test_a_page_has_bounds(registry: str, variables: dict[str, Any]) -> None:
    query = """query ($first: Int, $last: Int) {
        households(first: $first, last: $last) { nodes { id } } }"""
    response = ask(registry, query, variables)
    assert response["errors"][0]["extensions"] == {"code": "BAD_INPUT"}


def test_a_page_of_none_and_the_default_page(own_registry: str) -> None:
    seed.many(own_registry, 20)
    query = "{ none: households(first: 0) { nodes { id } } some: households { nodes { id } } }"
    found = told(own_registry, query)
    assert (found["none"]["nodes"], len(found["some"]["nodes"])) == ([], 20)
