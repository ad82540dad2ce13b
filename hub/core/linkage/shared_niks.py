"""Rows of one valid NIK that may be of several people: found in SQL, told apart in Polars.

Most numbers need no second look: all their rows give one name or one birth date, and no delivery
lists the number twice. The others are `contested_nik`, and those of which a row was set apart; whom
their rows are about is decided by hub.core.linkage.identities, and what is set apart waits in
`match_review`. A review speaks of rows that count: when one of them is mended, what waits is looked
at anew, and what was decided is handed on to the row that mends it, unless that has another NIK.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL
from psycopg.types.json import Jsonb

from hub.core.linkage.identities import KEEPS, ROW, Told, tell_apart
from hub.core.store.precedence import FIRST_DELIVERY, rank
from mappings.load import linkage, survivorship

_FORGET = "drop table if exists contested_nik, contested_row, grouping, review_found"
_OF_MENDED = (
    """
insert into match_review
  (regency_code, kind, source_id, other_regency_code, other_source_id, evidence, raised_at,
   judgement, judged_by, judged_at)
select coalesce(a.regency_code, r.regency_code), r.kind, coalesce(a.source_id, r.source_id),
       coalesce(b.regency_code, r.other_regency_code), coalesce(b.source_id, r.other_source_id),
       r.evidence, r.raised_at, r.judgement, r.judged_by, r.judged_at
from match_review r
left join replaced a on a.subject = 'person' and a.replaced_id = r.source_id
left join replaced b on b.subject = 'person' and b.replaced_id = r.other_source_id
where r.judgement in ('SAME', 'DIFFERENT')
  and (r.source_id in (select source_id from unlinked)
       or r.other_source_id in (select source_id from unlinked))
  and (a.same_nik or r.source_id not in (select source_id from unlinked))
  and (b.same_nik or r.other_source_id not in (select source_id from unlinked))
""",
    """
delete from match_review r using unlinked u
where u.regency_code = r.regency_code and u.source_id = r.source_id
""",
    """
delete from match_review r using unlinked u
where u.regency_code = r.other_regency_code and u.source_id = r.other_source_id
""",
)
# A row counts when it is linked, or is about to be.
_CONTESTED = """
create temp table contested_nik on commit drop as
select s.nik
from linking_nik n
join source_person s on s.nik = n.nik and s.nik_status = 'VALID'
left join person_link k on k.regency_code = s.regency_code and k.source_id = s.id
where k.source_id is not null
   or s.delivery_id in (select delivery_id from linking where fresh)
group by s.nik
having bool_or(k.method = 'SHARED_NIK')
  or s.nik in (select nik from unlinked where method = 'SHARED_NIK')
  or count(*) > 1 and not (
    (count(s.name) = count(*) and min(s.name) = max(s.name)
     and (count(distinct {first}) = count(*)
          or min(s.birth_date) is not distinct from max(s.birth_date)))
    or (count(s.birth_date) = count(*) and min(s.birth_date) = max(s.birth_date)
        and min(s.sex) is not distinct from max(s.sex)
        and count(distinct {first}) = count(*)))
"""
_ROWS = """
create temp table contested_row on commit drop as
select s.nik, s.regency_code, s.id, s.source, {trust} as trust,
       {first} as delivery_id, s.sheet, s.row, s.reference_date, s.name, s.sex, s.birth_date,
       s.mother_name, s.source || ':' || coalesce('K' || s.household_key, s.kk) as listing,
       s.village_code, s.street, s.hamlet, s.rt, s.rw
from contested_nik n
join source_person s on s.nik = n.nik and s.nik_status = 'VALID'
left join person_link k on k.regency_code = s.regency_code and k.source_id = s.id
where k.source_id is not null
   or s.delivery_id in (select delivery_id from linking where fresh)
"""
_READ = """
select nik, regency_code, id::text, source, trust, delivery_id::text, sheet::int, row,
       reference_date, name, sex, birth_date, mother_name, listing, village_code, street, hamlet,
       rt, rw
from contested_row
"""
_JUDGED = """
select r.source_id::text as left, r.other_source_id::text as right, r.judgement = 'SAME' as same
from contested_row c
join match_review r on r.regency_code = c.regency_code and r.source_id = c.id
where r.judgement in ('SAME', 'DIFFERENT') and r.other_source_id is not null
"""
_GROUPING = """
create temp table grouping
  (regency_code text, source_id uuid, person text, method text) on commit drop
"""
_REVIEW_FOUND = """
create temp table review_found (regency_code text, source_id uuid, other_regency_code text,
                                other_source_id uuid, kind text, evidence jsonb)
on commit drop
"""
_REVIEWS = (
    """
delete from match_review r using contested_row c
where r.regency_code = c.regency_code and r.source_id = c.id and r.judgement is null
  and not exists (
    select from review_found n
    where n.source_id = r.source_id and n.kind = r.kind
      and n.other_source_id is not distinct from r.other_source_id)
""",
    """
insert into match_review
  (regency_code, source_id, other_regency_code, other_source_id, kind, evidence)
select regency_code, source_id, other_regency_code, other_source_id, kind, evidence
from review_found n
where not exists (
  select from match_review r
  where r.regency_code = n.regency_code and r.source_id = n.source_id and r.kind = n.kind
    and r.other_source_id is not distinct from n.other_source_id)
""",
)


def settle(connection: Connection[Any]) -> None:
    """Decide on the contested NIKs of `linking_nik`, and bring their reviews up to date.

    Reads `linking`, `unlinked` and `replaced`; what mends a delivery counts as part of it.
    Leaves contested_nik (nik) and grouping (regency_code, source_id, person, method): rows with
    one `person` are one person; method NIK for who keeps the number, SHARED_NIK for the others.
    """
    connection.execute(_FORGET)
    for statement in _OF_MENDED:
        connection.execute(statement)
    connection.execute(SQL(_CONTESTED).format(first=FIRST_DELIVERY))
    connection.execute("analyze contested_nik")
    order = survivorship()
    trust = rank(order.person.get("nik", order.default))
    connection.execute(SQL(_ROWS).format(trust=trust, first=FIRST_DELIVERY))
    connection.execute(_GROUPING)
    connection.execute(_REVIEW_FOUND)
    rows = _frame(connection, _READ, ROW)
    if not rows.is_empty():
        judged = {"left": pl.String, "right": pl.String, "same": pl.Boolean}
        told = tell_apart(rows, _frame(connection, _JUDGED, judged), linkage().nik)
        _write(connection, told)
    for statement in _REVIEWS:
        connection.execute(statement)


def _frame(connection: Connection[Any], query: str, schema: dict[str, Any]) -> pl.DataFrame:
    with connection.cursor(row_factory=dict_row) as cursor:
        return pl.DataFrame(cursor.execute(query).fetchall(), schema, orient="row")


def _write(connection: Connection[Any], told: Told) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("copy grouping (regency_code, source_id, person, method) from stdin") as copy,
    ):
        for nik, regency, identity, person in told.rows.iter_rows():
            method = "NIK" if person == KEEPS else "SHARED_NIK"
            copy.write_row((regency, identity, f"{nik}/{person}", method))
    version = linkage().version
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy review_found (regency_code, source_id, other_regency_code, other_source_id,"
            " kind, evidence) from stdin"
        ) as copy,
    ):
        for review in told.reviews:
            copy.write_row(
                (
                    *(review["regency_code"], review["id"]),
                    *(review["other_regency_code"], review["other_id"], review["kind"]),
                    Jsonb({**review["evidence"], "version": version}),
                )
            )
    connection.execute("analyze grouping")
