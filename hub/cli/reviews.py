"""`hub reviews`, `hub judge`: who may be one person, for a person to decide."""

from __future__ import annotations

import json
from dataclasses import asdict
from uuid import UUID

import click

from hub.cli.common import actor, figure, json_option, say
from hub.cli.connection import sentences, store
from hub.core.ingest.judging import Judgement, Review, judge, reviews
from hub.core.store.roles import act_as_importer
from hub.core.store.scope import EVERYWHERE, Scope

KINDS = {
    "SHARED_NIK": "satu NIK, orangnya mungkin berbeda / one NIK, perhaps two people",
    "OVERUSED_NIK": "NIK dipakai terlalu banyak orang / a NIK used by too many people",
}
FIELDS = {
    "name": "nama / name",
    "birthDate": "tanggal lahir / birth date",
    "sex": "jenis kelamin / sex",
    "motherName": "nama ibu / mother",
    "village": "desa / village",
    "address": "alamat / address",
    "listedTogether": "satu keluarga dalam satu berkas / listed in one family",
}
ANSWERS: dict[str, Judgement | None] = {
    "same": "SAME",
    "different": "DIFFERENT",
    "unsure": "UNSURE",
    "open": None,
}


@click.command("reviews")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--judged", is_flag=True, help="Also those that somebody has judged.")
@click.option("--identified", is_flag=True, help="Show NIKs whole.")
@json_option
@sentences
def reviews_command(most: int, judged: bool, identified: bool, as_json: bool) -> None:
    """Show rows that may be one person, side by side, with what speaks for and against it."""
    with store() as connection, connection.transaction():
        act_as_importer(connection)
        scope = Scope((EVERYWHERE,), identified)
        found = reviews(connection, scope, most, judged=judged)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, default=str))
        return
    for one in found:
        _show(one)
    if not found:
        say("Tidak ada yang menunggu penilaian. / Nothing waits for a judgement.")


@click.command("judge")
@click.argument("review", type=click.UUID)
@click.argument("answer", type=click.Choice(list(ANSWERS)))
@sentences
def judge_command(review: UUID, answer: str) -> None:
    """Decide whether the two rows of REVIEW (hub reviews) are one person.

    The decision wins over every rule and holds for later deliveries. "open" takes it back.
    """
    with store() as connection:
        judge(connection, review, ANSWERS[answer], actor())
    say("Dicatat; registri sudah disesuaikan. / Recorded; the registry follows.")


def _show(one: Review) -> None:
    say(f"{one.id}  {KINDS[one.kind]}  {one.judgement or ''}".rstrip())
    for side in filter(None, (one.left, one.right)):
        say("    " + "  ".join(str(value) for value in side.values() if value is not None))
    if "people" in one.evidence:
        say(f"    {figure(one.evidence['people'])} orang / people")
    said = [f"{title}: {_word(one.evidence.get(name))}" for name, title in FIELDS.items()
            if one.evidence.get(name) is not None]  # fmt: skip
    if said:
        say("    " + "; ".join(said))


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "ya / yes" if value else "tidak / no"
    return f"{value}/100"
