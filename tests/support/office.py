"""An office: a registry, a spool, a folder for files, and the steps of a delivery that waits."""

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.delivery import Options
from hub.core.ingest.advancing import advance
from hub.core.ingest.deciding import ask_publish, ask_undo
from hub.core.ingest.receiving import Received, Sender, receive_file
from hub.core.ingest.spool import Spool

OPTIONS = Options(region_system="kemendagri")
UPLOADER, PUBLISHER = "pengunggah", "penerbit"


class Office:
    """What two people and the worker do, one step after the other."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.spool = Spool(folder / "spool", 10_000_000)
        self.connection: psycopg.Connection[Any] = psycopg.connect(url, autocommit=True)

    def receive(self, file: Path, sender: Sender | None = None) -> Received:
        """Bring a file."""
        by = sender or Sender(UPLOADER)
        return receive_file(self.connection, self.spool, file, OPTIONS, by)

    def stage(self, file: Path, by: str = UPLOADER) -> UUID:
        """Bring a file and have it checked."""
        received = self.receive(file, Sender(by))
        self.advance(received.delivery_id)
        return received.delivery_id

    def advance(self, delivery: UUID) -> None:
        """Work as the worker does."""
        advance(self.connection, delivery, self.spool)

    def publish(self, delivery: UUID) -> None:
        """Have the second person publish."""
        ask_publish(self.connection, delivery, PUBLISHER, one_person=False)
        self.advance(delivery)

    def undo(self, delivery: UUID) -> None:
        """Have the second person take it back."""
        ask_undo(self.connection, delivery, PUBLISHER)
        self.advance(delivery)

    def all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(query, values).fetchall()

    def empty(self) -> None:
        """Lose the files in the spool."""
        for spooled in (self.folder / "spool").glob("??/*"):
            spooled.unlink()
