"""What a list may be narrowed by. Every condition given must hold."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeVar

import strawberry

from hub.core.store.scope import check_prefix
from mappings.load import rules
from mappings.vocabulary import CivilRegistryMatch, LifeStatus, NikStatus, ReceiptStatus
from schema.errors import bad_input
from schema.scalars import ProgrammeCode, RegionCode, SourceCode
from schema.types.enums import (
    DeliveryState,
    DeliveryWork,
    FlagStatus,
    RankingScope,
    ReceiptBasis,
    Severity,
    WelfareStatus,
)

F = TypeVar("F")
_SHORTEST_NAME = 3
_LONGEST_NAME = 100
_LONGEST_LIST = 100
_HIGHEST_DECILE = 10
_REGION = "Within this region: a province, regency, district or village."
_PROGRAMMES = "One of these programmes."
_FLAG = "Whether there is an overlap flag."
_UPDATED = "Its `updatedAt` is this moment or later; with an offset, as in 2026-03-01T12:00:00Z."


def _field(description: str, name: str | None = None) -> Any:
    return strawberry.field(description=description, default=None, name=name)


@strawberry.input(description="Bounds of a desil, both included.")
class DecileRange:
    """Bounds of a desil."""

    min: int | None = _field("Lowest desil, 1 is the poorest.")
    max: int | None = _field("Highest desil.")


@strawberry.input(description="Which households.")
class HouseholdFilter:
    """Which households."""

    region: RegionCode | None = _field(_REGION)
    sources: list[SourceCode] | None = _field("Recorded by one of these sources.")
    decile: DecileRange | None = _field("The chosen desil; see `welfare`.")
    welfare_statuses: list[WelfareStatus] | None = _field("One of these welfare statuses.")
    programmes: list[ProgrammeCode] | None = _field(
        "The family or a member is on one of these programmes, not stopped."
    )
    has_flag: bool | None = _field("Whether the family or a member has an overlap flag.")
    name: str | None = _field("Part of the name of a member, at least 3 letters.")
    updated_since: datetime | None = _field(_UPDATED)


@strawberry.input(description="Which persons. To look one up by NIK, use `person`.")
class PersonFilter:
    """Which persons."""

    region: RegionCode | None = _field(_REGION)
    sources: list[SourceCode] | None = _field("Recorded by one of these sources.")
    decile: DecileRange | None = _field("The chosen desil of the household.")
    programmes: list[ProgrammeCode] | None = _field("Named by one of these, not stopped.")
    has_flag: bool | None = _field("Whether the person has an overlap flag.")
    name: str | None = _field("Part of the name, at least 3 letters.")
    nik_statuses: list[NikStatus] | None = _field("One of these standings of the NIK.")
    civil_registry_matches: list[CivilRegistryMatch] | None = _field(
        "One of these results of matching with the civil registry (padan Dukcapil)."
    )
    life_statuses: list[LifeStatus] | None = _field("One of these life statuses.")
    updated_since: datetime | None = _field(_UPDATED)


@strawberry.input(description="Which receipts.")
class ReceiptFilter:
    """Which receipts."""

    region: RegionCode | None = _field(_REGION)
    sources: list[SourceCode] | None = _field("Delivered by one of these sources.")
    programmes: list[ProgrammeCode] | None = _field(_PROGRAMMES)
    statuses: list[ReceiptStatus] | None = _field("One of these statuses.")
    bases: list[ReceiptBasis] | None = _field("Said by a list, or by a survey.")
    start: date | None = _field("The period ends on this day or later.", "from")
    end: date | None = _field("The period starts on this day or earlier.", "to")
    has_flag: bool | None = _field(_FLAG)


@strawberry.input(description="Which overlap flags.")
class OverlapFlagFilter:
    """Which overlap flags."""

    region: RegionCode | None = _field(_REGION)
    rules: list[str] | None = _field("Raised by one of these rules; see `overlapRules`.")
    programmes: list[ProgrammeCode] | None = _field(_PROGRAMMES)
    statuses: list[FlagStatus] | None = _field("One of these statuses.")
    start: date | None = _field("The period ends on this day or later.", "from")
    end: date | None = _field("The period starts on this day or earlier.", "to")


@strawberry.input(description="Which rankings.")
class RankingFilter:
    """Which rankings."""

    region: RegionCode | None = _field(_REGION)
    sources: list[SourceCode] | None = _field("By one of these sources.")
    editions: list[str] | None = _field("Of one of these editions.")
    scopes: list[RankingScope] | None = _field("Within the nation, province or regency.")
    decile: DecileRange | None = _field("The desil of the ranking.")


@strawberry.input(description="Which deliveries.")
class DeliveryFilter:
    """Which deliveries."""

    region: RegionCode | None = _field("The delivery's region lies within this one.")
    sources: list[SourceCode] | None = _field("From one of these sources.")
    layouts: list[str] | None = _field("In one of these layouts.")
    states: list[DeliveryState] | None = _field("In one of these states.")
    waiting_for: list[DeliveryWork] | None = _field("Waiting for one of these to be done.")


@strawberry.input(description="Which issues of a delivery.")
class IssueFilter:
    """Which issues."""

    severities: list[Severity] | None = _field("Of one of these severities.")
    codes: list[str] | None = _field("With one of these codes.")
    sheet: int | None = _field("Of the sheet at this position in the file, from 0.")
    from_row: int | None = _field("Of this row or a later one; never of the file as a whole.")
    to_row: int | None = _field("Of this row or an earlier one; never of the file as a whole.")
    open: bool | None = _field("Whether it is still open; see `Issue.open`.")


def criteria(given: object | None, target: type[F]) -> F:
    """The store's filter of what was given. Raises BAD_INPUT and ScopeError."""
    if given is None:
        return target()
    names = [f.name for f in fields(target)]  # type: ignore[arg-type]
    values = {name: _plain(name, getattr(given, name)) for name in names}
    if (region := values.get("region")) is not None:
        check_prefix(region)
    check_period(values.get("start"), values.get("end"))
    _check_decile(values.get("decile"))
    if not rules().keys() >= set(values.get("rules") or ()):
        raise bad_input("There is no such rule; `overlapRules` lists them.")
    return target(**values)


def check_period(start: date | None, end: date | None) -> None:
    """Raises BAD_INPUT when the period ends before it starts."""
    if start is not None and end is not None and start > end:
        raise bad_input("`from` must not be after `to`.")


def _check_decile(bounds: DecileRange | None) -> None:
    given = [b for b in (bounds.min, bounds.max) if b is not None] if bounds else []
    if given != sorted(given) or any(not 1 <= bound <= _HIGHEST_DECILE for bound in given):
        raise bad_input("A desil is 1 to 10, and `min` not above `max`.")


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, list):
        if len(value) > _LONGEST_LIST:
            raise bad_input(f"A list in a filter has at most {_LONGEST_LIST} entries.")
        if any("\0" in entry for entry in value):
            raise bad_input("A text may not contain a zero character.")
        return tuple(str(entry) for entry in value)
    if isinstance(value, str) and "\0" in value:
        raise bad_input("A text may not contain a zero character.")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise bad_input("A moment needs its offset from UTC, as in 2026-03-01T12:00:00Z.")
    named = name in ("name", "search") and value is not None
    if named and not _SHORTEST_NAME <= len(value.strip()) <= _LONGEST_NAME:
        raise bad_input(f"To search by name, give {_SHORTEST_NAME} to {_LONGEST_NAME} letters.")
    return value
