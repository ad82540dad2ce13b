"""A delivery is imported as a whole, once, and every row is accounted for."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from lists import VILLAGE, nik, recipients

from adapters.delivery import Options
from hub.core.ingest.importing import Imported, import_file, known_file

OPTIONS = Options(region_system="kemendagri")
Connection = psycopg.Connection[Any]


@pytest.fixture
def connection(store_url: str) -> Any:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


def one(connection: Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def load(connection: Connection, file: Path, **more: Any) -> Imported:
    return import_file(connection, file, OPTIONS, **more)


def test_rows_read_are_accepted_or_in_quarantine(connection: Connection, tmp_path: Path) -> None:
    rows = [
        f"{nik(1)};SITI;PKH;2024-03",
        ";;PKH;2024-03",
        f"{nik(2)};BUDI;TIDAK ADA;2024-03",
        "0000000000000000;ANI;PKH;2024-03",
    ]
    file = recipients(tmp_path, *rows)
    load(connection, file)
    counts = "rows_read, rows_accepted, rows_warning, rows_rejected"
    assert one(connection, f"select {counts} from delivery") == (4, 2, 1, 2)
    assert one(connection, "select array_agg(row order by row) from quarantine") == [3, 4]
    assert one(connection, "select cells->>'B NAMA' from quarantine where row = 4") == "BUDI"
    assert one(connection, "select count(*) from source_person") == 2


def test_a_delivery_bears_the_deepest_region_of_all_its_rows(
    connection: Connection, tmp_path: Path
) -> None:
    load(connection, recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03"))
    assert one(connection, "select region_code from delivery") == VILLAGE
    elsewhere = recipients(tmp_path, f"{nik(2)};BUDI;PKH;2024-03", name="dua.csv")
    elsewhere.write_text(elsewhere.read_text() + f"{nik(3)};ANI;PKH;2024-03;3520021008\r\n")
    load(connection, elsewhere)
    assert one(
        connection, "select max(region_code) filter (where rows_read = 2) from delivery"
    ) == ("3520")


def test_issues_are_stored_masked_and_never_hold_a_nik(
    connection: Connection, tmp_path: Path
) -> None:
    load(connection, recipients(tmp_path, f"{nik(1)[:15]};SITI;PKH;2024-03"))
    code, letter, detail = one(
        connection, "select code, column_letter, detail::text from delivery_issue"
    )
    assert (code, letter) == ("NIK_LENGTH", "A")
    assert nik(1)[:15] not in detail


def test_the_same_file_again_changes_nothing(connection: Connection, tmp_path: Path) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03")
    first = load(connection, file)
    again = load(connection, file)
    assert (first.already, again.already) == (False, True)
    assert again.delivery_id == first.delivery_id
    assert one(connection, "select count(*) from receipt") == 1


def test_ten_imports_of_one_file_at_once_make_one_delivery(store_url: str, tmp_path: Path) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03")
    done: list[Imported] = []

    def work() -> None:
        with psycopg.connect(store_url, autocommit=True) as own:
            done.append(load(own, file))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(d.already for d in done) == [False, True, True, True]
    assert len({d.delivery_id for d in done}) == 1


def test_strict_writes_nothing_when_a_row_is_wrong(connection: Connection, tmp_path: Path) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", ";;PKH;2024-03")
    assert load(connection, file, strict=True).delivery_id is None
    assert one(connection, "select count(*) from delivery") == 0
    assert one(connection, "select count(*) from source_person") == 0


def test_a_refused_file_writes_nothing(connection: Connection, tmp_path: Path) -> None:
    file = tmp_path / "lain.csv"
    file.write_text("Kode Barang;Harga\r\n1;2\r\n")
    assert load(connection, file).delivery_id is None
    assert one(connection, "select count(*) from delivery") == 0


KILLED = """
import os, signal, sys
import psycopg
from pathlib import Path
from adapters.delivery import Options
from hub.core.ingest import importing

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

importing.publish = die
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    importing.import_file(connection, Path(sys.argv[2]), Options(region_system="kemendagri"))
"""


def test_kill_9_after_staging_leaves_the_bare_delivery_and_a_retry_takes_it_up(
    connection: Connection, store_url: str, tmp_path: Path
) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03")
    died = subprocess.run([sys.executable, "-c", KILLED, store_url, str(file)], check=False)
    assert died.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 10  # the server notices the dead client by itself
    while one(connection, "select count(*) from pg_locks where mode = 'RowExclusiveLock'"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    left, state, sha256 = one(connection, "select id, state, sha256 from delivery")
    assert (state, known_file(connection, sha256)) == ("CHECKED", False)
    assert one(connection, "select count(*) from source_person") == 0
    done = load(connection, file)
    assert (done.already, done.delivery_id) == (False, left)
    assert one(connection, "select state from delivery") == "PUBLISHED"


SAMPLES = sorted((Path(__file__).parents[3] / "data" / "samples").glob("*.csv"))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_masked_samples_import_as_they_are(connection: Connection, file: Path) -> None:
    done = import_file(connection, file, Options())
    assert done.delivery_id is not None
    read, accepted = one(connection, "select rows_read, rows_accepted from delivery")
    assert (read, accepted) == (len(file.read_text().splitlines()) - 1,) * 2
    niks = "select count(*) filter (where nik_status = 'PLACEHOLDER'), count(nik) from person"
    assert one(connection, niks) == (read, 0)
