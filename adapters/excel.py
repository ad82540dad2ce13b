"""Workbooks to text frames: xlsx by the fast reader, xls, xlsb and ods cell by cell.

Text of a typed cell: a number without ".0" or exponent and with at most 9 decimals, a truth
value as "true" / "false", a date cell in xlsx always as "2022-10-27 00:00:00" and in the other
formats as "2022-10-27" when it has no time. Error cells keep their text ("#N/A") in xlsx; the
reader of the other formats drops it, so there they are null.
"""

import datetime as dt
import itertools
import posixpath
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zipfile import ZipFile, ZipInfo

import fastexcel
import polars as pl
import python_calamine as calamine
from lxml import etree

from adapters import guard, sheetxml
from adapters.base import (
    FILE_ENCRYPTED,
    FILE_UNREADABLE,
    FILE_UNSAFE,
    LONG_NUMBER,
    LONG_SCHEMA,
    MAX_COLUMNS,
    MAX_ROWS,
    FileRefused,
    Limits,
    RawSheet,
)

_BATCH = 50_000
_MAX_DIRECTORY_PART = 32 << 20


@dataclass(frozen=True)
class _Part:
    name: str
    visible: bool
    entry: ZipInfo


def read_xlsx(path: Path, limits: Limits) -> Iterator[RawSheet]:
    """Every worksheet in workbook order; chart and macro sheets are left out.

    In: a file sniffed as xlsx. All XML parts are unpacked and checked before the reader starts.
    Errors: FileRefused; anything the reader itself raises.
    """
    with guard.open_zip(path) as archive:
        guard.check_zip(archive, path.stat().st_size, limits)
        parts = _Workbook(archive, path).parts()
        _drain(archive, path, {part.entry.filename for part in parts})
    grid = min(limits.grid_cells, limits.memory_bytes // 32)  # 32 bytes a place in the reader
    scans = [_scan(path, part, grid) for part in parts]
    reader = fastexcel.read_excel(str(path))
    for part, found in zip(parts, scans, strict=True):
        cells = _load(reader, part.name)
        yield RawSheet(
            name=part.name,
            cells=_with_errors(cells, found.errors),
            long_numbers=pl.DataFrame(
                sorted(set(found.long_numbers)), schema=LONG_SCHEMA, orient="row"
            ),
            visible=part.visible,
        )


def _drain(archive: ZipFile, path: Path, scanned: set[str]) -> None:
    """Unpack what the reader may unpack, so that lies about it show here first.

    `customXml` holds other programs' data, in any encoding; no reader looks at it.
    """
    with path.open("rb") as handle:
        for entry in archive.infolist():
            if entry.filename not in scanned and not entry.filename.startswith("customXml/"):
                deque(guard.inflate(handle, entry), maxlen=0)


def _scan(path: Path, part: _Part, grid: int) -> sheetxml.Scan:
    try:
        with path.open("rb") as handle:
            found = sheetxml.scan(guard.inflate(handle, part.entry), grid)
            return found or sheetxml.scan_counting(guard.inflate(handle, part.entry))
    except FileRefused as refusal:
        raise FileRefused(refusal.code, **refusal.detail, sheet=part.name) from None


class _Workbook:
    """Which part holds which sheet."""

    def __init__(self, archive: ZipFile, path: Path) -> None:
        self._path = path
        self._entries = {
            entry.filename.lower().replace("\\", "/"): entry for entry in archive.infolist()
        }

    def parts(self) -> list[_Part]:
        book = next(iter(self._targets("_rels/.rels", "", "/officeDocument").values()), "")
        folder, name = posixpath.split(book)
        targets = self._targets(f"{folder}/_rels/{name}.rels".lstrip("/"), folder, "/worksheet")
        return [
            _Part(
                name=sheet.get("name", ""),
                visible=sheet.get("state", "visible") == "visible",
                entry=self._entry(targets[key]),
            )
            for sheet in self._xml(book).iterfind("{*}sheets/{*}sheet")
            if (key := _relation(sheet)) in targets
        ]

    def _targets(self, part: str, folder: str, kind: str) -> dict[str | None, str]:
        """Part names by relation id. A target is relative to the folder of the part it is for."""
        return {
            relation.get("Id"): posixpath.normpath(
                posixpath.join("/", folder, relation.get("Target", "").replace("\\", "/"))
            ).lstrip("/")
            for relation in self._xml(part).iter("{*}Relationship")
            if relation.get("Type", "").endswith(kind)
        }

    def _entry(self, name: str) -> ZipInfo:
        entry = self._entries.get(name.lower())
        if entry is None:
            raise FileRefused(FILE_UNREADABLE, reason="missing part")
        return entry

    def _xml(self, name: str) -> "etree._Element":
        entry = self._entry(name)
        if entry.file_size > _MAX_DIRECTORY_PART:
            raise FileRefused(FILE_UNSAFE, reason="part size")
        with self._path.open("rb") as handle:
            data = b"".join(guard.inflate(handle, entry))
        try:
            return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:
            raise FileRefused(FILE_UNREADABLE, reason="not XML") from None


def _relation(sheet: "etree._Element") -> str | None:
    """The r:id, whose namespace differs between the two editions of the standard."""
    return next((str(value) for key, value in sheet.items() if str(key).endswith("}id")), None)


class _Placed(Protocol):
    @property
    def absolute_index(self) -> int: ...


def _load(reader: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    offsets: list[int] = []

    def note(column: _Placed) -> bool:
        offsets.append(column.absolute_index)
        return True

    # Eager loading skips one copy of the sheet (a fifth of the time); the callback is its only way
    # to learn at which column the sheet begins. skip_rows=0 keeps the blank rows above the data.
    batch = reader.load_sheet(
        name, header_row=None, skip_rows=0, dtypes="string", eager=True, use_columns=note
    )
    if not offsets or batch.num_rows == 0:
        return pl.DataFrame()
    if max(offsets) >= MAX_COLUMNS or batch.num_rows > MAX_ROWS:
        raise FileRefused(FILE_UNSAFE, reason="cell outside the sheet", sheet=name)
    frame = pl.from_arrow(batch)
    return padded(frame, offsets) if isinstance(frame, pl.DataFrame) else pl.DataFrame()


def padded(frame: pl.DataFrame, offsets: list[int]) -> pl.DataFrame:
    """The frame with c0 = sheet column A, "" as null, blank columns where none were used."""
    used = dict(zip(offsets, frame.get_columns(), strict=True))
    blank = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
    return pl.DataFrame(
        [
            _blank_to_null(used.get(index, blank)).alias(f"c{index}")
            for index in range(max(used) + 1)
        ]
    )


def _blank_to_null(column: pl.Series) -> pl.Series:
    text = column.cast(pl.String)
    return text.set(text == "", None) if (text == "").any() else text


def _with_errors(cells: pl.DataFrame, errors: list[tuple[int, int, str]]) -> pl.DataFrame:
    """Error cells come out of the fast reader as null; put their text where it belongs."""
    by_column: dict[int, list[tuple[int, str]]] = {}
    for row, column, text in errors:
        if row <= cells.height and column < cells.width:
            by_column.setdefault(column, []).append((row - 1, text))
    for column, found in by_column.items():
        series = cells.to_series(column)
        rows = pl.Series([row for row, _ in found], dtype=pl.UInt32)
        cells = cells.with_columns(series.scatter(rows, [text for _, text in found]))
    return cells


def read_calamine(path: Path, kind: str, limits: Limits) -> Iterator[RawSheet]:
    """Every worksheet of an xls, xlsb or ods file.

    Errors: FileRefused (FILE_ENCRYPTED among them); anything the reader itself raises.
    """
    if kind != "xls":
        with guard.open_zip(path) as archive:
            guard.check_zip(archive, path.stat().st_size, limits)
            _drain(archive, path, set())
    try:
        workbook = calamine.CalamineWorkbook.from_path(path)
    except calamine.PasswordError:
        raise FileRefused(FILE_ENCRYPTED) from None
    for meta in workbook.sheets_metadata:
        if meta.typ == calamine.SheetTypeEnum.WorkSheet:
            sheet = workbook.get_sheet_by_name(meta.name)
            yield _typed_sheet(sheet, meta.visible == calamine.SheetVisibleEnum.Visible)


def _typed_sheet(sheet: calamine.CalamineSheet, visible: bool) -> RawSheet:
    first = sheet.start[1] if sheet.start else 0
    frames: list[pl.DataFrame] = []
    long_numbers: list[tuple[int, int]] = []
    rows = sheet.iter_rows()
    above = 0
    while batch := list(itertools.islice(rows, _BATCH)):
        for row, values in enumerate(batch, start=above + 1):
            long_numbers += [(row, first + at) for at, value in enumerate(values) if _long(value)]
        columns = [[_text(value) for value in column] for column in zip(*batch, strict=True)]
        frames.append(
            pl.DataFrame([pl.Series(str(i), c, pl.String) for i, c in enumerate(columns)])
        )
        above += len(batch)
    cells = padded(pl.concat(frames), list(range(first, first + sheet.width))) if frames else None
    return RawSheet(
        name=sheet.name,
        cells=pl.DataFrame() if cells is None else cells,
        long_numbers=pl.DataFrame(long_numbers, schema=LONG_SCHEMA, orient="row"),
        visible=visible,
    )


def _long(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) >= LONG_NUMBER


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) else f"{value:.9f}".rstrip("0").rstrip(".")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    return str(value)
