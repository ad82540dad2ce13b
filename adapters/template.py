"""An empty workbook of a layout, to be filled in by hand and imported.

Sheet Data holds the headings as the source prints them; Petunjuk says what belongs in each column;
Kode, hidden, holds the drop-down lists, because Excel takes no literal list of over 255 characters.
"""

from __future__ import annotations

import re
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from adapters import own
from adapters.meanings import choices, example, form, meaning
from adapters.readers import column_letter
from mappings.load import layouts
from mappings.model import Column, Layout

LAST_ROW = 1_048_575  # of an Excel sheet, counted from 0
COMMENTED = 15  # choices that a heading's comment lists; Petunjuk lists all
NUMBERS = ("integer", "decimal")  # every other column is text, so that Excel changes nothing
REGIONS = {
    "kemendagri": ("Kode wilayah: menurut Kemendagri.", "Region codes are Kemendagri's."),
    "bps": ("Kode wilayah: menurut BPS.", "Region codes are those of BPS."),
    "ask": (
        "Kode wilayah: sebutkan saat impor menurut siapa (--region-system kemendagri atau bps).",
        "Say at the import whose region codes they are (--region-system kemendagri or bps).",
    ),
    "names": (
        "Wilayah: tulis nama desa, kecamatan, kabupaten dan provinsi.",
        "Regions: write the names of village, district, regency and province.",
    ),
    "none": ("Berkas ini tidak memuat wilayah.", "This file names no region."),
}
GUIDE = (
    ("Isi lembar Data, satu baris per {subject}; jangan mengubah judul kolom.",
     "Fill in the sheet Data, one row per {subject}; do not change the headings."),
    ("Judul kuning wajib diisi; judul abu-abu tidak dibaca. Arti kolom juga ada di catatan judul.",
     "Yellow headings are required; grey ones are not read. Comments on the headings explain too."),
    ("Kolom teks sudah diformat: tempel dengan Paste Values supaya NIK tetap 16 angka.",
     "Text columns are formatted already: use Paste Values, so that a NIK keeps its 16 digits."),
    ("Wilayah, program atau periode yang tidak ada kolomnya disebutkan saat memeriksa dan mengimpor"
     " (--region, --programme, --period).",
     "A region, programme or period that has no column is named when the file is checked and"
     " imported (--region, --programme, --period)."),
    ("Periksa sebelum dikirim: hub check BERKAS.", "Check it before sending: hub check FILE."),
)  # fmt: skip
SUBJECTS = {
    "household": ("keluarga", "family"), "person": ("orang", "person"),
    "receipt": ("bantuan", "benefit"), "budget": ("baris anggaran", "budget line"),
    "indicator": ("angka indikator", "figure"), "intervention": ("intervensi", "intervention"),
}  # fmt: skip
EXPLAINED = ("Kolom / Column", "Arti / Meaning", "Bentuk / Form",
             "Isian yang diterima / Allowed values", "Wajib / Required",
             "Contoh / Example")  # fmt: skip


def candidates(name: str) -> tuple[Layout, ...]:
    """The layout of that name, or the newest layouts of the source of that name.

    Layouts without a header row have no template.
    """
    if name in layouts():
        found = [layouts()[name]]
    else:
        found = [f for f in layouts().values() if f.source == name.upper()]
    found = [layout for layout in found if layout.file.header_rows]
    newest = max(map(_year, found), default=0)
    return tuple(layout for layout in found if _year(layout) == newest)


def _year(layout: Layout) -> int:
    return max(map(int, re.findall(r"(?:19|20)\d{2}", layout.vintage)), default=0)


def write_template(layout: Layout, target: Path) -> None:
    """Write the template. Raises OSError or FileCreateError where nothing can be written."""
    with Workbook(str(target)) as book:
        data = book.add_worksheet("Data")
        explained = book.add_worksheet(own.GUIDE)
        _data(book, data, layout, _lists(book.add_worksheet(own.CODES), layout))
        _explanation(book, explained, layout)


def _lists(sheet: Worksheet, layout: Layout) -> dict[str, str]:
    """Fill the hidden sheet, each list beside its meanings; the range of each list by name."""
    sheet.hide()
    sheet.write_string(0, 0, own.CODES_TITLE)
    ranges: dict[str, str] = {}
    for column in layout.columns:
        listed = choices(column)
        if column.codes is None or not listed or column.codes in ranges:
            continue
        position = 2 * len(ranges)
        sheet.write_string(1, position, column.codes)
        for row, (text, label) in enumerate(listed.items(), start=2):
            sheet.write_string(row, position, text)
            sheet.write_string(row, position + 1, label)
        letter = column_letter(position)
        ranges[column.codes] = f"={own.CODES}!${letter}$3:${letter}${len(listed) + 2}"
    return ranges


