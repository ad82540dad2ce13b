import json

import polars as pl

from adapters import jsontext

HARD = ['say "no"', "back\\slash", "tab\tand\nline", "\x01\x1f", ',"b":null', "é 漢", ""]


def test_a_lean_object_says_what_json_would_without_the_nulls() -> None:
    rows = pl.DataFrame(
        {
            "a": HARD,  # always stated
            "b": [None, *HARD[:-1]],
            "c": [None, None, *HARD[2:]],
            "never": pl.Series([None] * len(HARD), dtype=pl.String),
        }
    )
    said = [{k: v for k, v in row.items() if v is not None} for row in rows.to_dicts()]
    assert [json.loads(text) for text in jsontext.lean(rows)] == said


def test_a_row_that_says_nothing_has_no_object() -> None:
    rows = pl.DataFrame({"a": [None, "x"], "b": [None, None]}, schema_overrides={"b": pl.String})
    assert jsontext.lean(rows).to_list() == [None, '{"a":"x"}']
    assert jsontext.lean(rows.select("b")).to_list() == [None, None]
    assert jsontext.lean(rows.clear()).to_list() == []


def test_records_and_arrays_are_those_of_json() -> None:
    record = jsontext.record({"text": jsontext.quoted(pl.col("t")), "basis": pl.lit('"LIST"')})
    rows = pl.DataFrame({"t": [*HARD, None]})
    found = rows.select(jsontext.array([pl.when(pl.col("t") != "").then(record)])).to_series()
    told = [None if text is None else json.loads(text) for text in found]
    assert told == [[{"text": text, "basis": "LIST"}] for text in HARD[:-1]] + [None, None]
    untold = rows.select(record.alias("r")).to_series()[-1]
    assert untold == '{"text":null,"basis":"LIST"}'


def test_objects_are_merged_and_null_is_an_object_of_nothing() -> None:
    rows = pl.DataFrame(
        {"a": ['{"a":1}', None, '{"a":1}', None], "b": ['{"b":2}', '{"b":2}', None, None]}
    )
    merged = rows.select(jsontext.merged(pl.col("a"), pl.col("b"))).to_series()
    assert merged.to_list() == ['{"a":1,"b":2}', '{"b":2}', '{"a":1}', None]
