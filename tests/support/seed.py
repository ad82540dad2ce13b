"""A small registry of people that cannot exist, and a way to ask the schema about it.

The regions, programmes and rules are the real ones. In regency 3520 live household A (village
3520012001: father, mother, child) and B (village 3520022001: one woman), in 5206 household C,
in an unknown place household D. A receives PKH and, through the father, BLT_DD in overlapping
months, which is flagged.
"""

import asyncio
import json
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncCursor, sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from hub.core.access import Limits, Right, Viewer
from hub.core.access.limits import DEFAULTS
from hub.core.registry.statistics import refresh_statistics
from hub.core.store.reader import make_pool
from schema.api import answer, respond
from schema.context import Context
from schema.ids import make_id

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
A, B, C, D = (UUID(int=number) for number in (0xA, 0xB, 0xC, 0xD))
FATHER, MOTHER, CHILD, WIDOW, FOREIGNER, NOBODY = (UUID(int=0x100 + n) for n in range(6))
NATIONAL, LOCAL, FOREIGN = (UUID(int=0x200 + n) for n in range(3))
PKH_RECEIPT, BLT_RECEIPT, FOREIGN_RECEIPT = (UUID(int=0x300 + n) for n in range(3))
FLAG, FOREIGN_FLAG = UUID(int=0x400), UUID(int=0x401)
DTSEN_RANKING, P3KE_RANKING = UUID(int=0x500), UUID(int=0x501)
NIKS = {
    FATHER: "9935204101800001",
    MOTHER: "9935205505850002",
    CHILD: "9935200203100003",
    WIDOW: "9935206006500004",
    FOREIGNER: "9952060101700005",
}
KK = {A: "9935200101200006", B: "9935200101200007", C: "9952060101200008"}

Connection = psycopg.Connection[Any]


def insert(connection: Connection, table: str, **values: Any) -> None:
    """One row."""
    query = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() * len(values)),
    )
    connection.execute(query, list(values.values()))


def fill(url: str) -> None:
    """The registry described above."""
    with psycopg.connect(url) as connection:
        _deliveries(connection)
        _families(connection)
        _facts(connection)
        refresh_statistics(connection, ["3520", "5206", "0000"])


def household(connection: Connection, identity: UUID, village: str | None, **values: Any) -> None:
    """A household; `village` None is an unknown region."""
    regency = village[:4] if village else "0000"
    insert(
        connection,
        "household",
        **{"regency_code": regency, "id": identity, "village_code": village, "updated_at": NOON}
        | values,
    )


def person(connection: Connection, identity: UUID, home: UUID, **values: Any) -> None:
    """A member of household `home`."""
    row = connection.execute(
        "select regency_code, village_code from household where id = %s", (home,)
    ).fetchone()
    assert row is not None
    nik = NIKS.get(identity)
    insert(
        connection,
        "person",
        **{"regency_code": row[0], "id": identity, "household_id": home, "village_code": row[1]}
        | {"nik": nik, "nik_status": "VALID" if nik else "MISSING", "updated_at": NOON}
        | values,
    )


def receipt(connection: Connection, identity: UUID, regency: str, **values: Any) -> None:
    """A receipt, by default of PKH in the first quarter of 2026 from a list."""
    insert(
        connection,
        "receipt",
        **{"regency_code": regency, "id": identity, "programme": "PKH", "status": "RECEIVED"}
        | {"period_start": date(2026, 1, 1), "period_end": date(2026, 3, 31), "basis": "LIST"}
        | {"delivery_id": LOCAL, "source_id": identity, "ordinal": 0}
        | values,
    )


def many(url: str, number: int) -> None:
    """`number` more households in 3520, each with two members, receipts, a ranking and a flag."""
    with psycopg.connect(url) as connection:
        for n in range(number):
            home, one, two = (UUID(int=0x10000 + 16 * n + k) for k in range(3))
            household(connection, home, "3520012001", decile=1 + n % 10, head_person_id=one)
            person(connection, one, home, name=f"WARGA {n}", relation="HEAD")
            person(connection, two, home, name=f"ANAK {n}", relation="CHILD")
            paid = UUID(int=0x10000 + 16 * n + 3)
            receipt(connection, paid, "3520", household_id=home)
            ranking(connection, UUID(int=0x10000 + 16 * n + 4), home, decile=1 + n % 10)
            raised = UUID(int=0x10000 + 16 * n + 5)
            flag(connection, raised, "3520", household_id=home, subject_id=home)
            linked = {"regency_code": "3520", "flag_id": raised, "receipt_id": paid}
            insert(connection, "overlap_flag_receipt", **linked)
        refresh_statistics(connection, ["3520"])


def ranking(connection: Connection, identity: UUID, home: UUID, **values: Any) -> None:
    """A ranking of household `home` in 3520, by default DTSEN's."""
    insert(
        connection,
        "ranking",
        **{"regency_code": "3520", "id": identity, "household_id": home, "source": "DTSEN"}
        | {"edition": "2026-Q1", "scope": "NATIONAL", "method": "SOURCE_DECILE"}
        | {"decided_at": date(2026, 2, 1), "delivery_id": NATIONAL}
        | values,
    )


def flag(connection: Connection, identity: UUID, regency: str, **values: Any) -> None:
    """A flag of the rule on BLT Desa."""
    insert(
        connection,
        "overlap_flag",
        **{"regency_code": regency, "id": identity, "rule_code": "BLT_DD_WITH_PKH_OR_SEMBAKO"}
        | {"programmes": ["BLT_DD", "PKH"], "period_start": date(2026, 2, 1)}
        | {"period_end": date(2026, 3, 31), "explanation": "Tumpang tindih.", "raised_at": NOON}
        | values,
    )


