"""The chart of moving ranges (mR): how far each value lies from the one before it."""

from collections.abc import Sequence

from kpis.charts.point import Point
from kpis.spc import Kind, Limits, Range
from kpis.written import written

LEFT_OUT, BEYOND = "left out of the mean range", "above their limit"


def range_points(points: Sequence[Point], ranges: Sequence[Range]) -> list[Point]:
    """The ranges of these points, to be drawn as any series is: with their mean for a centre, from 0 to their limit."""
    return [range_point(point, each) for point, each in zip(points, ranges, strict=True)]


def range_point(point: Point, each: Range) -> Point:
    limits = point.limits and Limits(0.0, each.mean, each.upper, point.limits.values)
    rules = [LEFT_OUT] if each.is_left_out else [BEYOND] if each.is_beyond else []
    kind = Kind.HIGH if rules else Kind.COMMON_CAUSE
    return Point(point.period, point.label, each.value, limits=limits, phase=point.phase, kind=kind, rules=rules)


def ranges_in_words(points: Sequence[Point], *, unit: str = "", decimals: int = 1) -> str:
    """“Values lie 1.9 pts apart on average; routine variation reaches 6.1 pts; 1 of 29 left out.”

    `points` are those of range_points; mean and limit are those of the newest phase.
    """
    found = [point for point in points if point.value is not None]
    if not found:
        return "No moving ranges yet: two values in a row make one."
    newest, look = found[-1], {"unit": unit, "decimals": decimals}
    if newest.limits is None:
        return f"{len(found)} moving range{'' if len(found) == 1 else 's'}; too few values for a limit."
    said = f"Values lie {written(newest.limits.centre, **look)} apart on average"
    said += ", in the newest phase" if newest.phase else ""
    said += f"; routine variation reaches {written(newest.limits.upper, **look)}"
    for rule in (LEFT_OUT, BEYOND):
        if count := sum(rule in point.rules for point in found):
            said += f"; {count} of {len(found)} ranges {rule}"
    return f"{said}."
