"""A recurrence rule as people say it: “every second Monday”, “the last Friday of each quarter's first month”."""

from calendar import day_name, month_name
from collections.abc import Sequence
from datetime import date

from meetings.rules import Frequency, On, Rule, day_in_words, filled, read

NUMBERS = ["", "first", "second", "third", "fourth", "fifth", "sixth"]
UNITS = {
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.YEARLY: "year",
}
QUARTERS = {
    (1, 4, 7, 10): "each quarter's first month",
    (2, 5, 8, 11): "each quarter's second month",
    (3, 6, 9, 12): "each quarter's last month",
}
WORKING_DAYS = (0, 1, 2, 3, 4)


def in_words(rule: str, starts_on: date) -> str:
    """How often, beginning with a small letter; the day alone for a single meeting."""
    if not rule:
        return f"once, on {day_in_words(starts_on)}"
    read_rule = filled(read(rule), starts_on)
    return said(read_rule) + end(read_rule)


def end(rule: Rule) -> str:
    if rule.count:
        return ", once" if rule.count == 1 else f", {rule.count} times"
    return f", until {day_in_words(rule.until)}" if rule.until else ""


def said(rule: Rule) -> str:
    if rule.frequency == Frequency.DAILY:
        return daily(rule)
    if rule.frequency == Frequency.WEEKLY:
        return weekly(rule)
    within = months(rule)
    picked = which(rule, within)
    return f"{picked} of {within}" if picked else f"every day of {within}"


def daily(rule: Rule) -> str:
    words = every(rule.interval, "day")
    limits = []
    if rule.weekdays:
        limits.append(f"is a {together([day_name[on.weekday] for on in rule.weekdays], 'or')}")
    if rule.monthdays:
        limits.append(f"is {together([of_month(day) for day in rule.monthdays], 'or')} of its month")
    if rule.months:
        limits.append(f"lies in {together([month_name[month] for month in rule.months], 'or')}")
    return f"{words} that {' and '.join(limits)}" if limits else words


def weekly(rule: Rule) -> str:
    days = weekday_names(rule.weekdays)
    if rule.positions:
        days = f"{together([ordinal(place) for place in rule.positions])} of {days}"
    if rule.interval > 1:
        one = len(rule.weekdays) == 1 and not rule.positions
        words = every(rule.interval, days) if one else f"{days} of {every(rule.interval, 'week')}"
    else:
        words = f"{days} of every week" if rule.positions else f"every {days}"
    return f"{words} in {together([month_name[month] for month in rule.months])}" if rule.months else words


def months(rule: Rule) -> str:
    """Of which months or years the days are."""
    units = every(rule.interval, UNITS[rule.frequency])
    if not rule.months:
        return units
    named = together([month_name[month] for month in rule.months])
    if rule.interval == 1:
        return QUARTERS.get(rule.months, named if len(rule.months) > 1 else f"{named} every year")
    return f"{named} of {units}" if rule.frequency == Frequency.YEARLY else f"{units} if it is {named}"


def which(rule: Rule, within: str) -> str:
    """Which days; empty for each."""
    found = []
    if rule.weekdays:
        if any(on.number for on in rule.weekdays):
            found.append(together([numbered(on) for on in rule.weekdays]))
        else:
            found.append(("" if rule.positions else "every ") + weekday_names(rule.weekdays))
    if rule.monthdays:
        found.append(together([of_month(day) for day in rule.monthdays]))
    if rule.yeardays:
        found.append(together([f"day {day}" if day > 0 else f"{of_month(day)}" for day in rule.yeardays]))
    words = " that is ".join(found)
    if not rule.positions:
        return words
    return f"the {together([ordinal(place) for place in rule.positions])} {words or 'day'}"


def numbered(on: On) -> str:
    return f"the {ordinal(on.number)} {day_name[on.weekday]}" if on.number else f"every {day_name[on.weekday]}"


def of_month(day: int) -> str:
    return f"the {number(day)}" if day > 0 else f"the {ordinal(day)} day"


def weekday_names(days: Sequence[On]) -> str:
    found = tuple(on.weekday for on in days)
    if found == WORKING_DAYS:
        return "working day (Monday to Friday)"
    return "day" if len(found) == 7 else together([day_name[day] for day in found])


def every(interval: int, what: str) -> str:
    return f"every {what}" if interval == 1 else f"every {ordinal(interval)} {what}"


def ordinal(count: int) -> str:
    """1 is “first”, -1 “last”, -2 “second to last”."""
    if count == -1:
        return "last"
    if count < 0:
        return f"{ordinal(-count)} to last"
    return NUMBERS[count] if count < len(NUMBERS) else number(count)


def number(count: int) -> str:
    """“21st”"""
    teen = 10 < count % 100 < 14
    return f"{count}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(count % 10, 'th')}"


def together(words: Sequence[str], last: str = "and") -> str:
    words = [str(word) for word in words]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
