"""Mended rows take the place of their old versions, as if the file had come mended."""

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from checksums import checksums
from picture import Picture, picture

from hub.core.ingest.chosen import Refusal, find_delivery
from hub.core.ingest.difference import compare
from hub.core.ingest.publishing import publish
from hub.core.ingest.repairs import candidates
from hub.core.ingest.stage import LOST_NIK
from hub.core.ingest.undo import undo
from hub.core.registry.journal import effects
from hub.core.registry.statistics import refresh_statistics
from hub.core.store.roles import act_as_importer

Rows = list[tuple[str, dict[str, Any]]]
File = dict[int, Rows]
"""The accepted rows of a file, by row number."""
Others = Callable[[Any], None]

PAID = [
    {"programme": p, "start": "2024-01-01", "end": None, "amount": None, "status": "RECEIVED",
     "basis": basis}
    for p, basis in (("PKH", "LIST"), ("BLT_DD", "LIST"), ("SEMBAKO", "FLAG"))
]  # fmt: skip


def desil(decile: int) -> list[dict[str, Any]]:
    return [{"scope": "NATIONAL", "method": "SOURCE_DECILE", "decile": decile}]


def nobody(hub: Any) -> None:
    """No other delivery."""


def stage(hub: Any, source: str, file: File) -> UUID:
    rows = [(table, {**columns, "row": n}) for n, of in file.items() for table, columns in of]
    delivery: UUID = hub.stage(source, *rows)
    return delivery


def mend(hub: Any, source: str, mended: UUID, before: File, after: File) -> UUID:
    """Publish the rows of `after` that differ as a delivery that mends another."""
    differing = [n for n in before.keys() | after.keys() if before.get(n) != after.get(n)]
    delivery = stage(hub, source, {n: after[n] for n in sorted(differing) if n in after})
    hub.connection.execute("update delivery set mends = %s where id = %s", (mended, delivery))
    act_as_importer(hub.connection)
    hub.connection.execute("drop table if exists superseded")
    hub.connection.execute(
        "create temp table superseded on commit drop as select 1::smallint as sheet, row"
        " from unnest(%s::int[]) row",
        (differing,),
    )
    publish(hub.connection, delivery, mends=mended)
    hub.connection.execute("update delivery set state = 'PUBLISHED' where id = %s", (delivery,))
    return delivery


def publish_whole(hub: Any, source: str, file: File) -> UUID:
    delivery = stage(hub, source, file)
    hub.publish(delivery, commit=False)
    return delivery


def once(hub: Any, source: str, file: File, first: Others, then: Others) -> Picture:
    """The registry in which the mended file came in the first place."""
    first(hub)
    publish_whole(hub, source, file)
    then(hub)
    told = picture(hub.connection)
    hub.connection.rollback()
    return told


def check(
    hub: Any,
    before: File,
    *after: File,
    source: str = "DTSEN",
    first: Others = nobody,
    then: Others = nobody,
) -> tuple[Any, Any]:
    """Mend a file once or several times and take it back; each time, everything must fit.

    Returns the persons by row before, and after the last mending.
    """
    pictures = [once(hub, source, file, first, then) for file in after]
    first(hub)
    empty = checksums(hub.connection)
    mended = publish_whole(hub, source, before)
    published = checksums(hub.connection)
    then(hub)
    hub.connection.commit()
    persons, sums, done, now = persons_of(hub), [checksums(hub.connection)], [], before
    for file, expected in zip(after, pictures, strict=True):
        done.append(mend(hub, source, mended, now, file))
        now = file
        assert picture(hub.connection) == expected
        sums.append(checksums(hub.connection))
    hub.rebuild()
    hub.publish(done[-1], commit=False)
    hub.publish(mended)
    assert checksums(hub.connection) == sums[-1]
    final = persons_of(hub)
    for delivery in reversed(done):
        sums.pop()
        undo(hub.connection, delivery, "penguji")
        assert checksums(hub.connection) == sums[-1]
    if then is nobody:
        assert sums == [published]
        undo(hub.connection, mended, "penguji")
        assert checksums(hub.connection) == empty
        hub.connection.commit()
    return persons, final


def persons_of(hub: Any) -> dict[int, Any]:
    """The person of each row of the first sheet, of the last delivery that holds it."""
    query = (
        "select s.row, k.target_id from source_person s join person_link k"
        " on k.regency_code = s.regency_code and k.source_id = s.id order by s.delivery_id"
    )
    return dict(hub.values(query))


