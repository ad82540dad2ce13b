"""`hub check` and `hub import`: files in."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adapters.delivery import Checked, Options, check_file
from hub.cli import report
from hub.cli.common import BAD_INPUT, console, errors, json_option, refuse, sentences, store
from hub.core.ingest.importing import Imported, import_file
from mappings.load import layouts, programmes
from mappings.regions import regions
from validation.issues import with_severity

STEPS = {
    "read": "membaca",
    "recognise": "mengenali susunan",
    "map": "memetakan kolom",
    "validate": "memeriksa",
    "stage": "menyimpan",
    "publish": "menautkan dan menandai",
}


def delivery_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what a file does not say itself."""
    for option in reversed(
        [
            click.option("--layout", help="Name of the layout; see `hub layouts`."),
            click.option("--region", help="Kemendagri code of the region the file is about."),
            click.option("--edition", help="Edition of the data, such as 2024 or 2026-Q1."),
            click.option("--reference-date", help="Day the data speak of (yyyy-mm-dd)."),
            click.option("--programme", help="Programme of a list that names none."),
            click.option("--period", help="Period of a list that names none, such as 2024-03."),
            click.option(
                "--region-system",
                type=click.Choice(["kemendagri", "bps"]),
                help="Whose region codes the file uses, where its layout cannot tell.",
            ),
        ]
    ):
        command = option(command)
    return command


def options_from(given: dict[str, Any]) -> Options:
    """Checked options; ends the command with a sentence on a wrong one."""
    if given["layout"] is not None and given["layout"] not in layouts():
        refuse(
            f'Susunan "{given["layout"]}" tidak ada; lihat: hub layouts.',
            f'There is no layout "{given["layout"]}"; see: hub layouts.',
        )
    if given["programme"] is not None and given["programme"] not in programmes():
        refuse(
            f'Program "{given["programme"]}" tidak ada dalam katalog; lihat: hub programmes.',
            f'Programme "{given["programme"]}" is not in the catalogue; see: hub programmes.',
        )
    if given["region"] is not None and given["region"] not in set(regions()["code"]):
        refuse(
            f'Kode wilayah "{given["region"]}" tidak ada dalam daftar Kemendagri.',
            f'Region code "{given["region"]}" is not in the Kemendagri list.',
        )
    return Options(**{**given, "reference_date": _date(given["reference_date"])})


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a time
    except ValueError:
        refuse(
            "Tanggal rujukan harus berbentuk tttt-bb-hh, misalnya 2024-12-31.",
            "The reference date must be yyyy-mm-dd, for example 2024-12-31.",
        )


@contextmanager
def progress_bar(title: str, steps: int) -> Iterator[Callable[[str], None]]:
    """A bar on standard error that moves one step at a time."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(title, total=steps)
        names = iter(range(steps + 1))

        def step(name: str) -> None:
            progress.update(
                task, completed=next(names), description=f"{title}: {STEPS.get(name, name)}"
            )

        yield step


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@delivery_options
@click.option("--out", type=click.Path(path_type=Path), help="Write all issues (.csv or .json).")
@click.option("everything", "--all", is_flag=True, help="Print every issue, not the first 20.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="warning",
    show_default=True,
    help="Which issues make the exit code 2.",
)
@json_option
def check_command(
    file: Path, out: Path | None, everything: bool, fail_on: str, as_json: bool, **given: Any
) -> None:
    """Check FILE and report every wrong row; the registry is not touched.

    Exit code 0 when there is nothing to mend, 2 when there is.
    """
    options = options_from(given)
    with progress_bar(file.name, 4) as step:
        checked = check_file(file, options, step)
    if as_json:
        click.echo(json.dumps(report.as_json(checked), ensure_ascii=False))
    else:
        report.show(console, checked, everything=everything)
        report.summary(console, checked)
    if out is not None:
        report.write(checked, out)
        errors.print(f"Daftar masalah ditulis ke {out} / issues written to {out}")
    if _fails(checked, fail_on):
        sys.exit(BAD_INPUT)


def _fails(checked: Checked, fail_on: str) -> bool:
    graded = set(with_severity(checked.issues)["severity"])
    return "ERROR" in graded or (fail_on == "warning" and "WARNING" in graded)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@delivery_options
@click.option("--strict", is_flag=True, help="Write nothing when a single row has an error.")
@json_option
@sentences
def import_command(files: tuple[Path, ...], strict: bool, as_json: bool, **given: Any) -> None:
    """Import FILES into the registry: check, stage, link, flag.

    Rejected rows are kept in quarantine with their issues; a file that cannot be imported as a
    whole writes nothing and makes the exit code 2. The same file twice is imported once.
    """
    options = options_from(given)
    refused = False
    with store() as connection:
        for file in files:
            with progress_bar(file.name, len(STEPS)) as step:
                done = import_file(connection, file, options, strict=strict, progress=step)
            refused = refused or done.delivery_id is None
            tell(done, as_json=as_json)
    if refused:
        sys.exit(BAD_INPUT)


def tell(done: Imported, *, as_json: bool) -> None:
    """Say what came of one import."""
    if as_json:
        delivery = str(done.delivery_id) if done.delivery_id else None
        more = {"delivery": delivery, "already": done.already, "seconds": done.seconds}
        click.echo(json.dumps(report.as_json(done.checked, **more), ensure_ascii=False))
        return
    if done.already:
        console.print(
            f"{done.checked.path.name}: sudah pernah diimpor, tidak ada yang berubah."
            " / already imported, nothing changed.",
            highlight=False,
        )
        return
    report.show(console, done.checked)
    report.summary(console, done.checked)
    if done.delivery_id is None:
        console.print(
            "Tidak ada yang disimpan. / Nothing was written.", style="bold red", highlight=False
        )
