"""How fast a step goes, from its own start."""

from hub.core.ingest.pace import Pace


def test_rows_a_second_and_seconds_left_are_those_of_the_step() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert pace.of("map", 0, 300) == (None, None)
    now = 4.0
    assert pace.of("map", 100, 300) == (25.0, 8.0)
    assert pace.of("validate", 0, 300) == (None, None)
    now = 6.0
    assert pace.of("validate", 300, 300) == (150.0, 0.0)


def test_what_is_not_counted_has_no_pace() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    assert pace.of("link", None, None) == (None, None)
    now = 2.0
    assert pace.of("link", None, None) == (None, None)
    assert pace.of("read", 5, None) == (None, None)  # it has just begun
    now = 3.0
    assert pace.of("read", 5, None) == (5.0, None)
