"""Overlap flags by the rules of mappings/rules."""

from typing import Any

import pytest

EXCLUSIVE = "BLT_DD_WITH_PKH_OR_SEMBAKO"


def test_blt_dd_and_pkh_in_overlapping_months_are_flagged_once(hub: Any) -> None:
    pkh = [hub.receipt("PKH", f"2024-0{m}-01", f"2024-0{m}-28", amount=75000) for m in (1, 4)]
    hub.deliver("RECIPIENTS", hub.person(1, kk=7, receipts=pkh))
    blt = hub.receipt("BLT_DD", "2024-03-01", "2024-06-30")
    hub.deliver("RECIPIENTS", hub.person(2, kk=7, receipts=[blt]))
    assert hub.flags() == [(EXCLUSIVE, ["BLT_DD", "PKH"], "2024-04-01", "2024-04-28")]
    flag = hub.one("select * from overlap_flag")
    assert flag["subject_id"] == flag["household_id"] == hub.one("select id from household")["id"]
    assert flag["person_id"] is None
    assert flag["explanation"].startswith(
        "Keluarga ini tercatat menerima Bantuan Langsung Tunai Dana Desa dan Program Keluarga"
        " Harapan dalam periode yang bertindihan (1 April 2024 sampai 28 April 2024)."
    )
    cited = "select programme, period_start::text from overlap_flag_receipt l join receipt r"
    assert hub.values(f"{cited} on r.id = l.receipt_id order by 1") == [
        ("BLT_DD", "2024-03-01"),
        ("PKH", "2024-04-01"),
    ]
    assert hub.values("select status, actor from flag_event") == [("RAISED", "rules")]


def test_months_that_follow_on_are_one_flag(hub: Any) -> None:
    months = [("2024-01-01", "2024-01-31"), ("2024-02-01", "2024-02-29")]
    pkh = [hub.receipt("PKH", *month) for month in months]
    blt = [hub.receipt("BLT_DD", "2024-01-01", None)]
    hub.deliver("RECIPIENTS", hub.person(1, kk=7, receipts=pkh + blt))
    assert hub.flags() == [(EXCLUSIVE, ["BLT_DD", "PKH"], "2024-01-01", "2024-02-29")]
    assert hub.values("select count(*) from overlap_flag_receipt") == [3]


def test_disjoint_months_are_allowed(hub: Any) -> None:
    spans = [("PKH", "2024-01-01", "2024-03-31"), ("BLT_DD", "2024-04-01", "2024-06-30")]
    hub.deliver("RECIPIENTS", hub.person(1, kk=7, receipts=[hub.receipt(*s) for s in spans]))
    assert hub.flags() == []


def test_two_lists_with_nothing_but_a_nik_are_set_against_each_other(hub: Any) -> None:
    for programme in ("SEMBAKO", "BLT_DD"):
        row = hub.person(1, receipts=[hub.receipt(programme, "2024-01-01", None)])
        hub.deliver("RECIPIENTS", row)
    assert hub.flags() == [(EXCLUSIVE, ["BLT_DD", "SEMBAKO"], "2024-01-01", None)]
    siti = hub.person_of(1)["id"]
    assert hub.values("select person_id, household_id from overlap_flag") == [(siti, None)]
    assert (
        "(sejak 1 Januari 2024)" in hub.one("select explanation from overlap_flag")["explanation"]
    )


def test_bpum_with_kur_counts_for_one_person_not_for_two_of_a_family(hub: Any) -> None:
    bpum = hub.receipt("BPUM", "2021-01-01", "2021-12-31")
    kur = hub.receipt("KUR", "2021-06-01", "2024-06-01", basis="FLAG")
    hub.deliver("RECIPIENTS", hub.person(1, kk=7, receipts=[bpum]))
    hub.deliver("REGSOSEK", hub.person(2, kk=7, receipts=[kur]))
    assert hub.flags() == []
    hub.deliver("REGSOSEK", hub.person(1, receipts=[kur]))
    assert hub.flags() == [("BPUM_WITH_KUR", ["BPUM", "KUR"], "2021-06-01", "2021-12-31")]


@pytest.mark.parametrize(
    ("more", "flagged"), [({}, 1), ({"basis": "FLAG"}, 0), ({"status": "STOPPED"}, 0)]
)
def test_the_same_programme_twice_on_lists_is_a_duplicate(
    hub: Any, more: dict[str, str], flagged: int
) -> None:
    hub.deliver(
        "RECIPIENTS", hub.person(1, kk=7, receipts=[hub.receipt("PKH", "2024-01-01", None)])
    )
    second = hub.receipt("PKH", "2024-02-01", "2024-02-29", **more)
    hub.deliver("RECIPIENTS", hub.person(2, kk=7, receipts=[second]))
    twice = ("DUPLICATE_IN_PERIOD", ["PKH"], "2024-02-01", "2024-02-29")
    assert hub.flags() == [twice] * flagged


