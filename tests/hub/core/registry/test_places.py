"""Which regency a golden record is in, and moving to another."""

from typing import Any

PKH = ("PKH", "2024-01-01", "2024-03-31")
BLT = ("BLT_DD", "2024-02-01", "2024-02-29")


def _everything(hub: Any) -> dict[str, list[Any]]:
    """Regency and id of all derived rows."""
    names = ("person", "household", "ranking", "receipt", "overlap_flag", "flag_event")
    return {n: hub.values(f"select regency_code, id from {n} order by id") for n in names}


def test_a_recipient_from_nowhere_is_where_the_person_is(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, kk=7, village_code="9935012001"))
    row = hub.person(1, regency_code="0000", receipts=[hub.receipt(*PKH)])
    hub.deliver("RECIPIENTS", row)
    receipt = hub.one("select regency_code, person_id, household_id from receipt")
    siti = hub.person_of(1)
    assert receipt == {
        "regency_code": "9935",
        "person_id": siti["id"],
        "household_id": siti["household_id"],
    }
    assert siti["village_code"] == "9935012001"


def test_all_that_hangs_on_a_family_moves_with_it_and_keeps_its_ids(hub: Any) -> None:
    receipts = [hub.receipt(*PKH), hub.receipt(*BLT)]
    rankings = [{"scope": "NATIONAL", "decile": 1}]
    somewhere = {"regency_code": "0000", "kk": 7}
    hub.deliver("DTKS", hub.person(1, receipts=receipts, rankings=rankings, **somewhere))
    before = _everything(hub)
    assert {code for rows in before.values() for code, _ in rows} == {"0000"}
    hub.deliver("DTSEN", hub.family(7, regency_code="9935"))
    after = _everything(hub)
    assert {code for rows in after.values() for code, _ in rows} == {"9935"}
    ids = {name: [id for _, id in rows] for name, rows in before.items()}
    assert {name: [id for _, id in rows] for name, rows in after.items()} == ids
    assert hub.values("select count(*) from overlap_flag_receipt where regency_code = '9935'") == [
        2
    ]
    assert hub.values("select target_regency_code from person_link") == ["9935"]


def test_a_person_follows_the_household_to_its_regency(hub: Any) -> None:
    hub.deliver("DUKCAPIL", hub.person(1, kk=7, regency_code="9936", village_code="9936012001"))
    assert hub.person_of(1)["regency_code"] == "9936"
    hub.deliver("DTSEN", hub.family(7, regency_code="9935", village_code="9935012001"))
    siti = hub.person_of(1)
    assert (siti["regency_code"], siti["village_code"]) == ("9935", "9935012001")


def test_who_marries_into_another_regency_takes_receipts_along(hub: Any) -> None:
    kur = hub.receipt("KUR", "2024-01-01", None)
    hub.deliver("DUKCAPIL", hub.person(1, kk=7), hub.person(2, kk=7, receipts=[kur]))
    away = {"regency_code": "9936", "kk": 8}
    hub.deliver("DUKCAPIL", hub.person(2, **away), hub.person(3, **away), on="2025-01-01")
    assert hub.families() == [(hub.kk(7), ["ORANG 1"]), (hub.kk(8), ["ORANG 2", "ORANG 3"])]
    assert hub.values("select regency_code from receipt") == ["9936"]
    assert hub.values("select size from household order by kk") == [1, 2]


def test_a_person_without_a_family_is_where_the_winning_row_is(hub: Any) -> None:
    hub.deliver("RECIPIENTS", hub.person(1, regency_code="0000"))
    assert hub.person_of(1)["regency_code"] == "0000"
    hub.deliver("RECIPIENTS", hub.person(1, regency_code="9936"), on="2023-01-01")
    assert hub.person_of(1)["regency_code"] == "9936"


def test_a_receipt_of_a_family_row_goes_where_the_row_goes(hub: Any) -> None:
    pkh = hub.receipt(*PKH, basis="FLAG")
    row = hub.family(key="A", receipts=[pkh], regency_code="9936")
    hub.deliver("DTKS", row, hub.person(1, household_key="A", relation="HEAD"))
    hub.deliver("P3KE", hub.person(1, kk=8, regency_code="9936"))
    hub.deliver("DTSEN", hub.family(8, regency_code="9935"))
    hub.deliver("DUKCAPIL", hub.person(1, kk=7, regency_code="9936"))
    homes = hub.values("select regency_code, kk from household order by kk")
    assert homes == [("9936", hub.kk(7)), ("9935", hub.kk(8))]
    place = "select r.regency_code, h.kk from receipt r join household h on h.id = r.household_id"
    assert hub.values(place) == [("9936", hub.kk(7))]
