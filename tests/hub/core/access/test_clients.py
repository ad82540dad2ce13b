"""Clients: their limits follow their tokens, and stored operations are theirs alone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import psycopg
import pytest

from hub.core.access import Limits, Viewer, authenticate, create_token
from hub.core.access import clients as access
from hub.core.access.clients import (
    OperationForbiddenError,
    OperationIdError,
    OperationNotFoundError,
    document_hash,
    operation_text,
    resolve,
)
from hub.core.store.queries import clients
from hub.core.store.reader import Pool, make_pool

T = TypeVar("T")
TEXT = "query Satu { viewer { account } }"
STRANGER = Viewer("lain", ("",), False, False, datetime(2026, 3, 1, tzinfo=UTC))


def run(url: str, work: Callable[[Pool], Awaitable[T]]) -> T:
    """What `work` gives over a pool of the database."""

    async def inner() -> T:
        async with make_pool(url, 2) as pool:
            return await work(pool)

    return asyncio.run(inner())


def client(url: str, name: str = "SEPAKAT", *, on: bool = False, **limits: int) -> Viewer:
    """The viewer behind a new token of a client with these limits, with `TEXT` stored."""
    with psycopg.connect(url) as connection:
        token = create_token(connection, name, ("3520",), False, False, 1)
        found = clients.client(connection, name)
        assert found is not None
        clients.set_limits(connection, found.id, limits)
        clients.set_allow_list(connection, found.id, on=on)
        assert clients.add_operation(connection, found.id, document_hash(TEXT), "Satu", TEXT)

    async def look(pool: Pool) -> Viewer | None:
        async with pool.connection() as connection:
            return await authenticate(connection, token)

    viewer = run(url, look)
    assert viewer is not None
    return viewer


def asked(url: str, viewer: Viewer, text: str | None, document_id: str | None = None) -> str:
    """What is run for this request."""
    return run(url, lambda pool: resolve(pool, viewer, text, document_id))


def test_a_token_bears_the_limits_and_the_mode_of_its_account(store_url: str) -> None:
    viewer = client(store_url, on=True, page=500)
    assert (viewer.limits, viewer.allow_listed) == (Limits(page=500), True)
    with psycopg.connect(store_url) as connection:
        found = clients.client(connection, "SEPAKAT")
        clients.set_limits(connection, viewer.account_id or UUID(int=0), {})
    assert found is not None
    assert found.id == viewer.account_id
    assert (found.operations, found.live_tokens) == (1, 1)
    assert len({viewer, replace(viewer)}) == 1


def test_an_account_without_settings_has_the_defaults(store_url: str) -> None:
    viewer = client(store_url)
    assert (viewer.limits, viewer.allow_listed) == (Limits(), False)


@pytest.mark.parametrize("on", [True, False])
def test_a_stored_operation_is_run_by_its_id(store_url: str, on: bool) -> None:
    viewer = client(store_url, on=on)
    for identity in (document_hash(TEXT), f"sha256:{document_hash(TEXT)}"):
        assert asked(store_url, viewer, None, identity) == TEXT


def test_in_allow_list_mode_nothing_else_is_run(store_url: str) -> None:
    viewer = client(store_url, on=True)
    assert asked(store_url, viewer, TEXT) == TEXT
    for other in (TEXT + " ", "{ viewer { account } }", "{", "\ud800"):
        with pytest.raises(OperationForbiddenError):
            asked(store_url, viewer, other)
    assert asked(store_url, replace(viewer, allow_listed=False), "{") == "{"


def test_a_viewer_without_an_account_has_no_operations(store_url: str) -> None:
    client(store_url)
    with pytest.raises(OperationNotFoundError):
        asked(store_url, STRANGER, None, document_hash(TEXT))
    with pytest.raises(OperationForbiddenError):
        asked(store_url, replace(STRANGER, allow_listed=True), TEXT)


def test_operations_of_another_client_are_not_found(store_url: str) -> None:
    first, second = client(store_url), client(store_url, "SIMPEL")
    assert asked(store_url, first, None, document_hash(TEXT)) == TEXT
    with psycopg.connect(store_url) as connection:
        clients.remove_operation(connection, second.account_id or UUID(int=0), document_hash(TEXT))
    with pytest.raises(OperationNotFoundError):
        asked(store_url, second, None, document_hash(TEXT))


def test_what_is_no_id_is_told_as_such(store_url: str) -> None:
    sha256 = document_hash(TEXT)
    wrong = ["", "Satu", sha256.upper(), f"md5:{sha256}", f"{sha256}\n", f"sha256:{sha256[1:]}"]
    for text, document_id in [(None, None), (TEXT, sha256), *((None, given) for given in wrong)]:
        with pytest.raises(OperationIdError):
            asked(store_url, STRANGER, text, document_id)


def test_a_text_is_read_once_and_forgotten_after_a_while(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = client(store_url)
    now = 1000.0
    monkeypatch.setattr(access.time, "monotonic", lambda: now)
    account, sha256 = viewer.account_id or UUID(int=0), document_hash(TEXT)

    monkeypatch.setattr(access, "_memory", access._Memory())

    async def thrice(pool: Pool) -> list[str | None]:
        nonlocal now
        found = [await operation_text(pool, account, sha256)]
        with psycopg.connect(store_url) as connection:
            clients.remove_operation(connection, account, sha256)
        for later in (access.REMEMBERED_SECONDS - 1, 2):
            now += later
            found.append(await operation_text(pool, account, sha256))
        return found

    assert run(store_url, thrice) == [TEXT, TEXT, None]


def test_only_so_many_characters_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_MOST_CHARACTERS", 10)
    memory = access._Memory()
    keys: list[tuple[Any, str]] = [(UUID(int=0), str(number)) for number in range(4)]
    for key in (keys[0], keys[1], keys[1], keys[2]):
        memory.put(key, "1234")
    assert [memory.get(key) for key in keys] == [None, "1234", "1234", None]
    memory.put(keys[3], "x" * 11)
    assert [memory.get(key) for key in keys] == [None] * 4
    memory.put(keys[0], "1234")
    assert memory.get(keys[0]) == "1234"
