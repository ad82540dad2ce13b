"""`hub import` and its neighbours, as typed in a terminal, on a real store."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
from lists import nik, recipients
from workbooks import ole

OPTIONS = ["--region-system", "kemendagri"]


def rows(store_url: str, table: str) -> int:
    with psycopg.connect(store_url) as connection:
        found = connection.execute(f"select count(*) from {table}").fetchone()
    assert found is not None
    return int(found[0])


def test_an_import_tells_its_counts_and_a_second_one_that_nothing_changed(
    hub: Any, store_url: str, tmp_path: Path
) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", ";;PKH;2024-03")
    first = hub("import", file, *OPTIONS, "--json")
    assert first.exit_code == 0
    assert json.loads(first.stdout)["rows"] == {
        "read": 2, "accepted": 1, "warning": 0, "rejected": 1,
    }  # fmt: skip
    again = hub("import", file, *OPTIONS)
    assert (again.exit_code, "sudah pernah diimpor" in again.output) == (0, True)
    assert rows(store_url, "delivery") == 1


def test_strict_refuses_the_whole_list(hub: Any, store_url: str, tmp_path: Path) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", ";;PKH;2024-03")
    result = hub("import", file, *OPTIONS, "--strict")
    assert (result.exit_code, "Tidak ada yang disimpan" in result.output) == (2, True)
    assert rows(store_url, "delivery") == 0


def test_files_that_cannot_be_imported_write_nothing(
    hub: Any, store_url: str, tmp_path: Path
) -> None:
    bad = {
        "kosong.csv": b"",
        "gambar.xlsx": b"\x89PNG\r\n\x1a\n",
        "lain.csv": b"Kode Barang;Harga\r\n1;2\r\n",
        "dua.csv": b"NIK;NAMA\r\n1;A\r\nNIK;NAMA\r\n2;B\r\n",
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    ole(tmp_path / "sandi.xlsx", "EncryptionInfo", "EncryptedPackage")
    for name in [*bad, "sandi.xlsx"]:
        result = hub("import", tmp_path / name)
        assert (result.exit_code, "Traceback" in result.output) == (2, False)
    assert [rows(store_url, t) for t in ("delivery", "source_person", "delivery_issue")] == [0] * 3


def test_a_token_is_printed_once_and_needs_a_scope(hub: Any, store_url: str) -> None:
    assert hub("user", "token", "bappeda").exit_code == 2
    token = hub("user", "token", "bappeda", "--region", "3520").stdout.strip()
    assert token.startswith("hub_")
    with psycopg.connect(store_url) as connection:
        stored = connection.execute("select sha256, regions from token").fetchone()
    assert stored is not None
    assert (token in stored[0], stored[1]) == (False, ["3520"])


def test_a_template_can_be_written_filled_and_imported(
    hub: Any, store_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "indikator.xlsx"
    assert hub("template", "sepakat-indicator", file).exit_code == 0
    assert hub("template", "sepakat-indicator", file).exit_code == 2  # never overwritten
    book = openpyxl.load_workbook(file)
    headings = [cell.value for cell in book.active[1]]
    values = {"kode_wilayah": "3520", "nama_wilayah": "MAGETAN", "tahun": 2024,
              "indikator": "Persentase penduduk miskin", "satuan": "persen", "nilai": 9.5,
              "sumber": "BPS", "disagregasi": None}  # fmt: skip
    book.active.append([values[h] for h in headings])
    book.save(file)
    result = hub("import", file)
    assert result.exit_code == 0, result.output
    with psycopg.connect(store_url) as connection:
        found = connection.execute("select region_code, year, name, value from indicator")
        assert found.fetchall() == [("3520", 2024, "Persentase penduduk miskin", 9.5)]
