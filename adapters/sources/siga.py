"""SIGA: the workbook of families at risk of stunting (KRS) is read by position.

The names of village, district, regency and province stand in L6, L7, L8 and L10; rows whose
first cell is "RT :" separate the neighbourhoods and carry the RT in column G ("RT 001") and
"DUSUN/RW" in column T.
"""

from __future__ import annotations

import polars as pl

from adapters import parsers

PLACES = {
    "region.village_name": 5,
    "region.district_name": 6,
    "region.regency_name": 7,
    "region.province_name": 9,
}
SEPARATOR = r"(?i)^RT\s*:"


def recognises(cells: pl.DataFrame) -> bool:
    """Whether the place names are filled and RT separators follow in the body."""
    if cells.height < 17 or "c11" not in cells.columns:
        return False
    named = all(_place(cells, row) for row in PLACES.values())
    first = cells["c0"].slice(10).str.strip_chars().str.contains(SEPARATOR)
    return named and bool(first.fill_null(False).any())


def prepare(rows: pl.DataFrame, cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give every data row the RT, RW and hamlet of the separator above it, and the place."""
    separator = pl.col("c0").str.strip_chars().str.contains(SEPARATOR).fill_null(False)
    place = pl.col("c19").str.split("/")
    marked = rows.with_columns(
        pl.when(separator).then(parsers.rt_rw(pl.col("c6"))).forward_fill().alias("address.rt"),
        pl.when(separator).then(place.list.first()).forward_fill().alias("address.hamlet"),
        pl.when(separator)
        .then(parsers.rt_rw(place.list.get(1, null_on_oob=True)))
        .forward_fill()
        .alias("address.rw"),
        *[pl.lit(_place(cells, row)).alias(name) for name, row in PLACES.items()],
    )
    return marked.filter(~separator), rows.filter(separator)


def _place(cells: pl.DataFrame, row: int) -> str | None:
    value: str | None = cells["c11"][row]
    return value.strip() if value and value.strip() else None
