"""Working days and working time: which days count, a time of day on one of them as a moment, and how much was worked
from one moment to another. No Django, no clock."""

import re
from calendar import isleap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from itertools import accumulate
from types import MappingProxyType

import holidays
from holidays import registry

A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
A_MONTH = 31  # days that are looked at one by one
IN_ENGLISH = "en_US"
MORNING = time(9)  # when people are told what a day brings


@dataclass(frozen=True)
class BusinessDays:
    """`weekdays` that are worked on (0 is Monday), days off with their names, and days worked on all the same."""

    weekdays: frozenset[int]
    holidays: Mapping[date, str] = field(default_factory=dict)
    worked: frozenset[date] = frozenset()

    def __post_init__(self):
        if not self.weekdays:
            raise ValueError("Found no weekday that is worked on, expected one at least.")

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() in self.weekdays and day not in self.holidays)

    def before(self, day: date) -> date:
        """The last working day before this one."""
        day -= A_DAY
        while not self.is_working(day):
            day -= A_DAY
        return day

    def after(self, day: date) -> date:
        """The first working day after this one."""
        day += A_DAY
        while not self.is_working(day):
            day += A_DAY
        return day

    @staticmethod
    def moment(day: date, at: time, zone: tzinfo) -> datetime:
        """This time of this day where the clocks are `zone`'s.

        A time that the clocks leap over is the first one that there is after it, one that they show twice the first.
        """
        local = datetime.combine(day, at.replace(tzinfo=None, fold=0))
        while not is_shown(local, zone):
            local = local.replace(second=0, microsecond=0) + A_MINUTE
        return local.replace(tzinfo=zone)

    def next_moment(self, since: datetime, at: time, zone: tzinfo) -> datetime:
        """The first moment, no earlier than `since`, at which it is this time on a working day."""
        day = since.astimezone(zone).date()
        if self.is_working(day) and (moment := self.moment(day, at, zone)).astimezone(UTC) >= since.astimezone(UTC):
            return moment
        return self.moment(self.after(day), at, zone)


@dataclass(frozen=True)
class BusinessHours:
    """The time of working days between two times of day, where the clocks are `zone`'s: `opens` is before `closes`.

    All lengths are exact, so that what adds up in time adds up here: from a to b and from b to c is from a to c.
    """

    days: BusinessDays
    zone: tzinfo
    opens: time = time(9)
    closes: time = time(17)
    years: dict[int, list[timedelta]] = field(default_factory=dict, init=False, repr=False, compare=False)
    shifts: dict[date, tuple[datetime, datetime]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self):
        if self.opens >= self.closes:
            raise ValueError(f"Found {self.opens} to {self.closes}, expected a day that opens before it closes.")

    @property
    def a_day(self) -> timedelta:
        """What an ordinary working day has; one on which the clocks change meanwhile may have more or less."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)

    def shift(self, day: date) -> tuple[datetime, datetime]:
        """When work begins and ends on a day, in UTC; at the same moment where nobody works."""
        if day not in self.shifts:
            begins = self.days.moment(day, self.opens, self.zone).astimezone(UTC)
            ends = self.days.moment(day, self.closes, self.zone).astimezone(UTC)
            self.shifts[day] = (begins, ends if self.days.is_working(day) else begins)
        return self.shifts[day]

    def between(self, start: datetime, end: datetime, *, off: Collection[date] = ()) -> timedelta:
        """How much is worked from a moment to a later one, without the days in `off`; nothing where it is earlier."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        worked = timedelta()
        for day in {first, last} - set(off):
            begins, ends = self.shift(day)
            worked += max(min(ends, end) - max(begins, start), timedelta())
        if (last - first).days > 1:
            worked += self.whole(first + A_DAY, last)
            worked -= sum((self.length(day) for day in off if first < day < last), timedelta())
        return worked

    def whole(self, first: date, until: date) -> timedelta:
        """What is worked on the days from one to the day before another. Long stretches are looked up by the year."""
        if (until - first).days <= A_MONTH:
            return sum((self.length(first + n * A_DAY) for n in range((until - first).days)), timedelta())
        worked = self.by_day(until.year)[until.timetuple().tm_yday - 1]
        worked += sum((self.by_day(year)[-1] for year in range(first.year, until.year)), timedelta())
        return worked - self.by_day(first.year)[first.timetuple().tm_yday - 1]

    def by_day(self, year: int) -> list[timedelta]:
        """What was worked in a year before each of its days, and in all of it."""
        if year not in self.years:
            days = (date(year, 1, 1) + n * A_DAY for n in range(365 + isleap(year)))
            self.years[year] = list(accumulate(map(self.length, days), initial=timedelta()))
        return self.years[year]

    def length(self, day: date) -> timedelta:
        begins, ends = self.shift(day)
        return ends - begins

    def after(self, start: datetime, worked: timedelta, *, off: Collection[date] = ()) -> datetime:
        """The first moment, no earlier than `start`, up to which so much is worked: `between` from its other end."""
        start = start.astimezone(UTC)
        day, left = start.astimezone(self.zone).date(), worked
        while left > timedelta():
            begins, ends = self.shift(day)
            here = timedelta() if day in off else max(ends - max(begins, start), timedelta())
            if here >= left:
                return max(begins, start) + left
            left -= here
            day += A_DAY
        return start

    def before(self, end: datetime, worked: timedelta) -> datetime:
        """The last moment, no later than `end`, from which so much is worked up to it: `after` from its other end."""
        end = end.astimezone(UTC)
        day, left = end.astimezone(self.zone).date(), worked
        while left > timedelta():
            begins, ends = self.shift(day)
            here = max(min(ends, end) - begins, timedelta())
            if here >= left:
                return min(ends, end) - left
            left -= here
            day -= A_DAY
        return end


def is_shown(local: datetime, zone: tzinfo) -> bool:
    """Whether the clocks of `zone` ever show this day and time."""
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    return moment.astimezone(zone).replace(tzinfo=None, fold=0) == local


def public_holidays(country: str, subdivision: str, *, first: date, last: date) -> Mapping[date, str]:
    """Name of each public holiday of the years of these days; none where there is no such place."""
    return holidays_of(country, subdivision, range(first.year, last.year + 1))


@lru_cache(maxsize=64)
def holidays_of(country: str, subdivision: str, years: range) -> Mapping[date, str]:
    if country not in countries() or subdivision not in ("", *subdivisions(country)):
        return MappingProxyType({})
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=years, language=IN_ENGLISH)
    return MappingProxyType(dict(found))


@cache
def countries() -> Mapping[str, str]:
    """ISO 3166 code of each country whose public holidays are known, to its name, by name."""
    found = {code: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name) for name, code, *_ in registry.COUNTRIES.values()}
    return MappingProxyType(dict(sorted(found.items(), key=lambda pair: pair[1])))


@cache
def subdivisions(country: str) -> tuple[str, ...]:
    """Codes of the parts of a country that are told apart."""
    return holidays.country_holidays(country).subdivisions if country in countries() else ()
