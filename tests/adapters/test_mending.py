"""Mended workbooks laid over their originals: what changes, what stays, what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import Row, sheet

from adapters import own, workbook
from adapters.base import RawFile, RawSheet
from adapters.checked import Checked
from adapters.delivery import Options, check_raw, tables_of
from adapters.mending import Mending, differing, overlay
from adapters.readers import column_letter, read
from hub.demo.options import SampleOptions
from hub.demo.sample import generate

NIK = "352001550680{}"
HEADINGS: Row = ["NO", "NIK", "NAMA", "PROGRAM", "PERIODE", "JUMLAH"]
NOTHING: Row = [None] * 6
ORIGINAL, MENDED = "a" * 64, "b" * 64
PATH = Path("daftar.xlsx")


def person(serial: int, **other: str | None) -> Row:
    row = dict(zip(HEADINGS, ["1", NIK.format(9000 + serial), f"SITI {'ABCDEF'[serial]}", "PKH",
                              "2024", "300000"], strict=True))  # fmt: skip
    return list((row | other).values())


LISTED: list[Row] = [["DAFTAR PENERIMA"], HEADINGS, *(person(i) for i in range(4))]


def file(*sheets: RawSheet, sha256: str = ORIGINAL, size: int = 100) -> RawFile:
    return RawFile("xlsx", sha256, size, None, None, sheets)


def listed(*rows: Row, name: str = "Data", numbers: list[tuple[int, int]] | None = None) -> RawFile:
    return file(sheet(*rows, name=name, numbers=numbers))


def keyed(rows: Sequence[Row], keys: Sequence[str | None], heading: int = 2) -> list[Row]:
    """Rows of six columns as the hub hands them back, the headings in row `heading`."""
    return [
        [*row, *NOTHING[: 6 - len(row)], *(("Masalah", "#baris") if at == heading else (None, key))]
        for at, (row, key) in enumerate(zip(rows, keys, strict=True), start=1)
    ]


def marked(*sheets: RawSheet, origin: str = ORIGINAL, bad_only: bool = False) -> RawFile:
    """A marked workbook: the summary, then the sheets."""
    note: list[Row] = [[own.ONLY_BAD]] if bad_only else []
    summary = sheet([own.TITLE], [own.ORIGIN, origin], *note, name=own.SUMMARY)
    return file(summary, *sheets, sha256=MENDED, size=200)


def mended(rows: Sequence[Row], keys: Sequence[str | None], *, bad_only: bool = False) -> RawFile:
    return marked(sheet(*keyed(rows, keys)), bad_only=bad_only)


def laid(base: RawFile, *rows: Row, keys: Sequence[str | None], bad_only: bool = False) -> Mending:
    return overlay(base, mended(rows, keys, bad_only=bad_only))


def cells(raw: RawFile, index: int = 0) -> list[Row]:
    return [list(row) for row in raw.sheets[index].cells.iter_rows()]


def codes(of: Mending) -> list[str]:
    return of.issues["code"].to_list()


def numbers(raw: RawFile) -> list[tuple[int, int]]:
    return raw.sheets[0].long_numbers.rows()


def checked(of: RawFile | Mending, options: Options | None = None) -> Checked:
    raw, raised = (of, None) if isinstance(of, RawFile) else (of.raw, of.issues)
    return check_raw(raw, PATH, options or Options(), raised=raised)


BASE = listed(*LISTED)
KEYS = [None, None, "3", "4", "5", "6"]


def test_a_workbook_without_changes_changes_nothing() -> None:
    done = laid(BASE, *LISTED, keys=KEYS)
    assert (done.changed.height, codes(done), cells(done.raw)) == (0, [], cells(BASE))
    assert (done.raw.sha256, done.raw.size) == (MENDED, 200)
    assert (own.origins(mended(LISTED, KEYS)), own.origins(BASE)) == ((ORIGINAL,), ())


def test_only_mended_rows_change_and_rows_left_out_stay() -> None:
    wrong = listed(*LISTED[:3], person(1, NIK="35200155068"), person(2, PROGRAM="XYZ"), person(3))
    rows = [*LISTED[:2], person(2), person(1)]  # sorted otherwise by the steward
    done = laid(wrong, *rows, keys=[None, None, "5", "4"], bad_only=True)
    assert cells(done.raw) == cells(BASE)
    assert done.changed.rows() == [(0, 4, "changed"), (0, 5, "changed")]
    assert codes(done) == []
    before, after = checked(wrong), checked(done)
    assert differing(before, after).rows() == [
        (0, 4, "accepted", "accepted"),
        (0, 5, "rejected", "accepted"),
    ]
    assert (after.issues.height, after.sha256, after.size) == (0, MENDED, 200)
    assert after.path == PATH


def test_a_row_missing_from_a_whole_workbook_stays_and_is_told() -> None:
    page = sheet(*keyed(LISTED[1:4], [None, "3", "4"], heading=1))
    done = overlay(BASE, marked(page))
    assert (cells(done.raw), done.changed.height) == (cells(BASE), 0)
    told = done.issues.select("code", "found", "value", "expected").rows()
    assert told == [("MEND_ROWS_ABSENT", "Data", "2", "5")]
    assert codes(overlay(BASE, marked(page, bad_only=True))) == []


def test_an_emptied_row_is_removed() -> None:
    done = laid(BASE, *LISTED[:3], NOTHING, *LISTED[4:], keys=KEYS)
    assert cells(done.raw)[3] == NOTHING
    assert done.changed.rows() == [(0, 4, "removed")]
    assert differing(checked(BASE), checked(done)).rows()[0][:3] == (0, 4, "accepted")


def test_a_row_without_a_key_is_added_at_the_end() -> None:
    rows = [*LISTED[:3], person(5), NOTHING, *LISTED[3:]]
    done = laid(BASE, *rows, keys=[None, None, "3", None, " ", "4", "5", "6"])
    assert cells(done.raw) == [*cells(BASE), person(5)]
    assert done.changed.rows() == [(0, 7, "added")]
    assert done.issues.select("code", "row", "found").rows() == [("MEND_ROW_ADDED", 7, "4")]
    assert differing(checked(BASE), checked(done)).rows() == [(0, 7, None, "accepted")]


def test_a_key_twice_is_an_error_unless_the_rows_are_alike() -> None:
    keys = [*KEYS, "3"]
    assert codes(laid(BASE, *LISTED, LISTED[2], keys=keys)) == []
    done = laid(BASE, *LISTED, person(5), keys=keys)
    assert done.issues.select("code", "row", "value", "expected").rows() == [
        ("MEND_KEY_TWICE", None, "3, 7", "3")
    ]
    assert checked(done).refused


@pytest.mark.parametrize("key", ["7", "99", "x", "-1", "3.5"])
def test_a_key_of_no_row_is_an_error(key: str) -> None:
    done = laid(BASE, *LISTED, person(5), keys=[*KEYS, key])
    assert done.issues.select("code", "found", "value").rows() == [
        ("MEND_KEY_UNKNOWN", "Data", "7")
    ]
    assert checked(done).refused
    assert cells(done.raw) == cells(BASE)


HEADERS: list[list[Row]] = [
    [LISTED[0], [*HEADINGS[:2], "NAMA LENGKAP", *HEADINGS[3:]]],
    [LISTED[0], [HEADINGS[1], HEADINGS[0], *HEADINGS[2:]]],
    [["DAFTAR LAIN"], HEADINGS],
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_changed_header_is_an_error(header: list[Row]) -> None:
    done = laid(BASE, *header, *LISTED[2:], keys=KEYS)
    assert codes(done) == ["MEND_HEADER_CHANGED"]
    assert checked(done).refused


def test_a_column_put_in_between_is_an_error_and_blanks_in_headings_are_not() -> None:
    wider = sheet(*([*row[:2], None, *row[2:]] for row in keyed(LISTED, KEYS)))
    assert "MEND_HEADER_CHANGED" in codes(overlay(BASE, marked(wider)))
    blanks = laid(BASE, LISTED[0], [f" {h} " for h in HEADINGS], *LISTED[2:], keys=KEYS)
    assert (codes(blanks), blanks.changed.height) == ([], 0)


def test_a_note_beside_the_rows_is_kept_as_a_column_without_heading() -> None:
    rows = keyed(LISTED, KEYS)
    rows[3] = [*rows[3], "sudah dicek"]
    done = overlay(BASE, marked(sheet(*rows)))
    assert done.changed.rows() == [(0, 4, "changed")]
    assert cells(done.raw)[3] == [*LISTED[3], None, None, "sudah dicek"]
    assert checked(done).issues["code"].to_list() == ["HEADER_BLANK"]


def test_sheets_meet_by_name() -> None:
    base = file(sheet(*LISTED, name="Satu"), sheet(*LISTED, name="Dua [2]"), sheet(["x"], name="C"))
    rows = keyed([*LISTED[:5], person(5)], KEYS)
    done = overlay(
        base,
        marked(sheet(*rows, name="Dua _2_"), sheet(["x"], name="C"), sheet(["y"], name="Sheet1"),
               sheet(*rows, name="Satu (lama)"), sheet([None], name="Sheet2"), bad_only=True),
    )  # fmt: skip
    assert done.changed.rows() == [(1, 6, "changed")]
    assert done.issues.select("code", "found").rows() == [
        ("MEND_SHEET_ADDED", "Sheet1"),
        ("MEND_SHEET_RENAMED", "Satu (lama)"),
    ]
    assert (cells(done.raw, 0), cells(done.raw, 2)) == (cells(base, 0), [["x"]])


def test_a_sheet_left_out_of_a_whole_workbook_stays_and_is_told() -> None:
    base = file(sheet(*LISTED, name="Satu"), sheet(*LISTED, name="Dua"))
    done = overlay(base, marked(sheet(*keyed(LISTED, KEYS), name="Satu")))
    told = done.issues.select("code", "sheet", "found", "value").rows()
    assert told == [("MEND_ROWS_ABSENT", 1, "Dua", "6")]
    assert cells(done.raw, 1) == cells(base, 1)


def test_a_sheet_that_lost_its_keys_is_an_error_only_where_it_differs() -> None:
    assert codes(overlay(BASE, marked(sheet(*LISTED)))) == []
    done = overlay(BASE, marked(sheet(*LISTED[:5], person(5))))
    assert done.issues.select("code", "found").rows() == [("MEND_KEYS_MISSING", "Data")]
    assert cells(done.raw) == cells(BASE)


def test_another_original_is_an_error() -> None:
    other = replace(BASE, sha256="c" * 64)
    for given_file in (mended(LISTED, KEYS), BASE):
        done = overlay(other, given_file)
        assert codes(done) == ["MEND_ORIGINAL_OTHER"]
        assert checked(done).refused
        assert cells(done.raw) == cells(BASE)


def test_what_excel_does_to_a_text_is_no_change() -> None:
    long = "A" * 40_000
    base = listed(*LISTED[:2], person(0, NAMA="baris\r\nbaru"), person(1, NAMA=long), person(2))
    rows = [person(0, NAMA="baris\nbaru"), person(1, NAMA=long[: workbook.LONGEST]), person(3)]
    done = laid(base, *LISTED[:2], *rows, keys=KEYS[:5])
    assert done.changed.rows() == [(0, 5, "changed")]
    assert cells(done.raw) == [*cells(base)[:4], person(3)]
    shorter = laid(base, *LISTED[:2], rows[0], person(1), person(2), keys=KEYS[:5])
    assert shorter.changed.rows() == [(0, 4, "changed")]


def test_a_mark_of_lost_digits_follows_its_cell() -> None:
    rows = [person(i, NIK="3520015506809010") for i in range(4)]
    base = listed(*LISTED[:2], *rows, numbers=[(3, 1), (4, 1), (6, 5)])
    changed = [*rows[:3], person(3, NIK="3520015506809020")]
    page = sheet(*keyed([*LISTED[:2], *changed], KEYS), numbers=[(3, 1), (5, 1), (6, 1), (6, 5)])
    done = overlay(base, marked(page))
    # Row 3 was not touched; 4 was typed again as text; 5 was made a number, its text unharmed;
    # 6 was made a number and lost a digit.
    assert done.changed.rows() == [(0, 4, "changed"), (0, 6, "changed")]
    assert numbers(done.raw) == [(3, 1), (6, 1), (6, 5)]
    added = sheet(*keyed([*LISTED[:2], *rows, rows[0]], [*KEYS, None]), numbers=[(7, 1), (7, 5)])
    assert numbers(overlay(listed(*LISTED[:2], *rows), marked(added)).raw) == [(7, 1), (7, 5)]


def test_a_mending_of_a_mending_is_laid_over_both() -> None:
    first = laid(BASE, *LISTED[:3], person(5), *LISTED[4:], person(1), keys=[*KEYS, None])
    page = sheet(*keyed([*LISTED[:2], person(3), person(2)], [None, None, "7", "3"]))
    second = overlay(first.raw, marked(page, origin=MENDED, bad_only=True))
    assert second.changed.rows() == [(0, 3, "changed"), (0, 7, "changed")]
    assert cells(second.raw) == [
        *cells(BASE)[:2], person(2), person(5), *cells(BASE)[4:], person(3)
    ]  # fmt: skip


def test_the_keys_of_a_workbook_that_is_the_original_itself() -> None:
    """A steward may have marked and mended a file before the hub ever saw it."""
    rows = [*LISTED[:3], LISTED[4], person(5), LISTED[5], LISTED[5]]
    keys = [None, None, "3", "5", None, "6", "6"]
    base = mended(rows, keys, bad_only=True)
    page = base.sheets[1]
    assert own.row_keys(page).to_list() == ["+1", "#baris", "3", "5", "+5", "6", "+7"]
    again = [*LISTED[:2], person(1), person(2)]
    done = overlay(
        base, marked(sheet(*keyed(again, [None, None, "+5", "6"])), origin=MENDED, bad_only=True)
    )
    assert done.changed.rows() == [(1, 5, "changed"), (1, 6, "changed")]
    assert cells(done.raw, 1) == [LISTED[0] + NOTHING[1:], *rows[1:4], person(1), person(2),
                                  rows[6]]  # fmt: skip
    # Over the file that its keys speak of, a row that is not in it is a new one.
    over = overlay(BASE, marked(sheet(*keyed(again, [None, None, "+5", "6"])), bad_only=True))
    assert over.changed.rows() == [(0, 6, "changed"), (0, 7, "added")]


TEXTS = st.sampled_from([None, " ", "a", "b", "3520015506809010", "x\ny"])
GRID = st.lists(st.lists(TEXTS, min_size=6, max_size=6), min_size=1, max_size=8)


@given(GRID, st.data())
def test_any_mending_is_what_was_typed(rows: list[Row], data: st.DataObject) -> None:
    base = listed(*LISTED[:2], *rows, ["end"] * 6)
    kept = data.draw(st.lists(st.sampled_from(range(len(rows))), unique=True))
    typed = {at: data.draw(st.lists(TEXTS, min_size=6, max_size=6)) for at in kept}
    keys = [None, None, *(str(at + 3) for at in typed)]
    done = laid(base, *LISTED[:2], *typed.values(), keys=keys, bad_only=True)
    expected = [typed.get(at, row) for at, row in enumerate(rows)]
    assert cells(done.raw)[2:-1] == expected
    differ = [at + 3 for at, row in enumerate(rows) if row != expected[at]]
    assert done.changed["row"].to_list() == differ
    assert codes(done) == []


FILES = (
    "recipients-generic_campuran_3520.xlsx",
    "dukcapil-ws_3520.csv",
    "dtks-siksng-export_3520.xls",  # an HTML table
    "recipients-pip_3520.xlsx",  # two rows of headings
    "siga-krs-workbook_3520.xlsx",  # no headings that count
    "regsosek-2022k-workbook_3520.xlsx",  # five sheets
)
SHEETS = tuple(f"regsosek-2022k-sheet{number}" for number in range(1, 6))


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("contoh")
    names = (*(name.partition("_")[0] for name in FILES[:-1]), *SHEETS)
    generate(SampleOptions(out=out, regencies=("3520",), households=20, layouts=names))
    return out


def handed_back(of: Checked, raw: RawFile, options: Options, out: Path, *, bad_only: bool) -> Path:
    assert workbook.write(of, options, out, bad_only=bad_only, raw=raw)
    return out


def typed(path: Path, letter: str, key: int, value: str | float | None) -> str | None:
    """Type over a cell of the first sheet of data, in the row of that key; what it held before."""
    book = openpyxl.load_workbook(path)
    page = book.worksheets[1]
    found = [cells for cells in page.iter_rows() if cells[-1].value == str(key)]
    cell = page[f"{letter}{found[0][0].row}"]
    before: str | None = cell.value
    cell.value = value
    book.save(path)
    return before


@pytest.mark.parametrize("name", FILES)
def test_a_sample_is_checked_spoiled_mended_and_as_it_was(
    samples: Path, tmp_path: Path, name: str
) -> None:
    path = samples / name
    options = Options(region="3520", region_system="kemendagri", edition="2025", period="2025")
    raw = read(path)
    first = check_raw(raw, path, options)
    back = handed_back(first, raw, options, tmp_path / "utuh.xlsx", bad_only=False)
    table = tables_of(raw, options)[0]
    given_columns = [
        (c.read != "nik", at) for c, at in table.columns if c.read == "nik" or c.required
    ]
    letter = column_letter(min(given_columns)[1])
    row = first.tables[0].accepted["row"][-1]
    before = typed(back, letter, row, "ANI 123456")
    spoiled = overlay(raw, read(back))
    second = check_raw(spoiled.raw, path, options, raised=spoiled.issues)
    assert spoiled.changed.rows() == [(table.index, row, "changed")]
    assert differing(first, second)["row"].to_list() == [row]
    assert second.issues.filter(row=row, letter=letter).height
    # The workbook of that check, mended, is laid over what was checked.
    again = handed_back(second, spoiled.raw, options, tmp_path / "salah.xlsx", bad_only=True)
    typed(again, letter, row, before)
    clean = overlay(spoiled.raw, read(again))
    assert clean.changed["row"].to_list() == [row]
    assert [s.cells.rows() for s in clean.raw.sheets] == [s.cells.rows() for s in raw.sheets]
    third = check_raw(clean.raw, path, options, raised=clean.issues)
    assert third.issues.equals(first.issues)
    assert differing(first, third).height == 0
    assert differing(second, third)["row"].to_list() == [row]


def test_long_numbers_and_new_rows_through_real_workbooks(tmp_path: Path) -> None:
    """A number stays one in the workbook, so that typing it again as text is seen."""
    nik = "3520015506809010"
    rows = [HEADINGS, *[person(i, NIK=nik if i else None, JUMLAH=nik) for i in range(4)]]
    base = listed(*rows, numbers=[(3, 1), (4, 1), (5, 1), *((at, 5) for at in range(2, 6))])
    first = checked(base)
    assert first.issues.filter(code="NIK_PRECISION_LOST")["row"].to_list() == [3, 4, 5]
    back = handed_back(first, base, Options(), tmp_path / "utuh.xlsx", bad_only=False)
    assert numbers(file(read(back).sheets[1])) == sorted(numbers(base))
    typed(back, "B", 2, float(nik))
    typed(back, "B", 3, nik)
    book = openpyxl.load_workbook(back)
    book.worksheets[1].append(person(5))
    book.save(back)
    done = overlay(base, read(back))
    assert done.changed.rows() == [(0, 2, "changed"), (0, 3, "changed"), (0, 6, "added")]
    second = checked(done)
    assert second.issues.filter(code="NIK_PRECISION_LOST")["row"].to_list() == [2, 4, 5]
    again = handed_back(second, done.raw, Options(), tmp_path / "lagi.xlsx", bad_only=False)
    assert own.origins(read(again)) == (second.sha256,)
    assert overlay(done.raw, read(again)).changed.height == 0


def test_a_workbook_checked_outside_the_hub_mends_the_first_file_too(tmp_path: Path) -> None:
    """`hub check`, mend, `hub check` again: the keys are those of the file the hub knows."""
    base = listed(*LISTED[:3], person(1, PROGRAM="X"), person(2, PROGRAM="Y"), *LISTED[5:])
    first = handed_back(checked(base), base, Options(), tmp_path / "1.xlsx", bad_only=True)
    typed(first, "D", 4, "PKH")
    middle = read(first)
    again = handed_back(checked(middle), middle, Options(), tmp_path / "2.xlsx", bad_only=False)
    typed(again, "D", 5, "PKH")
    mends = read(again)
    assert own.origins(mends) == (middle.sha256, ORIGINAL)
    assert cells(overlay(base, mends).raw) == cells(BASE)
    assert overlay(middle, mends).changed.height == 1


def test_differing_sees_lists_and_columns_that_one_side_lacks() -> None:
    before = checked(BASE)
    table = before.tables[0]
    frame = table.accepted.with_columns(terms=pl.lit(["A", "B"]))
    other = frame.with_columns(
        terms=pl.when(pl.col("row") == 4).then(pl.lit(["A"])).otherwise("terms")
    )
    one, two, three = (
        replace(before, tables=(replace(table, accepted=f),))
        for f in (frame, other, table.accepted)
    )
    fate = ("accepted", "accepted")
    assert differing(one, one).height == 0
    assert differing(one, two).rows() == [(0, 4, *fate)]
    assert differing(three, one)["row"].to_list() == [3, 4, 5, 6]
    gone = replace(before, tables=())
    assert differing(before, gone)["after"].to_list() == [None] * 4
    assert differing(gone, before)["before"].to_list() == [None] * 4
