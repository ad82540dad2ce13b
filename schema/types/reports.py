"""What was done with a delivery, and what was found out about it as a whole."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

import strawberry

from hub.core.ingest.history import Kind
from hub.core.ingest.repairs import Candidate, candidates
from hub.core.registry.journal import Effects
from hub.core.store.queries import deliveries
from hub.core.store.reader import Row
from schema.context import Info
from schema.scalars import NIK
from schema.types.enums import ColumnChangeKind, DeliveryAction, NameAgreement

MOST_CANDIDATES = 100

_SHEET = "Position of the sheet in the file, from 0."
_LETTER = "Letter of the column in Excel."
_HEADING = "Heading of the column, as printed."


@strawberry.type(description="Something that was done with a delivery.")
class DeliveryEvent:
    """One event."""

    at: datetime = strawberry.field(description="When it was done.")
    actor: str | None = strawberry.field(description="Who did it; null is the hub itself.")
    action: DeliveryAction = strawberry.field(description="What was done.")
    reason: str | None = strawberry.field(description="Why, where that was said.")

    @classmethod
    def of(cls, row: Row) -> DeliveryEvent:
        """The event of a row of the store."""
        return cls(**{name: row[name] for name in ("at", "actor", "action", "reason")})


@strawberry.type(
    description="What publishing a delivery changes in the registry, in numbers. A record that"
    " moves to another regency counts as changed."
)
class DeliveryEffects:
    """The effects of a publication."""

    persons_new: int = strawberry.field(description="Persons that were not there before.")
    persons_changed: int = strawberry.field(description="Persons of whom something changes.")
    persons_gone: int = strawberry.field(description="Persons that are there no more.")
    households_new: int = strawberry.field(description="Households that were not there before.")
    households_changed: int = strawberry.field(description="Households of which something changes.")
    households_gone: int = strawberry.field(description="Households that are there no more.")
    deciles_up: int = strawberry.field(description="Households whose chosen desil rises.")
    deciles_down: int = strawberry.field(description="Households whose chosen desil falls.")
    receipts_new: int = strawberry.field(description="Receipts that were not there before.")
    receipts_gone: int = strawberry.field(description="Receipts that are there no more.")
    flags_raised: int = strawberry.field(description="Overlap flags that are raised.")
    flags_withdrawn: int = strawberry.field(description="Overlap flags that are withdrawn.")
    computed_at: datetime = strawberry.field(description="When it was counted.")
    current: bool = strawberry.field(
        description="Whether nothing was published or undone since, so that it still holds."
    )


@strawberry.type(description="How many cells of a column are so, of those that could be.")
class IntegrityMeasure:
    """One measure of a column."""

    name: str = strawberry.field(
        description="What is counted: blank, numeric_cell, scientific, digits_15, other_length,"
        " masked, placeholder, ends_in_0, ends_in_0000, prefix_current, prefix_retired,"
        " prefix_unlisted, repeated_rows, repeated_values, cleaned, birth_date_differs,"
        " sex_differs. Measures may be added."
    )
    count: int = strawberry.field(description="Cells that are so.")
    of: int = strawberry.field(description="Cells that could be so.")
    share: float = strawberry.field(description="The count as a part of one.")


@strawberry.type(description="How sound a column of NIKs or KK numbers is; it holds no number.")
class IdentifierColumn:
    """The integrity of one column."""

    sheet: int = strawberry.field(description=_SHEET)
    field: str = strawberry.field(description="What the column holds: person.nik or household.kk.")
    column: str = strawberry.field(description=_HEADING)
    column_letter: str = strawberry.field(description=_LETTER)
    rounded: bool = strawberry.field(
        description="Whether more numbers end in 0 than chance allows: Excel has cut them."
    )
    measures: list[IntegrityMeasure] = strawberry.field(description="What was counted.")


@strawberry.type(description="What a heading that is not known may mean.")
class ColumnProposal:
    """One proposal."""

    sheet: int = strawberry.field(description=_SHEET)
    heading: str = strawberry.field(description=_HEADING)
    column_letter: str | None = strawberry.field(description=_LETTER)
    meaning: str = strawberry.field(
        description="The heading of the layout that it may be, to be given to `confirmMapping`."
    )
    layout: str | None = strawberry.field(
        description="The layout that has this heading; null where it is one of several."
    )
    confidence: float = strawberry.field(description="How sure that is, from 0 to 1.")
    reason: str = strawberry.field(description="Why, in Indonesian and English.")

    @classmethod
    def of(cls, row: Row) -> ColumnProposal:
        """The proposal of an issue."""
        detail = row["detail"]
        layout = (row["nearest"] or row["layout"]).partition(" ")[0]
        return cls(
            sheet=row["sheet"],
            heading=row["column_name"],
            column_letter=row["column_letter"],
            meaning=detail["expected"],
            layout=layout if layout and "+" not in layout else None,
            confidence=round(float(str(detail["value"]).rstrip("%")) / 100, 4),
            reason=detail["found"],
        )


@strawberry.type(description="How a column differs from the last file of the source.")
class ColumnChange:
    """One difference."""

    kind: ColumnChangeKind = strawberry.field(description="How it differs.")
    sheet: int = strawberry.field(description=_SHEET)
    heading: str = strawberry.field(
        description="Its heading, as printed; of a missing column, in the last file."
    )
    column_letter: str = strawberry.field(
        description="Its letter in Excel; of a missing column, in the last file."
    )
    field: str | None = strawberry.field(
        description="What of the registry it fills, such as person.nik; null if nothing."
    )
    before: str | None = strawberry.field(description="The former heading of a renamed column.")


@strawberry.type(
    description="A person of the registry whose NIK begins with the digits that a row still has."
)
class CandidateRepair:
    """One candidate."""

    sheet: int = strawberry.field(description=_SHEET)
    row: int = strawberry.field(description="Row in the sheet, from 1.")
    nik: NIK = strawberry.field(description="The NIK of the person in the registry.")
    name: NameAgreement | None = strawberry.field(
        description="How far the names agree; null if they do not."
    )
    birth_date: bool = strawberry.field(description="Whether the birth dates agree.")
    family_card: bool = strawberry.field(description="Whether the KK numbers agree.")

    @classmethod
    def of(cls, found: Candidate) -> CandidateRepair:
        """The candidate as the registry found it."""
        return cls(
            sheet=found.sheet,
            row=found.row,
            nik=NIK(found.nik),
            name=NameAgreement[found.name] if found.name else None,
            birth_date=found.birth_date,
            family_card=found.kk,
        )


@strawberry.type(description="Rows whose NIK lost digits, and whom they may have meant.")
class DeliveryRepairs:
    """The candidate repairs of a delivery."""

    lost: int = strawberry.field(description="Rows whose NIK lost digits.")
    comparable: int = strawberry.field(description="Those of them of which 15 digits are known.")
    found: strawberry.Private[tuple[Candidate, ...]]

    @strawberry.field(
        description="Candidates by row, the best of a row first: at most 100 of them."
    )
    async def candidates(
        self,
        sheet: Annotated[
            int | None, strawberry.argument(description="Only of this sheet, from 0.")
        ] = None,
        from_row: Annotated[
            int, strawberry.argument(description="Only of this row and later ones.")
        ] = 1,
    ) -> list[CandidateRepair]:
        wanted = (c for c in self.found if sheet in (None, c.sheet) and c.row >= from_row)
        return [CandidateRepair.of(one) for one in islice(wanted, MOST_CANDIDATES)]


async def effects(info: Info, delivery: UUID) -> DeliveryEffects | None:
    """What publishing the delivery changes, if that was counted."""
    report = await _report(info, delivery, Kind.EFFECTS)
    if report is None:
        return None
    counts = {name: report["body"][name] for name in Effects.__dataclass_fields__}
    return DeliveryEffects(**counts, computed_at=report["at"], current=report["current"])


async def identifier_columns(info: Info, delivery: UUID) -> list[IdentifierColumn]:
    """The integrity of each identifier column."""
    report = await _report(info, delivery, Kind.INTEGRITY)
    return [_identifier_column(one) for one in report["body"]] if report else []


async def column_changes(info: Info, delivery: UUID) -> list[ColumnChange]:
    """What changed against the last file."""
    report = await _report(info, delivery, Kind.CHANGES)
    return [_column_change(one) for one in report["body"]] if report else []


async def proposals(info: Info, delivery: UUID) -> list[ColumnProposal]:
    """What unknown headings may mean."""
    rows = await info.context.loaders.many(deliveries.proposals, delivery)
    return [ColumnProposal.of(row) for row in rows]


async def repairs(info: Info, delivery: UUID) -> DeliveryRepairs:
    """Whom the rows may have meant whose NIK lost digits, of rows and persons in the scope."""
    if await info.context.loaders.one(deliveries.actors, delivery) is None:  # it is not open
        return DeliveryRepairs(lost=0, comparable=0, found=())
    scope = info.context.viewer.scope
    # Rows that are not published yet may be read by the importer only.
    found = await info.context.writer.run(lambda opened: candidates(opened, delivery, scope))
    return DeliveryRepairs(lost=found.lost, comparable=found.comparable, found=found.candidates)


async def _report(info: Info, delivery: UUID, kind: Kind) -> Row | None:
    return await info.context.loaders.one(deliveries.reports, delivery, kind.value)


def _identifier_column(body: dict[str, Any]) -> IdentifierColumn:
    measures = [
        IntegrityMeasure(name=name, count=one["count"], of=one["of"], share=one["share"])
        for name, one in body["measures"].items()
    ]
    return IdentifierColumn(
        sheet=body["sheet"] - 1,
        field=body["field"],
        column=body["column"],
        column_letter=body["letter"],
        rounded=body["rounded"],
        measures=measures,
    )


def _column_change(body: dict[str, Any]) -> ColumnChange:
    return ColumnChange(
        kind=body["kind"],
        sheet=body["sheet"],
        heading=body["heading"],
        column_letter=body["letter"],
        field=body["target"],
        before=body["before"],
    )
