"""POST /upload: what is kept, and everything that is refused."""

import asyncio
import hashlib
import json
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import httpx
import psycopg
import pytest
from calls import call, code_of

from hub.core.access import Right, create_token
from hub.core.ingest.spool import Spool
from hub.web import serve, upload
from hub.web.app import create_app
from hub.web.logs import JsonFormatter

MB = 1 << 20
DATA = b"PK\x03\x04" + bytes(range(256)) * 8
SHA256 = hashlib.sha256(DATA).hexdigest()
NAME = {"X-File-Name": "a.xlsx"}


@pytest.fixture(scope="session")
def may_upload(registry: str) -> str:
    """A token that may upload."""
    with psycopg.connect(registry) as connection:
        return create_token(connection, "pengunggah", ("3520",), False, False, 1, [Right.UPLOAD])


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """A spool that takes 2 MB."""
    return Spool(tmp_path / "spool", 2 * MB)


def files(spool: Spool) -> list[str]:
    """The names of all files in the spool, partial ones too."""
    return [path.name for path in spool.folder.rglob("*") if path.is_file()]


def send(
    url: str,
    spool: Spool,
    token: str | None,
    content: bytes | AsyncIterator[bytes] = DATA,
    headers: dict[str, str] = NAME,
    method: str = "POST",
    times: int = 1,
) -> list[httpx.Response]:
    """The answers to this upload, sent so many times at once."""

    async def run() -> list[httpx.Response]:
        app = create_app(url, pool_size=2, spool=spool)
        transport = httpx.ASGITransport(app)
        given = headers | ({"Authorization": f"Bearer {token}"} if token else {})
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://hub") as client,
        ):
            asked = [
                client.request(method, "/upload", content=content, headers=given)
                for _ in range(times)
            ]
            return await asyncio.gather(*asked)

    return asyncio.run(run())


