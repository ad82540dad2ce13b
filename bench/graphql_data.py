"""The synthetic registry of bench/graphql.py, written set-based into the hub's own tables.

300,000 households in 10 regencies of Jawa Timur, 100,000 of them in `REGENCY`; 1.11 million
persons, three rankings each household, 600,000 receipts and the flags of one rule. Every number
follows from the number of the household, so each run makes the same data. Nobody here exists: a
NIK that begins with 99 is never issued.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from hub.core.registry.statistics import refresh_statistics
from hub.core.store.embedded import remove
from hub.core.store.engine import database
from hub.core.store.reference import prepare

REGENCY = "3507"
OTHERS = ("3524", "3522", "3514", "3525", "3523", "3502", "3517", "3516", "3518")
HOUSEHOLDS, IN_REGENCY = 300_000, 100_000

_ROOT = Path(__file__).parent.parent
_MARKER = "bench.json"

# Household n, and how it comes to have what it has. Spread by a hash where independence matters.
_PREPARE = """
set session_replication_role = replica;  -- no foreign keys checked, no triggers
set synchronous_commit = off;
set maintenance_work_mem = '512MB';
set work_mem = '256MB';
set max_parallel_workers_per_gather = 0;
create function pg_temp.pick(n bigint, salt int, choices int) returns int
language sql immutable as $$ select (hashint8extended(n, salt) & 2147483647)::int %% choices $$;
create function pg_temp.key(kind int, n bigint) returns uuid language sql immutable as $$
  -- Shaped and sorted like the UUIDv7 of the hub.
  select ('0193a000-0000-7' || lpad(to_hex(kind), 3, '0') || '-8000-'
          || lpad(to_hex(n), 12, '0'))::uuid $$;
create temp table place as
  select left(code, 4) as regency, row_number() over (partition by left(code, 4) order by code) - 1
         as number, count(*) over (partition by left(code, 4)) as villages, code
  from region where level = 'VILLAGE' and left(code, 4) = any(%(regencies)s::text[]);
create temp table home as
  select n, pg_temp.key(1, n) as id, p.regency, p.code as village,
         1 + pg_temp.pick(n, 1, 10) as decile,
         (array[1, 2, 3, 3, 4, 4, 4, 5, 5, 6])[1 + n %% 10] as size,
         (array[0, 1, 1, 2, 2, 2, 3, 3, 3, 3])[1 + (n / 10) %% 10] as receipts,
         date '1955-01-01' + pg_temp.pick(n, 2, 10000) as born
  from (select n, (%(regencies)s::text[])
                  [case when n < %(large)s then 1 else 2 + (n - %(large)s) %% 9 end] as regency
        from generate_series(0, %(households)s - 1) n) h
  join place p on p.regency = h.regency and p.number = (h.n / 9) %% p.villages;
analyze home;
"""
_DELIVERIES = """
insert into delivery (id, source, layout, edition, file_name, sha256, size, state, published_at,
                      reference_date, rows_read, rows_accepted)
select pg_temp.key(9, n), source, lower(source), edition, lower(source) || '.xlsx',
       encode(sha256(source::bytea), 'hex'), 1, 'PUBLISHED', now(), reference::date, 300000, 300000
from (values (1, 'DTSEN', '2026-Q1', '2026-02-01'), (2, 'P3KE', '2023', '2023-06-01'),
             (3, 'REGSOSEK', '2022', '2022-11-01'), (4, 'RECIPIENTS', '2026', '2026-06-01'))
     d (n, source, edition, reference);
"""
_HOUSEHOLDS = """
insert into household (regency_code, id, kk, village_code, size, head_person_id, floor, wall, roof,
                       water, assets, street, rt, rw, welfare_status, decile, decile_ranking_id,
                       decile_disagreement)
select regency, id, '99' || regency || lpad(n::text, 10, '0'), village, size,
       pg_temp.key(2, n * 8),
       (array['CERAMIC', 'CEMENT_OR_BRICK', 'EARTH', 'WOOD'])[1 + pg_temp.pick(n, 3, 4)],
       (array['MASONRY', 'WOOD', 'BAMBOO'])[1 + pg_temp.pick(n, 4, 3)],
       (array['TILE', 'ZINC', 'ASBESTOS'])[1 + pg_temp.pick(n, 5, 3)],
       (array['PIPED', 'PROTECTED_WELL', 'BOREHOLE', 'REFILL'])[1 + pg_temp.pick(n, 6, 4)],
       jsonb_build_object('MOTORCYCLE', pg_temp.pick(n, 7, 3)), 'Jl. Mawar ' || n %% 200,
       lpad((1 + n %% 12)::text, 3, '0'), lpad((1 + n %% 7)::text, 3, '0'),
       case decile when 1 then 'EXTREME_POOR' when 2 then 'POOR' when 3 then 'VULNERABLE'
         when 4 then 'VULNERABLE' else 'NOT_POOR' end,
       decile, pg_temp.key(3, n * 4), abs(decile - 1 - pg_temp.pick(n, 9, 10))
