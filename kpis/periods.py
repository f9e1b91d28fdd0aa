"""Days, ISO weeks, months, quarters and fiscal years. Plain Python: no Django, no clock.

A period is named by its first day. A week belongs to the month, quarter and year that hold its Thursday
(ISO 8601's own rule for years, carried over to months and quarters).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2079, 12, 31)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Grain(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def fineness(self) -> int:
        """0 for a day, rising with the length of the period."""
        return list(Grain).index(self)


class Day(NamedTuple):
    """A day and the first days of the periods that hold it."""

    day: date
    week: date
    month: date
    week_month: date  # the month of this day's week
    quarter: date
    year: date


def add_months(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


class Calendar(NamedTuple):
    """The agency's calendar: when its year starts (1 = January … 12 = December)."""

    year_starts_in: int = 1

    def start(self, day: date, grain: Grain) -> date:
        """First day of the period of this grain that holds the day."""
        match grain:
            case Grain.DAY:
                return day
            case Grain.WEEK:
                return day - timedelta(days=day.weekday())
            case Grain.MONTH:
                return day.replace(day=1)
        months = (day.month - self.year_starts_in) % 12
        into = months % 3 if grain is Grain.QUARTER else months
        return add_months(day.replace(day=1), -into)

    def step(self, period: date, grain: Grain, by: int) -> date:
        """The period so many periods later (or, when negative, earlier)."""
        match grain:
            case Grain.DAY:
                return period + timedelta(days=by)
            case Grain.WEEK:
                return period + timedelta(weeks=by)
        return add_months(period, by * {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}[grain])

    def whole_from(self, day: date, grain: Grain) -> date:
        """The first period that begins on a day or after it."""
        period = self.start(day, grain)
        return period if period == day else self.step(period, grain, 1)

    def end(self, period: date, grain: Grain) -> date:
        """Last day of the period."""
        return self.step(period, grain, 1) - timedelta(days=1)

    def last(self, period: date, grain: Grain, count: int) -> list[date]:
        """So many periods, oldest first, the given one last."""
        return [self.step(period, grain, -back) for back in reversed(range(count))]

    def within(self, period: date, grain: Grain, finer: Grain) -> list[date]:
        """The finer periods that make up this one, oldest first."""
        anchor = self.end(period, grain)
        found = [self.start(period, finer)]
        while (following := self.step(found[-1], finer, 1)) <= anchor:
            found.append(following)
        if finer is Grain.WEEK and grain is not Grain.WEEK:
            found = [week for week in found if period <= week + timedelta(days=3) <= anchor]
            following = self.step(found[-1], finer, 1)
            if following + timedelta(days=3) <= anchor:
                found.append(following)
        return found

    def day(self, day: date) -> Day:
        week = self.start(day, Grain.WEEK)
        return Day(
            day=day,
            week=week,
            month=self.start(day, Grain.MONTH),
            week_month=self.start(week + timedelta(days=3), Grain.MONTH),
            quarter=self.start(day, Grain.QUARTER),
            year=self.start(day, Grain.YEAR),
        )

    def days(self, first: date = FIRST_DAY, last: date = LAST_DAY) -> Iterator[Day]:
        for number in range((last - first).days + 1):
            yield self.day(first + timedelta(days=number))

    def label(self, period: date, grain: Grain) -> str:
        """Short and unambiguous: “W47 2026”, “Nov 2026”, “Q4 2026”, “2026”; a fiscal year is named by where it ends."""
        match grain:
            case Grain.DAY:
                return f"{period.day} {MONTHS[period.month - 1]} {period.year}"
            case Grain.WEEK:
                year, week, _ = period.isocalendar()
                return f"W{week} {year}"
            case Grain.MONTH:
                return f"{MONTHS[period.month - 1]} {period.year}"
            case Grain.QUARTER:
                number = (period.month - self.year_starts_in) % 12 // 3 + 1
                return f"Q{number} {self.year_name(self.start(period, Grain.YEAR))}"
        return self.year_name(period)

    def tick(self, period: date, grain: Grain) -> str:
        """Shorter still, for a column head: “47”, “Nov”, “Q4”, “2026”."""
        match grain:
            case Grain.DAY:
                return f"{period.day} {MONTHS[period.month - 1]}"
            case Grain.WEEK:
                return str(period.isocalendar().week)
            case Grain.YEAR:
                return self.year_name(period)
        return self.label(period, grain).split(" ")[0]

    def year_name(self, year: date) -> str:
        return str(year.year) if self.year_starts_in == 1 else f"FY{year.year + 1}"
