"""What several people and workers do at once: they wait for each other, and none is in a deadlock.

One connection plays somebody who publishes and goes slowly; what others do meanwhile is the hub's.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from lists import nik, recipients

from adapters.delivery import Options
from hub.core.ingest.advancing import advance
from hub.core.ingest.deciding import ask_publish
from hub.core.ingest.importing import import_file
from hub.core.ingest.publishing import ONE_AT_A_TIME
from hub.core.ingest.receiving import Sender, receive_file
from hub.core.ingest.spool import Spool
from hub.core.store import planner
from hub.core.store.roles import act_as_importer

OPTIONS = Options(region_system="kemendagri")
WAITING = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
Connection = psycopg.Connection[Any]


@pytest.fixture
def others(store_url: str) -> Iterator[Connection]:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def slow(store_url: str) -> Iterator[Connection]:
    """Of somebody who has begun to publish."""
    with psycopg.connect(store_url) as opened:
        act_as_importer(opened)
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return recipients(tmp_path, f"{nik(1)};ANI;PKH;2024-01")


@contextmanager
def meanwhile(slow: Connection, work: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Work that has come to where it waits for `slow`."""
    slow.execute(ONE_AT_A_TIME)
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(work)
        while slow.execute(WAITING).fetchone() == (0,):
            assert not working.done(), working.exception()
        yield working
        slow.commit()


def staged(connection: Connection, spool: Spool, file: Path) -> UUID:
    delivery = receive_file(connection, spool, file, OPTIONS, Sender("siti")).delivery_id
    advance(connection, delivery, spool)
    return delivery


def test_an_import_of_many_rows_waits_for_who_publishes_many(
    others: Connection, slow: Connection, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "NOTICEABLE", 1)
    with meanwhile(slow, lambda: import_file(others, file, OPTIONS)) as importing:
        planner.make_noticed(slow, 1, "source_person", "source_household")
    assert importing.result().delivery_id


def test_a_delivery_is_published_after_an_import_of_its_file_was_foreseen(
    others: Connection, slow: Connection, file: Path, tmp_path: Path
) -> None:
    spool = Spool(tmp_path / "spool", 1 << 20)
    delivery = staged(others, spool, file)
    ask_publish(others, delivery, "budi", one_person=False)
    with meanwhile(slow, lambda: advance(others, delivery, spool)):
        slow.execute("select from delivery where id = %s for update", (delivery,))
    assert others.execute("select state from delivery").fetchall() == [("PUBLISHED",)]
