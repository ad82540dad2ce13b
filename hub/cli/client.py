"""`hub client`: what integrators may ask for, and the operations stored for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
from rich.table import Table

from hub.cli.common import console, errors, json_option, refuse
from hub.cli.connection import sentences, store
from hub.core.access.clients import document_hash
from hub.core.access.limits import NAMES, RANGES, LimitError, Limits
from hub.core.store.queries import clients
from schema.documents import DocumentError, Operation, OverLimitError, UnnamedError, judge

Connection = psycopg.Connection[Any]
Command = Callable[..., None]

_HASH = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})", re.ASCII)
_SHORTEST_PREFIX = 8
_REMEDIES: dict[type[DocumentError], tuple[str, str]] = {
    UnnamedError: ("beri nama operasi itu", "give the operation a name"),
    OverLimitError: (
        "minta lebih sedikit, atau naikkan batas dengan hub client limits",
        "ask for less, or raise the limit with hub client limits",
    ),
    DocumentError: ("perbaiki baris itu", "mend that line"),
}


@click.group("client")
def client_group() -> None:
    """Limits and stored operations of clients: the accounts of integrators.

    An account is made with its first token: hub user token NAME.
    """


@client_group.command("list")
@json_option
@sentences
def list_command(as_json: bool) -> None:
    """List the clients."""
    with store() as connection:
        found = clients.clients(connection)
    if as_json:
        click.echo(json.dumps([_told(client) for client in found], ensure_ascii=False))
        return
    table = Table("client", "tokens", "operations", "allow-list", "limits", header_style="bold")
    for client in found:
        limits = ", ".join(f"{name} {value:,}" for name, value in client.limits.items())
        counts = (str(client.live_tokens), str(client.operations))
        table.add_row(client.name, *counts, "on" if client.allow_list else "off", limits)
    console.print(table, highlight=False, markup=False)


@client_group.command("show")
@click.argument("name")
@json_option
@sentences
def show_command(name: str, as_json: bool) -> None:
    """Show the limits and the mode of client NAME."""
    with store() as connection:
        _show(_client(connection, name), as_json)


def _limit_options(command: Command) -> Command:
    for name in reversed(NAMES):
        low, high = RANGES[name]
        option = "--" + name.replace("_", "-")
        told = f"{low:,} to {high:,}; {getattr(Limits(), name):,} if not set."
        command = click.option(option, name, type=int, metavar="N", help=told)(command)
    return command


@client_group.command("limits")
@click.argument("name")
@_limit_options
@click.option("--reset", is_flag=True, help="Back to the defaults, before any other option.")
@json_option
@sentences
def limits_command(name: str, reset: bool, as_json: bool, **given: int | None) -> None:
    """Set limits of client NAME; those that are not named stay.

    A running server knows them after some seconds.
    """
    wanted = {limit: value for limit, value in given.items() if value is not None}
    if not wanted and not reset:
        refuse(
            "Sebutkan batas yang diubah, misalnya --cost 1000000, atau --reset.",
            "Name the limits to change, such as --cost 1000000, or --reset.",
        )
    with store() as connection, connection.transaction():
        client = _client(connection, name)
        limits = {} if reset else client.limits
        try:
            Limits.of({**limits, **wanted})
        except LimitError as error:
            refuse(f"Batas tidak diubah: {error}", str(error))
        clients.set_limits(connection, client.id, {**limits, **wanted})
        _show(_client(connection, name), as_json)


@client_group.command("allow-list")
@click.argument("name")
@click.argument("mode", type=click.Choice(["on", "off"]))
@sentences
def allow_list_command(name: str, mode: str) -> None:
    """Let client NAME run only the operations stored for it (on), or any (off)."""
    with store() as connection, connection.transaction():
        client = _client(connection, name)
        clients.set_allow_list(connection, client.id, on=mode == "on")
    _say(f"{client.name}: allow-list {mode}")
    if mode == "on" and not client.operations:
        _say(
            "Belum ada operasi: klien ini tidak dapat bertanya / no operations: it can ask nothing"
        )


@client_group.group("operations")
def operations_group() -> None:
    """Operations stored for a client, which it may send by their SHA-256 as `documentId`."""


@operations_group.command("list")
@click.argument("name")
@json_option
@sentences
def operations_list_command(name: str, as_json: bool) -> None:
    """List the operations stored for client NAME."""
    with store() as connection:
        found = clients.operations(connection, _client(connection, name).id)
    if as_json:
        told = [{**asdict(o), "added_at": o.added_at.isoformat()} for o in found]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for operation in found:
        _say(f"sha256:{operation.sha256}  {operation.name}")


@operations_group.command("add")
@click.argument("name")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@sentences
def operations_add_command(name: str, files: tuple[Path, ...], as_json: bool) -> None:
    """Store the operations of FILES for client NAME, all of them or none.

    A FILE is a GraphQL document of named operations, or a JSON object of such documents by their
    SHA-256 or any other name. A document is stored as it stands: the SHA-256 of the file is what
    the client sends as `documentId`, with `operationName` if it has several operations. Each is
    checked against the schema and the limits of the client first.
    """
    with store() as connection, connection.transaction():
        client = _client(connection, name)
        limits = Limits.of(client.limits)
        documents = [_judged(source, limits) for file in files for source in _sources(file)]
        ready = [document for document in documents if document is not None]
        if len(ready) < len(documents):
            refuse("Tidak ada yang disimpan.", "Nothing was stored.")
        told = [_stored(connection, client, document) for document in ready]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for entry in told:
        costs = ", ".join(f"{o['name']} (cost {o['cost']:,})" for o in entry["operations"])
        known = "" if entry["added"] else "  sudah ada / known"
        _say(f"sha256:{entry['sha256']}  {costs}{known}")


@operations_group.command("remove")
@click.argument("name")
@click.argument("operation")
@sentences
def operations_remove_command(name: str, operation: str) -> None:
    """Remove OPERATION, a name or the SHA-256 (or its first 8 digits), of client NAME.

    A running server may answer it for another half minute.
    """
    with store() as connection, connection.transaction():
        client = _client(connection, name)
        found = [o for o in clients.operations(connection, client.id) if _is(o, operation)]
        if len(found) != 1:
            told = "Lebih dari satu operasi" if found else "Tidak ada operasi"
            english = "Several operations" if found else "No operation"
            refuse(
                f'{told} "{operation}"; lihat: hub client operations list {name}.',
                f'{english} "{operation}"; see: hub client operations list {name}.',
            )
        clients.remove_operation(connection, client.id, found[0].sha256)
    _say(f"Dihapus / removed: {found[0].name}")


# --- clients ----------------------------------------------------------------------------------


def _client(connection: Connection, name: str) -> clients.ClientRow:
    found = clients.client(connection, name)
    if found is None:
        refuse(
            f'Klien "{name}" tidak ada; akun dibuat bersama tokennya: hub user token.',
            f'There is no client "{name}"; an account is made with its token: hub user token.',
        )
    return found


def _told(client: clients.ClientRow) -> dict[str, Any]:
    return {
        "name": client.name,
        "created_at": client.created_at.isoformat(),
        "tokens": client.live_tokens,
        "operations": client.operations,
        "allow_list": client.allow_list,
        "limits": asdict(Limits.of(client.limits)),
        "changed": sorted(client.limits),
    }


def _show(client: clients.ClientRow, as_json: bool) -> None:
    told = _told(client)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    counts = f"{client.live_tokens} token, {client.operations} operasi / operations"
    _say(f"{client.name}: {counts}, allow-list {'on' if client.allow_list else 'off'}")
    for name, value in told["limits"].items():
        mark = "" if name in client.limits else "  (bawaan / default)"
        _say(f"{value:>12,}  {name.replace('_', '-')}{mark}")


def _say(text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)


# --- operations -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Source:
    """A document as found: where, its text, and the SHA-256 it is said to have."""

    place: str
    text: str
    said: str | None = None


@dataclass(frozen=True)
class _Document:
    """A document that may be stored."""

    text: str
    operations: list[Operation]


def _sources(file: Path) -> Iterator[_Source]:
    try:
        text = file.read_bytes().decode("utf-8")
    except OSError:
        refuse(f"{file} tidak dapat dibaca.", f"{file} cannot be read.")
    except UnicodeDecodeError:
        refuse(
            f"{file} bukan teks UTF-8; simpan ulang sebagai UTF-8.",
            f"{file} is not text in UTF-8; save it as UTF-8.",
        )
    if file.suffix.lower() != ".json":
        yield _Source(str(file), text)
        return
    for key, document in _manifest(file, text).items():
        form = _HASH.fullmatch(key)
        yield _Source(f"{file} [{key}]", document, form[1].lower() if form else None)


def _manifest(file: Path, text: str) -> dict[str, str]:
    line, given = 1, None
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        line = error.lineno
    except RecursionError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        refuse(
            f"{file}:{line}: harus berupa satu objek JSON dari SHA-256 ke teks operasi.",
            f"{file}:{line}: it must be one JSON object of operation texts by their SHA-256.",
        )
    return given


def _judged(source: _Source, limits: Limits) -> _Document | None:
    """The document; what is wrong with it is printed."""
    try:
        if source.said not in (None, document_hash(source.text)):
            raise DocumentError("The text has another SHA-256 than its key says.")
        return _Document(source.text, judge(source.text, limits))
    except DocumentError as error:
        indonesian, english = _REMEDIES[type(error)]
        told = f"{source.place}:{error.line}: {error} → {indonesian} / {english}"
        errors.print(told, highlight=False, markup=False, soft_wrap=True)
        return None


def _stored(
    connection: Connection, client: clients.ClientRow, document: _Document
) -> dict[str, Any]:
    sha256 = document_hash(document.text)
    name = ", ".join(operation.name for operation in document.operations)
    added = clients.add_operation(connection, client.id, sha256, name, document.text)
    operations = [asdict(operation) for operation in document.operations]
    return {"sha256": sha256, "added": added, "operations": operations}


def _is(operation: clients.OperationRow, wanted: str) -> bool:
    digits = wanted.removeprefix("sha256:").lower()
    begins = len(digits) >= _SHORTEST_PREFIX and operation.sha256.startswith(digits)
    return begins or operation.name == wanted
