"""`hub diff`: what changed between two deliveries of one source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from hub.cli.common import console, errors, figure, json_option, refuse, say
from hub.cli.connection import sentences, store
from hub.cli.rows import check_target, write_rows
from hub.core.ingest.chosen import Delivery, find_delivery
from hub.core.ingest.difference import (
    Change,
    Difference,
    Entry,
    compare,
    delivery_before,
    entries,
)
from hub.core.ingest.pairing import RECEIPTS, Subject
from hub.core.store.scope import EVERYWHERE, Scope
from mappings.vocabulary import VOCABULARIES, AssetKind
from validation.unified import FIELDS

PAGE = 5_000  # entries read from the store at a time

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
    with store() as connection, connection.transaction():
        newer = find_delivery(connection, deliveries[-1])
        older = (
            delivery_before(connection, newer)
            if len(deliveries) == 1
            else find_delivery(connection, deliveries[0])
        )
        found = compare(connection, older, newer, scope)
        if as_json:
            click.echo(json.dumps(as_data(found), ensure_ascii=False))
        else:
            show(found)
        if out is not None:
            rows = map(_cells, _all(lambda after: entries(connection, after, PAGE, scope)))
            write_rows(out, HEADINGS, rows, wide=HEADINGS[-1])
    if out is not None:
        say(f"Semua perbedaan ditulis ke {out} / all differences written to {out}", to=errors)


def _check_call(deliveries: tuple[str, ...], out: Path | None) -> None:
    if len(deliveries) > 2:
        refuse("Hanya dua kiriman dapat dibandingkan.", "Only two deliveries can be compared.")
    check_target(out)


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


def _side_data(side: Delivery) -> dict[str, Any]:
    return {**asdict(side), "id": str(side.id)}


def show(found: Difference) -> None:
    """The figures for a steward: Indonesian first, English second."""
    for title, side in (("lama / older", found.older), ("baru / newer", found.newer)):
        say(f"{title}: {side.source} {side.edition}, {side.file_name} ({side.layout}, {side.id})")
    if found.older.layout != found.newer.layout:
        say(
            "Susunan kedua berkas tidak sama: kolom yang hanya ada di satu berkas terhitung"
            " berubah. / The layouts differ: a column of one file only counts as changed."
        )
    console.print(_count_table(found))
    if found.none:
        say("Tidak ada perbedaan. / There is no difference.")
    if found.attributes:
        console.print(_attribute_table(found))
    if found.moves:
        console.print(_move_table(found))


def _count_table(found: Difference) -> Table:
    table = _table("", *COUNT_HEADINGS.values())
    for subject, title in SUBJECTS.items():
        counts = found.counts[subject]
        table.add_row(title, *[figure(counts[kind]) for kind in COUNT_HEADINGS])
    return table


def _attribute_table(found: Difference) -> Table:
    table = _table(
        "yang berubah / attribute", "terisi\nwas blank", "dikosongkan\nnow blank",
        "berbeda\ndiffers", title="Perubahan per keterangan / Changes per attribute",
    )  # fmt: skip
    for count in found.attributes:
        name = f"{SUBJECTS[count.subject].partition(' /')[0]}: {LABELS[count.attribute]}"
        figures = (count.old_blank, count.new_blank, count.differ)
        table.add_row(f"{name} ({count.attribute})", *[figure(count) for count in figures])
    return table


def _move_table(found: Difference) -> Table:
    table = _table(
        "desil", "dari / from", "ke / to", "jumlah / rows", title="Perpindahan desil / Desil moves"
    )
    for move in found.moves:
        name = f"{SUBJECTS[move.subject].partition(' /')[0]}: {LABELS[move.attribute]}"
        table.add_row(name, _plain(move.old) or "-", _plain(move.new) or "-", figure(move.rows))
    return table


def _table(first: str, *figures: str, title: str | None = None) -> Table:
    table = Table(header_style="bold", title=title)
    table.add_column(first)
    for heading in figures:
        table.add_column(heading, justify="right")
    return table


# --- entries ----------------------------------------------------------------------------------


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
