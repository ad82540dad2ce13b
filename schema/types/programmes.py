"""Programmes and the rules about receiving several of them."""

from __future__ import annotations

from asyncio import gather
from datetime import datetime

import strawberry

from hub.core.store.queries import programmes
from hub.core.store.reader import Row
from schema.context import Info
from schema.scalars import ProgrammeCode
from schema.types.enums import (
    BenefitUnit,
    ProgrammeKind,
    ProgrammeLevel,
    RuleKind,
    RuleStatus,
    Strategy,
)


@strawberry.type(description="A programme of the catalogue.")
class Programme:
    """A programme."""

    code: ProgrammeCode = strawberry.field(description="Code, such as BLT_DD.")
    name: str = strawberry.field(description="Official name.")
    owner: str = strawberry.field(description="Who runs it.")
    level: ProgrammeLevel = strawberry.field(description="Level of government.")
    strategy: Strategy = strawberry.field(description="Strategy of the guideline it serves.")
    kind: ProgrammeKind = strawberry.field(description="Kind of programme.")
    unit: BenefitUnit = strawberry.field(description="Whether a family or a person receives.")
    target: str | None = strawberry.field(description="Whom it is meant for.")

    @classmethod
    def of(cls, row: Row) -> Programme:
        """The programme of a row of the store."""
        return cls(**row)


@strawberry.type(description="A rule about receiving benefits, with its legal basis.")
class OverlapRule:
    """An overlap rule."""

    code: str = strawberry.field(description="Stable code.")
    title: str = strawberry.field(description="What it says, in a line.")
    kind: RuleKind = strawberry.field(description="What it looks for.")
    unit: BenefitUnit = strawberry.field(description="Whether families or persons are compared.")
    legal_basis: str = strawberry.field(description="The regulation it rests on.")
    status: RuleStatus = strawberry.field(description="Whether the basis is confirmed.")
    programme_codes: strawberry.Private[list[str]]

    @classmethod
    def of(cls, row: Row) -> OverlapRule:
        """The rule of a row of the store."""
        return cls(
            code=row["code"],
            title=row["title"],
            kind=row["kind"],
            unit=row["unit"],
            legal_basis=row["legal_basis"],
            status=row["status"],
            programme_codes=row["programmes"],
        )

    @strawberry.field(description="The programmes it is about; none means every programme.")
    async def programmes(self, info: Info) -> list[Programme]:
        return await gather(*(programme_of(info, code) for code in self.programme_codes))


@strawberry.type(description="Something that happened to a flag.")
class FlagEvent:
    """Something that happened to a flag."""

    status: str = strawberry.field(description="RAISED, or the status it was given.")
    reason: str | None = strawberry.field(description="Why.")
    actor: str = strawberry.field(description="Who or what did it.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: Row) -> FlagEvent:
        """The event of a row of the store."""
        return cls(status=row["status"], reason=row["reason"], actor=row["actor"], at=row["at"])


async def programme_of(info: Info, code: str) -> Programme:
    """The programme `code` of the catalogue."""
    row = await info.context.loaders.one(programmes.by_codes, code)
    if row is None:
        raise LookupError(f"programme {code} is not in the catalogue")
    return Programme.of(row)


async def rule_of(info: Info, code: str) -> OverlapRule:
    """The rule `code` of the catalogue."""
    row = await info.context.loaders.one(programmes.rules_by_codes, code)
    if row is None:
        raise LookupError(f"rule {code} is not in the catalogue")
    return OverlapRule.of(row)
