"""Which column of a layout an unknown heading most likely is, by its name and by its values.

A proposal is shown to a steward and never acted upon. It tells headings, shares and kinds; no
value of the file is in it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl
from rapidfuzz import fuzz, process

from adapters import parsers
from mappings.load import code_list
from mappings.model import Column, Layout, normalise

ROWS = 300  # rows whose values are looked at
MOST = 200  # unknown headings of one sheet that are looked at
LIKELY = 0.4  # confidence below which nothing is proposed
UNLIKE = 0.55  # similarity that any two headings may have
WIDE = 6  # digits of a code that nothing else looks like
NAME = 0.9  # how far a name alone can convince
FITS = 0.7  # share of values that must have the form of a column
NEAREST = 3  # headings named when one is not found

# Words as stewards shorten them, then phrases, in order: "kel" is three words.
WORDS = {
    "TGL": "TANGGAL", "TG": "TANGGAL", "LHR": "LAHIR", "LHIR": "LAHIR", "JNS": "JENIS",
    "DS": "DESA", "KEC": "KECAMATAN", "KCMTN": "KECAMATAN", "KAB": "KABUPATEN",
    "PROV": "PROVINSI", "PROP": "PROVINSI", "PROPINSI": "PROVINSI", "NO": "NOMOR",
    "NOMER": "NOMOR", "NMR": "NOMOR", "NM": "NAMA", "NAME": "NAMA", "ALMT": "ALAMAT",
    "TMP": "TEMPAT", "TMPT": "TEMPAT", "TPT": "TEMPAT", "PEND": "PENDIDIKAN",
    "PDDK": "PENDIDIKAN", "PENDDKN": "PENDIDIKAN", "PEK": "PEKERJAAN", "PKRJN": "PEKERJAAN",
    "STS": "STATUS", "STAT": "STATUS", "HUB": "HUBUNGAN", "ART": "ANGGOTA RUMAH TANGGA",
    "KRT": "KEPALA RUMAH TANGGA", "JML": "JUMLAH", "JLH": "JUMLAH", "JMLH": "JUMLAH",
    "KD": "KODE", "THN": "TAHUN", "TH": "TAHUN", "BLN": "BULAN", "USIA": "UMUR",
    "KET": "KETERANGAN", "PERKAWINAN": "KAWIN", "PROG": "PROGRAM", "KEP": "KEPALA",
    "KPL": "KEPALA", "DGN": "DENGAN", "DLM": "DALAM", "KLMN": "KELAMIN", "ANGG": "ANGGOTA",
    "BHN": "BAHAN",
    "JK": "JENIS KELAMIN", "JENKEL": "JENIS KELAMIN", "GENDER": "JENIS KELAMIN",
    "SEX": "JENIS KELAMIN", "NOKK": "NOMOR KK", "NONIK": "NIK", "KTP": "NIK",
    "KABKOTA": "KABUPATEN", "KELDES": "DESA", "SHDK": "HUBUNGAN KELUARGA",
}  # fmt: skip
PHRASES = {
    r"\bJENIS KEL(AMIN)?( L P)?\b|\bL P\b": "JENIS KELAMIN",
    r"\b(KEPALA|ANGGOTA|JUMLAH|HUBUNGAN|ID|DALAM|KARTU) KEL\b": r"\1 KELUARGA",
    r"\b(NAMA) KK\b": r"\1 KEPALA KELUARGA",
    r"\b(NOMOR )?(KARTU KELUARGA|KK)\b": "NOMOR KARTU KELUARGA",
    r"\b(NOMOR )?(INDUK )?(KEPENDUDUKAN|NIK)( (NOMOR )?NIK)?\b": "NIK",
    r"\b(STATUS )?HUBUNGAN (DALAM|DENGAN) (KEPALA )?KELUARGA\b": "HUBUNGAN KELUARGA",
    r"\bKEL(URAHAN)?\b": "DESA",
    r"\bDESA DESA\b": "DESA",
    r"\bKABUPATEN KOTA\b|\bKOTA KABUPATEN\b": "KABUPATEN",
    r"\bNAMA (LENGKAP )?(PENDUDUK|ORANG|WARGA|PENERIMA|KPM|PESERTA)\b|\bNAMA LENGKAP\b": "NAMA",
}

Renamed = Mapping[str, str | None]
"""Layout heading by normalised heading of a file; None leaves the column out."""


@dataclass(frozen=True)
class Proposal:
    """What an unknown heading may be. `confidence` is between 0 and 1; `reason` is in both
    languages."""

    heading: str
    position: int
    column: Column
    confidence: float
    reason: str


@dataclass(frozen=True)
class _Shape:
    """How far values fit a column (0 to 1), how telling that is, and what was seen."""

    fit: float
    weight: float
    seen: str


@cache
def _known(heading: str) -> str:
    """Of a layout's heading; those of files are not kept, since they may be anything."""
    return canonical(heading)


