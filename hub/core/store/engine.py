"""A PostgreSQL to work on: the one of a URL or the embedded one, at today's schema."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import URL

from hub.core.store.embedded import InUseError, attach, running

OLDEST_SERVER = 15

_MIGRATIONS = Path(__file__).resolve().parents[3] / "alembic"
_CONNECT_SECONDS = 10
_OTHER_HUB_SECONDS = 20


class DatabaseError(Exception):
    """The database cannot be used; the message is one sentence in both languages."""

    def __init__(self, indonesian: str, english: str) -> None:
        super().__init__(f"{indonesian} / {english}")


@contextmanager
def database(database_url: str | None, data_dir: Path, *, exclusive: bool) -> Iterator[str]:
    """Yield the URL of a PostgreSQL that answers, for psycopg.

    Given a URL, that server is used. Otherwise it is the embedded one of `data_dir`: the server
    process of the hub asks for it exclusively and owns its life; a command asks for it shared,
    and uses the one that runs or else runs it for the block.

    Raises DatabaseError when the server of the URL does not answer or is too old, EmbeddedError
    when the embedded one cannot be had.
    """
    with ExitStack() as stack:
        if database_url is not None:
            check_server(database_url)
            yield database_url
        elif exclusive:
            yield stack.enter_context(running(data_dir)).url
        else:
            yield _shared(stack, data_dir)


def check_server(url: str) -> None:
    """Check that the server of `url` answers and is new enough; raises DatabaseError if not."""
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        # The driver's text names host, port and user, never the password.
        reason = " ".join(str(error).split())
        raise DatabaseError(
            "Server PostgreSQL tidak dapat dihubungi",
            f"The PostgreSQL server cannot be reached: {reason}",
        ) from error
    except psycopg.ProgrammingError:
        # Here the text, and with it the cause, can quote the whole address.
        raise DatabaseError(
            "Alamat server PostgreSQL salah bentuknya.",
            "The address of the PostgreSQL server is malformed.",
        ) from None
    if version < OLDEST_SERVER:
        raise DatabaseError(
            f"Server ini PostgreSQL {version}; hub memerlukan versi {OLDEST_SERVER} atau lebih.",
            f"This server is PostgreSQL {version}; the hub needs {OLDEST_SERVER} or newer.",
        )


def sqlalchemy_url(url: str) -> str:
    """Return what SQLAlchemy needs to reach the same database through psycopg.

    `url` is a PostgreSQL URL or a "key=value" connection string. The result holds the password.
    """
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    return URL.create(
        "postgresql+psycopg",
        username=parts.pop("user", None),
        password=parts.pop("password", None),
        database=parts.pop("dbname", None),
        # Host and port stay parameters: a host may be a socket folder or a list.
        query=parts,
    ).render_as_string(hide_password=False)


def migrate(url: str) -> None:
    """Bring the schema of the database at `url` to the newest version.

    Hubs that do this at the same moment wait for each other. Raises DatabaseError when the server
    does not answer or is too old.
    """
    check_server(url)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(url).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseError(
            "Skema basis data tidak dapat diperbarui, mungkin karena lebih baru daripada hub ini",
            f"The schema cannot be brought up to date, perhaps being newer than this hub: {error}",
        ) from error


def _shared(stack: ExitStack, data_dir: Path) -> str:
    """Return the URL of the embedded server, run by another process or, for `stack`, by this."""
    deadline = time.monotonic() + _OTHER_HUB_SECONDS
    while True:
        if cluster := attach(data_dir):
            return cluster.url
        try:
            return stack.enter_context(running(data_dir)).url
        except InUseError:
            # The other hub is between taking the folder and having its server up, or down.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
