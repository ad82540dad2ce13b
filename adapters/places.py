"""From a source's region columns to Kemendagri codes, through the crosswalk or the names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import polars as pl

from adapters.tabular import Mapped
from mappings import regions
from mappings.model import RegionRule
from validation.issues import issue, none, on_rows

PARTS = ("province_part", "regency_part", "district_part", "village_part")
NAMES = ("province_name", "regency_name", "district_name", "village_name")
PARENTS = {"#village": "desa/kelurahan", "#district": "kecamatan", "#regency": "kabupaten/kota"}
PROVINCES = {
    "JATIM": "JAWATIMUR", "JATENG": "JAWATENGAH", "JABAR": "JAWABARAT",
    "DKI": "DAERAHKHUSUSIBUKOTAJAKARTA", "DKIJAKARTA": "DAERAHKHUSUSIBUKOTAJAKARTA",
    "JAKARTA": "DAERAHKHUSUSIBUKOTAJAKARTA", "DAERAHKHUSUSJAKARTA": "DAERAHKHUSUSIBUKOTAJAKARTA",
    "DIY": "DAERAHISTIMEWAYOGYAKARTA",
    "DIYOGYAKARTA": "DAERAHISTIMEWAYOGYAKARTA", "YOGYAKARTA": "DAERAHISTIMEWAYOGYAKARTA",
    "NAD": "ACEH", "NANGGROEACEHDARUSSALAM": "ACEH", "SUMUT": "SUMATERAUTARA",
    "SUMBAR": "SUMATERABARAT", "SUMSEL": "SUMATERASELATAN", "KEPRI": "KEPULAUANRIAU",
    "BABEL": "KEPULAUANBANGKABELITUNG", "BANGKABELITUNG": "KEPULAUANBANGKABELITUNG",
    "KALBAR": "KALIMANTANBARAT", "KALTENG": "KALIMANTANTENGAH", "KALSEL": "KALIMANTANSELATAN",
    "KALTIM": "KALIMANTANTIMUR", "KALTARA": "KALIMANTANUTARA", "SULUT": "SULAWESIUTARA",
    "SULTENG": "SULAWESITENGAH", "SULSEL": "SULAWESISELATAN", "SULTRA": "SULAWESITENGGARA",
    "SULBAR": "SULAWESIBARAT", "NTB": "NUSATENGGARABARAT", "NTT": "NUSATENGGARATIMUR",
    "MALUT": "MALUKUUTARA",
}  # fmt: skip
TRUSTED = 0.6  # crosswalk pairs at or below it were found wrong more often than right
SAMPLE = 2_000  # distinct villages looked at to judge the code system


def outside(mapped: Mapped, prefixes: Sequence[str]) -> pl.DataFrame:
    """REGION_OUT_OF_SCOPE for the resolved rows whose region begins with none of `prefixes`.

    "" among them is all of Indonesia; rows of no known region are outside of everything else.
    """
    if "" in prefixes:
        return none()
    begins = [pl.col("region_code").str.starts_with(prefix) for prefix in prefixes]
    inside = pl.any_horizontal(pl.lit(value=False), *begins).fill_null(value=False)
    rows = mapped.frame.filter(~inside)
    return on_rows(
        rows,
        "REGION_OUT_OF_SCOPE",
        value=pl.col("region_code").fill_null("-"),
        expected=pl.lit(", ".join(prefixes)),
    )


def resolve(mapped: Mapped, rule: RegionRule, default: str | None) -> Mapped:
    """Add `village_code` (10 digits or null), `regency_code` (4 digits) and `region_code` (any
    level) to the rows.

    `rule` is the layout's, its system perhaps overridden by the caller; `default` is the region
    of the whole delivery. Issues: REGION_UNKNOWN, REGION_AMBIGUOUS, REGION_BY_NAME,
    REGION_MISSING, REGION_INCOMPLETE, REGION_SYSTEM_AMBIGUOUS, REGION_SYSTEM_SUSPECT,
    REGION_NEEDED.
    """
    frame = mapped.frame
    given = [n for n in frame.columns if n.startswith("region.")]
    if rule.system == "none" or not given:
        return _without_regions(mapped, default)
    keyed = frame.with_columns(_code(frame).alias("#code"), *_name_keys(frame)).with_columns(
        _regency_of(default)
    )
    keys = ["#code", "#province", "#regency", "#city", "#district", "#village"]
    if rule.system == "ask" and keyed["#code"].is_not_null().any():
        raised = issue("REGION_SYSTEM_AMBIGUOUS", sheet=mapped.table.index)
        return _with(mapped, _defaulted(frame, default), raised)
    places = keyed.select(keys).unique(maintain_order=True).with_row_index("#place")
    resolved = _by_code(places, rule.system).join(_by_name(places), on="#place", how="left")
    suspect = _suspect(places, resolved, rule.system, mapped.table.index)
    verdict = places.join(_judge(places, resolved), on="#place", how="left")
    rows = keyed.join(
        verdict.drop("#place"), on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    issues = _issues(mapped, rows)
    settled = rows.drop(keys).rename({"#region": "region_code"}).drop("#verdict")
    return _with(mapped, _defaulted(settled, default), pl.concat([suspect, issues]))


def _with(mapped: Mapped, frame: pl.DataFrame, issues: pl.DataFrame) -> Mapped:
    return replace(mapped, frame=frame, issues=pl.concat([mapped.issues, issues]))


def _without_regions(mapped: Mapped, default: str | None) -> Mapped:
    needed = mapped.table.layout.subject in ("household", "budget") and default is None
    raised = issue("REGION_NEEDED", sheet=mapped.table.index) if needed else none()
    return _with(mapped, _defaulted(mapped.frame, default), raised)


def _defaulted(frame: pl.DataFrame, default: str | None) -> pl.DataFrame:
    """Codes of every level from `region_code`, with the delivery's region where it is null."""
    found = pl.col("region_code") if "region_code" in frame.columns else pl.lit(None, pl.String)
    code = pl.coalesce(found, pl.lit(default, pl.String))
    return frame.with_columns(region_code=code).with_columns(
        village_code=pl.when(pl.col("region_code").str.len_chars() == 10).then("region_code"),
        regency_code=pl.when(pl.col("region_code").str.len_chars() >= 4)
        .then(pl.col("region_code").str.head(4))
        .otherwise(pl.lit("0000")),
    )


