"""Enumerations: the unified vocabularies, and those that only the API has."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

import strawberry

from hub.core.access.rights import Right
from mappings import vocabulary as v
from mappings.vocabulary import Term


class Choice(StrEnum):
    """A member with a description."""

    english: str

    def __new__(cls, code: str, english: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.english = english
        return member


class RegionLevel(Term):
    """Level of an administrative region."""

    PROVINCE = "PROVINCE", "Provinsi", "Province"
    REGENCY = "REGENCY", "Kabupaten/kota", "Regency or city"
    DISTRICT = "DISTRICT", "Kecamatan", "District"
    VILLAGE = "VILLAGE", "Desa/kelurahan", "Village"


class RegionSystem(Term):
    """The authority whose region codes a file is written in."""

    KEMENDAGRI = "KEMENDAGRI", "Kode Kemendagri", "Codes of the Ministry of Home Affairs"
    BPS = "BPS", "Kode BPS", "Codes of Statistics Indonesia"


class RankingScope(Term):
    """The population within which a ranking was made."""

    NATIONAL = "NATIONAL", "Nasional", "National"
    PROVINCE = "PROVINCE", "Provinsi", "Province"
    REGENCY = "REGENCY", "Kabupaten/kota", "Regency or city"


class RankingMethod(Term):
    """How a ranking came about."""

    SOURCE_DECILE = "SOURCE_DECILE", "Desil dari sumber", "Desil as given by the source"
    SOURCE_PERCENTILE = "SOURCE_PERCENTILE", "Persentil dari sumber", "Percentile of the source"
    PRIORITY = "PRIORITY", "Prioritas", "Priority class of the source"


class WelfareStatus(Term):
    """Welfare status, read from the chosen desil: 1, 2, 3 to 4, above 4."""

    EXTREME_POOR = "EXTREME_POOR", "Miskin ekstrem", "Extreme poor"
    POOR = "POOR", "Miskin", "Poor"
    VULNERABLE = "VULNERABLE", "Rentan miskin", "Vulnerable"
    NOT_POOR = "NOT_POOR", "Tidak miskin", "Not poor"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown"


class ProgrammeLevel(Term):
    """Level of government that runs a programme."""

    NATIONAL = "NATIONAL", "Pusat", "National"
    PROVINCE = "PROVINCE", "Provinsi", "Province"
    REGENCY = "REGENCY", "Kabupaten/kota", "Regency or city"
    VILLAGE = "VILLAGE", "Desa", "Village"


class Strategy(Term):
    """Strategy of the national guideline that a programme serves."""

    REDUCE_SPENDING = "REDUCE_SPENDING", "Mengurangi beban pengeluaran", "Reduce spending"
    RAISE_INCOME = "RAISE_INCOME", "Meningkatkan pendapatan", "Raise income"
    POVERTY_POCKETS = "POVERTY_POCKETS", "Meminimalkan wilayah kantong kemiskinan", "Pockets"


class ProgrammeKind(Term):
    """Kind of programme (guideline, Table 4.3)."""

    SOCIAL_ASSISTANCE = "SOCIAL_ASSISTANCE", "Bantuan sosial", "Social assistance"
    EMPOWERMENT = "EMPOWERMENT", "Pemberdayaan", "Empowerment"
    BASIC_SERVICE = "BASIC_SERVICE", "Layanan dasar", "Basic service"
    POVERTY_POCKET = "POVERTY_POCKET", "Kantong kemiskinan", "Poverty pocket"


class BenefitUnit(Term):
    """Who receives: one person or the whole family."""

    FAMILY = "FAMILY", "Keluarga", "Family"
    PERSON = "PERSON", "Orang", "Person"


class ReceiptBasis(Term):
    """What says that a receipt was had."""

    LIST = "LIST", "Daftar penerima", "A recipient list of the programme"
    FLAG = "FLAG", "Isian pendataan", "An answer in a survey or registry"


class RuleKind(Term):
    """What an overlap rule looks for."""

    EXCLUSIVE = "EXCLUSIVE", "Tidak boleh bersamaan", "Programmes that exclude each other"
    DUPLICATE = "DUPLICATE", "Ganda", "The same programme twice in one period"
    DECEASED = "DECEASED", "Meninggal", "Receipt after the death of the recipient"


class RuleStatus(Term):
    """Standing of an overlap rule."""

    IN_FORCE = "IN_FORCE", "Berlaku", "In force"
    TO_BE_CONFIRMED = "TO_BE_CONFIRMED", "Perlu dipastikan", "Legal basis to be confirmed"


class FlagStatus(Term):
    """Where the judgement of a flag stands. The benefit stays until a person decides."""

    OPEN = "OPEN", "Belum diperiksa", "Not yet judged"
    CONFIRMED = "CONFIRMED", "Terbukti", "Confirmed"
    DISMISSED = "DISMISSED", "Tidak terbukti", "Dismissed"
    REVOCATION_RECOMMENDED = "REVOCATION_RECOMMENDED", "Disarankan dicabut", "To be revoked"


class DeliveryState(Term):
    """How far a delivery has come."""

    RECEIVED = "RECEIVED", "Diterima", "Received"
    RECOGNISED = "RECOGNISED", "Dikenali", "Layout recognised"
    CHECKED = "CHECKED", "Diperiksa", "Checked"
    STAGED = "STAGED", "Disiapkan", "Staged"
    PUBLISHED = "PUBLISHED", "Diterbitkan", "Published"
    REJECTED = "REJECTED", "Ditolak", "Rejected"
    UNDONE = "UNDONE", "Dibatalkan", "Undone"


class DeliveryWork(Term):
    """What a delivery waits for the hub to do."""

    CHECK = "CHECK", "Pemeriksaan berkas", "Its file is to be checked and staged"
    FORESEE = "FORESEE", "Perkiraan dampak", "The effects of publishing are to be foreseen"
    PUBLISH = "PUBLISH", "Penerbitan", "It is to be published"
    UNDO = "UNDO", "Pembatalan", "Its publication is to be undone"


class DeliveryAction(Term):
    """What was done with a delivery."""

    RECEIVED = "RECEIVED", "Diterima", "Received"
    ASKED = "ASKED", "Ditanyakan", "Not recognised; a steward is to say what its columns mean"
    MAPPED = "MAPPED", "Kolom dipastikan", "A steward said what its columns mean"
    STAGED = "STAGED", "Disiapkan", "Checked and staged"
    APPROVED = "APPROVED", "Disetujui", "Somebody wants it published"
    PUBLISHED = "PUBLISHED", "Diterbitkan", "Published"
    REJECTED = "REJECTED", "Ditolak", "Rejected"
    REPLACED = "REPLACED", "Diganti", "Its mended workbook has taken its place"
    UNDO_ASKED = "UNDO_ASKED", "Pembatalan diminta", "Somebody wants its publication undone"
    UNDONE = "UNDONE", "Dibatalkan", "Its publication is undone"
    FAILED = "FAILED", "Gagal", "The hub could not do what was wanted; nothing has changed"


class ColumnChangeKind(Term):
    """How a column differs from the last file of the source."""

    NEW = "NEW", "Baru", "The last file did not have it"
    MISSING = "MISSING", "Hilang", "Only the last file had it"
    RENAMED = "RENAMED", "Berganti judul", "The last file had it under another heading"


class NameAgreement(Term):
    """How far two names agree."""

    EQUAL = "EQUAL", "Sama", "The same but for case and signs"
    SIMILAR = "SIMILAR", "Mirip", "Similar"


class Severity(Term):
    """Weight of an issue: an ERROR rejects its row, the others let it pass."""

    ERROR = "ERROR", "Kesalahan", "The row is rejected"
    WARNING = "WARNING", "Peringatan", "The row passes with a warning"
    INFO = "INFO", "Keterangan", "For information"


class Language(Term):
    """Language of a text."""

    ID = "ID", "Bahasa Indonesia", "Indonesian"
    EN = "EN", "Bahasa Inggris", "English"


class LinkMethod(Term):
    """What joined a source row to a person or household."""

    NIK = "NIK", "NIK", "The same valid NIK"
    SHARED_NIK = "SHARED_NIK", "NIK dipakai bersama", "A NIK that another person keeps"
    KK = "KK", "Nomor KK", "The same valid family card number"
    KEY = "KEY", "Kunci sumber", "The source's own key"
    ROW = "ROW", "Baris sendiri", "Nothing: the row stands alone"


class Judgement(Term):
    """What was decided about a source row and a person or household."""

    SAME = "SAME", "Sama", "The same"
    DIFFERENT = "DIFFERENT", "Berbeda", "Different"
    UNSURE = "UNSURE", "Belum pasti", "Unsure"


class ChosenBecause(Choice):
    """Why one statement of an attribute was chosen over the others."""

    ONLY_STATEMENT = "ONLY_STATEMENT", "No other row says anything"
    MOST_TRUSTED_SOURCE = "MOST_TRUSTED_SOURCE", "Its source goes first for this attribute"
    NEWEST_EDITION = "NEWEST_EDITION", "The newest among rows of equal trust"
    NEWEST_DELIVERY = "NEWEST_DELIVERY", "Delivered last among rows of one date"
    FIRST_ROW = "FIRST_ROW", "The first of several rows of one delivery"


class HouseholdOrder(Choice):
    """Order of households; equal ones are kept in a fixed order."""

    DECILE_ASC = "DECILE_ASC", "Lowest desil first, households without one last"
    DECILE_DESC = "DECILE_DESC", "Highest desil first, households without one last"
    DISAGREEMENT_DESC = "DISAGREEMENT_DESC", "Widest gap between sources first"
    UPDATED_AT_ASC = "UPDATED_AT_ASC", "Changed longest ago first"
    UPDATED_AT_DESC = "UPDATED_AT_DESC", "Changed last first"
    VILLAGE_ASC = "VILLAGE_ASC", "By village code"
    VILLAGE_DESC = "VILLAGE_DESC", "By village code, backwards"


class PersonOrder(Choice):
    """Order of persons; equal ones are kept in a fixed order."""

    NAME_ASC = "NAME_ASC", "By name"
    NAME_DESC = "NAME_DESC", "By name, backwards"
    BIRTH_DATE_ASC = "BIRTH_DATE_ASC", "Oldest first, unknown birth dates last"
    BIRTH_DATE_DESC = "BIRTH_DATE_DESC", "Youngest first, unknown birth dates last"
    UPDATED_AT_ASC = "UPDATED_AT_ASC", "Changed longest ago first"
    UPDATED_AT_DESC = "UPDATED_AT_DESC", "Changed last first"
    VILLAGE_ASC = "VILLAGE_ASC", "By village code"
    VILLAGE_DESC = "VILLAGE_DESC", "By village code, backwards"


class OverlapFlagOrder(Choice):
    """Order of overlap flags; equal ones are kept in a fixed order."""

    RAISED_AT_ASC = "RAISED_AT_ASC", "Raised longest ago first"
    RAISED_AT_DESC = "RAISED_AT_DESC", "Raised last first"
    PERIOD_START_ASC = "PERIOD_START_ASC", "Earliest period first"
    PERIOD_START_DESC = "PERIOD_START_DESC", "Latest period first"
    RULE_ASC = "RULE_ASC", "By rule"
    RULE_DESC = "RULE_DESC", "By rule, backwards"


TERMS: tuple[type[Term], ...] = (
    *(v.Sex, v.RelationToHead, v.MaritalStatus, v.Education, v.Occupation, v.EmploymentStatus),
    *(v.Disability, v.LifeStatus, v.CivilRegistryMatch, v.NikStatus, v.Tenure, v.Floor, v.Wall),
    v.CivilRegistryReason,
    *(v.Roof, v.Water, v.Lighting, v.Power, v.Fuel, v.Toilet, v.Closet, v.Sewage, v.AssetKind),
    *(v.ReceiptStatus, v.BudgetKind, RegionLevel, RankingScope, RankingMethod, WelfareStatus),
    *(ProgrammeLevel, Strategy, ProgrammeKind, BenefitUnit, ReceiptBasis, RuleKind, RuleStatus),
    *(FlagStatus, DeliveryState, Severity, Language, LinkMethod, Judgement, Right),
    *(RegionSystem, DeliveryWork, DeliveryAction, ColumnChangeKind, NameAgreement),
)
CHOICES: tuple[type[Choice], ...] = (
    *(HouseholdOrder, PersonOrder, OverlapFlagOrder, ChosenBecause),
)


def _register(cls: type[Term] | type[Choice]) -> None:
    """Make the class a GraphQL enumeration, each member described by its labels."""
    strawberry.enum(cls, description=(cls.__doc__ or "").strip())
    described = {
        member.name: f"{member.english} ({member.indonesian})"
        if isinstance(member, Term)
        else member.english
        for member in cls
    }
    for value in cls.__strawberry_definition__.values:  # type: ignore[union-attr]
        value.description = described[value.name]


for _term in TERMS:
    _register(_term)
for _choice in CHOICES:
    _register(_choice)
