"""Load the reference data of mappings/ into the store, when it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
from psycopg import sql

from hub.core.store.engine import migrate
from hub.core.store.roles import act_as_importer
from mappings import load, regions

ROOT = Path(load.__file__).parent
Rows = Iterable[Sequence[Any]]


def prepare(url: str) -> list[str]:
    """Bring the database at `url` to today's schema and reference data.

    Returns what was loaded anew. Raises DatabaseError when the server cannot be used.
    """
    migrate(url)
    with psycopg.connect(url) as connection:
        return load_reference(connection)


def load_reference(connection: psycopg.Connection[Any]) -> list[str]:
    """Bring regions, NIK prefixes, programmes and rules up to date; the caller commits.

    Returns the names of what was loaded: nothing when no mapping file changed since the last
    load, so that a start costs a few hashes only.
    """
    act_as_importer(connection)
    loaded = []
    for name, paths, load_one in (
        ("regions", sorted((ROOT / "regions").glob("*.[ct]*")), _regions),
        ("programmes", [ROOT / "programmes.yml"], _programmes),
        ("rules", sorted((ROOT / "rules").glob("*.yml")), _rules),
    ):
        digest = _digest(paths)
        known = connection.execute(
            "select 1 from reference_load where name = %s and sha256 = %s", (name, digest)
        ).fetchone()
        if known is None:
            load_one(connection)
            connection.execute(
                "insert into reference_load (name, sha256) values (%s, %s)"
                " on conflict (name) do update set sha256 = excluded.sha256, loaded_at = now()",
                (name, digest),
            )
            loaded.append(name)
    return loaded


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _regions(connection: psycopg.Connection[Any]) -> None:
    places = regions.regions()
    codes = regions.crosswalk()
    current = (
        codes.filter(codes["bps_code"].is_not_null() & codes["code"].is_not_null())
        .sort("confidence", descending=True)
        .unique("code", keep="first", maintain_order=True)
        .select("code", "bps_code")
    )
    table = places.join(current, on="code", how="left").sort(places["code"].str.len_chars())
    _replace(
        connection,
        "region",
        ("code", "level", "name", "parent_code", "kind", "bps_code"),
        table.select("code", "level", "name", "parent_code", "kind", "bps_code").iter_rows(),
        "code",
    )
    both = codes.filter(codes["bps_code"].is_not_null() & codes["code"].is_not_null())
    columns = ("bps_code", "bps_period", "code", "level", "method", "confidence", "bps_current")
    _replace(
        connection,
        "region_crosswalk",
        columns,
        both.select(columns).unique(("bps_code", "bps_period", "code")).iter_rows(),
        "bps_code, bps_period, code",
    )
    changed = regions.bps_code_history()
    _replace(
        connection, "region_code_history", changed.columns, changed.iter_rows(), "bps_code_2020"
    )
    drawn = [("boundaries", regions.BOUNDARIES.read_text(encoding="utf-8"))]
    _replace(connection, "region_boundaries", ("name", "topology"), drawn, "name")
    prefixes = ("prefix", "status", "name", "successor")
    listed = regions.nik_prefixes().select(prefixes)
    retired = regions.retired_regency_prefixes().select(
        "prefix", pl.lit("RETIRED").alias("status"), "name", "successor"
    )
    rows = [*listed.iter_rows(), *retired.iter_rows()]
    _replace(connection, "nik_prefix", prefixes, rows, "prefix")


def _programmes(connection: psycopg.Connection[Any]) -> None:
    columns = ("code", "name", "owner", "level", "strategy", "kind", "unit", "target")
    rows = ([getattr(p, c) for c in columns] for p in load.programmes().values())
    _replace(connection, "programme", columns, rows, "code")


def _rules(connection: psycopg.Connection[Any]) -> None:
    columns = ("code", "title", "kind", "unit", "legal_basis", "status", "programmes")
    rows = (
        (r.code, r.title, r.kind, r.unit, r.legal_basis, r.status, [*r.programmes, *r.against])
        for r in load.rules().values()
    )
    _replace(connection, "overlap_rule", columns, rows, "code")


def _replace(
    connection: psycopg.Connection[Any],
    table: str,
    columns: Sequence[str],
    rows: Rows,
    key: str,
) -> None:
    """Upsert `rows` through a temporary table; rows that are gone stay, others refer to them."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    target, loading = sql.Identifier(table), sql.Identifier(f"loading_{table}")
    connection.execute(
        sql.SQL("create temp table {} on commit drop as select {} from {} with no data").format(
            loading, names, target
        )
    )
    with connection.cursor().copy(
        sql.SQL("copy {} ({}) from stdin").format(loading, names)
    ) as copy:
        for row in rows:
            copy.write_row(row)
    keys = {part.strip() for part in key.split(",")}
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in columns if c not in keys
    )
    connection.execute(
        sql.SQL("insert into {} ({}) select {} from {} on conflict ({}) do update set {}").format(
            target, names, names, loading, sql.SQL(key), changes
        )
    )
