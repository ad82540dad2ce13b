"""The four operations of bench/graphql.py, for the hub and for PostGraphile, and their answers.

PostGraphile's documents use aliases, so that both answers have the same names; what is left to
compare is how each writes ids, and that the hub masks NIKs and card numbers for this caller. The
hub's lists have an order of their own, PostGraphile's are by primary key; the data are made so
that the two agree, and PostGraphile need not be asked for another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from bench.graphql_data import REGENCY
from schema.ids import make_id, read_id

BODIES = 120
NIKS = 500

_MASKED = ("nik", "familyCardNumber")


@dataclass(frozen=True)
class Operation:
    """One question, as each server is asked it, with the variables of every request."""

    key: str
    title: str
    hub: str
    postgraphile: str
    hub_variables: list[dict[str, Any]]
    postgraphile_variables: list[dict[str, Any]]
    hub_view: Callable[[Any], Any]
    postgraphile_view: Callable[[Any], Any]

    def bodies(self, server: str) -> list[bytes]:
        """The request bodies for "postgraphile", or else for the hub."""
        theirs = server == "postgraphile"
        query = " ".join((self.postgraphile if theirs else self.hub).split())
        variables = self.postgraphile_variables if theirs else self.hub_variables
        return [json.dumps({"query": query, "variables": given}).encode() for given in variables]

    def view(self, server: str, answer: Mapping[str, Any]) -> Any:
        """What the answer says, in the form common to both. Raises ValueError on an error."""
        if answer.get("errors") or not answer.get("data"):
            raise ValueError(f"{server} answers {self.key} with {answer.get('errors')}")
        if server == "postgraphile":
            return _plain(self.postgraphile_view(answer["data"]), mask=True)
        return _plain(self.hub_view(answer["data"]), mask=False)


_RECEIPTS = "{ id programme { code } periodStart periodEnd amount status }"
_PG_RECEIPTS = """{
  id: rowId programme: programmeByProgramme { code } periodStart periodEnd amount status
}"""
_HUB_A = """
query ($id: ID!) {
  household(id: $id) {
    id familyCardNumber size
    members { id nik name sex birthDate relationToHead }
    rankings { source edition decile percentile decidedAt }
    receipts { id programme { code name } periodStart periodEnd amount status }
    overlapFlags { id rule { code title } status periodStart periodEnd explanation }
  }
}"""
_PG_A = """
query ($regency: String!, $id: UUID!) {
  household: householdByRegencyCodeAndRowId(regencyCode: $regency, rowId: $id) {
    id: rowId familyCardNumber: kk size
    members: peopleByRegencyCodeAndHouseholdIdList {
      id: rowId nik name sex birthDate relationToHead: relation
    }
    rankings: rankingsByRegencyCodeAndHouseholdIdList {
      source edition decile percentile decidedAt
    }
    receipts: receiptsByRegencyCodeAndHouseholdIdList {
      id: rowId programme: programmeByProgramme { code name } periodStart periodEnd amount status
    }
    overlapFlags: overlapFlagsByRegencyCodeAndHouseholdIdList {
      id: rowId rule: overlapRuleByRuleCode { code title } status periodStart periodEnd explanation
    }
  }
}"""
_HUB_B = f"""
query ($village: RegionCode!) {{
  households(filter: {{region: $village, decile: {{max: 3}}}}, first: 50) {{
    nodes {{
      id size welfare {{ decile }}
      members {{ id nik name birthDate relationToHead }}
      receipts {_RECEIPTS}
    }}
  }}
}}"""
_PG_B = f"""
query ($village: String!) {{
  households: benchVillageHouseholdsList(village: $village, highest: 3, most: 50) {{
    id: rowId size welfare: decile
    members: peopleByRegencyCodeAndHouseholdIdList {{
      id: rowId nik name birthDate relationToHead: relation
    }}
    receipts: receiptsByRegencyCodeAndHouseholdIdList {_PG_RECEIPTS}
  }}
}}"""
_HUB_C = f"""
query ($niks: [NIK!]!) {{
  checkReceipts(niks: $niks) {{ nik person {{ name }} receipts {_RECEIPTS} }}
}}"""
_PG_C = f"""
query ($niks: [String!]!) {{
  checkReceipts: benchCheckReceiptsList(niks: $niks) {{
    nik name
    receipts: receiptsByRegencyCodeAndPersonIdList {_PG_RECEIPTS}
  }}
}}"""
_HUB_D = """
query ($code: RegionCode!) {
  region(code: $code) { statistics { deciles { decile households } } }
}"""
_PG_D = """
query ($code: String!) {
  deciles: benchHouseholdsByDecileList(regency: $code) { decile households }
}"""
PAGE = """
query ($region: RegionCode!, $after: String) {
  households(filter: {region: $region}, first: 100, after: $after) {
    nodes {
      id familyCardNumber size welfare { status decile } updatedAt
      members { id nik name relationToHead }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""


def operations(connection: psycopg.Connection[Any]) -> list[Operation]:
    """The operations, with `BODIES` different inputs each, except for the last."""

    def column(query: str, *values: Any) -> list[Any]:
        return [row[0] for row in connection.execute(query, values).fetchall()]

    # By a hash of the key: spread over the regency, and the same in every run.
    homes = column(
        "select id from household where regency_code = %s order by md5(id::text) limit %s",
        *(REGENCY, BODIES),
    )
    villages = column(
        "select code from region where level = 'VILLAGE' and left(code, 4) = %s"
        " order by md5(code) limit %s",
        *(REGENCY, BODIES),
    )
    niks = column(
        "select nik from person where regency_code = %s order by md5(nik) limit %s",
        *(REGENCY, BODIES * NIKS),
    )
    places = [{"village": village} for village in villages]
    lists = [{"niks": niks[start : start + NIKS]} for start in range(0, len(niks), NIKS)]
    return [
        Operation(
            "a",
            "household by id",
            _HUB_A,
            _PG_A,
            [{"id": make_id("Household", REGENCY, home)} for home in homes],
            [{"regency": REGENCY, "id": str(home)} for home in homes],
            lambda data: data["household"],
            lambda data: data["household"],
        ),
        Operation(
            "b",
            "50 households of a village",
            _HUB_B,
            _PG_B,
            places,
            places,
            lambda data: [
                {**home, "welfare": home["welfare"]["decile"]}
                for home in data["households"]["nodes"]
            ],
            lambda data: data["households"],
        ),
        Operation(
            "c",
            f"{NIKS} NIKs",
            _HUB_C,
            _PG_C,
            lists,
            lists,
            lambda data: [
                {"asked": c["nik"], "name": c["person"]["name"], "receipts": c["receipts"]}
                for c in data["checkReceipts"]
            ],
            lambda data: [
                {"asked": c["nik"], "name": c["name"], "receipts": c["receipts"]}
                for c in data["checkReceipts"]
            ],
        ),
        Operation(
            "d",
            "households by desil",
            _HUB_D,
            _PG_D,
            [{"code": REGENCY}],
            [{"code": REGENCY}],
            lambda data: [[c["decile"], int(c["households"])] for c in _counts(data["region"])],
            lambda data: [[c["decile"], int(c["households"])] for c in data["deciles"]],
        ),
    ]


def _counts(region: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [count for count in region["statistics"]["deciles"] if count["households"]]


def _plain(value: Any, *, mask: bool) -> Any:
    """`value` with ids as UUIDs, amounts as numbers and personal numbers masked."""
    if isinstance(value, list):
        return [_plain(entry, mask=mask) for entry in value]
    if not isinstance(value, dict):
        return value
    return {key: _plain_field(key, entry, mask=mask) for key, entry in value.items()}


def _plain_field(key: str, value: Any, *, mask: bool) -> Any:
    if value is None:
        return None
    if key == "id":
        return _uuid(value)
    if key == "amount":
        return Decimal(value)
    if key in _MASKED and mask:
        return f"{value[:6]}********{value[-2:]}"
    return _plain(value, mask=mask)


def _uuid(given: str) -> UUID:
    """The UUID in an id, be it PostGraphile's or the hub's. Raises ValueError."""
    try:
        return UUID(given)
    except ValueError:
        found = read_id(given).uuid
        if found is None:
            raise ValueError("an id without a UUID") from None
        return found
