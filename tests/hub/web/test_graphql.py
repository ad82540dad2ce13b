"""GraphQL over HTTP: what is asked, how it is answered, and everything that is refused."""

import json
import logging
from typing import Any

import httpx
import psycopg
import pytest
import seed
from calls import call, code_of, exchange, get, over_http, send

from hub.core.access.clients import document_hash
from hub.core.access.limits import DEFAULTS
from hub.core.access.tokens import create_token
from hub.core.store.queries.clients import add_operation, client
from hub.web.graphql import GRAPHQL_JSON, JSON, media_type

QUERY = "{ viewer { account } }"
VIEWER = {"query": QUERY}
BODY = json.dumps(VIEWER)
NEWER = {"Accept": GRAPHQL_JSON}


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}


def account(response: httpx.Response) -> str:
    """The account in an answer to QUERY."""
    return str(response.json()["data"]["viewer"]["account"])


def test_a_query_is_answered_by_post_and_by_get(registry: str, token: str) -> None:
    posted = send(registry, token, BODY)
    got = get(registry, "/graphql", params=VIEWER, headers={"Authorization": f"bearer {token}"})
    assert (account(posted), account(got)) == ("penguji", "penguji")
    assert (posted.status_code, got.status_code) == (200, 200)
    assert posted.headers["content-type"] == "application/json; charset=utf-8"
    assert posted.headers["content-length"] == str(len(posted.content))
    assert posted.headers["cache-control"] == "no-store"
    assert posted.headers["vary"] == "Accept, Authorization"


def test_variables_and_the_scope_of_the_token_are_used(registry: str, token: str) -> None:
    query = "query ($id: ID!) { household(id: $id) { familyCardNumber } }"
    own, foreign = seed.household_id(seed.A), seed.household_id(seed.C, "5206")
    bodies = [json.dumps({"query": query, "variables": {"id": i}}) for i in (own, foreign)]
    answers = [send(registry, token, body).json()["data"]["household"] for body in bodies]
    assert answers == [{"familyCardNumber": "993520********06"}, None]


@pytest.mark.parametrize("wrong", [None, "", "x", "hub_" + "A" * 43])
def test_without_a_good_token_nothing_is_answered(registry: str, wrong: str | None) -> None:
    response = send(registry, wrong, BODY)
    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == 'Bearer realm="hub"'


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html, */*;q=0.1", JSON),
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_JSON),
        ("APPLICATION/GRAPHQL-RESPONSE+JSON;charset=utf-8", GRAPHQL_JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_JSON),
        ("application/json, application/graphql-response+json", GRAPHQL_JSON),
        ("application/graphql-response+json, */*", GRAPHQL_JSON),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json; q=0.5 , */*;q=0.9", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("application/graphql-response+json;q=2, application/json;q=0.1", JSON),
        ("application/graphql-response+json;q=nan, application/json;q=0.1", JSON),
        ("application/json;q=0, */*", None),
        ("application/json;q=0.000", None),
        ("text/html", None),
        (",", None),
        (";q=1", None),
    ],
)
def test_the_media_type_is_the_one_preferred(accept: str, kind: str | None) -> None:
    assert media_type(accept.encode()) == kind


def test_what_cannot_be_accepted_is_refused(registry: str, token: str) -> None:
    html = send(registry, token, BODY, {"Accept": "text/html"})
    assert (html.status_code, code_of(html)) == (406, "BAD_INPUT")
    long = send(registry, token, BODY, {"Accept": "x/y," * 5000 + JSON})
    assert (long.status_code, code_of(long)) == (406, "BAD_INPUT")


