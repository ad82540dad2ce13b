"""Scalars of the contract. Numbers of 16 digits are text: as JSON numbers they lose digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.types.base_scalars import DateTimeDefinition, DecimalDefinition
from strawberry.types.scalar import ScalarDefinition

from mappings.load import layouts, programmes

NIK = NewType("NIK", str)
FamilyCardNumber = NewType("FamilyCardNumber", str)
RegionCode = NewType("RegionCode", str)
ProgrammeCode = NewType("ProgrammeCode", str)
SourceCode = NewType("SourceCode", str)

UNKNOWN_SOURCE = "UNKNOWN"
_LONGEST = 64


def _text(name: str, pattern: str, expected: str) -> Callable[[object], str]:
    """A parser of text of one form. Its errors do not repeat what was given."""
    form = re.compile(pattern, re.ASCII)

    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise GraphQLError(f"{name} must be text in quotes: as a number it loses digits.")
        if not form.fullmatch(value.strip()):
            raise GraphQLError(f"{name} must be {expected}.")
        return value.strip()

    return parse


def _listed(known: Callable[[], Collection[str]], hint: str) -> Callable[[object], str]:
    """A parser of codes of a catalogue: with one that is in none a list would just be empty."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in known():
            raise GraphQLError(hint)
        return value

    return parse


def _sources() -> Collection[str]:
    return {UNKNOWN_SOURCE, *(layout.source for layout in layouts().values())}


def _anything(value: object) -> str:
    """A NIK as given: whether it is valid is an answer, not an error."""
    if not isinstance(value, str) or len(value) > _LONGEST or "\0" in value:
        raise GraphQLError("NIK must be text in quotes: as a number it loses digits.")
    return value.strip()


def _scalar(name: str, description: str, parse: Callable[[object], str]) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=str, parse_value=parse)


def _moment(value: datetime) -> str:
    """Always with microseconds: of one length, and as a compiled statement writes it."""
    return value.isoformat(timespec="microseconds")


def _amount(value: Decimal) -> str:
    """Never with an exponent."""
    return format(value, "f")


SCALARS: dict[object, ScalarDefinition] = {
    datetime: replace(
        DateTimeDefinition,
        description="A moment with its offset from UTC (ISO 8601); given back in UTC.",
        serialize=_moment,
    ),
    Decimal: replace(
        DecimalDefinition,
        description="A decimal number as text, so that it stays exact; without an exponent.",
        serialize=_amount,
    ),
    NIK: _scalar(
        "NIK",
        "A national identity number (nomor induk kependudukan): 16 digits as text. Shown as its"
        " first 6 and last 2 digits unless the caller may see it whole.",
        _anything,
    ),
    FamilyCardNumber: _scalar(
        "FamilyCardNumber",
        "A family card number (nomor KK): 16 digits as text. Shown as its first 6 and last 2"
        " digits unless the caller may see it whole.",
        _text("FamilyCardNumber", r"\d{16}", "16 digits"),
    ),
    RegionCode: _scalar(
        "RegionCode",
        "A region by its Kemendagri digits without dots: 2 province, 4 regency or city,"
        " 6 district, 10 village.",
        _text("RegionCode", r"\d{2}|\d{4}|\d{6}|\d{10}", "2, 4, 6 or 10 digits without dots"),
    ),
    ProgrammeCode: _scalar(
        "ProgrammeCode",
        "A programme of the catalogue, such as PKH, SEMBAKO or BLT_DD; see `programmes`.",
        _listed(programmes, "There is no such programme; `programmes` lists them."),
    ),
    SourceCode: _scalar(
        "SourceCode",
        "A source system, such as DTSEN, P3KE or DUKCAPIL; UNKNOWN is that of a delivery whose file"
        " was not recognised yet.",
        _listed(_sources, "There is no such source; those of `deliveries` show how it is written."),
    ),
}
