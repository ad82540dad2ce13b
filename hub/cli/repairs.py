"""`hub repairs`: whole NIKs that the registry offers for those that Excel cut."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click
from rich.table import Table
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from hub.cli.common import FAILED, console, errors, json_option, refuse
from hub.cli.connection import sentences, store
from hub.cli.deliveries import find_delivery
from hub.core.ingest.repairs import Candidate, Repairs, candidates
from hub.core.store.roles import act_as_importer
from hub.core.store.scope import EVERYWHERE, Scope

HEADINGS = ("lembar", "baris", "calon NIK", "yang cocok")
NAMES = {"EQUAL": "nama", "SIMILAR": "nama (mirip)"}


@click.command("repairs")
@click.argument("delivery")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the candidates (.csv or .xlsx)."
)
@click.option("--identified", is_flag=True, help="Show the candidate NIKs whole.")
@json_option
@sentences
def repairs_command(delivery: str, out: Path | None, identified: bool, as_json: bool) -> None:
    """Offer whole NIKs for the rows of DELIVERY whose NIK lost digits in Excel.

    DELIVERY is its id or the beginning of one (hub deliveries). A candidate has the same first 15
    digits in the registry, and its name or birth date agrees. Nothing is changed.
    """
    if out is not None and out.suffix.lower() not in (".csv", ".xlsx"):
        refuse("--out harus berakhiran .csv atau .xlsx.", "--out must end in .csv or .xlsx.")
    with store() as connection, connection.transaction():
        act_as_importer(connection)
        identity = find_delivery(connection, delivery)
        found = candidates(connection, identity, Scope((EVERYWHERE,), identified))
    if as_json:
        click.echo(json.dumps(_data(identity, found), ensure_ascii=False))
    else:
        show(found)
    if out is not None:
        try:
            write(found, out)
        except (FileCreateError, OSError):
            refuse(f"{out} tidak dapat ditulis.", f"{out} cannot be written.", FAILED)
        told = f"Calon ditulis ke {out} / candidates written to {out}"
        errors.print(told, highlight=False, markup=False)


def _data(identity: UUID, found: Repairs) -> dict[str, object]:
    return {"delivery": str(identity), **asdict(found)}


def show(found: Repairs) -> None:
    """The candidates for a steward, and what to do with them."""
    if not found.lost:
        _line(
            "Tidak ada NIK yang kehilangan angka dalam kiriman ini."
            " / No NIK of this delivery lost digits."
        )
        return
    rows = len({(candidate.sheet, candidate.row) for candidate in found.candidates})
    _line(
        f"NIK yang kehilangan angka: {found.lost} baris; 15 angka pertamanya diketahui:"
        f" {found.comparable}; ada calon: {rows}."
        f" / NIKs that lost digits: {found.lost} rows; first 15 digits known:"
        f" {found.comparable}; with candidates: {rows}."
    )
    if not found.candidates:
        _line("Tidak ada calon dalam registri. / The registry holds no candidate.")
        return
    table = Table(*HEADINGS, header_style="bold")
    for candidate in found.candidates:
        table.add_row(*_cells(candidate))
    console.print(table)
    _line(
        "Tidak ada yang diubah. Periksa calonnya, tulis NIK yang benar sebagai Teks di berkas, lalu"
        " impor lagi. / Nothing was changed. Check the candidates, put the right NIK as text into"
        " the file and import it again."
    )


def _line(text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def write(found: Repairs, target: Path) -> None:
    """The candidates into a file: a workbook of text cells, or CSV that Excel opens."""
    rows = [HEADINGS, *(_cells(candidate) for candidate in found.candidates)]
    if target.suffix.lower() == ".csv":
        with target.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(rows)
        return
    with Workbook(str(target)) as book:
        sheet, text = book.add_worksheet(), book.add_format({"num_format": "@"})
        sheet.set_column(0, len(HEADINGS) - 1, 20)
        for number, cells in enumerate(rows):
            for column, value in enumerate(cells):
                # A string is never taken for a number, which would cut the NIK again.
                sheet.write_string(number, column, value, text)


def _cells(candidate: Candidate) -> tuple[str, ...]:
    agreeing = (
        candidate.name and NAMES[candidate.name],
        "tanggal lahir" if candidate.birth_date else None,
        "No. KK" if candidate.kk else None,
    )
    cells = (candidate.sheet + 1, candidate.row, candidate.nik, ", ".join(filter(None, agreeing)))
    return tuple(map(str, cells))
