"""`hub workbook`: the file of a delivery back, every fault marked."""

from __future__ import annotations

from pathlib import Path

import click
from xlsxwriter.exceptions import FileCreateError

from hub.cli.common import FAILED, refuse, say
from hub.cli.connection import sentences, store
from hub.cli.waiting import spool_of
from hub.core.ingest.books import write_book
from hub.core.ingest.chosen import find_delivery
from hub.settings import load


@click.command("workbook")
@click.argument("delivery")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--bad-only", is_flag=True, help="Only the rows to mend.")
@sentences
def workbook_command(delivery: str, out: Path, bad_only: bool) -> None:
    """Write the file of DELIVERY back to OUT.xlsx with every bad cell coloured and explained.

    DELIVERY is its id or the beginning of one (hub deliveries). Mend the workbook and bring it with
    `hub import`: the hub knows which rows it mends.
    """
    if out.suffix.lower() != ".xlsx":
        refuse("OUT harus berakhiran .xlsx.", "OUT must end in .xlsx.")
    settings = load()
    with store(settings) as connection:
        found = find_delivery(connection, delivery)
        try:
            write_book(connection, spool_of(settings), found.id, out, bad_only=bad_only)
        except (OSError, FileCreateError):
            refuse(f"{out} tidak dapat ditulis.", f"{out} cannot be written.", FAILED)
    say(f"Buku kerja ditulis ke {out} / workbook written to {out}")