from home order by n;
"""
# The head is the eldest, and ids follow age: "head first, then by age" is the order of the ids,
# as the newest ranking and the oldest receipt have the lowest. See bench/graphql_operations.py.
_PERSONS = """
insert into person (regency_code, id, household_id, nik, nik_status, civil_registry_match, name,
                    sex, birth_date, birth_place, mother_name, relation, marital_status,
                    education, occupation, life_status, village_code)
select regency, id, home,
       '99' || regency || lpad((extract(day from born)::int + case sex when 'MALE' then 0 else 40
         end)::text, 2, '0') || to_char(born, 'MMYY')
         || lpad((row_number() over (partition by regency, born, sex order by id))::text, 4, '0'),
       'VALID', 'MATCHED', name, sex, born, 'MALANG', 'SITI AMINAH',
       (array['HEAD', 'WIFE', 'CHILD'])[least(m, 2) + 1],
       case when m < 2 then 'MARRIED' else 'SINGLE' end,
       (array['PRIMARY', 'LOWER_SECONDARY', 'UPPER_SECONDARY'])[1 + pg_temp.pick(number, 12, 3)],
       case when m = 0 then 'FARMER' when m = 1 then 'HOMEMAKER' else 'STUDENT' end,
       'ALIVE', village
from (
  select h.regency, h.village, h.id as home, m, h.n * 8 + m as number,
         pg_temp.key(2, h.n * 8 + m) as id,
         case when m = 0 then h.born when m = 1 then h.born + 100 + pg_temp.pick(h.n, 10, 1500)
           else h.born + 7000 + 700 * m + pg_temp.pick(h.n * 8 + m, 10, 600) end as born,
         case when m = 0 then 'MALE' when m = 1 then 'FEMALE'
           else (array['MALE', 'FEMALE'])[1 + pg_temp.pick(h.n * 8 + m, 11, 2)] end as sex,
         (array['BUDI', 'SRI', 'AGUS', 'DEWI', 'EKO', 'RINA', 'JOKO', 'WATI', 'HADI', 'YANI',
                'SLAMET', 'NUR'])[1 + pg_temp.pick(h.n * 8 + m, 13, 12)] || ' ' ||
         (array['SANTOSO', 'LESTARI', 'WIDODO', 'RAHAYU', 'PRASETYO', 'HANDAYANI', 'SAPUTRA',
                'UTAMI', 'KURNIAWAN', 'PERTIWI', 'GUNAWAN'])[1 + pg_temp.pick(h.n * 8 + m, 14, 11)]
           as name
  from home h, generate_series(0, h.size - 1) m
) p
order by number;
"""
_RANKINGS = """
insert into ranking (regency_code, id, household_id, source, edition, scope, method, decile,
                     percentile, decided_at, delivery_id)
select regency, pg_temp.key(3, n * 4 + s), id, source, edition, 'NATIONAL', 'SOURCE_DECILE',
       case s when 0 then decile else 1 + pg_temp.pick(n, 8 + s, 10) end,
       case s when 1 then 1 + pg_temp.pick(n, 15, 100) end, decided::date, pg_temp.key(9, s + 1)
from home, (values (0, 'DTSEN', '2026-Q1', '2026-02-01'), (1, 'P3KE', '2023', '2023-06-01'),
                   (2, 'REGSOSEK', '2022', '2022-11-01')) r (s, source, edition, decided)
order by n, s;
"""
# Those with two or more are on BLT_DD beside SEMBAKO or PKH, except every second pair.
_RECEIPTS = """
insert into receipt (regency_code, id, person_id, household_id, programme, period_start, period_end,
                     amount, status, basis, delivery_id, source_id, ordinal)
select regency, pg_temp.key(4, n * 4 + r), pg_temp.key(2, n * 8), id,
       (array['PKH', 'SEMBAKO', 'BLT_DD', 'PBI_JKN'])[1 + (n / 100 %% 2) + r],
       date '2026-01-01' + 10 * r, date '2026-03-31' + 10 * r,
       (array[750000, 200000, 300000.50, 42000])[1 + (n / 100 %% 2) + r],
       'RECEIVED', 'LIST', pg_temp.key(9, 4), pg_temp.key(4, n * 4 + r), r
