"""What kind of file something is, told by what it holds and not by its name. No Django, no clock."""

import zipfile
from pathlib import PurePath
from typing import BinaryIO

import puremagic

LARGEST = 10 * 2**20
HEAD = 8192
TEXT = {".txt": "text/plain", ".md": "text/plain", ".csv": "text/csv"}
OFFICE = {  # a zip file with this folder in it
    ".docx": ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ".xlsx": ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".pptx": ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
}
PROGRAMS = (b"#!", b"\x7fELF")  # how what is to be run may begin though it is text
KNOWN = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
TAKEN = ", ".join(suffix.removeprefix(".") for suffix in [*KNOWN, *OFFICE, *TEXT])


class NotTaken(ValueError):
    """The file cannot be attached; says what was found, and what is expected."""


def kind_of(name: str, file: BinaryIO, size: int) -> str:
    """The media type of a file that may be attached. Raises NotTaken; the file is left at its beginning."""
    if size > LARGEST:
        raise NotTaken(f"“{name}” has {size / 2**20:.1f} MB; at most {LARGEST // 2**20} MB fit. Link to it instead.")
    if not size:
        raise NotTaken(f"“{name}” is empty.")
    suffix = PurePath(name).suffix.lower()
    if suffix not in KNOWN | OFFICE | TEXT:
        raise NotTaken(f"“{name}”: found {suffix or 'no ending'}, expected one of: {TAKEN}.")
    head = file.read(HEAD)
    file.seek(0)
    if not holds(suffix, head, file):
        raise NotTaken(f"“{name}” is called {suffix.removeprefix('.')}, but holds {found(head)}.")
    return KNOWN.get(suffix) or TEXT.get(suffix) or OFFICE[suffix][1]


def holds(suffix: str, head: bytes, file: BinaryIO) -> bool:
    if suffix in TEXT:
        return is_text(head) and not head.startswith(PROGRAMS)
    if suffix in OFFICE:
        return has_folder(file, OFFICE[suffix][0])
    return KNOWN[suffix] in matches(head)


def matches(head: bytes) -> list[str]:
    """The media types that the first bytes of a file speak for, the likeliest first."""
    try:
        return [match.mime_type for match in puremagic.magic_string(head)]
    except (puremagic.PureError, ValueError):
        return []


def is_text(head: bytes) -> bool:
    if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return not any(byte < 9 or 13 < byte < 27 for byte in head if byte)


def has_folder(file: BinaryIO, folder: str) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    finally:
        file.seek(0)
    return "[Content_Types].xml" in names and any(name.startswith(folder) for name in names)


def found(head: bytes) -> str:
    """What it seems to be, in words."""
    kinds = [each for each in matches(head) if each]
    return f"something else ({kinds[0]})" if kinds else "something else"
