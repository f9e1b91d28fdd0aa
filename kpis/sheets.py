"""Tables in files, row by row: CSV (also gzipped) and spreadsheets. Plain Python: no Django.

What a file is, its content says and not its name. Nothing is held but the row at hand, however long the file is.
"""

import codecs
import csv
import gzip
import json
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from hashlib import file_digest
from itertools import count, islice
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import NamedTuple

from charset_normalizer import from_bytes

from kpis.cells import Fault

WORKBOOK = Path(__file__).with_name("workbook.py")
UNPACKED = 300 * 2**20  # bytes that a spreadsheet may unfold to
SUSPECT, FOLDED = 20 * 2**20, 100  # from so many bytes on, and so many times as many as it has folded, it is a trap
TEXT = 4 * 2**30  # characters that a (gzipped) CSV file may unfold to
ROW = 2**20  # characters in a row
SAMPLE = 30  # lines that tell the delimiter
DELIMITERS = ",;\t|"
MARKS = {  # the longer ones first: UTF-16 starts as UTF-32 does
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

csv.field_size_limit(ROW)


class UnreadableFile(ValueError):
    """A file is not a table, or not one that can be read; says why."""


class Table(NamedTuple):
    """The rows of a file as (number, cells), each numbered as a spreadsheet shows it: from 1, the head included."""

    name: str
    rows: Iterator[tuple[int, list]]


def read(path: Path, *, sheet: str | None = None, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """The table in a file. Raises UnreadableFile, at once or where the reading of the rows comes upon the reason."""
    path = Path(path)
    with trouble(path):
        if is_spreadsheet(path):
            return Table(path.name, spreadsheet_rows(path, sheet))
        encoding = encoding or encoding_of(path)
        delimiter = delimiter or delimiter_of(path, encoding)
    return Table(path.name, csv_rows(path, encoding, delimiter))


def is_spreadsheet(path: Path) -> bool:
    """Raises UnreadableFile for what is neither that nor text."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        refuse_unless_spreadsheet(path)
        return True
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"PK")):
        raise UnreadableFile("it is no table. Give a CSV file or a spreadsheet.")
    return start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def sheet_names(path: Path, *, sheet: str | None = None) -> tuple[str, list[str]]:
    """The sheet that `read` would take, and all visible ones; nothing for a file without sheets. Raises as `read`."""
    path = Path(path)
    with trouble(path):
        if not is_spreadsheet(path):
            return "", []
    lines = spreadsheet_lines(path, sheet)
    said = next(lines, {"sheet": "", "sheets": []})
    lines.close()
    return said["sheet"], said["sheets"]


def fingerprint(path: Path) -> str:
    """SHA-256 of the file as it is, in hexadecimal."""
    path = Path(path)
    with trouble(path), path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def trouble(path: Path):
    """Whatever goes wrong with a file becomes one sentence that names it."""
    try:
        yield
    except UnreadableFile as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from None
    except FileNotFoundError:
        raise UnreadableFile(f"There is no file {path}.") from None
    except (gzip.BadGzipFile, EOFError, zlib.error, zipfile.BadZipFile):
        raise UnreadableFile(f"{path.name} cannot be read: it is damaged or cut off.") from None
    except LookupError:
        raise UnreadableFile(f"{path.name} cannot be read: its encoding is not known here.") from None
    except UnicodeError:
        raise UnreadableFile(
            f"{path.name} cannot be read: not all of it is in the encoding it starts with. Save it as UTF-8,"
            " or name its encoding in the mapping."
        ) from None
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None


# --- CSV ----------------------------------------------------------------------------------------


def opened(path: Path, mode: str, encoding: str | None = None):
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    text = {} if "b" in mode else {"newline": "", "encoding": encoding}
    return gzip.open(path, mode, **text) if zipped else path.open(mode, **text)


def csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list]]:
    with trouble(path), opened(path, "rt", encoding) as file:
        left = [ROW, TEXT]
        reader = csv.reader(lines(file, left), delimiter=delimiter)
        for number in count(1):
            try:
                cells = next(reader)
            except csv.Error as error:
                raise UnreadableFile(f"row {number}: {error}.") from None
            except StopIteration:
                return
            left[0] = ROW
            yield number, cells


def lines(file, left: list[int]) -> Iterator[str]:
    """The lines of a file, while the row and the file have characters `left`: a quote that nobody closes ends here."""
    while line := file.readline(ROW + 1):
        left[0] -= len(line)
        left[1] -= len(line)
        if "\0" in line:
            raise UnreadableFile("it has NUL bytes in it, so it is not text. Save it as CSV in UTF-8.")
        if left[0] < 0:
            raise UnreadableFile(f"a row has more than {ROW:,} characters. Is a quotation mark never closed?")
        if left[1] < 0:
            raise UnreadableFile(f"it has more than {TEXT:,} characters.")
        yield line


def encoding_of(path: Path) -> str:
    """By its byte order mark; else UTF-8 where all of it is; else what its words look like."""
    with opened(path, "rb") as file:
        chunk = file.read(2**16)
        for mark, encoding in MARKS.items():
            if chunk.startswith(mark):
                return encoding
        decode = codecs.getincrementaldecoder("utf-8")().decode
        try:
            while chunk:
                decode(chunk)
                chunk, before = file.read(2**16), chunk
            decode(b"", final=True)
        except UnicodeDecodeError:
            return guessed_encoding(chunk or before)
    return "utf-8"


def guessed_encoding(sample: bytes) -> str:
    """Few letters beyond ASCII tell nothing, and Windows-1252 is what spreadsheets write in Western Europe."""
    matches = from_bytes(sample)
    likely = {name for match in matches for name in match.could_be_from_charset}
    few = sum(byte > 127 for byte in sample) < 8
    best = matches.best()
    return "cp1252" if few or "cp1252" in likely or best is None else best.encoding


def delimiter_of(path: Path, encoding: str) -> str:
    """The one by which most of the first rows have the same number of cells, and more than one."""
    with opened(path, "rt", encoding) as file:
        sample = list(islice(lines(file, [SAMPLE * ROW, TEXT]), SAMPLE))
    return max(DELIMITERS, key=lambda delimiter: evenness(sample, delimiter))


def evenness(sample: list[str], delimiter: str) -> tuple[float, int]:
    widths = []
    try:
        widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if any(cells)]
    except csv.Error:
        return (0, 0)
    usual = Counter(width for width in widths if width > 1).most_common(1)
    return (round(usual[0][1] / len(widths), 2), usual[0][0]) if usual else (0, 0)


# --- Spreadsheets -------------------------------------------------------------------------------


def refuse_unless_spreadsheet(path: Path):
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
    if not {"xl/workbook.xml", "xl/workbook.bin", "content.xml"} & {part.filename for part in parts}:
        raise UnreadableFile("it is an archive, but no spreadsheet.")
    size, packed_size = (sum(getattr(part, name) for part in parts) for name in ("file_size", "compress_size"))
    if size > UNPACKED:
        raise UnreadableFile(f"it unfolds to {size // 2**20:,} MB, more than {UNPACKED // 2**20}. Save it as CSV.")
    if size > SUSPECT and size > FOLDED * packed_size:
        found = f"{packed_size // 2**10:,} KB unfold to {size // 2**20:,} MB"
        raise UnreadableFile(f"{found}, which no table does that people fill in. Save it as CSV.")


def spreadsheet_rows(path: Path, sheet: str | None) -> Iterator[tuple[int, list]]:
    lines = spreadsheet_lines(path, sheet)
    try:
        next(lines, None)
        yield from enumerate(lines, 1)
    finally:
        lines.close()


def spreadsheet_lines(path: Path, sheet: str | None) -> Iterator:
    """What the reading process says: first about the sheet, then the cells of each row."""
    command = [sys.executable, "-I", str(WORKBOOK), str(path), *([] if sheet is None else [sheet])]
    with (
        trouble(path),
        subprocess.Popen(command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL) as child,  # noqa: S603 (no shell)
    ):
        try:
            for number, line in enumerate(child.stdout):
                said = json.loads(line, object_hook=special)
                if number == 0 and "error" in said:
                    raise UnreadableFile(said["error"])
                yield said
            if child.wait():
                raise UnreadableFile("it takes more memory or time than it may. Save the sheet as CSV.")
        finally:
            child.kill()


def special(said: dict):
    """A date, or what the cell of a failed formula shows."""
    if "fault" in said:
        return Fault(said["fault"])
    if "moment" not in said:
        return said
    found = datetime.fromisoformat(said["moment"])
    return found if "T" in said["moment"] else date(found.year, found.month, found.day)
