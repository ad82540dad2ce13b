"""What compiled reads need: a way to say that a value is missing, and indexes in their order."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Stable, so that it stands in no way of the planner; it is only called where a value is missing.
ABSENT = """
create function hub_absent() returns text language plpgsql stable parallel safe as $$
begin
  raise exception 'a field that must have a value has none' using errcode = 'HB001';
end $$
"""
BEFORE = {
    "ix_person_nik": ("person", ["nik"]),
    "ix_receipt_person_id": ("receipt", ["regency_code", "person_id"]),
    "ix_receipt_household_id": ("receipt", ["regency_code", "household_id"]),
}
ORDER = ["period_start", "programme", "id"]
SINCE = {
    "ix_person_nik": ["nik", "regency_code", "id"],
    "ix_receipt_person_id": ["regency_code", "person_id", *ORDER],
    "ix_receipt_household_id": ["regency_code", "household_id", *ORDER],
}


def upgrade() -> None:
    """Make the function; let the indexes give rows in order."""
    op.execute(ABSENT)
    for name, (table, _) in BEFORE.items():
        op.drop_index(name, table)
        op.create_index(name, table, SINCE[name])


def downgrade() -> None:
    """Make them what they were."""
    for name, (table, columns) in BEFORE.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns)
    op.execute("drop function hub_absent()")
