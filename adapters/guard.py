"""What a file really is and whether it is safe to parse, by its bytes, before any parser."""

import posixpath
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from adapters import ole
from adapters.base import (
    FILE_EMPTY,
    FILE_ENCODING,
    FILE_ENCRYPTED,
    FILE_EXTENSION,
    FILE_MISSING,
    FILE_TOO_LARGE,
    FILE_TRUNCATED,
    FILE_TYPE,
    FILE_UNREADABLE,
    FILE_UNSAFE,
    FileRefused,
    Kind,
    Limits,
)

EXPECTED = "xlsx, xls, xlsb, ods, csv"
CHUNK = 1 << 20
_HEAD = 1 << 16

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG image"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"GIF8", "GIF image"),
    (b"II*\0", "TIFF image"),
    (b"MM\0*", "TIFF image"),
    (b"\x1f\x8b", "GZIP"),
    (b"\x28\xb5\x2f\xfd", "ZSTD"),
    (b"BZh91AY", "BZIP2"),
    (b"\xfd7zXZ", "XZ"),
    (b"7z\xbc\xaf\x27\x1c", "7Z"),
    (b"Rar!\x1a", "RAR"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x7fELF", "executable"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"PAR1", "Parquet"),
    (b"ARROW1", "Arrow"),
    (b"{\\rtf", "RTF"),
    (b"MIME-Version:", "MHTML"),
)

# What each extension may hold. Web applications serve HTML, CSV and xlsx under .xls, and every
# spreadsheet program opens those. An extension not listed promises nothing.
_MAY_HOLD: dict[str, frozenset[Kind]] = {
    ".xlsx": frozenset({"xlsx"}),
    ".xlsm": frozenset({"xlsx"}),
    ".xltx": frozenset({"xlsx"}),
    ".xls": frozenset({"xls", "xlsx", "html", "csv"}),
    ".xlsb": frozenset({"xlsb"}),
    ".ods": frozenset({"ods"}),
    ".csv": frozenset({"csv"}),
    ".tsv": frozenset({"csv"}),
    ".txt": frozenset({"csv"}),
    ".htm": frozenset({"html"}),
    ".html": frozenset({"html"}),
}

_WORKBOOKS: tuple[tuple[str, Kind], ...] = (("workbook.xml", "xlsx"), ("workbook.bin", "xlsb"))
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_BINARY = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f]")
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w.\-]*:)?([A-Za-z_][\w.\-]*)[^>]*>")
_ENCODING = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)[\"']")
_UNIQUE_COUNT = re.compile(rb"\suniqueCount\s*=\s*[\"'](\d+)[\"']")
_MAX_RESERVED = 10_000_000  # shared strings a reader may reserve room for on the file's word


def check_file(path: Path, limits: Limits) -> int:
    """The size of a regular, non-empty file within the limit.

    Errors: FileRefused FILE_MISSING, FILE_EMPTY, FILE_TOO_LARGE.
    """
    try:
        found = path.stat()
    except OSError:
        raise FileRefused(FILE_MISSING) from None
    if not stat.S_ISREG(found.st_mode):
        raise FileRefused(FILE_MISSING, found="not a file")
    if found.st_size == 0:
        raise FileRefused(FILE_EMPTY)
    if found.st_size > limits.file_bytes:
        raise FileRefused(FILE_TOO_LARGE, size=str(found.st_size), limit=str(limits.file_bytes))
    return found.st_size


def sniff(path: Path, extension: str) -> Kind:
    """What the file is by its content, checked against the extension it came with.

    In: the file; the extension of the name its sender gave ("" promises nothing).
    Errors: FileRefused FILE_TYPE, FILE_EXTENSION, FILE_ENCRYPTED, FILE_ENCODING, FILE_TRUNCATED.
    """
    with path.open("rb") as handle:
        head = handle.read(_HEAD)
    kind = _kind(path, head)
    if kind not in _MAY_HOLD.get(extension.lower(), frozenset({kind})):
        raise FileRefused(FILE_EXTENSION, found=kind, expected=extension.lower())
    return kind


