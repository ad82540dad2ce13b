"""What changed in the columns of a source since its last file: new, missing, renamed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import tuple_row

from adapters.checked import Checked, HeadedColumn, HeadedTable
from hub.core.ingest.history import Kind
from hub.core.ingest.stage import common_region
from mappings.model import normalise
from validation.identifiers import LONG_NUMBER

_LONG = re.compile(LONG_NUMBER)  # where a heading should stand

# A region that holds the other one will do, but the last file of the same region comes first.
_LAST = """
select r.body
from delivery d join delivery_report r on r.delivery_id = d.id and r.kind = %(kind)s
where d.source = %(source)s and d.layout = %(layout)s and d.sha256 <> %(sha256)s
  and d.state in ('STAGED', 'PUBLISHED')
  and (starts_with(coalesce(d.region_code, ''), %(region)s)
       or starts_with(%(region)s, coalesce(d.region_code, '')))
order by coalesce(d.region_code, '') = %(region)s desc,
         coalesce(d.published_at, d.received_at) desc, d.id desc
limit 1
"""


@dataclass(frozen=True)
class ColumnChange:
    """A column that the last file did not have, or no longer stands in this one, or was renamed.

    `sheet` counts from 0. `heading` and `letter` are those of this file, of a missing column those
    of the last one; `before` is the heading that a renamed one had. `target` is the unified column
    that it fills, None where it fills none.
    """

    kind: Literal["NEW", "MISSING", "RENAMED"]
    sheet: int
    heading: str
    letter: str
    target: str | None
    before: str | None = None


def headings_of(checked: Checked) -> dict[str, Any]:
    """The headings of all tables of a delivery, to be kept as its report of kind COLUMNS.

    A refused file has them too, when its layout is known.
    """
    tables = (replace(table, columns=_columns(table)) for table in checked.headed)
    return {"tables": [asdict(table) for table in tables]}


def column_changes(
    connection: Connection[Any], checked: Checked, region: str | None = None
) -> list[ColumnChange]:
    """Compare the columns with those of the last staged or published file of the same source.

    It must have the same layout and a region in common; `region` is the one stated of this file,
    else that of its rows. Nothing is told when there is no such file. Only reads.
    """
    values = {
        "kind": Kind.COLUMNS,
        "source": checked.source,
        "layout": "+".join(table.layout for table in checked.headed),
        "sha256": checked.sha256,
        "region": region or common_region(checked) or "",
    }
    with connection.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute(_LAST, values).fetchone()
    if found is None:
        return []
    # The same layout is the same tables in the same order.
    pairs = zip(checked.headed, found[0]["tables"], strict=True)
    return [
        change
        for table, last in pairs
        for change in _changes(
            table.sheet, [HeadedColumn(**column) for column in last["columns"]], _columns(table)
        )
    ]


def _columns(table: HeadedTable) -> tuple[HeadedColumn, ...]:
    masked = r"\1********\2"
    return tuple(replace(c, heading=_LONG.sub(masked, c.heading)) for c in table.columns)


def _changes(
    sheet: int, before: Sequence[HeadedColumn], after: Sequence[HeadedColumn]
) -> Iterator[ColumnChange]:
    """The changes in the order of this file; then what is missing, in that of the last one."""
    old, new = _without(before, after), _without(after, before)
    renamed = _pairs(old, new, lambda column: column.known)
    renamed |= _pairs(
        [column for column in old if column not in renamed.values()],
        [column for column in new if column not in renamed],
        lambda column: column.target,
    )
    for column in new:
        was = renamed[column].heading if column in renamed else None
        kind: Literal["RENAMED", "NEW"] = "NEW" if was is None else "RENAMED"
        yield ColumnChange(kind, sheet, column.heading, column.letter, column.target, was)
    for column in old:
        if column not in renamed.values():
            yield ColumnChange("MISSING", sheet, column.heading, column.letter, column.target)


def _without(these: Iterable[HeadedColumn], those: Iterable[HeadedColumn]) -> list[HeadedColumn]:
    """The columns whose heading the others do not have, or not as often."""
    left = Counter(normalise(column.heading) for column in those)
    kept = []
    for column in these:
        name = normalise(column.heading)
        left[name] -= 1
        if left[name] < 0:
            kept.append(column)
    return kept


def _pairs(
    old: list[HeadedColumn], new: list[HeadedColumn], meaning: Callable[[HeadedColumn], str | None]
) -> dict[HeadedColumn, HeadedColumn]:
    """For each new column the old one that meant the same, each used once."""
    waiting = list(old)
    pairs = {}
    for column in new:
        same = (c for c in waiting if meaning(c) is not None and meaning(c) == meaning(column))
        was = next(same, None)
        if was is not None:
            pairs[column] = was
            waiting.remove(was)
    return pairs
