"""Rows that share a NIK and disagree: what waits for a person, in the journal like the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

EVENTS = {"insert": "new", "update": "old", "delete": "old"}


def upgrade() -> None:
    """Make the queue; it holds ids and no values."""
    op.create_table(
        "match_review",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("other_regency_code", sa.Text(), nullable=True),
        sa.Column("other_source_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", JSONB(), nullable=False),
        sa.Column(
            "raised_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("judgement", sa.Text(), nullable=True),
        sa.Column("judged_by", sa.Text(), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_match_review")),
    )
    op.create_index("ix_match_review_source_id", "match_review", ["regency_code", "source_id"])
    op.create_index(
        "ix_match_review_other_source_id",
        "match_review",
        ["other_regency_code", "other_source_id"],
    )
    # No policy: nobody who is served reads it.
    op.execute("alter table match_review owner to hub_importer")
    op.execute("alter table match_review enable row level security")
    for event, rows in EVENTS.items():
        op.execute(
            f"create trigger hub_journal_{event} after {event} on match_review"
            f" referencing {rows} table as changed"
            f" for each statement execute function hub_journal('array[id]')"
        )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("match_review")
