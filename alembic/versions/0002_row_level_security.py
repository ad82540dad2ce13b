"""Roles without login, and row-level security behind the compiled scope.

`hub_reader` serves: it reads everything, of the large tables only what `hub.scope` names.
`hub_importer` imports and publishes: it owns the large tables, since COPY is refused to any
other role where row-level security holds.

`hub.scope` is a comma list of region prefixes, as hub.core.store.scope.Scope.setting writes it;
`*` is all of Indonesia, and every prefix below a regency is followed by `r` and its regency, for
tables that know no village. Unset, empty or malformed it names nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from psycopg import errors

from hub.core.store.engine import DatabaseError

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROLES = ("hub_reader", "hub_importer")

SCOPE = "current_setting('hub.scope', true)"
REGENCIES = f"translate({SCOPE}, 'r', '')"  # also those of which only a part is named

# Written by importing, beside the large tables.
IMPORTED = (
    "delivery",
    "region",
    "region_crosswalk",
    "region_code_history",
    "region_boundaries",
    "nik_prefix",
    "programme",
    "overlap_rule",
    "reference_load",
)


def within(column: str, setting: str = SCOPE) -> str:
    """Whether a region code begins with a prefix of the setting.

    A sub-select without a row of its own is read once per statement, not once per row. An empty
    entry becomes null, which nothing begins with; `*` becomes the empty prefix of everything.
    """
    entries = f"array_replace(string_to_array({setting}, ',', ''), '*', '')"
    return f"{column} ^@ any ((select {entries})::text[])"


def likely(condition: str) -> str:
    """The condition, as one that nearly every row meets.

    The compiled statement asks the same in its own words. The planner would expect one row in
    ten to pass, for every table once more, and choose other plans; "not nought" it expects of
    nearly all.
    """
    return f"case when {condition} then 1 else 0 end <> 0"


def placed(column: str) -> str:
    """Visible by regency, or by the district or village in `column`, never one elsewhere."""
    return f"{within('regency_code')} or ({column} ^@ regency_code and {within(column)})"


def delivered(table: str) -> str:
    """Visible by regency, or as part of a delivery of the caller's own region: all of its rows
    are open then, also those whose region failed."""
    own = f"d.id = {table}.delivery_id and {within('d.region_code')}"
    return f"{within('regency_code', REGENCIES)} or exists (select from delivery d where {own})"


def backing(table: str, link: str) -> str:
    """Visible by regency, or behind a golden record that is, for a source row may lie elsewhere:
    the link is looked for as whoever asks may see it."""
    behind = f"l.regency_code = {table}.regency_code and l.source_id = {table}.id"
    return f"{within('regency_code')} or exists (select from {link} l where {behind})"


VISIBLE = {
    "household": placed("village_code"),
    "person": placed("village_code"),
    "indicator": placed("region_code"),
    "intervention": placed("region_code"),
    "budget_line": within("regency_code"),  # of the whole regency, or not at all
    "delivery_issue": delivered("delivery_issue"),
    "quarantine": delivered("quarantine"),
    "source_person": backing("source_person", "person_link"),
    "source_household": backing("source_household", "household_link"),
    # By the golden record it leads to.
    "person_link": within("target_regency_code", REGENCIES),
    "household_link": within("target_regency_code", REGENCIES),
    **dict.fromkeys(
        ("ranking", "receipt", "overlap_flag", "overlap_flag_receipt", "flag_event"),
        within("regency_code", REGENCIES),
    ),
}

# What is asked of many rows at once, and the policies would slow down. The views read as their
# owner, whom no policy binds, and apply the same conditions themselves, as plain ones.

# The operator of a search by name is not leakproof: behind a policy it may not use its index. A
# narrower view joined with person would do up to PostgreSQL 17; 18 makes one scan of the two.
SEARCH = "create view person_search as select * from person where {scope}"
# Which sources record a golden record: their rows may lie anywhere.
RECORDED = """
create view {subject}_recorded as
  select l.target_regency_code as regency_code, l.target_id as id, s.source
  from {subject}_link l
  join source_{subject} s on s.regency_code = l.regency_code and s.id = l.source_id
  where {scope}
