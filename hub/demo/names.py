"""Common parts of Indonesian names, and the ways in which lists spell them differently."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MALE = _words(
    """
    Muhammad Mohammad Ahmad Achmad Abdul Agus Budi Slamet Sutrisno Suparno Sugeng Bambang Hadi
    Joko Eko Dwi Tri Wahyu Arif Ridwan Hasan Husein Ibrahim Ismail Yusuf Umar Usman Ali Rahmat
    Hidayat Supriyadi Suyanto Sukardi Sumarno Mulyono Widodo Purnomo Hartono Santoso Wibowo
    Rudi Dedi Andi Iwan Heri Yanto Edi Anton Firman Fajar Rizki Ilham Fauzan Galih Bayu Dimas
    Arman Syamsul Zainal Jamaluddin Burhan Rusdi Mansyur Hamzah Salahuddin Sulaiman Kasim
    Darmawan Gunawan Setiawan Kurniawan Irawan Suharto Suwarno Paijo Wagiman Tukiman Parman
    Sarimin Ngadiman Katiman Samsudin Nasrun Taufik Lalu Made Ketut Wayan Nyoman Yohanes Petrus
    """
)
MALE_SECOND = _words(
    """
    Santoso Wibowo Hidayat Rahman Hakim Saputra Pratama Nugroho Setiawan Kurniawan Prasetyo
    Susanto Wijaya Firmansyah Ramadhan Maulana Fauzi Ansori Syahputra Mustofa Anwar Effendi
    Iskandar Basri Salim Amin Mahmud Yasin Karim Latif Rasyid Ghofur Munir Jauhari Permana
    """
)
FEMALE = _words(
    """
    Siti Sri Nur Dewi Sulastri Suparti Sumiati Sutini Tuminah Ngatini Painem Wagiyem Partini
    Endang Yuni Wahyuni Ratna Rina Rini Lestari Indah Puji Fitri Aisyah Khadijah Fatimah Maryam
    Halimah Hasnah Rohani Rohmah Aminah Zubaidah Nurhayati Nuraini Nurjanah Mariati Kartini Eka
    Tri Dwi Ani Yanti Susanti Maya Mega Putri Ayu Kadek Desi Lina Erna Lilis Murni Saodah
    Jaenab Hadijah Salmah Rosmini Hartati Sunarti Juariah Kasiyem Sarinah Tasmi Misnah Rahmawati
    """
)
FEMALE_SECOND = _words(
    """
    Aminah Rahayu Lestari Wati Handayani Astuti Utami Wulandari Sari Puspita Anggraini Safitri
    Khasanah Hidayati Maryati Sulistyowati Ningsih Widyastuti Rahmawati Kusumawati Mulyani
    Permatasari Fitriani Zahra Azizah Nurlaila Oktaviani Susilowati Purwanti Hasanah
    """
)
TITLES = {"MALE": "H. ", "FEMALE": "Hj. "}
SPELLINGS = (
    (r"^MUHAMMAD\b", "MUH."),
    (r"^MOHAMMAD\b", "MOCH."),
    (r"^ACHMAD\b", "AHMAD"),
    (r"^AHMAD\b", "ACHMAD"),
    (r"\bABDUL (\w)", "ABD. $1"),
    (r"\bSITI\b", "ST."),
    (r"\bNUR ?([A-Z])", "NOER$1"),
    (r"\bSUHARTO\b", "SOEHARTO"),
    (r"\bSU([KMPTW])", "SOE$1"),
    (r"\bDJ|\bJ", "DJ"),
    (r"Y", "J"),
    (r"F", "P"),
)
"""Upper-case patterns and their variants; the first that fits a name is used."""

STREETS = _words(
    """
    Merdeka Diponegoro Sudirman Kartini Melati Mawar Kenanga Flamboyan Pahlawan Veteran Garuda
    Rajawali Cempaka Anggrek Mangga Kelapa Jati Raya Pasar Masjid Lapangan Sawah
    """
)
HAMLETS = _words(
    """
    Krajan Sumber Ngrowo Tengah Lor Kidul Wetan Kulon Karanganyar Sidomulyo Mekar Harapan
    Sejahtera Makmur Rahayu Sukamaju Bakti Ntobo Rabadompu Oimbo
    """
)
TOWNS = _words(
    """
    Magetan Madiun Ngawi Ponorogo Bima Dompu Sumbawa Mataram Surabaya Malang Surakarta Wonogiri
    Makassar Jakarta Kediri Pacitan
    """
)
