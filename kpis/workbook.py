"""Reads one sheet of a spreadsheet in a process of its own and writes its rows as lines of JSON.

Run by kpis.sheets: `python workbook.py FILE [SHEET]`. A small file can unfold into any amount of memory, and in more
ways than a look at it beforehand would find; so this process may take no more than it is given, and dies alone.
"""

import json
import os
import resource
import sys
from datetime import date, datetime

import python_calamine

MEMORY = 400 * 2**20
SECONDS = 120  # of computing, not of waiting


def main(path: str, sheet: str | None = None):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        chosen = choose(python_calamine.load_workbook(path), sheet)
    except python_calamine.PasswordError:
        chosen = "it is protected by a password. Save it without one."
    except Exception as error:  # whatever a broken file makes the reader raise
        chosen = f"it is damaged, or no spreadsheet ({str(error)[:200]})."
    if isinstance(chosen, str):
        say({"error": chosen})
    else:
        say({"sheet": chosen.name})
        for row in chosen.iter_rows():
            say([plain(cell) for cell in row])


def choose(workbook, sheet: str | None):
    """The sheet of that name, or the first visible one with something in it; a text says why there is none."""
    if sheet is not None:
        if sheet in workbook.sheet_names:
            return workbook.get_sheet_by_name(sheet)
        return f"it has no sheet “{sheet}”, but {', '.join(f'“{name}”' for name in workbook.sheet_names)}."
    for about in workbook.sheets_metadata:
        if str(about.visible).endswith("Visible") and str(about.typ).endswith("WorkSheet"):
            found = workbook.get_sheet_by_name(about.name)
            if found.start is not None:
                return found
    return "no sheet of it has anything in it."


def plain(cell):
    if isinstance(cell, datetime | date):
        return {"moment": cell.isoformat()}
    return cell if isinstance(cell, str | int | float) else str(cell)


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on
        os._exit(0)
