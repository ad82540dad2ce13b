"""CSV in any encoding and dialect to one text frame.

The file is first copied as UTF-8 with a byte order mark and plain line ends, then read by Polars
when its quoting is flawless, else by the tolerant csv module, which reads stray quotes as Excel
does. The mark also keeps Polars from taking text that begins like a zlib stream for one.
A first line `sep=;` names the delimiter and, as in Excel, is not a row. Blank lines are rows.
"""

import codecs
import csv
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import multimode
from typing import Final

import polars as pl

from adapters.base import (
    FILE_ENCODING,
    FILE_RAGGED,
    FILE_UNREADABLE,
    FILE_UNSAFE,
    MAX_COLUMNS,
    FileRefused,
)

DELIMITERS: Final = (";", ",", "\t", "|")
BAND: Final = 50  # records that decide delimiter and width
_CHUNK = 1 << 20
_BATCH = 50_000
_MARKS = (  # byte order mark, name reported, codec for what follows
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
)
_SEP = re.compile(r'"?sep=([^\w\s"]|\t)"?(?:\r?\n|$)', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')


@dataclass(frozen=True)
class Text:
    """How a CSV was written."""

    encoding: str
    delimiter: str


@dataclass(frozen=True)
class _Dialect:
    delimiter: str
    width: int


def read_csv(path: Path, target: Path) -> Text:
    """Turn the file into an Arrow file of text cells.

    In: a file sniffed as text; where to write, in a private folder that also takes a copy.
    Out: `target` holds cells as in `RawSheet`: short rows filled with null, "" as null, nothing
    trimmed. Flawless files stream through; 1,000,000 rows x 40 columns hold 560 MB.
    Errors: FileRefused FILE_ENCODING; FILE_RAGGED with the row that has more fields than the
    widest of the first 50; FILE_UNREADABLE for a quote that is never closed or a field of more
    than 131,072 characters; FILE_UNSAFE for more columns than a sheet can have.
    """
    copy = target.with_suffix(".csv")
    encoding, named = normalise(path, copy)
    try:
        dialect = _dialect(_head(copy), named)
        if not (_well_quoted(copy, dialect.delimiter) and _fast(copy, dialect, target)):
            _tolerant(copy, dialect).write_ipc(target, compression="uncompressed")
    finally:
        copy.unlink(missing_ok=True)
    return Text(encoding, dialect.delimiter)


def normalise(path: Path, copy: Path) -> tuple[str, str | None]:
    """Write `copy` as UTF-8 with BOM and "\\n" or "\\r\\n" ends, without a `sep=` line.

    Out: the encoding found (UTF-8, UTF-16 by its mark, else Windows-1252) and the delimiter a
    `sep=` line names. Errors: FileRefused FILE_ENCODING.
    """
    with path.open("rb") as handle:
        start = handle.read(4)
    for mark, label, codec in _MARKS:
        if start.startswith(mark):
            return label, _transcode(path, copy, len(mark), codec)
    try:
        return "utf-8", _transcode(path, copy, 0, "utf-8")
    except FileRefused as refusal:
        if refusal.detail.get("reason") == "NUL":
            raise
    return "cp1252", _transcode(path, copy, 0, "cp1252")


def _transcode(path: Path, copy: Path, skip: int, codec: str) -> str | None:
    named: str | None = None
    bare_returns = False
    with copy.open("w", encoding="utf-8-sig", newline="") as out:
        for number, text in enumerate(_decoded(path, skip, codec)):
            piece = text
            if number == 0:
                bare_returns = "\n" not in piece and "\r" in piece
                if line := _SEP.match(piece):
                    named, piece = line[1], piece[line.end() :]
            out.write(piece.replace("\r", "\n") if bare_returns else piece)
    return named


def _decoded(path: Path, skip: int, codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    with path.open("rb") as handle:
        handle.seek(skip)
        try:
            while data := handle.read(_CHUNK):
                text = decoder.decode(data)
                if "\0" in text:
                    raise FileRefused(FILE_ENCODING, reason="NUL")
                yield text
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise FileRefused(FILE_ENCODING, reason="undecodable") from None


def _head(copy: Path) -> str:
    with copy.open(encoding="utf-8-sig", newline="") as handle:
        head = handle.read(_CHUNK)
        return head if not handle.read(1) else head[: head.rfind("\n") + 1] or head


def _dialect(head: str, named: str | None) -> _Dialect:
    delimiter = named or find_delimiter(head)
    try:
        records = list(islice(csv.reader(_lines(head), delimiter=delimiter), BAND))
    except csv.Error as error:
        raise FileRefused(FILE_UNREADABLE, reason=_fault(error)) from None
    width = max((len(record) for record in records), default=0)
    if width > MAX_COLUMNS:
        raise FileRefused(FILE_UNSAFE, reason="columns")
    return _Dialect(delimiter, max(width, 1))


def _lines(text: str) -> Iterator[str]:
    return (line + "\n" for line in text.split("\n"))


def find_delimiter(head: str) -> str:
    """The delimiter whose number per line agrees most often over the first 50 lines.

    Counts stand outside quotes. Agreement comes before frequency, so that the commas of addresses
    and decimals do not beat the semicolons around them. "," when there is none.
    """
    lines = [line for line in _QUOTED.sub("", head).split("\n") if line.strip()][:BAND]

    def agreement(delimiter: str) -> tuple[int, int]:
        counts = [number for line in lines if (number := line.count(delimiter))]
        usual = max(multimode(counts), default=0)
        return counts.count(usual), usual

    best = max(DELIMITERS, key=agreement)
    return best if agreement(best)[1] else ","


def _fast(copy: Path, dialect: _Dialect, target: Path) -> bool:
    """False when Polars refuses: the tolerant reader does too, but can say at which row."""
    columns = [f"c{index}" for index in range(dialect.width)]
    cells = pl.scan_csv(
        copy,
        has_header=False,
        separator=dialect.delimiter,
        schema=dict.fromkeys(columns, pl.String),
        missing_columns="insert",
    )
    if _has(copy, b'""'):
        cells = cells.with_columns(pl.when(pl.col(name) != "").then(name) for name in columns)
    try:
        cells.sink_ipc(target, compression="uncompressed")
    except pl.exceptions.PolarsError:
        return False
    return True


def _has(copy: Path, needle: bytes) -> bool:
    with copy.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(needle) >= 0


def _well_quoted(copy: Path, delimiter: str) -> bool:
    """Whether every quote opens, closes or is doubled inside a field.

    Only then is Polars right: it silently misreads `"a"b` and drops quotes left open.
    """
    edge = re.escape(delimiter.encode()) + rb"\r\n"
    flawless = re.compile(
        rb'[^"]*+(?:(?<=[' + edge + rb'\xbf])"(?:[^"]++|"")*+"(?=[' + edge + rb']|\Z)[^"]*+)*+\Z'
    )
    with copy.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return flawless.match(data) is not None


def _tolerant(copy: Path, dialect: _Dialect) -> pl.DataFrame:
    frames: list[pl.DataFrame] = []
    with copy.open(encoding="utf-8-sig", newline="\n") as handle:
        records = _records(handle, dialect)
        while batch := list(islice(records, _BATCH)):
            columns = zip(*batch, strict=True)
            frames.append(
                pl.DataFrame(
                    [pl.Series(f"c{at}", column, pl.String) for at, column in enumerate(columns)]
                )
            )
    return pl.concat(frames) if frames else pl.DataFrame()


def _records(lines: Iterator[str], dialect: _Dialect) -> Iterator[list[str | None]]:
    taken: list[str] = []

    def noted() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    row = 0
    try:
        for row, record in enumerate(csv.reader(noted(), delimiter=dialect.delimiter), start=1):
            if _left_open(taken, dialect.delimiter):
                raise FileRefused(FILE_UNREADABLE, reason="quotes", row=str(row))
            taken.clear()
            yield _fitted(record, dialect.width, row)
    except csv.Error as error:
        raise FileRefused(FILE_UNREADABLE, reason=_fault(error), row=str(row + 1)) from None


def _fault(error: csv.Error) -> str:
    """A field past 131,072 characters (Excel keeps 32,767), or else its quotes."""
    return "field size" if "field larger" in str(error) else "quotes"


def _left_open(taken: list[str], delimiter: str) -> bool:
    """A quote open at the end of the file swallows the rest silently unless asked strictly."""
    if len(taken) == 1 and taken[0].count('"') % 2 == 0:
        return False
    try:
        list(csv.reader(taken, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _fitted(record: list[str], width: int, row: int) -> list[str | None]:
    if any(record[width:]):
        raise FileRefused(FILE_RAGGED, row=str(row), found=str(len(record)), expected=str(width))
    cells: list[str | None] = [field or None for field in record[:width]]
    return cells + [None] * (width - len(cells))
