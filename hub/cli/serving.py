"""`hub migrate`, `hub serve`, `hub user token`, `hub demo`: running it."""

from __future__ import annotations

import json
import logging
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import click
import psycopg
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hub.cli.checking import STEPS, progress_bar
from hub.cli.common import FAILED, console, errors, refuse
from hub.cli.connection import sentences, store
from hub.cli.importing import tell
from hub.cli.worker import worker_beside
from hub.core.access import Right, TokenError, create_token
from hub.core.ingest.importing import Imported
from hub.core.ingest.spool import Spool
from hub.core.store.engine import database
from hub.core.store.reference import prepare
from hub.demo import run
from hub.demo.options import Manifest, SampleFile
from hub.settings import Settings, load
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
@click.option("with_worker", "--worker", is_flag=True, help="With a worker, also on a server.")
@sentences
def serve_command(with_worker: bool) -> None:
    """Serve the registry at HUB_HOST:HUB_PORT (127.0.0.1:8000).

    With the embedded PostgreSQL a worker runs beside it; with HUB_DATABASE_URL only if told so,
    since `hub worker` can run anywhere.
    """
    settings = load()
    try:
        with (
            listen(settings.host, settings.port) as bound,
            database(settings.database_url, settings.data_dir, exclusive=True) as url,
        ):
            prepare(url)
            with _beside(settings, with_worker=with_worker):
                serve(
                    url,
                    bound,
                    lambda address: console.print(f"{address}/graphql", highlight=False),
                    _spool(settings),
                    one_person=settings.one_person,
                )
    except ServeError as error:
        errors.print(str(error), highlight=False)
        sys.exit(FAILED)


def _beside(settings: Settings, *, with_worker: bool = False) -> AbstractContextManager[None]:
    """A worker for the block, if this process is to have one."""
    return worker_beside() if with_worker or settings.database_url is None else nullcontext()


def _spool(settings: Settings) -> Spool:
    return Spool(settings.spool_dir, settings.upload_mb << 20)


@click.group("user")
def user_group() -> None:
    """Accounts and their tokens."""


@user_group.command("token")
@click.argument("name")
@click.option("--region", "regions", multiple=True, help="Region prefix; repeat for several.")
@click.option("everywhere", "--all-regions", is_flag=True, help="All of Indonesia.")
@click.option("--identified", is_flag=True, help="May see NIK and KK unmasked.")
@click.option("--staff", is_flag=True, help="May use introspection and GraphiQL.")
@click.option("rights", "--may", multiple=True, help="upload, publish or judge; repeatable.")
@click.option("--days", default=90, show_default=True, help="Days until the token expires.")
@sentences
def token_command(
    name: str,
    regions: tuple[str, ...],
    everywhere: bool,
    identified: bool,
    staff: bool,
    rights: tuple[str, ...],
    days: int,
) -> None:
    """Make a bearer token for account NAME and print it, once.

    It can read. With --may it can do more: upload brings deliveries, publish publishes, rejects and
    undoes them, judge judges overlap flags. Whoever uploads a delivery never publishes it, unless
    HUB_ONE_PERSON is true.
    """
    if everywhere == bool(regions):
        refuse(
            "Sebutkan --region (boleh berulang) atau --all-regions.",
            "Name --region (repeatable) or --all-regions.",
        )
    may = [_right(word) for word in rights]
    with store() as connection:
        try:
            scope = regions or ("",)
            token = create_token(connection, name, scope, identified, staff, days, may)
        except TokenError as error:
            refuse(f"Token tidak dibuat: {error}", str(error))
    click.echo(token)


def _right(word: str) -> Right:
    found = [right for right in Right if right == word.lower()]
    if not found:
        there = ", ".join(Right)
        refuse(
            f'Hak "{word}" tidak ada; yang ada: {there}.',
            f'There is no right "{word}"; there are: {there}.',
        )
    return found[0]


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
            ready = partial(_show, token=token, region=regencies[0])
            with _beside(settings):
                serve(url, bound, ready, _spool(settings), one_person=settings.one_person)
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
