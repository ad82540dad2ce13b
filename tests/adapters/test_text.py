"""CSV in the encodings and dialects that arrive."""

from pathlib import Path

import polars as pl
import pytest

from adapters.base import FileRefused
from adapters.text import Text, find_delimiter, read_csv

Rows = list[tuple[str | None, ...]]


def rows(tmp_path: Path, data: bytes) -> Rows:
    return read(tmp_path, data)[1]


def read(tmp_path: Path, data: bytes) -> tuple[Text, Rows]:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    found = read_csv(source, target)
    return found, pl.read_ipc(target).rows()


def refused(tmp_path: Path, data: bytes) -> tuple[str, dict[str, str]]:
    with pytest.raises(FileRefused) as caught:
        read(tmp_path, data)
    return caught.value.code, caught.value.detail


TABLE = "NIK;Nama\r\n9971295110590003;SITI MUÑOZ\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TABLE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TABLE.encode(), "utf-8-sig"),
        (b"\xff\xfe" + TABLE.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("cp1252"), "cp1252"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, encoding: str) -> None:
    assert read(tmp_path, data) == (
        Text(encoding, ";"),
        [("NIK", "Nama"), ("9971295110590003", "SITI MUÑOZ")],
    )


def test_undecodable_text_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, b"NIK;Nama\n1;\x81\x8d\n") == (
        "FILE_ENCODING",
        {"reason": "undecodable"},
    )


def test_a_nul_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, b"a;b\n1;x\0y\n") == ("FILE_ENCODING", {"reason": "NUL"})


@pytest.mark.parametrize(
    ("head", "delimiter"),
    [
        ("a;b;c\n1;2,5;3,5\n1;2,5;3,5\n", ";"),
        ("nama;alamat\nA;Jl. X, RT 1, RW 2\nB;Jl. Y, RT 1, RW 2, Dusun\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('a,b\n"x;y;z;w",2\n"x;y;z;w",2\n', ","),
        ("NIK\n1\n2\n", ","),
        ("", ","),
    ],
)
def test_delimiter_is_what_lines_agree_on(head: str, delimiter: str) -> None:
    assert find_delimiter(head) == delimiter


def test_sep_line_names_the_delimiter_and_is_no_row(tmp_path: Path) -> None:
    assert read(tmp_path, b"sep=^\r\na^b,c\r\n1^2\r\n") == (
        Text("utf-8", "^"),
        [("a", "b,c"), ("1", "2")],
    )


def test_title_rows_have_fewer_fields(tmp_path: Path) -> None:
    data = b"DATA P3KE\n\nTahun;2023\nno;NIK;nama\n1;0012;A\n"
    assert rows(tmp_path, data) == [
        ("DATA P3KE", None, None),
        (None, None, None),
        ("Tahun", "2023", None),
        ("no", "NIK", "nama"),
        ("1", "0012", "A"),
    ]


def test_blank_lines_keep_their_row(tmp_path: Path) -> None:
    data = b"\r\na,b\r\n\r\n,\r\n1,2\r\n"
    assert rows(tmp_path, data) == [
        (None, None),
        ("a", "b"),
        (None, None),
        (None, None),
        ("1", "2"),
    ]


def test_text_is_not_trimmed_and_empty_is_null(tmp_path: Path) -> None:
    data = 'a,b,c\n  x\xa0,"",NULL\n'.encode()
    assert rows(tmp_path, data) == [("a", "b", "c"), ("  x\xa0", None, "NULL")]


def test_a_line_end_inside_quotes_is_text(tmp_path: Path) -> None:
    data = b'a,b\n"Jl. X\n\nRT 1, ""RW"" 2",1\nc,d\n'
    assert rows(tmp_path, data) == [("a", "b"), ('Jl. X\n\nRT 1, "RW" 2', "1"), ("c", "d")]


def test_stray_quotes_are_text_as_in_excel(tmp_path: Path) -> None:
    data = b'a,b\nGang 5" kiri,1\n"X"Y,2\n\n3,4\n'
    assert rows(tmp_path, data) == [
        ("a", "b"),
        ('Gang 5" kiri', "1"),
        ("XY", "2"),
        (None, None),
        ("3", "4"),
    ]


def test_an_open_quote_is_refused_with_its_row(tmp_path: Path) -> None:
    assert refused(tmp_path, b'a,b\n1,2\n"x,3\n4,5\n') == (
        "FILE_UNREADABLE",
        {"reason": "quotes", "row": "3"},
    )


def test_carriage_returns_alone_end_lines(tmp_path: Path) -> None:
    assert rows(tmp_path, b"a;b\r1;2\r3;4\r") == [("a", "b"), ("1", "2"), ("3", "4")]


def test_a_row_too_wide_is_refused_with_its_row(tmp_path: Path) -> None:
    data = b"a,b\n" + b"1,2\n" * 60 + b"\n" + b"1,2,3\n1,2\n"
    assert refused(tmp_path, data) == (
        "FILE_RAGGED",
        {"row": "63", "found": "3", "expected": "2"},
    )


def test_empty_fields_too_many_are_no_fault(tmp_path: Path) -> None:
    data = b"a,b\n" + b"1,2\n" * 60 + b"3,4,,\n"
    assert rows(tmp_path, data)[-1] == ("3", "4")


def test_text_that_begins_like_a_zlib_stream(tmp_path: Path) -> None:
    assert rows(tmp_path, b"x^,b\n1,2\n") == [("x^", "b"), ("1", "2")]


def test_more_columns_than_a_sheet_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, b"a" + b",a" * 16_384) == ("FILE_UNSAFE", {"reason": "columns"})


def test_rows_stay_in_order_over_many_batches(tmp_path: Path) -> None:
    data = b"n;t\n" + b"".join(b"%d;desa\n" % n for n in range(300_000))
    found = rows(tmp_path, data)
    assert [row[0] for row in found] == ["n", *map(str, range(300_000))]
