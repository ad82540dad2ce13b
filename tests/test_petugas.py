"""What docs/petugas.md tells stewards: every command in it works, in its order, and says that."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hub.web.serve import listen

PAGE = Path(__file__).parents[1] / "docs" / "petugas.md"
BLOCKS = re.findall(
    r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```)?",
    PAGE.read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)
NEXT = "=== next block ==="
PATIENCE = 300
MEND = """
from openpyxl import load_workbook
book = load_workbook("hasil.xlsx")
for sheet in book.worksheets[1:]:
    for row in sheet.iter_rows(min_row=2):
        if row[1].value == "BUDI":
            row[0].value = "3520011506809002"
        elif row[1].value is None:
            row[0].value, row[1].value = "3520011506809003", "ANI"
book.save("hasil.xlsx")
"""


@pytest.fixture
def environment(store_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A hub with a worker that runs, and what a terminal beside it needs."""
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
    hub = tmp_path / "bin" / "hub"
    hub.parent.mkdir()
    code = "from hub.cli.main import main; main()"
    hub.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{code}' \"$@\"\n")
    hub.chmod(0o755)
    own = {
        "HUB_DATABASE_URL": store_url, "HUB_DATA_DIR": str(tmp_path / "data"),
        "HUB_PORT": str(port), "HUB": f"http://127.0.0.1:{port}",
        "PATH": f"{hub.parent}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    given = {**os.environ, **own}
    with subprocess.Popen([hub, "serve", "--worker"], env=given, stdout=subprocess.PIPE) as serving:
        try:
            assert serving.stdout
            serving.stdout.readline()
            assert httpx.get(f"{own['HUB']}/readyz").status_code == 200
            yield given
        finally:
            serving.terminate()


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="bash, curl or jq is missing"
)
def test_a_steward_can_do_what_the_page_says(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mend.py").write_text(MEND)
    parts = ["set -eu"]
    for commands, _ in BLOCKS:
        parts += [commands, f"echo '{NEXT}'"]
        if "-o hasil.xlsx" in commands:
            parts.append(f"{sys.executable} mend.py")  # what the page says to do in Excel
    done = subprocess.run(
        ["bash", "-c", "\n".join(parts)], env=environment, cwd=tmp_path, capture_output=True,
        text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    said = done.stdout.split(f"{NEXT}\n")
    assert done.returncode == 0, done.stderr
    assert [answer for answer, (_, told) in zip(said, BLOCKS, strict=False) if told] == [
        told for _, told in BLOCKS if told
    ]
    assert len(said) == len(BLOCKS) + 1
