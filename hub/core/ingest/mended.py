"""What the file of a delivery says when it is a workbook that the hub handed back: its cells, laid
over those of the file that it mends, and which rows of a published delivery that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import polars as pl
from psycopg.rows import class_row

from adapters import own
from adapters.base import RawFile
from adapters.checked import Checked, CheckedTable
from adapters.mending import differing, overlay
from adapters.readers import read
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.spool import Spool
from hub.core.ingest.stage import carries_housing
from hub.core.ingest.work import Connection, Work
from validation.families import family_key
from validation.issues import none

_ORIGIN = """
select id, sha256, file_name, state, region_code, uploaded_by, mends, options
from delivery where sha256 = %s and kept and id <> %s
order by received_at limit 1
"""
_LATEST = """
select id from delivery where %s in (id, mends) and state = 'PUBLISHED'
order by published_at desc limit 1
"""
_PLACE = pl.Schema({"sheet": pl.Int16(), "row": pl.UInt32()})
ROWS = ("person", "household", "receipt")
"""Subjects of layouts of which single rows can be published anew."""


@dataclass(frozen=True)
class Origin:
    """A delivery whose workbook is mended."""

    id: UUID
    sha256: str
    file_name: str
    state: str
    region_code: str | None
    uploaded_by: str | None
    mends: UUID | None
    options: dict[str, Any]


@dataclass(frozen=True)
class Content:
    """The cells that count, what is to be said of how they came together, and the deliveries whose
    workbooks were mended on the way, the nearest first. `before` is what the published one among
    them says, if there is one."""

    raw: RawFile
    issues: pl.DataFrame
    origins: tuple[Origin, ...] = ()
    before: RawFile | None = None

    @property
    def published(self) -> Origin | None:
        """The published delivery that it mends, if any."""
        return next((found for found in self.origins if found.state == "PUBLISHED"), None)

    @property
    def replaced(self) -> UUID | None:
        """The delivery in whose place it comes: the workbook was mended before it was published."""
        waits = self.origins and self.origins[0].state in ("RECEIVED", "STAGED")
        return self.origins[0].id if waits else None


@dataclass(frozen=True)
class Mended:
    """A check of the rows that differ, and the rows (sheet, row) that are stated no more."""

    checked: Checked
    gone: list[tuple[int, int]]


def content(connection: Connection, spool: Spool, work: Work) -> Content:
    """What the file of a delivery says. Raises FileRefused."""
    return _content(connection, spool, work, work)


def _content(connection: Connection, spool: Spool, work: Work, file: Work | Origin) -> Content:
    raw = read(spool.path(file.sha256), name=file.file_name)
    for digits in own.origins(raw):
        origin = _origin(connection, work, digits)
        if origin is not None and digits != file.sha256 and spool.has(digits):
            base = _content(connection, spool, work, origin)
            mending = overlay(base.raw, raw)
            before = base.raw if origin.state == "PUBLISHED" else base.before
            return Content(mending.raw, mending.issues, (origin, *base.origins), before)
    return Content(raw, none())


def _origin(connection: Connection, work: Work, sha256: str) -> Origin | None:
    """The delivery of a file, if whoever uploaded the workbook may see it: a SHA-256 that somebody
    writes into a workbook must not give him the rows of others."""
    with connection.cursor(row_factory=class_row(Origin)) as cursor:
        found = cursor.execute(_ORIGIN, (sha256, work.id)).fetchone()
    if found is None:
        return None
    own_one = found.uploaded_by is not None and found.uploaded_by == work.uploaded_by
    region = found.region_code
    return found if own_one or any((region or "").startswith(p) for p in work.regions) else None


def root_of(connection: Connection, origin: Origin) -> UUID:
    """The delivery whose rows a mending of `origin` states anew.

    Raises Refusal when it was mended since: what was mended then would be lost.
    """
    root = origin.mends or origin.id
    (latest,) = connection.execute(_LATEST, (root,)).fetchall()[0]
    if latest != origin.id:
        raise Refusal(
            "Buku kerja ini dibuat sebelum perbaikan lain terbit; unduh buku kerja dari kiriman"
            f" {latest} dan perbaiki yang itu.",
            "This workbook was written before another mending was published; mend the workbook of"
            f" delivery {latest} instead.",
        )
    return root


def only_mended(before: Checked, after: Checked) -> Mended:
    """Of a checked mending of a published delivery only the rows that differ.

    A row that was accepted and no longer would be keeps counting as it was. Raises Refusal where
    single rows cannot be published anew.
    """
    if any(table.layout.subject not in ROWS for table in after.tables):
        raise Refusal(
            "Kiriman ini bukan daftar orang atau keluarga: batalkan dahulu terbitannya, lalu"
            " unggah buku kerja yang sudah diperbaiki.",
            "This is no list of persons or families: undo its publication first, then upload the"
            " mended workbook.",
        )
    if _kind(before) != _kind(after):
        raise Refusal(
            "Buku kerja ini terbaca sebagai sumber, susunan, edisi, atau tanggal lain daripada"
            " kiriman yang diperbaikinya.",
            "This workbook is read as another source, layout, edition or date than the delivery"
            " that it mends.",
        )
    old = {table.sheet: table for table in before.tables}
    rows = differing(before, after)
    relatives = [_families(old[table.sheet], table, rows) for table in after.tables]
    stated = pl.concat([rows.select("sheet", "row"), *relatives]).unique()
    tables = tuple(_part(table, stated) for table in after.tables)
    of_file = after.issues.filter(pl.col("row").is_null())
    of_rows = after.issues.filter(pl.col("row").is_not_null()).join(
        stated, on=["sheet", "row"], how="semi", maintain_order="left"
    )
    gone = rows.filter((pl.col("before") == "accepted") & pl.col("after").is_null())
    checked = replace(after, tables=tables, issues=pl.concat([of_file, of_rows]))
    return Mended(checked, gone.select("sheet", "row").rows())


def _kind(checked: Checked) -> tuple[object, ...]:
    return checked.source, checked.layout, checked.edition, checked.reference_date


def _families(before: CheckedTable, after: CheckedTable, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of all families of which a row differs, where a family's housing stands in any of
    them: the one row that is to state it is found among them all."""
    nobody = pl.DataFrame(schema=_PLACE)
    if after.layout.subject == "household" or not carries_housing(after.accepted):
        return nobody
    here = rows.filter(pl.col("sheet") == after.sheet)["row"]
    keyed = [
        table.accepted.select("sheet", "row", key=family_key(set(table.accepted.columns)))
        for table in (before, after)
    ]
    touched = pl.concat(keyed).filter(pl.col("row").is_in(here.implode()))["key"].drop_nulls()
    found = keyed[1].filter(pl.col("key").is_in(touched.implode()))
    return found.select("sheet", "row").cast(_PLACE)


def _part(table: CheckedTable, rows: pl.DataFrame) -> CheckedTable:
    some = pl.col("row").is_in(rows.filter(pl.col("sheet") == table.sheet)["row"].implode())
    accepted, rejected = table.accepted.filter(some), table.rejected.filter(some)
    read = accepted.height + rejected.height
    return replace(table, accepted=accepted, rejected=rejected, read=read)
