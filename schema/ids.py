"""Opaque ids: what a thing is, its regency and its id in the store. Never a NIK or KK."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from uuid import UUID

import strawberry

from hub.core.store.statement import Key
from schema.errors import bad_input

_LONGEST = 200
_PLACE = re.compile(r"\d{0,10}", re.ASCII)
KINDS = ("Household", "Person", "Receipt", "OverlapFlag", "Region", "Delivery")


@dataclass(frozen=True)
class Identity:
    """What an id says: the kind, the place (regency or region code, may be empty), the UUID."""

    kind: str
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
    text = f"{kind}:{place}:{uuid.hex if uuid else ''}"
    return strawberry.ID(base64.urlsafe_b64encode(text.encode()).decode().rstrip("="))


def read_id(given: str, *kinds: str) -> Identity:
    """What `given` stands for, which must be one of `kinds`. Raises BAD_INPUT."""
    try:
        if len(given) > _LONGEST:
            raise ValueError
        padded = given + "=" * (-len(given) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        kind, place, hexadecimal = text.split(":")
        if kind not in KINDS or not _PLACE.fullmatch(place):
            raise ValueError
        identity = Identity(kind, place, UUID(hexadecimal) if hexadecimal else None)
    except ValueError as error:
        raise bad_input("This id is not valid.") from error
    if kinds and identity.kind not in kinds:
        raise bad_input(f"This is the id of a {identity.kind}, not of a {' or '.join(kinds)}.")
    return identity
