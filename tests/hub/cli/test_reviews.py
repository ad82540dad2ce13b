"""`hub reviews` and `hub judge`, as typed in a terminal."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from lists import nik, recipients


@pytest.fixture
def shared(hub: Any, tmp_path: Path) -> None:
    """Two lists that give one NIK to different people."""
    for name in ("SITI AMINAH", "BUDI HARTONO"):
        folder = tmp_path / name
        folder.mkdir()
        file = recipients(folder, f"{nik(7)};{name};PKH;2024-03")
        assert hub("import", file, "--region-system", "kemendagri").exit_code == 0


@pytest.mark.usefixtures("shared")
def test_two_rows_side_by_side_and_a_judgement(hub: Any) -> None:
    result = hub("reviews")
    assert result.exit_code == 0, result.output
    assert "satu NIK, orangnya mungkin berbeda" in result.output
    assert "nama / name: 0/100" in result.output
    assert nik(7) not in result.output
    assert nik(7) in hub("reviews", "--identified").output
    (review,) = json.loads(hub("reviews", "--json").stdout)
    assert {review["left"]["name"], review["right"]["name"]} == {"SITI AMINAH", "BUDI HARTONO"}
    assert "Dicatat" in hub("judge", review["id"], "different").output
    assert "Tidak ada yang menunggu" in hub("reviews").output
    assert "DIFFERENT" in hub("reviews", "--judged").output
    assert hub("judge", review["id"], "open").exit_code == 0
    assert len(json.loads(hub("reviews", "--json").stdout)) == 1


def test_an_unknown_review_is_refused_in_a_sentence(hub: Any) -> None:
    result = hub("judge", str(uuid4()), "same")
    assert (result.exit_code, result.output.splitlines()[0]) == (
        2,
        "Tidak ada dua baris yang menunggu penilaian dengan nomor ini.",
    )
