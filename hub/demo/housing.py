"""Dwelling and belongings of a household, by how well off it is."""

from __future__ import annotations

import polars as pl

from hub.demo.draws import Draws, Weights, by_welfare

DWELLING: dict[str, Weights] = {
    "household.tenure": (
        ("OWNED", 74, 86), ("RENTED", 4, 7), ("RENT_FREE", 9, 2), ("LODGING", 11, 3),
        ("OFFICIAL", 0.2, 1), ("OTHER", 1, 0.3),
    ),
    "household.floor": (
        ("MARBLE_GRANITE", 0, 9), ("CERAMIC", 14, 70), ("PARQUET_VINYL_CARPET", 1, 3),
        ("TILE_TERRAZZO", 10, 9), ("WOOD", 12, 3), ("CEMENT_OR_BRICK", 40, 6),
        ("BAMBOO", 4, 0), ("EARTH", 18, 0.3), ("OTHER", 1, 0.2),
    ),
    "household.wall": (
        ("MASONRY", 52, 95), ("PLASTERED_BAMBOO", 4, 0.5), ("WOOD", 25, 4),
        ("WOVEN_BAMBOO", 14, 0.2), ("LOG", 1, 0), ("BAMBOO", 3, 0), ("OTHER", 1, 0.3),
    ),
    "household.roof": (
        ("CONCRETE", 1, 8), ("CLAY_TILE", 48, 62), ("METAL_TILE", 3, 10), ("CERAMIC_TILE", 1, 6),
        ("ASBESTOS", 14, 6), ("ZINC", 24, 8), ("WOOD_SHINGLE", 2, 0.2), ("BAMBOO", 2, 0),
        ("THATCH", 5, 0), ("OTHER", 0.5, 0.1),
    ),
    "household.water": (
        ("BRANDED_BOTTLED", 1, 8), ("REFILL", 8, 30), ("PIPED_METERED", 12, 22),
        ("PIPED_RETAIL", 2, 0.5), ("BOREHOLE", 22, 24), ("PROTECTED_WELL", 24, 12),
        ("UNPROTECTED_WELL", 10, 1), ("PROTECTED_SPRING", 10, 3), ("UNPROTECTED_SPRING", 6, 0.3),
        ("SURFACE", 3, 0), ("RAIN", 2, 0.2), ("OTHER", 0.5, 0.1),
    ),
    "household.lighting": (
        ("PLN_METERED", 84, 99), ("PLN_UNMETERED", 11, 0.7), ("NON_PLN", 3, 0.2),
        ("NOT_ELECTRIC", 2, 0),
    ),
    "household.power": (
        ("W450", 66, 8), ("W900", 32, 38), ("W1300", 2, 36), ("W2200", 0, 12),
        ("OVER_2200", 0, 6),
    ),
    "household.fuel": (
        ("ELECTRICITY", 0, 2), ("LPG_5_5", 0, 5), ("LPG_12", 0, 11), ("LPG_3", 58, 79),
        ("CITY_GAS", 0, 1), ("BIOGAS", 0.2, 0.1), ("KEROSENE", 4, 0.4), ("CHARCOAL", 1, 0),
        ("FIREWOOD", 35, 1), ("NO_COOKING", 1, 1), ("OTHER", 0.5, 0.1),
    ),
    "household.toilet": (
        ("OWN", 62, 97), ("SHARED", 15, 2), ("COMMUNAL", 4, 0.3), ("PUBLIC", 5, 0.2),
        ("UNUSED", 2, 0.1), ("NONE", 12, 0.1),
    ),
    "household.closet": (
        ("GOOSENECK", 66, 97), ("PLENGSENGAN_COVERED", 9, 2), ("PLENGSENGAN_OPEN", 9, 0.5),
        ("PIT", 16, 0.3),
    ),
    "household.sewage": (
        ("SEPTIC_TANK", 58, 94), ("TREATMENT_PLANT", 0.5, 2), ("GROUND_HOLE", 22, 2),
        ("WATER_BODY", 14, 1), ("OPEN_LAND", 4, 0.1), ("OTHER", 1, 0.2),
    ),
}  # fmt: skip
BELONGINGS: dict[str, tuple[float, float]] = {
    "GAS_CYLINDER": (0.01, 0.35), "REFRIGERATOR": (0.15, 0.92), "AIR_CONDITIONER": (0.0, 0.4),
    "WATER_HEATER": (0.0, 0.12), "LANDLINE": (0.0, 0.06), "TELEVISION": (0.6, 0.97),
    "FLAT_TELEVISION": (0.03, 0.5), "GOLD": (0.04, 0.5), "SAVINGS": (0.1, 0.85),
    "COMPUTER": (0.01, 0.55), "BICYCLE": (0.3, 0.4), "MOTORCYCLE": (0.45, 0.95),
    "CAR": (0.0, 0.4), "BOAT": (0.02, 0.01), "OUTBOARD_BOAT": (0.01, 0.01),
    "MOTOR_BOAT": (0.005, 0.01), "SHIP": (0.0, 0.002), "SMARTPHONE": (0.5, 0.98),
    "LAND": (0.15, 0.45), "OTHER_HOUSE": (0.01, 0.2),
}  # fmt: skip
LIVESTOCK = {"CATTLE": 0.12, "BUFFALO": 0.02, "HORSE": 0.01, "PIG": 0.005, "GOAT": 0.18}


def with_housing(households: pl.DataFrame, draws: Draws) -> pl.DataFrame:
    """The households with dwelling, belongings (0/1) and livestock (heads) by column _welfare."""
    count = households.height
    for name, weights in DWELLING.items():
        households = households.with_columns(draws.uniform(name, count).alias("_draw"))
        households = households.with_columns(by_welfare(weights, "_welfare", "_draw").alias(name))
    households = households.with_columns(
        *_belongings(draws, households, count), *_livestock(draws, count)
    )
    area = draws.uniform("floor_area", count)
    return households.drop("_draw").with_columns(
        _only_where("household.power", pl.col("household.lighting") == "PLN_METERED"),
        _only_where("household.closet", ~pl.col("household.toilet").is_in(["NONE", "UNUSED"])),
        _only_where("household.sewage", ~pl.col("household.toilet").is_in(["NONE", "UNUSED"])),
        (21 + 60 * pl.col("_welfare") + 60 * area).round(0).alias("household.floor_area"),
    )


def _only_where(name: str, condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.col(name)).alias(name)


def _belongings(draws: Draws, households: pl.DataFrame, count: int) -> list[pl.Series]:
    welfare = households["_welfare"]
    return [
        (draws.uniform(name, count) < welfare * (rich - poor) + poor)
        .cast(pl.Int64)
        .alias(f"asset.{name}")
        for name, (poor, rich) in BELONGINGS.items()
    ]


def _livestock(draws: Draws, count: int) -> list[pl.Series]:
    # One draw says both whether there is any and how many: the tail below `share`, stretched.
    return [
        ((1 - draws.uniform(name, count) / share) * 4).ceil().clip(0, 9).cast(pl.Int64)
        .alias(f"asset.{name}")
        for name, share in LIVESTOCK.items()
    ]  # fmt: skip
