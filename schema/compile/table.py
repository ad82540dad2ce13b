"""How each field of the schema is found in the store: the one table that the compiler reads.

A plain field is one line here: the name of a column. What is not here is answered by Strawberry
(who asks, the schema itself, the sentences about issues), together with the rest of its root
field.

The rows of a type always go by the same name: household h, person p, ranking g, receipt r,
overlap flag f, programme c, overlap rule u, region x, delivery d, issue i. Only rows of a source
and statements of provenance go by several, so their fields name the row `{a}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.sql import SQL, Composable

from hub.core.registry.provenance import attribute_provenance_sql
from hub.core.store import tables
from hub.core.store.paging import Listing
from hub.core.store.queries import (
    deliveries,
    flags,
    households,
    people,
    rankings,
    receipts,
    regions,
    statistics,
)
from hub.core.store.queries.grouping import one_of, touching
from hub.core.store.statement import ANYTHING
from schema.compile import asked
from schema.compile.build import Build, Rows, literal, text
from schema.compile.fields import (
    Expression,
    Field,
    Many,
    Masked,
    One,
    Paged,
    Same,
    Written,
    columns,
    plain,
    rows,
)
from schema.compile.operation import Chosen
from schema.ids import Kind
from schema.types.checks import judged, unspaced
from schema.types.enums import RankingScope
from schema.types.places import TITLES, UNKNOWN, VILLAGE_TITLES
from schema.types.provenance import SHOWN_NAMES


def _id(kind: Kind, place: str = "{a}.regency_code", key: str = "{a}.id") -> Expression:
    """The opaque id, as schema.ids.make_id writes it."""
    return Expression(f"'{kind.value}:' || {place} || ':' || {key}", sure=True)


# --- relations ------------------------------------------------------------------------------------


def _person(build: Build, alias: str, key: str) -> Rows:
    here = f"p.regency_code = {alias}.regency_code and p.id = {key}"
    return rows("p", "person p", here, build.in_scope("p"))


def _household(build: Build, alias: str, key: str) -> Rows:
    here = f"h.regency_code = {alias}.regency_code and h.id = {key}"
    return rows("h", "household h", here, build.in_scope("h"))


def _members(build: Build, alias: str, _: Any) -> Rows:
    here = f"p.regency_code = {alias}.regency_code and p.household_id = {alias}.id"
    order = "(p.relation = 'HEAD') desc nulls last, p.birth_date, p.id"
    return rows("p", "person p", here, build.in_scope("p"), order=order)


def _delivery(_: Build, alias: str, __: Any) -> Rows:
    """The origin of a row that the caller may see: always shown."""
    return rows("d", "delivery d", f"d.id = {alias}.delivery_id")


def _mended(build: Build, alias: str, _: Any) -> Rows:
    """The inner name differs, for a delivery leads to a delivery; so below."""
    source = f"(select y.* from delivery y where y.id = {alias}.mends) d"
    return rows("d", source, deliveries.listed(build))


def _mending(build: Build, alias: str, _: Any) -> Rows:
    source = f"(select y.* from delivery y where y.mends = {alias}.id) d"
    return rows("d", source, deliveries.listed(build), order="d.received_at, d.id")


def _to_whom_open(expression: str) -> Written:
    """A text of a delivery that is shown only to whom it is open as a whole."""

    def write(build: Build, _: str, __: Any) -> str:
        return f"case when {text(deliveries.opened(build))} then {expression} end"

    return Written(write)


def _programme(column: str) -> One:
    def found(_: Build, alias: str, __: Any) -> Rows:
        return rows("c", "programme c", f"c.code = {alias}.{column}")

    return One(found)


def _rule(column: str) -> One:
    def found(_: Build, alias: str, __: Any) -> Rows:
        return rows("u", "overlap_rule u", f"u.code = {alias}.{column}")

    return One(found)


def _programmes_of_rule(_: Build, alias: str, __: Any) -> Rows:
    source = f"unnest({alias}.programmes) with ordinality o(code, place) join programme c"
    return rows("c", f"{source} on c.code = o.code", order="o.place")


def _household_of(column: str) -> One:
    def found(build: Build, alias: str, _: Any) -> Rows:
        return _household(build, alias, f"{alias}.{column}")

    return One(found)


def _person_of(column: str) -> One:
    def found(build: Build, alias: str, _: Any) -> Rows:
        return _person(build, alias, f"{alias}.{column}")

    return One(found)


def _receiving_family(build: Build, alias: str, _: Any) -> Rows:
    """The family that receives, or that of the person named."""
    persons = (
        f"(select n.household_id from person n where n.regency_code = {alias}.regency_code"
        f" and n.id = {alias}.person_id)"
    )
    return _household(build, alias, f"coalesce({alias}.household_id, {persons})")


def _of_family(name: str, alias: str, household: str) -> str:
    """Whether a receipt or flag is about a household or about one of its members."""
    members = (
        f"select m.id from person m where m.regency_code = {alias}.regency_code"
        f" and m.household_id = {household}"
    )
    return (
        f"{name}.regency_code = {alias}.regency_code and ({name}.household_id = {household}"
        f" or {name}.person_id = any(array({members})))"
    )


def _receipts(build: Build, here: str, part: receipts.Part) -> Rows:
    conditions = [
        build.subject_in_scope("r", person=True),
        *touching(build, "r", part.start, part.end),
        *_chosen(build, "r.programme", part.programmes),
    ]
    order = "r.period_start, r.programme, r.id"
    return rows("r", "receipt r", here, *conditions, order=order)


def _receipts_of_family(build: Build, alias: str, part: receipts.Part) -> Rows:
    return _receipts(build, _of_family("r", alias, f"{alias}.id"), part)


def _receipts_of_person(build: Build, alias: str, part: receipts.Part) -> Rows:
    here = f"r.regency_code = {alias}.regency_code and r.person_id = {alias}.id"
    return _receipts(build, here, part)


def _receipts_of_flag(build: Build, alias: str, _: Any) -> Rows:
    source = (
        "overlap_flag_receipt o join receipt r on r.regency_code = o.regency_code"
        " and r.id = o.receipt_id"
    )
    here = f"o.regency_code = {alias}.regency_code and o.flag_id = {alias}.id"
    scope = build.subject_in_scope("r", person=True)
    return rows("r", source, here, scope, order="r.period_start, r.programme, r.id")


def _flags(build: Build, here: str, statuses: tuple[str, ...] | None) -> Rows:
    scope = build.subject_in_scope("f", person=True)
    conditions = _chosen(build, "f.status", statuses)
    order = "f.raised_at desc, f.id"
    return rows("f", "overlap_flag f", here, scope, *conditions, order=order)


def _flags_of_family(build: Build, alias: str, some: asked.Some) -> Rows:
    return _flags(build, _of_family("f", alias, f"{alias}.id"), some.values)


def _flags_of_person(build: Build, alias: str, some: asked.Some) -> Rows:
    here = f"f.regency_code = {alias}.regency_code and f.person_id = {alias}.id"
    return _flags(build, here, some.values)


def _history(_: Build, alias: str, __: Any) -> Rows:
    here = f"e.regency_code = {alias}.regency_code and e.flag_id = {alias}.id"
    return rows("e", "flag_event e", here, order="e.at, e.id")


def _rankings(build: Build, alias: str, some: asked.Some) -> Rows:
    return rows(
        "g",
        "ranking g",
        f"g.regency_code = {alias}.regency_code and g.household_id = {alias}.id",
        build.subject_in_scope("g", person=False),
        *_chosen(build, "g.source", some.values),
        order="g.decided_at desc nulls last, g.edition desc, g.source, g.scope, g.id",
    )


def _chosen_ranking(build: Build, alias: str, _: Any) -> Rows:
    here = f"g.regency_code = {alias}.regency_code and g.id = {alias}.decile_ranking_id"
    return rows("g", "ranking g", here, build.subject_in_scope("g", person=False))


def _chosen(build: Build, column: str, values: tuple[str, ...] | None) -> list[Composable]:
    return [] if values is None else [one_of(build, column, values)]


# --- sources --------------------------------------------------------------------------------------


def _records(subject: str) -> Many:
    def found(_: Build, alias: str, __: Any) -> Rows:
        source = (
            f"{subject}_link l join source_{subject} s on s.regency_code = l.regency_code"
            " and s.id = l.source_id"
        )
        return rows(
            "s",
            source,
            f"l.target_regency_code = {alias}.regency_code and l.target_id = {alias}.id",
            order="s.reference_date desc, s.source, s.delivery_id, s.sheet, s.row",
            columns="s.source, s.edition, s.reference_date, s.delivery_id, s.sheet, s.row,"
            " l.method, l.judgement, l.judged_at",
        )

    return Many(found)


def _provenance(subject: Any) -> Many:
    def found(build: Build, alias: str, some: asked.Some) -> Rows:
        here = SQL(f"g.regency_code = {alias}.regency_code and g.id = {alias}.id")
        source = text(attribute_provenance_sql(subject, here))
        named = " ".join(
            f"when {literal(column)} then {literal(name)}" for column, name in SHOWN_NAMES.items()
        )
        shown = f"(select w.*, case w.attribute {named} end as shown from ({source}) w) v"
        conditions = _chosen(build, "v.shown", some.values)
        hidden = "v.attribute not in ('nik', 'kk')"
        return rows("v", shown, hidden, *conditions, order="v.attribute")

    return Many(found, asked.attributes)


def _set_aside(_: Build, alias: str, __: Any) -> Rows:
    source = (
        f"rows from (jsonb_to_recordset({alias}.set_aside) as (value text, source text,"
        " edition text, reference_date date, delivery_id uuid, sheet int, row int))"
        " with ordinality o(value, source, edition, reference_date, delivery_id, sheet, row, place)"
    )
    return rows("o", source, order="o.place")


# --- places ---------------------------------------------------------------------------------------


def _region(column: str) -> One:
    """A region by its code; the inner name differs, for a region also leads to a region."""

    def found(_: Build, alias: str, __: Any) -> Rows:
        return rows("x", f"(select y.* from region y where y.code = {alias}.{column}) x")

    return One(found)


def _village(_: Build, alias: str, __: Any) -> Rows:
    """The village if it is known, else the regency, else a region named so."""
    names = "code, level, name, parent_code, kind, bps_code"
    unknown = ", ".join(
        "null" if UNKNOWN[name] is None else literal(str(UNKNOWN[name]))
        for name in names.split(", ")
    )
    source = (
        f"(select {names} from region y where y.code in ({alias}.village_code,"
        f" {alias}.regency_code) union all select {unknown}) x"
    )
    # The village is longer than the regency, and the regency is known where it has a parent.
    return rows("x", source, order="length(x.code) desc, x.parent_code is null")


def _formatted(_: Build, alias: str, __: Any) -> str:
    """The address on one line: street, hamlet, RT and RW, and the regions around it."""
    code = f"coalesce({alias}.village_code, {alias}.regency_code)"
    word = _case("y.kind", VILLAGE_TITLES, otherwise=_case("y.level", TITLES))
    around = [
        f"(select concat_ws(' ', {word}, y.name) from region y"
        f" where y.code = left({code}, {size}) and length({code}) >= {size})"
        for size in (10, 6, 4, 2)
    ]
    rt, rw = (f"'{name.upper()} ' || nullif({alias}.{name}, '')" for name in ("rt", "rw"))
    street, hamlet = (f"nullif({alias}.{name}, '')" for name in ("street", "hamlet"))
    neighbourhood = f"nullif(concat_ws(' ', {rt}, {rw}), '')"
    return f"concat_ws(', ', {', '.join([street, hamlet, neighbourhood, *around])})"


def _case(expression: str, words: Mapping[str, str], otherwise: str = "null") -> str:
    whens = " ".join(f"when {literal(key)} then {literal(word)}" for key, word in words.items())
    return f"case {expression} {whens} else {otherwise} end"


def _children(_: Build, alias: str, __: Any) -> Listing:
    source = SQL(f"(select y.* from region y where y.parent_code = {alias}.code) x")
    return Listing(regions.COLUMNS, source, ANYTHING, ())


def _budget(build: Build, alias: str, given: asked.AskedBudget) -> Rows:
    kind = [] if given.kind is None else [f"b.kind = {text(build.bind(given.kind))}"]
    return rows(
        "b",
        "budget_line b",
        f"b.regency_code = {alias}.code",
        f"b.year = {text(build.bind(given.year, 'int'))}",
        build.regency_in_scope("b"),
        *kind,
        order="b.sub_activity_code, b.account_code, b.kind, b.id",
        limit=regions.BUDGET_LINES,
    )


# --- statistics -----------------------------------------------------------------------------------

_COUNT = (
    "n(dimension text, source text, edition text, key text, status text, households bigint,"
    " persons bigint, entries bigint)"
)


def _statistics(build: Build, alias: str, some: asked.Some) -> Rows:
    """One row `z` with the counts of a region, added up once for all lists of them."""
    only = _chosen(build, "t.edition", some.values)
    editions = f" where t.dimension <> 'RANKING' or {text(only[0])}" if only else ""
    counts = statistics.rows_of(build, SQL(f"{alias}.code"))
    source = (
        "(select array(select row(t.dimension, t.source, t.edition, t.key, t.status,"
        " sum(t.households)::bigint, sum(t.persons)::bigint, sum(t.entries)::bigint)"
        f" from {text(counts)} t{editions}"
        " group by t.dimension, t.source, t.edition, t.key, t.status) as counts offset 0) z"
    )
    return rows("z", source)


def _counts(dimension: str, *, within: str = "") -> Many:
    """The counts of one dimension, by key."""

    def found(_: Build, alias: str, __: Any) -> Rows:
        here = f"n.dimension = '{dimension}'{within.replace('{a}', alias)}"
        return rows("n", f"unnest({alias}.counts) {_COUNT}", here, order="n.key, n.status")

    return Many(found)


def _ranking_counts(_: Build, alias: str, __: Any) -> Rows:
    """One row `q` per source and edition of the ledger, with the counts."""
    source = (
        f"(select distinct n.source, n.edition, {alias}.counts from unnest({alias}.counts) {_COUNT}"
        " where n.dimension = 'RANKING') q"
    )
    return rows("q", source, order="q.source, q.edition")


def _total(name: str) -> Expression:
    found = f"select n.{name} from unnest({{a}}.counts) {_COUNT} where n.dimension = 'ALL'"
    return Expression(f"coalesce(({found}), 0)", sure=True)


# --- lists ----------------------------------------------------------------------------------------


def _listed(listing: Callable[[Build, Any], Listing]) -> Any:
    def found(build: Build, _: str, criteria: Any) -> Listing:
        return listing(build, criteria)

    return found


def _households(either: households.Either) -> Any:
    def found(build: Build, _: str, criteria: Any) -> Listing:
        return households.listing(build, criteria, either)

    return found


def _issues(build: Build, alias: str, criteria: deliveries.IssueFilter) -> Listing:
    conditions = [SQL("i.delivery_id = d.id"), *deliveries.issue_conditions(build, criteria)]
    return Listing(ANYTHING, SQL("delivery_issue i"), ANYTHING, conditions)


# --- roots ----------------------------------------------------------------------------------------


def _one_household(build: Build, _: str, by: asked.ByKey | asked.ByNumber) -> Rows:
    if isinstance(by, asked.ByKey):
        return _by_key(build, "household h", by)
    number = f"h.kk = {text(build.bind(by.number))}"
    order = "h.regency_code, h.id"
    return rows("h", "household h", number, build.in_scope("h"), order=order)


def _one_person(build: Build, _: str, by: asked.ByKey | asked.ByNumber) -> Rows:
    if isinstance(by, asked.ByKey):
        return _by_key(build, "person p", by)
    conditions = [f"p.nik = {text(build.bind(by.number))}"]
    if by.birth_date is not None:
        conditions.append(f"p.birth_date = {text(build.bind(by.birth_date))}")
    order = "p.regency_code, p.id"
    return rows("p", "person p", *conditions, build.in_scope("p"), order=order)


def _by_key(build: Build, source: str, by: asked.ByKey) -> Rows:
    alias = source[-1]
    scope = build.subject_in_scope(alias, person=True) if alias in "rf" else build.in_scope(alias)
    regency, key = text(build.bind(by.regency)), text(build.bind(by.id))
    return rows(alias, source, f"{alias}.regency_code = {regency} and {alias}.id = {key}", scope)


def _one_region(build: Build, _: str, by: asked.ByCode) -> Rows:
    return rows("x", "region x", f"x.code = {text(build.bind(by.value))}")


def _one_delivery(build: Build, _: str, by: asked.ByCode) -> Rows:
    here = f"d.id = {text(build.bind(by.value))}"
    return rows("d", "delivery d", here, deliveries.listed(build))


def _everything(source: str) -> Many:
    def found(_: Build, __: str, ___: Any) -> Rows:
        alias = source[-1]
        return rows(alias, source, order=f"{alias}.code")

    return Many(found)


_KEYED = {
    Kind.HOUSEHOLD: "household h",
    Kind.PERSON: "person p",
    Kind.RECEIPT: "receipt r",
    Kind.FLAG: "overlap_flag f",
}


@dataclass(frozen=True)
class _Node:
    """Anything that has an id."""

    given = staticmethod(asked.node)

    def sql(self, build: Build, alias: str, chosen: Chosen) -> str:
        """The object of its kind as JSON."""
        node: asked.AskedNode = build.given(chosen)
        by: Any = node.by
        match node.kind:
            case Kind.REGION:
                found = _one_region(build, alias, by)
            case Kind.DELIVERY:
                found = _one_delivery(build, alias, by)
            case kind:
                found = _by_key(build, _KEYED[kind], by)
        return build.one(found, chosen, node.kind.value)


# --- receipts of a list of NIKs -------------------------------------------------------------------


def _checks(build: Build, _: str, given: asked.AskedChecks) -> Rows:
    """The persons of the NIKs; a NIK without a person is a row of nulls.

    A person has a NIK only if it is a valid one, so that none needs to be judged to be found.
    """
    as_asked = text(build.bind(given.niks, "text[]"))
    bare = text(build.bind(given.niks, "text[]", unspaced))
    source = (
        f"unnest({as_asked}, {bare}) with ordinality k(asked, bare, place) left join lateral ("
        "select p.* from person p where p.nik = k.bare and p.nik_status = 'VALID'"
        f" and {text(build.in_scope('p'))} order by p.regency_code, p.id limit 1) p on true"
    )
    return rows("p", source, order="k.place", columns="k.asked, k.place, p.*")


def _worth(build: Build, alias: str, _: Any) -> str:
    """What the NIK as asked is worth."""
    judgements = text(build.bind(build.root.niks, "text[]", judged))
    return f"({judgements})[{alias}.place]"


def _checked_receipts(build: Build, alias: str, _: Any) -> Rows:
    return _receipts_of_person(build, alias, build.root.part)


def _other_receipts(build: Build, alias: str, _: Any) -> Rows:
    """What the family and its other members receive."""
    family = _of_family("r", alias, f"{alias}.household_id")
    here = f"{family} and r.person_id is distinct from {alias}.id"
    return _receipts(build, here, build.root.part)


def _checked_flags(build: Build, alias: str, _: Any) -> Rows:
    """Flags on the person and on the family."""
    here = (
        f"f.regency_code = {alias}.regency_code and (f.person_id = {alias}.id"
        f" or f.household_id = {alias}.household_id and f.person_id is null)"
    )
    return _flags(build, here, None)


# --- sentences ------------------------------------------------------------------------------------


def _reason(build: Build, alias: str, given: asked.InEnglish) -> str:
    """Why a desil was chosen, in a sentence."""
    named = "g.source || coalesce(' ' || nullif(g.edition, ''), '')"
    if given.english:
        none = "No source gives a desil."
        scope = _case("g.scope", {s.name: s.english for s in RankingScope})
        sentence = (
            f"{scope} || ' desil ' || g.decile || ' by ' || {named}"
            " || ', the newest in precedence.'"
        )
    else:
        none = "Belum ada sumber yang memberi desil."
        scope = _case("g.scope", {s.name: s.indonesian.lower() for s in RankingScope})
        sentence = (
            f"'Desil ' || g.decile || ' (' || {scope} || ') menurut ' || {named}"
            " || ', peringkat terbaru yang diutamakan.'"
        )
    chosen = _chosen_ranking(build, alias, None)
    found = f"(select {sentence} from {chosen.source} where {chosen.where})"
    return f"coalesce({found}, {literal(none)})"


# --- the table ------------------------------------------------------------------------------------

_HOUSING = columns(
    tables.household,
    *("tenure", "floor", "wall", "roof", "water", "lighting", "power", "fuel", "toilet"),
    *("closet", "sewage", "floorArea"),
)
_HOUSING_KNOWN = f"num_nonnulls({', '.join(found.template for found in _HOUSING.values())}) > 0"

TABLE: dict[str, Mapping[str, Field]] = {
    "Query": {
        "node": _Node(),
        "household": One(_one_household, asked.household),
        "households": Paged(
            "h",
            asked.Lists(households.Filter, "Household", "h", households.ORDERS),
            _households(households.one_by_one),
            _households(households.at_once),
        ),
        "person": One(_one_person, asked.person),
        "persons": Paged(
            "p",
            asked.Lists(people.Filter, "Person", "p", people.ORDERS),
            _listed(people.listing),
        ),
        "checkReceipts": Many(_checks, asked.receipt_checks),
        "receipts": Paged(
            "r", asked.Lists(receipts.Filter, "Receipt", "r"), _listed(receipts.listing)
        ),
        "overlapFlags": Paged(
            "f",
            asked.Lists(flags.Filter, "OverlapFlag", "f", flags.ORDERS),
            _listed(flags.listing),
        ),
        "programmes": _everything("programme c"),
        "overlapRules": _everything("overlap_rule u"),
        "rankings": Paged(
            "g", asked.Lists(rankings.Filter, "Ranking", "g"), _listed(rankings.listing)
        ),
        "region": One(_one_region, asked.region),
        "regions": Paged(
            "x", asked.Regions(regions.Filter, ordering=regions.ORDERING), _listed(regions.listing)
        ),
        "deliveries": Paged(
            "d",
            asked.Lists(deliveries.Filter, ordering=deliveries.NEWEST_FIRST),
            _listed(deliveries.listing),
        ),
        "delivery": One(_one_delivery, asked.delivery),
    },
    "Household": {
        "id": _id(Kind.HOUSEHOLD),
        "familyCardNumber": Masked("kk"),
        "size": Expression(
            "coalesce({a}.size, (select count(*) from person m"
            " where m.regency_code = {a}.regency_code and m.household_id = {a}.id))",
            sure=True,
        ),
        "address": Same(),
        "housing": Same(_HOUSING_KNOWN),
        "assets": Many(
            lambda _, alias, __: rows(
                "n", f"jsonb_each_text({alias}.assets) n(kind, count)", order='n.kind collate "C"'
            )
        ),
        "welfare": Same(),
        **columns(tables.household, "updatedAt"),
        "head": _person_of("head_person_id"),
        "members": Many(_members),
        "region": One(_village),
        "rankings": Many(_rankings, asked.some("sources")),
        "receipts": Many(_receipts_of_family, asked.part),
        "overlapFlags": Many(_flags_of_family, asked.some("statuses")),
        "records": _records("household"),
        "provenance": _provenance("household"),
    },
    "Address": {
        **columns(tables.household, "street", "hamlet", "rt", "rw"),
        "village": One(_village),
        "formatted": Written(_formatted),
    },
    "Housing": _HOUSING,
    "Asset": {"kind": Expression("{a}.kind", sure=True), "count": Expression("{a}.count")},
    "Welfare": {
        **columns(
            tables.household,
            "decile",
            status="welfare_status",
            disagreement="decile_disagreement",
        ),
        "from": One(_chosen_ranking),
        "reason": Written(_reason, asked.language),
    },
    "Person": {
        "id": _id(Kind.PERSON),
        "nik": Masked("nik"),
        **columns(
            tables.person,
            *("nikStatus", "civilRegistryMatch", "name", "sex", "birthDate", "birthPlace"),
            *("motherName", "maritalStatus", "education", "occupation", "employmentStatus"),
            *("disabilities", "lifeStatus", "deceasedSince", "deceasedSource", "updatedAt"),
            *("civilRegistryReason", "civilRegistrySimilarity", "civilRegistrySource"),
            "civilRegistryDate",
            relationToHead="relation",
        ),
        "household": _household_of("household_id"),
        "receipts": Many(_receipts_of_person, asked.part),
        "overlapFlags": Many(_flags_of_person, asked.some("statuses")),
        "records": _records("person"),
        "provenance": _provenance("person"),
        "matchExplanations": _records("person"),
    },
    "Ranking": {
        **columns(
            tables.ranking,
            *("source", "edition", "scope", "percentile", "decile", "score", "rank", "method"),
            "decidedAt",
        ),
        "delivery": One(_delivery),
        "household": _household_of("household_id"),
    },
    "Receipt": {
        "id": _id(Kind.RECEIPT),
        **columns(tables.receipt, "periodStart", "periodEnd", "amount", "status", "basis"),
        "programme": _programme("programme"),
        "recipient": _person_of("person_id"),
        "household": One(_receiving_family),
        "delivery": One(_delivery),
    },
    "ReceiptCheck": {
        "nik": Expression("{a}.asked", sure=True),
        "found": Expression("{a}.id is not null", sure=True),
        "nikStatus": Written(_worth),
        "person": Same("{a}.id is not null"),
        "receipts": Many(_checked_receipts),
        "householdReceipts": Many(_other_receipts),
        "overlapFlags": Many(_checked_flags),
    },
    "OverlapFlag": {
        "id": _id(Kind.FLAG),
        **columns(
            tables.overlap_flag, "periodStart", "periodEnd", "status", "explanation", "raisedAt"
        ),
        "rule": _rule("rule_code"),
        "household": _household_of("household_id"),
        "person": _person_of("person_id"),
        "receipts": Many(_receipts_of_flag),
        "history": Many(_history),
    },
    "FlagEvent": columns(tables.flag_event, "status", "reason", "actor", "at"),
    "Programme": columns(
        tables.programme,
        *("code", "name", "owner", "level", "strategy", "kind", "unit", "target"),
    ),
    "OverlapRule": {
        **columns(tables.overlap_rule, *("code", "title", "kind", "unit", "legalBasis", "status")),
        "programmes": Many(_programmes_of_rule),
    },
    "Region": {
        "id": _id(Kind.REGION, "{a}.code", "''"),
        **columns(tables.region, "code", "bpsCode", "name", "level", "kind"),
        "parent": _region("parent_code"),
        "children": Paged("x", asked.Lists(regions.Filter, ordering=regions.ORDERING), _children),
        "budget": Many(_budget, asked.budget),
        "statistics": One(_statistics, asked.edition),
    },
    "RegionStatistics": {
        "households": _total("households"),
        "persons": _total("persons"),
        "deciles": _counts("DECILE"),
        "welfare": _counts("WELFARE"),
        "receipts": _counts("PROGRAMME"),
        "flags": _counts("FLAG"),
        "rankings": Many(_ranking_counts),
    },
    "DecileCount": {
        "decile": Expression("nullif({a}.key, 'NONE')::int"),
        **plain("households", "persons"),
    },
    "WelfareCount": {"status": Expression("{a}.key"), **plain("households", "persons")},
    "ProgrammeCount": {
        "families": Expression("{a}.households"),
        "persons": Expression("{a}.persons"),
        "receipts": Expression("{a}.entries"),
        "programme": _programme("key"),
    },
    "FlagCount": {
        "status": Expression("{a}.status"),
        "count": Expression("{a}.entries"),
        "rule": _rule("key"),
    },
    "RankingCount": {
        **plain("source", "edition"),
        "deciles": _counts(
            "RANKING", within=" and n.source = {a}.source and n.edition = {a}.edition"
        ),
    },
    "BudgetLine": columns(
        tables.budget_line,
        *("source", "kind", "year", "unitCode", "unitName", "programmeCode", "programmeName"),
        *("activityCode", "activityName", "subActivityCode", "subActivityName", "accountCode"),
        *("accountName", "fundSource", "amount", "documentDate"),
    ),
    "Delivery": {
        "id": _id(Kind.DELIVERY, "''"),
        **columns(
            tables.delivery,
            *("source", "layout", "fileName", "sha256", "state", "receivedAt", "publishedAt"),
            "referenceDate",
        ),
        "edition": Expression("nullif({a}.edition, '')"),
        "waitingFor": Expression("{a}.wanted"),
        "uploadedBy": _to_whom_open("d.uploaded_by"),
        "publishedBy": _to_whom_open(deliveries.PUBLISHED_BY),
        "mends": One(_mended),
        "mendedBy": Many(_mending),
        "rows": Same(),
        "region": _region("region_code"),
        "issues": Paged(
            "i", asked.Lists(deliveries.IssueFilter, ordering=deliveries.BY_ROW), _issues
        ),
    },
    "RowCounts": columns(
        tables.delivery,
        read="rows_read",
        accepted="rows_accepted",
        withWarnings="rows_warning",
        rejected="rows_rejected",
    ),
    "Issue": {
        **columns(tables.delivery_issue, "sheet", "code", "severity", "columnLetter"),
        "row": Expression("coalesce({a}.row, 0)", sure=True),
        "column": Expression("{a}.column_name"),
        "open": Expression("({a}.closed_by is null)", sure=True),
    },
    "SourceRecord": {
        **plain("source", "edition", "referenceDate", "sheet", "row"),
        "delivery": One(_delivery),
    },
    "MatchExplanation": {"record": Same(), **plain("method", "judgement", "judgedAt")},
    "AttributeProvenance": {
        "attribute": Expression("{a}.shown"),
        **plain("value", "chosenBecause"),
        "record": Same(),
        "setAside": Many(_set_aside),
    },
    "AttributeStatement": {**plain("value"), "record": Same()},
}
