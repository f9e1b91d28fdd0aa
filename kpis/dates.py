"""Dates as people write them. Plain Python: no Django, no clock."""

import re
from calendar import month_name
from datetime import date, datetime
from functools import lru_cache

from kpis.cells import NotRead, tidy
from kpis.periods import add_months

A_DATE = "a date such as 2026-11-22, 2026-11, 2026-W47 or 2026-Q4"
ISO_DAY = re.compile(r"(\d{4})([-/]?)(\d{2})\2(\d{2})(?:[T ]\d{1,2}:\d{2}.*)?", re.ASCII)
DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", re.ASCII)
MONTH = re.compile(r"(\d{4})[-/](\d{1,2})", re.ASCII)
MONTH_FIRST = re.compile(r"(\d{1,2})/(\d{4})", re.ASCII)
WEEK = re.compile(r"(\d{4})[- ]?W(\d{1,2})|W(\d{1,2})[ -](\d{4})", re.ASCII | re.IGNORECASE)
QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])|Q([1-4])[ -](\d{4})", re.ASCII | re.IGNORECASE)
NAMED = re.compile(r"(?:(\d{1,2})\.?[- ])?([A-Za-z]{3,9})\.?[- ](\d{4})", re.ASCII)
AMBIGUOUS = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{2}|\d{4})\b.*", re.ASCII)


class NotADate(NotRead):
    pass


def parse_date(cell, *, date_format: str | None = None) -> date:
    """A day of the period the cell names: the first of a month or (calendar) quarter, the Monday of an ISO week.

    Takes dates, and text such as 2026-11-22, 22.11.2026, 2026-11, 22 Nov 2026, Nov 2026, 2026-W47, 2026-Q4. With a
    `date_format` (Python's strptime) text is read that way alone. `03/04/2026` means two things and is refused.
    Raises NotADate.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if cell is None or isinstance(cell, bool) or not isinstance(cell, str | int):
        raise NotADate("" if cell is None else cell, A_DATE)
    return date_from_text(tidy(str(cell)), date_format)


@lru_cache(maxsize=4096)
def date_from_text(text: str, date_format: str | None) -> date:
    try:
        found = datetime.strptime(text, date_format).date() if date_format else recognised(text)
    except ValueError:
        found = None
    if found:
        return found
    if date_format:
        raise NotADate(text, f"a date written as {date_format}")
    if AMBIGUOUS.fullmatch(text):
        raise NotADate(text, "a date such as 2026-11-22, or the mapping's date_format: %d/%m/%Y or %m/%d/%Y")
    raise NotADate(text, A_DATE)


def recognised(text: str) -> date | None:
    """The day, None for a form that is not known; ValueError for a day that does not exist."""
    if found := ISO_DAY.fullmatch(text):
        return date(int(found[1]), int(found[3]), int(found[4]))
    if found := DOTTED.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    if found := MONTH.fullmatch(text):
        return date(int(found[1]), int(found[2]), 1)
    if found := MONTH_FIRST.fullmatch(text):
        return date(int(found[2]), int(found[1]), 1)
    if found := WEEK.fullmatch(text):
        return date.fromisocalendar(int(found[1] or found[4]), int(found[2] or found[3]), 1)
    if found := QUARTER.fullmatch(text):
        return add_months(date(int(found[1] or found[4]), 1, 1), 3 * int(found[2] or found[3]) - 3)
    if (found := NAMED.fullmatch(text)) and (month := month_named(found[2])):
        return date(int(found[3]), month, int(found[1] or 1))
    return None


def month_named(word: str) -> int | None:
    """1 to 12 for an English name of a month, or at least its first three letters."""
    fits = [number for number, name in enumerate(month_name) if name and name.lower().startswith(word.lower())]
    return fits[0] if len(word) >= 3 and fits else None
