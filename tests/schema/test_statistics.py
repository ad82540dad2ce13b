"""Counts of regions: the numbers, and only those of the caller's own regions."""

from typing import Any

import psycopg
import pytest
import seed
from psycopg import sql
from seed import CountingCursor, ask, told

from hub.core.store.scope import Scope

TOTALS = "statistics { households persons }"
ALL = """statistics {
    households persons
    deciles { decile households persons }
    welfare { status households persons }
    receipts { programme { code unit } families persons receipts }
    flags { rule { code } status count }
    rankings { source edition deciles { decile households persons } } }"""
EMPTY = {
    **{"households": 0, "persons": 0, "deciles": [], "welfare": [], "receipts": []},
    **{"flags": [], "rankings": []},
}
RULE = {"code": "BLT_DD_WITH_PKH_OR_SEMBAKO"}


def counts(url: str, code: str, fields: str = ALL, **rights: Any) -> Any:
    """The statistics of a region."""
    query = "query ($code: RegionCode!) { region(code: $code) { FIELDS } }"
    variables = {"code": code}
    return told(url, query.replace("FIELDS", fields), variables, **rights)["region"]["statistics"]


def totals(url: str, code: str, *regions: str) -> tuple[int, int]:
    """Households and persons of a region for a caller of `regions`."""
    found = counts(url, code, TOTALS, regions=regions)
    return found["households"], found["persons"]


def test_the_counts_of_a_regency(registry: str) -> None:
    assert counts(registry, "3520") == {
        "households": 2,
        "persons": 4,
        "deciles": [
            {"decile": 1, "households": 1, "persons": 1},
            {"decile": 2, "households": 1, "persons": 3},
        ],
        "welfare": [
            {"status": "EXTREME_POOR", "households": 1, "persons": 1},
            {"status": "POOR", "households": 1, "persons": 3},
        ],
        "receipts": [
            {
                "programme": {"code": "BLT_DD", "unit": "FAMILY"},
                **{"families": 1, "persons": 1, "receipts": 1},
            },
            {
                "programme": {"code": "PKH", "unit": "FAMILY"},
                **{"families": 1, "persons": 0, "receipts": 1},
            },
        ],
        "flags": [{"rule": RULE, "status": "OPEN", "count": 1}],
        "rankings": [
            {
                **{"source": "DTSEN", "edition": "2026-Q1"},
                "deciles": [{"decile": 2, "households": 1, "persons": 3}],
            },
            {
                **{"source": "P3KE", "edition": "2023"},
                "deciles": [{"decile": 5, "households": 1, "persons": 3}],
            },
        ],
    }


def test_an_edition_narrows_the_rankings_only(registry: str) -> None:
    narrowed = ALL.replace("statistics", 'statistics(edition: "2023")')
    whole, found = counts(registry, "3520"), counts(registry, "3520", narrowed)
    assert [ranking["source"] for ranking in found.pop("rankings")] == ["P3KE"]
    assert found == {name: whole[name] for name in found}
    unknown = ALL.replace("statistics", 'statistics(edition: "1999")')
    assert counts(registry, "3520", unknown) == {**whole, "rankings": []}


def test_a_province_is_the_sum_of_its_regencies(own_registry: str) -> None:
    with psycopg.connect(own_registry) as connection:
        seed.household(connection, seed.UUID(int=0xE), "3501012001", decile=1)
        seed.household(connection, seed.UUID(int=0xF), "3501012001", decile=10)
        seed.refresh_statistics(connection, ["3501"])
    found = counts(own_registry, "35")
    assert (found["households"], found["persons"]) == (4, 4)
    assert found["deciles"] == [
        {"decile": 1, "households": 2, "persons": 1},
        {"decile": 2, "households": 1, "persons": 3},
        {"decile": 10, "households": 1, "persons": 0},
    ]


