"""Templates: what they hold, and that what is filled in with their help is accepted."""

import re
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from adapters.delivery import Options, check_file
from adapters.meanings import example, meaning
from adapters.readers import letter_index
from adapters.template import candidates, write_template
from mappings.load import code_list, layouts
from mappings.model import Column, Layout

LAYOUTS = [layout for layout in layouts().values() if layout.file.header_rows]
UNREAD = {"CODE_UNKNOWN", "NUMBER_INVALID", "DATE_INVALID", "CELL_ERROR"}


def written(layout: Layout, folder: Path) -> Path:
    file = folder / "templat.xlsx"
    write_template(layout, file)
    return file


def put(sheet: Worksheet, number: int, row: list[str]) -> None:
    """One row of texts, as a person types them into cells formatted as text."""
    for position, text in enumerate(row, start=1):
        cell = sheet.cell(number, position, text or None)
        assert isinstance(cell, Cell)
        cell.data_type = "s" if text else "n"  # "=< 900 Watt" is no formula


def options(layout: Layout) -> Options:
    """What the layout makes a steward say besides the file."""
    asked = layout.layout in ("recipients-himbara", "recipients-pbi-jk")
    named = any(c.to in ("region.regency_name", "region.regency_part") for c in layout.columns)
    return Options(
        region=None if named else "3520",
        region_system="kemendagri" if layout.region.system == "ask" else None,
        programme="SEMBAKO" if asked else None,
        period="2024-03" if asked else None,
        edition="2024",
    )


def examples(layout: Layout, number: int = 0) -> list[str]:
    """A row of the examples; another person of another family for each number."""
    shown = [example(layout, column) for column in layout.columns]
    return [
        re.sub("9001$", str(9001 + number), text).replace("CONTOH-1", f"CONTOH-{1 + number}")
        for text in shown
    ]


def drop_downs(layout: Layout, book: openpyxl.Workbook) -> dict[int, list[str]]:
    """What each drop-down of the data sheet offers, by 0-based column."""
    found = {}
    for rule in book["Data"].data_validations.dataValidation:
        if rule.type != "list":
            continue
        sheet, _, area = str(rule.formula1).replace("$", "").partition("!")
        letter = str(rule.sqref).rstrip("0123456789").split(":")[0].rstrip("0123456789")
        assert f"{letter}{layout.file.header_rows + 1}:{letter}1048576" == str(rule.sqref)
        found[letter_index(letter)] = [str(row[0].value) for row in book[sheet][area]]
    return found


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda found: found.layout)
def test_a_template_filled_in_with_its_examples_and_drop_downs_is_accepted(
    layout: Layout, tmp_path: Path
) -> None:
    """The first row is the examples; the rows below pick every choice of every drop-down."""
    file = written(layout, tmp_path)
    book = openpyxl.load_workbook(file)
    offered = drop_downs(layout, book)
    coded = {
        i: [text for text in code_list(c.codes).values if text != "*"]
        for i, c in enumerate(layout.columns)
        if c.codes and c.ignore is None
    }
    assert offered == {i: texts for i, texts in coded.items() if texts}
    rows = [examples(layout)]
    for number in range(max(map(len, offered.values()), default=0)):
        row = examples(layout, number + 1)
        for position, texts in offered.items():
            row[position] = texts[number % len(texts)]
        rows.append(row)
    first = layout.file.header_rows + 1
    for number, row in enumerate(rows, start=first):
        put(book["Data"], number, row)
    book.save(file)
    checked = check_file(file, options(layout))
    assert (checked.layout, checked.refused) == (layout.layout, False)
    assert checked.counts()["read"] == len(rows)
    assert UNREAD & set(checked.issues["code"]) == set()
    told = checked.issues.filter(pl.col("row").is_null() | (pl.col("row") == first))
    assert told["code"].to_list() == []


@pytest.mark.parametrize("name", ["recipients-pip", "dtsen-person-v1-2026"])
def test_an_empty_template_only_lacks_rows(name: str, tmp_path: Path) -> None:
    checked = check_file(written(layouts()[name], tmp_path), options(layouts()[name]))
    assert checked.layout == name
    assert checked.issues["code"].to_list() == ["ROWS_NONE"]


def test_every_mapped_column_says_what_it_means() -> None:
    for column in (column for layout in LAYOUTS for column in layout.columns):
        indonesian, english = meaning(column)
        kept = indonesian in ("Disimpan seperti tertulis", "Tidak dibaca; boleh kosong")
        assert kept == (column.to is None)
        assert indonesian
        assert english


