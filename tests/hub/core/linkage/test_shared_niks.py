"""One NIK for several people, from the rows to the golden records and back."""

from itertools import permutations
from typing import Any

import psycopg
import pytest
from checksums import checksums

from hub.core.ingest.undo import effects_of, undo

ANI = {"name": "ANI SUSANTI", "birth_date": "1990-01-01"}
BUDI = {"name": "BUDI HARTONO", "birth_date": "1970-02-02"}
SITI = {"name": "SITI AMINAH", "birth_date": "1980-03-03"}


def _people(hub: Any) -> list[tuple[str, str | None, str]]:
    return hub.values("select name, nik, nik_status from person order by name")


def _reviews(hub: Any) -> list[tuple[Any, ...]]:
    return hub.values(
        "select r.kind, a.name, b.name as other from match_review r"
        " join source_person a on a.id = r.source_id"
        " left join source_person b on b.id = r.other_source_id order by 2, 3"
    )


def test_disagreeing_rows_stay_apart_and_wait_for_a_person(hub: Any) -> None:
    hub.deliver("DUKCAPIL", hub.person(1, **ANI))
    hub.deliver("DTKS", hub.person(1, **BUDI))
    assert _people(hub) == [
        ("ANI SUSANTI", hub.nik(1), "VALID"),
        ("BUDI HARTONO", None, "SUSPECT"),
    ]
    assert hub.values("select method from person_link order by 1") == ["NIK", "SHARED_NIK"]
    assert _reviews(hub) == [("SHARED_NIK", "BUDI HARTONO", "ANI SUSANTI")]
    evidence = hub.one("select evidence from match_review")["evidence"]
    assert (evidence["name"], evidence["birthDate"], evidence["version"]) == (0, False, "2026-11")


def test_the_civil_registry_takes_the_number_from_whoever_had_it(hub: Any) -> None:
    hub.deliver("DTKS", hub.person(1, **BUDI))
    budi = hub.one("select id from person")["id"]
    hub.deliver("DUKCAPIL", hub.person(1, **ANI))
    assert hub.values("select id from person where name = 'BUDI HARTONO'") == [budi]
    assert hub.person_of(1)["name"] == "ANI SUSANTI"


def test_the_order_of_imports_does_not_matter(hub: Any) -> None:
    between = {"name": "BUDI HARTONO", "birth_date": "1990-01-01"}
    rows = {
        "DUKCAPIL": ANI,
        "DTKS": BUDI,
        "P3KE": between,
        "PK": SITI,
        "RECIPIENTS": {"name": None},
    }
    seen = set()
    for order in [*permutations(rows)][::13]:
        for source in order:
            paid = [hub.receipt("PKH", "2024-01-01", None)]
            hub.deliver(source, hub.person(1, **rows[source], receipts=paid), commit=False)
        links = "select s.source, p.name, k.method from person_link k"
        links += " join source_person s on s.id = k.source_id join person p on p.id = k.target_id"
        paid_to = "select d.source, p.name from receipt r join person p on p.id = r.person_id"
        paid_to += " join delivery d on d.id = r.delivery_id order by 1"
        seen.add(str((hub.values(links + " order by 1"), hub.values(paid_to), _reviews(hub))))
        hub.connection.rollback()
    (found,) = seen
    assert found == str(
        (
            [
                ("DTKS", "BUDI HARTONO", "SHARED_NIK"),
                ("DUKCAPIL", "ANI SUSANTI", "NIK"),
                ("P3KE", "ANI SUSANTI", "NIK"),
                ("PK", "SITI AMINAH", "SHARED_NIK"),
                ("RECIPIENTS", "ANI SUSANTI", "NIK"),
            ],
            [
                ("DTKS", "BUDI HARTONO"),
                ("DUKCAPIL", "ANI SUSANTI"),
                ("P3KE", "ANI SUSANTI"),
                ("PK", "SITI AMINAH"),
                ("RECIPIENTS", "ANI SUSANTI"),
            ],
            [
                ("SHARED_NIK", "BUDI HARTONO", "ANI SUSANTI"),
                ("SHARED_NIK", "SITI AMINAH", "ANI SUSANTI"),
            ],
        )
    )