def test_no_desil_comes_last_and_the_rest_by_number(own_registry: str) -> None:
    with psycopg.connect(own_registry) as connection:
        for number, decile in enumerate((None, 10, 9)):
            seed.household(connection, seed.UUID(int=0xE0 + number), "3520012001", decile=decile)
        seed.refresh_statistics(connection, ["3520"])
    deciles = counts(own_registry, "3520012001")["deciles"]
    assert [(one["decile"], one["households"]) for one in deciles] == [
        *((2, 1), (9, 1), (10, 1), (None, 1))
    ]


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        ([""], (2, 4)),
        (["35"], (2, 4)),
        (["3520"], (2, 4)),
        (["352001"], (1, 3)),
        (["3520022001"], (1, 1)),
        (["352001", "3520022001"], (2, 4)),
        (["3520012001", "352001", "5206"], (1, 3)),  # one in the other, and a foreign one
        (["3520012001", "3520", "35", "3520"], (2, 4)),
        (["", "3520"], (2, 4)),
        (["3520012002"], (0, 0)),
        (["52"], (0, 0)),
        ([], (0, 0)),
    ],
)
def test_a_wider_region_counts_as_far_as_it_is_the_callers(
    registry: str, regions: list[str], expected: tuple[int, int]
) -> None:
    assert totals(registry, "35", *regions) == expected
    assert totals(registry, "3520", *regions) == expected


@pytest.mark.parametrize("regions", [[""], ["35"], ["3520"], ["352001"], ["3520012001"]])
def test_a_region_within_the_callers_counts_as_a_whole(registry: str, regions: list[str]) -> None:
    assert totals(registry, "3520012001", *regions) == (1, 3)
    assert totals(registry, "3520022001", *regions) == ((1, 1) if len(regions[0]) < 6 else (0, 0))


@pytest.mark.parametrize("code", ["52", "5206", "520601", "5206012005", "35", "1101"])
def test_a_foreign_region_is_like_one_without_anybody(registry: str, code: str) -> None:
    own = {"35": ["3520022002"]}.get(code, ["3520"])
    assert counts(registry, code, regions=own) == EMPTY


def test_what_is_of_no_known_region_is_counted_for_a_caller_of_the_whole_country(
    registry: str,
) -> None:
    query = "query ($id: ID!) { household(id: $id) { region { code STATISTICS } } }"
    variables = {"id": seed.household_id(seed.D, "0000")}
    found = told(registry, query.replace("STATISTICS", TOTALS), variables)["household"]["region"]
    assert found == {"code": "0000", "statistics": {"households": 1, "persons": 1}}
    assert totals(registry, "35", "") == (2, 4)


def test_a_household_is_counted_where_its_list_shows_it(registry: str) -> None:
    query = """query ($code: RegionCode!) {
        region(code: $code) { STATISTICS }
        households(filter: {region: $code}) { totalCount }
        persons(filter: {region: $code}) { totalCount } }""".replace("STATISTICS", TOTALS)
    for code in ("35", "3520", "352001", "3520022001", "5206012005"):
        for regions in ([""], ["3520"], ["352001"], ["3520022001", "52"]):
            found = told(registry, query, {"code": code}, regions=regions)
            listed = {name: found[name]["totalCount"] for name in ("households", "persons")}
            assert found["region"]["statistics"] == listed, (code, regions)


def test_the_counts_of_many_regions_are_one_statement(own_registry: str) -> None:
    query = '{ regions(parent: "3520", first: 50) { nodes { STATISTICS } } }'
    CountingCursor.statements = 0
    nodes = told(own_registry, query.replace("STATISTICS", TOTALS), plainly=True)["regions"][
        "nodes"
    ]
    assert sum(node["statistics"]["persons"] for node in nodes) == 4
    assert (len(nodes), CountingCursor.statements) == (18, 2)


def test_an_edition_that_no_text_can_be_is_bad_input(registry: str) -> None:
    query = """query ($edition: String) {
        region(code: "35") { statistics(edition: $edition) { persons } } }"""
    (error,) = ask(registry, query, {"edition": "\0"})["errors"]
    assert (error["extensions"], error["path"]) == (
        {"code": "BAD_INPUT"}, ["region", "statistics"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("regions", "seen"),
    [
        ([""], {"0000", "3520", "352001", "3520012001", "352002", "3520022001"}),
        (["35"], {"3520", "352001", "3520012001", "352002", "3520022001"}),
        (["3520"], {"3520", "352001", "3520012001", "352002", "3520022001"}),
        (["352001"], {"352001", "3520012001"}),
        (["3520022001"], {"3520022001"}),
        ([], set()),
    ],
)
def test_row_level_security_lets_nothing_else_be_read(
    registry: str, regions: list[str], seen: set[str]
) -> None:
    scope = Scope(tuple(regions)).setting
    with psycopg.connect(registry) as connection:
        connection.execute("set local role hub_reader")
        connection.execute(sql.SQL("set local hub.scope = {}").format(scope))
        rows = connection.execute(
            "select distinct region_code from region_statistic where regency_code <> '5206'"
        ).fetchall()
    assert {code for (code,) in rows} == seen
