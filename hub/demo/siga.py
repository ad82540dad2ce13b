"""The SIGA workbook: a sheet per village, cells by letter, a separator row per RT."""

from __future__ import annotations

import polars as pl
from xlsxwriter.worksheet import Worksheet

from hub.demo.faults import NUMBER
from hub.demo.files import Book

_PLACES = {5: "region.village_name", 6: "region.district_name", 7: "region.regency_name",
           9: "region.province_name"}  # fmt: skip
_PLACE_COLUMN, _RT_COLUMN, _HAMLET_COLUMN = 11, 6, 19  # L, G, T
_ABOUT = ["k.village", "address.rt", "address.rw", "address.hamlet", *_PLACES.values()]


class SigaSink:
    """Writes households to the sheets of their villages.

    `columns` holds the heading and the position (0 for column A) of each cell of a row, or None
    for what stands outside the rows. Rows must come sorted by village and RT.
    """

    def __init__(self, book: Book, columns: list[tuple[str, int | None]], first_row: int) -> None:
        book.users += 1
        self.path = book.path
        self._book, self._columns, self._first = book, columns, first_row
        self._sheets: dict[str, Worksheet] = {}
        self._next: dict[str, int] = {}
        self._rt: dict[str, str] = {}

    def _sheet_of(self, about: dict[str, str]) -> Worksheet:
        village = about["k.village"]
        if village not in self._sheets:
            sheet = self._book.workbook.add_worksheet(village)
            sheet.write_string(1, 0, "DAFTAR KELUARGA BERISIKO STUNTING (KRS)")
            for row, name in _PLACES.items():
                sheet.write_string(row, _PLACE_COLUMN, about[name].upper())
            sheet.write_string(11, 0, "NO")
            for heading, place in self._columns:
                if place is not None:
                    sheet.write_string(12, place, heading.upper())
            self._sheets[village], self._next[village] = sheet, self._first - 1
        return self._sheets[village]

    def _separate(self, sheet: Worksheet, about: dict[str, str]) -> None:
        village, rt = about["k.village"], about["address.rt"]
        if self._rt.get(village) != rt:
            row = self._next[village]
            sheet.write_string(row, 0, "RT :")
            sheet.write_string(row, _RT_COLUMN, f"RT {rt}")
            hamlet = f"{about['address.hamlet']}/RW {about['address.rw']}"
            sheet.write_string(row, _HAMLET_COLUMN, hamlet)
            self._rt[village], self._next[village] = rt, row + 1

    def write(self, cells: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Appends the rows; returns sheet and sheet row (1-based) of each."""
        found: list[int] = []
        about = rows.select(_ABOUT).iter_rows(named=True)
        for place, line in zip(about, cells.iter_rows(), strict=True):
            sheet = self._sheet_of(place)
            self._separate(sheet, place)
            row = self._next[place["k.village"]]
            self._put(sheet, row, line)
            self._next[place["k.village"]] = row + 1
            found.append(row + 1)
        return pl.DataFrame({"sheet": rows["k.village"], "row": pl.Series(found, dtype=pl.Int64)})

    def _put(self, sheet: Worksheet, row: int, line: tuple[str | None, ...]) -> None:
        for (_, place), cell in zip(self._columns, line, strict=True):
            if place is None or not cell:
                continue
            if cell[0] == NUMBER:
                sheet.write_number(row, place, float(cell[1:]))
            else:
                sheet.write_string(row, place, cell)

    def close(self) -> None:
        """Leaves the workbook, which must have a sheet even if nobody is in it."""
        if not self._sheets:
            self._book.workbook.add_worksheet("KOSONG")
        self._book.leave()
