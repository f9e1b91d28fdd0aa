"""Figures of friction for Plotly, as plain dicts, and each in one sentence; `static/js/chart.js` draws them.

Colours are the names of the stylesheet's own tokens. No Django, no clock.
"""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import NamedTuple

MANY = 10  # columns whose names stand aslant, however wide the chart is
LONG = 18  # characters of a name beside the chart; all of it on hover and in the table
RISING = [[0, "var(--sunk)"], [1, "var(--accent)"]]
BOTH_WAYS = [[0, "var(--improve)"], [0.5, "var(--sunk)"], [1, "var(--concern)"]]
CONFIG = {"displaylogo": False, "showSendToCloud": False, "displayModeBar": False, "responsive": True}
HOVER = {
    "align": "left",
    "bgcolor": "var(--sheet)",
    "bordercolor": "var(--line-strong)",
    "font": {"size": 13, "color": "var(--ink)"},
}


class Cell(NamedTuple):
    """What a row has with a column: None has no answer. `url` is where a click leads."""

    value: float | None
    text: str
    url: str = ""


def heat_figure(
    rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[Cell | None]], *, both_ways: bool = False
) -> dict:
    """Rows from above, columns from the left, the more the darker; `both_ways` from fewer over none to more."""
    return {
        "data": [
            {
                "type": "heatmap",
                "x": list(range(len(columns))),
                "y": list(range(len(rows))),
                "z": [[cell and cell.value for cell in row] for row in cells],
                "text": [[cell.text if cell else "" for cell in row] for row in cells],
                "texttemplate": "%{text}",
                "hovertext": [
                    [hover(raiser, owner, cell) for owner, cell in zip(columns, row, strict=True)]
                    for raiser, row in zip(rows, cells, strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
                "hoverongaps": False,
                "xgap": 2,
                "ygap": 2,
                "showscale": False,
                "colorscale": BOTH_WAYS if both_ways else RISING,
                **({"zmid": 0} if both_ways else {"zmin": 0}),
                "meta": {"urls": [[cell.url if cell else "" for cell in row] for row in cells]},
            }
        ],
        "layout": {
            "autosize": True,
            "height": max(340, 110 + 32 * len(rows)),
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 12, "color": "var(--ink-3)"},
            "hoverlabel": HOVER,
            "dragmode": False,
            "xaxis": axis(columns) | {"side": "top"} | ({"tickangle": -40} if len(columns) > MANY else {}),
            "yaxis": axis(rows) | {"autorange": "reversed"},
        },
        "config": CONFIG,
    }


def hover(row: str, column: str, cell: Cell | None) -> str:
    return escape(f"{row} → {column}:  {cell.text}", quote=False) if cell else ""


def axis(names: Sequence[str]) -> dict:
    return {
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickvals": list(range(len(names))),
        "ticktext": [escape(name if len(name) <= LONG else f"{name[: LONG - 1]}…", quote=False) for name in names],
    }


def flow_figure(firsts: Sequence[date], lines: Sequence[tuple[str, Sequence[int]]]) -> dict:
    """How many came and how many went, a line each: the first one drawn through, the second dashed."""
    looks = [("var(--ink)", "solid"), ("var(--accent)", "dash")]
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "name": escape(name, quote=False),
                "x": [first.isoformat() for first in firsts],
                "y": list(values),
                "hovertemplate": "%{x|%-d %b %Y}: %{y} " + escape(name, quote=False) + "<extra></extra>",
                "line": {"color": colour, "dash": dash, "width": 2},
            }
            for (name, values), (colour, dash) in zip(lines, looks, strict=True)
        ],
        "layout": {
            "autosize": True,
            "height": 300,
            "margin": {"l": 8, "r": 16, "t": 32, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 12, "color": "var(--ink-3)"},
            "hoverlabel": HOVER,
            "hovermode": "x",
            "dragmode": False,
            "showlegend": True,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"color": "var(--ink)"}},
            "xaxis": {
                "type": "date",
                "automargin": True,
                "fixedrange": True,
                "showgrid": False,
                "linecolor": "var(--line-strong)",
                "tickformat": "%-d %b\n%Y",
                "nticks": 8,
            },
            "yaxis": {
                "automargin": True,
                "fixedrange": True,
                "rangemode": "tozero",
                "gridcolor": "var(--line)",
                "zerolinecolor": "var(--line-strong)",
                "tickformat": ",d",
                "nticks": 6,
            },
        },
        "config": CONFIG,
    }


def most_in_words(
    rows: Sequence[str], columns: Sequence[str], cells: Sequence[Sequence[Cell | None]], what: str
) -> str:
    """“Median wait is highest from Media to IT: 34 h.”"""
    known = [
        (cell.value, row, column, cell.text)
        for row, some in zip(rows, cells, strict=True)
        for column, cell in zip(columns, some, strict=True)
        if cell and cell.value is not None
    ]
    if not known:
        return f"{what}: nothing in this period."
    most = max(known, key=lambda each: each[0])
    alike = sum(each[0] == most[0] for each in known) - 1
    also = f", and {alike} other pair{'' if alike == 1 else 's'} alike" if alike else ""
    return f"{what} is highest from {most[1]} to {most[2]}: {most[3]}{also}."


def flow_in_words(raised: int, resolved: int, closed: int) -> str:
    return f"{raised:,} raised or reopened, {resolved:,} resolved and {closed:,} closed in this period."


def balance_in_words(*, average: float, a_day: float, days: float | None, before: int, now: int) -> tuple[str, str]:
    """Little's law in a sentence, and what follows from it."""
    backlog = f"from {before:,} to {now:,} open"
    grown = now - before
    meaning = (
        f"The backlog grew by {grown:,} ({backlog}): more arrive than are closed."
        if grown > 0
        else f"The backlog shrank by {-grown:,} ({backlog}): more are closed than arrive."
        if grown < 0
        else f"As many are open as at the beginning ({now:,}): what arrives is closed."
    )
    if days is None:
        return (
            f"{average:,.1f} were open on average. None stands closed: how long one stays open is not known yet.",
            meaning,
        )
    law = a_day * days
    found = (
        f"{a_day:,.2f} raised or reopened a day × {days:,.1f} days open = {law:,.1f}, and {average:,.1f}"
        f" were open on average: {abs(average - law):,.1f} {'more' if average > law else 'fewer'}."
    )
    if law and abs(average - law) <= 0.1 * law:
        return found, f"The two agree within a tenth: the flow is steady. {meaning}"
    if average > law:
        return found, f"Open issues are older than those that get closed: the time to close will rise. {meaning}"
    return found, f"What gets closed is older than what is open: an old backlog is being worked off. {meaning}"