def _kind(path: Path, head: bytes) -> Kind:
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    if head.startswith(ole.MAGIC):
        return _ole_kind(path)
    for magic, found in _MAGIC:
        if head.startswith(magic):
            raise _wrong_type(found)
    return _text_kind(head)


def _wrong_type(found: str) -> FileRefused:
    return FileRefused(FILE_TYPE, found=found, expected=EXPECTED)


def _zip_kind(path: Path) -> Kind:
    with open_zip(path) as archive, path.open("rb") as handle:
        entries = {entry.filename.lower().replace("\\", "/"): entry for entry in archive.infolist()}
        if entry := entries.get("mimetype"):
            mimetype = next(inflate(handle, entry), b"").strip()
            if mimetype == b"application/vnd.oasis.opendocument.spreadsheet":
                return "ods"
    names = entries.keys()
    for part, kind in _WORKBOOKS:
        if any(posixpath.basename(name) == part for name in names):
            return kind
    for folder, found in (("word/", "DOCX"), ("ppt/", "PPTX")):
        if any(name.startswith(folder) for name in names):
            raise _wrong_type(found)
    raise _wrong_type("OpenDocument, not a spreadsheet" if "mimetype" in names else "ZIP")


def _ole_kind(path: Path) -> Kind:
    names = ole.entry_names(path)
    if "EncryptedPackage" in names:
        raise FileRefused(FILE_ENCRYPTED)
    if names & {"Workbook", "Book", "WORKBOOK", "BOOK"}:
        return "xls"
    for entry, found in (("WordDocument", "DOC"), ("PowerPoint Document", "PPT")):
        if entry in names:
            raise _wrong_type(found)
    raise _wrong_type("OLE container")


def _text_kind(head: bytes) -> Kind:
    wide = head.startswith(_UTF16_BOMS)
    if not wide and b"\0" in head:
        if not head.strip(b"\0"):  # room was kept for a copy that never came
            raise FileRefused(FILE_TRUNCATED, found="zeros")
        if _BINARY.search(head) or head.startswith(b"MZ"):
            raise _wrong_type("executable" if head.startswith(b"MZ") else "binary data")
        wide_without_bom = head[1::2].count(0) * 3 > len(head) or head[::2].count(0) * 3 > len(head)
        found = {"found": "UTF-16 without a byte order mark"} if wide_without_bom else {}
        raise FileRefused(FILE_ENCODING, reason="NUL", **found)
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b'{"', b"[{", b"{\n", b"{\r")):
        raise _wrong_type("JSON")
    return _markup_kind(start) if start.startswith(b"<") else "csv"


def _markup_kind(start: bytes) -> Kind:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start and b"<html" not in start:
        raise _wrong_type("XML Spreadsheet 2003")
    if b"<html" in start or b"<table" in start or start.startswith(b"<!doctype html"):
        return "html"
    raise _wrong_type("XML")


def open_zip(path: Path) -> zipfile.ZipFile:
    """The archive's directory. Errors: FileRefused FILE_TRUNCATED when it has no (whole) one."""
    try:
        return zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise FileRefused(FILE_TRUNCATED, found="ZIP") from None
    except (ValueError, NotImplementedError, OSError):
        raise FileRefused(FILE_UNREADABLE, found="ZIP", reason="damaged") from None


def check_zip(archive: zipfile.ZipFile, size: int, limits: Limits) -> None:
    """Refuse an archive by its directory alone: bombs, doubles, odd paths, overlaps, passwords.

    In: the open archive, the file's size. Linear in the number of entries; nothing is unpacked.
    Errors: FileRefused FILE_UNSAFE (detail reason), FILE_ENCRYPTED.
    """
    entries = archive.infolist()
    if len(entries) > limits.zip_entries:
        raise _unsafe("entries")
    if len({entry.filename.lower() for entry in entries}) != len(entries):
        raise _unsafe("duplicate entries")
    for entry in entries:
        _check_entry(entry, limits)
    total = sum(entry.file_size for entry in entries)
    if total > limits.unpacked_bytes:
        raise _unsafe("unpacked size")
    if total > limits.zip_ratio_floor and total > limits.zip_ratio * size:
        raise _unsafe("compression ratio")
    _check_overlap(entries, size)


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ".." in PurePosixPath(name).parts or re.match(r"[A-Za-z]:", name):
        raise _unsafe("path traversal")
    if entry.flag_bits & 0x1:
        raise FileRefused(FILE_ENCRYPTED)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _unsafe("compression method")
    if (
        entry.file_size > limits.zip_ratio_floor
        and entry.file_size > limits.zip_ratio * entry.compress_size
    ):
        raise _unsafe("compression ratio")


