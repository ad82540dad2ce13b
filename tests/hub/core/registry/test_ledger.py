"""Rankings, receipts and the welfare status."""

from typing import Any

import pytest

RECEIPTS = (
    "select programme, basis, person_id is not null as person, household_id is not null as family"
    " from receipt order by programme, person desc"
)


def _national(decile: int | None) -> list[dict[str, Any]]:
    return [{"scope": "NATIONAL", "method": "SOURCE_DECILE", "decile": decile}]


def test_family_rows_rank_before_members_and_the_lowest_decile_wins(hub: Any) -> None:
    hub.deliver(
        "DTSEN", hub.family(7, rankings=_national(4)), hub.person(1, kk=7, rankings=_national(2))
    )
    hub.deliver("P3KE", *(hub.person(1, rankings=_national(n)) for n in (3, 2)))
    found = hub.values("select source, edition, scope, decile from ranking order by 1")
    assert found == [("DTSEN", "2024", "NATIONAL", 4), ("P3KE", "2024", "NATIONAL", 2)]


def test_every_edition_and_scope_stays_in_the_ledger(hub: Any) -> None:
    both = [*_national(3), {"scope": "REGENCY", "percentile": 7, "score": 1.5, "rank": 12}]
    hub.deliver("DTSEN", hub.family(7, rankings=both), on="2025-01-01")
    hub.deliver("DTSEN", hub.family(7, rankings=_national(5)), on="2026-01-01")
    query = "select edition, scope, decile, percentile, rank from ranking order by 1, 2"
    assert hub.values(query) == [
        ("2025", "NATIONAL", 3, None, None),
        ("2025", "REGENCY", None, 7, 12),
        ("2026", "NATIONAL", 5, None, None),
    ]


@pytest.mark.parametrize(
    ("decile", "status"),
    [(1, "EXTREME_POOR"), (2, "POOR"), (3, "VULNERABLE"), (4, "VULNERABLE"), (5, "NOT_POOR")],
)
def test_the_decile_is_read_as_a_status(hub: Any, decile: int, status: str) -> None:
    hub.deliver("DTSEN", hub.family(7, rankings=_national(decile)), hub.family(8))
    found = hub.values("select decile, welfare_status from household order by kk")
    assert found == [(decile, status), (None, "UNKNOWN")]


def test_the_newest_national_ranking_is_chosen_and_the_gap_is_told(hub: Any) -> None:
    hub.deliver("PK", hub.family(7, rankings=[{"scope": "REGENCY", "decile": 6}]), on="2026-01-01")
    hub.deliver("P3KE", hub.family(7, rankings=_national(1)), on="2023-01-01")
    hub.deliver("REGSOSEK", hub.family(7, rankings=_national(9)), on="2022-01-01")
    hub.deliver("DTSEN", hub.family(7, rankings=_national(3)), on="2023-01-01")
    home = hub.one("select * from household")
    chosen = hub.one("select source from ranking where id = %s", home["decile_ranking_id"])
    assert (chosen["source"], home["decile"], home["decile_disagreement"]) == ("DTSEN", 3, 8)


def test_a_receipt_belongs_to_the_person_and_by_programme_to_the_family(hub: Any) -> None:
    year = ("2024-01-01", "2024-12-31")
    own = [hub.receipt("PKH", *year), hub.receipt("KUR", *year)]
    hub.deliver("RECIPIENTS", hub.person(1, kk=7, receipts=own), hub.family(7, receipts=own[:1]))
    assert hub.values(RECEIPTS) == [
        ("KUR", "LIST", True, False),
        ("PKH", "LIST", True, True),
        ("PKH", "LIST", False, True),
    ]


def test_a_yes_repeated_on_every_member_is_one_receipt_of_the_family(hub: Any) -> None:
    yes = [hub.receipt(p, "2022-01-01", "2022-12-31", basis="FLAG") for p in ("PKH", "PIP")]
    members = [hub.person(n, household_key="A", receipts=yes) for n in (1, 2, 3)]
    hub.deliver("P3KE", *members)
    assert hub.values("select programme, count(*) from receipt group by 1 order by 1") == [
        ("PIP", 3),
        ("PKH", 1),
    ]
    hub.deliver("P3KE", hub.family(key="A", receipts=yes[:1]))
    assert hub.values(RECEIPTS)[-1] == ("PKH", "FLAG", False, True)


def test_receipts_of_earlier_deliveries_follow_a_family_that_is_found_later(hub: Any) -> None:
    hub.deliver("RECIPIENTS", hub.person(1, receipts=[hub.receipt("PKH", "2024-01-01", None)]))
    before = hub.one("select id, household_id from receipt")
    hub.deliver("DUKCAPIL", hub.person(1, kk=7))
    after = hub.one("select id, household_id from receipt")
    assert before == {"id": after["id"], "household_id": None}
    assert after["household_id"] == hub.one("select id from household")["id"]
