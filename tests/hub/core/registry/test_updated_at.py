"""`updated_at` lets a reader who keeps the newest moment seen find everything that came after."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

MOMENTS = "select updated_at from {} order by updated_at desc"


def test_a_publication_that_began_first_and_ended_last_lies_behind(
    hub: Any, store_url: str
) -> None:
    slow = hub.stage("DTSEN", hub.family(1), hub.person(1, kk=1))
    with psycopg.connect(store_url, row_factory=dict_row) as connection:
        quick = type(hub)(connection)
        quick.deliver("DTSEN", hub.family(2), hub.person(2, kk=2))
    seen = [hub.values(MOMENTS.format(table))[0] for table in ("household", "person")]
    hub.publish(slow)
    for table, moment in zip(("household", "person"), seen, strict=True):
        newer, older = hub.values(MOMENTS.format(table))
        assert newer > older == moment


def test_a_desil_moves_the_household(hub: Any) -> None:
    hub.deliver("DTSEN", hub.family(1))
    (before,) = hub.values(MOMENTS.format("household"))
    hub.deliver("DTSEN", hub.family(1, rankings=[{"scope": "NATIONAL", "decile": 2}]))
    (after,) = hub.values(MOMENTS.format("household"))
    assert after > before


def test_the_same_said_again_moves_nothing(hub: Any) -> None:
    hub.deliver("DTSEN", hub.family(1), hub.person(1, kk=1))
    before = hub.values(MOMENTS.format("person") + ", regency_code")
    hub.deliver("DTSEN", hub.family(1), hub.person(1, kk=1))
    assert hub.values(MOMENTS.format("person") + ", regency_code") == before


def test_a_move_to_another_regency_is_a_change_even_if_nothing_else_is(hub: Any) -> None:
    hub.deliver("DTSEN", hub.family(1, regency_code="0000"), on="2024-01-01")
    before = hub.one("select regency_code, village_code, updated_at from household")
    hub.deliver("DTSEN", hub.family(1), on="2025-01-01")
    after = hub.one("select regency_code, village_code, updated_at from household")
    assert (before["regency_code"], after["regency_code"]) == ("0000", "9935")
    assert before["village_code"] is after["village_code"] is None
    assert after["updated_at"] > before["updated_at"]
