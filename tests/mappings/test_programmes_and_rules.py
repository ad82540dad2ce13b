"""The programme catalogue, the overlap rules and survivorship agree with one another."""

from collections import Counter

import pytest

from mappings.load import layouts, programmes, rules, survivorship
from mappings.model import normalise
from validation.unified import HOUSEHOLD, PERSON

CODES = [
    "PKH",
    "SEMBAKO",
    "BPNT",
    "BPNT_PPKM",
    "SEMBAKO_ADAPTIF",
    "BST",
    "BLT",
    "BLT_BBM",
    "BLT_DD",
    "PBI_JKN",
    "PBI_DAERAH",
    "PIP",
    "BPUM",
    "KUR",
    "UMI",
    "PRAKERJA",
    "LPG_3KG",
    "ELECTRICITY_SUBSIDY",
    "FERTILISER_SUBSIDY",
    "RTLH",
    "BSPS",
    "ATENSI",
    "PENA",
    "PERMAKANAN",
    "YAPI",
    "RASTRA",
    "PADAT_KARYA",
    "REGIONAL_AID",
]


def test_the_catalogue_has_every_programme() -> None:
    assert list(programmes()) == CODES


def test_no_name_stands_for_two_programmes() -> None:
    names = Counter(
        name
        for p in programmes().values()
        for name in {normalise(text) for text in (p.code, p.name, *p.also)}
    )
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("blt dana desa", "BLT_DD"),
        ("BLT-DD", "BLT_DD"),
        ("BANTUAN LANGSUNG TUNAI DANA DESA", "BLT_DD"),
        ("BNPT", "BPNT"),
        ("BNBT", "BPNT"),
        ("RUTILAHU", "RTLH"),
        ("PBI APBD", "PBI_DAERAH"),
        ("Subsidi Listrik", "ELECTRICITY_SUBSIDY"),
    ],
)
def test_spellings(spelling: str, code: str) -> None:
    found = [
        p.code
        for p in programmes().values()
        if normalise(spelling) in map(normalise, (p.code, p.name, *p.also))
    ]
    assert found == [code]


def test_every_programme_of_a_layout_is_in_the_catalogue() -> None:
    named = {
        c.to.split(".")[1]
        for layout in layouts().values()
        for c in layout.columns
        if c.to and c.to.startswith("programme.")
    }
    named |= {layout.programme.code for layout in layouts().values() if layout.programme.code}
    assert named - set(programmes()) == set()


def test_rules_name_programmes_and_their_legal_basis() -> None:
    for rule in rules().values():
        assert {*rule.programmes, *rule.against} <= set(programmes()), rule.code
        assert "4.3 butir 1.3." in rule.legal_basis, rule.code
        assert "{programmes}" in rule.explanation, rule.code
        assert "{period}" in rule.explanation, rule.code


def test_duplicates_are_counted_in_the_unit_of_the_programme() -> None:
    for code, unit in (("DUPLICATE_IN_PERIOD", "FAMILY"), ("DUPLICATE_IN_PERIOD_PERSON", "PERSON")):
        assert rules()[code].unit == unit
        assert {programmes()[p].unit for p in rules()[code].programmes} == {unit}


def test_exclusive_rules() -> None:
    found = {
        r.code: (r.unit, r.programmes, r.against) for r in rules().values() if r.kind == "EXCLUSIVE"
    }
    assert found == {
        "BLT_DD_WITH_PKH_OR_SEMBAKO": ("FAMILY", ("BLT_DD",), ("PKH", "SEMBAKO", "BPNT")),
        "BPUM_WITH_KUR": ("PERSON", ("BPUM",), ("KUR",)),
    }


def test_survivorship_names_known_attributes_and_sources() -> None:
    order = survivorship()
    sources = {layout.source for layout in layouts().values()}
    known = {name.partition(".")[2] for name in (*PERSON, *HOUSEHOLD)} | {"address", "region"}
    assert {*order.person, *order.household} <= known
    for trusted in (order.default, *order.person.values(), *order.household.values()):
        assert set(trusted) <= sources
        assert len(trusted) == len(set(trusted))


def test_identity_comes_from_the_civil_registry_and_housing_never() -> None:
    order = survivorship()
    assert order.person["name"][0] == order.person["life_status"][0] == "DUKCAPIL"
    assert order.person["occupation"][0] == order.household["floor"][0] == "DTSEN"
    assert "DUKCAPIL" not in order.household["floor"]
