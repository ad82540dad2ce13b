"""Rows of one NIK: how many people they are, and who keeps the number."""

from datetime import date
from itertools import permutations
from typing import Any

import polars as pl
import pytest

from hub.core.linkage.identities import ROW, Told, tell_apart
from mappings.model import NikPolicy

NIK = "9935010101900001"  # of a man born on 1 January 1990
BORN = date(1990, 1, 1)
POLICY = NikPolicy(name_similarity=60, most_people=50)
JUDGED = {"left": pl.String, "right": pl.String, "same": pl.Boolean}


def _tell(*rows: dict[str, Any], judged: Any = (), policy: NikPolicy = POLICY) -> Told:
    """Rows are called 0, 1, ... and are of deliveries of their own unless they say otherwise."""
    plain = {"nik": NIK, "regency_code": "9935", "source": "DTKS", "trust": 3, "sheet": 1}
    plain |= {"reference_date": date(2024, 1, 1)}
    made = [
        {**plain, "id": str(n), "row": n, "delivery_id": f"D{n}", **row}
        for n, row in enumerate(rows)
    ]
    decided = pl.DataFrame(list(judged), JUDGED, orient="row")
    return tell_apart(pl.DataFrame(made, ROW), decided, policy)


def _persons(*rows: dict[str, Any], **more: Any) -> list[int]:
    """The number of the person of each row."""
    return _tell(*rows, **more).rows.sort(pl.col("id").cast(pl.Int32))["person"].to_list()


SITI = {"name": "SITI AMINAH", "birth_date": date(1990, 1, 1)}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "ST. AMINAH", "birth_date": date(1991, 5, 5)},
        {"name": "NENENG", "birth_date": date(1990, 1, 1)},
        {"name": "ST. AMINAH"},
        {"birth_date": date(1990, 1, 1)},
        {},
    ],
    ids=["name agrees", "birth date agrees", "no birth date", "no name", "nothing said"],
)
def test_agreeing_rows_are_one_person(other: dict[str, Any]) -> None:
    assert _persons(SITI, other) == [0, 0]
    assert _persons(other, SITI) == [0, 0]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "BUDI", "birth_date": date(1991, 5, 5)},
        {"name": "BUDI"},
        {"birth_date": date(1991, 5, 5)},
        {"name": "BUDI", "birth_date": date(1990, 1, 1), "sex": "MALE"},
    ],
    ids=["both differ", "name differs", "birth date differs", "sex differs"],
)
def test_disagreeing_rows_are_two(other: dict[str, Any]) -> None:
    assert sorted(_persons({**SITI, "sex": "FEMALE"}, other)) == [0, 1]


def test_the_civil_registry_keeps_the_number_then_who_was_born_on_its_day() -> None:
    budi = {"name": "BUDI", "birth_date": date(1970, 2, 2)}
    ani = {"name": "ANI", "birth_date": BORN}
    assert _persons(budi, ani) == [1, 0]
    assert _persons({**budi, "source": "DUKCAPIL"}, ani) == [0, 1]


def test_twins_and_namesakes_listed_side_by_side_are_two_people() -> None:
    listed = {"delivery_id": "D", "listing": "K", "birth_date": BORN}
    assert sorted(_persons({"name": "HASAN", **listed}, {"name": "HUSEN", **listed})) == [0, 1]
    father = {**listed, "name": "SLAMET", "birth_date": date(1960, 1, 1)}
    assert _persons(father, {"name": "SLAMET", **listed}) == [1, 0]


def test_one_person_listed_twice_in_a_family_is_one() -> None:
    listed = {"delivery_id": "D", "listing": "K", "birth_date": BORN}
    assert _persons({"name": "HASAN", **listed}, {"name": "H. HASAN", **listed}) == [0, 0]


def test_twins_in_two_lists_meet_their_own() -> None:
    listed = {"listing": "K", "birth_date": BORN}
    rows = [
        {"name": name, "delivery_id": delivery, **listed}
        for delivery in "DE"
        for name in ("HASAN", "HUSEN")
    ]
    first, second, third, fourth = _persons(*rows)
    assert (first, second) == (third, fourth)
    assert {first, second} == {0, 1}