def _data(book: Workbook, sheet: Worksheet, layout: Layout, ranges: dict[str, str]) -> None:
    text = book.add_format({"num_format": "@"})
    plain, required, unread = (
        book.add_format({"bold": True, "border": 1, "bg_color": colour})
        for colour in ("#DDEBF7", "#FFE699", "#D9D9D9")
    )
    first = layout.file.header_rows
    group = None
    for position, column in enumerate(layout.columns):
        look = unread if column.ignore is not None else required if column.required else plain
        upper, lower = _printed(column, first)
        if lower is not None:
            sheet.write_string(1, position, lower, look)
        if lower is None or upper != group:  # a merged heading is printed once
            sheet.write_string(0, position, upper, look)
        group = upper if lower is not None else None
        least = 20 if column.read in ("nik", "kk") else 12
        width = max(least, min(40, len(lower or upper) + 4))
        sheet.set_column(position, position, width, None if column.read in NUMBERS else text)
        note = {"x_scale": 2.5, "y_scale": 2.5, "author": ""}
        sheet.write_comment(first - 1, position, _comment(layout, column), note)
        if rule := _rule(column, ranges):
            sheet.data_validation(first, position, LAST_ROW, position, rule)
    sheet.freeze_panes(first, 0)
    last = f"{column_letter(len(layout.columns) - 1)}{LAST_ROW + 1}"
    sheet.ignore_errors({"number_stored_as_text": f"A{first + 1}:{last}"})


def _printed(column: Column, header_rows: int) -> tuple[str, str | None]:
    """The heading, or its two parts where the layout has two header rows."""
    upper, bar, lower = column.heading.partition(" | ")
    return (upper, lower) if header_rows == 2 and bar else (column.heading, None)


def _rule(column: Column, ranges: dict[str, str]) -> dict[str, object] | None:
    """What Excel asks about an entry. It only warns: the hub understands more than it lists."""
    if column.ignore is not None:
        return None
    if column.codes in ranges:
        told = "Tidak ada dalam daftar. / Not in the list."
        rule: dict[str, object] = {"validate": "list", "source": ranges[column.codes]}
    elif column.read in ("nik", "kk"):
        told = "Harus 16 angka. / Sixteen digits are needed."
        rule = {"validate": "length", "criteria": "==", "value": 16}
    else:
        return None
    return {**rule, "error_type": "warning", "error_message": told}


def _comment(layout: Layout, column: Column) -> str:
    """What belongs in a column, in Indonesian and then in English."""
    listed = _listed(column)
    shown = (
        "; ".join(listed) if len(listed) <= COMMENTED else "lihat lembar Petunjuk / see Petunjuk"
    )
    told = example(layout, column)
    parts = []
    words = (("Bentuk", "Wajib diisi", "Contoh"), ("Form", "Required", "Example"))
    for language, (how, must, such) in enumerate(words):
        lines = [meaning(column)[language]]
        if column.ignore is None:
            lines.append(f"{how}: {form(column)[language]}")
        lines += [must] if column.required else []
        lines += [f"{such}: {told}"] if told else []
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, shown] if listed else parts)


def _listed(column: Column) -> list[str]:
    return [f"{text} = {label}" if label else text for text, label in choices(column).items()]


def _explanation(book: Workbook, sheet: Worksheet, layout: Layout) -> None:
    head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, own.GUIDE_TITLE, bold)
    sheet.write_string(1, 0, f"{layout.source}: {layout.title}", bold)
    subject = SUBJECTS[layout.subject]
    guide = [*GUIDE, REGIONS[layout.region.system]]
    for row, (indonesian, english) in enumerate(guide, start=2):
        told = f"{indonesian.format(subject=subject[0])} / {english.format(subject=subject[1])}"
        sheet.write_string(row, 0, told)
    top = len(guide) + 3
    _row(sheet, top, EXPLAINED, head)
    for row, column in enumerate(layout.columns, start=top + 1):
        must = "ya / yes" if column.required else ""
        told = " / ".join(form(column)) if column.ignore is None else ""
        cells = (column.heading, " / ".join(meaning(column)), told, "; ".join(_listed(column)),
                 must, example(layout, column))  # fmt: skip
        _row(sheet, row, cells, wrapped)
    for position, width in enumerate((28, 44, 36, 60, 10, 24)):
        sheet.set_column(position, position, width)
    sheet.freeze_panes(top + 1, 1)


def _row(sheet: Worksheet, row: int, cells: tuple[str, ...], look: Format) -> None:
    for position, cell in enumerate(cells):
        sheet.write_string(row, position, cell, look)
