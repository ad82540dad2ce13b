"""Issues: what is wrong with a file or a row, by stable code, never by a private value.

Row-level issues travel as a Polars frame (`SCHEMA`), because there may be a million of them;
texts are rendered from the catalogue only when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import polars as pl

from mappings.load import issue_texts

SCHEMA: dict[str, type[pl.DataType]] = {
    "sheet": pl.Int16,  # 0-based position of the sheet in the file
    "row": pl.UInt32,  # sheet row, 1-based; null when the file as a whole is meant
    "column": pl.String,  # heading as printed
    "letter": pl.String,  # Excel letter of the column
    "code": pl.String,
    "value": pl.String,  # shown value: masked for identifiers, null for names and addresses
    "expected": pl.String,
    "found": pl.String,
}
Language = Literal["id", "en"]

GRADES = {"ERROR": "SALAH", "WARNING": "PERIKSA", "INFO": "CATATAN"}
"""Severities, gravest first, and what stewards read for them."""


def issue(code: str, **detail: str | int | None) -> pl.DataFrame:
    """One issue as a frame. `detail` holds columns of SCHEMA. Raises KeyError on a bad code."""
    _ = issue_texts()[code]
    row = {name: detail.pop(name, None) for name in SCHEMA if name != "code"}
    if detail:
        raise KeyError(f"{code}: no issue column {sorted(detail)}")
    row["code"] = code
    row["sheet"] = row["sheet"] or 0
    return pl.DataFrame([row], schema=SCHEMA)


def on_rows(
    rows: pl.DataFrame,
    code: str | pl.Expr,
    place: tuple[str | None, str | None] = (None, None),
    *,
    value: pl.Expr | None = None,
    expected: pl.Expr | None = None,
    found: pl.Expr | None = None,
) -> pl.DataFrame:
    """One issue on each of `rows`, which have `sheet` and `row`; `place` is heading and letter."""
    nothing = pl.lit(None, pl.String)
    heading, letter = place
    return rows.select(
        pl.col("sheet").cast(pl.Int16),
        pl.col("row").cast(pl.UInt32),
        pl.lit(heading, pl.String).alias("column"),
        pl.lit(letter, pl.String).alias("letter"),
        (pl.lit(code) if isinstance(code, str) else code).alias("code"),
        (nothing if value is None else value).alias("value"),
        (nothing if expected is None else expected).alias("expected"),
        (nothing if found is None else found).alias("found"),
    )


def none() -> pl.DataFrame:
    """No issues."""
    return pl.DataFrame(schema=SCHEMA)


def severities(codes: pl.Expr) -> pl.Expr:
    """The severity of each code."""
    texts = issue_texts()
    return codes.replace_strict(list(texts), [t.severity for t in texts.values()])


def with_severity(issues: pl.DataFrame) -> pl.DataFrame:
    """The issues with a `severity` column."""
    return issues.with_columns(severity=severities(pl.col("code")))


def rejected_rows(issues: pl.DataFrame) -> pl.DataFrame:
    """Distinct (sheet, row) that an ERROR rejects."""
    errors = with_severity(issues).filter(
        (pl.col("severity") == "ERROR") & pl.col("row").is_not_null()
    )
    return errors.select("sheet", "row").unique()


def file_errors(issues: pl.DataFrame) -> pl.DataFrame:
    """Issues that refuse the whole file: ERRORs without a row, or of the header."""
    refusing = pl.col("row").is_null() | pl.col("code").is_in(["HEADER_REPEATED", "FILE_RAGGED"])
    return with_severity(issues).filter((pl.col("severity") == "ERROR") & refusing)


class _Missing(dict[str, str]):
    """A value that is not told (a private one) or not there."""

    def __missing__(self, key: str) -> str:
        return "***" if key == "value" else "-"


def _printable(text: str) -> str:
    """Text of a file without what could steer a terminal."""
    return "".join(char for char in text if char.isprintable())


def render(code: str, detail: Mapping[str, object], language: Language) -> tuple[str, str]:
    """Message and remedy of an issue in one language, filled from `detail`."""
    text = issue_texts()[code]
    message, remedy = (text.id, text.remedy_id) if language == "id" else (text.en, text.remedy_en)
    filled = _Missing({k: _printable(str(v)) for k, v in detail.items() if v is not None})
    return message.format_map(filled), remedy.format_map(filled)
