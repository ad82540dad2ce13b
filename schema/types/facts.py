"""Plain attributes of types that refer to others, apart from those references."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from hub.core.store.reader import Row
from hub.core.store.statement import Key
from mappings.vocabulary import (
    CivilRegistryMatch,
    CivilRegistryReason,
    Disability,
    Education,
    EmploymentStatus,
    LifeStatus,
    MaritalStatus,
    NikStatus,
    Occupation,
    RelationToHead,
    Sex,
)
from schema.scalars import NIK, SourceCode
from schema.types.paging import Node


@strawberry.type(description="A thing of the registry.")
class Stored(Node):
    """What stands for one row of a large table."""

    row: strawberry.Private[Row]

    @property
    def key(self) -> Key:
        """The key of its row."""
        return self.row["regency_code"], self.row["id"]


@strawberry.type(description="A person, as the sources together describe them.")
class PersonFacts(Stored):
    """The attributes of a person."""

    nik: NIK | None = strawberry.field(
        description="Masked unless the caller may see it; null unless `nikStatus` is VALID."
    )
    nik_status: NikStatus = strawberry.field(description="Whether the NIK is fit to be a key.")
    civil_registry_match: CivilRegistryMatch = strawberry.field(
        description="Result of matching with the civil registry (padan Dukcapil)."
    )
    civil_registry_reason: CivilRegistryReason | None = strawberry.field(
        description="What the result rests on; null while nothing was matched."
    )
    civil_registry_similarity: int | None = strawberry.field(
        description="How like the names are, 0 to 100, where they were compared; matched from 60."
    )
    civil_registry_source: SourceCode | None = strawberry.field(
        description="The source that the result comes from."
    )
    civil_registry_date: date | None = strawberry.field(
        description="Reference date of the row that the result comes from."
    )
    name: str = strawberry.field(description="Name, in capitals.")
    sex: Sex | None = strawberry.field(description="Sex.")
    birth_date: date | None = strawberry.field(description="Day of birth.")
    birth_place: str | None = strawberry.field(description="Place of birth.")
    mother_name: str | None = strawberry.field(description="Name of the mother.")
    relation_to_head: RelationToHead | None = strawberry.field(description="Relation to the head.")
    marital_status: MaritalStatus | None = strawberry.field(description="Marital status.")
    education: Education | None = strawberry.field(description="Highest education.")
    occupation: Occupation | None = strawberry.field(description="Main occupation.")
    employment_status: EmploymentStatus | None = strawberry.field(description="Status at work.")
    disabilities: list[Disability] = strawberry.field(description="Kinds of disability.")
    life_status: LifeStatus = strawberry.field(description="Whether the person lives.")
    deceased_since: date | None = strawberry.field(
        description="First reference date at which the civil registry calls the person deceased."
    )
    deceased_source: SourceCode | None = strawberry.field(
        description="The source that `deceasedSince` comes from."
    )
    updated_at: datetime = strawberry.field(description="When the record last changed.")


PERSON_COLUMNS = (
    *("nik", "nik_status", "civil_registry_match", "name", "sex", "birth_date", "birth_place"),
    *("mother_name", "marital_status", "education", "occupation", "employment_status"),
    *("disabilities", "life_status", "deceased_since", "deceased_source", "updated_at"),
    *("civil_registry_reason", "civil_registry_similarity", "civil_registry_source"),
    "civil_registry_date",
)
