"""A larger registry of people that cannot exist, for tests of the schema as a whole.

Everything that a query can show says where it belongs. A text holds a mark, `@` and the places
(a village, or a regency filled up with x) of which the caller must see one; ids, and 16-digit
numbers, are listed with their places. `Registry` keeps all of it, so that a test can judge any
answer without knowing the query.

In each place household 0 has everything a household can have, household 1 nothing at all, the
others something between. Places also cross: members registered elsewhere, receipts of a family
in one village and a person in another, source rows of another regency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from hub.core.ingest.stage import LOST_NIK
from hub.core.registry.journal import Effects
from hub.core.registry.statistics import refresh_statistics
from hub.core.store.tables import HOUSING, metadata
from mappings import vocabulary as v
from mappings.load import rules
from schema.ids import make_id
from schema.types import enums as e

PONCOL, GONGGANG, SAYUTAN, LONE = "3520012001", "3520012002", "3520022001", "3520xxxxxx"
UNLISTED = "3520019999"  # a village that the catalogue does not have
PACITAN, BIMA, NOWHERE = "3501012001", "5206012005", "0000xxxxxx"
PLACES = (PONCOL, GONGGANG, SAYUTAN, LONE, UNLISTED, PACITAN, BIMA, NOWHERE)
HOUSEHOLDS = 7
"""In each place."""

ACCOUNT = "penguji"
ABOUT_DELIVERIES = ("delivery_issue", "delivery_event", "delivery_report", "publication")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCES = ("DTKS", "DTSEN", "DUKCAPIL", "P3KE", "PK", "RECIPIENTS", "REGSOSEK")
EDITIONS = ("2024", "2025-Q4", "2026-Q1", "")
PROGRAMMES = ("PKH", "SEMBAKO", "BLT_DD", "PBI_JKN", "PIP", "BPUM", "KUR")
ISSUE_CODES = ("NIK_PRECISION_LOST", "NIK_LENGTH", "REGION_UNKNOWN", "FILE_TYPE", "KODE_LAMA")
ODD = (
    "",
    "D'ANGELO",
    'SI "KANCIL"',
    "GARIS\\MIRING",
    "I MADE 😀 ꦗꦮ",
    "ÑANDÚ É",
    "100%_LULUS",
    "</script>&amp;",
    "\u2028BARIS\u200b",
    "${nama} %s {0}",
)
_DELIVERY_REGIONS = (None, "35", "3520", "3501", "52", "5206", "352001", PONCOL, SAYUTAN, BIMA)


def mark(*places: str) -> str:
    """What a text holds that belongs to `places`: a caller who sees one of them may read it."""
    return "@" + "+".join(sorted(set(places)))


def visible(places: Iterable[str], regions: Sequence[str]) -> bool:
    """Whether a caller of `regions` sees one of `places`."""
    return any(place.startswith(prefix) for place in places for prefix in regions)


@dataclass
class Registry:
    """The rows by table, and what a test needs to know of them."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    places: dict[UUID, set[str]] = field(default_factory=dict)
    """Of everything with an id but deliveries: the places of which one must be seen."""
    behind: dict[UUID, set[str]] = field(default_factory=dict)
    """Of each delivery: the places of the rows that came in it, to whose viewers it is shown."""
    numbers: dict[str, set[str]] = field(default_factory=dict)
    """Of each NIK and KK: its places."""
    ids: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Opaque ids by kind and place ("" for deliveries)."""

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """How Hypothesis shows it beside a failing example: by name only."""
        printer.text("Registry(...)")

    def add(self, table: str, places: Iterable[str], **values: Any) -> dict[str, Any]:
        """One row, kept with its places under `_places`."""
        row = {**values, "_places": frozenset(places)}
        self.tables.setdefault(table, []).append(row)
        if "delivery_id" in values and table not in ABOUT_DELIVERIES:
            self.behind[values["delivery_id"]] |= row["_places"]
        return row

    def identify(self, kind: str, regency: str, identity: UUID, *places: str) -> None:
        """Remember the id of a thing that is seen with one of `places`."""
        self.places[identity] = set(places)
        self.ids.setdefault((kind, places[0]), []).append(make_id(kind, regency, identity))

    def of_kind(self, kind: str) -> list[str]:
        """Every id of a kind, whatever its place."""
        return [one for (k, _), ids in self.ids.items() if k == kind for one in ids]

    def shows_delivery(self, delivery: UUID, regions: Sequence[str]) -> bool:
        """Whether a caller of `regions` may see a delivery: listed, or behind a visible row."""
        row = next(d for d in self.tables["delivery"] if d["id"] == delivery)
        region = row["region_code"]
        held = row["uploaded_by"] is None or row["state"] in ("PUBLISHED", "UNDONE")
        listed = any(
            prefix == ""
            or (held if region is None else region.startswith(prefix) or prefix.startswith(region))
            for prefix in regions
        )
        return listed or own(row) or visible(self.behind[delivery], regions)


class _Maker:
    """Fills a `Registry`, the same way every time."""

    def __init__(self) -> None:
        self.draw = Random(352001)
        self.made = Registry()
        self.deliveries: list[dict[str, Any]] = []

    def id(self) -> UUID:
        return UUID(int=self.draw.getrandbits(128), version=4)

    def maybe(self, value: Any, full: bool | None) -> Any:
        """`value` or nothing; always if `full`, never if it is False."""
        if full is not None:
            return value if full else None
        return value if self.draw.random() < 0.6 else None

    def one(self, choices: Iterable[Any]) -> Any:
        return self.draw.choice([str(c) if isinstance(c, str) else c for c in choices])

    def day(self, first: int = 2024, years: int = 3) -> date:
        return date(first, 1, 1) + timedelta(days=self.draw.randrange(365 * years))

    def moment(self) -> datetime:
        # Few different ones, so that orders have ties; some with part of a second.
        return NOON + timedelta(hours=self.draw.randrange(6), microseconds=self.one([0, 120000, 7]))

    def delivery(self, place: str) -> dict[str, Any]:
        """The file of a row: mostly one of two that only its place has, else a common one."""
        if self.draw.random() < 0.3 or place not in PLACES:
            return self.deliveries[self.draw.randrange(4)]
        return self.deliveries[4 + 2 * PLACES.index(place) + self.draw.randrange(2)]

    # --- deliveries ------------------------------------------------------------------------

    def make_deliveries(self) -> None:
        for number in range(20):
            region = _DELIVERY_REGIONS[number % len(_DELIVERY_REGIONS)]
            full = (True, False, None)[min(number, 2)]
            identity = self.id()
            self.made.behind[identity] = set()
            row = self.made.add(
                "delivery",
                (),
                id=identity,
                source=SOURCES[number % len(SOURCES)],
                layout=self.one(("dtsen_anggota", "p3ke_individu", "p3ke_individu+p3ke_keluarga")),
                edition=EDITIONS[number % len(EDITIONS)],
                region_code=region,
                file_name=f"berkas-{number:02} {ODD[number % len(ODD)]}.xlsx",
                sha256=f"{number:02}" + "ab" * 31,
                size=1000 + number,
                state=[s.value for s in e.DeliveryState][number % len(e.DeliveryState)],
                received_at=self.moment(),
                published_at=self.maybe(self.moment(), full),
                reference_date=self.maybe(self.day(), full),
                rows_read=10 + number,
                rows_accepted=9,
                rows_warning=number % 4,
                rows_rejected=1 + number,
                **dict.fromkeys(("uploaded_by", "wanted", "mends")),
            )
            self.deliveries.append(row)
            self.made.ids.setdefault(("Delivery", ""), []).append(make_id("Delivery", "", identity))
            for seq in range(number % 6):
                self.make_issue(row, seq, full)

    def make_issue(self, delivery: dict[str, Any], seq: int, full: bool | None) -> None:
        region = delivery["region_code"]
        regency = self.one(("3520", "3501", "5206", "0000"))
        # Seen by who sees the whole regency, or all of the delivery's region.
        places = {f"{regency}xxxxxx"} | ({f"{region:x<10}"} if region else set())
        self.made.add(
            "delivery_issue",
            places,
            regency_code=regency,
            delivery_id=delivery["id"],
            seq=seq,
            sheet=seq % 2,
            row=self.maybe(seq + 7, full),
            column_name=self.maybe(f"Kolom {self.one(ODD)} {mark(*places)}", full),
            column_letter=self.maybe("AB", full),
            code=ISSUE_CODES[seq % len(ISSUE_CODES)],
            severity=self.one(s.value for s in e.Severity),
            closed_by=delivery["id"] if seq == 3 else None,
            detail=Jsonb({"found": f"isi {mark(*places)}", "expected": 16} if seq % 3 else {}),
        )

    # --- families --------------------------------------------------------------------------

    def make_place(self, place: str) -> None:
        for number in range(HOUSEHOLDS):
            self.make_family(place, number, {0: True, 1: False}.get(number))

    def make_family(self, place: str, number: int, full: bool | None) -> None:
        regency, home = place[:4], self.id()
        members = [
            self.make_person(self.home_of(place, number, nth), home, nth, full)
            for nth in range(0 if full is False else 4 if full else self.draw.randrange(5))
        ]
        ranked = self.make_rankings(place, home, full)
        row = self.made.add(
            "household",
            {place},
            regency_code=regency,
            id=home,
            kk=self.maybe(self.number(place), full),
            village_code=village_of(place),
            size=self.maybe(len(members) + number % 2, full),
            head_person_id=self.maybe(members[0]["id"] if members else self.id(), full),
            **{name: self.maybe(self.term(name), full) for name in HOUSING},
            floor_area=self.maybe(Decimal(self.one(("36", "36.50", "7.25"))), full),
            assets=Jsonb(self.assets(full)),
            **self.address(place, full),
            welfare_status=self.one(e.WelfareStatus),
            decile=self.maybe(self.draw.randrange(1, 11), full),
            decile_ranking_id=self.maybe(ranked[0] if ranked else self.id(), full),
            decile_disagreement=number % 4,
            updated_at=self.moment(),
        )
        self.made.identify("Household", regency, home, place)
        if row["kk"]:
            self.made.numbers.setdefault(row["kk"], set()).add(place)
        self.make_sources("household", row, full)
        self.make_receipts(row, members, full)

    def home_of(self, place: str, number: int, nth: int) -> str:
        """Where a member is registered: mostly where the household is."""
        elsewhere = {PONCOL: SAYUTAN, SAYUTAN: PONCOL, GONGGANG: LONE, LONE: GONGGANG}
        return elsewhere.get(place, place) if number in (0, 3) and nth == 2 else place

    def number(self, place: str) -> str:
        """A NIK or KK; some numbers are in two regencies."""
        regency = place[:4] if self.draw.random() < 0.9 else "7777"
        day, month, year = self.draw.randrange(1, 29), self.draw.randrange(1, 13), 80
        serial = len(self.made.numbers) + 1
        if regency == "7777":
            day, month, serial = 1, 1, self.draw.randrange(1, 3)
        taken = f"99{regency}{day:02}{month:02}{year}{serial:04}"
        known = self.made.numbers.get(taken, set())
        # Once in a regency.
        return self.number(place) if any(p[:4] == place[:4] for p in known) else taken

    def term(self, name: str) -> str:
        return str(self.one(getattr(v, name.title().replace("_", ""))))

    def assets(self, full: bool | None) -> dict[str, int]:
        if full is False:
            return {}
        return {str(self.one(v.AssetKind)): self.draw.randrange(4) for _ in range(3)}

    def address(self, place: str, full: bool | None) -> dict[str, Any]:
        return {
            "street": self.maybe(f"Jl. {self.one(ODD)}\n{mark(place)}", full),
            "hamlet": self.maybe(f"Dusun {mark(place)}", full),
            "rt": self.maybe(f"{self.draw.randrange(20):03}", full),
            "rw": self.maybe("002", full),
        }

    def facts(self, place: str, full: bool | None) -> dict[str, Any]:
        """The attributes that a person and a source row about one have in common."""
        terms = {
            "sex": v.Sex,
            "relation": v.RelationToHead,
            "marital_status": v.MaritalStatus,
            "education": v.Education,
            "occupation": v.Occupation,
            "employment_status": v.EmploymentStatus,
        }
        return {
            "birth_date": self.maybe(self.day(1950, 60), full),
            "birth_place": self.maybe(f"{self.one(ODD)} {mark(place)}", full),
            "mother_name": self.maybe(f"IBU {mark(place)}", full),
            **{name: self.maybe(self.one(kind), full) for name, kind in terms.items()},
        }

    def make_person(self, place: str, home: UUID, nth: int, full: bool | None) -> dict[str, Any]:
        regency = place[:4]
        has_nik = full or self.draw.random() < 0.7
        others = [s for s in v.NikStatus if s != "VALID"]
        row = self.made.add(
            "person",
            {place},
            regency_code=regency,
            id=self.id(),
            household_id=home,
            nik=self.number(place) if has_nik else None,
            nik_status="VALID" if has_nik else self.one(others),
            civil_registry_match=self.one(v.CivilRegistryMatch),
            civil_registry_reason=self.maybe(self.one(v.CivilRegistryReason), full),
            civil_registry_similarity=self.maybe(self.draw.randrange(101), full),
            civil_registry_source=self.maybe(str(self.one(SOURCES)), full),
            civil_registry_date=self.maybe(self.day(), full),
            deceased_source=self.maybe(str(self.one(SOURCES)), full),
            name=f"WARGA {self.one(ODD)} {mark(place)} {self.draw.randrange(5)}",
            **self.facts(place, full) | ({"relation": "HEAD"} if nth == 0 else {}),
            disabilities=[] if full is False else [self.one(v.Disability) for _ in range(nth)],
            life_status=self.one(v.LifeStatus),
            deceased_since=self.maybe(self.day(), full),
            village_code=village_of(place),
            updated_at=self.moment(),
        )
        self.made.identify("Person", regency, row["id"], place)
        if row["nik"]:
            self.made.numbers.setdefault(row["nik"], set()).add(place)
        self.make_sources("person", row, full)
        return row

    def make_rankings(self, place: str, home: UUID, full: bool | None) -> list[UUID]:
        made: dict[tuple[str, ...], UUID] = {}
        for _ in range(0 if full is False else 5):
            delivery = self.delivery(place)
            scope = str(self.one(e.RankingScope))
            key = (str(self.one(SOURCES)), str(self.one(EDITIONS)), scope, str(delivery["id"]))
            if key in made:
                continue
            kept = full if len(made) == 0 else None
            made[key] = self.id()
            self.made.places[made[key]] = {place}
            self.made.add(
                "ranking",
                {place},
                regency_code=place[:4],
                id=made[key],
                household_id=home,
                source=key[0],
                edition=key[1],
                scope=scope,
                method=self.one(e.RankingMethod),
                decile=self.maybe(self.draw.randrange(1, 11), kept),
                percentile=self.maybe(self.draw.randrange(1, 101), kept),
                rank=self.maybe(self.draw.randrange(2**31), kept),
                score=self.maybe(Decimal(self.one(("12.50", "-3", "0.00000012"))), kept),
                decided_at=self.maybe(self.day(), kept),
                delivery_id=delivery["id"],
                updated_at=self.moment(),
            )
        return list(made.values())

    # --- receipts and flags ------------------------------------------------------------------

    def make_receipts(
        self, home: dict[str, Any], members: Sequence[dict[str, Any]], full: bool | None
    ) -> None:
        """Of the family, of a member, of both, and of nobody that is known."""
        if full is False:
            return
        made = []
        for nth in range(4 if full else self.draw.randrange(6)):
            person = self.one(members) if members and nth % 4 in (1, 2) else None
            family = home if nth % 4 in (0, 2) else None
            subjects = [row for row in (family, person) if row]
            regency = home["regency_code"]
            places = {p for row in subjects for p in row["_places"]} or {f"{regency}xxxxxx"}
            start = self.day(2025, 2)
            receipt = self.made.add(
                "receipt",
                places,
                regency_code=regency,
                id=self.id(),
                person_id=person["id"] if person else None,
                household_id=family["id"] if family else None,
                programme=self.one(PROGRAMMES),
                period_start=start,
                period_end=self.maybe(start + timedelta(days=self.draw.randrange(200)), None),
                amount=self.maybe(Decimal(self.one(("300000.50", "0", "600000"))), None),
                status=self.one(v.ReceiptStatus),
                basis=self.one(e.ReceiptBasis),
                delivery_id=self.delivery(min(places))["id"],
                source_id=self.id(),
                ordinal=nth,
                updated_at=self.moment(),
            )
            self.made.identify("Receipt", regency, receipt["id"], *sorted(places))
            made.append(receipt)
        for nth in range(min(len(made), 3 if full else self.draw.randrange(3))):
            self.make_flag(made, nth)

    def make_flag(self, receipts: Sequence[dict[str, Any]], nth: int) -> None:
        about = receipts[nth]
        regency, places, flag = about["regency_code"], about["_places"], self.id()
        rule = self.one(rules())
        self.made.add(
            "overlap_flag",
            places,
            regency_code=regency,
            id=flag,
            rule_code=rule,
            subject_id=flag,
            household_id=about["household_id"],
            person_id=about["person_id"],
            programmes=self.draw.sample(PROGRAMMES, 2),
            period_start=about["period_start"],
            period_end=about["period_end"],
            status=self.one(e.FlagStatus),
            explanation=f"Tumpang tindih {self.one(ODD)} {mark(*places)}",
            raised_at=self.moment(),
            updated_at=self.moment(),
        )
        self.made.identify("OverlapFlag", regency, flag, *sorted(places))
        for receipt in receipts[: nth + 2]:
            self.made.add(
                "overlap_flag_receipt",
                receipt["_places"],
                regency_code=regency,
                flag_id=flag,
                receipt_id=receipt["id"],
            )
        for at in range(nth + 1):
            self.made.add(
                "flag_event",
                places,
                regency_code=regency,
                id=self.id(),
                flag_id=flag,
                status=self.one(("RAISED", "CONFIRMED", "DISMISSED")),
                reason=f"Alasan {mark(*places)}" if at else None,
                actor=f"petugas {mark(*places)}",
                at=NOON + timedelta(hours=at // 2),
            )

    # --- what the sources said -----------------------------------------------------------------

    def make_sources(self, subject: str, target: dict[str, Any], full: bool | None) -> None:
        """Rows linked to a person or household, some in another regency, some that disagree."""
        (place,) = target["_places"]
        count = 0 if full is False else 4 if full else self.draw.randrange(4)
        for nth in range(count):
            delivery = self.delivery(place)
            elsewhere = nth == 3
            row = {
                "regency_code": ("5206" if place[:4] != "5206" else "3501")
                if elsewhere
                else place[:4],
                "id": self.id(),
                "delivery_id": delivery["id"],
                "sheet": nth % 2,
                "row": 5 + len(self.made.tables.get(f"source_{subject}", ())),
                "source": delivery["source"],
                "edition": delivery["edition"],
                "reference_date": self.one((date(2025, 1, 31), date(2026, 1, 31))),
                "village_code": village_of(place),
                "extra": Jsonb({}),
                **self.address(place, None),
            }
            if subject == "person":
                said = self.facts(place, None) | {
                    "nik_status": "MISSING",
                    "name": f"WARGA {self.one(ODD)} {mark(place)}",
                    "disabilities": self.maybe([self.one(v.Disability)], None),
                }
            else:
                said = {name: self.maybe(self.term(name), None) for name in HOUSING} | {
                    "size": self.maybe(nth + 1, None),
                    "floor_area": self.maybe(Decimal(self.one(("36.50", "40"))), None),
                }
            self.made.add(f"source_{subject}", {place}, **row, **said)
            self.made.add(
                f"{subject}_link",
                {place},
                regency_code=row["regency_code"],
                source_id=row["id"],
                target_regency_code=target["regency_code"],
                target_id=target["id"],
                judgement=self.one(e.Judgement) if nth == 2 else "SAME",
                method=self.one(e.LinkMethod),
                judged_at=self.moment(),
            )

    # --- what was done with deliveries ----------------------------------------------------------

    def make_stories(self) -> None:
        """Deliveries that were uploaded: of a regency, its mended workbook, of nobody's region yet,
        of the account that asks; and who published two others."""
        first, mended, unknown, mine = (self.deliveries[number] for number in (2, 12, 10, 13))
        for row, wanted in ((first, None), (mended, "CHECK"), (unknown, "FORESEE")):
            row |= {"uploaded_by": f"petugas {mark(*self.whose(row))}", "wanted": wanted}
        mine["uploaded_by"] = ACCOUNT
        first["layout"], mended["layout"] = "p3ke_individu", "p3ke_individu+p3ke_keluarga"
        mended["mends"] = first["id"]
        for row in (first, mended, unknown):
            self.make_story(row)
        for number, by in ((4, True), (11, False)):
            row = self.deliveries[number]
            self.made.add(
                "publication",
                (),
                id=self.id(),
                delivery_id=row["id"],
                published_at=NOON + timedelta(days=number),
                published_by=f"petugas {mark(*self.whose(row))}" if by else None,
            )

    def whose(self, delivery: dict[str, Any]) -> tuple[str]:
        """The place whose viewers a delivery is open to."""
        return (f"{delivery['region_code'] or '0000':x<10}",)

    def make_story(self, delivery: dict[str, Any]) -> None:
        whose = self.whose(delivery)
        about = {"delivery_id": delivery["id"]}
        told = mark(*whose)
        for hours, action in enumerate(("RECEIVED", "STAGED", "REJECTED")):
            by = {"actor": f"petugas {told}", "reason": f"Sebab {told}"} if hours != 1 else {}
            event = {"at": NOON + timedelta(hours=hours), "action": action}
            self.made.add(
                "delivery_event", whose, id=self.id(), **about, **event, actor=by.get("actor"),
                reason=by.get("reason"),
            )  # fmt: skip
        counts = {name: place for place, name in enumerate(Effects.__dataclass_fields__)}
        measure = {"count": 1, "of": 3, "share": 0.3333}
        column = {"sheet": 1, "field": "person.nik", "column": f"NIK {told}", "letter": "B"}
        change = {"sheet": 0, "heading": f"KOLOM {told}", "letter": "C"}
        reports = {
            "effects": counts,
            "integrity": [{**column, "rounded": False, "measures": {"blank": measure}}],
            "changes": [
                {**change, "kind": "NEW", "target": None, "before": None},
                {**change, "kind": "RENAMED", "target": "person.nik", "before": f"LAMA {told}"},
            ],
        }
        # The effects of one are older than the publications, those of the others newer.
        days = 0 if delivery is self.deliveries[2] else 30
        for kind, body in reports.items():
            at = NOON + timedelta(days=days)
            self.made.add("delivery_report", whose, **about, kind=kind, at=at, body=Jsonb(body))
        for seq in range(2):
            detail = {"expected": "NIK", "value": "87%", "found": f"isi {told} / content"}
            self.made.add(
                "delivery_issue",
                whose,
                **about,
                **{"regency_code": whose[0][:4].replace("x", "0"), "seq": 100 + seq},
                **{"sheet": 0, "row": None, "code": "COLUMN_PROPOSED", "severity": "INFO"},
                **{"column_name": f"NO {told}", "column_letter": "D" if seq else None},
                **{"detail": Jsonb(detail), "closed_by": None},
            )

    def make_lost(self) -> None:
        """Rows of a delivery whose NIK lost its last digit, each of a person of the registry."""
        delivery = self.deliveries[2]
        people = [row for row in self.made.tables["person"] if row["nik_status"] == "VALID"]
        for nth, person in enumerate(p for p in people if p["birth_date"] and p["nik"]):
            (place, *others) = person["_places"]
            if others or village_of(place) is None or nth % 3:
                continue
            # Without a link it shows the delivery to nobody.
            self.made.tables["source_person"].append(
                {**dict.fromkeys(self.made.tables["source_person"][0]), "_places": {place}}
                | {"regency_code": place[:4], "id": self.id(), "delivery_id": delivery["id"]}
                | {"sheet": 0, "row": 900 + nth, "source": "DTSEN", "edition": "2026-Q1"}
                | {"reference_date": date(2026, 1, 31), "village_code": place}
                | {"nik_status": "PRECISION_LOST", "birth_date": person["birth_date"]}
                | {"name": person["name"] if nth % 2 else None}
                | {"extra": Jsonb({LOST_NIK: f"{person['nik'][:15]}0"})}
            )

    # --- budgets -------------------------------------------------------------------------------

    def make_budgets(self) -> None:
        names = ("unit", "programme", "activity", "sub_activity", "account")
        for regency in ("3520", "3501", "5206"):
            place = f"{regency}xxxxxx"
            for number in range(8):
                full = {0: True, 1: False}.get(number)
                self.made.add(
                    "budget_line",
                    {place},
                    regency_code=regency,
                    id=self.id(),
                    delivery_id=self.delivery(place)["id"],
                    sheet=0,
                    row=number,
                    source="SIPD",
                    kind=self.one(v.BudgetKind),
                    year=2025 + number // 5,
                    **{f"{name}_code": self.maybe(f"1.{number % 3}", full) for name in names},
                    **{
                        f"{name}_name": self.maybe(f"{self.one(ODD)} {mark(place)}", full)
                        for name in names
                    },
                    fund_source=self.maybe(f"DAU {mark(place)}", full),
                    amount=Decimal(self.one(("1000000.00", "0", "12345678901234.56"))),
                    document_date=self.maybe(self.day(), full),
                )


def own(delivery: Mapping[str, Any]) -> bool:
    """Whether the account of the tests uploaded the delivery."""
    return delivery.get("uploaded_by") == ACCOUNT


def village_of(place: str) -> str | None:
    """The village code of a place, if it has one."""
    return None if "x" in place else place


def make() -> Registry:
    """The whole registry, always the same."""
    maker = _Maker()
    maker.make_deliveries()
    for place in PLACES:
        maker.make_place(place)
    maker.make_budgets()
    maker.make_stories()
    maker.make_lost()
    return maker.made


_ORDER = (
    *("delivery", "delivery_issue", "household", "person", "ranking", "receipt"),
    *("overlap_flag", "overlap_flag_receipt", "flag_event", "source_person", "source_household"),
    *("person_link", "household_link", "budget_line"),
    *("publication", "delivery_event", "delivery_report"),
)


def fill(url: str, made: Registry, regions: Sequence[str] = ("",)) -> None:
    """Load the rows that a caller of `regions` sees, and every delivery and publication."""
    with psycopg.connect(url) as connection:
        for table in _ORDER:
            rows = [
                row
                for row in made.tables[table]
                if table in ("delivery", "publication") or visible(row["_places"], regions)
            ]
            _copy(connection, table, rows)
        refresh_statistics(connection, sorted({place[:4] for place in PLACES}))


def _copy(
    connection: psycopg.Connection[Any], table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    known = metadata.tables[table].c
    names = [name for name in rows[0] if name in known]
    into = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor().copy(into) as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])
