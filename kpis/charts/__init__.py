"""Charts as plain data: geometry for the small ones drawn with the page, a figure for the large one drawn by a script.

No Django, no clock. Values come oldest first; None is a period without a value and stays a gap, never zero.
"""

from kpis.charts.behaviour import (
    ASSURANCE,
    CHANGE_THE_PROCESS,
    KINDS,
    Happening,
    Mark,
    behaviour_in_words,
    letter,
    within_bounds,
)
from kpis.charts.figure import line_figure, series_in_words
from kpis.charts.point import Point, beyond_in_words
from kpis.charts.ranges import range_points, ranges_in_words
from kpis.charts.wordsized import Bar, Bullet, Dot, Sparkline, bullet, in_words, sparkline

__all__ = [
    "ASSURANCE",
    "CHANGE_THE_PROCESS",
    "KINDS",
    "Bar",
    "Bullet",
    "Dot",
    "Happening",
    "Mark",
    "Point",
    "Sparkline",
    "behaviour_in_words",
    "beyond_in_words",
    "bullet",
    "in_words",
    "letter",
    "line_figure",
    "range_points",
    "ranges_in_words",
    "series_in_words",
    "sparkline",
    "within_bounds",
]
