"""Two people: one brings a delivery, another publishes it; as typed in a terminal."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from lists import nik, recipients

OPTIONS = ("--region-system", "kemendagri")
NOBODY_ELSE = "Yang mengunggah atau memetakan berkas ini tidak boleh menerbitkannya"


def listed(office: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(office("ani", "deliveries", "--json").stdout)
    return found


def people(store_url: str) -> int:
    with psycopg.connect(store_url) as connection:
        (count,) = connection.execute("select count(*) from person").fetchone() or (0,)
    return int(count)


def record(store_url: str) -> list[tuple[str, str | None, str | None]]:
    """Who did what, and why."""
    with psycopg.connect(store_url) as connection:
        return connection.execute(
            "select action, actor, reason from delivery_event order by at, id"
        ).fetchall()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A list of which one row of two is accepted."""
    return recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", ";;PKH;2024-03")


@pytest.fixture
def delivery(office: Any, file: Path) -> str:
    """The id of that list, brought by siti."""
    return str(json.loads(office("siti", "import", file, *OPTIONS, "--json").stdout)["delivery"])


def test_an_import_says_what_is_wrong_how_many_wait_and_who_goes_on(
    office: Any, store_url: str, file: Path
) -> None:
    said = office("siti", "import", file, *OPTIONS)
    (row,) = listed(office)
    assert said.exit_code == 0
    assert "SALAH IDENTITY_MISSING (1x)" in said.stdout
    assert "2 baris dibaca, 1 diterima (0 perlu diperiksa), 1 ditolak." in said.stdout
    assert f"1 baris menunggu diterbitkan; mintalah petugas lain menjalankan: hub publish {row['id']}" in said.stdout  # fmt: skip  # noqa: E501
    told = [row[name] for name in ("state", "uploaded_by", "published_by", "waits_for")]
    assert told == ["STAGED", "siti", None, "APPROVAL"]
    assert people(store_url) == 0


def test_the_answer_for_programs_holds_the_same(office: Any, file: Path) -> None:
    told = json.loads(office("siti", "import", file, *OPTIONS, "--json").stdout)
    assert told["rows"] == {"read": 2, "accepted": 1, "warning": 0, "rejected": 1}
    assert [told[name] for name in ("state", "waits_for", "already", "refused", "layouts")] == [
        "STAGED", "APPROVAL", False, False, ["recipients-generic"],
    ]  # fmt: skip
    assert {n: c for n, c in told["effects"].items() if c} == {"persons_new": 1, "receipts_new": 1}
    assert [(issue["row"], issue["severity"]) for issue in told["issues"]] == [(3, "ERROR")]


def test_who_brought_it_may_not_publish_it(office: Any, store_url: str, delivery: str) -> None:
    refused = office("siti", "publish", delivery, "--yes")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert NOBODY_ELSE in refused.stderr.replace("\n", " ")
    assert (people(store_url), listed(office)[0]["state"]) == (0, "STAGED")
    assert [action for action, _, _ in record(store_url)] == ["RECEIVED", "STAGED"]


def test_somebody_else_sees_the_effects_is_asked_and_publishes(
    office: Any, store_url: str, delivery: str
) -> None:
    kept = office("budi", "publish", delivery[:20], answer="n\n")
    assert (kept.exit_code, "orang / persons" in kept.stdout) == (0, True)
    assert people(store_url) == 0
    done = office("budi", "publish", delivery[:20], answer="y\n")
    assert (done.exit_code, "Terbit; 1 baris masuk registri." in done.stdout) == (0, True)
    assert people(store_url) == 1
    (row,) = listed(office)
    told = [row[name] for name in ("state", "uploaded_by", "published_by", "waits_for")]
    assert told == ["PUBLISHED", "siti", "budi", None]
    assert record(store_url)[2:] == [("APPROVED", "budi", None), ("PUBLISHED", "budi", None)]
    again = office("budi", "publish", delivery, "--yes")
    assert (again.exit_code, "keadaannya PUBLISHED" in again.stderr) == (2, True)


