"""The shipped region data, read as text and with the counts its README promises."""

import json

import polars as pl

from mappings import regions as reference


def counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(frame.drop_nulls(column).group_by(column).len().iter_rows())


def test_every_region_of_the_decree_is_there() -> None:
    frame = reference.regions()
    assert counts(frame, "level") == {
        "PROVINCE": 38,
        "REGENCY": 514,
        "DISTRICT": 7285,
        "VILLAGE": 83762,
    }
    assert counts(frame, "kind") == {
        "KABUPATEN": 416,
        "KOTA": 98,
        "KELURAHAN": 8496,
        "DESA": 75252,
        "DESA_ADAT": 14,
    }


def test_codes_are_text_unique_and_below_their_parent() -> None:
    frame = reference.regions()
    assert frame.schema == dict.fromkeys(("code", "level", "name", "parent_code", "kind"), pl.Utf8)
    assert frame["code"].is_unique().all()
    assert frame["code"].str.contains(r"^\d{2}(\d{2}(\d{2}(\d{4})?)?)?$").all()
    below = frame.filter(pl.col("level") != "PROVINCE")
    assert below["parent_code"].is_in(frame["code"].implode()).all()
    assert below.select(pl.col("code").str.starts_with(pl.col("parent_code")).all()).item()


def test_a_village_reads_as_decreed() -> None:
    frame = reference.regions().filter(pl.col("code").is_in(["11", "3171", "1101012001"]))
    assert frame.rows() == [
        ("11", "PROVINCE", "Aceh", None, None),
        ("1101012001", "VILLAGE", "Keude Bakongan", "110101", "DESA"),
        ("3171", "REGENCY", "Kota Administrasi Jakarta Pusat", "31", "KOTA"),
    ]


def test_the_crosswalk_says_how_sure_each_pair_is() -> None:
    frame = reference.crosswalk()
    assert frame.schema == {
        "bps_code": pl.Utf8,
        "code": pl.Utf8,
        "level": pl.Utf8,
        "method": pl.Utf8,
        "confidence": pl.Float64,
        "bps_period": pl.Utf8,
        "bps_current": pl.Utf8,
    }
    assert frame.height == 91647
    assert frame["confidence"].is_between(0, 1).all()
    assert counts(frame.filter(pl.col("bps_code").is_null()), "level") == {"VILLAGE": 953}
    assert counts(frame.filter(pl.col("code").is_null()), "level") == {"VILLAGE": 42, "DISTRICT": 2}


def test_the_same_digits_can_be_two_places() -> None:
    frame = reference.crosswalk().filter(pl.col("level") == "REGENCY")
    by_kemendagri = frame.filter(pl.col("code") == "1101")["bps_code"].item()
    by_bps = frame.filter(pl.col("bps_code") == "1101")["code"].item()
    names = dict(reference.regions().select("code", "name").iter_rows())
    assert (by_kemendagri, names["1101"]) == ("1103", "Kabupaten Aceh Selatan")
    assert names[by_bps] == "Kabupaten Simeulue"


def test_every_district_is_a_current_nik_prefix_and_old_ones_stay_known() -> None:
    prefixes = reference.nik_prefixes()
    districts = reference.regions().filter(pl.col("level") == "DISTRICT")["code"]
    current = prefixes.filter(pl.col("status") == "CURRENT")["prefix"]
    assert counts(prefixes, "status") == {"CURRENT": 7285, "RETIRED": 594}
    assert prefixes["prefix"].is_unique().all()
    assert set(current) == set(districts)


def test_a_retired_regency_names_its_successor_only_where_a_decree_does() -> None:
    frame = reference.retired_regency_prefixes()
    assert counts(frame, "evidence") == {"DOCUMENTED": 26, "INFERRED_GAP": 10}
    assert frame.filter(pl.col("prefix").is_in(["6404", "9101"])).rows() == [
        ("6404", None, "INFERRED_GAP", None, "65", "Kalimantan Utara"),
        ("9101", "KAB. MERAUKE", "DOCUMENTED", "9301", "93", "Papua Selatan"),
    ]


def test_recoded_districts_are_known_by_both_codes() -> None:
    frame = reference.bps_code_history()
    assert frame.height == 618
    assert frame.row(0) == ("1221051", "122108", "Sosa", "122108", "1221050")


def test_every_province_and_regency_can_be_drawn() -> None:
    shapes = json.loads(reference.BOUNDARIES.read_text())["objects"]
    drawn = {name: len(shapes[name]["geometries"]) for name in shapes}
    assert drawn == {"provinsi": 38, "kabkota": 514}
