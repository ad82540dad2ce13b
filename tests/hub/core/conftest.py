"""A registry to publish synthetic source rows into: fixture `hub`.

Numbers begin with 99, a region that does not exist.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from hub.core.ingest.publishing import publish, rebuild

HERE = "9935"
JSON_COLUMNS = ("receipts", "rankings", "assets", "extra")

Row = tuple[str, dict[str, Any]]


class Hub:
    """Publishes deliveries made of `person` and `family` rows, and reads the outcome."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self.connection = connection

    @staticmethod
    def nik(number: int) -> str:
        return f"993501010190{number:04d}"

    @staticmethod
    def kk(number: int) -> str:
        return f"993501010120{number:04d}"

    def person(self, nik: int | None = None, **columns: Any) -> Row:
        """A row of a person file; `nik` and `kk` are numbers of valid ones."""
        number = self.nik(nik) if nik else None
        known = {"nik": number, "nik_status": "VALID" if nik else "MISSING"}
        return "source_person", {**known, "name": f"ORANG {nik}", **self._kk(columns)}

    def family(self, kk: int | None = None, **columns: Any) -> Row:
        """A row of a family file."""
        return "source_household", self._kk({"kk": kk, **columns})

    @staticmethod
    def receipt(programme: str, start: str, end: str | None, **more: Any) -> dict[str, Any]:
        plain = {"amount": None, "status": "RECEIVED", "basis": "LIST"}
        return {"programme": programme, "start": start, "end": end, **plain, **more}

    def deliver(self, source: str, *rows: Row, on: str = "2024-01-01", commit: bool = True) -> UUID:
        """Stage and publish a delivery with reference date `on`."""
        delivery = self.stage(source, *rows, on=on)
        self.publish(delivery, commit=commit)
        return delivery

    def stage(self, source: str, *rows: Row, on: str = "2024-01-01") -> UUID:
        found = self.one(
            "insert into delivery (source, layout, edition, file_name, sha256, size, state,"
            " reference_date) values (%s, 'test', %s, 'f', %s, 1, 'STAGED', %s) returning id",
            source,
            on[:4],
            uuid4().hex,
            on,
        )
        fixed = {"delivery_id": found["id"], "source": source, "edition": on[:4], "sheet": 1}
        for number, (table, columns) in enumerate(rows, start=2):
            self._insert(table, {**fixed, "row": number, "reference_date": on, **columns})
        return UUID(str(found["id"]))

    def publish(self, delivery: UUID, *, commit: bool = True) -> None:
        publish(self.connection, delivery)
        published = "update delivery set state = 'PUBLISHED' where id = %s"
        self.connection.execute(published, (delivery,))
        if commit:
            self.connection.commit()

    def rebuild(self) -> None:
        rebuild(self.connection)
        self.connection.commit()

    def all(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return self.connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> dict[str, Any]:
        (row,) = self.all(query, *values)
        return row

    def values(self, query: str, *values: Any) -> list[Any]:
        """The rows as tuples, single columns as bare values."""
        rows = [tuple(row.values()) for row in self.all(query, *values)]
        return [row[0] if len(row) == 1 else row for row in rows]

    def person_of(self, nik: int) -> dict[str, Any]:
        return self.one("select * from person where nik = %s", self.nik(nik))

    def families(self) -> list[tuple[str | None, list[str]]]:
        """The KK and the sorted member names of every household."""
        return self.values(
            "select h.kk, coalesce(array_agg(p.name order by p.name)"
            "   filter (where p.id is not null), '{}')"
            " from household h left join person p"
            "   on (p.regency_code, p.household_id) = (h.regency_code, h.id)"
            " group by h.regency_code, h.id, h.kk order by h.kk, 2"
        )

    def flags(self) -> list[tuple[Any, ...]]:
        """Rule, programmes, first and last day of every flag."""
        return self.values(
            "select rule_code, programmes, period_start::text, period_end::text"
            " from overlap_flag order by 1, 2, 3"
        )

    def _kk(self, columns: dict[str, Any]) -> dict[str, Any]:
        number = columns.get("kk")
        return {**columns, "kk": self.kk(number) if isinstance(number, int) else number}

    def _insert(self, table: str, columns: dict[str, Any]) -> None:
        given = {"regency_code": HERE, **columns}
        for name in JSON_COLUMNS:
            if name in given:
                given[name] = json.dumps(given[name])
        names = sql.SQL(", ").join(map(sql.Identifier, given))
        places = sql.SQL(", ").join([sql.Placeholder()] * len(given))
        statement = sql.SQL("insert into {} ({}) values ({})")
        self.connection.execute(
            statement.format(sql.Identifier(table), names, places), list(given.values())
        )


@pytest.fixture
def hub(store_url: str) -> Iterator[Hub]:
    """An empty registry."""
    with psycopg.connect(store_url, row_factory=dict_row) as connection:
        yield Hub(connection)