def test_no_accept_header_means_json(registry: str, token: str) -> None:
    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        del client.headers["accept"]
        headers = {**bearer(token), "Content-Type": JSON}
        return await client.post("/graphql", content=BODY, headers=headers)

    response = over_http(registry, ask)
    assert response.headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("asked", "older", "newer"),
    [
        ({"query": QUERY}, 200, 200),
        ({"query": "query ($id: ID!) { household(id: $id) { id } }", "variables": {"id": "x"}},
         200, 200),  # ran, with an error at its field
        ({"query": "{"}, 200, 400),
        ({"query": "{ nothing }"}, 200, 400),
        ({"query": "mutation { nothing }"}, 200, 400),
        ({"query": "query A { viewer { account } } query B { viewer { account } }"}, 200, 400),
        ({"query": QUERY, "operationName": "B"}, 200, 400),
        ({"query": "query ($id: ID!) { household(id: $id) { id } }"}, 200, 400),
        ({"query": "query ($n: Int) { households(first: $n) { nodes { id } } }",
          "variables": {"n": 10**30}}, 200, 400),
        ({"query": "query ($c: String) { households(after: $c) { nodes { id } } }",
          "variables": {"c": json.loads("[" * 500 + "]" * 500)}}, 200, 400),
        ({"documentId": "sha256:" + "0" * 64}, 200, 400),
        ({"documentId": "no hash"}, 400, 400),
        ({"query": QUERY, "documentId": "sha256:" + "0" * 64}, 400, 400),
        ({}, 400, 400),
    ],
)  # fmt: skip
def test_the_newer_media_type_tells_by_its_status_what_did_not_run(
    registry: str, token: str, asked: dict[str, Any], older: int, newer: int
) -> None:
    for accept, status in ((JSON, older), (GRAPHQL_JSON, newer)):
        response = send(registry, token, json.dumps(asked), {"Accept": accept})
        assert response.status_code == status
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert ("data" in response.json()) == (newer == 200)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[" * 100_000,
        '{"query": ' + "[" * 100_000 + "}",
        '{"query": "{ viewer { account } }", "variables": {"n": ' + "[" * 5000 + "]" * 5000 + "}}",
        b'{"query": "\xff\xfe"}',
        b"\xef\xbb\xbf" + BODY.encode(),
        BODY.encode("utf-16"),
        '{"query": "{ viewer { account } }", "variables": {"n": ' + "9" * 4301 + "}}",
        '{"query": "{ viewer { account } }", "variables": {"n": 1e999}}',
        '{"query": "{ viewer { account } }", "variables": {"n": NaN}}',
        '{"query": "{ viewer { account } }", "variables": {"n": -Infinity}}',
        '{"query": "{ viewer { account } }", "variables": {"n": "\\ud800"}}',
        '{"query": "{ viewer { account } }", "variables": {"\\uDfff": [{"n": 1}]}}',
        '{"query": "{ viewer { account } } \\ud800"}',
        b'{"query": "{ viewer { account } } \xed\xa0\x80"}',
        BODY + BODY,
        "[]",
        f"[{BODY}]",
        "1",
        "null",
        '{"query": 1}',
        '{"query": null}',
        '{"query": ""}',
        '{"query": ["{ viewer { account } }"]}',
        '{"query": "{ viewer { account } }", "variables": []}',
        '{"query": "{ viewer { account } }", "variables": "{}"}',
        '{"query": "{ viewer { account } }", "operationName": 1}',
        '{"query": "{ viewer { account } }", "extensions": "x"}',
        '{"documentId": 1}',
    ],
)
def test_a_malformed_body_is_400_never_500(registry: str, token: str, body: bytes | str) -> None:
    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        headers = {**bearer(token), "Content-Type": JSON}
        kinds = [{**headers, "Accept": accept} for accept in (JSON, GRAPHQL_JSON)]
        return [await client.post("/graphql", content=body, headers=kind) for kind in kinds]

    for response in over_http(registry, ask):
        assert (response.status_code, code_of(response)) == (400, "BAD_INPUT")


def test_half_characters_that_make_a_whole_one_are_text(registry: str, token: str) -> None:
    query = 'query ($c: ID!) { household(id: $c) { id } viewer { account } } # "\U0001f3c3"'
    body = json.dumps({"query": query, "variables": {"c": "\U0001f3ca"}})
    assert "\\ud83c" in body
    assert account(send(registry, token, body)) == "penguji"


def test_null_and_unknown_parameters_are_as_if_not_there(registry: str, token: str) -> None:
    given = {"variables": None, "operationName": None, "extensions": {"a": [1]}, "id": 1}
    assert account(send(registry, token, json.dumps(VIEWER | given))) == "penguji"
    assert account(send(registry, token, json.dumps(VIEWER | {"operationName": ""}))) == "penguji"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=UTF-8", 200),
        ('application/json;charset="utf-8"', 200),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=iso-8859-1", 415),
        ("application/jsonx", 415),
        ("application/graphql", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_only_json_is_read_so_no_form_of_another_site(
    registry: str, token: str, kind: str, status: int
) -> None:
    assert send(registry, token, BODY, {"Content-Type": kind}).status_code == status


def test_a_stored_operation_is_asked_for_by_its_id(own_registry: str) -> None:
    with psycopg.connect(own_registry) as connection:
        token = create_token(connection, "SIMPEL", ("3520",), False, False, 1)
        row = client(connection, "SIMPEL")
        assert row is not None
        add_operation(connection, row.id, document_hash(QUERY), "viewer", QUERY)
    asked = {"documentId": f"sha256:{document_hash(QUERY)}"}
    posted = send(own_registry, token, json.dumps(asked))
    got = get(own_registry, "/graphql", params=asked, headers=bearer(token))
    assert (account(posted), account(got)) == ("SIMPEL", "SIMPEL")


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": ""},
        {"query": QUERY, "variables": "{"},
        {"query": QUERY, "variables": "[]"},
        {"query": QUERY, "variables": '{"a": NaN}'},
        {"query": QUERY, "variables": '{"a": "\\ud800"}'},
        {"query": QUERY, "extensions": "1"},
        "query=%ff%fe",
        "query=%7B%20viewer%20%7B%20account%20%7D%20%7D%ed%a0%80",
        "&".join(f"a{number}=1" for number in range(500)),
    ],
)
def test_a_malformed_address_is_400(registry: str, token: str, params: Any) -> None:
    address = params if isinstance(params, str) else str(httpx.QueryParams(params))
    response = get(registry, f"/graphql?{address}", headers=bearer(token))
    assert (response.status_code, code_of(response)) == (400, "BAD_INPUT")


