"""A workbook that the hub handed back, mended, laid over the file that it was written of.

Rows meet by the hidden key, columns by their position. A cell that says the same in both stays the
original's, with the mark of a number that lost digits; one that was mended comes, with its mark,
from the workbook. Nothing is lost in silence: a row that the workbook leaves out stays as it was, a
row without a key is added at the end, and what cannot be placed refuses the workbook.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from adapters import own
from adapters.base import LONG_SCHEMA, RawFile, RawSheet
from adapters.checked import Checked, CheckedTable
from adapters.workbook import EXACT, LONGEST, sheet_names
from validation.issues import issue, none, on_rows

BAND: Final = 64  # rows of the original among which what stands above the data is looked for
SHOWN: Final = 20  # rows of the workbook that an issue lists
CHANGED: Final = {"sheet": pl.Int16, "row": pl.UInt32, "kind": pl.String}
DIFFERING: Final = {"sheet": pl.Int16, "row": pl.UInt32, "before": pl.String, "after": pl.String}


@dataclass(frozen=True)
class Mending:
    """The original with what the workbook mends.

    `raw` has the sheets and row numbers of the original, rows added after the last of their sheet,
    and the SHA-256 and size of the workbook. `changed`: sheet, row and kind of each row that
    differs: "changed", "added", or "removed" where every cell was emptied. `issues` belong to the
    check of `raw`; with an ERROR among them `raw` must not be used otherwise.
    """

    raw: RawFile
    changed: pl.DataFrame
    issues: pl.DataFrame


def overlay(base: RawFile, mended: RawFile) -> Mending:
    """Lay a mended workbook over its original, or over an earlier mending of it.

    Issues: MEND_ORIGINAL_OTHER, MEND_SHEET_RENAMED, MEND_SHEET_ADDED, MEND_KEYS_MISSING,
    MEND_HEADER_CHANGED, MEND_KEY_UNKNOWN, MEND_KEY_TWICE, MEND_ROW_ADDED, MEND_ROWS_ABSENT.
    """
    names = sheet_names(base)
    sheets = list(base.sheets)
    for at in names.values():
        sheets[at] = own.bare(base.sheets[at])[0]
    changed, issues = [pl.DataFrame(schema=CHANGED)], [none()]
    if base.sha256 in own.origins(mended):
        whole = own.is_whole(mended)
        left_out = {name: index for name, index in names.items() if whole}
        for sheet in mended.sheets:
            index = names.get(sheet.name)
            left_out.pop(sheet.name, None)
            if index is None:
                issues.append(_foreign(sheet))
            elif not own.is_own(sheet):
                keys = own.row_keys(base.sheets[index])
                laid = _lay(index, sheets[index], keys, sheet, whole=whole)
                sheets[index] = laid.sheet
                changed.append(laid.changed)
                issues.append(laid.issues)
        for name, at in left_out.items():
            issues.append(_absent(at, name, _filled(sheets[at].cells)))
    else:
        issues.append(issue("MEND_ORIGINAL_OTHER"))
    raw = replace(base, sheets=tuple(sheets), sha256=mended.sha256, size=mended.size)
    return Mending(raw, pl.concat(changed).sort("sheet", "row"), pl.concat(issues))


@dataclass(frozen=True)
class _Laid:
    sheet: RawSheet
    changed: pl.DataFrame
    issues: pl.DataFrame


@dataclass(frozen=True)
class _Placing:
    """Rows of the workbook by their number `at`: the band above the data, rows that are those of
    the original (`row`, once each), and rows that are new (`row` is where they go)."""

    band: pl.DataFrame
    placed: pl.DataFrame
    added: pl.DataFrame
    issues: pl.DataFrame


def _foreign(sheet: RawSheet) -> pl.DataFrame:
    """The issue of a sheet that the original does not have."""
    bare, keys = own.bare(sheet)
    if own.is_own(sheet) or (keys is None and not _filled(bare.cells).any()):
        return none()
    code = "MEND_SHEET_ADDED" if keys is None else "MEND_SHEET_RENAMED"
    return issue(code, found=sheet.name)


def _lay(
    index: int, base: RawSheet, base_keys: pl.Series, mended: RawSheet, *, whole: bool
) -> _Laid:
    given, keys = own.bare(mended)
    width = max(base.cells.width, given.cells.width)
    old, new = _wide(base.cells, width), _wide(given.cells, width)
    unchanged = pl.DataFrame(schema=CHANGED)
    if keys is None:
        told = issue("MEND_KEYS_MISSING", sheet=index, found=mended.name)
        return _Laid(base, unchanged, none() if _same(old, new) else told)
    placing = _place(index, mended.name, base_keys, new, keys)
    band = _texts(old.head(BAND))
    issues = [placing.issues, _header(index, mended.name, band, new, placing.band)]
    if whole and not issues[-1].height:
        issues.append(_left_out(index, mended.name, old, band, new, placing))
    cells, touched = _mend(base, old, new, given.long_numbers, placing.placed)
    added = placing.added
    merged = pl.concat([cells, new[added["at"] - 1]])
    marks = _marks(base.long_numbers, given.long_numbers, touched, placing)
    emptied = placing.placed.filter(~pl.col("filled"))["row"]
    kind = pl.when(pl.col("row").is_in(emptied.implode())).then(pl.lit("removed"))
    kinds = [
        touched.select("row").unique().with_columns(kind=kind.otherwise(pl.lit("changed"))),
        added.select("row", kind=pl.lit("added")),
    ]
    changed = pl.concat(kinds).select(pl.lit(index, pl.Int16).alias("sheet"), "row", "kind")
    sheet = replace(base, cells=merged, long_numbers=marks)
    return _Laid(sheet, changed, pl.concat(issues))


def _place(
    index: int, name: str, base_keys: pl.Series, new: pl.DataFrame, keys: pl.Series
) -> _Placing:
    rows = pl.DataFrame(
        {
            "at": pl.int_range(1, new.height + 1, dtype=pl.UInt32, eager=True),
            "key": keys.str.strip_chars().replace("", None),
            "filled": _filled(new),
        }
    )
    heading = pl.col("at").filter(pl.col("key") == own.KEY).first()
    above = (pl.col("at") <= heading) | (pl.col("key") == own.BAND_KEY).fill_null(value=False)
    numbered = pl.DataFrame({"key": base_keys}).with_row_index("row", 1)
    body = rows.filter(~above).join(numbered, on="key", how="left", maintain_order="left")
    lost = pl.col("row").is_null() & pl.col("filled")
    is_new = pl.col("key").is_null() | pl.col("key").str.starts_with(own.NEW_KEY)
    added = body.filter(lost & is_new).with_columns(
        row=pl.int_range(len(base_keys) + 1, len(base_keys) + 1 + pl.len(), dtype=pl.UInt32)
    )
    told = on_rows(
        added.with_columns(sheet=pl.lit(index)),
        "MEND_ROW_ADDED",
        found=pl.col("at").cast(pl.String),
    )
    unknown = body.filter(lost & ~is_new)
    issues = [none(), told]
    if unknown.height:
        at = _listed(unknown["at"])
        issues.append(issue("MEND_KEY_UNKNOWN", sheet=index, found=name, value=at))
    placed = body.filter(pl.col("row").is_not_null())
    issues.append(_twice(index, name, new, placed))
    placed = placed.unique("row", keep="first", maintain_order=True)
    return _Placing(rows.filter(above), placed, added, pl.concat(issues))


def _twice(index: int, name: str, new: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """MEND_KEY_TWICE for keys whose rows differ; copies of one row are one."""
    again = placed.filter(pl.col("row").is_duplicated())
    if not again.height:
        return none()
    copies = again.with_columns(_texts(new[again["at"] - 1]).alias("text"))
    keys = copies.group_by("row", maintain_order=True).agg(
        pl.col("text").n_unique().alias("texts"),
        pl.col("at").head(SHOWN).cast(pl.String).str.join(", "),
    )
    wrong = keys.filter(pl.col("texts") > 1).with_columns(sheet=pl.lit(index))
    number = pl.col("row").cast(pl.String)
    told = on_rows(wrong, "MEND_KEY_TWICE", value=pl.col("at"), expected=number, found=pl.lit(name))
    return told.with_columns(row=pl.lit(None, pl.UInt32))  # of the file: which row is meant?


def _header(
    index: int, name: str, band: pl.Series, new: pl.DataFrame, above: pl.DataFrame
) -> pl.DataFrame:
    """MEND_HEADER_CHANGED where a row above the data is none of the original's."""
    rows = above.filter(pl.col("filled"))["at"]
    strange = rows.filter(~_texts(new[rows - 1]).is_in(band.implode()))
    if not len(strange):
        return none()
    return issue("MEND_HEADER_CHANGED", sheet=index, found=name, value=_listed(strange))


