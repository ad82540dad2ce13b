"""The demonstration: synthetic exports of every source, imported, linked, flagged, queried.

A second run finds the files and the imports of the first and does neither again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import polars as pl
import psycopg
from pydantic import TypeAdapter

from adapters.delivery import Options, Progress
from hub.core.access import Right, create_token
from hub.core.ingest.importing import Imported, import_file, known_file
from hub.demo.options import Manifest, SampleFile, SampleOptions
from hub.demo.options import Progress as SampleProgress
from hub.demo.sample import generate
from mappings.load import layouts, rules

ACCOUNT = "demo"
EXAMPLE = """\
query TumpangTindih($wilayah: RegionCode!) {
  households(filter: {region: $wilayah, hasFlag: true}, first: 1) {
    totalCount
    nodes {
      familyCardNumber
      size
      region { name }
      head { name nik civilRegistryMatch }
      welfare { status decile from { source edition } disagreement }
      receipts(programmes: ["BLT_DD", "PKH", "SEMBAKO"], from: "2022-01-01", to: "2022-12-31") {
        programme { code }
        periodStart
        periodEnd
        delivery { source layout }
      }
      overlapFlags { rule { code legalBasis } explanation periodStart periodEnd }
    }
  }
}"""


@dataclass(frozen=True)
class Shown:
    """An example query with its variables and its real answer."""

    query: str
    variables: dict[str, str]
    answer: dict[str, Any]


def exports(folder: Path, progress: SampleProgress | None = None) -> Manifest:
    """The synthetic exports of two regencies in `folder`, written unless they are there."""
    options = SampleOptions(out=folder)
    written = _written(options)
    return written or generate(options, progress)


def _written(options: SampleOptions) -> Manifest | None:
    """The manifest of an earlier run with the same options whose files are all there."""
    path = options.out / "truth" / "manifest.json"
    if not path.exists():
        return None
    found = TypeAdapter(Manifest).validate_json(path.read_bytes())
    asked = (options.seed, options.regencies, options.households, options.noise, options.format)
    same = asked == (found.seed, found.regencies, found.households, found.noise, found.format)
    whole = all((options.out / entry.path).exists() for entry in found.files)
    return found if same and whole else None


def import_all(
    connection: psycopg.Connection[Any], folder: Path, manifest: Manifest, progress: Progress
) -> Iterator[Imported | SampleFile]:
    """Import every file of the manifest in order; a file that is known already is passed on
    as its manifest entry, without being opened."""
    # A workbook of several layouts is one file with several entries.
    for entry in {entry.path: entry for entry in manifest.files}.values():
        if known_file(connection, entry.sha256):
            yield entry
        else:
            yield import_file(connection, folder / entry.path, _options(entry), progress=progress)


def _options(entry: SampleFile) -> Options:
    """What the file itself does not say."""
    system = layouts()[entry.layout].region.system
    return Options(
        region=entry.region or None,
        edition=entry.edition or None,
        reference_date=date.fromisoformat(entry.reference_date) if entry.reference_date else None,
        programme=entry.programme or None,
        period=entry.period or None,
        region_system=entry.region_system if system == "ask" else None,
    )


def totals(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How much the registry holds, by what a reader of the demonstration would call it."""
    counted = {
        "orang / persons": "select count(*) from person",
        "keluarga / households": "select count(*) from household",
        "tautan / links": "select (select count(*) from person_link)"
        " + (select count(*) from household_link)",
        "peringkat / rankings": "select count(*) from ranking",
        "penerimaan / receipts": "select count(*) from receipt",
        "tanda tumpang tindih / overlap flags": "select count(*) from overlap_flag",
    }
    return {
        name: int((connection.execute(query).fetchone() or (0,))[0])
        for name, query in counted.items()
    }


def demo_token(connection: psycopg.Connection[Any], regencies: tuple[str, ...]) -> str:
    """A fresh token for the two regencies, which may all there is (the people do not exist)."""
    return create_token(connection, ACCOUNT, regencies, True, True, 30, frozenset(Right))


