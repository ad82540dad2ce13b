"""Tables about a regency as a whole: its budget (SIPD), indicators and interventions (SEPAKAT)."""

from __future__ import annotations

from datetime import date

import polars as pl

from hub.demo.draws import Draws
from hub.demo.places import villages

YEAR = 2025
_UNITS = {
    "1.06": ("1.06.0.00.0.00.01.0000", "DINAS SOSIAL", "SOSIAL"),
    "1.04": ("1.04.0.00.0.00.01.0000", "DINAS PERUMAHAN", "PERUMAHAN DAN KAWASAN PERMUKIMAN"),
    "1.02": ("1.02.0.00.0.00.01.0000", "DINAS KESEHATAN", "KESEHATAN"),
    "1.01": ("1.01.0.00.0.00.01.0000", "DINAS PENDIDIKAN", "PENDIDIKAN"),
    "2.17": ("2.17.0.00.0.00.01.0000", "DINAS KOPERASI DAN USAHA MIKRO", "KOPERASI, UKM"),
    "2.13": ("2.13.0.00.0.00.01.0000", "DINAS PEMBERDAYAAN MASYARAKAT DAN DESA", "DESA"),
}
# Sub-activities end in two digits in the older nomenclature and in four in the newer one.
_ACTIVITIES = (
    ("1.06.05", "PROGRAM PERLINDUNGAN DAN JAMINAN SOSIAL", "2.02", "Pengelolaan Data Fakir Miskin",
     "0001", "Pendataan Fakir Miskin Cakupan Daerah"),
    ("1.06.05", "PROGRAM PERLINDUNGAN DAN JAMINAN SOSIAL", "2.02", "Pengelolaan Data Fakir Miskin",
     "0003", "Fasilitasi Bantuan Sosial Kesejahteraan Keluarga"),
    ("1.06.04", "PROGRAM REHABILITASI SOSIAL", "2.01", "Rehabilitasi Sosial Dasar", "0001",
     "Penyediaan Permakanan"),
    ("1.06.04", "PROGRAM REHABILITASI SOSIAL", "2.01", "Rehabilitasi Sosial Dasar", "02",
     "Penyediaan Sandang"),
    ("1.04.04", "PROGRAM PERUMAHAN DAN KAWASAN PERMUKIMAN KUMUH", "2.01",
     "Pencegahan Permukiman Kumuh", "01", "Perbaikan Rumah Tidak Layak Huni"),
    ("1.02.02", "PROGRAM PEMENUHAN UPAYA KESEHATAN", "2.02", "Penyediaan Layanan Kesehatan",
     "0026", "Pengelolaan Jaminan Kesehatan Masyarakat"),
    ("1.02.02", "PROGRAM PEMENUHAN UPAYA KESEHATAN", "2.02", "Penyediaan Layanan Kesehatan",
     "15", "Pengelolaan Pelayanan Kesehatan Gizi Masyarakat"),
    ("1.01.02", "PROGRAM PENGELOLAAN PENDIDIKAN", "2.01", "Pengelolaan Pendidikan Sekolah Dasar",
     "0041", "Penyediaan Biaya Personil Peserta Didik Sekolah Dasar"),
    ("2.17.07", "PROGRAM PEMBERDAYAAN USAHA MIKRO", "2.01", "Pemberdayaan Usaha Mikro", "0006",
     "Pemberdayaan melalui Kemitraan Usaha Mikro"),
    ("2.13.04", "PROGRAM ADMINISTRASI PEMERINTAHAN DESA", "2.01", "Pembinaan Desa", "0009",
     "Fasilitasi Bantuan Langsung Tunai Dana Desa"),
)  # fmt: skip
_ACCOUNTS = (
    ("5.1.02.01.01.0024", "Belanja Alat/Bahan untuk Kegiatan Kantor"),
    ("5.1.02.02.01.0003", "Honorarium Narasumber"),
    ("5.1.05.05.01.0001", "Belanja Bantuan Sosial Uang kepada Individu"),
    ("5.1.05.05.02.0001", "Belanja Bantuan Sosial Barang kepada Individu"),
    ("5.1.02.04.01.0001", "Belanja Perjalanan Dinas Biasa"),
)
_FUNDS = ("Pendapatan Asli Daerah (PAD)", "Dana Alokasi Umum (DAU)", "Dana Alokasi Khusus (DAK)")
_INDICATORS = (
    ("Persentase penduduk miskin", "persen", 5.0, 18.0, "BPS, Susenas"),
    ("Persentase penduduk miskin ekstrem", "persen", 0.2, 3.0, "BPS, Susenas"),
    ("Prevalensi stunting", "persen", 9.0, 30.0, "Kemenkes, SKI"),
    ("Rumah tangga dengan akses air minum layak", "persen", 70.0, 98.0, "BPS, Susenas"),
    ("Rumah tangga dengan sanitasi layak", "persen", 60.0, 96.0, "BPS, Susenas"),
    ("Angka partisipasi murni SMA", "persen", 55.0, 80.0, "BPS, Susenas"),
    ("Tingkat pengangguran terbuka", "persen", 1.5, 7.0, "BPS, Sakernas"),
)
_PRIORITIES = ("Akses air minum", "Rumah tidak layak huni", "Pendapatan rendah", "Stunting")


