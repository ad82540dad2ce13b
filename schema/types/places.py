"""Regions, their counts and budgets, and addresses."""

from __future__ import annotations

from asyncio import gather
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Annotated

import strawberry

from hub.core.store.queries import regions, statistics
from hub.core.store.reader import Row
from mappings.vocabulary import BudgetKind
from schema.context import Info
from schema.ids import make_id
from schema.scalars import RegionCode, SourceCode
from schema.types.enums import RegionLevel
from schema.types.paging import After, Connection, First, Node, connection, window
from schema.types.statistics import RegionStatistics

UNKNOWN = {
    "code": "0000",
    "level": RegionLevel.REGENCY.value,
    "name": "Tidak diketahui",
    "parent_code": None,
    "kind": None,
    "bps_code": None,
}
TITLES: dict[str, str] = {RegionLevel.VILLAGE: "Desa/Kel.", RegionLevel.DISTRICT: "Kec."}
VILLAGE_TITLES = {"KELURAHAN": "Kelurahan", "DESA": "Desa", "DESA_ADAT": "Desa Adat"}


@strawberry.type(description="One line of a regional budget (APBD).")
class BudgetLine:
    """One line of a budget."""

    source: SourceCode = strawberry.field(description="Which system the line comes from.")
    kind: BudgetKind = strawberry.field(description="Ceiling, allotment or realisation.")
    year: int = strawberry.field(description="Budget year.")
    unit_code: str | None = strawberry.field(description="Code of the office (SKPD).")
    unit_name: str | None = strawberry.field(description="Name of the office (SKPD).")
    programme_code: str | None = strawberry.field(description="Code of the budget programme.")
    programme_name: str | None = strawberry.field(description="Name of the budget programme.")
    activity_code: str | None = strawberry.field(description="Code of the activity (kegiatan).")
    activity_name: str | None = strawberry.field(description="Name of the activity (kegiatan).")
    sub_activity_code: str | None = strawberry.field(description="Code of the sub-activity.")
    sub_activity_name: str | None = strawberry.field(description="Name of the sub-activity.")
    account_code: str | None = strawberry.field(description="Code of the account (rekening).")
    account_name: str | None = strawberry.field(description="Name of the account (rekening).")
    fund_source: str | None = strawberry.field(description="Source of the money.")
    amount: Decimal = strawberry.field(description="Rupiah, exact.")
    document_date: date | None = strawberry.field(description="Date of the document.")


@strawberry.type(description="An administrative region, by its Kemendagri code.")
class Region(Node):
    """An administrative region."""

    code: RegionCode = strawberry.field(description="Kemendagri digits without dots.")
    bps_code: str | None = strawberry.field(description="Code of Statistics Indonesia (BPS).")
    name: str = strawberry.field(description="Name as decreed.")
    level: RegionLevel = strawberry.field(description="Province, regency, district or village.")
    kind: str | None = strawberry.field(
        description="KABUPATEN or KOTA; DESA, KELURAHAN or DESA_ADAT; otherwise null."
    )
    parent_code: strawberry.Private[str | None]

    @classmethod
    def of(cls, row: Row) -> Region:
        """The region of a row of the store."""
        return cls(
            id=make_id("Region", row["code"]),
            code=row["code"],
            bps_code=row["bps_code"],
            name=row["name"],
            level=row["level"],
            kind=row["kind"],
            parent_code=row["parent_code"],
        )

    @property
    def title(self) -> str:
        """The name with the word for what it is, as in an address."""
        word = VILLAGE_TITLES.get(self.kind or "") or TITLES.get(self.level)
        return f"{word} {self.name}" if word else self.name

    @strawberry.field(description="The region it lies in; null for a province.")
    async def parent(self, info: Info) -> Region | None:
        if self.parent_code is None:
            return None
        row = await info.context.loaders.one(regions.by_codes, self.parent_code)
        return Region.of(row) if row else None

    @strawberry.field(description="The regions directly below, by code.")
    async def children(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Region]:
        loaders = info.context.loaders
        page = await loaders.one(
            regions.children, str(self.code), window(info.context.viewer, first, after)
        )
        assert page is not None  # noqa: S101 - the read answers every code

        async def count() -> int:
            return await loaders.one(regions.count_children, str(self.code)) or 0

        return connection(page, Region.of, count)

    @strawberry.field(
        description="Counts of households, persons, receipts and flags, kept up to date with every"
        " publication. Only what lies in the caller's regions is counted."
    )
    async def statistics(
        self,
        info: Info,
        edition: Annotated[
            str | None,
            strawberry.argument(
                description="Only rankings of this edition. The other counts stay the same: the"
                " chosen desil does not depend on it."
            ),
        ] = None,
    ) -> RegionStatistics:
        rows = await info.context.loaders.many(statistics.of_regions, str(self.code), edition)
        return RegionStatistics.of(rows)

    @strawberry.field(
        description="Budget lines of a regency for one year, at most 1,000, by sub-activity."
        " Empty for other levels and outside of the caller's regions."
    )
    async def budget(
        self,
        info: Info,
        year: Annotated[int, strawberry.argument(description="Budget year.")],
        kind: Annotated[
            BudgetKind | None, strawberry.argument(description="Only lines of this kind.")
        ] = None,
    ) -> list[BudgetLine]:
        chosen = kind.value if kind else None
        rows = await info.context.loaders.many(regions.budgets, str(self.code), year, chosen)
        return [_budget_line(row) for row in rows]


@strawberry.type(description="Where a household lives.")
class Address:
    """An address."""

    street: str | None = strawberry.field(description="Street, house number, landmark.")
    hamlet: str | None = strawberry.field(description="Hamlet (dusun, lingkungan).")
    rt: str | None = strawberry.field(description="RT (rukun tetangga).")
    rw: str | None = strawberry.field(description="RW (rukun warga).")
    regency_code: strawberry.Private[str]
    village_code: strawberry.Private[str | None]

    @classmethod
    def of(cls, row: Row) -> Address:
        """The address of a household row."""
        names = ("street", "hamlet", "rt", "rw", "regency_code", "village_code")
        return cls(**{name: row[name] for name in names})

    @strawberry.field(description="The village, or the regency if no more is known.")
    async def village(self, info: Info) -> Region:
        return await place_of(info, self.regency_code, self.village_code)

    @strawberry.field(description="The whole address on one line, as far as it is known.")
    async def formatted(self, info: Info) -> str:
        code = self.village_code or self.regency_code
        codes = [code[:size] for size in (10, 6, 4, 2) if len(code) >= size]
        found = await gather(*(info.context.loaders.one(regions.by_codes, c) for c in codes))
        neighbourhood = " ".join(
            f"{word} {value}" for word, value in (("RT", self.rt), ("RW", self.rw)) if value
        )
        parts = [self.street, self.hamlet, neighbourhood, *(Region.of(r).title for r in found if r)]
        return ", ".join(part for part in parts if part)


async def place_of(info: Info, regency_code: str, village_code: str | None) -> Region:
    """The village if it is known, else the regency, else a region named so."""
    find = partial(info.context.loaders.one, regions.by_codes)
    codes = [code for code in (village_code, regency_code) if code]
    found = await gather(*(find(code) for code in codes))
    return Region.of(next((row for row in found if row), UNKNOWN))


def _budget_line(row: Row) -> BudgetLine:
    names = BudgetLine.__annotations__
    return BudgetLine(**{name: row[name] for name in names})
