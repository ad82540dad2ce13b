"""The ways in which a field is found in the store: what the table is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from psycopg.sql import Composable
from sqlalchemy import BigInteger
from sqlalchemy import Table as StoreTable
from strawberry.utils.str_converters import to_snake_case

from hub.core.access import Viewer
from hub.core.store.paging import Listing, Ordering, Window, read_cursor
from schema.compile.build import Build, Found, Listed, Rows, Slice, absent, text, value
from schema.compile.operation import Chosen

Arguments = Mapping[str, Any]
Given = Callable[[Viewer, Arguments], Any]
"""What a field is asked, as a value of the store. Raises what its resolver would."""


class Field(Found, Protocol):
    """How one field is found, and what it is asked."""

    @property
    def given(self) -> Given | None:
        """How its arguments are read, None when it has none."""


@dataclass(frozen=True)
class Expression:
    """A value that SQL gives: `{a}` is the row; `sure` that it is never null; `wide` that it may
    be too large a number for an Int."""

    template: str
    sure: bool = False
    wide: bool = False
    given: None = None

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The value as JSON."""
        assert chosen.definition is not None  # noqa: S101 - the table has no name of a type
        expression = self.template.replace("{a}", alias)
        return value(chosen.definition.type, expression, nullable=not self.sure, wide=self.wide)


@dataclass(frozen=True)
class Masked:
    """A 16-digit number, masked unless the caller may see it whole."""

    column: str
    given: None = None

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The number as JSON."""
        assert chosen.definition is not None  # noqa: S101 - the table has no name of a type
        return value(chosen.definition.type, text(build.masked(f"{alias}.{self.column}")))


@dataclass(frozen=True)
class Same:
    """An object made of the same row; null unless `present` holds."""

    present: str | None = None
    given: None = None

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The object as JSON."""
        assert chosen.definition is not None  # noqa: S101 - the table has no name of a type
        found = build.object(chosen, alias)
        if self.present is None:
            return found
        condition = self.present.replace("{a}", alias)
        return f"case when {condition} then {found} else {absent(chosen.definition.type)} end"


@dataclass(frozen=True)
class One:
    """The first of the rows that a field leads to."""

    rows: Callable[[Build, str, Any], Rows]
    given: Given | None = None

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The object as JSON."""
        return build.one(self.rows(build, alias, build.given(chosen)), chosen)


@dataclass(frozen=True)
class Many:
    """All rows that a field leads to."""

    rows: Callable[[Build, str, Any], Rows]
    given: Given | None = None

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The array of objects as JSON."""
        return build.many(self.rows(build, alias, build.given(chosen)), chosen)


@dataclass(frozen=True)
class Written:
    """Text that a function writes as SQL, from the row and the arguments of the field."""

    write: Callable[[Build, str, Any], str]
    given: Given | None = None

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The text as JSON."""
        assert chosen.definition is not None  # noqa: S101 - the table has no name of a type
        return value(chosen.definition.type, self.write(build, alias, build.given(chosen)))


@dataclass(frozen=True)
class AskedList:
    """A list as it is asked for."""

    criteria: Any
    ordering: Ordering
    slice: Slice


@dataclass(frozen=True)
class Paged:
    """A list in pages: of what is listed for the row `alias`, counted as `counted` lists it."""

    alias: str
    given: Given
    listing: Callable[[Build, str, Any], Listing]
    counted: Callable[[Build, str, Any], Listing] | None = None

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The connection as JSON."""
        asked: AskedList = build.given(chosen)
        found = self.listing(build, alias, asked.criteria)
        counted = self.counted(build, alias, asked.criteria) if self.counted else found
        listed = Listed(
            self.alias,
            source=text(found.source),
            scope=text(found.scope),
            where=text(found.met),
            counted=f"{text(counted.source)} where {text(counted.met)}",
            ordering=asked.ordering,
            slice=asked.slice,
        )
        return build.connection(listed, chosen)


def columns(table: StoreTable, *names: str, **renamed: str) -> dict[str, Expression]:
    """Fields that are columns of a store table: of the same name in snake case, or `renamed`."""
    found = {name: to_snake_case(name) for name in names} | renamed
    return {
        name: Expression(
            "{a}." + column,
            sure=not table.c[column].nullable,
            wide=isinstance(table.c[column].type, BigInteger),
        )
        for name, column in found.items()
    }


def plain(*names: str) -> dict[str, Expression]:
    """Fields that are columns of the row, of the same name in snake case."""
    return {name: Expression("{a}." + to_snake_case(name)) for name in names}


def rows(
    alias: str,
    source: str,
    *conditions: str | Composable,
    order: str = "",
    limit: int | None = None,
    columns: str = "",
) -> Rows:
    """Rows of `source` that meet every condition."""
    where = " and ".join(c if isinstance(c, str) else text(c) for c in conditions) or "true"
    return Rows(alias, source, where, order, limit, columns)


def sliced(window: Window, ordering: Ordering) -> Slice:
    """A window with its cursors read. Raises CursorError."""

    def place(cursor: str | None) -> list[Any] | None:
        return None if cursor is None else read_cursor(ordering, cursor)

    return Slice(window.limit, place(window.after), place(window.before), window.backward)
