"""From cells to unified columns: every value is mapped, kept, or an issue."""

import json

import polars as pl
import pytest
from tables import Row, sheet

from adapters.places import resolve
from adapters.recognise import recognise
from adapters.tabular import Mapped, map_table
from mappings.load import layouts


def mapped(layout: str, *rows: Row, numbers: list[tuple[int, int]] | None = None) -> Mapped:
    found = recognise(0, sheet(*rows, numbers=numbers), [layouts()[layout]])
    assert found.table is not None
    return map_table(found.table)


def issues(of: Mapped) -> list[tuple[int | None, str, str | None]]:
    return of.issues.select("row", "code", "value").rows()


P3KE = ["ID Keluarga P3KE", "Kode Kemdagri", "Desil Kesejahteraan", "ID Individu", "Nama", "NIK",
        "Padan Dukcapil", "Jenis Kelamin", "Hubungan dengan Kepala Keluarga", "Tanggal Lahir",
        "Status Kawin", "Pekerjaan", "Pendidikan", "Penerima PKH", "Resiko Stunting"]  # fmt: skip
PERSON: Row = ["123456789", "3520011005", "1", "1", "Siti\u00a0", "`3520015506809001", "Ya",
               "Perempuan", "Istri", "15/06/1980 0:00:00", "Kawin", "Petani",
               "Tamat SD/sederajat", "Ya", "1"]  # fmt: skip


def test_a_person_row_of_p3ke_2022() -> None:
    row = mapped("p3ke-2022-person", P3KE, PERSON).frame.row(0, named=True)
    assert {k: v for k, v in row.items() if k.startswith("person.") and "#" not in k} == {
        "person.key": "1",
        "person.name": "SITI",
        "person.nik": "3520015506809001",
        "person.civil_registry_match": "MATCHED",
        "person.sex": "FEMALE",
        "person.relation": "WIFE",
        "person.birth_date": pl.Series(["1980-06-15"]).str.to_date()[0],
        "person.marital_status": "MARRIED",
        "person.occupation": "FARMER",
        "person.education": "PRIMARY",
    }
    assert (row["ranking.national.decile"], row["programme.PKH"]) == (1, True)


def test_an_unknown_code_is_an_issue_and_kept_as_given_never_a_default() -> None:
    odd = [*PERSON]
    odd[11] = "Astronot"
    found = mapped("p3ke-2022-person", P3KE, odd)
    assert issues(found) == [(2, "CODE_UNKNOWN", "Astronot")]
    assert found.frame["person.occupation"][0] is None
    assert json.loads(found.frame["extra"][0])["given:Pekerjaan"] == "Astronot"


def test_a_long_number_cell_marks_its_identifier_as_lost() -> None:
    found = mapped("p3ke-2022-person", P3KE, PERSON, PERSON, numbers=[(3, 5)])
    assert found.frame["person.nik#lost"].to_list() == [False, True]


def test_cells_under_no_heading_are_kept_and_told() -> None:
    found = mapped("p3ke-2022-person", P3KE, [*PERSON, None, "catatan"])
    assert ("HEADER_BLANK", "Q") in found.issues.select("code", "letter").rows()
    assert json.loads(found.frame["extra"][0])["kolom Q"] == "catatan"


def test_an_empty_row_is_read_but_not_mapped() -> None:
    found = mapped("p3ke-2022-person", P3KE, PERSON, [None], PERSON, [" "], [None])
    assert (found.read, found.frame.height) == (3, 2)
    assert issues(found) == [(5, "ROWS_GHOST", "2"), (3, "ROW_EMPTY", None)]


# Same word, other code: section 9 of the layouts research, one row a trap.
TRAPS = [
    ("bdt-ruta", "buang_tinja", "3", "household.sewage", "GROUND_HOLE"),
    ("regsosek-2022k-housing", "r310", "3", "household.sewage", "WATER_BODY"),
    ("bdt-ruta", "lantai", "9", "household.floor", "EARTH"),
    ("regsosek-2022k-housing", "r303", "8", "household.floor", "EARTH"),
    ("bdt-ruta", "atap", "5", "household.roof", "ASBESTOS"),
    ("regsosek-2022k-housing", "r305", "3", "household.roof", "ZINC"),
    ("regsosek-2022k-housing", "r305", "5", "household.roof", "BAMBOO"),
    ("bdt-ruta", "sumber_airminum", "5", "household.water", "BOREHOLE"),
    ("regsosek-2022k-housing", "r306a", "5", "household.water", "PROTECTED_WELL"),
    ("bdt-ruta", "ada_ac", "3", "asset.AIR_CONDITIONER", 1),
    ("bdt-ruta", "ada_ac", "4", "asset.AIR_CONDITIONER", 0),
    ("bdt-art", "Hubkel", "3", "person.relation", "CHILD"),
    ("dukcapil-siak", "STAT_HBKEL", "3", "person.relation", "WIFE"),
    ("pk-member", "sts_hubungan", "3", "person.relation", "CHILD"),
]


