"""Recurrence rules of RFC 5545, for what takes place once a day at most: read, checked, and the days they mean.

No Django, no clock, no time of day. Whatever a rule says, its days are found by walking over its periods up to a last
day, so that one which never comes true ends as soon as any other.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

A_DAY = timedelta(days=1)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
MOST_APART, MOST_TIMES = 999, 9999  # INTERVAL, COUNT
CENTURY, END = timedelta(days=36525), date(9998, 12, 31)
PATIENCE = timedelta(days=3653)  # from its start, in which a rule has a meeting, or is taken for one that has none
WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
FINER = ["BYHOUR", "BYMINUTE", "BYSECOND"]


class RuleRefused(ValueError):
    """It is no rule that meetings can follow; the words say what was found, and what is expected."""


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class On(NamedTuple):
    """A weekday, 0 for Monday; `number` which of the month or year (-1: the last), 0 for each."""

    number: int
    weekday: int

    def __str__(self):
        return f"{self.number or ''}{WEEKDAYS[self.weekday]}"


class Rule(NamedTuple):
    """The parts of a rule. `until` is the last day that may be one. Empty: not said."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    weekdays: tuple[On, ...] = ()
    monthdays: tuple[int, ...] = ()
    yeardays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_starts: int = 0

    def __str__(self):
        said = {
            "FREQ": self.frequency,
            "INTERVAL": self.interval if self.interval > 1 else "",
            "COUNT": self.count or "",
            "UNTIL": f"{self.until:%Y%m%d}".rjust(8, "0") if self.until else "",
            "BYMONTH": listed(self.months),
            "BYYEARDAY": listed(self.yeardays),
            "BYMONTHDAY": listed(self.monthdays),
            "BYDAY": listed(self.weekdays),
            "BYSETPOS": listed(self.positions),
            "WKST": WEEKDAYS[self.week_starts] if self.week_starts else "",
        }
        return ";".join(f"{name}={value}" for name, value in said.items() if value)


def listed(values: Iterable) -> str:
    return ",".join(map(str, values))


# --- Reading ------------------------------------------------------------------------------------


def read(text: str, *, at: time = time(), zone: str = "UTC") -> Rule:
    """A rule as RFC 5545 writes it. Raises RuleRefused.

    `at` and `zone`: the time of day of its meetings, for an UNTIL that is a moment.
    """
    found = parts(text)
    taken = dict(found)
    rule = Rule(
        frequency=frequency(taken.pop("FREQ", "")),
        interval=number(taken.pop("INTERVAL", "1"), "INTERVAL", 1, MOST_APART),
        count=number(taken.pop("COUNT"), "COUNT", 1, MOST_TIMES) if "COUNT" in taken else None,
        until=last_day(taken.pop("UNTIL"), at, zone) if "UNTIL" in taken else None,
        weekdays=weekdays(taken.pop("BYDAY", "")),
        monthdays=numbers(taken.pop("BYMONTHDAY", ""), "BYMONTHDAY", 31),
        yeardays=numbers(taken.pop("BYYEARDAY", ""), "BYYEARDAY", 366),
        months=numbers(taken.pop("BYMONTH", ""), "BYMONTH", 12, least=1),
        positions=numbers(taken.pop("BYSETPOS", ""), "BYSETPOS", 366),
        week_starts=week_starts(taken.pop("WKST", "MO")),
    )
    for name in taken:
        raise RuleRefused(
            f"Found {name}, expected none of it: there is one meeting a day, at the time of its schedule."
            if name in FINER
            else f"Found {name[:20]}, expected FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYYEARDAY, BYMONTHDAY, BYDAY,"
            " BYSETPOS or WKST."
        )
    check(rule)
    return rule


def parts(text: str) -> dict[str, str]:
    found = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, is_one, value = part.strip().partition("=")
        if not is_one or not value:
            raise RuleRefused(f"Found “{part[:40]}”, expected parts such as FREQ=WEEKLY;INTERVAL=2.")
        if name in found:
            raise RuleRefused(f"Found {name[:20]} twice, expected it once.")
        found[name] = value
    return found


def frequency(text: str) -> Frequency:
    if text not in list(Frequency):
        found = f"FREQ={text[:20]}" if text else "no FREQ"
        raise RuleRefused(f"Found {found}, expected FREQ=DAILY, WEEKLY, MONTHLY or YEARLY.")
    return Frequency(text)


