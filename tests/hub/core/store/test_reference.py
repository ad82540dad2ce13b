"""Reference data in the store: all of it, and loaded once."""

import psycopg
import pytest

from hub.core.store.reference import load_reference


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("region", 91_599),
        ("region where level = 'VILLAGE'", 83_762),
        ("region where level = 'REGENCY' and bps_code is not null", 514),
        ("region where parent_code is null", 38),
        ("region_crosswalk", 90_650),
        ("region_code_history", 618),
        ("region_boundaries", 1),
        ("nik_prefix", 7_915),
    ],
)
def test_all_region_data_is_there(store_url: str, table: str, rows: int) -> None:
    with psycopg.connect(store_url) as connection:
        assert connection.execute(f"select count(*) from {table}").fetchone() == (rows,)


def test_a_second_load_finds_nothing_new(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        assert load_reference(connection) == []


def test_the_rules_name_their_programmes(store_url: str) -> None:
    with psycopg.connect(store_url) as connection:
        unknown = connection.execute(
            "select r.code, p from overlap_rule r, unnest(r.programmes) p"
            " where p not in (select code from programme)"
        ).fetchall()
    assert unknown == []
