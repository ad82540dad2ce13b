"""P3KE, PK, Dukcapil, SIPD, SEPAKAT and recipient lists: every heading has a fate."""

import csv
from pathlib import Path

import pytest
from codes import value

from mappings.load import code_files, code_list, layouts
from mappings.model import Layout, normalise
from mappings.vocabulary import VOCABULARIES
from validation.unified import field_of, vocabulary_of

HEADERS = Path(__file__).parent.parent / "data" / "headers"
SOURCES = {"P3KE", "PK", "DUKCAPIL", "SIPD", "SEPAKAT", "RECIPIENTS"}
SEEN = [
    ("p3ke-2022-family", "p3ke_2022_keluarga"),
    ("p3ke-2022-family", "wp_satset_contoh_p3ke"),
    ("p3ke-2022-person", "p3ke_2022_individu"),
    ("p3ke-2022-person", "wp_satset_contoh_p3ke_keluarga"),
    ("p3ke-2023-family", "p3ke_2023_keluarga"),
    ("p3ke-2023-person", "p3ke_2023_individu"),
    ("siga-krs-table", "siga_krs_bnba"),
    ("dukcapil-ws", "dukcapil_ws_content"),
    ("sipd-pagu", "sipd_pagu_short"),
    ("sipd-dpa", "sipd_dpa_export"),
    ("sipd-realisasi", "sipd_realisasi_export"),
    ("recipients-pbi-jk", "pbi_jk_siksng"),
    ("recipients-rtlh", "rtlh_wp_satset"),
    ("recipients-generic", "opensid_program_bantuan_peserta"),
    ("stunting-eppgbm", "wp_satset_contoh_stunting"),
]
UNSEEN = {
    "pk-family",
    "pk-member",
    "siga-krs-workbook",
    "dukcapil-siak",
    "dukcapil-match",
    "sepakat-indicator",
    "sepakat-intervention",
    "recipients-himbara",
    "recipients-pip",
}
FILES = ("p3ke_2022", "p3ke_2023", "pk_2021", "siga", "dukcapil_siak", "dukcapil_ws", "recipients")
IDENTITY = {"person.nik", "person.name", "household.key", "household.kk", "person.key"}


def ours() -> list[Layout]:
    return [layout for layout in layouts().values() if layout.source in SOURCES]


def fate(layout: str, heading: str) -> str | None:
    wanted = normalise(heading)
    found = [c for c in layouts()[layout].columns if wanted in map(normalise, c.headings)]
    return found[0].to


def test_all_layouts_of_these_sources_are_listed_here() -> None:
    assert {layout.layout for layout in ours()} == {name for name, _ in SEEN} | UNSEEN


@pytest.mark.parametrize(("layout", "header"), SEEN)
def test_every_heading_seen_has_a_fate(layout: str, header: str) -> None:
    with (HEADERS / f"{header}.csv").open(encoding="utf-8", newline="") as file:
        headings = next(csv.reader(file))
    known = {normalise(h) for c in layouts()[layout].columns for h in c.headings}
    assert [h for h in headings if normalise(h) not in known] == []


def test_every_target_is_unified_and_every_list_has_its_vocabulary() -> None:
    for layout in ours():
        for name in layout.constants:
            assert layout.constants[name] in vocabulary_of(name)
        for column in layout.columns:
            listed = code_list(column.codes) if column.codes else None
            if column.to and listed and field_of(column.to).vocabulary:
                wanted = "yes_no" if column.read == "flag" else field_of(column.to).vocabulary
                assert listed.vocabulary == wanted, (layout.layout, column.heading)
            elif column.to and listed and column.read == "flag":
                assert listed.vocabulary == "yes_no", (layout.layout, column.heading)
            elif column.to:
                assert field_of(column.to).vocabulary is None, (layout.layout, column.heading)


def test_no_fate_is_given_twice() -> None:
    for layout in ours():
        targets = [c.to for c in layout.columns if c.to]
        extras = [c.extra for c in layout.columns if c.extra]
        assert len(targets) == len(set(targets)), layout.layout
        assert len(extras) == len(set(extras)), layout.layout


def test_every_layout_about_people_requires_who_it_is() -> None:
    for layout in ours():
        if layout.subject in ("household", "person", "receipt"):
            required = {c.to for c in layout.columns if c.required}
            assert required & IDENTITY, layout.layout


@pytest.mark.parametrize("stem", FILES)
def test_every_value_is_a_member_and_every_key_is_distinct(stem: str) -> None:
    for name, listed in code_files()[stem].lists.items():
        keys = [normalise(key) for key in (*listed.values, *listed.blank)]
        assert len(keys) == len(set(keys)), (stem, name)
        if listed.vocabulary:
            members = {member.value for member in VOCABULARIES[listed.vocabulary]}
            terms = {t for v in listed.values.values() for t in v.split("+") if v}
            assert terms <= members, (stem, name)


