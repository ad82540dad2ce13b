"""`hub client`, as typed in a terminal, on a real store."""

import hashlib
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from hub.cli.main import main
from hub.core.access import create_token

NAME = "simpel-magetan"
TWO = """query Keluarga($n: Int = 50) { households(first: $n) { nodes { ...Isi } } }
query Saya { viewer { account } }
fragment Isi on Household { id members { name } }
"""


@pytest.fixture
def hub(store_url: str) -> Any:
    with psycopg.connect(store_url) as connection:
        create_token(connection, NAME, ("3520",), False, False, 30)

    def run(*arguments: str | Path) -> Result:
        environment = {"HUB_DATABASE_URL": store_url, "COLUMNS": "200"}
        call = ["client", *map(str, arguments)]
        return CliRunner(env=environment).invoke(main, call)

    return run


def shown(hub: Any) -> Any:
    return json.loads(hub("show", NAME, "--json").stdout)


def stored(hub: Any) -> list[Any]:
    found: list[Any] = json.loads(hub("operations", "list", NAME, "--json").stdout)
    return found


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    return file


def test_clients_are_the_accounts_of_tokens(hub: Any) -> None:
    assert NAME in hub("list").stdout
    (client,) = json.loads(hub("list", "--json").stdout)
    assert (client["name"], client["tokens"], client["operations"]) == (NAME, 1, 0)
    assert (client["allow_list"], client["changed"], client["limits"]["page"]) == (False, [], 100)


def test_limits_are_set_one_by_one_and_reset_together(hub: Any) -> None:
    assert hub("limits", NAME, "--cost", 1000, "--root-fields", 3).exit_code == 0
    assert hub("limits", NAME, "--page", 500).exit_code == 0
    found = shown(hub)
    assert found["changed"] == ["cost", "page", "root_fields"]
    assert (found["limits"]["cost"], found["limits"]["depth"]) == (1000, 12)
    told = hub("show", NAME).stdout
    assert ("1,000  cost\n" in told, "12  depth  (bawaan / default)" in told) == (True, True)
    assert json.loads(hub("limits", NAME, "--reset", "--depth", 5, "--json").stdout)["changed"] == [
        "depth"
    ]
    assert hub("limits", NAME, "--reset").exit_code == 0
    assert shown(hub)["changed"] == []


def test_limits_that_cannot_be_are_refused(hub: Any) -> None:
    hub("limits", NAME, "--page", 50)
    for given in ([], ["--cost", "0"], ["--page", "1001"], ["--cost", "banyak"]):
        assert hub("limits", NAME, *given).exit_code == 2, given
    assert shown(hub)["changed"] == ["page"]


def test_an_unknown_client_is_refused_with_what_to_do(hub: Any) -> None:
    for call in (
        ["show", "X"],
        ["limits", "X", "--reset"],
        ["allow-list", "X", "on"],
        ["operations", "list", "X"],
        ["operations", "remove", "X", "Saya"],
        ["operations", "add", "X", "file.graphql"],
    ):
        result = hub(*call)
        assert (result.exit_code, "hub user token" in result.stderr) == (2, True), call


def test_a_document_is_stored_as_it_stands(hub: Any, tmp_path: Path) -> None:
    file = write(tmp_path, "dua.graphql", TWO)
    added = json.loads(hub("operations", "add", NAME, file, "--json").stdout)
    assert added == [
        {
            "sha256": digest(TWO),
            "added": True,
            # 50 households of one value and 4 members of one value each
            "operations": [{"name": "Keluarga", "cost": 1505}, {"name": "Saya", "cost": 6}],
        }
    ]
    again = hub("operations", "add", NAME, file)
    assert (again.exit_code, "sudah ada" in again.stdout) == (0, True)
    (operation,) = stored(hub)
    assert (operation["sha256"], operation["name"]) == (digest(TWO), "Keluarga, Saya")
    assert operation["text"] == TWO
    assert f"sha256:{digest(TWO)}  Keluarga, Saya" in hub("operations", "list", NAME).stdout
    assert shown(hub)["operations"] == 1


