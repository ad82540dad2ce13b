"""Column mappings that a steward confirmed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, for the importer to write; it holds headings and no values."""
    op.create_table(
        "mapping_memory",
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("layout", sa.Text, nullable=False),
        sa.Column("columns", JSONB, nullable=False),
        sa.Column("confirmed_by", sa.Text, nullable=False),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_mapping_memory"),
    )
    op.execute("grant select, insert, update, delete on mapping_memory to hub_importer")


def downgrade() -> None:
    """Forget all mappings."""
    op.drop_table("mapping_memory")
