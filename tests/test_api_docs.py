"""What docs/api tells integrators: every query, answer and command in it works.

A `graphql` block may be followed by `json variables` and `json answer`; with either it is run
against the small registry. Of an answer with `errors` every word must be so; of another, which
shows the demonstration, the shape. A command line with an answer is run against a served hub.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
import pytest
from graphql import parse, validate
from registries import registry
from seed import LOCAL, A, ask, household_id

from hub.cli.main import main as hub_command
from hub.core.access import Right, create_token
from hub.core.access.limits import DEFAULTS, NAMES, RANGES
from hub.core.ingest.spool import Spool
from hub.web import subscriptions
from hub.web.serve import listen, served
from schema import changes
from schema.api import schema
from schema.errors import ErrorCode
from schema.ids import make_id

__all__ = ["registry"]

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "api"
PAGES = sorted([*FOLDER.glob("*.md"), *(ROOT / "examples").glob("*/README.md")])
FENCE = re.compile(r"^ *```([a-z]+(?: [a-z]+)?)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
KNOWN = {"graphql", "json variables", "json answer", "sh", "python", "json", "js"}


@dataclass
class Block:
    """A block of a page, with the variables and the answer that follow it."""

    page: str
    kind: str
    text: str
    variables: Any = None
    answer: Any = None


def blocks() -> list[Block]:
    """The blocks of all pages in order."""
    found: list[Block] = []
    for page in PAGES:
        for kind, text in FENCE.findall(page.read_text(encoding="utf-8")):
            assert kind in KNOWN, (page.name, kind)
            if kind == "json variables":
                found[-1].variables = json.loads(text)
            elif kind == "json answer":
                found[-1].answer = json.loads(text)
            else:
                found.append(Block(f"{page.parent.name}/{page.name}", kind, text))
    return found


def of_kind(kind: str) -> list[Any]:
    """The blocks of a kind, each as a test's parameter."""
    return [pytest.param(b, id=f"{b.page}-{n}") for n, b in enumerate(blocks()) if b.kind == kind]


def assert_like(shown: Any, given: Any) -> None:
    """Both have the same fields, and lists that are shown with entries are given with some."""
    if isinstance(shown, dict) and given is not None:
        assert shown.get("cost") == given.get("cost")
        assert shown.keys() == given.keys()
        for name in shown:
            assert_like(shown[name], given[name])
    elif isinstance(shown, list) and shown:
        assert given
        assert_like(shown[0], given[0])


def assert_answers(block: Block, given: Any) -> None:
    """The answer is the one that is shown."""
    if block.answer is None:
        assert "errors" not in given, given
    elif "errors" in block.answer:
        assert {**given, "extensions": None} == {**block.answer, "extensions": None}
    else:
        assert_like(block.answer, given)


@pytest.mark.parametrize("block", of_kind("graphql"))
def test_queries_are_valid(block: Block) -> None:
    document = parse(block.text)
    if block.answer is None or "errors" not in block.answer:
        assert validate(schema._schema, document) == []


def runnable() -> list[Any]:
    """The queries; what changes something is told of deliveries that the test has not."""
    others = ("subscription", "mutation")
    queries = [
        b for b in blocks() if b.kind == "graphql" and not b.text.lstrip().startswith(others)
    ]
    return [pytest.param(b, id=f"{b.page}-{n}") for n, b in enumerate(queries)]


@pytest.mark.parametrize("block", runnable())
def test_queries_are_answered_as_shown(registry: str, block: Block) -> None:
    variables = block.variables
    if variables is None and "$id: ID!" in block.text:
        delivery = make_id("Delivery", uuid=LOCAL)
        variables = {"id": delivery if "delivery(" in block.text else household_id(A)}
    assert variables is not None or "($" not in block.text
    given = ask(registry, block.text, variables, regions=("3520",), identified=True)
    assert_answers(block, json.loads(json.dumps(given, default=str)))


def test_an_example_query_finds_something(registry: str) -> None:
    (block,) = [b for b in blocks() if b.kind == "graphql" and "query Keluarga" in b.text]
    given = ask(registry, block.text, block.variables, regions=("3520",))
    assert len(given["data"]["households"]["nodes"]) == 1


def commands(program: str) -> list[list[str]]:
    """The command lines of all pages that call `program`, as words."""
    lines = [line.strip() for b in blocks() if b.kind == "sh" for line in joined(b.text)]
    words = [shlex.split(line, comments=True) for line in lines if line.startswith(program)]
    return [w[1:] for w in words if w[0] == program]


def joined(text: str) -> list[str]:
    """The lines of a shell block, continued ones as one."""
    return text.replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("words", commands("hub"), ids=" ".join)
