"""The operations that read."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, TypeVar

import strawberry

from hub.core.store.queries import (
    deliveries,
    flags,
    households,
    people,
    programmes,
    rankings,
    receipts,
    regions,
)
from hub.core.store.reader import Row
from schema.context import Info
from schema.errors import bad_input
from schema.ids import Identity, read_id
from schema.scalars import NIK, FamilyCardNumber, ProgrammeCode, RegionCode
from schema.types import checks
from schema.types.arguments import codes, orders
from schema.types.deliveries import Delivery
from schema.types.enums import HouseholdOrder, OverlapFlagOrder, PersonOrder, RegionLevel
from schema.types.filters import (
    DeliveryFilter,
    HouseholdFilter,
    OverlapFlagFilter,
    PersonFilter,
    RankingFilter,
    ReceiptFilter,
    criteria,
)
from schema.types.paging import After, Before, Connection, First, Last, Node, connection, window
from schema.types.places import Region
from schema.types.programmes import OverlapRule, Programme
from schema.types.registry import Household, OverlapFlag, Person, Ranking, Receipt
from schema.types.viewer import Viewer

T = TypeVar("T")

Filtered = Annotated[T | None, strawberry.argument(description="Only some of them.")]
Ordered = Annotated[
    list[T] | None, strawberry.argument(description="The order, the first named counting most.")
]
Identified = Annotated[strawberry.ID | None, strawberry.argument(description="Its id.")]


@strawberry.type(description="Everything that can be read.")
class Query:
    """The root of reading."""

    @strawberry.field(description="Anything that has an id; null if there is none to be seen.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Node | None:
        return await _node(info, read_id(id))

    @strawberry.field(description="Who asks, and what they may see.")
    async def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.viewer)

    # --- registry -----------------------------------------------------------------------------

    @strawberry.field(description="One household, by its id or its family card number.")
    async def household(
        self,
        info: Info,
        id: Identified = None,
        family_card_number: Annotated[
            FamilyCardNumber | None, strawberry.argument(description="Its nomor KK.")
        ] = None,
    ) -> Household | None:
        if (id is None) == (family_card_number is None):
            raise bad_input("Give either `id` or `familyCardNumber`.")
        if id is not None:
            row = await info.context.loaders.one(households.by_ids, read_id(id, "Household").key)
        else:
            number = str(family_card_number)
            row = await households.by_family_card(info.context.reader, number)
        return Household.of(row) if row else None

    @strawberry.field(description="Households.")
    async def households(
        self,
        info: Info,
        filter: Filtered[HouseholdFilter] = None,
        order_by: Ordered[HouseholdOrder] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Household]:
        wanted = criteria(filter, households.Filter)
        asked = window(info.context.viewer, first, after, last, before)
        reader = info.context.reader
        page = await households.find(reader, wanted, orders(order_by), asked)
        return connection(page, Household.of, partial(households.count, reader, wanted))

    @strawberry.field(
        description="One person, by id or by NIK. A caller who may not see NIKs must give the"
        " birth date together with the NIK."
    )
    async def person(
        self,
        info: Info,
        id: Identified = None,
        nik: Annotated[NIK | None, strawberry.argument(description="The NIK.")] = None,
        birth_date: Annotated[
            date | None, strawberry.argument(description="The birth date, with the NIK.")
        ] = None,
    ) -> Person | None:
        if (id is None) == (nik is None) or (id is not None and birth_date is not None):
            raise bad_input("Give either `id`, or `nik` with `birthDate`.")
        if id is not None:
            row = await info.context.loaders.one(people.by_ids, read_id(id, "Person").key)
        elif birth_date is None and not info.context.viewer.identified:
            raise bad_input("Give `birthDate` together with `nik`.")
        else:
            row = await people.by_nik(info.context.reader, "".join(str(nik).split()), birth_date)
        return Person.of(row) if row else None

    @strawberry.field(description="Persons.")
    async def persons(
        self,
        info: Info,
        filter: Filtered[PersonFilter] = None,
        order_by: Ordered[PersonOrder] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Person]:
        wanted = criteria(filter, people.Filter)
        asked = window(info.context.viewer, first, after, last, before)
        reader = info.context.reader
        page = await people.find(reader, wanted, orders(order_by), asked)
        return connection(page, Person.of, partial(people.count, reader, wanted))

    # --- who receives what --------------------------------------------------------------------

    @strawberry.field(
        description="What the persons of up to 1,000 NIKs receive: one answer per NIK, in the"
        " order asked, repeated where a NIK is. An invalid NIK is an answer, not an error."
    )
    async def check_receipts(
        self,
        info: Info,
        niks: Annotated[list[NIK], strawberry.argument(description="The NIKs.")],
        programmes: Annotated[
            list[ProgrammeCode] | None,
            strawberry.argument(description="Only receipts of these programmes."),
        ] = None,
        as_of: Annotated[
            date | None, strawberry.argument(description="Only periods that hold this day.")
        ] = None,
    ) -> list[checks.ReceiptCheck]:
        return await checks.check(info, niks, codes(programmes), as_of)

    @strawberry.field(description="Receipts.")
    async def receipts(
        self,
        info: Info,
        filter: Filtered[ReceiptFilter] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Receipt]:
        wanted = criteria(filter, receipts.Filter)
        reader = info.context.reader
        page = await receipts.find(
            reader, wanted, window(info.context.viewer, first, after, last, before)
        )
        return connection(page, Receipt.of, partial(receipts.count, reader, wanted))

    @strawberry.field(description="Overlap flags.")
    async def overlap_flags(
        self,
        info: Info,
        filter: Filtered[OverlapFlagFilter] = None,
        order_by: Ordered[OverlapFlagOrder] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OverlapFlag]:
        wanted = criteria(filter, flags.Filter)
        asked = window(info.context.viewer, first, after, last, before)
        reader = info.context.reader
        page = await flags.find(reader, wanted, orders(order_by), asked)
        return connection(page, OverlapFlag.of, partial(flags.count, reader, wanted))

    @strawberry.field(description="The programme catalogue, by code.")
    async def programmes(self, info: Info) -> list[Programme]:
        return [Programme.of(row) for row in await programmes.everything(info.context.reader)]

    @strawberry.field(description="The rules that raise overlap flags, by code.")
    async def overlap_rules(self, info: Info) -> list[OverlapRule]:
        return [OverlapRule.of(row) for row in await programmes.rules(info.context.reader)]

    @strawberry.field(description="Rankings of households by every source and edition.")
    async def rankings(
        self,
        info: Info,
        filter: Filtered[RankingFilter] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Ranking]:
        wanted = criteria(filter, rankings.Filter)
        reader = info.context.reader
        page = await rankings.find(
            reader, wanted, window(info.context.viewer, first, after, last, before)
        )
        return connection(page, Ranking.of, partial(rankings.count, reader, wanted))

    # --- places -------------------------------------------------------------------------------

    @strawberry.field(description="One region.")
    async def region(
        self,
        info: Info,
        code: Annotated[RegionCode, strawberry.argument(description="Its code.")],
    ) -> Region | None:
        row = await info.context.loaders.one(regions.by_codes, str(code))
        return Region.of(row) if row else None

    @strawberry.field(description="Regions, by code.")
    async def regions(
        self,
        info: Info,
        level: Annotated[
            RegionLevel | None, strawberry.argument(description="Only of this level.")
        ] = None,
        parent: Annotated[
            RegionCode | None, strawberry.argument(description="Only directly below this one.")
        ] = None,
        search: Annotated[
            str | None, strawberry.argument(description="Part of the name, at least 3 letters.")
        ] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Region]:
        given = regions.Filter(level=level, parent=parent, search=search)
        wanted = criteria(given, regions.Filter)
        reader = info.context.reader
        page = await regions.find(reader, wanted, window(info.context.viewer, first, after))
        return connection(page, Region.of, partial(regions.count, reader, wanted))

    # --- where the data come from ---------------------------------------------------------------

    @strawberry.field(description="Deliveries, the newest first.")
    async def deliveries(
        self,
        info: Info,
        filter: Filtered[DeliveryFilter] = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Delivery]:
        wanted = criteria(filter, deliveries.Filter)
        reader = info.context.reader
        page = await deliveries.find(reader, wanted, window(info.context.viewer, first, after))
        return connection(page, Delivery.of, partial(deliveries.count, reader, wanted))

    @strawberry.field(description="One delivery.")
    async def delivery(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Delivery | None:
        return await _delivery(info, read_id(id, "Delivery"))


async def _node(info: Info, identity: Identity) -> Node | None:
    if identity.kind == "Delivery":
        return await _delivery(info, identity)
    loaders = info.context.loaders
    row: Row | None
    if identity.kind == "Region":
        row = await loaders.one(regions.by_codes, identity.place)
        return Region.of(row) if row else None
    if identity.kind == "Household":
        row = await loaders.one(households.by_ids, identity.key)
        return Household.of(row) if row else None
    if identity.kind == "Person":
        row = await loaders.one(people.by_ids, identity.key)
        return Person.of(row) if row else None
    if identity.kind == "Receipt":
        row = await loaders.one(receipts.by_ids, identity.key)
        return Receipt.of(row) if row else None
    row = await loaders.one(flags.by_ids, identity.key)
    return OverlapFlag.of(row) if row else None


async def _delivery(info: Info, identity: Identity) -> Delivery | None:
    if identity.uuid is None:
        raise bad_input("This id is not valid.")
    row = await deliveries.by_id(info.context.reader, identity.uuid)
    return Delivery.of(row) if row else None
