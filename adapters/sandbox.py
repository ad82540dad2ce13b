"""The child process that parses, and the parent's side of it.

A 3 KB workbook can abort the fast readers, which no `except` catches, so parsing never happens
in the process that serves. The child gets the file's path, limits on memory, time and open
files, an environment without the hub's settings, and a private folder. It leaves there one Arrow
file per frame and a manifest, or the reason of its refusal. What it prints is not passed on.
"""

import contextlib
import dataclasses
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as arrow  # type: ignore[import-untyped]

from adapters import excel, guard, htmltable, text
from adapters.base import (
    FILE_EMPTY,
    FILE_TOO_SLOW,
    FILE_UNREADABLE,
    DiskFullError,
    FileRefused,
    Kind,
    Limits,
    RawSheet,
)

_MANIFEST = "manifest.json"
_PREFIX = "hub-read-"  # and the parent's process id
_ROOM = 1 << 20  # bytes: with less, a failure is the disk's and not the file's
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Parsed:
    """What the child made of the file."""

    kind: Kind
    encoding: str | None
    delimiter: str | None
    sheets: tuple[RawSheet, ...]


# --- the parent's side


def run(path: Path, extension: str, limits: Limits) -> Parsed:
    """Parse the file in a child process.

    In: an existing file; the extension its sender gave; the limits.
    Errors: FileRefused: the child's own, or FILE_TOO_SLOW or FILE_UNREADABLE (detail reason:
    memory, crash) when it died. DiskFullError.
    """
    try:
        temporary = Path(tempfile.gettempdir())
    except FileNotFoundError:  # none that can be written to
        raise DiskFullError from None
    _sweep(temporary)
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    except OSError:
        _check_room(temporary)
        raise
    try:
        return _parsed(path, extension, limits, folder)
    except FileRefused as refusal:
        if refusal.code == FILE_UNREADABLE:
            _check_room(folder)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _parsed(path: Path, extension: str, limits: Limits, folder: Path) -> Parsed:
    try:
        _spawn(path, extension, limits, folder)
        return _collect(folder)
    except (OSError, ValueError, KeyError, TypeError):  # it ended well but left nothing readable
        raise FileRefused(FILE_UNREADABLE, reason="crash") from None


def _check_room(folder: Path) -> None:
    """Whatever the child says when it cannot write: what it wrote is still there."""
    if shutil.disk_usage(folder).free < _ROOM:
        raise DiskFullError from None


def _sweep(temporary: Path) -> None:
    """Remove the folders that killed hubs of this user left: they hold cells of their files."""
    for folder in temporary.glob(f"{_PREFIX}[0-9]*-*"):
        parent = folder.name.removeprefix(_PREFIX).partition("-")[0]
        with contextlib.suppress(OSError, ValueError, OverflowError):  # gone already, or another's
            mine = folder.lstat()
            if stat.S_ISDIR(mine.st_mode) and mine.st_uid == os.getuid() and _dead(int(parent)):
                shutil.rmtree(folder, ignore_errors=True)


def _dead(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:  # alive, and another user's
        return False
    return False


def _spawn(path: Path, extension: str, limits: Limits, folder: Path) -> None:
    task = json.dumps(
        {
            "path": str(path.resolve()),
            "extension": extension,
            "folder": str(folder),
            "limits": dataclasses.asdict(limits),
        }
    )
    with (folder / "stderr").open("wb") as errors:
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "adapters.sandbox"],
                input=task.encode(),
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd=folder,
                env=_environment(folder),
                timeout=limits.wall_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FileRefused(FILE_TOO_SLOW, seconds=str(limits.wall_seconds)) from None
    if done.returncode:
        raise _death(done.returncode, folder / "stderr", limits)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours: settings and passwords stay with the parent."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "POLARS_MAX_THREADS": "2",  # every thread reserves address space
        "RUST_BACKTRACE": "0",
    }


def _death(code: int, errors: Path, limits: Limits) -> FileRefused:
    if code == -signal.SIGXCPU:
        return FileRefused(FILE_TOO_SLOW, seconds=str(limits.cpu_seconds))
    words = errors.read_bytes()[:4096]
    memory = b"memory allocation" in words or b"MemoryError" in words
    return FileRefused(FILE_UNREADABLE, reason="memory" if memory else "crash")


