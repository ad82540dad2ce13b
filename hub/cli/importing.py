"""`hub import`: files to wait for a second person, or at once into the registry."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import psycopg

from adapters.delivery import Options
from hub.cli import report, waiting
from hub.cli.checking import STEPS, delivery_options, options_from, progress_bar
from hub.cli.common import BAD_INPUT, actor, console, json_option, say
from hub.cli.connection import sentences, store
from hub.cli.effects import show_effects
from hub.core.ingest.effects import Foreseen, foresee
from hub.core.ingest.importing import Imported, import_file
from hub.core.ingest.publishing import rebuild
from hub.settings import load


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@delivery_options
@click.option("--strict", is_flag=True, help="Write nothing when a single row has an error.")
@click.option("--dry-run", is_flag=True, help="Write nothing: say what the import would change.")
@json_option
@sentences
def import_command(
    files: tuple[Path, ...], strict: bool, dry_run: bool, as_json: bool, **given: Any
) -> None:
    """Bring FILES: check them, and have their rows wait until somebody else publishes them.

    What is published is in the registry: see hub publish. With HUB_ONE_PERSON=true, for an office
    of one, each file is published at once. Rejected rows are kept in quarantine with their issues;
    a file that cannot be imported as a whole makes the exit code 2. The same file twice is one
    delivery. With --dry-run, each file is imported by itself and taken back before anybody sees it.
    """
    options = options_from(given)
    settings = load()
    refused = False
    with store(settings) as connection:
        for file in files:
            if settings.one_person or dry_run or not waiting.readable(file):
                # Nothing is published of a file that cannot be read, whatever becomes of it.
                dry = dry_run or not settings.one_person
                done = _at_once(connection, file, options, strict=strict, dry=dry)
                tell(done, as_json=as_json)
                refused = refused or done.refused
            else:
                spool = waiting.spool_of(settings)
                with progress_bar(file.name, len(STEPS) - 1) as step:
                    received = waiting.bring(connection, spool, file, options, step, strict=strict)
                usable = waiting.tell(connection, received, as_json=as_json)
                refused = refused or not usable
    if refused:
        sys.exit(BAD_INPUT)


def _at_once(
    connection: psycopg.Connection[Any], file: Path, options: Options, *, strict: bool, dry: bool
) -> Imported | Foreseen:
    with progress_bar(file.name, len(STEPS)) as step:
        if dry:
            return foresee(connection, file, options, strict=strict, progress=step)
        return import_file(connection, file, options, strict=strict, progress=step, actor=actor())


def tell(done: Imported | Foreseen, *, as_json: bool) -> None:
    """Say what came of one import, or what would."""
    if as_json:
        told = report.as_json(done.checked, already=done.already, **_outcome(done))
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    if done.already:
        say(
            f"{done.checked.path.name}: sudah pernah diimpor, atau menunggu diterbitkan"
            " (hub deliveries); tidak ada yang berubah."
            " / already imported, or waiting to be published (hub deliveries); nothing changed."
        )
        return
    report.show(console, done.checked.issues)
    report.summary(console, done.checked)
    if isinstance(done, Foreseen) and done.effects is not None:
        show_effects(done.effects)
    if done.refused or isinstance(done, Foreseen):
        console.print(
            "Tidak ada yang disimpan. / Nothing was written.", style="bold red", highlight=False
        )
        return
    console.print(
        f"Tersimpan; {done.flags} tanda tumpang tindih baru. / Stored; {done.flags} new overlap"
        " flags.",
        highlight=False,
    )


def _outcome(done: Imported | Foreseen) -> dict[str, Any]:
    if isinstance(done, Foreseen):
        return {"effects": None if done.effects is None else asdict(done.effects)}
    delivery = str(done.delivery_id) if done.delivery_id else None
    return {"delivery": delivery, "flags": done.flags, "seconds": done.seconds}


@click.command("rebuild")
@sentences
def rebuild_command() -> None:
    """Derive persons, households, rankings, receipts and flags again from the source rows.

    Ids stay; judged flags stay. Needed after a change of rules, survivorship or linkage.
    """
    with store() as connection, connection.transaction():
        raised = rebuild(connection, actor())
    console.print(
        f"Registri diturunkan ulang; {raised} tanda tumpang tindih baru."
        f" / The registry was derived again; {raised} new overlap flags.",
        highlight=False,
    )