def test_effects_are_foreseen_anew_when_the_registry_has_changed_since(
    office: Any, tmp_path: Path, delivery: str
) -> None:
    same = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", name="lain.csv")
    other = json.loads(office("ani", "import", same, *OPTIONS, "--json").stdout)
    assert other["effects"]["persons_new"] == 1
    assert office("budi", "publish", other["delivery"], "--yes").exit_code == 0
    told = json.loads(office("budi", "publish", delivery, "--yes", "--json").stdout)
    assert told["effects"]["persons_new"] == 0


def test_publishing_tells_programs_the_state_and_the_effects(office: Any, delivery: str) -> None:
    told = json.loads(office("budi", "publish", delivery, "--yes", "--json").stdout)
    assert [told[name] for name in ("id", "state", "published_by")] == [
        delivery, "PUBLISHED", "budi",
    ]  # fmt: skip
    assert told["effects"]["persons_new"] == 1


def test_an_office_of_one_publishes_its_own_and_that_is_written_down(
    office: Any, store_url: str, delivery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_ONE_PERSON", "true")
    assert office("siti", "publish", delivery, "--yes").exit_code == 0
    assert record(store_url)[2] == (
        "APPROVED", "siti",
        "Kantor satu orang: pengunggah menerbitkan sendiri. / One-person office.",
    )  # fmt: skip


def test_the_name_of_the_environment_is_not_believed(
    office: Any, delivery: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "budi")
    assert office("siti", "publish", delivery, "--yes").exit_code == 2


def test_a_rejected_delivery_says_why_and_can_be_brought_again(
    office: Any, store_url: str, file: Path, delivery: str
) -> None:
    assert office("budi", "reject", delivery).exit_code == 2  # without a reason
    assert office("budi", "reject", delivery, "--reason", " ").exit_code == 2
    said = office("budi", "reject", delivery, "--reason", "salah bulan")
    assert (said.exit_code, "daftar.csv: ditolak" in said.stdout) == (0, True)
    assert record(store_url)[-1] == ("REJECTED", "budi", "salah bulan")
    assert "alasan / reason: salah bulan" in office("siti", "deliveries").stdout
    assert office("budi", "publish", delivery, "--yes").exit_code == 2
    assert office("budi", "reject", delivery, "--reason", "lagi").exit_code == 2
    told = json.loads(office("ani", "import", file, *OPTIONS, "--json").stdout)
    assert [told[name] for name in ("delivery", "state", "already")] == [delivery, "STAGED", False]
    assert office("siti", "publish", delivery, "--yes").exit_code == 0  # ani brought it now


def test_the_same_file_waits_once_and_is_known_once_published(
    office: Any, file: Path, delivery: str
) -> None:
    again = office("ani", "import", file, *OPTIONS)
    assert (again.exit_code, f"hub publish {delivery}" in again.stdout) == (0, True)
    assert office("ani", "publish", delivery, "--yes").exit_code == 0
    known = office("ani", "import", file, *OPTIONS)
    assert (known.exit_code, "sudah pernah diimpor" in known.stdout) == (0, True)
    assert len(listed(office)) == 1


def test_strict_lets_no_list_wait_with_a_row_in_error(
    office: Any, store_url: str, file: Path
) -> None:
    said = office("siti", "import", file, *OPTIONS, "--strict")
    assert (said.exit_code, "--strict: 1 baris ditolak." in said.stdout) == (2, True)
    assert [row["state"] for row in listed(office)] == ["REJECTED"]


def test_a_file_of_no_use_is_rejected_and_the_next_one_waits(
    office: Any, store_url: str, tmp_path: Path, file: Path
) -> None:
    picture = tmp_path / "gambar.xlsx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    said = office("siti", "import", picture, tmp_path / "tidak-ada.csv", file, *OPTIONS)
    assert (said.exit_code, "Berkas ini belum dapat diimpor" in said.stdout) == (2, True)
    assert [row["state"] for row in listed(office)] == ["REJECTED", "STAGED"]


def foreign(folder: Path, name: str, serial: int) -> Path:
    """A list under headings that no layout has."""
    file = folder / name
    lines = ["Nomor Induk;Siapa;Bantuan;Kapan", f"{nik(serial)};SITI;PKH;2024-03"]
    file.write_text("\r\n".join([*lines, ""]), encoding="utf-8")
    return file


ANSWER = (
    *("--layout", "recipients-generic", "--map", "Nomor Induk=NIK", "--map", "Siapa=NAMA"),
    *("--map", "Bantuan=PROGRAM", "--map", "Kapan=PERIODE"),
)


def test_unknown_headings_wait_for_an_answer_and_who_gives_it_may_not_publish(
    office: Any, tmp_path: Path
) -> None:
    file = foreign(tmp_path, "asing.csv", 1)
    asked = office("siti", "import", file, *OPTIONS)
    assert (asked.exit_code, "Hub belum mengenali berkas ini" in asked.stdout) == (2, True)
    assert [row["waits_for"] for row in listed(office)] == ["MAPPING"]
    said = office("budi", "import", file, *ANSWER)
    assert (said.exit_code, "1 baris menunggu diterbitkan" in said.stdout) == (0, True)
    (row,) = listed(office)
    for own in ("siti", "budi"):
        assert office(own, "publish", row["id"], "--yes").exit_code == 2
    assert office("ani", "publish", row["id"], "--yes").exit_code == 0


def test_a_file_that_waits_for_an_answer_is_looked_at_again_when_it_is_brought_again(
    office: Any, tmp_path: Path
) -> None:
    first, second = (foreign(tmp_path, f"{serial}.csv", serial) for serial in (1, 2))
    assert office("siti", "import", first).exit_code == 2
    assert office("siti", "import", second, *ANSWER).exit_code == 0
    assert office("siti", "import", first).exit_code == 0
    assert [row["state"] for row in listed(office)] == ["STAGED", "STAGED"]


def test_a_dry_run_brings_nothing(office: Any, file: Path) -> None:
    said = office("siti", "import", file, *OPTIONS, "--dry-run")
    assert (said.exit_code, "Tidak ada yang disimpan" in said.stdout) == (0, True)
    assert listed(office) == []


def test_a_file_larger_than_the_spool_takes_is_refused(
    office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_UPLOAD_MB", "1")
    large = tmp_path / "besar.csv"
    large.write_bytes(b"x" * ((1 << 20) + 1))
    said = office("siti", "import", large)
    assert (said.exit_code, "besar.csv lebih besar dari 1 MB" in said.stderr) == (2, True)
    assert listed(office) == []


def test_the_list_tells_people_what_each_delivery_waits_for(office: Any, delivery: str) -> None:
    told = office("ani", "deliveries").stdout
    assert f"{delivery}  STAGED  RECIPIENTS" in told
    assert "menunggu / waits for: petugas lain untuk menerbitkan" in told
    assert "siti" in told


@pytest.mark.parametrize("wrong", ["ya", "1", "on"])
def test_a_setting_that_is_neither_true_nor_false_is_refused(
    office: Any, file: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("HUB_ONE_PERSON", wrong)
    said = office("siti", "import", file)
    assert (said.exit_code, "HUB_ONE_PERSON must be true or false" in said.stderr) == (1, True)


def test_columns_that_changed_since_the_last_file_are_told(
    office: Any, tmp_path: Path, delivery: str
) -> None:
    file = tmp_path / "april.csv"
    lines = (
        "NIK;NAMA;PROGRAM;PERIODE;KODE WILAYAH;ALAMAT",
        f"{nik(2)};BUDI;PKH;2024-04;3520012001;",
    )
    file.write_text("\r\n".join([*lines, ""]))
    said = office("siti", "import", file, *OPTIONS).stdout
    assert 'Kolom "ALAMAT" (F) belum ada pada berkas terakhir sumber ini.' in said
