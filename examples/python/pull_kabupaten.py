"""Pull all households and persons of a kabupaten or kota; later, only what changed.

    HUB_URL=http://127.0.0.1:8000/graphql HUB_TOKEN=hub_... python pull_kabupaten.py 3520 hasil

The folder `hasil` then holds keluarga-3520.csv and orang-3520.csv, and 3520.sqlite: every record
by its id, and how far each list was read. Both are written together after every page, so a run
that was cut off goes on where it stopped, and a later run asks only for what changed.
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
from hub_client import GraphQLClientError, GraphQLClientGraphQLMultiError, HubClient

Row = dict[str, str]
ATTEMPTS = 6
LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Page:
    """Some rows of a list, the cursor behind them, and whether there are more."""

    rows: list[Row]
    cursor: str | None
    more: bool


Fetch = Callable[[str | None], Page]


# --- from the typed answers to rows of text -------------------------------------------------


def households(client: HubClient, region: str, after: str | None) -> Page:
    """One page of households."""
    found = client.households(region, after).households
    rows = [
        {
            "id": node.id,
            "nomor_kk": as_text(node.family_card_number),
            "jumlah_anggota": str(node.size),
            "kode_wilayah": as_text(node.region.code),
            "nama_wilayah": inert(node.region.name),
            "alamat": inert(node.address.formatted),
            "status_kesejahteraan": node.welfare.status.value,
            "desil": "" if node.welfare.decile is None else str(node.welfare.decile),
            "diperbarui": node.updated_at.isoformat(),
        }
        for node in found.nodes
    ]
    return Page(rows, found.page_info.end_cursor, found.page_info.has_next_page)


def persons(client: HubClient, region: str, after: str | None) -> Page:
    """One page of persons."""
    found = client.persons(region, after).persons
    rows = [
        {
            "id": node.id,
            "nik": as_text(node.nik),
            "status_nik": node.nik_status.value,
            "nama": inert(node.name),
            "jenis_kelamin": node.sex.value if node.sex else "",
            "tanggal_lahir": node.birth_date.isoformat() if node.birth_date else "",
            "hubungan": node.relation_to_head.value if node.relation_to_head else "",
            "status_hidup": node.life_status.value,
            "id_keluarga": node.household.id if node.household else "",
            "diperbarui": node.updated_at.isoformat(),
        }
        for node in found.nodes
    ]
    return Page(rows, found.page_info.end_cursor, found.page_info.has_next_page)


def as_text(digits: str | None) -> str:
    """Digits that Excel leaves alone: as a number a NIK would lose its last one."""
    return f"'{digits}" if digits else ""


def inert(text: str) -> str:
    """Text that Excel will not take for a formula."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


# --- what is kept between runs --------------------------------------------------------------


class Store:
    """Records by list and id, and how far each list was read."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        with self._connection:
            self._connection.executescript(
                """
                create table if not exists record
                  (list text, id text, row text not null, primary key (list, id)) without rowid;
                create table if not exists progress (list text primary key, cursor text);
                """
            )

    def cursor(self, name: str) -> str | None:
        """The cursor behind which to go on; None at the start of the list."""
        query = "select cursor from progress where list = ?"
        found = self._connection.execute(query, (name,)).fetchone()
        return found[0] if found else None

    def save(self, name: str, page: Page) -> None:
        """Keep a page and its cursor, both or neither; a record read again replaces itself."""
        with self._connection:
            self._connection.executemany(
                "insert or replace into record values (?, ?, ?)",
                [(name, row["id"], json.dumps(row)) for row in page.rows],
            )
            if page.cursor is not None:  # an empty page has none: keep the one there is
                self.move(name, page.cursor)

    def move(self, name: str, cursor: str | None) -> None:
        """Set how far the list was read."""
        self._connection.execute("insert or replace into progress values (?, ?)", (name, cursor))

    def rows(self, name: str) -> Iterator[Row]:
        """Every record of the list."""
        query = "select row from record where list = ? order by id"
        for (row,) in self._connection.execute(query, (name,)):
            yield json.loads(row)


def pull(store: Store, name: str, fetch: Fetch) -> int:
    """Read on behind what was read; returns how many records came."""
    count = 0
    while True:
        cursor = store.cursor(name)
        try:
            page = fetch(cursor)
        except GraphQLClientGraphQLMultiError as error:
            if cursor is None or not refused(error):
                raise
            store.move(name, None)  # a newer hub may not know the old cursor: start again
            continue
        store.save(name, page)
        count += len(page.rows)
        if not page.more:
            return count


def refused(error: GraphQLClientGraphQLMultiError) -> bool:
    """Whether the hub refuses the request as it is."""
    return any((one.extensions or {}).get("code") == "BAD_INPUT" for one in error.errors)


def write(rows: Iterator[Row], target: Path) -> None:
    """The rows as CSV that Excel opens (UTF-8 with BOM, semicolons), replaced as a whole."""
    new = target.with_suffix(".new")
    with new.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(stream, list(row), delimiter=";")
                writer.writeheader()
            writer.writerow(row)
    new.replace(target)


# --- asking ---------------------------------------------------------------------------------


class Patient(httpx.HTTPTransport):
    """Asks again while the hub is busy or away; every request here only reads."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and wait as long as the hub says or, if it does not, longer each time."""
        attempt = 0
        while True:
            attempt += 1
            last = attempt == ATTEMPTS
            wait = str(2**attempt)
            try:
                response = super().handle_request(request)
            except httpx.TransportError:
                if last:
                    raise
            else:
                if last or response.status_code not in (429, 503):
                    return response
                wait = response.headers.get("Retry-After", wait)
                response.close()
            time.sleep(min(float(wait) if wait.isdecimal() else 5.0, LONGEST_WAIT))


def main(arguments: list[str]) -> int:
    """Pull one kabupaten or kota into a folder."""
    if len(arguments) != 2 or not {"HUB_URL", "HUB_TOKEN"} <= set(os.environ):
        sys.stderr.write("HUB_URL=... HUB_TOKEN=... pull_kabupaten.py KODE FOLDER\n")
        return 2
    region, folder = arguments[0], Path(arguments[1])
    os.umask(0o077)  # personal data: for the owner's eyes only
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / f"{region}.sqlite")
    # With this media type a refused query comes as an answer with `errors`, not as HTTP 400.
    headers = {"Authorization": f"Bearer {os.environ['HUB_TOKEN']}", "Accept": "application/json"}
    http = httpx.Client(headers=headers, transport=Patient(), timeout=60)
    # The generated protocol of a client names one parameter otherwise than httpx does.
    hub = HubClient(os.environ["HUB_URL"], http_client=http)  # type: ignore[arg-type]
    try:
        with hub as client:
            for name, fetch in (("keluarga", households), ("orang", persons)):
                count = pull(store, name, partial(fetch, client, region))
                write(store.rows(name), folder / f"{name}-{region}.csv")
                sys.stdout.write(f"{name}: {count} baru atau berubah / new or changed\n")
    except (GraphQLClientError, httpx.TransportError) as error:
        sys.stderr.write(f"{error or type(error).__name__}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