def family_file(hub: Any) -> File:
    """Family 7 of two persons, family 8 of one, and somebody without any number."""
    ranked = {"rankings": desil(2)}
    return {
        2: [hub.family(7, floor="TILE", **ranked), hub.person(1, kk=7, relation="HEAD")],
        3: [hub.person(2, kk=7, relation="WIFE", receipts=PAID[:1], **ranked)],
        4: [hub.person(3, kk=8, relation="HEAD", receipts=PAID[1:], **ranked)],
        5: [hub.person(name="TANPA NIK", household_key="A", receipts=PAID[:2])],
    }


def test_a_mended_name_keeps_the_person(hub: Any) -> None:
    before = family_file(hub)
    after = {
        **before,
        3: [hub.person(2, kk=7, name="SITI", receipts=PAID[:1], rankings=desil(2))],
        5: [hub.person(name="BAPAK", household_key="A", receipts=PAID[:2])],
    }
    old, new = check(hub, before, after)
    assert new == old


def test_a_mended_nik_makes_another_person(hub: Any) -> None:
    before = family_file(hub)
    after = {**before, 3: [hub.person(9, kk=7, relation="WIFE", receipts=PAID[:1])]}
    old, new = check(hub, before, after)
    assert new.pop(3) != old.pop(3)
    assert new == old


def test_a_nik_found_for_one_without_keeps_the_person(hub: Any) -> None:
    before = family_file(hub)
    after = {**before, 5: [hub.person(9, household_key="A", receipts=PAID[:2])]}
    old, new = check(hub, before, after)
    assert new == old


def test_a_nik_found_that_is_known_joins_its_person(hub: Any) -> None:
    before = family_file(hub)
    after = {**before, 5: [hub.person(1, household_key="A", receipts=PAID[:2])]}
    old, new = check(hub, before, after)
    assert (new[5], new[2]) == (old[2], old[2])


def test_two_rows_that_swap_their_niks_swap_their_persons(hub: Any) -> None:
    before = family_file(hub)
    after = {**before, 3: [hub.person(3, kk=7)], 4: [hub.person(2, kk=8)]}
    old, new = check(hub, before, after)
    assert (new[3], new[4]) == (old[4], old[3])


def test_a_mended_kk_moves_persons_rows_receipts_and_ranks(hub: Any) -> None:
    before = family_file(hub)
    moved = [hub.person(2, kk=8, receipts=PAID[:1], rankings=desil(1))]
    check(hub, before, {**before, 3: moved}, {**before, 2: before[2][1:], 3: moved})
    whole = {
        n: [(t, {**c, "kk": c.get("kk") and hub.kk(6)}) for t, c in r] for n, r in before.items()
    }
    check(hub, before, whole)


def test_a_mended_region_moves_the_family(hub: Any) -> None:
    before = family_file(hub)
    there = {"regency_code": "9936", "village_code": "9936012001"}
    after = {n: [(t, {**c, **there}) for t, c in r] for n, r in before.items()}
    old, new = check(hub, before, after)
    assert new == old
    # With another NIK as well, who goes and who follows are in two regencies.
    elsewhere = [hub.person(4, kk=9, receipts=PAID[1:], **there)]
    check(hub, before, {**before, 4: elsewhere})


def test_a_row_that_was_rejected_comes_in_and_one_goes_out(hub: Any) -> None:
    whole = family_file(hub)
    for missing in (2, 5):
        part = {n: r for n, r in whole.items() if n != missing}
        check(hub, part, whole)
        check(hub, whole, part)


def test_a_file_mended_twice_and_back(hub: Any) -> None:
    before = family_file(hub)
    once = {**before, 3: [hub.person(2, kk=8)], 6: [hub.person(4, kk=8)]}
    del once[5]
    twice = {**once, 3: [hub.person(5, kk=8)], 5: before[5]}
    check(hub, before, once, twice, before)


@pytest.mark.parametrize("place", ["first", "then"])
def test_others_hold_what_the_old_row_held(hub: Any, place: str) -> None:
    def others(hub: Any) -> None:
        hub.deliver("DTKS", hub.person(2, kk=7, name="LAMA", receipts=PAID[1:2]), commit=False)
        keyed = (hub.person(n, household_key="Q") for n in (2, 3))
        hub.deliver("P3KE", hub.family(key="Q"), *keyed, commit=False)

    before = family_file(hub)
    after = {**before, 3: [hub.person(9, kk=8)]}
    check(hub, before, after, **{place: others})


