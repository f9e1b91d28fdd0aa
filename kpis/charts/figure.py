"""The large chart, as a Plotly figure in plain dicts; `static/js/chart.js` draws it.

Colours are the names of the stylesheet's own tokens, so that both themes are served by one figure.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from typing import NamedTuple

from kpis.goals import Goal
from kpis.written import CURRENCIES, SPACE, Number, aim, present, written

SYMBOLS = {"": "circle", "below": "triangle-down", "above": "triangle-up"}


class Point(NamedTuple):
    """One period of a series: its first day, its name, its value and the target that held then."""

    period: date
    label: str
    value: Number | None
    lower: Number | None = None
    upper: Number | None = None
    detail: str = ""  # a line more to show on hover: “37 of 39 due”, “5 of 6 departments”

    @property
    def miss(self) -> str:
        """On which side of its target the value lies that misses it: “below”, “above”, or ""."""
        return "" if self.value is None else Goal(self.lower, self.upper).missed_by(self.value)


def line_figure(points: Sequence[Point], *, title: str = "value", unit: str = "", decimals: int = 1) -> dict:
    """A figure for Plotly: values as a line with its gaps, misses as triangles on their side, targets as steps.

    Every text is escaped, because the script reads a subset of HTML. What is shown on hover is the exact value,
    written here, not what the axis makes of it.
    """
    levels = [("upper", [p.upper for p in points]), ("lower", [p.lower for p in points])]
    return {
        "data": [
            *(target_trace(points, side, level) for side, level in levels if present(level)),
            values_trace(points, title, unit, decimals),
        ],
        "layout": layout(points, unit),
        "config": {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False, "responsive": True},
    }


def values_trace(points: Sequence[Point], title: str, unit: str, decimals: int) -> dict:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(title, quote=False),
        "x": [point.period.isoformat() for point in points],
        "y": [None if point.value is None else float(point.value) for point in points],
        "customdata": [hover(point, unit, decimals) for point in points],
        "hovertemplate": "%{customdata[0]}:  %{customdata[1]}%{customdata[2]}<extra></extra>",
        "connectgaps": False,
        "line": {"color": "var(--common)", "width": 1.5},
        "marker": {
            "size": 7,
            "symbol": [SYMBOLS[point.miss] for point in points],
            "color": ["var(--off)" if point.miss else "var(--common)" for point in points],
        },
    }


def hover(point: Point, unit: str, decimals: int) -> list[str]:
    target = aim(point.lower, point.upper, unit=unit)
    more = [f"target {target}{', missed' if point.miss else ''}"] if target else []
    more += [point.detail] if point.detail else []
    below = "".join(f"<br>{escape(line, quote=False)}" for line in more)
    return [
        escape(point.label, quote=False),
        escape(written(point.value, unit=unit, decimals=decimals), quote=False),
        below,
    ]


def target_trace(points: Sequence[Point], side: str, level: Sequence[Number | None]) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"target, {side}",
        "x": [point.period.isoformat() for point in points],
        "y": [None if value is None else float(value) for value in level],
        "connectgaps": False,
        "hoverinfo": "skip",
        "line": {"color": "var(--accent)", "width": 1.5, "shape": "hv"},
    }


def layout(points: Sequence[Point], unit: str) -> dict:
    named = latest_target(points, unit)
    money = bool(unit) and unit[0] in CURRENCIES
    share = unit in ("%", "")
    return {
        "autosize": True,
        "height": 340,
        "margin": {"l": 8, "r": max([16, *(12 + 8 * len(note["text"]) for note in named)]), "t": 12, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": 12, "color": "var(--ink-3)"},
        "showlegend": False,
        "hovermode": "x",
        "hoverdistance": 40,
        "dragmode": "zoom",
        "hoverlabel": {
            "align": "left",
            "bgcolor": "var(--sheet)",
            "bordercolor": "var(--line-strong)",
            "font": {"size": 13, "color": "var(--ink)"},
        },
        "xaxis": {
            "type": "date",
            "automargin": True,
            "range": reach(points),
            "showgrid": False,
            "linecolor": "var(--line-strong)",
            "ticks": "outside",
            "ticklen": 4,
            "tickcolor": "var(--line-strong)",
            "tickformatstops": [
                {"dtickrange": [None, "M1"], "value": "%-d %b\n%Y"},
                {"dtickrange": ["M1", "M11"], "value": "%b\n%Y"},
                {"dtickrange": ["M12", None], "value": "%Y"},
            ],
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikedash": "solid",
            "spikecolor": "var(--line-strong)",
        },
        "yaxis": {
            "automargin": True,
            "fixedrange": True,
            "gridcolor": "var(--line)",
            "zerolinecolor": "var(--line-strong)",
            "tickformat": ",.6~f",
            "tickprefix": f"{escape(unit, quote=False)}{SPACE}" if money else "",
            "ticksuffix": f"{SPACE}{escape(unit, quote=False)}" if unit and not money and share else "",
            "nticks": 7,
        },
        "annotations": named,
    }


def reach(points: Sequence[Point]) -> list[str]:
    """From the first period to the last, with a little room for the marks at both ends."""
    if not points:
        return []
    first, last = points[0].period, points[-1].period
    room = timedelta(days=max(3, (last - first).days // 60))
    return [(first - room).isoformat(), (last + room).isoformat()]


def latest_target(points: Sequence[Point], unit: str) -> list[dict]:
    """The newest target, named in the margin where its line ends."""
    aimed = [point for point in points if present([point.lower, point.upper])]
    ends = [(aimed[-1].lower, None), (None, aimed[-1].upper)] if aimed else []
    return [
        {
            "text": escape(aim(lower, upper, unit=unit), quote=False),
            "xref": "paper",
            "x": 1,
            "xanchor": "left",
            "xshift": 4,
            "y": float(present([lower, upper])[0]),
            "showarrow": False,
            "font": {"color": "var(--accent)"},
        }
        for lower, upper in ends
        if present([lower, upper])
    ]


def series_in_words(points: Sequence[Point], *, unit: str = "", decimals: int = 1) -> str:
    """The chart in one sentence: the newest value against its target, how often targets were met, what is missing."""
    known = [point for point in points if point.value is not None]
    if not known:
        return "No values yet."
    newest = known[-1]
    parts = [f"{written(newest.value, unit=unit, decimals=decimals)} in {newest.label}"]
    if target := aim(newest.lower, newest.upper, unit=unit):
        parts[0] += f", target {target}: {'missed' if newest.miss else 'met'}"
    judged = [point for point in known if aim(point.lower, point.upper)]
    if len(judged) > 1:
        parts.append(f"met in {sum(not point.miss for point in judged)} of {len(judged)} periods")
    if gaps := len(points) - len(known):
        parts.append(f"{gaps} {'period' if gaps == 1 else 'periods'} without a value")
    return "; ".join(parts) + "."