def example(address: str, token: str, region: str) -> Shown:
    """Put the example query to the server at `address` over HTTP."""
    variables = {"wilayah": region}
    return Shown(EXAMPLE, variables, query(address, token, EXAMPLE, variables))


def query(
    address: str, token: str, text: str, variables: dict[str, Any] | None = None
) -> dict[str, Any]:
    """POST one GraphQL operation and return the decoded answer."""
    body = json.dumps({"query": text, "variables": variables or {}}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = Request(f"{address}/graphql", body, headers)  # noqa: S310 - our own address
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        decoded: dict[str, Any] = json.load(answer)
    return decoded


def problems(
    connection: psycopg.Connection[Any], address: str, token: str, folder: Path, manifest: Manifest
) -> list[str]:
    """What is off after a demonstration: an empty list when all is well."""
    found = [
        *_delivery_problems(connection, manifest),
        *_layer_problems(connection),
        *_flag_problems(connection, folder / "truth"),
    ]
    for region in sorted({entry.regency for entry in manifest.files}):
        found += _answer_problems(example(address, token, region), region)
    return found


def _delivery_problems(connection: psycopg.Connection[Any], manifest: Manifest) -> Iterator[str]:
    imported = connection.execute(
        "select sha256, rows_read, rows_accepted, rows_rejected from delivery"
        " where state = 'PUBLISHED'"
    ).fetchall()
    rows = {sha256: counts for sha256, *counts in imported}
    for entry in manifest.files:
        if entry.sha256 not in rows:
            yield f"{entry.path}: not imported"
            continue
        read, accepted, rejected = rows[entry.sha256]
        if read != accepted + rejected:
            yield f"{entry.path}: {read} rows read, but {accepted} + {rejected} accounted for"
        if accepted < read * 0.9:
            yield f"{entry.path}: only {accepted} of {read} rows accepted"


def _layer_problems(connection: psycopg.Connection[Any]) -> Iterator[str]:
    for table in ("person", "household", "ranking", "receipt", "overlap_flag", "budget_line",
                  "indicator", "intervention"):  # fmt: skip
        (count,) = connection.execute(f"select count(*) from {table}").fetchone() or (0,)  # noqa: S608
        if not count:
            yield f"table {table} is empty"
    unraised = connection.execute(
        "select code from overlap_rule where code not in (select rule_code from overlap_flag)"
    ).fetchall()
    yield from (f"rule {code} raised no flag" for (code,) in unraised)


_RAISED = """
select f.rule_code, coalesce(p.nik, h.kk) as subject
from overlap_flag f
left join person p on (p.regency_code, p.id) = (f.regency_code, f.person_id)
left join household h on (h.regency_code, h.id) = (f.regency_code, f.household_id)
where (select unit from overlap_rule r where r.code = f.rule_code)
      = case when p.id is null then 'FAMILY' else 'PERSON' end
"""


def _flag_problems(connection: psycopg.Connection[Any], truth: Path) -> Iterator[str]:
    """Rules whose flags are not those that the truth expects, by NIK or KK."""
    people = pl.read_csv(truth / "persons.csv", infer_schema=False)
    planted = pl.read_csv(truth / "overlaps.csv", infer_schema=False)
    wanted = planted.filter(pl.col("expected") == "true").join(
        people.select("person_id", "nik", "kk"), on="person_id"
    )
    raised = set(connection.execute(_RAISED).fetchall())
    for rule in rules().values():
        subject = "nik" if rule.unit == "PERSON" else "kk"
        expected = set(
            wanted.filter(pl.col("rule") == rule.code).select("rule", subject).iter_rows()
        )
        found = {pair for pair in raised if pair[0] == rule.code}
        if missed := len(expected - found):
            yield f"rule {rule.code}: {missed} of {len(expected)} expected flags were not raised"
        if extra := len(found - expected):
            yield f"rule {rule.code}: {extra} flags were raised that the truth does not hold"


def _answer_problems(shown: Shown, region: str) -> Iterator[str]:
    if shown.answer.get("errors"):
        yield f"region {region}: the example query answered with errors"
        return
    if not shown.answer["data"]["households"]["totalCount"]:
        yield f"region {region}: no household with a flag"
