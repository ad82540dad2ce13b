"""The first step of a delivery: what its file is, which rows are wrong, and the others staged."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from adapters.base import FileRefused
from adapters.checked import Checked, Recognised
from adapters.delivery import Options, Progress, check_raw, unreadable
from hub.core.ingest import columns, memory
from hub.core.ingest.against import against_registry
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.history import Action, Kind, keep, note
from hub.core.ingest.mended import Content, content, only_mended, root_of
from hub.core.ingest.receiving import UNKNOWN_SOURCE, options_from
from hub.core.ingest.spool import Spool
from hub.core.ingest.stage import common_region, stage, write_issues
from hub.core.ingest.waiting import clear, drop
from hub.core.ingest.work import Connection, Work, acting, announced, say, step

ANSWERABLE = frozenset({"LAYOUT_UNKNOWN", "HEADER_UNKNOWN", "MAP_TARGET_UNKNOWN"})
"""Issues of a whole file that end when a steward says what it is, or what its headings mean."""

_RECOGNISED = """
update delivery
set (source, layout, edition, reference_date, state) = (%s, %s, %s, %s, 'RECOGNISED')
where id = %s and wanted = 'CHECK'
"""
_CHECKED = """
update delivery
set (source, layout, edition, reference_date, region_code, state, wanted,
     rows_read, rows_accepted, rows_warning, rows_rejected)
  = (%s, %s, %s, %s, coalesce(%s, region_code), %s, %s, %s, %s, %s, %s)
