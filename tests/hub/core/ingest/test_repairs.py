"""Whole NIKs that the registry offers for those that lost digits."""

from typing import Any

import pytest

from hub.core.ingest.repairs import Candidate, candidates
from hub.core.ingest.stage import LOST_NIK
from hub.core.store.scope import Scope

BORN = "1990-01-01"
WHOLE = Scope(("",), identified=True)
HEAD = "993501010190000"  # of the numbers 1 to 9


def lost(hub: Any, given: str | None, **columns: Any) -> Any:
    """A delivery of one row whose NIK lost digits."""
    extra = {LOST_NIK: given} if given else None
    row = hub.person(None, **{"nik_status": "PRECISION_LOST", "extra": extra, **columns})
    return hub.stage("LIST", row)


def offered(hub: Any, delivery: Any, scope: Scope = WHOLE) -> list[Candidate]:
    return list(candidates(hub.connection, delivery, scope).candidates)


def test_a_birth_date_that_agrees_makes_a_candidate(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(7, name="SITI", birth_date=BORN), hub.person(17, name="SITI"))
    row = lost(hub, f"{HEAD}0", name="XYZ", birth_date=BORN)
    assert offered(hub, row) == [Candidate(1, 2, hub.nik(7), None, birth_date=True, kk=False)]
    (masked,) = offered(hub, row, Scope(("",)))
    assert masked.nik == "993501********07"
    assert offered(hub, row, Scope(("12",), identified=True)) == []


def test_all_candidates_are_listed_the_best_first(hub: Any) -> None:
    hub.deliver(
        "DTSEN",
        hub.family(5, village_code="9935012001"),
        hub.person(1, name="BUDI HARTONO", birth_date=BORN),
        hub.person(2, name="SITI AMINAH", birth_date=BORN, kk=5),
        hub.person(3, name="SITI AMINAHH", birth_date="1991-01-01"),
        hub.person(4, name="DEWI LESTARI", birth_date="1991-01-01", kk=5),
    )
    row = lost(hub, f"{HEAD}0", name="Siti  Aminah", birth_date=BORN, kk=5)
    assert offered(hub, row) == [
        Candidate(1, 2, hub.nik(2), "EQUAL", birth_date=True, kk=True),
        Candidate(1, 2, hub.nik(3), "SIMILAR", birth_date=False, kk=False),
        Candidate(1, 2, hub.nik(1), None, birth_date=True, kk=False),
    ]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (f"{HEAD}0", 1),
        ("9.93501010190000E+15", 1),
        ("9,935010101900000e+15", 1),
        ("9.9350101019000E+15", 0),  # 14 digits
        ("9.93501E+15", 0),
        ("9.93501010190000E+14", 0),
        (HEAD, 0),  # never had 16 digits
        ("9935010101900010", 0),  # the head of 11, whom nobody is
        (None, 0),
    ],
)
def test_only_fifteen_known_digits_are_compared(hub: Any, given: str | None, found: int) -> None:
    hub.deliver("DTSEN", hub.person(1, birth_date=BORN))
    row = lost(hub, given, birth_date=BORN)
    assert len(offered(hub, row)) == found


def test_the_same_digits_of_somebody_else_are_no_candidate(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, name="BUDI HARTONO", birth_date="1991-01-01", kk=5))
    row = lost(hub, f"{HEAD}0", name="SITI AMINAH", birth_date=BORN, kk=5)
    told = candidates(hub.connection, row)
    assert (told.lost, told.comparable, told.candidates) == (1, 1, ())


def test_papuan_numbers_and_an_empty_registry(hub: Any) -> None:
    number = "9171015506809017"
    row = lost(hub, "9171015506809010", name="YOHANA", birth_date="1980-06-15")
    assert offered(hub, row) == []
    hub.deliver("DTSEN", ("source_person", {
        "nik": number, "nik_status": "VALID", "name": "YOHANA", "birth_date": "1980-06-15",
    }))  # fmt: skip
    assert offered(hub, row) == [Candidate(1, 2, number, "EQUAL", birth_date=True, kk=False)]
