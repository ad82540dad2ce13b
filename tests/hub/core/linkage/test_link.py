"""Who a source row is about."""

from itertools import permutations
from typing import Any

import pytest


def test_the_same_nik_in_two_sources_and_regencies_is_one_person(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1, name="SITI"))
    hub.deliver("DUKCAPIL", hub.person(1, name="SITI AMINAH", regency_code="9936"))
    assert hub.values("select name, nik from person") == [("SITI AMINAH", hub.nik(1))]
    assert hub.values("select method from person_link") == ["NIK", "NIK"]


@pytest.mark.parametrize(
    "status", ["PLACEHOLDER", "MASKED", "SUSPECT", "PRECISION_LOST", "MISSING"]
)
def test_a_number_that_is_not_valid_never_links(hub: Any, status: str) -> None:
    row = hub.person(1, nik_status=status)
    hub.deliver("DTKS", row, row)
    assert hub.values("select nik, nik_status from person") == [(None, status)] * 2
    assert hub.values("select distinct method from person_link") == ["ROW"]


def test_family_rows_and_member_rows_meet_at_the_kk(hub: Any) -> None:
    hub.deliver("DTSEN", hub.family(7, floor="TILE"))
    hub.deliver("DUKCAPIL", hub.person(1, kk=7), hub.person(2, kk=7), hub.person(3, kk=8))
    assert hub.families() == [
        (hub.kk(7), ["ORANG 1", "ORANG 2"]),
        (hub.kk(8), ["ORANG 3"]),
    ]


def test_a_listing_without_kk_is_a_family_of_its_own(hub: Any) -> None:
    hub.deliver("P3KE", hub.family(key="A"), hub.family())
    hub.deliver("P3KE", hub.person(name="BUDI", household_key="A"))
    hub.deliver("DTKS", hub.person(name="ANI", household_key="A"))
    assert hub.families() == [(None, []), (None, ["ANI"]), (None, ["BUDI"])]
    assert hub.values("select method from household_link order by 1") == ["KEY", "ROW"]


def test_a_listing_takes_the_kk_that_another_of_its_rows_states(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, household_key="A"), hub.person(2, household_key="A"))
    before = hub.one("select id from household")
    hub.deliver("DTSEN", hub.family(7, key="A"))
    assert hub.families() == [(hub.kk(7), ["ORANG 1", "ORANG 2"])]
    assert hub.one("select id from household") == before


def test_listings_with_the_same_head_are_one_family(hub: Any) -> None:
    hub.deliver("P3KE", hub.person(1, household_key="A", relation="HEAD"))
    hub.deliver("DTKS", hub.person(1, household_key="Z", relation="HEAD"), hub.family(key="Z"))
    hub.deliver("P3KE", hub.person(2, household_key="B", relation="HEAD"))
    assert hub.families() == [(None, ["ORANG 1"]), (None, ["ORANG 2"])]


def test_without_a_known_head_most_members_decide(hub: Any) -> None:
    hub.deliver("DUKCAPIL", *(hub.person(n, kk=kk) for n, kk in [(1, 7), (2, 8), (3, 8)]))
    members = [hub.person(n, household_key="A") for n in (1, 2, 3)]
    hub.deliver("P3KE", hub.person(name="KEPALA", household_key="A", relation="HEAD"), *members)
    assert hub.families() == [
        (hub.kk(7), ["ORANG 1"]),
        (hub.kk(8), ["KEPALA", "ORANG 2", "ORANG 3"]),
    ]


def _deliveries(hub: Any) -> dict[str, list[Any]]:
    """A keyed family with its head, a keyed list of the child alone, the registry, recipients."""
    return {
        "P3KE": [
            hub.family(key="A", floor="EARTH", regency_code="9936"),
            hub.person(1, household_key="A", relation="HEAD", regency_code="9936"),
            hub.person(2, household_key="A", relation="CHILD", regency_code="9936"),
            hub.person(name="BAYI", household_key="A", regency_code="9936"),
        ],
        "DTKS": [hub.person(2, household_key="Q"), hub.person(name="PAMAN", household_key="Q")],
        "DUKCAPIL": [hub.person(1, kk=7), hub.person(3, kk=7)],
        "RECIPIENTS": [
            hub.person(2, regency_code="0000", receipts=[hub.receipt("PKH", "2024-01-01", None)])
        ],
    }


def test_the_order_of_imports_does_not_matter(hub: Any) -> None:
    rows = _deliveries(hub)
    # Every third of the 24 orders: each source comes first, and last, in some of them.
    for order in list(permutations(rows))[::3]:
        for source in order:
            hub.deliver(source, *rows[source], commit=False)
        family = ["BAYI", "ORANG 1", "ORANG 2", "ORANG 3", "PAMAN"]
        assert hub.families() == [(hub.kk(7), family)], order
        assert hub.values("select regency_code, floor from household") == [("9936", "EARTH")]
        assert hub.values("select distinct regency_code from person") == ["9936"]
        (receipt,) = hub.all("select regency_code, household_id from receipt")
        assert tuple(receipt.values()) == ("9936", hub.person_of(2)["household_id"]), order
        hub.connection.rollback()


def test_a_member_registered_elsewhere_stays_in_the_registered_family(hub: Any) -> None:
    hub.deliver("DUKCAPIL", hub.person(1, kk=7), hub.person(2, kk=8))
    hub.deliver("DTKS", hub.person(1, kk=7), hub.person(2, kk=7), on="2025-01-01")
    assert hub.families() == [(hub.kk(7), ["ORANG 1"]), (hub.kk(8), ["ORANG 2"])]