@pytest.mark.parametrize(("layout", "heading", "code", "column", "term"), TRAPS)
def test_same_code_other_meaning(
    layout: str, heading: str, code: str, column: str, term: object
) -> None:
    columns = layouts()[layout].columns
    headings: Row = [c.heading for c in columns]
    cells: Row = [code if c.heading == heading else None for c in columns]
    assert mapped(layout, headings, cells).frame[column][0] == term


REGION: Row = ["nama", "nik", "alamat", "provinsi", "kabkot", "kecamatan", "desa", "rw", "rt",
               "nilai_bantuan", "lpj", "tgl_lpj", "sumber_dana"]  # fmt: skip


def placed(*names: str) -> tuple[str | None, list[str]]:
    row: Row = ["A", "1", None, *names, "1", "1", "1", "SUDAH", "27 Oktober 2022", "DAK"]
    found = mapped("recipients-rtlh", REGION, row)
    done = resolve(found, found.table.layout.region, None)
    codes = [c for c in done.issues["code"].to_list() if c.startswith("REGION")]
    return done.frame["village_code"][0], codes


def test_places_are_found_by_name_within_their_parents() -> None:
    assert placed("JAWA TIMUR", "MAGETAN", "PONCOL", "ALASTUWO") == ("3520011005", [])
    assert placed("Jawa Timur", "Kab. Magetan", "Kec. Poncol", "Alas Tuwo")[0] == "3520011005"
    assert placed("JAWA TIMUR", "MAGETAN", "PONCOL", "ENTAH") == (None, ["REGION_UNKNOWN"])


def test_bps_codes_reach_kemendagri_through_the_crosswalk() -> None:
    headings: Row = ["id_rt", "kode_prov", "kode_kab", "kode_kec", "kode_desa", "kode_sls",
                     "kode_subsls", "r110", "namakrt_", "r114", "r301a"]  # fmt: skip
    found = mapped("regsosek-2022k-housing", headings,
                   ["1", "35", "20", "10", "8", "1", "0", "1", "A", None, "1"])  # fmt: skip
    done = resolve(found, found.table.layout.region, None)
    assert done.frame.select("village_code", "regency_code").row(0) == ("3520011005", "3520")


def test_codes_of_the_other_system_are_refused_not_misread() -> None:
    headings: Row = [*P3KE[:1], "Provinsi", "Kabupaten/Kota", "Kecamatan", "Desa/Kelurahan",
                     *P3KE[1:]]  # fmt: skip
    row: Row = ["1", "JAWA TIMUR", "MAGETAN", "PONCOL", "ALASTUWO", "3520010008", *PERSON[2:]]
    found = mapped("p3ke-2022-person", headings, row)
    done = resolve(found, found.table.layout.region, None)
    suspect = done.issues.filter(pl.col("code") == "REGION_SYSTEM_SUSPECT")
    assert suspect.select("found", "expected").rows() == [("BPS", "Kemendagri")]


@pytest.mark.parametrize(
    ("names", "village"),
    [
        (("Prov. Jawa Timur", "Kabupaten Magetan", "Kecamatan Poncol", "Desa Alastuwo"), True),
        (("Jatim", "MAGETAN", "Kec.Poncol", "Ds. Alastuwo"), True),
        (("JAWA TENGAH", "MAGETAN", "PONCOL", "ALASTUWO"), False),
    ],
)
def test_titles_and_short_forms_of_places_are_understood(
    names: tuple[str, ...], village: bool
) -> None:
    assert (placed(*names)[0] == "3520011005") is village


def test_every_province_is_found_by_the_names_lists_print() -> None:
    assert placed("DKI JAKARTA", "Jakarta Pusat", "GAMBIR", "GAMBIR")[0] == "3171011001"
    assert placed("DIY", "Sleman", "DEPOK", "CATURTUNGGAL")[0] == "3404072001"


def test_a_place_that_is_told_in_part_names_what_is_missing() -> None:
    row: Row = ["A", "1", None, "JAWA TIMUR", None, "PONCOL", None, "1", "1", "1", "SUDAH", None,
                "DAK"]  # fmt: skip
    found = mapped("recipients-rtlh", REGION, row)
    issues = resolve(found, found.table.layout.region, None).issues
    told = issues.filter(pl.col("code").str.starts_with("REGION"))
    assert told.select("code", "expected").rows() == [
        ("REGION_INCOMPLETE", "desa/kelurahan, kabupaten/kota")
    ]
