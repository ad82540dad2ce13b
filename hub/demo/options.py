"""What a sample run is asked for, and what it reports back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Noise = Literal["none", "moderate", "hard"]
Format = Literal["native", "xlsx", "csv"]
Progress = Callable[[str, int, int], None]
"""Called with what is being written, how many households are done, and how many there are."""

DEFAULT_REGENCIES = ("3520", "5206")
CHUNK = 5_000
MAX_CHUNKS = 249  # four NIK serials per chunk are kept free for each birth date and district


class SampleError(Exception):
    """The sample cannot be made as asked. The message is one sentence, also in Indonesian."""

    def __init__(self, indonesian: str, english: str) -> None:
        super().__init__(english)
        self.indonesian = indonesian


@dataclass(frozen=True)
class SampleOptions:
    """One sample run.

    `households` is the total, shared evenly by the regencies (Kemendagri codes without dots).
    `layouts` empty means all. `format` native is the file type that the source really uses.
    """

    out: Path
    seed: int = 1
    regencies: tuple[str, ...] = DEFAULT_REGENCIES
    households: int = 400
    noise: Noise = "moderate"
    layouts: tuple[str, ...] = ()
    format: Format = "native"
    chunk: int = CHUNK


@dataclass(frozen=True)
class SampleFile:
    """One written file and what an import of it has to be told."""

    path: str
    source: str
    layout: str
    regency: str
    region: str  # what an import must state when the file does not
    edition: str
    reference_date: str
    region_system: str
    programme: str | None
    period: str | None
    rows: int
    faults: dict[str, int]
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What was written. `path` of each file is relative to the output folder."""

    seed: int
    regencies: tuple[str, ...]
    households: int
    persons: int
    noise: Noise
    format: Format
    rates: dict[str, float]
    faults: dict[str, int]
    files: tuple[SampleFile, ...]
    truth: dict[str, int]
