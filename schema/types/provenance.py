"""Why an attribute has its value: the row it comes from, and what was set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from hub.core.registry.provenance import attribute_provenance_sql
from hub.core.registry.survivors import HOUSEHOLD_ATTRIBUTES, PERSON_ATTRIBUTES
from hub.core.store.queries import records
from hub.core.store.reader import Reader, Row
from hub.core.store.statement import Key
from schema.context import Info
from schema.types.deliveries import SourceRecord
from schema.types.enums import ChosenBecause

Attributes = Annotated[
    list[str] | None,
    strawberry.argument(description="Only these attributes, by their names in this schema."),
]
SHOWN_NAMES = {
    name: to_camel_case(name) for name in (*PERSON_ATTRIBUTES, *HOUSEHOLD_ATTRIBUTES, "address")
} | {"relation": "relationToHead"}
"""Attributes by their names in this schema."""


@strawberry.type(description="What one source row says of an attribute.")
class AttributeStatement:
    """What one source row says of an attribute."""

    value: str = strawberry.field(description="The value as text; lists and addresses as JSON.")
    record: SourceRecord = strawberry.field(description="The row that says so.")


@strawberry.type(description="Where the value of one attribute comes from.")
class AttributeProvenance:
    """Where the value of one attribute comes from."""

    attribute: str = strawberry.field(description="Name of the attribute in this schema.")
    value: str = strawberry.field(description="The value as text; lists and addresses as JSON.")
    chosen_because: ChosenBecause = strawberry.field(description="Why this statement was chosen.")
    record: SourceRecord = strawberry.field(description="The row it comes from.")
    set_aside: list[AttributeStatement] = strawberry.field(
        description="What other rows say, in falling order."
    )

    @classmethod
    def of(cls, row: Row) -> AttributeProvenance:
        """The provenance of a row of the store."""
        return cls(
            attribute=SHOWN_NAMES[row["attribute"]],
            value=row["value"],
            chosen_because=row["chosen_because"],
            record=SourceRecord.of(row),
            set_aside=[_set_aside(other) for other in row["set_aside"]],
        )


async def of_people(reader: Reader, keys: Sequence[Key]) -> dict[Key, list[Row]]:
    """The provenance of the attributes of each person."""
    return await records.provenance(
        reader, keys, "person", partial(attribute_provenance_sql, "person")
    )


async def of_households(reader: Reader, keys: Sequence[Key]) -> dict[Key, list[Row]]:
    """The provenance of the attributes of each household."""
    return await records.provenance(
        reader, keys, "household", partial(attribute_provenance_sql, "household")
    )


async def provenance_of(
    info: Info, subject: records.Subject, key: Key, attributes: list[str] | None
) -> list[AttributeProvenance]:
    """The provenance of a person or household, of `attributes` only if given."""
    read = of_people if subject == "person" else of_households
    found = [AttributeProvenance.of(row) for row in await info.context.loaders.many(read, key)]
    return [one for one in found if attributes is None or one.attribute in attributes]


def _set_aside(stated: dict[str, Any]) -> AttributeStatement:
    row = stated | {
        "reference_date": date.fromisoformat(stated["reference_date"]),
        "delivery_id": UUID(stated["delivery_id"]),
    }
    return AttributeStatement(value=stated["value"], record=SourceRecord.of(row))
