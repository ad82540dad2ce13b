"""The villages of a regency with their names and codes in both systems."""

from __future__ import annotations

from functools import cache

import polars as pl

from hub.demo.options import SampleError
from mappings.regions import crosswalk, nik_prefixes, regions


def _names(level: str, length: int, to: str) -> pl.DataFrame:
    part = regions().filter(pl.col("level") == level)
    return part.select(pl.col("code").alias(f"_code{length}"), pl.col("name").alias(to))


def _bps(length: int, to: str) -> pl.DataFrame:
    ordered = crosswalk().drop_nulls(["code", "bps_code"]).sort("confidence", descending=True)
    kept = ordered.unique("code", keep="first", maintain_order=True)
    return kept.select(pl.col("code").alias(f"_code{length}"), pl.col("bps_code").alias(to))


@cache
def villages(regency: str) -> pl.DataFrame:
    """Every village of the regency, sorted by code. Read once; callers must not change it.

    Columns: k.village (Kemendagri, 10 digits), b.village (BPS, null where unknown), b.district,
    and the names region.village_name, .district_name, .regency_name, .province_name.
    Raises SampleError when there is no such regency.
    """
    code = pl.col("code")
    own = regions().filter((pl.col("level") == "VILLAGE") & code.str.starts_with(regency))
    if len(regency) != 4 or own.is_empty():
        raise SampleError(
            f"Tidak ada kabupaten atau kota dengan kode {regency!r}.",
            f"There is no regency or city with the code {regency!r}.",
        )
    cut = own.sort("code").select(
        _code10=code,
        _code6=code.str.slice(0, 6),
        _code4=code.str.slice(0, 4),
        _code2=code.str.slice(0, 2),
        **{"region.village_name": pl.col("name")},
    )
    joined = (
        cut.join(_names("DISTRICT", 6, "region.district_name"), on="_code6", how="left")
        .join(_names("REGENCY", 4, "region.regency_name"), on="_code4", how="left")
        .join(_names("PROVINCE", 2, "region.province_name"), on="_code2", how="left")
        .join(_bps(10, "b.village"), on="_code10", how="left")
        .join(_bps(6, "b.district"), on="_code6", how="left")
    )
    return joined.rename({"_code10": "k.village"}).drop("_code6", "_code4", "_code2")


def prefixes(regency: str) -> tuple[str, ...]:
    """The NIK prefixes of districts in the regency's province, retired ones among them."""
    prefix = pl.col("prefix")
    found = nik_prefixes().filter(
        prefix.str.starts_with(regency[:2]) & ~prefix.str.starts_with(regency)
    )
    return tuple(found["prefix"].sort())
