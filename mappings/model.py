"""Frozen models of everything under mappings/. Unknown keys are refused."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Evidence = Literal["seen", "seen-app", "inferred", "conflict", "project-defined"]
"""How we know it: read in a public importer or export; in a third-party application's own
schema; general knowledge only; two sources disagree; defined by this project."""

Reading = Literal[
    "text",  # trimmed, inner blanks collapsed
    "name",  # a person's name: text, upper case, decoration removed
    "nik",
    "kk",
    "key",  # the source's own identifier, kept as text; a trailing ".0" is undone
    "integer",
    "decimal",  # 1.234.567,89 and 1234567.89
    "date",  # dd/mm/yyyy, ISO, Excel serial, "27 Oktober 2022"
    "code",  # through a code list
    "flag",  # through a code list with YES and NO
    "digits",  # digits of a code, zero-padded to `width`
    "rtrw",  # RT or RW: "4", "002", "RT 004", "-"
    "period",  # "2024", "2024-03", "Maret 2024", "TAHAP 1 2024", "TW II 2024"
    "month",  # 1-12 or an Indonesian month name
]
"""The closed list of ways a cell may be read. Anything more is a function of the source module."""

Subject = Literal["household", "person", "receipt", "budget", "indicator", "intervention"]
"""What one row of the layout is about."""


class Frozen(BaseModel):
    """Base of all mapping models: immutable, strict about keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Frozen):
    """One column of a layout and its fate: mapped (`to`), kept (`extra`) or ignored (`ignore`).

    `heading` is as printed; `also` lists other spellings seen. A positional layout names the
    Excel column letter in `position` instead of relying on the heading. `occurrence` picks one
    of several equal headings. `to` and `extra` may stand together: mapped, and kept as given.
    """

    heading: str
    also: tuple[str, ...] = ()
    position: str | None = None
    occurrence: int = 1
    to: str | None = None
    extra: str | None = None
    ignore: str | None = None
    read: Reading = "text"
    codes: str | None = None
    width: int | None = None
    required: bool = False
    evidence: Evidence = "seen"
    note: str | None = None

    @model_validator(mode="after")
    def _one_fate(self) -> Self:
        if (self.ignore is None) == (self.to is None and self.extra is None):
            raise ValueError(f"{self.heading}: say `to` and/or `extra`, or `ignore`, not both")
        if self.read in ("code", "flag") and self.codes is None:
            raise ValueError(f"{self.heading}: reading {self.read} needs `codes`")
        if self.read == "digits" and self.width is None:
            raise ValueError(f"{self.heading}: reading digits needs `width`")
        return self

    @property
    def headings(self) -> tuple[str, ...]:
        """Every spelling under which the column is known."""
        return (self.heading, *self.also)


class RegionRule(Frozen):
    """Region codes of a layout: whose codes they are, and which vintage.

    `system` is never guessed from the digits: thousands of ten-digit codes are valid in both
    systems for different villages. `names` resolves by names within the parent; `ask` makes the
    import ask for the system (`--region-system`); `none` means the layout has no region.
    """

    system: Literal["kemendagri", "bps", "names", "ask", "none"]
    vintage: str | None = None
    evidence: Evidence = "seen"
    note: str | None = None


class FileRule(Frozen):
    """Where the table lies in the file.

    `header_rows` is 2 for merged two-row headings, joined as "upper | lower"; 0 means positional:
    data starts at `first_data_row`. `sheet` is a pattern the sheet name must match. `end_mark`
    is the text in the first column after which nothing is data.
    """

    header_rows: int = 1
    first_data_row: int | None = None
    sheet: str | None = None
    end_mark: str | None = None


class ProgrammeRule(Frozen):
    """Receipts of a layout that names its programme or period outside its rows.

    `code` is the programme of the whole list; `period` ("2022", "2022-03") applies where a
    row names none.
    """

    code: str | None = None
    period: str | None = None
    note: str | None = None


class Expectation(Frozen):
    """Bounds that a plausible delivery keeps; outside them the delivery gets a warning."""

    min_rows: int = 1
    max_rows: int = 5_000_000


class Layout(Frozen):
    """One table layout of one source system, in one vintage."""

    source: str
    layout: str
    title: str
    subject: Subject
    vintage: str
    evidence: Evidence
    note: str | None = None
    region: RegionRule
    file: FileRule = FileRule()
    programme: ProgrammeRule = ProgrammeRule()
    ranking_method: Literal["SOURCE_DECILE", "SOURCE_PERCENTILE", "PRIORITY"] = "SOURCE_DECILE"
    decile_from_percentile: bool = False
    constants: dict[str, str] = {}
    module: str | None = None
    expect: Expectation = Expectation()
    columns: tuple[Column, ...]

    @model_validator(mode="after")
    def _columns_distinct(self) -> Self:
        seen: set[tuple[str, int]] = set()
        for column in self.columns:
            for heading in column.headings:
                key = (normalise(heading), column.occurrence)
                if key in seen and self.file.header_rows:
                    raise ValueError(f"{self.layout}: heading {heading!r} is listed twice")
                seen.add(key)
        return self