def _check_overlap(entries: list[zipfile.ZipInfo], size: int) -> None:
    end = 0
    for entry in sorted(entries, key=lambda found: found.header_offset):
        if entry.header_offset < end:
            raise _unsafe("overlapping entries")
        end = entry.header_offset + 30 + entry.compress_size
    if end > size:
        raise FileRefused(FILE_TRUNCATED, found="ZIP")


def _unsafe(reason: str) -> FileRefused:
    return FileRefused(FILE_UNSAFE, reason=reason)


def inflate(handle: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack one entry in bounded pieces, holding it to the size it declares.

    In: the archive's file, an entry that passed `check_zip`. An XML part must also pass the
    prolog rules of `check_prolog`. Needed because readers unpack past a lying size.
    Errors: FileRefused FILE_UNSAFE, FILE_TRUNCATED, FILE_UNREADABLE.
    """
    markup = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    length = 0
    for piece in _pieces(handle, entry):
        if not length and (markup or piece.lstrip().startswith(b"<")):
            check_prolog(piece, entry.file_size)
        length += len(piece)
        if length > entry.file_size:
            raise _unsafe("declared size")
        yield piece
    if length < entry.file_size:
        raise FileRefused(FILE_TRUNCATED, found="ZIP")


def _pieces(handle: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    handle.seek(entry.header_offset)
    local = handle.read(30)
    if len(local) < 30 or not local.startswith(b"PK\x03\x04"):
        raise FileRefused(FILE_UNREADABLE, found="ZIP", reason="damaged")
    handle.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1)
    left = entry.compress_size
    engine = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type else None
    while left > 0 and (data := handle.read(min(left, CHUNK // 4))):
        left -= len(data)
        if engine is None:
            yield data
            continue
        while data:
            if piece := _unpack(engine, data):
                yield piece
            data = engine.unconsumed_tail
    while engine and not engine.eof and (piece := _unpack(engine, b"")):
        yield piece


def _unpack(engine: "zlib._Decompress", data: bytes) -> bytes:
    try:
        return engine.decompress(data, CHUNK)
    except zlib.error:
        raise FileRefused(FILE_UNREADABLE, found="ZIP", reason="damaged") from None


def check_prolog(head: bytes, size: int) -> None:
    """Refuse an XML part by what stands before and in its root tag.

    In: the first piece of the part (up to 1 MB), the part's unpacked size. A DTD can stand only
    before the root element, so nothing behind it needs looking at.
    Errors: FileRefused FILE_UNSAFE for a DTD, an encoding other than UTF-8, an endless prolog or
    a shared-string count that the part has no room for.
    """
    if head.startswith(_UTF16_BOMS) or b"\0" in head[:64]:
        raise _unsafe("XML encoding")
    declared = _ENCODING.search(head, 0, 512)
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise _unsafe("XML encoding")
    prolog = _PROLOG.match(head)
    start = prolog.end() if prolog else 0
    if head.startswith(b"<!", start):
        raise _unsafe("DTD")
    root = _ROOT.match(head, start)
    if root is None:
        raise FileRefused(FILE_UNREADABLE, reason="not XML")
    claim = _UNIQUE_COUNT.search(root[0]) if root[2] == b"sst" else None
    if claim and int(claim[1][:20]) > max(size // 5, _MAX_RESERVED):
        raise _unsafe("shared string count")
