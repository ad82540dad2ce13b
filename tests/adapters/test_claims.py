"""What rows claim: receipts with their periods, rankings with their deciles."""

import json
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from tables import Row, sheet

from adapters.claims import add_claims
from adapters.recognise import recognise
from adapters.tabular import Mapped, map_table
from mappings.load import layouts
from validation.issues import none

NIK = "3520015506809001"


def claimed(
    layout: str, cells: dict[str, str], *, programme: str | None = None,
    period: str | None = None, edition: str = "2022",
) -> Mapped:  # fmt: skip
    """A row of a layout with the cells given and all the other columns empty."""
    columns = layouts()[layout].columns
    headings: Row = [column.heading for column in columns]
    row: Row = [cells.get(column.heading) for column in columns]
    found = recognise(0, sheet(headings, row), [layouts()[layout]])
    assert found.table is not None
    mapped = map_table(found.table)
    frame = mapped.frame.with_columns(pl.lit(edition).alias("#edition"))
    return add_claims(replace(mapped, frame=frame, issues=none()), programme, period)


def receipts(of: Mapped) -> list[tuple[Any, ...]]:
    told = json.loads(of.frame["receipts"][0] or "[]")
    return [(r["programme"], r["start"], r["end"], r["basis"]) for r in told]


def codes(of: Mapped) -> list[tuple[str, str | None]]:
    return of.issues.select("code", "value").rows()


def test_a_flag_with_month_and_year_is_a_receipt_of_that_month() -> None:
    found = claimed(
        "regsosek-2022k-programmes",
        {"r501a": "1", "r501a_bulan": "3", "r501a_tahun": "2021", "r501b": "1",
         "r501b_tahun": "2020", "r501c": "1", "r501d": "2"},
    )  # fmt: skip
    assert receipts(found) == [
        ("SEMBAKO", "2021-03-01", "2021-03-31", "FLAG"),
        ("PKH", "2020-01-01", "2020-12-31", "FLAG"),
        ("BLT_DD", "2022-01-01", "2022-12-31", "FLAG"),
    ]


def test_flags_of_p3ke_speak_of_the_year_of_its_edition_unless_the_caller_says_otherwise() -> None:
    row = {"Penerima PKH": "Ya", "Penerima BPUM": "Tidak", "Kepala Keluarga": "A",
           "ID Keluarga": "1"}  # fmt: skip
    assert receipts(claimed("p3ke-2022-family", row, edition="2023")) == [
        ("PKH", "2022-01-01", "2022-12-31", "FLAG")
    ]
    assert receipts(claimed("p3ke-2022-family", row, period="TW II 2023")) == [
        ("PKH", "2023-04-01", "2023-06-30", "FLAG")
    ]


def test_the_text_of_a_period_stands_for_its_flag_and_is_told_when_it_cannot_be_read() -> None:
    found = claimed(
        "dtks-siksng-bnba",
        {"PKH": "YA", "periode_pkh": "Januari - Maret 2022", "BST": "YA", "periode_bst": "lalu"},
        edition="2021",
    )
    assert receipts(found) == [
        ("PKH", "2022-01-01", "2022-03-31", "FLAG"),
        ("BST", "2021-01-01", "2021-12-31", "FLAG"),
    ]
    assert codes(found) == [("PERIOD_UNREAD", "lalu")]


LISTS: list[tuple[dict[str, str], str, str]] = [
    ({"PERIODE": "TAHAP 2 2024"}, "2024-04-01", "2024-06-30"),
    ({"PERIODE": "Tahap 2", "TAHUN": "2024"}, "2024-04-01", "2024-06-30"),
    ({"PERIODE": "3", "TAHUN": "2024"}, "2024-03-01", "2024-03-31"),
    ({"BULAN": "Maret", "TAHUN": "2024"}, "2024-03-01", "2024-03-31"),
    ({"TAHUN": "2024"}, "2024-01-01", "2024-12-31"),
    ({"TANGGAL": "17/08/2024"}, "2024-08-17", "2024-08-17"),
    ({}, "2023-01-01", "2023-12-31"),
]


@pytest.mark.parametrize(("when", "start", "end"), LISTS)
def test_a_list_takes_the_period_that_is_nearest_to_the_row(
    when: dict[str, str], start: str, end: str
) -> None:
    row = {"NIK": NIK, "NAMA": "SITI", "PROGRAM": "PKH"} | when
    found = claimed("recipients-generic", row, period="2023")
    assert receipts(found) == [("PKH", start, end, "LIST")]
    assert codes(found) == []


REFUSED: list[tuple[dict[str, str], tuple[str, str | None]]] = [
    ({"PROGRAM": "Bantuan Entah", "PERIODE": "2024"}, ("PROGRAMME_UNKNOWN", "Bantuan Entah")),
    ({"PERIODE": "2024"}, ("PROGRAMME_MISSING", None)),
    ({"PROGRAM": "PKH", "PERIODE": "Tahap 5 2024"}, ("PERIOD_INVALID", "Tahap 5 2024")),
    ({"PROGRAM": "PKH"}, ("PERIOD_MISSING", None)),
    ({"PROGRAM": "PKH", "PERIODE": "lalu", "TAHUN": "2024"}, ("PERIOD_UNREAD", "lalu")),
]


@pytest.mark.parametrize(("row", "issue"), REFUSED)
def test_what_a_list_does_not_say_clearly_is_an_issue(
    row: dict[str, str], issue: tuple[str, str | None]
) -> None:
    assert codes(claimed("recipients-generic", {"NIK": NIK, "NAMA": "SITI"} | row)) == [issue]


def test_names_of_a_swapped_column_are_not_repeated_in_issues() -> None:
    columns = layouts()["recipients-generic"].columns[:9]
    headings: Row = [column.heading for column in columns]
    rows: list[Row] = [
        [f"NAMA ORANG {i}" if h == "PROGRAM" else "2024" if h == "PERIODE" else None
         for h in headings]
        for i in range(40)
    ]  # fmt: skip
    found = recognise(0, sheet(headings, *rows), [layouts()["recipients-generic"]])
    assert found.table is not None
    issues = add_claims(map_table(found.table), None, None).issues
    unknown = issues.filter(code="PROGRAMME_UNKNOWN")
    assert (unknown.height, unknown["value"].null_count()) == (40, 40)


@pytest.mark.parametrize(
    ("percentile", "decile"), [("0", "1"), ("1", "1"), ("10", "1"), ("11", "2"), ("40", "4")]
)
def test_bdt_2015_states_percentiles_and_means_deciles(percentile: str, decile: str) -> None:
    told = json.loads(claimed("bdt-ruta", {"percentile": percentile}).frame["rankings"][0])
    assert [(r["scope"], r["decile"], r["percentile"]) for r in told] == [
        ("NATIONAL", decile, percentile)
    ]


def test_a_row_without_flags_and_rankings_claims_nothing() -> None:
    frame = claimed("p3ke-2022-family", {"Kepala Keluarga": "A"}).frame
    assert frame.select("receipts", "rankings").row(0) == (None, None)
