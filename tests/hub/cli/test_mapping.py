"""`--map` and what is remembered of it, as typed in a terminal, on a real store."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import Result
from lists import nik

from mappings.load import layouts

DTKS = [c.heading for c in layouts()["dtks-siksng-export"].columns]
RENAMED = {
    "NIK": "No. Induk Kependudukan",
    "NO KK": "Kartu Kel.",
    "Nama": "Nama Penerima",
    "Kecamatan": "Kec",
    "Desa/Kelurahan": "Ds/Kel",
}
EXTRA = "Paraf Petugas"
MAPS = [f"{heading}={column}" for column, heading in RENAMED.items()] + [f"{EXTRA}=-"]
MAP = [word for text in MAPS for word in ("--map", text)]


def export(folder: Path, name: str, start: int) -> Path:
    """An export of DTKS with five headings renamed and a column too many."""
    lines = [[*(RENAMED.get(heading, heading) for heading in DTKS), EXTRA]]
    for serial in range(start, start + 30):
        person = {
            "NIK": nik(serial, "550680" if serial % 2 else "150680"),
            "NO KK": f"352001150680{9100 + serial // 4}",
            "Nama": "SITI AMINAH",
            "Provinsi": "JAWA TIMUR",
            "Kabupaten/Kota": "KAB. MAGETAN",
            "Kecamatan": "PONCOL",
            "Desa/Kelurahan": "GENILANGIT",
            "PKH": "YA",
        }
        lines.append([*(person.get(heading, "") for heading in DTKS), "ok"])
    file = folder / name
    file.write_text("\r\n".join([*map(";".join, lines), ""]), encoding="utf-8")
    return file


def issues(result: Result, code: str) -> list[dict[str, Any]]:
    return [i for i in json.loads(result.stdout)["issues"] if i["code"] == code]


def counts(result: Result) -> tuple[int, int]:
    rows = json.loads(result.stdout)["rows"]
    return rows["read"], rows["accepted"]


def test_an_unknown_header_is_mapped_once_and_remembered(
    hub: Any, store_url: str, tmp_path: Path
) -> None:
    first = export(tmp_path, "satu.csv", 1)
    refused = hub("import", first, "--json")
    assert refused.exit_code == 2
    proposals = issues(refused, "COLUMN_PROPOSED")
    assert {(p["column"], p["letter"]) for p in proposals} >= {(RENAMED["NIK"], "B")}
    said = {p["message"]["id"].split('--map "')[1].rstrip('".') for p in proposals}
    assert said == set(MAPS) - {f"{EXTRA}=-"}
    assert nik(1, "550680") not in refused.stdout

    mapped = hub("import", first, *MAP, "--json")
    assert (mapped.exit_code, counts(mapped)) == (0, (30, 30)), mapped.output
    second = hub("import", export(tmp_path, "dua.csv", 50), "--json")
    assert (second.exit_code, counts(second)) == (0, (30, 30)), second.output
    (told,) = issues(second, "MAPPING_REMEMBERED")
    assert issues(mapped, "MAPPING_REMEMBERED") == []

    (kept,) = json.loads(hub("mappings", "--json").stdout)
    assert kept["layout"] == "dtks-siksng-export"
    assert kept["columns"][EXTRA.upper()] is None
    assert kept["fingerprint"][:10] in told["message"]["id"]
    assert kept["confirmedAt"][:10] in told["message"]["id"]
    with psycopg.connect(store_url) as connection:
        row = connection.execute("select count(*), max(extra::text) from source_person").fetchone()
    assert row is not None
    assert (row[0], EXTRA in str(row[1])) == (60, False)


def test_a_forgotten_mapping_is_asked_for_again(hub: Any, tmp_path: Path) -> None:
    assert hub("import", export(tmp_path, "satu.csv", 1), *MAP).exit_code == 0
    (kept,) = json.loads(hub("mappings", "--json").stdout)
    assert "dtks-siksng-export" in hub("mappings").output
    assert hub("mappings", "forget", "zz").exit_code == 2
    assert hub("mappings", "forget", kept["fingerprint"][:10]).exit_code == 0
    assert json.loads(hub("mappings", "--json").stdout) == []
    assert hub("import", export(tmp_path, "dua.csv", 50)).exit_code == 2


def test_a_refused_import_is_not_remembered(hub: Any, tmp_path: Path) -> None:
    file = export(tmp_path, "satu.csv", 1)
    assert hub("import", file, *MAP, "--map", "TIDAK ADA=NIK").exit_code == 2
    assert json.loads(hub("mappings", "--json").stdout) == []


def test_a_mapping_can_stand_in_a_file(hub: Any, tmp_path: Path) -> None:
    lines = [f'"{heading}": {column}' for column, heading in RENAMED.items()]
    file = tmp_path / "peta.yml"
    file.write_text("\n".join([*lines, f"{EXTRA}: '-'", ""]), encoding="utf-8")
    result = hub("check", export(tmp_path, "satu.csv", 1), "--map", file, "--json")
    assert (json.loads(result.stdout)["refused"], counts(result)) == (False, (30, 30))


@pytest.mark.parametrize("text", ["NIK", "NIK=", "=NIK", "hilang.yml", "rusak.yml"])
def test_a_map_that_cannot_be_read_is_refused_in_a_sentence(
    hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rusak.yml").write_text("- satu\n- dua\n", encoding="utf-8")
    result = hub("check", export(tmp_path, "satu.csv", 1), "--map", text)
    assert (result.exit_code, "--map" in result.stderr) == (2, True)
    assert "Traceback" not in result.output


def test_one_heading_cannot_mean_two_things(hub: Any, tmp_path: Path) -> None:
    file = export(tmp_path, "satu.csv", 1)
    result = hub("check", file, "--map", "Kec=Kecamatan", "--map", "KEC=Alamat")
    assert (result.exit_code, "dua kali" in result.stderr) == (2, True)