def _code(frame: pl.DataFrame) -> pl.Expr:
    has = set(frame.columns)
    whole = [
        pl.col(f"region.{name}").str.replace_all(r"[.\s]", "")
        for name in ("village_code", "code")
        if f"region.{name}" in has
    ]
    parts = [pl.col(f"region.{p}") for p in PARTS if f"region.{p}" in has]
    joined = [pl.concat_str(parts)] if len(parts) == len(PARTS) else []
    return pl.coalesce([*whole, *joined, pl.lit(None, pl.String)])


def _name_keys(frame: pl.DataFrame) -> list[pl.Expr]:
    def name(level: str) -> pl.Expr:
        column = f"region.{level}_name"
        return pl.col(column) if column in frame.columns else pl.lit(None, pl.String)

    return [
        _bare_province(name("province")).alias("#province"),
        _bare_regency(name("regency")).alias("#regency"),
        _is_city(name("regency")).alias("#city"),
        _bare(name("district")).str.replace(r"^KEC(AMATAN)?", "").alias("#district"),
        _bare_village(name("village")).alias("#village"),
    ]


def _regency_of(default: str | None) -> list[pl.Expr]:
    """Lists that print only district and village lie in the regency of the delivery."""
    if default is None or len(default) < 4:
        return []
    name = pl.Series([regions.regions().filter(pl.col("code") == default[:4])["name"][0]])
    regency = pl.select(_bare_regency(pl.lit(name))).item()
    city = pl.select(_is_city(pl.lit(name))).item()
    printed = pl.col("#regency").is_not_null() | pl.col("#village").is_null()
    return [
        pl.when(printed).then(pl.col("#regency")).otherwise(pl.lit(regency)).alias("#regency"),
        pl.when(printed).then(pl.col("#city")).otherwise(pl.lit(city)).alias("#city"),
    ]