def fingerprint(headings: Iterable[str | None]) -> str:
    """SHA-256 of a header row, the same however its headings are spaced or cased."""
    names = [name for heading in headings if heading and (name := normalise(heading))]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def canonical(heading: str) -> str:
    """A heading as plain words in upper case, with the usual abbreviations written out."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    bare = re.sub(r"\(\d+\)", " ", apart).upper()
    split = re.sub(r"\bKD(?=PROP|KAB|KEC|DES|KEL)", "KODE ", bare)
    words = " ".join(re.findall(r"[A-Z]+|\d+", split))
    words = " ".join(WORDS.get(word, word) for word in words.split())
    for pattern, replacement in PHRASES.items():
        words = re.sub(pattern, replacement, words)
    return words


def propose(
    layout: Layout,
    unknown: Sequence[tuple[str, int]],
    taken: Iterable[Column],
    rows: pl.DataFrame,
) -> list[Proposal]:
    """The most likely column of each unknown heading (name and 0-based position), each column
    once; headings that are like none are left out. `rows` are the first rows of data."""
    gone = {id(column) for column in taken}
    absent = [c for c in layout.columns if c.ignore is None and id(c) not in gone]
    alike = Counter(_kind(column) for column in absent)
    rivals: list[tuple[float, Proposal]] = []
    for heading, position in unknown[:MOST]:
        words, values = canonical(heading), _Values(rows[f"c{position}"].head(ROWS))
        for column in absent:
            name = _similarity(words, column)
            shape = values.shape(column) if _may_be(name, column) else None
            sure = _confidence(name, shape, alike[_kind(column)])
            if sure >= LIKELY:
                reason = _reason(name, shape)
                rivals.append((name, Proposal(heading, position, column, sure, reason)))
    rivals.sort(key=lambda rival: (-rival[1].confidence, -rival[0]))
    chosen: dict[int, Proposal] = {}
    used: set[int] = set()
    for _, proposal in rivals:
        if proposal.position not in chosen and id(proposal.column) not in used:
            chosen[proposal.position] = proposal
            used.add(id(proposal.column))
    return [chosen[position] for position in sorted(chosen)]


def _similarity(words: str, column: Column) -> float:
    """How alike the names are, from 0 to 1, over every spelling of the column."""
    return max(_alike(words, _known(heading)) for heading in column.headings)


def nearest(heading: str, layouts: Iterable[Layout]) -> list[str]:
    """The headings of the layouts that come nearest to one that none of them has."""
    known = {_known(c.heading): c.heading for f in layouts for c in f.columns if not c.ignore}
    found = process.extract(canonical(heading), known.keys(), scorer=fuzz.WRatio, limit=NEAREST)
    return [known[name] for name, *_ in found]


@cache
def _codes(reference: str) -> frozenset[str]:
    found = code_list(reference)
    return frozenset(map(normalise, (*found.values, *found.blank)))


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    ordered, within = fuzz.token_sort_ratio(one, other), fuzz.token_set_ratio(one, other)
    return float(0.75 * ordered + 0.25 * within) / 100


def _kind(column: Column) -> tuple[str, str | None, int | None]:
    """Columns of one kind cannot be told apart by their values."""
    return column.read, column.codes, column.width


def _may_be(name: float, column: Column) -> bool:
    """Whether looking at the values can matter: the name says something, or they say much."""
    telling = column.read in ("nik", "kk", "date") or (column.width or 0) >= WIDE
    return name > UNLIKE or telling or column.codes is not None


def _confidence(name: float, shape: _Shape | None, alike: int) -> float:
    """Name and values as two witnesses; values that contradict outweigh any name."""
    named = NAME * max(0.0, (name - UNLIKE) / (1 - UNLIKE))
    if shape is None:
        return named
    if shape.fit < FITS:
        return named * shape.fit * 0.5
    return 1 - (1 - named) * (1 - shape.weight * shape.fit / alike)


def _reason(name: float, shape: _Shape | None) -> str:
    said = [(f"judul mirip {name:.0%}", f"heading {name:.0%} alike")] if name > UNLIKE else []
    if shape is not None and shape.seen and shape.fit >= FITS:
        said.append((f"{shape.fit:.0%} isi cocok: {shape.seen}", f"{shape.fit:.0%} of values fit"))
    return " / ".join(", ".join(words) for words in zip(*said, strict=True))


class _Values:
    """The first values of one column, and how they fit the columns of a layout."""

    def __init__(self, cells: pl.Series) -> None:
        given = pl.DataFrame({"given": cells}).select(parsers.text(pl.col("given")))
        self._given = given.filter(pl.col("given").is_not_null() & (pl.col("given") != "-"))
        self._shapes: dict[tuple[object, ...], _Shape | None] = {}
        self._keys = Counter(self._given.select(parsers.code_key(pl.col("given"))).to_series())
        # 1, 2, 3 are codes of everything.
        self._numbered = all(str(key).isdigit() for key in self._keys)
        self._long = self._share(pl.col("given").str.contains(r"^['`]?[\d*Xx]{16}$"))

    def shape(self, column: Column) -> _Shape | None:
        """How the values fit a column; None where there are none, or any would do."""
        key = (*_kind(column), column.to)
        if key not in self._shapes:
            self._shapes[key] = self._judged(column) if self._given.height else None
        return self._shapes[key]

    def _judged(self, column: Column) -> _Shape | None:
        if column.codes:
            return self._coded(column.codes)
        if column.read in ("nik", "kk"):
            return self._identifier(column.read)
        if column.read == "digits":
            return self._digits(column.width or 0)
        if column.to and column.to.endswith("decile"):
            fit = self._share(parsers.integer(pl.col("given")).is_between(1, 10))
            return _Shape(fit, 0.35, "1-10")
        if column.read in FORMS:
            form, weight, seen = FORMS[column.read]
            return _Shape(self._share(form(pl.col("given"))), weight, seen)
        # Any text will do, but a column of NIKs is no address.
        return _Shape(1 - self._long, 0, "") if column.read == "text" else None

    def _share(self, condition: pl.Expr) -> float:
        return float(self._given.select(condition.fill_null(value=False).mean()).item() or 0)

    def _coded(self, codes: str) -> _Shape | None:
        known = _codes(codes)
        if "*" in known:
            return None
        fit = sum(n for key, n in self._keys.items() if key in known) / self._keys.total()
        shown = ", ".join([code for code in code_list(codes).values if code][:4])
        return _Shape(fit, 0.15 if self._numbered else 0.5, shown)

    def _identifier(self, read: str) -> _Shape:
        """NIK or KK, both of 16 digits: a woman's day of birth is written plus 40, and a family's
        number stands on the row of each of its members."""
        bare = pl.col("given").str.replace_all(r"\D", "")
        day = bare.str.slice(6, 2).cast(pl.Int8, strict=False)
        women = self._share((bare.str.len_chars() == 16) & day.is_between(41, 71))
        again = 1 - self._given["given"].n_unique() / self._given.height
        person = 0.5 + (0.4 if women > 0.1 else -0.3 if self._given.height >= 20 else 0.0)
        person -= 0.3 if again > 0.2 else 0.0
        likely = person if read == "nik" else 1 - person
        named = "NIK" if read == "nik" else "KK"
        return _Shape(self._long * min(1.0, 2 * likely), 0.75, f"16 digit, {named}")

    def _digits(self, width: int) -> _Shape:
        bare = pl.col("given").str.replace_all(".", "", literal=True)
        if width < WIDE:
            fit = self._share(bare.str.contains(rf"^\d{{1,{width}}}$"))
            return _Shape(fit, 0.1, f"{width} digit")
        return _Shape(self._share(bare.str.contains(rf"^\d{{{width}}}$")), 0.6, f"{width} digit")


FORMS: dict[str, tuple[Callable[[pl.Expr], pl.Expr], float, str]] = {
    "date": (
        lambda given: parsers.date(given).is_not_null() & ~given.str.contains(r"^\d{4}$"),
        0.4,
        "tanggal (date)",
    ),
    "month": (lambda given: parsers.month(given).is_not_null(), 0.2, "bulan (month)"),
    "period": (lambda given: given.str.contains(r"(19|20)\d{2}"), 0.2, "tahun (year)"),
    "integer": (
        lambda given: parsers.integer(given).is_between(0, 9_999_999),
        0.1,
        "bilangan (number)",
    ),
    "decimal": (
        lambda given: parsers.decimal(given).is_not_null() & (given.str.len_chars() < 16),
        0.1,
        "bilangan (number)",
    ),
    "rtrw": (lambda given: given.str.contains(r"(?i)^(R[TW]\.?\s*)?\d{1,3}$"), 0.15, "RT/RW"),
    "name": (lambda given: given.str.contains(r"^[^\d]+$"), 0.1, "huruf (letters)"),
}
"""Per reading: the form its values have, how telling it is, and its name."""
