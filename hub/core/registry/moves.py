"""Moving golden records between regencies, and folding one into another.

`regency_code` leads every key and, on Citus, decides the machine; so a move is a copy, a
repointing and a deletion, never an update of the key. Ids stay.

The order matters, because foreign keys hold throughout: `copy_households`, then new and changed
households are written, `copy_persons`, then persons are written, `finish`.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import scalar_row
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import Table

from hub.core.store import tables


class JudgedFlagLostError(Exception):
    """Flags that somebody judged would go with persons or families that nobody follows."""

    def __init__(self, flags: int) -> None:
        super().__init__(f"{flags} judged flags")
        self.flags = flags


_FORGET = (
    "drop table if exists household_move, person_move, family_receipt, receipt_move, flag_move"
)

_HOUSEHOLD_MOVE = """
create temp table household_move on commit drop as
select h.id, h.old, h.new
from household_home h join household x on x.regency_code = h.old and x.id = h.id
where h.old <> h.new
"""
_PERSON_MOVE = """
create temp table person_move on commit drop as
select h.id, h.old, h.new, h.household_id
from person_home h join person p on p.regency_code = h.old and p.id = h.id
where h.old <> h.new
"""
# A receipt by a person goes with the person; one that a household row states, to the household
# that the row now belongs to.
_FAMILY_RECEIPT = """
create temp table family_receipt on commit drop as
with told as (
  select k.source_id, h.id as household_id, h.new
  from household_home h
  join household_link k on k.target_regency_code = h.old and k.target_id = h.id
)
select r.id, h.old, coalesce(t.new, h.new) as new, coalesce(t.household_id, h.id) as household_id
from household_home h
join receipt r on r.regency_code = h.old and r.household_id = h.id and r.person_id is null
left join told t on t.source_id = r.source_id
where h.id in (select id from household_move union select id from regrouped_household)
"""
_RECEIPT_MOVE = """
create temp table receipt_move on commit drop as
select r.id, m.old, m.new, case when r.household_id is not null then m.household_id end
       as household_id
from person_move m join receipt r on r.regency_code = m.old and r.person_id = m.id
union all
select id, old, new, household_id from family_receipt where old <> new
"""
_FLAG_MOVE = """
create temp table flag_move on commit drop as
select f.id, m.old, m.new, case when f.household_id is not null then m.household_id end
       as household_id
from person_move m join overlap_flag f on f.regency_code = m.old and f.subject_id = m.id
union all
select f.id, m.old, m.new, m.id
from household_move m join overlap_flag f on f.regency_code = m.old and f.subject_id = m.id
"""
_COPY_EVENTS = """
insert into flag_event (regency_code, id, flag_id, status, reason, actor, at)
select m.new, e.id, e.flag_id, e.status, e.reason, e.actor, e.at
from flag_move m join flag_event e on e.regency_code = m.old and e.flag_id = m.id
"""
_COPY_FLAG_RECEIPTS = """
insert into overlap_flag_receipt (regency_code, flag_id, receipt_id)
select m.new, l.flag_id, l.receipt_id
from flag_move m
join overlap_flag_receipt l on l.regency_code = m.old and l.flag_id = m.id
join receipt r on r.regency_code = m.new and r.id = l.receipt_id
"""
# The household that receipts and flags of persons show is the one the person is in.
_FOLLOW = (
    """
update receipt r set household_id = f.household_id from family_receipt f
where r.regency_code = f.old and r.id = f.id and f.old = f.new
  and r.household_id <> f.household_id
""",
    """
update receipt r set household_id = p.household_id
from person_home h join person p on p.regency_code = h.new and p.id = h.id
where r.regency_code = h.new and r.person_id = h.id
  and r.household_id is not null and r.household_id is distinct from p.household_id
""",
    """
update overlap_flag f set household_id = p.household_id
from person_home h join person p on p.regency_code = h.new and p.id = h.id
where f.regency_code = h.new and f.subject_id = h.id
  and f.household_id is distinct from p.household_id
""",
)
_DELETE_MOVED = (
    "delete from overlap_flag x using flag_move m where x.regency_code = m.old and x.id = m.id",
    """
