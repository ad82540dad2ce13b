"""DTKS, BDT, Regsosek and DTSEN: every heading has a fate, every code its own meaning."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from codes import value

from mappings.load import code_files, code_list, layouts
from mappings.model import Layout, normalise
from mappings.vocabulary import VOCABULARIES
from validation.unified import field_of

HEADERS = Path(__file__).parent.parent / "data" / "headers"
FOLDERS = {
    "DTKS": ("dtks_siksng", "bdt_2015"),
    "REGSOSEK": ("regsosek_2022",),
    "DTSEN": ("dtsen_2026",),
}
SEEN = {
    "dtks-siksng-export": "dtks_siksng_bnba_local_export",
    "bdt-ruta": "bdt_ruta_kemensos",
    "bdt-art": "bdt_art_kemensos",
    "bdt-2015-opensid": "bdt2015_opensid_template",
    "regsosek-2022k-housing": "regsosek_per_kk_blok_bangunan",
    "regsosek-2022k-sheet1": "regsosek22k_opensid_sheet1",
    "regsosek-2022k-sheet2": "regsosek22k_opensid_sheet2",
    "regsosek-2022k-sheet3": "regsosek22k_opensid_sheet3",
    "regsosek-2022k-sheet4": "regsosek22k_opensid_sheet4",
    "regsosek-2022k-sheet5": "regsosek22k_opensid_sheet5",
    "dtsen-family-v1-2026": "dtsen_keluarga_v1_2026",
    "dtsen-person-v1-2026": "dtsen_individu_v1_2026",
}
UNSEEN = {
    "dtks-siksng-bnba",
    "regsosek-2022k-members",
    "regsosek-2022k-programmes",
    "dtsen-siksng-family",
    "dtsen-siksng-members",
}


def ours() -> list[Layout]:
    return [layouts()[name] for name in sorted([*SEEN, *UNSEEN])]


def last_row(name: str) -> list[str]:
    """The row of the heading band that carries the names."""
    with (HEADERS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [cell for cell in list(csv.reader(file))[-1] if cell.strip()]


def known(layout: Layout) -> set[tuple[str, int]]:
    return {(normalise(text), c.occurrence) for c in layout.columns for text in c.headings}


def test_all_layouts_of_these_sources_are_listed_here() -> None:
    found = {name for name, layout in layouts().items() if layout.source in FOLDERS}
    assert found == {*SEEN, *UNSEEN}


@pytest.mark.parametrize("name", SEEN)
def test_every_heading_seen_has_a_fate(name: str) -> None:
    count: Counter[str] = Counter()
    headings = set()
    for heading in map(normalise, last_row(SEEN[name])):
        count[heading] += 1
        headings.add((heading, count[heading]))
    assert headings - known(layouts()[name]) == set()


def test_every_target_is_unified_and_every_list_exists_with_its_vocabulary() -> None:
    for layout in ours():
        for column in layout.columns:
            listed = code_list(column.codes).vocabulary if column.codes else None
            if column.to is None:
                assert listed is None, (layout.layout, column.heading)
                continue
            field = field_of(column.to)
            if field.vocabulary or column.read in ("code", "flag"):
                expected = "yes_no" if column.read == "flag" else field.vocabulary
                assert listed == expected, (layout.layout, column.heading)


def test_no_target_is_named_twice_but_disabilities() -> None:
    for layout in ours():
        targets = Counter(c.to for c in layout.columns if c.to != "person.disabilities")
        targets.pop(None, None)
        assert [t for t, n in targets.items() if n > 1] == [], layout.layout
        extras = Counter(c.extra for c in layout.columns if c.extra)
        assert [e for e, n in extras.items() if n > 1] == [], layout.layout


def test_every_value_is_a_member_and_every_key_is_distinct() -> None:
    for stem in (stem for stems in FOLDERS.values() for stem in stems):
        for name, listed in code_files()[stem].lists.items():
            keys = [normalise(key) for key in (*listed.values, *listed.blank)]
            assert len(keys) == len(set(keys)), (stem, name)
            if listed.vocabulary:
                members = {member.value for member in VOCABULARIES[listed.vocabulary]}
                terms = {t for v in listed.values.values() for t in v.split("+") if v}
                assert terms <= members, (stem, name)


@pytest.mark.parametrize(
    ("question", "code", "bdt", "regsosek"),
    [
        ("floor", "8", "WOOD_LOW_QUALITY", "EARTH"),
        ("floor", "9", "EARTH", "OTHER"),
        ("roof", "3", "METAL_TILE", "ZINC"),
        ("roof", "4", "CLAY_TILE", "ASBESTOS"),
        ("roof", "5", "ASBESTOS", "BAMBOO"),
        ("roof", "6", "ZINC", "WOOD_SHINGLE"),
        ("water", "4", "PIPED_RETAIL", "BOREHOLE"),
        ("water", "6", "PROTECTED_WELL", "UNPROTECTED_WELL"),
        ("fuel", "2", "LPG_OVER_3", "LPG_5_5"),
        ("toilet", "4", "NONE", "PUBLIC"),
        ("closet", "3", "PIT", "PLENGSENGAN_OPEN"),
        ("closet", "4", "NONE", "PIT"),
        ("sewage", "3", "GROUND_HOLE", "WATER_BODY"),
        ("sewage", "4", "WATER_BODY", "GROUND_HOLE"),
        ("school_participation", "1", "Masih sekolah", "Tidak/belum pernah sekolah"),
        ("chronic_illness", "1", "Hipertensi", "Tidak ada"),
        ("identity_cards", "2", "Kartu pelajar", "KIA"),
        ("education", "4", "DIPLOMA", "PRIMARY"),
    ],
)
def test_same_code_other_meaning(question: str, code: str, bdt: str, regsosek: str) -> None:
    assert value(f"bdt_2015/{question}", code) == bdt
    assert value(f"regsosek_2022/{question}", code) == regsosek


@pytest.mark.parametrize(
    ("reference", "code", "term"),
    [
        ("bdt_2015/relation", "6", "PARENT_OR_IN_LAW"),
        ("regsosek_2022/relation", "2", "SPOUSE"),
        ("bdt_2015/alternating_flag", "3", "YES"),
        ("bdt_2015/alternating_flag", "4", "NO"),
        ("bdt_2015/disability", "00", ""),
        ("bdt_2015/disability", "06", "VISUAL+PHYSICAL"),
        ("bdt_2015/identity_cards", "5", "Akta lahir; KTP"),
        ("regsosek_2022/roof_opensid", "5", "WOOD_SHINGLE"),
        ("regsosek_2022/roof_opensid", "6", "BAMBOO"),
        ("regsosek_2022/difficulty_hands", "2", "HANDS"),
        ("regsosek_2022/difficulty_hands", "3", ""),
        ("regsosek_2022/pbi_jkn", "3", "YES"),
        ("regsosek_2022/pbi_jkn", "2", "NO"),
        ("regsosek_2022/employment_insurance", "9", "Jaminan kecelakaan kerja; Jaminan pensiun"),
        ("regsosek_2022/education", "23", "NO_CERTIFICATE"),
        ("regsosek_2022/life", "2", "DECEASED"),
        ("dtsen_2026/floor", "KERAMIK / GRANIT/MARMER/UBIN/TEGEL/TERASO", "STONE_OR_TILE"),
        ("dtsen_2026/floor", "08", "EARTH"),
        ("dtsen_2026/roof", "Asbes/seng", "ASBESTOS_OR_ZINC"),
        ("dtsen_2026/power", "<= 900 watt", "UP_TO_900"),
        ("dtsen_2026/fuel", "Tidak memasak di rumah", "NO_COOKING"),
        ("dtsen_2026/sewage", "Tanpa tangki septik", "NO_SEPTIC_TANK"),
        ("dtsen_2026/difficulty_seeing", "Banyak kesulitan dan membutuhkan bantuan", "VISUAL"),
        ("dtks_siksng/programme_status", "tidak", "NO"),
        ("dtks_siksng/programme_status", "*", "YES"),
        ("dtks_siksng/disability", '"Non Disabilitas"', ""),
    ],
)
def test_spot_values(reference: str, code: str, term: str) -> None:
    assert value(reference, code) == term


def fate(layout: str, heading: str) -> tuple[str | None, str | None]:
    wanted = normalise(heading)
    column = next(
        c for c in layouts()[layout].columns if wanted in [normalise(h) for h in c.headings]
    )
    return column.to, column.extra


def test_welfare_keeps_source_and_scope() -> None:
    assert layouts()["bdt-ruta"].decile_from_percentile
    assert fate("bdt-ruta", "percentile") == ("ranking.national.percentile", None)
    assert fate("dtsen-family-v1-2026", "desil_provinsi") == ("ranking.province.decile", None)
    assert fate("dtsen-siksng-family", "peringkat_kab_kota") == ("ranking.regency.rank", None)


def test_heads_of_family_files_are_heads() -> None:
    heads = {layout.layout for layout in ours() if layout.constants}
    assert heads == {
        "bdt-ruta",
        "regsosek-2022k-housing",
        "dtsen-family-v1-2026",
        "dtsen-siksng-family",
    }
    assert {layouts()[name].constants["person.relation"] for name in heads} == {"HEAD"}
    assert fate("dtsen-family-v1-2026", "nama_anggota_keluarga") == ("person.name", "head_name")


def test_questions_112_to_114_of_regsosek_follow_the_form() -> None:
    housing = "regsosek-2022k-housing"
    assert fate(housing, "r112") == ("household.size", None)
    assert fate(housing, "r113") == (None, "landmark_id")
    assert fate(housing, "r114") == ("household.kk", None)


def test_repeated_identity_columns_of_sheet_4_are_ignored_after_the_first() -> None:
    columns = [c for c in layouts()["regsosek-2022k-sheet4"].columns if c.heading == "403 NIK"]
    assert [(c.occurrence, c.to, bool(c.ignore)) for c in columns] == [
        (1, "person.nik", False),
        (2, None, True),
        (3, None, True),
    ]


def test_region_systems() -> None:
    assert {layout.layout: layout.region.system for layout in ours()} == {
        "bdt-2015-opensid": "bps",
        "bdt-art": "bps",
        "bdt-ruta": "bps",
        "dtks-siksng-bnba": "kemendagri",
        "dtks-siksng-export": "names",
        "dtsen-family-v1-2026": "bps",
        "dtsen-person-v1-2026": "none",
        "dtsen-siksng-family": "names",
        "dtsen-siksng-members": "none",
        "regsosek-2022k-housing": "bps",
        "regsosek-2022k-members": "bps",
        "regsosek-2022k-programmes": "bps",
        **{f"regsosek-2022k-sheet{i}": "none" for i in range(1, 6)},
    }
