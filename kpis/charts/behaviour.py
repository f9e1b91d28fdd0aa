"""What a process behaviour chart has besides its values: limits, phases and events, and its sentence."""

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby
from typing import NamedTuple

from kpis.charts.point import Point
from kpis.spc import LEAST, Assurance, Kind, Limits
from kpis.written import present, written

KINDS = {
    Kind.COMMON_CAUSE: "routine variation",
    Kind.IMPROVEMENT: "an improvement",
    Kind.CONCERN: "a concern",
    Kind.HIGH: "higher than routine",
    Kind.LOW: "lower than routine",
}
ASSURANCE = {
    Assurance.HITS: "consistently meets its target",
    Assurance.MISSES: "consistently misses its target",
    Assurance.HIT_AND_MISS: "hits and misses its target",
    Assurance.NONE: "",
}
CHANGE_THE_PROCESS = "change the process, not the week"


class Mark(NamedTuple):
    """A day worth knowing: where a phase begins."""

    day: date
    text: str


class Happening(NamedTuple):
    """An event on the chart: its first and last day, and the letter that it has there and in the list below."""

    letter: str
    first: date
    last: date
    text: str


def letter(number: int) -> str:
    """A to Z for 0 to 25, then AA: as spreadsheets name their columns."""
    return (letter(number // 26 - 1) if number > 25 else "") + chr(65 + number % 26)


def within_bounds(limits: Limits, values: Sequence[float | None], *, unit: str = "", least=None, most=None) -> Limits:
    """The limits as they are drawn: not beyond the least and the most that a value can be, where no value is.

    Where neither is said, these are guessed: 0, and 100 of what is measured in %.
    """
    known = present(values)
    if least is None and most is None:
        least, most = 0.0, 100.0 if unit == "%" and known and min(known) >= 0 else None
    low, high = limits.lower, limits.upper
    if least is not None and known and min(known) >= least:
        low = max(low, float(least))
    if most is not None and known and max(known) <= most:
        high = min(high, float(most))
    return limits._replace(lower=low, upper=high)


def limit_traces(points: Sequence[Point]) -> list[dict]:
    """For each phase a band between its limits and a line at its centre; provisional limits are dashed."""
    made = []
    for _, some in groupby(points, key=lambda point: point.phase):
        phase = list(some)
        if phase[0].limits:
            made += phase_traces(phase[0].period, phase[-1].period, phase[0].limits)
    return made


def phase_traces(first: date, last: date, limits: Limits) -> list[dict]:
    x, edge = [first.isoformat(), last.isoformat()], {"dash": "dash" if limits.are_provisional else "solid", "width": 1}

    def line(name: str, y: float, **more) -> dict:
        common = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "x": x}
        return common | {"name": name, "y": [y, y], "line": {"color": "var(--line-strong)"} | edge} | more

    return [
        line("upper limit", limits.upper),
        line("lower limit", limits.lower, fill="tonexty", fillcolor="var(--band)"),
        line("centre", limits.centre, line={"color": "var(--line-strong)", "width": 1}),
    ]


def mark_line(mark: Mark) -> dict:
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": mark.day.isoformat(),
        "x1": mark.day.isoformat(),
        "y0": 0,
        "y1": 1,
        "line": {"color": "var(--accent)", "width": 1, "dash": "dot"},
    }


def mark_name(mark: Mark, above: int = 0) -> dict:
    text = mark.text if len(mark.text) <= 32 else f"{mark.text[:31]}…"
    return {
        "text": escape(text, quote=False),
        "xref": "x",
        "yref": "paper",
        "x": mark.day.isoformat(),
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": above,
        "showarrow": False,
        "font": {"color": "var(--accent)", "size": 12},
    }


def happening_shapes(happening: Happening) -> list[dict]:
    """A line at its first day, and a tint over the days that it lasted."""
    across = {"xref": "x", "yref": "paper", "y0": 0, "y1": 1}
    first, last = happening.first.isoformat(), happening.last.isoformat()
    line = {"type": "line", "x0": first, "x1": first, "line": {"color": "var(--ink-3)", "width": 1, "dash": "2px,4px"}}
    tint = {"type": "rect", "x0": first, "x1": last, "line": {"width": 0}, "fillcolor": "var(--ink-3)", "opacity": 0.12}
    return [line | across, *([tint | across] if last > first else [])]


def happening_letters(happenings: Sequence[Happening], first: date, last: date) -> list[dict]:
    """Each letter at the head of its line, below another one that stands too close."""
    close, made, rows = (last - first).days / 50, [], []  # the last letter of each row
    for each in happenings:
        day = max(each.first, first)
        row = next((n for n, other in enumerate(rows) if (day - other).days > close), len(rows))
        rows[row : row + 1] = [day]
        made.append(happening_letter(each, day, row))
    return made


def happening_letter(happening: Happening, day: date, above: int) -> dict:
    return {
        "text": happening.letter,
        "hovertext": escape(happening.text, quote=False),
        "xref": "x",
        "yref": "paper",
        "x": day.isoformat(),
        "y": 1,
        "yanchor": "bottom",
        "yshift": -19 * above,
        "showarrow": False,
        "bgcolor": "var(--sheet)",
        "bordercolor": "var(--ink-3)",
        "borderpad": 2,
        "font": {"color": "var(--ink)", "size": 11},
    }


def behaviour_in_words(
    points: Sequence[Point], *, assurance: str, since: Mark | None = None, unit: str = "", decimals: int = 1
) -> str:
    """“routine variation around 94.8 % since 2 Oct 2026 (brief checklist); hits and misses its target”.

    Says how many values are still missing where there are too few for limits. Empty without a value.
    """
    judged = [point for point in points if point.value is not None and not point.so_far]
    if not judged:
        return ""
    newest = judged[-1]
    if newest.limits is None:
        few = LEAST - sum(point.phase == newest.phase for point in judged)
        return f"no limits yet, {few} more value{'' if few == 1 else 's'} needed"
    said = KINDS[newest.kind]
    if newest.kind == Kind.COMMON_CAUSE:
        said += f" around {written(newest.limits.centre, unit=unit, decimals=decimals)}"
    else:
        said += f": {', '.join(newest.rules)}"
    if since:
        said += f" since {since.day.day} {since.day:%b %Y} ({since.text})"
    if newest.limits.are_provisional:
        said += ", by provisional limits"
    if promise := ASSURANCE[assurance]:
        said += f"; {promise}"
        if assurance == Assurance.MISSES and newest.kind == Kind.COMMON_CAUSE:
            said += f": {CHANGE_THE_PROCESS}"
    return said
