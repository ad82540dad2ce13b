"""What unknown headings are taken for, by name and by values, and what a mapping makes of them."""

import csv
from pathlib import Path

import polars as pl
import pytest
from lists import nik
from tables import sheet

from adapters.delivery import Options, check_file
from adapters.matching import MOST, Proposal, fingerprint, propose
from adapters.recognise import recognise
from mappings.load import layouts
from mappings.model import Layout

SPELLINGS = Path(__file__).with_name("heading_spellings.csv")
DTKS = layouts()["dtks-siksng-export"]
BDT = layouts()["bdt-2015-opensid"]
NIKS = [nik(i, "550680" if i % 2 else "150680") for i in range(40)]
FAMILIES = [f"352001150680{9000 + i // 4}" for i in range(40)]


def proposed(layout: Layout, heading: str, *values: str | None) -> list[Proposal]:
    rows = pl.DataFrame({"c0": pl.Series(values or [None], dtype=pl.String)})
    return propose(layout, [(heading, 0)], [], rows)


def spellings() -> list[tuple[str, str, str]]:
    with SPELLINGS.open(encoding="utf-8") as stream:
        return [(r["layout"], r["judul"], r["kolom"]) for r in csv.DictReader(stream)]


def test_the_list_of_spellings_is_long() -> None:
    assert len(spellings()) >= 40


@pytest.mark.parametrize(("layout", "heading", "column"), spellings())
def test_a_heading_as_stewards_spell_it_finds_its_column(
    layout: str, heading: str, column: str
) -> None:
    assert [p.column.heading for p in proposed(layouts()[layout], heading)] == [column]


@pytest.mark.parametrize("heading", ["WARNA KESUKAAN", "No", "Tanda Tangan", "Koordinat", "Foto"])
def test_a_heading_of_something_else_is_left_alone(heading: str) -> None:
    assert proposed(DTKS, heading) == []
    assert proposed(DTKS, heading, "a", "b") == []


@pytest.mark.parametrize(
    ("layout", "values", "column"),
    [
        ("dtks-siksng-export", NIKS, "NIK"),
        ("dtks-siksng-export", [f"'{n}" for n in NIKS], "NIK"),
        ("dtks-siksng-export", FAMILIES, "NO KK"),
        ("dtks-siksng-bnba", ["35.20.01.2001", "35.20.01.2002"] * 9, "id_desa"),
        ("dtks-siksng-bnba", ["3520012001", "3520012002"] * 9, "id_desa"),
        ("dtks-siksng-bnba", ["352001"] * 9, "id_kec"),
        ("bdt-art", ["15/06/1980", "1990-01-31"] * 9, "TglLahir"),
    ],
)
def test_values_alone_can_tell_a_column(layout: str, values: list[str], column: str) -> None:
    (found,) = proposed(layouts()[layout], "Kolom X", *values)
    assert found.column.heading == column
    assert "isi cocok" in found.reason


def test_labels_of_a_code_list_tell_its_column() -> None:
    found = proposed(layouts()["p3ke-2023-person"], "X", *["Laki-Laki", "Perempuan"] * 10)
    assert [p.column.to for p in found] == ["person.sex"]


def test_values_that_contradict_a_name_outweigh_it() -> None:
    assert [p.column.heading for p in proposed(DTKS, "Almt")] == ["Alamat"]
    assert [p.column.heading for p in proposed(DTKS, "Almt", *NIKS)] == ["NIK"]
    assert proposed(DTKS, "No. KTP", *["PONCOL", "PLAOSAN"] * 10) == []


def test_name_and_values_together_are_surer_than_either() -> None:
    (both,), (name,), (values,) = (
        proposed(DTKS, "No KTP", *NIKS), proposed(DTKS, "No KTP"), proposed(DTKS, "X", *NIKS),
    )  # fmt: skip
    assert 1 >= both.confidence > max(name.confidence, values.confidence)
    assert "judul mirip" in both.reason
    assert "heading" in both.reason
    assert NIKS[0] not in both.reason


def test_every_column_is_proposed_once_and_none_that_is_taken() -> None:
    rows = pl.DataFrame({"c0": NIKS, "c1": NIKS})
    headings = [("No KTP", 0), ("No. NIK", 1)]
    assert len(propose(DTKS, headings, [], rows)) == 1
    taken = [c for c in DTKS.columns if c.read in ("nik", "kk")]
    assert propose(DTKS, headings, taken, rows) == []


