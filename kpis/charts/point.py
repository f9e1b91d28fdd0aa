"""One period of a series, as charts want it, and what few points far out do to an axis."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from kpis.goals import Goal
from kpis.spc import Kind, Limits
from kpis.written import Number, present, written


class Point(NamedTuple):
    """One period of a series: its first day, its name, its value and the target that held then."""

    period: date
    label: str
    value: Number | None
    lower: Number | None = None
    upper: Number | None = None
    so_far: bool = False  # the period still runs: nothing is met or missed yet
    detail: str = ""  # a line more to show on hover: “37 of 39 due”, “5 of 6 departments”
    limits: Limits | None = None  # of its phase, as they are drawn: see within_bounds
    phase: int = 0
    kind: str = Kind.COMMON_CAUSE
    rules: Sequence[str] = ()  # those it breaks, in words
    note: str = ""  # what explains its signal

    @property
    def miss(self) -> str:
        """On which side of its target the value lies that misses it: “below”, “above”, or ""."""
        return "" if self.value is None or self.so_far else Goal(self.lower, self.upper).missed_by(self.value)


def bulk(points: Sequence[Point]) -> tuple[float, float] | None:
    """What the axis shows where a few values far out would press all others onto a line; None where it fits all.

    The middle 96 % of the values with three times their spread on both sides, and every target; at least twenty values.
    """
    known = sorted(float(point.value) for point in points if point.value is not None)
    if len(known) < 20:
        return None
    cut = len(known) // 50
    low, high = known[cut], known[-1 - cut]
    room = 3 * (high - low)
    aims = [float(goal) for point in points for goal in present([point.lower, point.upper])]
    low, high = min([max(known[0], low - room), *aims]), max([min(known[-1], high + room), *aims])
    return (low, high) if 0 < 3 * (high - low) < known[-1] - known[0] else None


def beyond(points: Sequence[Point], reach: tuple[float, float]) -> list[Point]:
    low, high = reach
    return [point for point in points if point.value is not None and not low <= point.value <= high]


def with_room(low: float, high: float) -> list[float]:
    room = (high - low) / 16
    return [low - room, high + room]


def beyond_in_words(points: Sequence[Point], *, unit: str = "", decimals: int = 1) -> str:
    """“2 of 365 values lie beyond the axis, the farthest 77.1 %, 22 Jul 2026.”, or "" where the axis shows all."""
    reach = bulk(points)
    if not reach:
        return ""
    out, known = beyond(points, reach), [point for point in points if point.value is not None]
    middle = sum(reach) / 2
    farthest = max(out, key=lambda point: abs(float(point.value) - middle))
    return (
        f"{len(out)} of {len(known)} values {'lies' if len(out) == 1 else 'lie'} beyond the axis, the farthest"
        f" {written(farthest.value, unit=unit, decimals=decimals)} ({farthest.label})."
    )
