"""Who receives what: answers about a list of NIKs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import strawberry

from hub.core.store.queries import flags, people, receipts
from hub.core.store.queries.receipts import Part
from hub.core.store.reader import Row
from mappings.vocabulary import NikStatus
from schema.context import Info
from schema.errors import bad_input
from schema.scalars import NIK
from schema.types.registry import OverlapFlag, Person, Receipt
from validation.identifiers import NIK_STATUS, nik_problem

MOST_NIKS = 1000


@strawberry.type(description="The answer about one NIK of the list.")
class ReceiptCheck:
    """The answer about one NIK."""

    nik: NIK = strawberry.field(description="The NIK as asked.")
    found: bool = strawberry.field(
        description="Whether the caller's part of the registry has a person with this NIK."
    )
    nik_status: NikStatus = strawberry.field(description="Whether the NIK as asked is a valid one.")
    person: Person | None = strawberry.field(description="The person, if found.")
    part: strawberry.Private[Part]

    @strawberry.field(description="Receipts that name the person, oldest first.")
    async def receipts(self, info: Info) -> list[Receipt]:
        if self.person is None:
            return []
        rows = await info.context.loaders.many(receipts.of_people, self.person.key, self.part)
        return [Receipt.of(row) for row in rows]

    @strawberry.field(
        description="What else the person's family and its members receive: receipts that do not"
        " name this person, oldest first."
    )
    async def household_receipts(self, info: Info) -> list[Receipt]:
        if self.person is None or self.person.row["household_id"] is None:
            return []
        regency, person_id = self.person.key
        key = (regency, self.person.row["household_id"])
        rows = await info.context.loaders.many(receipts.of_households, key, self.part)
        return [Receipt.of(row) for row in rows if row["person_id"] != person_id]

    @strawberry.field(description="Flags on the person and on the family, newest first.")
    async def overlap_flags(self, info: Info) -> list[OverlapFlag]:
        if self.person is None:
            return []
        regency, person_id = self.person.key
        household_id = self.person.row["household_id"]
        if household_id is None:
            rows = await info.context.loaders.many(flags.of_people, self.person.key, None)
        else:
            loaders = info.context.loaders
            rows = await loaders.many(flags.of_households, (regency, household_id), None)
        return [OverlapFlag.of(row) for row in rows if row["person_id"] in (None, person_id)]


async def check(
    info: Info, niks: list[NIK], programmes: tuple[str, ...] | None, as_of: date | None
) -> list[ReceiptCheck]:
    """One answer per NIK, in the order asked. Raises BAD_INPUT."""
    check_number(niks)
    bare = unspaced(niks)
    statuses = judged(niks)
    valid = [nik for nik, worth in zip(bare, statuses, strict=True) if worth is NikStatus.VALID]
    found = await people.by_niks(info.context.reader, valid) if valid else {}
    part = Part(programmes, start=as_of, end=as_of)
    answers = zip(niks, statuses, map(found.get, bare), strict=True)
    return [_answer(nik, worth, row, part) for nik, worth, row in answers]


def _answer(nik: NIK, status: NikStatus, row: Row | None, part: Part) -> ReceiptCheck:
    person = Person.of(row) if row else None
    return ReceiptCheck(
        nik=nik, found=person is not None, nik_status=status, person=person, part=part
    )


def check_number(niks: Sequence[str]) -> None:
    """Raises BAD_INPUT when there are too many."""
    if len(niks) > MOST_NIKS:
        raise bad_input(f"At most {MOST_NIKS} NIKs can be checked at a time.")


def unspaced(niks: Sequence[str]) -> list[str]:
    """The NIKs without any blanks."""
    return ["".join(nik.split()) for nik in niks]


def judged(niks: Sequence[str]) -> list[NikStatus]:
    """What each NIK is worth as a key, judged as in an import."""
    nik = pl.col("nik").replace("", None)
    asked = pl.DataFrame({"nik": unspaced(niks)}, schema={"nik": pl.String})
    problems = asked.select(nik_problem(nik, pl.lit(value=False))).to_series().to_list()
    worths = (NIK_STATUS[problem] if problem else "VALID" for problem in problems)
    return [NikStatus.__members__[worth] for worth in worths]