@pytest.mark.parametrize("place", ["first", "then"])
def test_a_listing_loses_the_neighbour_it_followed(hub: Any, place: str) -> None:
    """P3KE listings without KK follow a member's KK, or a shared head, until that is mended."""

    def others(hub: Any) -> None:
        hub.deliver("P3KE", hub.family(key="A"), hub.person(1, household_key="A"), commit=False)
        rows = [hub.person(n, household_key="B", relation="HEAD") for n in (2,)]
        hub.deliver("DTKS", hub.family(key="B"), *rows, commit=False)

    before = {
        2: [hub.person(1, kk=7), hub.family(7)],
        3: [hub.person(2, household_key="C", relation="HEAD"), hub.family(key="C")],
    }
    after = {2: [hub.person(5, kk=7), hub.family(8)], 3: [hub.person(6, household_key="D")]}
    check(hub, before, after, **{place: others})


ANI = {"name": "ANI SUSANTI", "birth_date": "1990-01-01"}
BUDI = {"name": "BUDI HARTONO", "birth_date": "1970-02-02"}


def shared_number(hub: Any) -> File:
    """Two people, one NIK: the first keeps it."""
    return {
        2: [hub.person(1, kk=7, **ANI, relation="HEAD", receipts=PAID[:1])],
        3: [hub.person(1, kk=8, **BUDI, relation="HEAD", receipts=PAID[1:])],
        4: [hub.person(2, kk=8)],
    }


def reviews(hub: Any) -> list[tuple[Any, ...]]:
    return hub.values(
        "select a.name, b.name as other, r.judgement from match_review r"
        " join source_person a on a.id = r.source_id"
        " left join source_person b on b.id = r.other_source_id order by 1, 2"
    )


@pytest.mark.parametrize("row", [2, 3])
def test_a_mended_number_that_two_shared_leaves_nothing_to_review(hub: Any, row: int) -> None:
    before = shared_number(hub)
    (table, said), *_ = before[row]
    after = {**before, row: [(table, {**said, "nik": hub.nik(5)})]}
    old, new = check(hub, before, after)
    # Who had no number of his own stays who he is, with his own number or the one set free.
    assert new[3] == old[3] != old[2]
    assert (new[2] == old[2]) == (row == 3)


def test_a_mended_number_that_is_another_s_is_set_apart(hub: Any) -> None:
    apart = shared_number(hub)
    before = {**apart, 3: [hub.person(3, kk=8, **BUDI, receipts=PAID[1:])]}
    old, new = check(hub, before, apart)
    assert new.pop(3) not in old.values()
    assert new == {n: person for n, person in old.items() if n != 3}


@pytest.mark.parametrize("place", ["first", "then"])
def test_what_waits_is_looked_at_anew_when_a_row_is_mended(hub: Any, place: str) -> None:
    def others(hub: Any) -> None:
        hub.deliver("DUKCAPIL", hub.person(1, **ANI), commit=False)
        hub.deliver("DTKS", hub.person(1, **BUDI, kk=8), commit=False)

    before = shared_number(hub)
    gone = {n: row for n, row in before.items() if n != 2}
    mended = {**before, 3: [hub.person(1, kk=8, **{**BUDI, "birth_date": "1971-03-03"})]}
    agreeing = {**before, 3: [hub.person(1, kk=7, **ANI)]}
    check(hub, before, mended, agreeing, gone, **{place: others})


def test_a_judgement_goes_with_the_row_that_mends_unless_its_number_is_mended(hub: Any) -> None:
    before = shared_number(hub)
    delivery = publish_whole(hub, "DTSEN", before)
    hub.connection.execute("update match_review set judgement = 'DIFFERENT', judged_by = 'x'")
    hub.connection.commit()
    published, old = checksums(hub.connection), persons_of(hub)
    there = {"regency_code": "9936", "village_code": "9936012001"}
    moved = {**before, 3: [hub.person(1, kk=8, **{**BUDI, "name": "ANI"}, **there)]}
    mended = mend(hub, "DTSEN", delivery, before, moved)
    assert reviews(hub) == [("ANI", "ANI SUSANTI", "DIFFERENT")]
    assert persons_of(hub) == old
    corrected = {**moved, 3: [hub.person(5, kk=8, **BUDI)]}
    again = mend(hub, "DTSEN", delivery, moved, corrected)
    assert reviews(hub) == []
    for last in (again, mended):
        undo(hub.connection, last, None)
    assert checksums(hub.connection) == published


def test_rows_of_one_list_still_make_a_duplicate(hub: Any) -> None:
    before: File = {n: [hub.person(1, receipts=PAID[:1])] for n in (2, 3)}
    after = {**before, 3: [hub.person(1, name="SITI", receipts=PAID[:1])]}
    check(hub, before, after, source="RECIPIENTS")
    apart = {**before, 3: [hub.person(2, receipts=PAID[:1])]}
    check(hub, before, apart, source="RECIPIENTS")
    check(hub, apart, before, source="RECIPIENTS")