def number(text: str, name: str, least: int, most: int) -> int:
    """Raises RuleRefused for what is no whole number from `least` to `most`; 0 is none where `least` is negative."""
    plain = re.fullmatch(r"[+-]?\d{1,9}", text, re.ASCII)
    if not plain or not least <= int(text) <= most or (int(text) == 0 and least < 0):
        wanted = f"{least} to {most}" if least > 0 else f"1 to {most}, or -1 to {least}"
        raise RuleRefused(f"Found {name}={text[:20]}, expected a whole number from {wanted}.")
    return int(text)


def numbers(text: str, name: str, most: int, least: int | None = None) -> tuple[int, ...]:
    least = -most if least is None else least
    return tuple(sorted({number(each, name, least, most) for each in text.split(",")})) if text else ()


def weekdays(text: str) -> tuple[On, ...]:
    found = set()
    for each in text.split(",") if text else ():
        plain = WEEKDAY.fullmatch(each)
        if not plain or (plain[1] and not 1 <= abs(int(plain[1])) <= 53):
            raise RuleRefused(f"Found BYDAY={each[:20]}, expected MO, TU, WE, TH, FR, SA, SU, or 1MO, -1FR.")
        found.add(On(int(plain[1] or 0), WEEKDAYS.index(plain[2])))
    return tuple(sorted(found, key=lambda on: (on.weekday, on.number)))


def week_starts(text: str) -> int:
    if text not in WEEKDAYS:
        raise RuleRefused(f"Found WKST={text[:20]}, expected a day such as MO.")
    return WEEKDAYS.index(text)


def last_day(text: str, at: time, zone: str) -> date:
    """The last day of UNTIL: as it is, or of a moment by the clocks of a zone, unless the day's meeting comes after."""
    found = UNTIL.fullmatch(text)
    try:
        day = datetime.strptime(found[1], "%Y%m%d").date() if found else None
        moment = datetime.combine(day, datetime.strptime(found[2], "%H%M%S").time()) if found and found[2] else None
        if moment and found[3]:
            moment = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        if moment:
            return moment.date() if at <= moment.time() else moment.date() - A_DAY
    except (ValueError, OverflowError):
        day = None
    if day is None:
        raise RuleRefused(f"Found UNTIL={text[:20]}, expected a day such as UNTIL=20271231.")
    return day


def check(rule: Rule):
    """What RFC 5545 does not allow together (3.3.10)."""
    which = rule.frequency
    if rule.count and rule.until:
        raise RuleRefused("Found COUNT and UNTIL, expected one of them.")
    if any(on.number for on in rule.weekdays) and which not in (Frequency.MONTHLY, Frequency.YEARLY):
        raise RuleRefused(f"Found BYDAY={listed(rule.weekdays)} with FREQ={which}, expected days without a number.")
    if which == Frequency.MONTHLY and any(abs(on.number) > 5 for on in rule.weekdays):
        raise RuleRefused(f"Found BYDAY={listed(rule.weekdays)}, expected at most the fifth of a month.")
    if rule.monthdays and which == Frequency.WEEKLY:
        raise RuleRefused("Found BYMONTHDAY with FREQ=WEEKLY, expected FREQ=DAILY, MONTHLY or YEARLY.")
    if rule.yeardays and which != Frequency.YEARLY:
        raise RuleRefused(f"Found BYYEARDAY with FREQ={which}, expected FREQ=YEARLY.")
    if rule.positions and not (rule.weekdays or rule.monthdays or rule.yeardays or rule.months):
        raise RuleRefused("Found BYSETPOS alone, expected the days that it picks from, such as BYDAY=MO,TU,WE,TH,FR.")


def checked(text: str, *, starts_on: date, at: time = time(), zone: str = "UTC") -> str:
    """The rule as it is kept; raises RuleRefused, also for one that never comes true."""
    rule = read(text, at=at, zone=zone)
    if rule.until and rule.until < starts_on:
        raise RuleRefused(f"It ends on {day_in_words(rule.until)}, before it begins on {day_in_words(starts_on)}.")
    try:
        last = starts_on + PATIENCE
    except OverflowError:
        last = date.max
    if not any(True for _ in days(rule, starts_on, last)):
        raise RuleRefused(
            f"It never takes place: from {day_in_words(starts_on)} on, no day within ten years is one of {rule}."
        )
    return str(rule)


