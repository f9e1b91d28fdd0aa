"""Files that mean harm, or were saved in a way that nobody can read; made here, so that none is kept."""

import struct
import zipfile
from pathlib import Path

import xlsxwriter

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</worksheet>'


def workbook(path: Path, rows=((1, 2),)) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def with_sheet(path: Path, xml: str) -> Path:
    """A workbook whose one sheet is this."""
    plain = workbook(path.with_suffix(".plain"))
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as after:
        for part in before.infolist():
            text = SHEET.format(xml).encode() if part.filename == "xl/worksheets/sheet1.xml" else before.read(part)
            after.writestr(part.filename, text)
    return path


def bomb(path: Path) -> Path:
    """About 157 KB that unpack to 40 MB: a million and a half cells of one digit."""
    row = "<row>" + "<c><v>1</v></c>" * 26 + "</row>"
    return with_sheet(path, f"<sheetData>{row * (40 * 2**20 // len(row))}</sheetData>")


def repeating_bomb(path: Path) -> Path:
    """One long text, in every cell."""
    cell = f'<c t="inlineStr"><is><t>{"x" * 32000}</t></is></c>'
    return with_sheet(path, f"<sheetData>{f'<row>{cell * 16}</row>' * 500}</sheetData>")


def declaring(path: Path, area: str, far: str = "") -> Path:
    """A small table whose sheet says that it fills an area; `far` is one cell more."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>2</v></c></row>' for n in (1, 2))
    digits = "".join(character for character in far if character.isdigit())
    rows += f'<row r="{digits}"><c r="{far}"><v>2</v></c></row>' if far else ""
    return with_sheet(path, f'<dimension ref="{area}"/><sheetData>{rows}</sheetData>')


def encrypted(path: Path) -> Path:
    """What a spreadsheet with a password is from outside: a compound file with an encrypted package in it."""
    sector, streams = 512, {"EncryptionInfo": b"\4\0\4\0" + b"\x40" * 5000, "EncryptedPackage": b"\x55" * 6000}
    body, chains, entries = b"", [], [entry("Root Entry", 5, child=1)]
    for number, (name, content) in enumerate(streams.items(), 1):
        start, count = len(chains), -(-len(content) // sector)
        chains += [*range(start + 1, start + count), END]
        body += content.ljust(count * sector, b"\0")
        entries.append(entry(name, 2, start=start, size=len(content), right=number + 1 if number == 1 else FREE))
    directory, table = len(chains), len(chains) + 1
    body += b"".join(entries).ljust(sector, b"\0")
    body += struct.pack("<128I", *[*chains, END, FAT, *[FREE] * 128][:128])
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, directory, 0, 4096, END, 0, END, 0) + struct.pack("<109I", table, *[FREE] * 108)
    path.write_bytes(head + body)
    return path


def entry(name: str, kind: int, *, start=END, size=0, child=FREE, right=FREE) -> bytes:
    text = name.encode("utf-16-le")
    sides = struct.pack("<64sHBB3I", text, len(text) + 2, kind, 1, FREE, right, child)
    return sides + bytes(16) + bytes(4) + bytes(16) + struct.pack("<IQ", start, size)
