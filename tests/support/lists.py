"""Small recipient lists as files: the shortest way to a delivery."""

from pathlib import Path

VILLAGE = "3520012001"


def nik(serial: int, born: str = "150680") -> str:
    """A NIK of nobody: serials from 9000 up are not given out."""
    return f"352001{born}{9000 + serial}"


def recipients(folder: Path, *rows: str, name: str = "daftar.csv") -> Path:
    """A generic list; each row is "NIK;NAMA;PROGRAM;PERIODE"."""
    header = "NIK;NAMA;PROGRAM;PERIODE;KODE WILAYAH"
    lines = [header, *(f"{row};{VILLAGE}" for row in rows)]
    file = folder / name
    file.write_text("\r\n".join([*lines, ""]), encoding="utf-8")
    return file
