"""Counts of a region."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import strawberry

from hub.core.store.reader import Row
from schema.context import Info
from schema.scalars import SourceCode
from schema.types.enums import FlagStatus, WelfareStatus
from schema.types.programmes import OverlapRule, Programme, programme_of, rule_of

_UNRANKED = "NONE"
_HOUSEHOLDS = "How many households."
_PERSONS = "How many members they have."


@strawberry.type(description="Households of one desil.")
class DecileCount:
    """Households of one desil."""

    decile: int | None = strawberry.field(description="The desil; null for those without one.")
    households: int = strawberry.field(description=_HOUSEHOLDS)
    persons: int = strawberry.field(description=_PERSONS)

    @classmethod
    def of(cls, row: Row) -> DecileCount:
        """The count of a row of the store."""
        decile = None if row["key"] == _UNRANKED else int(row["key"])
        return cls(decile=decile, households=row["households"], persons=row["persons"])


@strawberry.type(description="Households of one welfare status.")
class WelfareCount:
    """Households of one welfare status."""

    status: WelfareStatus = strawberry.field(description="The status; see `Household.welfare`.")
    households: int = strawberry.field(description=_HOUSEHOLDS)
    persons: int = strawberry.field(description=_PERSONS)


@strawberry.type(description="Receipts of one programme, without those that are stopped.")
class ProgrammeCount:
    """Receipts of one programme."""

    code: strawberry.Private[str]
    families: int = strawberry.field(
        description="How many families receive, each once; also through a member."
    )
    persons: int = strawberry.field(
        description="How many persons are named as recipients, each once."
    )
    receipts: int = strawberry.field(description="How many receipts.")

    @strawberry.field(description="The programme.")
    async def programme(self, info: Info) -> Programme:
        return await programme_of(info, self.code)


@strawberry.type(description="Overlap flags of one rule and status.")
class FlagCount:
    """Overlap flags of one rule and status."""

    code: strawberry.Private[str]
    status: FlagStatus = strawberry.field(description="Where their judgement stands.")
    count: int = strawberry.field(description="How many flags.")

    @strawberry.field(description="The rule that raised them.")
    async def rule(self, info: Info) -> OverlapRule:
        return await rule_of(info, self.code)


@strawberry.type(description="Households by the desil that one edition of a source gives them.")
class RankingCount:
    """Households by desil of one source and edition."""

    source: SourceCode = strawberry.field(description="The source.")
    edition: str = strawberry.field(description="Its edition.")
    deciles: list[DecileCount] = strawberry.field(
        description="By desil, none last. A household that the edition puts into two desils, as"
        " of the nation and of the regency, counts in both."
    )


@strawberry.type(
    description="Counts of a region, as far as it lies in the caller's regions. They are brought up"
    " to date with every publication. Lists hold only what there is any of."
)
class RegionStatistics:
    """Counts of a region."""

    households: int = strawberry.field(description=_HOUSEHOLDS)
    persons: int = strawberry.field(
        description="How many members they have. Who is in no known household is not counted."
    )
    deciles: list[DecileCount] = strawberry.field(
        description="Households by chosen desil, none last."
    )
    welfare: list[WelfareCount] = strawberry.field(
        description="Households by welfare status, by its code."
    )
    receipts: list[ProgrammeCount] = strawberry.field(
        description="Receipts by programme, by its code, whatever their period."
    )
    flags: list[FlagCount] = strawberry.field(
        description="Overlap flags by rule and status, by their codes."
    )
    rankings: list[RankingCount] = strawberry.field(
        description="The ledger of rankings, by source and edition."
    )

    @classmethod
    def of(cls, rows: Sequence[Row]) -> RegionStatistics:
        """The counts of the rows of the store, which come in order."""
        found = {name: list(part) for name, part in groupby(rows, lambda row: row["dimension"])}
        (total,) = found.get("ALL") or [{"households": 0, "persons": 0}]
        return cls(
            households=total["households"],
            persons=total["persons"],
            deciles=[DecileCount.of(row) for row in found.get("DECILE", [])],
            welfare=[_welfare(row) for row in found.get("WELFARE", [])],
            receipts=[_programme(row) for row in found.get("PROGRAMME", [])],
            flags=[_flag(row) for row in found.get("FLAG", [])],
            rankings=_rankings(found.get("RANKING", [])),
        )


def _welfare(row: Row) -> WelfareCount:
    return WelfareCount(status=row["key"], households=row["households"], persons=row["persons"])


def _programme(row: Row) -> ProgrammeCount:
    return ProgrammeCount(
        code=row["key"],
        families=row["households"],
        persons=row["persons"],
        receipts=row["entries"],
    )


def _flag(row: Row) -> FlagCount:
    return FlagCount(code=row["key"], status=row["status"], count=row["entries"])


def _rankings(rows: Sequence[Row]) -> list[RankingCount]:
    return [
        RankingCount(source=source, edition=edition, deciles=[DecileCount.of(r) for r in part])
        for (source, edition), part in groupby(rows, lambda r: (r["source"], r["edition"]))
    ]
