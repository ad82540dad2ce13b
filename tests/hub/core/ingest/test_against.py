"""What rows of a file say otherwise than the registry."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
import seed
from tables import Row, sheet

from adapters import delivery
from adapters.base import RawFile, RawSheet
from adapters.checked import Checked
from adapters.delivery import Options, check_file
from hub.core.ingest.against import NAMELESS, against_registry
from hub.core.store.scope import ScopeError
from validation.issues import SCHEMA, render, severities

HEADINGS: Row = [
    "nomor_induk_kependudukan",
    "nomor_kartu_keluarga",
    "nama",
    "tanggal_lahir",
    "jenis_kelamin",
    "status_hubungan_keluarga",
]
FAMILY_HEADINGS: Row = ["id_keluarga", "no_kk", "nama_kepala_keluarga", "nik", "desil_nasional"]
ON = date(2024, 3, 31)
HEAD = "Kepala keluarga"
SELF: dict[str, Any] = {"name": "BUDI HARTONO", "birth_date": "1990-12-05", "sex": "MALE"}


def row(nik: str | None, **other: str | None) -> Row:
    """A row of a DTSEN file about the person that the registry holds as `SELF`."""
    own: dict[str, str | None] = {
        "kk": None,
        "name": "BUDI HARTONO",
        "born": "05/12/1990",
        "sex": None,
        "relation": "Anak",
    }
    return [nik, *(own | other).values()]


def checked(*sheets: RawSheet, on: date = ON) -> Checked:
    raw = RawFile("xlsx", "00", 1, None, None, sheets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "read", lambda _: raw)
        found = check_file(Path("daftar.xlsx"), Options(region="3520", reference_date=on))
    assert not found.refused
    return found


def told(hub: Any, *rows: Row, on: date = ON, regions: tuple[str, ...] = ("",)) -> pl.DataFrame:
    found = against_registry(hub.connection, checked(sheet(HEADINGS, *rows), on=on), regions)
    assert found.schema == SCHEMA
    return found


def codes(found: pl.DataFrame) -> list[tuple[int, str, str]]:
    """Row, Excel letter and code of each issue."""
    return found.select("row", "letter", "code").rows()


def test_an_empty_registry_and_an_equal_one_say_nothing(hub: Any) -> None:
    assert told(hub, row(hub.nik(1))).is_empty()
    hub.deliver("DTSEN", hub.person(1, kk=5, relation="HEAD", **SELF))
    same = row(hub.nik(1), kk=hub.kk(5), sex="Laki-laki", relation="Kepala keluarga")
    assert told(hub, same, row(hub.nik(2)), row(None)).is_empty()


BIRTHS = {
    "12/05/1990": ("REGISTRY_BIRTH_SWAPPED", None),
    "05/12/1991": ("REGISTRY_BIRTH_SLIP", None),
    "06/12/1990": ("REGISTRY_BIRTH_SLIP", None),
    "05/12/1980": ("REGISTRY_AGE_JUMP", "10"),
    "17/03/1978": ("REGISTRY_AGE_JUMP", "13"),
    "31/12/1991": ("REGISTRY_AGE_JUMP", "1"),
    "17/10/1990": None,
    "30/11/1991": None,
    None: None,
}


def test_birth_dates_far_apart_and_mistyped_ones_are_told(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, **SELF))
    found = told(hub, *[row(hub.nik(1), born=born) for born in BIRTHS])
    expected = [(n, "D", *of) for n, of in enumerate(BIRTHS.values(), start=2) if of]
    assert found.select("row", "letter", "code", "found").rows() == expected


def test_only_a_name_of_somebody_else_is_told(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, **SELF))
    same = ("BUDI", "H. Hartono Budi", "BUDHI HARTONO, S.PD", None)
    found = told(hub, *[row(hub.nik(1), name=name) for name in ("SITI RAHAYU", *same)])
    assert codes(found) == [(2, "C", "REGISTRY_NAME_OTHER")]


def test_whom_the_registry_has_no_name_for_is_nobody_else(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, kk=5, relation="HEAD", **SELF | {"name": None}))
    assert hub.person_of(1)["name"] == NAMELESS
    assert told(hub, row(hub.nik(1)), row(None, kk=hub.kk(5), relation=HEAD)).is_empty()
    assert told(hub, row(hub.nik(2), kk=hub.kk(5), relation=HEAD)).height == 1


def test_another_sex_is_told(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, **SELF))
    found = told(hub, row(hub.nik(1), sex="Perempuan"), row(hub.nik(1), sex="Laki-laki"))
    assert codes(found) == [(2, "E", "REGISTRY_SEX_OTHER")]


def test_another_family_is_told_when_the_editions_are_close(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, kk=5, **SELF), on="2024-01-01")
    moved = row(hub.nik(1), kk=hub.kk(6))
    (found,) = told(hub, moved).select("letter", "code", "value", "expected", "found").rows()
    masked = ("993501********01", "993501********05", "993501********06")
    assert found == ("B", "REGISTRY_KK_OTHER", *masked)
    assert told(hub, moved, on=date(2024, 7, 2)).height == 1
    assert told(hub, moved, on=date(2024, 7, 3)).is_empty()
    assert told(hub, moved, on=date(2023, 7, 1)).is_empty()
    assert told(hub, row(hub.nik(1), kk="123")).is_empty()


def test_a_living_person_whom_the_civil_registry_calls_deceased_is_told(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, **SELF), hub.person(2, life_status="DECEASED", **SELF))
    dead = {"civil_registry_match": "DECEASED"}
    hub.deliver("DUKCAPIL", hub.person(1, **SELF, **dead), on="2024-02-01")
    found = told(hub, row(hub.nik(1)), row(hub.nik(2)))
    assert codes(found) == [(2, "A", "REGISTRY_DECEASED")]
    assert found["expected"].to_list() == ["01/02/2024"]
    assert told(hub, row(hub.nik(1)), on=date(2024, 1, 31)).is_empty()


def test_a_row_that_knows_of_the_death_or_of_its_correction_is_not_told(hub: Any) -> None:
    hub.deliver("DUKCAPIL", hub.person(1, life_status="DECEASED", **SELF), on="2024-02-01")
    given = checked(sheet(HEADINGS, row(hub.nik(1))))
    (table,) = given.tables

    def issues(source: str, **stated: str) -> int:
        rows = table.accepted.with_columns(
            pl.lit(term).alias(f"person.{name}") for name, term in stated.items()
        )
        changed = replace(given, source=source, tables=(replace(table, accepted=rows),))
        return against_registry(hub.connection, changed).height

    assert issues("DTSEN", life_status="DECEASED") == 0
    assert issues("DUKCAPIL", civil_registry_match="DECEASED") == 0
    assert issues("DUKCAPIL", life_status="ALIVE") == 0
    assert issues("DTSEN", life_status="ALIVE") == 1
    assert issues("DTSEN", life_status="UNKNOWN") == 1
    assert issues("P3KE", civil_registry_match="MATCHED") == 1


def test_a_second_head_of_a_family_is_told(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, kk=5, relation="HEAD", **SELF))
    second = row(hub.nik(2), kk=hub.kk(5), relation=HEAD)
    found = told(hub, second, row(hub.nik(3), kk=hub.kk(5)))
    assert codes(found) == [(2, "F", "REGISTRY_HEAD_OTHER")]
    assert found.select("value", "expected").row(0) == ("993501********02", "993501********05")
    # An older file may name the head of its time.
    assert told(hub, second, on=date(2023, 12, 31)).is_empty()
    assert told(hub, second, on=date(2024, 1, 1)).height == 1


@pytest.mark.parametrize("where", [5, 6])
def test_a_former_head_who_is_in_the_file_is_no_second_one(hub: Any, where: int) -> None:
    hub.deliver("DTSEN", hub.person(1, kk=5, relation="HEAD", **SELF), on="2023-01-01")
    former = row(hub.nik(1), kk=hub.kk(where), relation="Lainnya")
    assert told(hub, row(hub.nik(2), kk=hub.kk(5), relation=HEAD), former).is_empty()


def test_the_head_after_a_dead_one_is_no_second_one(hub: Any) -> None:
    dead = {"life_status": "DECEASED", "relation": "HEAD"}
    hub.deliver("DTSEN", hub.person(1, kk=5, **dead, **SELF))
    assert told(hub, row(hub.nik(2), kk=hub.kk(5), relation=HEAD)).is_empty()


@pytest.mark.parametrize("known", [1, None])
def test_a_family_file_that_names_another_head_is_told(hub: Any, known: int | None) -> None:
    hub.deliver("DTSEN", hub.person(known, kk=5, relation="HEAD", **SELF))
    families: list[Row] = [
        ["1", hub.kk(5), "SITI RAHAYU", hub.nik(2), "1"],
        ["2", hub.kk(5), "SITI RAHAYU", None, "1"],
        ["3", hub.kk(5), "BUDI HARTONO", None, "1"],
        # Two NIKs are two people, whatever their names.
        ["4", hub.kk(5), "BUDI HARTONO", hub.nik(2), "1"],
    ]
    found = against_registry(hub.connection, checked(sheet(FAMILY_HEADINGS, *families)))
    assert found.select("letter", "code").unique().rows() == [("D", "REGISTRY_HEAD_OTHER")]
    values = {2: "993501********02", 3: None, 5: "993501********02"}
    expected = list(values.items())[: 3 if known else 2]
    assert found.select("row", "value").rows() == expected


def test_sheets_are_told_apart_and_know_of_each_other(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, kk=5, relation="HEAD", **SELF))
    turned: Row = list(reversed(HEADINGS))
    second = row(hub.nik(2), kk=hub.kk(5), relation=HEAD)
    there = row(hub.nik(1), kk=hub.kk(5), name="SITI RAHAYU", relation="Lainnya")
    both = checked(sheet(HEADINGS, second), sheet(turned, list(reversed(there)), name="Dua"))
    found = against_registry(hub.connection, both)
    assert found.select("sheet", "row", "letter", "code").rows() == [
        (1, 2, "D", "REGISTRY_NAME_OTHER")
    ]


def test_nothing_is_learnt_of_other_regions(hub: Any) -> None:
    hub.deliver(
        "DTSEN",
        hub.person(1, kk=5, relation="HEAD", village_code="9935012001", **SELF),
        hub.family(5, village_code="9935012001"),
    )
    other = row(hub.nik(1), kk=hub.kk(6), name="SITI RAHAYU", born="01/02/1950", sex="Perempuan")
    head = row(hub.nik(2), kk=hub.kk(5), relation=HEAD)
    assert told(hub, other).height == 4
    assert told(hub, head).height == 1
    for seen in ("99", "9935", "993501", "9935012001"):
        assert told(hub, other, regions=("12", seen)).height == 4
        assert told(hub, head, regions=(seen,)).height == 1
    for unseen in (("12",), ("993502",), ("9935012002",), ()):
        assert told(hub, other, regions=unseen).is_empty()
        assert told(hub, head, regions=unseen).is_empty()
    with pytest.raises(ScopeError):
        told(hub, other, regions=("1",))


def test_the_person_in_scope_does_not_betray_a_family_that_is_not(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, kk=5, **SELF))
    hub.connection.execute("update person set village_code = '9935012001'")
    hub.connection.execute("update household set village_code = '9935022001'")
    moved = row(hub.nik(1), kk=hub.kk(6), name="SITI RAHAYU")
    assert codes(told(hub, moved, regions=("993501",))) == [(2, "C", "REGISTRY_NAME_OTHER")]
    assert told(hub, moved).height == 2


def test_no_name_of_the_registry_and_no_whole_number_is_told(hub: Any) -> None:
    hub.deliver("DTSEN", hub.person(1, kk=4, **SELF), hub.person(3, kk=5, relation="HEAD"))
    hub.deliver("DUKCAPIL", hub.person(1, life_status="DECEASED", **SELF))
    other = {"kk": hub.kk(6), "name": "SITI RAHAYU", "born": "01/02/1950", "sex": "Perempuan"}
    found = told(hub, row(hub.nik(1), **other), row(hub.nik(2), kk=hub.kk(5), relation=HEAD))
    assert found.height == 6
    assert found.select(severities(pl.col("code"))).to_series().unique().to_list() == ["WARNING"]
    for detail in found.to_dicts():
        for language in ("id", "en"):
            text = " ".join(render(detail["code"], detail, language))  # type: ignore[arg-type]
            assert not [name for name in ("BUDI", "SITI", "ORANG 3") if name in text]
            assert "***." not in text
            assert not [word for word in text.split() if word.isdigit() and len(word) > 8]


def test_the_seeded_registry_and_a_second_time_in_one_transaction(store_url: str) -> None:
    seed.fill(store_url)
    father = seed.NIKS[seed.FATHER]
    stranger = checked(
        sheet(HEADINGS, row(father, kk=seed.KK[seed.B], name="SITI", born="01/01/1950"))
    )
    with psycopg.connect(store_url) as connection:
        first = against_registry(connection, stranger, ("3520",))
        again = against_registry(connection, stranger, ("3520",))
        assert codes(first) == [(2, "C", "REGISTRY_NAME_OTHER"), (2, "D", "REGISTRY_AGE_JUMP")]
        assert first.equals(again)
        assert against_registry(connection, stranger, ("5206",)).is_empty()
