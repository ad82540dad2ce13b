"""What the columns of a layout mean, in words a steward reads, with a synthetic example of each."""

from __future__ import annotations

from mappings.load import code_list, programmes
from mappings.model import Column, Layout, normalise
from mappings.vocabulary import VOCABULARIES, AssetKind

Words = tuple[str, str]
"""The same in Indonesian and in English."""

MEANINGS: dict[str, tuple[str, str, str]] = {
    "row.edition": ("Tahun pemutakhiran baris", "Year in which the row was updated", "2024"),
    "row.reference_date": ("Tanggal keadaan data", "Day the data speak of", "31/12/2024"),
    "region.code": ("Kode wilayah", "Region code", ""),
    "region.village_code": ("Kode desa/kelurahan", "Village code", ""),
    "region.district_code": ("Kode kecamatan", "District code", ""),
    "region.regency_code": ("Kode kabupaten/kota", "Regency code", ""),
    "region.province_code": ("Kode provinsi", "Province code", ""),
    "region.village_part": ("Kode desa di kecamatannya", "Village code in its district", ""),
    "region.district_part": ("Kode kecamatan di kabupatennya", "District code in its regency", ""),
    "region.regency_part": ("Kode kabupaten/kota di provinsi", "Regency code in its province", ""),
    "region.province_part": ("Kode provinsi", "Province code", ""),
    "region.village_name": ("Nama desa/kelurahan", "Village", "Poncol"),
    "region.district_name": ("Nama kecamatan", "District (kecamatan)", "Poncol"),
    "region.regency_name": ("Nama kabupaten/kota", "Regency or city", "Kabupaten Magetan"),
    "region.province_name": ("Nama provinsi", "Province", "Jawa Timur"),
    "address.street": ("Alamat: jalan dan nomor", "Street address", "Jalan Contoh 1"),
    "address.hamlet": ("Dusun atau lingkungan", "Hamlet", "Dusun Contoh"),
    "address.rt": ("Nomor RT", "Number of the RT", "004"),
    "address.rw": ("Nomor RW", "Number of the RW", "002"),
    "person.key": ("Nomor orang di sistem asal", "Person number of the source", "CONTOH-1-1"),
    "person.nik": ("NIK orang itu", "The person's NIK", "3520015506809001"),
    "person.name": ("Nama lengkap sesuai KTP", "Full name as on the identity card", "SITI CONTOH"),
    "person.sex": ("Jenis kelamin", "Sex", ""),
    "person.birth_date": ("Tanggal lahir", "Date of birth", "15/06/1980"),
    "person.birth_place": ("Tempat lahir", "Place of birth", "Magetan"),
    "person.mother_name": ("Nama ibu kandung", "Mother's name", "SRI CONTOH"),
    "person.relation": ("Hubungan dengan kepala keluarga", "Relation to the head", ""),
    "person.marital_status": ("Status perkawinan", "Marital status", ""),
    "person.education": ("Pendidikan", "Education", ""),
    "person.occupation": ("Pekerjaan utama", "Main occupation", ""),
    "person.employment_status": ("Status dalam pekerjaan utama", "Status in the main job", ""),
    "person.disabilities": ("Disabilitas", "Disability", ""),
    "person.life_status": ("Keberadaan: hidup atau meninggal", "Living or deceased", ""),
    "person.civil_registry_match": ("Hasil padan Dukcapil", "Civil registry match", ""),
    "household.key": ("Nomor keluarga di sistem asal", "Family number of the source", "CONTOH-1"),
    "household.kk": ("Nomor Kartu Keluarga", "Family card number", "3520010101209001"),
    "household.size": ("Jumlah anggota keluarga", "Members of the family", "1"),
    "household.tenure": ("Status penguasaan rumah", "Tenure of the dwelling", ""),
    "household.floor_area": ("Luas lantai (m2)", "Floor area (square metres)", "36"),
    "household.floor": ("Bahan lantai terluas", "Main floor material", ""),
    "household.wall": ("Bahan dinding terluas", "Main wall material", ""),
    "household.roof": ("Bahan atap terluas", "Main roof material", ""),
    "household.water": ("Sumber air minum utama", "Main source of drinking water", ""),
    "household.lighting": ("Sumber penerangan utama", "Main source of lighting", ""),
    "household.power": ("Daya listrik terpasang", "Installed electric power", ""),
    "household.fuel": ("Bahan bakar memasak utama", "Main cooking fuel", ""),
    "household.toilet": ("Fasilitas buang air besar", "Toilet facility", ""),
    "household.closet": ("Jenis kloset", "Kind of toilet bowl", ""),
    "household.sewage": ("Pembuangan akhir tinja", "Where the toilet drains to", ""),
    "ranking.national.score": ("Skor nasional", "National score", "1,25"),
    "receipt.programme": ("Nama atau kode program", "Name or code of the programme", "PKH"),
    "receipt.period": ("Periode bantuan", "Benefit period", "2024-03"),
    "receipt.month": ("Bulan bantuan", "Month of the benefit", "3"),
    "receipt.year": ("Tahun bantuan", "Year of the benefit", "2024"),
    "receipt.date": ("Tanggal penyaluran", "Day it was paid", "15/03/2024"),
    "receipt.amount": ("Nilai bantuan (rupiah)", "Amount (rupiah)", "600000"),
    "receipt.status": ("Status penyaluran", "What became of the benefit", ""),
    "budget.kind": ("Tahap anggaran", "Stage of the budget", ""),
    "budget.year": ("Tahun anggaran", "Budget year", "2024"),
    "budget.regency_name": ("Nama pemerintah daerah", "Local government", "Kabupaten Magetan"),
    "budget.unit_code": ("Kode SKPD", "Code of the office", "1.06.0.00.0.00.01.0000"),
    "budget.unit_name": ("Nama SKPD", "Office", "Dinas Sosial"),
    "budget.programme_code": ("Kode program", "Programme code", "1.06.05"),
    "budget.programme_name": ("Nama program", "Programme", "Perlindungan dan jaminan sosial"),
    "budget.activity_code": ("Kode kegiatan", "Activity code", "1.06.05.2.02"),
    "budget.activity_name": ("Nama kegiatan", "Activity", "Pengelolaan data fakir miskin"),
    "budget.sub_activity_code": ("Kode subkegiatan", "Sub-activity code", "1.06.05.2.02.0001"),
    "budget.sub_activity_name": ("Nama subkegiatan", "Sub-activity", "Pendataan fakir miskin"),
    "budget.account_code": ("Kode rekening belanja", "Account code", "5.1.02.01.01.0024"),
    "budget.account_name": ("Nama rekening belanja", "Account", "Belanja alat tulis kantor"),
    "budget.fund_source": ("Sumber dana", "Source of funds", "Dana Alokasi Umum"),
    "budget.amount": ("Nilai (rupiah)", "Amount (rupiah)", "1500000"),
    "budget.document_date": ("Tanggal dokumen", "Date of the document", "15/01/2024"),
    "indicator.year": ("Tahun indikator", "Year of the indicator", "2024"),
    "indicator.name": ("Nama indikator", "Indicator", "Persentase penduduk miskin"),
    "indicator.unit": ("Satuan", "Unit", "persen"),
    "indicator.value": ("Nilai indikator", "Value", "9,5"),
    "indicator.source": ("Sumber angka", "Source of the figure", "BPS"),
    "indicator.disaggregation": ("Pilahan, misalnya perempuan", "Disaggregation", "total"),
    "intervention.priority": ("Prioritas", "Priority", "1"),
    "intervention.programme": ("Nama program", "Programme", "Perlindungan sosial"),
    "intervention.sub_activity_code": ("Kode subkegiatan", "Sub-activity", "1.06.05.2.02.0001"),
    "intervention.target": ("Sasaran", "Target", "100 keluarga"),
    "intervention.ceiling": ("Pagu (rupiah)", "Ceiling (rupiah)", "1500000"),
    "intervention.year": ("Tahun", "Year", "2024"),
}  # fmt: skip
"""Per unified column: Indonesian, English, example. Codes take theirs from list or region."""

