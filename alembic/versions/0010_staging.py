"""Deliveries that wait: their rows apart from the registry's, what is to be done, what was done."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WANTED = "wanted in ('CHECK','FORESEE','PUBLISH','UNDO')"
# The rows that wait, by the table they are to go to.
STAGED = {
    "staged_person": "source_person",
    "staged_household": "source_household",
    "staged_budget_line": "budget_line",
    "staged_indicator": "indicator",
    "staged_intervention": "intervention",
}


def upgrade() -> None:
    """Add them all."""
    for column in _columns():
        op.add_column("delivery", column)
    op.create_check_constraint(op.f("ck_delivery_wanted"), "delivery", WANTED)
    for name in ("mends", "replaces"):
        op.create_foreign_key(
            op.f(f"fk_delivery_delivery_{name}"), "delivery", "delivery", [name], ["id"]
        )
    op.create_index("ix_delivery_sha256", "delivery", ["sha256"])
    op.create_index("ix_delivery_mends", "delivery", ["mends"])
    op.add_column("delivery_issue", sa.Column("closed_by", sa.Uuid(), nullable=True))
    _add_record()
    for staged, target in STAGED.items():
        op.execute(
            f"create table {staged} (like {target} including defaults,"
            f" constraint pk_{staged} primary key (regency_code, id))"
        )
        op.create_index(f"ix_{staged}_delivery_id", staged, ["delivery_id"])
        # No policy and no grant: nobody who is served reads what is not published.
        op.execute(f"alter table {staged} owner to hub_importer")
        op.execute(f"alter table {staged} enable row level security")


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("kept", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.Column("wanted_by", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Text(), nullable=True),
        sa.Column("scope", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("options", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("mends", sa.Uuid(), nullable=True),
        sa.Column("replaces", sa.Uuid(), nullable=True),
    ]


def _delivery() -> sa.Column[Any]:
    owner = sa.ForeignKey("delivery.id", ondelete="CASCADE")
    return sa.Column("delivery_id", sa.Uuid(), owner, nullable=False)


def _add_record() -> None:
    now = sa.DateTime(timezone=True)
    op.create_table(
        "delivery_event",
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        _delivery(),
        sa.Column("at", now, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_event")),
    )
    op.create_index("ix_delivery_event_delivery_id", "delivery_event", ["delivery_id", "at"])
    op.create_table(
        "delivery_report",
        _delivery(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", now, server_default=sa.text("now()"), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "kind", name=op.f("pk_delivery_report")),
    )
    for table in ("delivery_event", "delivery_report"):
        op.execute(f"grant select, insert, update, delete on {table} to hub_importer")
        op.execute(f"grant select on {table} to hub_reader")


def downgrade() -> None:
    """Drop them all; what waits to be published is lost."""
    for table in (*STAGED, "delivery_report", "delivery_event"):
        op.drop_table(table)
    op.drop_column("delivery_issue", "closed_by")
    op.drop_index("ix_delivery_mends", "delivery")
    op.drop_index("ix_delivery_sha256", "delivery")
    op.drop_constraint(op.f("ck_delivery_wanted"), "delivery")
    for column in _columns():
        op.drop_column("delivery", column.name)