where id = %s
"""
_LINEAGE = "update delivery set (options, mends, replaces) = (%s, %s, %s) where id = %s"
_TWICE = (
    "Berkas yang sama sudah pernah masuk dari sumber ini."
    " / The same file of this source came before."
)


def examine(connection: Connection, work: Work, spool: Spool, progress: Progress) -> None:
    """Check the file; then stage its rows, or ask a steward what it is, or reject it.

    Raises Refusal when the file is gone.
    """
    check_kept(spool, work)
    with announced(connection, work, progress) as tell:
        tell("read")
        path = Path(work.file_name)
        try:
            found = content(connection, spool, work)
            _examine(connection, work, found, tell)
        except FileRefused as refusal:
            _reject(connection, work, unreadable(path, refusal))
        except UniqueViolation:
            _reject(connection, work, None, _TWICE)
        except Refusal as refusal:
            _reject(connection, work, None, str(refusal))


def check_kept(spool: Spool, work: Work) -> None:
    """Raises Refusal when the file of a delivery is gone."""
    if not spool.has(work.sha256):
        raise Refusal(
            "Berkas kiriman ini tidak ada lagi di hub; unggah lagi.",
            "The file of this delivery is no longer at the hub; upload it again.",
        )


def options_of(connection: Connection, work: Work, found: Content) -> Options:
    """How the file of a delivery is checked: by what is said of it, and what was of earlier ones"""
    said, memories = options_from(_stated(work, found)), memory.known(connection)
    return replace(said, memory=memories, regions=work.regions)


def with_issues(checked: Checked, raised: pl.DataFrame) -> Checked:
    """What was checked, with issues that were found elsewhere among its own."""
    together = pl.concat([checked.issues, raised])
    ordered = together.sort("sheet", "row", "letter", nulls_last=False, maintain_order=True)
    return replace(checked, issues=ordered)


def _stated(work: Work, found: Content) -> dict[str, Any]:
    """What was stated of a delivery, and of the one whose workbook it mends."""
    return {**(found.origins[0].options if found.origins else {}), **work.options}


def _examine(connection: Connection, work: Work, found: Content, tell: Progress) -> None:
    root = root_of(connection, found.published) if found.published else None
    stated, options = _stated(work, found), options_of(connection, work, found)

    def recognised(what: Recognised) -> None:
        values = (what.source, what.layout, what.edition, what.reference_date, work.id)
        with acting(connection):
            connection.execute(_RECOGNISED, values)

    path = Path(work.file_name)
    checked = check_raw(found.raw, path, options, tell, recognised, found.issues)
    if not checked.refused:
        checked = with_issues(checked, against_registry(connection, checked, work.regions))
        gone: list[tuple[int, int]] = []
        if found.before is not None:
            mended = only_mended(check_raw(found.before, path, options), checked)
            checked, gone = mended.checked, mended.gone
        region = found.published.region_code if found.published else None
        examined = _Examined(checked, stated, region, root, found.replaced, gone)
        _stage(connection, work, options, examined, tell)
    elif ANSWERABLE.intersection(checked.issues["code"]):
        _ask(connection, work, checked)
    else:
        _reject(connection, work, checked)


@dataclass(frozen=True)
class _Examined:
    checked: Checked
    stated: dict[str, Any]
    region: str | None  # of the delivery that it mends
    mends: UUID | None
    replaces: UUID | None
    gone: list[tuple[int, int]]


def _stage(
    connection: Connection, work: Work, options: Options, found: _Examined, tell: Progress
) -> None:
    checked = found.checked
    with step(connection, work):
        clear(connection, work.id)
        region = options.region or found.region or _common(checked, work)
        _write(connection, work, checked, "STAGED", region=region, wanted="FORESEE")
        lineage = (Jsonb(found.stated), found.mends, found.replaces, work.id)
        connection.execute(_LINEAGE, lineage)
        stage(connection, work.id, checked, tell, apart=True)
        _report(connection, work, checked, region)
        keep(connection, work.id, Kind.GONE, found.gone)
        memory.remember(connection, checked.confirmed, by=work.wanted_by or "-")
        if found.replaces:
            _replace(connection, work, found.replaces)
        note(connection, work.id, Action.STAGED)
        say(connection, work.id, "STAGED")


def _common(checked: Checked, work: Work) -> str | None:
    """The region of all rows, unless it is wider than those of the uploader: he must see it."""
    region = common_region(checked)
    return region if region and region.startswith(work.regions) else None


def _replace(connection: Connection, work: Work, other: UUID) -> None:
    """Drop the delivery in whose place this one comes; this one says what is left to mend."""
    drop(connection, other)
    connection.execute(
        "update delivery_issue set closed_by = %s where delivery_id = %s and closed_by is null",
        (work.id, other),
    )
    note(connection, other, Action.REPLACED, work.uploaded_by, str(work.id))


def _ask(connection: Connection, work: Work, checked: Checked) -> None:
    """What the file is, a steward has to say: its issues name what the hub makes of it."""
    with step(connection, work):
        clear(connection, work.id)
        _write(connection, work, checked, "RECEIVED")
        write_issues(connection, work.id, checked)
        _report(connection, work, checked, None)
        note(connection, work.id, Action.ASKED)


def _report(connection: Connection, work: Work, checked: Checked, region: str | None) -> None:
    """What is found out about the columns of the file."""
    keep(connection, work.id, Kind.INTEGRITY, [c.as_json() for c in checked.integrity])
    changes = columns.column_changes(connection, checked, region)
    keep(connection, work.id, Kind.CHANGES, [asdict(change) for change in changes])
    keep(connection, work.id, Kind.COLUMNS, columns.headings_of(checked))


def _reject(
    connection: Connection, work: Work, checked: Checked | None, reason: str | None = None
) -> None:
    with step(connection, work):
        clear(connection, work.id)
        if checked is not None:
            write_issues(connection, work.id, checked)
        drop(connection, work.id)
        note(connection, work.id, Action.REJECTED, reason=reason)


def _write(
    connection: Connection,
    work: Work,
    checked: Checked,
    state: str,
    *,
    region: str | None = None,
    wanted: str | None = None,
) -> None:
    counts = checked.counts()
    values = (
        checked.source or UNKNOWN_SOURCE, checked.layout, checked.edition, checked.reference_date,
        region, state, wanted, counts["read"], counts["accepted"], counts["warning"],
        counts["rejected"], work.id,
    )  # fmt: skip
    connection.execute(_CHECKED, values)
