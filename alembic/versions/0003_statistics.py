"""Counts per region, maintained when a delivery is published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As hub.core.registry.statistics counts at this revision, of all regencies at once.
FILL = """
insert into region_statistic
  (regency_code, region_code, dimension, source, edition, key, status, households, persons, entries)
with membership as (
  select regency_code, household_id, count(*) as persons
  from person
  where household_id is not null
  group by regency_code, household_id
), home as (
  select h.regency_code, h.village_code, h.decile, h.welfare_status, count(*) as households,
         coalesce(sum(m.persons), 0) as persons
  from household h
  left join membership m on m.regency_code = h.regency_code and m.household_id = h.id
  group by h.regency_code, h.village_code, h.decile, h.welfare_status
), ranked as (
  select distinct regency_code, household_id, source, edition, decile from ranking
), paid as (
  select r.regency_code, r.programme, r.person_id, h.id as household_id,
         case when h.id is null then p.village_code else h.village_code end as village_code
  from receipt r
  left join person p on p.regency_code = r.regency_code and p.id = r.person_id
  left join household h on h.regency_code = r.regency_code
    and h.id = coalesce(r.household_id, p.household_id)
  where r.status <> 'STOPPED'
), flagged as (
  select f.regency_code, f.rule_code, f.status,
         case when h.id is null then p.village_code else h.village_code end as village_code
  from overlap_flag f
  left join person p on p.regency_code = f.regency_code and p.id = f.person_id
  left join household h on h.regency_code = f.regency_code
    and h.id = coalesce(f.household_id, p.household_id)
), counted (regency_code, village_code, dimension, source, edition, key, status, households,
            persons, entries) as (
  select regency_code, village_code, 'ALL', '', '', '', '', households, persons, 0 from home
  union all
  select regency_code, village_code, 'DECILE', '', '', coalesce(to_char(decile, 'FM00'), 'NONE'),
         '', households, persons, 0
  from home
  union all
  select regency_code, village_code, 'WELFARE', '', '', welfare_status, '', households, persons, 0
  from home
  union all
  select r.regency_code, h.village_code, 'RANKING', r.source, r.edition,
         coalesce(to_char(r.decile, 'FM00'), 'NONE'), '', count(*), coalesce(sum(m.persons), 0), 0
  from ranked r
  join household h on h.regency_code = r.regency_code and h.id = r.household_id
  left join membership m on m.regency_code = r.regency_code and m.household_id = r.household_id
  group by r.regency_code, h.village_code, r.source, r.edition, r.decile
  union all
  select regency_code, village_code, 'PROGRAMME', '', '', programme, '',
         count(distinct household_id), count(distinct person_id), count(*)
  from paid
  group by regency_code, village_code, programme
  union all
  select regency_code, village_code, 'FLAG', '', '', rule_code, status, 0, 0, count(*)
  from flagged
  group by regency_code, village_code, rule_code, status
)
select c.regency_code, r.code, c.dimension, c.source, c.edition, c.key, c.status,
       sum(c.households), sum(c.persons), sum(c.entries)
from counted c
cross join lateral (
  values (c.regency_code), (left(c.village_code, 6)), (c.village_code)) as r (code)
where r.code is not null
group by c.regency_code, r.code, c.dimension, c.source, c.edition, c.key, c.status
"""
# The counts of the regions of `hub.scope`, whose form 0002 explains, and of all regions in them.
ENTRIES = "array_replace(string_to_array(current_setting('hub.scope', true), ',', ''), '*', '')"
USING = f"using (case when region_code ^@ any ((select {ENTRIES})::text[]) then 1 else 0 end <> 0)"


def upgrade() -> None:
    """Create the table, count what is there, and let readers see their regions."""
    op.create_table(
        "region_statistic",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("regency_code", "region_code", "dimension")
        ),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("source", "edition", "key", "status")
        ),
        *(
            sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
            for name in ("households", "persons", "entries")
        ),
        sa.PrimaryKeyConstraint(
            *("regency_code", "region_code", "dimension", "source", "edition", "key", "status"),
            name=op.f("pk_region_statistic"),
        ),
    )
    op.create_index(
        "ix_region_statistic_regency",
        "region_statistic",
        ["regency_code", "dimension"],
        postgresql_where=sa.text("region_code = regency_code"),
    )
    op.execute(FILL)
    # As 0002 does for the tables it knows; readers have been granted what comes after it.
    op.execute("alter table region_statistic owner to hub_importer")
    op.execute("alter table region_statistic enable row level security")
    op.execute(f"create policy hub_reader on region_statistic for select to hub_reader {USING}")


def downgrade() -> None:
    """Drop the table."""
    op.drop_index("ix_region_statistic_regency", table_name="region_statistic")
    op.drop_table("region_statistic")
