"""What publishing changed, so that it can be undone.

Triggers write it down while `hub.publication` names the publication; see
hub.core.registry.journal. Of each row the first change is kept, which knows the row before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What a publication derives, with the key of a row beside its regency.
JOURNALED = {
    **dict.fromkeys(
        ("household", "person", "ranking", "receipt", "overlap_flag", "flag_event"), "array[id]"
    ),
    **dict.fromkeys(("person_link", "household_link"), "array[source_id]"),
    "overlap_flag_receipt": "array[flag_id, receipt_id]",
}
# Transition tables need one trigger for each kind of change.
EVENTS = {"insert": "new", "update": "old", "delete": "old"}
RECORD = """
create function hub_journal() returns trigger language plpgsql as $$
declare
  publication text := nullif(current_setting('hub.publication', true), '');
begin
  if publication is not null then
    execute format(
      'insert into publication_change (regency_code, publication_id, table_name, key, op, old)
       select regency_code, $1, $2, %s, $3, %s from changed on conflict do nothing',
      tg_argv[0], case tg_op when 'INSERT' then 'null' else 'to_jsonb(changed)' end)
    using publication::uuid, tg_table_name, left(tg_op, 1);
  end if;
  return null;
end $$
"""


def upgrade() -> None:
    """Make the tables, and the triggers that fill the journal."""
    op.create_table(
        "publication",
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
    )
    op.create_index(
        "uq_publication_delivery_id",
        "publication",
        ["delivery_id"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
    )
    op.create_table(
        "publication_change",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("publication_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("key", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("op", sa.CHAR(1), nullable=False),
        sa.Column("old", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint(
            *("regency_code", "publication_id", "table_name", "key"),
            name=op.f("pk_publication_change"),
        ),
    )
    op.create_index(
        "ix_publication_change_publication_id",
        "publication_change",
        ["publication_id"],
        postgresql_using="brin",
    )
    op.execute("grant select, insert, update, delete on publication to hub_importer")
    # No policy: nobody who is served reads the journal, which holds whole rows.
    op.execute("alter table publication_change owner to hub_importer")
    op.execute("alter table publication_change enable row level security")
    op.execute(RECORD)
    for table, key in JOURNALED.items():
        for event, rows in EVENTS.items():
            op.execute(
                f"create trigger hub_journal_{event} after {event} on {table}"
                f" referencing {rows} table as changed"
                f" for each statement execute function hub_journal('{key}')"
            )


def downgrade() -> None:
    """Drop them all."""
    for table in JOURNALED:
        for event in EVENTS:
            op.execute(f"drop trigger hub_journal_{event} on {table}")
    op.execute("drop function hub_journal()")
    op.drop_table("publication_change")
    op.drop_table("publication")
