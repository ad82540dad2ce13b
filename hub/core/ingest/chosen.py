"""A delivery that somebody names, and the refusal of what is asked of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.sql import SQL, Composable
from psycopg.sql import Literal as Value


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """What is asked of a delivery cannot be done; a sentence in each language says why."""

    def __init__(self, indonesian: str, english: str) -> None:
        super().__init__(f"{indonesian} / {english}")
        self.indonesian = indonesian
        self.english = english


@dataclass(frozen=True)
class Delivery:
    """A delivery, as it is chosen."""

    id: UUID
    source: str
    layout: str
    edition: str
    region_code: str | None
    file_name: str
    state: str


def find_delivery(connection: Connection[Any], prefix: str) -> Delivery:
    """The delivery whose id begins with `prefix`; raises Refusal unless there is one."""
    if not re.fullmatch(r"[0-9a-f-]{1,36}", prefix.lower()):
        raise Refusal(
            "Kiriman disebut dengan awal nomornya (angka, huruf a-f, tanda hubung).",
            "A delivery is given by the beginning of its id (digits, letters a-f, hyphens).",
        )
    found = chosen(connection, SQL("id::text like {}").format(Value(prefix.lower() + "%")))
    if not found:
        raise Refusal(
            f'Tidak ada kiriman bernomor "{prefix}"; lihat: hub deliveries.',
            f'There is no delivery "{prefix}"; see: hub deliveries.',
        )
    if len(found) > 1:
        raise Refusal(
            f'Lebih dari satu kiriman berawalan "{prefix}"; tulis beberapa huruf lagi.',
            f'More than one delivery begins with "{prefix}"; write more of it.',
        )
    return found[0]


def chosen(connection: Connection[Any], condition: Composable) -> list[Delivery]:
    """The first two deliveries that meet a condition, which may end in an order."""
    query = SQL(
        "select id, source, layout, edition, region_code, file_name, state from delivery"
        " where {} limit 2"
    ).format(condition)
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query).fetchall()
