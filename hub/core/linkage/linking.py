"""How it is written down which person or family a row is about."""

from __future__ import annotations

_LINK = """
insert into {link}
  (regency_code, source_id, target_regency_code, target_id, judgement, method)
{rows}
on conflict (regency_code, source_id) do update
set target_regency_code = excluded.target_regency_code, target_id = excluded.target_id,
    method = excluded.method, judged_at = now()
where ({link}.target_id, {link}.method) is distinct from (excluded.target_id, excluded.method)
"""


def linked(subject: str, rows: str) -> str:
    """The statement that links the rows which the query `rows` gives, columns in the order above.

    `subject` is person or household. A row that was linked so before keeps its date.
    """
    return _LINK.format(link=f"{subject}_link", rows=rows)
