"""What an answer from the larger registry shows that its caller may not see.

Nothing is known of the operation: every text, id, cursor and number of the registry says itself
where it belongs, see `rich_registry`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from rich_registry import Registry, visible

from hub.core.access import Viewer

_MARK = re.compile(r"@([0-9x]{10}(?:\+[0-9x]{10})*)")
_UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?![0-9a-f])"
)
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{16}(?![0-9A-Za-z])")
_FILE = re.compile(r"berkas-(\d\d)")


def leaks(body: str, made: Registry, viewer: Viewer) -> list[str]:
    """Each thing in `body` that `viewer` may not see."""
    text = "\n".join(_texts(json.loads(body)))
    regions = viewer.regions
    marks = {m for m in _MARK.findall(text) if not visible(m.split("+"), regions)}
    return sorted([*marks, *_ids(text, made, viewer), *_numbers(text, made, viewer)])


def _ids(text: str, made: Registry, viewer: Viewer) -> Iterator[str]:
    """Ids of things, in opaque ids, in cursors or bare, and files that are not shown."""
    for found in set(_UUID.findall(text)):
        identity = UUID(found)
        if identity in made.behind:
            if not made.shows_delivery(identity, viewer.regions):
                yield f"delivery {identity}"
        elif not visible(made.places.get(identity, ()), viewer.regions):
            yield f"id {identity}"
    for number in set(_FILE.findall(text)):
        delivery = made.tables["delivery"][int(number)]["id"]
        if not made.shows_delivery(delivery, viewer.regions):
            yield f"file {number}"


def _numbers(text: str, made: Registry, viewer: Viewer) -> Iterator[str]:
    """NIKs and family card numbers: foreign ones, and for a masked caller all."""
    for number, places in made.numbers.items():
        if number in text and not (viewer.identified and visible(places, viewer.regions)):
            yield f"number {number}"
    for number in set(_LONG_NUMBER.findall(text)) - made.numbers.keys():
        yield f"unknown number {number}"


def _texts(value: Any) -> Iterator[str]:
    """Every text and key within a JSON value, and what an id or cursor says."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif value is not None:
        yield str(value)
        yield from _opened(str(value))


def _opened(text: str) -> Iterator[str]:
    try:
        yield base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:  # no id and no cursor
        return
