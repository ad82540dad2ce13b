"""How fast a step goes, and when it will be done."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Rows a second and seconds left of the current step, from the step's own start."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step: str | None = None
        self._start = 0.0

    def of(
        self, step: str, done: int | None, total: int | None
    ) -> tuple[float | None, float | None]:
        """Both figures of a step; None while they are not known."""
        now = self._clock()
        if step != self._step:
            self._step, self._start = step, now
        seconds = now - self._start
        if not done or seconds <= 0:
            return None, None
        left = None if total is None else round(max(total - done, 0) * seconds / done, 1)
        return round(done / seconds, 1), left
