"""`hub layouts`, `hub programmes`, `hub template`: what the hub knows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from hub.cli.common import FAILED, console, json_option, refuse
from mappings.load import code_list, layouts, programmes
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
@click.argument("layout")
@click.argument("target", type=click.Path(path_type=Path))
def template_command(layout: str, target: Path) -> None:
    """Write an empty workbook of LAYOUT to TARGET (.xlsx), to be filled in and imported.

    Identifier columns are formatted as text, so that Excel keeps all sixteen digits.
    """
    found = layouts().get(layout)
    if found is None:
        refuse(
            f'Susunan "{layout}" tidak ada; lihat: hub layouts.',
            f'There is no layout "{layout}"; see: hub layouts.',
        )
    if found.file.header_rows != 1:
        refuse(
            f'Susunan "{layout}" berjudul lebih dari satu baris; tidak ada templatnya.',
            f'Layout "{layout}" has no single header row, so it has no template.',
        )
    if target.exists():
        refuse(f"{target} sudah ada.", f"{target} exists already.")
    try:
        _write_template(found, target)
    except (OSError, FileCreateError):
        refuse(f"{target} tidak dapat ditulis.", f"{target} cannot be written.", FAILED)
    told = f"Templat {layout} ditulis ke {target} / written to {target}"
    console.print(told, highlight=False, markup=False)


def _write_template(layout: Layout, target: Path) -> None:
    with Workbook(str(target), {"strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("Data")
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        for position, column in enumerate(layout.columns):
            width = max(12, min(40, len(column.heading) + 4))
            textual = column.read in ("nik", "kk", "key", "digits", "text", "name", "rtrw")
            sheet.set_column(position, position, width, text if textual else None)
            sheet.write_string(0, position, column.heading, head)
            if column.required:
                sheet.write_comment(0, position, "Wajib diisi / required")
            if column.codes and (values := list(code_list(column.codes).values))[0] != "*":
                _choices(sheet, position, values)
        sheet.freeze_panes(1, 0)


def _choices(sheet: object, position: int, values: list[str]) -> None:
    # Excel refuses a list of more than 255 characters.
    listed = [v for v in values if v != "*" and "," not in v]
    if listed and len(",".join(listed)) <= 255:
        sheet.data_validation(  # type: ignore[attr-defined]
            1, position, 10_000, position,
            {"validate": "list", "source": listed, "error_type": "warning"},
        )  # fmt: skip


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
