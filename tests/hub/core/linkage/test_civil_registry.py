"""Padan Dukcapil: by NIK and a name that is like enough."""

from typing import Any

MATCH = (
    "select civil_registry_match as m, civil_registry_reason as r, civil_registry_similarity as s,"
    " civil_registry_source as o, civil_registry_date::text as d from person order by name"
)


def test_the_rule_is_the_nik_and_a_name_like_enough(hub: Any) -> None:
    born = {"birth_date": "1990-01-01"}
    hub.deliver("DUKCAPIL", *(hub.person(n, name=name, **born) for n, name in enumerate(
        ["ANI SUSANTI", "BUDI HARTONO", "CITRA DEWI"], start=1)), on="2024-02-01")  # fmt: skip
    assert hub.values(MATCH) == [("MATCHED", "REGISTERED", None, "DUKCAPIL", "2024-02-01")] * 3
    hub.deliver("DTKS", hub.person(1, name="ANI SOESANTI"), hub.person(2, name="JOKO", **born))
    assert hub.values(MATCH) == [
        ("MATCHED", "NAME_AGREES", 100, "DUKCAPIL", "2024-02-01"),
        ("MISMATCHED", "NAME_DIFFERS", 0, "DUKCAPIL", "2024-02-01"),
        ("MATCHED", "REGISTERED", None, "DUKCAPIL", "2024-02-01"),
    ]


def test_of_several_names_the_nearest_counts(hub: Any) -> None:
    born = {"birth_date": "1990-01-01"}
    hub.deliver("DTKS", hub.person(1, name="NENENG", **born))
    hub.deliver("PK", hub.person(1, name="SITI", **born))
    hub.deliver("DUKCAPIL", hub.person(1, name="SITI AMINAH", **born))
    assert hub.values(MATCH) == [("MATCHED", "NAME_AGREES", 76, "DUKCAPIL", "2024-01-01")]


def test_who_uses_the_number_of_another_is_not_matched(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1, name="BUDI HARTONO"), on="2023-01-01")
    assert hub.values(MATCH) == [("NOT_CHECKED", None, None, None, None)]
    hub.deliver("DUKCAPIL", hub.person(1, name="ANI SUSANTI"), on="2024-02-01")
    assert hub.values(MATCH) == [
        ("MATCHED", "REGISTERED", None, "DUKCAPIL", "2024-02-01"),
        ("MISMATCHED", "NIK_OF_ANOTHER", 0, "DUKCAPIL", "2024-02-01"),
    ]


def test_a_newer_statement_of_a_source_goes_before_an_older_match(hub: Any) -> None:
    hub.deliver("DUKCAPIL", hub.person(1), on="2024-02-01")
    hub.deliver("DTKS", hub.person(1, civil_registry_match="MISMATCHED"), on="2023-01-01")
    assert hub.values(MATCH) == [("MATCHED", "NAME_AGREES", 100, "DUKCAPIL", "2024-02-01")]
    hub.deliver("P3KE", hub.person(1, civil_registry_match="NOT_FOUND"), on="2025-01-01")
    assert hub.values(MATCH) == [("NOT_FOUND", "STATED", None, "P3KE", "2025-01-01")]


def test_an_answer_of_the_registry_itself_is_taken_as_stated(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1))
    hub.deliver("DUKCAPIL", hub.person(1, name=None, civil_registry_match="NOT_FOUND"))
    assert hub.values(MATCH) == [("NOT_FOUND", "STATED", None, "DUKCAPIL", "2024-01-01")]


def test_a_death_keeps_its_date_and_source(hub: Any) -> None:
    dead = "select deceased_since::text, deceased_source from person"
    hub.deliver("P3KE", hub.person(1, civil_registry_match="DECEASED"), on="2024-05-01")
    assert hub.values(dead) == [("2024-05-01", "P3KE")]
    hub.deliver("DUKCAPIL", hub.person(1, life_status="DECEASED"), on="2024-02-01")
    assert hub.values(dead) == [("2024-02-01", "DUKCAPIL")]
    hub.deliver("DTSEN", hub.person(1, life_status="ALIVE"), on="2026-01-01")
    assert hub.values(dead) == [("2024-02-01", "DUKCAPIL")]
    assert hub.values("select life_status from person") == ["DECEASED"]
