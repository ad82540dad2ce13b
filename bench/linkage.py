"""How well persons are linked, against the truth that the generator writes.

    python bench/linkage.py --households 3000 --noise moderate --seed 1

Makes a sample, imports every file of it into an embedded PostgreSQL and compares the persons with
the truth: of the pairs of rows in one person, how many are one (precision); of those that are
one, how many are in one person (recall); B-cubed likewise by row. Beside it, the same for equal
valid NIKs alone. Takes about a minute for each thousand households.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import polars as pl
import psycopg

from hub.core.ingest.importing import import_file
from hub.core.store.engine import database
from hub.core.store.reference import prepare
from hub.demo.options import SampleOptions
from hub.demo.run import _options
from hub.demo.sample import generate
from mappings.load import layouts

ROWS = """
select d.file_name as file, s.sheet, s.row, s.source, s.nik, s.nik_status, k.method,
       k.target_id::text as person
from source_person s
join person_link k on k.regency_code = s.regency_code and k.source_id = s.id
join delivery d on d.id = s.delivery_id
"""


def figures(rows: pl.DataFrame, cluster: str) -> dict[str, float]:
    """Precision, recall and F1 of pairs, and B-cubed F, of clusters against `person_id`."""

    def pairs(*names: str) -> int:
        size = pl.col("len")
        return int(rows.group_by(*names).len().select((size * (size - 1)).sum()).item())

    right, found, true = pairs(cluster, "person_id"), pairs(cluster), pairs("person_id")
    share = rows.with_columns(
        both=pl.len().over(cluster, "person_id"),
        found=pl.len().over(cluster),
        true=pl.len().over("person_id"),
    )
    precision, recall = right / max(found, 1), right / max(true, 1)
    bp = share.select((pl.col("both") / pl.col("found")).mean()).item()
    br = share.select((pl.col("both") / pl.col("true")).mean()).item()
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
        "b_cubed_f": 2 * bp * br / (bp + br),
    }


def linked(url: str, folder: Path) -> pl.DataFrame:
    """The linked rows with their truth."""
    truth = pl.read_csv(
        folder / "truth" / "rows.csv",
        schema_overrides={"person_id": pl.String, "sheet": pl.String},
    ).filter(pl.col("person_id").is_not_null())
    with psycopg.connect(url) as connection:
        found = pl.read_database(ROWS, connection, infer_schema_length=None)
    # Rows of a file with several sheets are told apart by the order of the sheets.
    order = (
        truth.select("file", "sheet")
        .unique(maintain_order=True)
        .with_columns(number=pl.int_range(pl.len()).over("file"))
    )
    truth = truth.join(order, on=["file", "sheet"]).with_columns(pl.col("row").cast(pl.Int64))
    single = truth.group_by("file").agg(pl.col("number").max()).filter(pl.col("number") == 0)
    found = found.with_columns(pl.col("row").cast(pl.Int64))
    return found.join(single, on="file", how="semi").join(
        truth.select("file", "row", "person_id", "changes"), on=["file", "row"]
    )


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--households", type=int, default=3000)
    parser.add_argument("--noise", choices=["none", "moderate", "hard"], default="moderate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--regency", default="3520")
    chosen = parser.parse_args()
    people = [name for name, layout in layouts().items() if layout.subject in ("person", "receipt")]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "sample"
        manifest = generate(
            SampleOptions(
                out=folder,
                households=chosen.households,
                seed=chosen.seed,
                noise=chosen.noise,
                regencies=(chosen.regency,),
                layouts=tuple(people),
            )
        )
        with database(None, Path(place) / "data", exclusive=False) as url:
            prepare(url)
            begun = time.process_time(), time.monotonic()
            with psycopg.connect(url, autocommit=True) as connection:
                for entry in {entry.path: entry for entry in manifest.files}.values():
                    import_file(connection, folder / entry.path, _options(entry), actor="bench")
                reviews = connection.execute(
                    "select kind, count(*) from match_review group by 1"
                ).fetchall()
            spent = time.process_time() - begun[0], time.monotonic() - begun[1]
            rows = linked(url, folder)
    nik = pl.when(pl.col("nik_status") == "VALID").then("nik")
    rows = rows.with_row_index().with_columns(
        alone=pl.coalesce(nik, pl.col("index").cast(pl.String))
    )
    size = f"{manifest.persons} persons, {rows.height} rows"
    print(f"{size}, noise {chosen.noise}, seed {chosen.seed}")
    for title, cluster in (("equal valid NIK", "alone"), ("the hub", "person")):
        told = figures(rows, cluster)
        print(f"{title:<18}" + "".join(f"{name} {value:.4f}  " for name, value in told.items()))
    print("methods", dict(rows.group_by("method").len().sort("method").iter_rows()))
    print("reviews", json.dumps(dict(reviews)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"CPU {spent[0]:.0f} s, wall {spent[1]:.0f} s, {memory:.0f} MB (this process alone)")


if __name__ == "__main__":
    main()
