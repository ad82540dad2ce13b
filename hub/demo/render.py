"""Unified rows in the words of a source: what a cell of each column of a layout says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from hub.demo import extras
from hub.demo.draws import Draws
from hub.demo.forms import MONTHS, money, written_date
from hub.demo.nearest import COARSER, inverse, inverse_sets, keys_by_term
from hub.demo.people import DISABILITIES
from hub.demo.systems import Arrangement, Coverage
from mappings.load import code_list, programmes
from mappings.model import CodeList, Column, Layout
from mappings.vocabulary import VOCABULARIES
from validation.unified import field_of

_PARTS = {
    "kemendagri": {"province": (0, 2), "regency": (2, 2), "district": (4, 2), "village": (6, 4)},
    "bps": {"province": (0, 2), "regency": (2, 2), "district": (4, 3), "village": (7, 3)},
}


@dataclass(frozen=True)
class Page:
    """What is to be rendered: the rows of one chunk for one layout."""

    layout: Layout
    columns: tuple[Column, ...]  # in the order of the file
    coverage: Coverage
    arrangement: Arrangement
    draws: Draws


def render(page: Page, rows: pl.DataFrame) -> pl.DataFrame:
    """The cells as text, columns c0, c1, ... in the order of the file."""
    rows = rows.with_columns(pl.int_range(1, pl.len() + 1).alias("_line"))
    cells = [
        _cell(page, rows, column, number).cast(pl.String).alias(f"c{number}")
        for number, column in enumerate(page.columns)
    ]
    return rows.select(cells)


def _cell(page: Page, rows: pl.DataFrame, column: Column, number: int) -> pl.Expr:
    if column.to is None:
        return extras.cell(page.layout, column, rows, page.draws, page.coverage.reference, number,
                           page.arrangement)  # fmt: skip
    value = unified(page, rows, column.to)
    if value is None:
        return pl.lit(None, dtype=pl.String)
    return _said(page, column, value, number)


def unified(page: Page, rows: pl.DataFrame, to: str) -> pl.Expr | None:
    """The unified value of a column for these rows, or None where the population has none."""
    if to.startswith("region.") and "k.village" in rows.columns:
        return _region(page, to.removeprefix("region."))
    if to == "receipt.programme" and to in rows.columns:
        return pl.col(to).replace_strict(_programme_names(), default=pl.col(to))
    if to in rows.columns:
        return _SPECIAL.get(to, pl.col)(to)
    if to == "person.life_status":
        return _life(page.coverage)
    if to == "asset.GOLD_OR_SAVINGS" and "asset.GOLD" in rows.columns:
        return pl.max_horizontal("asset.GOLD", "asset.SAVINGS")
    constant = {
        "row.edition": page.coverage.edition,
        "row.reference_date": page.coverage.reference,
    }
    return pl.lit(constant[to]) if to in constant else None


def _lighting(name: str) -> pl.Expr:
    """The wattage joins the term, for the lists whose one question asks for both."""
    small = pl.when(pl.col("household.power").is_in(["W450", "W900"])).then(pl.lit(":LOW"))
    suffix = small.otherwise(pl.lit(":HIGH"))
    return pl.when(pl.col(name) == "PLN_METERED").then(pl.col(name) + suffix).otherwise(name)


def _toilet(name: str) -> pl.Expr:
    tank = pl.when(pl.col("household.sewage") == "SEPTIC_TANK").then(pl.lit(":SEPTIC"))
    suffix = tank.otherwise(pl.lit(":OTHER"))
    return pl.when(pl.col(name) == "OWN").then(pl.col(name) + suffix).otherwise(name)


_SPECIAL: dict[str, Callable[[str], pl.Expr]] = {
    "household.lighting": _lighting,
    "household.toilet": _toilet,
}


def _programme_names() -> dict[str, str]:
    return {code: programme.name for code, programme in programmes().items()}


def _life(coverage: Coverage) -> pl.Expr:
    dead = (pl.col("_died") < coverage.reference).fill_null(False) & coverage.knows_dead
    return pl.when(dead).then(pl.lit("DECEASED")).otherwise(pl.lit("ALIVE"))


def _region(page: Page, what: str) -> pl.Expr:
    level, _, shape = what.partition("_")
    system = "bps" if page.layout.region.system == "bps" else "kemendagri"
    whole = pl.col("b.village" if system == "bps" else "k.village")
    if shape == "name":
        return _region_name(level, page.arrangement)
    parts = _PARTS[system]
    if what == "code":
        return whole
    start, length = parts[level]
    return whole.str.slice(start, length) if shape == "part" else whole.str.slice(0, start + length)


def _region_name(level: str, form: Arrangement) -> pl.Expr:
    name = pl.col(f"region.{level}_name").str.replace(r"^Kabupaten ", form.kabupaten)
    if level == "district" and form.district:
        name = pl.lit(form.district) + name
    return name.str.to_uppercase() if form.upper else name


def _said(page: Page, column: Column, value: pl.Expr, number: int) -> pl.Expr:
    """The value in the form in which this source writes it."""
    form = page.arrangement
    if column.codes is not None:
        return _coded(page, column, value, number)
    if column.read == "date":
        return written_date(value, form.dates)
    if column.read == "digits" and not form.padded:
        return value.str.strip_chars_start("0")
    if column.read == "rtrw":
        return _neighbourhood(value, form, "RW" if column.to == "address.rw" else "RT")
    if column.read == "decimal" and page.layout.subject == "budget":
        return money(value)
    if column.read == "decimal" and page.layout.subject != "indicator":
        return value.cast(pl.Int64)
    if column.read == "month" and form.labels:
        return value.replace_strict(dict(enumerate(MONTHS, 1)), default=None)
    return value


def _neighbourhood(value: pl.Expr, form: Arrangement, word: str) -> pl.Expr:
    if form.rt == "plain":
        return value.str.strip_chars_start("0")
    return pl.lit(f"{word} ") + value if form.rt == "worded" else value


def _coded(page: Page, column: Column, value: pl.Expr, number: int) -> pl.Expr:
    codes = code_list(column.codes or "")
    labels = page.arrangement.labels
    if codes.vocabulary == "disability":
        table = inverse_sets(codes, [term for term, _ in DISABILITIES], labels)
        return value.fill_null("").replace_strict(table, default=None, return_dtype=pl.String)
    if codes.vocabulary is None:
        # A plain list (ranks, labels): the value is its own meaning, and what has none is blank.
        table = {meaning: keys[0] for meaning, keys in keys_by_term(codes, False).items()}
        beyond = next((key for key in codes.blank if key.isdigit()), None)
        return value.cast(pl.String).replace_strict(table, default=beyond, return_dtype=pl.String)
    if codes.vocabulary == "yes_no":
        return _flag(codes, column, value, labels, number)
    table = inverse(codes, _terms(codes.vocabulary), labels)
    return value.cast(pl.String).replace_strict(table, default=None, return_dtype=pl.String)


def _terms(vocabulary: str) -> list[str]:
    members = [str(member) for member in VOCABULARIES[vocabulary]]
    return [*members, *(term for term in COARSER if ":" in term)]


def _flag(codes: CodeList, column: Column, value: pl.Expr, labels: bool, number: int) -> pl.Expr:
    """Yes or no. Lists with two pairs of codes (1/2 and 3/4) use them in turn."""
    table = inverse(codes, ["YES", "NO"], labels, number % 2 if _alternates(codes) else 0)
    yes, no = table.get("YES"), table.get("NO")
    if field_of(column.to or "").kind == "integer":
        value = value > 0
    return pl.when(value).then(pl.lit(yes, dtype=pl.String)).when(~value).then(
        pl.lit(no, dtype=pl.String)
    )  # fmt: skip


def _alternates(codes: CodeList) -> bool:
    return list(codes.values.values()) == ["YES", "NO", "YES", "NO"] and all(
        key.isdigit() for key in codes.values
    )
