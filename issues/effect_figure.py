"""The chart of a measure: its values before and after, by the limits of those before."""

from issues.selectors.verdict import Verdict
from kpis import spc
from kpis.charts import Mark, Point, line_figure, within_bounds
from kpis.models.signal import RULES
from kpis.periods import Calendar


def points(found: Verdict, calendar: Calendar) -> list[Point]:
    """A point for each period from the first of the values before to the last after, with its gaps."""
    values = {each.period: each.value for each in (*found.before, *found.between, *found.after)}
    if not values:
        return []
    limits = drawn(found, list(values.values()))
    flagged, period, made = flags(found), min(values), []
    while period <= max(values):
        rules = flagged.get(period, ())
        kind = rules[0].up if rules else None
        made.append(
            Point(
                period,
                calendar.label(period, found.grain),
                values.get(period),
                detail=detail(found, period),
                limits=limits,
                kind=spc.Kind.COMMON_CAUSE if kind is None else spc.kind_of(kind, found.measure.way),
                rules=tuple(RULES[flag.rule] for flag in rules),
            )
        )
        period = calendar.step(period, found.grain, 1)
    return made


def drawn(found: Verdict, values: list[float]) -> spc.Limits | None:
    limits, (least, most) = found.finding.limits, found.kpi.drawn_within
    return limits and within_bounds(limits, values, unit=found.kpi.unit, least=least, most=most)


def flags(found: Verdict) -> dict:
    """By period, what routine variation does not explain among the values that count."""
    limits, counted = found.finding.limits, found.counted
    if limits is None or not counted:
        return {}
    broken = spc.broken([each.value for each in counted], limits)
    return {counted[index].period: each for index, each in broken.items()}


def detail(found: Verdict, period) -> str:
    if period < found.first:
        return "before" if any(each.period == period for each in found.before) else "while it took effect: not counted"
    return "after" if any(each.period == period for each in found.counted) else "after: not counted"


def figure(found: Verdict, made: list[Point]) -> dict:
    marks = [Mark(found.first, found.measure.what)] if made and made[0].period <= found.first <= made[-1].period else []
    return line_figure(made, title=found.kpi.name, unit=found.kpi.unit, decimals=found.kpi.decimals, marks=marks)