"""
BY_TARGET = likely(within("l.target_regency_code", REGENCIES))
VIEWS = {
    "person_search": SEARCH.format(scope=likely(VISIBLE["person"])),
    "person_recorded": RECORDED.format(subject="person", scope=BY_TARGET),
    "household_recorded": RECORDED.format(subject="household", scope=BY_TARGET),
}


def upgrade() -> None:
    """Make the roles, give them their rights, protect the large tables."""
    for role in ROLES:
        _role(role)
    schema = _schema()
    op.execute(f"grant usage on schema {schema} to hub_reader")
    # Only who may create tables here can be made the owner of one.
    op.execute(f"grant usage, create on schema {schema} to hub_importer")
    for table, condition in VISIBLE.items():
        op.execute(f"alter table {table} owner to hub_importer")
        op.execute(f"alter table {table} enable row level security")
        using = f"using ({likely(condition)})"
        op.execute(f"create policy hub_reader on {table} for select to hub_reader {using}")
    for view, create in VIEWS.items():
        op.execute(create)
        op.execute(f"alter view {view} owner to hub_importer")
    op.execute(f"grant select, insert, update, delete on {', '.join(IMPORTED)} to hub_importer")
    op.execute(f"grant select on all tables in schema {schema} to hub_reader")
    # And on those of later migrations, which give hub_importer its own, and protect them.
    later = "grant select on tables to hub_reader"
    op.execute(f"alter default privileges in schema {schema} {later}")


def downgrade() -> None:
    """Take protection and rights back; the roles belong to the whole server and stay."""
    schema = _schema()
    later = "revoke select on tables from hub_reader"
    op.execute(f"alter default privileges in schema {schema} {later}")
    for view in VIEWS:
        op.execute(f"drop view {view}")
    for table in VISIBLE:
        op.execute(f"drop policy hub_reader on {table}")
        op.execute(f"alter table {table} disable row level security")
        op.execute(f"alter table {table} owner to current_user")
    op.execute(f"revoke all on all tables in schema {schema} from hub_reader, hub_importer")
    op.execute(f"revoke all on schema {schema} from hub_reader, hub_importer")


def _role(role: str) -> None:
    """Make a role, if missing, and let whoever migrates act in it. Raises DatabaseError.

    Roles belong to the whole server: another database may be migrating at this moment.
    """
    connection = op.get_bind()
    # Acting in it, and owning what it owns; before PostgreSQL 16 one membership meant both.
    version = connection.dialect.server_version_info or ()
    act, terms = ("set", " with inherit true, set true") if version >= (16,) else ("member", "")
    make = f"""
do $$
begin
  if not exists (select from pg_roles where rolname = '{role}') then
    begin
      create role {role} nologin;
    exception when duplicate_object or unique_violation then null;
    end;
  end if;
  if not (pg_has_role('{role}', '{act}') and pg_has_role('{role}', 'usage')) then
    begin
      grant {role} to current_user{terms};
    exception when unique_violation or internal_error then null;  -- granted at this moment
    end;
  end if;
end $$
"""
    try:
        with connection.begin_nested():
            connection.execute(sa.text(make))
    except sa.exc.ProgrammingError as error:
        if not isinstance(error.orig, errors.InsufficientPrivilege):
            raise
        raise _forbidden(connection) from None


def _forbidden(connection: sa.Connection) -> DatabaseError:
    """What the administrator of the server must do, in one sentence."""
    known = connection.scalars(sa.text("select rolname from pg_roles")).all()
    login = connection.scalar(sa.text("select quote_ident(current_user)"))
    steps = [f"CREATE ROLE {role} NOLOGIN;" for role in ROLES if role not in known]
    steps.append(f"GRANT {', '.join(ROLES)} TO {login};")
    return DatabaseError(
        "Akun basis data ini tidak boleh membuat atau memakai peran yang diperlukan hub; mintalah"
        f" pengelola basis data menjalankan sekali: {' '.join(steps)}",
        "This database account may not make or use the roles that the hub needs; ask the"
        " administrator of the database to run the same once.",
    )


def _schema() -> str:
    """The schema that the tables are in."""
    return str(op.get_bind().scalar(sa.text("select quote_ident(current_schema())")))
