"""The integrity of whole NIK and KK columns: counts, shares, and no value anywhere."""

from datetime import date

import polars as pl
import pytest

from validation import integrity
from validation.check import judged
from validation.issues import render

NIK = "352001150680{:04d}"  # men born on 15 June 1980
CELLS = {
    "person.nik": [
        NIK.format(9001), NIK.format(9001), NIK.format(9010), NIK.format(9020), "352001150680900",
        "35200115068", "3.52E+15", "3520********9001", "35200115XXXX9001", "9999999999999999",
        None, "9101015506809003", "9999015506809004", "1234567890123456", NIK.format(0),
    ],
}  # fmt: skip
MALE, FEMALE = "MALE", "FEMALE"


def measured(frame: pl.DataFrame) -> dict[str, dict[str, tuple[int, int]]]:
    headings = {name: (name.upper(), "B") for name in frame.columns}
    rows = frame.with_row_index("row", 2)
    return {
        column.field: {m.name: (m.count, m.of) for m in column.measures}
        for column in integrity.report(judged(rows), headings, 0)
    }


def test_each_measure_counts_its_cells_among_those_that_could_be_so() -> None:
    height = len(CELLS["person.nik"])
    frame = pl.DataFrame(CELLS).with_columns(
        pl.Series("person.nik#lost", [False] * 3 + [True] + [False] * (height - 4)),
        pl.Series("person.nik#given", ["'x", "x\u00a0", "`x", *["x"] * (height - 3)]),
        pl.Series("person.sex", [MALE, FEMALE, None, *[MALE] * (height - 3)]),
        pl.Series("person.birth_date", [date(1980, 6, 15), None, date(1981, 6, 15),
                                        *[date(1980, 6, 15)] * (height - 3)]),
    )  # fmt: skip
    assert measured(frame) == {
        "person.nik": {
            "blank": (1, height),
            "numeric_cell": (1, height),
            "scientific": (1, height),
            "digits_15": (1, height),
            "other_length": (1, height),
            "masked": (2, height),
            "placeholder": (2, height),
            "ends_in_0": (2, 6),  # the numeric cell and the fillers are not judged
            "ends_in_0000": (1, 6),
            "prefix_current": (3, 5),
            "prefix_retired": (1, 5),
            "prefix_unlisted": (1, 5),
            "repeated_rows": (2, 5),
            "cleaned": (3, height),
            "birth_date_differs": (1, 4),
            "sex_differs": (3, 4),
            "repeated_values": (1, 5),
        }
    }


def test_a_kk_column_has_its_own_measures() -> None:
    told = measured(pl.DataFrame({"household.kk": ["3520011506809001"] * 2 + [None]}))
    assert told["household.kk"]["repeated_values"] == (1, 2)
    assert told["household.kk"]["blank"] == (1, 3)
    assert "sex_differs" not in told["household.kk"]


@pytest.mark.parametrize(
    ("rounded", "sound", "told"),
    [(11, 39, True), (10, 40, False), (49, 0, False), (0, 50, False)],
)
def test_more_than_a_fifth_of_fifty_texts_ending_in_0_is_told(
    rounded: int, sound: int, *, told: bool
) -> None:
    numbers = [NIK.format(1000 + 10 * i) for i in range(rounded)]
    numbers += [NIK.format(1001 + 10 * i) for i in range(sound)]
    rows = judged(pl.DataFrame({"person.nik": numbers}).with_row_index("row", 2))
    found = integrity.issues(integrity.report(rows, {"person.nik": ("NIK", "B")}, 0))
    assert found["code"].to_list() == ["NIK_COLUMN_ROUNDED"] * told
    for detail in found.iter_rows(named=True):
        message, remedy = render(detail["code"], detail, "id")
        assert "11 dari 50 NIK pada kolom NIK (B) berakhiran 0 (22%" in message
        assert "{" not in message + remedy


def test_a_column_of_numeric_cells_is_no_matter_of_statistics() -> None:
    numbers = [NIK.format(1000 + 10 * i) for i in range(60)]
    frame = pl.DataFrame({"household.kk": numbers, "household.kk#lost": [True] * 60})
    rows = judged(frame.with_row_index("row", 2))
    headings = {"household.kk": ("KK", "C")}
    assert integrity.issues(integrity.report(rows, headings, 0)).is_empty()
    lost = judged(rows.drop("#kk").with_columns(pl.lit(value=False).alias("household.kk#lost")))
    found = integrity.issues(integrity.report(lost, headings, 3))
    assert found.select("sheet", "code").rows() == [(3, "KK_COLUMN_ROUNDED")]


def test_no_value_is_in_the_report() -> None:
    rows = judged(pl.DataFrame(CELLS).with_row_index("row", 2))
    told = [c.as_json() for c in integrity.report(rows, {"person.nik": ("NIK", "B")}, 0)]
    assert told[0]["column"] == "NIK"
    assert not [cell for cell in CELLS["person.nik"] if cell and cell in str(told)]