def test_the_same_list_told_again_is_still_no_duplicate(hub: Any) -> None:
    def again(hub: Any) -> None:
        hub.deliver("RECIPIENTS", hub.person(1, receipts=PAID[:1]), commit=False)

    before: File = {2: [hub.person(1, receipts=PAID[:1])]}
    after: File = {2: [hub.person(1, name="SITI", receipts=PAID[:1])]}
    check(hub, before, after, source="RECIPIENTS", first=again)
    assert hub.flags() == []


def flagged(hub: Any) -> tuple[UUID, File]:
    """A person without a family, flagged by two receipts; the flag is judged."""
    file: File = {2: [hub.person(1, receipts=PAID[:2])], 3: [hub.person(2)]}
    delivery = publish_whole(hub, "RECIPIENTS", file)
    hub.connection.execute("update overlap_flag set status = 'CONFIRMED'")
    refresh_statistics(hub.connection, ["9935"])
    hub.connection.commit()
    return delivery, file


def test_a_judged_flag_stays_with_a_mended_row(hub: Any) -> None:
    delivery, file = flagged(hub)
    flag = hub.one("select id from overlap_flag")
    there = {"regency_code": "9936", "village_code": "9936012001"}
    before = checksums(hub.connection)
    for row in (
        hub.person(1, name="SITI", receipts=PAID[:2]),
        hub.person(5, receipts=PAID[:2]),
        hub.person(2, receipts=PAID[:2]),
        hub.person(5, kk=7, receipts=PAID[:2], **there),
        hub.person(5),
    ):
        mended = mend(hub, "RECIPIENTS", delivery, file, {**file, 2: [row]})
        query = (
            "select f.id, f.status, p.nik from overlap_flag f join person p"
            " on p.regency_code = f.regency_code and p.id = f.subject_id"
        )
        if row[1].get("kk"):  # the flag is then the family's, and the person's own stays judged
            query += " where f.status = 'CONFIRMED'"
        assert hub.all(query) == [{**flag, "status": "CONFIRMED", "nik": row[1]["nik"]}]
        undo(hub.connection, mended, None)
        assert checksums(hub.connection) == before


def test_a_judged_flag_is_not_lost_with_a_row_that_goes(hub: Any) -> None:
    delivery, file = flagged(hub)
    before = checksums(hub.connection)
    with pytest.raises(Refusal) as refused, hub.connection.transaction():
        mend(hub, "RECIPIENTS", delivery, file, {3: file[3]})
    assert "(1 flags)" in refused.value.english
    assert checksums(hub.connection) == before
    hub.connection.execute("update overlap_flag set status = 'OPEN'")
    mend(hub, "RECIPIENTS", delivery, file, {3: file[3]})
    assert hub.flags() == []


def test_a_judged_flag_of_a_family_is_not_lost_with_it(hub: Any) -> None:
    file: File = {2: [hub.family(7, receipts=PAID[:2])], 3: [hub.family(8)]}
    delivery = publish_whole(hub, "DTSEN", file)
    hub.connection.execute("update overlap_flag set status = 'CONFIRMED'")
    hub.connection.commit()
    with pytest.raises(Refusal), hub.connection.transaction():
        mend(hub, "DTSEN", delivery, file, {3: file[3]})
    mend(hub, "DTSEN", delivery, file, {**file, 2: [hub.family(9, receipts=PAID[:2])]})
    judged = "select h.kk, f.status from overlap_flag f join household h on h.id = f.subject_id"
    assert hub.values(judged) == [(hub.kk(9), "CONFIRMED")]


def test_receipts_that_are_still_told_keep_their_ids(hub: Any) -> None:
    before: File = {
        2: [hub.person(1, receipts=PAID[:2]), hub.family(7, receipts=PAID[:1])],
        3: [hub.person(2, receipts=PAID[:1])],
        4: [hub.person(3, receipts=PAID[:2])],
    }
    after = {
        2: [hub.person(1, name="SITI", receipts=PAID[:2]), hub.family(7, receipts=PAID[:1])],
        3: [hub.person(4, receipts=PAID[:1])],
        4: [hub.person(3, receipts=PAID[1:2])],
    }
    mended = publish_whole(hub, "RECIPIENTS", before)
    told = set(hub.values("select id from receipt"))
    mend(hub, "RECIPIENTS", mended, before, after)
    assert len(told & set(hub.values("select id from receipt"))) == 3
    (publication,) = hub.values("select id from publication order by published_at desc limit 1")
    counted = effects(hub.connection, publication)
    assert (counted.receipts_new, counted.receipts_gone) == (2, 3)


