"""The truth behind a sample: who exists, what stands where, and which flags must rise."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import polars as pl

from hub.demo.population import Chunk

_PERSONS = {
    "_pid": "person_id", "_hid": "household_id", "person.nik": "nik", "household.kk": "kk",
    "person.name": "name", "person.sex": "sex", "person.birth_date": "birth_date",
    "person.relation": "relation", "_died": "died_on", "k.village": "village_code",
}  # fmt: skip
_HOUSEHOLDS = {
    "_hid": "household_id", "household.kk": "kk", "household.key": "household_key",
    "household.size": "size", "k.village": "village_code", "b.village": "bps_village_code",
    "ranking.national.decile": "national_decile",
    "ranking.national.percentile": "national_percentile",
    "ranking.province.decile": "province_decile", "ranking.regency.decile": "regency_decile",
}  # fmt: skip
_RECEIPTS = {
    "_rid": "receipt_id", "_hid": "household_id", "_pid": "person_id",
    "receipt.programme": "programme", "_start": "period_start", "_end": "period_end",
    "receipt.amount": "amount", "receipt.status": "status", "_fault": "fault",
}  # fmt: skip


class Truth:
    """The files of the truth folder, written chunk by chunk; a context manager."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._open: dict[str, BinaryIO] = {}
        self.counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._open.values():
            file.close()

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Appends to truth/<name>.csv."""
        first = name not in self._open
        if first:
            self._open[name] = (self._folder / f"{name}.csv").open("wb")
        frame.write_csv(self._open[name], include_header=first)
        self.counts[name] = self.counts.get(name, 0) + frame.height

    def population(self, chunk: Chunk, receipts: pl.DataFrame, overlaps: pl.DataFrame) -> None:
        """Adds the persons, households and receipts of a chunk and the overlaps among them."""
        self.add("persons", _renamed(chunk.persons, _PERSONS))
        self.add("households", _renamed(chunk.households, _HOUSEHOLDS))
        self.add("receipts", _renamed(receipts, _RECEIPTS))
        self.add("overlaps", overlaps)


def _renamed(frame: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    return frame.select(pl.col(old).alias(new) for old, new in names.items())
