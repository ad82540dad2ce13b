"""Writes one synthetic population as every source system would see it, and the truth."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from adapters.readers import letter_index
from hub.demo import finance, table
from hub.demo.dirt import soil
from hub.demo.draws import Draws
from hub.demo.faults import rates
from hub.demo.files import Book, CsvSink, HtmlSink, Sink, XlsxSink, sha256
from hub.demo.forms import money
from hub.demo.observe import observe, year_of
from hub.demo.options import (
    Manifest,
    Progress,
    SampleError,
    SampleFile,
    SampleOptions,
)
from hub.demo.places import villages
from hub.demo.population import Chunk, Slice, inhabited_villages, make, slices
from hub.demo.receipts import RATES, overlaps, receipts
from hub.demo.render import Page, render
from hub.demo.siga import SigaSink
from hub.demo.systems import VARIANTS, Arrangement, Coverage, arrangement, coverage
from hub.demo.truth import Truth
from hub.demo.visible import Visible
from mappings.load import layouts
from mappings.model import Column, Layout

_OF_PEOPLE = ("household", "person", "receipt")
_NUMBERS = {"integer", "decimal", "digits", "code", "flag", "date"}
_SUFFIX = {"xlsx": "xlsx", "siga": "xlsx", "csv": "csv", "html": "xls"}


@dataclass
class _Job:
    """One file, or one sheet of a file, while it is open."""

    layout: Layout
    seen: Coverage
    form: Arrangement
    columns: tuple[Column, ...]
    sink: Sink
    region: str
    rows: int = 0
    faults: Counter[str] = field(default_factory=Counter)


def chosen(options: SampleOptions) -> list[Layout]:
    """The layouts of a run. Raises SampleError for a name that is not a layout."""
    known = layouts()
    unknown = [name for name in options.layouts if name not in known]
    if unknown:
        raise SampleError(
            f"Susunan {unknown[0]!r} tidak ada; lihat: hub layouts.",
            f"There is no layout {unknown[0]!r}; see: hub layouts.",
        )
    return [known[name] for name in options.layouts or known]


def generate(options: SampleOptions, progress: Progress | None = None) -> Manifest:
    """Writes the sample into `options.out`, which may exist but is not emptied.

    Out: the manifest, also written to truth/manifest.json. Raises SampleError when the options
    cannot be met. Memory is bounded by one chunk of households.
    """
    wanted, plan = chosen(options), slices(options)
    options.out.mkdir(parents=True, exist_ok=True)
    # Written last: where it stands, the files beside it are whole.
    (options.out / "truth" / "manifest.json").unlink(missing_ok=True)
    done: list[SampleFile] = []
    finished = 0
    with Truth(options.out / "truth") as truth:
        for regency in options.regencies:
            parts = [part for part in plan if part.regency == regency]
            jobs = _open_jobs(options, wanted, parts)
            for part in parts:
                _write_chunk(options, make(options.seed, part), jobs, truth)
                finished += part.households
                if progress is not None:
                    progress(regency, finished, options.households)
            done += _close_jobs(options, jobs, regency)
    return _manifest(options, done, truth.counts)


def _open_jobs(options: SampleOptions, wanted: list[Layout], parts: list[Slice]) -> list[_Job]:
    books: dict[str, Book] = {}
    if not parts:
        return []
    return [
        _job(options, layout, variant, parts[0], books)
        for layout in wanted
        for variant in VARIANTS.get(layout.layout, {"": ()})
    ]


def _job(
    options: SampleOptions, layout: Layout, variant: str, part: Slice, books: dict[str, Book]
) -> _Job:
    form = arrangement(layout, options.format, variant)
    names = villages(part.regency).row(0, named=True)
    region = part.regency
    if form.book is not None:
        region = inhabited_villages(part)["k.village"][0]
    columns = table.columns(layout, form)
    stem = "_".join(n for n in (form.book or layout.layout, variant, part.regency) if n)
    path = options.out / f"{stem}.{_SUFFIX[form.kind]}"
    top = table.top(layout, form, {
        "province": names["region.province_name"], "regency": names["region.regency_name"],
    })  # fmt: skip
    sink = _sink(path, layout, form, columns, top, books)
    return _Job(layout, coverage(layout, variant), form, columns, sink, region)


def _sink(
    path: Path, layout: Layout, form: Arrangement, columns: tuple[Column, ...],
    top: list[list[str]], books: dict[str, Book],
) -> Sink:  # fmt: skip
    if form.kind == "csv":
        return CsvSink(path, top, form)
    if form.kind == "html":
        return HtmlSink(path, top, form)
    book = books.get(path.name) or Book(path)
    books[path.name] = book
    if form.kind == "siga":
        cells = [(c.heading, letter_index(c.position) if c.position else None) for c in columns]
        return SigaSink(book, cells, layout.file.first_data_row or 17)
    return XlsxSink(book, form.sheet or "Sheet1", top, form, _number_columns(columns, form))


def _number_columns(columns: tuple[Column, ...], form: Arrangement) -> frozenset[int]:
    """Columns whose digits a workbook of this source holds as numbers."""
    typed = _NUMBERS if not form.padded else {"integer", "decimal"}
    if form.dates == "serial":
        typed = typed | {"date"}
    return frozenset(n for n, column in enumerate(columns) if column.read in typed)


def _write_chunk(options: SampleOptions, chunk: Chunk, jobs: list[_Job], truth: Truth) -> None:
    given, visible = receipts(chunk), Visible()
    for job in jobs:
        if job.layout.subject in _OF_PEOPLE:
            mapped = {column.to for column in job.columns if column.to}
            rows = observe(job.layout, job.seen, job.form, chunk, given, mapped)
            visible.note(job.layout, rows, year_of(job.layout, job.seen))
            _write_page(options, chunk.draws, rows, job, truth)
        elif chunk.part.number == 0:
            rows = finance.rows(
                job.layout.subject, job.layout.layout, chunk.part.regency, options.seed
            )
            _write_page(options, chunk.draws, rows, job, truth)
    truth.population(chunk, given, visible.judge(overlaps(given, chunk), given))


def _write_page(
    options: SampleOptions, draws: Draws, rows: pl.DataFrame, job: _Job, truth: Truth
) -> None:
    page = Page(job.layout, job.columns, job.seen, job.form, draws)
    workbook = job.form.kind in ("xlsx", "siga")
    cells, rows = soil(page, render(page, rows), rows, options.noise, workbook)
    cells = _decorated(cells, job)
    job.rows += rows.height
    _note(job, rows, job.sink.write(cells, rows), truth)
    if job.form.total_row is not None:
        job.sink.write(_total(job, cells, rows), rows.head(0))


def _decorated(cells: pl.DataFrame, job: _Job) -> pl.DataFrame:
    """What the source's program adds to every cell of a kind."""
    if job.form.backtick:
        keys = [n for n, column in enumerate(job.columns) if column.read in ("nik", "kk")]
        return cells.with_columns((pl.lit("`") + pl.col(f"c{n}")).alias(f"c{n}") for n in keys)
    if job.form.nbsp:
        return cells.with_columns(pl.all() + "\u00a0")
    return cells


