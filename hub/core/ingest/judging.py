"""What somebody decides about two rows: it wins over every rule until it is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row, scalar_row
from psycopg.sql import SQL, Composed

from adapters.delivery import unheard
from hub.core.ingest.chosen import Refusal
from hub.core.ingest.publishing import ONE_AT_A_TIME, derive
from hub.core.linkage import link
from hub.core.registry import journal
from hub.core.registry.supersede import supersede
from hub.core.store.roles import act_as_importer
from hub.core.store.scope import Scope
from hub.core.store.statement import Statement

Judgement = Literal["SAME", "DIFFERENT", "UNSURE"]

_SIDE = (
    "jsonb_build_object('source', {alias}.source, 'edition', {alias}.edition,"
    " 'nik', {nik}, 'name', {alias}.name, 'birthDate', {alias}.birth_date, 'sex', {alias}.sex,"
    " 'motherName', {alias}.mother_name, 'village', {alias}.village_code)"
)
_WAITING = """
select r.id, r.kind, r.evidence, r.raised_at, r.judgement, r.judged_by, {left} as left,
       case when o.id is not null then {right} end as right
from match_review r
join source_person s on s.regency_code = r.regency_code and s.id = r.source_id
left join source_person o on o.regency_code = r.other_regency_code and o.id = r.other_source_id
where (r.judgement is null or %(judged)s) and {scope}
order by r.kind, r.raised_at, r.id
limit %(most)s
"""
_JUDGE = """
with judged as (
  update match_review set judgement = %(judgement)s, judged_by = %(actor)s,
         judged_at = case when %(judgement)s::text is not null then now() end
  where id = %(review)s and other_source_id is not null
  returning regency_code, source_id
)
select s.nik from judged j
join source_person s on s.regency_code = j.regency_code and s.id = j.source_id
"""


@dataclass(frozen=True)
class Review:
    """Two rows side by side, and what speaks for and against their being one person.

    `right` is none where a number is nobody's. NIKs are masked unless the scope is identified.
    """

    id: UUID
    kind: str
    left: dict[str, Any]
    right: dict[str, Any] | None
    evidence: dict[str, Any]
    raised_at: datetime
    judgement: Judgement | None
    judged_by: str | None


def reviews(
    connection: Connection[Any], scope: Scope, most: int, *, judged: bool = False
) -> list[Review]:
    """Give what waits for a person, the oldest first; with `judged`, also what does not. Reads."""
    statement = Statement(scope)

    def side(alias: str) -> Composed:
        nik = statement.masked(f"{alias}.nik")
        return SQL(_SIDE).format(alias=SQL(alias), nik=nik)

    query = SQL(_WAITING).format(left=side("s"), right=side("o"), scope=statement.in_scope("s"))
    with connection.cursor(row_factory=class_row(Review)) as cursor:
        values = {**statement.params, "judged": judged, "most": most}
        return cursor.execute(query, values).fetchall()


def judge(
    connection: Connection[Any], review: UUID, judgement: Judgement | None, actor: str | None
) -> None:
    """Decide that the two rows of a review are one person, two, or neither; None takes it back.

    Whoever they belong to is linked again at once. The connection must be in autocommit mode.
    Raises Refusal when there is no such review of two rows.
    """
    with connection.transaction():
        act_as_importer(connection)
        connection.execute(ONE_AT_A_TIME)
        with journal.recording(connection, None, actor) as publication:
            values = {"judgement": judgement, "actor": actor, "review": review}
            with connection.cursor(row_factory=scalar_row) as cursor:
                niks = cursor.execute(_JUDGE, values).fetchall()
            if not niks:
                raise Refusal(
                    "Tidak ada dua baris yang menunggu penilaian dengan nomor ini.",
                    "No two rows wait for a judgement under this id.",
                )
            supersede(connection, None)
            link.relink(connection, niks)
            derive(connection, None, unheard)
            journal.note_looked_at(connection, publication)
