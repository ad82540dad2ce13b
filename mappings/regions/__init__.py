"""Administrative regions of Indonesia: codes, the BPS crosswalk and NIK prefixes.

Sources, dates, licences and hazards are in README.md beside this file. Every code is
text without dots; frames are read once and shared, so callers must not change them.
"""

from functools import cache
from pathlib import Path

import polars as pl

FOLDER = Path(__file__).parent
BOUNDARIES = FOLDER / "boundaries_prov_kab.topojson"

_LEVEL_BY_NAME = {
    "provinsi": "PROVINCE",
    "kabkota": "REGENCY",
    "kecamatan": "DISTRICT",
    "desa": "VILLAGE",
}
_LEVEL_BY_LENGTH = {2: "PROVINCE", 4: "REGENCY", 6: "DISTRICT", 10: "VILLAGE"}
_LEVEL_BY_BPS_LENGTH = {2: "PROVINCE", 4: "REGENCY", 7: "DISTRICT", 10: "VILLAGE"}

# The third digit of a regency code is 7 for a city; the seventh of a village code says which
# kind of village it is.
_VILLAGE_KIND = {"1": "KELURAHAN", "2": "DESA", "3": "DESA_ADAT"}


def _read(name: str) -> pl.DataFrame:
    """Return a shipped CSV (gzip or plain) with every column as text, empty cells as null."""
    return pl.read_csv(FOLDER / name, infer_schema=False)


def _dotless(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all(".", "", literal=True)


def _kind() -> pl.Expr:
    code, level = pl.col("code"), pl.col("level")
    city_or_regency = (
        pl.when(code.str.slice(2, 1) == "7").then(pl.lit("KOTA")).otherwise(pl.lit("KABUPATEN"))
    )
    village = code.str.slice(6, 1).replace_strict(_VILLAGE_KIND, default=None)
    return pl.when(level == "REGENCY").then(city_or_regency).when(level == "VILLAGE").then(village)


@cache
def regions() -> pl.DataFrame:
    """Return every region in force, one row each.

    Columns: code (2, 4, 6 or 10 digits of Kemendagri), level (PROVINCE, REGENCY, DISTRICT,
    VILLAGE), name as decreed, parent_code (null for a province), kind (KABUPATEN or KOTA;
    KELURAHAN, DESA or DESA_ADAT; null for a province or district).
    """
    return (
        _read("regions.csv.gz")
        .select(
            code=_dotless("kemendagri_code"),
            level=pl.col("level").replace_strict(_LEVEL_BY_NAME),
            name="name",
            parent_code=_dotless("parent"),
        )
        .with_columns(kind=_kind())
    )


@cache
def crosswalk() -> pl.DataFrame:
    """Return the pairing of BPS codes with Kemendagri codes.

    Columns: bps_code (2, 4, 7 or 10 digits; null where BPS has none), code (null where
    Kemendagri has none), level, method (how they were paired), confidence (0 to 1), bps_period
    (2025-S2 or 2020-S2: the edition of the BPS code), bps_current (yes, likely, no, unknown).

    Neither code is a key: 4 districts have two BPS codes and 2 BPS codes span several districts.
    """
    level = pl.coalesce(
        pl.col("code").str.len_chars().replace_strict(_LEVEL_BY_LENGTH, default=None),
        pl.col("bps_code").str.len_chars().replace_strict(_LEVEL_BY_BPS_LENGTH, default=None),
    )
    return (
        _read("crosswalk.csv.gz")
        .with_columns(code=_dotless("kemendagri_code"))
        .select(
            "bps_code",
            "code",
            level.alias("level"),
            "method",
            pl.col("confidence").cast(pl.Float64),
            "bps_period",
            "bps_current",
        )
    )


@cache
def nik_prefixes() -> pl.DataFrame:
    """Return every six-digit district prefix a NIK can carry in six decrees from 2015 to 2025.

    Columns: prefix, status (CURRENT or RETIRED), name of the district, successor (the prefix
    that took a retired one's place, null where it is current or the successor is unknown).
    """
    return _read("nik_kecamatan_prefixes.csv.gz").select(
        prefix="prefix",
        status=pl.col("status").str.to_uppercase(),
        name="name",
        successor="successor_prefix",
    )


@cache
def retired_regency_prefixes() -> pl.DataFrame:
    """Return the four-digit regency prefixes no longer given out, though still valid in a NIK.

    Columns: prefix, name (null where it is only inferred), evidence (DOCUMENTED, or
    INFERRED_GAP: a gap in the numbering, not a decree), successor (null where only its province
    is known), successor_province_code, successor_province.
    """
    successor = pl.col("successor_prefix4")
    return _read("nik_retired_kabkota_prefixes.csv").select(
        prefix="prefix4",
        name="name",
        evidence=pl.col("evidence").str.to_uppercase(),
        successor=pl.when(~successor.str.ends_with("xx")).then(successor),
        successor_province_code=successor.str.slice(0, 2),
        successor_province="successor_province",
    )


@cache
def bps_code_history() -> pl.DataFrame:
    """Return the regencies and districts whose BPS or Kemendagri code changed from 2020 to 2025.

    Columns: bps_code_2020, code_2020, name_2020, code (today's), bps_code (today's).
    """
    return _read("bps_code_history.csv").select(
        bps_code_2020="bps_code_2020s2",
        code_2020=_dotless("kemendagri_code_2020"),
        name_2020="name_2020",
        code=_dotless("kemendagri_code_2025"),
        bps_code="bps_code_2025s2",
    )
