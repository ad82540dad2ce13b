"""The hub's commands as typed in a terminal, on a real store."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli.main import main


@pytest.fixture
def hub(store_url: str) -> Any:
    """Run a command, in a terminal wide enough for every table; `answer` is typed into it."""

    def run(*arguments: str | Path, answer: str | None = None) -> Result:
        environment = {"HUB_DATABASE_URL": store_url, "COLUMNS": "200"}
        called = [str(a) for a in arguments]
        return CliRunner(env=environment).invoke(main, called, input=answer)

    return run
