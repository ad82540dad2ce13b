"""What every reader hands on: raw text frames of a file, or a refusal of the file as a whole."""

from dataclasses import dataclass, field
from typing import Final, Literal

import polars as pl

Kind = Literal["xlsx", "xls", "ods", "xlsb", "csv", "html"]

FILE_MISSING: Final = "FILE_MISSING"
FILE_EMPTY: Final = "FILE_EMPTY"
FILE_TYPE: Final = "FILE_TYPE"
FILE_EXTENSION: Final = "FILE_EXTENSION"
FILE_TRUNCATED: Final = "FILE_TRUNCATED"
FILE_ENCRYPTED: Final = "FILE_ENCRYPTED"
FILE_UNSAFE: Final = "FILE_UNSAFE"
FILE_TOO_LARGE: Final = "FILE_TOO_LARGE"
FILE_ENCODING: Final = "FILE_ENCODING"
FILE_RAGGED: Final = "FILE_RAGGED"
FILE_UNREADABLE: Final = "FILE_UNREADABLE"
FILE_TOO_SLOW: Final = "FILE_TOO_SLOW"

FILE_CODES: Final = frozenset(
    {
        FILE_MISSING,
        FILE_EMPTY,
        FILE_TYPE,
        FILE_EXTENSION,
        FILE_TRUNCATED,
        FILE_ENCRYPTED,
        FILE_UNSAFE,
        FILE_TOO_LARGE,
        FILE_ENCODING,
        FILE_RAGGED,
        FILE_UNREADABLE,
        FILE_TOO_SLOW,
    }
)

MAX_ROWS: Final = 1_048_576  # Excel's last row
MAX_COLUMNS: Final = 16_384  # column XFD
LONG_NUMBER: Final = 1e11  # the smallest number of 12 digits
LONG_SCHEMA: Final = {"row": pl.UInt32, "column": pl.UInt16}


class FileRefused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The file cannot be taken at all. Carries a stable code and facts about the file.

    In: one of the FILE_* codes; `detail` says where or what (found, expected, reason, sheet, row).
    `detail` and the message never hold a cell value, so both may be logged and shown.
    """

    def __init__(self, code: str, **detail: str) -> None:
        if code not in FILE_CODES:
            raise ValueError(f"unknown file code {code!r}")
        self.code = code
        self.detail: dict[str, str] = detail
        facts = ", ".join(f"{key}={value}" for key, value in sorted(detail.items()))
        super().__init__(f"{code} ({facts})" if facts else code)


class DiskFullError(Exception):
    """The disk for temporary files is full or cannot be written: nothing is said of the file."""


@dataclass(frozen=True)
class Limits:
    """How much one file may cost. Every bound has a refusal of its own."""

    file_bytes: int = 1 << 30
    # Address space of the child. 1,000,000 rows x 40 columns of xlsx reserve 5.2 GB of it and
    # hold 3.7 GB resident.
    memory_bytes: int = 6 << 30
    cpu_seconds: int = 300
    wall_seconds: int = 900
    open_files: int = 64
    zip_entries: int = 10_000
    unpacked_bytes: int = 3_000_000_000
    zip_ratio: int = 250
    zip_ratio_floor: int = 100_000_000  # unpacked bytes below which any ratio passes
    grid_cells: int = 1_000_000_000


@dataclass(frozen=True)
class RawSheet:
    """One sheet as text.

    `cells`: every column String, named "c0".."cN" with c0 = sheet column A; frame row 0 is sheet
    row 1, so blank rows and columns before the data are present. Blanks are null; text is as it
    was, but for NUL, which is left out. Rows after the last cell with content are not in the
    frame, even when the sheet's declared dimension or its styled blank cells reach further
    ("ghost rows"); rows that hold only white space are.
    `long_numbers`: row (1-based sheet row) and column (0-based) of each *numeric* cell of 12
    digits or more. Excel keeps 15 digits, so an identifier there may already be damaged.
    """

    name: str
    cells: pl.DataFrame
    long_numbers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LONG_SCHEMA))
    visible: bool = True


@dataclass(frozen=True)
class RawFile:
    """A file as read. `encoding` and `delimiter` are set for CSV only."""

    kind: Kind
    sha256: str
    size: int
    encoding: str | None
    delimiter: str | None
    sheets: tuple[RawSheet, ...]
