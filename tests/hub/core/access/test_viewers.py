"""Viewers are remembered: briefly, boundedly, and never past their end."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from hub.core.access.tokens import Viewer, authenticate, create_token
from hub.core.access.viewers import REMEMBERED_SECONDS, Viewers

ONE, TWO, THREE = ("hub_" + letter * 43 for letter in "ABC")


class Registry:
    """Tokens as a database would know them, and each look-up that was made."""

    def __init__(self, *tokens: str) -> None:
        self.known = {token: viewer(token[4]) for token in tokens}
        self.asked: list[str] = []
        self.now = 100.0
        self.seconds = 0.0  # that a look-up takes
        self.failure: Exception | None = None

    async def look(self, token: str) -> Viewer | None:
        """One look-up."""
        self.asked.append(token[4])
        found = self.known.get(token)
        await asyncio.sleep(0)
        self.now += self.seconds
        if self.failure:
            raise self.failure
        return found

    def viewers(self, most: int = 10) -> Viewers:
        """Viewers over this registry and its clock."""
        return Viewers(self.look, most=most, clock=lambda: self.now)


def viewer(account: str) -> Viewer:
    """Someone of Magetan."""
    return Viewer(account, ("3520",), False, False, datetime.now(UTC) + timedelta(days=1))


def accounts(viewers: Viewers, *tokens: str) -> list[str | None]:
    """Who stands behind these tokens, asked one after the other."""

    async def ask() -> list[str | None]:
        found = [await viewers.behind(token) for token in tokens]
        return [one.account if one else None for one in found]

    return asyncio.run(ask())


def together(*asked: Coroutine[Any, Any, Viewer | None]) -> list[Any]:
    """The outcomes of these, started at once."""

    async def gather() -> list[Any]:
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(gather())


def test_a_viewer_is_looked_up_once_and_again_after_a_while() -> None:
    registry = Registry(ONE)
    viewers = registry.viewers()
    assert accounts(viewers, ONE, ONE, ONE) == ["A", "A", "A"]
    registry.now += REMEMBERED_SECONDS - 0.1
    assert (accounts(viewers, ONE), registry.asked) == (["A"], ["A"])
    registry.now += 0.1
    assert (accounts(viewers, ONE), registry.asked) == (["A"], ["A", "A"])


def test_a_revoked_token_ends_within_that_while(store_url: str) -> None:
    now = 0.0

    async def look(token: str) -> Viewer | None:
        connect = psycopg.AsyncConnection.connect(store_url, row_factory=dict_row)
        async with await connect as connection:
            return await authenticate(connection, token)

    with psycopg.connect(store_url, autocommit=True) as connection:
        token = create_token(connection, "SEPAKAT", ("3520",), False, False, 1)
        viewers = Viewers(look, clock=lambda: now)
        assert accounts(viewers, token) == ["SEPAKAT"]
        connection.execute("update token set revoked_at = now()")
    now = REMEMBERED_SECONDS
    assert accounts(viewers, token, token) == [None, None]


def test_the_while_is_counted_from_before_the_look_up() -> None:
    registry = Registry(ONE)
    registry.seconds = REMEMBERED_SECONDS
    assert accounts(registry.viewers(), ONE, ONE) == ["A", "A"]
    assert registry.asked == ["A", "A"]


def test_expiry_is_checked_at_every_use() -> None:
    registry = Registry(ONE)
    viewers = registry.viewers()
    assert accounts(viewers, ONE) == ["A"]
    # The remembered one ends while it is remembered.
    object.__setattr__(registry.known[ONE], "expires_at", datetime.now(UTC))
    assert (accounts(viewers, ONE), registry.asked) == ([None], ["A"])


def test_nobody_is_not_remembered() -> None:
    registry = Registry()
    viewers = registry.viewers()
    assert accounts(viewers, ONE) == [None]
    registry.known[ONE] = viewer("new")
    assert accounts(viewers, ONE) == ["new"]


@pytest.mark.parametrize("token", ["", "hub_", "x" * 47, ONE + "A", ONE[:-1] + "é", "hub_\0"])
def test_what_is_no_token_is_not_looked_up(token: str) -> None:
    registry = Registry()
    assert (accounts(registry.viewers(), token), registry.asked) == ([None], [])


def test_at_most_so_many_are_remembered_the_newest() -> None:
    registry = Registry(ONE, TWO, THREE)
    viewers = registry.viewers(most=2)
    assert accounts(viewers, ONE, TWO, THREE, THREE, TWO, ONE) == ["A", "B", "C", "C", "B", "A"]
    assert registry.asked == ["A", "B", "C", "A"]


def test_many_at_once_share_one_look_up() -> None:
    registry = Registry(ONE, TWO)
    viewers = registry.viewers()
    found = together(*(viewers.behind(token) for token in (ONE, TWO) * 20))
    assert [one.account for one in found] == ["A", "B"] * 20
    assert registry.asked == ["A", "B"]


def test_one_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    registry = Registry(ONE)
    viewers = registry.viewers()

    async def leave() -> Viewer | None:
        async with asyncio.timeout(0):
            return await viewers.behind(ONE)

    first, second = together(leave(), viewers.behind(ONE))
    assert (type(first), second.account, registry.asked) == (TimeoutError, "A", ["A"])


def test_a_failed_look_up_is_everyones_and_not_remembered() -> None:
    registry = Registry(ONE)
    registry.failure = psycopg.OperationalError()
    viewers = registry.viewers()
    found = together(viewers.behind(ONE), viewers.behind(ONE))
    assert [type(one) for one in found] == [psycopg.OperationalError] * 2
    registry.failure = None
    assert (accounts(viewers, ONE), registry.asked) == (["A"], ["A", "A"])
