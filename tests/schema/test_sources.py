"""Deliveries, issues, regions, budgets and the catalogue."""

from typing import Any

import psycopg
import seed
from psycopg.types.json import Jsonb
from seed import FOREIGN, LOCAL, NATIONAL, insert, told

from schema.ids import make_id


def issue(url: str, delivery: seed.UUID, seq: int, regency: str, **values: Any) -> None:
    """One issue of a delivery."""
    with psycopg.connect(url) as connection:
        insert(
            connection,
            "delivery_issue",
            **{"regency_code": regency, "delivery_id": delivery, "seq": seq, "sheet": 0}
            | {"code": "NIK_PRECISION_LOST", "severity": "ERROR", "row": seq + 1}
            | {"column_name": "NIK", "column_letter": "B"}
            | values,
        )


def issues(url: str, delivery: seed.UUID, fields: str, **rights: Any) -> Any:
    """Issues of a delivery, as its own region or a household leads there."""
    query = "query ($id: ID!) { node(id: $id) { ... on Delivery { issues FIELDS } } }"
    variables = {"id": make_id("Delivery", uuid=delivery)}
    return told(url, query.replace("FIELDS", fields), variables, **rights)["node"]["issues"]


def test_deliveries_of_other_regions_are_absent_national_ones_are_not(registry: str) -> None:
    query = "{ deliveries { totalCount nodes { source region { code } rows { read rejected } } } }"
    rows = {"rows": {"read": 10, "rejected": 1}}
    assert told(registry, query, regions=["352001"])["deliveries"] == {
        "totalCount": 2,
        "nodes": [
            {"source": "RECIPIENTS", "region": {"code": "3520"}, **rows},
            {"source": "DTSEN", "region": None, **rows},
        ],
    }
    one = "query ($id: ID!) { delivery(id: $id) { source } }"
    foreign = {"id": make_id("Delivery", uuid=FOREIGN)}
    assert told(registry, one, foreign, regions=["3520"]) == {"delivery": None}
    assert told(registry, one, foreign) == {"delivery": {"source": "RECIPIENTS"}}


def test_deliveries_by_filter(registry: str) -> None:
    query = """{ a: deliveries(filter: {region: "35"}) { totalCount }
        b: deliveries(filter: {sources: ["DTSEN"], states: [PUBLISHED]}) { totalCount }
        c: deliveries(filter: {layouts: ["other"]}) { totalCount } }"""
    found = told(registry, query)
    assert [found[name]["totalCount"] for name in "abc"] == [1, 1, 0]


def test_a_workbook_of_several_layouts_is_found_by_each(own_registry: str) -> None:
    with psycopg.connect(own_registry) as connection:
        connection.execute("update delivery set layout = 'sheet1+sheet2' where id = %s", (LOCAL,))
    query = "query ($l: [String!]) { deliveries(filter: {layouts: $l}) { totalCount } }"
    totals = [
        told(own_registry, query, {"l": [layout]})["deliveries"]["totalCount"]
        for layout in ("sheet1", "sheet2", "sheet1+sheet2", "sheet", "some_layout")
    ]
    assert totals == [1, 1, 1, 0, 2]


def test_an_uploaded_delivery_of_no_region_is_its_uploaders_until_it_is_published(
    own_registry: str,
) -> None:
    row = {"layout": "", "edition": "", "size": 1, "source": "UNKNOWN", "file_name": "x"}
    with psycopg.connect(own_registry) as connection:
        for by, state in (("penguji", "RECEIVED"), ("lain", "RECEIVED"), ("lain", "PUBLISHED")):
            values = row | {"sha256": f"{by} {state}", "state": state, "uploaded_by": by}
            insert(connection, "delivery", wanted="CHECK", **values)
    query = """{ deliveries(filter: {sources: ["UNKNOWN"], waitingFor: [CHECK]}) {
        nodes { sha256 uploadedBy } } }"""
    own = {"sha256": "penguji RECEIVED", "uploadedBy": "penguji"}
    published = {"sha256": "lain PUBLISHED", "uploadedBy": None}
    for plainly in (True, False):
        found = told(own_registry, query, regions=["3520"], plainly=plainly)["deliveries"]["nodes"]
        assert sorted(found, key=str) == [published, own]
        found = told(own_registry, query, plainly=plainly)["deliveries"]["nodes"]
        assert [one["uploadedBy"] for one in found].count("lain") == 2


def test_an_issue_says_what_is_wrong_and_what_to_do_in_both_languages(own_registry: str) -> None:
    issue(own_registry, LOCAL, 1, "3520", row=17, detail=Jsonb({"value": "993520********00"}))
    fields = """{ totalCount nodes { row column columnLetter code severity message remedy
        english: message(language: EN) } }"""
    (found,) = issues(own_registry, LOCAL, fields)["nodes"]
    assert found["message"] != found["english"] != found["code"]
    assert "{" not in found["message"] + found["remedy"] + found["english"]
    told_place = {name: found[name] for name in ("row", "column", "columnLetter", "severity")}
    assert told_place == {"row": 17, "column": "NIK", "columnLetter": "B", "severity": "ERROR"}


