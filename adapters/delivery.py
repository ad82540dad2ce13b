"""A file in, checked unified tables and issues out: the whole of what `hub check` does.

The hub's store is not touched, and nothing is written anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from adapters import claims, own, parsers, places
from adapters.base import FileRefused, RawFile, RawSheet
from adapters.checked import Checked, CheckedTable, Recognised, Remembered, headed
from adapters.headers import fingerprints, headings
from adapters.matching import Renamed, nearest
from adapters.readers import column_letter, letter_index, read
from adapters.recognise import Recognition, Table, recognise
from adapters.tabular import Mapped, map_table
from mappings.load import layouts
from mappings.model import Layout, normalise
from validation import integrity
from validation.check import check, judged
from validation.identifiers import LONG_NUMBER
from validation.integrity import ColumnIntegrity
from validation.issues import file_errors, issue, none, rejected_rows

FINGERPRINT = 10  # digits of a fingerprint that are shown
NOBODY = ("IDENTITY_MISSING", "ROW_FOOTNOTE")


class Progress(Protocol):
    """Told the name of every step as it begins, then how many rows of it are done, where known."""

    def __call__(self, step: str, done: int | None = None, total: int | None = None, /) -> None:
        """Take note."""


def unheard(_step: str, _done: int | None = None, _total: int | None = None, /) -> None:
    """The progress that nobody wants to know."""


@dataclass(frozen=True)
class Options:
    """What the caller says about a file; None leaves it to the file and its layout.

    `region` is a Kemendagri code without dots; `region_system` kemendagri or bps; `programme`
    a catalogue code; `period` as adapters.parsers.periods reads it. `mapping` is what the
    steward says headings mean, `memory` by fingerprint what was said of earlier files. Rows outside
    the region prefixes `regions` are rejected; `source` is the only source looked for.
    """

    source: str | None = None
    layout: str | None = None
    region: str | None = None
    edition: str | None = None
    reference_date: date | None = None
    programme: str | None = None
    period: str | None = None
    region_system: str | None = None
    mapping: Renamed = field(default_factory=dict)
    memory: Mapping[str, Remembered] = field(default_factory=dict)
    regions: tuple[str, ...] = ("",)


def check_file(
    path: Path,
    options: Options,
    progress: Progress = unheard,
    recognised: Callable[[Recognised], None] = lambda _: None,
) -> Checked:
    """Read, recognise, map and validate a file. Never raises on a bad file: it is `refused`.

    `recognised` is called once, when it is known what the file is, before its rows are mapped.
    """
    progress("read")
    try:
        raw = read(path)
    except FileRefused as refusal:
        return unreadable(path, refusal)
    return check_raw(raw, path, options, progress, recognised)


def unreadable(path: Path, refusal: FileRefused) -> Checked:
    """What checking a file comes to that cannot be read."""
    row = refusal.detail.get("row")
    reason = refusal.detail.get("reason") or refusal.detail.get("found")
    expected = refusal.detail.get("expected")
    at = int(row) if row else None
    return _refused(path, "", 0, issue(refusal.code, row=at, found=reason, expected=expected))


def check_raw(
    raw: RawFile,
    path: Path,
    options: Options,
    progress: Progress = unheard,
    recognised: Callable[[Recognised], None] = lambda _: None,
    raised: pl.DataFrame | None = None,
) -> Checked:
    """Recognise, map and validate what was read, from one file or from several.

    `path` gives the name by which people know it; `raised` are issues that came before, such as
    those of adapters.mending.overlay.
    """
    progress("recognise")
    tables, issues = _recognise(raw, options)
    issues = _discreet(issues if raised is None else pl.concat([raised, issues]))
    if not tables or file_errors(issues).height:
        return _refused(path, raw.sha256, raw.size, issues, tables)
    edition = options.edition or tables[0].layout.vintage
    reference = options.reference_date or reference_date(edition)
    source, layout = tables[0].layout.source, "+".join(t.layout.layout for t in tables)
    recognised(Recognised(path, raw.sha256, raw.size, source, layout, edition, reference))
    mapped = [_map(table, options, edition) for table in _counted("map", tables, progress)]
    turns = zip(mapped, _counted("validate", tables, progress), strict=True)
    found = [check(m.frame, m.headings, table.layout.subject) for m, table in turns]
    found += [places.outside(m, options.regions) for m in mapped]
    columns = tuple(column for m in mapped for column in _integrity(m))
    rounded = integrity.issues(columns)
    everything = _discreet(
        _apt(pl.concat([issues, *(m.issues for m in mapped), *found, rounded]))
    ).sort("sheet", "row", "letter", nulls_last=False, maintain_order=True)
    refused = bool(file_errors(everything).height)
    checked = tuple(_split(m, everything) for m in mapped)
    return Checked(
        path, raw.sha256, raw.size, source, edition, reference,
        checked, everything, refused, columns, _confirmed(tables, options), headed(tables),
    )  # fmt: skip


def tables_of(raw: RawFile, options: Options) -> list[Table]:
    """The tables of a file as `check_file` takes them."""
    return _recognise(raw, options)[0]


def period_of(text: str) -> tuple[date, date] | None:
    """First and last day of a period as lists write it; None where it cannot be read."""
    start, end = parsers.periods(pl.Series([text])).row(0)
    return (start, end) if start else None


def reference_date(edition: str) -> date:
    """The day an edition speaks of: the end of its year, quarter or month."""
    found = period_of(edition)
    if found:
        return found[1]
    year = pl.select(pl.lit(edition).str.extract(r"(\d{4})", 1).cast(pl.Int32)).item()
    return date(year, 12, 31) if year else date(1970, 1, 1)


def _refused(
    path: Path, sha256: str, size: int, issues: pl.DataFrame, tables: list[Table] | None = None
) -> Checked:
    source = tables[0].layout.source if tables else None
    return Checked(
        path, sha256, size, source, "", date(1970, 1, 1), (), issues, refused=True,
        headed=headed(tables or ()),
    )  # fmt: skip


def _recognise(raw: RawFile, options: Options) -> tuple[list[Table], pl.DataFrame]:
    """Tables of one source; sheets that hold nothing known are reported, not imported."""
    if options.layout is not None and options.layout not in layouts():
        return [], issue("LAYOUT_UNKNOWN", found=options.layout)
    of_source = [f for f in layouts().values() if options.source in (None, f.source)]
    chosen = [layouts()[options.layout]] if options.layout else of_source
    given = [(i, s) for i, s in enumerate(raw.sheets) if s.cells.height and not own.is_own(s)]
    filled = [(i, own.bare(s)[0]) for i, s in given]
    wrong = _wrong_targets(options.mapping, chosen)
    if wrong.height:
        return [], wrong
    results = [(i, s, _recognise_sheet(i, s, chosen, options)) for i, s in filled if s.visible]
    hidden = [issue("SHEET_HIDDEN", sheet=i, found=s.name) for i, s in filled if not s.visible]
    tables = [r.table for _, _, r in results if r.table]
    unused = _unused(options.mapping, tables, [s for _, s in filled])
    if not tables:
        told = [r.issues for _, _, r in results] or [issue("FILE_EMPTY")]
        return [], pl.concat([unused, *told, *hidden])
    source = tables[0].layout.source
    issues = [unused, *hidden]
    for index, sheet, result in results:
        if result.table is None or result.table.layout.source != source:
            issues.append(issue("SHEET_UNKNOWN", sheet=index, found=sheet.name))
        else:
            issues.append(result.issues)
    return [t for t in tables if t.layout.source == source], pl.concat(issues)


def _recognise_sheet(
    index: int, sheet: RawSheet, chosen: list[Layout], options: Options
) -> Recognition:
    """A sheet by what is known of its header: from the caller, or from an earlier file."""
    names = {layout.layout: layout for layout in chosen}
    marks = fingerprints(sheet) if options.memory else ()
    known = [options.memory[mark] for mark in marks if mark in options.memory]
    for memory in [entry for entry in known if entry.layout in names]:
        renamed = {**memory.columns, **options.mapping}
        found = recognise(index, sheet, [names[memory.layout]], renamed)
        if found.table and found.table.fingerprint == memory.fingerprint:
            told = issue(
                "MAPPING_REMEMBERED",
                sheet=index,
                value=str(memory.confirmed_on or "-"),
                expected=memory.layout,
                found=memory.fingerprint[:FINGERPRINT],
            )
            return Recognition(found.table, pl.concat([told, found.issues]))
    return recognise(index, sheet, chosen, options.mapping)


def _wrong_targets(mapping: Renamed, chosen: list[Layout]) -> pl.DataFrame:
    """MAP_TARGET_UNKNOWN for headings mapped to what is a column of no layout."""
    known = {normalise(h) for f in chosen for c in f.columns for h in c.headings}
    wrong = [(h, t) for h, t in mapping.items() if t is not None and normalise(t) not in known]
    near = {target: ", ".join(nearest(target, chosen)) for _, target in wrong}
    found = [
        issue("MAP_TARGET_UNKNOWN", column=heading, found=target, expected=near[target])
        for heading, target in wrong
    ]
    return pl.concat([none(), *found])


def _unused(mapping: Renamed, tables: list[Table], sheets: list[RawSheet]) -> pl.DataFrame:
    """MAP_UNUSED for headings that nothing came of: in no table, or, without one, not found."""
    if not mapping:
        return none()
    done = {name for table in tables for name in table.renamed}
    done |= set() if tables else {name for sheet in sheets for name in headings(sheet)}
    unused = [(h, t) for h, t in mapping.items() if h not in done]
    told = [issue("MAP_UNUSED", column=heading, expected=target) for heading, target in unused]
    return pl.concat([none(), *told])


def _confirmed(tables: list[Table], options: Options) -> tuple[Remembered, ...]:
    """What there is to remember of a file that the caller gave a mapping for."""
    return tuple(
        Remembered(table.fingerprint, table.layout.layout, table.renamed)
        for table in tables
        if options.mapping.keys() & table.renamed.keys()
    )


def _apt(issues: pl.DataFrame) -> pl.DataFrame:
    """A row that points to nobody has that one issue; what else it lacks is beside the point."""
    nobody = issues.filter(pl.col("code").is_in(NOBODY)).select("sheet", "row").unique()
    beside = issues.filter(~pl.col("code").is_in(NOBODY))
    kept = beside.join(nobody, on=["sheet", "row"], how="anti", maintain_order="left")
    return pl.concat([kept, issues.filter(pl.col("code").is_in(NOBODY))])


def _discreet(issues: pl.DataFrame) -> pl.DataFrame:
    """Wherever a NIK or KK got into (another column, a sheet's name), it is shown masked."""
    texts = pl.col("column", "value", "expected", "found")
    return issues.with_columns(texts.str.replace_all(LONG_NUMBER, "${1}********$2"))


def _counted(step: str, tables: list[Table], progress: Progress) -> Iterator[Table]:
    """The tables in turn, while `progress` is told how many of their rows are done."""
    rows = [max(0, t.sheet.cells.height - t.first_row + 1) for t in tables]
    progress(step, 0, sum(rows))
    for number, table in enumerate(tables, start=1):
        yield table
        progress(step, sum(rows[:number]), sum(rows))


def _map(table: Table, options: Options, edition: str) -> Mapped:
    mapped = map_table(table)
    frame = judged(mapped.frame)
    own = pl.col("row.edition") if "row.edition" in frame.columns else pl.lit(None, pl.String)
    # A row's edition is a year here ("Dimuktakhirkan Tahun"); it never outlives the delivery's.
    frame = frame.with_columns(pl.coalesce(own, pl.lit(edition)).alias("#edition"))
    rule = table.layout.region
    if options.region_system:
        rule = rule.model_copy(update={"system": options.region_system})
    frame, raised = _budget_year(table, frame, options)
    mapped = replace(mapped, frame=frame, issues=pl.concat([mapped.issues, raised]))
    mapped = places.resolve(mapped, rule, options.region)
    return claims.add_claims(mapped, options.programme, options.period)


def _integrity(mapped: Mapped) -> Iterator[ColumnIntegrity]:
    """The identifier columns judged, beside their cells as they stand in the file."""
    row = pl.col("row").cast(pl.UInt32)
    cells = {
        f"{name}#given": f"c{letter_index(mapped.headings[name][1])}"
        for name in integrity.ROUNDED
        if name in mapped.headings
    }
    given = mapped.raw.select(row, **{name: pl.col(cell) for name, cell in cells.items()})
    beside = mapped.frame.select(row).join(given, on="row", how="left", maintain_order="left")
    frame = mapped.frame.with_columns(beside.drop("row"))
    return integrity.report(frame, mapped.headings, mapped.table.index)


def _budget_year(
    table: Table, frame: pl.DataFrame, options: Options
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Budget tables that print no year take it from the edition the caller named."""
    if table.layout.subject != "budget" or "budget.year" in frame.columns:
        return frame, none()
    found = re.search(r"\d{4}", options.edition or "")
    if found is None:
        return frame, issue("YEAR_NEEDED", sheet=table.index)
    return frame.with_columns(pl.lit(int(found.group()), pl.Int64).alias("budget.year")), none()


def _split(mapped: Mapped, issues: pl.DataFrame) -> CheckedTable:
    index = mapped.table.index
    bad = rejected_rows(issues).filter(pl.col("sheet") == index)["row"]
    is_bad = pl.col("row").is_in(bad.implode())
    raw = mapped.raw.with_columns(pl.col("row").cast(pl.UInt32))
    headings = {
        name: f"{column_letter(int(name[1:]))} {mapped.table.heading(int(name[1:]))}"
        for name in raw.columns
        if name.startswith("c") and name[1:].isdigit()
    }
    frame = mapped.frame.with_columns(pl.col("row").cast(pl.UInt32))
    return CheckedTable(
        mapped.table.layout,
        index,
        frame.filter(~is_bad),
        raw.filter(is_bad),
        headings,
        mapped.read,
    )
