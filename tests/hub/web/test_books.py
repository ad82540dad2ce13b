"""GET /deliveries/{id}/workbook: who gets it, when, and everything that is refused."""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from calls import code_of
from lists import VILLAGE, nik
from openpyxl import load_workbook

from adapters.delivery import Options
from hub.core.access import Right, create_token
from hub.core.ingest.advancing import advance
from hub.core.ingest.books import Book, produce
from hub.core.ingest.receiving import Sender, receive_file
from hub.core.ingest.spool import Spool
from hub.web.app import create_app
from hub.web.logs import JsonFormatter
from schema.ids import make_id

OPTIONS = Options(region_system="kemendagri")
UPLOADER = "pengunggah"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Hub:
    """A registry of one uploaded list, its spool, and ways to ask for its workbook."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.spool = Spool(folder / "spool", 10_000_000)
        self.connection = psycopg.connect(url, autocommit=True)
        self.file = folder / "Data “Désa” 2024.csv"
        lines = ("NIK;NAMA;PROGRAM;PERIODE;KODE WILAYAH", f"{nik(1)};ANI;PKH;2024-01;{VILLAGE}",
                 "12;BUDI;PKH;2024-01;3520022001")  # fmt: skip
        self.file.write_text("\r\n".join([*lines, ""]))
        self.delivery = self.receive(("3520",))
        self.advance()

    def receive(self, regions: tuple[str, ...]) -> UUID:
        sender = Sender(UPLOADER, regions)
        received = receive_file(self.connection, self.spool, self.file, OPTIONS, sender)
        return received.delivery_id

    def advance(self) -> None:
        advance(self.connection, self.delivery, self.spool)

    def token(
        self,
        name: str = UPLOADER,
        regions: tuple[str, ...] = ("3520",),
        rights: Sequence[Right] = (Right.UPLOAD,),
        *,
        identified: bool = False,
    ) -> str:
        return create_token(self.connection, name, regions, identified, False, 1, rights)

    def ask(
        self, token: str | None, query: str = "", of: str | None = None, method: str = "GET"
    ) -> httpx.Response:
        async def run() -> httpx.Response:
            app = create_app(self.url, pool_size=2, spool=self.spool)
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub")
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            path = f"/deliveries/{of or self.delivery}/workbook{query}"
            async with app.router.lifespan_context(app), client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(run())

    def work(self) -> None:
        """Do what a worker would: write the workbooks that are ordered."""
        with self.connection.transaction():
            jobs = self.connection.execute(
                "delete from procrastinate_jobs where task_name = 'write' returning"
                " (args ->> 'touched_at')::timestamptz, (args ->> 'bad_only')::boolean,"
                " (args ->> 'identified')::boolean"
            ).fetchall()
        for job in jobs:
            produce(self.connection, self.spool, Book(self.delivery, *job))

    def orders(self) -> int:
        query = "select count(*) from procrastinate_jobs where task_name = 'write'"
        return int(self.connection.execute(query).fetchall()[0][0])


@pytest.fixture
def hub(store_url: str, tmp_path: Path) -> Iterator[Hub]:
    found = Hub(store_url, tmp_path)
    with found.connection:
        yield found


def test_it_is_ordered_once_written_and_given(hub: Hub, tmp_path: Path) -> None:
    token = hub.token()
    for _ in range(2):
        waits = hub.ask(token)
        assert (waits.status_code, waits.json()) == (202, {"state": "writing"})
        assert (waits.headers["retry-after"], hub.orders()) == ("2", 1)
    hub.work()
    given = hub.ask(token)
    assert (given.status_code, given.headers["content-type"]) == (200, XLSX)
    assert given.headers["cache-control"] == "no-store"
    assert int(given.headers["content-length"]) == len(given.content)
    assert given.headers["content-disposition"] == (
        'attachment; filename="Data _D_sa_ 2024-periksa.xlsx";'
        " filename*=UTF-8''Data%20%E2%80%9CD%C3%A9sa%E2%80%9D%202024-periksa.xlsx"
    )
    (tmp_path / "buku.xlsx").write_bytes(given.content)
    sheet = load_workbook(tmp_path / "buku.xlsx").worksheets[1]
    assert [row[1] for row in sheet.iter_rows(values_only=True)] == ["NAMA", "ANI", "BUDI"]


def test_the_bad_rows_alone_and_by_the_id_of_graphql(hub: Hub, tmp_path: Path) -> None:
    token, of = hub.token(), make_id("Delivery", uuid=hub.delivery)
    assert hub.ask(token, "?rows=bad", of).status_code == 202
    hub.work()
    assert hub.ask(token).status_code == 202  # the whole one is another
    (tmp_path / "buku.xlsx").write_bytes(hub.ask(token, "?rows=bad", of).content)
    sheet = load_workbook(tmp_path / "buku.xlsx").worksheets[1]
    assert [row[1] for row in sheet.iter_rows(values_only=True)] == ["NAMA", "BUDI"]


def test_head_tells_the_same_without_the_file(hub: Hub) -> None:
    token = hub.token()
    assert hub.ask(token, method="HEAD").status_code == 202
    hub.work()
    told, given = hub.ask(token, method="HEAD"), hub.ask(token)
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-length"] == given.headers["content-length"]


def test_while_it_is_checked_no_workbook_is_written(hub: Hub) -> None:
    hub.connection.execute("update delivery set wanted = 'CHECK'")
    waits = hub.ask(hub.token())
    assert (waits.status_code, waits.json(), hub.orders()) == (202, {"state": "checking"}, 0)


def test_a_reason_is_told(hub: Hub) -> None:
    token = hub.token()
    hub.spool.remove(hub.connection.execute("select sha256 from delivery").fetchall()[0][0])
    hub.ask(token)
    hub.work()
    refused = hub.ask(token)
    assert (refused.status_code, code_of(refused), hub.orders()) == (409, "REFUSED", 0)
    assert refused.json()["errors"][0]["message"] == (
        "Berkas kiriman ini tidak ada lagi di hub; unggah lagi."
        " / The file of this delivery is no longer at the hub; upload it again."
    )


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 202),
        ({"regions": ("5206",)}, 202),  # it is their own, wherever they are
        ({"rights": [Right.PUBLISH]}, 202),
        ({"rights": [Right.JUDGE]}, 403),
        ({"name": "lain"}, 403),
        ({"name": "lain", "identified": True}, 202),
        ({"name": "lain", "identified": True, "regions": ("35",)}, 202),
        ({"name": "lain", "identified": True, "regions": ("3520012001",)}, 403),
        ({"name": "lain", "identified": True, "regions": ("5206",)}, 404),
        ({"name": "lain", "regions": ("5206",)}, 404),
    ],
)
def test_who_may_have_it(hub: Hub, given: dict[str, Any], status: int) -> None:
    answer = hub.ask(hub.token(**given))
    assert answer.status_code == status
    assert hub.orders() == (status == 202)
    if status != 202:
        assert code_of(answer) == {403: "FORBIDDEN", 404: "NOT_FOUND"}[status]
        assert " / " in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("wrong", [None, "x", "hub_" + "A" * 43])
def test_without_a_good_token_nothing_is_told(hub: Hub, wrong: str | None) -> None:
    answer = hub.ask(wrong)
    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hub"'


def test_what_is_not_there_is_not_found(hub: Hub) -> None:
    token = hub.token()
    for of in ("tiada", str(UUID(int=7)), make_id("Person", "3520", hub.delivery), "Delivery::"):
        assert hub.ask(token, of=of).status_code == 404


def test_only_what_is_known_can_be_asked(hub: Hub) -> None:
    token = hub.token()
    assert hub.ask(token, "?rows=good").status_code == 400
    wrong = hub.ask(token, method="POST")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
    assert hub.orders() == 0


def test_the_log_names_neither_the_file_nor_its_delivery(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        hub.ask(hub.token())
    ours = [record for record in caplog.records if record.name.startswith("hub")]
    lines = [JsonFormatter().format(record) for record in ours]
    told = [json.loads(line) for line in lines if '"request"' in line]
    assert [(line["path"], line["status"]) for line in told] == [("/deliveries", 202)]
    secrets = ("sa” 2024", str(hub.delivery), UPLOADER)
    assert [secret for secret in secrets if secret in "".join(lines)] == []
