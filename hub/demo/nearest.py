"""From a unified value to the key that a source's code list has for it, or comes nearest.

The population speaks the finest terms. A list that is coarser gets the merged term; one that has
no term at all gets its "other", and if it has none of that either, the cell stays blank.
"""

from __future__ import annotations

from mappings.model import CodeList

COARSER: dict[str, tuple[str, ...]] = {
    "WIFE": ("SPOUSE", "OTHER"), "HUSBAND": ("SPOUSE", "OTHER"),
    "PARENT": ("PARENT_OR_IN_LAW",), "PARENT_IN_LAW": ("PARENT_OR_IN_LAW",),
    "OTHER_RELATIVE": ("OTHER",),
    "IN_PRIMARY": ("PRIMARY_INCOMPLETE", "NOT_SCHOOLED"),
    "IN_LOWER_SECONDARY": ("PRIMARY",), "IN_UPPER_SECONDARY": ("LOWER_SECONDARY",),
    "IN_TERTIARY": ("UPPER_SECONDARY",), "PRIMARY_INCOMPLETE": ("NOT_SCHOOLED",),
    "DIPLOMA_1_2": ("DIPLOMA", "TERTIARY"), "DIPLOMA_3": ("DIPLOMA", "TERTIARY"),
    "BACHELOR": ("TERTIARY",), "MASTER": ("POSTGRADUATE", "TERTIARY"),
    "DOCTORATE": ("POSTGRADUATE", "TERTIARY"),
    "HOMEMAKER": ("NOT_WORKING",), "STUDENT": ("NOT_WORKING",),
    "LIVESTOCK_FARMER": ("FARMER",), "VILLAGE_OFFICIAL": ("STATE_OFFICIAL",),
    "STATE_COMPANY_EMPLOYEE": ("PRIVATE_EMPLOYEE",), "PROFESSIONAL": ("PRIVATE_EMPLOYEE",),
    "CRAFT_OR_SERVICE_WORKER": ("CASUAL_WORKER",), "FARM_LABOURER": ("CASUAL_WORKER",),
    "DOMESTIC_WORKER": ("CASUAL_WORKER",), "CASUAL_WORKER": ("OTHER",),
    "PRIVATE_EMPLOYEE": ("EMPLOYEE",), "PUBLIC_EMPLOYEE": ("EMPLOYEE",),
    "CASUAL_FARM": ("CASUAL",), "CASUAL_OTHER": ("CASUAL",),
    "RENT_FREE": ("RENT_FREE_OR_LODGING",),
    "LODGING": ("RENT_FREE_OR_LODGING", "RENT_FREE", "OTHER"),
    "MARBLE_GRANITE": ("STONE_OR_TILE",), "CERAMIC": ("STONE_OR_TILE",),
    "TILE_TERRAZZO": ("STONE_OR_TILE",),
    "WOOD": ("WOOD_OR_BOARD", "WOOD_LOW_QUALITY"),
    "PLASTERED_BAMBOO": ("BAMBOO",), "WOVEN_BAMBOO": ("BAMBOO",), "LOG": ("WOOD",),
    "CLAY_TILE": ("TILE",), "METAL_TILE": ("TILE",), "CERAMIC_TILE": ("TILE",),
    "ASBESTOS": ("ASBESTOS_OR_ZINC",), "ZINC": ("ASBESTOS_OR_ZINC",),
    "BRANDED_BOTTLED": ("BOTTLED_OR_REFILL",), "REFILL": ("BOTTLED_OR_REFILL",),
    "PIPED_METERED": ("PIPED",), "PIPED_RETAIL": ("PIPED",),
    "PLN_METERED:LOW": ("PLN_METERED", "PLN", "PRIVATE_UP_TO_900_W"),
    "PLN_METERED:HIGH": ("PLN_METERED", "PLN", "PRIVATE_OVER_900_W"),
    "PLN_UNMETERED": ("PLN", "SHARED"), "NON_PLN": ("GENERATOR_OR_SOLAR",),
    "W450": ("UP_TO_900",), "W900": ("UP_TO_900",), "W1300": ("OVER_900",),
    "W2200": ("OVER_900",), "OVER_2200": ("OVER_900",),
    "ELECTRICITY": ("ELECTRICITY_OR_GAS",), "LPG_3": ("ELECTRICITY_OR_GAS",),
    "LPG_5_5": ("LPG_OVER_3", "ELECTRICITY_OR_GAS"),
    "LPG_12": ("LPG_OVER_3", "ELECTRICITY_OR_GAS"),
    "CITY_GAS": ("CITY_GAS_OR_BIOGAS", "ELECTRICITY_OR_GAS"),
    "BIOGAS": ("CITY_GAS_OR_BIOGAS", "OTHER"),
    "CHARCOAL": ("CHARCOAL_OR_FIREWOOD",), "FIREWOOD": ("CHARCOAL_OR_FIREWOOD",),
    "OWN:SEPTIC": ("OWN", "OWN_WITH_SEPTIC_TANK"),
    "OWN:OTHER": ("OWN", "OWN_WITHOUT_SEPTIC_TANK"),
    "COMMUNAL": ("PUBLIC", "SHARED_OR_PUBLIC"), "SHARED": ("SHARED_OR_PUBLIC",),
    "PUBLIC": ("SHARED_OR_PUBLIC",), "UNUSED": ("NONE",),
    "PLENGSENGAN_COVERED": ("PLENGSENGAN",), "PLENGSENGAN_OPEN": ("PLENGSENGAN",),
    "SEPTIC_TANK": (), "TREATMENT_PLANT": ("NO_SEPTIC_TANK",),
    "GROUND_HOLE": ("NO_SEPTIC_TANK",), "WATER_BODY": ("NO_SEPTIC_TANK",),
    "OPEN_LAND": ("NO_SEPTIC_TANK",),
    "FORMER_MENTAL_PATIENT": ("MENTAL",), "INTELLECTUAL": ("MENTAL",),
    "NOT_FOUND": ("MISMATCHED",), "DUPLICATE": ("MISMATCHED",),
}  # fmt: skip
"""For a term, what to look for next, nearest first."""


