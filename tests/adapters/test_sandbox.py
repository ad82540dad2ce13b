"""The parsing child's folder: gone with its parent, even a killed one."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.base import DiskFullError, FileRefused
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


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The temporary folder, on a disk of 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "hub", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("left", [0, 1 << 20])
def test_a_full_disk_is_not_the_fault_of_the_file(
    left: int, tmp_path: Path, small_disk: Path
) -> None:
    file, ballast = tmp_path / "daftar.csv", small_disk / "ballast"
    file.write_text("NIK;NAMA\n" + "1;ORANG YANG NAMANYA PANJANG SEKALI\n" * 60_000)
    ballast.write_bytes(bytes((4 << 20) - left - (4 << 10)))
    with pytest.raises(DiskFullError):
        read(file)
    ballast.unlink()
    assert list(small_disk.iterdir()) == []
    (broken := tmp_path / "rusak.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(FileRefused):
        read(broken)