def test_what_it_mended_is_counted(hub: Any) -> None:
    before = family_file(hub)
    mended = publish_whole(hub, "DTSEN", before)
    mend(hub, "DTSEN", mended, before, {**before, 3: [hub.person(9, kk=7)], 5: []})
    (publication,) = hub.values("select id from publication order by published_at desc limit 1")
    counted = effects(hub.connection, publication)
    assert (counted.persons_new, counted.persons_gone, counted.households_gone) == (1, 2, 1)
    assert (counted.receipts_gone, counted.receipts_new, counted.flags_withdrawn) == (3, 0, 1)


def test_comparing_and_repairing_see_the_file_as_it_is_mended(hub: Any) -> None:
    before = family_file(hub)
    lost = {"nik_status": "PRECISION_LOST", "birth_date": "1990-01-01"}
    before[6] = [hub.person(**lost, extra={LOST_NIK: "9935010101900000"})]
    before[7] = [hub.person(**lost, extra={LOST_NIK: "9935010101900010"})]
    after = {**before, 3: [hub.person(2, kk=7, name="SITI")], 6: [hub.person(6)]}
    mended = publish_whole(hub, "DTSEN", before)
    mend(hub, "DTSEN", mended, before, after)
    whole = publish_whole(hub, "DTSEN", after)
    sides = [find_delivery(hub.connection, str(identity)) for identity in (mended, whole)]
    assert compare(hub.connection, *sides).none
    assert candidates(hub.connection, mended).lost == 1
    assert candidates(hub.connection, whole).lost == 1


def test_a_delivery_is_not_undone_before_what_mends_it(hub: Any) -> None:
    before: File = {2: [hub.person(1)]}
    mended = publish_whole(hub, "DTSEN", before)
    delivery = mend(hub, "DTSEN", mended, before, {**before, 3: [hub.person(2)]})
    # The rows that differ may lie in a smaller region than the whole.
    hub.connection.execute("update delivery set region_code = '35' where id = %s", (delivery,))
    with pytest.raises(Refusal) as refused:
        undo(hub.connection, mended, None)
    assert str(delivery) in refused.value.english


SOURCES = ("DTSEN", "P3KE", "DTKS", "DUKCAPIL")


def some_rows(hub: Any, chance: random.Random) -> Rows:
    """One row of a file, at random: of a person, of a family, or of both."""
    place = chance.choice([{}, {"regency_code": "9936", "village_code": "9936012001"}])
    place |= chance.choice([{}, {"street": "JALAN", "rt": str(chance.randrange(3))}])
    family = {"kk": chance.choice([None, 7, 8, 9]), "floor": chance.choice([None, "TILE", "EARTH"])}
    key = chance.choice([None, "A", "B", "C"])

    def claims() -> dict[str, Any]:
        paid = chance.sample(PAID, chance.randrange(3))
        ranked = chance.choice([None, None, desil(chance.randint(1, 5))])
        return {name: said for name, said in (("receipts", paid), ("rankings", ranked)) if said}

    person = hub.person(
        chance.choice([None, 1, 2, 3, 4]),
        kk=family["kk"],
        household_key=key,
        relation=chance.choice(["HEAD", "CHILD", None]),
        name=chance.choice(["ANI", "BUDI", "CITRA"]),
        life_status=chance.choice([None, None, "DECEASED"]),
        **claims(),
        **place,
    )
    house = hub.family(**family, key=key, **claims(), **place)
    return chance.choice([[person], [person], [house], [person, house]])


@pytest.mark.parametrize("seed", range(3))
def test_mending_at_random_is_as_if_it_had_come_mended(hub: Any, seed: int) -> None:
    chance = random.Random(seed)

    def file() -> File:
        return {n: some_rows(hub, chance) for n in range(2, 8) if chance.random() < 0.8}

    def others() -> Others:
        rows = [
            (chance.choice(SOURCES), some_rows(hub, chance)) for _ in range(chance.randrange(3))
        ]

        def deliver(hub: Any) -> None:
            for source, of in rows:
                hub.deliver(source, *of, commit=False)

        return deliver

    before, versions = file(), []
    for _ in range(2):
        changed = {n: r for n, r in file().items() if chance.random() < 0.4}
        kept = {n: r for n, r in (versions or [before])[-1].items() if chance.random() < 0.9}
        versions.append({**kept, **changed})
    check(hub, before, *versions, source=chance.choice(SOURCES), first=others(), then=others())
