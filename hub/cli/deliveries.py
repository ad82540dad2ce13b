"""`hub deliveries`, `hub publish`, `hub reject`, `hub undo`: what becomes of what was brought."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from hub.cli import waiting
from hub.cli.checking import progress_bar
from hub.cli.common import FAILED, actor, figure, json_option, refuse, say
from hub.cli.connection import sentences, store
from hub.cli.effects import show_effects
from hub.core.ingest import deciding
from hub.core.ingest.chosen import find_delivery
from hub.core.ingest.standing import Standing, standing, standings
from hub.core.ingest.undo import effects_of, undo
from hub.settings import load

WAITS_FOR = {
    "CHECK": "pemeriksaan oleh hub / the hub to check it",
    "PUBLISH": "penerbitan oleh hub / the hub to publish it",
    "UNDO": "pembatalan oleh hub / the hub to undo it",
    "APPROVAL": "petugas lain untuk menerbitkan / somebody else to publish it",
    "MAPPING": "arti kolomnya (hub import --map) / what its columns mean (hub import --map)",
}


@click.command("deliveries")
@json_option
@sentences
def deliveries_command(as_json: bool) -> None:
    """List every delivery, oldest first: who brought and published it, and what it waits for."""
    with store() as connection:
        found = standings(connection)
    if as_json:
        click.echo(json.dumps([_told(each) for each in found], ensure_ascii=False))
        return
    # Lines, not a table: an id must come out whole at any width, to be copied.
    for each in found:
        click.echo(f"{each.id}  {each.state}  {each.source} {each.edition}".rstrip())
        click.echo(f"    {each.file_name}  {figure(each.rows_read)} baris / rows")
        for line in _history(each):
            click.echo(f"    {line}")
    if not found:
        click.echo("Belum ada kiriman. / No deliveries yet.")


@click.command("publish")
@click.argument("delivery")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@sentences
def publish_command(delivery: str, yes: bool, as_json: bool) -> None:
    """Publish DELIVERY, which waits: its rows go into the registry.

    DELIVERY is its id or the beginning of one (hub deliveries). What publishing changes is shown
    first. Whoever brought a delivery, or said what its columns mean, cannot publish it, unless
    HUB_ONE_PERSON is true; the hub then writes that down.
    """
    settings = load()
    spool = waiting.spool_of(settings)
    with store(settings) as connection:
        found = find_delivery(connection, delivery)

        def approve() -> None:
            deciding.ask_publish(connection, found.id, actor(), one_person=settings.one_person)

        with connection.transaction(force_rollback=True):
            approve()  # who may not is told so before anything else
        deciding.ask_effects(connection, found.id)
        with progress_bar(found.file_name, 1) as step:
            waiting.settle(connection, spool, found.id, step)
        effects = waiting.effects_of(connection, found.id)
        if effects is not None and not as_json:
            show_effects(effects)
        if not yes and not click.confirm("Terbitkan? / Publish?", err=True):
            return
        approve()
        with progress_bar(found.file_name, 1) as step:
            waiting.settle(connection, spool, found.id, step)
        now = standing(connection, found.id)
        if now.state != "PUBLISHED":  # a worker took it over, and could not
            indonesian, _, english = (now.reason or "").partition(" / ")
            refuse(f"Tidak terbit. {indonesian}", f"It was not published. {english}", FAILED)
    if as_json:
        told = {**_told(now), "effects": None if effects is None else asdict(effects)}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    rows = figure(now.rows_accepted)
    say(f"Terbit; {rows} baris masuk registri. / Published; rows now in the registry: {rows}.")


@click.command("reject")
@click.argument("delivery")
@click.option("--reason", required=True, help="Why, for those who brought it.")
@json_option
@sentences
def reject_command(delivery: str, reason: str, as_json: bool) -> None:
    """Drop DELIVERY, which waits: its rows go nowhere, its issues stay to be read.

    DELIVERY is its id or the beginning of one (hub deliveries). Its file may be brought again.
    """
    with store() as connection:
        found = find_delivery(connection, delivery)
        deciding.reject(connection, found.id, actor(), reason)
        now = standing(connection, found.id)
    if as_json:
        click.echo(json.dumps(_told(now), ensure_ascii=False))
        return
    say(f"{now.file_name}: ditolak; registri tidak berubah. / rejected; the registry is as it was.")


@click.command("undo")
@click.argument("delivery")
@click.option("--yes", is_flag=True, help="Do not ask.")
@sentences
def undo_command(delivery: str, yes: bool) -> None:
    """Take the publication of DELIVERY back: the registry is then as it was before.

    DELIVERY is its id or the beginning of one (hub deliveries). Only the last publication of a
    source can be undone, and none that later ones rest on. The file may be imported again.
    """
    with store() as connection:
        found = find_delivery(connection, delivery).id
        show_effects(effects_of(connection, found))
        question = "Batalkan terbitan ini? / Undo this publication?"
        if not yes and not click.confirm(question, err=True):
            return
        undo(connection, found, actor())
    say("Dibatalkan; registri kembali seperti semula. / Undone; the registry is as it was before.")


def _history(each: Standing) -> list[str]:
    brought = f"{each.received_at:%Y-%m-%d %H:%M}"
    lines = [f"diterima / received {brought} {each.uploaded_by or ''}".rstrip()]
    if each.published_at is not None:
        published = f"{each.published_at:%Y-%m-%d %H:%M}"
        lines.append(f"diterbitkan / published {published} {each.published_by or ''}".rstrip())
    if each.reason:
        lines.append(f"alasan / reason: {each.reason}")
    if each.waits_for is not None:
        lines.append(f"menunggu / waits for: {WAITS_FOR[each.waits_for]}")
    return lines


def _told(each: Standing) -> dict[str, Any]:
    published = each.published_at
    return {
        "id": str(each.id),
        "source": each.source,
        "layout": each.layout,
        "edition": each.edition,
        "file": each.file_name,
        "state": each.state,
        "rows": each.rows_read,
        "received_at": each.received_at.isoformat(timespec="seconds"),
        "uploaded_by": each.uploaded_by,
        "published_at": published and published.isoformat(timespec="seconds"),
        "published_by": each.published_by,
        "waits_for": each.waits_for,
        "reason": each.reason,
    }
