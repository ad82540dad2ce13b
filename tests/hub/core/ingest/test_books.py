"""The workbook of a delivery: written whatever became of it, mended, sent again."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from lists import VILLAGE, nik, recipients
from office import PUBLISHER, UPLOADER, Office
from openpyxl import Workbook, load_workbook

from hub.core.ingest import books
from hub.core.ingest.books import Book, ask, produce, write_book
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.deciding import confirm_mapping, reject

HEADINGS = ("NIK", "NAMA", "PROGRAM", "PERIODE", "KODE WILAYAH")
FAULTY = ("12", "BUDI", "PKH", "2024-01", VILLAGE)


class Bookshop(Office):
    """An office that writes workbooks."""

    def write(self, delivery: UUID, *, bad_only: bool = False, identified: bool = True) -> Path:
        target = self.folder / "buku.xlsx"
        write_book(
            self.connection, self.spool, delivery, target, bad_only=bad_only, identified=identified
        )
        return target

    def book(self, delivery: UUID, *, bad_only: bool = False) -> Book:
        (at,) = self.all("select max(at) from delivery_event where delivery_id = %s", delivery)[0]
        return Book(delivery, at, bad_only, identified=True)

    def faults(self, delivery: UUID) -> list[tuple[str, int, UUID | None]]:
        """What is wrong with its rows, and what mended it."""
        query = (
            "select code, row, closed_by from delivery_issue"
            " where delivery_id = %s and row is not null order by seq"
        )
        return self.all(query, delivery)


@pytest.fixture
def office(store_url: str, tmp_path: Path) -> Iterator[Bookshop]:
    found = Bookshop(store_url, tmp_path)
    with found.connection:
        yield found


def csv(office: Bookshop) -> Path:
    """Two rows, the second with a NIK that is too short."""
    return recipients(office.folder, f"{nik(1)};ANI;PKH;2024-01", ";".join(FAULTY[:4]))


def xlsx(office: Bookshop) -> Path:
    """The same as a workbook with a sheet of notes."""
    made, file = Workbook(), office.folder / "daftar.xlsx"
    sheet = made.active
    assert sheet is not None
    for row in (HEADINGS, (nik(1), "ANI", "PKH", "2024-01", VILLAGE), FAULTY):
        sheet.append(row)
    made.create_sheet("Catatan").append(["Dikumpulkan bulan Maret"])
    made.save(file)
    return file


def rows(file: Path, sheet: int = 1) -> list[list[Any]]:
    """The rows of a sheet without the hub's two columns."""
    found = load_workbook(file).worksheets[sheet].iter_rows(values_only=True)
    return [list(row[: len(HEADINGS)]) for row in found]


def summary(file: Path) -> str:
    """What the first sheet says."""
    page = load_workbook(file).worksheets[0]
    return "\n".join(str(c) for row in page.iter_rows(values_only=True) for c in row if c)


def mend(file: Path, *cells: tuple[str, str]) -> Path:
    """Replace cells of every sheet but the summary, each by its text."""
    opened = load_workbook(file)
    for old, new in cells:
        (cell,) = [
            c for s in opened.worksheets[1:] for r in s.iter_rows() for c in r if c.value == old
        ]
        cell.value = new
    opened.save(file)
    return file


@pytest.mark.parametrize("made", [csv, xlsx])
def test_a_workbook_is_fetched_mended_sent_again_and_the_issues_close(
    office: Bookshop, made: Any
) -> None:
    first = office.stage(made(office))
    target = office.write(first)
    assert rows(target)[2][:2] == ["12", "BUDI"]
    assert "NIK_LENGTH" in summary(target)
    second = office.stage(mend(target, ("12", nik(2))))
    assert [closed for _, _, closed in office.faults(first)] == [second]
    assert office.faults(second) == []
    query = "select state, rows_accepted from delivery where id = %s"
    assert office.all(query, second) == [("STAGED", 2)]


def test_the_bad_rows_of_what_is_published_are_mended_and_its_workbook_is_whole_again(
    office: Bookshop,
) -> None:
    first = office.stage(xlsx(office))
    office.publish(first)
    target = office.write(first, bad_only=True)
    assert rows(target) == [list(HEADINGS), list(FAULTY)]
    second = office.stage(mend(target, ("12", nik(2)), ("BUDI", "BUDI HASAN")))
    office.publish(second)
    assert [closed for _, _, closed in office.faults(first)] == [second]
    assert [row[:2] for row in rows(office.write(second))[1:]] == [
        [nik(1), "ANI"], [nik(2), "BUDI HASAN"],
    ]  # fmt: skip


