"""Housing and assets, in the unified vocabularies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

from hub.core.store.reader import Row
from hub.core.store.tables import HOUSING
from mappings.vocabulary import (
    AssetKind,
    Closet,
    Floor,
    Fuel,
    Lighting,
    Power,
    Roof,
    Sewage,
    Tenure,
    Toilet,
    Wall,
    Water,
)


@strawberry.type(description="The dwelling; a field is null where no source says.")
class Housing:
    """The dwelling."""

    tenure: Tenure | None = strawberry.field(description="Tenure of the dwelling.")
    floor: Floor | None = strawberry.field(description="Widest floor material.")
    wall: Wall | None = strawberry.field(description="Widest wall material.")
    roof: Roof | None = strawberry.field(description="Widest roof material.")
    water: Water | None = strawberry.field(description="Main source of drinking water.")
    lighting: Lighting | None = strawberry.field(description="Main source of lighting.")
    power: Power | None = strawberry.field(description="Installed electric power.")
    fuel: Fuel | None = strawberry.field(description="Main cooking fuel.")
    toilet: Toilet | None = strawberry.field(description="Toilet facility.")
    closet: Closet | None = strawberry.field(description="Kind of toilet bowl.")
    sewage: Sewage | None = strawberry.field(description="Where the toilet drains to.")
    floor_area: Decimal | None = strawberry.field(description="Floor area in square metres.")

    @classmethod
    def of(cls, row: Row) -> Housing | None:
        """The dwelling of a household row; None when nothing is known of it."""
        values = {name: row[name] for name in (*HOUSING, "floor_area")}
        return cls(**values) if any(v is not None for v in values.values()) else None


@strawberry.type(description="Something a family has, or says it has not.")
class Asset:
    """Something a family has, or not."""

    kind: AssetKind = strawberry.field(description="What it is.")
    count: int = strawberry.field(description="How many; a plain yes counts as 1, a no as 0.")


def assets_of(stated: dict[str, int]) -> list[Asset]:
    """The assets of a household row, by kind."""
    return [_asset(kind, count) for kind, count in sorted(stated.items())]


def _asset(kind: Any, count: int) -> Asset:
    return Asset(kind=kind, count=count)