def stored(url: str, token: str) -> tuple[Any, ...]:
    """The upload with this token, as it is stored."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select a.name, u.sha256, u.size, u.file_name from upload u"
            " join account a on a.id = u.account_id where u.id = %s",
            (UUID(token),),
        ).fetchone()
    assert row is not None
    return row


def test_a_file_is_kept_and_its_token_given(registry: str, may_upload: str, spool: Spool) -> None:
    (answer,) = send(registry, spool, may_upload)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    given = answer.json()
    token = given.pop("uploadToken")
    assert given == {"sha256": SHA256, "size": len(DATA)}
    assert spool.path(SHA256).read_bytes() == DATA
    assert stored(registry, token) == ("pengunggah", SHA256, len(DATA), "a.xlsx")


def test_a_file_may_come_without_its_length(registry: str, may_upload: str, spool: Spool) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield DATA[:5]
        yield DATA[5:]

    (answer,) = send(registry, spool, may_upload, parts())
    assert (answer.status_code, answer.json()["sha256"]) == (201, SHA256)


def test_ten_uploads_of_a_file_at_once_are_one_file(
    registry: str, may_upload: str, spool: Spool
) -> None:
    answers = send(registry, spool, may_upload, times=10)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["uploadToken"] for answer in answers}) == 10
    assert files(spool) == [SHA256]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Data%20BNBA%202024.xlsx", "Data BNBA 2024.xlsx"),
        (quote("Désa Ngariboyo – baru.xlsx"), "Désa Ngariboyo – baru.xlsx"),
        ("..%2F..%2Fetc%2Fpasswd", "passwd"),
        (quote(r"C:\Users\Bu Sri\a.xlsx"), "a.xlsx"),
        ("a%00%0D%0A%1Fb.xlsx", "ab.xlsx"),
        (quote("xslx.\u202ea"), "xslx.a"),
        (quote("é" * 127 + "x"), "é" * 127 + "x"),
    ],
)
def test_the_name_of_a_file_is_made_safe(
    registry: str, may_upload: str, spool: Spool, header: str, name: str
) -> None:
    (answer,) = send(registry, spool, may_upload, headers={"X-File-Name": header})
    assert stored(registry, answer.json()["uploadToken"])[3] == name


@pytest.mark.parametrize(
    "header", [None, "", "%20", ".", "a%2F..", "folder%2F", "%FF%FE.xlsx", quote("é" * 128)]
)
def test_a_name_that_is_none_is_refused(
    registry: str, may_upload: str, spool: Spool, header: str | None
) -> None:
    headers = {} if header is None else {"X-File-Name": header}
    (answer,) = send(registry, spool, may_upload, headers=headers)
    assert (answer.status_code, code_of(answer)) == (400, "BAD_INPUT")
    assert "X-File-Name" in answer.text
    assert files(spool) == []


@pytest.mark.parametrize("wrong", [None, "x", "hub_" + "A" * 43])
def test_without_a_good_token_nothing_is_kept(
    registry: str, spool: Spool, wrong: str | None
) -> None:
    (answer,) = send(registry, spool, wrong)
    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == 'Bearer realm="hub"'
    assert files(spool) == []


def test_a_token_that_only_reads_is_refused(registry: str, token: str, spool: Spool) -> None:
    (answer,) = send(registry, spool, token)
    assert (answer.status_code, code_of(answer)) == (403, "FORBIDDEN")
    assert files(spool) == []


def test_without_the_database_the_hub_says_so(
    registry: str, may_upload: str, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise psycopg.OperationalError

    monkeypatch.setattr(upload, "add_upload", away)
    (answer,) = send(registry, spool, may_upload)
    assert (answer.status_code, code_of(answer)) == (503, "INTERNAL")
    assert answer.headers["retry-after"] == "3"


def test_a_full_disk_of_the_database_is_told_as_any_full_disk(
    registry: str, may_upload: str, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise psycopg.errors.DiskFull

    monkeypatch.setattr(upload, "add_upload", full)
    (answer,) = send(registry, spool, may_upload)
    assert (answer.status_code, code_of(answer)) == (507, "INTERNAL")


def test_an_empty_file_is_refused(registry: str, may_upload: str, spool: Spool) -> None:
    (answer,) = send(registry, spool, may_upload, b"")
    assert (answer.status_code, code_of(answer)) == (400, "BAD_INPUT")
    assert answer.json()["errors"][0]["message"].startswith("Berkas kosong")
    assert files(spool) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_post_uploads(registry: str, may_upload: str, spool: Spool, method: str) -> None:
    (answer,) = send(registry, spool, may_upload, method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert files(spool) == []


def test_without_a_spool_there_are_no_uploads(registry: str, may_upload: str) -> None:
    assert call(registry, "POST", "/upload", content=DATA).status_code == 404


def test_a_full_disk_is_told_and_the_next_upload_works(
    registry: str, may_upload: str, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        (answer,) = send(registry, spool, may_upload)
    assert (answer.status_code, code_of(answer)) == (507, "INTERNAL")
    assert files(spool) == []
    assert send(registry, spool, may_upload)[0].status_code == 201


def exchange(
    url: str, spool: Spool, token: str, messages: Iterable[dict[str, Any]], *length: bytes
) -> tuple[int, list[Any]]:
    """How many of these messages were read, and what was sent; after the last comes nothing."""
    coming, sent = list(messages), []
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        if read == len(coming):
            await asyncio.Event().wait()
        read += 1
        return coming[read - 1]

    async def send_on(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        app = create_app(url, pool_size=2, spool=spool)
        headers = [(b"authorization", f"Bearer {token}".encode()), (b"x-file-name", b"a.xlsx")]
        headers += [(b"content-length", value) for value in length]
        scope = {"type": "http", "method": "POST", "path": "/upload", "query_string": b""}
        async with app.router.lifespan_context(app):
            await app({**scope, "headers": headers}, receive, send_on)

    asyncio.run(run())
    return read, sent


def body(data: bytes, *, more: bool = True) -> dict[str, Any]:
    """A part of a body."""
    return {"type": "http.request", "body": data, "more_body": more}


@pytest.mark.parametrize("length", [b"2097153", b"9" * 19, b"-1", b"\xb2"])
def test_what_is_announced_as_too_large_is_not_read(
    registry: str, may_upload: str, spool: Spool, length: bytes
) -> None:
    read, sent = exchange(registry, spool, may_upload, [body(DATA, more=False)], length)
    assert (read, sent[0]["status"]) == (0, 413)
    message = json.loads(sent[1]["body"])["errors"][0]["message"]
    assert message == "Berkas paling besar 2 MB. / A file has at most 2 MB."


def test_what_turns_out_too_large_is_not_read_on(
    registry: str, may_upload: str, spool: Spool
) -> None:
    read, sent = exchange(registry, spool, may_upload, [body(bytes(MB))] * 9)
    assert (read, sent[0]["status"]) == (3, 413)
    assert (b"connection", b"close") in sent[0]["headers"]
    assert files(spool) == []


def test_a_client_that_leaves_leaves_nothing(registry: str, may_upload: str, spool: Spool) -> None:
    messages = [body(bytes(MB)), body(b"1"), {"type": "http.disconnect"}]
    assert exchange(registry, spool, may_upload, messages) == (3, [])
    assert files(spool) == []


def test_an_upload_that_stalls_ends(
    registry: str, may_upload: str, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "IDLE_SECONDS", 0.05)
    read, sent = exchange(registry, spool, may_upload, [body(bytes(MB))])
    assert (read, sent[0]["status"]) == (1, 408)
    assert files(spool) == []


def test_partial_files_of_a_dead_server_go_at_the_start(
    registry: str, may_upload: str, spool: Spool
) -> None:
    left = spool.folder / "partial" / "left"
    left.parent.mkdir(parents=True)
    left.touch()
    send(registry, spool, None)
    assert files(spool) == []


def test_a_server_that_stops_does_not_wait_for_uploads(
    registry: str, may_upload: str, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "STOP_SECONDS", 1)
    head = (
        "POST /upload HTTP/1.1\r\nHost: hub\r\nContent-Length: 2000000\r\n"
        f"Authorization: Bearer {may_upload}\r\nX-File-Name: a.xlsx\r\n\r\n"
    )
    with serve.listen("127.0.0.1", 0) as bound:
        with serve.served(registry, bound, spool):
            client = socket.create_connection(bound.getsockname())
            client.sendall(head.encode() + bytes(MB))
            while not files(spool):
                time.sleep(0.01)
        with client:
            assert client.recv(99).split()[1] == b"500"
    assert files(spool) == []


def test_the_log_has_no_name_of_a_file(
    registry: str, may_upload: str, spool: Spool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        send(registry, spool, may_upload, headers={"X-File-Name": "Budi-Santoso.xlsx"})
    lines = [JsonFormatter().format(record) for record in caplog.records]
    told = [json.loads(line) for line in lines if '"request"' in line]
    assert [(line["path"], line["status"]) for line in told] == [("/upload", 201)]
    secrets = ("Budi", may_upload, "pengunggah", SHA256)
    assert [secret for secret in secrets if secret in "".join(lines) + caplog.text] == []


def test_who_is_served_cannot_read_names_of_files(registry: str) -> None:
    with psycopg.connect(registry) as connection:
        connection.execute("set local role hub_reader")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select from upload")
