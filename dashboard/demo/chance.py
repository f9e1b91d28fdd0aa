"""Seeded chance, seasons and turning points. Plain Python.

What is drawn depends on the names and days given and on nothing else: not on what was drawn before, nor on how much.
"""

from datetime import date, timedelta
from math import exp, sqrt
from random import Random
from typing import NamedTuple

SEASON = [0.9, 0.95, 1.0, 1.02, 1.05, 1.0, 0.9, 0.76, 1.04, 1.1, 1.12, 0.92]  # work per month; 1 is an ordinary one
HOLIDAYS = {52: 0.35, 53: 0.3, 1: 0.55}  # ISO weeks around New Year
GROWTH, SINCE = 1.03, date(2024, 1, 1)
LINGERS = [0.75**back for back in range(6)]


def dice(*names) -> Random:
    return Random("/".join(str(name) for name in names))  # noqa: S311 (figures, not secrets)


def count(chance: Random, mean: float) -> int:
    """How many of something that happens `mean` times on average (Poisson; for many, its normal approximation)."""
    if mean > 40:
        return max(0, round(chance.gauss(mean, sqrt(mean))))
    found, product, limit = 0, chance.random(), exp(-mean)
    while product > limit:
        found += 1
        product *= chance.random()
    return found


def successes(chance: Random, cases: int, share: float) -> int:
    return sum(chance.random() < share for _ in range(cases))


def sway(*names, week: date) -> float:
    """Noise that lingers from week to week, with mean 0 and standard deviation 1."""
    drawn = [dice(*names, week - timedelta(weeks=back)).gauss(0, 1) for back in range(len(LINGERS))]
    return sum(w * d for w, d in zip(LINGERS, drawn, strict=True)) / sqrt(sum(w * w for w in LINGERS))


def season(day: date) -> float:
    return SEASON[day.month - 1]


def season_of_week(thursday: date) -> float:
    return HOLIDAYS.get(thursday.isocalendar().week) or season(thursday)


def growth(day: date) -> float:
    """What prices and pay have grown by since the first day of all."""
    return GROWTH ** ((day - SINCE).days / 365.25)


class Shift(NamedTuple):
    """Something really changed: from a week on (counted from the turn, hence mostly negative) the level is another.

    `builds` weeks pass until it is reached; after `fades` weeks nothing is left of it (0: it stays).
    """

    week: int
    level: float
    builds: int = 0
    fades: int = 0

    def share(self, week: int) -> float:
        since = week - self.week
        if since < 0:
            return 0
        if self.fades:
            return max(0, 1 - since / self.fades)
        return min(1, (since + 1) / self.builds) if self.builds else 1


class Level:
    """What is usual, and how that has shifted."""

    def __init__(self, usual: float, *shifts: Shift):
        self.usual, self.shifts = usual, shifts

    def at(self, week: int) -> float:
        level = self.usual
        for shift in self.shifts:
            level += (shift.level - level) * shift.share(week)
        return level
