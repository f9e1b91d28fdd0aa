"""What became of a measure: whether the values after it differ from those before by more than chance makes them.

Plain Python: no Django, no clock. Values come oldest first, in the KPI's own unit, recorded ones alone. What this
does, how often it errs and how the table was made tells docs/algorithms/effect.md.
"""

from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

from kpis import spc
from kpis.spc import Limits

BEFORE = 26  # of the values before, so many at most: the newest of the phase that the measure ends
LONGEST = 52  # values after it, at most, that are waited for
POWER = 0.8  # the chance to find the expected size, if it is there
FLAGGED = 2  # values that routine variation does not explain, at least: one alone may be an accident
CLEAR = 1.645  # standard errors that the mean has to move by: chance does so once in twenty times
D2 = 1.128  # the mean moving range of two values from a normal distribution, in standard deviations


class Effect(StrEnum):
    """The verdict on a measure."""

    WORKED = "worked"
    WORSE = "worse"
    NONE = "none"
    EARLY = "early"
    UNKNOWN = "unknown"


DECIDED = (Effect.WORKED, Effect.WORSE, Effect.NONE)


class Why(StrEnum):
    """What the values themselves have that nothing can be told by them."""

    FEW = "few"  # fewer than spc.LEAST before
    SMALL = "small"  # the expected size would not have been found among LONGEST values


class Finding(NamedTuple):
    """A verdict and what it rests on.

    `limits`: of the values before (None: too few); `after`: the mean of the values after that count; `window`: how many
    of them count, or will; `needed`: how many it takes for the expected size (None: more than LONGEST); `more`: values
    that are still to come (where it is too early); `why`: where nothing can be told.
    """

    effect: Effect
    limits: Limits | None = None
    after: float | None = None
    window: int = 0
    needed: int | None = None
    more: int = 0
    why: Why | None = None

    @property
    def moved(self) -> float | None:
        """By how much the mean did, in the KPI's unit."""
        return None if self.limits is None or self.after is None else self.after - self.limits.centre


# How many values it takes after a measure to find a shift with a chance of POWER: by the number of values before, then
# for each of SIZES, in standard deviations. None: more than LONGEST. Simulated by the rules below, 40,000 series of
# independent normal values for each row; tests/kpis/test_effect.py makes it again.
SIZES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
NEEDED: dict[int, tuple[int | None, ...]] = {
    8: (None, None, 52, 16, 10, 7, 6, 4, 3),
    10: (None, None, 27, 14, 10, 7, 6, 4, 3),
    12: (None, None, 23, 13, 9, 7, 6, 4, 3),
    16: (None, 49, 20, 13, 9, 7, 5, 4, 3),
    20: (None, 39, 19, 12, 9, 7, 5, 4, 3),
    26: (None, 34, 18, 12, 9, 7, 5, 4, 3),
}  # fmt: skip


def sigma(limits: Limits) -> float:
    """The standard deviation that the mean moving range stands for."""
    return (limits.upper - limits.centre) / spc.REACH / D2


def values_needed(limits: Limits, size: float) -> int | None:
    """How many values after a measure it takes to find a shift of this size; None for more than LONGEST.

    Read off NEEDED at the next smaller size and number of values before, so that it is never too few.
    """
    deviation = sigma(limits)
    column = bisect_right(SIZES, size / deviation * (1 + spc.SAME)) - 1 if deviation else len(SIZES) - 1
    row = max(values for values in NEEDED if values <= limits.values)
    return NEEDED[row][column] if column >= 0 else None


def least_size(limits: Limits, values: int = LONGEST) -> float | None:
    """The least shift that so many values are enough for, in the KPI's unit; None where no size is."""
    row = NEEDED[max(known for known in NEEDED if known <= limits.values)]
    found = (size for size, needed in zip(SIZES, row, strict=True) if needed is not None and needed <= values)
    least = next(found, None)
    return None if least is None else least * sigma(limits)


def judge(
    before: Sequence[float],
    after: Sequence[float],
    *,
    up: bool,
    size: float,
    looked: int,
    ahead: int | None = None,
) -> Finding:
    """The verdict on a measure that was to move the values `up`, or down, by `size`.

    `looked`: how many of the values after it there are by the day on which somebody wanted to look again; `ahead`: how
    many periods end before that day, None once it has come. The first max(looked, needed) values count, LONGEST at
    most, and nothing is told before they are all there: whoever looks again each week finds something in the end.
    """
    limits = spc.natural_limits(before[-BEFORE:])
    if limits is None:
        return Finding(Effect.UNKNOWN, why=Why.FEW)
    needed = values_needed(limits, size)
    window = min(max(looked + (ahead or 0), needed or LONGEST), LONGEST)
    there = after[:window]
    mean = spc.mean(there) if there else None
    found = Finding(Effect.EARLY, limits, mean, window, needed)
    if ahead is not None or len(there) < window:
        return found._replace(more=max(ahead or 0, window - len(there)))
    if side := shifted(there, limits):
        return found._replace(effect=Effect.WORKED if (side > 0) == up else Effect.WORSE)
    if needed is None:
        return found._replace(effect=Effect.UNKNOWN, why=Why.SMALL)
    return found._replace(effect=Effect.NONE)


def shifted(after: Sequence[float], limits: Limits) -> int:
    """1 where these values lie higher than those that the limits were taken from, -1 lower, 0 where chance will do.

    Higher is: FLAGGED of them break a rule upwards, and their mean has moved up by CLEAR standard errors.
    """
    flags = spc.broken(after, limits).values()
    moved = spc.mean(after) - limits.centre
    error = sigma(limits) * sqrt(1 / len(after) + 1 / limits.values)
    if abs(moved) <= CLEAR * error:
        return 0
    up = moved > 0
    return (1 if up else -1) if sum(any(flag.up == up for flag in each) for each in flags) >= FLAGGED else 0
