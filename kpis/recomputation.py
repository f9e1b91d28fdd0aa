"""What a KPI's rollups must be, recomputed one observation at a time: slow, obvious, sharing nothing with the drain.

Plain Python: no Django, no clock. Numbers are whole millionths, as they are stored; None means "no answer", never 0.
Memory grows with the number of rollups, not with that of the observations.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from kpis.periods import Calendar, Grain
from kpis.rules import OverDepartments, OverTime

Key = tuple[int, str, date]  # department, grain, first day of the period
Number = int | None
STORED = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)


class Sums(NamedTuple):
    """What some observations of one department add up to."""

    n: int
    sum: Number
    min: Number
    max: Number
    numerator: Number
    denominator: Number
    last: Number
    last_on: date


class Total(NamedTuple):
    """The same for a department and those below it; `amount` is what a KPI comes to that is neither mean nor ratio."""

    n: int
    sum: Number
    min: Number
    max: Number
    numerator: Number
    denominator: Number
    last: Number
    last_on: date
    amount: Number
    reporting: int


@lru_cache(2**13)  # all KPIs of a page are recorded for the same few days
def periods(day: date, *, recorded: str, calendar: Calendar) -> tuple[tuple[str, date], ...]:
    """The stored periods that a value recorded for this day counts towards; a week counts where its Thursday lies."""
    week = calendar.start(day, Grain.WEEK)
    within = week + timedelta(days=3) if recorded == Grain.WEEK else day
    starts = {grain: calendar.start(within, grain) for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)}
    starts[Grain.WEEK] = week
    longer = Grain(recorded).fineness
    return tuple((grain.value, start) for grain, start in starts.items() if grain.fineness >= longer)


def own(
    observations: Iterable[tuple], *, recorded: str, calendar: Calendar, grains: Collection[str] = STORED
) -> dict[Key, Sums]:
    """Each department by itself. An observation is (department, date, value, numerator, denominator)."""
    found, known = {}, {}
    for department, day, value, numerator, denominator in observations:
        one = Sums(1, value, value, value, numerator, denominator, value, day)
        if day not in known:
            known[day] = [p for p in periods(day, recorded=recorded, calendar=calendar) if p[0] in grains]
        for grain, period in known[day]:
            key = (department, grain, period)
            found[key] = joined(found[key], one) if key in found else one
    return found


def joined(a: Sums, b: Sums) -> Sums:
    """Two parts of one department's period. Of several values on the last day the greatest is the last."""
    later = a if a.last_on > b.last_on else b
    return Sums(
        a.n + b.n,
        either(int.__add__, a.sum, b.sum),
        either(min, a.min, b.min),
        either(max, a.max, b.max),
        either(int.__add__, a.numerator, b.numerator),
        either(int.__add__, a.denominator, b.denominator),
        either(max, a.last, b.last) if a.last_on == b.last_on else later.last,
        later.last_on,
    )


def tree(
    alone: dict[Key, Sums], *, over_time: str, over_departments: str, parents: dict[int, int | None]
) -> dict[Key, Total]:
    """Each department with all below it, from what each comes to alone: first time, then departments."""
    how = {OverDepartments.MIN: min, OverDepartments.MAX: max}.get(OverDepartments(over_departments), int.__add__)
    found = {}
    for (department, grain, period), sums in alone.items():
        part = Total(*sums, result(sums, over_time), 1)
        line = [department] if over_departments == OverDepartments.NONE else upwards(department, parents)
        for ancestor in line:
            key = (ancestor, grain, period)
            found[key] = combined(found[key], part, how) if key in found else part
    return found


def result(sums: Sums, over_time: str) -> Number:
    """What a department comes to over a period; None for a mean and a ratio, which are divided when shown."""
    match over_time:
        case OverTime.SUM:
            return sums.sum
        case OverTime.LAST:
            return sums.last
        case OverTime.MIN:
            return sums.min
        case OverTime.MAX:
            return sums.max
    return None


def combined(a: Total, b: Total, how: Callable[[int, int], int]) -> Total:
    return Total(
        a.n + b.n,
        either(int.__add__, a.sum, b.sum),
        either(min, a.min, b.min),
        either(max, a.max, b.max),
        either(int.__add__, a.numerator, b.numerator),
        either(int.__add__, a.denominator, b.denominator),
        either(how, a.last, b.last),
        max(a.last_on, b.last_on),
        either(how, a.amount, b.amount),
        a.reporting + b.reporting,
    )


def either(how: Callable[[int, int], int], a: Number, b: Number) -> Number:
    """Both as `how` says, or the one that is there."""
    if a is None or b is None:
        return b if a is None else a
    return how(a, b)


def upwards(department: int | None, parents: dict[int, int | None]) -> Iterator[int]:
    """The department and those above it."""
    while department is not None:
        yield department
        department = parents[department]
