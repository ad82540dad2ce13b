"""Rules compiled to SQL: each becomes one query over `claim`, the receipts of who is touched.

Every query yields rule_code, regency_code, subject_id, programmes (sorted), span (daterange) and
receipts (uuid[]): pairs or single receipts, before spans of one subject are joined.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from psycopg.sql import SQL, Composable, Literal

from mappings.model import Rule

_EXCLUSIVE = """
select {code} as rule_code, a.regency_code, a.{subject} as subject_id,
       array[least(a.programme, b.programme), greatest(a.programme, b.programme)] as programmes,
       a.span * b.span * {validity} as span, array[a.id, b.id] as receipts
from claim a
join claim b on b.regency_code = a.regency_code and b.{subject} = a.{subject}
  and b.span && a.span
where a.programme = any({programmes}::text[]) and b.programme = any({against}::text[])
  and a.programme <> b.programme and a.span * b.span && {validity}
"""
# The same list of the same region and period in a later delivery states a receipt again, as a
# mended file does; it is no second receipt. Lists of two villages are two lists.
_DUPLICATE = """
select {code}, a.regency_code, a.{subject}, array[a.programme], a.span * b.span * {validity},
       array[a.id, b.id]
from claim a
join claim b on b.regency_code = a.regency_code and b.{subject} = a.{subject}
  and b.programme = a.programme and b.span && a.span and b.id > a.id
  and b.source_id <> a.source_id
where a.basis = 'LIST' and b.basis = 'LIST' and {listed}
  and (a.delivery_id = b.delivery_id or a.list <> b.list or a.span <> b.span)
  and a.span * b.span && {validity}
"""
_DECEASED = """
select {code}, a.regency_code, a.person_id, array[a.programme], a.span * {validity}, array[a.id]
from claim a
where a.deceased_since is not null and lower(a.span) > a.deceased_since
  and {listed} and a.span && {validity}
"""
_SUBJECT = {"FAMILY": SQL("family_id"), "PERSON": SQL("person_id")}


def query(rule: Rule) -> Composable:
    """The query of one rule over `claim`."""
    return _KINDS[rule.kind](rule)


def _exclusive(rule: Rule) -> Composable:
    return SQL(_EXCLUSIVE).format(
        code=Literal(rule.code),
        subject=_SUBJECT[rule.unit],
        programmes=Literal(list(rule.programmes)),
        against=Literal(list(rule.against)),
        validity=_validity(rule),
    )


def _duplicate(rule: Rule) -> Composable:
    # Unnamed programmes: those of the rule's own unit. Two children with PIP are no duplicate.
    listed = _listed(rule, SQL("a.unit = {}").format(Literal(rule.unit)))
    return SQL(_DUPLICATE).format(
        code=Literal(rule.code),
        subject=_SUBJECT[rule.unit],
        listed=listed,
        validity=_validity(rule),
    )


def _deceased(rule: Rule) -> Composable:
    return SQL(_DECEASED).format(
        code=Literal(rule.code), listed=_listed(rule, SQL("true")), validity=_validity(rule)
    )


def _listed(rule: Rule, otherwise: Composable) -> Composable:
    if not rule.programmes:
        return otherwise
    return SQL("a.programme = any({}::text[])").format(Literal(list(rule.programmes)))


def _validity(rule: Rule) -> Composable:
    bounds = [date.fromisoformat(d) if d else None for d in (rule.valid_from, rule.valid_to)]
    return SQL("daterange({}::date, {}::date, '[]')").format(*map(Literal, bounds))


_KINDS: dict[str, Callable[[Rule], Composable]] = {
    "EXCLUSIVE": _exclusive,
    "DUPLICATE": _duplicate,
    "DECEASED": _deceased,
}
