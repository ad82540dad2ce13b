"""What `hub check` prints and writes: for people, for Excel, for programs."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli.main import COMMANDS, main
from hub.cli.report import INTEGRITY

NIK = "352001550680{}"
HEADER = "NIK;NAMA;PROGRAM;PERIODE;=cmd|' /C calc'!A0"


def hub(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def listed(folder: Path, *rows: str, header: str = HEADER) -> Path:
    file = folder / "daftar.csv"
    file.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return file


def wrong(folder: Path, many: int = 1) -> Path:
    return listed(folder, *[f"{NIK.format(9000 + i)};SITI;=1+1 {i};2024;x" for i in range(many)])


def test_the_list_of_issues_opens_in_excel_without_live_formulas(tmp_path: Path) -> None:
    out = tmp_path / "masalah.csv"
    assert hub("check", wrong(tmp_path), "--out", out).exit_code == 2
    content = out.read_bytes()
    assert content.startswith(b"\xef\xbb\xbflembar;baris;")
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert {len(row) for row in rows} == {8}
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@" and cell]
    assert NIK.format(9000) not in out.read_text(encoding="utf-8-sig")


def test_json_is_one_object_on_standard_output(tmp_path: Path) -> None:
    told = json.loads(hub("check", wrong(tmp_path), "--json").stdout)
    assert told["rows"] == {"read": 1, "accepted": 0, "warning": 0, "rejected": 1}
    out = tmp_path / "masalah.json"
    hub("check", wrong(tmp_path), "--out", out)
    assert json.loads(out.read_text(encoding="utf-8")) == told


def test_twenty_are_printed_and_all_on_demand(tmp_path: Path) -> None:
    file = wrong(tmp_path, 60)
    assert "... dan 40 lagi / and 40 more (--all)" in hub("check", file).output
    assert hub("check", file, "--all").output.count(": Program ") == 60


def test_warnings_fail_unless_only_errors_are_to(tmp_path: Path) -> None:
    file = listed(tmp_path, ";SITI;PKH;2024", f"{NIK.format(9001)};BUDI;PKH;2024",
                  header="NIK;NAMA;PROGRAM;PERIODE")  # fmt: skip
    assert hub("check", file).exit_code == 2
    assert hub("check", file, "--fail-on", "error").exit_code == 0
    assert hub("check", wrong(tmp_path), "--fail-on", "error").exit_code == 2


def test_options_of_one_column_are_not_told_for_another(tmp_path: Path) -> None:
    file = listed(
        tmp_path, f"{NIK.format(9001)};BUDI;PKH;2024;X;Y",
        header="NIK;NAMA;PROGRAM;PERIODE;JENIS KELAMIN;STATUS",
    )  # fmt: skip
    told = hub("check", file).output
    assert told.count("PERIKSA CODE_UNKNOWN (1x)") == 2
    assert told.count("pilihan resmi kolom ini: ") == 2


@pytest.mark.parametrize(
    "options",
    [
        ["--period", "bulan madu"],
        ["--edition", "terbaru"],
        ["--reference-date", "31/12/2024"],
        ["--region", "9999"],
        ["--programme", "ENTAH"],
        ["--out", "masalah.xlsx"],
        ["--out", "daftar.csv"],
        ["--out", "tidak/ada/masalah.csv"],
    ],
)
def test_a_wrong_option_is_a_sentence_in_both_languages(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = wrong(tmp_path)
    before = file.read_bytes()
    result = hub("check", file, *options)
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    assert len(result.stderr.splitlines()) >= 2
    assert file.read_bytes() == before


def test_a_template_cannot_be_written_anywhere(tmp_path: Path) -> None:
    result = hub("template", "recipients-generic", tmp_path / "tidak" / "ada.xlsx")
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)


@pytest.mark.parametrize(
    ("name", "target", "told"),
    [
        ("DTKS", "t.xlsx", "dtks-siksng-export: DTKS SIKS-NG, lembar hasil ekspor ulang"),
        ("siga-krs-workbook", "t.xlsx", "has no header row, so it has no template"),
        ("ENTAH", "t.xlsx", 'There is no source or layout "ENTAH"'),
        ("PK", "t.xls", "ends in .xlsx"),
    ],
)
def test_a_template_that_cannot_be_made_says_why(
    name: str, target: str, told: str, tmp_path: Path
) -> None:
    result = hub("template", name, tmp_path / target)
    assert result.exit_code == 2
    assert told in result.stderr.replace("\n", "")
    assert list(tmp_path.iterdir()) == []


def test_a_source_with_one_newest_layout_is_enough_for_a_template(tmp_path: Path) -> None:
    result = hub("template", "pk", tmp_path / "pk.xlsx")
    assert result.exit_code == 0
    assert "Templat siga-krs-table ditulis ke" in result.stdout
    assert hub("check", tmp_path / "pk.xlsx", "--layout", "siga-krs-table").exit_code == 2


def test_every_command_has_help_and_lists_are_whole() -> None:
    for command in COMMANDS:
        assert hub(command, "--help").exit_code == 0
    assert "regsosek-2022k-programmes" in hub("layouts").output
    assert hub("check-nothing").exit_code == 2


def test_the_integrity_of_the_nik_column_is_shown_without_a_value(tmp_path: Path) -> None:
    rows = [f"'{NIK.format(9000 + 10 * i)};BUDI;PKH;2024" for i in range(60)]
    file = listed(tmp_path, *rows, header="NIK;NAMA;PROGRAM;PERIODE")
    shown = hub("check", file, "--fail-on", "error")
    assert shown.exit_code == 0
    assert "NIK_COLUMN_ROUNDED" in shown.output
    assert "Keutuhan NIK dan KK" in shown.output
    assert NIK.format(9010) not in shown.output
    (column,) = json.loads(hub("check", file, "--json").stdout)["integrity"]
    assert (column["column"], column["letter"], column["rounded"]) == ("NIK", "A", True)
    assert column["measures"]["cleaned"] == {"count": 60, "of": 60, "share": 1.0}
    assert column["measures"]["ends_in_0"] == {"count": 60, "of": 60, "share": 1.0}


def test_every_measure_of_integrity_has_a_label(tmp_path: Path) -> None:
    header = "NIK;NAMA;PROGRAM;PERIODE;NO KK;TGL LAHIR;JENIS KELAMIN"
    file = listed(tmp_path, f"{NIK.format(9001)};BUDI;PKH;2024;;1/1/1980;P", header=header)
    told = json.loads(hub("check", file, "--json").stdout)["integrity"]
    assert {name for column in told for name in column["measures"]} == set(INTEGRITY)


def test_no_table_of_integrity_without_a_nik(tmp_path: Path) -> None:
    assert "Keutuhan" not in hub("check", tmp_path / "tidak-ada.csv").output
