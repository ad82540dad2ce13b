"""A read in the making: its parameters, and the caller's scope and masking as SQL.

Every read of the registry is built here or from here, so that none can forget the scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.sql import SQL, Composable, Composed

from hub.core.store.scope import EVERYWHERE, Scope, check_prefix, regency_of

Key = tuple[str, UUID]
"""How a row of a large table is known: its regency and its id."""

NOTHING = SQL("false")
ANYTHING = SQL("true")
_VISIBLE_HEAD, _VISIBLE_TAIL = 6, 2


class Statement:
    """Parameters of one statement and the conditions that depend on who asks."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.params: dict[str, Any] = {}

    def bind(self, value: Any, cast: str | None = None) -> Composable:
        """A placeholder for `value`, cast to the SQL type `cast` if given."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        placeholder = sql.Placeholder(name)
        return Composed([placeholder, SQL("::"), SQL(cast)]) if cast else placeholder

    def keys(self, keys: Iterable[Key]) -> Composable:
        """A row source `k(regency_code, id)` of the given keys."""
        pairs = list(keys)
        return SQL("unnest({}, {}) as k(regency_code, id)").format(
            self.bind([regency for regency, _ in pairs], "text[]"),
            self.bind([identity for _, identity in pairs], "uuid[]"),
        )

    def masked(self, column: str) -> Composable:
        """A 16-digit number, whole for an identified caller, else its first 6 and last 2."""
        if self.scope.identified:
            return SQL(column)
        return SQL(
            "case when {c} is not null then left({c}, {h}) || '********' || right({c}, {t}) end"
        ).format(c=SQL(column), h=SQL(str(_VISIBLE_HEAD)), t=SQL(str(_VISIBLE_TAIL)))

    # --- scope ------------------------------------------------------------------------------

    def in_scope(self, alias: str) -> Composable:
        """Scope of a table with `regency_code` and `village_code`."""
        return any_of(self.within(alias, prefix) for prefix in self.scope.regions)

    def regency_in_scope(self, alias: str) -> Composable:
        """Scope of a table that knows the regency only; a narrower scope sees nothing of it."""
        return any_of(self.regency_within(alias, prefix) for prefix in self.scope.regions)

    def subject_in_scope(self, alias: str, *, person: bool) -> Composable:
        """Scope of a table that has a household, and a person if `person`, but no village."""
        return any_of(
            self.subject_within(alias, prefix, person=person) for prefix in self.scope.regions
        )

    def within(self, alias: str, prefix: str) -> Composable:
        """Whether a row with a village lies in the region of `prefix`."""
        if len(check_prefix(prefix)) <= len("3520"):
            return self.regency_within(alias, prefix)
        return SQL("({} and {})").format(
            self._starts(f"{alias}.regency_code", regency_of(prefix)),
            self._starts(f"{alias}.village_code", prefix),
        )

    def regency_within(self, alias: str, prefix: str) -> Composable:
        """Whether the whole regency of a row lies in the region of `prefix`."""
        if check_prefix(prefix) == EVERYWHERE:
            return ANYTHING
        if len(prefix) > len("3520"):
            return NOTHING
        return self._starts(f"{alias}.regency_code", prefix)

    def subject_within(self, alias: str, prefix: str, *, person: bool) -> Composable:
        """Whether the household or the person of a row lies in the region of `prefix`."""
        if len(check_prefix(prefix)) <= len("3520"):
            return self.regency_within(alias, prefix)
        names = ("household", "person") if person else ("household",)
        return SQL("({} and {})").format(
            self._starts(f"{alias}.regency_code", regency_of(prefix)),
            any_of(self._subject_at(alias, name, prefix) for name in names),
        )

    def _subject_at(self, alias: str, table: str, prefix: str) -> Composable:
        return SQL(
            "exists (select from {t} s where s.regency_code = {a}.regency_code"
            " and s.id = {a}.{k} and {c})"
        ).format(
            t=SQL(table),
            a=SQL(alias),
            k=SQL(f"{table}_id"),
            c=self._starts("s.village_code", prefix),
        )

    def _starts(self, column: str, prefix: str) -> Composable:
        if len(prefix) == len("3520") and column.endswith("regency_code"):
            return SQL("{} = {}").format(SQL(column), self.bind(prefix))
        # A range, for the index; letters sort after digits in every collation.
        return SQL("({c} >= {low} and {c} < {high})").format(
            c=SQL(column), low=self.bind(prefix), high=self.bind(f"{prefix}A")
        )


def all_of(conditions: Sequence[Composable]) -> Composable:
    """Every condition holds."""
    return SQL(" and ").join(conditions) if conditions else ANYTHING


def any_of(conditions: Iterable[Composable]) -> Composable:
    """One of the conditions holds; none given is none that holds."""
    found = list(conditions)
    if not found:
        return NOTHING
    return found[0] if len(found) == 1 else SQL("({})").format(SQL(" or ").join(found))
