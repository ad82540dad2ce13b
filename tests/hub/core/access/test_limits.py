"""Limits: safe as they are, and set only within their ranges."""

from typing import Any

import pytest

from hub.core.access.limits import DEFAULTS, NAMES, RANGES, LimitError, Limits


def test_every_limit_has_a_range_around_its_default() -> None:
    assert set(NAMES) == set(RANGES)
    for name, (low, high) in RANGES.items():
        assert low <= getattr(DEFAULTS, name) <= high
        assert getattr(Limits.of({name: low}), name) == low
        assert getattr(Limits.of({name: high}), name) == high


def test_what_is_not_overridden_stays() -> None:
    assert Limits.of({}) == DEFAULTS
    assert Limits.of({"page": 500}) == Limits(page=500)
    assert hash(Limits.of({"page": 500})) == hash(Limits(page=500))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["low", "high", "7", 7.0, True, None])
def test_a_limit_outside_of_its_range_is_refused(name: str, value: Any) -> None:
    low, high = RANGES[name]
    wrong = {"low": low - 1, "high": high + 1}.get(value, value)
    with pytest.raises(LimitError, match=f"The limit {name} is a whole number"):
        Limits.of({name: wrong})


def test_an_unknown_limit_is_refused_with_those_there_are() -> None:
    with pytest.raises(LimitError, match="no limit rows; there are: cost, depth"):
        Limits.of({"rows": 5})