def test_a_row_between_two_people_does_not_make_them_one() -> None:
    budi = {"name": "BUDI", "birth_date": date(1970, 2, 2)}
    both = {"name": "BUDI", "birth_date": BORN}
    assert _persons({**SITI, "source": "DUKCAPIL"}, budi, both) == [0, 1, 0]


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [
        {"id": "a", "name": "SITI AMINAH", "birth_date": BORN, "source": "DUKCAPIL"},
        {"id": "b", "name": "BUDI", "birth_date": date(1970, 2, 2)},
        {"id": "c", "name": "BUDI SANTOSO", "birth_date": BORN},
        {"id": "d", "name": "SANTOSO", "birth_date": date(1970, 2, 2)},
        {"id": "e"},
    ]
    found = {
        frozenset(_tell(*order).rows.select("id", "person").iter_rows())
        for order in [*permutations(rows)][::11]
    }
    assert found == {frozenset({("a", 0), ("b", 1), ("c", 0), ("d", 1), ("e", 0)})}


def test_a_family_of_forty_with_one_number_is_forty_people() -> None:
    syllables = ("BU", "GA", "KI", "LE", "MO", "PA", "RI")
    names = [2 * one + 2 * other for one in syllables for other in syllables][:40]
    listed = {"delivery_id": "D", "listing": "K"}
    rows = [{"name": n, "birth_date": date(1951 + y, 1, 1), **listed} for y, n in enumerate(names)]
    told = _tell(*rows)
    assert sorted(told.rows["person"]) == list(range(40))
    # The one born on the day that the number carries keeps it; the others wait for a person.
    assert {review["other_id"] for review in told.reviews} == {"39"}
    assert len(told.reviews) == 39


def test_ten_thousand_rows_of_one_number_are_nobodys() -> None:
    told = _tell(*({"birth_date": date.fromordinal(710_000 + n)} for n in range(10_000)))
    assert sorted(told.rows["person"]) == list(range(1, 10_001))
    assert [(review["kind"], review["evidence"]) for review in told.reviews] == [
        ("OVERUSED_NIK", {"people": 10_000})
    ]


def test_the_civil_registry_keeps_even_an_overused_number() -> None:
    policy = NikPolicy(name_similarity=60, most_people=2)
    rows = [{"name": "BUDI"}, {"name": "ANI"}, {"name": "SITI", "source": "DUKCAPIL"}]
    assert _persons(*rows, policy=policy) == [2, 1, 0]


def test_what_somebody_decided_wins() -> None:
    budi = {"name": "BUDI", "birth_date": date(1970, 2, 2)}
    siti = {**SITI, "source": "DUKCAPIL"}
    told = _tell(siti, budi, judged=[("1", "0", True)])
    assert (told.rows["person"].to_list(), told.reviews) == ([0, 0], [])
    told = _tell(siti, SITI, judged=[("0", "1", False)])
    assert told.rows["person"].to_list() == [0, 1]  # though they say the same word for word
    told = _tell(siti, {"name": "SITI"}, judged=[("0", "1", False)])
    assert (told.rows["person"].to_list(), told.reviews) == ([0, 1], [])


def test_numbers_do_not_touch_each_other() -> None:
    other = {"nik": "9935010101900002", "name": "BUDI"}
    assert _persons({"name": "ANI"}, other, {**other, "name": "JOKO"}) == [0, 0, 1]


def test_a_review_says_what_speaks_for_and_against() -> None:
    here = {"village_code": "9935012001", "hamlet": "KRAJAN", "rt": "1", "rw": "2"}
    keeper = {**SITI, **here, "mother_name": "RATNA", "sex": "FEMALE", "source": "DUKCAPIL"}
    told = _tell(keeper, {**here, "name": "BUDI SANTOSO", "mother_name": "RATNAH", "rt": "001"})
    (review,) = told.reviews
    assert review == {
        "kind": "SHARED_NIK",
        "regency_code": "9935",
        "id": "1",
        "other_regency_code": "9935",
        "other_id": "0",
        "evidence": {
            "name": 0,
            "birthDate": None,
            "sex": None,
            "motherName": 100,
            "village": True,
            "address": True,
            "listedTogether": False,
        },
    }
