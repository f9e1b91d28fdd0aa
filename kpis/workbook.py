"""Reads one sheet of a spreadsheet in a process of its own and writes its rows as lines of JSON.

Run by kpis.sheets: `python workbook.py FILE [SHEET]`. A small file can unfold into any amount of memory, and in more
ways than a look at it beforehand would find; so this process may take no more than it is given, and dies alone.
"""

import json
import os
import re
import resource
import sys
import zipfile
from datetime import date, datetime
from functools import reduce
from xml.parsers import expat

import python_calamine

MEMORY = 400 * 2**20
SECONDS = 120  # of computing, not of waiting
PROTECTED = "it is protected by a password. Save it without one."
ENCRYPTED = (  # by what it shows from outside: an encrypted xlsx, an encrypted ods, an old xls whose first record asks
    re.compile(re.escape("EncryptedPackage".encode("utf-16-le"))),
    re.compile(rb"manifest:encryption-data"),
    re.compile(rb"\x09\x08\x10\x00.{16}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL),
)
A_FAULT = re.compile(rb"""\st=["']e["']""")


def main(path: str, sheet: str | None = None):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        workbook = python_calamine.load_workbook(path)
        chosen = choose(workbook, sheet)
        failed = {} if isinstance(chosen, str) else faults(path, chosen.name)
    except python_calamine.PasswordError:
        chosen = PROTECTED
    except Exception as error:  # whatever a broken file makes the reader raise
        chosen = PROTECTED if is_encrypted(path) else f"it is damaged, or no spreadsheet ({str(error)[:200]})."
    if isinstance(chosen, str):
        say({"error": chosen})
    else:
        say({"sheet": chosen.name, "sheets": [about.name for about in visible(workbook)]})
        for number, row in enumerate(chosen.iter_rows(), 1):
            cells = [plain(cell) for cell in row]
            for column, shown in failed.get(number, {}).items():
                cells[column:] = [{"fault": shown}, *cells[column + 1 :]]
            say(cells)


def is_encrypted(path: str) -> bool:
    """Where its name does not say what it is, the reader only says that it does not know."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            found = packed.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
        return bool(ENCRYPTED[1].search(found))
    with open(path, "rb") as file:
        return any(sign.search(chunk) for chunk in overlapping(file) for sign in (ENCRYPTED[0], ENCRYPTED[2]))


def choose(workbook, sheet: str | None):
    """The sheet of that name, or the first visible one with something in it; a text says why there is none."""
    if sheet is not None:
        if sheet in workbook.sheet_names:
            return workbook.get_sheet_by_name(sheet)
        return f"it has no sheet “{sheet}”, but {', '.join(f'“{name}”' for name in workbook.sheet_names)}."
    for about in visible(workbook):
        found = workbook.get_sheet_by_name(about.name)
        if found.start is not None:
            return found
    return "no sheet of it has anything in it."


def visible(workbook) -> list:
    """The worksheets that the spreadsheet's own program shows."""
    return [
        about
        for about in workbook.sheets_metadata
        if str(about.visible).endswith("Visible") and str(about.typ).endswith("WorkSheet")
    ]


def plain(cell):
    if isinstance(cell, datetime | date):
        return {"moment": cell.isoformat()}
    return cell if isinstance(cell, str | int | float) else str(cell)


# --- Formulas that failed: to the reader above their cells are empty -----------------------------


def faults(path: str, sheet: str) -> dict[int, dict[int, str]]:
    """What the failed cells of a sheet (of an xlsx file) show, “#DIV/0!”, by row from 1 and column from 0."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as packed:
        if "xl/workbook.xml" not in packed.namelist():
            return {}
        if (part := part_of(packed, sheet)) not in packed.namelist():
            return {}
        with packed.open(part) as file:
            if not any(A_FAULT.search(chunk) for chunk in overlapping(file)):
                return {}
        with packed.open(part) as file:
            failed = Failed()
            failed.parser.ParseFile(file)
    return failed.found


def part_of(packed: zipfile.ZipFile, sheet: str) -> str:
    """Where in the file the sheet is."""
    sheets = {each["name"]: each for each in elements(packed.read("xl/workbook.xml"), "sheet")}
    key = next((value for name, value in sheets.get(sheet, {}).items() if local(name) == "id"), "")
    parts = {each["Id"]: each["Target"] for each in elements(packed.read("xl/_rels/workbook.xml.rels"), "Relationship")}
    target = parts.get(key, "")
    return target[1:] if target.startswith("/") else f"xl/{target}"


def elements(xml: bytes, wanted: str) -> list[dict[str, str]]:
    """The attributes of all elements of that name."""
    found, parser = [], expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: local(tag) == wanted and found.append(attributes)
    parser.Parse(xml, True)
    return found


def local(tag: str) -> str:
    return tag.rpartition(":")[2]


def overlapping(file):
    before = b""
    while chunk := file.read(2**20):
        yield before + chunk
        before = chunk[-40:]


class Failed:
    """Goes through a sheet's XML and keeps what cells of type e (for error) show."""

    def __init__(self):
        self.found, self.row, self.column, self.failed, self.shown = {}, 0, -1, False, None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end
        self.parser.CharacterDataHandler = self.text

    def start(self, tag, attributes):
        if local(tag) == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), -1
        elif local(tag) == "c":
            letters = re.sub("[^A-Z]", "", attributes.get("r", ""))
            self.column = (
                reduce(lambda n, letter: 26 * n + ord(letter) - 64, letters, 0) - 1 if letters else self.column + 1
            )
            self.failed = attributes.get("t") == "e"
        elif local(tag) == "v" and self.failed:
            self.shown = ""

    def text(self, text):
        if self.shown is not None:
            self.shown += text

    def end(self, tag):
        if local(tag) == "v" and self.shown is not None:
            self.found.setdefault(self.row, {})[self.column] = self.shown[:60]
            self.shown = None


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on
        os._exit(0)