class CodeList(Frozen):
    """A source's codes for one question. Values are members of `vocabulary`, or plain labels.

    `blank` lists entries that mean "not stated" (they become null without an issue).
    A value "A+B" stands for two members (disabilities). An empty value means "none of these".
    """

    vocabulary: str | None = None
    values: dict[str, str]
    blank: tuple[str, ...] = ()
    evidence: Evidence = "seen"
    note: str | None = None


class CodeFile(Frozen):
    """All code lists of one source in one vintage."""

    source: str
    vintage: str
    lists: dict[str, CodeList]


class Programme(Frozen):
    """One programme of the catalogue (guideline 4.3 and Table 4.3)."""

    code: str
    name: str
    owner: str
    level: Literal["NATIONAL", "PROVINCE", "REGENCY", "VILLAGE"]
    strategy: Literal["REDUCE_SPENDING", "RAISE_INCOME", "POVERTY_POCKETS"]
    kind: Literal["SOCIAL_ASSISTANCE", "EMPOWERMENT", "BASIC_SERVICE", "POVERTY_POCKET"]
    unit: Literal["FAMILY", "PERSON"]
    target: str | None = None
    also: tuple[str, ...] = ()
    evidence: Evidence = "seen"


class Rule(Frozen):
    """One overlap rule, compiled to SQL by hub.core.rules.

    EXCLUSIVE: a receipt of one of `programmes` and one of `against`, in overlapping periods,
    by the same `unit`. DUPLICATE: the same programme twice in one period. DECEASED: receipt in
    a period after the civil registry calls the person deceased.
    """

    code: str
    title: str
    kind: Literal["EXCLUSIVE", "DUPLICATE", "DECEASED"]
    unit: Literal["FAMILY", "PERSON"]
    legal_basis: str
    programmes: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    explanation: str
    status: Literal["IN_FORCE", "TO_BE_CONFIRMED"]
    valid_from: str | None = None
    valid_to: str | None = None


class Survivorship(Frozen):
    """Per golden attribute, the sources in falling order of trust; newest edition within one.

    `default` serves attributes that are not named. Blank values never win.
    """

    default: tuple[str, ...]
    person: dict[str, tuple[str, ...]] = {}
    household: dict[str, tuple[str, ...]] = {}


class Names(Frozen):
    """How Indonesian names vary in writing; see the file's own comments."""

    titles: tuple[tuple[str, ...], ...]
    degrees: tuple[str, ...]
    short_degrees: tuple[str, ...]
    filiations: tuple[str, ...]
    aliases: tuple[str, ...]
    words: dict[str, tuple[str, ...]]
    first: dict[str, tuple[str, ...]]
    weak: tuple[str, ...]
    spelling: tuple[tuple[str, str], ...]


class Addresses(Frozen):
    """Words of Indonesian addresses, by the form kept; see the file's own comments."""

    words: dict[str, tuple[str, ...]]
    settlements: tuple[str, ...]
    roads: tuple[str, ...]
    spelling: tuple[tuple[str, str], ...]


Similarity = Annotated[int, Field(ge=0, le=100)]


class NikPolicy(Frozen):
    """When rows of one valid NIK are one person, and when the number is nobody's."""

    name_similarity: Similarity
    most_people: Annotated[int, Field(gt=1)]


class CivilRegistryPolicy(Frozen):
    """How like a name must be the one that the civil registry has for the NIK."""

    name_similarity: Similarity


class Linkage(Frozen):
    """When two rows are one person; see the file's own comments."""

    version: str
    nik: NikPolicy
    civil_registry: CivilRegistryPolicy


class IssueText(Frozen):
    """One entry of the issue catalogue. Texts may use {column}, {letter}, {row}, {value}, ..."""

    code: str
    severity: Literal["ERROR", "WARNING", "INFO"]
    id: str
    en: str
    remedy_id: str
    remedy_en: str


def normalise(text: str) -> str:
    """The form in which headings and code labels are compared.

    Upper case; no-break spaces and runs of blanks become one blank; blanks around a slash and
    leading zeros of a bare number go; surrounding quotes and backticks go.
    """
    flat = " ".join(text.replace("\u00a0", " ").split()).strip("`'\" ").upper()
    flat = "/".join(part.strip() for part in flat.split("/"))
    return flat.lstrip("0") or "0" if flat.isdigit() else flat
