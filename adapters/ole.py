"""The names inside an OLE container (.xls, .doc, encrypted workbooks), read without trusting it."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from adapters.base import FILE_TRUNCATED, FILE_UNREADABLE, FileRefused

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENTRY = 128
_MAX_CHAIN = 4096
_LAST = 0xFFFFFFFA  # sector numbers from here on are markers, not sectors


def entry_names(path: Path) -> frozenset[str]:
    """The names of the container's streams and folders, as written.

    In: a file that begins with MAGIC. Out: the names. Nothing is allocated by the file's own
    counts, so a lying header costs nothing.
    Errors: FileRefused FILE_TRUNCATED when the directory lies past the end of the file,
    FILE_UNREADABLE when the container contradicts itself.
    """
    with path.open("rb") as handle:
        return frozenset(_Container(handle).names())


class _Container:
    """Just enough of [MS-CFB] to walk the directory chain."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        header = handle.read(512)
        if len(header) < 512:
            raise FileRefused(FILE_TRUNCATED, found="OLE")
        (shift,) = struct.unpack_from("<H", header, 30)
        if shift not in (9, 12):
            raise FileRefused(FILE_UNREADABLE, found="OLE", reason="damaged")
        self._size = 1 << shift
        self._directory, self._next_difat = struct.unpack_from("<I", header, 48) + (
            struct.unpack_from("<I", header, 68)
        )
        self._fat = list(struct.unpack_from("<109I", header, 76))

    def names(self) -> Iterator[str]:
        sector, seen = self._directory, set[int]()
        while sector < _LAST:
            if sector in seen or len(seen) >= _MAX_CHAIN:
                raise FileRefused(FILE_UNREADABLE, found="OLE", reason="damaged")
            seen.add(sector)
            yield from _names(self._sector(sector))
            sector = self._after(sector)

    def _sector(self, number: int) -> bytes:
        self._handle.seek((number + 1) * self._size)
        data = self._handle.read(self._size)
        if not data:
            raise FileRefused(FILE_TRUNCATED, found="OLE")
        return data.ljust(self._size, b"\0")

    def _after(self, sector: int) -> int:
        table, place = divmod(sector, self._size // 4)
        while table >= len(self._fat):
            self._extend_fat()
        if self._fat[table] >= _LAST:
            raise FileRefused(FILE_UNREADABLE, found="OLE", reason="damaged")
        (following,) = struct.unpack_from("<I", self._sector(self._fat[table]), place * 4)
        return int(following)

    def _extend_fat(self) -> None:
        if self._next_difat >= _LAST or len(self._fat) > _MAX_CHAIN * 1024:
            raise FileRefused(FILE_UNREADABLE, found="OLE", reason="damaged")
        *numbers, self._next_difat = struct.unpack(
            f"<{self._size // 4}I", self._sector(self._next_difat)
        )
        self._fat.extend(numbers)


def _names(sector: bytes) -> Iterator[str]:
    for start in range(0, len(sector), _ENTRY):
        (length,) = struct.unpack_from("<H", sector, start + 64)
        if 2 <= length <= 64:
            yield sector[start : start + length - 2].decode("utf-16-le", "replace")
