"""Households, persons and what belongs to them, as the schema tells them."""

from typing import Any

import psycopg
import seed
from seed import FATHER, A, household_id, insert, told

from schema.ids import make_id


def of_a(url: str, fields: str) -> Any:
    """These fields of household A."""
    query = "query ($id: ID!) { household(id: $id) { FIELDS } }".replace("FIELDS", fields)
    return told(url, query, {"id": household_id(A)})["household"]


def test_members_come_head_first_then_by_age(registry: str) -> None:
    assert of_a(registry, "size head { name } members { name relationToHead }") == {
        "size": 3,
        "head": {"name": "BUDI SANTOSO"},
        "members": [
            {"name": "BUDI SANTOSO", "relationToHead": "HEAD"},
            {"name": "SITI AMINAH", "relationToHead": "WIFE"},
            {"name": "ADI SANTOSO", "relationToHead": "CHILD"},
        ],
    }


def test_the_address_is_told_in_parts_and_whole(registry: str) -> None:
    assert of_a(registry, "region { code } address { rt village { level } formatted }") == {
        "region": {"code": "3520012001"},
        "address": {
            "rt": "001",
            "village": {"level": "VILLAGE"},
            "formatted": "Jl. Mawar 1, RT 001 RW 002, Desa Poncol, Kec. Poncol,"
            " Kabupaten Magetan, Jawa Timur",
        },
    }


def test_housing_and_assets_are_told_in_unified_terms(registry: str) -> None:
    assert of_a(registry, "housing { floor wall } assets { kind count }") == {
        "housing": {"floor": "CERAMIC", "wall": None},
        "assets": [{"kind": "CAR", "count": 0}, {"kind": "MOTORCYCLE", "count": 2}],
    }


def test_welfare_says_which_ranking_was_chosen_and_why(registry: str) -> None:
    fields = "status decile disagreement from { source } reason en: reason(language: EN)"
    assert of_a(registry, "welfare { FIELDS }".replace("FIELDS", fields))["welfare"] == {
        "status": "POOR",
        "decile": 2,
        "disagreement": 3,
        "from": {"source": "DTSEN"},
        "reason": "Desil 2 (nasional) menurut DTSEN 2026-Q1, peringkat terbaru yang diutamakan.",
        "en": "National desil 2 by DTSEN 2026-Q1, the newest in precedence.",
    }


def test_the_ledger_keeps_every_source(registry: str) -> None:
    fields = "source edition decile percentile scope delivery { source } household { size }"
    p3ke = {"source": "P3KE", "edition": "2023", "decile": 5, "percentile": 41}
    rest = {"scope": "NATIONAL", "delivery": {"source": "DTSEN"}, "household": {"size": 3}}
    assert of_a(registry, "rankings { FIELDS }".replace("FIELDS", fields))["rankings"] == [
        {"source": "DTSEN", "edition": "2026-Q1", "decile": 2, "percentile": None, **rest},
        {**p3ke, **rest},
    ]
    assert of_a(registry, 'rankings(sources: ["P3KE"]) { decile }')["rankings"] == [{"decile": 5}]


def test_a_household_receives_what_its_members_receive(registry: str) -> None:
    fields = "programme { code } recipient { name } household { size } amount periodEnd"
    assert of_a(registry, "receipts { FIELDS }".replace("FIELDS", fields))["receipts"] == [
        {
            "programme": {"code": "PKH"},
            "recipient": None,
            "household": {"size": 3},
            "amount": None,
            "periodEnd": "2026-03-31",
        },
        {
            "programme": {"code": "BLT_DD"},
            "recipient": {"name": "BUDI SANTOSO"},
            "household": {"size": 3},
            "amount": "300000.50",
            "periodEnd": None,
        },
    ]


def test_receipts_are_chosen_by_programme_and_by_period(registry: str) -> None:
    fields = """pkh: receipts(programmes: ["PKH"]) { periodStart }
        april: receipts(from: "2026-04-01") { programme { code } }
        january: receipts(to: "2026-01-31") { programme { code } }"""
    assert of_a(registry, fields) == {
        "pkh": [{"periodStart": "2026-01-01"}],
        "april": [{"programme": {"code": "BLT_DD"}}],  # it has no end: it still runs
        "january": [{"programme": {"code": "PKH"}}],
    }


