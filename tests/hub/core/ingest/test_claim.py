"""A delivery while it is imported: seen by others, heard of, and gone when it comes to nothing."""

import json
import re
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from lists import VILLAGE, nik, recipients

from adapters.delivery import Options
from hub.core.ingest.importing import Imported, import_file
from hub.core.store.progress import CHANNEL, Progress

STATED = Options(region=VILLAGE, region_system="kemendagri")
Told = tuple[str, int | None, int | None]


@pytest.fixture
def connection(store_url: str) -> Any:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def other(store_url: str) -> Any:
    """The connection of somebody else."""
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


def states(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute("select state from delivery order by received_at").fetchall()
    return [row[0] for row in rows]


def left_over(connection: psycopg.Connection[Any]) -> None:
    """The row of an import that was killed."""
    connection.execute(
        "insert into delivery (source, layout, edition, file_name, sha256, size, state)"
        " values ('RECIPIENTS', 'list', '2024', 'f', 'x', 1, 'CHECKED')"
    )


def test_one_callback_hears_the_steps_their_rows_and_the_parts_of_publishing(
    connection: Any, tmp_path: Path
) -> None:
    heard: list[Told] = []

    def hear(step: str, done: int | None = None, total: int | None = None, /) -> None:
        heard.append((step, done, total))

    rows = (f"{nik(1)};SITI;PKH;2024-03", ";;PKH;2024-03", f"{nik(2)};BUDI;PKH;2024-03")
    import_file(connection, recipients(tmp_path, *rows), STATED, progress=hear)
    counted = [("map", 0, 3), ("map", 3, 3), ("validate", 0, 3), ("validate", 3, 3)]
    staged = [("stage", 0, 3), ("stage", 2, 3), ("stage", 3, 3)]
    parts = ("publish", "link", "golden", "rankings", "receipts", "welfare", "flags", "statistics")
    assert heard[:2] == [("read", None, None), ("recognise", None, None)]
    assert heard[2:] == [*counted, *staged, *((part, None, None) for part in parts)]


def test_a_delivery_is_seen_from_its_recognition_on_if_its_region_is_stated(
    connection: Any, other: Any, tmp_path: Path
) -> None:
    seen: dict[str, list[str]] = {}

    def look(step: str, *_: int | None) -> None:
        seen.setdefault(step, states(other))

    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03")
    import_file(connection, file, STATED, progress=look)
    assert [seen[s] for s in ("recognise", "map", "stage", "link")] == [
        [], ["RECOGNISED"], ["CHECKED"], ["CHECKED"],
    ]  # fmt: skip
    assert states(other) == ["PUBLISHED"]


def test_without_a_stated_region_it_is_seen_after_the_check(
    connection: Any, other: Any, tmp_path: Path
) -> None:
    seen: dict[str, list[str]] = {}

    def look(step: str, *_: int | None) -> None:
        seen.setdefault(step, states(other))

    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03")
    import_file(connection, file, Options(region_system="kemendagri"), progress=look)
    assert [seen[s] for s in ("map", "validate", "stage")] == [[], [], ["CHECKED"]]


def test_what_comes_to_nothing_leaves_no_row(connection: Any, tmp_path: Path) -> None:
    def fail(step: str, *_: int | None) -> None:
        if step == "golden":
            raise RuntimeError

    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", ";;PKH;2024-03")
    assert import_file(connection, file, STATED, strict=True).delivery_id is None
    assert states(connection) == []
    with pytest.raises(RuntimeError):
        import_file(connection, file, STATED, progress=fail)
    assert states(connection) == []
    locks = "select count(*) from pg_locks where locktype = 'advisory'"
    assert connection.execute(locks).fetchone() == (0,)
    assert import_file(connection, file, STATED).already is False


def test_the_next_import_removes_what_a_killed_one_left(connection: Any, tmp_path: Path) -> None:
    left_over(connection)
    import_file(connection, recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03"), STATED)
    assert states(connection) == ["PUBLISHED"]


def test_the_row_of_an_import_that_goes_on_is_left_alone(
    connection: Any, other: Any, tmp_path: Path
) -> None:
    done: list[Imported] = []
    second = recipients(tmp_path, f"{nik(2)};BUDI;PKH;2024-03", name="dua.csv")

    def meanwhile(step: str, *_: int | None) -> None:
        if step == "validate" and not done:
            done.append(import_file(other, second, STATED))

    first = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03")
    assert import_file(connection, first, STATED, progress=meanwhile).already is False
    assert states(connection) == ["PUBLISHED", "PUBLISHED"]


def test_messages_hold_an_id_names_of_ours_and_counts(
    connection: Any, other: Any, tmp_path: Path
) -> None:
    other.execute(f"listen {CHANNEL}")
    heard = threading.Event()
    told: list[str] = []

    def listen() -> None:
        for notice in other.notifies(timeout=30):
            told.append(notice.payload)
            heard.set()
            if '"PUBLISHED"' in notice.payload:
                return

    def wait(step: str, *_: int | None) -> None:
        if step == "link":
            assert heard.wait(30)

    listener = threading.Thread(target=listen)
    listener.start()
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", name=f"{nik(1)}.csv")
    done = import_file(connection, file, STATED, progress=wait)
    listener.join()
    assert json.loads(told[-1]) == [str(done.delivery_id), "PUBLISHED", *[None] * 5]
    form = rf'\["{done.delivery_id}", "[A-Z]+", (null|"[a-z]+")(, (null|[\d.]+)){{4}}\]'
    assert [message for message in told if not re.fullmatch(form, message)] == []


@pytest.mark.parametrize("text", ["", "{", "1", "[]", '["x", "STAGED"]', "[1,2,3,4,5,6,7]"])
def test_messages_of_others_are_not_read(text: str) -> None:
    assert Progress.read(text) is None


def test_an_import_does_not_need_its_news(
    connection: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = "host=127.0.0.1 port=9 user=nobody"
    monkeypatch.setattr("hub.core.ingest.announcing.make_conninfo", lambda *_, **__: nowhere)
    import_file(connection, recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03"), STATED)
    assert states(connection) == ["PUBLISHED"]