def _left_out(
    index: int, name: str, old: pl.DataFrame, band: pl.Series, new: pl.DataFrame, placing: _Placing
) -> pl.DataFrame:
    headings = placing.band.filter(pl.col("filled"))["at"] - 1
    above = band.is_in(_texts(new[headings]).implode()).arg_true().to_list()
    rows = pl.int_range(1, old.height + 1, dtype=pl.UInt32, eager=True)
    below = rows > max(above, default=-1) + 1
    return _absent(index, name, below & ~rows.is_in(placing.placed["row"].implode()) & _filled(old))


def _absent(index: int, name: str, left: pl.Series) -> pl.DataFrame:
    """MEND_ROWS_ABSENT for the rows of the original where `left` is true."""
    if not left.any():
        return none()
    count, first = str(left.sum()), str(left.arg_true()[0] + 1)
    return issue("MEND_ROWS_ABSENT", sheet=index, found=name, value=count, expected=first)


def _mend(
    base: RawSheet,
    old: pl.DataFrame,
    new: pl.DataFrame,
    numbers: pl.DataFrame,
    placed: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The original's cells with the mended ones in place, and which cells (row, column) those are.

    A long number that was typed again as text is mended although its digits may be the same.
    """
    places = placed.select("row", "at").with_row_index("place")
    typed = (
        base.long_numbers.join(places, on="row")
        .join(numbers, left_on=["at", "column"], right_on=["row", "column"], how="anti")
        .select("place", "column")
    )
    columns, touched = [], [pl.DataFrame(schema=LONG_SCHEMA)]
    for position, column in enumerate(old):
        before, after = column.gather(placed["row"] - 1), new[column.name].gather(placed["at"] - 1)
        retyped = typed.filter(pl.col("column") == position)["place"]
        text = after.gather(retyped)
        retyped = retyped.filter((text.str.len_chars() <= EXACT).fill_null(value=False))
        mended = pl.concat([_differing(before, after), retyped]).unique()
        rows = placed["row"].gather(mended)
        if len(mended):
            column = column.clone().scatter(rows - 1, after.gather(mended))
            touched.append(
                pl.DataFrame({"row": rows}).with_columns(column=pl.lit(position, pl.UInt16))
            )
        columns.append(column)
    return pl.DataFrame(columns), pl.concat(touched)


def _differing(before: pl.Series, after: pl.Series) -> pl.Series:
    """Places where the texts differ by more than Excel does to them.

    It writes every line end as LF, and cuts what is longer than a cell may be.
    """
    places = before.ne_missing(after).arg_true()
    one, other = (_line_ends(texts.gather(places)) for texts in (before, after))
    half = LONGEST // 2  # the limit counts UTF-16 units, of which a letter has one or two
    pairs = pl.DataFrame({"one": one, "other": other})
    cut = (
        (pl.col("one").str.len_chars() > half)
        & (pl.col("other").str.len_chars() >= half)
        & pl.col("one").str.starts_with(pl.col("other"))
    )
    same = pl.col("one").eq_missing(pl.col("other")) | cut.fill_null(value=False)
    return places.filter(~pairs.select(same=same)["same"])


def _marks(
    base: pl.DataFrame, numbers: pl.DataFrame, touched: pl.DataFrame, placing: _Placing
) -> pl.DataFrame:
    """Which cells are long numbers now: each as it is in the file that its text comes from."""
    kept = base.join(touched, on=["row", "column"], how="anti")
    rows = pl.concat([placing.placed, placing.added]).select("at", to="row")
    given = numbers.join(rows, left_on="row", right_on="at").select("column", row="to")
    new = given.join(placing.added, on="row", how="semi")
    mended = given.join(touched, on=["row", "column"], how="semi")
    parts = [part.select("row", "column") for part in (kept, mended, new)]
    return pl.concat(parts).cast({"row": pl.UInt32, "column": pl.UInt16}).sort("row", "column")


def _wide(cells: pl.DataFrame, width: int) -> pl.DataFrame:
    blank = pl.lit(None, pl.String)
    return cells.with_columns(blank.alias(f"c{i}") for i in range(cells.width, width))


def _same(old: pl.DataFrame, new: pl.DataFrame) -> bool:
    if old.height != new.height:
        return not _filled(old).any() and not _filled(new).any()
    return not any(len(_differing(old[name], new[name])) for name in old.columns)


def _texts(rows: pl.DataFrame) -> pl.Series:
    """Each row as one text, in which only words count."""
    words = pl.all().fill_null("").str.replace_all(r"\s+", " ").str.strip_chars()
    return rows.select(text=pl.concat_str(words, separator="\x1f"))["text"]


def _filled(rows: pl.DataFrame) -> pl.Series:
    if not rows.width:
        return _never(rows.height)
    said = (pl.all().str.strip_chars() != "").fill_null(value=False)
    return rows.select(filled=pl.any_horizontal(said))["filled"]


def _never(count: int) -> pl.Series:
    return pl.Series([False], dtype=pl.Boolean).new_from_index(0, count)


def _line_ends(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(r"\r\n?", "\n")


def _listed(rows: pl.Series) -> str:
    more = ", ..." if len(rows) > SHOWN else ""
    return ", ".join(map(str, rows.head(SHOWN))) + more


def differing(before: Checked, after: Checked) -> pl.DataFrame:
    """The rows that two checks of one file, the second with mendings, see differently.

    Columns: sheet, row, and what became of the row `before` and `after`: "accepted", "rejected", or
    null where it was no data row. A row differs by its fate or by its cells: those of the unified
    model once accepted, those of the file while rejected.
    """
    one, other = ({t.sheet: t for t in checked.tables} for checked in (before, after))
    parts = [
        _between(sheet, one.get(sheet), other.get(sheet))
        for sheet in sorted(one.keys() | other.keys())
    ]
    return pl.concat([pl.DataFrame(schema=DIFFERING), *parts])


def _between(sheet: int, one: CheckedTable | None, other: CheckedTable | None) -> pl.DataFrame:
    fates = _fates(one).join(_fates(other), on="row", how="full", coalesce=True, suffix="#after")
    differs = pl.col("fate").ne_missing(pl.col("fate#after"))
    if one and other:
        unequal = [
            _unequal(one.accepted, other.accepted),
            _unequal(one.rejected, other.rejected),
        ]
        differs = differs | pl.col("row").is_in(pl.concat(unequal).implode())
    return (
        fates.filter(differs)
        .select(pl.lit(sheet, pl.Int16).alias("sheet"), "row", before="fate", after="fate#after")
        .sort("row")
    )


def _fates(table: CheckedTable | None) -> pl.DataFrame:
    if table is None:
        return pl.DataFrame(schema={"row": pl.UInt32, "fate": pl.String})
    return pl.concat(
        [
            table.accepted.select("row", fate=pl.lit("accepted")),
            table.rejected.select("row", fate=pl.lit("rejected")),
        ]
    )


def _unequal(one: pl.DataFrame, other: pl.DataFrame) -> pl.Series:
    """Rows of both frames whose cells differ in any column; one that is missing is null."""
    both = one.join(other, on="row", how="semi").sort("row")
    beside = other.join(both, on="row", how="semi").sort("row")
    differs = _never(both.height)
    for name in dict.fromkeys([*both.columns, *beside.columns]):
        if name not in both.columns or name not in beside.columns:
            only = both if name in both.columns else beside
            differs |= only[name].is_not_null()
        else:
            differs |= both[name].ne_missing(beside[name])
    return both["row"].filter(differs)
