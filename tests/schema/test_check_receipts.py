"""checkReceipts: a list of NIKs in, a list of answers out."""

from typing import Any

import seed
from seed import CHILD, FATHER, FOREIGNER, MOTHER, NIKS, ask, told

CHECK = """query ($niks: [NIK!]!, $programmes: [ProgrammeCode!], $on: Date) {
  checkReceipts(niks: $niks, programmes: $programmes, asOf: $on) {
    nik found nikStatus person { name }
    receipts { programme { code } } householdReceipts { programme { code } }
    overlapFlags { status } } }"""


def check(url: str, niks: list[str], rights: dict[str, Any] | None = None, **more: Any) -> Any:
    """The answers about `niks`."""
    return told(url, CHECK, {"niks": niks, **more}, **(rights or {}))["checkReceipts"]


def test_answers_come_in_the_order_asked_also_for_repeated_and_unknown(registry: str) -> None:
    niks = [NIKS[MOTHER], "9935204101809999", NIKS[FATHER], NIKS[MOTHER], "xyz", "1111111111111111"]
    assert [
        (a["nik"], a["found"], a["nikStatus"], (a["person"] or {}).get("name"))
        for a in check(registry, niks)
    ] == [
        (niks[0], True, "VALID", "SITI AMINAH"),
        (niks[1], False, "VALID", None),
        (niks[2], True, "VALID", "BUDI SANTOSO"),
        (niks[3], True, "VALID", "SITI AMINAH"),
        ("xyz", False, "SUSPECT", None),
        (niks[5], False, "PLACEHOLDER", None),
    ]


def test_what_the_family_gets_is_told_apart_from_what_the_person_gets(registry: str) -> None:
    father, mother = check(registry, [NIKS[FATHER], NIKS[MOTHER]])
    pkh, blt = {"programme": {"code": "PKH"}}, {"programme": {"code": "BLT_DD"}}
    assert (father["receipts"], father["householdReceipts"]) == ([blt], [pkh])
    assert (mother["receipts"], mother["householdReceipts"]) == ([], [pkh, blt])
    assert father["overlapFlags"] == mother["overlapFlags"] == [{"status": "OPEN"}]


def test_programmes_and_a_day_narrow_the_receipts(registry: str) -> None:
    niks = [NIKS[CHILD]]
    (on_blt,) = check(registry, niks, programmes=["BLT_DD"])
    (in_april,) = check(registry, niks, on="2026-04-15")
    (before,) = check(registry, niks, on="2025-12-31")
    blt = [{"programme": {"code": "BLT_DD"}}]
    assert [a["householdReceipts"] for a in (on_blt, in_april, before)] == [blt, blt, []]


def test_a_foreign_person_is_not_found(registry: str) -> None:
    (answer,) = check(registry, [NIKS[FOREIGNER]], {"regions": ["3520"]})
    assert answer == {
        "nik": NIKS[FOREIGNER],
        "found": False,
        "nikStatus": "VALID",
        "person": None,
        "receipts": [],
        "householdReceipts": [],
        "overlapFlags": [],
    }


def test_a_thousand_are_answered_with_few_statements_and_more_refused(registry: str) -> None:
    niks = [*NIKS.values(), *(f"99352042018{n:05}" for n in range(995))]
    seed.CountingCursor.statements = 0
    answers = told(registry, CHECK, {"niks": niks}, plainly=True)["checkReceipts"]
    # persons, receipts of persons and of households, flags, programmes: at once or for each list
    assert len(answers) == 1000
    assert seed.CountingCursor.statements in (5, 6)
    assert sum(answer["found"] for answer in answers) == 5
    refused = ask(registry, CHECK, {"niks": [*niks, "x"]})
    assert refused["errors"][0]["extensions"] == {"code": "BAD_INPUT"}


def test_a_nik_as_a_number_is_refused_since_numbers_lose_digits(registry: str) -> None:
    refused = ask(registry, "{ checkReceipts(niks: [9935204101800001]) { found } }")
    (error,) = refused["errors"]
    assert error["extensions"] == {"code": "BAD_INPUT"}
    assert "9935204101800001" not in str(error)
    assert "data" not in refused