def test_every_list_is_used() -> None:
    used = {c.codes for layout in ours() for c in layout.columns if c.codes}
    assert {f"{stem}/{name}" for stem in FILES for name in code_files()[stem].lists} - used == set()


@pytest.mark.parametrize(
    ("question", "code", "siak", "pk"),
    [
        ("relation", "1", "HEAD", "HEAD"),
        ("relation", "2", "HUSBAND", "WIFE"),
        ("relation", "3", "WIFE", "CHILD"),
        ("relation", "4", "CHILD", "OTHER"),
        ("education", "3", "PRIMARY", "IN_PRIMARY"),
        ("education", "10", "DOCTORATE", "TERTIARY"),
        ("occupation", "2", "HOMEMAKER", "FARMER"),
        ("occupation", "9", "FARMER", "RETIRED"),
    ],
)
def test_same_code_other_meaning(question: str, code: str, siak: str, pk: str) -> None:
    assert value(f"dukcapil_siak/{question}", code) == siak
    assert value(f"pk_2021/{question}", code) == pk


@pytest.mark.parametrize(
    ("reference", "label", "term"),
    [
        ("p3ke_2022/match", "YA", "MATCHED"),
        ("p3ke_2023/match", "Tidak Padan", "MISMATCHED"),
        ("p3ke_2022/relation", "Istri", "WIFE"),
        ("p3ke_2023/relation", "ISTRI / SUAMI", "SPOUSE"),
        ("p3ke_2022/tenure", "Bebas Sewa", "RENT_FREE"),
        ("p3ke_2023/tenure", "Bebas Sewa/Menumpang", "RENT_FREE_OR_LODGING"),
        ("p3ke_2022/roof", "Jerami/Ijuk/Rumbia/ Daun-daunan", "THATCH"),
        ("p3ke_2022/roof", "Asbes/Seng", "ASBESTOS_OR_ZINC"),
        ("p3ke_2022/toilet", "Ya, tanpa Septic Tank", "OWN_WITHOUT_SEPTIC_TANK"),
        ("p3ke_2023/toilet", "Milik Sendiri", "OWN"),
        ("p3ke_2023/power", "=< 900 Watt", "UP_TO_900"),
        ("p3ke_2022/education", "Siswa SMP/sederajat", "IN_LOWER_SECONDARY"),
        ("p3ke_2023/education", "Masih SLTP/Sederajat", "IN_LOWER_SECONDARY"),
        ("siga/not_adequate", "V", "YES"),
        ("siga/not_adequate", "x", "NO"),
        ("dukcapil_siak/disability", "3", "HEARING+SPEECH"),
        ("dukcapil_siak/disability", "7", ""),
        ("dukcapil_siak/occupation", "089", "OTHER"),
        ("dukcapil_siak/blood_group", "12", "O-"),
        ("dukcapil_ws/marital_status", "Kawin Belum Tercatat", "MARRIED"),
        ("dukcapil_ws/occupation", "PETANI / PEKEBUN", "FARMER"),
        ("dukcapil_ws/match_result", "MENINGGAL", "DECEASED"),
        ("dukcapil_ws/match_result", "NIK TIDAK DITEMUKAN", "NOT_FOUND"),
    ],
)
def test_spot_values(reference: str, label: str, term: str) -> None:
    assert value(reference, label) == term


def test_the_civil_registry_has_89_occupations_in_codes_and_in_labels() -> None:
    codes = code_list("dukcapil_siak/occupation").values
    assert sorted(map(int, codes)) == list(range(1, 90))
    labels = set(code_list("dukcapil_ws/occupation").values.values())
    assert set(codes.values()) == labels


def test_numbers_of_unknown_order_stay_unknown() -> None:
    for question in ("roof", "wall", "floor", "lighting", "water", "toilet", "fuel", "tenure"):
        assert not [key for key in code_list(f"pk_2021/{question}").values if key.isdigit()]


def test_nothing_but_a_family_card_becomes_one() -> None:
    assert fate("p3ke-2022-family", "ID Keluarga") == "household.key"
    assert fate("siga-krs-table", "kode_keluarga") == "household.key"
    assert fate("recipients-himbara", "NOKK_DTKS") == "household.kk"
    assert fate("siga-krs-table", "id_provinsi") is None


def test_one_column_speaks_for_a_programme() -> None:
    assert fate("p3ke-2023-person", "Penerima PKH") == "programme.PKH"
    assert fate("p3ke-2023-person", "Keluarga Penerima PKH 2023 (HIMBARA)") is None
    assert fate("p3ke-2022-family", "Penerima BNPT") == "programme.BPNT"


def test_merged_headings_tell_mother_from_father() -> None:
    assert fate("recipients-pip", "Data Ibu | Nama") == "person.mother_name"
    assert fate("recipients-pip", "Data Ayah | Nama") is None
