"""Subscriptions as clients see them: a served application, real sockets, a real import."""

import asyncio
import json
import queue
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
import seed
from lists import VILLAGE, nik, recipients
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from adapters.delivery import Options
from hub.core.access import Viewer, create_token
from hub.core.access.clients import document_hash
from hub.core.access.viewers import Viewers
from hub.core.ingest.importing import Imported, import_file
from hub.core.store.feed import Feed
from hub.core.store.queries import clients
from hub.core.store.reader import make_pool
from hub.web import subscriptions
from hub.web.graphql import Asked
from hub.web.serve import listen, served
from schema import subscription
from schema.ids import make_id, read_id

FOLLOW = """
subscription ($id: ID!) { deliveryProgress(id: $id) { id state step rowsDone rowsTotal } }
"""
ORDER = ["RECOGNISED", "CHECKED", "STAGED", "PUBLISHED"]
PATIENCE = 30.0


@pytest.fixture
def address(own_registry: str) -> Iterator[str]:
    """A served small registry of this test's own."""
    with listen("127.0.0.1", 0) as bound, served(own_registry, bound) as found:
        yield found


@pytest.fixture
def token(own_registry: str) -> str:
    """A token of someone of Magetan."""
    return token_of(own_registry, "penguji", "3520")


@pytest.fixture(scope="module")
def address_of_all(registry: str) -> Iterator[str]:
    """The served registry of all tests that only read."""
    with listen("127.0.0.1", 0) as bound, served(registry, bound) as found:
        yield found


@pytest.fixture(scope="module")
def all_token(registry: str) -> str:
    """A token of someone of Magetan there."""
    return token_of(registry, "pengikut", "3520")


def token_of(url: str, name: str, region: str) -> str:
    with psycopg.connect(url) as connection:
        return create_token(connection, name, (region,), False, False, 1)


@contextmanager
def socket(address: str, token: str | None, **options: Any) -> Iterator[ClientConnection]:
    """A socket; greeted if there is a token."""
    options = {"subprotocols": ["graphql-transport-ws"], **options}
    place = address.replace("http:", "ws:") + "/graphql"
    with connect(place, proxy=None, open_timeout=PATIENCE, **options) as opened:
        if token is not None:
            payload = {"Authorization": f"Bearer {token}"}
            say(opened, type="connection_init", payload=payload)
            assert hear(opened) == {"type": "connection_ack"}
        yield opened


