"""When meetings take place: recurrence rules of RFC 5545, where the clocks are those of a time zone.

No Django, no clock. A rule says days, the time of day is the schedule's own: a series has one meeting a day at most,
and the day names it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

A_DAY = timedelta(days=1)


class Plan(NamedTuple):
    """From `starts_on` to the day before `until` (None: for good) a series takes place by this rule, at this time."""

    starts_on: date
    starts_at: time
    minutes: int
    zone: str
    rule: str
    until: date | None = None


class Slot(NamedTuple):
    """One meeting as its schedule has it: the day it is named by, and when it takes place (UTC)."""

    day: date
    starts_at: datetime
    minutes: int


def days(plan: Plan, first: date, last: date) -> Iterator[date]:
    """The days, of those from `first` to `last`, on which the rule has a meeting, oldest first."""
    if plan.until:
        last = min(last, plan.until - A_DAY)
    if not plan.rule:
        if first <= plan.starts_on <= last:
            yield plan.starts_on
        return
    begun = datetime.combine(plan.starts_on, plan.starts_at)
    rule = rrulestr(plan.rule, dtstart=begun)
    for each in rule.xafter(datetime.combine(max(first, plan.starts_on), time()), inc=True):
        if each.date() > last:
            return
        yield each.date()


def moment(day: date, at: time, zone: str) -> datetime:
    """This time of this day where the clocks are `zone`'s, in UTC.

    A time that the clocks leap over is counted from before the leap, one that they show twice is the first (RFC 5545,
    3.3.5).
    """
    return datetime.combine(day, at.replace(fold=0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def slots(plans: Iterable[Plan], first: date, last: date) -> list[Slot]:
    """The meetings of these days, oldest first; each plan ends where the next begins."""
    plans = sorted(plans, key=lambda plan: plan.starts_on)
    plans = [plan._replace(until=after.starts_on) for plan, after in pairwise(plans)] + plans[-1:]
    return [
        Slot(day, moment(day, plan.starts_at, plan.zone), plan.minutes)
        for plan in plans
        for day in days(plan, first, last)
    ]
