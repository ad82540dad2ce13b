"""Which of several source rows wins, as SQL over a source row named `s`."""

from __future__ import annotations

from psycopg.sql import SQL, Composable, Literal

# Deliveries that mend are few: of other rows this asks no more than a hash.
FIRST_DELIVERY = SQL(
    "case when s.delivery_id in (select d.id from delivery d where d.mends is not null)"
    " then (select d.mends from delivery d where d.id = s.delivery_id) else s.delivery_id end"
)
"""The delivery whose row it counts as: what mends a delivery counts as part of it."""

NEWEST = SQL("s.reference_date desc, {} desc, s.sheet, s.row").format(FIRST_DELIVERY)
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