def test_a_mended_list_sent_again_is_no_duplicate_but_another_villages_list_is(hub: Any) -> None:
    pkh = hub.receipt("PKH", "2024-01-01", "2024-01-31")
    lists = [hub.stage("RECIPIENTS", hub.person(1, kk=7, receipts=[pkh])) for _ in range(3)]
    villages = ("3520012001", "3520012001", "3520012002")
    for delivery, village in zip(lists, villages, strict=True):
        hub.connection.execute(
            "update delivery set region_code = %s where id = %s", (village, delivery)
        )
    hub.publish(lists[0])
    hub.publish(lists[1])
    assert hub.flags() == []
    hub.publish(lists[2])
    assert hub.flags() == [("DUPLICATE_IN_PERIOD", ["PKH"], "2024-01-01", "2024-01-31")]


def test_two_children_with_pip_are_no_duplicate(hub: Any) -> None:
    pip = [hub.receipt("PIP", "2024-01-01", "2024-12-31")]
    hub.deliver("RECIPIENTS", *(hub.person(n, kk=7, receipts=pip) for n in (1, 2)))
    assert hub.flags() == []


def test_a_receipt_after_death_is_flagged_one_before_is_not(hub: Any) -> None:
    months = [("2023-04-01", "2023-04-30"), ("2023-06-01", "2023-06-30")]
    pkh = [hub.receipt("PKH", *month) for month in months]
    hub.deliver("RECIPIENTS", hub.person(1, kk=7, receipts=pkh))
    assert hub.flags() == []
    hub.deliver("DUKCAPIL", hub.person(1, life_status="DECEASED"), on="2023-05-15")
    assert hub.flags() == [("DECEASED_RECIPIENT", ["PKH"], "2023-06-01", "2023-06-30")]
    flag = hub.one("select * from overlap_flag")
    siti = hub.person_of(1)
    assert (flag["person_id"], flag["household_id"]) == (siti["id"], siti["household_id"])


def _both(hub: Any, nik: int = 1, **columns: Any) -> Any:
    receipts = [hub.receipt(p, "2024-01-01", "2024-06-30") for p in ("PKH", "BLT_DD")]
    return hub.person(nik, receipts=receipts, **columns)


def test_a_flag_is_withdrawn_when_the_family_turns_out_to_be_two(hub: Any) -> None:
    receipts = [[hub.receipt(p, "2024-01-01", None)] for p in ("PKH", "BLT_DD")]
    rows = [hub.person(n, kk=7, receipts=r) for n, r in zip((1, 2), receipts, strict=True)]
    hub.deliver("DTKS", *rows)
    assert len(hub.flags()) == 1
    hub.deliver("DUKCAPIL", hub.person(2, kk=8))
    assert hub.flags() == []
    assert hub.values("select count(*) from flag_event") == [0]


def test_a_judged_flag_survives_what_would_withdraw_it(hub: Any) -> None:
    receipts = [[hub.receipt(p, "2024-01-01", None)] for p in ("PKH", "BLT_DD")]
    rows = [hub.person(n, kk=7, receipts=r) for n, r in zip((1, 2), receipts, strict=True)]
    hub.deliver("DTKS", *rows)
    hub.connection.execute("update overlap_flag set status = 'DISMISSED'")
    before = hub.all("select * from overlap_flag")
    hub.deliver("DUKCAPIL", hub.person(2, kk=8, regency_code="9936"))
    assert hub.all("select * from overlap_flag") == before


def test_a_judged_flag_goes_with_a_family_that_is_absorbed(hub: Any) -> None:
    hub.deliver("P3KE", _both(hub, household_key="A", relation="HEAD", regency_code="9936"))
    hub.connection.execute("update overlap_flag set status = 'CONFIRMED'")
    hub.deliver("DTSEN", hub.family(7, floor="TILE"))
    hub.deliver("DUKCAPIL", hub.person(1, kk=7))
    home = hub.one("select * from household")
    assert (home["kk"], home["floor"]) == (hub.kk(7), "TILE")
    query = "select regency_code, subject_id, status from overlap_flag"
    assert hub.values(query) == [("9935", home["id"], "CONFIRMED")]
