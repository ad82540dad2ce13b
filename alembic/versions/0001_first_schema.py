"""The first schema."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Time-ordered UUIDs, so that new rows land at the end of their index. PostgreSQL 18 makes them
# itself; before that: 48 bits of Unix milliseconds, version 7, random bits.
UUID7_NATIVE = """
create function hub_uuid7() returns uuid language sql volatile parallel safe
as $$ select uuidv7() $$
"""
UUID7 = """
create function hub_uuid7() returns uuid language sql volatile parallel safe as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid
$$
"""


def upgrade() -> None:
    """Create everything."""
    bind = op.get_bind()
    native = bind.dialect.server_version_info >= (18,)  # type: ignore[operator]
    op.execute(UUID7_NATIVE if native else UUID7)
    op.execute("create extension if not exists pg_trgm")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "budget_line",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("unit_name", sa.Text(), nullable=True),
        sa.Column("programme_code", sa.Text(), nullable=True),
        sa.Column("programme_name", sa.Text(), nullable=True),
        sa.Column("activity_code", sa.Text(), nullable=True),
        sa.Column("activity_name", sa.Text(), nullable=True),
        sa.Column("sub_activity_code", sa.Text(), nullable=True),
        sa.Column("sub_activity_name", sa.Text(), nullable=True),
        sa.Column("account_code", sa.Text(), nullable=True),
        sa.Column("account_name", sa.Text(), nullable=True),
        sa.Column("fund_source", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("extra", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_budget_line")),
    )
    op.create_index("ix_budget_line_delivery_id", "budget_line", ["delivery_id"], unique=False)
    op.create_index(
        "ix_budget_line_year",
        "budget_line",
        ["regency_code", "year", "sub_activity_code"],
        unique=False,
    )
    op.create_table(
        "delivery_issue",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("column_letter", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint(
            "regency_code", "delivery_id", "seq", name=op.f("pk_delivery_issue")
        ),
    )
    op.create_index(
        "ix_delivery_issue_delivery_id", "delivery_issue", ["delivery_id", "seq"], unique=False
    )
    op.create_table(
        "household",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("kk", sa.Text(), nullable=True),
        sa.Column("village_code", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("head_person_id", sa.Uuid(), nullable=True),
        sa.Column("tenure", sa.Text(), nullable=True),
        sa.Column("floor", sa.Text(), nullable=True),
        sa.Column("wall", sa.Text(), nullable=True),
        sa.Column("roof", sa.Text(), nullable=True),
        sa.Column("water", sa.Text(), nullable=True),
        sa.Column("lighting", sa.Text(), nullable=True),
        sa.Column("power", sa.Text(), nullable=True),
        sa.Column("fuel", sa.Text(), nullable=True),
        sa.Column("toilet", sa.Text(), nullable=True),
        sa.Column("closet", sa.Text(), nullable=True),
        sa.Column("sewage", sa.Text(), nullable=True),
        sa.Column("floor_area", sa.Numeric(), nullable=True),
        sa.Column("assets", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("hamlet", sa.Text(), nullable=True),
        sa.Column("rt", sa.Text(), nullable=True),
        sa.Column("rw", sa.Text(), nullable=True),
        sa.Column("welfare_status", sa.Text(), server_default="UNKNOWN", nullable=False),
        sa.Column("decile", sa.SmallInteger(), nullable=True),
        sa.Column("decile_ranking_id", sa.Uuid(), nullable=True),
        sa.Column("decile_disagreement", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_household")),
        sa.UniqueConstraint("regency_code", "kk", name=op.f("uq_household_regency_code_kk")),
    )
    op.create_index(
        "ix_household_decile", "household", ["regency_code", "decile", "id"], unique=False
    )
    op.create_index("ix_household_kk", "household", ["kk"], unique=False)
    op.create_index("ix_household_village_code", "household", ["village_code", "id"], unique=False)
    op.create_table(
        "indicator",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("data_source", sa.Text(), nullable=True),
        sa.Column("disaggregation", sa.Text(), nullable=True),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("extra", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_indicator")),
    )
    op.create_index("ix_indicator_region_code", "indicator", ["region_code", "year"], unique=False)
    op.create_table(
        "intervention",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Text(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("sub_activity_code", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("ceiling", sa.Numeric(), nullable=True),
        sa.Column("extra", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_intervention")),
    )
    op.create_index(
        "ix_intervention_region_code", "intervention", ["region_code", "year"], unique=False
    )
    op.create_table(
        "nik_prefix",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("successor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_nik_prefix")),
    )
    op.create_table(
        "overlap_rule",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("programmes", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_overlap_rule")),
    )
    op.create_table(
        "programme",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_programme")),
    )
    op.create_table(
        "quarantine",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("cells", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint(
            "regency_code", "delivery_id", "sheet", "row", name=op.f("pk_quarantine")
        ),
    )
    op.create_table(
        "region_code_history",
        sa.Column("bps_code_2020", sa.Text(), nullable=False),
        sa.Column("code_2020", sa.Text(), nullable=False),
        sa.Column("name_2020", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("bps_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("bps_code_2020", name=op.f("pk_region_code_history")),
    )
    op.create_table(
        "region_boundaries",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("topology", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_region_boundaries")),
    )
    op.create_table(
        "reference_load",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column(
            "loaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reference_load")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("bps_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["parent_code"], ["region.code"], name=op.f("fk_region_region")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    op.create_index(
        "ix_region_name",
        "region",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index("ix_region_parent_code", "region", ["parent_code"], unique=False)
    op.create_table(
        "region_crosswalk",
        sa.Column("bps_code", sa.Text(), nullable=False),
        sa.Column("bps_period", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Numeric(precision=3, scale=2), nullable=False),
        sa.Column("bps_current", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("bps_code", "bps_period", "code", name=op.f("pk_region_crosswalk")),
    )
    op.create_table(
        "source_household",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("reference_date", sa.Date(), nullable=False),
        sa.Column("village_code", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("kk", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("tenure", sa.Text(), nullable=True),
        sa.Column("floor", sa.Text(), nullable=True),
        sa.Column("wall", sa.Text(), nullable=True),
        sa.Column("roof", sa.Text(), nullable=True),
        sa.Column("water", sa.Text(), nullable=True),
        sa.Column("lighting", sa.Text(), nullable=True),
        sa.Column("power", sa.Text(), nullable=True),
        sa.Column("fuel", sa.Text(), nullable=True),
        sa.Column("toilet", sa.Text(), nullable=True),
        sa.Column("closet", sa.Text(), nullable=True),
        sa.Column("sewage", sa.Text(), nullable=True),
        sa.Column("floor_area", sa.Numeric(), nullable=True),
        sa.Column("assets", postgresql.JSONB(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("hamlet", sa.Text(), nullable=True),
        sa.Column("rt", sa.Text(), nullable=True),
        sa.Column("rw", sa.Text(), nullable=True),
        sa.Column("receipts", postgresql.JSONB(), nullable=True),
        sa.Column("rankings", postgresql.JSONB(), nullable=True),
        sa.Column("extra", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_source_household")),
    )
    op.create_index(
        "ix_source_household_delivery_id", "source_household", ["delivery_id"], unique=False
    )
    op.create_index("ix_source_household_kk", "source_household", ["kk"], unique=False)
    op.create_table(
        "source_person",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("reference_date", sa.Date(), nullable=False),
        sa.Column("village_code", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("household_key", sa.Text(), nullable=True),
        sa.Column("kk", sa.Text(), nullable=True),
        sa.Column("nik", sa.Text(), nullable=True),
        sa.Column("nik_status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_place", sa.Text(), nullable=True),
        sa.Column("mother_name", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("marital_status", sa.Text(), nullable=True),
        sa.Column("education", sa.Text(), nullable=True),
        sa.Column("occupation", sa.Text(), nullable=True),
        sa.Column("employment_status", sa.Text(), nullable=True),
        sa.Column("disabilities", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("life_status", sa.Text(), nullable=True),
        sa.Column("civil_registry_match", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("hamlet", sa.Text(), nullable=True),
        sa.Column("rt", sa.Text(), nullable=True),
        sa.Column("rw", sa.Text(), nullable=True),
        sa.Column("receipts", postgresql.JSONB(), nullable=True),
        sa.Column("rankings", postgresql.JSONB(), nullable=True),
        sa.Column("extra", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_source_person")),
    )
    op.create_index("ix_source_person_delivery_id", "source_person", ["delivery_id"], unique=False)
    op.create_index("ix_source_person_household_key", "source_person", ["household_key", "source"])
    op.create_index("ix_source_household_key", "source_household", ["key", "source"])
    op.create_index("ix_source_person_kk", "source_person", ["kk"], unique=False)
    op.create_index(
        "ix_source_person_nik",
        "source_person",
        ["nik"],
        unique=False,
        postgresql_where=sa.text("nik_status = 'VALID'"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference_date", sa.Date(), nullable=True),
        sa.Column("rows_read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_warning", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_rejected", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state in ('RECEIVED','RECOGNISED','CHECKED','STAGED','PUBLISHED','REJECTED','UNDONE')",
            name=op.f("ck_delivery_state"),
        ),
        sa.CheckConstraint(
            "rows_read = rows_accepted + rows_rejected", name=op.f("ck_delivery_rows_add_up")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_delivery_region")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("source", "sha256", name=op.f("uq_delivery_source_sha256")),
    )
    op.create_index("ix_delivery_received_at", "delivery", ["received_at"], unique=False)
    op.create_table(
        "household_link",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("target_regency_code", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column(
            "judged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["regency_code", "source_id"],
            ["source_household.regency_code", "source_household.id"],
            name=op.f("fk_household_link_source_household"),
        ),
        sa.PrimaryKeyConstraint("regency_code", "source_id", name=op.f("pk_household_link")),
        info={"target": "household"},
    )
    op.create_index(
        "ix_household_link_target",
        "household_link",
        ["target_regency_code", "target_id"],
        unique=False,
    )
    op.create_table(
        "person",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("nik", sa.Text(), nullable=True),
        sa.Column("nik_status", sa.Text(), nullable=False),
        sa.Column("civil_registry_match", sa.Text(), server_default="NOT_CHECKED", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_place", sa.Text(), nullable=True),
        sa.Column("mother_name", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("marital_status", sa.Text(), nullable=True),
        sa.Column("education", sa.Text(), nullable=True),
        sa.Column("occupation", sa.Text(), nullable=True),
        sa.Column("employment_status", sa.Text(), nullable=True),
        sa.Column("disabilities", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("life_status", sa.Text(), server_default="UNKNOWN", nullable=False),
        sa.Column("deceased_since", sa.Date(), nullable=True),
        sa.Column("village_code", sa.Text(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["regency_code", "household_id"],
            ["household.regency_code", "household.id"],
            name=op.f("fk_person_household"),
        ),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_person")),
        sa.UniqueConstraint("regency_code", "nik", name=op.f("uq_person_regency_code_nik")),
    )
    op.create_index(
        "ix_person_household_id", "person", ["regency_code", "household_id"], unique=False
    )
    op.create_index(
        "ix_person_name",
        "person",
        ["name"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )
    op.create_index("ix_person_nik", "person", ["nik"], unique=False)
    op.create_index("ix_person_village_code", "person", ["village_code", "id"], unique=False)
    op.create_table(
        "person_link",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("target_regency_code", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column(
            "judged_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["regency_code", "source_id"],
            ["source_person.regency_code", "source_person.id"],
            name=op.f("fk_person_link_source_person"),
        ),
        sa.PrimaryKeyConstraint("regency_code", "source_id", name=op.f("pk_person_link")),
        info={"target": "person"},
    )
    op.create_index(
        "ix_person_link_target", "person_link", ["target_regency_code", "target_id"], unique=False
    )
    op.create_table(
        "ranking",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("decile", sa.SmallInteger(), nullable=True),
        sa.Column("percentile", sa.SmallInteger(), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Numeric(), nullable=True),
        sa.Column("decided_at", sa.Date(), nullable=True),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["regency_code", "household_id"],
            ["household.regency_code", "household.id"],
            name=op.f("fk_ranking_household"),
        ),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_ranking")),
        sa.UniqueConstraint(
            "regency_code",
            "household_id",
            "source",
            "edition",
            "scope",
            "delivery_id",
            name=op.f("uq_ranking_regency_code_household_id_source_edition_scope_delivery_id"),
        ),
    )
    op.create_index("ix_ranking_delivery_id", "ranking", ["delivery_id"], unique=False)
    op.create_index(
        "ix_ranking_source", "ranking", ["regency_code", "source", "decile", "id"], unique=False
    )
    op.create_table(
        "token",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("regions", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("identified", sa.Boolean(), nullable=False),
        sa.Column("staff", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_token_account")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_token")),
    )
    op.create_table(
        "overlap_flag",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("programmes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="OPEN", nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column(
            "raised_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["regency_code", "household_id"],
            ["household.regency_code", "household.id"],
            name=op.f("fk_overlap_flag_household"),
        ),
        sa.ForeignKeyConstraint(
            ["regency_code", "person_id"],
            ["person.regency_code", "person.id"],
            name=op.f("fk_overlap_flag_person"),
        ),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_overlap_flag")),
        sa.UniqueConstraint(
            "regency_code",
            "rule_code",
            "subject_id",
            "programmes",
            "period_start",
            name=op.f("uq_overlap_flag_regency_code_rule_code_subject_id_programmes_period_start"),
        ),
    )
    op.create_index(
        "ix_overlap_flag_household_id",
        "overlap_flag",
        ["regency_code", "household_id"],
        unique=False,
    )
    op.create_index(
        "ix_overlap_flag_person_id", "overlap_flag", ["regency_code", "person_id"], unique=False
    )
    op.create_index(
        "ix_overlap_flag_rule_code",
        "overlap_flag",
        ["regency_code", "rule_code", "id"],
        unique=False,
    )
    op.create_table(
        "receipt",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["regency_code", "household_id"],
            ["household.regency_code", "household.id"],
            name=op.f("fk_receipt_household"),
        ),
        sa.ForeignKeyConstraint(
            ["regency_code", "person_id"],
            ["person.regency_code", "person.id"],
            name=op.f("fk_receipt_person"),
        ),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_receipt")),
        sa.UniqueConstraint(
            "regency_code",
            "source_id",
            "ordinal",
            name=op.f("uq_receipt_regency_code_source_id_ordinal"),
        ),
    )
    op.create_index("ix_receipt_delivery_id", "receipt", ["delivery_id"], unique=False)
    op.create_index(
        "ix_receipt_household_id", "receipt", ["regency_code", "household_id"], unique=False
    )
    op.create_index("ix_receipt_person_id", "receipt", ["regency_code", "person_id"], unique=False)
    op.create_index(
        "ix_receipt_programme",
        "receipt",
        ["regency_code", "programme", "period_start", "id"],
        unique=False,
    )
    op.create_table(
        "flag_event",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("hub_uuid7()"), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["regency_code", "flag_id"],
            ["overlap_flag.regency_code", "overlap_flag.id"],
            name=op.f("fk_flag_event_overlap_flag"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("regency_code", "id", name=op.f("pk_flag_event")),
    )
    op.create_index(
        "ix_flag_event_flag_id", "flag_event", ["regency_code", "flag_id"], unique=False
    )
    op.create_table(
        "overlap_flag_receipt",
        sa.Column("regency_code", sa.Text(), nullable=False),
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["regency_code", "flag_id"],
            ["overlap_flag.regency_code", "overlap_flag.id"],
            name=op.f("fk_overlap_flag_receipt_overlap_flag"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["regency_code", "receipt_id"],
            ["receipt.regency_code", "receipt.id"],
            name=op.f("fk_overlap_flag_receipt_receipt"),
        ),
        sa.PrimaryKeyConstraint(
            "regency_code", "flag_id", "receipt_id", name=op.f("pk_overlap_flag_receipt")
        ),
    )
    op.create_index(
        "ix_overlap_flag_receipt_receipt_id",
        "overlap_flag_receipt",
        ["regency_code", "receipt_id"],
        unique=False,
    )


def downgrade() -> None:
    """Drop everything."""
    op.drop_index("ix_overlap_flag_receipt_receipt_id", table_name="overlap_flag_receipt")
    op.drop_table("overlap_flag_receipt")
    op.drop_index("ix_flag_event_flag_id", table_name="flag_event")
    op.drop_table("flag_event")
    op.drop_index("ix_receipt_programme", table_name="receipt")
    op.drop_index("ix_receipt_person_id", table_name="receipt")
    op.drop_index("ix_receipt_household_id", table_name="receipt")
    op.drop_index("ix_receipt_delivery_id", table_name="receipt")
    op.drop_table("receipt")
    op.drop_index("ix_overlap_flag_rule_code", table_name="overlap_flag")
    op.drop_index("ix_overlap_flag_person_id", table_name="overlap_flag")
    op.drop_index("ix_overlap_flag_household_id", table_name="overlap_flag")
    op.drop_table("overlap_flag")
    op.drop_table("token")
    op.drop_index("ix_ranking_source", table_name="ranking")
    op.drop_index("ix_ranking_delivery_id", table_name="ranking")
    op.drop_table("ranking")
    op.drop_index("ix_person_link_target", table_name="person_link")
    op.drop_table("person_link")
    op.drop_index("ix_person_village_code", table_name="person")
    op.drop_index("ix_person_nik", table_name="person")
    op.drop_index("ix_person_name", table_name="person", postgresql_using="gin")
    op.drop_index("ix_person_household_id", table_name="person")
    op.drop_table("person")
    op.drop_index("ix_household_link_target", table_name="household_link")
    op.drop_table("household_link")
    op.drop_index("ix_delivery_received_at", table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(
        "ix_source_person_nik",
        table_name="source_person",
        postgresql_where=sa.text("nik_status = 'VALID'"),
    )
    op.drop_index("ix_source_person_kk", table_name="source_person")
    op.drop_index("ix_source_person_delivery_id", table_name="source_person")
    op.drop_table("source_person")
    op.drop_index("ix_source_household_kk", table_name="source_household")
    op.drop_index("ix_source_household_delivery_id", table_name="source_household")
    op.drop_table("source_household")
    op.drop_table("region_crosswalk")
    op.drop_index("ix_region_parent_code", table_name="region")
    op.drop_index("ix_region_name", table_name="region")
    op.drop_table("region")
    op.drop_table("reference_load")
    op.drop_table("region_boundaries")
    op.drop_table("region_code_history")
    op.drop_table("quarantine")
    op.drop_table("programme")
    op.drop_table("overlap_rule")
    op.drop_table("nik_prefix")
    op.drop_index("ix_intervention_region_code", table_name="intervention")
    op.drop_table("intervention")
    op.drop_index("ix_indicator_region_code", table_name="indicator")
    op.drop_table("indicator")
    op.drop_index("ix_household_village_code", table_name="household")
    op.drop_index("ix_household_kk", table_name="household")
    op.drop_index("ix_household_decile", table_name="household")
    op.drop_table("household")
    op.drop_index("ix_delivery_issue_delivery_id", table_name="delivery_issue")
    op.drop_table("delivery_issue")
    op.drop_index("ix_budget_line_year", table_name="budget_line")
    op.drop_index("ix_budget_line_delivery_id", table_name="budget_line")
    op.drop_table("budget_line")
    op.drop_table("account")
    op.execute("drop function hub_uuid7()")
