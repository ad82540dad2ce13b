"""`hub sample`: synthetic files of every source."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hub.cli.common import console, errors, json_option, refuse
from hub.demo.options import (
    DEFAULT_REGENCIES,
    Format,
    Manifest,
    Noise,
    SampleError,
    SampleOptions,
)
from hub.demo.sample import generate


@click.command("sample")
@click.option("--seed", type=int, default=1, show_default=True, help="Equal seeds, equal files.")
@click.option(
    "--regency",
    "regencies",
    multiple=True,
    default=DEFAULT_REGENCIES,
    show_default=True,
    help="Kemendagri code of a regency or city (4 digits); may be repeated.",
)
@click.option(
    "--households",
    type=click.IntRange(1),
    default=400,
    show_default=True,
    help="Households in all, shared evenly by the regencies.",
)
@click.option(
    "--noise",
    type=click.Choice(["none", "moderate", "hard"]),
    default="moderate",
    show_default=True,
    help="How dirty the files are.",
)
@click.option(
    "--layout", "layouts", multiple=True, help="Only this layout; may be repeated (hub layouts)."
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(["native", "xlsx", "csv"]),
    default="native",
    show_default=True,
    help="File type; native is the one that the source really uses.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("sample"),
    show_default=True,
    help="Folder for the files; their truth goes into truth/ inside it.",
)
@json_option
def sample_command(
    seed: int,
    regencies: tuple[str, ...],
    households: int,
    noise: Noise,
    layouts: tuple[str, ...],
    kind: Format,
    out: Path,
    as_json: bool,
) -> None:
    """Write one synthetic population as every source system would deliver it.

    The regions are real. The people cannot exist: their NIKs end in serials 9000 to 9998, which
    the registration of one day in one district does not reach. What is wrong in which row is
    written down in truth/.
    """
    options = SampleOptions(
        out=out,
        seed=seed,
        regencies=regencies,
        households=households,
        noise=noise,
        layouts=layouts,
        format=kind,
    )
    try:
        manifest = _generate(options, quiet=as_json)
    except SampleError as error:
        refuse(error.indonesian, str(error))
    if as_json:
        click.echo(json.dumps(asdict(manifest), ensure_ascii=False, indent=2))
    else:
        _report(manifest, out)


def _generate(options: SampleOptions, quiet: bool) -> Manifest:
    if quiet:
        return generate(options)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} keluarga"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors) as bar:
        task = bar.add_task("menulis", total=options.households)

        def advance(regency: str, done: int, total: int) -> None:
            bar.update(task, description=f"menulis {regency}", completed=done)

        return generate(options, advance)


def _report(manifest: Manifest, out: Path) -> None:
    rows = sum(file.rows for file in manifest.files)
    paths = {file.path for file in manifest.files}
    console.print(
        f"{len(paths)} berkas, {rows} baris, {manifest.households} keluarga, "
        f"{manifest.persons} orang di {out}",
        highlight=False,
        markup=False,
    )
