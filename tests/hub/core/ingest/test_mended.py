"""Which rows of a published delivery a mended workbook states anew."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from adapters.base import RawFile
from adapters.checked import Checked
from adapters.delivery import Options, check_raw
from adapters.readers import letter_index, read
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.mended import only_mended
from hub.demo.options import SampleOptions
from hub.demo.sample import generate


def sample(folder: Path, layout: str) -> tuple[RawFile, Options]:
    options = SampleOptions(out=folder, households=20, regencies=("3520",), layouts=(layout,))
    entry = generate(options).files[0]
    return read(folder / entry.path), Options(layout=layout, region="3520")


def with_cell(raw: RawFile, row: int, column: str, text: str) -> RawFile:
    sheet = raw.sheets[0]
    at = pl.int_range(pl.len()) == row - 1
    cells = sheet.cells.with_columns(pl.when(at).then(pl.lit(text)).otherwise(column).alias(column))
    return replace(raw, sheets=(replace(sheet, cells=cells), *raw.sheets[1:]))


def rows(checked: Checked) -> list[int]:
    return sorted(row for table in checked.tables for row in table.accepted["row"])


def name_column(raw: RawFile, options: Options) -> tuple[str, Checked]:
    checked = check_raw(raw, Path("asal"), options)
    (letter,) = {c.letter for t in checked.headed for c in t.columns if c.target == "person.name"}
    return f"c{letter_index(letter)}", checked


def test_the_family_comes_along_where_its_housing_stands_in_one_of_its_rows(
    tmp_path: Path,
) -> None:
    raw, options = sample(tmp_path, "bdt-2015-opensid")
    column, before = name_column(raw, options)
    people = before.tables[0].accepted
    key = people["household.key"]
    family = key.filter(key.is_duplicated())[0]
    members = sorted(people.filter(key == family)["row"])
    after = check_raw(with_cell(raw, members[-1], column, "NAMA BARU"), Path("baru"), options)
    assert rows(only_mended(before, after).checked) == members


def test_only_the_row_that_differs_is_stated_anew(tmp_path: Path) -> None:
    raw, options = sample(tmp_path, "dtsen-person-v1-2026")
    column, before = name_column(raw, options)
    row = before.tables[0].accepted["row"][3]
    after = check_raw(with_cell(raw, row, column, "NAMA BARU"), Path("baru"), options)
    mended = only_mended(before, after)
    assert (rows(mended.checked), mended.gone) == ([row], [])
    assert mended.checked.counts()["read"] == 1
    assert set(mended.checked.issues["row"].drop_nulls()) <= {row}


def test_another_edition_mends_nothing(tmp_path: Path) -> None:
    raw, options = sample(tmp_path, "dtsen-person-v1-2026")
    before, after = (
        check_raw(raw, Path("asal"), replace(options, edition=edition))
        for edition in ("2025", "2026")
    )
    with pytest.raises(Refusal, match="edition"):
        only_mended(before, after)


def test_budgets_are_undone_instead(tmp_path: Path) -> None:
    raw, options = sample(tmp_path, "sipd-dpa")
    checked = check_raw(raw, Path("asal"), options)
    with pytest.raises(Refusal, match="undo"):
        only_mended(checked, checked)
