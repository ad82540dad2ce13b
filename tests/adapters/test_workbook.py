"""The same workbook back: marked, mended, and checked again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest
import xlsxwriter
from click.testing import CliRunner

from adapters import own, workbook
from adapters.checked import Checked
from adapters.delivery import Options, check_file
from adapters.readers import column_letter, read
from hub.cli.main import main
from mappings.load import layouts

Row = list[str | None]
NIK = "352001550680{}"
HEADINGS: Row = ["NO", "NIK", "NAMA", "PROGRAM", "PERIODE", "JUMLAH"]
TITLE: Row = ["DAFTAR PENERIMA", None, None, None, None, None]
PAYLOADS = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(1+1)",
    "\t=1",
    "\uff1d1+1",
    "=HYPERLINK(\"http://127.0.0.1\")",
    "http://127.0.0.1/x",
    "mailto:a@b.id",
    "<r><t>1</t></r>",
    "<r></r><f>1+1</f><r></r>",
    " spasi ",
    "_x0041_",
    "a\x0bb",
    "baris\nbaru",
    "00123",
    "1e5",
    "TRUE",
]  # fmt: skip


def person(serial: int, **other: str | None) -> Row:
    row = dict(zip(HEADINGS, ["1", NIK.format(9000 + serial), "SITI", "PKH", "2024", "300000"],
                   strict=True))  # fmt: skip
    return list((row | other).values())


# Sheet rows 1-7: title, blank, headings, then a good row between two bad ones.
LISTED = [TITLE, [None] * 6, HEADINGS, person(1, NIK="35200155068"), person(2, NAMA=" BUDI "),
          person(3, PROGRAM="XYZ"), person(4)]  # fmt: skip


def book(path: Path, rows: list[Row], sheet: str = "Penerima") -> Path:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as file:
        page = file.add_worksheet(sheet)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if value:
                    page.write_string(at, column, value)
    return path


def listed(path: Path, rows: list[Row]) -> Path:
    if path.suffix == ".xlsx":
        return book(path, rows)
    lines = [";".join(cell or "" for cell in row) for row in rows]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return path


def told(checked: Checked) -> list[tuple[str, str | None]]:
    return sorted(checked.issues.select("code", "letter").rows())


def back(file: Path, *, bad_only: bool = False) -> tuple[Checked, Path]:
    out = file.with_name("kembali.xlsx")
    checked = check_file(file, Options())
    assert workbook.write(checked, Options(), out, bad_only=bad_only)
    return checked, out


def table(path: Path) -> list[Row]:
    """The cells of the data sheet as the hub reads them, its own columns apart."""
    sheet = next(s for s in read(path).sheets if not own.is_summary(s))
    return [list(row) for row in own.bare(sheet)[0].cells.iter_rows()]


@pytest.mark.parametrize("name", ["daftar.xlsx", "daftar.csv"])
@pytest.mark.parametrize("bad_only", [False, True])
def test_a_file_is_checked_marked_mended_and_clean(
    tmp_path: Path, name: str, bad_only: bool
) -> None:
    file = listed(tmp_path / name, LISTED)
    checked, out = back(file, bad_only=bad_only)
    rows = [r for i, r in enumerate(table(file)) if not bad_only or i < 3 or i in (3, 5)]
    assert table(out) == rows
    again = check_file(out, Options())
    assert (again.layout, told(again)) == (checked.layout, told(checked))
    mended = openpyxl.load_workbook(out)
    page = mended.worksheets[1]
    # Only what is coloured is mended.
    wrong = [c for row in page.iter_rows(min_row=4) for c in row if c.fill.fill_type]
    assert [(c.column_letter, c.comment is not None) for c in wrong] == [("B", True), ("D", True)]
    wrong[0].value, wrong[1].value = NIK.format(9001), "PKH"
    mended.save(out)
    clean = check_file(out, Options())
    assert told(clean) == []
    assert clean.counts()["accepted"] == (2 if bad_only else 4)
    mends = {(3, 1): NIK.format(9001), (rows.index(LISTED[5]), 3): "PKH"}
    assert table(out) == [
        [mends.get((i, j), cell) for j, cell in enumerate(row)] for i, row in enumerate(rows)
    ]


def test_bad_rows_keep_the_band_their_key_and_no_other_row(tmp_path: Path) -> None:
    _, out = back(book(tmp_path / "daftar.xlsx", LISTED), bad_only=True)
    page = openpyxl.load_workbook(out).worksheets[1]
    rows = list(page.values)
    assert rows[0][0] == "DAFTAR PENERIMA"
    assert rows[2] == (*HEADINGS, "Masalah", "#baris")
    assert [row[-1] for row in rows[3:]] == ["4", "6"]
    # A workbook of the hub, checked once more, keeps the keys of the first file.
    again = tmp_path / "lagi.xlsx"
    assert workbook.write(check_file(out, Options()), Options(), again, bad_only=True)
    assert [row[-1] for row in list(openpyxl.load_workbook(again).worksheets[1].values)[3:]] == [
        "4",
        "6",
    ]
    assert openpyxl.load_workbook(again).sheetnames == ["Ringkasan", "Penerima"]


def test_a_workbook_looks_as_promised(tmp_path: Path) -> None:
    checked, out = back(book(tmp_path / "daftar.xlsx", LISTED))
    file = openpyxl.load_workbook(out)
    summary, page = file.worksheets
    assert (page.title, page.freeze_panes, page.auto_filter.ref) == ("Penerima", "A4", "A3:H7")
    assert page.column_dimensions["H"].hidden
    assert not page.column_dimensions["G"].hidden
    assert (page["B4"].fill.fgColor.rgb, page["D6"].fill.fgColor.rgb) == ("FFFFFF99", "FFFF9999")
    assert {c.number_format for row in page.iter_rows() for c in row if c.value} == {"@"}
    note = page["B4"].comment.text
    assert note.index("NIK") < note.index("\n")
    assert note.split("\n")[0] in page["G4"].value
    assert page["G5"].value is None
    cells = [c for row in summary.values for c in row if c is not None]
    assert cells[:3] == [own.TITLE, "Berkas / File", "daftar.xlsx"]
    assert "Betulkan sel berwarna" in " ".join(map(str, cells))
    lines = [row[:4] for row in summary.values if row[1] and "/" in str(row[1])][1:]
    assert lines == [
        ("PROGRAMME_UNKNOWN", "SALAH / ERROR", 1, "PROGRAM"),
        ("NIK_LENGTH", "PERIKSA / WARNING", 1, "NIK"),
    ]
    figures = {row[0]: row[1] for row in summary.values if row[0]}
    assert figures["Baris dibaca / Rows read"] == checked.counts()["read"] == 4
    assert figures["Ditolak / Rejected"] == 1


def test_no_value_becomes_a_formula_or_a_link_or_another_value(tmp_path: Path) -> None:
    rows = [HEADINGS, *[person(i, NAMA=text) for i, text in enumerate(PAYLOADS)],
            *[person(40 + i, PROGRAM=text) for i, text in enumerate(PAYLOADS)]]  # fmt: skip
    file = book(tmp_path / "daftar.xlsx", rows)
    _, out = back(file)
    assert table(out) == table(file)
    with zipfile.ZipFile(out) as parts:
        for part in (n for n in parts.namelist() if n.startswith("xl/worksheets/sheet")):
            xml = parts.read(part).decode()
            assert "<f>" not in xml
            assert "hyperlink" not in xml
    cells = [c for page in openpyxl.load_workbook(out) for row in page.iter_rows() for c in row]
    assert {c.data_type for c in cells if c.coordinate[0] in "ABDEG"} <= {"s", "inlineStr", "n"}
    assert not [c for c in cells if c.data_type == "f"]


def test_a_nik_that_excel_rounded_stays_wrong_until_it_is_typed_again(tmp_path: Path) -> None:
    file = tmp_path / "daftar.xlsx"
    with xlsxwriter.Workbook(file) as made:
        page = made.add_worksheet("Data")
        page.write_row(0, 0, HEADINGS)
        page.write_row(1, 0, person(1))
        page.write_number(1, 1, 3520015506809010)
    checked, out = back(file)
    assert ("NIK_PRECISION_LOST", "B") in told(checked)
    assert told(check_file(out, Options())) == told(checked)
    mended = openpyxl.load_workbook(out)
    assert mended.worksheets[1]["B2"].value == 3520015506809010
    mended.worksheets[1]["B2"].value = NIK.format(9011)
    mended.save(out)
    assert told(check_file(out, Options())) == []


def test_an_issue_of_a_row_marks_its_first_cell_and_a_blank_cell_is_coloured(
    tmp_path: Path,
) -> None:
    rows = [HEADINGS, person(1, NIK=None), [None] * 6, person(2)]
    checked, out = back(book(tmp_path / "daftar.xlsx", rows))
    assert {code for code, _ in told(checked)} == {"NIK_MISSING", "ROW_EMPTY"}
    page = openpyxl.load_workbook(out).worksheets[1]
    assert [c.coordinate for row in page["A2:F3"] for c in row if c.comment] == ["B2", "A3"]
    assert told(check_file(out, Options())) == told(checked)


def test_other_sheets_stay_and_a_foreign_ringkasan_is_the_sources_own(tmp_path: Path) -> None:
    file = tmp_path / "daftar.xlsx"
    with xlsxwriter.Workbook(file) as made:
        made.add_worksheet("Ringkasan").write_string(0, 0, "Ringkasan desa")
        page = made.add_worksheet("Data")
        for at, row in enumerate([HEADINGS, person(1, PROGRAM="XYZ")]):
            page.write_row(at, 0, row)
        hidden = made.add_worksheet("Lama")
        hidden.write_string(0, 0, "x")
        hidden.hide()
    checked, out = back(file)
    again = openpyxl.load_workbook(out)
    assert again.sheetnames == ["Ringkasan (2)", "Ringkasan", "Data", "Lama"]
    assert again["Ringkasan"]["A1"].value == "Ringkasan desa"
    assert again["Lama"].sheet_state == "hidden"
    assert told(check_file(out, Options())) == told(checked)


def test_a_column_of_the_sources_own_may_be_named_masalah(tmp_path: Path) -> None:
    rows: list[Row] = [[*HEADINGS, "Masalah"], [*person(1, NIK="1"), "=x"], [*person(2), "y"]]
    file = book(tmp_path / "daftar.xlsx", rows)
    checked, out = back(file)
    assert ("HEADER_UNKNOWN", "G") in told(checked)
    assert openpyxl.load_workbook(out).worksheets[1]["G1"].comment
    assert (table(out), told(check_file(out, Options()))) == (table(file), told(checked))


def test_headings_of_two_rows_stay_whole(tmp_path: Path) -> None:
    columns = layouts()["recipients-pip"].columns
    parts = [(*c.heading.split(" | "), None) for c in columns]
    upper, lower = [p[0] for p in parts], [p[1] for p in parts]
    pupil = {"NIK": "35200155068", "NISN": "0061234567", "Nama": "SITI"}
    row = [pupil.get(column.heading, "-") for column in columns]
    file = book(tmp_path / "pip.xlsx", [upper, lower, row])
    checked, out = back(file)
    assert ("NIK_LENGTH", column_letter(row.index(pupil["NIK"]))) in told(checked)
    page = openpyxl.load_workbook(out).worksheets[1]
    assert [page.cell(1, len(row) + 1).value, page.cell(1, len(row) + 2).value] == [
        "Masalah",
        "#baris",
    ]
    again = check_file(out, Options())
    assert (again.layout, told(again), table(out)) == ("recipients-pip", told(checked), table(file))


def test_comments_end_where_excel_would_crawl_but_no_reason_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "COMMENTS", 3)
    rows = [HEADINGS, *[person(i, PROGRAM=f"X{i}") for i in range(8)]]
    _, out = back(book(tmp_path / "daftar.xlsx", rows))
    page = openpyxl.load_workbook(out).worksheets[1]
    assert len([c for row in page.iter_rows() for c in row if c.comment]) == 3
    assert [f"X{i}" in page.cell(i + 2, 7).value for i in range(8)] == [True] * 8
    assert len([c for row in page.iter_rows(min_row=2) for c in row if c.fill.fill_type]) == 8


def test_a_value_longer_than_a_cell_is_told(tmp_path: Path) -> None:
    file = listed(tmp_path / "daftar.csv", [HEADINGS, person(1, NAMA="A" * 40_000)])
    _, out = back(file)
    assert "C: nilai lebih panjang" in openpyxl.load_workbook(out).worksheets[1]["G2"].value


def test_a_sheet_wider_than_excel_is_an_answer(tmp_path: Path) -> None:
    wide = pl.DataFrame({f"c{i}": ["x"] for i in range(16_383)})
    with pytest.raises(workbook.TooLarge):
        workbook._page("x", own.RawSheet("x", wide), None, pl.DataFrame())


def hub(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    return done.exit_code, done.output


def test_hub_check_writes_the_workbook(tmp_path: Path) -> None:
    file, out = book(tmp_path / "daftar.xlsx", LISTED), tmp_path / "kembali.xlsx"
    code, output = hub("check", file, "--workbook", out, "--bad-only")
    assert (code, "workbook written to" in output, out.exists()) == (2, True, True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["daftar.xlsx", "kembali.xlsx"]
    assert hub("check", file, "--workbook", file)[0] == 2
    assert file.read_bytes() != out.read_bytes()
    for wrong in (["--bad-only"], ["--workbook", tmp_path / "x.csv"],
                  ["--workbook", tmp_path / "none" / "x.xlsx"]):  # fmt: skip
        assert hub("check", file, *wrong)[0] != 0
    good, other = book(tmp_path / "baik.xlsx", [HEADINGS, person(1)]), tmp_path / "lain.xlsx"
    assert hub("check", good, "--workbook", other, "--bad-only")[0] == 0
    assert not other.exists()
    broken = tmp_path / "rusak.xlsx"
    broken.write_bytes(b"PK")
    assert "no workbook was written" in hub("check", broken, "--workbook", other)[1]
