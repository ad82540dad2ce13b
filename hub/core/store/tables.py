"""The one definition of the schema; Alembic migrates from it.

Large tables (`LARGE`) have `regency_code` first in their primary key, and every unique
constraint and foreign key of theirs carries it, so that the same schema runs on one PostgreSQL
and, distributed by regency, on Citus with all joins local. `0000` is "regency not known".

Two layers of truth: `source_person` and `source_household` hold what each row of a delivery
said, and are never changed; `person`, `household`, `ranking` and `receipt` are derived from
them and can be rebuilt.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

UNKNOWN_REGENCY = "0000"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _regency() -> Column[Any]:
    return Column("regency_code", Text, nullable=False)


def _id() -> Column[Any]:
    return Column("id", Uuid, nullable=False, server_default=text("hub_uuid7()"))


def _now(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def _texts(*names: str) -> list[Column[Any]]:
    return [Column(name, Text) for name in names]


# --- reference data -------------------------------------------------------------------------

region = Table(
    "region",
    metadata,
    Column("code", Text, primary_key=True),  # Kemendagri digits, without dots
    Column("level", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_code", Text, ForeignKey("region.code")),
    Column("kind", Text),
    Column("bps_code", Text),
    Index("ix_region_parent_code", "parent_code"),
    Index(
        "ix_region_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
    ),
)
region_crosswalk = Table(
    "region_crosswalk",
    metadata,
    Column("bps_code", Text, primary_key=True),
    Column("bps_period", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("confidence", Numeric(3, 2), nullable=False),
    Column("bps_current", Text),
)
region_code_history = Table(
    "region_code_history",
    metadata,
    Column("bps_code_2020", Text, primary_key=True),
    Column("code_2020", Text, nullable=False),
    Column("name_2020", Text, nullable=False),
    Column("code", Text),  # today's
    Column("bps_code", Text),
)
region_boundaries = Table(
    "region_boundaries",
    metadata,
    Column("name", Text, primary_key=True),
    Column("topology", JSONB, nullable=False),  # TopoJSON of provinces and regencies, to draw
)
nik_prefix = Table(
    "nik_prefix",
    metadata,
    Column("prefix", Text, primary_key=True),  # 6 digits, or 4 for a retired regency
    Column("status", Text, nullable=False),
    Column("name", Text),
    Column("successor", Text),
)
programme = Table(
    "programme",
    metadata,
    Column("code", Text, primary_key=True),
    *[
        Column(name, Text, nullable=False)
        for name in ("name", "owner", "level", "strategy", "kind", "unit")
    ],
    Column("target", Text),
)
overlap_rule = Table(
    "overlap_rule",
    metadata,
    Column("code", Text, primary_key=True),
    *[Column(name, Text, nullable=False) for name in ("title", "kind", "unit", "legal_basis")],
    Column("status", Text, nullable=False),
    Column("programmes", ARRAY(Text), nullable=False),
)

reference_load = Table(
    "reference_load",
    metadata,
    Column("name", Text, primary_key=True),
    Column("sha256", Text, nullable=False),  # of the mapping files last loaded
    _now("loaded_at"),
)

# --- deliveries -----------------------------------------------------------------------------

STATES = ("RECEIVED", "RECOGNISED", "CHECKED", "STAGED", "PUBLISHED", "REJECTED", "UNDONE")
WANTED = ("CHECK", "FORESEE", "PUBLISH", "UNDO")

delivery = Table(
    "delivery",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("hub_uuid7()")),
    Column("source", Text, nullable=False),
    Column("layout", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("region_code", Text, ForeignKey("region.code")),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    _now("received_at"),
    Column("published_at", DateTime(timezone=True)),
    Column("reference_date", Date),
    Column("rows_read", Integer, nullable=False, server_default="0"),
    Column("rows_accepted", Integer, nullable=False, server_default="0"),
    Column("rows_warning", Integer, nullable=False, server_default="0"),
    Column("rows_rejected", Integer, nullable=False, server_default="0"),
    # Of a delivery that was uploaded, and waits; see hub.core.ingest.advancing.
    Column("kept", Boolean, nullable=False, server_default=text("false")),  # its file is spooled
    Column("wanted", Text),  # what the worker is to do next
    *_texts("wanted_by", "uploaded_by"),
    Column("scope", ARRAY(Text)),  # region prefixes of the uploader; none: the command line
    Column("options", JSONB, nullable=False, server_default="{}"),
    # The published delivery of which it states some rows anew, never one that mends itself; or the
    # unpublished one in whose place it came.
    Column("mends", Uuid, ForeignKey("delivery.id")),
    Column("replaces", Uuid, ForeignKey("delivery.id")),
    UniqueConstraint("source", "sha256"),
    CheckConstraint("wanted in ('" + "','".join(WANTED) + "')", name="wanted"),
    CheckConstraint("rows_read = rows_accepted + rows_rejected", name="rows_add_up"),
    CheckConstraint("state in ('" + "','".join(STATES) + "')", name="state"),
    Index("ix_delivery_received_at", "received_at"),
    Index("ix_delivery_sha256", "sha256"),
    Index("ix_delivery_mends", "mends"),
)
delivery_event = Table(
    "delivery_event",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("hub_uuid7()")),
    Column("delivery_id", Uuid, ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("action", Text, nullable=False),  # see hub.core.ingest.history
    Column("actor", Text),  # none: the hub itself
    Column("reason", Text),
    Index("ix_delivery_event_delivery_id", "delivery_id", "at"),
)
delivery_report = Table(
    "delivery_report",
    metadata,
    Column("delivery_id", Uuid, ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),  # see hub.core.ingest.history
    _now("at"),
    Column("body", JSONB, nullable=False),
    PrimaryKeyConstraint("delivery_id", "kind"),
)
delivery_issue = Table(
    "delivery_issue",
    metadata,
    _regency(),
    Column("delivery_id", Uuid, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sheet", SmallInteger, nullable=False),
    Column("row", Integer),
    Column("column_name", Text),
    Column("column_letter", Text),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default="{}"),
    Column("closed_by", Uuid),  # the delivery that mended it
    PrimaryKeyConstraint("regency_code", "delivery_id", "seq"),
    Index("ix_delivery_issue_delivery_id", "delivery_id", "seq"),
)
quarantine = Table(
    "quarantine",
    metadata,
    _regency(),
    Column("delivery_id", Uuid, nullable=False),
    Column("sheet", SmallInteger, nullable=False),
    Column("row", Integer, nullable=False),
    Column("cells", JSONB, nullable=False),  # the row as given, by heading
    PrimaryKeyConstraint("regency_code", "delivery_id", "sheet", "row"),
)

# --- what the sources said ------------------------------------------------------------------


def _source_columns() -> list[Column[Any]]:
    return [
        _regency(),
        _id(),
        Column("delivery_id", Uuid, nullable=False),
        Column("sheet", SmallInteger, nullable=False),
        Column("row", Integer, nullable=False),
        Column("source", Text, nullable=False),
        Column("edition", Text, nullable=False),
        Column("reference_date", Date, nullable=False),
        Column("village_code", Text),
    ]


def _address_columns() -> list[Column[Any]]:
    return _texts("street", "hamlet", "rt", "rw")


HOUSING = (
    "tenure",
    "floor",
    "wall",
    "roof",
    "water",
    "lighting",
    "power",
    "fuel",
    "toilet",
    "closet",
    "sewage",
)

source_person = Table(
    "source_person",
    metadata,
    *_source_columns(),
    *_texts("key", "household_key", "kk", "nik"),
    Column("nik_status", Text, nullable=False),
    Column("name", Text),
    Column("sex", Text),
    Column("birth_date", Date),
    *_texts("birth_place", "mother_name", "relation", "marital_status", "education"),
    *_texts("occupation", "employment_status"),
    Column("disabilities", ARRAY(Text)),
    *_texts("life_status", "civil_registry_match"),
    *_address_columns(),
    Column("receipts", JSONB),  # what the row says was received, see hub.core.ingest.stage
    Column("rankings", JSONB),
    Column("extra", JSONB),
    PrimaryKeyConstraint("regency_code", "id"),
    Index("ix_source_person_delivery_id", "delivery_id"),
    Index("ix_source_person_nik", "nik", postgresql_where=text("nik_status = 'VALID'")),
    Index("ix_source_person_kk", "kk"),
    Index("ix_source_person_household_key", "household_key", "source"),
)
source_household = Table(
    "source_household",
    metadata,
    *_source_columns(),
    *_texts("key", "kk"),
    Column("size", Integer),
    *_texts(*HOUSING),
    Column("floor_area", Numeric),
    Column("assets", JSONB),
    *_address_columns(),
    Column("receipts", JSONB),
    Column("rankings", JSONB),
    Column("extra", JSONB),
    PrimaryKeyConstraint("regency_code", "id"),
    Index("ix_source_household_delivery_id", "delivery_id"),
    Index("ix_source_household_kk", "kk"),
    Index("ix_source_household_key", "key", "source"),
)

# --- golden records -------------------------------------------------------------------------

household = Table(
    "household",
    metadata,
    _regency(),
    _id(),
    Column("kk", Text),
    Column("village_code", Text),
    Column("size", Integer),
    Column("head_person_id", Uuid),
    *_texts(*HOUSING),
    Column("floor_area", Numeric),
    Column("assets", JSONB, nullable=False, server_default="{}"),
    *_address_columns(),
    Column("welfare_status", Text, nullable=False, server_default="UNKNOWN"),
    Column("decile", SmallInteger),
    Column("decile_ranking_id", Uuid),
    Column("decile_disagreement", SmallInteger, nullable=False, server_default="0"),
    _now("updated_at"),
    PrimaryKeyConstraint("regency_code", "id"),
    UniqueConstraint("regency_code", "kk"),
    Index("ix_household_kk", "kk"),
    Index("ix_household_village_code", "village_code", "id"),
    Index("ix_household_decile", "regency_code", "decile", "id"),
    Index("ix_household_updated_at", "regency_code", "updated_at", "id"),
)
person = Table(
    "person",
    metadata,
    _regency(),
    _id(),
    Column("household_id", Uuid),
    Column("nik", Text),
    Column("nik_status", Text, nullable=False),
    Column("civil_registry_match", Text, nullable=False, server_default="NOT_CHECKED"),
    Column("name", Text, nullable=False),
    Column("sex", Text),
    Column("birth_date", Date),
    *_texts("birth_place", "mother_name", "relation", "marital_status", "education"),
    *_texts("occupation", "employment_status"),
    Column("disabilities", ARRAY(Text), nullable=False, server_default="{}"),
    Column("life_status", Text, nullable=False, server_default="UNKNOWN"),
    Column("deceased_since", Date),  # earliest date at which the civil registry said so
    Column("village_code", Text),
    _now("updated_at"),
    Column("civil_registry_reason", Text),
    Column("civil_registry_similarity", SmallInteger),  # of the names, 0 to 100
    Column("civil_registry_source", Text),
    Column("civil_registry_date", Date),
    Column("deceased_source", Text),
    PrimaryKeyConstraint("regency_code", "id"),
    UniqueConstraint("regency_code", "nik"),
    ForeignKeyConstraint(
        ["regency_code", "household_id"], ["household.regency_code", "household.id"]
    ),
    Index("ix_person_household_id", "regency_code", "household_id"),
    Index("ix_person_nik", "nik", "regency_code", "id"),
    Index("ix_person_village_code", "village_code", "id"),
    Index("ix_person_updated_at", "regency_code", "updated_at", "id"),
    Index(
        "ix_person_name", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
    ),
)


def _link(name: str, source: str, target: str) -> Table:
    return Table(
        name,
        metadata,
        _regency(),  # of the source row
        Column("source_id", Uuid, nullable=False),
        Column("target_regency_code", Text, nullable=False),
        Column("target_id", Uuid, nullable=False),
        Column("judgement", Text, nullable=False),  # SAME
        Column("method", Text, nullable=False),  # NIK, SHARED_NIK, KK, KEY, ROW
        _now("judged_at"),
        PrimaryKeyConstraint("regency_code", "source_id"),
        ForeignKeyConstraint(
            ["regency_code", "source_id"], [f"{source}.regency_code", f"{source}.id"]
        ),
        Index(f"ix_{name}_target", "target_regency_code", "target_id"),
        info={"target": target},
    )


person_link = _link("person_link", "source_person", "person")
household_link = _link("household_link", "source_household", "household")
match_review = Table(
    "match_review",
    metadata,
    _regency(),  # of the source row
    _id(),
    Column("kind", Text, nullable=False),  # SHARED_NIK, OVERUSED_NIK
    Column("source_id", Uuid, nullable=False),  # the row that is set apart
    # From which it is set apart; none where a number is nobody's.
    Column("other_regency_code", Text),
    Column("other_source_id", Uuid),
    Column("evidence", JSONB, nullable=False),  # by field what speaks for and against; no values
    _now("raised_at"),
    Column("judgement", Text),  # SAME, DIFFERENT, UNSURE; null while it waits
    Column("judged_by", Text),
    Column("judged_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("regency_code", "id"),
    Index("ix_match_review_source_id", "regency_code", "source_id"),
    Index("ix_match_review_other_source_id", "other_regency_code", "other_source_id"),
)

ranking = Table(
    "ranking",
    metadata,
    _regency(),
    _id(),
    Column("household_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("decile", SmallInteger),
    Column("percentile", SmallInteger),
    Column("rank", BigInteger),
    Column("score", Numeric),
    Column("decided_at", Date),
    Column("delivery_id", Uuid, nullable=False),
    PrimaryKeyConstraint("regency_code", "id"),
    UniqueConstraint("regency_code", "household_id", "source", "edition", "scope", "delivery_id"),
    ForeignKeyConstraint(
        ["regency_code", "household_id"], ["household.regency_code", "household.id"]
    ),
    Index("ix_ranking_source", "regency_code", "source", "decile", "id"),
    Index("ix_ranking_delivery_id", "delivery_id"),
)
receipt = Table(
    "receipt",
    metadata,
    _regency(),
    _id(),
    Column("person_id", Uuid),
    Column("household_id", Uuid),
    Column("programme", Text, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date),
    Column("amount", Numeric),
    Column("status", Text, nullable=False),
    Column("basis", Text, nullable=False),  # LIST: a recipient list; FLAG: a survey's yes
    Column("delivery_id", Uuid, nullable=False),
    Column("source_id", Uuid, nullable=False),  # the source row, of a person or a household
    Column("ordinal", SmallInteger, nullable=False),
    PrimaryKeyConstraint("regency_code", "id"),
    UniqueConstraint("regency_code", "source_id", "ordinal"),
    ForeignKeyConstraint(["regency_code", "person_id"], ["person.regency_code", "person.id"]),
    ForeignKeyConstraint(
        ["regency_code", "household_id"], ["household.regency_code", "household.id"]
    ),
    # In the order in which receipts are given, so that none need sorting.
    Index("ix_receipt_person_id", "regency_code", "person_id", "period_start", "programme", "id"),
    Index(
        "ix_receipt_household_id",
        *("regency_code", "household_id", "period_start", "programme", "id"),
    ),
    Index("ix_receipt_programme", "regency_code", "programme", "period_start", "id"),
    Index("ix_receipt_delivery_id", "delivery_id"),
)

# --- rules ----------------------------------------------------------------------------------

overlap_flag = Table(
    "overlap_flag",
    metadata,
    _regency(),
    _id(),
    Column("rule_code", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),  # the household or the person, by rule
    Column("household_id", Uuid),
    Column("person_id", Uuid),
    Column("programmes", ARRAY(Text), nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date),
    Column("status", Text, nullable=False, server_default="OPEN"),
    Column("explanation", Text, nullable=False),
    _now("raised_at"),
    PrimaryKeyConstraint("regency_code", "id"),
    UniqueConstraint("regency_code", "rule_code", "subject_id", "programmes", "period_start"),
    ForeignKeyConstraint(
        ["regency_code", "household_id"], ["household.regency_code", "household.id"]
    ),
    ForeignKeyConstraint(["regency_code", "person_id"], ["person.regency_code", "person.id"]),
    Index("ix_overlap_flag_household_id", "regency_code", "household_id"),
    Index("ix_overlap_flag_person_id", "regency_code", "person_id"),
    Index("ix_overlap_flag_rule_code", "regency_code", "rule_code", "id"),
)
overlap_flag_receipt = Table(
    "overlap_flag_receipt",
    metadata,
    _regency(),
    Column("flag_id", Uuid, nullable=False),
    Column("receipt_id", Uuid, nullable=False),
    PrimaryKeyConstraint("regency_code", "flag_id", "receipt_id"),
    ForeignKeyConstraint(
        ["regency_code", "flag_id"],
        ["overlap_flag.regency_code", "overlap_flag.id"],
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(["regency_code", "receipt_id"], ["receipt.regency_code", "receipt.id"]),
    Index("ix_overlap_flag_receipt_receipt_id", "regency_code", "receipt_id"),
)
flag_event = Table(
    "flag_event",
    metadata,
    _regency(),
    _id(),
    Column("flag_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("actor", Text, nullable=False),
    _now("at"),
    PrimaryKeyConstraint("regency_code", "id"),
    ForeignKeyConstraint(
        ["regency_code", "flag_id"],
        ["overlap_flag.regency_code", "overlap_flag.id"],
        ondelete="CASCADE",
    ),
    Index("ix_flag_event_flag_id", "regency_code", "flag_id"),
)

# --- statistics -----------------------------------------------------------------------------

region_statistic = Table(
    "region_statistic",
    metadata,
    _regency(),
    Column("region_code", Text, nullable=False),  # the regency, or a district or village in it
    Column("dimension", Text, nullable=False),  # see hub.core.registry.statistics
    *[
        Column(name, Text, nullable=False, server_default="")
        for name in ("source", "edition", "key", "status")
    ],
    *[
        Column(name, BigInteger, nullable=False, server_default="0")
        for name in ("households", "persons", "entries")
    ],
    PrimaryKeyConstraint(
        *("regency_code", "region_code", "dimension", "source", "edition", "key", "status")
    ),
    # The rows of whole regencies, from which provinces are summed.
    Index(
        "ix_region_statistic_regency",
        "regency_code",
        "dimension",
        postgresql_where=text("region_code = regency_code"),
    ),
)

# --- budgets and plans ----------------------------------------------------------------------

budget_line = Table(
    "budget_line",
    metadata,
    _regency(),
    _id(),
    Column("delivery_id", Uuid, nullable=False),
    Column("sheet", SmallInteger, nullable=False),
    Column("row", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("year", Integer, nullable=False),
    *_texts("unit_code", "unit_name", "programme_code", "programme_name"),
    *_texts("activity_code", "activity_name", "sub_activity_code", "sub_activity_name"),
    *_texts("account_code", "account_name", "fund_source"),
    Column("amount", Numeric, nullable=False),
    Column("document_date", Date),
    Column("extra", JSONB),
    PrimaryKeyConstraint("regency_code", "id"),
    Index("ix_budget_line_year", "regency_code", "year", "sub_activity_code"),
    Index("ix_budget_line_delivery_id", "delivery_id"),
)
indicator = Table(
    "indicator",
    metadata,
    _regency(),
    _id(),
    Column("delivery_id", Uuid, nullable=False),
    Column("sheet", SmallInteger, nullable=False),
    Column("row", Integer, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("name", Text, nullable=False),
    *_texts("unit", "data_source", "disaggregation"),
    Column("value", Numeric, nullable=False),
    Column("extra", JSONB),
    PrimaryKeyConstraint("regency_code", "id"),
    Index("ix_indicator_region_code", "region_code", "year"),
)
intervention = Table(
    "intervention",
    metadata,
    _regency(),
    _id(),
    Column("delivery_id", Uuid, nullable=False),
    Column("sheet", SmallInteger, nullable=False),
    Column("row", Integer, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("year", Integer),
    Column("priority", Text),
    Column("programme", Text, nullable=False),
    *_texts("sub_activity_code", "target"),
    Column("ceiling", Numeric),
    Column("extra", JSONB),
    PrimaryKeyConstraint("regency_code", "id"),
    Index("ix_intervention_region_code", "region_code", "year"),
)

# --- rows that wait to be published ----------------------------------------------------------

STATED = ("source_person", "source_household", "budget_line", "indicator", "intervention")
"""What the rows of a delivery become."""


def staged_name(name: str) -> str:
    """The table in which rows wait that are to become rows of the table `name`."""
    return f"staged_{name.removeprefix('source_')}"


for _name in STATED:
    Table(
        staged_name(_name),
        metadata,
        *[
            Column(c.name, c.type, nullable=c.nullable, server_default=c.server_default)
            for c in metadata.tables[_name].columns
        ],
        PrimaryKeyConstraint("regency_code", "id"),
        Index(f"ix_{staged_name(_name)}_delivery_id", "delivery_id"),
    )

# --- the journal ----------------------------------------------------------------------------

publication = Table(
    "publication",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("hub_uuid7()")),
    Column("delivery_id", Uuid),  # none: the registry was derived again
    Column(
        "published_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=text("clock_timestamp()"),  # publications wait for one another
    ),
    Column("published_by", Text),
    Column("undone_at", DateTime(timezone=True)),
    Column("undone_by", Text),
    Index(
        "uq_publication_delivery_id",
        "delivery_id",
        unique=True,
        postgresql_where=text("undone_at is null"),
    ),
)
publication_change = Table(
    "publication_change",
    metadata,
    _regency(),
    Column("publication_id", Uuid, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("key", ARRAY(Uuid), nullable=False),  # the primary key, without its regency
    Column("op", CHAR(1), nullable=False),  # I, U, D; T: looked at, and left as it was
    Column("old", JSONB),  # the row before, of U and D
    PrimaryKeyConstraint("regency_code", "publication_id", "table_name", "key"),
    # Written in the order of publications, so the smallest index will do.
    Index(
        "ix_publication_change_publication_id",
        "publication_id",
        postgresql_using="brin",
    ),
)

# --- uploads --------------------------------------------------------------------------------

upload = Table(
    "upload",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("hub_uuid7()")),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("file_name", Text, nullable=False),
    _now("received_at"),
)

# --- what stewards said of their files ------------------------------------------------------

mapping_memory = Table(
    "mapping_memory",
    metadata,
    Column("fingerprint", Text, primary_key=True),  # SHA-256 of the normalised header row
    Column("layout", Text, nullable=False),
    Column("columns", JSONB, nullable=False),  # heading to layout heading; null: left out
    Column("confirmed_by", Text, nullable=False),
    _now("confirmed_at"),
)

# --- access ---------------------------------------------------------------------------------

account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=text("hub_uuid7()")),
    Column("name", Text, nullable=False, unique=True),
    _now("created_at"),
    Column("limits", JSONB, nullable=False, server_default="{}"),  # where not the defaults
    Column("allow_list", Boolean, nullable=False, server_default=text("false")),
)
client_operation = Table(
    "client_operation",
    metadata,
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("sha256", Text, nullable=False),  # of the text
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    _now("added_at"),
    PrimaryKeyConstraint("account_id", "sha256"),
)
token = Table(
    "token",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id"), nullable=False),
    Column("regions", ARRAY(Text), nullable=False),  # region prefixes; {''} is all of Indonesia
    Column("identified", Boolean, nullable=False),  # may see NIK and KK unmasked
    Column("staff", Boolean, nullable=False, server_default=text("false")),
    _now("created_at"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("rights", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    CheckConstraint("rights <@ '{upload,publish,judge}'", name="rights"),
)

LARGE = frozenset(
    {
        "delivery_issue",
        "quarantine",
        "source_person",
        "source_household",
        "household",
        "person",
        "person_link",
        "household_link",
        "match_review",
        "ranking",
        "receipt",
        "overlap_flag",
        "overlap_flag_receipt",
        "flag_event",
        "region_statistic",
        "budget_line",
        "indicator",
        "intervention",
        "publication_change",
        *map(staged_name, STATED),
    }
)
"""Tables that grow with the population; distributed by `regency_code`."""