def keys_by_term(codes: CodeList, labels: bool = False) -> dict[str, list[str]]:
    """The keys of each term; only codes, or with `labels` only labels, where a list has both."""
    wanted = [key for key in codes.values if key != "*" and key.isdigit() != labels]
    usable = wanted or [key for key in codes.values if key != "*"]
    found: dict[str, list[str]] = {}
    for key in usable:
        found.setdefault(codes.values[key], []).append(key)
    return found


def _try(term: str) -> tuple[str, ...]:
    return (term, *COARSER.get(term, ()), "OTHER")


def inverse(
    codes: CodeList, terms: list[str], labels: bool = False, variant: int = 0
) -> dict[str, str]:
    """The key for each term that has one. `variant` picks one of several equal keys."""
    known = keys_by_term(codes, labels)
    found: dict[str, str] = {}
    for term in terms:
        near = next((t for t in _try(term) if t in known), None)
        if near is not None:
            found[term] = known[near][variant % len(known[near])]
    return found


def inverse_sets(codes: CodeList, terms: list[str], labels: bool = False) -> dict[str, str]:
    """As `inverse`, for several terms at once joined by "+"; "" is the key for "none of these"."""
    known = keys_by_term(codes, labels)
    by_set = {frozenset(value.split("+")): keys[0] for value, keys in known.items()}
    none = known.get("", [None])[0]
    found: dict[str, str] = {} if none is None else {"": none}
    for term in terms:
        parts = term.split("+")
        options = [frozenset(parts), *(frozenset([t]) for p in parts for t in _try(p))]
        # A list that asks about one disability only answers "none" to the rest.
        key = next((by_set[o] for o in options if o in by_set), none)
        if key is not None:
            found[term] = key
    return found
