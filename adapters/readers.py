"""The door to this floor: a file in, its sheets out as raw text."""

import hashlib
from pathlib import Path

from adapters import guard, sandbox
from adapters.base import FILE_MISSING, FileRefused, Limits, RawFile

_DEFAULT_LIMITS = Limits()


def read(path: Path, *, name: str | None = None, limits: Limits = _DEFAULT_LIMITS) -> RawFile:
    """Read a workbook, CSV or HTML table, in a child process that may die without harm.

    In: the file; `name`, the file name its sender gave (of which only the extension is used),
    when the file itself is spooled under another; the limits.
    Out: every sheet as text, see `RawSheet`.
    Errors: FileRefused, whatever the file holds; DiskFullError.
    """
    size = guard.check_file(path, limits)
    try:
        with path.open("rb") as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        raise FileRefused(FILE_MISSING, reason="not readable") from None
    extension = Path(name or path).suffix
    parsed = sandbox.run(path, extension, limits)
    return RawFile(
        kind=parsed.kind,
        sha256=sha256,
        size=size,
        encoding=parsed.encoding,
        delimiter=parsed.delimiter,
        sheets=parsed.sheets,
    )


def column_letter(index: int) -> str:
    """0 -> "A", 26 -> "AA"; the letter a steward sees above the column."""
    letters = ""
    left = index + 1
    while left > 0:
        left, letter = divmod(left - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def letter_index(letter: str) -> int:
    """Return the 0-based column of an Excel letter: column_letter the other way round."""
    index = 0
    for char in letter:
        index = index * 26 + ord(char) - ord("A") + 1
    return index - 1
