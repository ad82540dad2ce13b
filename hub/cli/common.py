"""What every command shares: settings, the database, refusals as sentences."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, ParamSpec, TypeVar

import click
import psycopg
from rich.console import Console

from hub.core.store.embedded import EmbeddedError
from hub.core.store.engine import DatabaseError, database
from hub.core.store.reference import prepare
from hub.settings import Settings, SettingsError, load

P = ParamSpec("P")
R = TypeVar("R")

BAD_INPUT = 2  # exit code: the file or the call is wrong
FAILED = 1  # exit code: the hub could not do its work

console = Console()
errors = Console(stderr=True)


def refuse(indonesian: str, english: str, code: int = BAD_INPUT) -> NoReturn:
    """End the command with one sentence in both languages."""
    errors.print(indonesian, highlight=False, markup=False)
    errors.print(english, style="dim", highlight=False, markup=False)
    sys.exit(code)


def sentences(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the refusals of settings and store into sentences instead of tracebacks."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (SettingsError, DatabaseError, EmbeddedError) as error:
            errors.print(str(error), highlight=False, markup=False)
            sys.exit(FAILED)
        except psycopg.OperationalError:
            refuse(
                "Basis data tidak dapat dihubungi atau terputus; coba lagi.",
                "The database cannot be reached or was cut off; try again.",
                FAILED,
            )

    return guarded


@contextmanager
def store(settings: Settings | None = None) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the hub's database, brought to today's schema first."""
    found = settings or load()
    with database(found.database_url, found.data_dir, exclusive=False) as url:
        prepare(url)
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--json`: machine-readable output on standard output."""
    return click.option("as_json", "--json", is_flag=True, help="Print JSON for programs.")(command)