delete from overlap_flag_receipt x using receipt_move m
where x.regency_code = m.old and x.receipt_id = m.id
""",
    "delete from receipt x using receipt_move m where x.regency_code = m.old and x.id = m.id",
    """
delete from ranking x using household_move m
where x.regency_code = m.old and x.household_id = m.id
""",
    "delete from person x using person_move m where x.regency_code = m.old and x.id = m.id",
)
# A judged flag outlives its person as it does its household; of two alike, the first.
_HAND_ON = """
update overlap_flag f
set subject_id = m.successor, person_id = m.successor, household_id = m.household_id
from (
  select f.regency_code, f.id, g.successor, p.household_id,
         row_number() over (partition by g.successor, f.rule_code, f.programmes, f.period_start
                            order by f.id) as nth
  from gone_person g
  join person_home h on h.id = g.id
  join overlap_flag f on f.regency_code = h.new and f.subject_id = g.id and f.status <> 'OPEN'
  join person p on p.regency_code = h.new and p.id = g.successor
  where not exists (
    select from overlap_flag x
    where x.regency_code = f.regency_code and x.subject_id = g.successor
      and x.rule_code = f.rule_code and x.programmes = f.programmes
      and x.period_start = f.period_start)
) m
where f.regency_code = m.regency_code and f.id = m.id and m.nth = 1
"""
_DELETE_GONE = (
    """
delete from overlap_flag f using gone_person g, person_home h
where h.id = g.id and f.regency_code = h.new and f.subject_id = g.id
""",
    """
delete from person p using gone_person g, person_home h
where h.id = g.id and p.regency_code = h.new and p.id = g.id
""",
    "delete from touched_person t using gone_person g where t.id = g.id",
)
_LOST = """
select (select count(*) from gone_person g
        join person_home h on h.id = g.id
        join overlap_flag f on f.regency_code = h.new and f.subject_id = g.id
        where f.status <> 'OPEN'
          and g.id in (select target_id from unlinked where subject = 'person'))
     + (select count(*) from folded d
        join overlap_flag f on f.regency_code = d.regency_code and f.subject_id = d.id
        where d.successor is null and f.status <> 'OPEN')
"""
# A row that is now another person's takes its receipts along; into another regency, where the
# ledger states them anew.
_REGROUP = (
    "drop table if exists regrouped_receipt",
    """
create temp table regrouped_receipt on commit drop as
select r.regency_code, r.id, heir.id as person_id, heir.household_id, heir.new
from regrouped_row g
join person_home was on was.id = g.old_id
join person_home heir on heir.id = g.new_id
join receipt r on r.regency_code = was.new and r.source_id = g.source_id
""",
    """
update receipt r
set person_id = g.person_id,
    household_id = case when r.household_id is not null then g.household_id end
from regrouped_receipt g
where r.regency_code = g.regency_code and r.id = g.id and g.new = g.regency_code
""",
    """
delete from overlap_flag_receipt l using regrouped_receipt g
where l.regency_code = g.regency_code and l.receipt_id = g.id and g.new <> g.regency_code
""",
    """
delete from receipt r using regrouped_receipt g
where r.regency_code = g.regency_code and r.id = g.id and g.new <> g.regency_code
""",
)
_DELETE_HOUSEHOLDS = (
    "delete from household x using household_move m where x.regency_code = m.old and x.id = m.id"
)
_FOLDED = (
    "drop table if exists folded",
    """
create temp table folded on commit drop as
select h.id, h.new as regency_code, h.successor
from household_home h
where not exists (select from member m where m.household_id = h.id)
  and not exists (select from household_link k
                  where k.target_regency_code = h.old and k.target_id = h.id)
""",
)
# A judged flag outlives its household: it goes to the one that took over.
_FOLD = (
    """
update overlap_flag f set subject_id = d.successor, household_id = d.successor
from folded d
where f.regency_code = d.regency_code and f.subject_id = d.id and f.status <> 'OPEN'
  and d.successor is not null
  and not exists (
    select from overlap_flag x
    where x.regency_code = f.regency_code and x.subject_id = d.successor
      and x.rule_code = f.rule_code and x.programmes = f.programmes
      and x.period_start = f.period_start)
""",
    """
delete from overlap_flag f using folded d
where f.regency_code = d.regency_code and f.household_id = d.id
""",
    """
