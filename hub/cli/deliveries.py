"""`hub deliveries`, `hub undo`: what was imported, and taking it back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click
from psycopg.rows import dict_row
from rich.table import Table

from hub.cli.common import actor, console, figure, json_option
from hub.cli.connection import sentences, store
from hub.core.ingest.chosen import find_delivery
from hub.core.ingest.undo import effects_of, undo
from hub.core.registry.journal import Effects
from hub.core.store.roles import act_as_importer

_LIST = """
select d.id, d.source, d.layout, d.edition, d.file_name as file, d.state, d.rows_read as rows,
       d.published_at, p.published_by
from delivery d
left join publication p on p.delivery_id = d.id and p.undone_at is null
order by d.received_at, d.id
"""


@click.command("deliveries")
@json_option
@sentences
def deliveries_command(as_json: bool) -> None:
    """List every delivery, oldest first, with who published it and when."""
    with store() as connection, connection.transaction():
        act_as_importer(connection)
        with connection.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(_LIST).fetchall()
    if as_json:
        click.echo(json.dumps([_told(row) for row in found], ensure_ascii=False))
        return
    # Lines, not a table: an id must come out whole at any width, to be copied.
    for row in found:
        told = _told(row)
        published = " ".join(filter(None, (told["published_at"], row["published_by"])))
        click.echo(f"{row['id']}  {row['state']}  {row['source']} {row['edition']}  {published}")
        click.echo(f"    {row['file']}  {figure(row['rows'])} baris / rows")
    if not found:
        click.echo("Belum ada kiriman. / No deliveries yet.")


@click.command("undo")
@click.argument("delivery")
@click.option("--yes", is_flag=True, help="Do not ask.")
@sentences
def undo_command(delivery: str, yes: bool) -> None:
    """Take the publication of DELIVERY back: the registry is then as it was before.

    DELIVERY is its id or the beginning of one (hub deliveries). Only the last publication of a
    source can be undone, and none that later ones rest on. The file may be imported again.
    """
    with store() as connection:
        found = find_delivery(connection, delivery).id
        show_effects(effects_of(connection, found))
        question = "Batalkan terbitan ini? / Undo this publication?"
        if not yes and not click.confirm(question, err=True):
            return
        undo(connection, found, actor())
    console.print(
        "Dibatalkan; registri kembali seperti semula. / Undone; the registry is as it was before.",
        highlight=False,
    )


def show_effects(effects: Effects) -> None:
    """Print what a publication changes or changed."""
    count = asdict(effects)
    table = Table("", "baru / new", "berubah / changed", "hilang / gone", header_style="bold")
    for title, names in (
        ("orang / persons", ("persons_new", "persons_changed", "persons_gone")),
        ("keluarga / households", ("households_new", "households_changed", "households_gone")),
        ("penerimaan / receipts", ("receipts_new", None, "receipts_gone")),
        ("tanda tumpang tindih / overlap flags", ("flags_raised", None, "flags_withdrawn")),
    ):
        table.add_row(title, *("" if name is None else str(count[name]) for name in names))
    console.print(table)
    console.print(
        f"Desil naik pada {effects.deciles_up} keluarga, turun pada {effects.deciles_down}."
        f" / The decile of {effects.deciles_up} households rises, of {effects.deciles_down} falls.",
        highlight=False,
    )


def _told(row: dict[str, Any]) -> dict[str, Any]:
    published = row["published_at"]
    return {
        **row,
        "id": str(row["id"]),
        "published_at": published and published.isoformat(timespec="seconds"),
    }