def test_whatever_became_of_a_delivery_its_workbook_is_to_be_had(office: Bookshop) -> None:
    delivery = office.stage(csv(office))
    told = [summary(office.write(delivery))]
    office.publish(delivery)
    told.append(summary(office.write(delivery)))
    office.undo(delivery)
    told.append(summary(office.write(delivery)))
    office.stage(csv(office))
    reject(office.connection, delivery, PUBLISHER, "Data lama")
    told.append(summary(office.write(delivery)))
    assert len(set(told)) == 1


def test_a_file_nobody_knows_comes_back_with_the_questions(office: Bookshop) -> None:
    file = office.folder / "daftar.csv"
    file.write_text(f"NOMOR INDUK;SEBUTAN;BANTUAN APA;BULAN\r\n{nik(1)};ANI;PKH;2024-01\r\n")
    delivery = office.stage(file)
    target = office.write(delivery)
    assert "LAYOUT_UNKNOWN" in summary(target)
    assert rows(target)[1][:2] == [nik(1), "ANI"]
    with pytest.raises(Refusal, match="no row to mend"):
        office.write(delivery, bad_only=True)


def test_what_a_steward_said_of_the_columns_holds(office: Bookshop) -> None:
    file = office.folder / "daftar.csv"
    file.write_text(
        f"NOMOR INDUK;SEBUTAN;BANTUAN APA;BULAN;KODE\r\n12;ANI;PKH;2024-01;{VILLAGE}\r\n"
    )
    delivery = office.stage(file)
    given = ("NOMOR INDUK", "SEBUTAN", "BANTUAN APA", "BULAN", "KODE")
    meanings = dict(zip(given, HEADINGS, strict=True))
    confirm_mapping(office.connection, delivery, UPLOADER, "recipients-generic", meanings)
    office.advance(delivery)
    told = summary(office.write(delivery, bad_only=True))
    assert "NIK_LENGTH" in told
    assert "LAYOUT_UNKNOWN" not in told


def test_what_the_registry_said_otherwise_is_told_also_once_it_is_published(
    office: Bookshop,
) -> None:
    office.publish(office.stage(recipients(office.folder, f"{nik(1)};ANI SITI;PKH;2024-01")))
    file = recipients(office.folder, f"{nik(1)};JOKO WIDADA;PKH;2024-02", name="baru.csv")
    delivery = office.stage(file)
    staged = rows(office.write(delivery, bad_only=True))
    assert staged[1][:2] == [nik(1), "JOKO WIDADA"]
    assert "REGISTRY_NAME_OTHER" in summary(office.folder / "buku.xlsx")
    office.publish(delivery)
    assert rows(office.write(delivery, bad_only=True)) == staged
    assert "REGISTRY_NAME_OTHER" in summary(office.folder / "buku.xlsx")


def test_a_file_that_left_the_spool_is_told(office: Bookshop) -> None:
    delivery = office.stage(csv(office))
    office.empty()
    with pytest.raises(Refusal, match=r"tidak ada lagi di hub.*upload it again"):
        office.write(delivery)


def test_without_a_bad_row_there_is_nothing_to_mend(office: Bookshop) -> None:
    delivery = office.stage(recipients(office.folder, f"{nik(1)};ANI;PKH;2024-01"))
    with pytest.raises(Refusal, match=r"tidak punya baris.*no row to mend"):
        office.write(delivery, bad_only=True)
    assert not (office.folder / "buku.xlsx").exists()


def test_a_hostile_file_gets_the_sentence_of_its_check(office: Bookshop) -> None:
    file = office.folder / "rusak.xlsx"
    file.write_bytes(b"PK\x03\x04" + bytes(100))
    delivery = office.stage(file)
    with pytest.raises(Refusal) as refused:
        office.write(delivery)
    ((code,),) = office.all("select code from delivery_issue")
    texts = books.render(code, {}, "id"), books.render(code, {}, "en")
    assert refused.value.indonesian.endswith(texts[0][1])
    assert refused.value.english.endswith(texts[1][1])