def _collect(folder: Path) -> Parsed:
    manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    if refusal := manifest.get("refused"):
        raise FileRefused(refusal["code"], **refusal["detail"])
    sheets = tuple(
        RawSheet(
            name=sheet["name"],
            cells=_open(folder / f"{number}.cells"),
            long_numbers=_open(folder / f"{number}.long"),
            visible=sheet["visible"],
        )
        for number, sheet in enumerate(manifest["sheets"])
    )
    return Parsed(
        kind=manifest["kind"],
        encoding=manifest["encoding"],
        delimiter=manifest["delimiter"],
        sheets=sheets,
    )


def _open(path: Path) -> pl.DataFrame:
    """The frame, mapped, not copied. The mapping outlives the file's name."""
    frame = pl.from_arrow(arrow.ipc.open_file(arrow.memory_map(str(path))).read_all())
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()


# --- the child's side


def main() -> int:
    """Do the task on standard input. Always 0 unless the process is killed."""
    task = json.load(sys.stdin)
    _confine(task["limits"])

    folder = Path(task["folder"])
    try:
        manifest = _parse(Path(task["path"]), task["extension"], folder, Limits(**task["limits"]))
    except FileRefused as refusal:
        manifest = _refused(refusal)
    except MemoryError:
        manifest = _refused(FileRefused(FILE_UNREADABLE, reason="memory"))
    except BaseException as error:  # a panic inside the Rust readers is not an Exception
        manifest = _refused(FileRefused(FILE_UNREADABLE, reason=type(error).__name__))
    (folder / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return 0


def _confine(limits: dict[str, int]) -> None:
    cpu, memory = limits["cpu_seconds"], limits["memory_bytes"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
    with contextlib.suppress(ValueError, OSError):  # macOS has the name but not the limit
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.nice(10)


def _refused(refusal: FileRefused) -> dict[str, Any]:
    return {"refused": {"code": refusal.code, "detail": refusal.detail}}


def _parse(path: Path, extension: str, folder: Path, limits: Limits) -> dict[str, Any]:
    kind = guard.sniff(path, extension)
    manifest: dict[str, Any] = {"kind": kind, "encoding": None, "delimiter": None, "sheets": []}
    if kind == "csv":
        written = text.read_csv(path, folder / "0.cells")
        manifest |= dataclasses.asdict(written)
        manifest["sheets"].append(_note(RawSheet(name="", cells=pl.DataFrame()), 0, folder))
    else:
        for number, sheet in enumerate(_workbook(kind, path, folder, limits)):
            _without_nul(sheet.cells).write_ipc(
                folder / f"{number}.cells", compression="uncompressed"
            )
            manifest["sheets"].append(_note(sheet, number, folder))
    if not any(_has_content(folder / f"{n}.cells") for n in range(len(manifest["sheets"]))):
        raise FileRefused(FILE_EMPTY)
    return manifest


def _without_nul(cells: pl.DataFrame) -> pl.DataFrame:
    """Workbooks can write a NUL as `_x0000_`; no database takes one."""
    nul = [column.name for column in cells if column.str.contains("\0", literal=True).any()]
    return cells.with_columns(pl.col(nul).str.replace_all("\0", "", literal=True))


def _note(sheet: RawSheet, number: int, folder: Path) -> dict[str, Any]:
    sheet.long_numbers.write_ipc(folder / f"{number}.long", compression="uncompressed")
    return {"name": sheet.name.replace("\0", ""), "visible": sheet.visible}


def _has_content(path: Path) -> bool:
    return any(column.null_count() < len(column) for column in _open(path))


def _workbook(kind: str, path: Path, folder: Path, limits: Limits) -> Iterator[RawSheet]:
    if kind == "html":
        return htmltable.read_html(path, folder)
    if kind == "xlsx":
        return excel.read_xlsx(path, limits)
    return excel.read_calamine(path, kind, limits)


if __name__ == "__main__":
    sys.exit(main())