def day_in_words(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


# --- Days ---------------------------------------------------------------------------------------


def days(rule: Rule, start: date, last: date, *, since: date | None = None) -> Iterator[date]:
    """The days of a rule that is counted from `start`, up to `last`, oldest first; those from `since` on alone.

    What the rule leaves open (which weekday, which day of the month) is that of `start`, which itself is one only if
    the rule says so. One that counts its days has none after a hundred years, and none has one in the last year there
    is, when it may be another year elsewhere.
    """
    since, last = max(start, since or start), min(last, rule.until or last, END)
    if rule.count:
        last = min(last, END if start > END - CENTURY else start + CENTURY)
    begin = start if rule.count else since
    found = (day for day in picked(filled(rule, start), start, begin, last) if start <= day <= last)
    return (day for day in islice(found, rule.count) if day >= since)


def filled(rule: Rule, start: date) -> Rule:
    """With what it leaves open (RFC 5545, 3.3.10)."""
    by_day = rule.weekdays or rule.monthdays or rule.yeardays
    if by_day or rule.frequency == Frequency.DAILY:
        return rule
    if rule.frequency == Frequency.WEEKLY:
        return rule._replace(weekdays=(On(0, start.weekday()),))
    months = rule.months or ((start.month,) if rule.frequency == Frequency.YEARLY else ())
    return rule._replace(monthdays=(start.day,), months=months)


def picked(rule: Rule, start: date, since: date, last: date) -> Iterator[date]:
    for begins, ends in periods(rule, start, since, last):
        # A period without its month has no day: a year of them is not looked at one by one.
        if rule.months and begins.month == ends.month and begins.month not in rule.months:
            continue
        found = [day for day in each_day(begins, ends) if means(rule, day)]
        if rule.positions:
            places = {place - 1 if place > 0 else len(found) + place for place in rule.positions}
            found = [day for place, day in enumerate(found) if place in places]
        yield from found


def periods(rule: Rule, start: date, since: date, last: date) -> Iterator[tuple[date, date]]:
    """The first and last days of the periods in which the rule has its days, from that of `since` to that of `last`."""
    first = {
        Frequency.DAILY: lambda: start,
        Frequency.WEEKLY: lambda: start - timedelta(days=(start.weekday() - rule.week_starts) % 7),
        Frequency.MONTHLY: lambda: start.replace(day=1),
        Frequency.YEARLY: lambda: start.replace(month=1, day=1),
    }[rule.frequency]()
    number = between(rule.frequency, first, since) // rule.interval * rule.interval
    while (begins := shifted(rule.frequency, first, number)) <= last:
        yield begins, ends_of(rule.frequency, begins)
        number += rule.interval
        if between(rule.frequency, begins, date.max) < rule.interval:
            return


def between(frequency: Frequency, first: date, last: date) -> int:
    """How many periods after that of one day that of another is."""
    if frequency == Frequency.YEARLY:
        return last.year - first.year
    if frequency == Frequency.MONTHLY:
        return (last.year - first.year) * 12 + last.month - first.month
    return (last - first).days // (7 if frequency == Frequency.WEEKLY else 1)


def shifted(frequency: Frequency, first: date, number: int) -> date:
    if frequency == Frequency.YEARLY:
        return first.replace(year=first.year + number)
    if frequency == Frequency.MONTHLY:
        months = first.month - 1 + number
        return first.replace(year=first.year + months // 12, month=months % 12 + 1)
    return first + timedelta(days=number * (7 if frequency == Frequency.WEEKLY else 1))


def ends_of(frequency: Frequency, begins: date) -> date:
    if frequency == Frequency.DAILY:
        return begins
    if frequency == Frequency.WEEKLY:
        return begins + timedelta(days=min(6, (date.max - begins).days))
    if frequency == Frequency.MONTHLY:
        return begins.replace(day=monthrange(begins.year, begins.month)[1])
    return begins.replace(month=12, day=31)


def each_day(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))


def means(rule: Rule, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    of_year, year_length = day.timetuple().tm_yday, 365 + isleap(day.year)
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.yeardays or not {of_year, of_year - year_length - 1}.isdisjoint(rule.yeardays))
        and (not rule.monthdays or not {day.day, day.day - length - 1}.isdisjoint(rule.monthdays))
        and (not rule.weekdays or any(is_weekday(rule, on, day, length, year_length) for on in rule.weekdays))
    )


def is_weekday(rule: Rule, on: On, day: date, length: int, year_length: int) -> bool:
    if day.weekday() != on.weekday or not on.number:
        return day.weekday() == on.weekday
    of_year = rule.frequency == Frequency.YEARLY and not rule.months
    place, among = (day.timetuple().tm_yday, year_length) if of_year else (day.day, length)
    return on.number in ((place - 1) // 7 + 1, -((among - place) // 7 + 1))