def test_a_thousand_unknown_headings_are_not_all_looked_at() -> None:
    rows = pl.DataFrame({f"c{i}": pl.Series([None], dtype=pl.String) for i in range(MOST + 1)})
    headings = [("Warna", i) for i in range(MOST)] + [("No KTP", MOST)]
    assert propose(DTKS, headings, [], rows) == []


def test_a_header_has_one_fingerprint_however_it_is_spaced() -> None:
    assert fingerprint(["NIK", None, " nama  lengkap"]) == fingerprint(["nik", "Nama Lengkap", ""])
    assert fingerprint(["NIK", "NAMA"]) != fingerprint(["NAMA", "NIK"])


def test_a_missing_required_column_comes_with_its_likely_heading() -> None:
    headings: list[str | None] = [c.heading for c in DTKS.columns]
    headings[1] = "No. KTP"
    found = recognise(0, sheet(headings), layouts().values())
    codes = found.issues.select("code", "column", "expected").rows()
    assert ("COLUMN_MISSING", "NIK", DTKS.layout) in codes
    assert ("COLUMN_PROPOSED", "No. KTP", "NIK") in codes


def test_a_proposal_is_never_used_by_itself() -> None:
    found = recognise(0, sheet(["NIK", "NAMA", "Almt"], ["1", "A", "B"]), layouts().values())
    assert found.table is not None
    assert found.table.unknown == (("Almt", 2),)


def test_rows_of_people_without_a_header_are_not_shown() -> None:
    found = recognise(0, sheet(["SITI", nik(1), "PONCOL"], ["BUDI", nik(2), "PLAOSAN"]), [DTKS])
    assert found.issues["code"].to_list() == ["LAYOUT_UNKNOWN"]
    assert found.issues.select("column", "found").row(0) == (None, None)


def test_a_mapping_renames_headings_and_leaves_columns_out() -> None:
    renamed = {"NO. KTP": "NIK", "ORANG": "NAMA", "COLEK": None}
    rows = (["No. KTP", "Orang", "Colek"], [NIKS[0], "SITI", "x"])
    found = recognise(0, sheet(*rows), [layouts()["recipients-generic"]], renamed)
    assert found.table is not None
    assert [c.to for c, _ in found.table.columns] == ["person.nik", "person.name", None]
    assert (found.table.unknown, dict(found.table.renamed)) == ((), renamed)
    assert found.table.heading(0) == "No. KTP"  # issues speak of the steward's own heading
    assert found.issues.is_empty()


def test_two_headings_over_one_column_join_under_a_mapping() -> None:
    layout = next(f for f in layouts().values() if f.file.header_rows == 2)
    pair = next(c for c in layout.columns if " | " in c.heading)
    upper, lower = pair.heading.split(" | ")
    alone = [c.heading for c in layout.columns if " | " not in c.heading]
    rows: tuple[list[str | None], list[str | None]] = (
        [*alone, upper], [*[None] * len(alone), f"{lower} lain"],
    )  # fmt: skip
    renamed = {f"{upper} | {lower} lain".upper(): pair.heading}
    found = recognise(0, sheet(*rows), [layout], renamed)
    assert found.table is not None
    assert pair in [c for c, _ in found.table.columns]


def test_positional_layouts_know_no_mapping() -> None:
    layout = next(f for f in layouts().values() if f.file.header_rows == 0)
    rows = sheet(["1", "2"], ["3", "4"])
    plain = recognise(0, rows, [layout])
    mapped = recognise(0, rows, [layout], {"1": "NIK"})
    assert (plain.table is None, mapped.table is None) == (True, True)


@pytest.mark.parametrize(
    ("mapping", "code", "told"),
    [
        ({"WARNA": "NIKK"}, "MAP_TARGET_UNKNOWN", "NIK"),
        ({"TIDAK ADA": "NAMA"}, "MAP_UNUSED", "NAMA"),
        ({"WARNA": "NIK"}, "MAP_UNUSED", "NIK"),  # NIK is there already
    ],
)
def test_a_wrong_mapping_refuses_the_file_with_a_reason(
    tmp_path: Path, mapping: dict[str, str | None], code: str, told: str
) -> None:
    file = tmp_path / "daftar.csv"
    file.write_text(f"NIK;NAMA;WARNA\r\n{nik(1)};SITI;HIJAU\r\n", encoding="utf-8")
    checked = check_file(file, Options(layout="recipients-generic", mapping=mapping))
    assert checked.refused
    (expected,) = checked.issues.filter(pl.col("code") == code)["expected"]
    assert told in expected.upper()
