"""The operations that change something: what people do with deliveries.

What is asked is checked here (its form, the rights, the regions); what the state of a delivery
allows is decided in hub.core.ingest. Each is one transaction; the worker does what takes long.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

import psycopg
import strawberry
from psycopg.errors import QueryCanceled

from adapters.delivery import Options, period_of
from hub.core.access import Right, Viewer
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.deciding import ask_effects, ask_publish, ask_undo, confirm_mapping, reject
from hub.core.ingest.receiving import Sender, receive_upload
from hub.core.store.queries import deliveries
from mappings.load import layouts
from schema.context import Info
from schema.errors import UNAVAILABLE, ErrorCode, HubError, bad_input
from schema.ids import read_id
from schema.scalars import ProgrammeCode, RegionCode, SourceCode
from schema.types.deliveries import Delivery
from schema.types.enums import RegionSystem

T = TypeVar("T")
Input = Annotated[T, strawberry.argument(description="What is asked.")]
Change = Callable[[psycopg.Connection[Any]], T]

MOST_COLUMNS = 500
LONGEST_TEXT = 200
LONGEST_REASON = 500
CHANGE_SECONDS = 12.0
"""More than one statement may take, less than a whole answer."""
_PERSONAL = re.compile(r"\d{13}", re.ASCII)
_DOES = {
    Right.UPLOAD: "upload deliveries or say what their columns mean",
    Right.PUBLISH: "publish, reject or undo deliveries",
}


def _given(description: str) -> Any:
    return strawberry.field(description=description, default=None)


def _needed(description: str) -> Any:
    return strawberry.field(description=description)


@strawberry.input(description="A file that was uploaded, and what is known of it.")
class UploadDeliveryInput:
    """What becomes a delivery."""

    upload_token: str = _needed("The `uploadToken` that `POST /upload` answered, of this account.")
    source: SourceCode | None = _given("The source it is of, if only that is known.")
    layout: str | None = _given("The layout it is in, which also names the source.")
    region: RegionCode | None = _given("The region it is of; within those of the caller.")
    region_system: RegionSystem | None = _given(
        "How region codes are written in it, where its layout does not say."
    )
    edition: str | None = _given("Edition of the source's data, such as 2026-Q1.")
    reference_date: date | None = _given("The day the data speak of.")
    programme: ProgrammeCode | None = _given("The programme of a list that does not name it.")
    period: str | None = _given("The period of a list that does not name it, such as 2026-03.")


@strawberry.input(description="What one heading of a file means.")
class ColumnMeaning:
    """What a heading means."""

    heading: str = _needed("The heading as printed in the file.")
    meaning: str | None = _given(
        "The heading of the layout that it means; null to leave the column out."
    )


@strawberry.input(description="What the hub could not tell of a delivery by itself.")
class ConfirmMappingInput:
    """What a steward says."""

    delivery_id: strawberry.ID = _needed("The id of the delivery.")
    layout: str | None = _given("The layout that the file is in.")
    columns: list[ColumnMeaning] = _needed(
        "What headings mean, at most 500; what was said before of others still holds."
    )


@strawberry.input(description="Of which delivery to foresee the effects.")
class ForeseeEffectsInput:
    """What to foresee."""

    delivery_id: strawberry.ID = _needed("The id of the delivery.")


@strawberry.input(description="Which delivery to publish.")
class PublishDeliveryInput:
    """What to publish."""

    delivery_id: strawberry.ID = _needed("The id of the delivery.")


@strawberry.input(description="Which delivery to reject, and why.")
class RejectDeliveryInput:
    """What to reject."""

    delivery_id: strawberry.ID = _needed("The id of the delivery.")
    reason: str = _needed(
        "Why, in at most 500 characters, for its uploader to read; no NIK or KK number."
    )


@strawberry.input(description="Which publication to undo.")
class UndoDeliveryInput:
    """What to undo."""

    delivery_id: strawberry.ID = _needed("The id of the delivery.")


@strawberry.type(description="What came of `uploadDelivery`.")
class UploadDeliveryPayload:
    """A delivery that was made."""

    delivery: Delivery = strawberry.field(description="The delivery, which waits to be checked.")
    already: bool = strawberry.field(
        description="Whether the same bytes came before: the delivery is that one, unchanged."
    )


@strawberry.type(description="What came of `confirmMapping`.")
class ConfirmMappingPayload:
    """A delivery that is mapped."""

    delivery: Delivery = strawberry.field(description="The delivery, which waits to be checked.")


@strawberry.type(description="What came of `foreseeEffects`.")
class ForeseeEffectsPayload:
    """A delivery whose effects are foreseen."""

    delivery: Delivery = strawberry.field(
        description="The delivery; `waitingFor` is FORESEE unless its effects still hold."
    )


@strawberry.type(description="What came of `publishDelivery`.")
class PublishDeliveryPayload:
    """A delivery that is approved."""

    delivery: Delivery = strawberry.field(description="The delivery, which waits to be published.")


@strawberry.type(description="What came of `rejectDelivery`.")
class RejectDeliveryPayload:
    """A delivery that is rejected."""

    delivery: Delivery = strawberry.field(description="The delivery, which is rejected.")


@strawberry.type(description="What came of `undoDelivery`.")
class UndoDeliveryPayload:
    """A delivery that is to be undone."""

    delivery: Delivery = strawberry.field(description="The delivery, which waits to be undone.")


@strawberry.type(
    description="Everything that can be changed. The fields of one operation are done one after"
    " the other; the first that fails ends it, and those before it stay done."
)
class Mutation:
    """The root of changing."""

    @strawberry.mutation(
        description="Make a delivery of an uploaded file. The hub then checks it: follow"
        " `deliveryProgress`. The same bytes are one delivery, however often they come. Needs the"
        " right UPLOAD."
    )
    async def upload_delivery(
        self, info: Info, input: Input[UploadDeliveryInput]
    ) -> UploadDeliveryPayload:
        viewer = info.context.viewer
        _need(viewer, Right.UPLOAD)
        options, upload = _options(viewer, input), _upload_of(input.upload_token)
        account = viewer.account_id
        if account is None:
            raise HubError(ErrorCode.FORBIDDEN, "Only the token of an account may upload.")
        sender = Sender(viewer.account, viewer.regions)

        def receive(connection: psycopg.Connection[Any]) -> Any:
            return receive_upload(connection, upload, account, options, sender)

        received = await _change(info, receive)
        row = await deliveries.by_id(info.context.reader, received.delivery_id)
        if row is None:
            raise Refusal(
                "Berkas ini sudah dikirim untuk wilayah lain.",
                "This file has been delivered already, for another region.",
            )
        return UploadDeliveryPayload(delivery=Delivery.of(row), already=received.already)

    @strawberry.mutation(
        description="Say which layout a delivery has and what its headings mean, when the hub"
        " could not tell; it is then checked again, and the next file with the same headings needs"
        " no question. Needs the right UPLOAD."
    )
    async def confirm_mapping(
        self, info: Info, input: Input[ConfirmMappingInput]
    ) -> ConfirmMappingPayload:
        _need(info.context.viewer, Right.UPLOAD)
        layout, columns = _layout(input.layout), _columns(input.columns)
        if layout is None and not columns:
            raise bad_input("Give `layout` or `columns`.")
        told = {"layout": layout, "columns": columns}
        delivery = await _decide(info, input.delivery_id, confirm_mapping, own=True, **told)
        return ConfirmMappingPayload(delivery=delivery)

    @strawberry.mutation(
        description="Have the `effects` of a staged delivery counted anew when they are no longer"
        " current. Needs the right UPLOAD or PUBLISH."
    )
    async def foresee_effects(
        self, info: Info, input: Input[ForeseeEffectsInput]
    ) -> ForeseeEffectsPayload:
        _need(info.context.viewer, Right.PUBLISH, Right.UPLOAD)
        delivery = await _decide(info, input.delivery_id, _foresee, own=True)
        return ForeseeEffectsPayload(delivery=delivery)

    @strawberry.mutation(
        description="Approve a staged delivery, which the hub then publishes. Not by the account"
        " that uploaded it or said what its columns mean. Needs the right PUBLISH."
    )
    async def publish_delivery(
        self, info: Info, input: Input[PublishDeliveryInput]
    ) -> PublishDeliveryPayload:
        _need(info.context.viewer, Right.PUBLISH)
        one_person = info.context.one_person
        delivery = await _decide(info, input.delivery_id, ask_publish, one_person=one_person)
        return PublishDeliveryPayload(delivery=delivery)

    @strawberry.mutation(
        description="Drop a delivery that is not published; its issues stay to be read. Needs the"
        " right UPLOAD or PUBLISH."
    )
    async def reject_delivery(
        self, info: Info, input: Input[RejectDeliveryInput]
    ) -> RejectDeliveryPayload:
        _need(info.context.viewer, Right.PUBLISH, Right.UPLOAD)
        reason = _text("reason", input.reason, LONGEST_REASON)
        if reason is None or _PERSONAL.search(reason):
            raise bad_input("Say why in `reason`, without a NIK or KK number.")
        delivery = await _decide(info, input.delivery_id, reject, own=True, reason=reason)
        return RejectDeliveryPayload(delivery=delivery)

    @strawberry.mutation(
        description="Take a publication back: the hub restores what was before, unless something"
        " that came later rests on it. Needs the right PUBLISH."
    )
    async def undo_delivery(
        self, info: Info, input: Input[UndoDeliveryInput]
    ) -> UndoDeliveryPayload:
        _need(info.context.viewer, Right.PUBLISH)
        return UndoDeliveryPayload(delivery=await _decide(info, input.delivery_id, ask_undo))


# --- who may ------------------------------------------------------------------------------------


def _need(viewer: Viewer, *rights: Right) -> None:
    """Raises FORBIDDEN when the viewer has none of the rights."""
    if not viewer.rights.intersection(rights):
        raise HubError(ErrorCode.FORBIDDEN, f"This token may not {_DOES[rights[0]]}.")


async def _decide(
    info: Info,
    given: strawberry.ID,
    decision: Callable[..., None],
    *,
    own: bool = False,
    **told: Any,
) -> Delivery:
    """Do it, and read the delivery anew. `own` is what an uploader may do also before it is known
    whose regions the rows are of.

    Raises NOT_FOUND when the caller may not see the delivery, and FORBIDDEN when it reaches beyond
    their regions.
    """
    context = info.context
    delivery = read_id(given, "Delivery").uuid
    if delivery is None:
        raise bad_input("This id is not valid.")
    found = await deliveries.standing(context.reader, delivery)
    if found is None:
        raise _not_found()
    if not (found["within"] or (own and found["own"])):
        raise HubError(ErrorCode.FORBIDDEN, "This delivery reaches beyond your regions.")

    def decide(connection: psycopg.Connection[Any]) -> None:
        decision(connection, delivery, context.viewer.account, **told)

    await _change(info, decide)
    row = await deliveries.by_id(context.reader, delivery)
    if row is None:
        raise _not_found()
    return Delivery.of(row)


async def _change(info: Info, change: Change[T]) -> T:
    """Do it in a transaction of its own. Raises what it raises, INTERNAL when it takes too long."""
    try:
        async with asyncio.timeout(CHANGE_SECONDS):
            return await info.context.writer.run(change)
    except (QueryCanceled, TimeoutError) as error:  # somebody holds the delivery for long
        raise HubError(ErrorCode.INTERNAL, UNAVAILABLE) from error
    finally:
        info.context.loaders.forget()


def _foresee(connection: psycopg.Connection[Any], delivery: UUID, _actor: str | None) -> None:
    ask_effects(connection, delivery)


def _not_found() -> HubError:
    return HubError(ErrorCode.NOT_FOUND, "There is no such delivery.")


# --- what is given ------------------------------------------------------------------------------


def _upload_of(token: str) -> UUID:
    try:
        return UUID(token)
    except ValueError:
        raise bad_input("This `uploadToken` is not valid.") from None


def _options(viewer: Viewer, given: UploadDeliveryInput) -> Options:
    if given.region is not None and not given.region.startswith(viewer.regions):
        raise HubError(ErrorCode.FORBIDDEN, "This region does not lie within yours.")
    period = _text("period", given.period)
    if period is not None and period_of(period) is None:
        raise bad_input("`period` is a year, a quarter or a month, such as 2026-03.")
    return Options(
        source=given.source,
        layout=_layout(given.layout),
        region=given.region,
        region_system=given.region_system.value.lower() if given.region_system else None,
        edition=_text("edition", given.edition),
        reference_date=given.reference_date,
        programme=given.programme,
        period=period,
    )


def _layout(name: str | None) -> str | None:
    if name is not None and name not in layouts():
        raise bad_input("There is no such layout; those of `deliveries` show how it is written.")
    return name


def _columns(given: list[ColumnMeaning]) -> Mapping[str, str | None]:
    if len(given) > MOST_COLUMNS:
        raise bad_input(f"Give at most {MOST_COLUMNS} columns.")
    found: dict[str, str | None] = {}
    for one in given:
        heading = _text("heading", one.heading)
        if heading is None or heading in found:
            raise bad_input("Each heading is given once, and none is blank.")
        found[heading] = meaning = _text("meaning", one.meaning)
        if meaning is None and one.meaning is not None:
            raise bad_input("A `meaning` is not blank; null leaves a column out.")
    return found


def _text(name: str, given: str | None, longest: int = LONGEST_TEXT) -> str | None:
    """Text without space around it, None for none. Raises BAD_INPUT."""
    if given is None:
        return None
    if len(given) > longest or "\0" in given:
        raise bad_input(f"`{name}` has at most {longest} characters, none of them zero.")
    return given.strip() or None
