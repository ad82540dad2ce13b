"""The schema: migrations agree with the tables, and large tables can be distributed."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint

from hub.core.store.engine import sqlalchemy_url
from hub.core.store.tables import LARGE, metadata

ROOT = Path(__file__).resolve().parents[4]


def test_alembic_check_finds_no_drift(store_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", sqlalchemy_url(store_url).replace("%", "%%"))
    command.check(config)


def test_alembic_folder_never_becomes_a_package() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


@pytest.mark.parametrize("table", [metadata.tables[name] for name in sorted(LARGE)], ids=str)
def test_large_tables_carry_the_regency_everywhere(table: Table) -> None:
    assert next(iter(table.primary_key)).name == "regency_code"
    for constraint in table.constraints:
        names = [column.name for column in getattr(constraint, "columns", [])]
        if isinstance(constraint, UniqueConstraint):
            assert "regency_code" in names, constraint.name
        if isinstance(constraint, ForeignKeyConstraint):
            assert "regency_code" in names, constraint.name
            referred = [element.column.name for element in constraint.elements]
            assert referred[names.index("regency_code")] == "regency_code"
    assert not [i for i in table.indexes if i.unique]


def test_no_large_table_draws_numbers_from_a_sequence() -> None:
    columns = [c for name in LARGE for c in metadata.tables[name].columns]
    assert not [c for c in columns if c.primary_key and c.autoincrement is True]
    assert not [c for c in columns if "nextval" in str(getattr(c.server_default, "arg", ""))]


def test_every_table_that_is_not_large_is_known_to_be_small() -> None:
    assert {t.name for t in metadata.sorted_tables} - LARGE == {
        "region", "region_crosswalk", "region_code_history", "region_boundaries", "nik_prefix",
        "programme", "overlap_rule", "reference_load", "delivery", "account", "client_operation",
        "token", "publication", "mapping_memory", "delivery_event", "delivery_report", "upload",
    }  # fmt: skip
