"""The application over HTTP."""

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import psycopg
import pytest
import seed

from hub.core.access import create_token
from hub.web.app import create_app
from hub.web.graphql import LARGEST_BODY
from hub.web.logs import JsonFormatter
from hub.web.serve import listen

VIEWER = {"query": "{ viewer { account } }"}
Use = Callable[[httpx.AsyncClient], Awaitable[Any]]


@pytest.fixture(scope="session")
def token(registry: str) -> str:
    """A token of someone of Magetan."""
    with psycopg.connect(registry) as connection:
        return create_token(connection, "penguji", ("3520",), False, False, 1)


def over_http(url: str, use: Use) -> Any:
    """What `use` makes of a client of a running application."""

    async def run() -> Any:
        app = create_app(url, pool_size=2)
        transport = httpx.ASGITransport(app)
        client = httpx.AsyncClient(transport=transport, base_url="http://hub")
        async with app.router.lifespan_context(app), client:
            return await use(client)

    return asyncio.run(run())


def send(
    url: str, token: str | None, content: bytes | str, headers: dict[str, str] | None = None
) -> httpx.Response:
    """POST this body to /graphql."""
    sent = {"Content-Type": "application/json"} | (headers or {})
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    response: httpx.Response = over_http(
        url, lambda client: client.post("/graphql", content=content, headers=sent)
    )
    return response


def get(url: str, path: str, **options: Any) -> httpx.Response:
    """GET this path."""
    response: httpx.Response = over_http(url, lambda client: client.get(path, **options))
    return response


def code_of(response: httpx.Response) -> str:
    """The code of the error."""
    return str(response.json()["errors"][0]["extensions"]["code"])


def test_a_query_is_answered_by_post_and_by_get(registry: str, token: str) -> None:
    posted = send(registry, token, json.dumps(VIEWER))
    bearer = {"Authorization": f"bearer {token}"}
    got = get(registry, "/graphql", params=VIEWER, headers=bearer)
    assert posted.json() == got.json() == {"data": {"viewer": {"account": "penguji"}}}
    assert (posted.status_code, got.status_code) == (200, 200)
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["cache-control"] == "no-store"


def test_variables_and_the_scope_of_the_token_are_used(registry: str, token: str) -> None:
    query = "query ($id: ID!) { household(id: $id) { familyCardNumber } }"
    own, foreign = seed.household_id(seed.A), seed.household_id(seed.C, "5206")
    bodies = [json.dumps({"query": query, "variables": {"id": i}}) for i in (own, foreign)]
    answers = [send(registry, token, body).json()["data"]["household"] for body in bodies]
    assert answers == [{"familyCardNumber": "993520********06"}, None]


@pytest.mark.parametrize("wrong", [None, "", "x", "hub_" + "A" * 43])
def test_without_a_good_token_nothing_is_answered(registry: str, wrong: str | None) -> None:
    response = send(registry, wrong, json.dumps(VIEWER))
    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == 'Bearer realm="hub"'


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 100_000,
        '{"query": ' + "[" * 100_000 + "}",
        b'{"query": "\xff\xfe"}',
        '{"query": "{ viewer { account } }"}'.encode("utf-16"),
        '{"query": "{ viewer { account } }", "variables": {"n": ' + "9" * 5000 + "}}",
        '{"query": "{ viewer { account } }", "variables": {"n": NaN}}',
        "[]",
        json.dumps([VIEWER]),
        "1",
        '{"query": 1}',
        '{"query": ""}',
        '{"query": "{ viewer { account } }", "variables": []}',
        '{"query": "{ viewer { account } }", "operationName": 1}',
    ],
)
def test_a_malformed_body_is_400_never_500(registry: str, token: str, body: bytes | str) -> None:
    response = send(registry, token, body)
    assert (response.status_code, code_of(response)) == (400, "BAD_INPUT")


def test_odd_values_inside_a_good_body_are_bad_input(registry: str, token: str) -> None:
    query = "query ($c: String) { households(after: $c) { nodes { id } } }"
    number = "query ($n: Int) { households(first: $n) { nodes { id } } }"
    bodies = [
        json.dumps({"query": query, "variables": {"c": "\ud800"}}),
        json.dumps({"query": query, "variables": {"c": json.loads("[" * 500 + "]" * 500)}}),
        json.dumps({"query": number, "variables": {"n": 10**30}}),
        json.dumps({"query": '{ persons(filter: {name: "\\ud800xyz"}) { totalCount } }'}),
        json.dumps({"query": "{ viewer { account } } \ud800"}),
    ]
    for body in bodies:
        response = send(registry, token, body)
        assert (response.status_code, code_of(response)) == (200, "BAD_INPUT"), body[:80]


def test_a_body_has_a_largest_size(registry: str, token: str) -> None:
    response = send(registry, token, b" " * (LARGEST_BODY + 1))
    assert (response.status_code, code_of(response)) == (413, "BAD_INPUT")


def test_forms_of_other_sites_are_not_read(registry: str, token: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = send(registry, token, json.dumps(VIEWER), {"Content-Type": kind})
        assert (response.status_code, code_of(response)) == (415, "BAD_INPUT")


def test_the_newer_media_type_tells_a_refused_request_by_its_status(
    registry: str, token: str
) -> None:
    accept = {"Accept": "application/graphql-response+json"}
    good = send(registry, token, json.dumps(VIEWER), accept)
    bad = send(registry, token, '{"query": "{ nothing }"}', accept)
    kind = "application/graphql-response+json"
    assert (good.status_code, good.headers["content-type"]) == (200, kind)
    assert (bad.status_code, bad.headers["content-type"], code_of(bad)) == (400, kind, "BAD_INPUT")


def test_the_body_of_an_answer_does_not_wait_for_its_head() -> None:
    with listen("127.0.0.1", 0) as bound:
        assert bound.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_other_methods_are_refused(registry: str) -> None:
    response = over_http(registry, lambda client: client.delete("/graphql"))
    assert (response.status_code, response.json()) == (405, {"error": "Method Not Allowed"})
    assert get(registry, "/nowhere").status_code == 404


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
    assert answered.json() == {"data": {"person": {"name": "BUDI SANTOSO"}}}
    lines = [JsonFormatter().format(record) for record in caplog.records]
    told = [json.loads(line) for line in lines if '"request"' in line]
    assert [(line["path"], line["status"]) for line in told] == [("/graphql", 200), ("other", 404)]
    assert [secret for secret in (nik, token, "penguji", "BUDI") if secret in "".join(lines)] == []


def test_a_fault_of_ours_tells_nothing(
    registry: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("9935204101800001")

    monkeypatch.setattr("hub.web.graphql.respond", fail)
    response = send(registry, token, json.dumps(VIEWER))
    assert (response.status_code, code_of(response)) == (500, "INTERNAL")
    assert "9935" not in response.text