update receipt r set household_id = d.successor from folded d
where r.regency_code = d.regency_code and r.household_id = d.id
  and (d.successor is not null or r.person_id is not null)
""",
    """
delete from overlap_flag_receipt l using folded d, receipt r
where r.regency_code = d.regency_code and r.household_id = d.id
  and l.regency_code = r.regency_code and l.receipt_id = r.id
""",
    """
delete from receipt r using folded d
where r.regency_code = d.regency_code and r.household_id = d.id
""",
    """
delete from ranking r using folded d
where r.regency_code = d.regency_code and r.household_id = d.id
""",
    "delete from household h using folded d where h.regency_code = d.regency_code and h.id = d.id",
)
_REPOINT_LINKS = (
    """
update person_link k set target_regency_code = h.new from person_home h
where k.target_regency_code = h.old and k.target_id = h.id and h.old <> h.new
""",
    """
update household_link k set target_regency_code = h.new from household_home h
where k.target_regency_code = h.old and k.target_id = h.id and h.old <> h.new
""",
    """
update touched_person t set regency_code = h.new from person_home h
where h.id = t.id and h.old <> h.new
""",
    """
update touched_household t set regency_code = h.new from household_home h
where h.id = t.id and h.old <> h.new
""",
    "delete from touched_household t using folded d where t.id = d.id",
    "analyze touched_household",
    "analyze touched_person",
)


def copy_households(connection: Connection[Any]) -> None:
    """Copy the households that move to their new regency; reads `household_home`."""
    connection.execute(_FORGET)
    connection.execute(_HOUSEHOLD_MOVE)
    connection.execute("analyze household_move")
    connection.execute(_copy(tables.household, "household_move"))


def copy_persons(connection: Connection[Any]) -> None:
    """Copy the persons that move, into their households; reads `person_home`."""
    connection.execute(_PERSON_MOVE)
    connection.execute("analyze person_move")
    connection.execute(_copy(tables.person, "person_move", "household_id"))


def finish(connection: Connection[Any]) -> None:
    """Move what hangs on the moved, delete the old rows, fold emptied households, remove persons.

    Raises JudgedFlagLostError when somebody judged a flag whose subject goes and nobody follows.
    """
    connection.execute(_FAMILY_RECEIPT)
    connection.execute(_RECEIPT_MOVE)
    connection.execute(_FLAG_MOVE)
    connection.execute(_copy(tables.receipt, "receipt_move", "household_id"))
    connection.execute(
        SQL("{} join ranking x on x.regency_code = m.old and x.household_id = m.id").format(
            _select(tables.ranking, "household_move")
        )
    )
    connection.execute(_copy(tables.overlap_flag, "flag_move", "household_id"))
    connection.execute(_COPY_EVENTS)
    connection.execute(_COPY_FLAG_RECEIPTS)
    for statement in (*_DELETE_MOVED, *_FOLLOW, *_REGROUP, *_FOLDED, _HAND_ON):
        connection.execute(statement)
    with connection.cursor(row_factory=scalar_row) as cursor:
        lost = cursor.execute(_LOST).fetchall()[0]
    if lost:
        raise JudgedFlagLostError(lost)
    for statement in (*_DELETE_GONE, _DELETE_HOUSEHOLDS, *_FOLD, *_REPOINT_LINKS):
        connection.execute(statement)


def _copy(table: Table, moving: str, replaced: str | None = None) -> Composed:
    """Insert the moving rows again under their new regency; `replaced` comes from the move."""
    return SQL("{} join {} x on x.regency_code = m.old and x.id = m.id").format(
        _select(table, moving, replaced), Identifier(table.name)
    )


def _select(table: Table, moving: str, replaced: str | None = None) -> Composed:
    names = [column.name for column in table.columns if column.name != "regency_code"]
    values = [
        # Under its new regency it is new to whoever pulls by `updated_at`.
        SQL("statement_timestamp()")
        if name == "updated_at"
        else Identifier("m" if name == replaced else "x", name)
        for name in names
    ]
    return SQL("insert into {} (regency_code, {}) select m.new, {} from {} m").format(
        Identifier(table.name),
        SQL(", ").join(map(Identifier, names)),
        SQL(", ").join(values),
        Identifier(moving),
    )
