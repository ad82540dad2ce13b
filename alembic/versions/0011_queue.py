"""The queue of the worker: the schema that the queue's library ships, at its installed version.

It holds no truth: `delivery.wanted` says what is to be done, and the worker fills the queue from
there. So a newer version of the library takes a migration that calls `remove` and `apply` again.
"""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# In the order in which they can go: what hangs on a table or type goes with it.
_OURS = {
    "table": "select c.oid::regclass::text from pg_class c where c.relkind = 'r'"
    " and c.relnamespace = current_schema()::regnamespace and c.relname like 'procrastinate%'",
    "function": "select p.oid::regprocedure::text from pg_proc p"
    " where p.pronamespace = current_schema()::regnamespace and p.proname like 'procrastinate%'",
    "type": "select t.oid::regtype::text from pg_type t where t.typtype in ('e', 'c')"
    " and t.typnamespace = current_schema()::regnamespace and t.typname like 'procrastinate%'",
}


def upgrade() -> None:
    """Add it."""
    apply()


def downgrade() -> None:
    """Drop it, with what waits in it."""
    remove()


def apply() -> None:
    """Add the queue; who imports may put into it within a transaction of the import."""
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None  # noqa: S101 - a migration has a connection
    driver.execute(SchemaManager.get_schema())  # many statements: only the driver itself takes them
    tables = ", ".join(_names("table"))
    op.execute(f"revoke all on {tables} from hub_reader")
    op.execute(f"grant select, insert, update, delete on {tables} to hub_importer")
    for table in _names("table"):
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        name = op.get_bind().exec_driver_sql(f"select {sequence}").scalar()
        op.execute(f"grant usage on sequence {name} to hub_importer")


def remove() -> None:
    """Drop all of it."""
    for kind in _OURS:
        for name in _names(kind):
            op.execute(f"drop {kind} if exists {name} cascade")


def _names(kind: str) -> list[str]:
    return [name for (name,) in op.get_bind().exec_driver_sql(_OURS[kind].replace("%", "%%"))]
