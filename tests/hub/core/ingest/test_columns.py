"""What changed in the columns of a source since its last file."""

import csv
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tables import Row, sheet

from adapters import delivery
from adapters.base import RawFile, RawSheet
from adapters.checked import Checked
from adapters.delivery import Options, check_file
from adapters.readers import column_letter
from hub.core.ingest.columns import ColumnChange, column_changes, headings_of
from hub.core.ingest.history import Kind
from mappings.load import layouts

SAMPLE = Path(__file__).parents[3] / "data" / "samples" / "wp-satset_contoh_p3ke.masked.csv"
VILLAGE = "3520011005"  # of the sample
HEADINGS: Row = ["NO", "NIK", "NAMA", "PROGRAM", "PERIODE", "JUMLAH"]
PERSON: Row = ["1", "3520015506809001", "SITI", "PKH", "2024", "300000"]
Changed = tuple[str, str, str, str | None, str | None]


@pytest.fixture
def connection(store_url: str) -> Any:
    with psycopg.connect(store_url, autocommit=True) as opened:
        yield opened


def checked(*sheets: RawSheet, sha256: str = "00", **options: Any) -> Checked:
    raw = RawFile("xlsx", sha256, 1, None, None, sheets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "read", lambda _: raw)
        return check_file(Path("daftar.xlsx"), Options(region="3520", **options))


def keep(
    connection: psycopg.Connection[Any],
    found: Checked,
    *,
    region: str | None = "3520",
    state: str = "PUBLISHED",
    at: str = "2026-01-01",
) -> None:
    """A delivery with its report, as if `found` had been staged."""
    body = json.dumps(headings_of(found))
    (identity,) = connection.execute(
        "insert into delivery (source, layout, edition, region_code, file_name, sha256, size,"
        " state, received_at) values (%s, %s, '', %s, 'f', %s, 1, %s, %s) returning id",
        (found.source, found.layout, region, uuid4().hex, state, at),
    ).fetchall()[0]
    connection.execute(
        "insert into delivery_report (delivery_id, kind, body) values (%s, %s, %s)",
        (identity, Kind.COLUMNS, body),
    )


def listed(*headings: str) -> Checked:
    """A recipient list with these headings besides the four that it needs."""
    kept: Row = [*HEADINGS[:5], *headings]
    return checked(sheet(kept, [*PERSON[:5], *["1" for _ in headings]]))


def changes(
    connection: psycopg.Connection[Any], found: Checked, region: str | None = "3520"
) -> list[Changed]:
    return [
        (c.kind, c.heading, c.letter, c.target, c.before)
        for c in column_changes(connection, found, region)
    ]


def sample(folder: Path, **renamed: str | None) -> Checked:
    """The sample export with headings renamed, or their columns left out where None."""
    rows = list(csv.DictReader(SAMPLE.read_text(encoding="utf-8-sig").splitlines()))
    names = [name for name in rows[0] if renamed.get(name, name)]
    file = folder / f"{uuid4().hex}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([renamed.get(name, name) for name in names])
        writer.writerows([row[name] for name in names] for row in rows)
    return check_file(file, Options())


def test_every_heading_of_a_real_export_is_kept_also_ignored_and_unknown_ones(
    tmp_path: Path,
) -> None:
    kept = headings_of(sample(tmp_path, pekerjaan="pekerjaan_lama"))
    (table,) = kept["tables"]
    assert (table["sheet"], table["layout"], len(table["columns"])) == (0, "p3ke-2022-family", 31)
    by_letter = {column.pop("letter"): column for column in table["columns"]}
    assert by_letter["A"] == {"heading": "no", "known": "No", "target": None}
    assert by_letter["K"] == {"heading": "nik", "known": "NIK", "target": "person.nik"}
    assert by_letter["O"] == {"heading": "pekerjaan_lama", "known": None, "target": None}


def test_columns_of_a_real_export_that_were_renamed_left_out_and_added(
    connection: Any, tmp_path: Path
) -> None:
    keep(connection, sample(tmp_path, rumah=None), region=VILLAGE[:6])
    altered = sample(tmp_path, nik="NIK Kepala Keluarga", no="nomor_baris", punya_tabungan=None)
    assert changes(connection, altered, None) == [
        ("NEW", "nomor_baris", "A", None, None),
        ("RENAMED", "NIK Kepala Keluarga", "K", "person.nik", "nik"),
        ("NEW", "rumah", "Q", "household.tenure", None),
        ("MISSING", "no", "A", None, None),
        ("MISSING", "punya_tabungan", "Q", "asset.SAVINGS", None),
    ]


