"""Process behaviour (XmR) charts: which values of a series routine variation does not explain.

Plain Python: no Django, no clock. Values come oldest first, one per period, in the KPI's own unit; None is a period
without a value, which breaks the line and nothing else: moving ranges and rules go from one recorded value to the next.

The rules and the constants are those of NHS England, "Making Data Count" (the XmR chart of Shewhart and Wheeler).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, compress, groupby, pairwise, repeat, zip_longest
from math import fsum
from typing import NamedTuple

from kpis.goals import Goal

REACH = 2.66  # of the mean moving range, either side of the centre: 3 / d2, d2 = 1.128 for ranges of two
RANGE_LIMIT = 3.267  # D4: moving ranges that reach so many times their mean are left out, once
LEAST, FIRM = 8, 12  # values from which on there are limits, and from which on these are no longer provisional
RUN = 7  # in a row: on one side of the centre, or each beyond the one before
NEAR = 2 / 3  # of the way from the centre to a limit
SAME = 1e-9  # of the larger limit: a difference that floating point alone can make


class Rule(StrEnum):
    """What a value can break, the one that gives it its kind first."""

    BEYOND_LIMIT = "beyond_limit"
    TREND = "trend"
    TWO_OF_THREE = "two_of_three"
    ONE_SIDE = "one_side"


ORDER = list(Rule).index


class Kind(StrEnum):
    """What a value says about its process."""

    COMMON_CAUSE = "common_cause"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    HIGH = "high"
    LOW = "low"


class Assurance(StrEnum):
    """What the process as it is now will do about its target."""

    HITS = "hits"
    MISSES = "misses"
    HIT_AND_MISS = "hit_and_miss"
    NONE = "none"


class Limits(NamedTuple):
    """Natural process limits and the number of values they were taken from."""

    lower: float
    centre: float
    upper: float
    values: int

    @property
    def are_provisional(self) -> bool:
        return self.values < FIRM


class Flag(NamedTuple):
    """A rule that a value breaks, to which side, and the index of the value at which that could first be seen."""

    rule: Rule
    up: bool
    known: int


class Phase(NamedTuple):
    """A stretch with limits of its own: the index of its first period, and from how many values (None: all)."""

    start: int = 0
    fixed_from: int | None = None


@dataclass(slots=True)
class Point:
    """One period: its value, the limits of its phase (None: too few values), and the rules it breaks."""

    value: float | None
    phase: int
    limits: Limits | None
    flags: Sequence[Flag] = ()

    @property
    def first(self) -> Flag | None:
        """The flag that gives the point its kind."""
        return min(self.flags, key=lambda flag: ORDER(flag.rule), default=None)

    def kind(self, direction: str) -> Kind:
        flag = self.first
        return kind_of(flag.up, direction) if flag else Kind.COMMON_CAUSE


def kind_of(up: bool, direction: str) -> Kind:
    """What a move up (or down) means for a KPI whose direction is "up", "down", "in" or "neutral"."""
    if direction not in ("up", "down"):
        return Kind.HIGH if up else Kind.LOW
    return Kind.IMPROVEMENT if up == (direction == "up") else Kind.CONCERN


class Range(NamedTuple):
    """The moving range of one period: how far its value lies from the recorded one before it in its phase.

    None where there is none. `mean` and `upper` are those of the phase, None where it has too few values for limits;
    `is_left_out`: it counts neither for the mean nor, therefore, for the natural limits.
    """

    value: float | None
    mean: float | None
    upper: float | None
    is_left_out: bool = False

    @property
    def is_beyond(self) -> bool:
        return self.value is not None and self.upper is not None and self.value > self.upper * (1 + SAME)


class Stretch(NamedTuple):
    """Successive recorded values of one kind other than common cause: indices, and the rules they break, in order."""

    kind: Kind
    first: int
    last: int
    known: int
    rules: list[Rule]


def stretches(points: Sequence[Point], direction: str) -> list[Stretch]:
    """What is told as one signal. It ends with the phase; `known` is when the first of its flags could be seen."""
    found, before = [], None
    for index, point in enumerate(points):
        if point.value is None:
            continue
        here = (point.phase, point.kind(direction)) if point.flags else None
        if here:
            if here != before:
                found.append(([], [], here[1]))
            found[-1][0].append(index)
            found[-1][1].extend(point.flags)
        before = here
    return [
        Stretch(kind, places[0], places[-1], min(f.known for f in flags), sorted({f.rule for f in flags}, key=ORDER))
        for places, flags, kind in found
    ]


def mean(values: Sequence[float]) -> float:
    return fsum(values) / len(values)


def kept_ranges(values: Sequence[float]) -> list[bool]:
    """For each moving range whether it counts: one that reaches RANGE_LIMIT times the mean of all is left out, once."""
    ranges = [abs(b - a) for a, b in pairwise(values)]
    most = RANGE_LIMIT * mean(ranges)
    return [r < most or most == 0 for r in ranges]


def mean_range(values: Sequence[float], kept: Sequence[bool]) -> float:
    """The mean of the moving ranges that count."""
    return mean([abs(b - a) for a, b in compress(pairwise(values), kept)])


def natural_limits(values: Sequence[float]) -> Limits | None:
    """The mean of the recorded values, and REACH mean moving ranges either side of it; None for fewer than LEAST.

    A value between two ranges that were left out stays in the mean, unless it alone would move it by a third of the way
    to a limit (a standard deviation): an error of sixty times the usual must not make every other value one.
    Checked against NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2 (there with 3 / 1.128 unrounded).
    """
    if len(values) < LEAST:
        return None
    kept = kept_ranges(values)
    centre, reach = mean(values), REACH * mean_range(values, kept)
    beside = zip([False, *kept], [*kept, False], strict=True)
    others = [value for value, sides in zip(values, beside, strict=True) if any(sides)]
    if others and abs(centre - mean(others)) > reach / 3:
        centre = mean(others)
    return Limits(centre - reach, centre, centre + reach, len(values))


def judge(values: Sequence[float | None], phases: Iterable[Phase] = (Phase(),)) -> list[Point]:
    """A Point for each value. Each phase has its own limits, and runs end with it."""
    phases = sorted(phases)
    starts = [0, *(phase.start for phase in phases[1:]), len(values)]
    made = []
    for number, (phase, (start, end)) in enumerate(zip(phases, pairwise(starts), strict=True)):
        made += judge_phase(values[start:end], number, start, phase.fixed_from)
    return made


def judge_phase(values: Sequence[float | None], number: int, start: int, fixed_from: int | None) -> list[Point]:
    places = [index for index, value in enumerate(values) if value is not None]
    known = [values[index] for index in places]
    limits = natural_limits(known[:fixed_from])
    points = [Point(value, number, limits) for value in values]
    if limits:
        for place, flags in broken(known, limits).items():
            points[places[place]].flags = [flag._replace(known=start + places[flag.known]) for flag in flags]
    return points


def moving_ranges(points: Sequence[Point]) -> list[Range]:
    """A Range for each point, as the chart of moving ranges (mR) beneath the XmR chart has it: all points of a phase.

    The upper limit is RANGE_LIMIT times the mean range that the phase's natural limits were reckoned with.
    """
    return [each for _, phase in groupby(points, lambda point: point.phase) for each in ranges_of_phase(list(phase))]


def ranges_of_phase(points: Sequence[Point]) -> Iterator[Range]:
    known, limits = [point.value for point in points if point.value is not None], points[0].limits
    taken = known[: limits.values] if limits else []
    kept = kept_ranges(taken) if limits else []
    middle = mean_range(taken, kept) if limits else None
    upper = RANGE_LIMIT * middle if limits else None
    steps = zip_longest([abs(b - a) for a, b in pairwise(known)], [not each for each in kept], fillvalue=False)
    sizes = chain([(None, False)], steps)
    for point in points:
        size, out = (None, False) if point.value is None else next(sizes)
        yield Range(size, middle, upper, out)


def broken(values: Sequence[float], limits: Limits) -> dict[int, list[Flag]]:
    """{index of a value: the rules it breaks}; without gaps, all under the same limits."""
    same = SAME * max(abs(limits.lower), abs(limits.upper))
    found = defaultdict(list)
    for rule in (beyond_limit, trend, two_of_three, one_side):
        for index, flag in rule(values, limits, same):
            found[index].append(flag)
    return found


def sides(values: Iterable[float], lines: Iterable[float], same: float) -> list[int]:
    """Of each value 1 above its line, -1 below it, 0 on it."""
    return [(value > line + same) - (value < line - same) for value, line in zip(values, lines, strict=False)]


def beyond_limit(values, limits, same):
    """Strictly beyond a limit."""
    for index, value in enumerate(values):
        if value > limits.upper + same or value < limits.lower - same:
            yield index, Flag(Rule.BEYOND_LIMIT, value > limits.centre, index)


def trend(values, limits, same):
    """Part of seven in a row, each strictly above (or each strictly below) the one before."""
    for first, last, way in runs([0, *sides(values[1:], values, same)]):
        first -= 1  # the first step of a run starts from the value before it
        yield from flagged(Rule.TREND, first, last, way)


def one_side(values, limits, same):
    """Part of seven or more in a row strictly on one side of the centre."""
    for first, last, way in runs(sides(values, repeat(limits.centre), same)):
        yield from flagged(Rule.ONE_SIDE, first, last, way)


def runs(sides: Sequence[int]):
    """(first index, last index, side) of every stretch of the same side; zeros belong to none."""
    first = 0
    for index in range(1, len(sides) + 1):
        if index == len(sides) or sides[index] != sides[first]:
            if sides[first]:
                yield first, index - 1, sides[first]
            first = index


def flagged(rule: Rule, first: int, last: int, way: int):
    """Every value of a run that is long enough: known with its seventh, or, after that, with itself."""
    if last - first + 1 >= RUN:
        for index in range(first, last + 1):
            yield index, Flag(rule, way > 0, max(first + RUN - 1, index))


def two_of_three(values, limits, same):
    """Of three in a row on one side of the centre, at least two beyond two thirds of the way to the limit.

    Those two (or three) are flagged; values beyond the limit are none of them.
    """
    near = NEAR * (limits.upper - limits.centre)
    ways = sides(values, repeat(limits.centre), same)
    close = [
        bool(way) and abs(value - limits.centre) > near + same and limits.lower - same <= value <= limits.upper + same
        for value, way in zip(values, ways, strict=True)
    ]
    found = {}
    for last in range(2, len(values)):
        if ways[last] and ways[last - 2] == ways[last - 1] == ways[last] and sum(close[last - 2 : last + 1]) > 1:
            for index in range(last - 2, last + 1):
                if close[index]:
                    found.setdefault(index, Flag(Rule.TWO_OF_THREE, ways[index] > 0, last))
    yield from found.items()


def assurance(goal: Goal | None, limits: Limits | None, direction: str) -> Assurance:
    """Whether every value, none, or some will do, as far as routine variation goes."""
    if goal is None or limits is None or direction == "neutral":
        return Assurance.NONE
    low = None if goal.lower is None else float(goal.lower)
    high = None if goal.upper is None else float(goal.upper)
    if (low is not None and low > limits.upper) or (high is not None and high < limits.lower):
        return Assurance.MISSES
    if (low is None or low < limits.lower) and (high is None or high > limits.upper):
        return Assurance.HITS
    return Assurance.HIT_AND_MISS


# How often a stable process is flagged all the same, with limits from so many values: a simulation of these rules on
# white noise (tests/kpis/test_spc.py makes it again).
FALSE_ALARMS = [(13, 0.047), (26, 0.032), (52, 0.026)]


def false_alarm_rate(values: int) -> float:
    """The share of a stable series' periods that are flagged, its limits taken from so many values.

    Read off FALSE_ALARMS, in a straight line over 1 / values; 0 where there are no limits.
    """
    if values < LEAST:
        return 0.0
    (few, most), *_, (many, least) = FALSE_ALARMS
    for (a, high), (b, low) in pairwise(FALSE_ALARMS):
        if a <= values <= b:
            return low + (high - low) * (1 / values - 1 / b) / (1 / a - 1 / b)
    return most if values < few else least
