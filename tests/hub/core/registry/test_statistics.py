"""The kept counts are at any time those that counting the registry would give."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

from hub.core.store.engine import sqlalchemy_url

ROOT = Path(__file__).resolve().parents[4]
VILLAGES = ("9935012001", "9935012002", "9935022001")
AWAY = {"regency_code": "9936", "village_code": "9936012001"}
EVERYTHING = "select * from region_statistic order by 1, 2, 3, 4, 5, 6, 7"

Count = tuple[str, ...]
Row = dict[str, Any]


def kept(hub: Any) -> dict[Count, tuple[int, ...]]:
    """What is kept: households, persons and entries by all the rest."""
    return {tuple(row[:7]): tuple(row[7:]) for row in hub.values(EVERYTHING)}


def counted(hub: Any) -> dict[Count, tuple[int, ...]]:
    """The same, counted thing by thing."""
    families = {row["id"]: row for row in hub.all("select * from household")}
    persons = {row["id"]: row for row in hub.all("select * from person")}
    members = defaultdict(set)
    for row in persons.values():
        members[row["household_id"]].add(row["id"])
    found: dict[Count, tuple[set[Any], set[Any], set[Any]]] = {}

    def add(place: Row, about: Count, *things: set[Any]) -> None:
        regency, village = place["regency_code"], place["village_code"]
        for region in {regency, village[:6], village} if village else {regency}:
            sums = found.setdefault((regency, region, *about), (set(), set(), set()))
            for known, new in zip(sums, things, strict=True):
                known |= new - {None}

    def add_family(home: Row, *about: str) -> None:
        add(home, about, {home["id"]}, members[home["id"]], set())

    for home in families.values():
        add_family(home, "ALL", "", "", "", "")
        add_family(home, "DECILE", "", "", desil(home), "")
        add_family(home, "WELFARE", "", "", home["welfare_status"], "")
    for row in hub.all("select * from ranking"):
        home = families[row["household_id"]]
        add_family(home, "RANKING", row["source"], row["edition"], desil(row), "")
    for row in hub.all("select * from receipt where status <> 'STOPPED'"):
        person = persons.get(row["person_id"], {})
        home = families.get(row["household_id"] or person.get("household_id"), {})
        about = ("PROGRAMME", "", "", row["programme"], "")
        add(home or person, about, {home.get("id")}, {row["person_id"]}, {row["id"]})
    for row in hub.all("select * from overlap_flag"):
        person = persons.get(row["person_id"], {})
        home = families.get(row["household_id"] or person.get("household_id"), {})
        about = ("FLAG", "", "", row["rule_code"], row["status"])
        add(home or person, about, set(), set(), {row["id"]})
    return {about: tuple(map(len, sums)) for about, sums in found.items()}


def desil(row: dict[str, Any]) -> str:
    """The key of a desil."""
    return "NONE" if row["decile"] is None else f"{row['decile']:02}"


def deliveries(hub: Any) -> Iterator[Callable[[], object]]:
    """Publications that add, contradict, regroup, move and take away."""
    pkh, blt = (hub.receipt(p, "2024-01-01", "2024-03-31") for p in ("PKH", "BLT_DD"))
    pip, kur = (hub.receipt(p, "2024-01-01", None) for p in ("PIP", "KUR"))
    stopped = hub.receipt("SEMBAKO", "2024-01-01", None, status="STOPPED")
    national = [{"scope": "NATIONAL", "decile": 1}, {"scope": "REGENCY", "decile": 3}]
    unranked = [{"scope": "NATIONAL", "percentile": 40}]
    yield lambda: hub.deliver(
        "DTSEN",
        hub.family(1, village_code=VILLAGES[0], rankings=national),
        hub.family(2, village_code=VILLAGES[1], rankings=unranked),
        hub.family(3, village_code=VILLAGES[2], rankings=[{"scope": "NATIONAL", "decile": 10}]),
        hub.family(4),  # somewhere in the regency
        hub.family(5, **AWAY),
        *(hub.person(n, kk=1 + n % 5, relation="CHILD") for n in range(1, 14)),
    )
    yield lambda: hub.deliver(
        "RECIPIENTS",
        hub.person(1, receipts=[pkh, blt, stopped]),
        hub.person(2, receipts=[pip, kur]),
        hub.person(3, receipts=[pip, pkh]),
        hub.person(50, receipts=[pip, kur, kur], village_code=VILLAGES[0]),
        hub.person(51, receipts=[pkh, blt], regency_code="0000"),
        hub.person(receipts=[kur], village_code=VILLAGES[2]),
    )
    yield lambda: hub.deliver(
        "P3KE", hub.family(1, rankings=[{"scope": "NATIONAL", "decile": 4}], receipts=[pkh])
    )
    yield lambda: hub.deliver("DTSEN", hub.family(1, **AWAY), on="2025-01-01")
    yield lambda: hub.deliver(
        "DUKCAPIL", hub.person(3, kk=2), hub.person(51, kk=2), on="2025-02-01"
    )
    yield lambda: hub.deliver(
        "DUKCAPIL", hub.person(8, kk=5, life_status="DECEASED", **AWAY), on="2025-03-01"
    )


def test_the_kept_counts_are_exact_after_every_publication(hub: Any) -> None:
    for deliver in deliveries(hub):
        before = kept(hub)
        deliver()
        assert kept(hub) == counted(hub) != before
    dimensions = {"ALL", "DECILE", "WELFARE", "RANKING", "PROGRAMME", "FLAG"}
    assert {about[2] for about in kept(hub)} == dimensions


def test_the_kept_counts_are_exact_after_a_rebuild(hub: Any) -> None:
    for deliver in deliveries(hub):
        deliver()
    # What a person has judged counts anew with the next publication that bears on the regency.
    hub.connection.execute("update overlap_flag set status = 'CONFIRMED'")
    hub.rebuild()
    assert kept(hub) == counted(hub)
    assert {about[6] for about in kept(hub) if about[2] == "FLAG"} == {"CONFIRMED"}
    hub.connection.execute("truncate region_statistic")
    hub.rebuild()
    assert kept(hub) == counted(hub)


def test_who_moves_is_counted_there_and_no_longer_here(hub: Any) -> None:
    families = "select region_code, households, persons from region_statistic"
    families += " where dimension = 'ALL' order by region_code"
    hub.deliver("P3KE", hub.family(7, village_code=VILLAGES[0]), hub.person(1, kk=7))
    assert hub.values(families) == [(c, 1, 1) for c in ("9935", "993501", VILLAGES[0])]
    hub.deliver("DTSEN", hub.family(7, **AWAY), on="2025-01-01")
    assert hub.values(families) == [(c, 1, 1) for c in ("9936", "993601", "9936012001")]
    assert {about[0] for about in kept(hub)} == {"9936"}


def test_a_publication_touches_its_own_regencies_only(hub: Any) -> None:
    hub.deliver("DTSEN", hub.family(1), hub.family(2, **AWAY))
    hub.connection.execute("update region_statistic set households = 99")
    hub.deliver("DTSEN", hub.family(3))
    told = "select households from region_statistic where dimension = 'ALL' and region_code = %s"
    assert hub.values(told, "9935") == [2]
    assert hub.values(told, "9936") == [99]


def test_a_failed_publication_leaves_the_counts_as_they_were(hub: Any) -> None:
    hub.deliver("DTSEN", hub.family(1))
    before = kept(hub)
    hub.deliver("DTSEN", hub.family(2), commit=False)
    assert kept(hub) != before
    hub.connection.rollback()
    assert kept(hub) == before


def test_the_migration_counts_what_is_there(hub: Any, store_url: str) -> None:
    for deliver in deliveries(hub):
        deliver()
    before = kept(hub)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(store_url).replace("%", "%%"))
    hub.connection.commit()
    command.downgrade(config, "0002")
    command.upgrade(config, "head")
    assert kept(hub) == before
