"""Pulling a whole regency and, later, what changed since."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
import seed
from seed import FATHER, NOON, A, B, ask, household_id, told

from schema.ids import make_id

PULL = """query ($filter: HouseholdFilter, $after: String) {
    households(filter: $filter, orderBy: [UPDATED_AT_ASC], first: 2, after: $after) {
        nodes { id updatedAt } pageInfo { hasNextPage endCursor } } }"""
PEOPLE = "query ($since: DateTime) { persons(filter: {updatedSince: $since}) { nodes { id } } }"
LATER = NOON + timedelta(days=1)


def pull(url: str, after: str | None = None, **filter: str) -> tuple[list[str], str | None]:
    """The ids of everything behind `after`, and the cursor to keep."""
    ids: list[str] = []
    while True:
        page = told(url, PULL, {"filter": {"region": "3520", **filter}, "after": after})
        listed = page["households"]
        ids += [node["id"] for node in listed["nodes"]]
        after = listed["pageInfo"]["endCursor"] or after
        if not listed["pageInfo"]["hasNextPage"]:
            return ids, after


def touch(url: str, table: str, identity: UUID, moment: datetime) -> None:
    """Have a record last changed at `moment`."""
    with psycopg.connect(url) as connection:
        connection.execute(f"update {table} set updated_at = %s where id = %s", (moment, identity))


def test_the_cursor_kept_finds_what_changed_and_what_is_new(own_registry: str) -> None:
    everything, kept = pull(own_registry)
    assert everything == [household_id(A), household_id(B)]
    assert pull(own_registry, kept) == ([], kept)
    touch(own_registry, "household", A, LATER)
    with psycopg.connect(own_registry) as connection:
        new = UUID(int=0xE)
        seed.household(connection, new, "3520012001", updated_at=LATER + timedelta(hours=1))
    changed, _ = pull(own_registry, kept)
    assert changed == [household_id(A), household_id(new)]


def test_updated_since_includes_its_moment(own_registry: str) -> None:
    touch(own_registry, "household", A, LATER)
    assert pull(own_registry, updatedSince=LATER.isoformat())[0] == [household_id(A)]
    behind = (LATER + timedelta(microseconds=1)).isoformat()
    assert pull(own_registry, updatedSince=behind)[0] == []


def test_updated_since_of_persons(own_registry: str) -> None:
    touch(own_registry, "person", FATHER, LATER)
    found: Any = told(own_registry, PEOPLE, {"since": "2026-03-02T19:00:00+07:00"})
    assert [node["id"] for node in found["persons"]["nodes"]] == [make_id("Person", "3520", FATHER)]


def test_a_person_says_when_it_changed(registry: str) -> None:
    query = "query ($id: ID!) { person(id: $id) { updatedAt } }"
    found = told(registry, query, {"id": make_id("Person", "3520", FATHER)})
    assert datetime.fromisoformat(found["person"]["updatedAt"]).astimezone(UTC) == NOON


@pytest.mark.parametrize("moment", ["2026-03-02T12:00:00", "kemarin", "2026-13-01T00:00:00Z"])
def test_a_moment_without_offset_or_none_at_all_is_refused(registry: str, moment: str) -> None:
    (error,) = ask(registry, PEOPLE, {"since": moment})["errors"]
    assert error["extensions"] == {"code": "BAD_INPUT"}
    assert moment not in error["message"]