SCOPES = {"national": ("nasional", "national"), "province": ("provinsi", "in the province"),
          "regency": ("kabupaten", "in the regency")}  # fmt: skip
FIGURES = {"decile": ("Desil", "Decile", "1"), "percentile": ("Persentil", "Percentile", "5"),
           "rank": ("Peringkat", "Rank", "1200")}  # fmt: skip
PARTS = {"period": ("periode", "period"), "month": ("bulan", "month"), "year": ("tahun", "year"),
         "amount": ("nilai rupiah", "amount in rupiah"), "status": ("status",) * 2}  # fmt: skip
PLACES = {"kemendagri": ("35", "20", "01", "2001"), "bps": ("35", "20", "010", "002")}
"""One village (Poncol, Kabupaten Magetan) in either system, level by level."""

LEVELS = ("province", "regency", "district", "village")
TYPICAL = ("FEMALE", "HEAD", "MARRIED", "ALIVE", "MATCHED")  # what the example person is

FORMS: dict[str, Words] = {
    "text": ("teks", "text"),
    "name": ("nama, tanpa gelar", "name without titles"),
    "nik": ("16 angka, sebagai teks", "16 digits, as text"),
    "kk": ("16 angka, sebagai teks", "16 digits, as text"),
    "key": ("teks, persis seperti di sumbernya", "text, exactly as in the source"),
    "integer": ("bilangan bulat", "whole number"),
    "decimal": ("bilangan, koma untuk pecahan", "number"),
    "date": ("tanggal hh/bb/tttt, sebagai teks", "date dd/mm/yyyy, as text"),
    "digits": ("{width} angka, sebagai teks", "{width} digits, as text"),
    "rtrw": ("3 angka, sebagai teks", "3 digits, as text"),
    "period": ("2024, 2024-03, Maret 2024 atau TW I 2024", "2024, 2024-03 or TW I 2024"),
    "month": ("1-12 atau nama bulan", "1-12 or an Indonesian month name"),
}
BY_READING = {"nik": "3520015506809001", "kk": "3520010101209001", "integer": "1", "decimal": "1",
              "date": "15/03/2024", "rtrw": "001", "period": "2024-03", "month": "3"}  # fmt: skip


