"""`hub user token`: what a token may do, as typed in a terminal."""

from typing import Any

import psycopg
import pytest


def stored(url: str) -> list[list[str]]:
    """The rights of every token."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("select rights from token order by rights")]


@pytest.mark.parametrize(
    ("options", "rights"),
    [
        ((), []),
        (("--may", "judge"), ["judge"]),
        (("--may", "upload", "--may", "Publish", "--may", "upload"), ["publish", "upload"]),
    ],
)
def test_a_token_gets_the_rights_asked_for(
    hub: Any, store_url: str, options: tuple[str, ...], rights: list[str]
) -> None:
    result = hub("user", "token", "dinsos", "--region", "3520", *options)
    assert (result.exit_code, result.stdout[:4]) == (0, "hub_")
    assert stored(store_url) == [rights]


def test_an_unknown_right_makes_no_token(hub: Any, store_url: str) -> None:
    result = hub("user", "token", "dinsos", "--region", "3520", "--may", "terbit")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        'Hak "terbit" tidak ada; yang ada: upload, publish, judge.\n'
        'There is no right "terbit"; there are: upload, publish, judge.\n'
    )
    assert stored(store_url) == []
