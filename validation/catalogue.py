"""Write docs/issues.md from the issue catalogue, or check that it is up to date."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from mappings.load import issue_texts
from mappings.model import IssueText
from validation.generated import keep

DOCUMENT = Path(__file__).parents[1] / "docs" / "issues.md"
INTRODUCTION = """\
# Daftar masalah / Issue catalogue

Setiap masalah yang dilaporkan `hub check`, `hub import` dan API (`Issue.code`). Kodenya
tidak berubah. ERROR menolak baris (atau seluruh berkas); WARNING menerima baris dan meminta
diperiksa; INFO hanya memberi tahu. Yang berada dalam {kurung} diisi dari berkasnya; NIK, nomor KK
dan nama tidak pernah ditampilkan utuh.

*Every issue that `hub check`, `hub import` and the API (`Issue.code`) report. Codes are
stable. An ERROR rejects the row (or the whole file); a WARNING accepts it and asks for a look; an
INFO only tells. What stands in {braces} is filled in from the file; a NIK, a KK number or a name
is never shown whole.*

This document is generated from `mappings/issues.yml` by `python -m validation.catalogue`.
"""


def document() -> str:
    """The catalogue as Markdown, grouped by the first word of the codes."""
    entries = list(issue_texts().values())
    first = list(dict.fromkeys(_prefix(entry) for entry in entries))  # in order of the file
    grouped = groupby(sorted(entries, key=lambda e: first.index(_prefix(e))), _prefix)
    return INTRODUCTION + "".join(_section(prefix, list(group)) for prefix, group in grouped)


def _prefix(entry: IssueText) -> str:
    return entry.code.partition("_")[0]


def _section(prefix: str, entries: list[IssueText]) -> str:
    rows = [
        f"| `{e.code}` | {e.severity} | {_told(e.id, e.remedy_id)} | {_told(e.en, e.remedy_en)} |"
        for e in entries
    ]
    heading = [f"\n## {prefix}\n", "| Kode / Code | Tingkat / Severity | Indonesia | English |"]
    return "\n".join([*heading, "|---|---|---|---|", *rows]) + "\n"


def _told(message: str, remedy: str) -> str:
    return " ".join(f"{message}<br>→ {remedy}".split()).replace("|", r"\|")


def main(arguments: list[str]) -> int:
    """Write the file; with --check, compare it. Returns 1 when it is out of date, 2 on misuse."""
    return keep(DOCUMENT, document(), "validation.catalogue", arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
