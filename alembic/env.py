"""How Alembic reaches the database and the tables; run by the hub and by the alembic command."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

from hub import settings
from hub.core.store.engine import database, sqlalchemy_url
from hub.core.store.tables import metadata

# Any number that only the hub's migrations use; they take turns on it.
TURN = 4_820_250_101


@contextmanager
def _url() -> Iterator[str]:
    """Yield the URL the caller configured, or else the database of the settings."""
    configured = context.config.get_main_option("sqlalchemy.url")
    if configured:
        yield configured
        return
    found = settings.load()
    with database(found.database_url, found.data_dir, exclusive=False) as url:
        yield sqlalchemy_url(url)


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether it is compared with the tables of the schema; the queue's library has its own."""
    return kind != "table" or not str(name).startswith("procrastinate_")


def _migrate(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_lock(:turn)"), {"turn": TURN})
    connection.commit()  # the lock is the session's and outlives the transaction
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        include_name=_is_ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _run() -> None:
    with _url() as url:
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.connect() as connection:
            _migrate(connection)


if context.is_offline_mode():
    raise SystemExit("Migrations need a database: they cannot be written out as SQL alone.")
_run()
