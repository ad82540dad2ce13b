"""`hub migrate`, `hub serve`, `hub user token`, `hub demo`: running it."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

import click
import psycopg
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hub.cli.checking import STEPS, progress_bar
from hub.cli.common import FAILED, console, errors, refuse
from hub.cli.connection import sentences, store
from hub.cli.importing import tell
from hub.core.access.tokens import TokenError, create_token
from hub.core.ingest.importing import Imported
from hub.core.store.engine import database
from hub.core.store.reference import prepare
from hub.demo import run
from hub.demo.options import Manifest, SampleFile
from hub.settings import load
from hub.web.serve import ServeError, listen, serve, served


@click.command("migrate")
@sentences
def migrate_command() -> None:
    """Bring the schema and the reference data up to date."""
    settings = load()
    with database(settings.database_url, settings.data_dir, exclusive=False) as url:
        loaded = prepare(url)
    console.print(f"Siap / ready; {', '.join(loaded) or 'nothing new'}", highlight=False)


@click.command("serve")
@sentences
def serve_command() -> None:
    """Serve the registry at HUB_HOST:HUB_PORT (127.0.0.1:8000)."""
    settings = load()
    try:
        with (
            listen(settings.host, settings.port) as bound,
            database(settings.database_url, settings.data_dir, exclusive=True) as url,
        ):
            prepare(url)
            serve(url, bound, lambda address: console.print(f"{address}/graphql", highlight=False))
    except ServeError as error:
        errors.print(str(error), highlight=False)
        sys.exit(FAILED)


@click.group("user")
def user_group() -> None:
    """Accounts and their tokens."""


@user_group.command("token")
@click.argument("name")
@click.option("--region", "regions", multiple=True, help="Region prefix; repeat for several.")
@click.option("everywhere", "--all-regions", is_flag=True, help="All of Indonesia.")
@click.option("--identified", is_flag=True, help="May see NIK and KK unmasked.")
@click.option("--staff", is_flag=True, help="May use introspection and GraphiQL.")
@click.option("--days", default=90, show_default=True, help="Days until the token expires.")
@sentences
def token_command(
    name: str, regions: tuple[str, ...], everywhere: bool, identified: bool, staff: bool, days: int
) -> None:
    """Make a bearer token for account NAME and print it, once."""
    if everywhere == bool(regions):
        refuse(
            "Sebutkan --region (boleh berulang) atau --all-regions.",
            "Name --region (repeatable) or --all-regions.",
        )
    with store() as connection:
        try:
            scope = regions or ("",)
            token = create_token(connection, name, scope, identified, staff, days)
        except TokenError as error:
            refuse(f"Token tidak dibuat: {error}", str(error))
    click.echo(token)


@click.command("demo")
@click.option("check", "--check", is_flag=True, help="Do not serve: query over HTTP and verify.")
@sentences
def demo_command(check: bool) -> None:
    """Synthetic exports of every source, imported, linked, flagged; then served."""
    settings = load()
    logging.disable(logging.INFO)  # the demonstration tells its own story
    start = time.monotonic()
    try:
        with (
            listen(settings.host, 0 if check else settings.port) as bound,
            database(settings.database_url, settings.data_dir, exclusive=True) as url,
        ):
            prepare(url)
            folder = settings.data_dir / "demo"
            manifest = _exports(folder)
            with psycopg.connect(url, autocommit=True) as connection:
                _import_all(connection, folder, manifest)
                for name, count in run.totals(connection).items():
                    console.print(f"{count:>8,} {name}", highlight=False)
                regencies = tuple(dict.fromkeys(entry.regency for entry in manifest.files))
                token = run.demo_token(connection, regencies)
                seconds = time.monotonic() - start
                console.print(f"Siap dalam {seconds:.1f} detik / ready.", highlight=False)
                if check:
                    with served(url, bound) as address:
                        found = run.problems(connection, address, token, folder, manifest)
                        _show(address, token, regencies[0])
                    _verdict(found)
                    return
            serve(url, bound, lambda address: _show(address, token, regencies[0]))
    except ServeError as error:
        errors.print(str(error), highlight=False)
        sys.exit(FAILED)


def _exports(folder: Path) -> Manifest:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task("Membuat contoh ekspor / writing synthetic exports", total=None)

        def step(name: str, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return run.exports(folder, step)


def _import_all(
    connection: psycopg.Connection[tuple[object, ...]], folder: Path, manifest: Manifest
) -> None:
    known = 0
    with progress_bar("Mengimpor / importing", len(STEPS) * len(manifest.files)) as step:
        for done in run.import_all(connection, folder, manifest, step):
            if isinstance(done, Imported):
                _tell_shortly(done)
            elif isinstance(done, SampleFile):
                known += 1
    if known:
        console.print(
            f"{known} berkas sudah diimpor sebelumnya / {known} files were imported before.",
            highlight=False,
        )


def _tell_shortly(done: Imported) -> None:
    if done.delivery_id is None or done.already:
        tell(done, as_json=False)
        return
    counts = done.checked.counts()
    console.print(
        f"{done.checked.path.name:<44} dibaca {counts['read']:>6,} = diterima"
        f" {counts['accepted']:>6,} (perlu diperiksa {counts['warning']:>5,})"
        f" + ditolak {counts['rejected']:>4,}",
        highlight=False,
        soft_wrap=True,
    )


def _show(address: str, token: str, region: str) -> None:
    """Addresses, the token, and the example with its answer, unwrapped so that it can be copied."""
    shown = run.example(address, token, region)
    lines = [
        f"GraphQL   {address}/graphql",
        f"GraphiQL  {address}/graphiql",
        f"Token     {token}",
        "",
        f"Contoh / example, variables {json.dumps(shown.variables)}:",
        shown.query,
        "",
        "Jawaban / answer:",
        json.dumps(shown.answer, ensure_ascii=False, indent=2),
    ]
    click.echo("\n".join(lines))


def _verdict(found: list[str]) -> None:
    if found:
        for problem in found:
            errors.print(problem, style="bold red", highlight=False, markup=False)
        sys.exit(FAILED)
    console.print("Semua baik / all is well.", style="bold green", highlight=False)
