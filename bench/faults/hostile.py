"""Every hostile, broken and odd file through the reader: outcome, seconds and peak memory.

Each file is written by one process and read by another, so that neither's memory is in the
figures of the other. "parent" is the process that serves, "child" the sandbox that parses; a
process here never shows less than the bare interpreter that started it.
Run: python -m bench.faults.hostile [--only WORD] [--quick]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))


def write(name: str, folder: Path) -> dict[str, Any]:
    """Write the file of a case."""
    from hostile import cases

    case = next(case for case in cases(large=True) if case.name == name)
    return {"path": str(case.file(folder))}


def read(path: Path) -> dict[str, Any]:
    """Read a file as the hub does and tell what came of it."""
    from adapters import readers
    from adapters.base import FileRefused

    start, reason = time.perf_counter(), ""
    try:
        found = f"{readers.read(path).sheets[0].cells.height} rows"
    except FileRefused as refusal:
        found = refusal.code
        reason = refusal.detail.get("reason") or refusal.detail.get("found") or ""
    return {
        "found": found,
        "reason": reason,
        "seconds": time.perf_counter() - start,
        "parent": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "child": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
    }


def run(*arguments: str) -> dict[str, Any]:
    """One step in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults.hostile", *arguments],
        capture_output=True, cwd=ROOT, check=False,
    )  # fmt: skip
    if done.returncode:
        return {"found": f"DIED {done.returncode}", "reason": done.stderr.decode()[-200:],
                "seconds": 0.0, "parent": 0, "child": 0}  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def survey(only: str, *, large: bool) -> int:
    """Print the table. Out: how many cases ended otherwise than expected."""
    from hostile import cases

    wrong = total = 0
    print(f"{'file':40} {'bytes':>11}  {'outcome':34} {'s':>5} {'parent MB':>9} {'child MB':>8}")
    for case in cases(large=large):
        if only not in case.name:
            continue
        with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
            path = Path(run("--write", case.name, "--folder", folder)["path"])
            size = path.stat().st_size
            told = run("--read", str(path))
        good = told["found"] == case.expected
        wrong, total = wrong + (not good), total + 1
        outcome = f"{told['found']} {told['reason']}".strip()
        print(
            f"{case.name:40} {size:>11,}  {outcome:34} {told['seconds']:5.1f} "
            f"{told['parent']:>9,} {told['child']:>8,}"
            + ("" if good else f"  NOT {case.expected}"),
            flush=True,
        )
    print(f"{total} files, {wrong} not as expected")
    return wrong


def main() -> int:
    """Survey, or one step of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a word of the names to try")
    parser.add_argument("--quick", action="store_true", help="leave out the large files")
    for step in ("--write", "--folder", "--read"):
        parser.add_argument(step, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        print(json.dumps(write(given.write, Path(given.folder))))
    elif given.read:
        print(json.dumps(read(Path(given.read))))
    else:
        return 1 if survey(given.only, large=not given.quick) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
