"""SQL for the JSON of what is selected.

An object is put together by concatenation, `'{"name":' || ... || '}'`, which was measured as the
cheapest way; the constant parts, keys and punctuation, are written once. No part may be null,
for that would swallow the whole: a null that the type allows becomes 'null', one that it does not
allow raises, and then Strawberry answers, which tells the caller where (see `hub_absent`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues
from psycopg.sql import SQL, Composable
from typing_extensions import override

from hub.core.store.paging import Ordering, beyond, order_clause
from hub.core.store.statement import Statement
from schema.compile.operation import TYPENAME, Chosen, Operation
from schema.compile.slots import Bound, Slot

ABSENT = "hub_absent()"
"""A function that raises, with `ABSENT_STATE`."""
ABSENT_STATE = "HB001"
_PLACEHOLDER = re.compile(r"\$(\d+)", re.ASCII)
_NUMBER = "row_number() over ()"
_READ = "count(*) over ()"


class Found(Protocol):
    """How a field is found in the store."""

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The JSON of the field of the row `alias`, as SQL text that is never null."""


Table = Mapping[str, Mapping[str, Found]]
"""How each field is found, by type and field."""


@dataclass(frozen=True)
class Rows:
    """Rows that a field leads to, under the name `alias`."""

    alias: str
    source: str
    where: str
    order: str = ""
    limit: int | None = None
    columns: str = ""  # those of `alias`


@dataclass(frozen=True)
class Slice:
    """Which part of a list is asked for; the places are the sort values of a cursor."""

    limit: int
    after: list[Any] | None = None
    before: list[Any] | None = None
    backward: bool = False


@dataclass(frozen=True)
class Listed:
    """A list to be given in pages: its rows, and the source and condition to count them by."""

    alias: str
    source: str
    scope: str
    where: str
    counted: str
    ordering: Ordering
    slice: Slice


class NotCompiledError(Exception):
    """The selection cannot be answered by one statement; Strawberry answers it."""


@dataclass(frozen=True)
class Caller:
    """What a statement may depend on of who asks: how long the region prefixes are, and masking."""

    digits: tuple[int, ...]
    identified: bool


