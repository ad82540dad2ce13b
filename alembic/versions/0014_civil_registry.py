"""Why a person is or is not matched with the civil registry, by what and since when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = {
    "civil_registry_reason": sa.Text(),
    "civil_registry_similarity": sa.SmallInteger(),
    "civil_registry_source": sa.Text(),
    "civil_registry_date": sa.Date(),
    "deceased_source": sa.Text(),
}
# A view knows the columns that its table had when it was made; new ones come at its end.
SEARCH = """
create or replace view person_search as select * from person where {condition}
"""


def upgrade() -> None:
    """Add the columns, to the view that is searched as well."""
    for name, kind in COLUMNS.items():
        op.add_column("person", sa.Column(name, kind, nullable=True))
    definition = op.get_bind().scalar(sa.text("select pg_get_viewdef('person_search')"))
    condition = str(definition).rstrip("; \n").split("WHERE", 1)[1]
    op.execute(SEARCH.format(condition=condition))


def downgrade() -> None:
    """Drop them; the view loses them first."""
    definition = op.get_bind().scalar(sa.text("select pg_get_viewdef('person_search')"))
    condition = str(definition).rstrip("; \n").split("WHERE", 1)[1]
    op.execute("drop view person_search")
    for name in COLUMNS:
        op.drop_column("person", name)
    op.execute(SEARCH.format(condition=condition))
    op.execute("alter view person_search owner to hub_importer")
    op.execute("grant select on person_search to hub_reader")
