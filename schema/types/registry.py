"""Households, persons and what is known of them: types that refer to each other."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import strawberry

from hub.core.store.queries import (
    flags,
    households,
    people,
    rankings,
    receipts,
    records,
)
from hub.core.store.reader import Row
from mappings.vocabulary import ReceiptStatus
from schema.context import Info
from schema.ids import make_id
from schema.scalars import FamilyCardNumber, ProgrammeCode, SourceCode
from schema.types.arguments import From, InLanguage, Programmes, Sources, Statuses, To, codes
from schema.types.deliveries import (
    Delivery,
    MatchExplanation,
    SourceRecord,
    delivery_of,
)
from schema.types.enums import (
    FlagStatus,
    Language,
    RankingMethod,
    RankingScope,
    ReceiptBasis,
    WelfareStatus,
)
from schema.types.facts import PERSON_COLUMNS, PersonFacts, Stored
from schema.types.filters import check_period
from schema.types.housing import Asset, Housing, assets_of
from schema.types.places import Address, Region, place_of
from schema.types.programmes import FlagEvent, OverlapRule, Programme, programme_of, rule_of
from schema.types.provenance import AttributeProvenance, Attributes, provenance_of


@strawberry.type(description="One source's ranking of a household; none overrides another.")
class Ranking:
    """One line of the ranking ledger."""

    source: SourceCode = strawberry.field(description="Who ranked.")
    edition: str = strawberry.field(description="Edition of the source's data.")
    scope: RankingScope = strawberry.field(description="The population ranked.")
    percentile: int | None = strawberry.field(description="Percentile, 1 is the poorest.")
    decile: int | None = strawberry.field(description="Desil, 1 is the poorest.")
    score: Decimal | None = strawberry.field(description="The source's score.")
    rank: int | None = strawberry.field(description="Place in the order, 1 is the poorest.")
    method: RankingMethod = strawberry.field(description="How it came about.")
    decided_at: date | None = strawberry.field(description="The day it was decided.")
    row: strawberry.Private[Row]

    @classmethod
    def of(cls, row: Row) -> Ranking:
        """The ranking of a row of the store."""
        names = ("source", "edition", "scope", "percentile", "decile", "score", "rank")
        values = {name: row[name] for name in (*names, "method", "decided_at")}
        return cls(**values, row=row)

    @strawberry.field(description="The file it came in.")
    async def delivery(self, info: Info) -> Delivery:
        return await delivery_of(info, self.row["delivery_id"])

    @strawberry.field(description="The household ranked.")
    async def household(self, info: Info) -> Household | None:
        return await household_of(info, self.row["regency_code"], self.row["household_id"])


@strawberry.type(description="How poor a household is, as far as the sources say.")
class Welfare:
    """The welfare of a household."""

    status: WelfareStatus = strawberry.field(description="Read from the chosen desil.")
    decile: int | None = strawberry.field(description="The chosen desil, 1 is the poorest.")
    disagreement: int = strawberry.field(
        description="Widest gap in desil between the newest rankings of the sources."
    )
    row: strawberry.Private[Row]

    @strawberry.field(name="from", description="The ranking that was chosen.")
    async def chosen(self, info: Info) -> Ranking | None:
        if self.row["decile_ranking_id"] is None:
            return None
        key = (self.row["regency_code"], self.row["decile_ranking_id"])
        found = await info.context.loaders.one(rankings.by_ids, key)
        return Ranking.of(found) if found else None

    @strawberry.field(description="Why this desil: which ranking was chosen, in a sentence.")
    async def reason(self, info: Info, language: InLanguage = Language.ID) -> str:
        ranking = await self.chosen(info)
        english = language is Language.EN
        if ranking is None or ranking.decile is None:
            return "No source gives a desil." if english else "Belum ada sumber yang memberi desil."
        scope = RankingScope.__members__[ranking.scope]
        source = f"{ranking.source} {ranking.edition}".strip()
        if english:
            return f"{scope.english} desil {ranking.decile} by {source}, the newest in precedence."
        return (
            f"Desil {ranking.decile} ({scope.indonesian.lower()}) menurut {source},"
            " peringkat terbaru yang diutamakan."
        )


@strawberry.type(description="A benefit received, as a list or a survey says.")
class Receipt(Stored):
    """A benefit received."""

    period_start: date = strawberry.field(description="First day of the period.")
    period_end: date | None = strawberry.field(description="Last day; null while it still runs.")
    amount: Decimal | None = strawberry.field(description="Rupiah, exact.")
    status: ReceiptStatus = strawberry.field(description="What the list says of it.")
    basis: ReceiptBasis = strawberry.field(description="A recipient list, or a survey's answer.")

    @classmethod
    def of(cls, row: Row) -> Receipt:
        """The receipt of a row of the store."""
        names = ("period_start", "period_end", "amount", "status", "basis")
        values = {name: row[name] for name in names}
        return cls(id=make_id("Receipt", row["regency_code"], row["id"]), **values, row=row)

    @strawberry.field(description="The programme.")
    async def programme(self, info: Info) -> Programme:
        return await programme_of(info, self.row["programme"])

    @strawberry.field(description="The person named, if one is.")
    async def recipient(self, info: Info) -> Person | None:
        return await person_of(info, self.row["regency_code"], self.row["person_id"])

    @strawberry.field(description="The family that receives, or that of the person named.")
    async def household(self, info: Info) -> Household | None:
        return await household_of(info, self.row["regency_code"], self.row["family_id"])

    @strawberry.field(description="The file it came in.")
    async def delivery(self, info: Info) -> Delivery:
        return await delivery_of(info, self.row["delivery_id"])


@strawberry.type(description="Receipts that a rule does not let stand together, to be judged.")
class OverlapFlag(Stored):
    """A possible overlap."""

    period_start: date = strawberry.field(description="First day of the overlap.")
    period_end: date | None = strawberry.field(description="Last day; null while it still runs.")
    status: FlagStatus = strawberry.field(description="Where its judgement stands.")
    explanation: str = strawberry.field(description="What was found, in Indonesian.")
    raised_at: datetime = strawberry.field(description="When it was raised.")

    @classmethod
    def of(cls, row: Row) -> OverlapFlag:
        """The flag of a row of the store."""
        names = ("period_start", "period_end", "status", "explanation", "raised_at")
        values = {name: row[name] for name in names}
        return cls(id=make_id("OverlapFlag", row["regency_code"], row["id"]), **values, row=row)

    @strawberry.field(description="The rule that raised it.")
    async def rule(self, info: Info) -> OverlapRule:
        return await rule_of(info, self.row["rule_code"])

    @strawberry.field(description="The household, for rules about families.")
    async def household(self, info: Info) -> Household | None:
        return await household_of(info, self.row["regency_code"], self.row["household_id"])

    @strawberry.field(description="The person, for rules about persons.")
    async def person(self, info: Info) -> Person | None:
        return await person_of(info, self.row["regency_code"], self.row["person_id"])

    @strawberry.field(description="The receipts it is about, oldest first.")
    async def receipts(self, info: Info) -> list[Receipt]:
        rows = await info.context.loaders.many(receipts.of_flags, self.key)
        return [Receipt.of(row) for row in rows]

    @strawberry.field(description="What happened to it, oldest first.")
    async def history(self, info: Info) -> list[FlagEvent]:
        rows = await info.context.loaders.many(flags.history, self.key)
        return [FlagEvent.of(row) for row in rows]


@strawberry.type(description="A household (family), as the sources together describe it.")
class Household(Stored):
    """A household."""

    family_card_number: FamilyCardNumber | None = strawberry.field(
        description="Nomor KK; masked unless the caller may see it."
    )
    size: int = strawberry.field(description="How many members, as stated, else as known.")
    address: Address = strawberry.field(description="Where it lives.")
    housing: Housing | None = strawberry.field(description="The dwelling, where a source says.")
    assets: list[Asset] = strawberry.field(description="What it has, where a source says.")
    welfare: Welfare = strawberry.field(description="How poor, from which ranking and why.")
    updated_at: datetime = strawberry.field(description="When the record last changed.")

    @classmethod
    def of(cls, row: Row) -> Household:
        """The household of a row of the store."""
        welfare = Welfare(
            status=row["welfare_status"],
            decile=row["decile"],
            disagreement=row["decile_disagreement"],
            row=row,
        )
        return cls(
            id=make_id("Household", row["regency_code"], row["id"]),
            family_card_number=row["kk"],
            size=row["size"],
            address=Address.of(row),
            housing=Housing.of(row),
            assets=assets_of(row["assets"]),
            welfare=welfare,
            updated_at=row["updated_at"],
            row=row,
        )

    @strawberry.field(description="The head of the family.")
    async def head(self, info: Info) -> Person | None:
        return await person_of(info, self.row["regency_code"], self.row["head_person_id"])

    @strawberry.field(description="The members, the head first, then by age.")
    async def members(self, info: Info) -> list[Person]:
        rows = await info.context.loaders.many(people.of_households, self.key)
        return [Person.of(row) for row in rows]

    @strawberry.field(description="The village, or the regency if no more is known.")
    async def region(self, info: Info) -> Region:
        return await place_of(info, self.row["regency_code"], self.row["village_code"])

    @strawberry.field(description="What every source and edition says, newest first.")
    async def rankings(self, info: Info, sources: Sources = None) -> list[Ranking]:
        loaders = info.context.loaders
        rows = await loaders.many(rankings.of_households, self.key, codes(sources))
        return [Ranking.of(row) for row in rows]

    @strawberry.field(description="What the family and its members receive, oldest first.")
    async def receipts(
        self, info: Info, programmes: Programmes = None, start: From = None, end: To = None
    ) -> list[Receipt]:
        part = _part(programmes, start, end)
        rows = await info.context.loaders.many(receipts.of_households, self.key, part)
        return [Receipt.of(row) for row in rows]

    @strawberry.field(description="Flags on the family and its members, newest first.")
    async def overlap_flags(self, info: Info, statuses: Statuses = None) -> list[OverlapFlag]:
        loaders = info.context.loaders
        rows = await loaders.many(flags.of_households, self.key, codes(statuses))
        return [OverlapFlag.of(row) for row in rows]

    @strawberry.field(description="The rows of sources about this household, newest first.")
    async def records(self, info: Info) -> list[SourceRecord]:
        rows = await info.context.loaders.many(records.behind, self.key, "household")
        return [SourceRecord.of(row) for row in rows]

    @strawberry.field(description="Where each attribute comes from, and what was set aside.")
    async def provenance(
        self, info: Info, attributes: Attributes = None
    ) -> list[AttributeProvenance]:
        return await provenance_of(info, "household", self.key, attributes)


@strawberry.type(description="A person, as the sources together describe them.")
class Person(PersonFacts):
    """A person."""

    @classmethod
    def of(cls, row: Row) -> Person:
        """The person of a row of the store."""
        values = {name: row[name] for name in PERSON_COLUMNS}
        return cls(
            id=make_id("Person", row["regency_code"], row["id"]),
            relation_to_head=row["relation"],
            **values,
            row=row,
        )

    @strawberry.field(description="The household the person belongs to.")
    async def household(self, info: Info) -> Household | None:
        return await household_of(info, self.row["regency_code"], self.row["household_id"])

    @strawberry.field(description="Receipts that name the person, oldest first.")
    async def receipts(
        self, info: Info, programmes: Programmes = None, start: From = None, end: To = None
    ) -> list[Receipt]:
        part = _part(programmes, start, end)
        rows = await info.context.loaders.many(receipts.of_people, self.key, part)
        return [Receipt.of(row) for row in rows]

    @strawberry.field(description="Flags on the person, newest first.")
    async def overlap_flags(self, info: Info, statuses: Statuses = None) -> list[OverlapFlag]:
        rows = await info.context.loaders.many(flags.of_people, self.key, codes(statuses))
        return [OverlapFlag.of(row) for row in rows]

    @strawberry.field(description="The rows of sources about this person, newest first.")
    async def records(self, info: Info) -> list[SourceRecord]:
        rows = await info.context.loaders.many(records.behind, self.key, "person")
        return [SourceRecord.of(row) for row in rows]

    @strawberry.field(description="Where each attribute comes from, and what was set aside.")
    async def provenance(
        self, info: Info, attributes: Attributes = None
    ) -> list[AttributeProvenance]:
        return await provenance_of(info, "person", self.key, attributes)

    @strawberry.field(description="Why each of these rows counts as this person.")
    async def match_explanations(self, info: Info) -> list[MatchExplanation]:
        rows = await info.context.loaders.many(records.behind, self.key, "person")
        return [MatchExplanation.of(row) for row in rows]


def _part(
    programmes: list[ProgrammeCode] | None, start: date | None, end: date | None
) -> receipts.Part:
    check_period(start, end)
    return receipts.Part(codes(programmes), start, end)


async def household_of(info: Info, regency: str, household_id: UUID | None) -> Household | None:
    """The household with this key, if there is one that the caller may see."""
    if household_id is None:
        return None
    row = await info.context.loaders.one(households.by_ids, (regency, household_id))
    return Household.of(row) if row else None


async def person_of(info: Info, regency: str, person_id: UUID | None) -> Person | None:
    """The person with this key, if there is one that the caller may see."""
    if person_id is None:
        return None
    row = await info.context.loaders.one(people.by_ids, (regency, person_id))
    return Person.of(row) if row else None