@pytest.mark.parametrize("elsewhere", ["9935", "9936"])
def test_a_row_that_joins_two_people_leaves_one_with_all_they_had(
    hub: Any, store_url: str, elsewhere: str
) -> None:
    # Both are paid BLT DD and PKH at once, which is flagged, and somebody has judged it.
    paid = [hub.receipt(programme, "2024-01-01", None) for programme in ("BLT_DD", "PKH")]
    hub.deliver("DTKS", hub.person(1, **BUDI, receipts=paid))
    other = {**ANI, "birth_date": "1971-07-07", "regency_code": elsewhere, "receipts": paid}
    hub.deliver("P3KE", hub.person(1, **other))
    assert _people(hub) == [
        ("ANI SUSANTI", None, "SUSPECT"),
        ("BUDI HARTONO", hub.nik(1), "VALID"),
    ]
    with psycopg.connect(store_url, autocommit=True) as connection:
        before = checksums(connection)
        registry = {"name": "ANI SUSANTI", "birth_date": "1970-02-02"}
        delivery = hub.deliver("DUKCAPIL", hub.person(1, **registry))
        assert _people(hub) == [("ANI SUSANTI", hub.nik(1), "VALID")]
        assert hub.values("select method from person_link") == ["NIK"] * 3
        receipts = "select count(*) from receipt join person p on p.id = person_id"
        assert hub.values(receipts) == [4]
        assert hub.values("select count(*) from match_review") == [0]
        assert effects_of(connection, delivery).persons_gone == 1
        undo(connection, delivery, None)
        assert checksums(connection) == before


def test_a_judged_flag_goes_with_the_person(hub: Any) -> None:
    paid = [hub.receipt("PBI_JKN", "2024-01-01", None)]
    hub.deliver("DTKS", hub.person(1, **BUDI, receipts=paid))
    hub.deliver("P3KE", hub.person(1, **{**ANI, "birth_date": "1971-07-07"}, regency_code="9936"))
    hub.connection.execute(
        "insert into overlap_flag (regency_code, rule_code, subject_id, person_id, programmes,"
        " period_start, status, explanation)"
        " select regency_code, 'X', id, id, '{PKH}', '2024-01-01', 'CONFIRMED', ''"
        " from person where name = 'ANI SUSANTI'"
    )
    hub.deliver("DUKCAPIL", hub.person(1, name="ANI SUSANTI", birth_date="1970-02-02"))
    flags = "select f.status, f.subject_id = p.id from overlap_flag f"
    assert hub.values(f"{flags} join person p on p.id = f.person_id") == [("CONFIRMED", True)]


def test_a_number_that_changed_hands_goes_back(hub: Any, store_url: str) -> None:
    hub.deliver("DTKS", hub.person(1, **BUDI))
    with psycopg.connect(store_url, autocommit=True) as connection:
        before = checksums(connection)
        undo(connection, hub.deliver("DUKCAPIL", hub.person(1, **ANI)), None)
        assert checksums(connection) == before


def test_another_delivery_of_the_same_rows_raises_no_second_review(hub: Any) -> None:
    for _ in range(2):
        hub.deliver("DUKCAPIL", hub.person(1, **ANI))
        hub.deliver("DTKS", hub.person(1, **BUDI))
    assert _reviews(hub) == [("SHARED_NIK", "BUDI HARTONO", "ANI SUSANTI")]
    assert len(_people(hub)) == 2


def test_twins_with_one_number_are_two_in_every_list_of_their_family(hub: Any) -> None:
    twins = [
        hub.person(1, kk=7, name=name, birth_date="1990-01-01", household_key="A")
        for name in ("HASAN", "HUSEN")
    ]
    for source in ("DTKS", "P3KE"):
        hub.deliver(source, *twins)
    assert hub.families() == [(hub.kk(7), ["HASAN", "HUSEN"])]
    assert hub.values("select count(*) from person_link group by target_id") == [2, 2]


def test_a_family_follows_who_keeps_the_number_only(hub: Any) -> None:
    hub.deliver("DUKCAPIL", hub.person(1, **ANI, kk=7))
    hub.deliver("P3KE", hub.person(1, **BUDI, household_key="A", relation="HEAD"))
    assert hub.families() == [(hub.kk(7), ["ANI SUSANTI"]), (None, ["BUDI HARTONO"])]


def test_an_overused_number_is_nobodys_and_one_review(hub: Any) -> None:
    born = ((1950 + n // 12, 1 + n % 12) for n in range(60))
    rows = [hub.person(1, name=None, birth_date=f"{y}-{m:02}-01") for y, m in born]
    hub.deliver("DTKS", *rows)
    assert hub.values("select count(*) as people, count(nik) as numbers from person") == [(60, 0)]
    assert hub.values("select kind, evidence ->> 'people' from match_review") == [
        ("OVERUSED_NIK", "60")
    ]


def test_a_rebuild_tells_people_apart_who_were_one_before(hub: Any) -> None:
    hub.deliver("DUKCAPIL", hub.person(1, **ANI))
    hub.deliver("DTKS", hub.person(1, **BUDI))
    first = _people(hub)
    hub.rebuild()
    assert _people(hub) == first
    # As linked by an earlier version: by the number alone.
    hub.connection.execute(
        "update person_link set target_id = (select id from person where nik is not null),"
        " method = 'NIK'"
    )
    hub.connection.execute("delete from person where nik is null")
    hub.rebuild()
    assert (_people(hub), len(_reviews(hub))) == (first, 1)
