"""The large chart, as a Plotly figure in plain dicts; `static/js/chart.js` draws it.

Colours are the names of the stylesheet's own tokens, so that both themes are served by one figure.
"""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from kpis.charts.behaviour import (
    KINDS,
    Happening,
    Mark,
    happening_letters,
    happening_shapes,
    limit_traces,
    mark_line,
    mark_name,
)
from kpis.charts.point import Point, beyond, bulk, with_room
from kpis.spc import Kind
from kpis.written import CURRENCIES, SPACE, Number, aim, present, written

SYMBOLS = {
    Kind.COMMON_CAUSE: "circle",
    Kind.IMPROVEMENT: "square",
    Kind.CONCERN: "diamond",
    Kind.HIGH: "triangle-up",
    Kind.LOW: "triangle-down",
}
COLOURS = {Kind.IMPROVEMENT: "var(--improve)", Kind.CONCERN: "var(--concern)", Kind.COMMON_CAUSE: "var(--common)"}


def line_figure(
    points: Sequence[Point],
    *,
    title: str = "value",
    unit: str = "",
    decimals: int = 1,
    marks: Sequence[Mark] = (),
    happenings: Sequence[Happening] = (),
) -> dict:
    """A figure for Plotly: values as a line with its gaps, signals by their shapes, limits as a band, targets as steps.

    Every text is escaped, because the script reads a subset of HTML. What is shown on hover is the exact value,
    written here, not what the axis makes of it.
    """
    reach = bulk(points)
    levels = [("upper", [p.upper for p in points]), ("lower", [p.lower for p in points])]
    return {
        "data": [
            *limit_traces(points),
            *(target_trace(points, side, level) for side, level in levels if present(level)),
            *([beyond_trace(points, reach, unit, decimals)] if reach else []),
            *([notes_trace(points)] if any(point.note for point in points) else []),
            values_trace(points, title, unit, decimals),
        ],
        "layout": layout(points, unit, reach, marks, happenings),
        "config": {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False, "responsive": True},
    }


def beyond_trace(points: Sequence[Point], reach: tuple[float, float], unit: str, decimals: int) -> dict:
    """A mark at the edge of the chart for each value that lies beyond it."""
    low, high = reach
    out = beyond(points, reach)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "beyond the axis",
        "x": [point.period.isoformat() for point in out],
        "y": [low if point.value < low else high for point in out],
        "customdata": [hover(point, unit, decimals) for point in out],
        "hovertemplate": "%{customdata[0]}:  %{customdata[1]}%{customdata[2]}<extra></extra>",
        "cliponaxis": False,
        "marker": {
            "size": 9,
            "symbol": ["arrow-down" if point.value < low else "arrow-up" for point in out],
            "color": "var(--off)",
        },
    }


def notes_trace(points: Sequence[Point]) -> dict:
    """A ring around each value whose signal is explained."""
    noted = [point for point in points if point.note and point.value is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "explained",
        "x": [point.period.isoformat() for point in noted],
        "y": [float(point.value) for point in noted],
        "hoverinfo": "skip",
        "marker": {"size": 16, "symbol": "circle-open", "color": "var(--ink-3)", "line": {"width": 1}},
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
            "opacity": 1,
            "symbol": [SYMBOLS[point.kind] for point in points],
            "color": [COLOURS.get(point.kind, "var(--ink)") for point in points],
        },
    }


def hover(point: Point, unit: str, decimals: int) -> list[str]:
    target = aim(point.lower, point.upper, unit=unit)
    more = [f"target {target}{', missed' if point.miss else ''}"] if target else []
    more += [point.detail] if point.detail else []
    if point.rules:
        more.append(f"{KINDS[point.kind]}: {', '.join(point.rules)}")
    more += [f"explained: {point.note}"] if point.note else []
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


def layout(
    points: Sequence[Point],
    unit: str,
    shown: tuple[float, float] | None = None,
    marks: Sequence[Mark] = (),
    happenings: Sequence[Happening] = (),
) -> dict:
    named = latest_target(points, unit)
    letters = happening_letters(happenings, points[0].period, points[-1].period) if points else []
    money = bool(unit) and unit[0] in CURRENCIES
    share = unit in ("%", "")
    return {
        "autosize": True,
        "height": 340,
        "margin": {"l": 8, "r": margin(named), "t": 12 + 14 * bool(marks) + 14 * bool(letters), "b": 8},
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
            "range": reach(points, happenings),
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
            **({"range": with_room(*shown)} if shown else {}),
            "gridcolor": "var(--line)",
            "zerolinecolor": "var(--line-strong)",
            "tickformat": ",.6~f",
            "tickprefix": f"{escape(unit, quote=False)}{SPACE}" if money else "",
            "ticksuffix": f"{SPACE}{escape(unit, quote=False)}" if unit and not money and share else "",
            "nticks": 7,
        },
        "shapes": [
            *(shape for each in happenings for shape in happening_shapes(each)),
            *(mark_line(mark) for mark in marks),
        ],
        "annotations": [
            *named,
            *(mark_name(mark, above=18 if letters else 0) for mark in marks),
            *letters,
        ],
    }


def margin(named: Sequence[dict]) -> int:
    return max([16, *(12 + 8 * len(note["text"]) for note in named)])


def reach(points: Sequence[Point], happenings: Sequence[Happening] = ()) -> list[str]:
    """From the first period to the last, or the newest event, with a little room for the marks at both ends."""
    if not points:
        return []
    first, last = points[0].period, max([points[-1].period, *(each.first for each in happenings)])
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


def series_in_words(
    points: Sequence[Point],
    *,
    unit: str = "",
    decimals: int = 1,
    at: str = "in",
    not_reported: int = 0,
    behaviour: str = "",
) -> str:
    """The chart in one sentence: the newest value against its target, what the process does, what is missing.

    `at` is how a period is said: in a month, on a day. `behaviour` stands in the place of how often targets were met.
    """
    found = [point for point in points if point.value is not None]
    if not found:
        return "No values yet."
    known = [point for point in found if not point.so_far]
    newest = (known or found)[-1]

    def said(point: Point) -> str:
        so_far = " so far" if point.so_far else ""
        return f"{written(point.value, unit=unit, decimals=decimals)}{so_far} {at} {point.label}"

    parts = [said(newest)]
    if known and (target := aim(newest.lower, newest.upper, unit=unit)):
        parts[0] += f", target {target}: {'missed' if newest.miss else 'met'}"
    judged = [point for point in known if aim(point.lower, point.upper)]
    if behaviour:
        parts.append(behaviour)
    elif len(judged) > 1:
        parts.append(f"met in {sum(not point.miss for point in judged)} of {len(judged)} periods")
    if not_reported:
        parts.append(f"{not_reported} not reported")
    if known and found[-1].so_far:
        parts.append(said(found[-1]))
    return "; ".join(parts) + "."