class Build(Statement):
    """One statement in the making.

    Given value 0 is the tuple of the caller's region prefixes, value 1 the caller's account.
    """

    def __init__(
        self,
        table: Table,
        caller: Caller,
        operation: Operation,
        variables: VariableValues,
        given: dict[int, Any],
    ) -> None:
        slots: Any = tuple(Slot(0, (place,), size) for place, size in enumerate(caller.digits))
        self.regions = slots
        self.identified = caller.identified
        self._bound: list[Bound] = []
        self.root: Any = None  # the image of the arguments of the root field
        self.whole_scope = Slot(0, ())
        self.account = Slot(1, ())
        self._table = table
        self._operation = operation
        self._variables = variables
        self._given = given
        self._placeholders: dict[tuple[Slot, Any, str | None], Composable] = {}

    @override
    def digits(self, prefix: Any) -> int:
        """How long a region prefix is."""
        return len(prefix)

    @override
    def bind(
        self, value: Any, cast: str | None = None, derive: Callable[[Any], Any] | None = None
    ) -> Composable:
        """A placeholder for what comes in the place of the slot `value`."""
        if not isinstance(value, Slot):
            raise TypeError("a compiled statement holds no values")
        key = (value, derive, cast)
        if key not in self._placeholders:
            self._bound.append(Bound(value, derive))
            text = f"${len(self._bound)}" + (f"::{cast}" if cast else "")
            self._placeholders[key] = SQL(text)
        return self._placeholders[key]

    def finished(self, sql: str) -> tuple[str, tuple[Bound, ...]]:
        """The statement with its parameters: those that are in it, numbered anew."""
        used: dict[str, int] = {}

        def numbered(found: re.Match[str]) -> str:
            return f"${used.setdefault(found[1], len(used) + 1)}"

        whole = _PLACEHOLDER.sub(numbered, sql)
        return whole, tuple(self._bound[int(number) - 1] for number in used)

    def given(self, chosen: Chosen) -> Any:
        """The image of the arguments of a field, None for a field that has none to be read."""
        return self._given.get(id(chosen.node))

    # --- objects ------------------------------------------------------------------------------

    def below(self, chosen: Chosen, kind: GraphQLObjectType) -> list[Chosen]:
        """What is selected of the value of a field."""
        return self._operation.below(chosen, kind, self._variables)

    def object(self, chosen: Chosen, alias: str, kind: str | None = None) -> str:
        """The JSON of a field's value, of the type `kind` if given, made of the row `alias`."""
        if kind is None:
            return self.members(self.inner(chosen), alias)
        named: Any = self._operation.schema.get_type(kind)
        return self.members(self.below(chosen, named), alias)

    def inner(self, chosen: Chosen) -> list[Chosen]:
        """What is selected of the value of a field of an object type."""
        assert chosen.definition is not None  # noqa: S101 - the name of a type has no inside
        kind: Any = get_named_type(chosen.definition.type)
        return self.below(chosen, kind)

    def members(self, fields: Sequence[Chosen], alias: str) -> str:
        """The JSON object of fields of one type, over the row `alias`."""

        def part(field: Chosen) -> str:
            found = self._table.get(field.parent.name, {}).get(field.name)
            if found is None:
                raise NotCompiledError
            return found.sql(self, alias, field)

        return assembled(fields, part)

    # --- rows -----------------------------------------------------------------------------------

    def one(self, rows: Rows, chosen: Chosen, kind: str | None = None) -> str:
        """The JSON of the row, of the type `kind` if given, or null."""
        limit = " limit 1" if rows.order else ""
        found = (
            f"(select {self.object(chosen, rows.alias, kind)} from {rows.source}"
            f" where {rows.where}{_order(rows)}{limit})"
        )
        return self.or_null(found, chosen)

    def many(self, rows: Rows, chosen: Chosen) -> str:
        """The JSON array of the rows."""
        json = self.object(chosen, rows.alias)
        source = f"{rows.source} where {rows.where}"
        if rows.order:  # sorted before the JSON is made of them
            limit = f" limit {rows.limit}" if rows.limit else ""
            columns = rows.columns or f"{rows.alias}.*"
            source = f"(select {columns} from {source}{_order(rows)}{limit}) {rows.alias}"
        return f"(select {_array(json)} from {source})"

    def or_null(self, found: str, chosen: Chosen) -> str:
        """`found` with something in the place of null."""
        assert chosen.definition is not None  # noqa: S101 - a name of a type is never null
        return f"coalesce({found}, {absent(chosen.definition.type)})"

    # --- connections ----------------------------------------------------------------------------

    def connection(self, listed: Listed, chosen: Chosen) -> str:
        """The JSON of one page of a list."""
        return _Page(self, listed, self.inner(chosen)).json()


