"""Which true receipts a reader of the files can see, and so which flags can be expected."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.demo.receipts import UNIT_OF
from hub.demo.systems import COVERAGE
from mappings.load import rules
from mappings.model import Layout

_KEY = {"_unit": pl.String, "_id": pl.Int64, "receipt.programme": pl.String,
        "receipt.year": pl.Int64}  # fmt: skip


class Visible:
    """Collects the receipts of one chunk as its files are written."""

    def __init__(self) -> None:
        self._listed: list[pl.Series] = [pl.Series("_rid", [], dtype=pl.Int64)]
        self._flagged: list[pl.DataFrame] = [pl.DataFrame(schema=_KEY)]

    def note(self, layout: Layout, rows: pl.DataFrame, year: int) -> None:
        """The rows of one file have been written."""
        if layout.subject == "receipt":
            self._listed.append(rows["_rid"])
            return
        for name in rows.columns:
            if not name.startswith("programme.") or name.count(".") > 1:
                continue
            code = name.removeprefix("programme.")
            unit = UNIT_OF.get(code, "_hid")
            if unit == "_pid" and layout.subject == "household":
                continue
            ids = rows.filter(pl.col(name)).select(pl.col(unit).alias("_id")).unique()
            self._flagged.append(
                ids.select(
                    pl.lit(unit).alias("_unit"),
                    "_id",
                    pl.lit(code).alias("receipt.programme"),
                    pl.lit(year, dtype=pl.Int64).alias("receipt.year"),
                )
            )

    def _where(self, receipts: pl.DataFrame) -> pl.DataFrame:
        flagged = pl.concat(self._flagged).unique().with_columns(pl.lit(True).alias("flagged"))
        unit = pl.col("receipt.programme").replace_strict(UNIT_OF, default="_hid")
        known = receipts.with_columns(
            unit.alias("_unit"),
            pl.when(unit == "_pid").then("_pid").otherwise("_hid").alias("_id"),
            pl.col("_rid").is_in(pl.concat(self._listed).unique().implode()).alias("listed"),
        ).join(flagged, on=list(_KEY), how="left")
        return known.select("_rid", "listed", pl.col("flagged").fill_null(False))

    def judge(self, overlaps: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
        """Adds where each receipt can be seen, and whether the flag can be expected.

        Expected without noise: a spoilt NIK may still keep a receipt from its household. The
        civil registry tells of deaths only in the result of a matching run.
        """
        where = self._where(receipts)
        one = where.rename({"_rid": "receipt_id"})
        two = where.rename(
            {"_rid": "against_receipt_id", "listed": "against_listed",
             "flagged": "against_flagged"}
        )  # fmt: skip
        joined = overlaps.join(one, on="receipt_id", how="left", maintain_order="left").join(
            two, on="against_receipt_id", how="left", maintain_order="left"
        )
        kind = {rule.code: rule.kind for rule in rules().values()}
        told: date = COVERAGE["dukcapil-match"].reference
        seen = pl.col("listed") | pl.col("flagged")
        other = pl.col("against_listed") | pl.col("against_flagged")
        expected = (
            pl.when(pl.col("rule").replace_strict(kind, default="") == "DECEASED")
            .then(seen & (pl.col("died_on") < told) & (pl.col("period_start") > told))
            .when(pl.col("rule").replace_strict(kind, default="") == "DUPLICATE")
            .then(pl.col("listed") & pl.col("against_listed"))
            .otherwise(seen & other)
        )
        return joined.with_columns(expected.fill_null(False).alias("expected"))
