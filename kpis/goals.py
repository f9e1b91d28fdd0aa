"""What a value should be, and whether it is. Plain Python; numbers in the KPI's own unit, None means "no answer"."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import takewhile
from typing import NamedTuple


class Goal(NamedTuple):
    """The least and the most that will do; either may be open."""

    lower: Decimal | None
    upper: Decimal | None

    def missed_by(self, value: Decimal) -> str:
        """On which side a value lies outside: “below”, “above”, or "" where it will do."""
        if self.lower is not None and value < self.lower:
            return "below"
        return "above" if self.upper is not None and value > self.upper else ""


class Standing(StrEnum):
    """Where a value stands against its target."""

    ON = "on"
    OFF = "off"
    MISSING = "none"
    UNTARGETED = "untargeted"


def standing(value: Decimal | None, goal: Goal | None, *, direction: str) -> Standing:
    if value is None:
        return Standing.MISSING
    if goal is None or direction == "neutral":
        return Standing.UNTARGETED
    return Standing.OFF if goal.missed_by(value) else Standing.ON


class Stretch(NamedTuple):
    """A target row: for one department or (None) for all; standing, or (with an end) an exception."""

    department: int | None
    starts_on: date
    ends_on: date | None
    goal: Goal


def in_force(stretches: Iterable[Stretch], **where) -> Goal | None:
    """The target of a day, as `stretch_in_force` finds it."""
    found = stretch_in_force(stretches, **where)
    return found.goal if found else None


def stretch_in_force(
    stretches: Iterable[Stretch], *, department: int, on: date, for_all: bool = True
) -> Stretch | None:
    """The target row of a day: an exception before a standing one, a department's own before everybody's, the latest.

    `for_all` says whether a target for all departments means this one too (it does not for a total of several).
    """
    found = [
        s
        for s in stretches
        if s.starts_on <= on
        and (s.ends_on is None or s.ends_on >= on)
        and (s.department == department or (for_all and s.department is None))
    ]
    return max(found, key=lambda s: (s.ends_on is not None, s.department is not None, s.starts_on), default=None)


def total(goals: list[Goal | None]) -> Goal | None:
    """The target of a sum: the sum of its parts' targets, if each has one."""
    if not goals or None in goals:
        return None
    lower, upper = [g.lower for g in goals], [g.upper for g in goals]
    return Goal(None if None in lower else sum(lower), None if None in upper else sum(upper))


def run_of_misses(standings: Iterable[Standing]) -> int:
    """How many of the latest reported values in a row are off target (newest first; missing ones are passed over)."""
    reported = (standing for standing in standings if standing is not Standing.MISSING)
    return sum(1 for _ in takewhile(lambda standing: standing is Standing.OFF, reported))
