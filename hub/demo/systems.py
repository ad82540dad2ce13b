"""How each source system sees the population and how its files are arranged: one table each.

`COVERAGE` and `ARRANGEMENTS` are looked up by the longest prefix of the layout's name, so a new
layout of a known system needs a line only where it differs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import polars as pl

from hub.demo.options import Format
from mappings.model import Layout

FileKind = Literal["xlsx", "csv", "html", "siga"]
DateForm = Literal["slash_time", "slash", "dash", "iso", "serial", "words"]
_ALL = pl.lit(True)
_PUPILS = pl.col("person.education").str.starts_with("IN_") & (
    pl.col("person.education") != "IN_TERTIARY"
)
_SMALL = pl.col("person.birth_date") > date(2020, 8, 31)
_CHILDREN = pl.col("_under_five") | pl.col("_under_two") | pl.col("_couple_fertile")


@dataclass(frozen=True)
class Coverage:
    """Whom a system lists: a share of the households in its scope, as of a day.

    `percentile` is the highest national percentile listed. `stale_dead` is the share of the
    dead that the list has not noticed; `knows_dead` lists them all, as deceased.
    """

    edition: str
    reference: date
    share: float = 1.0
    percentile: int = 100
    fits: pl.Expr = field(default_factory=lambda: _ALL)
    stale_dead: float = 0.3
    knows_dead: bool = False
    programmes: tuple[str, ...] = ()  # of a recipient list whose layout names none
    period: str | None = None  # of a recipient list that does not say it


COVERAGE = {
    "": Coverage("2024", date(2024, 6, 30)),
    "bdt": Coverage("2015", date(2015, 10, 1), 0.6, 45),
    "dtks": Coverage("2024-06", date(2024, 6, 30), 0.96, 42),
    "dtsen": Coverage("2026-Q1", date(2026, 1, 1), 0.95, stale_dead=0.1),
    "dtsen-siksng": Coverage("2025-Q4", date(2025, 10, 1), 0.93, stale_dead=0.15),
    "p3ke-2022": Coverage("2022", date(2022, 7, 1), 0.97, 40),
    "p3ke-2023": Coverage("2023", date(2023, 7, 1), 0.97, 40),
    "pk": Coverage("2021", date(2021, 7, 1), 0.92),
    "siga": Coverage("2022", date(2022, 10, 1), 0.9, fits=_CHILDREN),
    "regsosek": Coverage("2022", date(2022, 11, 15), 0.9),
    "dukcapil": Coverage("2025-12", date(2025, 12, 31), knows_dead=True),
    "dukcapil-match": Coverage("2024-12", date(2024, 12, 31), knows_dead=True),
    "opensid": Coverage("2025-12", date(2025, 12, 31), knows_dead=True),
    "recipients": Coverage("2025", date(2025, 12, 31), period="2025"),
    "recipients-rtlh": Coverage("2025", date(2025, 12, 31)),
    "recipients-pip": Coverage("2025", date(2025, 7, 31), 0.97, fits=_PUPILS),
    "stunting": Coverage("2025", date(2025, 8, 31), 0.9, fits=_SMALL),
    "sipd": Coverage("2025", date(2025, 12, 31)),
    "sepakat": Coverage("2025", date(2025, 12, 31)),
}


VARIANTS: dict[str, dict[str, tuple[str, ...]]] = {
    "recipients-himbara": {"pkh": ("PKH",), "sembako": ("SEMBAKO",)},
    "recipients-generic": {
        "campuran": (
            "BLT_DD", "BPUM", "KUR", "UMI", "PRAKERJA", "LPG_3KG", "ELECTRICITY_SUBSIDY",
            "PADAT_KARYA",
        ),
        "nik-nama": ("REGIONAL_AID",),
    },
}  # fmt: skip
"""Layouts that come as several files, by the programmes of each."""


@dataclass(frozen=True)
class Arrangement:
    """Where and in what forms a file holds its table.

    `header` names a file in headers/; without one the headings are those of the layout.
    `header_row` is the sheet row (1-based) of the last heading row, `first_column` 0 for A.
    `book` puts the sheets of several layouts into one workbook, of one village only.
    `form` of a source's native file; `labels` prefers labels where a code list has both.
    """

    kind: FileKind = "xlsx"
    header: str | None = None
    only: tuple[str, ...] = ()  # headings of a file that has not all columns of its layout
    titles: tuple[str, ...] = ()
    header_row: int = 1
    first_column: int = 0
    number_row: bool = False
    ghost_rows: int = 0
    total_row: str | None = None
    nbsp: bool = False  # every value ends in a no-break space
    book: str | None = None
    sheet: str | None = None
    delimiter: str = ","
    bom: bool = False
    crlf: bool = False
    encoding: str = "utf-8"
    backtick: bool = False
    dates: DateForm = "slash"
    padded: bool = True  # parts of codes keep their leading zeros
    rt: Literal["padded", "plain", "worded"] = "padded"
    labels: bool = False
    upper: bool = True  # names of regions
    kabupaten: str = "Kabupaten "  # before the name of a regency
    district: str = ""  # before the name of a district


_P3KE_TITLES = (
    "DATA KELUARGA SASARAN P3KE", "PENSASARAN PERCEPATAN PENGHAPUSAN KEMISKINAN EKSTREM", "",
    "Provinsi : {province}", "Kabupaten/Kota : {regency}",
)  # fmt: skip
_REGSOSEK_BOOK = Arrangement(book="regsosek-2022k-workbook", padded=False, dates="serial")


def _sheet(number: int, name: str, header_row: int) -> Arrangement:
    header = f"regsosek22k_opensid_sheet{number}.csv"
    return replace(_REGSOSEK_BOOK, header=header, sheet=name, header_row=header_row)


ARRANGEMENTS = {
    "": Arrangement(),
    "bdt": Arrangement("csv", padded=True, dates="dash"),
    "bdt-2015-opensid": Arrangement(
        header="bdt2015_opensid_template.csv", number_row=True, padded=False, ghost_rows=40
    ),
    "bdt-art": Arrangement("csv", "bdt_art_kemensos.csv", dates="dash"),
    "bdt-ruta": Arrangement("csv", "bdt_ruta_kemensos.csv", dates="dash"),
    "dtks-siksng-bnba": Arrangement(dates="iso"),
    "dtks-siksng-export": Arrangement(
        "html", "dtks_siksng_bnba_local_export.csv", backtick=True
    ),
    "dtsen-family": Arrangement(header="dtsen_keluarga_v1_2026.csv", labels=True, dates="iso"),
    "dtsen-person": Arrangement("csv", "dtsen_individu_v1_2026.csv", dates="iso"),
    "dtsen-siksng": Arrangement(labels=True, dates="iso", rt="plain"),
    "p3ke-2022-family": Arrangement(
        header="p3ke_2022_keluarga.csv", titles=_P3KE_TITLES, header_row=12, first_column=1,
        dates="slash_time", ghost_rows=1_000, labels=True, kabupaten="",
    ),
    "p3ke-2022-person": Arrangement(
        header="p3ke_2022_individu.csv", titles=("DATA INDIVIDU P3KE", "TAHUN 2022"),
        header_row=4, dates="slash_time", labels=True, kabupaten="",
    ),
    "p3ke-2023-family": Arrangement(
        "csv", "p3ke_2023_keluarga.csv", delimiter=";", dates="iso", labels=True, kabupaten=""
    ),
    "p3ke-2023-person": Arrangement(
        "csv", "p3ke_2023_individu.csv", delimiter=";", dates="iso", labels=True, kabupaten=""
    ),
    "pk": Arrangement(dates="dash", padded=False, rt="plain"),
    "siga-krs-table": Arrangement("csv", "siga_krs_bnba.csv", padded=False, rt="worded"),
    "siga-krs-workbook": Arrangement("siga", rt="worded", labels=True),
    "regsosek": Arrangement(padded=False, dates="serial"),
    "regsosek-2022k-housing": Arrangement(
        header="regsosek_per_kk_blok_bangunan.csv", padded=False, dates="serial"
    ),
    "regsosek-2022k-sheet1": _sheet(1, "I. Keterangan Tempat", 2),
    "regsosek-2022k-sheet2": _sheet(2, "II. Petugas", 2),
    "regsosek-2022k-sheet3": _sheet(3, "III. Perumahan", 3),
    "regsosek-2022k-sheet4": _sheet(4, "IV. Anggota Keluarga", 3),
    "regsosek-2022k-sheet5": _sheet(5, "V. Program", 4),
    "dukcapil": Arrangement(dates="dash", padded=False, rt="plain"),
    "dukcapil-ws": Arrangement(
        "csv", "dukcapil_ws_content.csv", dates="dash", padded=False, rt="plain", labels=True,
        kabupaten="KAB. ",
    ),
    "opensid": Arrangement(dates="iso", rt="padded"),
    "recipients": Arrangement(labels=True, kabupaten="KAB. "),
    "recipients-generic": Arrangement(
        titles=("DAFTAR PENERIMA BANTUAN", "{regency}"), header_row=4, labels=True, rt="plain",
        only=(
            "NO", "NIK", "NAMA", "NO KK", "PROGRAM", "PERIODE", "JUMLAH", "STATUS",
            "JENIS KELAMIN", "TANGGAL LAHIR", "ALAMAT", "RT", "RW", "DESA", "KECAMATAN",
            "KABUPATEN", "PROVINSI",
        ),
    ),
    "recipients-generic-nik-nama": Arrangement(only=("NIK", "NAMA")),
    "recipients-pbi-jk": Arrangement("csv", "pbi_jk_siksng.csv", delimiter=";", bom=True,
                                     crlf=True, labels=True),
    "recipients-pip": Arrangement(
        titles=("Daftar Peserta Didik", "{regency}, {province}", "Tahun 2025"), header_row=6,
        dates="iso", labels=True, rt="plain", upper=False, district="Kec. ",
    ),
    "recipients-rtlh": Arrangement(header="rtlh_wp_satset.csv", dates="words", labels=True,
                                   rt="plain", ghost_rows=200),
    "stunting": Arrangement(dates="iso", rt="plain", labels=True, nbsp=True),
    "sipd": Arrangement("csv", labels=True),
    "sipd-dpa": Arrangement("csv", "sipd_dpa_export.csv", labels=True),
    "sipd-pagu": Arrangement(
        header="sipd_pagu_short.csv", titles=("REKAPITULASI PAGU", "{regency}", "TAHUN 2025"),
        header_row=5, total_row="GRAND TOTAL", labels=True,
    ),
    "sipd-realisasi": Arrangement("csv", "sipd_realisasi_export.csv", delimiter=";", labels=True,
                                  total_row="GRAND TOTAL"),
    "sepakat": Arrangement(dates="iso", labels=True),
}  # fmt: skip


def _longest(name: str, table: dict[str, Coverage] | dict[str, Arrangement]) -> str:
    return max((key for key in table if name.startswith(key)), key=len)


def coverage(layout: Layout, variant: str = "") -> Coverage:
    """Whom the layout's system lists, in one of its files."""
    found = COVERAGE[_longest(layout.layout, COVERAGE)]
    several = VARIANTS.get(layout.layout, {})
    return replace(found, programmes=several[variant]) if variant else found


def arrangement(layout: Layout, wanted: Format = "native", variant: str = "") -> Arrangement:
    """How a file of the layout is arranged; a positional workbook stays one whatever is wanted."""
    name = f"{layout.layout}-{variant}" if variant else layout.layout
    found = ARRANGEMENTS[_longest(name, ARRANGEMENTS)]
    if wanted == "native" or found.kind == "siga" or (found.book and wanted == "xlsx"):
        return found
    if wanted == "xlsx":
        return replace(found, kind="xlsx", backtick=False)
    # A CSV is one bare table: what stands around the table in a workbook is left out.
    return replace(
        found, kind="csv", backtick=False, titles=(), header_row=1, first_column=0, ghost_rows=0,
        number_row=False, book=None,
    )  # fmt: skip