def recipients(folder: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(written(layouts()["recipients-generic"], folder))


def heading(sheet: Worksheet, text: str) -> Cell:
    return next(c for c in sheet[1] if c.value == text)


def number_format(sheet: Worksheet, name: str) -> str:
    """The format of the column under a heading; alike neighbours are kept as one."""
    at = heading(sheet, name).column
    (found,) = [d for d in sheet.column_dimensions.values() if d.min <= at <= d.max]
    return str(found.number_format)


def test_identifiers_are_text_of_sixteen_digits_and_other_lengths_are_warned_of(
    tmp_path: Path,
) -> None:
    data = recipients(tmp_path)["Data"]
    rules = {
        str(r.sqref): r for r in data.data_validations.dataValidation if r.type == "textLength"
    }
    for name in ("NIK", "NO KK", "NIK KEPALA KELUARGA"):
        letter = heading(data, name).column_letter
        rule = rules.pop(f"{letter}2:{letter}1048576")
        assert (rule.operator, rule.formula1, rule.errorStyle) == ("equal", "16", "warning")
        assert number_format(data, name) == "@"
    assert rules == {}
    for name in ("TANGGAL", "PERIODE", "STATUS", "KODE WILAYAH", "NO REKENING"):
        assert number_format(data, name) == "@"
    assert number_format(data, "JUMLAH") == "General"


def test_headings_say_what_belongs_there_and_which_are_required(tmp_path: Path) -> None:
    data = recipients(tmp_path)["Data"]
    nik, day, phone = (heading(data, name) for name in ("NIK", "TANGGAL LAHIR", "NO HP"))
    assert nik.comment is not None
    assert nik.comment.text == (
        "NIK orang itu\nBentuk: 16 angka, sebagai teks\nWajib diisi\nContoh: 3520015506809001\n\n"
        "The person's NIK\nForm: 16 digits, as text\nRequired\nExample: 3520015506809001"
    )
    assert day.comment is not None
    assert "Bentuk: tanggal hh/bb/tttt, sebagai teks\nContoh: 15/06/1980" in day.comment.text
    colours = {cell.fill.start_color.rgb for cell in (nik, day, phone)}
    assert len(colours) == 3
    sex = heading(data, "JENIS KELAMIN")
    assert sex.comment is not None
    assert "L = Laki-laki; P = Perempuan; Laki-laki; Perempuan" in sex.comment.text


def test_a_sheet_explains_every_column_and_the_lists_are_hidden(tmp_path: Path) -> None:
    book = recipients(tmp_path)
    assert [(s.title, s.sheet_state) for s in book.worksheets] == [
        ("Data", "visible"), ("Petunjuk", "visible"), ("Kode", "hidden"),
    ]  # fmt: skip
    explained = {row[0]: row[1:] for row in book["Petunjuk"].iter_rows(values_only=True)}
    columns = layouts()["recipients-generic"].columns
    assert [c.heading for c in columns if c.heading not in explained] == []
    assert explained["NIK"] == (
        "NIK orang itu / The person's NIK", "16 angka, sebagai teks / 16 digits, as text", "",
        "ya / yes", "3520015506809001",
    )  # fmt: skip
    assert str(explained["STATUS"][2]).startswith("DITERIMA = Menerima; MENERIMA; PENERIMA = ")


def test_two_header_rows_are_written_as_the_source_prints_them(tmp_path: Path) -> None:
    layout = layouts()["recipients-pip"]
    data = openpyxl.load_workbook(written(layout, tmp_path))["Data"]
    upper, lower = (list(row) for row in data.iter_rows(max_row=2, values_only=True))
    grouped = [i for i, c in enumerate(layout.columns) if " | " in c.heading]
    assert [upper[i] for i in grouped].count("Data Ayah") == 1
    assert [bool(text) for text in lower] == [i in grouped for i in range(len(lower))]


def test_a_code_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    layout = layouts()["p3ke-2023-family"]
    book = openpyxl.load_workbook(written(layout, tmp_path))
    cells = [c for row in book["Kode"].iter_rows() for c in row if str(c.value).startswith("=")]
    assert [(c.value, c.data_type) for c in cells] == [("=< 900 Watt", "s")]


def test_data_on_a_sheet_named_like_one_of_the_hubs_own_is_read(tmp_path: Path) -> None:
    layout = layouts()["recipients-generic"]
    file = written(layout, tmp_path)
    book = openpyxl.load_workbook(file)
    del book["Petunjuk"]
    book["Data"].title = "Petunjuk"
    book.create_sheet("Data").append(["catatan", "lain"])
    book["Petunjuk"].append(examples(layout))
    book.save(file)
    checked = check_file(file, Options(region_system="kemendagri"))
    assert checked.counts()["accepted"] == 1
    assert checked.issues["code"].to_list() == ["SHEET_UNKNOWN"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("pk", ["siga-krs-table"]),  # the workbook of SIGA has no header row
        ("RECIPIENTS", ["recipients-generic"]),
        ("DTKS", ["dtks-siksng-bnba", "dtks-siksng-export"]),
        ("bdt-art", ["bdt-art"]),
        ("siga-krs-workbook", []),
        ("ENTAH", []),
    ],
)
def test_a_source_stands_for_its_newest_layouts(name: str, found: list[str]) -> None:
    assert [layout.layout for layout in candidates(name)] == found


def test_a_wildcard_list_has_no_drop_down() -> None:
    column = Column(heading="X", to="person.civil_registry_match", read="code",
                    codes="dukcapil_ws/not_found")  # fmt: skip
    assert example(LAYOUTS[0], column) == ""
