"""`hub repairs`: whole NIKs that the registry offers for those that Excel cut."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import click
from rich.table import Table

from hub.cli.common import console, errors, json_option, say
from hub.cli.connection import sentences, store
from hub.cli.rows import check_target, write_rows
from hub.core.ingest.chosen import find_delivery
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
    check_target(out)
    with store() as connection, connection.transaction():
        act_as_importer(connection)
        identity = find_delivery(connection, delivery).id
        found = candidates(connection, identity, Scope((EVERYWHERE,), identified))
    if as_json:
        click.echo(json.dumps(_data(identity, found), ensure_ascii=False))
    else:
        show(found)
    if out is not None:
        write_rows(out, HEADINGS, map(_cells, found.candidates))
        say(f"Calon ditulis ke {out} / candidates written to {out}", to=errors)


def _data(identity: UUID, found: Repairs) -> dict[str, object]:
    return {"delivery": str(identity), **asdict(found)}


def show(found: Repairs) -> None:
    """The candidates for a steward, and what to do with them."""
    if not found.lost:
        say(
            "Tidak ada NIK yang kehilangan angka dalam kiriman ini."
            " / No NIK of this delivery lost digits."
        )
        return
    rows = len({(candidate.sheet, candidate.row) for candidate in found.candidates})
    say(
        f"NIK yang kehilangan angka: {found.lost} baris; 15 angka pertamanya diketahui:"
        f" {found.comparable}; ada calon: {rows}."
        f" / NIKs that lost digits: {found.lost} rows; first 15 digits known:"
        f" {found.comparable}; with candidates: {rows}."
    )
    if not found.candidates:
        say("Tidak ada calon dalam registri. / The registry holds no candidate.")
        return
    table = Table(*HEADINGS, header_style="bold")
    for candidate in found.candidates:
        table.add_row(*_cells(candidate))
    console.print(table)
    say(
        "Tidak ada yang diubah. Periksa calonnya, tulis NIK yang benar sebagai Teks di berkas, lalu"
        " impor lagi. / Nothing was changed. Check the candidates, put the right NIK as text into"
        " the file and import it again."
    )


def _cells(candidate: Candidate) -> tuple[str, ...]:
    agreeing = (
        candidate.name and NAMES[candidate.name],
        "tanggal lahir" if candidate.birth_date else None,
        "No. KK" if candidate.kk else None,
    )
    cells = (candidate.sheet + 1, candidate.row, candidate.nik, ", ".join(filter(None, agreeing)))
    return tuple(map(str, cells))
