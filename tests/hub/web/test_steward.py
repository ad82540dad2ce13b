"""A steward's day over HTTP: a file comes up, is checked, published by a second person, undone."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx
import psycopg
import pytest
from checksums import checksums
from lists import VILLAGE, nik, recipients
from seed import ask

from hub.core.access import Limits, Right, create_token
from hub.core.access.clients import document_hash
from hub.core.ingest.advancing import advance, fail
from hub.core.ingest.spool import Spool
from hub.core.store import writer
from hub.core.store.feed import Feed
from hub.core.store.queries.clients import add_operation, client, set_allow_list
from hub.core.store.reader import Reader, make_pool
from hub.core.store.scope import Scope
from hub.web.app import create_app
from mappings.load import layouts
from schema import subscription
from schema.errors import UNAVAILABLE
from schema.ids import make_id, read_id

UPLOAD = """mutation ($input: UploadDeliveryInput!) { uploadDelivery(input: $input) {
  already delivery { id state waitingFor uploadedBy source } } }"""
MAP = """mutation ($input: ConfirmMappingInput!) { confirmMapping(input: $input) {
  delivery { state waitingFor } } }"""
FORESEE = """mutation ($id: ID!) { foreseeEffects(input: {deliveryId: $id}) {
  delivery { waitingFor effects { personsNew current } } } }"""
PUBLISH = """mutation ($id: ID!) { publishDelivery(input: {deliveryId: $id}) {
  delivery { state waitingFor } } }"""
REJECT = """mutation ($id: ID!, $reason: String!) {
  rejectDelivery(input: {deliveryId: $id, reason: $reason}) { delivery { state } } }"""
UNDO = """mutation ($id: ID!) { undoDelivery(input: {deliveryId: $id}) {
  delivery { state waitingFor } } }"""
SEEN = """query ($id: ID!) { delivery(id: $id) {
  state waitingFor source rows { read accepted withWarnings rejected } region { code }
  issues(filter: {open: true, fromRow: 4, toRow: 4, sheet: 0}) { totalCount nodes { code open } }
  effects { personsNew personsChanged current }
  identifierColumns { sheet field column columnLetter rounded }
  columnChanges { kind heading before } proposals { heading } repairs { lost }
  history { action actor reason } mends { id } mendedBy { id } uploadedBy publishedBy } }"""
STATE = "query ($id: ID!) { delivery(id: $id) { state waitingFor } }"
LIST = {"regionSystem": "KEMENDAGRI", "region": "3520"}


class Office:
    """An application with a spool; the test does the work of the worker."""

    def __init__(self, url: str, folder: Path, http: httpx.AsyncClient, spool: Spool) -> None:
        self.url, self.folder, self.http, self.spool = url, folder, http, spool
        self.uploader = self.token("pengunggah", "3520", Right.UPLOAD)
        self.publisher = self.token("penerbit", "3520", Right.PUBLISH)

    def token(self, name: str, region: str, *rights: Right) -> str:
        with psycopg.connect(self.url) as connection:
            return create_token(connection, name, (region,), False, False, 1, rights)

    async def ask(self, token: str, query: str, /, **variables: Any) -> dict[str, Any]:
        return await self.post(token, {"query": query, "variables": variables})

    async def post(self, token: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        response = await self.http.post("/graphql", json=body, headers=headers)
        found: dict[str, Any] = response.json()
        return found

    async def told(self, token: str, query: str, /, **variables: Any) -> Any:
        """The one root field of an answer without errors."""
        answer = await self.ask(token, query, **variables)
        assert "errors" not in answer, answer["errors"]
        (found,) = answer["data"].values()
        return found

    async def upload(self, file: Path, token: str | None = None, **given: Any) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {token or self.uploader}",
            "X-File-Name": file.name,
        }
        content = await asyncio.to_thread(file.read_bytes)
        sent = await self.http.post("/upload", content=content, headers=headers)
        asked = {"uploadToken": sent.json()["uploadToken"], **LIST, **given}
        found: dict[str, Any] = await self.told(token or self.uploader, UPLOAD, input=asked)
        return found

    async def work(self, identity: str) -> None:
        """What the worker does when it is woken."""
        delivery = read_id(identity).uuid
        assert delivery is not None
        with psycopg.connect(self.url, autocommit=True) as connection:
            await asyncio.to_thread(advance, connection, delivery, self.spool)

    async def staged(self, *rows: str) -> str:
        made = await self.upload(recipients(self.folder, *rows))
        identity = str(made["delivery"]["id"])
        await self.work(identity)
        return identity

    def checksums(self) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            return checksums(connection)


Story = Callable[[Office], Coroutine[Any, Any, None]]


class Run(Protocol):
    """Runs a story in an office, with settings of the application."""

    def __call__(self, story: Story, **settings: Any) -> None:
        """Run it."""


@pytest.fixture
def office(store_url: str, tmp_path: Path) -> Run:
    """Runs a story in an office of its own."""

    def run(story: Story, **settings: Any) -> None:
        async def serve() -> None:
            spool = Spool(tmp_path / "spool", 10_000_000)
            app = create_app(store_url, pool_size=2, spool=spool, **settings)
            transport = httpx.ASGITransport(app)
            http = httpx.AsyncClient(transport=transport, base_url="http://hub")
            async with app.router.lifespan_context(app), http:
                await story(Office(store_url, tmp_path, http, spool))

        asyncio.run(serve())

    return run


def row(number: int, name: str | None = None) -> str:
    return f"{nik(number)};{name or f'ORANG {number}'};PKH;2024-01"


def refusal(answer: dict[str, Any]) -> tuple[str, str]:
    """Code and message of the one error."""
    (error,) = answer["errors"]
    return error["extensions"]["code"], error["message"]


def test_from_the_upload_to_the_registry_and_back(office: Run) -> None:
    async def story(hub: Office) -> None:
        before = hub.checksums()
        made = await hub.upload(recipients(hub.folder, row(1), row(2), "12;SALAH;PKH;2024-01"))
        identity = made["delivery"].pop("id")
        waits = {"state": "RECEIVED", "waitingFor": "CHECK", "source": "UNKNOWN"}
        assert made == {"already": False, "delivery": {**waits, "uploadedBy": "pengunggah"}}
        await hub.work(identity)
        assert await hub.told(hub.publisher, SEEN, id=identity) == {
            **{"state": "STAGED", "waitingFor": None, "source": "RECIPIENTS"},
            "rows": {"read": 3, "accepted": 3, "withWarnings": 1, "rejected": 0},
            "region": {"code": "3520"},
            "issues": {"totalCount": 1, "nodes": [{"code": "NIK_LENGTH", "open": True}]},
            "effects": {"personsNew": 3, "personsChanged": 0, "current": True},
            "identifierColumns": [
                {"sheet": 0, "field": "person.nik", "column": "NIK", "columnLetter": "A",
                 "rounded": False}
            ],
            "columnChanges": [], "proposals": [], "repairs": {"lost": 0},
            "history": [
                {"action": "RECEIVED", "actor": "pengunggah", "reason": None},
                {"action": "STAGED", "actor": None, "reason": None},
            ],
            **{"mends": None, "mendedBy": [], "uploadedBy": "pengunggah", "publishedBy": None},
        }  # fmt: skip
        assert hub.checksums() == before  # nothing is served yet
        approved = await hub.told(hub.publisher, PUBLISH, id=identity)
        assert approved["delivery"] == {"state": "STAGED", "waitingFor": "PUBLISH"}
        await hub.work(identity)
        found = await hub.told(hub.publisher, SEEN, id=identity)
        assert (found["state"], found["publishedBy"]) == ("PUBLISHED", "penerbit")
        undone = await hub.told(hub.publisher, UNDO, id=identity)
        assert undone["delivery"] == {"state": "PUBLISHED", "waitingFor": "UNDO"}
        await hub.work(identity)
        found = await hub.told(hub.publisher, STATE, id=identity)
        assert found == {"state": "UNDONE", "waitingFor": None}
        assert hub.checksums() == before

    office(story)


def test_whoever_uploads_does_not_publish_but_in_an_office_of_one(office: Run) -> None:
    async def alone(hub: Office) -> None:
        token = hub.token("pengunggah", "3520", Right.UPLOAD, Right.PUBLISH)
        identity = await hub.staged(row(1))
        code, message = refusal(await hub.ask(token, PUBLISH, id=identity))
        assert code == "REFUSED"
        assert "petugas lain" in message
        assert "ask somebody else" in message
        assert (await hub.told(token, STATE, id=identity))["waitingFor"] is None

    async def one_person(hub: Office) -> None:
        token = hub.token("pengunggah", "3520", Right.PUBLISH)
        found = await hub.told(token, "{ deliveries { nodes { id } } }")
        approved = await hub.told(token, PUBLISH, id=found["nodes"][0]["id"])
        assert approved["delivery"]["waitingFor"] == "PUBLISH"

    office(alone)
    office(one_person, one_person=True)


def test_without_the_right_nothing_is_done(office: Run) -> None:
    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        upload = {"input": {"uploadToken": str(UUID(int=1))}}
        mapped = {"input": {"deliveryId": identity, "columns": []}}
        reader = hub.token("pembaca", "3520")
        for token, query, variables in (
            (reader, UPLOAD, upload),
            (reader, MAP, mapped),
            (reader, PUBLISH, {"id": identity}),
            (reader, REJECT, {"id": identity, "reason": "salah"}),
            (reader, UNDO, {"id": identity}),
            (hub.publisher, UPLOAD, upload),
            (hub.publisher, MAP, mapped),
            (hub.uploader, PUBLISH, {"id": identity}),
            (hub.uploader, UNDO, {"id": identity}),
        ):
            answer = await hub.ask(token, query, **variables)
            assert (refusal(answer)[0], answer["data"]) == ("FORBIDDEN", None)
        state = await hub.told(hub.uploader, STATE, id=identity)
        assert state == {"state": "STAGED", "waitingFor": None}

    office(story)


def test_a_delivery_of_another_region_is_not_there(office: Run) -> None:
    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        foreign = hub.token("bima", "5206", *Right)
        layout = next(iter(layouts()))
        mapped = {"input": {"deliveryId": identity, "layout": layout, "columns": []}}
        for query, variables in (
            (MAP, mapped),
            (PUBLISH, {"id": identity}),
            (REJECT, {"id": identity, "reason": "salah"}),
            (UNDO, {"id": identity}),
        ):
            assert refusal(await hub.ask(foreign, query, **variables))[0] == "NOT_FOUND"
        assert await hub.told(foreign, STATE, id=identity) is None
        assert (await hub.told(hub.uploader, STATE, id=identity))["state"] == "STAGED"

    office(story)


def test_what_reaches_beyond_the_region_is_seen_but_not_decided(office: Run) -> None:
    async def story(hub: Office) -> None:
        nationwide = hub.token("pusat", "", *Right)
        file = recipients(hub.folder, row(1))
        made = await hub.upload(file, nationwide, region="35")
        identity = made["delivery"]["id"]
        await hub.work(identity)
        for query, more in ((PUBLISH, {}), (REJECT, {"reason": "salah"})):
            answer = await hub.ask(hub.publisher, query, id=identity, **more)
            assert refusal(answer) == ("FORBIDDEN", "This delivery reaches beyond your regions.")
        seen = await hub.told(hub.publisher, SEEN, id=identity)
        hidden = ("effects", "identifierColumns", "history", "uploadedBy", "publishedBy")
        assert [seen[name] for name in hidden] == [None, [], [], None, None]
        assert seen["state"] == "STAGED"

    office(story)


def test_the_same_bytes_are_one_delivery(office: Run) -> None:
    async def story(hub: Office) -> None:
        file = recipients(hub.folder, row(1))
        first = await hub.upload(file)
        again = await hub.upload(file)
        assert again == {**first, "already": True}
        foreign = hub.token("bima", "5206", Right.UPLOAD)
        head = {"Authorization": f"Bearer {foreign}", "X-File-Name": "a.csv"}
        sent = await hub.http.post("/upload", content=file.read_bytes(), headers=head)
        given = {"uploadToken": sent.json()["uploadToken"]}
        code, message = refusal(await hub.ask(foreign, UPLOAD, input=given))
        assert (code, "wilayah lain" in message) == ("REFUSED", True)
        # And what somebody else uploaded is nothing to make a delivery of.
        code, message = refusal(await hub.ask(hub.uploader, UPLOAD, input=given))
        assert (code, "no such upload" in message) == ("REFUSED", True)

    office(story)


TOKEN = "00000000-0000-0000-0000-000000000001"
ID = make_id("Delivery", uuid=UUID(TOKEN))
HOUSEHOLD = make_id("Household", "3520", UUID(TOKEN))


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (UPLOAD, {"input": {"uploadToken": "x"}}, "BAD_INPUT"),
        (UPLOAD, {"input": {"uploadToken": TOKEN, "layout": "entah"}}, "BAD_INPUT"),
        (UPLOAD, {"input": {"uploadToken": TOKEN, "period": "kapan-kapan"}}, "BAD_INPUT"),
        (UPLOAD, {"input": {"uploadToken": TOKEN, "edition": "x" * 201}}, "BAD_INPUT"),
        (UPLOAD, {"input": {"uploadToken": TOKEN, "edition": "\0"}}, "BAD_INPUT"),
        (UPLOAD, {"input": {"uploadToken": TOKEN, "programme": "PHK"}}, "BAD_INPUT"),
        (UPLOAD, {"input": {"uploadToken": TOKEN, "region": "5206"}}, "FORBIDDEN"),
        (UPLOAD, {"input": {"uploadToken": TOKEN, "region": "35"}}, "FORBIDDEN"),
        (UPLOAD, {"input": {"uploadToken": TOKEN}}, "REFUSED"),
        (MAP, {"input": {"deliveryId": ID, "columns": []}}, "BAD_INPUT"),
        (MAP, {"input": {"deliveryId": ID, "layout": "entah", "columns": []}}, "BAD_INPUT"),
        (MAP, {"input": {"deliveryId": ID, "columns": [{"heading": " "}]}}, "BAD_INPUT"),
        (MAP, {"input": {"deliveryId": ID, "columns": [{"heading": "A"}] * 2}}, "BAD_INPUT"),
        (MAP, {"input": {"deliveryId": ID, "columns": [{"heading": "A", "meaning": ""}]}},
         "BAD_INPUT"),
        (MAP, {"input": {"deliveryId": ID, "columns": [
            {"heading": f"A{n}"} for n in range(501)]}}, "BAD_INPUT"),
        (MAP, {"input": {"deliveryId": ID, "columns": [{"heading": "A"}]}}, "NOT_FOUND"),
        (REJECT, {"id": ID, "reason": " "}, "BAD_INPUT"),
        (REJECT, {"id": ID, "reason": "x" * 501}, "BAD_INPUT"),
        (REJECT, {"id": ID, "reason": f"Lihat {nik(1)}"}, "BAD_INPUT"),
        (REJECT, {"id": ID, "reason": "salah"}, "NOT_FOUND"),
        (PUBLISH, {"id": HOUSEHOLD}, "BAD_INPUT"),
        (PUBLISH, {"id": "Delivery::"}, "BAD_INPUT"),
        (PUBLISH, {"id": ID}, "NOT_FOUND"),
        (UNDO, {"id": ID}, "NOT_FOUND"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_by_its_code(
    registry: str, query: str, variables: dict[str, Any], code: str
) -> None:
    by = {"regions": ["3520"], "rights": list(Right), "account_id": UUID(int=9)}
    answer = ask(registry, query, variables, **by)
    assert refusal(answer)[0] == code
    assert nik(1) not in json.dumps(answer)


def test_a_rejected_delivery_says_why(office: Run) -> None:
    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        gone = await hub.told(hub.publisher, REJECT, id=identity, reason=" Berkas lama. ")
        assert gone["delivery"] == {"state": "REJECTED"}
        found = await hub.told(hub.uploader, SEEN, id=identity)
        assert found["history"][-1] == {
            **{"action": "REJECTED", "actor": "penerbit", "reason": "Berkas lama."}
        }
        answer = await hub.ask(hub.publisher, PUBLISH, id=identity)
        assert refusal(answer)[0] == "REFUSED"

    office(story)


def test_effects_are_counted_anew_once_something_else_is_published(office: Run) -> None:
    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        other = recipients(hub.folder, row(1), row(2), name="lain.csv")
        second = (await hub.upload(other))["delivery"]["id"]
        await hub.work(second)
        assert (await hub.told(hub.publisher, FORESEE, id=identity))["delivery"] == {
            **{"waitingFor": None, "effects": {"personsNew": 1, "current": True}}
        }
        await hub.told(hub.publisher, PUBLISH, id=second)
        await hub.work(second)
        assert (await hub.told(hub.publisher, FORESEE, id=identity))["delivery"] == {
            **{"waitingFor": "FORESEE", "effects": {"personsNew": 1, "current": False}}
        }
        await hub.work(identity)
        found = await hub.told(hub.publisher, SEEN, id=identity)
        assert found["effects"] == {"personsNew": 0, "personsChanged": 0, "current": True}

    office(story)


def test_a_lost_nik_finds_whom_it_may_have_meant(office: Run) -> None:
    async def story(hub: Office) -> None:
        first = await hub.staged(row(1, "SITI AMINAH"), row(2, "BUDI"))
        await hub.told(hub.publisher, PUBLISH, id=first)
        await hub.work(first)
        lost = f"{nik(1)[0]}.{nik(1)[1:15]}E+15;SITI AMINAH;PKH;2024-02"
        query = """query ($id: ID!) { delivery(id: $id) { repairs { lost comparable
          candidates { sheet row nik name birthDate familyCard }
          later: candidates(fromRow: 3) { row } } } }"""
        file = recipients(hub.folder, lost, name="hilang.csv")
        made = (await hub.upload(file))["delivery"]["id"]
        await hub.work(made)
        assert (await hub.told(hub.uploader, query, id=made))["repairs"] == {
            **{"lost": 1, "comparable": 1, "later": []},
            "candidates": [
                {"sheet": 0, "row": 2, "nik": f"{nik(1)[:6]}********01", "name": "EQUAL",
                 "birthDate": False, "familyCard": False},
            ],
        }  # fmt: skip

    office(story)


def test_a_change_that_waits_too_long_is_given_up(
    office: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "STATEMENT_SECONDS", 1)

    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        with psycopg.connect(hub.url) as busy:
            busy.execute("select from delivery where id = %s for update", [read_id(identity).uuid])
            answer = await hub.ask(hub.publisher, PUBLISH, id=identity)
        assert refusal(answer) == ("INTERNAL", UNAVAILABLE)
        assert (await hub.told(hub.publisher, STATE, id=identity))["waitingFor"] is None

    office(story)


def test_a_mutation_is_bound_by_the_limits_as_a_query_is(registry: str) -> None:
    by = {"regions": ["3520"], "rights": list(Right), "account_id": UUID(int=9)}
    asked = {"id": ID, "reason": "salah"}
    assert refusal(ask(registry, REJECT, asked, **by, limits=Limits(cost=10)))[0] == "COST_EXCEEDED"
    assert refusal(ask(registry, REJECT, asked, **by, limits=Limits(depth=2)))[0] == "BAD_INPUT"
    assert refusal(ask(registry, REJECT, asked, **by, limits=Limits(cost=11)))[0] == "NOT_FOUND"


def test_unknown_headings_are_proposed_and_confirmed(office: Run) -> None:
    async def story(hub: Office) -> None:
        file = hub.folder / "aneh.csv"
        lines = ["NOMOR INDUK;NAMA LENGKAP ORANG;PROGRAM;PERIODE;KODE WILAYAH"]
        lines += [f"{nik(n)};ORANG {n};PKH;2024-01;{VILLAGE}" for n in range(1, 9)]
        file.write_text("\r\n".join(lines), encoding="utf-8")
        made = await hub.upload(file)
        identity = made["delivery"]["id"]
        await hub.work(identity)
        query = """query ($id: ID!) { delivery(id: $id) { state waitingFor
          proposals { sheet heading columnLetter meaning layout confidence reason } } }"""
        found = await hub.told(hub.uploader, query, id=identity)
        proposals = found.pop("proposals")
        assert found == {"state": "RECEIVED", "waitingFor": None}
        (proposal,) = proposals
        assert (proposal["heading"], proposal["columnLetter"]) == ("NOMOR INDUK", "A")
        assert 0 < proposal["confidence"] <= 1
        assert " / " in proposal["reason"]
        columns = [
            {"heading": "NOMOR INDUK", "meaning": "NIK"},
            {"heading": "NAMA LENGKAP ORANG", "meaning": "NAMA"},
        ]
        given = {"deliveryId": identity, "layout": proposal["layout"], "columns": columns}
        mapped = await hub.told(hub.uploader, MAP, input=given)
        assert mapped["delivery"] == {"state": "RECEIVED", "waitingFor": "CHECK"}
        await hub.work(identity)
        assert (await hub.told(hub.uploader, STATE, id=identity))["state"] == "STAGED"

    office(story)


def test_several_changes_are_done_in_turn_up_to_the_first_that_fails(office: Run) -> None:
    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        twice = """mutation ($id: ID!) {
          a: publishDelivery(input: {deliveryId: $id}) { delivery { history { action } } }
          b: publishDelivery(input: {deliveryId: $id}) { delivery { id } }
          c: rejectDelivery(input: {deliveryId: $id, reason: "x"}) { delivery { id } } }"""
        answer = await hub.ask(hub.publisher, twice, id=identity)
        assert answer["data"] is None
        assert (refusal(answer)[0], answer["errors"][0]["path"]) == ("REFUSED", ["b"])
        found = await hub.told(hub.publisher, STATE, id=identity)
        assert found == {"state": "STAGED", "waitingFor": "PUBLISH"}

    office(story)


def test_a_change_is_read_back_as_it_is_now(office: Run) -> None:
    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        both = """mutation ($id: ID!, $map: ConfirmMappingInput!) {
          a: confirmMapping(input: $map) { delivery { history { action } } }
          b: rejectDelivery(input: {deliveryId: $id, reason: "x"}) {
            delivery { history { action } } } }"""
        columns = [{"heading": "NAMA", "meaning": "NAMA"}]
        answer = await hub.ask(
            hub.uploader, both, id=identity, map={"deliveryId": identity, "columns": columns}
        )
        assert "errors" not in answer, answer
        done = [
            [event["action"] for event in answer["data"][key]["delivery"]["history"]]
            for key in "ab"
        ]
        assert done[0][-1:] + done[1][-2:] == ["MAPPED", "MAPPED", "REJECTED"]

    office(story)


# --- how a mutation is sent -----------------------------------------------------------------------


def test_a_mutation_is_not_answered_by_get_nor_as_a_stream(office: Run) -> None:
    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        query = PUBLISH.replace("$id: ID!", f'$id: ID! = "{identity}"')
        head = {"Authorization": f"Bearer {hub.publisher}"}
        got = await hub.http.get("/graphql", params={"query": query}, headers=head)
        assert (got.status_code, got.headers["allow"]) == (405, "POST")
        head["Accept"] = "text/event-stream"
        told = await hub.http.post("/graphql", json={"query": query}, headers=head)
        assert "Only subscriptions are answered as a stream." in told.text
        assert (await hub.told(hub.publisher, STATE, id=identity))["waitingFor"] is None

    office(story)


def test_a_mutation_can_be_a_stored_operation(office: Run) -> None:
    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        with psycopg.connect(hub.url) as connection:
            known = client(connection, "penerbit")
            assert known is not None
            add_operation(connection, known.id, document_hash(REJECT), "Tolak", REJECT)
            set_allow_list(connection, known.id, on=True)
        refused = await hub.ask(hub.publisher, UNDO, id=identity)
        assert refusal(refused)[0] == "FORBIDDEN"
        body = {"documentId": f"sha256:{document_hash(REJECT)}",
                "variables": {"id": identity, "reason": "x"}}  # fmt: skip
        answer = await hub.post(hub.publisher, body)
        assert answer["data"]["rejectDelivery"]["delivery"] == {"state": "REJECTED"}

    office(story)


# --- following it ---------------------------------------------------------------------------------


class Follower:
    """Hears how far a delivery has come, each state once."""

    def __init__(self, hub: Office, identity: str) -> None:
        self.states: list[str] = []
        self._heard = asyncio.Event()
        self.task = asyncio.create_task(self._follow(hub.url, read_id(identity).uuid))

    async def _follow(self, url: str, delivery: UUID | None) -> None:
        assert delivery is not None
        async with make_pool(url, 2) as pool:
            reader = Reader(pool, Scope(("3520",)))
            async for news in subscription.follow(Feed(url), reader, delivery):
                if news.progress.state not in self.states:
                    self.states.append(news.progress.state)
                    self._heard.set()

    async def until(self, state: str) -> None:
        async with asyncio.timeout(30):
            while state not in self.states:
                await self._heard.wait()
                self._heard.clear()


def test_a_delivery_that_waits_is_followed_to_its_end(
    office: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "RECHECKED_EVERY", 0.2)

    async def story(hub: Office) -> None:
        made = await hub.upload(recipients(hub.folder, row(1)))
        identity = made["delivery"]["id"]
        first = Follower(hub, identity)
        await first.until("RECEIVED")
        await hub.work(identity)
        await first.until("STAGED")
        await asyncio.sleep(0.5)  # looks again, and goes on
        assert not first.task.done()
        await hub.told(hub.publisher, PUBLISH, id=identity)
        await hub.work(identity)
        await asyncio.wait_for(first.task, 30)
        assert (first.states[0], first.states[-1]) == ("RECEIVED", "PUBLISHED")
        await hub.told(hub.publisher, UNDO, id=identity)
        second = Follower(hub, identity)
        await second.until("PUBLISHED")
        await asyncio.sleep(0.5)
        assert not second.task.done()
        await hub.work(identity)
        await asyncio.wait_for(second.task, 30)
        assert second.states == ["PUBLISHED", "UNDONE"]

    office(story)


def test_following_ends_when_the_undoing_fails(
    office: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "RECHECKED_EVERY", 0.2)

    async def story(hub: Office) -> None:
        identity = await hub.staged(row(1))
        await hub.told(hub.publisher, PUBLISH, id=identity)
        await hub.work(identity)
        await hub.told(hub.publisher, UNDO, id=identity)
        follower = Follower(hub, identity)
        await follower.until("PUBLISHED")
        with psycopg.connect(hub.url, autocommit=True) as connection:
            delivery = read_id(identity).uuid
            assert delivery is not None
            fail(connection, delivery, "tidak bisa / cannot")
        await asyncio.wait_for(follower.task, 30)
        assert follower.states == ["PUBLISHED"]
        events = (await hub.told(hub.publisher, SEEN, id=identity))["history"]
        assert events[-1]["action"] == "FAILED"

    office(story)