def test_issues_of_a_national_delivery_follow_the_scope(own_registry: str) -> None:
    for seq, regency in enumerate(("3520", "5206", "0000")):
        issue(own_registry, NATIONAL, seq, regency)
        issue(own_registry, LOCAL, seq, regency)
    counted = "{ totalCount nodes { row } }"
    row = {"totalCount": 1, "nodes": [{"row": 1}]}
    assert issues(own_registry, NATIONAL, counted, regions=["3520"]) == row
    # A delivery of the caller's own region is open as a whole.
    assert issues(own_registry, LOCAL, counted, regions=["3520"])["totalCount"] == 3
    assert issues(own_registry, NATIONAL, counted)["totalCount"] == 3
    assert issues(own_registry, NATIONAL, counted, regions=["352001"])["totalCount"] == 0


def test_issues_are_paged_and_filtered(own_registry: str) -> None:
    for seq in range(5):
        severity = "WARNING" if seq % 2 else "ERROR"
        issue(own_registry, LOCAL, seq, "3520", severity=severity, row=None if seq == 0 else seq)
    page = issues(
        own_registry, LOCAL, "(first: 2) { nodes { row } pageInfo { endCursor hasNextPage } }"
    )
    assert page["nodes"] == [{"row": 0}, {"row": 1}]
    after = '(after: "CURSOR") { nodes { row } }'.replace("CURSOR", page["pageInfo"]["endCursor"])
    assert [n["row"] for n in issues(own_registry, LOCAL, after)["nodes"]] == [2, 3, 4]
    warned = issues(
        own_registry, LOCAL, "(filter: {severities: [WARNING]}) { totalCount nodes { row } }"
    )
    assert warned == {"totalCount": 2, "nodes": [{"row": 1}, {"row": 3}]}


def test_issues_are_found_by_place_and_by_whether_they_are_open(own_registry: str) -> None:
    for seq in range(4):
        closed = {"closed_by": FOREIGN} if seq == 2 else {}
        issue(own_registry, LOCAL, seq, "3520", row=seq + 10, sheet=seq % 2, **closed)
    issue(own_registry, LOCAL, 4, "3520", row=None)
    for given, rows in (
        ("fromRow: 11", [11, 12, 13]),
        ("toRow: 11", [10, 11]),
        ("fromRow: 11, toRow: 12", [11, 12]),
        ("sheet: 1", [11, 13]),
        ("open: false", [12]),
        ("open: true, sheet: 0", [10, 0]),
    ):
        fields = f"(filter: {{{given}}}) {{ totalCount nodes {{ row open }} }}"
        found = issues(own_registry, LOCAL, fields)
        assert [node["row"] for node in found["nodes"]] == rows, given
        assert found["totalCount"] == len(rows)
        assert [node["row"] for node in found["nodes"] if not node["open"]] == [
            row for row in rows if row == 12
        ]


def test_regions_are_a_tree(registry: str) -> None:
    query = """{ region(code: "3520") { name level kind parent { name }
        children(first: 2) { totalCount nodes { code } pageInfo { endCursor hasNextPage } } }
        nowhere: region(code: "99") { name } }"""
    found = told(registry, query, regions=["52"])  # regions are public
    cursor = found["region"]["children"]["pageInfo"].pop("endCursor")
    assert found == {
        "region": {
            "name": "Kabupaten Magetan",
            "level": "REGENCY",
            "kind": "KABUPATEN",
            "parent": {"name": "Jawa Timur"},
            "children": {
                "totalCount": 18,
                "nodes": [{"code": "352001"}, {"code": "352002"}],
                "pageInfo": {"hasNextPage": True},
            },
        },
        "nowhere": None,
    }
    more = '{ region(code: "3520") { children(first: 1, after: "X") { nodes { code } } } }'
    found = told(registry, more.replace("X", cursor))["region"]["children"]
    assert found == {"nodes": [{"code": "352003"}]}


def test_regions_are_searched_by_name_and_level(registry: str) -> None:
    query = '{ regions(search: "magetan", level: REGENCY) { totalCount nodes { code name } } }'
    expected = {"totalCount": 1, "nodes": [{"code": "3520", "name": "Kabupaten Magetan"}]}
    assert told(registry, query)["regions"] == expected


def test_a_budget_is_told_by_year_and_kind_within_the_scope(own_registry: str) -> None:
    line = {"delivery_id": LOCAL, "sheet": 0, "source": "SIPD", "year": 2026}
    with psycopg.connect(own_registry) as connection:
        for row, kind, amount in ((1, "CEILING", "1000.25"), (2, "REALISATION", "900")):
            line |= {"row": row, "kind": kind, "amount": amount, "sub_activity_code": "1.06.05"}
            insert(connection, "budget_line", regency_code="3520", **line)
    query = """{ region(code: "3520") { budget(year: 2026) { kind amount }
        paid: budget(year: 2026, kind: REALISATION) { amount }
        old: budget(year: 2025) { amount } } }"""
    assert told(own_registry, query, regions=["35"])["region"] == {
        "budget": [
            {"kind": "CEILING", "amount": "1000.25"},
            {"kind": "REALISATION", "amount": "900"},
        ],
        "paid": [{"amount": "900"}],
        "old": [],
    }
    assert told(own_registry, query, regions=["52"])["region"]["budget"] == []


def test_the_catalogue_is_the_same_for_everyone(registry: str) -> None:
    query = "{ programmes { code unit strategy } overlapRules { code legalBasis status } }"
    found = told(registry, query, regions=[])
    pkh = {"code": "PKH", "unit": "FAMILY", "strategy": "REDUCE_SPENDING"}
    assert pkh in found["programmes"]
    assert "BPUM_WITH_KUR" in [rule["code"] for rule in found["overlapRules"]]
