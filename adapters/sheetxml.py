"""What the fast xlsx reader does not tell: which cells are long numbers, which hold an error.

One pass over the bytes of a sheet part, in bounded memory. No XML parser at this speed: digits
are folded to one character and candidates are found by plain byte searches, then each candidate
is examined in the original bytes. Raw "<" cannot stand in text, so tags are found safely.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from adapters.base import (
    FILE_UNREADABLE,
    FILE_UNSAFE,
    LONG_NUMBER,
    MAX_COLUMNS,
    MAX_ROWS,
    FileRefused,
)

_MAX_ROW_BYTES = 64 << 20
_LONG_ROW = 1 << 16  # bytes; in fewer no row has more cells than a sheet has columns
# Same length as the original: digits and "+" become "0", "e" becomes "E", "'" becomes '"'.
_FOLD = bytes.maketrans(b"123456789+e'", b'0000000000E"')
_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.\-]*:)?)worksheet[\s>]")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]{1,7})(\d{1,9})[\"']")
_ROW = re.compile(rb"\sr\s*=\s*[\"'](\d{1,9})[\"']")
_TYPE = re.compile(rb"\st\s*=\s*[\"'](\w+)[\"']")
_BOUND = re.compile(rb"r=[\"']([A-Za-z]*)(\d+)[\"']")
_VALUE = re.compile(rb"<(?:[\w.\-]+:)?v(?:\s[^>]*)?>([^<]*)<")


@dataclass
class Scan:
    """Found in one sheet part, by 1-based sheet row and 0-based column."""

    long_numbers: list[tuple[int, int]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)


class _NoReferencesError(Exception):
    """A cell of interest has no r="A1": positions must be counted."""


def scan(chunks: Iterable[bytes], grid_cells: int) -> Scan | None:
    """Find long numbers and error cells, and refuse cells outside the grid.

    In: the part's bytes in pieces; the most places (last row x last column) a sheet may span.
    Out: the findings, or None when cells lack their reference (then use `scan_counting`).
    Errors: FileRefused FILE_UNSAFE (detail reason) for cells past XFD1048576 or too wide a grid.
    """
    scanner: _Scanner | None = None
    rows = b""
    try:
        for prefix, rows in _windows(chunks):
            scanner = scanner or _Scanner(prefix)
            scanner.examine(rows)
    except _NoReferencesError:
        return None
    if scanner is None:
        raise FileRefused(FILE_UNREADABLE, reason="not a worksheet")
    scanner.check_grid(rows, grid_cells)
    return scanner.found


def _windows(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The namespace prefix and the bytes again, cut in front of a row. The last holds one row."""
    root: re.Match[bytes] | None = None
    row_tag = window = b""
    for chunk in chunks:
        window += chunk
        if root is None and (root := _ROOT.search(window)):
            row_tag = b"<" + root[1] + b"row"
        cut = window.rfind(row_tag) if root else -1
        if root and cut > 0:
            yield root[1], window[:cut]
            window = window[cut:]
        elif len(window) > _MAX_ROW_BYTES:
            raise FileRefused(FILE_UNSAFE, reason="row size")
    if root:
        yield root[1], window


