"""The first sheet of a marked workbook: the figures, what to do, and every kind of issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl
from xlsxwriter.worksheet import Worksheet

from adapters import own
from adapters.book import COMMENTS, Book, put
from adapters.checked import Checked
from validation.issues import GRADES, render

_HOW: Final = (
    "Betulkan sel berwarna (merah: salah, kuning: perlu diperiksa), simpan, lalu kirim lagi buku"
    " kerja ini. Lembar ini, nama lembar, judul kolom dan kolom #baris (tersembunyi) jangan diubah:"
    " dari situ diketahui baris mana yang dibetulkan."
    " / Mend the coloured cells (red: wrong, yellow: to be looked at), save, and send this workbook"
    " again. Leave this sheet, the names of sheets, the headings and the column #baris (hidden) as"
    " they are: they tell which rows are mended.",
    "Baris baru: tulis di bawah baris terakhir, #baris dibiarkan kosong. Baris yang harus keluar:"
    " kosongkan semua selnya; baris yang dihapus dari buku kerja tetap seperti dalam berkas asal."
    " / A new row: write it below the last one and leave #baris empty. A row that must go: empty"
    " all its cells; a row deleted from the workbook stays as it is in the original file.",
    f"Alasan tertulis pada komentar sel ({COMMENTS:,} yang pertama)".replace(",", ".")
    + " dan semuanya pada kolom Masalah. / Reasons are in the comments of the cells (the first"
    f" {COMMENTS:,}), and all in the column Masalah.",
)


def write_summary(
    book: Book,
    page: Worksheet,
    checked: Checked,
    graded: pl.DataFrame,
    origins: Sequence[str],
    *,
    bad_only: bool,
) -> None:
    """Write the sheet. `origins`: SHA-256 of the files that the keys of the rows speak of."""
    counts = checked.counts()
    facts: list[tuple[str, str | int]] = [
        ("Berkas / File", checked.path.name),
        ("Susunan / Layout", checked.layout or "-"),
        ("Baris dibaca / Rows read", counts["read"]),
        ("Diterima / Accepted", counts["accepted"]),
        ("Perlu diperiksa / With warnings", counts["warning"]),
        ("Ditolak / Rejected", counts["rejected"]),
        *((own.ORIGIN, sha256) for sha256 in origins),
    ]
    put(page, 0, 0, own.TITLE, book.head)
    for row, (name, value) in enumerate(facts, start=2):
        put(page, row, 0, name, book.text)
        if isinstance(value, int):
            page.write_number(row, 1, value)
        else:
            put(page, row, 1, value, book.text)
    row = len(facts) + 3
    for note in (*_HOW, *([own.ONLY_BAD] if bad_only else [])):
        put(page, row, 0, note, book.text)
        row += 1
    row += 1
    headings = (
        "Kode / Code",
        "Tingkat / Severity",
        "Banyaknya / Count",
        "Kolom / Column",
        "Arti (contoh pertama)",
        "Perbaikan",
        "Meaning (first case)",
        "Remedy",
    )
    for column, heading in enumerate(headings):
        put(page, row, column, heading, book.head)
    for line_at, line in enumerate(_kinds(graded), start=row + 1):
        shade = book.bad.get(line["severity"], book.text)
        put(page, line_at, 0, line["code"], shade)
        put(page, line_at, 1, f"{GRADES[line['severity']]} / {line['severity']}", book.text)
        page.write_number(line_at, 2, line["count"])
        told = (line["column"] or "-", *render(line["code"], line, "id"))
        for column, value in enumerate((*told, *render(line["code"], line, "en")), start=3):
            put(page, line_at, column, value, book.text)
    page.set_column(0, 0, 32)
    page.set_column(1, 3, 24)
    page.set_column(4, 7, 60)


def _kinds(graded: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Issues per code and column with their number, gravest first; those of the file singly."""
    about = pl.when(pl.col("row").is_null()).then(
        pl.concat_str("sheet", "letter", "found", "expected", separator="|", ignore_nulls=True)
    )
    kinds = graded.group_by("code", "column", about.alias("about"), maintain_order=True).agg(
        pl.len().alias("count"), pl.exclude("code", "column", "about").first()
    )
    grave = pl.col("severity").replace_strict({g: i for i, g in enumerate(GRADES)})
    yield from kinds.sort(grave, "code", maintain_order=True).iter_rows(named=True)
