"""Checks of unified rows: every failure with its row, nothing private in an issue."""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from validation.check import check, judged
from validation.families import family_key

NIK = "3520011506809001"  # a man born on 15 June 1980


def rows(**columns: list[object]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    schema = {"person.nik": pl.String, "person.name": pl.String, "household.kk": pl.String}
    frame = pl.DataFrame(
        {name.replace("__", "."): values for name, values in columns.items()},
        schema_overrides={k: v for k, v in schema.items() if k.replace(".", "__") in columns},
    )
    return frame.with_columns(
        pl.lit(0, pl.Int16).alias("sheet"),
        pl.Series("row", range(2, height + 2), dtype=pl.UInt32),
    )


def found(frame: pl.DataFrame, subject: str = "person") -> list[tuple[int, str, str | None]]:
    headings = {name: (name, "A") for name in frame.columns}
    issues = check(frame, headings, subject).sort("row", "code")
    return issues.select("row", "code", "value").rows()


def test_sex_and_birth_date_are_compared_with_the_nik() -> None:
    frame = rows(
        person__nik=[NIK, NIK.replace("9001", "9002")], person__name=["BUDI", "SITI"],
        person__sex=["MALE", "FEMALE"], person__birth_date=[date(1980, 6, 15), date(1981, 6, 15)],
    )  # fmt: skip
    assert found(frame) == [
        (3, "NIK_BIRTH_DATE_MISMATCH", "352001********02"),
        (3, "NIK_SEX_MISMATCH", "352001********02"),
    ]


def test_a_nik_twice_in_a_person_file_is_told_on_both_rows() -> None:
    frame = rows(person__nik=[NIK, NIK], person__name=["BUDI", "BUDY"])
    assert [(row, code) for row, code, _ in found(frame)] == [
        (2, "NIK_DUPLICATE"), (3, "NIK_DUPLICATE"),
    ]  # fmt: skip


def test_a_recipient_may_be_listed_for_several_programmes_but_not_twice_for_one() -> None:
    frame = rows(
        person__nik=[NIK, NIK, NIK], person__name=["BUDI"] * 3,
        receipt__programme=["PKH", "SEMBAKO", "PKH"], receipt__period=["2024"] * 3,
    )  # fmt: skip
    assert [(row, code) for row, code, _ in found(frame, "receipt")] == [
        (2, "NIK_DUPLICATE"), (4, "NIK_DUPLICATE"),
    ]  # fmt: skip


def test_a_row_without_nik_and_name_points_to_nobody() -> None:
    frame = rows(person__nik=[None, NIK], person__name=[None, None])
    assert [(row, code) for row, code, _ in found(frame)] == [
        (2, "IDENTITY_MISSING"), (2, "NIK_MISSING"), (3, "NAME_MISSING"),
    ]  # fmt: skip


def test_two_heads_of_one_family_are_both_named_but_masked_cards_are_no_family() -> None:
    kk = "3520010206219001"
    frame = rows(
        person__name=["A", "B", "C", "D"], person__relation=["HEAD"] * 4,
        household__kk=[kk, kk, "3520********9001", "3520********9001"],
    )  # fmt: skip
    assert [row for row, code, _ in found(frame) if code == "HEADS_MANY"] == [2, 3]


def test_figures_out_of_range_are_shown_with_the_range() -> None:
    frame = rows(ranking__national__decile=[1, 11, None])
    issues = check(frame, {"ranking.national.decile": ("Desil", "G")}, "household")
    assert issues.select("row", "column", "letter", "code", "value", "expected").rows() == [
        (3, "Desil", "G", "VALUE_RANGE", "11", "1-10")
    ]


def test_no_issue_ever_repeats_a_name() -> None:
    frame = rows(person__nik=["12"], person__name=["BUDI SANTOSO"])
    assert "BUDI" not in str(check(frame, {}, "person").rows())


def test_a_family_is_keyed_by_a_usable_card_else_by_its_own_id_never_by_a_masked_card() -> None:
    cards = ["3520010206219001", "3520********9001", "3520********9001"]
    frame = judged(rows(household__kk=cards, household__key=["1", "2", None]))
    keys = frame.select(family_key(set(frame.columns))).to_series().to_list()
    assert keys == ["3520010206219001", "2", None]


def years_ago(years: int, days: int = 0) -> date:
    today = datetime.now(UTC).date()
    return date(today.year - years, today.month, min(today.day, 28)) - timedelta(days=days)


SHOWN = {"SPOUSES_MANY", "HEADS_MANY", "KK_INVALID"}  # their values are terms, or masked


def of_ages(**columns: list[object]) -> list[tuple[int, str]]:
    height = len(next(iter(columns.values())))
    names = {"person__name": ["BUDI"] * height, "household__kk": ["3520010206219001"] * height}
    told = found(rows(**{**names, **columns}))
    assert not [value for _, code, value in told if value and code not in SHOWN]  # no birth date
    return [(row, code) for row, code, _ in told]


def test_nobody_is_over_120_and_a_future_birth_is_told_once() -> None:
    born = [years_ago(119), years_ago(122), date(1880, 1, 1), years_ago(-1)]
    frame = rows(person__name=["BUDI"] * 4, person__birth_date=born, person__key=list("1234"))
    frame = frame.with_columns(pl.lit(NIK).alias("person.nik"))
    codes = [(row, code) for row, code, _ in found(frame, "receipt") if not code.startswith("NIK")]
    assert codes == [(3, "AGE_IMPLAUSIBLE"), (4, "DATE_RANGE"), (5, "DATE_RANGE")]


def test_a_head_and_a_spouse_are_not_small_children() -> None:
    assert of_ages(
        person__relation=["HEAD", "WIFE", "CHILD"],
        person__birth_date=[years_ago(9), years_ago(8), years_ago(7)],
        person__marital_status=["SINGLE", "MARRIED", None],
    ) == [(2, "HEAD_UNDER_TEN"), (3, "MARRIED_UNDER_TEN")]
    assert not of_ages(
        person__relation=["HEAD"], person__birth_date=[years_ago(10, 40)],
        person__marital_status=["MARRIED"],
    )  # fmt: skip


def test_a_child_older_than_the_head_is_told_on_the_child() -> None:
    relation = ["HEAD", "CHILD", "CHILD", "PARENT"]
    born = [date(1980, 1, 1), date(1979, 12, 31), None, date(1950, 1, 1)]
    told = [(3, "CHILD_OLDER_THAN_HEAD")]
    assert of_ages(person__relation=relation, person__birth_date=born) == told
    # Without a family number nobody is anybody's child, and two heads say nothing about whose.
    codes = of_ages(person__relation=relation, person__birth_date=born, household__kk=["35"] * 4)
    assert "CHILD_OLDER_THAN_HEAD" not in {code for _, code in codes}
    both = of_ages(person__relation=["HEAD", "CHILD", "HEAD", "PARENT"], person__birth_date=born)
    assert {code for _, code in both} == {"HEADS_MANY"}


def test_two_spouses_of_one_head_are_told_on_both() -> None:
    assert of_ages(person__relation=["HEAD", "WIFE", "SPOUSE"]) == [
        (3, "SPOUSES_MANY"), (4, "SPOUSES_MANY"),
    ]  # fmt: skip
    assert not of_ages(person__relation=["HEAD", "WIFE", "CHILD"])


def test_the_stated_size_is_compared_with_the_members_listed_once_a_family() -> None:
    frame = rows(
        person__name=["A", "B", "C", "D"], household__size=[3, 3, 1, None],
        household__key=["A1", "A1", "B1", "C1"],
    )  # fmt: skip
    issues = check(frame, {}, "person").filter(code="FAMILY_SIZE_DIFFERS")
    assert issues.select("row", "value", "found").rows() == [(2, "3", "2")]
    assert check(frame, {}, "household").filter(code="FAMILY_SIZE_DIFFERS").is_empty()