def test_get_takes_the_other_parameters_too(registry: str, token: str) -> None:
    query = (
        "query A { viewer { staff } } query B($i: Boolean!) { viewer { account @include(if: $i) } }"
    )
    params = {"query": query, "operationName": "B", "variables": '{"i": true}', "extensions": "{}"}
    response = get(registry, "/graphql", params=params, headers=bearer(token))
    assert response.json()["data"] == {"viewer": {"account": "penguji"}}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("mutation { nothing }", ""),
        ("subscription { nothing }", ""),
        ("query A { viewer { account } } mutation B { nothing }", "B"),
    ],
)
def test_get_changes_nothing(registry: str, token: str, query: str, name: str) -> None:
    params = {"query": query, "operationName": name}
    response = get(registry, "/graphql", params=params, headers=bearer(token) | NEWER)
    assert (response.status_code, code_of(response)) == (405, "BAD_INPUT")
    assert response.headers["allow"] == "POST"


def test_head_is_get_without_a_body_and_options_needs_no_token(registry: str, token: str) -> None:
    options: dict[str, Any] = {"params": VIEWER, "headers": bearer(token)}
    got, head = get(registry, "/graphql", **options), call(registry, "HEAD", "/graphql", **options)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    allowed = call(registry, "OPTIONS", "/graphql")
    assert (allowed.status_code, allowed.content) == (204, b"")
    assert allowed.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert "access-control-allow-origin" not in allowed.headers


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH", "TRACE"])
def test_other_methods_are_refused(registry: str, method: str) -> None:
    response = call(registry, method, "/graphql")
    assert (response.status_code, code_of(response)) == (405, "BAD_INPUT")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}


def test_a_body_and_an_address_have_a_largest_size(registry: str, token: str) -> None:
    blanks = b" " * (DEFAULTS.body_bytes - len(BODY))
    assert account(send(registry, token, blanks + BODY.encode())) == "penguji"
    response = send(registry, token, b" " + blanks + BODY.encode())
    assert (response.status_code, code_of(response)) == (413, "BAD_INPUT")
    assert response.headers["connection"] == "close"
    long = "query=" + "x" * DEFAULTS.body_bytes
    assert exchange(registry, bearer(token), [], method="GET",
                    query_string=long.encode()).status == 414  # fmt: skip


def test_a_client_may_have_a_largest_body_of_its_own(own_registry: str) -> None:
    with psycopg.connect(own_registry) as connection:
        token = create_token(connection, "SIMPEL", ("3520",), False, False, 1)
        connection.execute("update account set limits = '{\"body_bytes\": 1024}'")
    assert account(send(own_registry, token, BODY + " " * (1024 - len(BODY)))) == "SIMPEL"
    assert send(own_registry, token, BODY + " " * (1025 - len(BODY))).status_code == 413


def chunk(body: bytes, more: bool = True) -> dict[str, Any]:
    """A part of a body, as a server hands it over."""
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_announced_too_large_is_not_read(registry: str, token: str) -> None:
    headers = {**bearer(token), "Content-Type": JSON}
    for length in (str(DEFAULTS.body_bytes + 1), "9" * 5000, "x", "-1"):
        done = exchange(registry, {**headers, "Content-Length": length}, [chunk(b"")])
        assert (done.status, done.read) == (413, 0)


def test_a_body_found_too_large_is_not_read_to_its_end(registry: str, token: str) -> None:
    parts = [chunk(b" " * 65536)] * 100
    done = exchange(registry, {**bearer(token), "Content-Type": JSON}, parts)
    assert (done.status, done.read) == (413, 5)


def test_a_body_may_come_in_parts(registry: str, token: str) -> None:
    parts = [chunk(BODY[at : at + 1].encode()) for at in range(len(BODY))]
    headers = {**bearer(token), "Content-Type": JSON}
    done = exchange(registry, headers, [*parts, chunk(b"", more=False)])
    assert (done.status, done.read) == (200, len(BODY) + 1)


def test_a_caller_who_leaves_is_not_answered(
    registry: str, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {**bearer(token), "Content-Type": JSON}
    with caplog.at_level(logging.INFO, "hub"):
        done = exchange(registry, headers, [chunk(b"{"), {"type": "http.disconnect"}])
    assert (done.sent, [record.__dict__["status"] for record in caplog.records]) == ([], [499])
