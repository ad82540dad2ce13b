"""`--out`: rows into a file, a workbook of text cells or a CSV that Excel opens."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from hub.cli.common import FAILED, refuse

SHEET_ROWS = 1_000_000  # an Excel sheet holds 1,048,576


def check_target(out: Path | None) -> None:
    """End the command unless `out` is of a kind that `write_rows` writes."""
    if out is not None and out.suffix.lower() not in (".csv", ".xlsx"):
        refuse("--out harus berakhiran .csv atau .xlsx.", "--out must end in .csv or .xlsx.")


def write_rows(
    target: Path, headings: Sequence[str], rows: Iterable[Sequence[str]], wide: str | None = None
) -> None:
    """Write rows of text; `wide` is the heading of a column of long texts.

    A further sheet is begun where one is full. Ends the command when `target` cannot be written.
    """
    try:
        if target.suffix.lower() == ".xlsx":
            _write_workbook(target, headings, rows, wide)
            return
        with target.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";")
            writer.writerow(headings)
            writer.writerows(rows)
    except (FileCreateError, OSError):
        refuse(f"{target} tidak dapat ditulis.", f"{target} cannot be written.", FAILED)


def _write_workbook(
    target: Path, headings: Sequence[str], rows: Iterable[Sequence[str]], wide: str | None
) -> None:
    with Workbook(str(target), {"constant_memory": True}) as book:
        head, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})

        def begun() -> Any:
            sheet = book.add_worksheet()
            for column, heading in enumerate(headings):
                sheet.set_column(column, column, 60 if heading == wide else 18)
                sheet.write_string(0, column, heading, head)
            sheet.freeze_panes(1, 0)
            return sheet

        sheet = begun()
        for number, cells in enumerate(rows):
            row = number % SHEET_ROWS
            if number and row == 0:
                sheet = begun()
            for column, value in enumerate(cells):
                # A string is never taken for a formula, a link or a number.
                sheet.write_string(row + 1, column, value[:32_767], text)
