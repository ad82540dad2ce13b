"""A delivery that waits: brought in by one person, published by another."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import psycopg

from adapters.delivery import Options, Progress
from hub.cli import report
from hub.cli.common import FAILED, actor, console, figure, refuse, say
from hub.cli.effects import show_effects
from hub.core.ingest.advancing import advance, fail
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.deciding import confirm_mapping, reject
from hub.core.ingest.history import Kind
from hub.core.ingest.receiving import Received, Sender, receive_file
from hub.core.ingest.spool import FullError, Spool, TooLargeError
from hub.core.ingest.standing import Standing, issues_of, report_of, standing
from hub.core.registry.journal import Effects
from hub.settings import Settings

Connection = psycopg.Connection[Any]

PAUSE_SECONDS = 0.2  # between two looks at what another process does


def spool_of(settings: Settings) -> Spool:
    """Where files wait."""
    return Spool(settings.spool_dir, settings.upload_mb << 20)


def readable(file: Path) -> bool:
    """Whether there is a file to be taken."""
    return file.is_file() and os.access(file, os.R_OK)


def bring(
    connection: Connection,
    spool: Spool,
    file: Path,
    options: Options,
    progress: Progress,
    *,
    strict: bool,
) -> Received:
    """Take a readable file in, check it, and have its rows wait."""
    received = _receive(connection, spool, file, options)
    found = standing(connection, received.delivery_id)
    if received.already and _to_check_again(found, options):
        confirm_mapping(connection, found.id, actor(), options.layout, options.mapping)
    settle(connection, spool, found.id, progress)
    found = standing(connection, found.id)
    if strict and not received.already and found.state == "STAGED" and found.rows_rejected:
        many = figure(found.rows_rejected)
        why = f"--strict: {many} baris ditolak. / --strict: {many} rows were rejected."
        reject(connection, found.id, actor(), why)
    return received


def settle(connection: Connection, spool: Spool, delivery_id: UUID, progress: Progress) -> None:
    """Do what is wanted of a delivery, or wait for the worker that is at it already.

    Raises Refusal when it cannot be done; it is then no longer wanted.
    """
    while True:
        try:
            advance(connection, delivery_id, spool, progress)
        except Refusal as refusal:
            fail(connection, delivery_id, str(refusal))
            raise
        if standing(connection, delivery_id).wanted is None:
            return
        time.sleep(PAUSE_SECONDS)


def tell(connection: Connection, received: Received, *, as_json: bool) -> bool:
    """Say how a delivery stands that was just brought, and whether its file can be used."""
    found = standing(connection, received.delivery_id)
    usable = found.state in ("STAGED", "PUBLISHED")
    if as_json:
        told = _told(connection, found, usable=usable)
        click.echo(json.dumps({**told, "already": received.already}, ensure_ascii=False))
    elif found.state == "PUBLISHED":
        say(
            f"{found.file_name}: sudah pernah diimpor, tidak ada yang berubah."
            " / already imported, nothing changed."
        )
    else:
        _show(connection, found)
    return usable


def effects_of(connection: Connection, delivery_id: UUID) -> Effects | None:
    """What publishing a delivery would change, as far as it is foreseen."""
    body = report_of(connection, delivery_id, Kind.EFFECTS)
    return None if body is None else Effects(**body)


def _to_check_again(found: Standing, options: Options) -> bool:
    if found.state == "RECEIVED" and found.wanted is None:
        return True  # asked about its columns, which may be known by now
    return found.state in ("RECEIVED", "STAGED") and bool(options.layout or options.mapping)


def _receive(connection: Connection, spool: Spool, file: Path, options: Options) -> Received:
    try:
        return receive_file(connection, spool, file, options, Sender(actor()))
    except TooLargeError:
        most = figure(spool.most_bytes >> 20)
        refuse(
            f"{file.name} lebih besar dari {most} MB, batas HUB_UPLOAD_MB.",
            f"{file.name} is larger than {most} MB, the limit HUB_UPLOAD_MB.",
        )
    except FullError:
        refuse(
            f"Disk penuh: {file.name} belum diterima; kosongkan dahulu, lalu ulangi.",
            f"The disk is full: {file.name} was not taken in; make room and try again.",
            FAILED,
        )
    except OSError:
        refuse(
            f"Folder {spool.folder} (HUB_SPOOL_DIR) tidak dapat ditulis.",
            f"The folder {spool.folder} (HUB_SPOOL_DIR) cannot be written.",
            FAILED,
        )


def _show(connection: Connection, found: Standing) -> None:
    report.show(console, issues_of(connection, found.id))
    rows = {name: figure(count) for name, count in found.rows.items()}
    say(
        f"{found.file_name}: {rows['read']} baris dibaca, {rows['accepted']} diterima"
        f" ({rows['warning']} perlu diperiksa), {rows['rejected']} ditolak."
        f" / Rows: {rows['read']} read, {rows['accepted']} accepted"
        f" ({rows['warning']} with warnings), {rows['rejected']} rejected."
    )
    for change in report_of(connection, found.id, Kind.CHANGES) or []:
        say(_changed(change))
    if found.state == "STAGED":
        effects = effects_of(connection, found.id)
        if effects is not None:
            show_effects(effects)
        say(
            f"{rows['accepted']} baris menunggu diterbitkan; mintalah petugas lain menjalankan:"
            f" hub publish {found.id}"
        )
        say(
            f"Rows that wait to be published: {rows['accepted']}. Ask somebody else to run:"
            f" hub publish {found.id}",
            "dim",
        )
    elif found.waits_for == "MAPPING":
        say(
            "Hub belum mengenali berkas ini atau sebagian kolomnya. Impor lagi dengan --layout"
            ' NAMA (hub layouts) atau --map "JUDUL DI BERKAS=JUDUL SUSUNAN".'
        )
        say(
            "The hub does not know this file or some of its columns yet. Import it again with"
            ' --layout NAME (hub layouts) or --map "HEADING OF THE FILE=HEADING OF THE LAYOUT".',
            "dim",
        )
    else:
        say(found.reason or report.REFUSED)


def _changed(change: dict[str, Any]) -> str:
    """What became of a column since the last file of the source."""
    column = f'"{change["heading"]}" ({change["letter"]})'
    if change["kind"] == "RENAMED":
        before = change["before"]
        return f'Kolom {column} dahulu bernama "{before}". / Column {column} was called "{before}".'
    if change["kind"] == "NEW":
        return (
            f"Kolom {column} belum ada pada berkas terakhir sumber ini."
            f" / Column {column} is new since the last file of this source."
        )
    return (
        f"Kolom {column} dari berkas terakhir sumber ini tidak ada lagi."
        f" / Column {column} of the last file of this source is missing."
    )


def _told(connection: Connection, found: Standing, *, usable: bool) -> dict[str, Any]:
    return {
        "file": found.file_name,
        "delivery": str(found.id),
        "state": found.state,
        "waits_for": found.waits_for,
        "source": found.source,
        "layouts": found.layout.split("+") if found.layout else [],
        "edition": found.edition,
        "refused": not usable,
        "rows": found.rows,
        "effects": report_of(connection, found.id, Kind.EFFECTS),
        "columns": report_of(connection, found.id, Kind.CHANGES) or [],
        "integrity": report_of(connection, found.id, Kind.INTEGRITY) or [],
        "issues": list(report.entries(issues_of(connection, found.id))),
    }