def _bare(name: pl.Expr) -> pl.Expr:
    bare = name.str.to_uppercase().str.replace(r"^(KECAMATAN|KEC\.)\s*", "")
    bare = bare.str.replace_all(r"[^A-Z0-9]", "")
    return pl.when(bare != "").then(bare)


def _bare_village(name: pl.Expr) -> pl.Expr:
    prefix = r"^(DESA|DS\.?|KELURAHAN|KEL\.?|NAGARI|GAMPONG)[\s.]+"
    return _bare(name.str.to_uppercase().str.strip_chars().str.replace(prefix, ""))


def _bare_province(name: pl.Expr) -> pl.Expr:
    prefix = r"^(PROVINSI|PROPINSI|PROV\.?)\s*"
    bare = _bare(name.str.to_uppercase().str.strip_chars().str.replace(prefix, ""))
    return bare.str.replace("SUMATRA", "SUMATERA").replace(PROVINCES)


def _bare_regency(name: pl.Expr) -> pl.Expr:
    prefix = r"^(KABUPATEN|KAB\.|KAB|KOTA)\s+(ADMINISTRASI|ADM\.?)?\s*|^(KAB\.|KOTA\.)"
    return _bare(name.str.to_uppercase().str.strip_chars().str.replace(prefix, ""))


def _is_city(name: pl.Expr) -> pl.Expr:
    """True or false where the name says which it is; null where it does not."""
    upper = name.str.to_uppercase().str.strip_chars()
    return (
        pl.when(upper.str.contains(r"^KOTA\s"))
        .then(pl.lit(value=True))
        .when(upper.str.contains(r"^KAB"))
        .then(pl.lit(value=False))
    )


@cache
def _codes(system: str) -> pl.DataFrame:
    """Codes of one system (`#code`) and the Kemendagri code each means (`by_code`)."""
    if system == "kemendagri":
        return regions.regions().select(pl.col("code").alias("#code"), by_code="code")
    pairs = regions.crosswalk().filter(
        pl.col("bps_code").is_not_null()
        & pl.col("code").is_not_null()
        & (pl.col("confidence") > TRUSTED)
    )
    best = pairs.sort("confidence", descending=True).unique("bps_code", maintain_order=True)
    return best.select(pl.col("bps_code").alias("#code"), by_code="code")


def _villages(wanted: pl.Series) -> pl.DataFrame:
    """The villages of the regencies that have one of the names, with their normalised names from
    province down. A delivery speaks of few of the 83,000."""
    places = regions.regions()
    regencies = places.filter(pl.col("level") == "REGENCY")
    named = regencies.filter(_bare_regency(pl.col("name")).is_in(wanted.unique().implode()))
    places = places.filter(
        (pl.col("level") == "PROVINCE") | pl.col("code").str.head(4).is_in(named["code"].implode())
    )
    village = places.filter(pl.col("level") == "VILLAGE").select(
        "code",
        village=_bare_village(pl.col("name")),
        district_code=pl.col("code").str.head(6),
        regency_code=pl.col("code").str.head(4),
        province_code=pl.col("code").str.head(2),
    )

    def above(level: str, bare: pl.Expr) -> pl.DataFrame:
        return places.select(pl.col("code").alias(f"{level}_code"), bare.alias(level), "name")

    return (
        village.join(above("district", _bare(pl.col("name"))).drop("name"), on="district_code")
        .join(above("regency", _bare_regency(pl.col("name"))), on="regency_code")
        .with_columns(city=pl.col("name").str.starts_with("Kota"))
        .drop("name")
        .join(above("province", _bare_province(pl.col("name"))).drop("name"), on="province_code")
    )


def _by_code(places: pl.DataFrame, system: str) -> pl.DataFrame:
    """`by_code` for each place; null where the code is absent or not of the system."""
    if system in ("names", "ask"):
        return places.select("#place", by_code=pl.lit(None, pl.String))
    return places.join(_codes(system), on="#code", how="left").select("#place", "by_code")


