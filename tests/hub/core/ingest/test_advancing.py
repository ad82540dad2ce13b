"""A delivery that waits: received, checked, staged, foreseen, approved, published, undone."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from checksums import checksums
from lists import VILLAGE, nik, recipients
from office import OPTIONS, PUBLISHER, UPLOADER, Office
from openpyxl import load_workbook

from adapters import workbook
from adapters.delivery import check_file
from hub.core.ingest import advancing
from hub.core.ingest.advancing import fail
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.deciding import ask_publish, ask_undo, confirm_mapping, reject
from hub.core.ingest.effects import foresee
from hub.core.ingest.importing import import_file
from hub.core.ingest.receiving import Received, Sender

Connection = psycopg.Connection[Any]


class Desk(Office):
    """An office that is looked over the shoulder."""

    def row(self, delivery: UUID) -> tuple[Any, ...]:
        query = "select state, wanted, source, rows_read, rows_accepted from delivery where id = %s"
        return self.connection.execute(query, (delivery,)).fetchall()[0]

    def history(self, delivery: UUID) -> list[tuple[str, str | None]]:
        query = "select action, actor from delivery_event where delivery_id = %s order by at"
        return self.connection.execute(query, (delivery,)).fetchall()

    def report(self, delivery: UUID, kind: str) -> Any:
        query = "select body from delivery_report where delivery_id = %s and kind = %s"
        return self.connection.execute(query, (delivery, kind)).fetchall()[0][0]

    def count(self, table: str) -> int:
        return int(self.connection.execute(f"select count(*) from {table}").fetchall()[0][0])


@pytest.fixture
def office(store_url: str, tmp_path: Path) -> Iterator[Desk]:
    found = Desk(store_url, tmp_path)
    with found.connection:
        yield found


def people(folder: Path, *numbers: int, name: str = "daftar.csv") -> Path:
    rows = [f"{nik(n)};ORANG {n};PKH;2024-01" for n in numbers]
    return recipients(folder, *rows, name=name)


def test_from_the_file_to_the_registry_and_back(office: Desk) -> None:
    empty = checksums(office.connection)
    file = people(office.folder, 1, 2)
    delivery = office.receive(file).delivery_id
    assert office.row(delivery) == ("RECEIVED", "CHECK", "UNKNOWN", 0, 0)
    foreseen = foresee(office.connection, file, OPTIONS).effects
    office.advance(delivery)
    assert office.row(delivery) == ("STAGED", None, "RECIPIENTS", 2, 2)
    assert checksums(office.connection) == empty  # nothing that is served, before it is approved
    assert office.count("staged_person") == 2
    assert foreseen is not None
    assert office.report(delivery, "effects") == asdict(foreseen)
    office.publish(delivery)
    assert office.row(delivery)[:2] == ("PUBLISHED", None)
    assert (office.count("person"), office.count("staged_person")) == (2, 0)
    office.undo(delivery)
    assert office.row(delivery)[:2] == ("UNDONE", None)
    assert checksums(office.connection) == empty
    assert office.history(delivery) == [
        ("RECEIVED", UPLOADER), ("STAGED", None), ("APPROVED", PUBLISHER),
        ("PUBLISHED", PUBLISHER), ("UNDO_ASKED", PUBLISHER), ("UNDONE", PUBLISHER),
    ]  # fmt: skip


def test_waiting_and_at_once_come_to_the_same(office: Desk, store_url: str) -> None:
    rows = (f"{nik(1)};ANI;PKH;2024-01", f"{nik(1)};ANI;BLT DD;2024-01", ";;PKH;2024-01",
            "12;SALAH;PKH;2024-01", f"{nik(2)};BUDI;SEMBAKO;2024-01")  # fmt: skip
    file = recipients(office.folder, *rows)
    office.publish(office.stage(file))
    told = "code, sheet, row, column_letter, severity, detail"
    queries = (
        "select name, nik, nik_status, village_code from person order by 2",
        "select programme, period_start, status from receipt order by 1, 2",
        "select rule_code, programmes from overlap_flag order by 1",
        f"select {told} from delivery_issue order by seq",
        "select sheet, row, cells from quarantine order by 1, 2",
        "select rows_read, rows_accepted, rows_warning, rows_rejected, region_code from delivery",
    )
    waited = [office.connection.execute(query).fetchall() for query in queries]
    delivery = office.connection.execute("select id from delivery").fetchall()[0][0]
    office.undo(delivery)
    import_file(office.connection, file, OPTIONS)
    assert [office.connection.execute(query).fetchall() for query in queries] == waited
    assert all(waited)


def test_the_same_file_is_one_delivery(office: Desk) -> None:
    first = office.receive(people(office.folder, 1))
    again = office.receive(people(office.folder, 1, name="salinan.csv"))
    assert not first.already
    assert again == replace(first, already=True)
    assert office.count("delivery") == 1


def test_what_was_rejected_or_undone_may_come_again(office: Desk) -> None:
    file = people(office.folder, 1)
    delivery = office.stage(file)
    reject(office.connection, delivery, PUBLISHER, "Data lama")
    assert office.row(delivery)[:2] == ("REJECTED", None)
    assert office.count("staged_person") == 0
    assert office.receive(file) == Received(delivery, already=False)
    office.advance(delivery)
    office.publish(delivery)
    office.undo(delivery)
    assert office.receive(file) == Received(delivery, already=False)
    office.advance(delivery)
    assert office.row(delivery)[0] == "STAGED"


def test_nobody_publishes_what_he_uploaded_or_mapped(office: Desk) -> None:
    delivery = office.stage(people(office.folder, 1))
    with pytest.raises(Refusal, match="HUB_ONE_PERSON"):
        ask_publish(office.connection, delivery, UPLOADER, one_person=False)
    confirm_mapping(office.connection, delivery, PUBLISHER, None, {})
    office.advance(delivery)
    with pytest.raises(Refusal, match="HUB_ONE_PERSON"):
        ask_publish(office.connection, delivery, PUBLISHER, one_person=False)
    assert office.row(delivery)[:2] == ("STAGED", None)
    ask_publish(office.connection, delivery, UPLOADER, one_person=True)
    query = "select reason from delivery_event where action = 'APPROVED'"
    assert "One-person office" in office.connection.execute(query).fetchall()[0][0]


def test_a_file_nobody_knows_waits_for_a_steward(office: Desk) -> None:
    file = office.folder / "daftar.csv"
    lines = ("NOMOR INDUK;SEBUTAN;BANTUAN APA;BULAN;KODE", f"{nik(1)};ANI;PKH;2024-01;{VILLAGE}")
    file.write_text("\r\n".join([*lines, ""]))
    delivery = office.stage(file)
    assert office.row(delivery)[:3] == ("RECEIVED", None, "UNKNOWN")
    codes = {code for (code,) in office.connection.execute("select code from delivery_issue")}
    assert "LAYOUT_UNKNOWN" in codes
    meanings = {"NOMOR INDUK": "NIK", "SEBUTAN": "NAMA", "BANTUAN APA": "PROGRAM",
                "BULAN": "PERIODE", "KODE": "KODE WILAYAH"}  # fmt: skip
    confirm_mapping(office.connection, delivery, UPLOADER, "recipients-generic", meanings)
    office.advance(delivery)
    assert office.row(delivery) == ("STAGED", None, "RECIPIENTS", 1, 1)
    assert [action for action, _ in office.history(delivery)] == [
        "RECEIVED", "ASKED", "MAPPED", "STAGED",
    ]  # fmt: skip
    # The next file with these headings needs no answer.
    other = office.folder / "lain.csv"
    other.write_text("\r\n".join([lines[0], f"{nik(2)};BUDI;PKH;2024-01;{VILLAGE}", ""]))
    assert office.row(office.stage(other)) == ("STAGED", None, "RECIPIENTS", 1, 1)


def test_a_broken_file_is_rejected_and_says_why(office: Desk) -> None:
    file = office.folder / "rusak.xlsx"
    file.write_bytes(b"PK\x03\x04" + bytes(100))
    delivery = office.stage(file)
    assert office.row(delivery)[:2] == ("REJECTED", None)
    assert office.history(delivery)[-1] == ("REJECTED", None)
    assert office.count("delivery_issue") == 1


def test_what_fails_is_told_and_wanted_no_longer(office: Desk) -> None:
    delivery = office.receive(people(office.folder, 1)).delivery_id
    fail(office.connection, delivery, "Cakram rusak. / Broken disk.")
    assert office.row(delivery)[:2] == ("RECEIVED", None)
    assert office.history(delivery)[-1] == ("FAILED", None)


def test_a_file_that_left_the_spool_is_told(office: Desk) -> None:
    file = people(office.folder, 1)
    received = office.receive(file)
    office.empty()
    with pytest.raises(Refusal, match="upload it again"):
        office.advance(received.delivery_id)


def test_a_step_that_breaks_off_is_still_wanted(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = office.stage(people(office.folder, 1))
    before = checksums(office.connection)
    ask_publish(office.connection, delivery, PUBLISHER, one_person=False)

    def break_off(*_: Any) -> None:
        raise psycopg.OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(advancing, "say", break_off)
        with pytest.raises(psycopg.OperationalError):
            office.advance(delivery)
    assert office.row(delivery)[:2] == ("STAGED", "PUBLISH")
    assert checksums(office.connection) == before
    assert office.count("staged_person") == 1
    office.advance(delivery)
    assert office.row(delivery)[:2] == ("PUBLISHED", None)


def test_who_comes_second_does_nothing(office: Desk) -> None:
    delivery = office.receive(people(office.folder, 1)).delivery_id
    with psycopg.connect(office.url, autocommit=True) as other:
        other.execute(
            "select pg_advisory_lock(hashtextextended('advance ' || %s, 0))", (str(delivery),)
        )
        office.advance(delivery)
        assert office.row(delivery)[:2] == ("RECEIVED", "CHECK")
        other.execute("select pg_advisory_unlock_all()")
    office.advance(delivery)
    assert office.row(delivery)[:2] == ("STAGED", None)


def test_a_delivery_is_decided_on_only_in_its_time(office: Desk) -> None:
    delivery = office.receive(people(office.folder, 1)).delivery_id
    with pytest.raises(Refusal, match="RECEIVED"):
        ask_publish(office.connection, delivery, PUBLISHER, one_person=False)
    office.advance(delivery)
    with pytest.raises(Refusal, match="not published"):
        ask_undo(office.connection, delivery, PUBLISHER)
    with pytest.raises(Refusal, match="Say why"):
        reject(office.connection, delivery, PUBLISHER, " ")
    office.publish(delivery)
    for decide in (
        lambda: reject(office.connection, delivery, PUBLISHER, "Keliru"),
        lambda: confirm_mapping(office.connection, delivery, PUBLISHER, None, {}),
        lambda: ask_publish(office.connection, delivery, PUBLISHER, one_person=False),
    ):
        with pytest.raises(Refusal, match="PUBLISHED"):
            decide()
    assert office.row(delivery)[:2] == ("PUBLISHED", None)


def mended(office: Desk, file: Path, name: str, *cells: tuple[str, str, str]) -> Path:
    """The workbook that the hub hands back for a file, with cells (heading, old, new) mended."""
    target = office.folder / name
    workbook.write(check_file(file, OPTIONS), OPTIONS, target)
    opened = load_workbook(target)
    for sheet in opened:
        for heading, old, new in cells:
            columns = [c.column for row in sheet.iter_rows() for c in row if c.value == heading]
            for column in columns:
                for row in sheet.iter_rows(min_col=column, max_col=column):
                    if row[0].value == old:
                        row[0].value = new
    opened.save(target)
    return target


def faults(office: Desk) -> list[tuple[str, int, bool]]:
    query = "select code, row, closed_by is null from delivery_issue order by delivery_id, seq"
    return office.connection.execute(query).fetchall()


def test_a_mended_workbook_takes_the_place_of_what_waits(office: Desk) -> None:
    file = recipients(office.folder, f"{nik(1)};ANI;PKH;2024-01", "12;BUDI;PKH;2024-01",
                      ";;PKH;2024-01")  # fmt: skip
    first = office.stage(file)
    book = mended(office, file, "baik.xlsx", ("NIK", "12", nik(2)))
    second = office.stage(book)
    assert office.row(first)[:2] == ("REJECTED", None)
    assert office.history(first)[-1] == ("REPLACED", UPLOADER)
    assert office.row(second) == ("STAGED", None, "RECIPIENTS", 3, 2)
    told = faults(office)
    assert [code for code, _, still in told if still] == ["IDENTITY_MISSING"]
    assert {code for code, _, still in told if not still} >= {"NIK_LENGTH", "IDENTITY_MISSING"}
    office.publish(second)
    assert office.connection.execute("select name, nik from person order by 1").fetchall() == [
        ("ANI", nik(1)), ("BUDI", nik(2)),
    ]  # fmt: skip


def test_a_mended_workbook_of_what_is_published_changes_those_rows_only(office: Desk) -> None:
    file = recipients(office.folder, f"{nik(1)};ANI;PKH;2024-01", "12;BUDI;PKH;2024-01",
                      ";;PKH;2024-01", f"{nik(4)};DEDI;PKH;2024-01")  # fmt: skip
    first = office.stage(file)
    office.publish(first)
    before = checksums(office.connection)
    ids = dict(office.connection.execute("select name, id from person").fetchall())
    book = mended(office, file, "baik.xlsx", ("NIK", "12", nik(2)), ("NAMA", "ANI", "ANI SITI"))
    second = office.stage(book)
    assert office.row(first)[0] == "PUBLISHED"
    assert office.row(second) == ("STAGED", None, "RECIPIENTS", 2, 2)
    assert office.report(second, "effects")["persons_changed"] >= 1
    office.publish(second)
    people = dict(office.connection.execute("select name, id from person").fetchall())
    assert people.keys() == {"ANI SITI", "BUDI", "DEDI"}
    assert (people["ANI SITI"], people["DEDI"]) == (ids["ANI"], ids["DEDI"])
    assert office.connection.execute("select count(*) from receipt").fetchone() == (3,)
    assert [(code, row) for code, row, still in faults(office) if still] == [
        ("IDENTITY_MISSING", 4)
    ]
    office.undo(second)
    assert checksums(office.connection) == before
    assert all(still for code, _, still in faults(office))
    office.undo(first)
    assert office.count("person") == 0


def shared(office: Desk) -> list[tuple[str, str]]:
    """Who waits to be told from whom."""
    query = (
        "select a.name, b.name from match_review r join source_person a on a.id = r.source_id"
        " join source_person b on b.id = r.other_source_id"
    )
    return office.connection.execute(query).fetchall()


def test_a_mended_workbook_corrects_one_of_two_who_shared_a_nik(office: Desk) -> None:
    file = recipients(office.folder, f"{nik(1)};ANI SUSANTI;PKH;2024-01",
                      f"{nik(1)};BUDI HARTONO;SEMBAKO;2024-01")  # fmt: skip
    office.publish(office.stage(file))
    published = checksums(office.connection)
    assert shared(office) == [("BUDI HARTONO", "ANI SUSANTI")]
    ids = dict(office.connection.execute("select name, id from person").fetchall())
    book = mended(office, file, "baik.xlsx", ("NAMA", "BUDI HARTONO", "BUDI HARTANTO"))
    first = office.stage(book)
    office.publish(first)
    assert shared(office) == [("BUDI HARTANTO", "ANI SUSANTI")]
    office.undo(first)
    assert checksums(office.connection) == published
    other = mended(office, file, "lain.xlsx")
    opened = load_workbook(other)
    for row in (row for sheet in opened for row in sheet.iter_rows()):
        said = [cell.value for cell in row]
        if {nik(1), "BUDI HARTONO"} <= set(said):
            row[said.index(nik(1))].value = nik(2)
    opened.save(other)
    second = office.stage(other)
    assert checksums(office.connection) == published
    office.publish(second)
    assert shared(office) == []
    told = office.connection.execute("select name, nik, id from person order by 1").fetchall()
    assert told == [
        ("ANI SUSANTI", nik(1), ids["ANI SUSANTI"]),
        ("BUDI HARTONO", nik(2), ids["BUDI HARTONO"]),
    ]
    office.undo(second)
    assert checksums(office.connection) == published
    assert shared(office) == [("BUDI HARTONO", "ANI SUSANTI")]


def test_two_that_wait_with_one_nik_meet_when_they_are_published(office: Desk) -> None:
    ani, budi = (
        office.stage(recipients(office.folder, f"{nik(1)};{name};PKH;2024-01", name=f"{name}.csv"))
        for name in ("ANI SUSANTI", "BUDI HARTONO")
    )
    assert shared(office) == []
    office.publish(budi)
    alone = checksums(office.connection)
    assert office.count("match_review") == 0  # what waits is nobody's concern yet
    office.publish(ani)
    assert len(shared(office)) == 1
    assert office.count("person") == 2
    office.undo(ani)
    assert checksums(office.connection) == alone


def test_a_workbook_from_before_another_mending_is_refused(office: Desk) -> None:
    file = recipients(office.folder, f"{nik(1)};ANI;PKH;2024-01", f"{nik(2)};BUDI;PKH;2024-01")
    office.publish(office.stage(file))
    office.publish(office.stage(mended(office, file, "satu.xlsx", ("NAMA", "ANI", "ANI SITI"))))
    late = office.stage(mended(office, file, "dua.xlsx", ("NAMA", "BUDI", "BUDI HASAN")))
    assert office.row(late)[0] == "REJECTED"
    query = "select reason from delivery_event where delivery_id = %s and action = 'REJECTED'"
    assert "another mending" in office.connection.execute(query, (late,)).fetchall()[0][0]


def test_two_mendings_at_once_do_not_lose_one_another(office: Desk) -> None:
    file = recipients(office.folder, f"{nik(1)};ANI;PKH;2024-01", f"{nik(2)};BUDI;PKH;2024-01")
    office.publish(office.stage(file))
    one = office.stage(mended(office, file, "satu.xlsx", ("NAMA", "ANI", "ANI SITI")))
    other = office.stage(mended(office, file, "dua.xlsx", ("NAMA", "BUDI", "BUDI HASAN")))
    office.publish(one)
    ask_publish(office.connection, other, PUBLISHER, one_person=False)
    with pytest.raises(Refusal, match="changed since"):
        office.advance(other)


def test_rows_of_other_regions_are_not_taken(office: Desk) -> None:
    rows = ["NIK;NAMA;PROGRAM;PERIODE;KODE WILAYAH", f"{nik(1)};ANI;PKH;2024-01;{VILLAGE}",
            f"{nik(2)};BUDI;PKH;2024-01;5206012001"]  # fmt: skip
    file = office.folder / "dua-kabupaten.csv"
    file.write_text("\r\n".join([*rows, ""]))
    delivery = office.receive(file, Sender(UPLOADER, ("3520",))).delivery_id
    office.advance(delivery)
    assert office.row(delivery) == ("STAGED", None, "RECIPIENTS", 2, 1)
    assert ("REGION_OUT_OF_SCOPE", 3, True) in faults(office)


def test_a_workbook_gives_nobody_the_rows_of_others(office: Desk) -> None:
    file = recipients(office.folder, f"{nik(1)};ANI;PKH;2024-01", f"{nik(2)};BUDI;PKH;2024-01")
    office.stage(file)
    book = mended(office, file, "baik.xlsx", ("NAMA", "ANI", "ANI SITI"))
    stranger = Sender("orang lain", ("5206",))
    received = office.receive(book, stranger)
    office.advance(received.delivery_id)
    query = "select replaces, mends from delivery where id = %s"
    assert office.connection.execute(query, (received.delivery_id,)).fetchall() == [(None, None)]