def test_a_flag_names_its_rule_receipts_and_history(registry: str) -> None:
    fields = "explanation rule { code programmes { code } } receipts { status } history { actor }"
    assert of_a(registry, "overlapFlags { FIELDS }".replace("FIELDS", fields))["overlapFlags"] == [
        {
            "explanation": "Tumpang tindih.",
            "rule": {
                "code": "BLT_DD_WITH_PKH_OR_SEMBAKO",
                "programmes": [{"code": c} for c in ("BLT_DD", "PKH", "SEMBAKO", "BPNT")],
            },
            "receipts": [{"status": "RECEIVED"}, {"status": "RECEIVED"}],
            "history": [{"actor": "rules"}],
        }
    ]
    assert of_a(registry, "overlapFlags(status: [DISMISSED]) { status }")["overlapFlags"] == []


def said(url: str, number: int, regency: str, delivery: seed.UUID, **values: Any) -> None:
    """A source row about the father."""
    row = {"regency_code": regency, "id": seed.UUID(int=0x600 + number), "delivery_id": delivery}
    row |= {"sheet": 0, "row": 17 + number, "nik_status": "VALID", "edition": "2026-Q1"}
    link = {"regency_code": regency, "source_id": row["id"], "target_regency_code": "3520"}
    link |= {"target_id": FATHER, "judgement": "SAME", "method": "NIK"}
    with psycopg.connect(url) as connection:
        insert(connection, "source_person", **row, reference_date=seed.NOON.date(), **values)
        insert(connection, "person_link", **link)


def of_father(url: str, fields: str, **rights: Any) -> Any:
    """These fields of the father."""
    query = "query ($id: ID!) { person(id: $id) { FIELDS } }".replace("FIELDS", fields)
    return told(url, query, {"id": make_id("Person", "3520", FATHER)}, **rights)["person"]


def test_records_say_which_row_of_which_file(own_registry: str) -> None:
    said(own_registry, 0, "0000", seed.NATIONAL, source="DTSEN")
    fields = "records { source row delivery { fileName } } matchExplanations { method judgement }"
    # The row is of an unknown region; it is shown because the person is in scope.
    assert of_father(own_registry, fields, regions=["3520"]) == {
        "records": [{"source": "DTSEN", "row": 17, "delivery": {"fileName": "berkas.xlsx"}}],
        "matchExplanations": [{"method": "NIK", "judgement": "SAME"}],
    }


def test_provenance_names_the_row_the_reason_and_what_was_set_aside(own_registry: str) -> None:
    nik = seed.NIKS[FATHER]
    said(own_registry, 0, "3520", seed.NATIONAL, source="DTKS", name="BUDI", nik=nik)
    said(own_registry, 1, "3520", seed.LOCAL, source="DUKCAPIL", name="BUDI SANTOSO")
    said(own_registry, 2, "3520", seed.LOCAL, source="P3KE", birth_date=seed.date(1980, 1, 1))
    fields = "attribute value chosenBecause record { source row } setAside { value record { row } }"
    found = of_father(own_registry, "provenance { FIELDS }".replace("FIELDS", fields))
    assert found["provenance"] == [
        {
            "attribute": "birthDate",
            "value": "1980-01-01",
            "chosenBecause": "ONLY_STATEMENT",
            "record": {"source": "P3KE", "row": 19},
            "setAside": [],
        },
        {
            "attribute": "name",
            "value": "BUDI SANTOSO",
            "chosenBecause": "MOST_TRUSTED_SOURCE",
            "record": {"source": "DUKCAPIL", "row": 18},
            "setAside": [{"value": "BUDI", "record": {"row": 17}}],
        },
    ]
    one = of_father(own_registry, 'provenance(attributes: ["birthDate"]) { attribute }')
    assert one == {"provenance": [{"attribute": "birthDate"}]}


def test_a_household_without_a_known_place_lives_in_one_named_so(registry: str) -> None:
    query = "query ($id: ID!) { household(id: $id) { size region { code name } } }"
    found = told(registry, query, {"id": household_id(seed.D, "0000")})["household"]
    assert found == {"size": 1, "region": {"code": "0000", "name": "Tidak diketahui"}}


def test_any_node_is_found_again_by_its_id(registry: str) -> None:
    ids = {
        "Household": household_id(A),
        "Person": make_id("Person", "3520", FATHER),
        "Receipt": make_id("Receipt", "3520", seed.PKH_RECEIPT),
        "OverlapFlag": make_id("OverlapFlag", "3520", seed.FLAG),
        "Region": make_id("Region", "3520"),
        "Delivery": make_id("Delivery", uuid=seed.LOCAL),
    }
    for kind, identity in ids.items():
        found = told(
            registry, "query ($id: ID!) { node(id: $id) { __typename id } }", {"id": identity}
        )
        assert found == {"node": {"__typename": kind, "id": identity}}
