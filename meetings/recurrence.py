"""When meetings take place: recurrence rules of RFC 5545, where the clocks are those of a time zone.

No Django, no clock. A rule says days, the time of day is the schedule's own: a series has one meeting a day at most,
and the day names it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from meetings import rules

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)


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
    """The days, of those from `first` to `last`, on which the plan has a meeting, oldest first."""
    if plan.until:
        last = min(last, plan.until - A_DAY)
    if plan.rule:
        return rules.days(rules.read(plan.rule), plan.starts_on, last, since=first)
    return (day for day in [plan.starts_on] if first <= day <= last)


def moment(day: date, at: time, zone: str) -> datetime:
    """This time of this day where the clocks are `zone`'s, in UTC.

    A time that the clocks leap over is counted from before the leap, one that they show twice is the first (RFC 5545,
    3.3.5).
    """
    return datetime.combine(day, at.replace(fold=0), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def leap(day: date, at: time, zone: str) -> tuple[time, time] | None:
    """From when to when the clocks of a zone go forward at once, where they leap over this time of this day."""
    shown = datetime.combine(day, at.replace(fold=0))
    after = moment(day, at, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if after == shown:
        return None
    forward = after - shown
    later = moment(day, at, zone).astimezone(ZoneInfo(zone))  # after the leap, by less than it is long
    ends = later.astimezone(UTC)
    while (ends - A_MINUTE).astimezone(ZoneInfo(zone)).utcoffset() == later.utcoffset():
        ends -= A_MINUTE
    came = ends.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (came - forward).time(), came.time()


def leap_in_words(day: date, at: time, zone: str) -> str:
    """What the clocks do where they leap over this time of this day; empty where they do not."""
    found = leap(day, at, zone)
    if not found:
        return ""
    left, came, said = *found, rules.day_in_words(day)
    if left == came:
        return f"In {zone} there is no {said}: the clocks leap over the day."
    return f"In {zone} the clocks go from {left:%H:%M} to {came:%H:%M} on {said}: there is no {at:%H:%M}."


def slots(plans: Iterable[Plan], first: date, last: date) -> list[Slot]:
    """The meetings of these days, oldest first; each plan ends where the next begins."""
    return [
        Slot(day, moment(day, plan.starts_at, plan.zone), plan.minutes)
        for plan in in_turn(plans)
        for day in days(plan, first, last)
    ]


def in_turn(plans: Iterable[Plan]) -> list[Plan]:
    """The plans of a series, oldest first, each until the next."""
    plans = sorted(plans, key=lambda plan: plan.starts_on)
    return [plan._replace(until=after.starts_on) for plan, after in pairwise(plans)] + plans[-1:]