class _Page:
    """The JSON of a connection: entries, their cursors, the page's place, the total."""

    def __init__(self, build: Build, listed: Listed, fields: list[Chosen]) -> None:
        self.build = build
        self.listed = listed
        self.fields = fields
        self.slice: Slice = listed.slice
        # With one row more than the page holds it is known whether there is more.
        self.beyond = any(field.name == "pageInfo" for field in fields)
        self.columns: dict[str, str] = {}  # what the rows are asked for, by expression

    @property
    def limit(self) -> str:
        """The most entries on the page; a page of which only the total is asked has none."""
        return text(self.build.bind(self.slice.limit, "int"))

    def json(self) -> str:
        """The JSON object."""
        whole = assembled(self.fields, self._part)
        if self.columns:  # else nothing is asked of the rows
            whole = f"(select {whole} from ({self._rows()}) page)"
        for entry in self._personal_entries():
            whole = f"case when exists (select from {entry}) then {whole} else {ABSENT} end"
        return f"({whole})"

    def _part(self, field: Chosen) -> str:
        match field.name:
            case "totalCount":
                return f"(select count(*)::text from {self.listed.counted})"
            case "nodes":
                return self._entries(self.build.object(field, self.listed.alias))
            case "edges":
                return self._entries(assembled(self.build.inner(field), self._edge))
            case "pageInfo":
                return assembled(self.build.inner(field), self._place)
        raise NotCompiledError

    def _edge(self, field: Chosen) -> str:
        if field.name == "cursor":
            return f"to_json({self._cursor()})::text"
        return self.build.object(field, self.listed.alias)

    def _place(self, field: Chosen) -> str:
        backward = self.slice.backward
        match field.name:
            case "hasNextPage":
                return _truth(str(self.slice.before is not None)) if backward else self._more()
            case "hasPreviousPage":
                return self._more() if backward else _truth(str(self.slice.after is not None))
            case "startCursor":
                return self._end(last=backward)
            case "endCursor":
                return self._end(last=not backward)
        raise NotCompiledError

    def _more(self) -> str:
        """Whether there is an entry beyond the page."""
        return _truth(f"coalesce(max({self._column(_NUMBER)}) > {self.limit}, false)")

    def _end(self, *, last: bool) -> str:
        """The cursor of the entry that was read first or, if `last`, last.

        Not by an ordered aggregate: it would put the rows in its order for all others too.
        """
        cursor, number = self._column(self._cursor()), self._column(_NUMBER)
        place = f"least({self.limit}, {self._column(_READ)})" if last else "1"
        shown = f"{number} = {place} and {number} <= {self.limit}"
        return f"coalesce(to_json(max({cursor}) filter (where {shown}))::text, 'null')"

    def _entries(self, json: str) -> str:
        if self.beyond:  # nothing is made of the row beyond the page
            json = f"case when {_NUMBER} <= {self.limit} then {json} end"
        column, order = self._column(json), ""
        if self.slice.backward:
            order = f" order by {self._column(_NUMBER)} desc"
        return f"coalesce('[' || string_agg({column}, ','{order}) || ']', '[]')"

    def _column(self, expression: str) -> str:
        """The name under which the rows give `expression`."""
        return self.columns.setdefault(expression, f"c{len(self.columns)}")

    def _rows(self) -> str:
        listed, ordering = self.listed, self.listed.ordering
        wanted = ", ".join(f"{expression} as {name}" for expression, name in self.columns.items())
        order = text(order_clause(ordering, backward=self.slice.backward))
        conditions = " and ".join([listed.where, *self._bounds()])
        limit = f"{self.limit} + 1" if self.beyond else self.limit
        return (
            f"select {wanted} from (select {listed.alias}.* from {listed.source}"
            f" where {conditions} order by {order} limit {limit}) {listed.alias}"
        )

    def _bounds(self) -> list[str]:
        ends = ((self.slice.after, True), (self.slice.before, False))
        found = []
        for values, forward in ends:
            if values is not None:
                bounds = self._place_values(values)
                found.append(text(beyond(self.listed.ordering, bounds, forward=forward)))
        return found

    def _place_values(self, values: Sequence[Any]) -> list[Composable]:
        """The sort values of a cursor; those that it does not hold are read again."""
        keys = self.listed.ordering.keys
        return [
            SQL(f"(select {key.expression} from {self._entry(values)})")
            if key.personal
            else self.build.bind(value, key.type)
            for key, value in zip(keys, values, strict=True)
        ]

    def _personal_entries(self) -> list[str]:
        """The rows of the cursors whose sort values are read again, and which must be there."""
        if not any(key.personal for key in self.listed.ordering.keys):
            return []
        places = (self.slice.after, self.slice.before)
        return [self._entry(values) for values in places if values is not None]

    def _entry(self, values: Sequence[Any]) -> str:
        """The row of a cursor, if the caller may see it."""
        regency, identity = self.listed.ordering.keys[-2:]
        bind = self.build.bind
        return (
            f"{self.listed.source} where {regency.expression} ="
            f" {text(bind(values[-2], regency.type))} and {identity.expression} ="
            f" {text(bind(values[-1], identity.type))} and {self.listed.scope}"
        )

    def _cursor(self) -> str:
        """As hub.core.store.paging.make_cursor writes it."""
        ordering = self.listed.ordering
        values = [_cursor_value(key.expression, key.type, key.personal) for key in ordering.keys]
        start = literal(f'["{ordering.signature}"')
        content = " || ',' || ".join([start, *values]) + " || ']'"
        encoded = f"encode(convert_to({content}, 'UTF8'), 'base64')"
        return f"rtrim(translate({encoded}, E'+/\\n', '-_'), '=')"


