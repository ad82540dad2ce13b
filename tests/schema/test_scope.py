"""What a caller may see: the region on every path, and numbers masked."""

from typing import Any

import pytest
import seed
from seed import FATHER, FOREIGNER, KK, NIKS, A, B, C, ask, household_id, told

from hub.core.access import Right
from schema.ids import make_id

MAGETAN: dict[str, Any] = {"regions": ["3520"]}
PONCOL: dict[str, Any] = {"regions": ["352001"]}
ONE = "query ($id: ID!) { household(id: $id) { size } node(id: $id) { id } }"


@pytest.mark.parametrize(
    ("regions", "seen"),
    [
        ([""], ["BUDI", "SRI", "ABDUL", "TANPA"]),
        (["35"], ["BUDI", "SRI"]),
        (["3520"], ["BUDI", "SRI"]),
        (["352001"], ["BUDI"]),
        (["3520022001"], ["SRI"]),
        (["352001", "5206"], ["BUDI", "ABDUL"]),
        (["11"], []),
        ([], []),
    ],
)
def test_lists_and_counts_hold_the_scope_only(
    registry: str, regions: list[str], seen: list[str]
) -> None:
    query = "{ households(orderBy: [VILLAGE_ASC]) { totalCount nodes { members { name } } } }"
    found = told(registry, query, regions=regions)["households"]
    heads = [node["members"][0]["name"].split()[0] for node in found["nodes"]]
    assert (sorted(heads), found["totalCount"]) == (sorted(seen), len(seen))


@pytest.mark.parametrize("rights", [MAGETAN, PONCOL, {"regions": ["52"]}])
def test_a_foreign_household_looks_like_one_that_is_not_there(
    registry: str, rights: dict[str, Any]
) -> None:
    foreign = household_id(A) if rights["regions"] == ["52"] else household_id(C, "5206")
    absent = household_id(seed.UUID(int=0xFFFF), "5206")
    nothing = {"household": None, "node": None}
    assert told(registry, ONE, {"id": foreign}, **rights) == nothing
    assert told(registry, ONE, {"id": absent}, **rights) == nothing


def test_narrower_scopes_hold_within_a_regency(registry: str) -> None:
    assert told(registry, ONE, {"id": household_id(B)}, **PONCOL)["household"] is None
    assert told(registry, ONE, {"id": household_id(B)}, regions=["3520022001"])["household"]


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("Person", FOREIGNER),
        ("Receipt", seed.FOREIGN_RECEIPT),
        ("OverlapFlag", seed.FOREIGN_FLAG),
    ],
)
def test_foreign_things_are_absent_by_id(registry: str, kind: str, identity: seed.UUID) -> None:
    query = "query ($id: ID!) { node(id: $id) { __typename } }"
    variables = {"id": make_id(kind, "5206", identity)}
    assert told(registry, query, variables, **MAGETAN) == {"node": None}
    assert told(registry, query, variables) == {"node": {"__typename": kind}}


def test_every_list_keeps_the_scope_with_a_filter_for_the_foreign_region(registry: str) -> None:
    query = """{
        households(filter: {region: "52"}) { totalCount }
        persons(filter: {region: "5206", name: "abdul"}) { totalCount nodes { name } }
        receipts(filter: {region: "5206"}) { totalCount nodes { id } }
        rankings(filter: {region: "52"}) { totalCount }
        overlapFlags(filter: {region: "5206012005"}) { totalCount nodes { id } }
    }"""
    assert told(registry, query, **MAGETAN) == {
        "households": {"totalCount": 0},
        "persons": {"totalCount": 0, "nodes": []},
        "receipts": {"totalCount": 0, "nodes": []},
        "rankings": {"totalCount": 0},
        "overlapFlags": {"totalCount": 0, "nodes": []},
    }


