"""What a token may do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give tokens rights; those there are can only read, as before."""
    op.add_column(
        "token",
        sa.Column(
            "rights", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
    )
    op.create_check_constraint(
        op.f("ck_token_rights"), "token", "rights <@ '{upload,publish,judge}'"
    )


def downgrade() -> None:
    """Back to tokens that can only read."""
    op.drop_column("token", "rights")
