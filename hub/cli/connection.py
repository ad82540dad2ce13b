"""What the commands share that use the store: a connection, and its failures as sentences."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

import psycopg

from adapters.base import DiskFullError
from hub.cli.common import FAILED, errors, refuse, refuse_full
from hub.core.ingest.chosen import Refusal
from hub.core.store.embedded import EmbeddedError
from hub.core.store.engine import DatabaseError, database
from hub.core.store.reference import prepare
from hub.settings import Settings, SettingsError, load

P = ParamSpec("P")
R = TypeVar("R")


def sentences(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the refusals of settings, store and deliveries into sentences instead of tracebacks."""

    @functools.wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            refuse(refusal.indonesian, refusal.english)
        except (SettingsError, DatabaseError, EmbeddedError) as error:
            errors.print(str(error), highlight=False, markup=False)
            sys.exit(FAILED)
        except DiskFullError:
            refuse_full()
        except psycopg.errors.DiskFull:
            refuse(
                "Disk basis data penuh dan tidak ada yang berubah; kosongkan dahulu, lalu ulangi.",
                "The disk of the database is full and nothing has changed; make room, then try"
                " again.",
                FAILED,
            )
        except psycopg.OperationalError:
            refuse(
                "Basis data tidak dapat dihubungi atau terputus; coba lagi.",
                "The database cannot be reached or was cut off; try again.",
                FAILED,
            )
        except psycopg.Error as error:
            # Its text may repeat values of a row; its code cannot.
            code = error.sqlstate or type(error).__name__
            refuse(
                f"Basis data menolak pekerjaan ini (kode {code}); tidak ada yang berubah.",
                f"The database refused this work (code {code}); nothing has changed.",
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