def rows(subject: str, layout: str, regency: str, seed: int) -> pl.DataFrame:
    """The rows of a budget, indicator or intervention layout for one regency."""
    draws = Draws(f"{seed}|{regency}|finance")
    names = villages(regency)
    if subject == "budget":
        return _budget(draws, str(names["region.regency_name"][0]), layout)
    if subject == "indicator":
        return _indicators(draws, names)
    return _interventions(draws, names)


def _budget(draws: Draws, regency: str, layout: str) -> pl.DataFrame:
    lines = [_line(*activity, *account) for activity in _ACTIVITIES for account in _ACCOUNTS]
    frame = pl.DataFrame(lines)
    count = frame.height
    ceiling = (draws.uniform("ceiling", count) * 4_000 + 5).round(0) * 250_000
    spent = ceiling * (0.55 + 0.44 * draws.uniform("spent", count))
    amount = spent.round(2) if "realisasi" in layout else ceiling
    day = draws.below("document", 330, count)
    return frame.with_columns(
        amount.alias("budget.amount"),
        draws.pick("fund", _FUNDS, count).alias("budget.fund_source"),
        (pl.lit(date(YEAR, 1, 15)) + pl.duration(days=pl.lit(day))).alias("budget.document_date"),
        pl.lit(YEAR).alias("budget.year"),
        pl.lit(regency.upper()).alias("budget.regency_name"),
    )


def _line(
    programme: str, programme_name: str, activity: str, activity_name: str, sub: str,
    sub_name: str, account: str, account_name: str,
) -> dict[str, str]:  # fmt: skip
    unit, unit_name, field = _UNITS[programme[:4]]
    return {
        "_field": programme[:4],
        "_field_name": f"URUSAN PEMERINTAHAN BIDANG {field}",
        "budget.unit_code": unit,
        "budget.unit_name": unit_name,
        "budget.programme_code": programme,
        "budget.programme_name": programme_name,
        "budget.activity_code": f"{programme}.{activity}",
        "budget.activity_name": activity_name,
        "budget.sub_activity_code": f"{programme}.{activity}.{sub}",
        "budget.sub_activity_name": sub_name,
        "budget.account_code": account,
        "budget.account_name": account_name,
    }


def _areas(names: pl.DataFrame) -> pl.DataFrame:
    """The regency and its districts, with BPS codes as SEPAKAT uses them."""
    districts = names.select(
        pl.col("b.district").alias("region.code"),
        pl.col("region.district_name").alias("_area_name"),
    ).unique(maintain_order=True)
    whole = names.head(1).select(
        pl.col("b.district").str.slice(0, 4).alias("region.code"),
        pl.col("region.regency_name").alias("_area_name"),
    )
    return pl.concat([whole, districts]).drop_nulls("region.code")


def _indicators(draws: Draws, names: pl.DataFrame) -> pl.DataFrame:
    about = pl.DataFrame(
        _INDICATORS, orient="row",
        schema=["indicator.name", "indicator.unit", "_low", "_high", "indicator.source"],
    )  # fmt: skip
    years = pl.DataFrame({"indicator.year": [YEAR - 2, YEAR - 1, YEAR]})
    frame = _areas(names).join(about, how="cross").join(years, how="cross")
    draw = draws.uniform("indicator", frame.height)
    value = pl.col("_low") + (pl.col("_high") - pl.col("_low")) * draw
    return frame.with_columns(
        value.round(2).alias("indicator.value"), pl.lit("Total").alias("indicator.disaggregation")
    )


def _interventions(draws: Draws, names: pl.DataFrame) -> pl.DataFrame:
    frame = _areas(names)
    count = frame.height
    chosen = draws.below("activity", len(_ACTIVITIES), count).to_list()
    return frame.with_columns(
        draws.pick("priority", _PRIORITIES, count).alias("intervention.priority"),
        pl.Series("intervention.programme", [_ACTIVITIES[n][1] for n in chosen]),
        pl.Series(
            "intervention.sub_activity_code",
            [f"{a[0]}.{a[2]}.{a[4]}" for a in (_ACTIVITIES[n] for n in chosen)],
        ),
        (draws.below("target", 900, count) + 20).cast(pl.String).alias("intervention.target")
        + " keluarga desil 1-2",
        ((draws.below("amount", 900, count) + 20) * 1_000_000).alias("intervention.ceiling"),
        pl.lit(YEAR).alias("intervention.year"),
    )