def meaning(column: Column) -> Words:
    """What belongs in the column."""
    name = column.to
    if column.ignore is not None:
        return "Tidak dibaca; boleh kosong", "Not read; may stay empty"
    if name is None:
        return "Disimpan seperti tertulis", "Kept as given"
    family, _, rest = name.partition(".")
    head, _, part = rest.partition(".")
    if name in MEANINGS:
        return MEANINGS[name][:2]
    if family == "asset":
        kind = AssetKind[rest]
        return f"Aset: {kind.indonesian}", f"Asset: {kind.english}"
    if family == "programme":
        title = f"{'Penerima' if not part else 'Bantuan'} {programmes()[head].name}"
        if not part:
            return title, f"Receives {programmes()[head].name}"
        return f"{title}: {PARTS[part][0]}", f"{programmes()[head].name}: {PARTS[part][1]}"
    return f"{FIGURES[part][0]} {SCOPES[head][0]}", f"{FIGURES[part][1]}, {SCOPES[head][1]}"


def form(column: Column) -> Words:
    """How it is written."""
    if choices(column):
        return "pilih dari daftar", "choose from the list"
    reading = "text" if column.read in ("code", "flag") else column.read  # any text is a code here
    indonesian, english = FORMS[reading]
    return indonesian.format(width=column.width), english.format(width=column.width)


def choices(column: Column) -> dict[str, str]:
    """The codes or labels the column accepts, each with its Indonesian meaning ("" where the
    text says it itself). Empty for a column without a list, or whose list takes any text."""
    if not column.codes:
        return {}
    codes = code_list(column.codes)
    terms = VOCABULARIES.get(codes.vocabulary or "")
    found = {}
    for text, value in codes.values.items():
        if text == "*":
            continue
        members = [terms[v].indonesian for v in value.split("+") if v] if terms else [value]
        label = " + ".join(members) or "tidak ada"
        found[text] = "" if normalise(label) == normalise(text) else label
    return found


def example(layout: Layout, column: Column) -> str:
    """A synthetic entry, written as the column wants it; "" where none is needed."""
    if column.ignore is not None:
        return ""
    if listed := list(choices(column)):
        values = code_list(column.codes or "").values
        return next((text for text in listed if values[text] in TYPICAL), listed[0])
    family, _, rest = (column.to or "").partition(".")
    if family == "region" and rest.endswith(("code", "part")):
        return _place(layout, rest)
    if family == "ranking":
        return FIGURES[rest.rpartition(".")[2]][2] if "score" not in rest else "1,25"
    if family == "programme" and rest.endswith(".year"):
        return "2024"
    return MEANINGS.get(column.to or "", ("", "", BY_READING.get(column.read, "")))[2]


def _place(layout: Layout, name: str) -> str:
    parts = PLACES["bps" if layout.region.system == "bps" else "kemendagri"]
    level, _, kind = name.partition("_")
    depth = LEVELS.index(level) + 1 if kind else len(LEVELS)
    return parts[depth - 1] if kind == "part" else "".join(parts[:depth])