def say(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def follow(socket: ClientConnection, delivery: UUID, name: str = "1") -> None:
    variables = {"id": make_id("Delivery", uuid=delivery)}
    say(socket, type="subscribe", id=name, payload={"query": FOLLOW, "variables": variables})


def hear(socket: ClientConnection) -> Any:
    """The next message that is no ping."""
    while (message := json.loads(socket.recv(PATIENCE)))["type"] == "ping":
        say(socket, type="pong")
    return message


def closing_code(socket: ClientConnection) -> int:
    """The code the server closes the socket with."""
    try:
        while True:
            socket.recv(PATIENCE)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006


def told_of(message: Any) -> dict[str, Any]:
    assert message["type"] == "next", message
    told: dict[str, Any] = message["payload"]["data"]["deliveryProgress"]
    return told


class Import:
    """An import in a thread of its own that waits as each step begins, until it is let on."""

    def __init__(self, url: str, file: Path, region: str | None = VILLAGE) -> None:
        self.done: list[Imported] = []
        self._steps: queue.Queue[str] = queue.Queue()
        self._go = threading.Semaphore(0)
        self._free = False
        self._begun: list[str] = []
        self._held = False
        self._given = url, file, Options(region=region, region_system="kemendagri")
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        url, file, options = self._given
        with psycopg.connect(url, autocommit=True) as connection, suppress(BrokenOffError):
            self.done.append(import_file(connection, file, options, progress=self._at))

    def _at(self, step: str, _done: int | None = None, _total: int | None = None, /) -> None:
        if step not in self._begun:
            self._begun.append(step)
            self._steps.put(step)
            if not self._free:
                assert self._go.acquire(timeout=PATIENCE)
            if self._free == "broken":
                raise BrokenOffError

    def until(self, step: str) -> None:
        """Let it on until it begins `step`: what came before is told by then."""
        if self._held:
            self._go.release()
        self._held = True
        while self._steps.get(timeout=PATIENCE) != step:
            self._go.release()

    def finish(self, how: bool | str = True) -> None:
        """Let it run to its end, or break it."""
        self._free = how
        self._go.release()
        self._thread.join(PATIENCE)


class BrokenOffError(Exception):
    """An import is broken off."""


@contextmanager
def importing(url: str, file: Path, region: str | None = VILLAGE) -> Iterator[Import]:
    work = Import(url, file, region)
    try:
        yield work
    finally:
        work.finish()


def people(folder: Path, number: int = 3) -> Path:
    return recipients(folder, *(f"{nik(n)};ORANG {n};PKH;2024-03" for n in range(1, number + 1)))


def deliveries(address: str, token: str, state: str) -> list[UUID]:
    """The deliveries that the API lists in this state."""
    query = "query ($s: [DeliveryState!]) { deliveries(filter: {states: $s}) { nodes { id } } }"
    bearer = {"Authorization": f"Bearer {token}"}
    body = {"query": query, "variables": {"s": [state]}}
    answer = httpx.post(f"{address}/graphql", json=body, headers=bearer).json()
    found = [read_id(node["id"]).uuid for node in answer["data"]["deliveries"]["nodes"]]
    return [uuid for uuid in found if uuid is not None]


def the_delivery(address: str, token: str, state: str = "RECOGNISED") -> UUID:
    (found,) = deliveries(address, token, state)
    return found


def short(told: dict[str, Any]) -> tuple[Any, ...]:
    return told["state"], told["step"], told["rowsDone"], told["rowsTotal"]


# --- a real import ----------------------------------------------------------------------------


def test_an_import_is_followed_from_its_recognition_to_its_end(
    own_registry: str, address: str, token: str, tmp_path: Path
) -> None:
    with importing(own_registry, people(tmp_path)) as work, socket(address, token) as own:
        work.until("map")
        delivery = the_delivery(address, token)
        follow(own, delivery)
        seen = [told_of(hear(own))]
        for begun, told in (
            ("validate", ("RECOGNISED", "map", 3, 3)),
            ("stage", ("RECOGNISED", "validate", 3, 3)),
            ("publish", ("CHECKED", "stage", 3, 3)),
            ("golden", ("STAGED", "link", None, None)),
            ("statistics", ("STAGED", "flags", None, None)),
        ):
            work.until(begun)
            while short(seen[-1]) != told:
                seen.append(told_of(hear(own)))
        work.finish()
        while (message := hear(own))["type"] == "next":
            seen.append(told_of(message))
    assert message == {"id": "1", "type": "complete"}
    assert {told["id"] for told in seen} == {make_id("Delivery", uuid=delivery)}
    assert short(seen[0]) == ("RECOGNISED", None, None, None)
    assert short(seen[-1]) == ("PUBLISHED", None, None, None)
    states = [ORDER.index(told["state"]) for told in seen]
    assert states == sorted(states)
    for step in ("map", "validate", "stage"):
        done = [told["rowsDone"] for told in seen if told["step"] == step]
        assert done == sorted(done)
    assert work.done[0].delivery_id == delivery


def test_who_comes_late_is_told_the_end(address: str, token: str) -> None:
    with socket(address, token) as own:
        follow(own, seed.LOCAL)
        assert short(told_of(hear(own))) == ("PUBLISHED", None, None, None)
        assert hear(own) == {"id": "1", "type": "complete"}


def test_an_import_that_breaks_off_is_told_as_rejected_and_leaves_nothing(
    own_registry: str, address: str, token: str, tmp_path: Path
) -> None:
    with importing(own_registry, people(tmp_path)) as work, socket(address, token) as own:
        work.until("publish")
        follow(own, the_delivery(address, token, "CHECKED"))
        assert told_of(hear(own))["state"] == "CHECKED"
        work.finish("broken")
        while (told := told_of(hear(own)))["state"] != "REJECTED":
            pass
        assert told["step"] is None
        assert hear(own) == {"id": "1", "type": "complete"}
    assert deliveries(address, token, "CHECKED") == []
    assert deliveries(address, token, "REJECTED") == []


def test_an_import_that_was_killed_is_told_as_rejected(
    own_registry: str, address: str, token: str
) -> None:
    with psycopg.connect(own_registry) as connection:
        killed = "update delivery set state = 'CHECKED' where id = %s"
        connection.execute(killed, (seed.LOCAL,))
    with socket(address, token) as own:
        follow(own, seed.LOCAL)
        assert told_of(hear(own))["state"] == "REJECTED"
        assert hear(own) == {"id": "1", "type": "complete"}


def test_a_silent_end_is_found_by_looking(
    own_registry: str, address: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "RECHECKED_EVERY", 0.05)
    with psycopg.connect(own_registry, autocommit=True) as connection:
        move = "update delivery set state = %s where id = %s"
        connection.execute(move, ("STAGED", seed.LOCAL))
        with socket(address, token) as own:
            follow(own, seed.LOCAL)
            assert told_of(hear(own))["state"] == "STAGED"
            connection.execute(move, ("UNDONE", seed.LOCAL))
            assert told_of(hear(own))["state"] == "UNDONE"
            assert hear(own) == {"id": "1", "type": "complete"}


def test_listening_starts_again_when_its_connection_is_cut(
    own_registry: str, address: str, token: str
) -> None:
    cut = (
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where datname = current_database() and query like 'listen%'"
    )
    with psycopg.connect(own_registry, autocommit=True) as connection:
        move = "update delivery set state = %s where id = %s"
        connection.execute(move, ("STAGED", seed.LOCAL))
        with socket(address, token) as own:
            follow(own, seed.LOCAL)
            assert told_of(hear(own))["state"] == "STAGED"
            while connection.execute(cut).fetchone() == (0,):
                pass
            connection.execute(move, ("PUBLISHED", seed.LOCAL))
            assert told_of(hear(own))["state"] == "PUBLISHED"


def test_all_who_follow_share_one_connection(own_registry: str, address: str, token: str) -> None:
    listeners = (
        "select count(*) from pg_stat_activity"
        " where datname = current_database() and query like 'listen%'"
    )
    with psycopg.connect(own_registry, autocommit=True) as connection:
        connection.execute("update delivery set state = 'STAGED' where id = %s", (seed.LOCAL,))
        with socket(address, token) as one, socket(address, token) as other:
            for own in (one, other):
                for name in ("1", "2"):
                    follow(own, seed.LOCAL, name)
                    hear(own)
            while (found := connection.execute(listeners).fetchone()) == (0,):
                pass
            assert found == (1,)
        while connection.execute(listeners).fetchone() != (0,):
            pass


# --- who may ------------------------------------------------------------------------------------


def test_foreign_and_absent_deliveries_are_not_found_alike(address: str, token: str) -> None:
    with socket(address, token) as own:
        for name, delivery in (("1", seed.FOREIGN), ("2", UUID(int=1))):
            follow(own, delivery, name)
            message = hear(own)
            (error,) = message["payload"]
            assert (message["type"], message["id"]) == ("error", name)
            assert error["extensions"]["code"] == "NOT_FOUND"
            assert error["message"] == "There is no such delivery."


def test_an_import_elsewhere_is_not_seen_before_or_after_its_check(
    own_registry: str, address: str, token: str, tmp_path: Path
) -> None:
    foreign = token_of(own_registry, "lain", "5206")
    with importing(own_registry, people(tmp_path), region=None) as work:
        work.until("stage")
        assert deliveries(address, foreign, "RECOGNISED") == []
        work.until("publish")
        assert deliveries(address, foreign, "CHECKED") == []
        assert len(deliveries(address, token, "CHECKED")) == 1


def test_a_wrong_token_is_forbidden(address: str) -> None:
    wrong = [{}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer hub_" + "A" * 43}]
    for payload in wrong:
        with socket(address, None) as own:
            say(own, type="connection_init", payload=payload)
            assert closing_code(own) == 4403


def test_a_client_with_an_allow_list_follows_only_with_what_is_stored(
    own_registry: str, address: str, token: str
) -> None:
    with psycopg.connect(own_registry) as connection:
        found = clients.client(connection, "penguji")
        assert found is not None
        clients.set_allow_list(connection, found.id, on=True)
        clients.add_operation(connection, found.id, document_hash(FOLLOW), "Ikut", FOLLOW)
    variables = {"id": make_id("Delivery", uuid=seed.LOCAL)}
    stored = {"documentId": f"sha256:{document_hash(FOLLOW)}", "variables": variables}
    free = {"query": FOLLOW.replace("state", "state at"), "variables": variables}
    unknown = {"documentId": "0" * 64}
    with socket(address, token) as own:
        say(own, type="subscribe", id="1", payload=stored)
        assert (told_of(hear(own))["state"], hear(own)["type"]) == ("PUBLISHED", "complete")
        codes = []
        for payload in (free, unknown, {"documentId": "x"}):
            say(own, type="subscribe", id="1", payload=payload)
            codes.append(hear(own)["payload"][0]["extensions"]["code"])
    assert codes == ["FORBIDDEN", "PERSISTED_OPERATION_NOT_FOUND", "BAD_INPUT"]


def test_the_token_may_come_with_the_handshake(address: str, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    with socket(address, None, additional_headers=bearer) as own:
        say(own, type="connection_init")
        assert hear(own) == {"type": "connection_ack"}


# --- the protocol -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "1",
        "{}",
        b"{}",
        "[" * 20_000,
        '{"type": "ping", "n": NaN}',
        '{"type": "next", "id": "1"}',
        '{"type": ["ping"]}',
        '{"type": "subscribe", "payload": {"query": "{ viewer { account } }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ viewer { account } }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "complete"}',
    ],
)
def test_garbage_closes_the_socket(address_of_all: str, all_token: str, message: str) -> None:
    with socket(address_of_all, all_token) as own:
        own.send(message)
        assert closing_code(own) == 4400


def test_a_large_message_closes_the_socket(address_of_all: str, all_token: str) -> None:
    with socket(address_of_all, all_token) as own:
        own.send(" " * (subscriptions.LARGEST_MESSAGE + 1))
        assert closing_code(own) == 1009


def test_the_order_of_greeting_is_kept(address_of_all: str, all_token: str) -> None:
    with socket(address_of_all, None) as own:
        follow(own, seed.LOCAL)
        assert closing_code(own) == 4401
    with socket(address_of_all, all_token) as own:
        say(own, type="connection_init")
        assert closing_code(own) == 4429
    with socket(address_of_all, None) as own:
        say(own, type="connection_init", payload=1)
        assert closing_code(own) == 4400
    with socket(address_of_all, None, subprotocols=["graphql-ws"]) as own:
        assert closing_code(own) == 4406


def test_who_does_not_greet_is_sent_away(
    address_of_all: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "GREETING_SECONDS", 0.05)
    with socket(address_of_all, None) as own:
        assert closing_code(own) == 4408


def test_pings_are_answered_and_who_answers_none_is_sent_away(
    address_of_all: str, all_token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket(address_of_all, all_token) as own:
        say(own, type="ping")
        assert hear(own) == {"type": "pong"}
    monkeypatch.setattr(subscriptions, "PING_SECONDS", 0.05)
    with socket(address_of_all, all_token) as own:
        assert closing_code(own) == 1001


def test_one_id_is_used_once_at_a_time(own_registry: str, address: str, token: str) -> None:
    with psycopg.connect(own_registry) as connection:
        connection.execute("update delivery set state = 'STAGED' where id = %s", (seed.LOCAL,))
    with socket(address, token) as own:
        follow(own, seed.LOCAL)
        assert told_of(hear(own))["state"] == "STAGED"
        say(own, type="complete", id="1")
        follow(own, seed.LOCAL)
        assert told_of(hear(own))["state"] == "STAGED"
        follow(own, seed.LOCAL)
        assert closing_code(own) == 4409


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ viewer { account } }", "Only subscriptions are answered as a stream."),
        ("subscription { nothing }", "Cannot query field"),
        ("subscription {", "Syntax Error"),
        ('subscription { deliveryProgress(id: "x") { state } }', "This id is not valid."),
        ("subscription A { __typename } subscription B { __typename }", "several operations"),
        (FOLLOW, "to be provided"),
    ],
)
def test_what_cannot_be_followed_is_an_error_of_its_id(
    address_of_all: str, all_token: str, query: str, message: str
) -> None:
    with socket(address_of_all, all_token) as own:
        say(own, type="subscribe", id="1", payload={"query": query})
        answer = hear(own)
        assert (answer["type"], answer["id"]) == ("error", "1")
        assert answer["payload"][0]["extensions"]["code"] == "BAD_INPUT"
        assert message in answer["payload"][0]["message"]


