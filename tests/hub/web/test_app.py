"""The application over HTTP."""

import json
import logging
import socket

import httpx
import pytest
import seed
from calls import call, code_of, get, over_http, send

from hub.web.logs import JsonFormatter
from hub.web.serve import listen

VIEWER = {"query": "{ viewer { account } }"}


def test_the_body_of_an_answer_does_not_wait_for_its_head() -> None:
    with listen("127.0.0.1", 0) as bound:
        assert bound.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_health_and_readiness(registry: str) -> None:
    healthy, ready = get(registry, "/healthz"), get(registry, "/readyz")
    assert (healthy.json(), ready.json()) == ({"status": "ok"}, {"status": "ready"})


def test_without_the_database_the_hub_says_so() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:9/none?connect_timeout=1"
    logging.getLogger("psycopg.pool").disabled = True  # its warnings are not ours to judge
    try:
        assert get(nowhere, "/healthz").status_code == 200
        assert get(nowhere, "/readyz").status_code == 503
        response = send(nowhere, "hub_" + "A" * 43, json.dumps(VIEWER))
    finally:
        logging.getLogger("psycopg.pool").disabled = False
    assert (response.status_code, code_of(response)) == (503, "INTERNAL")
    assert response.headers["retry-after"] == "3"


@pytest.mark.parametrize("path", ["/", "/graphiql"])
def test_pages_load_nothing_from_elsewhere(registry: str, path: str) -> None:
    async def load(client: httpx.AsyncClient) -> list[int]:
        page = await client.get(path)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "http" not in page.text.replace('xmlns="http', "")
        parts = [part.split('"')[0] for part in page.text.split('src="')[1:]]
        links = [p.split('"')[0] for p in page.text.split('href="')[1:] if not p.startswith("#")]
        return [(await client.get(part)).status_code for part in (*parts, *links)]

    assert set(over_http(registry, load)) == {200}


def test_every_answer_has_a_number_and_safe_headers_once(registry: str) -> None:
    answers = [get(registry, path) for path in ("/", "/graphql", "/healthz", "/nowhere")]
    for answer in answers:
        names = [name for name, _ in answer.headers.multi_items()]
        assert len(names) == len(set(names))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


def test_static_folders_do_not_open_others(registry: str) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/graphiql/assets/../../urls.py"):
        assert get(registry, path).status_code == 404


def test_the_log_has_no_query_body_or_account(
    registry: str, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    nik = seed.NIKS[seed.FATHER]
    query = 'query { person(nik: "NIK", birthDate: "1980-01-01") { name } }'.replace("NIK", nik)
    with caplog.at_level(logging.INFO, "hub"):
        headers = {"Authorization": f"Bearer {token}"}
        answered = get(registry, "/graphql", params={"query": query}, headers=headers)
        get(registry, f"/person/{nik}")
    assert answered.json()["data"] == {"person": {"name": "BUDI SANTOSO"}}
    lines = [JsonFormatter().format(record) for record in caplog.records]
    told = [json.loads(line) for line in lines if '"request"' in line]
    assert [(line["path"], line["status"]) for line in told] == [("/graphql", 200), ("other", 404)]
    assert [secret for secret in (nik, token, "penguji", "BUDI") if secret in "".join(lines)] == []


NIK = seed.NIKS[seed.FATHER]
PERSON = "query ($nik: NIK!) { person(nik: $nik, birthDate: 1) { name } }"


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        ("POST", "/graphql", json.dumps({"query": PERSON, "variables": {"nik": NIK}}), {}, 200),
        ("POST", "/graphql", json.dumps({"query": "{ a }", "operationName": NIK}), {}, 200),
        ("POST", "/graphql", json.dumps({"documentId": NIK}), {}, 400),
        ("POST", "/graphql", f'{{"query": "{NIK}', {}, 400),
        ("POST", f"/graphql?nik={NIK}", "{}", {"Content-Type": f"text/{NIK}"}, 415),
        ("POST", "/graphql", "{}", {"Accept": f"text/{NIK}"}, 406),
        ("POST", "/graphql", "{}", {"Authorization": f"Bearer {NIK}"}, 401),
        ("GET", f"/graphql?query=%7B{NIK}", "", {}, 200),
        ("GET", f"/graphql/{NIK}?nik={NIK}", "", {"User-Agent": NIK, "Referer": NIK}, 404),
        (f"A{NIK}", "/graphql", "", {}, 405),
    ],
)  # fmt: skip
def test_no_number_of_a_person_reaches_the_log_from_anywhere_in_a_request(
    registry: str, token: str, caplog: pytest.LogCaptureFixture,
    method: str, path: str, content: str, headers: dict[str, str], status: int,
) -> None:  # fmt: skip
    given = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
    with caplog.at_level(logging.DEBUG):
        # The test's own client would log the address it calls.
        logging.getLogger("httpx").disabled = True
        try:
            response = call(registry, method, path, content=content, headers=given)
        finally:
            logging.getLogger("httpx").disabled = False
    lines = [JsonFormatter().format(record) for record in caplog.records]
    told = [json.loads(line) for line in lines if '"request"' in line]
    assert (response.status_code, [line["status"] for line in told]) == (status, [status])
    assert NIK not in "".join(lines) + caplog.text


def test_a_fault_of_ours_tells_nothing(
    registry: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("9935204101800001")

    monkeypatch.setattr("hub.web.graphql.respond", fail)
    response = send(registry, token, json.dumps(VIEWER))
    assert (response.status_code, code_of(response)) == (500, "INTERNAL")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert "9935" not in response.text