def _deliveries(connection: Connection) -> None:
    for identity, source, region in (
        (NATIONAL, "DTSEN", None),
        (LOCAL, "RECIPIENTS", "3520"),
        (FOREIGN, "RECIPIENTS", "5206"),
    ):
        insert(
            connection,
            "delivery",
            **{"id": identity, "source": source, "layout": "some_layout", "edition": "2026-Q1"},
            **{"region_code": region, "file_name": "berkas.xlsx", "sha256": identity.hex},
            **{"size": 1, "state": "PUBLISHED", "received_at": NOON, "rows_read": 10},
            **{"reference_date": date(2026, 2, 1), "rows_accepted": 9, "rows_warning": 2},
            rows_rejected=1,
        )


def _families(connection: Connection) -> None:
    household(
        connection,
        A,
        "3520012001",
        **{"kk": KK[A], "street": "Jl. Mawar 1", "rt": "001", "rw": "002", "floor": "CERAMIC"},
        **{"assets": Jsonb({"MOTORCYCLE": 2, "CAR": 0}), "welfare_status": "POOR", "decile": 2},
        **{"decile_ranking_id": DTSEN_RANKING, "decile_disagreement": 3, "size": 3},
        head_person_id=FATHER,
    )
    household(connection, B, "3520022001", kk=KK[B], decile=1, welfare_status="EXTREME_POOR")
    household(connection, C, "5206012005", kk=KK[C], decile=4, welfare_status="VULNERABLE")
    household(connection, D, None)
    born = date(1980, 1, 1)
    person(connection, FATHER, A, name="BUDI SANTOSO", relation="HEAD", sex="MALE", birth_date=born)
    person(connection, MOTHER, A, name="SITI AMINAH", relation="WIFE", birth_date=date(1985, 5, 15))
    person(connection, CHILD, A, name="ADI SANTOSO", relation="CHILD", birth_date=date(2010, 3, 2))
    person(connection, WIDOW, B, name="SRI RAHAYU", relation="HEAD", birth_date=date(1950, 6, 20))
    person(connection, FOREIGNER, C, name="ABDUL HALIM", relation="HEAD")
    person(connection, NOBODY, D, name="TANPA DAERAH")


def _facts(connection: Connection) -> None:
    ranking(connection, DTSEN_RANKING, A, decile=2)
    p3ke = {"source": "P3KE", "edition": "2023", "decided_at": date(2023, 6, 1)}
    ranking(connection, P3KE_RANKING, A, decile=5, percentile=41, **p3ke)
    receipt(connection, PKH_RECEIPT, "3520", household_id=A)
    blt = {"programme": "BLT_DD", "period_start": date(2026, 2, 1), "period_end": None}
    receipt(connection, BLT_RECEIPT, "3520", person_id=FATHER, amount="300000.50", **blt)
    foreign = {"household_id": C, "delivery_id": FOREIGN}
    receipt(connection, FOREIGN_RECEIPT, "5206", **foreign)
    flag(connection, FLAG, "3520", household_id=A, subject_id=A)
    flag(connection, FOREIGN_FLAG, "5206", household_id=C, subject_id=C)
    for paid in (PKH_RECEIPT, BLT_RECEIPT):
        linked = {"regency_code": "3520", "flag_id": FLAG, "receipt_id": paid}
        insert(connection, "overlap_flag_receipt", **linked)
    raised = {"regency_code": "3520", "flag_id": FLAG, "status": "OPEN", "actor": "rules"}
    insert(connection, "flag_event", at=NOON, **raised)


# --- asking -----------------------------------------------------------------------------------


class CountingCursor(AsyncCursor[DictRow]):
    """A cursor that counts the statements of all its kind."""

    statements = 0

    async def execute(self, *arguments: Any, **options: Any) -> "CountingCursor":
        """Execute, and count, but for the settings of a transaction, which are never prepared."""
        CountingCursor.statements += options.get("prepare") is not False
        await super().execute(*arguments, **options)
        return self


def ask(
    url: str,
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    regions: Sequence[str] = ("",),
    identified: bool = False,
    staff: bool = False,
    limits: Limits = DEFAULTS,
    rights: Collection[Right] = (),
    account_id: UUID | None = None,
    plainly: bool = False,
) -> dict[str, Any]:
    """The response to `query` for a caller with these rights, as served or by plain execution."""
    viewer = Viewer(
        *("penguji", tuple(regions), identified, staff, NOON, limits),
        account_id=account_id,
        rights=frozenset(rights),
    )

    async def run() -> dict[str, Any]:
        pool = make_pool(url, 4, cursor_factory=CountingCursor)
        async with pool:
            context = Context.of(viewer, pool)
            if plainly:
                return await answer(context, query, variables)
            return json.loads((await respond(context, query, variables)).body)

    return asyncio.run(run())


def told(url: str, query: str, variables: dict[str, Any] | None = None, **rights: Any) -> Any:
    """The data of the response, which must hold no error."""
    response = ask(url, query, variables, **rights)
    assert "errors" not in response, response["errors"]
    return response["data"]


def household_id(identity: UUID, regency: str = "3520") -> str:
    """The opaque id of a household."""
    return make_id("Household", regency, identity)
