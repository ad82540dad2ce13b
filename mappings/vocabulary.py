"""The unified vocabularies: one term per meaning, with its Indonesian and English label.

Where sources merge what others keep apart (P3KE's "Asbes/Seng"), the merged term stands beside
the finer ones: a value is never made more precise than its source.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A member with a stable code (its value) and two labels."""

    indonesian: str
    english: str

    def __new__(cls, code: str, indonesian: str, english: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.indonesian = indonesian
        member.english = english
        return member


class Sex(Term):
    """Sex."""

    MALE = "MALE", "Laki-laki", "Male"
    FEMALE = "FEMALE", "Perempuan", "Female"


class RelationToHead(Term):
    """Relation to the head of the family; sources differ in how finely they tell them apart."""

    HEAD = "HEAD", "Kepala keluarga", "Head"
    HUSBAND = "HUSBAND", "Suami", "Husband"
    WIFE = "WIFE", "Istri", "Wife"
    SPOUSE = "SPOUSE", "Istri/suami", "Spouse"
    CHILD = "CHILD", "Anak", "Child"
    CHILD_IN_LAW = "CHILD_IN_LAW", "Menantu", "Child-in-law"
    GRANDCHILD = "GRANDCHILD", "Cucu", "Grandchild"
    PARENT = "PARENT", "Orang tua", "Parent"
    PARENT_IN_LAW = "PARENT_IN_LAW", "Mertua", "Parent-in-law"
    PARENT_OR_IN_LAW = "PARENT_OR_IN_LAW", "Orang tua/mertua", "Parent or parent-in-law"
    OTHER_RELATIVE = "OTHER_RELATIVE", "Famili lain", "Other relative"
    DOMESTIC_WORKER = "DOMESTIC_WORKER", "Pembantu/sopir", "Domestic worker"
    OTHER = "OTHER", "Lainnya", "Other"


class MaritalStatus(Term):
    """Marital status."""

    SINGLE = "SINGLE", "Belum kawin", "Single"
    MARRIED = "MARRIED", "Kawin", "Married"
    DIVORCED = "DIVORCED", "Cerai hidup", "Divorced"
    WIDOWED = "WIDOWED", "Cerai mati", "Widowed"


class Education(Term):
    """Highest education; P3KE and PK also say which school is being attended."""

    NOT_SCHOOLED = "NOT_SCHOOLED", "Tidak/belum sekolah", "No schooling"
    PRIMARY_INCOMPLETE = "PRIMARY_INCOMPLETE", "Tidak/belum tamat SD", "Primary not completed"
    IN_PRIMARY = "IN_PRIMARY", "Masih SD", "Attending primary"
    PRIMARY = "PRIMARY", "Tamat SD/sederajat", "Primary"
    IN_LOWER_SECONDARY = "IN_LOWER_SECONDARY", "Masih SMP", "Attending lower secondary"
    LOWER_SECONDARY = "LOWER_SECONDARY", "Tamat SMP/sederajat", "Lower secondary"
    IN_UPPER_SECONDARY = "IN_UPPER_SECONDARY", "Masih SMA", "Attending upper secondary"
    UPPER_SECONDARY = "UPPER_SECONDARY", "Tamat SMA/sederajat", "Upper secondary"
    IN_TERTIARY = "IN_TERTIARY", "Mahasiswa", "Attending tertiary"
    DIPLOMA_1_2 = "DIPLOMA_1_2", "D1/D2", "Diploma I-II"
    DIPLOMA_3 = "DIPLOMA_3", "D3/Sarjana muda", "Diploma III"
    DIPLOMA = "DIPLOMA", "D1-D3", "Diploma I-III"
    TERTIARY = "TERTIARY", "Tamat perguruan tinggi", "Tertiary"
    BACHELOR = "BACHELOR", "D4/S1", "Bachelor"
    PROFESSION = "PROFESSION", "Profesi", "Professional"
    MASTER = "MASTER", "S2", "Master"
    DOCTORATE = "DOCTORATE", "S3", "Doctorate"
    POSTGRADUATE = "POSTGRADUATE", "S2/S3", "Postgraduate"
    NO_CERTIFICATE = "NO_CERTIFICATE", "Tidak punya ijazah", "No certificate"


class Occupation(Term):
    """Main occupation in the grain that P3KE and PK share, widened for the civil registry."""

    NOT_WORKING = "NOT_WORKING", "Tidak/belum bekerja", "Not working"
    HOMEMAKER = "HOMEMAKER", "Mengurus rumah tangga", "Homemaker"
    STUDENT = "STUDENT", "Pelajar/mahasiswa", "Student"
    FARMER = "FARMER", "Petani/pekebun", "Farmer"
    LIVESTOCK_FARMER = "LIVESTOCK_FARMER", "Peternak", "Livestock farmer"
    FISHER = "FISHER", "Nelayan", "Fisher"
    TRADER = "TRADER", "Pedagang", "Trader"
    STATE_OFFICIAL = "STATE_OFFICIAL", "Pejabat negara", "State official"
    CIVIL_SERVANT_OR_FORCES = "CIVIL_SERVANT_OR_FORCES", "PNS/TNI/Polri", "Civil servant, forces"
    VILLAGE_OFFICIAL = "VILLAGE_OFFICIAL", "Perangkat/kepala desa", "Village official"
    STATE_COMPANY_EMPLOYEE = "STATE_COMPANY_EMPLOYEE", "Karyawan BUMN/BUMD", "State company"
    PRIVATE_EMPLOYEE = "PRIVATE_EMPLOYEE", "Pegawai swasta", "Private employee"
    SELF_EMPLOYED = "SELF_EMPLOYED", "Wiraswasta", "Self-employed"
    PROFESSIONAL = "PROFESSIONAL", "Tenaga profesional", "Professional"
    CRAFT_OR_SERVICE_WORKER = "CRAFT_OR_SERVICE_WORKER", "Tukang/jasa", "Craft or service worker"
    CASUAL_WORKER = "CASUAL_WORKER", "Pekerja lepas/buruh harian", "Casual worker"
    FARM_LABOURER = "FARM_LABOURER", "Buruh tani/nelayan/peternakan", "Farm or fishery labourer"
    DOMESTIC_WORKER = "DOMESTIC_WORKER", "Pembantu rumah tangga", "Domestic worker"
    RETIRED = "RETIRED", "Pensiunan", "Retired"
    OTHER = "OTHER", "Lainnya", "Other"


class EmploymentStatus(Term):
    """Status in the main job."""

    OWN_ACCOUNT = "OWN_ACCOUNT", "Berusaha sendiri", "Own account"
    EMPLOYER_UNPAID = "EMPLOYER_UNPAID", "Berusaha dibantu buruh tidak tetap", "Casual help"
    EMPLOYER_PAID = "EMPLOYER_PAID", "Berusaha dibantu buruh tetap", "Employer"
    EMPLOYEE = "EMPLOYEE", "Buruh/karyawan/pegawai", "Employee"
    PRIVATE_EMPLOYEE = "PRIVATE_EMPLOYEE", "Buruh/karyawan swasta", "Private employee"
    PUBLIC_EMPLOYEE = "PUBLIC_EMPLOYEE", "PNS/TNI/Polri/BUMN/BUMD/pejabat", "Public employee"
    CASUAL = "CASUAL", "Pekerja bebas", "Casual worker"
    CASUAL_FARM = "CASUAL_FARM", "Pekerja bebas pertanian", "Casual farm worker"
    CASUAL_OTHER = "CASUAL_OTHER", "Pekerja bebas non-pertanian", "Casual non-farm worker"
    FAMILY_WORKER = "FAMILY_WORKER", "Pekerja keluarga/tidak dibayar", "Unpaid family worker"


class Disability(Term):
    """A kind of disability; a person may have several."""

    PHYSICAL = "PHYSICAL", "Daksa/fisik", "Physical"
    VISUAL = "VISUAL", "Netra/penglihatan", "Seeing"
    HEARING = "HEARING", "Rungu/pendengaran", "Hearing"
    SPEECH = "SPEECH", "Wicara", "Speaking"
    INTELLECTUAL = "INTELLECTUAL", "Intelektual/belajar", "Learning"
    MENTAL = "MENTAL", "Mental/perilaku", "Mental or behavioural"
    FORMER_MENTAL_PATIENT = "FORMER_MENTAL_PATIENT", "Mantan gangguan jiwa", "Former patient"
    SELF_CARE = "SELF_CARE", "Mengurus diri", "Self-care"
    MEMORY = "MEMORY", "Mengingat/konsentrasi", "Remembering"
    HANDS = "HANDS", "Tangan/jari", "Hands and fingers"
    OTHER = "OTHER", "Lainnya", "Other"


class LifeStatus(Term):
    """Whether the person lives."""

    ALIVE = "ALIVE", "Hidup", "Alive"
    DECEASED = "DECEASED", "Meninggal", "Deceased"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown"


class CivilRegistryMatch(Term):
    """Result of matching with the civil registry (padan Dukcapil)."""

    MATCHED = "MATCHED", "Padan", "Matched"
    MISMATCHED = "MISMATCHED", "Tidak padan", "Mismatched"
    NOT_FOUND = "NOT_FOUND", "Tidak ditemukan", "Not found"
    DUPLICATE = "DUPLICATE", "Ganda", "Duplicate"
    DECEASED = "DECEASED", "Meninggal", "Deceased"
    NOT_CHECKED = "NOT_CHECKED", "Belum dipadankan", "Not checked"


class CivilRegistryReason(Term):
    """What a match with the civil registry, or the lack of one, rests on."""

    NAME_AGREES = "NAME_AGREES", "Nama sesuai", "It has the NIK, and the name agrees"
    NAME_DIFFERS = "NAME_DIFFERS", "Nama berbeda", "It has the NIK under another name"
    NIK_OF_ANOTHER = "NIK_OF_ANOTHER", "NIK milik orang lain", "The NIK is another person's there"
    REGISTERED = "REGISTERED", "Hanya dari Dukcapil", "No other source has a name to compare"
    STATED = "STATED", "Menurut sumber", "A source states the result of its own matching"


class NikStatus(Term):
    """Whether a NIK may serve as a key. Only VALID links."""

    VALID = "VALID", "Sah", "Valid"
    SUSPECT = "SUSPECT", "Meragukan", "Suspect"
    PRECISION_LOST = "PRECISION_LOST", "Angka terakhir hilang", "Digits lost"
    PLACEHOLDER = "PLACEHOLDER", "Isian pengganti", "Placeholder"
    MASKED = "MASKED", "Disamarkan", "Masked"
    MISSING = "MISSING", "Kosong", "Missing"


class Tenure(Term):
    """Tenure of the dwelling."""

    OWNED = "OWNED", "Milik sendiri", "Owned"
    RENTED = "RENTED", "Kontrak/sewa", "Rented"
    RENT_FREE = "RENT_FREE", "Bebas sewa", "Rent-free"
    LODGING = "LODGING", "Menumpang", "Lodging"
    RENT_FREE_OR_LODGING = "RENT_FREE_OR_LODGING", "Bebas sewa/menumpang", "Rent-free or lodging"
    LODGING_OR_SHARED = "LODGING_OR_SHARED", "Menumpang/milik bersama", "Lodging or shared"
    OFFICIAL = "OFFICIAL", "Dinas", "Official residence"
    OTHER = "OTHER", "Lainnya", "Other"


class Floor(Term):
    """Widest floor material."""

    MARBLE_GRANITE = "MARBLE_GRANITE", "Marmer/granit", "Marble or granite"
    CERAMIC = "CERAMIC", "Keramik", "Ceramic"
    PARQUET_VINYL_CARPET = "PARQUET_VINYL_CARPET", "Parket/vinil/karpet", "Parquet, vinyl, carpet"
    TILE_TERRAZZO = "TILE_TERRAZZO", "Ubin/tegel/teraso", "Tile or terrazzo"
    STONE_OR_TILE = "STONE_OR_TILE", "Keramik/granit/marmer/ubin/tegel/teraso", "Stone or tile"
    WOOD = "WOOD", "Kayu/papan", "Wood"
    WOOD_HIGH_QUALITY = "WOOD_HIGH_QUALITY", "Kayu/papan kualitas tinggi", "Good wood"
    WOOD_LOW_QUALITY = "WOOD_LOW_QUALITY", "Kayu/papan kualitas rendah", "Poor wood"
    CEMENT_OR_BRICK = "CEMENT_OR_BRICK", "Semen/bata merah", "Cement or brick"
    BAMBOO = "BAMBOO", "Bambu", "Bamboo"
    EARTH = "EARTH", "Tanah", "Earth"
    OTHER = "OTHER", "Lainnya", "Other"


class Wall(Term):
    """Widest wall material."""

    MASONRY = "MASONRY", "Tembok", "Masonry"
    PLASTERED_BAMBOO = "PLASTERED_BAMBOO", "Plesteran anyaman bambu/kawat", "Plastered bamboo"
    WOOD = "WOOD", "Kayu/papan", "Wood"
    WOVEN_BAMBOO = "WOVEN_BAMBOO", "Anyaman bambu", "Woven bamboo"
    WOOD_OR_BOARD = "WOOD_OR_BOARD", "Kayu/papan/gypsum/GRC/calciboard", "Wood or board"
    LOG = "LOG", "Batang kayu", "Logs"
    BAMBOO = "BAMBOO", "Bambu", "Bamboo"
    ZINC = "ZINC", "Seng", "Zinc sheet"
    OTHER = "OTHER", "Lainnya", "Other"


class Roof(Term):
    """Widest roof material."""

    CONCRETE = "CONCRETE", "Beton", "Concrete"
    CONCRETE_OR_TILE = "CONCRETE_OR_TILE", "Beton/genteng beton", "Concrete or concrete tile"
    TILE = "TILE", "Genteng", "Tile"
    CERAMIC_TILE = "CERAMIC_TILE", "Genteng keramik", "Ceramic tile"
    METAL_TILE = "METAL_TILE", "Genteng metal", "Metal tile"
    CLAY_TILE = "CLAY_TILE", "Genteng tanah liat", "Clay tile"
    ASBESTOS = "ASBESTOS", "Asbes", "Asbestos"
    ZINC = "ZINC", "Seng", "Zinc sheet"
    ASBESTOS_OR_ZINC = "ASBESTOS_OR_ZINC", "Asbes/seng", "Asbestos or zinc"
    WOOD_SHINGLE = "WOOD_SHINGLE", "Kayu/sirap", "Wood shingle"
    BAMBOO = "BAMBOO", "Bambu", "Bamboo"
    THATCH = "THATCH", "Jerami/ijuk/daun/rumbia", "Thatch"
    OTHER = "OTHER", "Lainnya", "Other"


class Water(Term):
    """Main source of drinking water."""

    BRANDED_BOTTLED = "BRANDED_BOTTLED", "Air kemasan bermerek", "Branded bottled"
    REFILL = "REFILL", "Air isi ulang", "Refill"
    BOTTLED_OR_REFILL = "BOTTLED_OR_REFILL", "Air kemasan/isi ulang", "Bottled or refill"
    PIPED = "PIPED", "Leding/PAM", "Piped"
    PIPED_METERED = "PIPED_METERED", "Leding meteran", "Piped, metered"
    PIPED_RETAIL = "PIPED_RETAIL", "Leding eceran", "Piped, retail"
    BOREHOLE = "BOREHOLE", "Sumur bor/pompa", "Borehole or pump"
    PROTECTED_WELL = "PROTECTED_WELL", "Sumur terlindung", "Protected well"
    UNPROTECTED_WELL = "UNPROTECTED_WELL", "Sumur tak terlindung", "Unprotected well"
    PROTECTED_SPRING = "PROTECTED_SPRING", "Mata air terlindung", "Protected spring"
    UNPROTECTED_SPRING = "UNPROTECTED_SPRING", "Mata air tak terlindung", "Unprotected spring"
    SURFACE = "SURFACE", "Air permukaan", "Surface water"
    RAIN = "RAIN", "Air hujan", "Rain"
    OTHER = "OTHER", "Lainnya", "Other"


class Lighting(Term):
    """Main source of lighting."""

    PLN = "PLN", "Listrik PLN", "State electricity"
    PLN_METERED = "PLN_METERED", "Listrik PLN dengan meteran", "State electricity, metered"
    PLN_UNMETERED = "PLN_UNMETERED", "Listrik PLN tanpa meteran", "State electricity, unmetered"
    PRIVATE_UP_TO_900_W = "PRIVATE_UP_TO_900_W", "Listrik pribadi s/d 900 watt", "Own, to 900 W"
    PRIVATE_OVER_900_W = "PRIVATE_OVER_900_W", "Listrik pribadi > 900 watt", "Own, over 900 W"
    NON_PLN = "NON_PLN", "Listrik non-PLN", "Other electricity"
    GENERATOR_OR_SOLAR = "GENERATOR_OR_SOLAR", "Genset/solar cell", "Generator or solar"
    SHARED = "SHARED", "Listrik bersama", "Shared electricity"
    NOT_ELECTRIC = "NOT_ELECTRIC", "Bukan listrik", "Not electric"


class Power(Term):
    """Installed electric power."""

    W450 = "W450", "450 watt", "450 W"
    W900 = "W900", "900 watt", "900 W"
    W1300 = "W1300", "1.300 watt", "1,300 W"
    W2200 = "W2200", "2.200 watt", "2,200 W"
    OVER_2200 = "OVER_2200", "> 2.200 watt", "Over 2,200 W"
    UP_TO_900 = "UP_TO_900", "<= 900 watt", "Up to 900 W"
    OVER_900 = "OVER_900", "> 900 watt", "Over 900 W"
    UNMETERED = "UNMETERED", "Tanpa meteran", "Unmetered"


class Fuel(Term):
    """Main cooking fuel."""

    ELECTRICITY = "ELECTRICITY", "Listrik", "Electricity"
    ELECTRICITY_OR_GAS = "ELECTRICITY_OR_GAS", "Listrik/gas", "Electricity or gas"
    LPG_5_5 = "LPG_5_5", "Elpiji 5,5 kg/blue gaz", "LPG 5.5 kg"
    LPG_12 = "LPG_12", "Elpiji 12 kg", "LPG 12 kg"
    LPG_3 = "LPG_3", "Elpiji 3 kg", "LPG 3 kg"
    LPG_OVER_3 = "LPG_OVER_3", "Gas > 3 kg", "LPG over 3 kg"
    CITY_GAS = "CITY_GAS", "Gas kota", "City gas"
    BIOGAS = "BIOGAS", "Biogas", "Biogas"
    CITY_GAS_OR_BIOGAS = "CITY_GAS_OR_BIOGAS", "Gas kota/biogas", "City gas or biogas"
    KEROSENE = "KEROSENE", "Minyak tanah", "Kerosene"
    BRIQUETTE = "BRIQUETTE", "Briket", "Briquette"
    CHARCOAL = "CHARCOAL", "Arang", "Charcoal"
    FIREWOOD = "FIREWOOD", "Kayu bakar", "Firewood"
    CHARCOAL_OR_FIREWOOD = "CHARCOAL_OR_FIREWOOD", "Arang/kayu", "Charcoal or firewood"
    NO_COOKING = "NO_COOKING", "Tidak memasak di rumah", "No cooking at home"
    OTHER = "OTHER", "Lainnya", "Other"


class Toilet(Term):
    """Toilet facility."""

    OWN = "OWN", "Sendiri", "Own"
    OWN_WITH_SEPTIC_TANK = "OWN_WITH_SEPTIC_TANK", "Ya, dengan septic tank", "Own, septic tank"
    OWN_WITHOUT_SEPTIC_TANK = "OWN_WITHOUT_SEPTIC_TANK", "Ya, tanpa septic tank", "Own, no tank"
    SHARED = "SHARED", "Bersama", "Shared"
    COMMUNAL = "COMMUNAL", "MCK komunal", "Communal"
    PUBLIC = "PUBLIC", "Umum", "Public"
    SHARED_OR_PUBLIC = "SHARED_OR_PUBLIC", "Umum/bersama", "Shared or public"
    UNUSED = "UNUSED", "Ada, tidak digunakan", "Present, unused"
    NONE = "NONE", "Tidak ada", "None"
    OTHER = "OTHER", "Lainnya", "Other"


class Closet(Term):
    """Kind of toilet bowl."""

    GOOSENECK = "GOOSENECK", "Leher angsa", "Gooseneck"
    PLENGSENGAN = "PLENGSENGAN", "Plengsengan", "Plengsengan"
    PLENGSENGAN_COVERED = "PLENGSENGAN_COVERED", "Plengsengan dengan tutup", "Covered"
    PLENGSENGAN_OPEN = "PLENGSENGAN_OPEN", "Plengsengan tanpa tutup", "Open"
    PIT = "PIT", "Cemplung/cubluk", "Pit"
    NONE = "NONE", "Tidak pakai", "None"


class Sewage(Term):
    """Where the toilet drains to."""

    SEPTIC_TANK = "SEPTIC_TANK", "Tangki septik", "Septic tank"
    NO_SEPTIC_TANK = "NO_SEPTIC_TANK", "Tanpa tangki septik", "No septic tank"
    TREATMENT_PLANT = "TREATMENT_PLANT", "IPAL/SPAL", "Treatment plant"
    GROUND_HOLE = "GROUND_HOLE", "Lubang tanah", "Hole in the ground"
    WATER_BODY = "WATER_BODY", "Kolam/sawah/sungai/danau/laut", "Pond, field, river, sea"
    OPEN_LAND = "OPEN_LAND", "Pantai/tanah lapang/kebun", "Beach, field, garden"
    OTHER = "OTHER", "Lainnya", "Other"


class AssetKind(Term):
    """Things a family owns; livestock is counted in heads."""

    GAS_CYLINDER = "GAS_CYLINDER", "Tabung gas >= 5,5 kg", "Gas cylinder of 5.5 kg or more"
    REFRIGERATOR = "REFRIGERATOR", "Lemari es", "Refrigerator"
    AIR_CONDITIONER = "AIR_CONDITIONER", "AC", "Air conditioner"
    WATER_HEATER = "WATER_HEATER", "Pemanas air", "Water heater"
    LANDLINE = "LANDLINE", "Telepon rumah", "Landline"
    TELEVISION = "TELEVISION", "Televisi", "Television"
    FLAT_TELEVISION = "FLAT_TELEVISION", "Televisi layar datar", "Flat-screen television"
    GOLD = "GOLD", "Emas/perhiasan", "Gold or jewellery"
    SAVINGS = "SAVINGS", "Simpanan uang/perhiasan/ternak/lainnya", "Savings"
    GOLD_OR_SAVINGS = "GOLD_OR_SAVINGS", "Emas/perhiasan/tabungan", "Gold or savings"
    COMPUTER = "COMPUTER", "Komputer/laptop", "Computer"
    BICYCLE = "BICYCLE", "Sepeda", "Bicycle"
    MOTORCYCLE = "MOTORCYCLE", "Sepeda motor", "Motorcycle"
    CAR = "CAR", "Mobil", "Car"
    BOAT = "BOAT", "Perahu", "Boat"
    OUTBOARD_BOAT = "OUTBOARD_BOAT", "Motor tempel", "Outboard boat"
    MOTOR_BOAT = "MOTOR_BOAT", "Kapal/perahu motor", "Motor boat"
    SHIP = "SHIP", "Kapal", "Ship"
    SMARTPHONE = "SMARTPHONE", "Smartphone", "Smartphone"
    LAND = "LAND", "Lahan lain", "Other land"
    OTHER_HOUSE = "OTHER_HOUSE", "Rumah di tempat lain", "House elsewhere"
    CATTLE = "CATTLE", "Sapi", "Cattle"
    BUFFALO = "BUFFALO", "Kerbau", "Buffalo"
    HORSE = "HORSE", "Kuda", "Horse"
    PIG = "PIG", "Babi", "Pig"
    GOAT = "GOAT", "Kambing/domba", "Goat or sheep"


class YesNo(Term):
    """A flag."""

    YES = "YES", "Ya", "Yes"
    NO = "NO", "Tidak", "No"


class ReceiptStatus(Term):
    """What a list says of a receipt."""

    RECEIVED = "RECEIVED", "Menerima", "Received"
    LISTED = "LISTED", "Terdaftar", "Listed"
    STOPPED = "STOPPED", "Dihentikan/nonaktif", "Stopped"


class BudgetKind(Term):
    """Which stage of the budget a line shows."""

    CEILING = "CEILING", "Pagu", "Ceiling"
    ALLOTMENT = "ALLOTMENT", "DPA", "Allotment"
    REALISATION = "REALISATION", "Realisasi", "Realisation"


VOCABULARIES: dict[str, type[Term]] = {
    "sex": Sex,
    "relation": RelationToHead,
    "marital_status": MaritalStatus,
    "education": Education,
    "occupation": Occupation,
    "employment_status": EmploymentStatus,
    "disability": Disability,
    "life_status": LifeStatus,
    "civil_registry_match": CivilRegistryMatch,
    "tenure": Tenure,
    "floor": Floor,
    "wall": Wall,
    "roof": Roof,
    "water": Water,
    "lighting": Lighting,
    "power": Power,
    "fuel": Fuel,
    "toilet": Toilet,
    "closet": Closet,
    "sewage": Sewage,
    "asset": AssetKind,
    "yes_no": YesNo,
    "receipt_status": ReceiptStatus,
    "budget_kind": BudgetKind,
}
"""By the name a code list gives as its `vocabulary`."""