class _Scanner:
    def __init__(self, prefix: bytes) -> None:
        self.found = Scan()
        self._row_tag = b"<" + prefix + b"row"
        self._cell_tag = b"<" + prefix + b"c"
        self._any_cell = re.compile(re.escape(self._cell_tag) + rb"[\s/>]")
        self._cell_end = b"</" + prefix + b"c>"
        self._value_tag = prefix + b"v"
        self._last_column = 0
        self._last_row = 0

    def examine(self, raw: bytes) -> None:
        """Take whole rows."""
        folded = raw.translate(_FOLD)
        if b"<v" in raw or b":v" in raw:  # texts that stand in their cells have no value tag
            self._values(raw, folded)
        self._check_bounds(raw, folded)
        self._check_width(raw)

    def _values(self, raw: bytes, folded: bytes) -> None:
        for place in _places(folded, b">000000000000"):
            self._number(raw, place)
        for place in _places(folded, b">-000000000000"):
            self._number(raw, place)
        for place in _places(folded, b"0E0"):
            opening = raw.rfind(b">", 0, place)
            if opening >= 0 and not folded.startswith(b">000000000000", opening):
                self._number(raw, opening)
        for place in _places(folded, b' t="E"'):
            self._error(raw, place)

    def _number(self, raw: bytes, opening: int) -> None:
        """A candidate: `opening` is the ">" in front of a text."""
        tag = raw.rfind(b"<", 0, opening)
        if not raw.startswith(self._value_tag, tag + 1) or raw[opening - 1] == 0x2F:
            return
        if raw[tag + 1 : opening].split(None, 1)[0] != self._value_tag:
            return
        end = raw.find(b"<", opening)
        if not _is_long(raw[opening + 1 : end]):
            return
        cell = self._cell(raw, tag)
        kind = _TYPE.search(cell)
        if kind is None or kind[1] == b"n":
            self.found.long_numbers.append(_position(cell))

    def _cell(self, raw: bytes, before: int) -> bytes:
        """The start tag of the cell that the tag at `before` stands in."""
        start = before
        while (start := raw.rfind(self._cell_tag, 0, start)) >= 0:
            if raw[start + len(self._cell_tag)] in b" >\t\r\n":
                return raw[start : raw.find(b">", start)]
        raise FileRefused(FILE_UNREADABLE, reason="value outside a cell")

    def _error(self, raw: bytes, place: int) -> None:
        start = raw.rfind(b"<", 0, place)
        if raw[start:place].split(None, 1)[0] != self._cell_tag:
            return
        opening = raw.find(b">", place)
        if raw[opening - 1] == 0x2F:
            return
        end = raw.find(self._cell_end, opening)
        if value := _VALUE.search(raw, opening, end if end >= 0 else len(raw)):
            row, column = _position(raw[start:opening])
            self.found.errors.append((row, column, value[1].decode("utf-8", "replace")))

    def _check_bounds(self, raw: bytes, folded: bytes) -> None:
        """Only references with three letters or seven digits can be out of bounds."""
        for wide in _WIDE.finditer(folded):
            self._bound(raw, wide.start() + 2)
        for place in _places(folded, b'0000000"'):
            self._bound(raw, folded.rfind(b'"', 0, place))

    def _bound(self, raw: bytes, quote: int) -> None:
        reference = _BOUND.match(raw, quote - 2) if quote >= 2 else None
        if reference is None:
            return
        column, row = column_index(reference[1]), int(reference[2][:12])
        if column >= MAX_COLUMNS or row > MAX_ROWS:
            raise FileRefused(FILE_UNSAFE, reason="cell outside the sheet")
        self._last_column = max(self._last_column, column + 1)
        self._last_row = max(self._last_row, row)

    def _check_width(self, raw: bytes) -> None:
        """Cells without a reference have no bound to check, so those of long rows are counted."""
        start = 0
        while start + _LONG_ROW < len(raw):
            following = raw.rfind(self._row_tag, start + 1, start + _LONG_ROW)
            if following < 0:
                end = raw.find(self._row_tag, start + 1)
                following = end if end >= 0 else len(raw)
                cells = sum(1 for _ in self._any_cell.finditer(raw, start, following))
                if cells > MAX_COLUMNS:
                    raise FileRefused(FILE_UNSAFE, reason="cell outside the sheet")
            start = following

    def check_grid(self, tail: bytes, grid_cells: int) -> None:
        """Readers lay out every place up to the last cell; `tail` holds the last row."""
        last = _BOUND.search(tail)
        last_row = max(self._last_row, int(last[2][:12]) if last else 0)
        if last_row * self._last_column > grid_cells:
            raise FileRefused(FILE_UNSAFE, reason="sparse grid")


_WIDE = re.compile(rb'r="[A-Z]{3}')


def _places(data: bytes, needle: bytes) -> Iterator[int]:
    place = data.find(needle)
    while place >= 0:
        yield place
        place = data.find(needle, place + 1)


def _is_long(text: bytes) -> bool:
    try:
        return abs(float(text)) >= LONG_NUMBER
    except ValueError:
        return False


def _position(cell: bytes) -> tuple[int, int]:
    reference = _REFERENCE.search(cell)
    if reference is None:
        raise _NoReferencesError
    return int(reference[2]), column_index(reference[1])


def column_index(letters: bytes) -> int:
    """b"A" -> 0, b"AA" -> 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + letter - 64
    return index - 1


def scan_counting(chunks: Iterable[bytes]) -> Scan:
    """As `scan`, looking at every tag and counting rows and cells as readers do; slower.

    A cell without a reference stands right of the one before it; a row without one stands below.
    """
    counter = _Counter()
    for prefix, rows in _windows(chunks):
        counter.take(prefix, rows)
    return counter.found


class _Counter:
    def __init__(self) -> None:
        self.found = Scan()
        self._row = 0
        self._column = -1
        self._kind = b"n"

    def take(self, prefix: bytes, rows: bytes) -> None:
        tag = rb"<" + re.escape(prefix) + rb"(row|c|v)((?:[\s/][^>]*)?)>([^<]*)"
        for name, attributes, text in re.findall(tag, rows):
            if name == b"v":
                self._value(text)
            elif name == b"c":
                self._cell(attributes)
            else:
                given = _ROW.search(attributes)
                self._row = int(given[1]) if given else self._row + 1
                self._column = -1

    def _cell(self, attributes: bytes) -> None:
        kind = _TYPE.search(attributes)
        self._kind = kind[1] if kind else b"n"
        if _REFERENCE.search(attributes):
            self._row, self._column = _position(attributes)
        else:
            self._column += 1

    def _value(self, text: bytes) -> None:
        if self._kind == b"n" and _is_long(text):
            self.found.long_numbers.append((self._row, self._column))
        elif self._kind == b"e" and text:
            self.found.errors.append((self._row, self._column, text.decode("utf-8", "replace")))
