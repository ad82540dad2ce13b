"""The unified columns: what a row of any source may say, and in which type.

A layout maps its headings to these names (`to:`). Three families are open-ended:
`asset.<AssetKind>` (a flag or a count), `programme.<CODE>` (the row says that the family or
person receives it) with `programme.<CODE>.period|month|year|amount`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mappings.vocabulary import VOCABULARIES, AssetKind

Kind = Literal["text", "integer", "decimal", "date", "term", "terms", "flag"]


@dataclass(frozen=True)
class Field:
    """Type of a unified column; `vocabulary` for terms; `private` values never leave in issues."""

    kind: Kind = "text"
    vocabulary: str | None = None
    private: bool = False


TEXT = Field()
PRIVATE = Field(private=True)
INTEGER = Field("integer")
DECIMAL = Field("decimal")
DATE = Field("date")


def _term(name: str) -> Field:
    return Field("term", name)


REGION = {
    # Whole codes in the system the layout states; parts are joined by the adapter.
    "region.code": TEXT,  # of any level
    "region.village_code": TEXT,
    "region.district_code": TEXT,
    "region.regency_code": TEXT,
    "region.province_code": TEXT,
    "region.village_part": TEXT,
    "region.district_part": TEXT,
    "region.regency_part": TEXT,
    "region.province_part": TEXT,
    "region.village_name": TEXT,
    "region.district_name": TEXT,
    "region.regency_name": TEXT,
    "region.province_name": TEXT,
}
ADDRESS = {
    "address.street": PRIVATE,
    "address.hamlet": TEXT,
    "address.rt": TEXT,
    "address.rw": TEXT,
}
PERSON = {
    "person.key": PRIVATE,  # the source's own person id
    "person.nik": PRIVATE,
    "person.name": PRIVATE,
    "person.sex": _term("sex"),
    "person.birth_date": DATE,
    "person.birth_place": TEXT,
    "person.mother_name": PRIVATE,
    "person.relation": _term("relation"),
    "person.marital_status": _term("marital_status"),
    "person.education": _term("education"),
    "person.occupation": _term("occupation"),
    "person.employment_status": _term("employment_status"),
    "person.disabilities": Field("terms", "disability"),
    "person.life_status": _term("life_status"),
    "person.civil_registry_match": _term("civil_registry_match"),
}
HOUSEHOLD = {
    "household.key": PRIVATE,  # the source's own family id; not a KK number
    "household.kk": PRIVATE,
    "household.size": INTEGER,
    "household.tenure": _term("tenure"),
    "household.floor_area": DECIMAL,  # square metres
    "household.floor": _term("floor"),
    "household.wall": _term("wall"),
    "household.roof": _term("roof"),
    "household.water": _term("water"),
    "household.lighting": _term("lighting"),
    "household.power": _term("power"),
    "household.fuel": _term("fuel"),
    "household.toilet": _term("toilet"),
    "household.closet": _term("closet"),
    "household.sewage": _term("sewage"),
}
RANKING = {
    f"ranking.{scope}.{figure}": INTEGER
    for scope in ("national", "province", "regency")
    for figure in ("decile", "percentile", "rank")
} | {"ranking.national.score": DECIMAL}
RECEIPT = {
    "receipt.programme": TEXT,  # name or code, looked up in the catalogue
    "receipt.period": TEXT,
    "receipt.month": INTEGER,
    "receipt.year": INTEGER,
    "receipt.date": DATE,
    "receipt.amount": DECIMAL,  # rupiah
    "receipt.status": _term("receipt_status"),
}
BUDGET = {
    "budget.kind": _term("budget_kind"),
    "budget.year": INTEGER,
    "budget.regency_name": TEXT,
    "budget.unit_code": TEXT,  # SKPD
    "budget.unit_name": TEXT,
    "budget.programme_code": TEXT,
    "budget.programme_name": TEXT,
    "budget.activity_code": TEXT,
    "budget.activity_name": TEXT,
    "budget.sub_activity_code": TEXT,
    "budget.sub_activity_name": TEXT,
    "budget.account_code": TEXT,
    "budget.account_name": TEXT,
    "budget.fund_source": TEXT,
    "budget.amount": DECIMAL,  # rupiah
    "budget.document_date": DATE,
}
INDICATOR = {
    "indicator.year": INTEGER,
    "indicator.name": TEXT,
    "indicator.unit": TEXT,
    "indicator.value": DECIMAL,
    "indicator.source": TEXT,
    "indicator.disaggregation": TEXT,
}
INTERVENTION = {
    "intervention.priority": TEXT,
    "intervention.programme": TEXT,
    "intervention.sub_activity_code": TEXT,
    "intervention.target": TEXT,
    "intervention.ceiling": DECIMAL,
    "intervention.year": INTEGER,
}
ROW = {"row.edition": TEXT, "row.reference_date": DATE}

FIELDS: dict[str, Field] = {
    **ROW,
    **REGION,
    **ADDRESS,
    **PERSON,
    **HOUSEHOLD,
    **RANKING,
    **RECEIPT,
    **BUDGET,
    **INDICATOR,
    **INTERVENTION,
    **{f"asset.{kind.value}": INTEGER for kind in AssetKind},
}
"""Every fixed unified column."""

PROGRAMME_PARTS: dict[str, Field] = {
    "period": TEXT,
    "month": INTEGER,
    "year": INTEGER,
    "amount": DECIMAL,
    "status": _term("receipt_status"),
}


def field_of(name: str) -> Field:
    """The field of a unified column, including the `programme.*` family.

    Raises KeyError for a name that is not unified.
    """
    if name.startswith("programme."):
        _, _, rest = name.partition(".")
        _, _, part = rest.partition(".")
        return PROGRAMME_PARTS[part] if part else Field("flag", "yes_no")
    return FIELDS[name]


def vocabulary_of(name: str) -> frozenset[str]:
    """The member codes of a term column's vocabulary."""
    vocabulary = field_of(name).vocabulary
    if vocabulary is None:
        raise KeyError(f"{name} has no vocabulary")
    return frozenset(member.value for member in VOCABULARIES[vocabulary])
