"""Indexes for pulling what changed."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index golden records by the moment of their last change."""
    for table in ("household", "person"):
        columns = ["regency_code", "updated_at", "id"]
        op.create_index(f"ix_{table}_updated_at", table, columns)


def downgrade() -> None:
    """Drop the indexes."""
    for table in ("household", "person"):
        op.drop_index(f"ix_{table}_updated_at", table)
