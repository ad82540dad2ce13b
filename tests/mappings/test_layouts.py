"""Properties that hold for every layout, whatever its source."""

import pytest

from mappings.load import code_list, layouts, programmes
from mappings.model import Column, Layout
from validation.unified import field_of, vocabulary_of

FITTING = {
    "text": {"text", "name", "nik", "kk", "key", "digits", "rtrw", "period", "code", "integer"},
    "integer": {"integer", "month", "code", "flag"},
    "decimal": {"decimal", "integer"},
    "date": {"date"},
    "term": {"code"},
    "terms": {"code", "flag"},
    "flag": {"flag", "code"},
}
"""The readings that give a value of a kind."""

OWN = {"person.nik": "nik", "household.kk": "kk", "person.name": "name", "address.rt": "rtrw",
       "address.rw": "rtrw", "region.village_code": "digits"}  # fmt: skip


def mapped(layout: Layout) -> list[tuple[str, Column]]:
    return [(column.to, column) for column in layout.columns if column.to]


@pytest.mark.parametrize("name", layouts())
def test_every_mapped_column_is_read_as_its_unified_column_needs(name: str) -> None:
    for to, column in mapped(layouts()[name]):
        kind = field_of(to).kind
        assert column.read in FITTING[kind], (column.heading, to)
        assert column.read == OWN.get(to, column.read), (column.heading, to)
        if kind in ("term", "terms", "flag"):
            assert column.codes, (column.heading, to)


@pytest.mark.parametrize("name", layouts())
def test_every_code_of_a_term_is_a_member_of_its_vocabulary(name: str) -> None:
    for to, column in mapped(layouts()[name]):
        if column.codes and field_of(to).vocabulary:
            meant = {p for v in code_list(column.codes).values.values() for p in v.split("+") if p}
            assert meant <= vocabulary_of(to), (column.heading, to)


@pytest.mark.parametrize("name", layouts())
def test_programmes_and_constants_exist(name: str) -> None:
    layout = layouts()[name]
    flags = {to.split(".")[1] for to, _ in mapped(layout) if to.startswith("programme.")}
    stated = {layout.programme.code} - {None}
    assert flags | stated <= set(programmes())
    for to, value in layout.constants.items():
        assert value in vocabulary_of(to)


@pytest.mark.parametrize("name", layouts())
def test_what_a_column_is_kept_under_is_its_own(name: str) -> None:
    kept = [column.extra for column in layouts()[name].columns if column.extra]
    assert len(kept) == len(set(kept))
    assert "row" not in kept
