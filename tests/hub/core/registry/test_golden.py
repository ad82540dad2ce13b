"""Golden records by survivorship."""

from typing import Any

from psycopg.sql import SQL

from hub.core.registry.provenance import attribute_provenance_sql


def test_the_trusted_source_wins_and_within_it_the_newest(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1, name="SITI", occupation="TRADER"), on="2025-01-01")
    hub.deliver("DUKCAPIL", hub.person(1, name="SITI AMINAH", occupation="FARMER"))
    hub.deliver("DUKCAPIL", hub.person(1, name="ST AMINAH"), on="2022-01-01")
    siti = hub.person_of(1)
    assert (siti["name"], siti["occupation"]) == ("SITI AMINAH", "TRADER")


def test_a_blank_never_erases(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1, mother_name="RATNA", disabilities=["VISUAL", "HEARING"]))
    hub.deliver("DUKCAPIL", hub.person(1, name=None), on="2026-01-01")
    siti = hub.person_of(1)
    assert (siti["name"], siti["mother_name"]) == ("ORANG 1", "RATNA")
    assert siti["disabilities"] == ["VISUAL", "HEARING"]


def test_a_person_without_a_name_is_called_so(hub: Any) -> None:
    hub.deliver("RECIPIENTS", hub.person(1, name=None))
    assert hub.person_of(1)["name"] == "(tanpa nama)"


def test_a_stale_source_never_revives_the_dead(hub: Any) -> None:
    hub.deliver("DUKCAPIL", hub.person(1, life_status="ALIVE"), on="2022-01-01")
    hub.deliver("DTKS", hub.person(1, life_status="DECEASED"), on="2023-05-01")
    hub.deliver("DTSEN", hub.person(1, life_status="ALIVE"), on="2026-01-01")
    siti = hub.person_of(1)
    assert (siti["life_status"], siti["deceased_since"]) == ("DECEASED", None)


def test_only_the_civil_registry_dates_a_death(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1, life_status="DECEASED"), on="2023-05-01")
    hub.deliver("DUKCAPIL", hub.person(1, life_status="DECEASED"), on="2024-02-01")
    siti = hub.person_of(1)
    assert (siti["life_status"], str(siti["deceased_since"])) == ("DECEASED", "2024-02-01")


def test_only_the_civil_registry_revives_and_only_at_a_later_date(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1, civil_registry_match="DECEASED"), on="2023-05-01")
    hub.deliver("DUKCAPIL", hub.person(1, life_status="ALIVE"), on="2024-01-01")
    siti = hub.person_of(1)
    assert (siti["life_status"], siti["deceased_since"]) == ("ALIVE", None)
    hub.deliver("P3KE", hub.person(1, civil_registry_match="DECEASED"), on="2025-01-01")
    siti = hub.person_of(1)
    assert (siti["life_status"], str(siti["deceased_since"])) == ("DECEASED", "2025-01-01")


def test_the_newest_match_with_the_civil_registry_counts(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1), hub.person(2))
    assert hub.person_of(1)["civil_registry_match"] == "NOT_CHECKED"
    hub.deliver("DUKCAPIL", hub.person(1))
    hub.deliver("DTKS", hub.person(1, civil_registry_match="MISMATCHED"), on="2023-01-01")
    assert hub.person_of(1)["civil_registry_match"] == "MATCHED"
    hub.deliver("P3KE", hub.person(1, civil_registry_match="NOT_FOUND"), on="2025-01-01")
    assert hub.person_of(1)["civil_registry_match"] == "NOT_FOUND"


def test_a_household_is_put_together_from_its_sources(hub: Any) -> None:
    pk = {"wall": "BAMBOO", "assets": {"CATTLE": 2, "MOTORCYCLE": 0}, "rt": "003", "rw": "001"}
    hub.deliver("PK", hub.family(7, **pk))
    hub.deliver("DTSEN", hub.family(7, wall="BRICK", assets={"MOTORCYCLE": 1}, street="JL. MELATI"))
    head = hub.person(1, kk=7, relation="HEAD")
    hub.deliver("DUKCAPIL", head, hub.person(2, kk=7, relation="WIFE"))
    home = hub.one("select * from household")
    assert home["wall"] == "BRICK"
    assert home["assets"] == {"CATTLE": 2, "MOTORCYCLE": 1}
    assert (home["street"], home["rt"]) == ("JL. MELATI", None)
    assert (home["size"], home["head_person_id"]) == (2, hub.person_of(1)["id"])


def test_a_stated_size_goes_before_the_count_of_members(hub: Any) -> None:
    hub.deliver("DTSEN", hub.family(7, size=5), hub.person(1, kk=7))
    assert hub.one("select size from household") == {"size": 5}


def test_provenance_names_the_row_why_and_what_was_set_aside(hub: Any) -> None:
    dtks = hub.deliver("DTKS", hub.person(1, name="SITI", sex="FEMALE"), on="2021-01-01")
    dukcapil = hub.deliver("DUKCAPIL", hub.person(2), hub.person(1, name="SITI AMINAH"))
    query = attribute_provenance_sql("person", SQL("g.id = {}").format(hub.person_of(1)["id"]))
    rows = hub.connection.execute(query).fetchall()
    found = {row["attribute"]: row for row in rows}
    assert sorted(found) == ["name", "sex"]
    assert found["sex"]["chosen_because"] == "ONLY_STATEMENT"
    name = found["name"]
    assert (name["value"], name["delivery_id"], name["row"]) == ("SITI AMINAH", dukcapil, 3)
    assert name["chosen_because"] == "MOST_TRUSTED_SOURCE"
    (aside,) = name["set_aside"]
    assert (aside["value"], aside["edition"], aside["delivery_id"]) == ("SITI", "2021", str(dtks))


def test_provenance_of_a_household_takes_the_address_as_one(hub: Any) -> None:
    hub.deliver("PK", hub.family(7, street="JL. MAWAR", rt="003"), on="2021-01-01")
    hub.deliver("PK", hub.family(7, street="JL. MELATI"), on="2023-01-01")
    query = attribute_provenance_sql("household", SQL("true"))
    (row,) = hub.connection.execute(query).fetchall()
    assert (row["attribute"], row["value"]) == ("address", '{"street": "JL. MELATI"}')
    assert row["chosen_because"] == "NEWEST_EDITION"
