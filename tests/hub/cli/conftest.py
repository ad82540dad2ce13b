"""The hub's commands as typed in a terminal, on a real store."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub.cli.main import main


@pytest.fixture
def hub(store_url: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run a command in an office of one person, in a terminal wide enough for every table;
    `answer` is typed into it."""
    return _terminal(store_url, tmp_path_factory, HUB_ONE_PERSON="true")


@pytest.fixture
def office(
    store_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The same in an office of several persons: the command is run by the account `by`."""
    terminal = _terminal(store_url, tmp_path_factory)

    def run(by: str, *arguments: str | Path, answer: str | None = None) -> Result:
        monkeypatch.setattr("hub.cli.common.getpwuid", lambda _: SimpleNamespace(pw_name=by))
        return terminal(*arguments, answer=answer)

    return run


def _terminal(
    store_url: str, folders: pytest.TempPathFactory, **settings: str
) -> Callable[..., Result]:
    environment = {
        "HUB_DATABASE_URL": store_url,
        "HUB_SPOOL_DIR": str(folders.mktemp("spool")),
        "COLUMNS": "200",
        **settings,
    }

    def run(*arguments: str | Path, answer: str | None = None) -> Result:
        called = [str(a) for a in arguments]
        return CliRunner(env=environment).invoke(main, called, input=answer)

    return run
