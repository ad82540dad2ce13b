"""Tokens: stored as a hash, and worth what they were given."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import dict_row

from hub.core.access import Right, TokenError, Viewer, authenticate, create_token


def make(
    url: str,
    regions: tuple[str, ...] = ("3520",),
    name: str = "SEPAKAT",
    days: int = 30,
) -> str:
    """A committed token."""
    with psycopg.connect(url) as connection:
        return create_token(connection, name, regions, True, False, days)


def who(url: str, token: str) -> Viewer | None:
    """Who stands behind a token."""

    async def look() -> Viewer | None:
        connect = psycopg.AsyncConnection.connect(url, row_factory=dict_row)
        async with await connect as connection:
            return await authenticate(connection, token)

    return asyncio.run(look())


def change(url: str, statement: str) -> None:
    """Run one statement."""
    with psycopg.connect(url) as connection:
        connection.execute(statement)


def test_a_token_leads_to_its_account_and_rights(store_url: str) -> None:
    viewer = who(store_url, make(store_url, ("3520", "520601")))
    assert viewer is not None
    assert (viewer.account, viewer.regions) == ("SEPAKAT", ("3520", "520601"))
    assert (viewer.identified, viewer.staff) == (True, False)
    left = viewer.expires_at - datetime.now(UTC)
    assert timedelta(days=29) < left < timedelta(days=31)


def test_a_token_may_only_what_it_was_given(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        given = (Right.PUBLISH, Right.UPLOAD, Right.UPLOAD)
        able = create_token(connection, "DINSOS", ("3520",), False, False, 1, given)
    able_viewer, reader = who(store_url, able), who(store_url, make(store_url))
    assert able_viewer is not None
    assert reader is not None
    assert able_viewer.rights == {Right.UPLOAD, Right.PUBLISH}
    assert reader.rights == frozenset()


def test_a_right_that_the_hub_does_not_know_is_not_stored(store_url: str) -> None:
    make(store_url)
    with pytest.raises(psycopg.errors.CheckViolation):
        change(store_url, "update token set rights = '{rule}'")


def test_only_the_hash_of_a_token_is_stored(store_url: str) -> None:
    token = make(store_url)
    assert (token[:4], len(token)) == ("hub_", 47)
    with psycopg.connect(store_url) as connection:
        rows = connection.execute("select * from token").fetchall()
    assert token not in str(rows)
    assert hashlib.sha256(token.encode()).hexdigest() == rows[0][0]


def test_one_account_may_have_several_tokens(store_url: str) -> None:
    tokens = {make(store_url), make(store_url, ("",))}
    assert [getattr(who(store_url, token), "account", None) for token in tokens] == ["SEPAKAT"] * 2
    with psycopg.connect(store_url) as connection:
        assert connection.execute("select count(*) from account").fetchone() == (1,)


@pytest.mark.parametrize("wrong", ["", "hub_", "hub_" + "A" * 43, "x" * 5000, "hub_\0", "Bearer"])
def test_an_unknown_token_is_nobody(store_url: str, wrong: str) -> None:
    make(store_url)
    assert who(store_url, wrong) is None


@pytest.mark.parametrize(
    "statement",
    [
        "update token set revoked_at = now()",
        "update token set expires_at = now() - interval '1 second'",
        "delete from token",
    ],
)
def test_a_token_ends(store_url: str, statement: str) -> None:
    token = make(store_url)
    change(store_url, statement)
    assert who(store_url, token) is None


@pytest.mark.parametrize("regions", [(), ("35.20",), ("352",), ("00",), ("0000",), ("3520 ",)])
def test_a_token_needs_proper_regions(store_url: str, regions: tuple[str, ...]) -> None:
    with pytest.raises(TokenError):
        make(store_url, regions)
    with psycopg.connect(store_url) as connection:
        assert connection.execute("select count(*) from account").fetchone() == (0,)


@pytest.mark.parametrize(("name", "days"), [(" ", 1), ("x" * 201, 1), ("x", 0), ("x", 3651)])
def test_a_token_needs_a_name_and_a_life(store_url: str, name: str, days: int) -> None:
    with pytest.raises(TokenError):
        make(store_url, name=name, days=days)
