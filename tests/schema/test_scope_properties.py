"""Whatever is asked, by whomever: nothing of a foreign region, and no number unmasked.

Random callers ask random operations of a registry in which everything says where it belongs.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from asking import VIEWERS, Asker, asking, viewer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from leaks import leaks
from operations import WRITINGS, Operation, Values, Writing, lists, orders
from registries import shared_database
from rich_registry import BIMA, LONE, PONCOL, SAYUTAN, Registry, fill, visible

from hub.core.access import Viewer

# A field that fails leaves coroutines of its siblings behind, as pyproject.toml says; when they are
# collected within a named tuple, the warning itself fails.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <coroutine object (GraphQLCoreConverter|Executor)"
    ":pytest.PytestUnraisableExceptionWarning"
)

GENERATED = 300
"""Operations that are asked by random callers."""
PREFIXES = (
    *("", "35", "52", "11", "3520", "3501", "5206", "352001", "352002", "520601"),
    *(PONCOL, "3520012002", SAYUTAN, "3520019999", "3501012001", BIMA),
)
SETTINGS = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
TABLES = {
    "households": "household",
    "persons": "person",
    "receipts": "receipt",
    "overlapFlags": "overlap_flag",
    "rankings": "ranking",
}


def callers(prefixes: Sequence[str] = PREFIXES) -> st.SearchStrategy[Viewer]:
    """Callers of none, one or several regions, overlapping ones too."""
    regions = st.lists(st.sampled_from(prefixes), max_size=3, unique=True)
    return st.builds(
        lambda chosen, identified: viewer(*chosen, identified=identified), regions, st.booleans()
    )


@settings(SETTINGS, max_examples=GENERATED)
@given(writing=WRITINGS, by=callers())
def test_no_answer_shows_what_the_caller_may_not_see(
    rich_asker: Asker, made: Registry, values: Values, writing: Writing, by: Viewer
) -> None:
    operation = writing.operation(values, faults=True)
    body, _ = rich_asker.served(operation, by)
    assert leaks(body, made, by) == [], f"asked by {by.regions}: {operation}"


@pytest.fixture(scope="module")
def unguarded_asker(database_url: str, _template: str, made: Registry) -> Iterator[Asker]:
    """Asks a registry without row-level security, the wall behind the scope of the statements."""
    with shared_database(database_url, _template) as url:
        fill(url, made)
        with psycopg.connect(url) as connection:
            guarded = connection.execute(
                "select oid::regclass::text from pg_class where relrowsecurity"
            ).fetchall()
            assert len(guarded) > len(TABLES)
            for (table,) in guarded:
                connection.execute(f"alter table {table} disable row level security")
        with asking(url) as asker:
            yield asker


@settings(SETTINGS, max_examples=GENERATED)
@given(writing=WRITINGS, by=callers())
def test_the_statements_alone_show_nothing_more(
    unguarded_asker: Asker, rich_asker: Asker, values: Values, writing: Writing, by: Viewer
) -> None:
    operation = writing.operation(values, faults=True)
    answers = [asker.served(operation, by) for asker in (unguarded_asker, rich_asker)]
    assert answers[0] == answers[1], f"asked by {by.regions}: {operation}"


# --- what is not seen changes nothing -----------------------------------------------------------


@pytest.fixture(scope="module")
def magetan_asker(database_url: str, _template: str, made: Registry) -> Iterator[Asker]:
    """Asks a registry that has the rows of one regency only."""
    with shared_database(database_url, _template) as url:
        fill(url, made, ["3520"])
        with asking(url) as asker:
            yield asker


@settings(SETTINGS, max_examples=GENERATED // 2)
@given(
    writing=WRITINGS,
    by=callers(["3520", "352001", "352002", PONCOL, SAYUTAN, "3520012002"]),
)
def test_rows_of_other_regencies_change_no_answer(
    rich_asker: Asker, magetan_asker: Asker, values: Values, writing: Writing, by: Viewer
) -> None:
    """Not even a total, a count, the order of a list or an error tells that they are there."""
    operation = writing.operation(values, faults=True)
    answers = [asker.served(operation, by)[0] for asker in (rich_asker, magetan_asker)]
    assert answers[0] == answers[1], f"asked by {by.regions}: {operation}"


# --- totals -------------------------------------------------------------------------------------


def paged(asker: Asker, by: Viewer, field: str, arguments: str, size: int) -> tuple[int, list[Any]]:
    """The total of a list, and its entries by paging through it."""
    found: list[Any] = []
    after = None
    while True:
        query = (
            f"query ($after: String) {{ page: {field}(first: {size}, after: $after {arguments})"
            " { totalCount edges { cursor } pageInfo { hasNextPage endCursor } } }"
        )
        body, _ = asker.served(Operation(query, {"after": after}), by)
        page = json.loads(body)["data"]["page"]
        found += [edge["cursor"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return page["totalCount"], found


@settings(SETTINGS, max_examples=40)
@given(
    by=callers(),
    ordered=st.sampled_from([(name, o) for name in sorted(TABLES) for o in orders(lists()[name])]),
    region=st.none() | st.sampled_from([p for p in PREFIXES if p]),
)
def test_a_total_is_the_number_of_entries_paged_through(
    rich_asker: Asker,
    made: Registry,
    by: Viewer,
    ordered: tuple[str, tuple[str, ...]],
    region: str | None,
) -> None:
    field, order = ordered
    sorting = f"orderBy: [{', '.join(order)}]" if order else ""
    filtered = f'filter: {{region: "{region}"}}' if region else ""
    total, found = paged(rich_asker, by, field, f"{sorting} {filtered}", 40)
    assert len(found) == len(set(found)) == total
    seen = [
        row
        for row in made.tables[TABLES[field]]
        if visible(row["_places"], by.regions) and visible(row["_places"], [region or ""])
    ]
    assert total == len(seen), (by.regions, field, region)


@settings(SETTINGS, max_examples=40)
@given(by=callers(), region=st.sampled_from([p for p in PREFIXES if p]))
def test_counts_of_a_region_are_those_of_its_visible_rows(
    rich_asker: Asker, made: Registry, by: Viewer, region: str
) -> None:
    query = "query ($code: RegionCode!) { region(code: $code) { statistics { households } } }"
    body, _ = rich_asker.served(Operation(query, {"code": region}), by)
    seen = [
        row
        for row in made.tables["household"]
        if visible(row["_places"], by.regions) and visible(row["_places"], [region])
    ]
    (found,) = [json.loads(body)["data"]["region"]]
    if found is not None:  # the catalogue does not have every village
        assert found["statistics"]["households"] == len(seen), by.regions


# --- the tests can fail -------------------------------------------------------------------------


def test_the_detector_finds_every_kind_of_leak(made: Registry) -> None:
    village = viewer(PONCOL)
    hidden = [
        row["file_name"]
        for row in made.tables["delivery"]
        if not made.shows_delivery(row["id"], village.regions)
    ]
    leaky = {
        "text": f"WARGA @{BIMA} 1",
        "either": f"@{BIMA}+{SAYUTAN}",
        "regency": f"@{LONE}",
        "id": made.ids["Household", BIMA][0],
        "bare": str(next(p for p, places in made.places.items() if places == {SAYUTAN})),
        "unknown": "00000000-0000-4000-8000-000000000000",
        "nik": next(n for n, places in made.numbers.items() if places == {PONCOL}),
        "other number": "1234567890123456",
        "file": hidden[0],
    }
    for kind, text in leaky.items():
        for body in (json.dumps({"data": [text]}), json.dumps({"errors": [{"message": text}]})):
            assert leaks(body, made, village), kind
    harmless = {
        **{"text": f"@{PONCOL} @{BIMA}+{PONCOL}", "masked": "993520********01", "code": BIMA},
        **{"id": made.ids["Person", PONCOL][0], "moment": "2026-03-01T12:00:00.000007+00:00"},
    }
    assert leaks(json.dumps(harmless), made, village) == []


def test_an_answer_for_the_whole_country_would_be_a_leak_for_everybody_else(
    rich_asker: Asker, made: Registry, values: Values
) -> None:
    query = """{ households(first: 100) { edges { cursor } nodes {
        id familyCardNumber address { street } members { id name nik } receipts { id }
        overlapFlags { explanation } records { delivery { fileName } } provenance { value } } } }"""
    body, _ = rich_asker.served(Operation(query), VIEWERS["nationwide"])
    assert leaks(body, made, VIEWERS["nationwide"]) == []
    masked = leaks(body, made, viewer(""))
    assert {leak.split()[0] for leak in masked} == {"number"}
    for prefix in ("3520", "352001", PONCOL, "5206", "11"):
        kinds = {leak.split()[0] for leak in leaks(body, made, viewer(prefix))}
        assert {"id", "number"} <= kinds
        assert any(kind[0].isdigit() for kind in kinds)


def test_generated_operations_reach_all_there_is_to_hide(
    rich_asker: Asker, made: Registry, values: Values
) -> None:
    shown: list[str] = []

    @settings(SETTINGS, max_examples=GENERATED)
    @given(writing=WRITINGS)
    def ask(writing: Writing) -> None:
        operation = writing.operation(values)
        body, _ = rich_asker.served(operation, VIEWERS["nationwide"])
        shown.extend(leaks(body, made, viewer()))

    ask()
    kinds = {leak.split()[0] for leak in shown}
    assert {"id", "number", "delivery", "file"} <= kinds
    for table in ("household", "person"):
        for place in {p for row in made.tables[table] for p in row["_places"]}:
            assert any(place in leak for leak in shown), place
