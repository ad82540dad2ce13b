"""The programme catalogue and the overlap rules: public, the same for every caller."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.sql import SQL

from hub.core.store.queries.grouping import one_of
from hub.core.store.reader import Reader, Row

_PROGRAMME = SQL("select code, name, owner, level, strategy, kind, unit, target from programme")
_RULE = SQL("select code, title, kind, unit, legal_basis, status, programmes from overlap_rule")


async def everything(reader: Reader) -> list[Row]:
    """Every programme, by code."""
    return await reader.rows(reader.statement(), SQL("{} order by code").format(_PROGRAMME))


async def by_codes(reader: Reader, codes: Sequence[str]) -> dict[str, Row]:
    """The programmes of `codes`."""
    statement = reader.statement()
    query = SQL("{} where {}").format(_PROGRAMME, one_of(statement, "code", codes))
    return {row["code"]: row for row in await reader.rows(statement, query)}


async def rules(reader: Reader) -> list[Row]:
    """Every overlap rule, by code."""
    return await reader.rows(reader.statement(), SQL("{} order by code").format(_RULE))


async def rules_by_codes(reader: Reader, codes: Sequence[str]) -> dict[str, Row]:
    """The overlap rules of `codes`."""
    statement = reader.statement()
    query = SQL("{} where {}").format(_RULE, one_of(statement, "code", codes))
    return {row["code"]: row for row in await reader.rows(statement, query)}
