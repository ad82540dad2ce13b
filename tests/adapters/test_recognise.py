"""Which layout a sheet is taken for, and what is said about its header."""

import csv
from pathlib import Path

import pytest
from tables import sheet

from adapters.recognise import Recognition, recognise
from mappings.load import layouts

HERE = Path(__file__).parent
HEADERS = HERE.parent / "data" / "headers"


def of(*rows: list[str | None]) -> Recognition:
    return recognise(0, sheet(*rows), layouts().values())


EXPORTS = {
    "bdt2015_opensid_template": "bdt-2015-opensid",
    "bdt_art_kemensos": "bdt-art",
    "bdt_ruta_kemensos": "bdt-ruta",
    "dtks_siksng_bnba_local_export": "dtks-siksng-export",
    "dtsen_individu_v1_2026": "dtsen-person-v1-2026",
    "dtsen_keluarga_v1_2026": "dtsen-family-v1-2026",
    "dukcapil_ws_content": "dukcapil-ws",
    "opensid_program_bantuan_peserta": "recipients-generic",
    "p3ke_2022_individu": "p3ke-2022-person",
    "p3ke_2022_keluarga": "p3ke-2022-family",
    "p3ke_2023_individu": "p3ke-2023-person",
    "p3ke_2023_keluarga": "p3ke-2023-family",
    "pbi_jk_siksng": "recipients-pbi-jk",
    "regsosek22k_opensid_sheet1": "regsosek-2022k-sheet1",
    "regsosek22k_opensid_sheet2": "regsosek-2022k-sheet2",
    "regsosek22k_opensid_sheet3": "regsosek-2022k-sheet3",
    "regsosek22k_opensid_sheet4": "regsosek-2022k-sheet4",
    "regsosek22k_opensid_sheet5": "regsosek-2022k-sheet5",
    "regsosek_per_kk_blok_bangunan": "regsosek-2022k-housing",
    "rtlh_wp_satset": "recipients-rtlh",
    "siga_krs_bnba": "siga-krs-table",
    "sipd_dpa_export": "sipd-dpa",
    "sipd_pagu_short": "sipd-pagu",
    "sipd_realisasi_export": "sipd-realisasi",
}


@pytest.mark.parametrize(("file", "layout"), EXPORTS.items())
def test_header_of_a_real_export_is_recognised_without_doubt(file: str, layout: str) -> None:
    with (HEADERS / f"{file}.csv").open(encoding="utf-8-sig") as stream:
        band = [[cell or None for cell in row] for row in csv.reader(stream)]
    found = of(*band)
    assert found.table is not None
    assert found.table.layout.layout == layout
    assert found.issues.is_empty()


@pytest.mark.parametrize(
    "layout", [name for name, found in layouts().items() if found.file.header_rows == 1]
)
def test_every_layout_recognises_its_own_headings_below_a_title(layout: str) -> None:
    headings: list[str | None] = [c.heading for c in layouts()[layout].columns]
    found = of(["DAFTAR PENERIMA"], [None], headings, [None])
    assert found.table is not None
    assert (found.table.layout.layout, found.table.header_row) == (layout, 3)


@pytest.mark.parametrize(
    "headings",
    [
        ["NIK", "NAMA"],
        ["NAMA", "NIK"],
        ["NO", "Nama", "NIK", "NO KK", "BULAN", "JUMLAH"],
        ["NIK", "NAMA", "ALAMAT", "STATUS"],
    ],
)
def test_a_bare_recipient_list_is_the_generic_one(headings: list[str | None]) -> None:
    found = of(headings, ["x"] * len(headings))
    assert found.table is not None
    assert found.table.layout.layout == "recipients-generic"


def test_a_column_number_row_is_not_data() -> None:
    found = of(["NIK", "NAMA", "PROGRAM"], ["(1)", "(2)", "(3)"], ["x", "y", "z"])
    assert found.table is not None
    assert found.table.first_row == 3


def test_an_unknown_heading_is_named_with_its_letter() -> None:
    found = of(["NIK", "NAMA", "WARNA KESUKAAN"])
    assert found.issues.select("column", "letter", "code").rows() == [
        ("WARNA KESUKAAN", "C", "HEADER_UNKNOWN")
    ]


def test_a_heading_used_twice_refuses_the_file() -> None:
    found = of(["NIK", "NAMA", "NIK"])
    assert found.issues.select("column", "letter", "code").rows() == [
        ("NIK", "C", "HEADER_DUPLICATE")
    ]


def test_a_second_header_row_is_found_in_the_body() -> None:
    found = of(["NIK", "NAMA"], ["1", "A"], ["NIK", "NAMA"], ["2", "B"])
    assert found.issues.select("row", "code").rows() == [(3, "HEADER_REPEATED")]


def test_a_missing_key_column_is_named() -> None:
    headings: list[str | None] = [c.heading for c in layouts()["dtsen-family-v1-2026"].columns]
    headings.remove("nomor_kartu_keluarga")
    assert of(headings).issues.select("column", "code").rows() == [
        ("nomor_kartu_keluarga", "COLUMN_MISSING")
    ]


def test_an_unknown_table_shows_headings_that_come_near_and_what_they_lack() -> None:
    found = of(["DAFTAR"], ["No", "NAMA", "NO KK", "Hobi", "9935010101800001"], ["1", "SITI"])
    assert found.table is None
    assert found.issues.select("code", "found", "expected").rows() == [
        ("LAYOUT_UNKNOWN", "No, NAMA, NO KK, Hobi",
         "recipients-generic (kolom yang tidak ada: NIK)")
    ]  # fmt: skip


@pytest.mark.parametrize("row", [["1", "SITI", "PKH"], ["Kode Barang", "Harga"]])
def test_cells_of_a_sheet_without_known_headings_are_never_shown(row: list[str | None]) -> None:
    found = of(row, ["2", "BUDI", "BPNT"])
    assert found.issues.select("code", "found").rows() == [("LAYOUT_UNKNOWN", None)]