def test_limits_are_as_for_queries_and_the_schema_is_not_told(
    address_of_all: str, all_token: str
) -> None:
    schema = "subscription { __schema { queryType { name } } }"
    long = "subscription { deliveryProgress(id: 1) {" + " state" * 3000 + "} }"
    with socket(address_of_all, all_token) as own:
        codes = []
        for query in (schema, long):
            say(own, type="subscribe", id="1", payload={"query": query})
            codes.append({error["extensions"]["code"] for error in hear(own)["payload"]})
    assert codes == [{"BAD_INPUT"}, {"BAD_INPUT"}]


# --- caps ---------------------------------------------------------------------------------------


def test_a_socket_has_so_many_subscriptions(
    own_registry: str, address: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "MOST_OPERATIONS", 1)
    with psycopg.connect(own_registry) as connection:
        connection.execute("update delivery set state = 'STAGED' where id = %s", (seed.LOCAL,))
    with socket(address, token) as own:
        follow(own, seed.LOCAL, "1")
        hear(own)
        follow(own, seed.LOCAL, "2")
        refused = hear(own)
        assert (refused["type"], refused["id"]) == ("error", "2")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        say(own, type="complete", id="1")
        follow(own, seed.LOCAL, "2")
        assert told_of(hear(own))["state"] == "STAGED"


