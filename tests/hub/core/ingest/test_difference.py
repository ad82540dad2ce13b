"""Two editions of one source: who came, who went, and what changed of those who stayed."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.ingest.chosen import Refusal, find_delivery
from hub.core.ingest.difference import (
    ALL,
    Difference,
    Entry,
    compare,
    delivery_before,
    entries,
    is_private,
)
from hub.core.store.scope import Scope

HERE, THERE = "9935012001", "9935012002"


def desil(decile: int, scope: str = "NATIONAL") -> list[dict[str, Any]]:
    return [{"scope": scope, "method": "SOURCE_DECILE", "decile": str(decile)}]


def difference(hub: Any, older: Any, newer: Any, scope: Scope = ALL) -> Difference:
    sides = [find_delivery(hub.connection, str(identity)) for identity in (older, newer)]
    return compare(hub.connection, sides[0], sides[1], scope)


def counted(found: Difference, subject: Any) -> dict[str, int]:
    return {kind: number for kind, number in found.counts[subject].items() if number}


def rows(hub: Any, **more: Any) -> list[Entry]:
    return entries(hub.connection, **more)


def two_editions(hub: Any) -> tuple[Any, Any]:
    older = hub.stage(
        "DTSEN",
        hub.family(1, village_code=HERE, roof="TILE", rankings=desil(2)),
        hub.family(2, village_code=HERE, roof="TILE", street="Jl. Melati 1"),
        hub.family(3, village_code=THERE, rankings=desil(1)),
        hub.family(None, key="R-1", village_code=HERE, size=3),
        hub.family(None, village_code=HERE, floor="SOIL"),
        hub.person(1, kk=1, birth_date="1980-01-01"),
        hub.person(2, kk=2, education="NONE"),
        hub.person(None, kk=3, name="TANPA NIK", birth_date="1990-02-03"),
    )
    newer = hub.stage(
        "DTSEN",
        hub.family(4, village_code=THERE),
        hub.family(1, village_code=HERE, roof="ASBESTOS", rankings=desil(4)),
        hub.family(1, village_code=HERE, roof="ASBESTOS", rankings=desil(4)),
        hub.family(2, village_code=HERE, roof="TILE", street="Jl. Melati 10", assets={"CAR": 1}),
        hub.family(None, key="R-1", village_code=HERE),
        hub.family(None, village_code=HERE, floor="SOIL"),
        hub.person(1, kk=1, birth_date="1980-01-01", name="NAMA LAIN"),
        hub.person(3, kk=2, education="NONE"),
        hub.person(4, kk=3, name="TANPA NIK", birth_date="1990-02-03"),
        on="2024-04-01",
    )
    return older, newer


def test_families_and_persons_are_counted_by_what_became_of_them(hub: Any) -> None:
    found = difference(hub, *two_editions(hub))
    assert counted(found, "household") == {
        "ADDED": 1, "REMOVED": 1, "CHANGED": 3, "UNCHANGED": 1, "REPEATED_NEWER": 1,
    }  # fmt: skip
    assert counted(found, "person") == {"ADDED": 1, "REMOVED": 1, "CHANGED": 2}


def test_every_attribute_tells_how_many_rows_gained_lost_or_changed_it(hub: Any) -> None:
    found = difference(hub, *two_editions(hub))
    assert [(c.attribute, c.old_blank, c.new_blank, c.differ) for c in found.attributes] == [
        ("household.size", 0, 1, 0),
        ("household.roof", 0, 0, 1),
        ("asset.CAR", 1, 0, 0),
        ("address.street", 0, 0, 1),
        ("ranking.national.decile", 0, 0, 1),
        ("person.nik", 1, 0, 0),
        ("person.name", 0, 0, 1),
    ]
    assert [(m.subject, m.old, m.new, m.rows) for m in found.moves] == [("household", 2, 4, 1)]


def test_an_entry_names_both_rows_and_no_private_value(hub: Any) -> None:
    difference(hub, *two_editions(hub))
    changed = [e for e in rows(hub) if (e.subject, e.kind) == ("household", "CHANGED")]
    assert [(e.kk, e.older_row, e.newer_row) for e in changed] == [
        ("993501********01", 2, 3),
        ("993501********02", 3, 5),
        (None, 5, 6),
    ]
    assert [(c.attribute, c.old, c.new) for e in changed for c in e.changes] == [
        ("household.roof", "TILE", "ASBESTOS"),
        ("ranking.national.decile", "2", "4"),
        ("asset.CAR", None, "1"),
        ("address.street", None, None),
        ("household.size", "3", None),
    ]
    assert "Melati" not in repr(changed)


def test_pages_join_up_and_an_identified_caller_sees_whole_numbers(hub: Any) -> None:
    difference(hub, *two_editions(hub))
    whole = rows(hub)
    paged = [e for after in range(len(whole)) for e in rows(hub, after=after, limit=1)]
    assert (paged, len(whole)) == (whole, 9)
    identified = rows(hub, limit=1, scope=Scope(("",), identified=True))
    assert [(e.kind, e.kk, e.older_row, e.newer_row) for e in identified] == [
        ("ADDED", hub.kk(4), None, 2)
    ]


def test_a_scope_sees_its_own_region_only(hub: Any) -> None:
    found = difference(hub, *two_editions(hub), Scope((THERE,)))
    assert counted(found, "household") == {"ADDED": 1, "REMOVED": 1}
    assert {e.village_code for e in rows(hub)} == {THERE}


def test_a_delivery_does_not_differ_from_itself(hub: Any) -> None:
    for delivery in two_editions(hub):
        found = difference(hub, delivery, delivery)
        assert (found.none, found.attributes, found.moves, rows(hub)) == (True, (), (), [])


def test_receipts_of_several_rows_of_a_person_are_compared_together(hub: Any) -> None:
    january, march = (hub.receipt("PKH", f"2024-0{m}-01", None) for m in (1, 3))
    older = hub.stage("LIST", hub.person(1, receipts=[january]))
    newer = hub.stage("LIST", hub.person(1, receipts=[march]), hub.person(1, receipts=[january]))
    found = difference(hub, older, newer)
    assert counted(found, "person") == {"CHANGED": 1, "REPEATED_NEWER": 1}
    assert [c.new for e in rows(hub) for c in e.changes] == [
        "PKH 2024-01-01 RECEIVED; PKH 2024-03-01 RECEIVED"
    ]


def test_a_family_with_a_new_kk_is_known_by_the_key_of_its_source(hub: Any) -> None:
    older = hub.stage("PK", hub.family(1, key="K-1"), hub.family(2, key="K-2"))
    newer = hub.stage("PK", hub.family(7, key="K-1"), hub.family(2, key="K-2"))
    assert counted(difference(hub, older, newer), "household") == {"CHANGED": 1, "UNCHANGED": 1}
    assert [(c.attribute, c.old, c.private) for e in rows(hub) for c in e.changes] == [
        ("household.kk", None, True)
    ]


def test_a_nik_that_is_no_key_joins_nobody(hub: Any) -> None:
    older = hub.stage("PK", hub.person(5, nik_status="SUSPECT", kk=1, name="ANI"))
    newer = hub.stage("PK", hub.person(5, nik_status="SUSPECT", kk=2, name="BUDI"))
    assert counted(difference(hub, older, newer), "person") == {"ADDED": 1, "REMOVED": 1}


def test_what_cannot_be_compared_is_refused_with_a_sentence(hub: Any) -> None:
    one, other = hub.stage("PK", hub.family(1)), hub.stage("DTSEN", hub.family(1))
    empty = hub.stage("PK")
    with pytest.raises(Refusal, match=r"Hanya kiriman dari satu sumber .* PK dan DTSEN"):
        difference(hub, one, other)
    with pytest.raises(Refusal, match="tidak memuat keluarga"):
        difference(hub, empty, empty)
    hub.connection.execute("update delivery set state = 'UNDONE' where id = %s", (empty,))
    with pytest.raises(Refusal, match="tidak tersimpan"):
        difference(hub, empty, one)
    for prefix, reason in (("", "awal nomornya"), ("0", "beberapa"), ("f", "Tidak ada kiriman")):
        with pytest.raises(Refusal, match=reason):
            find_delivery(hub.connection, prefix)


def test_the_edition_before_is_the_last_published_of_its_kind(hub: Any) -> None:
    first, second, third, other = (hub.stage(s, hub.family(1)) for s in ("PK",) * 3 + ("P3KE",))
    publish = "update delivery set state = 'PUBLISHED', published_at = %s where id = %s"
    for day, delivery in (("2024-01-02", first), ("2024-01-03", second), ("2024-01-04", other)):
        hub.connection.execute(publish, (day, delivery))

    def before(identity: Any) -> Any:
        return delivery_before(hub.connection, find_delivery(hub.connection, str(identity))).id

    assert [before(second), before(third)] == [first, second]
    for lonely in (first, other):
        with pytest.raises(Refusal, match="Tidak ada kiriman terbit sebelumnya"):
            before(lonely)


def test_what_the_unified_model_calls_private_is_private_here() -> None:
    assert [is_private(n) for n in ("person.name", "address.street", "household.kk")] == [True] * 3
    assert [is_private(n) for n in ("household.roof", "receipts")] == [False] * 2


FAMILY = st.fixed_dictionaries(
    {
        "kk": st.none() | st.integers(1, 3),
        "key": st.none() | st.sampled_from(["A", "B", "C"]),
        "roof": st.none() | st.sampled_from(["TILE", "ASBESTOS"]),
    }
)
PERSON = st.fixed_dictionaries(
    {
        "nik": st.none() | st.integers(1, 3),
        "kk": st.none() | st.integers(1, 2),
        "household_key": st.none() | st.sampled_from(["A", "B"]),
        "key": st.none() | st.sampled_from(["1", "2", "3"]),
        "name": st.sampled_from(["ANI", "BUDI"]),
    }
)
EDITION = st.tuples(st.lists(FAMILY, max_size=5), st.lists(PERSON, max_size=5))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(EDITION, EDITION)
def test_backwards_what_was_added_is_removed(hub: Any, one: Any, other: Any) -> None:
    fixed = hub.family(9)  # so that neither is empty
    sides = [
        hub.stage(
            "PK", fixed, *[hub.family(**f) for f in families], *[hub.person(**p) for p in persons]
        )
        for families, persons in (one, other)
    ]
    forth, there = difference(hub, *sides), rows(hub)
    back, again = difference(hub, *reversed(sides)), rows(hub)
    turned = {"ADDED": "REMOVED", "REMOVED": "ADDED", "CHANGED": "CHANGED"}
    assert Counter((e.subject, e.kind, e.older_row, e.newer_row) for e in there) == Counter(
        (e.subject, turned[e.kind], e.newer_row, e.older_row) for e in again
    )
    for subject in ("household", "person"):
        counts = forth.counts[subject]
        rows_given = len(one[subject == "person"]) + (subject == "household")
        kinds = ("REMOVED", "CHANGED", "UNCHANGED", "REPEATED_OLDER")
        assert sum(counts[kind] for kind in kinds) == rows_given
        assert counts["UNCHANGED"] == back.counts[subject]["UNCHANGED"]
    hub.connection.rollback()
