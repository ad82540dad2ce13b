"""Pandera's known traps: what it does, pinned, and that validation/check.py is safe from it.

A new release of pandera that mends a trap fails here, which is the moment to simplify check.py.
"""

from typing import Any

import pandera.polars as pa
import polars as pl
import pytest
from pandera.errors import SchemaErrors

from validation.check import check

FIFTY = pa.DataFrameSchema({"size": pa.Column(pl.Int64, pa.Check.le(50), nullable=True)})


def cases(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> pl.DataFrame:
    with pytest.raises(SchemaErrors) as caught:
        schema.validate(frame, lazy=True)
    found: pl.DataFrame = caught.value.failure_cases
    return found


def placed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(0, pl.Int16).alias("sheet"),
        pl.int_range(2, pl.len() + 2, dtype=pl.UInt32).alias("row"),
    )


def checked(frame: pl.DataFrame) -> list[dict[str, Any]]:
    headings = {name: (name, "A") for name in frame.columns}
    return check(placed(frame), headings, "household").sort("row", "code").to_dicts()


def told(frame: pl.DataFrame) -> list[tuple[int, str]]:
    return [(found["row"], found["code"]) for found in checked(frame)]


@pytest.mark.filterwarnings("ignore::polars.exceptions.PerformanceWarning")
def test_a_lazy_frame_passes_unseen_so_check_looks_at_a_data_frame() -> None:
    bad = pl.DataFrame({"size": [51, 4]})
    FIFTY.validate(bad.lazy(), lazy=True).collect()  # no complaint: its data were not looked at
    assert cases(FIFTY, bad)["index"].to_list() == [0]
    frame = pl.DataFrame({"household.size": [51, 4], "household.key": ["A1", "B1"]})
    assert told(frame) == [(2, "VALUE_RANGE")]
    with pytest.raises(AttributeError):  # never a silent pass
        check(placed(frame).lazy(), {}, "household")  # type: ignore[arg-type]


def test_a_check_of_the_frame_repeats_the_whole_row_so_check_tests_columns_only() -> None:
    private = {"name": ["SITI AMINAH"], "nik": ["3520015506809001"], "size": [51]}
    whole = pa.DataFrameSchema(checks=pa.Check(lambda data: data.lazyframe.select(size=False)))
    assert "SITI AMINAH" in str(cases(whole, pl.DataFrame(private))["failure_case"].to_list())
    frame = pl.DataFrame(
        {"person.name": ["SITI AMINAH"], "person.nik": ["3520015506809001"],
         "household.size": [51], "household.key": ["KUNCI1"], "address.street": ["JALAN MAWAR"],
         "person.sex": ["MALE"]}
    )  # fmt: skip
    found = checked(frame)
    assert {issue["code"] for issue in found} == {"VALUE_RANGE", "NIK_SEX_MISMATCH"}
    for private_text in ("SITI AMINAH", "3520015506809001", "KUNCI1", "JALAN MAWAR"):
        assert private_text not in str(found)


def test_a_failure_of_the_type_names_no_row_so_check_states_no_types() -> None:
    found = cases(FIFTY, pl.DataFrame({"size": ["4", "many"]}))
    types = found.filter(pl.col("check").str.contains("dtype"))
    assert types["index"].to_list() == [None]
    missing = cases(FIFTY, pl.DataFrame({"other": [1]}))
    assert missing["index"].to_list() == [None]
    # A column that is absent, or of another numeric type, costs no row its number.
    frame = pl.DataFrame({"household.size": [51.0, 4.0], "household.key": ["A1", "B1"]})
    assert told(frame) == [(2, "VALUE_RANGE")]
    assert told(frame.drop("household.size")) == []


def test_coercion_blames_the_frame_so_check_casts_nothing() -> None:
    coerced = pa.DataFrameSchema({"size": pa.Column(pl.Int64, pa.Check.le(50), coerce=True)})
    frame = pl.DataFrame({"size": ["4", "many", "60"]})
    found = cases(coerced, frame)
    assert found["column"].to_list() == [None, "size", "size"]  # row 2 is not found at all
    assert found["index"].to_list() == [1, None, None]
    # Cells reach check.py typed; those that could not be read are null and told by the adapter.
    sizes = pl.Series("household.size", ["4", "many", "60"]).cast(pl.Int64, strict=False)
    typed = pl.DataFrame([sizes, pl.Series("household.key", ["A1", "B1", "C1"])])
    assert told(typed) == [(4, "VALUE_RANGE")]


def test_a_null_across_columns_fails_the_row_so_check_takes_it_as_no_verdict() -> None:
    def agrees(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(pl.col("a") == pl.col("b"))

    strict = pa.DataFrameSchema(
        {"a": pa.Column(nullable=True, checks=pa.Check(agrees, ignore_na=False))}
    )
    frame = pl.DataFrame({"a": [1, 1], "b": [1, None]})
    assert cases(strict, frame)["index"].to_list() == [1]  # a comparison with nothing fails
    persons = pl.DataFrame(
        {"person.nik": ["3520015506809001"] * 2, "person.name": ["SITI", None],
         "person.sex": [None, "FEMALE"], "household.key": ["A1", None]}
    )  # fmt: skip
    assert told(persons) == [
        (2, "NIK_DUPLICATE"), (3, "HOUSEHOLD_KEY_MISSING"), (3, "NIK_DUPLICATE"),
    ]  # fmt: skip


def test_the_list_of_failures_is_never_cut_short() -> None:
    frame = pl.DataFrame({"household.size": [51] * 3_000, "household.key": ["A1"] * 3_000})
    assert [row for row, _ in told(frame)] == list(range(2, 3_002))