@pytest.mark.parametrize("cap", ["MOST_STREAMS", "MOST_STREAMS_OF_ACCOUNT"])
def test_streams_are_counted_over_both_transports(
    address_of_all: str, all_token: str, monkeypatch: pytest.MonkeyPatch, cap: str
) -> None:
    monkeypatch.setattr(subscriptions, cap, 1)
    with socket(address_of_all, all_token):
        with socket(address_of_all, None) as other:
            greeting = {"Authorization": f"Bearer {all_token}"}
            say(other, type="connection_init", payload=greeting)
            assert closing_code(other) == 1013
        with events(address_of_all, all_token, seed.LOCAL) as response:
            response.read()
            assert response.status_code == 429
            assert response.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


def test_strangers_are_counted(address_of_all: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MOST_STRANGERS", 0)
    with socket(address_of_all, None) as own:
        assert closing_code(own) == 1013


def test_no_stream_lasts_for_ever(
    own_registry: str, address: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LONGEST_SECONDS", 0.3)
    with psycopg.connect(own_registry) as connection:
        connection.execute("update delivery set state = 'STAGED' where id = %s", (seed.LOCAL,))
    with socket(address, token) as own:
        assert closing_code(own) == 1001
    with events(address, token, seed.LOCAL) as response:
        text = response.read().decode()
    assert "event: complete" not in text  # it may be opened again


def test_a_server_that_stops_ends_its_streams(own_registry: str, token: str) -> None:
    with psycopg.connect(own_registry) as connection:
        connection.execute("update delivery set state = 'STAGED' where id = %s", (seed.LOCAL,))
    with ExitStack() as opened:
        bound = opened.enter_context(listen("127.0.0.1", 0))
        serving = ExitStack()
        address = serving.enter_context(served(own_registry, bound))
        own = opened.enter_context(socket(address, token))
        response = opened.enter_context(events(address, token, seed.LOCAL))
        lines = response.iter_lines()
        assert event(lines)[0] == "next"
        serving.close()
        assert closing_code(own) == 1012
        assert [line for line in lines if line.startswith("event")] == []


# --- events -------------------------------------------------------------------------------------


@contextmanager
def events(address: str, token: str, delivery: UUID) -> Iterator[httpx.Response]:
    """The stream of events on one delivery."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    body = {"query": FOLLOW, "variables": {"id": make_id("Delivery", uuid=delivery)}}
    place = f"{address}/graphql"
    with httpx.stream("POST", place, json=body, headers=headers, timeout=PATIENCE) as response:
        yield response


def event(lines: Iterator[str]) -> tuple[str, Any]:
    """The next event, without the comments between."""
    while not (line := next(lines)).startswith("event: "):
        pass
    data = next(lines).removeprefix("data:").strip()
    return line.removeprefix("event: "), json.loads(data) if data else None


def test_an_import_is_followed_as_events(
    own_registry: str, address: str, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "PING_SECONDS", 0.05)
    with importing(own_registry, people(tmp_path)) as work:
        work.until("map")
        with events(address, token, the_delivery(address, token)) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert response.headers["cache-control"] == "no-store"
            lines = response.iter_lines()
            seen = [event(lines)]
            while next(lines) != ":":  # kept alive
                pass
            work.finish()
            while seen[-1][0] == "next":
                seen.append(event(lines))
    states = [told["data"]["deliveryProgress"]["state"] for kind, told in seen if told]
    assert (states[0], states[-1], seen[-1]) == ("RECOGNISED", "PUBLISHED", ("complete", None))


def test_events_of_a_foreign_delivery_are_one_error(address_of_all: str, all_token: str) -> None:
    with events(address_of_all, all_token, seed.FOREIGN) as response:
        lines = response.iter_lines()
        kind, told = event(lines)
        assert (kind, told["errors"][0]["extensions"]["code"]) == ("next", "NOT_FOUND")
        assert event(lines) == ("complete", None)


def test_who_takes_no_events_is_cut_off(registry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "SEND_SECONDS", 0.05)
    sent: list[str] = []

    async def never_taken(message: MutableMapping[str, Any]) -> None:
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def nothing_more() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def stream() -> None:
        async with make_pool(registry, 1) as pool:
            streams = subscriptions.Streams(pool, Viewers.of(pool), Feed(registry))
            until = datetime.now(UTC) + timedelta(days=1)
            viewer = Viewer("pengikut", ("3520",), False, False, until)
            variables = {"id": make_id("Delivery", uuid=seed.LOCAL)}
            await streams.events(viewer, Asked(FOLLOW, variables), nothing_more, never_taken)

    asyncio.run(stream())
    assert sent == ["http.response.start", "http.response.body"]


def test_events_need_a_token(address_of_all: str) -> None:
    with events(address_of_all, "x", seed.LOCAL) as response:
        assert response.status_code == 401
