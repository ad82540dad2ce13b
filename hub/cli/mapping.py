"""`--map`: what the headings of a file mean, as the caller says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from hub.cli.common import refuse
from mappings.load import MappingError, read_yaml
from mappings.model import normalise

NOTHING = "-"  # the target of a column that is left out


def read_mapping(given: Sequence[str]) -> dict[str, str | None]:
    """What `--map` said: layout heading by normalised heading, None for a column left out.

    Ends the command with a sentence when it cannot be read or contradicts itself.
    """
    mapping: dict[str, str | None] = {}
    for heading, target in (pair for text in given for pair in _pairs(text)):
        name = normalise(heading)
        meant = None if target.strip() == NOTHING else target.strip()
        if not name or mapping.get(name, meant) != meant:
            refuse(
                f'--map: judul "{heading}" kosong atau dipetakan dua kali.',
                f'--map: heading "{heading}" is empty or mapped twice.',
            )
        mapping[name] = meant
    return mapping


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    if "=" in text:
        heading, _, target = text.partition("=")
        if not target.strip():
            _unreadable(text)
        yield heading, target
        return
    if not text.lower().endswith((".yml", ".yaml")):
        _unreadable(text)
    try:
        content = read_yaml(Path(text))
    except (MappingError, OSError, UnicodeDecodeError):
        _unreadable(text)
    if not isinstance(content, dict) or not all(
        isinstance(v, str) and v.strip() for v in content.values()
    ):
        _unreadable(text)
    yield from content.items()


def _unreadable(text: str) -> NoReturn:
    refuse(
        f'--map "{text}" tidak terbaca; tulis "JUDUL=JUDUL SUSUNAN", "JUDUL=-", atau nama berkas'
        ' .yml berisi baris "JUDUL: JUDUL SUSUNAN".',
        f'--map "{text}" cannot be read; write "HEADING=LAYOUT HEADING", "HEADING=-", or the name'
        ' of a .yml file with lines "HEADING: LAYOUT HEADING".',
    )
