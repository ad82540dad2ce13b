"""Bad input: a clear sentence in both languages, exit code 2, and nothing written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from xlsxwriter import Workbook

from hub.cli.main import main
from mappings.load import layouts

HEADER = "NIK;NAMA;PROGRAM;PERIODE;KODE WILAYAH"
NIK = "3520011506809001"  # a serial from 9001 up is nobody's
GOOD = f"{NIK};SITI;PKH;2024-03;3520012001"
Write = Callable[[Path], None]


def check(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


def found(file: Path, *options: str) -> list[tuple[object, ...]]:
    """(code, row, letter) of every issue; both languages are there and say something."""
    result = check(file, "--json", *options)
    assert result.exit_code == 2, result.output
    issues = json.loads(result.stdout)["issues"]
    for issue in issues:
        assert all(
            len(issue[part][lang]) > 10 for part in ("message", "remedy") for lang in ("id", "en")
        )
        assert "{" not in json.dumps([issue["message"], issue["remedy"]])[2:-2].replace('{"', "")
    return [(i["code"], i["row"], i["letter"]) for i in issues if i["severity"] != "INFO"]


def csv(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    file = folder / "daftar.csv"
    file.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    return file


def test_a_clean_list_has_nothing_to_mend(tmp_path: Path) -> None:
    result = check(csv(tmp_path, GOOD), "--region-system", "kemendagri")
    assert (result.exit_code, "SALAH" in result.output) == (0, False)


FILES: dict[str, tuple[str, bytes]] = {
    "FILE_TYPE": ("laporan.xlsx", b"%PDF-1.7\n1 0 obj\n"),
    "FILE_EMPTY": ("kosong.csv", b""),
    "LAYOUT_UNKNOWN": ("lain.csv", b"Kode Barang;Harga\r\n1;2\r\n"),
    "HEADER_DUPLICATE": ("ganda.csv", f"NIK;NAMA;NIK\r\n{NIK};A;{NIK}\r\n".encode()),
    "HEADER_REPEATED": ("dua.csv", f"{HEADER}\r\n{GOOD}\r\n{HEADER}\r\n{GOOD}\r\n".encode()),
    "ROWS_NONE": ("templat.csv", f"{HEADER}\r\n".encode()),
    "FILE_RAGGED": ("lebih.csv", "\r\n".join([HEADER, *[GOOD] * 200, GOOD + ";1;2"]).encode()),
    "HEADER_BLANK": ("tanpa-judul.csv", f"{HEADER}\r\n{GOOD};1;2;3\r\n".encode()),
    "PROGRAMME_NEEDED": ("program.csv", f"NIK;NAMA\r\n{NIK};A\r\n".encode()),
    "PERIOD_NEEDED": ("periode.csv", f"NIK;NAMA;PROGRAM\r\n{NIK};A;PKH\r\n".encode()),
    "REGION_SYSTEM_AMBIGUOUS": ("wilayah.csv", f"{HEADER}\r\n{GOOD}\r\n".encode()),
}


@pytest.mark.parametrize("code", FILES)
def test_files_that_cannot_be_imported(code: str, tmp_path: Path) -> None:
    name, content = FILES[code]
    (tmp_path / name).write_bytes(content)
    assert code in [issue[0] for issue in found(tmp_path / name)]
    told = check(tmp_path / name).output
    assert "Traceback" not in told
    assert NIK not in told


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert found(tmp_path / "tidak-ada.xlsx") == [("FILE_MISSING", None, None)]


def test_a_missing_key_column_is_named(tmp_path: Path) -> None:
    headings = [column.heading for column in layouts()["dtsen-family-v1-2026"].columns]
    headings.remove("nomor_kartu_keluarga")
    file = csv(tmp_path, ";".join("1" * len(headings)), header=";".join(headings))
    assert found(file) == [("COLUMN_MISSING", None, None)]
    assert "nomor_kartu_keluarga" in check(file).output


def workbook(file: Path, *rows: list[object]) -> Path:
    with Workbook(str(file)) as book:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file


def test_a_truncated_workbook(tmp_path: Path) -> None:
    file = workbook(tmp_path / "potong.xlsx", ["NIK", "NAMA"], [NIK, "A"])
    file.write_bytes(file.read_bytes()[:-200])
    assert found(file) == [("FILE_TRUNCATED", None, None)]


def test_a_nik_in_a_numeric_cell_lost_its_last_digit(tmp_path: Path) -> None:
    file = workbook(tmp_path / "angka.xlsx", HEADER.split(";"), GOOD.split(";"),
                    [int(NIK), "BUDI", "PKH", "2024-03", "3520012001"])  # fmt: skip
    assert found(file, "--region-system", "kemendagri") == [("NIK_PRECISION_LOST", 3, "A")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_and_semicolon_is_read(encoding: str, tmp_path: Path) -> None:
    file = csv(tmp_path, GOOD.replace("SITI", "SITI SÉ"), encoding=encoding)
    assert check(file, "--region-system", "kemendagri").exit_code == 0


def test_a_date_that_does_not_exist(tmp_path: Path) -> None:
    file = csv(tmp_path, f"{NIK};SITI;PKH;2024-03;31/02/1980", GOOD.replace("3520012001", "") ,
               header="NIK;NAMA;PROGRAM;PERIODE;TANGGAL LAHIR")  # fmt: skip
    assert ("DATE_INVALID", 2, "E") in found(file)
    assert "31/02/1980" in check(file).output


def test_an_unknown_region_code_names_row_and_value(tmp_path: Path) -> None:
    file = csv(tmp_path, GOOD, GOOD.replace("3520012001", "9999999999"))
    options = ("--region-system", "kemendagri")
    assert ("REGION_UNKNOWN", 3, "E") in found(file, *options)
    assert "9999999999" in check(file, *options).output


def test_an_empty_row_among_the_data_and_ghost_rows_after_it(tmp_path: Path) -> None:
    file = csv(tmp_path, GOOD, ";;;;", GOOD.replace("9001", "9002"), *[";;;;"] * 1000)
    assert found(file, "--region-system", "kemendagri") == [
        ("ROW_EMPTY", 3, None),
        ("ROWS_GHOST", 5, None),
    ]
    assert "1.000 baris kosong" in check(file, "--region-system", "kemendagri").output


def test_a_wrong_layout_name_is_a_sentence(tmp_path: Path) -> None:
    result = check(csv(tmp_path, GOOD), "--layout", "tidak-ada")
    assert (result.exit_code, "hub layouts" in result.output) == (2, True)
