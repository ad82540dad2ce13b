"""The progress bar says how fast a step goes and when it will be done."""

import io
import re

import pytest
from rich.console import Console

from hub.cli import checking


def test_the_bar_tells_rows_a_second_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=200)
    monkeypatch.setattr(checking, "errors", console)
    with checking.progress_bar("daftar.csv", 4) as step:
        step("map", 0, 3000)
        step("map", 3000, 3000)
    assert re.search(
        r"daftar\.csv: memetakan kolom.* [\d.]+ baris/detik, sisa 0:00:00", shown.getvalue()
    )
