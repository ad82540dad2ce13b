"""Faults: each does what its name says, and leaves the people impossible."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from hub.demo.faults import FAULTS, MODERATE, NUMBER, Cells, of_dates, rates
from hub.demo.options import SampleOptions
from hub.demo.sample import generate

NIK = "3520014110649123"


def after(group: str, fault: str, value: str, workbook: bool = True, spare: float = 0.5) -> object:
    frame = pl.DataFrame({"old": [value], "g": [spare]})
    cells = Cells(pl.col("old"), pl.col("g"), workbook)
    return frame.select(FAULTS[group][fault](cells).alias("new"))["new"][0]


@pytest.mark.parametrize(
    ("fault", "value"),
    [
        ("NIK_SHORT", "352001411064912"),
        ("NIK_BLANK", None),
        ("NIK_MASKED", "3520********9123"),
        ("NIK_APOSTROPHE", "'3520014110649123"),
        ("NIK_NBSP", "3520014110649123\u00a0"),
        ("NIK_NUMERIC", NUMBER + "3520014110649120"),
    ],
)
def test_nik_faults(fault: str, value: str | None) -> None:
    assert after("NIK", fault, NIK) == value


def test_a_number_in_a_csv_shows_its_decimal_point() -> None:
    assert after("NIK", "NIK_NUMERIC", NIK, workbook=False) == "3520014110649120.0"


@pytest.mark.parametrize("spare", [0.0, 0.3, 0.99])
def test_a_mistyped_nik_keeps_the_serial_of_nobody(spare: float) -> None:
    mistyped = str(after("NIK", "NIK_TYPO", NIK, spare=spare))
    assert mistyped != NIK
    assert mistyped[:15] == NIK[:15]


def test_a_typo_in_a_name_swaps_two_letters() -> None:
    assert after("NAME", "NAME_TYPO", "SUMIATI", spare=0.0) == "SMUIATI"


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("MUHAMMAD YUSUF", "MUH. YUSUF"),
        ("ABDUL HAKIM", "ABD. HAKIM"),
        ("SITI AMINAH", "ST. AMINAH"),
        ("SUPARTI", "SOEPARTI"),
        ("WAHYUNI", "WAHJUNI"),
    ],
)
def test_spelling_variants(name: str, variant: str) -> None:
    assert after("NAME", "NAME_SPELLING", name) == variant


def test_periods_in_words() -> None:
    assert after("PERIOD", "PERIOD_FORM", "2024") == "Januari - Desember 2024"
    assert after("PERIOD", "PERIOD_FORM", "2024-09") == "September 2024"


def test_dates_in_other_forms() -> None:
    frame = pl.DataFrame({"_born": ["1980-10-27"]}).select(pl.col("_born").str.to_date())
    cells = Cells(pl.lit(""), pl.lit(0.0), workbook=True)
    made = {n: frame.select(f(cells).alias("d"))["d"][0] for n, f in of_dates("slash").items()}
    assert made == {
        "DATE_FORM": "1980-10-27",
        "DATE_WORDS": "27 Oktober 1980",
        "DATE_SERIAL": "29521",
        "DATE_WRONG": "27/11/1980",
        "DATE_IMPOSSIBLE": "31/02/1980",
    }


def test_every_fault_has_a_rate() -> None:
    named = {fault for group in FAULTS.values() for fault in group} | set(of_dates("iso"))
    assert named | {"ROW_DUPLICATE"} == set(MODERATE)


def test_levels_of_noise() -> None:
    assert set(rates("none").values()) == {0.0}
    assert rates("moderate")["NIK_TYPO"] == 0.003
    assert rates("hard")["NIK_TYPO"] == pytest.approx(0.009)


def test_no_noise_no_faults(tmp_path: Path) -> None:
    names = ("p3ke-2022-person", "dukcapil-siak")
    manifest = generate(SampleOptions(out=tmp_path, households=20, noise="none", layouts=names))
    assert manifest.faults == {}


def test_rates_are_kept(tmp_path: Path) -> None:
    names = ("dukcapil-ws",)
    options = SampleOptions(out=tmp_path, households=4_000, layouts=names, regencies=("3520",))
    file = generate(options).files[0]
    for fault in ("NIK_NBSP", "NAME_CASE", "DATE_FORM"):
        assert file.faults[fault] / file.rows == pytest.approx(MODERATE[fault], rel=0.25)


def test_numeric_niks_are_number_cells(tmp_path: Path) -> None:
    names = ("dtsen-siksng-members",)
    options = SampleOptions(out=tmp_path, households=400, noise="hard", layouts=names)
    file = generate(options).files[0]
    rows = openpyxl.load_workbook(tmp_path / file.path).worksheets[0].values
    header = next(rows)
    place = header.index("nik")
    numbers = [row[place] for row in rows if isinstance(row[place], int | float)]
    assert len(numbers) == file.faults["NIK_NUMERIC"] > 0
    assert all(int(number) % 10 == 0 for number in numbers)


def test_no_nik_in_a_dirty_file_has_a_serial_of_a_real_person(tmp_path: Path) -> None:
    names = ("dtsen-person-v1-2026",)
    options = SampleOptions(out=tmp_path, households=1_000, noise="hard", layouts=names)
    for file in generate(options).files:
        niks = pl.read_csv(tmp_path / file.path, infer_schema=False)["nomor_induk_kependudukan"]
        digits = niks.drop_nulls().str.replace(r"\.0$", "").str.strip_chars("'\u00a0 ")
        whole = digits.filter(digits.str.contains(r"^\d{16}$"))
        placeholders = ("0000000000000000", "9999999999999999", "1234567890123456")
        real = whole.filter(~whole.is_in(placeholders))
        assert (real.str.slice(12, 1) == "9").all()