def _total(job: _Job, cells: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The row that closes a budget table."""
    amounts = [f"c{n}" for n, column in enumerate(job.columns) if column.to == "budget.amount"]
    text = rows.select(money(pl.col("budget.amount").sum()))["budget.amount"][0]
    row: dict[str, str | None] = dict.fromkeys(cells.columns)
    row |= {cells.columns[0]: job.form.total_row} | dict.fromkeys(amounts, text)
    return pl.DataFrame([row], schema=cells.schema)


def _note(job: _Job, rows: pl.DataFrame, where: pl.DataFrame, truth: Truth) -> None:
    """Writes down what stands in which row, and counts the faults."""
    changes = rows["_changes"]
    said = changes.filter(changes != "").str.split("|").explode().str.extract(r":(\w+)$", 1)
    job.faults.update(said.drop_nulls().to_list())
    about = {"_hid": "household_id", "_pid": "person_id", "_rid": "receipt_id"}
    none = pl.lit(None, dtype=pl.Int64)
    truth.add(
        "rows",
        rows.select(
            pl.lit(job.layout.layout).alias("layout"),
            pl.lit(job.sink.path.name).alias("file"),
            where["sheet"],
            where["row"],
            *(
                (pl.col(name) if name in rows.columns else none).alias(to)
                for name, to in about.items()
            ),
            pl.col("_changes").alias("changes"),
        ),
    )


def _close_jobs(options: SampleOptions, jobs: list[_Job], regency: str) -> list[SampleFile]:
    for job in jobs:
        job.sink.close()
    checks = {job.sink.path: sha256(job.sink.path) for job in jobs}
    return [
        SampleFile(
            path=job.sink.path.relative_to(options.out).as_posix(),
            source=job.layout.source,
            layout=job.layout.layout,
            regency=regency,
            region=job.region,
            edition=job.seen.edition,
            reference_date=job.seen.reference.isoformat(),
            region_system="kemendagri" if job.layout.region.system == "ask" else
            job.layout.region.system,
            programme=job.seen.programmes[0] if len(job.seen.programmes) == 1 else None,
            period=job.seen.period,
            rows=job.rows,
            faults=dict(sorted(job.faults.items())),
            sha256=checks[job.sink.path],
        )
        for job in jobs
    ]  # fmt: skip


def _manifest(options: SampleOptions, files: list[SampleFile], counts: dict[str, int]) -> Manifest:
    faults: Counter[str] = Counter()
    for file in files:
        faults.update(file.faults)
    found = Manifest(
        seed=options.seed,
        regencies=options.regencies,
        households=options.households,
        persons=counts.get("persons", 0),
        noise=options.noise,
        format=options.format,
        rates={**RATES, **rates(options.noise)},
        faults=dict(sorted(faults.items())),
        files=tuple(files),
        truth=counts,
    )
    text = json.dumps(asdict(found), indent=2, ensure_ascii=False)
    (options.out / "truth" / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return found
