"""Who asks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import strawberry

from hub.core import access
from hub.core.access import Right, limits
from hub.core.store.scope import EVERYWHERE
from schema.scalars import RegionCode


@strawberry.type(
    description="How much one request may ask for. A request that asks for more is refused before"
    " it runs; nothing is used up by earlier requests."
)
class Limits:
    """The bounds on one request."""

    cost: int = strawberry.field(
        description="Highest cost; every answer tells that of its request in `extensions`."
    )
    depth: int = strawberry.field(description="Fields inside of each other.")
    aliases: int = strawberry.field(description="Aliases, those of fragments where spread.")
    directives: int = strawberry.field(description="Directives, those of fragments where spread.")
    tokens: int = strawberry.field(
        description="Tokens of the document, and fields with every fragment put in its place."
    )
    root_fields: int = strawberry.field(description="Fields of the query itself.")
    body_bytes: int = strawberry.field(description="Bytes of the request.")
    page: int = strawberry.field(description="Entries of one page: the most for first and last.")
    statement_seconds: int = strawberry.field(description="Seconds that one read may take.")

    @classmethod
    def of(cls, given: limits.Limits) -> Limits:
        """The limits of a viewer."""
        return cls(**asdict(given))


@strawberry.type(description="Who asks, and what they may see and do.")
class Viewer:
    """Who asks."""

    account: str = strawberry.field(description="Name of the account behind the token.")
    nationwide: bool = strawberry.field(description="Whether all of Indonesia may be seen.")
    regions: list[RegionCode] = strawberry.field(
        description="The regions that may be seen, with all that lies in them; none if nationwide."
    )
    identified: bool = strawberry.field(description="Whether NIK and KK are shown whole.")
    staff: bool = strawberry.field(description="Whether the schema may be read.")
    rights: list[Right] = strawberry.field(
        description="What may be done beside reading; none for a token that only reads."
    )
    expires_at: datetime = strawberry.field(description="When the token ends.")
    limits: Limits = strawberry.field(
        description="What remains to be asked for: today the limits of each single request."
    )

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
            rights=[right for right in Right if right in viewer.rights],
            expires_at=viewer.expires_at,
            limits=Limits.of(viewer.limits),
        )
