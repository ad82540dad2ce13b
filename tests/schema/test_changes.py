"""Which changes of the schema are let through."""

from datetime import date
from pathlib import Path

import pytest

from schema import changes as module
from schema.changes import RELEASED_FILE, Changes, changes, deprecations, hasty, main
from schema.sdl import sdl

RELEASED = """
type Query { person(id: ID!): Person household(id: ID!): Household kind: Kind }
type Person { name: String! age: Int
  nickname: String @deprecated(reason: "Removed after 2026-06-30.") }
type Household { size: Int!
  house: House @deprecated(reason: "See size. Removed after 2026-06-30.") }
type House { rooms: Int! }
enum Kind { OLD NEW }
"""
BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)


def judged(old: str, new: str, on: date = AFTER) -> Changes:
    """What replacing `old` by `new` in the released schema changes."""
    assert old in RELEASED
    return changes(RELEASED, RELEASED.replace(old, new), on)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("age: Int", "", "Field Person.age was removed."),
        ("name: String!", "name: Int!", "Field Person.name changed type from String! to Int!."),
        ("name: String!", "name: String", "Field Person.name changed type from String! to String."),
        (
            "person(id: ID!)",
            "person(id: ID!, why: String!)",
            "A required argument Query.person(why:) was added.",
        ),
        ("kind: Kind", "", "Field Query.kind was removed."),
        ("{ OLD NEW }", "{ NEW }", "Enum value Kind.OLD was removed."),
    ],
)
def test_what_breaks_callers_is_told(old: str, new: str, sentence: str) -> None:
    assert sentence in judged(old, new).breaking


def test_an_addition_passes() -> None:
    assert judged("age: Int", "age: Int born: String") == Changes([], [])


def test_what_may_surprise_is_told_but_passes() -> None:
    found = judged("{ OLD NEW }", "{ OLD NEW NEWER }")
    assert found == Changes([], ["Enum value Kind.NEWER was added."])


def test_the_deprecated_may_go_after_its_day_and_not_before() -> None:
    nickname = 'nickname: String @deprecated(reason: "Removed after 2026-06-30.")'
    assert judged(nickname, "", BEFORE).breaking == ["Field Person.nickname was removed."]
    assert judged(nickname, "", AFTER).breaking == []


def test_a_type_may_go_with_the_last_field_that_gave_it() -> None:
    house = 'house: House @deprecated(reason: "See size. Removed after 2026-06-30.")'
    without = RELEASED.replace(house, "").replace("type House { rooms: Int! }", "")
    assert changes(RELEASED, without, BEFORE).breaking == [
        "House was removed.",
        "Field Household.house was removed.",
    ]
    assert changes(RELEASED, without, AFTER).breaking == []


def test_a_deprecation_without_a_day_is_refused() -> None:
    for reason in ("Use name.", "Removed after 2026-02-31."):
        new = f'age: Int @deprecated(reason: "{reason}")'
        (sentence,) = judged("age: Int", new).breaking
        assert sentence.startswith("Person.age is deprecated, but its reason")


def test_a_release_gives_half_a_years_notice_of_what_is_to_go() -> None:
    new = RELEASED.replace("age: Int", 'age: Int @deprecated(reason: "Removed after 2026-12-26.")')
    assert hasty(RELEASED, new, date(2026, 6, 29)) == []
    told = ["Person.age is to go after 2026-12-26: give 180 days' notice."]
    assert hasty(RELEASED, new, date(2026, 6, 30)) == told
    assert hasty(new, new, date(2026, 12, 25)) == []


def test_everything_that_can_be_deprecated_is_found() -> None:
    day = '@deprecated(reason: "Removed after 2027-01-31.")'
    text = f"""type Query {{ a(b: Int {day}): Int {day} }} enum E {{ V {day} }}
    input I {{ f: Int {day} }}"""
    assert deprecations(text) == dict.fromkeys(
        ["Query.a", "Query.a.b", "E.V", "I.f"], date(2027, 1, 31)
    )


def test_todays_schema_breaks_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    assert RELEASED_FILE.read_text(encoding="utf-8").startswith("# Released 20")
    assert main([]) == 0
    assert capsys.readouterr().err == ""


def test_a_breaking_release_is_made_only_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "released.graphql"
    monkeypatch.setattr(module, "RELEASED_FILE", file)
    file.write_text(
        sdl().replace("type Person implements Node {", "type Person implements Node { x: Int")
    )
    before = file.read_text()
    assert (main([]), main(["--release"])) == (1, 1)
    assert file.read_text() == before
    assert "breaks callers: Field Person.x was removed." in capsys.readouterr().err
    assert main(["--release", "--breaking"]) == 0
    assert file.read_text().endswith(sdl())
    assert (main([]), main(["--release"]), main(["--what"])) == (0, 0, 2)
