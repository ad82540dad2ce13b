"""Deliveries, their issues, and the source rows they brought."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from hub.core.store.queries import deliveries, regions
from hub.core.store.reader import Row
from schema.context import Info
from schema.ids import make_id
from schema.scalars import SourceCode
from schema.types import reports
from schema.types.arguments import InLanguage
from schema.types.enums import (
    DeliveryState,
    DeliveryWork,
    Judgement,
    Language,
    LinkMethod,
    Severity,
)
from schema.types.filters import IssueFilter, criteria
from schema.types.paging import After, Connection, First, Node, connection, window
from schema.types.places import Region
from schema.types.reports import (
    ColumnChange,
    ColumnProposal,
    DeliveryEffects,
    DeliveryEvent,
    DeliveryRepairs,
    IdentifierColumn,
)
from validation.issues import render


@strawberry.type(description="Rows of a delivery; read is accepted plus rejected.")
class RowCounts:
    """Rows of a delivery."""

    read: int = strawberry.field(description="Rows read.")
    accepted: int = strawberry.field(description="Rows taken.")
    with_warnings: int = strawberry.field(description="Rows taken, with a warning.")
    rejected: int = strawberry.field(description="Rows kept in quarantine.")


@strawberry.type(description="What is wrong with one row, or with the file as a whole.")
class Issue:
    """One issue."""

    sheet: int = strawberry.field(description="Position of the sheet in the file, from 0.")
    row: int = strawberry.field(description="Row in the sheet, from 1; 0 is the whole file.")
    column: str | None = strawberry.field(description="Heading of the column, as printed.")
    column_letter: str | None = strawberry.field(description="Letter of the column in Excel.")
    code: str = strawberry.field(description="Stable code, such as NIK_PRECISION_LOST.")
    severity: Severity = strawberry.field(description="Whether the row is rejected.")
    open: bool = strawberry.field(
        description="False once a mended workbook has put it right (see `Delivery.mendedBy`)."
    )
    detail: strawberry.Private[dict[str, object]]

    @classmethod
    def of(cls, row: Row) -> Issue:
        """The issue of a row of the store."""
        place = {
            "sheet": row["sheet"],
            "row": row["row"],
            "column": row["column_name"],
            "letter": row["column_letter"],
        }
        return cls(
            sheet=row["sheet"],
            row=row["row"] or 0,
            column=row["column_name"],
            column_letter=row["column_letter"],
            code=row["code"],
            severity=row["severity"],
            open=row["closed_by"] is None,
            detail={**place, **row["detail"]},
        )

    def _text(self, language: Language | None) -> tuple[str, str]:
        try:
            return render(self.code, self.detail, "en" if language is Language.EN else "id")
        except KeyError:  # a code of an older catalogue still says what it is
            return self.code, ""

    @strawberry.field(description="What is wrong, in a sentence.")
    def message(self, language: InLanguage = Language.ID) -> str:
        return self._text(language)[0]

    @strawberry.field(description="What to do about it.")
    def remedy(self, language: InLanguage = Language.ID) -> str:
        return self._text(language)[1]


@strawberry.type(
    description="One file from a source system and what became of it. As the origin of a row that"
    " the caller may see it is always shown; its issues only for the caller's regions. Who did"
    " what with it, and what the hub found out about it as a whole, is shown if it lies within"
    " the caller's regions or was uploaded by the caller's account; else it is null or empty."
)
class Delivery(Node):
    """One file from a source."""

    source: SourceCode = strawberry.field(description="The source system.")
    layout: str = strawberry.field(description="The layout the file was read as.")
    edition: str | None = strawberry.field(description="Edition of the source's data.")
    file_name: str = strawberry.field(description="Name of the file as delivered.")
    sha256: str = strawberry.field(description="SHA-256 of the file, in hexadecimal.")
    state: DeliveryState = strawberry.field(description="How far it has come.")
    received_at: datetime = strawberry.field(description="When it was received.")
    published_at: datetime | None = strawberry.field(description="When it was published.")
    reference_date: date | None = strawberry.field(description="The day the data speak of.")
    waiting_for: DeliveryWork | None = strawberry.field(
        description="What the hub is to do with it next; null when it waits for nothing, or for a"
        " person."
    )
    rows: RowCounts = strawberry.field(description="Rows read, accepted and rejected.")
    uuid: strawberry.Private[UUID]
    region_code: strawberry.Private[str | None]
    mended_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: Row) -> Delivery:
        """The delivery of a row of the store."""
        return cls(
            id=make_id("Delivery", uuid=row["id"]),
            source=row["source"],
            layout=row["layout"],
            edition=row["edition"] or None,
            file_name=row["file_name"],
            sha256=row["sha256"],
            state=row["state"],
            received_at=row["received_at"],
            published_at=row["published_at"],
            reference_date=row["reference_date"],
            waiting_for=row["wanted"],
            rows=RowCounts(
                read=row["rows_read"],
                accepted=row["rows_accepted"],
                with_warnings=row["rows_warning"],
                rejected=row["rows_rejected"],
            ),
            uuid=row["id"],
            region_code=row["region_code"],
            mended_id=row["mends"],
        )

    @strawberry.field(description="The region delivered for; null if not stated.")
    async def region(self, info: Info) -> Region | None:
        if self.region_code is None:
            return None
        row = await info.context.loaders.one(regions.by_codes, self.region_code)
        return Region.of(row) if row else None

    @strawberry.field(description="The account that uploaded it; null if it was not uploaded.")
    async def uploaded_by(self, info: Info) -> str | None:
        row = await info.context.loaders.one(deliveries.actors, self.uuid)
        return row["uploaded_by"] if row else None

    @strawberry.field(
        description="Who published it, as far as that is known; null while it is not published."
    )
    async def published_by(self, info: Info) -> str | None:
        row = await info.context.loaders.one(deliveries.actors, self.uuid)
        return row["published_by"] if row else None

    @strawberry.field(
        description="The delivery whose workbook it gives back mended; null if it is none such."
    )
    async def mends(self, info: Info) -> Delivery | None:
        if self.mended_id is None:
            return None
        row = await info.context.loaders.one(deliveries.mended, self.mended_id)
        return Delivery.of(row) if row else None

    @strawberry.field(description="The mended workbooks that came of it, the oldest first.")
    async def mended_by(self, info: Info) -> list[Delivery]:
        rows = await info.context.loaders.many(deliveries.mending, self.uuid)
        return [Delivery.of(row) for row in rows]

    @strawberry.field(
        description="What was done with it since its file last came, the oldest first."
    )
    async def history(self, info: Info) -> list[DeliveryEvent]:
        rows = await info.context.loaders.many(deliveries.events, self.uuid)
        return [DeliveryEvent.of(row) for row in rows]

    @strawberry.field(
        description="What publishing it would change, or has changed; null while that is not known."
    )
    async def effects(self, info: Info) -> DeliveryEffects | None:
        return await reports.effects(info, self.uuid)

    @strawberry.field(
        description="What headings that are not known may mean; see `confirmMapping`."
    )
    async def proposals(self, info: Info) -> list[ColumnProposal]:
        return await reports.proposals(info, self.uuid)

    @strawberry.field(description="How sound its NIK and KK columns are.")
    async def identifier_columns(self, info: Info) -> list[IdentifierColumn]:
        return await reports.identifier_columns(info, self.uuid)

    @strawberry.field(
        description="How its columns differ from those of the last file of the source; none if"
        " they do not, or there is no such file."
    )
    async def column_changes(self, info: Info) -> list[ColumnChange]:
        return await reports.column_changes(info, self.uuid)

    @strawberry.field(
        description="Whom of the registry the rows may have meant whose NIK lost digits in Excel."
        " Nothing is changed by it."
    )
    async def repairs(self, info: Info) -> DeliveryRepairs:
        return await reports.repairs(info, self.uuid)

    @strawberry.field(description="What was found wrong with its rows, in the order found.")
    async def issues(
        self,
        info: Info,
        filter: Annotated[
            IssueFilter | None, strawberry.argument(description="Only some of them.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Issue]:
        wanted = criteria(filter, deliveries.IssueFilter)
        loaders = info.context.loaders
        page = await loaders.one(
            deliveries.issues, self.uuid, wanted, window(info.context.viewer, first, after)
        )
        assert page is not None  # noqa: S101 - the read answers every delivery

        async def count() -> int:
            return await loaders.one(deliveries.count_issues, self.uuid, wanted) or 0

        return connection(page, Issue.of, count)


@strawberry.type(description="Where a fact comes from: one row of one file of a source.")
class SourceRecord:
    """One row of a delivery."""

    source: SourceCode = strawberry.field(description="The source system.")
    edition: str = strawberry.field(description="Edition of the source's data.")
    reference_date: date = strawberry.field(description="The day the row speaks of.")
    sheet: int = strawberry.field(description="Position of the sheet in the file, from 0.")
    row: int = strawberry.field(description="Row in the sheet, from 1.")
    delivery_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: Row) -> SourceRecord:
        """The source record of a row of the store."""
        names = ("source", "edition", "reference_date", "sheet", "row", "delivery_id")
        return cls(**{name: row[name] for name in names})

    @strawberry.field(description="The file it came in.")
    async def delivery(self, info: Info) -> Delivery:
        return await delivery_of(info, self.delivery_id)


@strawberry.type(description="Why a source row counts as this person.")
class MatchExplanation:
    """Why a source row counts as this person."""

    record: SourceRecord = strawberry.field(description="The row.")
    method: LinkMethod = strawberry.field(description="What joined them.")
    judgement: Judgement = strawberry.field(description="What was decided.")
    judged_at: datetime = strawberry.field(description="When it was decided.")

    @classmethod
    def of(cls, row: Row) -> MatchExplanation:
        """The explanation of a row of the store."""
        return cls(
            record=SourceRecord.of(row),
            method=row["method"],
            judgement=row["judgement"],
            judged_at=row["judged_at"],
        )


async def delivery_of(info: Info, delivery_id: UUID) -> Delivery:
    """The delivery behind a row that the caller may see."""
    row = await info.context.loaders.one(deliveries.behind, delivery_id)
    if row is None:
        raise LookupError("a row without its delivery")
    return Delivery.of(row)
