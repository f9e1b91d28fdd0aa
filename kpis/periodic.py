"""Periods as the heads of columns name them. Plain Python: no Django, no clock."""

import re
from datetime import date

from kpis.cells import NotRead, tidy
from kpis.dates import month_named, parse_date
from kpis.periods import FIRST_DAY, LAST_DAY

SHORT = re.compile(r"([A-Za-z]{3,9})\.?[- '/]+(\d{2})", re.ASCII)  # Jan-26: a month, not a day of it
LONG = re.compile(r"([A-Za-z]{3,9})\.?[/']? ?(\d{4})", re.ASCII)
WEEK = re.compile(r"(?:KW|CW|W|WK|Week) ?(\d{1,2})[ /'.-]+(\d{4}|\d{2})", re.ASCII | re.IGNORECASE)
WEEK_AFTER = re.compile(r"(\d{4})[ /.-]*(?:KW|CW|W|WK|Week)[ -]?(\d{1,2})", re.ASCII | re.IGNORECASE)
QUARTER = re.compile(r"Q([1-4])[ /'.-]*(\d{4}|\d{2})|([1-4])Q[ /'.-]*(\d{4}|\d{2})", re.ASCII | re.IGNORECASE)


TWO_WAYS = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?: (\d{1,2}:\d{2})(:\d{2})?)?", re.ASCII)


def period_in(head: str, order: str | None = None) -> date | None:
    """The first day of the period that a head names: “Jan-26”, “Q1/2026”, “KW 47 2026”, or what a cell may say.

    `order` says whether the `day` or the `month` comes first in 03/04/2026; None takes the day.
    """
    text = tidy(head)
    if found := TWO_WAYS.fullmatch(text):
        return two_way_date(found, order)
    if not re.search("[0-9]", text) or text.isdigit() and len(text) != 8:
        return None
    try:
        found = special(text) or parse_date(text)
    except (NotRead, ValueError):
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def two_way_date(found: re.Match, order: str | None) -> date | None:
    day, month = (found[3], found[1]) if order == "month" else (found[1], found[3])
    try:
        return date(year(found[4]), int(month), int(day))
    except ValueError:
        return None


def special(text: str) -> date | None:
    if found := WEEK.fullmatch(text):
        return date.fromisocalendar(year(found[2]), int(found[1]), 1)
    if found := WEEK_AFTER.fullmatch(text):
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    if found := QUARTER.fullmatch(text):
        return date(year(found[2] or found[4]), 3 * int(found[1] or found[3]) - 2, 1)
    if (found := SHORT.fullmatch(text) or LONG.fullmatch(text)) and (month := month_named(found[1])):
        return date(year(found[2]), month, 1)
    return None


def year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def month_in(head: str) -> int | None:
    """1 to 12 for a head that is a month's name and nothing else."""
    return month_named(tidy(head).rstrip(".")) if tidy(head).rstrip(".").isalpha() else None
