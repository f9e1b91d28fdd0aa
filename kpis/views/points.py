"""A series as its chart wants it."""

from kpis.charts import Happening, Mark, Point, behaviour_in_words, letter, within_bounds
from kpis.models.signal import RULES
from kpis.written import written


def points_of(found, calendar, notes=()) -> list[Point]:
    """The cells as the chart wants them, with the limits of their phases as they are drawn, and what explains them."""
    values = [point.value for point in found.points]
    limits = {point.phase: point.limits for point in found.points}
    least, most = found.kpi.drawn_within
    bounds = {"unit": found.kpi.unit, "least": least, "most": most}
    limits = {n: each and within_bounds(each, values, **bounds) for n, each in limits.items()}
    return [
        point(cell, judged, found, calendar)._replace(
            limits=limits[judged.phase], note=note_at(cell, judged, found, notes)
        )
        for cell, judged in zip(found.cells, found.points, strict=True)
    ]


def marks(found) -> list[Mark]:
    """Where phases begin."""
    first = {}
    for cell, judged in zip(found.cells, found.points, strict=True):
        first.setdefault(judged.phase, cell.period)
    starts = enumerate(found.behaviour[1])
    return [Mark(first[number], start.reason) for number, start in starts if start and number in first]


def note_at(cell, judged, found, notes) -> str:
    kind = judged.kind(found.kpi.direction)
    shown = (note for note in notes if note.shows_at(cell.period, kind, is_missing=cell.is_missing))
    return next((f"{note.said} ({note.by})" for note in shown), "")


def happenings(events) -> list[Happening]:
    return [
        Happening(letter(number), event.starts_on, event.last, f"{event.title}, {event.days}")
        for number, event in enumerate(events)
    ]


def happened_in(cell, found, events) -> list[tuple[str, str]]:
    """Letter and title of each event that a period holds a day of."""
    end = found.calendar.end(cell.period, found.grain)
    lettered = ((letter(number), event) for number, event in enumerate(events))
    return [(sign, event.title) for sign, event in lettered if event.starts_on <= end and event.last >= cell.period]


def behaviour(points, found, look) -> str:
    since = found.since and Mark(found.since.starts_on, found.since.reason)
    return behaviour_in_words(points, assurance=found.assurance, since=since, **look)


def point(cell, judged, found, calendar) -> Point:
    goal = cell.goal if found.kpi.direction != "neutral" else None
    return Point(
        cell.period,
        calendar.label(cell.period, found.grain),
        cell.value,
        *(goal or (None, None)),
        so_far=not cell.over,
        detail=detail(cell, found),
        phase=judged.phase,
        kind=judged.kind(found.kpi.direction),
        rules=[RULES[flag.rule] for flag in judged.flags],
    )


def detail(cell, found) -> str:
    """What a value was made from: “37 of 39 due”, “5 of 6 departments”."""
    if cell.reading is None:
        return ""
    parts = []
    if found.kpi.is_ratio:
        made_of = (
            (cell.reading.numerator, found.kpi.numerator_name),
            (cell.reading.denominator, found.kpi.denominator_name),
        )
        parts.append(" ÷ ".join(f"{written(n, decimals=0)} {name}".strip() for n, name in made_of))
    if cell.expected > 1:
        parts.append(f"{cell.reading.reporting} of {cell.expected} departments")
    return ", ".join(parts)
