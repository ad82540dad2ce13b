"""How a checked file is told: to a steward in sentences, to a program as JSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from adapters.checked import Checked
from hub.cli.common import figure, say
from mappings.load import issue_texts
from validation.issues import GRADES, render, with_severity

SHOWN = 20  # lines per kind of issue before the rest is only counted
STYLE = {"ERROR": "bold red", "WARNING": "yellow", "INFO": "cyan"}
INTEGRITY = {
    "blank": "kosong / blank",
    "numeric_cell": "sel bilangan / numeric cell",
    "scientific": "bentuk 3,52E+15 / scientific notation",
    "digits_15": "15 angka / 15 digits",
    "other_length": "panjang lain / other length",
    "masked": "disamarkan / masked",
    "placeholder": "isian pengganti / placeholder",
    "ends_in_0": "teks berakhiran 0 / text ending in 0",
    "ends_in_0000": "teks berakhiran 0000 / text ending in 0000",
    "prefix_current": "kecamatan berlaku / current district",
    "prefix_retired": "kecamatan lama / retired district",
    "prefix_unlisted": "kecamatan tak terdaftar / unlisted district",
    "repeated_values": "nomor berulang / repeated numbers",
    "repeated_rows": "baris dengan nomor berulang / rows with repeated numbers",
    "cleaned": "tanda petik atau spasi dibersihkan / quotes or blanks cleaned",
    "birth_date_differs": "tanggal lahir tidak sesuai / birth date differs",
    "sex_differs": "jenis kelamin tidak sesuai / sex differs",
}
REFUSED = (
    "Berkas ini belum dapat diimpor: betulkan yang SALAH, lalu periksa lagi."
    " / The file cannot be imported yet: mend what is SALAH and check again."
)
SUSPICIOUS = " (MENCURIGAKAN / SUSPICIOUS)"


def entries(issues: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Every issue as plain data, with message and remedy in both languages."""
    for found in with_severity(issues).iter_rows(named=True):
        message_id, remedy_id = render(found["code"], found, "id")
        message_en, remedy_en = render(found["code"], found, "en")
        yield {
            "sheet": found["sheet"] + 1,
            "row": found["row"],
            "column": found["column"],
            "letter": found["letter"],
            "code": found["code"],
            "severity": found["severity"],
            "message": {"id": message_id, "en": message_en},
            "remedy": {"id": remedy_id, "en": remedy_en},
        }


def as_json(checked: Checked, **more: Any) -> dict[str, Any]:
    """The whole report for a program."""
    return {
        "file": checked.path.name,
        "source": checked.source,
        "layouts": [t.layout.layout for t in checked.tables],
        "edition": checked.edition,
        "refused": checked.refused,
        "rows": checked.counts(),
        **more,
        "integrity": [column.as_json() for column in checked.integrity],
        "issues": list(entries(checked.issues)),
    }


def write(checked: Checked, target: Path) -> None:
    """All issues into a file: JSON by its suffix, else CSV that Excel opens (UTF-8 with BOM)."""
    if target.suffix.lower() == ".json":
        text = json.dumps(as_json(checked), ensure_ascii=False, indent=1)
        target.write_text(text, encoding="utf-8")
        return
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(
            ["lembar", "baris", "kolom", "huruf", "kode", "tingkat", "masalah", "perbaikan"]
        )
        for entry in entries(checked.issues):
            writer.writerow(
                [entry["sheet"], entry["row"], _inert(entry["column"]), entry["letter"],
                 entry["code"], GRADES[entry["severity"]], _inert(entry["message"]["id"]),
                 entry["remedy"]["id"]]
            )  # fmt: skip


def _inert(text: str | None) -> str:
    """Text that Excel will not take for a formula, wherever it came from."""
    value = text or ""
    return f"'{value}" if value.lstrip().startswith(("=", "+", "-", "@")) else value


