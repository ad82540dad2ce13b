"""Documents are judged before they are stored."""

import pytest

from hub.core.access import Limits
from schema.documents import DocumentError, Operation, OverLimitError, UnnamedError, judge

LIMITS = Limits(cost=500, aliases=1)
TWO = """query Keluarga($n: Int = 3) { households(first: $n) { nodes { ...Isi } } }
query Saya($n: Int, $niks: [NIK!]!) {
  persons(first: $n) { nodes { name } } checkReceipts(niks: $niks) { nik } }
fragment Isi on Household { id members { name } }"""


def test_a_document_tells_its_operations_and_their_costs() -> None:
    # Without a default a page is one of 20, and one NIK is asked.
    assert judge(TWO, LIMITS) == [
        Operation("Keluarga", 5 + 3 * (5 + 1 + 4 * (5 + 1))),
        Operation("Saya", 5 + 20 * (5 + 1) + 5 + 1),
    ]


def test_a_mutation_can_be_stored_as_well() -> None:
    text = """mutation Batal($id: ID!) { undoDelivery(input: {deliveryId: $id}) {
      delivery { state } } }"""
    assert judge(text, LIMITS) == [Operation("Batal", 5 + 5 + 1)]


@pytest.mark.parametrize(
    ("text", "line", "told", "error"),
    [
        ("query A {\n viewer {\n", 3, "Syntax Error", DocumentError),
        ("query A {\n viewer { nama }\n}", 2, "Cannot query field 'nama'", DocumentError),
        ("fragment F on Viewer { account }", 1, "no operation", DocumentError),
        ("query A { viewer { staff } } # \0", 1, "zero character", DocumentError),
        ("query A { viewer { staff } } # \ud800", 1, "half a character", DocumentError),
        ("query A " + "{ viewer " * 900 + "}" * 900, 1, "nested", DocumentError),
        ("query B { viewer { staff } }\nmutation A { x }", 2, "field 'x'", DocumentError),
        ("\n{ viewer { account } }", 2, "has no name", UnnamedError),
        ("query A { a: viewer { staff } b: viewer { staff } }", 1, "1 aliases", OverLimitError),
        ("query A {\n viewer { " + "staff " * 3000 + "}}", 2, "2000 tokens", OverLimitError),
        ("\nquery A { regions(first: 99) { nodes { name } } }", 2, "costs 599", OverLimitError),
        ("# " + "a" * 300_000, 1, "262,144 bytes", OverLimitError),
    ],
)
def test_a_document_that_could_not_be_answered_is_told_by_its_line(
    text: str, line: int, told: str, error: type[DocumentError]
) -> None:
    with pytest.raises(DocumentError, match=told) as raised:
        judge(text, LIMITS)
    assert (type(raised.value), raised.value.line) == (error, line)
