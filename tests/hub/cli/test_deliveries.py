"""`hub deliveries`, `hub undo` and `hub import --dry-run`, as typed in a terminal."""

import json
from pathlib import Path
from typing import Any

import psycopg
from lists import nik, recipients

from hub.cli.common import actor

OPTIONS = ["--region-system", "kemendagri"]


def listed(hub: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(hub("deliveries", "--json").stdout)
    return found


def test_a_dry_run_says_what_would_change_and_changes_nothing(hub: Any, tmp_path: Path) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03", f"{nik(2)};BUDI;PKH;2024-03")
    told = json.loads(hub("import", "--dry-run", file, *OPTIONS, "--json").stdout)
    effects = {name: count for name, count in told["effects"].items() if count}
    assert effects == {"persons_new": 2, "receipts_new": 2}
    shown = hub("import", "--dry-run", file, *OPTIONS)
    assert (shown.exit_code, "Tidak ada yang disimpan" in shown.output) == (0, True)
    assert "orang / persons" in shown.output
    assert listed(hub) == []
    assert hub("import", "--dry-run", tmp_path / "tidak-ada.csv").exit_code == 2


def test_a_delivery_is_listed_undone_by_a_prefix_and_imported_again(
    hub: Any, store_url: str, tmp_path: Path
) -> None:
    file = recipients(tmp_path, f"{nik(1)};SITI;PKH;2024-03")
    hub("import", file, *OPTIONS)
    (row,) = listed(hub)
    said = [row[name] for name in ("source", "file", "state", "rows", "published_by")]
    assert said == ["RECIPIENTS", "daftar.csv", "PUBLISHED", 1, actor()]
    assert "daftar.csv" in hub("deliveries").output
    kept = hub("undo", row["id"], answer="n\n")
    assert (kept.exit_code, listed(hub)) == (0, [row])
    assert "penerimaan / receipts" in kept.output
    undone = hub("undo", row["id"][:20], "--yes")
    assert (undone.exit_code, "kembali seperti semula" in undone.output) == (0, True)
    (after,) = listed(hub)
    assert (after["state"], after["published_at"], after["published_by"]) == ("UNDONE", None, None)
    with psycopg.connect(store_url) as connection:
        record = connection.execute("select undone_by, undone_at > published_at from publication")
        assert record.fetchall() == [(actor(), True)]
    assert hub("import", file, *OPTIONS).exit_code == 0
    assert [d["state"] for d in listed(hub)] == ["PUBLISHED"]


def test_what_cannot_be_undone_is_refused_in_two_languages(hub: Any, tmp_path: Path) -> None:
    for number in (1, 2):
        row = f"{nik(number)};SITI;PKH;2024-03"
        hub("import", recipients(tmp_path, row, name=f"{number}.csv"), *OPTIONS)
    first, second = (row["id"] for row in listed(hub))
    for asked, sentences in (
        ("ffff", ("Tidak ada kiriman", "There is no delivery")),
        (first[0], ("Lebih dari satu", "More than one")),
        (first, ("batalkan dahulu: 2.csv", f"undo first: 2.csv ({second})")),
    ):
        result = hub("undo", asked, "--yes")
        assert result.exit_code == 2
        assert all(sentence in result.output.replace("\n", " ") for sentence in sentences)
    assert {row["state"] for row in listed(hub)} == {"PUBLISHED"}
