"""Uploads that wait to become deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; file names can hold names of people, so whoever is served cannot read it."""
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_upload_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.execute("revoke all on upload from hub_reader")
    op.execute("grant select, insert, update, delete on upload to hub_importer")


def downgrade() -> None:
    """Forget the uploads; their files stay in the spool."""
    op.drop_table("upload")