def test_a_manifest_is_taken_with_every_document_in_it(hub: Any, tmp_path: Path) -> None:
    one, other = "query A { viewer { staff } }", "query B { viewer { account } }"
    manifest = {f"sha256:{digest(one)}": one, "halaman-depan": other}
    file = write(tmp_path, "daftar.json", json.dumps(manifest))
    assert hub("operations", "add", NAME, file).exit_code == 0
    assert {(o["sha256"], o["name"]) for o in stored(hub)} == {
        (digest(one), "A"),
        (digest(other), "B"),
    }


def test_what_could_not_be_answered_is_not_stored(hub: Any, tmp_path: Path) -> None:
    hub("limits", NAME, "--cost", 500)
    texts = {
        "baik": "query Baik { viewer { staff } }",
        "salah": "query A {\n viewer { nama }\n}",
        "anonim": "\n{ viewer { account } }",
        "mahal": "\nquery A { regions(first: 99) { nodes { name } } }",
    }
    files = [write(tmp_path, f"{name}.graphql", text) for name, text in texts.items()]
    result = hub("operations", "add", NAME, *files)
    assert (result.exit_code, stored(hub)) == (2, [])
    for name, told in {
        "salah": ":2: Cannot query field 'nama' on type 'Viewer'. → perbaiki baris itu / mend",
        "anonim": ":2: The operation has no name. → beri nama operasi itu / give",
        "mahal": ":2: A: The query costs 599, at most 500 is allowed; ask for less at a time."
        " → minta lebih sedikit, atau naikkan batas dengan hub client limits / ask for less",
    }.items():
        assert f"{name}.graphql{told}" in result.stderr
    assert "Tidak ada yang disimpan." in result.stderr
    assert "baik.graphql" not in result.stderr


def test_files_that_cannot_be_read_are_refused(hub: Any, tmp_path: Path) -> None:
    contents = {
        b"{": "x.json:1:",
        b'{\n"a": "query A { viewer { staff } }",\n}': "x.json:",
        b"[]": "one JSON object",
        b'{"a": 1}': "one JSON object",
        b"[" * 100_000: "one JSON object",
        b'{"a": "query A { viewer { staff } } # \\ud800"}': "half a character",
        b'{"' + b"0" * 64 + b'": "query A { viewer { staff } }"}': "another SHA-256",
        b"\xff\xfe": "not text in UTF-8",
    }
    for content, told in contents.items():
        (tmp_path / "x.json").write_bytes(content)
        result = hub("operations", "add", NAME, tmp_path / "x.json")
        assert (result.exit_code, told in result.stderr) == (2, True), content[:40]
    missing = hub("operations", "add", NAME, tmp_path / "tidak-ada.graphql")
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)
    assert stored(hub) == []


def test_an_operation_is_removed_by_name_or_hash(hub: Any, tmp_path: Path) -> None:
    text, other = "query Saya { viewer { staff } }", "query Lain { viewer { staff } }"
    files = [write(tmp_path, f"{n}.graphql", t) for n, t in enumerate((text, other))]
    for wanted in ("Saya", f"sha256:{digest(text)}", digest(text)[:8]):
        hub("operations", "add", NAME, *files)
        assert hub("operations", "remove", NAME, wanted).exit_code == 0, wanted
        assert [operation["name"] for operation in stored(hub)] == ["Lain"]
        assert hub("operations", "remove", NAME, wanted).exit_code == 2, wanted


def test_an_operation_that_is_not_the_only_one_is_not_removed(hub: Any, tmp_path: Path) -> None:
    for number, field in enumerate(("staff", "account")):
        file = write(tmp_path, f"{number}.graphql", f"query Saya {{ viewer {{ {field} }} }}")
        hub("operations", "add", NAME, file)
    result = hub("operations", "remove", NAME, "Saya")
    assert (result.exit_code, "Several operations" in result.stderr) == (2, True)
    assert len(stored(hub)) == 2


def test_the_allow_list_is_turned_on_and_off(hub: Any) -> None:
    assert "no operations" in hub("allow-list", NAME, "on").stdout
    assert shown(hub)["allow_list"] is True
    assert hub("allow-list", NAME, "off").exit_code == 0
    assert shown(hub)["allow_list"] is False
    assert hub("allow-list", NAME, "perhaps").exit_code == 2