def _cursor_value(expression: str, kind: str, personal: bool) -> str:
    if personal:
        return "'null'"
    if kind in ("int", "smallint"):
        return f"({expression})::text"
    if kind == "timestamptz":
        return f"'\"' || {moment(expression)} || '\"'"
    return f"to_json(({expression})::text)::text"


# --- values -------------------------------------------------------------------------------------


def value(
    kind: GraphQLOutputType, expression: str, *, nullable: bool = True, wide: bool = False
) -> str:
    """The JSON of an SQL value of the GraphQL type `kind`.

    `nullable` if it may be null, `wide` if it is a number that may be too large for an Int.
    """
    json = _plain(get_nullable_type(kind), expression)
    if wide:
        fits = f"{expression} between -2147483648 and 2147483647"
        json = _checked(expression, fits, json)
    return f"coalesce({json}, {absent(kind)})" if nullable else json


def absent(kind: GraphQLOutputType) -> str:
    """What stands for null."""
    return ABSENT if is_non_null_type(kind) else "'null'"


def moment(expression: str) -> str:
    """A point in time as the schema writes it."""
    form = 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'
    return f"to_char({expression} at time zone 'UTC', '{form}')"


def literal(content: str) -> str:
    """A text constant of SQL."""
    return "'" + content.replace("'", "''") + "'"


def text(part: Composable) -> str:
    """A condition of the store as text; it has placeholders of ours already."""
    return part.as_string(None)


def _plain(kind: Any, expression: str) -> str:
    if is_list_type(kind):
        known = f"{expression} <@ {_names(get_named_type(kind))}"
        return _checked(expression, known, f"array_to_json({expression})::text")
    if is_enum_type(kind):
        known = f"{expression} = any({_names(kind)})"
        return _checked(expression, known, f"'\"' || {expression} || '\"'")
    match kind.name:
        case "Int":
            return f"({expression})::text"
        case "Boolean":
            return _truth(expression)
        case "Date" | "Decimal":
            return f"'\"' || ({expression})::text || '\"'"
        case "DateTime":
            return f"'\"' || {moment(expression)} || '\"'"
    return f"to_json({expression})::text"


def _names(kind: Any) -> str:
    return f"array[{', '.join(map(literal, kind.values))}]"


def _checked(expression: str, condition: str, json: str) -> str:
    """`json`, or null for null; a value that its type does not know raises."""
    return f"case when {condition} then {json} when {expression} is not null then {ABSENT} end"


def _truth(expression: str) -> str:
    return f"case when {expression} then 'true' else 'false' end"


def _array(json: str) -> str:
    return f"coalesce('[' || string_agg({json}, ',') || ']', '[]')"


def _order(rows: Rows) -> str:
    return f" order by {rows.order}" if rows.order else ""


def assembled(fields: Sequence[Chosen], part: Callable[[Chosen], str]) -> str:
    """A JSON object: the key and the `part` of each field; neighbouring constants made one."""
    parts: list[str] = []
    constant = "{"
    for place, field in enumerate(fields):
        constant += ("," if place else "") + f'"{field.key}":'
        if field.name == TYPENAME:
            constant += f'"{field.parent.name}"'
        else:
            parts += [literal(constant), part(field)]
            constant = ""
    return " || ".join([*parts, literal(constant + "}")])
