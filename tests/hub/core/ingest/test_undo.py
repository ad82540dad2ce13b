"""Undoing a publication leaves the registry exactly as it was before it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from checksums import checksums
from lists import nik, recipients

from adapters.delivery import Options
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.effects import foresee
from hub.core.ingest.importing import import_file, known_file
from hub.core.ingest.undo import effects_of, undo
from hub.core.registry.journal import Effects
from hub.demo.options import Manifest, SampleOptions
from hub.demo.run import _options
from hub.demo.sample import generate

OPTIONS = Options(region_system="kemendagri")
Connection = psycopg.Connection[Any]
LAYOUTS = (
    "dtks-siksng-bnba",
    "dtsen-person-v1-2026",
    "dukcapil-siak",
    "p3ke-2023-family",
    "pk-member",
    "recipients-generic",
    "regsosek-2022k-members",
    "sepakat-indicator",
    "sepakat-intervention",
    "sipd-dpa",
)


@pytest.fixture
def connection(store_url: str) -> Iterator[Connection]:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("sample")
    return folder, generate(
        SampleOptions(out=folder, households=40, regencies=("3520",), layouts=LAYOUTS)
    )


def rows(connection: Connection, table: str) -> dict[Any, dict[str, Any]]:
    """The rows by id, without `updated_at`."""
    query = f"select id, to_jsonb(x) - 'updated_at' from {table} x"
    return dict(connection.execute(query).fetchall())


def difference(before: dict[str, Any], after: dict[str, Any]) -> Effects:
    """What an import did, found the long way: by comparing all rows."""

    def new(table: str) -> int:
        return len(after[table].keys() - before[table].keys())

    def gone(table: str) -> int:
        return len(before[table].keys() - after[table].keys())

    def both(table: str) -> list[tuple[Any, Any]]:
        kept = before[table].keys() & after[table].keys()
        return [(before[table][key], after[table][key]) for key in kept]

    deciles = [(one["decile"] or 0, other["decile"] or 0) for one, other in both("household")]
    ranked = [(one, other) for one, other in deciles if one and other]
    return Effects(
        persons_new=new("person"),
        persons_changed=sum(one != other for one, other in both("person")),
        persons_gone=gone("person"),
        households_new=new("household"),
        households_changed=sum(one != other for one, other in both("household")),
        households_gone=gone("household"),
        deciles_up=sum(other > one for one, other in ranked),
        deciles_down=sum(other < one for one, other in ranked),
        receipts_new=new("receipt"),
        receipts_gone=gone("receipt"),
        flags_raised=new("overlap_flag"),
        flags_withdrawn=gone("overlap_flag"),
    )


def test_every_source_goes_back_in_turn_and_was_foreseen(
    connection: Connection, sample: tuple[Path, Manifest]
) -> None:
    folder, manifest = sample
    compared = ("person", "household", "receipt", "overlap_flag")
    sums, done, seen = [checksums(connection)], [], []
    now = {table: rows(connection, table) for table in compared}
    for entry in {entry.path: entry for entry in manifest.files}.values():
        foreseen = foresee(connection, folder / entry.path, _options(entry))
        assert checksums(connection) == sums[-1]
        imported = import_file(connection, folder / entry.path, _options(entry), actor="penguji")
        before, now = now, {table: rows(connection, table) for table in compared}
        if imported.delivery_id is None:  # a list of nobody
            assert foreseen.refused
            continue
        assert foreseen.effects == difference(before, now), entry.path
        assert effects_of(connection, imported.delivery_id) == foreseen.effects
        sums.append(checksums(connection))
        done.append(imported.delivery_id)
        seen.append(foreseen.effects)
    for name in ("persons_new", "persons_changed", "households_changed", "flags_raised"):
        assert any(getattr(effects, name) for effects in seen), name
    for delivery in reversed(done):
        sums.pop()
        undo(connection, delivery, "penguji")
        assert checksums(connection) == sums[-1]
    states = connection.execute("select distinct state, published_at from delivery").fetchall()
    assert states == [("UNDONE", None)]
    assert connection.execute("select count(*) from publication_change").fetchone() == (0,)


def test_families_that_merged_moved_and_lost_their_flag_come_back(hub: Any) -> None:
    paid = [hub.receipt(p, "2024-01-01", None) for p in ("PKH", "BLT_DD")]
    hub.deliver("P3KE", hub.family(key="A"), hub.person(1, household_key="A", relation="HEAD"))
    hub.deliver("DTKS", hub.family(key="B"), hub.person(2, household_key="B", receipts=paid[1:]))
    hub.deliver("RECIPIENTS", hub.person(1, receipts=paid[:1]), hub.person(3, receipts=paid))
    before, flags = checksums(hub.connection), hub.flags()
    assert (len(hub.families()), len(flags)) == (2, 1)
    there = {"kk": 7, "regency_code": "9936", "village_code": "9936012001"}
    together = [hub.family(**there), *(hub.person(n, **there) for n in (1, 2))]
    dead = hub.person(3, kk=8, life_status="DECEASED", civil_registry_match="DECEASED")
    delivery = hub.deliver("DTSEN", *together, dead, on="2025-01-01")
    (seven, eight) = hub.families()
    assert (seven[1], eight[1]) == (["ORANG 1", "ORANG 2"], ["ORANG 3"])
    assert hub.person_of(1)["regency_code"] == "9936"
    assert hub.flags() != flags
    effects = effects_of(hub.connection, delivery)
    assert (effects.persons_new, effects.persons_changed, effects.households_gone) == (0, 3, 1)
    assert effects.flags_raised
    undo(hub.connection, delivery, None)
    assert checksums(hub.connection) == before
    assert hub.flags() == flags


def test_a_withdrawn_flag_comes_back(hub: Any) -> None:
    paid = [hub.receipt(p, "2024-01-01", None) for p in ("PKH", "BLT_DD")]
    hub.deliver("DTKS", hub.person(1, household_key="A", receipts=paid[:1]))
    hub.deliver("DTKS", hub.person(2, household_key="A", receipts=paid[1:]))
    before, flags = checksums(hub.connection), hub.flags()
    assert len(flags) == 1
    delivery = hub.deliver("DUKCAPIL", hub.person(1, kk=7), hub.person(2, kk=8), on="2025-01-01")
    assert hub.flags() == []
    assert effects_of(hub.connection, delivery).flags_withdrawn == 1
    undo(hub.connection, delivery, None)
    assert checksums(hub.connection) == before


def test_who_pulls_by_updated_at_hears_of_it(hub: Any) -> None:
    hub.deliver("P3KE", hub.person(1, household_key="A", name="ANI"))
    delivery = hub.deliver("DUKCAPIL", hub.person(1, name="ANI SITI"), on="2025-01-01")
    changed = hub.person_of(1)
    undo(hub.connection, delivery, None)
    back = hub.person_of(1)
    assert (changed["name"], back["name"]) == ("ANI SITI", "ANI")
    assert back["updated_at"] > changed["updated_at"]


def refused(hub: Any, delivery: UUID) -> str:
    before = checksums(hub.connection)
    with pytest.raises(Refusal) as error:
        undo(hub.connection, delivery, None)
    assert checksums(hub.connection) == before
    return error.value.english


def test_what_others_rest_on_is_not_undone_before_them(hub: Any) -> None:
    first = hub.deliver("P3KE", hub.family(key="A"), hub.person(1, household_key="A"))
    # It says nothing new of the person, but the person would go.
    second = hub.deliver("DTKS", hub.person(1))
    third = hub.deliver("DUKCAPIL", hub.person(2))
    assert str(second) in refused(hub, first)
    assert str(third) not in refused(hub, first)
    undo(hub.connection, second, None)
    undo(hub.connection, first, None)
    assert hub.values("select nik from person") == [hub.nik(2)]


def test_only_the_last_of_a_source_is_undone(hub: Any) -> None:
    first, second = (hub.deliver("P3KE", hub.person(n)) for n in (1, 2))
    assert str(second) in refused(hub, first)
    undo(hub.connection, second, None)
    assert "not published" in refused(hub, second)
    undo(hub.connection, first, None)


def test_a_delivery_from_before_the_journal_stays(hub: Any) -> None:
    delivery = hub.deliver("P3KE", hub.person(1))
    hub.connection.execute("delete from publication_change")
    hub.connection.execute("delete from publication")
    assert "journal" in refused(hub, delivery)


def test_a_judged_flag_is_not_taken_from_its_judge(hub: Any) -> None:
    paid = [hub.receipt(p, "2024-01-01", None) for p in ("PKH", "BLT_DD")]
    delivery = hub.deliver("RECIPIENTS", hub.person(1, receipts=paid))
    hub.connection.execute("update overlap_flag set status = 'CONFIRMED'")
    hub.connection.execute(
        "insert into flag_event (regency_code, flag_id, status, actor, at)"
        " select regency_code, id, status, 'petugas', clock_timestamp() from overlap_flag"
    )
    assert "judged" in refused(hub, delivery)


def test_a_rebuild_that_changed_nothing_is_no_obstacle_and_one_that_did_is(hub: Any) -> None:
    delivery = hub.deliver("P3KE", hub.person(1, name="ANI"))
    hub.rebuild()
    hub.connection.execute("update source_person set name = 'ANI SITI'")
    with hub.connection.transaction(force_rollback=True):
        undo(hub.connection, delivery, None)
        assert hub.all("select from person") == []
    hub.rebuild()
    assert "hub rebuild" in refused(hub, delivery)


def test_an_undone_file_is_imported_again_under_its_id(
    connection: Connection, tmp_path: Path
) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", ";;PKH;2024-03")
    first = import_file(connection, file, OPTIONS)
    facts = "select programme, period_start, amount, status, basis, ordinal from receipt"
    told = connection.execute(facts).fetchall()
    assert first.delivery_id is not None
    undo(connection, first.delivery_id, "penguji")
    assert not known_file(connection, first.checked.sha256)
    assert connection.execute(facts).fetchall() == []
    again = import_file(connection, file, OPTIONS)
    assert (again.already, again.delivery_id) == (False, first.delivery_id)
    assert connection.execute(facts).fetchall() == told
    counts = "select (select count(*) from quarantine), (select count(*) from delivery_issue)"
    assert connection.execute(counts).fetchone() == (1, len(again.checked.issues))
    assert import_file(connection, file, OPTIONS).already
    assert foresee(connection, file, OPTIONS).already