def show(console: Console, issues: pl.DataFrame, *, everything: bool = False) -> None:
    """The report for a steward: Indonesian first, English second, gravest first."""
    graded = with_severity(issues)
    for severity in GRADES:
        grave = graded.filter(pl.col("severity") == severity)
        for kind in grave.partition_by("code", maintain_order=True):
            # Issues whose remedy names the options of a column are told column by column.
            own = "{expected}" in issue_texts()[kind["code"][0]].remedy_id
            for same in kind.partition_by("expected", maintain_order=True) if own else [kind]:
                _show_kind(console, same, severity, everything)


def _show_kind(console: Console, found: pl.DataFrame, severity: str, everything: bool) -> None:
    code = found["code"][0]
    first = found.row(0, named=True)
    console.print(
        f"[{STYLE[severity]}]{GRADES[severity]}[/] {code} ({found.height:,}x)".replace(",", "."),
        highlight=False,
    )
    limit = found.height if everything else SHOWN
    for row in found.head(limit).iter_rows(named=True):
        message, _ = render(code, row, "id")
        say(f"  {_where(row)}{message}", to=console)
    if found.height > limit:
        rest = found.height - limit
        console.print(f"  ... dan {rest} lagi / and {rest} more (--all)", style="dim")
    english, remedy_en = render(code, first, "en")
    _, remedy = render(code, first, "id")
    say(f"  -> {remedy}", "green", to=console)
    say(f"     {english} {remedy_en}", "dim", to=console)


def _where(row: dict[str, Any]) -> str:
    places = [f"lembar {row['sheet'] + 1}"] if row["sheet"] else []
    places += [f"baris {row['row']}"] if row["row"] else []
    if row["column"]:
        letter = f" ({row['letter']})" if row["letter"] else ""
        places.append(f"kolom {row['column']}{letter}")
    return ", ".join(places) + ": " if places else ""


def integrity(console: Console, checked: Checked) -> None:
    """What the NIK and KK columns hold besides sound numbers: counts and shares, no value."""
    told = False
    for column in checked.integrity:
        # The members of a family share its card.
        usual = {"prefix_current"}
        usual |= {"repeated_values", "repeated_rows"} if column.field == "household.kk" else set()
        shown = [m for m in column.measures if m.count and m.name not in usual]
        if shown and not told:
            console.print("Keutuhan NIK dan KK / NIK and KK integrity", style="bold")
            told = True
        sheet = f"lembar {column.sheet + 1}, " if column.sheet else ""
        for measure in shown:
            odd = column.rounded and measure.name == "ends_in_0"
            count, of = figure(measure.count), figure(measure.of)
            share = f"{measure.share:.1%}".replace(".", ",")
            what = INTEGRITY[measure.name] + (SUSPICIOUS if odd else "")
            where = f"{sheet}kolom {column.column} ({column.letter})"
            say(f"  {where}: {count} dari {of} ({share}) {what}", to=console)


def summary(console: Console, checked: Checked) -> None:
    """Rows read, accepted, with warnings, rejected; they add up."""
    counts = checked.counts()
    table = Table(show_header=True, header_style="bold", title=checked.path.name)
    for heading in ("susunan", "dibaca", "diterima", "perlu diperiksa", "ditolak"):
        table.add_column(heading, justify="left" if heading == "susunan" else "right")
    table.add_row(
        checked.layout or "-",
        *[figure(counts[name]) for name in ("read", "accepted", "warning", "rejected")],
    )
    console.print(table)
    say(_verdict(checked), to=console)


def _verdict(checked: Checked) -> str:
    """What the steward does next, in one sentence."""
    if checked.refused:
        return REFUSED
    grades = set(with_severity(checked.issues)["severity"])
    if "ERROR" in grades:
        return (
            "Baris yang SALAH tidak akan diimpor; yang lain dapat diimpor."
            " / Rows marked SALAH will not be imported; the others can be."
        )
    if "WARNING" in grades:
        return (
            "Semua baris dapat diimpor; lihat dahulu yang perlu diperiksa."
            " / Every row can be imported; look at the warnings first."
        )
    return "Tidak ada yang perlu dibetulkan. / There is nothing to mend."
