"""By plain execution, no list costs more statements when it is longer."""

import pytest
import seed
from seed import CountingCursor, told

DEEP = """households(first: 100) { totalCount nodes {
    region { name } address { formatted } head { name }
    members { name household { size } receipts { status } overlapFlags { status } records { row } }
    rankings { source delivery { fileName region { name } } }
    receipts { programme { code } recipient { name } delivery { source } }
    overlapFlags { rule { title programmes { code } } receipts { status } history { actor } }
    welfare { reason from { source } }
    records { row } provenance { value } } }"""
LISTS = [
    (DEEP, 22),
    ("persons(first: 100) { nodes { name household { size members { name } } } }", 3),
    ("receipts(first: 100) { nodes { programme { name } household { head { name } } } }", 4),
    ("overlapFlags(first: 100) { nodes { rule { title } household { size } receipts { id } } }", 4),
    ("rankings(first: 100) { nodes { decile household { region { name } } } }", 3),
    ("deliveries { nodes { region { name } issues { totalCount nodes { code } } } }", 4),
    ('regions(parent: "35") { nodes { name parent { name } children { totalCount } } }', 4),
]


@pytest.mark.parametrize(("selection", "statements"), LISTS)
def test_the_number_of_statements_does_not_grow_with_rows(
    own_registry: str, selection: str, statements: int
) -> None:
    counts = []
    for more in (0, 40):
        seed.many(own_registry, more)
        CountingCursor.statements = 0
        told(own_registry, "{ LIST }".replace("LIST", selection), plainly=True)
        counts.append(CountingCursor.statements)
    # Loads of one kind from two places are one statement or two, as they happen to meet.
    assert all(abs(count - statements) <= 2 for count in counts), counts


def test_a_total_costs_a_statement_only_when_asked_for(registry: str) -> None:
    counts = []
    for fields in ("nodes { size }", "nodes { size } totalCount", "totalCount"):
        CountingCursor.statements = 0
        told(registry, "{ households { FIELDS } }".replace("FIELDS", fields), plainly=True)
        counts.append(CountingCursor.statements)
    assert counts == [1, 2, 2]