def test_a_nested_field_does_not_leave_the_scope(own_registry: str) -> None:
    with seed.psycopg.connect(own_registry) as connection:  # a member registered in another village
        connection.execute("update person set village_code = '3520022001' where id = %s", (FATHER,))
    fields = "head { name } members { name } receipts { programme { code } recipient { name } }"
    query = "query ($id: ID!) { household(id: $id) { FIELDS } }".replace("FIELDS", fields)
    found = told(own_registry, query, {"id": household_id(A)}, **PONCOL)["household"]
    assert found == {
        "head": None,
        "members": [{"name": "SITI AMINAH"}, {"name": "ADI SANTOSO"}],
        "receipts": [{"programme": {"code": "PKH"}, "recipient": None}],
    }


def test_a_member_of_another_place_is_not_found_out_by_a_filter(own_registry: str) -> None:
    with seed.psycopg.connect(own_registry) as connection:
        connection.execute("update person set village_code = '3520022001' where id = %s", (FATHER,))
    query = """{ name: households(filter: {name: "budi"}) { totalCount }
        programme: households(filter: {programmes: ["BLT_DD"]}) { totalCount } }"""
    nothing = {"name": {"totalCount": 0}, "programme": {"totalCount": 0}}
    assert told(own_registry, query, **PONCOL) == nothing


def test_numbers_are_masked_unless_the_caller_may_see_them(registry: str) -> None:
    query = """query ($id: ID!) { household(id: $id) {
        familyCardNumber members { nik household { familyCardNumber } } } }"""
    shown = told(registry, query, {"id": household_id(A)})["household"]
    assert shown["familyCardNumber"] == "993520********06"
    assert [m["nik"] for m in shown["members"]] == [
        "993520********01",
        "993520********02",
        "993520********03",
    ]
    assert shown["members"][0]["household"]["familyCardNumber"] == "993520********06"
    whole = told(registry, query, {"id": household_id(A)}, identified=True)["household"]
    assert (whole["familyCardNumber"], whole["members"][0]["nik"]) == (KK[A], NIKS[FATHER])


def test_masked_answers_hold_no_whole_number_anywhere(registry: str) -> None:
    query = """{ persons { edges { cursor } nodes { id nik household { id familyCardNumber } } }
        households(orderBy: [DECILE_ASC]) { edges { cursor node { id } } } }"""
    answer = str(told(registry, query))
    assert [number for number in (*NIKS.values(), *KK.values()) if number in answer] == []


def test_a_caller_who_may_not_see_niks_gives_the_birth_date_too(registry: str) -> None:
    query = "query ($nik: NIK, $on: Date) { person(nik: $nik, birthDate: $on) { name } }"
    nik = NIKS[FATHER]
    refused = ask(registry, query, {"nik": nik})
    assert refused["errors"][0]["extensions"] == {"code": "BAD_INPUT"}
    right = told(registry, query, {"nik": nik, "on": "1980-01-01"})
    wrong = told(registry, query, {"nik": nik, "on": "1980-01-02"})
    assert (right, wrong) == ({"person": {"name": "BUDI SANTOSO"}}, {"person": None})
    assert told(registry, query, {"nik": nik}, identified=True) == right
    spaced = f" {nik[:6]} {nik[6:]} "
    assert told(registry, query, {"nik": spaced}, identified=True) == right
    assert told(registry, query, {"nik": nik}, identified=True, regions=["52"]) == wrong


def test_a_household_is_found_by_its_card_within_the_scope(registry: str) -> None:
    query = "query ($kk: FamilyCardNumber) { household(familyCardNumber: $kk) { size } }"
    assert told(registry, query, {"kk": KK[A]}, **MAGETAN) == {"household": {"size": 3}}
    assert told(registry, query, {"kk": KK[C]}, **MAGETAN) == {"household": None}


def test_the_viewer_is_told_its_rights(registry: str) -> None:
    query = "{ viewer { account nationwide regions identified staff rights } }"
    able = {Right.PUBLISH, Right.UPLOAD}
    assert told(registry, query, regions=["35", "52"], rights=able)["viewer"] == {
        "account": "penguji",
        "nationwide": False,
        "regions": ["35", "52"],
        "identified": False,
        "staff": False,
        "rights": ["UPLOAD", "PUBLISH"],
    }
