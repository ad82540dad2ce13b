"""Opaque ids: what a thing is, its regency and its id in the store. Never a NIK or KK."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import strawberry

from hub.core.store.statement import Key
from schema.errors import bad_input


class Kind(StrEnum):
    """What has an id: a type of the schema."""

    HOUSEHOLD = "Household"
    PERSON = "Person"
    RECEIPT = "Receipt"
    FLAG = "OverlapFlag"
    REGION = "Region"
    DELIVERY = "Delivery"


_FORM = re.compile(
    rf"({'|'.join(Kind)}):(\d{{0,10}}):([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})?",
    re.ASCII,
)


@dataclass(frozen=True)
class Identity:
    """What an id says: the kind, the place (regency or region code, may be empty), the UUID."""

    kind: Kind
    place: str
    uuid: UUID | None

    @property
    def key(self) -> Key:
        """The key of a row of a large table. Raises BAD_INPUT."""
        if self.uuid is None or not self.place:
            raise bad_input("This id is not valid.")
        return self.place, self.uuid


def make_id(kind: str, place: str = "", uuid: UUID | None = None) -> strawberry.ID:
    """The opaque id of a thing."""
    return strawberry.ID(f"{kind}:{place}:{uuid or ''}")


def read_id(given: str, *kinds: str) -> Identity:
    """What `given` stands for, which must be one of `kinds`. Raises BAD_INPUT."""
    found = _FORM.fullmatch(given)
    if found is None:
        raise bad_input("This id is not valid.")
    kind, place, uuid = found.groups()
    identity = Identity(Kind(kind), place, UUID(uuid) if uuid else None)
    if kinds and identity.kind not in kinds:
        raise bad_input(f"This is the id of a {identity.kind}, not of a {' or '.join(kinds)}.")
    return identity
