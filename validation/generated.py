"""A committed file that a program makes: written, or found to be out of date."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path


def keep(file: Path, text: str, module: str, arguments: Sequence[str]) -> int:
    """Write the file; with --check, compare it. Returns 1 when it is out of date, 2 on misuse.

    `module` is what is run to write it.
    """
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write(f"usage: python -m {module} [--check]\n")
        return 2
    if not arguments:
        file.write_text(text, encoding="utf-8")
        return 0
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{file.name} is out of date: run `python -m {module}`.\n")
    return 1
