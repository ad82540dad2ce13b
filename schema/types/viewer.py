"""Who asks."""

from __future__ import annotations

from datetime import datetime

import strawberry

from hub.core import access
from hub.core.store.scope import EVERYWHERE
from schema.scalars import RegionCode


@strawberry.type(description="Who asks, and what they may see.")
class Viewer:
    """Who asks."""

    account: str = strawberry.field(description="Name of the account behind the token.")
    nationwide: bool = strawberry.field(description="Whether all of Indonesia may be seen.")
    regions: list[RegionCode] = strawberry.field(
        description="The regions that may be seen, with all that lies in them; none if nationwide."
    )
    identified: bool = strawberry.field(description="Whether NIK and KK are shown whole.")
    staff: bool = strawberry.field(description="Whether the schema may be read.")
    expires_at: datetime = strawberry.field(description="When the token ends.")

    @classmethod
    def of(cls, viewer: access.Viewer) -> Viewer:
        """The viewer of a token."""
        nationwide = EVERYWHERE in viewer.regions
        return cls(
            account=viewer.account,
            nationwide=nationwide,
            regions=[] if nationwide else [RegionCode(code) for code in viewer.regions],
            identified=viewer.identified,
            staff=viewer.staff,
            expires_at=viewer.expires_at,
        )