def _by_name(places: pl.DataFrame) -> pl.DataFrame:
    """`by_name` where exactly one village has the names, and `rivals`, how many have them."""
    matches = places.filter(pl.col("#village").is_not_null()).join(
        _villages(places["#regency"].drop_nulls()),
        left_on=["#village", "#district", "#regency"],
        right_on=["village", "district", "regency"],
    )
    fitting = matches.filter(
        (pl.col("#city").is_null() | (pl.col("#city") == pl.col("city")))
        & (pl.col("#province").is_null() | (pl.col("#province") == pl.col("province")))
    )
    counted = fitting.group_by("#place").agg(rivals=pl.len(), by_name=pl.col("code").first())
    return counted.with_columns(by_name=pl.when(pl.col("rivals") == 1).then("by_name"))


def _judge(places: pl.DataFrame, resolved: pl.DataFrame) -> pl.DataFrame:
    has_code = pl.col("#code").is_not_null()
    has_name = pl.any_horizontal(pl.col("#village", "#district", "#regency").is_not_null())
    verdict = (
        pl.when(pl.col("by_code").is_not_null())
        .then(None)
        .when(pl.col("by_name").is_not_null() & has_code)
        .then(pl.lit("REGION_BY_NAME"))
        .when(pl.col("by_name").is_not_null())
        .then(None)
        .when(pl.col("rivals") > 1)
        .then(pl.lit("REGION_AMBIGUOUS"))
        .when(has_name & ~has_code & pl.any_horizontal(pl.col(*PARENTS).is_null()))
        .then(pl.lit("REGION_INCOMPLETE"))
        .when(has_code | has_name)
        .then(pl.lit("REGION_UNKNOWN"))
        .otherwise(pl.lit("REGION_MISSING"))
    )
    return places.join(resolved, on="#place", how="left").select(
        "#place",
        verdict.alias("#verdict"),
        pl.coalesce("by_code", "by_name").alias("#region"),
    )


def _suspect(places: pl.DataFrame, resolved: pl.DataFrame, system: str, sheet: int) -> pl.DataFrame:
    """Whether the codes agree with the names only when read in the other system."""
    if system not in ("kemendagri", "bps"):
        return none()
    other = "bps" if system == "kemendagri" else "kemendagri"
    named = places.join(resolved, on="#place").filter(
        pl.col("#code").is_not_null() & pl.col("by_name").is_not_null()
    )
    both = named.head(SAMPLE).join(
        _codes(other).rename({"by_code": "by_other"}), on="#code", how="left"
    )
    agree = int((both["by_code"] == both["by_name"]).fill_null(value=False).sum())
    rival = int((both["by_other"] == both["by_name"]).fill_null(value=False).sum())
    if both.height and rival > both.height / 2 and agree < both.height / 10:
        return issue(
            "REGION_SYSTEM_SUSPECT", sheet=sheet, found=_title(other), expected=_title(system)
        )
    return none()


def _title(system: str) -> str:
    return {"bps": "BPS", "kemendagri": "Kemendagri"}[system]


def _issues(mapped: Mapped, rows: pl.DataFrame) -> pl.DataFrame:
    names = [n for n in mapped.headings if n.startswith("region.")]
    code_first = sorted(names, key=lambda n: ("code" not in n, "village" not in n))
    place = mapped.headings[code_first[0]] if code_first else (None, None)
    raised = rows.filter(pl.col("#verdict").is_not_null())
    name = [pl.col(f"region.{level}") for level in NAMES if f"region.{level}" in rows.columns]
    names_shown = [pl.concat_str(name[::-1], separator=", ", ignore_nulls=True)] if name else []
    shown = pl.coalesce(pl.col("#code"), *names_shown)
    shown = pl.when(pl.col("#verdict") != "REGION_MISSING").then(shown)
    lacking = pl.concat_str(
        [pl.when(pl.col(n).is_null()).then(pl.lit(title)) for n, title in PARENTS.items()],
        separator=", ",
        ignore_nulls=True,
    )
    return on_rows(raised, pl.col("#verdict"), place, value=shown, expected=lacking)