def test_the_same_columns_in_another_order_and_spelling_are_no_change(connection: Any) -> None:
    keep(connection, listed("JUMLAH", "BANK"))
    assert changes(connection, listed(" bank", "Jumlah")) == []


def test_a_column_that_fills_the_same_target_is_renamed_each_only_once(connection: Any) -> None:
    keep(connection, listed("NOMINAL"))
    assert changes(connection, listed("JUMLAH", "RT")) == [
        ("RENAMED", "JUMLAH", "F", "receipt.amount", "NOMINAL"),
        ("NEW", "RT", "G", "address.rt", None),
    ]


def test_of_equal_headings_one_may_go(connection: Any) -> None:
    names = [column.heading for column in layouts()["dukcapil-siak"].columns]
    keep(connection, checked(sheet([*names])))
    last = len(names) - 1 - names[::-1].index("NO_PROP")
    found = checked(sheet([*names[:last], *names[last + 1 :]]))
    assert changes(connection, found) == [("MISSING", "NO_PROP", column_letter(last), None, None)]


def test_a_file_refused_for_a_column_is_compared_too(connection: Any, tmp_path: Path) -> None:
    keep(connection, sample(tmp_path))
    refused = sample(tmp_path, kepala_keluarga="siapa")
    assert (refused.refused, refused.layout) == (True, "")
    assert changes(connection, refused) == [
        ("NEW", "siapa", "J", None, None),
        ("MISSING", "kepala_keluarga", "J", "person.name", None),
    ]


def test_what_a_steward_said_of_a_heading_makes_it_a_renamed_one(connection: Any) -> None:
    keep(connection, listed("JUMLAH"))
    own: Row = [*HEADINGS[:5], "UANG"]
    mapped = checked(sheet(own, PERSON), mapping={"UANG": "JUMLAH"})
    assert changes(connection, mapped) == [
        ("RENAMED", "UANG", "F", "receipt.amount", "JUMLAH"),
    ]
    assert changes(connection, listed("UANG")) == [
        ("NEW", "UANG", "F", None, None),
        ("MISSING", "JUMLAH", "F", "receipt.amount", None),
    ]


def test_sheets_are_compared_each_with_its_own(connection: Any) -> None:
    def two(last: str) -> Checked:
        changed: Row = [*HEADINGS[:5], last]
        return checked(sheet(HEADINGS, PERSON), sheet(changed, PERSON, name="Dua"))

    keep(connection, two("NOMINAL"))
    assert column_changes(connection, two("BANK"), "3520") == [
        ColumnChange("NEW", 1, "BANK", "F", None),
        ColumnChange("MISSING", 1, "NOMINAL", "F", "receipt.amount"),
    ]


def test_the_last_file_of_the_same_region_is_compared(connection: Any) -> None:
    for heading, region, state, at in (
        ("LAMA", "3520", "PUBLISHED", "2026-01-01"),
        ("SAMA", "3520", "STAGED", "2026-01-02"),
        ("LUAS", "35", "PUBLISHED", "2026-01-03"),
        ("LAIN", "5206", "PUBLISHED", "2026-01-04"),
        ("BATAL", "3520", "UNDONE", "2026-01-05"),
    ):
        keep(connection, listed(heading), region=region, state=state, at=at)

    def before(region: str | None) -> list[str]:
        found = column_changes(connection, listed(), region)
        return [change.heading for change in found]

    assert before("3520") == ["SAMA"]
    assert before("3521") == ["LUAS"]
    assert before("5206") == ["LAIN"]
    assert before("352001") == ["LUAS"]
    assert before("12") == []


def test_the_same_file_and_another_layout_are_no_last_file(connection: Any) -> None:
    keep(connection, listed("LAMA"))
    connection.execute("update delivery set sha256 = '00'")
    assert changes(connection, listed()) == []
    connection.execute("update delivery set sha256 = '01', layout = 'recipients-pip'")
    assert changes(connection, listed()) == []
    connection.execute("update delivery set layout = 'recipients-generic'")
    assert len(changes(connection, listed())) == 1
    assert column_changes(connection, checked(sheet(["Kode Barang"], ["1"]))) == []


def test_a_number_in_place_of_a_heading_is_kept_masked() -> None:
    (table,) = headings_of(listed("3520015506809001"))["tables"]
    assert table["columns"][-1]["heading"] == "352001********01"
