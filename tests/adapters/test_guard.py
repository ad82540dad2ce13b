"""What a file is by its bytes, and what is refused before parsing."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from workbooks import ods, ole, patched, worksheet, xls, xlsb, xlsx, zipped

from adapters import guard
from adapters.base import FileRefused, Limits

CELL = worksheet('<row r="1"><c r="A1"><v>1</v></c></row>')


def code_of(act: Callable[[], object]) -> tuple[str, dict[str, str]]:
    with pytest.raises(FileRefused) as caught:
        act()
    return caught.value.code, caught.value.detail


def sniffed(tmp_path: Path, data: bytes, extension: str = "") -> str:
    path = tmp_path / "file"
    path.write_bytes(data)
    return guard.sniff(path, extension)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG image"),
        (b"\x1f\x8b\x08\0", "GZIP"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"MZ\x90\0\x03\0\0\0", "executable"),
        (b"\x03\x7b\x0a\x1a" + bytes(60), "binary data"),
        (b'[{"nik": 1}]', "JSON"),
        (b'<?xml version="1.0"?><gml/>', "XML"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "XML Spreadsheet 2003",
        ),
    ],
)
def test_other_types_are_named(tmp_path: Path, data: bytes, found: str) -> None:
    assert code_of(lambda: sniffed(tmp_path, data)) == (
        "FILE_TYPE",
        {"found": found, "expected": "xlsx, xls, xlsb, ods, csv"},
    )


@pytest.mark.parametrize(
    ("parts", "found"),
    [({"word/document.xml": b"<x/>"}, "DOCX"), ({"a.csv": b"a;b"}, "ZIP")],
)
def test_other_archives_are_named(tmp_path: Path, parts: dict[str, bytes], found: str) -> None:
    path = zipped(tmp_path / "a.xlsx", parts)
    assert code_of(lambda: guard.sniff(path, ".xlsx"))[1]["found"] == found


def test_workbooks_are_known_by_content(tmp_path: Path) -> None:
    files = [
        xlsx(tmp_path / "1", CELL),
        xls(tmp_path / "2"),
        xlsb(tmp_path / "3", [(0, 0, "a")]),
        ods(tmp_path / "4", ""),
    ]
    assert [guard.sniff(file, "") for file in files] == ["xlsx", "xls", "xlsb", "ods"]


@pytest.mark.parametrize(
    ("data", "extension", "kind"),
    [
        (b"a;b\n1;2\n", ".csv", "csv"),
        (b"a\tb\n1\t2\n", ".xls", "csv"),
        (b"a\tb\n1\t2\n", ".TXT", "csv"),
        (b"\xff\xfea\0;\0b\0", ".csv", "csv"),
        (b"\n <TABLE><tr><td>a</td></tr></TABLE>", ".xls", "html"),
        (b"\xef\xbb\xbf<!DOCTYPE html><html></html>", "", "html"),
        (b"<br />\n<b>Warning</b>: x\n<table></table>", ".xls", "html"),
    ],
)
def test_text_is_taken_as_what_it_is(
    tmp_path: Path, data: bytes, extension: str, kind: str
) -> None:
    assert sniffed(tmp_path, data, extension) == kind


@pytest.mark.parametrize(
    ("data", "extension", "found"),
    [(b"a;b\n", ".xlsx", "csv"), (b"<table>", ".csv", "html"), (b"<table>", ".xlsx", "html")],
)
def test_dangerous_disguises_are_refused(
    tmp_path: Path, data: bytes, extension: str, found: str
) -> None:
    assert code_of(lambda: sniffed(tmp_path, data, extension)) == (
        "FILE_EXTENSION",
        {"found": found, "expected": extension},
    )


def test_a_workbook_named_csv_is_refused(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "a.csv", CELL)
    assert code_of(lambda: guard.sniff(path, ".csv"))[0] == "FILE_EXTENSION"


def test_utf16_without_mark_is_refused(tmp_path: Path) -> None:
    assert code_of(lambda: sniffed(tmp_path, "a;b\n1;2\n".encode("utf-16-le"))) == (
        "FILE_ENCODING",
        {"reason": "NUL", "found": "UTF-16 without a byte order mark"},
    )


def test_an_ole_container_is_what_its_entries_say(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    encrypted = ole(path, "Root Entry", "EncryptionInfo", "EncryptedPackage")
    assert code_of(lambda: guard.sniff(encrypted, ".xlsx")) == ("FILE_ENCRYPTED", {})
    word = ole(path, "Root Entry", "WordDocument")
    assert code_of(lambda: guard.sniff(word, ".xls"))[1]["found"] == "DOC"
    cut = patched(ole(path, "Root Entry", "Workbook"), lambda data: data[:1024])
    assert code_of(lambda: guard.sniff(cut, ".xls")) == ("FILE_TRUNCATED", {"found": "OLE"})


def test_an_ole_directory_that_runs_in_a_circle(tmp_path: Path) -> None:
    path = ole(tmp_path / "a.xls", "Root Entry", "Workbook")
    patched(path, lambda data: data[:516] + struct.pack("<I", 1) + data[520:])
    assert code_of(lambda: guard.sniff(path, ".xls"))[0] == "FILE_UNREADABLE"


def checked(path: Path, limits: Limits) -> None:
    with guard.open_zip(path) as archive:
        guard.check_zip(archive, path.stat().st_size, limits)


def test_a_bomb_is_refused_by_its_ratio_and_a_small_file_passes(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a", {"xl/workbook.xml": b" " * 2_000_000})
    checked(path, Limits())
    assert code_of(lambda: checked(path, Limits(zip_ratio_floor=1_000_000))) == (
        "FILE_UNSAFE",
        {"reason": "compression ratio"},
    )
    assert code_of(lambda: checked(path, Limits(unpacked_bytes=1_000_000))) == (
        "FILE_UNSAFE",
        {"reason": "unpacked size"},
    )


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "\\x", "..\\x", "C:/x"])
def test_paths_out_of_the_archive_are_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a", {name: b"x"})
    assert code_of(lambda: checked(path, Limits())) == (
        "FILE_UNSAFE",
        {"reason": "path traversal"},
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<a/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"<b/>")
    assert code_of(lambda: checked(path, Limits())) == (
        "FILE_UNSAFE",
        {"reason": "duplicate entries"},
    )


def test_a_password_on_an_entry(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a", {"xl/workbook.xml": b"<a/>"})
    flag = b"PK\x01\x02\x14\x03\x14\0"
    patched(path, lambda data: data.replace(flag + b"\0", flag + b"\1"))
    assert code_of(lambda: checked(path, Limits())) == ("FILE_ENCRYPTED", {})


def unpacked(path: Path, name: str) -> bytes:
    with guard.open_zip(path) as archive, path.open("rb") as handle:
        return b"".join(guard.inflate(handle, archive.getinfo(name)))


def test_unpacking_gives_the_very_bytes(tmp_path: Path) -> None:
    data = b"\1\2\3" * 1_500_000 + b"end"
    path = zipped(tmp_path / "a", {"media.bin": data, "empty.bin": b""})
    assert unpacked(path, "media.bin") == data
    assert unpacked(path, "empty.bin") == b""


def test_an_entry_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a", {"x.bin": b"0" * 5_000})
    patched(path, lambda data: data.replace(struct.pack("<I", 5_000), struct.pack("<I", 50)))
    assert code_of(lambda: unpacked(path, "x.bin")) == (
        "FILE_UNSAFE",
        {"reason": "declared size"},
    )


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DTD"),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE a SYSTEM "http://x/"><a/>', "DTD"),
        ("<a/>".encode("utf-16"), "XML encoding"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "XML encoding"),
        (b'<x:sst xmlns:x="y" uniqueCount="4294967295"><x:si/></x:sst>', "shared string count"),
    ],
)
def test_xml_that_is_refused_by_its_prolog(tmp_path: Path, part: bytes, reason: str) -> None:
    path = zipped(tmp_path / "a", {"p.xml": part})
    assert code_of(lambda: unpacked(path, "p.xml")) == ("FILE_UNSAFE", {"reason": reason})


def test_a_shared_string_count_with_room_for_it_passes(tmp_path: Path) -> None:
    part = b'<sst count="9" uniqueCount="9000"><si/></sst>'  # some programs count references
    assert unpacked(zipped(tmp_path / "a", {"p.xml": part}), "p.xml") == part
