"""How likely a risk is and how much it would hurt, 1 to 5 each, and what follows from that. No Django, no clock."""

from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

LIKELIHOODS = {
    1: ("rare", "once in ten years or less"),
    2: ("unlikely", "once in some years"),
    3: ("possible", "about once a year"),
    4: ("likely", "several times a year"),
    5: ("almost certain", "monthly, or it has begun"),
}
IMPACTS = {
    1: ("negligible", "no client notices"),
    2: ("minor", "some days of rework"),
    3: ("moderate", "a project’s margin is lost"),
    4: ("major", "a client or a quarter’s profit"),
    5: ("severe", "the agency is in danger"),
}
SIDE = range(1, 6)


class Level(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    EXTREME = "extreme"


# The highest likelihood × impact of each level. What is severe is never low, however rare; what is almost certain
# neither; only both at once, or nearly, is extreme.
MOST = {Level.LOW: 4, Level.MEDIUM: 9, Level.HIGH: 16, Level.EXTREME: 25}
# Whole weeks, so that a review falls on the weekday of the one before.
REVIEWED_EVERY = {
    Level.LOW: timedelta(weeks=52),
    Level.MEDIUM: timedelta(weeks=26),
    Level.HIGH: timedelta(weeks=13),
    Level.EXTREME: timedelta(weeks=4),
}


class Rating(NamedTuple):
    """How likely and how bad, 1 to 5 each."""

    likelihood: int
    impact: int

    @property
    def points(self) -> int:
        return self.likelihood * self.impact

    @property
    def level(self) -> Level:
        return next(level for level, most in MOST.items() if self.points <= most)

    @property
    def in_words(self) -> str:
        return f"{LIKELIHOODS[self.likelihood][0]} × {IMPACTS[self.impact][0]}"

    @property
    def due_after(self) -> timedelta:
        return REVIEWED_EVERY[self.level]


def span(level: Level) -> tuple[int, int]:
    """The lowest and the highest likelihood × impact of a level."""
    below = [most for most in MOST.values() if most < MOST[level]]
    return max(below, default=0) + 1, MOST[level]


def due_on(scored_on: date, residual: Rating) -> date:
    """The day on which a risk is to be looked at again."""
    return scored_on + residual.due_after


def is_above(residual: Rating, appetite: Level | None) -> bool | None:
    """Whether it is more than what is accepted; None where nobody said what is."""
    return None if appetite is None else residual.points > MOST[appetite]


def severity(impact: int) -> str:
    """Of the issue that a risk becomes once it happened: how likely it was counts no more."""
    return {5: "critical", 4: "high", 3: "medium"}.get(impact, "low")
