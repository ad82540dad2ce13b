"""`hub diff`: what changed between two deliveries of one source."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from hub.cli.common import FAILED, console, errors, json_option, refuse
from hub.cli.connection import sentences, store
from hub.core.ingest.difference import (
    Change,
    Difference,
    DifferenceError,
    Entry,
    Side,
    compare,
    entries,
    find_side,
    side_before,
)
from hub.core.ingest.pairing import RECEIPTS, Subject
from hub.core.store.scope import EVERYWHERE, Scope
from mappings.vocabulary import VOCABULARIES, AssetKind
from validation.unified import FIELDS

PAGE = 5_000  # entries read from the store at a time
SHEET_ROWS = 1_000_000  # an Excel sheet holds 1,048,576

SUBJECTS: dict[Subject, str] = {"household": "keluarga / families", "person": "orang / persons"}
SUBJECT_CELLS: dict[Subject, str] = {"household": "KELUARGA", "person": "ORANG"}
KIND_CELLS = {"ADDED": "BARU", "REMOVED": "HILANG", "CHANGED": "BERUBAH"}
COUNT_HEADINGS = {
    "ADDED": "baru\nadded",
    "REMOVED": "hilang\nremoved",
    "CHANGED": "berubah\nchanged",
    "UNCHANGED": "tetap\nunchanged",
    "REPEATED_OLDER": "berulang, lama\nrepeated, old",
    "REPEATED_NEWER": "berulang, baru\nrepeated, new",
}
HEADINGS = (
    "perubahan", "jenis", "kode desa", "No. KK", "NIK", "lembar lama", "baris lama",
    "lembar baru", "baris baru", "yang berubah", "rincian (lama -> baru)",
)  # fmt: skip
LABELS = {
    "household.kk": "No. KK",
    "household.key": "nomor keluarga di sumber",
    "household.size": "jumlah anggota",
    "household.tenure": "status bangunan",
    "household.floor_area": "luas lantai",
    "household.floor": "lantai",
    "household.wall": "dinding",
    "household.roof": "atap",
    "household.water": "air minum",
    "household.lighting": "penerangan",
    "household.power": "daya listrik",
    "household.fuel": "bahan bakar masak",
    "household.toilet": "fasilitas BAB",
    "household.closet": "jenis kloset",
    "household.sewage": "pembuangan tinja",
    "person.nik": "NIK",
    "person.key": "nomor orang di sumber",
    "person.name": "nama",
    "person.sex": "jenis kelamin",
    "person.birth_date": "tanggal lahir",
    "person.birth_place": "tempat lahir",
    "person.mother_name": "nama ibu",
    "person.relation": "hubungan keluarga",
    "person.marital_status": "status kawin",
    "person.education": "pendidikan",
    "person.occupation": "pekerjaan",
    "person.employment_status": "status pekerjaan",
    "person.life_status": "status hidup",
    "person.civil_registry_match": "padan Dukcapil",
    "person.disabilities": "disabilitas",
    "region.village_code": "kode desa",
    "address.street": "alamat",
    "address.hamlet": "dusun",
    "address.rt": "RT",
    "address.rw": "RW",
    "ranking.national.decile": "desil nasional",
    "ranking.province.decile": "desil provinsi",
    "ranking.regency.decile": "desil kabupaten",
    RECEIPTS: "bantuan diterima",
    **{f"asset.{kind.value}": kind.indonesian.lower() for kind in AssetKind},
}


@click.command("diff")
@click.argument("deliveries", nargs=-1, required=True, metavar="[OLDER] NEWER")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write every difference (.csv or .xlsx)."
)
@click.option("--identified", is_flag=True, help="Write NIK and KK numbers whole into --out.")
@json_option
@sentences
def diff_command(
    deliveries: tuple[str, ...], out: Path | None, identified: bool, as_json: bool
) -> None:
    """Tell what changed between two deliveries of one source: families and persons.

    A delivery is given by its id or the beginning of it. Without OLDER it is the one of the same
    source, layout and region that was published last before NEWER. --json prints the figures;
    the families and persons themselves go into --out.
    """
    _check_call(deliveries, out)
    scope = Scope((EVERYWHERE,), identified)
    try:
        with store() as connection, connection.transaction():
            newer = find_side(connection, deliveries[-1])
            older = (
                side_before(connection, newer)
                if len(deliveries) == 1
                else find_side(connection, deliveries[0])
            )
            found = compare(connection, older, newer, scope)
            if as_json:
                click.echo(json.dumps(as_data(found), ensure_ascii=False))
            else:
                show(found)
            if out is not None:
                write(_all(lambda after: entries(connection, after, PAGE, scope)), out)
    except DifferenceError as error:
        refuse(error.indonesian, error.english)
    except (FileCreateError, OSError):
        refuse(f"{out} tidak dapat ditulis.", f"{out} cannot be written.", FAILED)
    if out is not None:
        told = f"Semua perbedaan ditulis ke {out} / all differences written to {out}"
        errors.print(told, highlight=False, markup=False)


def _check_call(deliveries: tuple[str, ...], out: Path | None) -> None:
    if len(deliveries) > 2:
        refuse("Hanya dua kiriman dapat dibandingkan.", "Only two deliveries can be compared.")
    if out is not None and out.suffix.lower() not in (".csv", ".xlsx"):
        refuse("--out harus berakhiran .csv atau .xlsx.", "--out must end in .csv or .xlsx.")


def _all(page: Callable[[int], list[Entry]]) -> Iterator[Entry]:
    """Every entry, page after page."""
    after = 0
    while found := page(after):
        yield from found
        after = found[-1].cursor


# --- figures ----------------------------------------------------------------------------------


def as_data(found: Difference) -> dict[str, Any]:
    """The figures for a program."""
    return {
        "older": _side_data(found.older),
        "newer": _side_data(found.newer),
        "counts": found.counts,
        "attributes": [asdict(count) for count in found.attributes],
        "desil": [asdict(move) for move in found.moves],
    }


def _side_data(side: Side) -> dict[str, Any]:
    return {**asdict(side), "id": str(side.id)}


def show(found: Difference) -> None:
    """The figures for a steward: Indonesian first, English second."""
    for title, side in (("lama / older", found.older), ("baru / newer", found.newer)):
        _line(f"{title}: {side.source} {side.edition}, {side.file_name} ({side.layout}, {side.id})")
    if found.older.layout != found.newer.layout:
        _line(
            "Susunan kedua berkas tidak sama: kolom yang hanya ada di satu berkas terhitung"
            " berubah. / The layouts differ: a column of one file only counts as changed."
        )
    console.print(_count_table(found))
    if found.none:
        _line("Tidak ada perbedaan. / There is no difference.")
    if found.attributes:
        console.print(_attribute_table(found))
    if found.moves:
        console.print(_move_table(found))


def _line(text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _count_table(found: Difference) -> Table:
    table = _table("", *COUNT_HEADINGS.values())
    for subject, title in SUBJECTS.items():
        counts = found.counts[subject]
        table.add_row(title, *[_number(counts[kind]) for kind in COUNT_HEADINGS])
    return table


def _attribute_table(found: Difference) -> Table:
    table = _table(
        "yang berubah / attribute", "terisi\nwas blank", "dikosongkan\nnow blank",
        "berbeda\ndiffers", title="Perubahan per keterangan / Changes per attribute",
    )  # fmt: skip
    for count in found.attributes:
        name = f"{SUBJECTS[count.subject].partition(' /')[0]}: {LABELS[count.attribute]}"
        figures = (count.old_blank, count.new_blank, count.differ)
        table.add_row(f"{name} ({count.attribute})", *[_number(figure) for figure in figures])
    return table


def _move_table(found: Difference) -> Table:
    table = _table(
        "desil", "dari / from", "ke / to", "jumlah / rows", title="Perpindahan desil / Desil moves"
    )
    for move in found.moves:
        name = f"{SUBJECTS[move.subject].partition(' /')[0]}: {LABELS[move.attribute]}"
        table.add_row(name, _plain(move.old) or "-", _plain(move.new) or "-", _number(move.rows))
    return table


def _table(first: str, *figures: str, title: str | None = None) -> Table:
    table = Table(header_style="bold", title=title)
    table.add_column(first)
    for heading in figures:
        table.add_column(heading, justify="right")
    return table


def _number(figure: int) -> str:
    return f"{figure:,}".replace(",", ".")


# --- entries ----------------------------------------------------------------------------------


def write(found: Iterator[Entry], target: Path) -> None:
    """Every entry into a file: a workbook of text cells, or CSV that Excel opens."""
    if target.suffix.lower() == ".xlsx":
        _write_workbook(found, target)
        return
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(HEADINGS)
        writer.writerows(_cells(entry) for entry in found)


def _write_workbook(found: Iterator[Entry], target: Path) -> None:
    with Workbook(str(target), {"constant_memory": True}) as book:
        head, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = None
        for number, entry in enumerate(found):
            row = number % SHEET_ROWS
            if sheet is None or row == 0:
                sheet = _new_sheet(book, head)
            for column, value in enumerate(_cells(entry)):
                # A string is never taken for a formula, a link or a number.
                sheet.write_string(row + 1, column, value[:32_767], text)
        if sheet is None:
            _new_sheet(book, head)


def _new_sheet(book: Any, head: Any) -> Any:
    sheet = book.add_worksheet()
    for column, heading in enumerate(HEADINGS):
        sheet.set_column(column, column, 60 if heading.startswith("rincian") else 18)
        sheet.write_string(0, column, heading, head)
    sheet.freeze_panes(1, 0)
    return sheet


def _cells(entry: Entry) -> list[str]:
    # No cell begins with a value of the sources, so that none can be a formula in a CSV either.
    return [
        KIND_CELLS[entry.kind],
        SUBJECT_CELLS[entry.subject],
        entry.village_code or "",
        entry.kk or "",
        entry.nik or "",
        _ordinal(entry.older_sheet),
        _plain(entry.older_row),
        _ordinal(entry.newer_sheet),
        _plain(entry.newer_row),
        ", ".join(LABELS[change.attribute] for change in entry.changes),
        "; ".join(_detail(change) for change in entry.changes if not change.private),
    ]


def _ordinal(sheet: int | None) -> str:
    return "" if sheet is None else str(sheet + 1)


def _plain(row: int | None) -> str:
    return "" if row is None else str(row)


def _detail(change: Change) -> str:
    name = change.attribute
    return f"{LABELS[name]}: {_worded(name, change.old)} -> {_worded(name, change.new)}"


def _worded(attribute: str, value: str | None) -> str:
    """A value as a steward reads it: a term by its Indonesian name."""
    if value is None:
        return "(kosong)"
    vocabulary = FIELDS[attribute].vocabulary if attribute in FIELDS else None
    if vocabulary is None:
        return value
    terms = VOCABULARIES[vocabulary].__members__
    return ", ".join(
        terms[code].indonesian if code in terms else code for code in value.split(", ")
    )
