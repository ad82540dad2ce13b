"""What every command shares: where it prints, its exit codes, refusals as sentences."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pwd import getpwuid
from typing import NoReturn, ParamSpec, TypeVar

import click
from rich.console import Console

P = ParamSpec("P")
R = TypeVar("R")

BAD_INPUT = 2  # exit code: the file or the call is wrong
FAILED = 1  # exit code: the hub could not do its work

console = Console()
errors = Console(stderr=True)


def refuse(indonesian: str, english: str, code: int = BAD_INPUT) -> NoReturn:
    """End the command with one sentence in both languages."""
    errors.print(indonesian, highlight=False, markup=False)
    errors.print(english, style="dim", highlight=False, markup=False)
    sys.exit(code)


def refuse_full() -> NoReturn:
    """End the command: there is no room to look at a file."""
    refuse(
        "Disk untuk berkas sementara penuh atau tidak dapat ditulis; kosongkan, lalu ulangi.",
        "The disk for temporary files is full or cannot be written; make room, then try again.",
        FAILED,
    )


def json_option(command: Callable[P, R]) -> Callable[P, R]:
    """`--json`: machine-readable output on standard output."""
    return click.option("as_json", "--json", is_flag=True, help="Print JSON for programs.")(command)


def actor() -> str | None:
    """Who runs this command, as the operating system knows them; None where it knows no name.

    Not by the environment, which anybody sets: who brought a delivery may not publish it.
    """
    try:
        return getpwuid(os.getuid()).pw_name
    except KeyError:
        return None


def say(text: str, style: str | None = None, to: Console = console) -> None:
    """One line, whatever its length: a terminal wraps it, a file or grep gets it whole."""
    to.print(text, style=style, highlight=False, markup=False, soft_wrap=True)


def figure(number: int) -> str:
    """A whole number as Indonesians write it."""
    return f"{number:,}".replace(",", ".")