def test_hub_commands_exist_with_their_options(words: list[str]) -> None:
    command: click.Command = hub_command
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, words[0]
        command, words = found, words[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known
    if not any(word in ("ID", "SHA256") for word in words):
        context = click.Context(command)
        command.make_parser(context).parse_args(list(words))


def test_other_commands_exist() -> None:
    for words in commands("python"):
        if words[:2] == ["-m", "schema.changes"]:
            assert f"python {' '.join(words)}" in (changes.__doc__ or "")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    pages = " ".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert (
        {"demo", "lint", "examples"} <= set(re.findall(r"`make ([a-z-]+)`", pages)) <= set(targets)
    )


@needs_curl
def test_the_first_query_of_the_readme(registry: str) -> None:
    (block,) = [b for b in blocks() if "curl" in b.text and b.page == "api/README.md"]
    assert json.loads(output(registry, block.text)) == block.answer


@needs_curl
def test_a_delivery_is_followed_as_shown(registry: str) -> None:
    page = (FOLDER / "subscriptions.md").read_text(encoding="utf-8")
    (block,) = [b for b in blocks() if "curl" in b.text and b.page == "api/subscriptions.md"]
    line = block.text.replace("DELIVERY_ID", make_id("Delivery", uuid=LOCAL))
    assert output(registry, line).strip() in page


@needs_curl
def test_a_file_is_uploaded_as_shown(registry: str, tmp_path: Path) -> None:
    (block,) = [b for b in blocks() if "curl" in b.text and b.page == "api/uploads.md"]
    (tmp_path / "magetan.xlsx").write_bytes(b"NIK;NAMA\n;")
    spool = Spool(tmp_path / "spool", 1000)
    given = json.loads(output(registry, block.text, spool, tmp_path))
    given["uploadToken"] = block.answer["uploadToken"]
    assert given == block.answer
    assert spool.path(given["sha256"]).read_bytes() == b"NIK;NAMA\n;"


@needs_curl
def test_a_workbook_is_asked_for_as_shown(registry: str, tmp_path: Path) -> None:
    (block,) = [b for b in blocks() if "curl" in b.text and b.page == "api/workbooks.md"]
    line = block.text.replace("DELIVERY_ID", make_id("Delivery", uuid=LOCAL))
    spool = Spool(tmp_path / "spool", 1000)
    assert output(registry, line, spool, tmp_path) == "202 application/json; charset=utf-8"
    assert json.loads((tmp_path / "perbaikan.xlsx").read_bytes()) == {"state": "writing"}


def output(registry: str, line: str, spool: Spool | None = None, folder: Path | None = None) -> str:
    """What a command line prints that asks a served hub."""
    with psycopg.connect(registry) as connection:
        token = create_token(connection, "demo", ("3520", "5206"), True, True, 1, tuple(Right))
    with listen("127.0.0.1", 0) as bound, served(registry, bound, spool) as address:
        asked = line.replace("http://127.0.0.1:8000", address)
        known = {"HUB_TOKEN": token, "PATH": os.environ["PATH"]}
        command = ["sh", "-c", asked]
        done = subprocess.run(
            command, env=known, cwd=folder, capture_output=True, check=True, timeout=60
        )
    return done.stdout.decode()


def test_every_limit_is_told_as_it_is() -> None:
    rows = re.findall(
        r"^\| `([a-z-]+)` \| ([0-9,]+) \| ([0-9,]+) to ([0-9,]+) \|",
        (FOLDER / "cost.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    told = {
        name.replace("-", "_"): tuple(int(number.replace(",", "")) for number in numbers)
        for name, *numbers in rows
    }
    assert told == {name: (getattr(DEFAULTS, name), *RANGES[name]) for name in NAMES}


def test_the_caps_on_streams_are_told_as_they_are() -> None:
    page = (FOLDER / "subscriptions.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z ]+) \| (\d+)", page, re.MULTILINE))
    assert list(map(int, rows.values())) == [
        subscriptions.MOST_STREAMS_OF_ACCOUNT,
        subscriptions.MOST_STREAMS,
        subscriptions.MOST_OPERATIONS,
        subscriptions.LONGEST_SECONDS / 60,
        subscriptions.LARGEST_MESSAGE / 1024,
        subscriptions.SEND_SECONDS,
    ]


@needs_curl
@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"documentId": "sha256:" + "0" * 64}, 200, "PERSISTED_OPERATION_NOT_FOUND"),
        ({"documentId": "0d3c"}, 400, "BAD_INPUT"),
        ({"documentId": "sha256:" + "0" * 64, "query": "{ __typename }"}, 400, "BAD_INPUT"),
    ],
)
def test_stored_operations_are_refused_as_told(
    registry: str, sent: dict[str, str], status: int, code: str
) -> None:
    line = f"""curl -s -w ' %{{http_code}}' http://127.0.0.1:8000/graphql \\
      -H "Authorization: Bearer $HUB_TOKEN" -H 'Content-Type: application/json' \\
      -d '{json.dumps(sent)}'"""
    body, _, told = output(registry, line).rpartition(" ")
    assert (json.loads(body)["errors"][0]["extensions"]["code"], int(told)) == (code, status)


def test_every_error_code_is_told_once() -> None:
    told = re.findall(r"^\| `([A-Z_]+)` \|", (FOLDER / "errors.md").read_text(), re.MULTILINE)
    assert sorted(told) == sorted(ErrorCode)


def test_every_page_is_listed() -> None:
    listed = set(re.findall(r"\]\(([a-z]+\.md)\)", (FOLDER / "README.md").read_text()))
    assert listed == {page.name for page in FOLDER.glob("*.md")} - {"README.md"}
