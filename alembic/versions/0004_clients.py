"""Limits and persisted operations of clients."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give accounts limits and an allow-list; create the table of operations."""
    op.add_column(
        "account",
        sa.Column("limits", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    op.add_column(
        "account",
        sa.Column("allow_list", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_table(
        "client_operation",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_client_operation_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "sha256", name=op.f("pk_client_operation")),
    )


def downgrade() -> None:
    """Back to accounts without limits."""
    op.drop_table("client_operation")
    op.drop_column("account", "allow_list")
    op.drop_column("account", "limits")