from home, generate_series(0, receipts - 1) r
order by n, r;
"""
_FLAGS = """
create temp table flagged as
  select h.n, h.regency, h.id, array_agg(r.programme order by r.programme) as programmes,
         array_agg(r.id) as paid
  from home h join receipt r on r.regency_code = h.regency and r.household_id = h.id
  where r.programme in ('PKH', 'SEMBAKO', 'BLT_DD')
  group by h.n, h.regency, h.id
  having count(*) > 1 and bool_or(r.programme = 'BLT_DD');
insert into overlap_flag (regency_code, id, rule_code, subject_id, household_id, programmes,
                          period_start, period_end, explanation)
select regency, pg_temp.key(5, n), 'BLT_DD_WITH_PKH_OR_SEMBAKO', id, id, programmes,
       '2026-01-21', '2026-03-31',
       'Keluarga ini tercatat menerima ' || array_to_string(programmes, ', ')
         || ' dalam periode yang bertindihan (2026-01-21 s.d. 2026-03-31).'
from flagged order by n;
insert into overlap_flag_receipt (regency_code, flag_id, receipt_id)
select regency, pg_temp.key(5, n), unnest(paid) from flagged order by n;
"""
# What PostGraphile asks where its own fields do not reach.
_FUNCTIONS = """
create schema bench;
create function bench.village_households(village text, highest int, most int)
returns setof public.household language sql stable as $$
  select * from public.household where village_code = village and decile <= highest
  order by regency_code, id limit most $$;
create function bench.check_receipts(niks text[])
returns setof public.person language sql stable as $$
  select p.* from unnest(niks) with ordinality asked (nik, place)
  join public.person p on p.nik = asked.nik order by asked.place $$;
create function bench.households_by_decile(regency text)
returns table (decile int, households bigint) language sql stable as $$
  select decile, count(*) from public.household where regency_code = regency
  group by decile order by decile $$;
"""
_STEPS = {
    "households": _HOUSEHOLDS,
    "persons": _PERSONS,
    "rankings": _RANKINGS,
    "receipts": _RECEIPTS,
    "flags": _FLAGS,
}


@contextmanager
def registry(data_dir: Path) -> Iterator[str]:
    """The URL of the filled database in `data_dir`, made anew unless it is today's.

    Raises SystemExit when the folder holds something else.
    """
    wanted = {"digest": _digest()}
    marker = data_dir / _MARKER
    if data_dir.exists() and any(data_dir.iterdir()):
        if not marker.exists():
            raise SystemExit(f"{data_dir} was not made by this bench; name another folder.")
        if json.loads(marker.read_text()) != wanted:
            print("The schema or the data have changed since: made anew.", flush=True)
            remove(data_dir)
            shutil.rmtree(data_dir)
    data_dir.mkdir(parents=True, exist_ok=True)
    with database(None, data_dir, exclusive=True) as url:
        if not marker.exists():
            marker.write_text("{}")  # ours, though not finished
            fill(url)
            marker.write_text(json.dumps(wanted))
        yield url


def fill(url: str) -> None:
    """Write everything into the empty database at `url`."""
    prepare(url)
    regencies = [REGENCY, *OTHERS]
    values = {
        "regencies": regencies,
        "large": IN_REGENCY,
        "households": HOUSEHOLDS,
    }
    with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute(_PREPARE, values)
        connection.execute(_DELIVERIES)
        for name, statement in _STEPS.items():
            start = time.perf_counter()
            connection.execute(statement, values)
            print(f"  {name}: {time.perf_counter() - start:.0f} s", flush=True)
        connection.execute(_FUNCTIONS)
        with connection.transaction():
            refresh_statistics(connection, regencies)
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")


def totals(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has."""
    tables = ("household", "person", "ranking", "receipt", "overlap_flag", "region")
    counts = sql.SQL(" union all ").join(
        sql.SQL("select {}, count(*) from {}").format(t, sql.Identifier(t)) for t in tables
    )
    return dict(connection.execute(counts).fetchall())


def _digest() -> str:
    """Of what the data follow from: the statements above, the migrations, the statistics."""
    found = hashlib.sha256(repr((REGENCY, OTHERS, HOUSEHOLDS, IN_REGENCY)).encode())
    for statement in (_PREPARE, _DELIVERIES, *_STEPS.values(), _FUNCTIONS):
        found.update(statement.encode())
    statistics = _ROOT / "hub" / "core" / "registry" / "statistics.py"
    for path in [statistics, *sorted((_ROOT / "alembic" / "versions").glob("*.py"))]:
        found.update(path.read_bytes())
    return found.hexdigest()
