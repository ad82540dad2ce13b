"""`hub check`: a file judged, the store untouched."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from xlsxwriter.exceptions import FileCreateError

from adapters import workbook
from adapters.base import DiskFullError, FileRefused
from adapters.checked import Checked
from adapters.delivery import Options, check_file, period_of
from adapters.delivery import Progress as Told
from hub.cli import report
from hub.cli.common import (
    BAD_INPUT,
    FAILED,
    console,
    errors,
    figure,
    json_option,
    refuse,
    refuse_full,
)
from hub.cli.mapping import read_mapping
from hub.core.ingest.pace import Pace
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
            click.option(
                "mapping",
                "--map",
                multiple=True,
                metavar="HEADING=LAYOUT HEADING",
                help="What a heading of the file means; HEADING=- leaves its column out. Or a"
                " .yml file of such lines. May be repeated; an import remembers it.",
            ),
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
    if given["period"] is not None and period_of(given["period"]) is None:
        refuse(
            f'Periode "{given["period"]}" tidak terbaca; tulis misalnya 2024, 2024-03 atau'
            ' "TW I 2024".',
            f'The period "{given["period"]}" cannot be read; write for example 2024, 2024-03 or'
            ' "TW I 2024".',
        )
    if given["edition"] is not None and not re.search(r"(19|20)\d{2}", given["edition"]):
        refuse(
            f'Edisi "{given["edition"]}" tidak memuat tahun; tulis misalnya 2024 atau 2026-Q1.',
            f'The edition "{given["edition"]}" holds no year; write for example 2024 or 2026-Q1.',
        )
    read = {
        "mapping": read_mapping(given["mapping"]),
        "reference_date": _date(given["reference_date"]),
    }
    return Options(**{**given, **read})


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
def progress_bar(title: str, steps: int) -> Iterator[Told]:
    """A bar on standard error that moves one step at a time."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}"),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        task = progress.add_task(title, total=steps, pace="")
        pace = Pace()
        begun = iter(range(steps + 1))
        current = ""

        def step(name: str, done: int | None = None, total: int | None = None, /) -> None:
            nonlocal current
            progress.update(task, pace=_paced(*pace.of(name, done, total)))
            if name not in STEPS or name == current:  # a part of the step, or rows of it
                return
            current = name
            progress.update(task, completed=next(begun), description=f"{title}: {STEPS[name]}")

        yield step


def _paced(rate: float | None, left: float | None) -> str:
    """Rows a second and the time left of the step, as far as they are known."""
    told = "" if rate is None else f"{figure(round(rate))} baris/detik"
    return told if left is None else f"{told}, sisa {timedelta(seconds=round(left))}"


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@delivery_options
@click.option("--out", type=click.Path(path_type=Path), help="Write all issues (.csv or .json).")
@click.option(
    "book",
    "--workbook",
    type=click.Path(path_type=Path),
    help="Write the file back as .xlsx with every bad cell coloured and explained.",
)
@click.option("--bad-only", is_flag=True, help="With --workbook: only the rows to mend.")
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
    file: Path,
    out: Path | None,
    book: Path | None,
    bad_only: bool,
    everything: bool,
    fail_on: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Check FILE and report every wrong row; the registry is not touched.

    Exit code 0 when there is nothing to mend, 2 when there is.
    """
    options = options_from(given)
    if out is not None and (out.suffix.lower() not in (".csv", ".json") or _same(out, file)):
        refuse(
            "--out harus berakhiran .csv atau .json dan bukan berkas yang diperiksa.",
            "--out must end in .csv or .json and must not be the file that is checked.",
        )
    if book is not None and (book.suffix.lower() != ".xlsx" or _same(book, file)):
        refuse(
            "--workbook harus berakhiran .xlsx dan bukan berkas yang diperiksa.",
            "--workbook must end in .xlsx and must not be the file that is checked.",
        )
    if bad_only and book is None:
        refuse("--bad-only hanya bersama --workbook.", "--bad-only only goes with --workbook.")
    try:
        with progress_bar(file.name, 4) as step:
            checked = check_file(file, options, step)
    except DiskFullError:
        refuse_full()
    if as_json:
        click.echo(json.dumps(report.as_json(checked), ensure_ascii=False))
    else:
        report.show(console, checked.issues, everything=everything)
        report.integrity(console, checked)
        report.summary(console, checked)
    if out is not None:
        try:
            report.write(checked, out)
        except OSError:
            refuse(f"{out} tidak dapat ditulis.", f"{out} cannot be written.", FAILED)
        errors.print(
            f"Daftar masalah ditulis ke {out} / issues written to {out}",
            highlight=False,
            markup=False,
        )
    if book is not None:
        _write_workbook(checked, options, book, bad_only=bad_only)
    if _fails(checked, fail_on):
        sys.exit(BAD_INPUT)


def _write_workbook(checked: Checked, options: Options, book: Path, *, bad_only: bool) -> None:
    """The file back with its issues marked, and a sentence on what became of it."""
    told = f"Buku kerja ditulis ke {book} / workbook written to {book}"
    try:
        if not workbook.write(checked, options, book, bad_only=bad_only):
            told = (
                "Tidak ada baris bermasalah; buku kerja tidak ditulis."
                " / There is no row to mend; no workbook was written."
            )
    except FileRefused:  # the report says why
        told = (
            "Berkas tidak terbaca, jadi buku kerja tidak ditulis."
            " / The file cannot be read, so no workbook was written."
        )
    except workbook.TooLarge:
        refuse(
            "Berkas ini memuat lebih banyak baris atau kolom daripada Excel; pecah dahulu.",
            "This file has more rows or columns than Excel can hold; split it first.",
        )
    except (OSError, FileCreateError):
        refuse(f"{book} tidak dapat ditulis.", f"{book} cannot be written.", FAILED)
    errors.print(told, highlight=False, markup=False)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _fails(checked: Checked, fail_on: str) -> bool:
    graded = set(with_severity(checked.issues)["severity"])
    return "ERROR" in graded or (fail_on == "warning" and "WARNING" in graded)
