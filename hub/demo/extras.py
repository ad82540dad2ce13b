"""Plausible values for columns that the unified model does not know."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import polars as pl

from hub.demo.draws import Draws
from hub.demo.forms import money, written_date
from hub.demo.nearest import keys_by_term
from hub.demo.systems import Arrangement
from mappings.load import code_list
from mappings.model import Column, Layout, normalise

_NONE = pl.lit(None, dtype=pl.String)
_Known = Callable[[date], pl.Expr]


def _age(day: date) -> pl.Expr:
    return (
        ((pl.lit(day) - pl.col("person.birth_date")).dt.total_days() / 365.25)
        .floor()
        .cast(pl.Int64)
    )


def _aged(low: int, high: int) -> _Known:
    return lambda day: _age(day).is_between(low, high)


def _is(name: str) -> _Known:
    return lambda _: pl.col(name)


def _number(width: int, offset: int = 0, of: str = "_hid") -> _Known:
    return lambda _: (pl.col(of) + offset).cast(pl.String).str.zfill(width)


def _none(_: date) -> pl.Expr:
    return _NONE


def _mark(_: date) -> pl.Expr:
    """Ticks of the SIGA sheet, where what they stand for is not known."""
    return pl.when(pl.col("_hid") % 3 > 0).then(pl.lit("V")).otherwise(pl.lit("X"))


_SIGA_ASSISTANCE = ("aw", "ax", "ay", "az", *(f"b{letter}" for letter in "abcdefghi"))
KNOWN: dict[str, _Known] = {
    "age": _age,
    "usia_2023": _age,
    "usia_dibawah_7": _aged(0, 6),
    "usia_7_12": _aged(7, 12),
    "usia_13_15": _aged(13, 15),
    "usia_16_18": _aged(16, 18),
    "usia_19_21": _aged(19, 21),
    "usia_22_59": _aged(22, 59),
    "usia_60_keatas": _aged(60, 130),
    "under_two": _is("_under_two"),
    "under_five": _is("_under_five"),
    "fertile_couple": _is("_couple_fertile"),
    "water_not_adequate": lambda _: pl.col("household.water").is_in(
        ["UNPROTECTED_WELL", "UNPROTECTED_SPRING", "SURFACE", "RAIN"]
    ),
    "toilet_not_adequate": lambda _: ~pl.col("household.toilet").is_in(["OWN", "SHARED"]),
    "wife_name": _is("_wife_name"),
    "second_member_name": _is("_wife_name"),
    "household_head_name": _is("_head_name"),
    "respondent_name": _is("_head_name"),
    "member_number": lambda _: pl.col("_pid") % 10 + 1,
    "occupants": _is("household.size"),
    "families": lambda _: pl.lit(1),
    "jumlah_keluarga": lambda _: pl.lit(1),
    "family_number": lambda _: pl.col("_hid") % 400 + 1,
    "building_number": lambda _: pl.col("_hid") % 380 + 1,
    "rt_id": lambda _: pl.col("_hid") % 900 + 1,
    "sls_code": lambda _: pl.col("address.rt").str.slice(1) + pl.col("address.rw").str.slice(1),
    "sub_sls_code": lambda _: pl.lit("00"),
    "sls_name": lambda _: "RT " + pl.col("address.rt") + " RW " + pl.col("address.rw"),
    "updated_year": lambda day: pl.lit(day.year),
    "id_frm": _number(8),
    "ruta6": _number(6),
    "verify_id": _number(10, of="_pid"),
    "family_id": _number(12),
    "pln_customer_id": _number(12, 51_000_000_000),
    "pln_number": _number(12, 51_000_000_000),
    "check_date": lambda day: pl.lit(day.strftime("%d/%m/%Y")),
    "ktp_province_code": lambda _: pl.col("k.village").str.slice(0, 2),
    "ktp_province_name": lambda _: pl.col("region.province_name").str.to_uppercase(),
    "ktp_regency_code": lambda _: pl.col("k.village").str.slice(0, 4),
    "ktp_regency_name": lambda _: pl.col("region.regency_name").str.to_uppercase(),
    "ktp_district_code": lambda _: pl.col("k.village").str.slice(0, 6),
    "ktp_district_name": lambda _: pl.col("region.district_name").str.to_uppercase(),
    "ktp_village_code": _is("k.village"),
    "ktp_village_name": lambda _: pl.col("region.village_name").str.to_uppercase(),
    "ktp_rt": _is("address.rt"),
    "ktp_rw": _is("address.rw"),
    "ktp_hamlet": _is("address.hamlet"),
    "ktp_address": _is("address.street"),
    "penerima_pkh_2023_himbara": _is("programme.PKH"),
    "penerima_sembako_2023_himbara": _is("programme.SEMBAKO"),
    "keluarga_penerima_pkh_2023_himbara": _is("programme.PKH"),
    "keluarga_penerima_sembako_himbara_2023": _is("programme.SEMBAKO"),
    "nisn": _number(10, 30_000_000, of="_pid"),
    "kks_number": _number(16, 6_013_010_000_000_000),
    "noka_bpjs": _number(13, of="_pid"),
    "psnoka_bpjs": _number(13, of="_pid"),
    "lpj": lambda _: pl.lit("SUDAH"),
    "sumber_dana": lambda _: pl.lit("DAK"),
    "parent_name": _is("_head_name"),
    "father_name": _is("_head_name"),
    "head_name": _is("_head_name"),
    "guardian_name": _none,
    "nama_di_kip": _is("person.name"),
    "bank": lambda _: pl.lit("BRI"),
    "posyandu": lambda _: "MATAHARI " + (pl.col("_hid") % 4 + 1).cast(pl.String),
    "puskesmas": lambda _: pl.col("region.district_name").str.to_uppercase(),
    "usia_saat_ukur": lambda day: _age(day).cast(pl.String) + " Tahun - 3 Bulan - 10 Hari",
    "tanggal_pengukuran": lambda day: pl.lit(day),
    "berat": lambda day: 4 + _age(day) * 2.1,
    "tinggi": lambda day: 55 + _age(day) * 8.5,
    "bb_lahir": lambda _: 2.4 + (pl.col("_pid") % 15) / 10,
    "tb_lahir": lambda _: 45 + pl.col("_pid") % 7,
    "kode_urusan": lambda _: pl.col("_field").str.slice(0, 1),
    "nama_urusan": lambda _: pl.lit("URUSAN PEMERINTAHAN WAJIB") + pl.col("_field").str.slice(0, 0),
    "kode_bidang_urusan": _is("_field"),
    "nama_bidang_urusan": _is("_field_name"),
    "kode_sub_skpd": _is("budget.unit_code"),
    "nama_sub_skpd": _is("budget.unit_name"),
    "total_kegiatan": lambda _: pl.col("budget.amount").sum().over("budget.activity_code"),
    **{f"bulan_{n:02}": lambda _: pl.col("budget.amount") / 12 for n in range(1, 13)},
    "tipe_dokumen": lambda _: pl.lit("DPA Murni"),
    "nomor_dokumen": lambda _: "LS/" + pl.col("_line").cast(pl.String).str.zfill(4) + "/2025",
    "nilai_sp2d": _is("budget.amount"),
    "tanggal_sp2d": _is("budget.document_date"),
    "nama_wilayah": _is("_area_name"),
    **{f"assistance_{letters}": _mark for letters in _SIGA_ASSISTANCE},
    **{f"month_{month:02}_{n}": _mark for month in range(1, 4) for n in range(1, 5)},
    "wife_education": lambda _: pl.lit("Tamat SLTA"),
    "family_status": lambda _: pl.lit("1"),
    "employment_status": lambda _: pl.col("person.employment_status").str.replace_all("_", " "),
}
"""What an extra of this name says; anything else is drawn from its code list, or blank."""

_RARE = re.compile(r"^(pregnant|nutrition|depression|caregiver|.*licence|stunting_risk)$")


def cell(
    layout: Layout,
    column: Column,
    rows: pl.DataFrame,
    draws: Draws,
    day: date,
    number: int,
    form: Arrangement,
) -> pl.Expr:
    """The cell of a column that is kept as given or ignored."""
    known = KNOWN.get(column.extra or "")
    if column.ignore and normalise(column.heading) in ("NO", "NO URUT", "NOMOR"):
        return pl.col("_line").cast(pl.String) + (" . " if form.nbsp else "")
    if known is None:
        return _drawn(layout, column, rows, draws, number, form)
    value = known(day)
    if not set(value.meta.root_names()) <= {*rows.columns, "_line"}:
        return _NONE
    return _as_flag(column, value, form) if column.codes else _formed(layout, column, value, form)


def _formed(layout: Layout, column: Column, value: pl.Expr, form: Arrangement) -> pl.Expr:
    if column.read == "date":
        return written_date(value, form.dates)
    if column.read == "decimal":
        return money(value) if layout.subject == "budget" else value.cast(pl.Float64).round(1)
    return value


def _as_flag(column: Column, value: pl.Expr, form: Arrangement) -> pl.Expr:
    codes = code_list(column.codes or "")
    if codes.vocabulary != "yes_no":
        return _NONE
    keys = keys_by_term(codes, form.labels)
    yes, no = keys.get("YES", [None])[0], keys.get("NO", [None])[0]
    said = pl.when(value).then(pl.lit(yes, dtype=pl.String))
    return said.otherwise(pl.lit(no, dtype=pl.String))


def _drawn(
    layout: Layout, column: Column, rows: pl.DataFrame, draws: Draws, number: int,
    form: Arrangement,
) -> pl.Expr:  # fmt: skip
    if column.codes is None or column.extra is None:
        return _NONE
    keys = [found[0] for found in keys_by_term(code_list(column.codes), form.labels).values()]
    if not keys:
        return _NONE
    if column.extra == "religion":
        keys = [keys[0]] * 60 + keys
    drawn = draws.pick(f"{layout.layout} {number}", keys, rows.height)
    if _RARE.match(column.extra):
        kept = draws.uniform(f"{layout.layout} {number} rare", rows.height) < 0.1
        return pl.when(pl.lit(kept)).then(pl.lit(drawn))
    return pl.lit(drawn)
