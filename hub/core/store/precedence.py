"""Which of several source rows wins, as SQL over a source row named `s`."""

from __future__ import annotations

from psycopg.sql import SQL, Composable, Literal

NEWEST = SQL("s.reference_date desc, s.delivery_id desc, s.sheet, s.row")
"""Order of the rows of one source: the newest first; of one delivery, the first row first."""


def rank(order: tuple[str, ...]) -> Composable:
    """Return the place of the row's source in `order` as an integer; unnamed sources come last."""
    if not order:
        return Literal(0)
    places = SQL(" ").join(
        SQL("when {} then {}").format(Literal(source), Literal(place))
        for place, source in enumerate(order)
    )
    return SQL("case s.source {} else {} end").format(places, Literal(len(order)))
