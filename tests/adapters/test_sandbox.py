"""The parsing child's folder: gone with its parent, even a killed one."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from adapters.readers import read


def dead_process() -> int:
    """The id of a process that ran and ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_folders_of_killed_parents_are_swept_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, file = tmp_path / "tmp", tmp_path / "daftar.csv"
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    left = temporary / f"hub-read-{dead_process()}-abc"
    others = [temporary / f"hub-read-{os.getpid()}-abc", temporary / "hub-read-abc",
              temporary / "hub-read-99999999999999999999-a", temporary / "foto"]  # fmt: skip
    for folder in [left, *others]:
        folder.mkdir(parents=True)
        (folder / "0.cells").write_text("SITI")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (temporary / f"hub-read-{dead_process()}-link").symlink_to(elsewhere)
    file.write_text("NIK;NAMA\n1;A\n")
    read(file)
    assert not left.exists()
    assert all((folder / "0.cells").exists() for folder in others)
    assert elsewhere.exists()
    assert len(list(temporary.iterdir())) == len(others) + 1
