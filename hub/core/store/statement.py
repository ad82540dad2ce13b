"""A read in the making: its parameters, and the caller's scope and masking as SQL.

Every read of the registry is built here or from here, so that none can forget the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
        self.regions: Sequence[str] = scope.regions
        self.whole_scope: Any = scope.regions  # the same, to be bound as one array
        self.identified = scope.identified
        self.account: Any = scope.account
        self.params: dict[str, Any] = {}

    def bind(
        self, value: Any, cast: str | None = None, derive: Callable[[Any], Any] | None = None
    ) -> Composable:
        """A placeholder for `value`, or what `derive` makes of it, cast to the SQL type `cast`.

        A compiled statement holds places for values that come later: conditions must not look
        at a value, other than at its length, but say here what is to be made of it.
        """
        name = f"p{len(self.params)}"
        self.params[name] = derive(value) if derive else value
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
        if self.identified:
            return SQL(column)
        return SQL(
            "case when {c} is not null then left({c}, {h}) || '********' || right({c}, {t}) end"
        ).format(c=SQL(column), h=SQL(str(_VISIBLE_HEAD)), t=SQL(str(_VISIBLE_TAIL)))

    # --- scope ------------------------------------------------------------------------------

    def in_scope(self, alias: str) -> Composable:
        """Scope of a table with `regency_code` and `village_code`."""
        return any_of(self.within(alias, prefix) for prefix in self.regions)

    def regency_in_scope(self, alias: str) -> Composable:
        """Scope of a table that knows the regency only; a narrower scope sees nothing of it."""
        return any_of(self.regency_within(alias, prefix) for prefix in self.regions)

    def subject_in_scope(self, alias: str, *, person: bool) -> Composable:
        """Scope of a table that has a household, and a person if `person`, but no village."""
        return any_of(self.subject_within(alias, prefix, person=person) for prefix in self.regions)

    def within(self, alias: str, prefix: str) -> Composable:
        """Whether a row with a village lies in the region of `prefix`."""
        if self.digits(prefix) <= len("3520"):
            return self.regency_within(alias, prefix)
        return SQL("({} and {})").format(
            self._in_regency_of(alias, prefix),
            self._starts(f"{alias}.village_code", prefix),
        )

    def regency_within(self, alias: str, prefix: str) -> Composable:
        """Whether the whole regency of a row lies in the region of `prefix`."""
        if self.digits(prefix) == len(EVERYWHERE):
            return ANYTHING
        if self.digits(prefix) > len("3520"):
            return NOTHING
        return self._starts(f"{alias}.regency_code", prefix)

    def subject_within(self, alias: str, prefix: str, *, person: bool) -> Composable:
        """Whether the household or the person of a row lies in the region of `prefix`."""
        if self.digits(prefix) <= len("3520"):
            return self.regency_within(alias, prefix)
        names = ("household", "person") if person else ("household",)
        return SQL("({} and {})").format(
            self._in_regency_of(alias, prefix),
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

    def uploaded(self, alias: str) -> Composable:
        """Whether the caller's own account uploaded a delivery."""
        return SQL("{}.uploaded_by = {}").format(SQL(alias), self.bind(self.account, "text"))

    def digits(self, prefix: str) -> int:
        """How long a region prefix is. Raises ScopeError when it is none."""
        return len(check_prefix(prefix))

    def _in_regency_of(self, alias: str, prefix: str) -> Composable:
        return SQL("{}.regency_code = {}").format(SQL(alias), self.bind(prefix, derive=regency_of))

    def _starts(self, column: str, prefix: str) -> Composable:
        whole = len("3520") if column.endswith("regency_code") else len("3520012001")
        if self.digits(prefix) == whole:
            return SQL("{} = {}").format(SQL(column), self.bind(prefix))
        # A range, for the index; letters sort after digits in every collation.
        return SQL("({c} >= {low} and {c} < {high})").format(
            c=SQL(column), low=self.bind(prefix), high=self.bind(prefix, derive=_behind)
        )


def _behind(prefix: str) -> str:
    return f"{prefix}A"


def all_of(conditions: Sequence[Composable]) -> Composable:
    """Every condition holds."""
    return SQL(" and ").join(conditions) if conditions else ANYTHING


def any_of(conditions: Iterable[Composable]) -> Composable:
    """One of the conditions holds; none given is none that holds."""
    found = list(conditions)
    if not found:
        return NOTHING
    return found[0] if len(found) == 1 else SQL("({})").format(SQL(" or ").join(found))