def test_a_mending_that_cannot_be_placed_is_told_not_half_laid(office: Bookshop) -> None:
    target = mend(office.write(office.stage(csv(office))), ("NAMA", "NAMA ORANG"))
    delivery = office.stage(target)
    with pytest.raises(Refusal, match="heading"):
        office.write(delivery)


def test_the_numbers_of_another_uploader_are_for_who_may_see_them(office: Bookshop) -> None:
    target = office.write(office.stage(csv(office)))
    forged = office.stage(mend(target, ("BUDI", "BUDIMAN")), by="orang lain")
    with pytest.raises(Refusal, match="another account uploaded"):
        office.write(forged, identified=False)
    assert rows(office.write(forged))[2][1] == "BUDIMAN"


def test_a_workbook_lies_in_the_spool_for_the_hub_alone(office: Bookshop) -> None:
    book = office.book(office.stage(csv(office)))
    produce(office.connection, office.spool, book)
    path = book.path(office.spool)
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"
    assert list(path.parent.iterdir()) == [path]
    assert rows(path)[2][1] == "BUDI"
    before = path.stat().st_mtime_ns
    produce(office.connection, office.spool, book)
    assert path.stat().st_mtime_ns == before


def test_it_is_ordered_once_until_it_is_written(office: Bookshop) -> None:
    book = office.book(office.stage(csv(office)))
    jobs = "select args ->> 'delivery' from procrastinate_jobs where task_name = 'write'"
    for status in ("todo", "doing"):
        ask(office.connection, office.spool, book)
        assert office.all(jobs) == [(str(book.delivery_id),)]
        office.connection.execute("update procrastinate_jobs set status = %s", (status,))


def test_what_is_checked_again_gets_another_workbook(office: Bookshop) -> None:
    delivery = office.stage(csv(office))
    before = office.book(delivery)
    confirm_mapping(office.connection, delivery, UPLOADER, None, {})
    office.advance(delivery)
    assert office.book(delivery).name != before.name
    assert office.book(delivery).name == office.book(delivery).name


def test_why_there_is_none_is_told_for_a_while_and_then_it_is_tried_again(
    office: Bookshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = office.book(office.stage(csv(office)))
    office.empty()
    produce(office.connection, office.spool, book)
    with pytest.raises(Refusal) as refused:
        ask(office.connection, office.spool, book)
    assert refused.value.english.endswith("upload it again.")
    assert refused.value.indonesian.endswith("unggah lagi.")
    assert office.all("select from procrastinate_jobs where task_name = 'write'") == []
    monkeypatch.setattr(books, "REASON_SECONDS", -1.0)
    ask(office.connection, office.spool, book)
    assert office.all("select from procrastinate_jobs where task_name = 'write'") == [()]


def test_a_full_disk_is_told(office: Bookshop, monkeypatch: pytest.MonkeyPatch) -> None:
    book = office.book(office.stage(csv(office)))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        produce(office.connection, office.spool, book)
    assert [path.suffix for path in office.spool.books.iterdir()] == [".reason"]
    with pytest.raises(Refusal, match="disk of the hub is full"):
        ask(office.connection, office.spool, book)


def test_what_takes_its_worker_along_is_given_up(
    office: Bookshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = office.book(office.stage(csv(office)))
    tried: list[UUID] = []

    def die(_: Any, __: Any, delivery: UUID, *___: Any, **____: Any) -> None:
        tried.append(delivery)
        raise KeyboardInterrupt

    monkeypatch.setattr(books, "write_book", die)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            produce(office.connection, office.spool, book)
    produce(office.connection, office.spool, book)
    assert len(tried) == 2
    with pytest.raises(Refusal, match="could not be finished"):
        ask(office.connection, office.spool, book)


def test_old_workbooks_are_swept_with_what_is_left_of_any(office: Bookshop) -> None:
    folder = office.spool.books
    (folder / "tmpabc").mkdir(parents=True)
    (folder / "tmpabc" / "workbook.xlsx").touch()
    for name in ("tua.xlsx", "tua.reason", "baru.xlsx"):
        (folder / name).touch()
    long_ago = time.time() - 25 * 3600
    for name in ("tmpabc", "tua.xlsx", "tua.reason"):
        os.utime(folder / name, (long_ago, long_ago))
    office.spool.sweep(office.connection)
    assert [path.name for path in folder.iterdir()] == ["baru.xlsx"]
