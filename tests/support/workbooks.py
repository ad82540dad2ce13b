"""Files for the tests of the readers, built by hand so that they can be wrong on purpose."""

import base64
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def worksheet(rows: str) -> str:
    """A sheet part around <row> elements."""
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    )


def xlsx(path: Path, sheet: str, name: str = "Data", parts: dict[str, str] | None = None) -> Path:
    """A workbook of one sheet, given as XML; `parts` are added or replace others."""
    given = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        ),
        "_rels/.rels": _rels("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
            f'<sheet name={quoteattr(name)} sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _rels("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
    } | (parts or {})
    return zipped(path, {part: text.encode() for part, text in given.items()})


def _rels(kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/{kind}" Target="{target}"/></Relationships>'
    )


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def patched(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """The same file with its bytes changed."""
    path.write_bytes(change(path.read_bytes()))
    return path


def ole(path: Path, *entries: str) -> Path:
    """An OLE container with a header, one FAT sector and one directory sector (at most 4 names)."""
    free, end, fat = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0"))
    struct.pack_into("<5H", header, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<8I", header, 44, 1, 1, 0, 4096, end, 0, end, 0)
    struct.pack_into("<109I", header, 76, 0, *[free] * 108)
    table = struct.pack("<128I", fat, end, *[free] * 126)
    directory = b"".join(_entry(name) for name in entries).ljust(512, b"\0")
    path.write_bytes(bytes(header) + table + directory)
    return path


def _entry(name: str) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    return (text.ljust(64, b"\0") + struct.pack("<HBB", len(text), 2, 1)).ljust(128, b"\0")


def ods(path: Path, rows: str) -> Path:
    """An OpenDocument spreadsheet of one table, given as <table:table-row> elements."""
    names = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
        for prefix in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Lembar">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    return zipped(
        path,
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": manifest.encode(),
            "content.xml": content.encode(),
        },
    )


def xlsb(path: Path, cells: list[tuple[int, int, str | float]]) -> Path:
    """A binary workbook of one sheet; `cells` are (row, column, value), 0-based, by row."""
    sheet = io.BytesIO()
    sheet.write(_record(129) + _record(148, struct.pack("<4I", 0, 99, 0, 9)) + _record(145))
    last = -1
    for row, column, value in cells:
        if row != last:
            sheet.write(_record(0, struct.pack("<I", row) + bytes(13)))
            last = row
        place = struct.pack("<II", column, 0)
        text = isinstance(value, str)
        data = _wide(value) if isinstance(value, str) else struct.pack("<d", value)
        sheet.write(_record(6 if text else 5, place + data))
    sheet.write(_record(146) + _record(130))
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Data")
    book = _record(131) + _record(143) + _record(156, bundle) + _record(144) + _record(132)
    return zipped(
        path,
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": _rels("officeDocument", "xl/workbook.bin").encode(),
            "xl/workbook.bin": book,
            "xl/_rels/workbook.bin.rels": _rels("worksheet", "worksheets/sheet1.bin").encode(),
            "xl/worksheets/sheet1.bin": sheet.getvalue(),
        },
    )


def _record(kind: int, data: bytes = b"") -> bytes:
    return _varying(kind) + _varying(len(data)) + data


def _varying(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xls(path: Path) -> Path:
    """A BIFF8 workbook: sheet "Data" from B3 on, and the hidden sheet "Tersembunyi"."""
    path.write_bytes(zlib.decompress(base64.b85decode(_XLS)))
    return path


_XLS = (
    r"c-rk)O-NKx6#m|uH-G+)rjb^|AY^44Gl|#;I@*6kVi6P()YuF-=!`WQq(PZBv<iY&iHiga+GuX9(4bbe2#i_?L7+vn"
    r"XjN3SP+#Ys_a<k|z=0IB_dV{p_nv$1x#yjG?$3L##&ah7hYP1L4>d4hR<*;Dz>_H1;}r*}T~$Rfp4%v?238d8HkwF_"
    r"8Kapmtzr(vd{05f1LYY};60^NIEVVyNYJ&6*u^&ZC1FFgq)_b1=%bW{0=6rc=~<?0m=3Y*7}Hwj++bQwvXjzDjQi?K"
    r"cIt6_LN4OAETR$~a-X-%@gN^BL>ynaDQU81)I~%7metbWR5CCCn(O_+NH8ku*|>`|po35r4wnT2PGueLkyjH~uBN7{"
    r"aJZ_iZ4!ADBLn!Zx`1!-&EToa;4d#<0`Y$)^R0j3+h~Fp;@fGK=kssL3eW}hj3ib@3>mnjh!zEV{O$f2MMa-QL{mDB"
    r"1*2`jaN~tYM`#+`p|B9>*g*ZkLuMcnYVn6?bMbmBJv+P=9*?`i>vp@#X_Z~PlO~Q5-g+EKTTdo0$PA(ZWOF%(m!*SV"
    r"V*37<*M}P$e5aYy#m9|yC~Xo(L&a6mgF0uigqd4~))KC7W7^GH*K@g$X&y;ZUfhtc7xwkA%r$N;rg6#{Z+x2*%3G)$"
    r"`+Ve)Gxou^mCA$rr#kZnCw%=VBF6@(zj%63DwRsTw*?;i;<==6U+<U}{IQkUWC!OasQSs9jTu^_nm+`znoKoGmp8Eo"
    r"ljTjn{r7}MG_kysH_snqGS$tpji|y}Oyo7<Q2D^nSnt<~&KjXrVL#4k6;cXoEv)Rm-aJyb`?8!y9HDtM9eTTo-Xpr<"
    r"`T5~bA8RexNE|VSiIu3jGAo>tFve0N=VC<INW1nNmO4P<EgD^k0ixNSJmCVGquHxi$g2hn7%*VKfPw!V;`XCmHKAYj"
    r"w0o9S|F1JcY1a5nvTAV@t@O0hSKwYmD378erTAG3vlQ1QEwWGif1$u}8a;|;G_oDdDaS9}lcmJ>S#(Fozgt47jz61<"
    r"ol89aFFd~`fd"
)
