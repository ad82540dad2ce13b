"""HTML tables, as web applications serve them under the name .xls, to text frames."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from lxml import etree

from adapters import text
from adapters.base import (
    FILE_TYPE,
    FILE_UNREADABLE,
    FILE_UNSAFE,
    MAX_COLUMNS,
    MAX_ROWS,
    FileRefused,
    RawSheet,
)
from adapters.guard import EXPECTED

Row = list[str | None]
_SPACE = " \t\r\n\f"


def read_html(path: Path, work: Path) -> Iterator[RawSheet]:
    """Every <table> as a sheet, named "Table 1", "Table 2", in order of their end.

    In: a file sniffed as HTML; a private folder for a copy in UTF-8.
    Out: one row per <tr>. A cell spanning columns or rows has its text in the first place and
    null in the others, as a merged cell has in a workbook. White space that a browser would not
    show at the ends of a cell is dropped (a no-break space stays); <br> becomes a line end.
    Errors: FileRefused FILE_TYPE when the page has no table; FILE_UNREADABLE when tags are nested
    more than 250 deep; FILE_ENCODING; FILE_UNSAFE.
    """
    copy = work / "page.html"
    text.normalise(path, copy)
    found = False
    try:
        for number, rows in enumerate(_tables(copy), start=1):
            found = True
            yield RawSheet(name=f"Table {number}", cells=_frame(rows))
    finally:
        copy.unlink(missing_ok=True)
    if not found:
        raise FileRefused(FILE_TYPE, found="HTML page without a table", expected=EXPECTED)


class _Table:
    """Rows so far, and the places that cells of earlier rows reach down into."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._held: dict[int, int] = {}

    def add(self, row: "etree._Element") -> None:
        cells: Row = []
        held = {column: left - 1 for column, left in self._held.items() if left > 1}
        for cell in row:
            if cell.tag not in ("td", "th"):
                continue
            while self._held.get(len(cells), 0):
                cells.append(None)
            width, height = _spans(cell)
            if height > 1:
                held.update(dict.fromkeys(range(len(cells), len(cells) + width), height - 1))
            cells += [_text(cell)] + [None] * (width - 1)
            if len(cells) > MAX_COLUMNS:
                raise FileRefused(FILE_UNSAFE, reason="columns")
        self._held = held
        self.rows.append(cells)
        if len(self.rows) > MAX_ROWS:
            raise FileRefused(FILE_UNSAFE, reason="rows")


def _tables(copy: Path) -> Iterator[list[Row]]:
    open_tables: list[_Table] = []
    events = etree.iterparse(
        str(copy),
        events=("start", "end"),
        tag=("table", "tr"),
        html=True,
        encoding="utf-8",
        huge_tree=True,
        no_network=True,
    )
    try:
        for event, element in events:
            if element.tag == "table" and event == "start":
                open_tables.append(_Table())
            elif element.tag == "table" and open_tables:
                yield open_tables.pop().rows
            elif element.tag == "tr" and event == "end" and open_tables:
                open_tables[-1].add(element)
                element.clear(keep_tail=True)
    except etree.XMLSyntaxError:
        raise FileRefused(FILE_UNREADABLE, reason="not HTML") from None
    if events.error_log.filter_from_fatals():  # tags nested too deep: it stopped and says nothing
        raise FileRefused(FILE_UNREADABLE, reason="not HTML")
    while open_tables:
        yield open_tables.pop().rows


def _spans(cell: "etree._Element") -> tuple[int, int]:
    if not cell.attrib:
        return 1, 1
    return _span(cell, "colspan", MAX_COLUMNS), _span(cell, "rowspan", 65_534)


def _span(cell: "etree._Element", name: str, limit: int) -> int:
    given = (cell.get(name) or "1").strip()
    return max(1, min(int(given), limit)) if given.isdecimal() and len(given) < 9 else 1


def _text(cell: "etree._Element") -> str | None:
    if len(cell) == 0:
        return (cell.text or "").strip(_SPACE) or None
    for line_end in cell.iter("br"):
        line_end.tail = "\n" + (line_end.tail or "")
    return str(cell.xpath("string()")).strip(_SPACE) or None


def _frame(rows: list[Row]) -> pl.DataFrame:
    width = max((len(row) for row in rows), default=0)
    return pl.DataFrame(
        [
            pl.Series(
                f"c{at}", [row[at] if at < len(row) else None for row in rows], dtype=pl.String
            )
            for at in range(width)
        ]
    )
