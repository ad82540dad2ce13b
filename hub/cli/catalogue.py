"""`hub layouts`, `hub programmes`, `hub template`: what the hub knows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from xlsxwriter.exceptions import FileCreateError

from adapters.template import candidates, write_template
from hub.cli.common import FAILED, console, json_option, refuse
from mappings.load import layouts, programmes
from mappings.model import Layout

WIDE = 140  # columns of a terminal that shows every heading


@click.command("layouts")
@json_option
def layouts_command(as_json: bool) -> None:
    """List the layouts that files are recognised by."""
    rows = [
        (f.layout, f.source, f.vintage, f.subject, f.region.system, f.evidence, f.title)
        for f in layouts().values()
    ]
    _print(
        ("layout", "source", "vintage", "subject", "regions", "evidence", "title"), rows, as_json
    )


@click.command("programmes")
@json_option
def programmes_command(as_json: bool) -> None:
    """List the programme catalogue."""
    rows = [(p.code, p.owner, p.level, p.strategy, p.unit, p.name) for p in programmes().values()]
    _print(("code", "owner", "level", "strategy", "unit", "name"), rows, as_json)


@click.command("template")
@click.argument("name", metavar="SOURCE|LAYOUT")
@click.argument("target", type=click.Path(path_type=Path))
def template_command(name: str, target: Path) -> None:
    """Write an empty workbook to TARGET (.xlsx), to be filled in and imported.

    LAYOUT is one of `hub layouts`; a SOURCE such as PK stands for its newest layout. The workbook
    has the headings, drop-down lists of the codes, text columns for NIK and KK, and a sheet that
    explains every column.
    """
    layout = _layout(name)
    if target.suffix.lower() != ".xlsx":
        refuse("Nama berkas templat harus berakhiran .xlsx.", "A template's name ends in .xlsx.")
    if target.exists():
        refuse(f"{target} sudah ada.", f"{target} exists already.")
    try:
        write_template(layout, target)
    except (OSError, FileCreateError):
        refuse(f"{target} tidak dapat ditulis.", f"{target} cannot be written.", FAILED)
    told = f"Templat {layout.layout} ditulis ke {target} / written to {target}"
    console.print(told, highlight=False, markup=False)


def _layout(name: str) -> Layout:
    """The one layout with a template that a source or a layout names; else a refusal."""
    found = candidates(name)
    if not found and name in layouts():
        refuse(
            f'Susunan "{name}" tidak berbaris judul; tidak ada templatnya.',
            f'Layout "{name}" has no header row, so it has no template.',
        )
    if not found:
        refuse(
            f'Sumber atau susunan "{name}" tidak ada; lihat: hub layouts.',
            f'There is no source or layout "{name}"; see: hub layouts.',
        )
    if len(found) > 1:
        listed = "\n".join(f"  {layout.layout}: {layout.title}" for layout in found)
        refuse(
            f"{name} memiliki beberapa susunan; pilih salah satu:\n{listed}",
            f"{name} has several layouts; name the one you want.",
        )
    return found[0]


def _print(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], as_json: bool) -> None:
    if as_json:
        entries = [dict(zip(headings, row, strict=True)) for row in rows]
        click.echo(json.dumps(entries, ensure_ascii=False))
        return
    # On a narrow terminal, or in a pipe, only what a steward needs: the name and what it is.
    shown = range(len(headings)) if console.width >= WIDE else (0, len(headings) - 1)
    table = Table(header_style="bold")
    for index in shown:
        table.add_column(headings[index], no_wrap=index == 0)
    for row in rows:
        table.add_row(*(row[index] for index in shown))
    console.print(table)
