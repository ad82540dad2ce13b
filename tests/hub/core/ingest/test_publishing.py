"""Publishing again and rebuilding change nothing."""

from typing import Any

from hub.core.store.tables import metadata

DERIVED = (
    "person",
    "household",
    "person_link",
    "household_link",
    "ranking",
    "receipt",
    "overlap_flag",
    "overlap_flag_receipt",
    "flag_event",
)


def _snapshot(hub: Any) -> dict[str, list[Any]]:
    keys = {n: [c.name for c in metadata.tables[n].primary_key] for n in DERIVED}
    return {n: hub.all(f"select * from {n} order by {', '.join(keys[n])}") for n in DERIVED}


def _publish_some(hub: Any) -> Any:
    receipts = [hub.receipt(p, "2024-01-01", None) for p in ("PKH", "BLT_DD", "KUR")]
    rankings = [{"scope": "NATIONAL", "decile": 2}]
    hub.deliver("P3KE", hub.family(key="A", rankings=rankings), hub.person(1, household_key="A"))
    hub.deliver("RECIPIENTS", hub.person(1, receipts=receipts, regency_code="0000"), hub.person())
    return hub.deliver("DUKCAPIL", hub.person(1, kk=7), hub.person(2, kk=7, regency_code="9936"))


def test_publishing_again_changes_nothing(hub: Any) -> None:
    delivery = _publish_some(hub)
    before = _snapshot(hub)
    assert {name: len(rows) for name, rows in before.items()} == {
        "person": 3,
        "household": 1,
        "person_link": 5,
        "household_link": 1,
        "ranking": 1,
        "receipt": 3,
        "overlap_flag": 1,
        "overlap_flag_receipt": 2,
        "flag_event": 1,
    }
    hub.publish(delivery)
    assert _snapshot(hub) == before


def test_a_rebuild_changes_nothing(hub: Any) -> None:
    _publish_some(hub)
    before = _snapshot(hub)
    hub.rebuild()
    assert _snapshot(hub) == before


def test_golden_records_come_back_under_their_ids(hub: Any) -> None:
    _publish_some(hub)
    query = "select p.id, p.household_id, p.regency_code, h.kk from person p left join household h"
    query += " on h.id = p.household_id order by p.id"
    before = hub.all(query)
    hub.connection.execute("truncate person, household cascade")
    hub.rebuild()
    assert hub.all(query) == before


def test_rows_that_are_only_staged_count_for_nothing(hub: Any) -> None:
    hub.stage("DUKCAPIL", hub.person(1, name="BELUM", kk=7))
    hub.deliver("P3KE", hub.person(1, household_key="A", relation="HEAD"))
    hub.rebuild()
    assert hub.families() == [(None, ["ORANG 1"])]
