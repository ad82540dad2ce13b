"""`hub mappings`: what is remembered of the headings of files."""

from __future__ import annotations

import json

import click
from rich.table import Table

from adapters.delivery import FINGERPRINT
from hub.cli.common import console, json_option, refuse
from hub.cli.connection import sentences, store
from hub.cli.mapping import NOTHING
from hub.core.ingest import memory


@click.group("mappings", invoke_without_command=True)
@json_option
@click.pass_context
@sentences
def mappings_group(context: click.Context, as_json: bool) -> None:
    """List the column mappings that `hub import --map` confirmed, or forget one."""
    if context.invoked_subcommand is not None:
        return
    with store() as connection:
        found = memory.memories(connection)
    if as_json:
        entries = [
            {
                "fingerprint": entry.mapping.fingerprint,
                "layout": entry.mapping.layout,
                "columns": entry.mapping.columns,
                "confirmedBy": entry.confirmed_by,
                "confirmedAt": entry.confirmed_at.isoformat(),
            }
            for entry in found
        ]
        click.echo(json.dumps(entries, ensure_ascii=False))
        return
    table = Table(header_style="bold")
    for heading in ("pemetaan", "susunan", "kolom", "dipastikan"):
        table.add_column(heading)
    for entry in found:
        columns = ", ".join(f"{a} = {b or NOTHING}" for a, b in entry.mapping.columns.items())
        when = f"{entry.confirmed_at:%Y-%m-%d} {entry.confirmed_by}"
        mark = entry.mapping.fingerprint[:FINGERPRINT]
        table.add_row(mark, entry.mapping.layout, columns, when)
    console.print(table)


@mappings_group.command("forget")
@click.argument("fingerprint")
@sentences
def forget_command(fingerprint: str) -> None:
    """Forget the mapping whose FINGERPRINT begins so; the next file is asked about again."""
    with store() as connection:
        count = memory.forget(connection, fingerprint)
    if count != 1:
        refuse(
            f'Ada {count} pemetaan yang diawali "{fingerprint}"; lihat: hub mappings.',
            f'{count} mappings begin with "{fingerprint}"; see: hub mappings.',
        )
    console.print("Pemetaan dihapus. / The mapping is forgotten.", highlight=False)
