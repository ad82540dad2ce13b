"""What somebody decides of two rows holds until it is taken back."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from checksums import checksums

from hub.core.ingest.chosen import Refusal
from hub.core.ingest.judging import judge, reviews
from hub.core.store.scope import Scope

ALL = Scope(("",))
ANI = {"name": "ANI SUSANTI", "birth_date": "1990-01-01"}
BUDI = {"name": "BUDI HARTONO", "birth_date": "1970-02-02"}


@pytest.fixture
def connection(hub: Any, store_url: str) -> Iterator[psycopg.Connection[Any]]:
    """To a registry where Budi stands apart from Ani, whose NIK he has."""
    hub.deliver("DUKCAPIL", hub.person(1, **ANI, kk=7))
    hub.deliver("P3KE", hub.person(1, **BUDI, household_key="A", relation="HEAD"))
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


def _people(hub: Any) -> list[str]:
    names: list[str] = hub.values("select name from person order by name")
    hub.connection.rollback()
    return names


def test_two_rows_side_by_side_with_masked_numbers(hub: Any, connection: Any) -> None:
    (review,) = reviews(connection, ALL, 10)
    assert review.right is not None
    assert (review.left["name"], review.right["name"]) == ("BUDI HARTONO", "ANI SUSANTI")
    assert review.left["nik"] == review.right["nik"] == "993501********01"
    assert (review.kind, review.evidence["birthDate"]) == ("SHARED_NIK", False)
    assert reviews(connection, Scope(("31",)), 10) == []


def test_the_same_is_one_person_until_it_is_taken_back(hub: Any, connection: Any) -> None:
    (review,) = reviews(connection, ALL, 10)
    judge(connection, review.id, "SAME", "petugas")
    assert _people(hub) == ["ANI SUSANTI"]
    # The family without KK now follows its head.
    assert hub.families() == [(hub.kk(7), ["ANI SUSANTI"])]
    hub.connection.rollback()
    assert reviews(connection, ALL, 10) == []
    (judged,) = reviews(connection, ALL, 10, judged=True)
    assert (judged.judgement, judged.judged_by) == ("SAME", "petugas")
    # Whoever is called Budi under this number is Ani from now on, until it is taken back.
    hub.deliver("DTKS", hub.person(1, **BUDI))
    assert _people(hub) == ["ANI SUSANTI"]
    judge(connection, review.id, None, "petugas")
    assert _people(hub) == ["ANI SUSANTI", "BUDI HARTONO"]
    assert len(reviews(connection, ALL, 10)) == 1


def test_different_holds_though_another_row_says_the_same(hub: Any, connection: Any) -> None:
    (review,) = reviews(connection, ALL, 10)
    judge(connection, review.id, "DIFFERENT", "petugas")
    hub.deliver("DTKS", hub.person(1, **BUDI))
    assert _people(hub) == ["ANI SUSANTI", "BUDI HARTONO"]
    assert reviews(connection, ALL, 10) == []


def test_nothing_to_judge(connection: Any) -> None:
    before = checksums(connection)
    with pytest.raises(Refusal, match="Tidak ada dua baris"):
        judge(connection, uuid4(), "SAME", None)
    assert checksums(connection) == before
