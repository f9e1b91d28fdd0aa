"""What the judge said of lines: read in one query, nothing is judged here."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from django.db import connection

from kpis.models import Event, Kpi, Signal
from kpis.selectors.book import Book
from kpis.selectors.judged import Behaviour, Line, Sign
from kpis.selectors.processes import courses
from kpis.selectors.readings import as_date
from kpis.spc import Limits

SAID = """
SELECT 0, kpi_id, department_id, grain, kind, assurance, '', '', period, period, period, lower, centre, upper, "values"
FROM kpis_process WHERE kpi_id IN ({kpis}) AND department_id IN ({departments})
UNION ALL
SELECT s.id, kpi_id, department_id, grain, kind, rules, explanation, title, "first", "last", known, NULL, NULL,
    NULL, NULL
FROM kpis_signal s LEFT JOIN kpis_event ON kpis_event.id = event_id
WHERE kpi_id IN ({kpis}) AND department_id IN ({departments}) AND withdrawn_at IS NULL AND "last" >= %s
ORDER BY 11 DESC, 1
"""


def with_what_was_said(book: Book, lines: list[Line]) -> list[Line]:
    """The same lines, with behaviour and signals. Where one department alone measures a KPI, all above say the same."""
    if not lines:
        return lines
    sources = [source(book, line.kpi, line.department.pk) for line in lines]
    since = min(line.cells.first for line in lines)
    behaviours, signs = (
        said_then(book, since=since, places=set(sources)) if book.known_at else said(sources, since=since)
    )
    for line, place in zip(lines, sources, strict=True):
        line.source, behaviour = place, behaviours.get((*place, line.grain))
        line.newest = behaviour and behaviour.period
        line.behaviour = behaviour if line.judged and line.judged.period == line.newest else None
        line.signs = [sign for sign in signs[*place, line.grain] if sign.first <= line.cells.last]
    return lines


def said(places: Iterable[tuple[int, int]], *, since: date):
    """By KPI, department and grain: what each process is like, and its signals of then and later, newest first."""
    kpis, departments = (set(column) for column in zip(*places, strict=True))
    statement = SAID.format(kpis=numbers(kpis), departments=numbers(departments))
    behaviours, signs = {}, defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement, [since.isoformat()])
        for pk, kpi, department, grain, kind, words, note, event, first, last, known, *limits in cursor.fetchall():
            if pk:
                sign = Sign(pk, kind, words, as_date(first), as_date(last), as_date(known), note, event)
                signs[kpi, department, grain].append(sign)
            else:
                about = None if limits[1] is None else Limits(*limits)
                behaviours[kpi, department, grain] = Behaviour(as_date(first), kind, words, about)
    return behaviours, signs


def said_then(book: Book, *, since: date, places: Collection[tuple[int, int]] | None = None):
    """The same of a book's moment, judged anew: of what was known then, and with what was said about it by then.

    `places`: of which KPIs and departments, where not of all.
    """
    behaviours, signs, (rows, then) = {}, defaultdict(list), explained(book)
    for course in courses(book, among=places):
        place = (course.kpi.pk, course.department, course.grain)
        if (newest := course.newest) is not None:
            point = course.points[newest]
            kind = str(point.kind(course.kpi.direction))
            behaviours[place] = Behaviour(course.periods[newest], kind, str(course.assurance), point.limits)
        missing = [("missing", "", run[0], run[-1], run[0]) for run in course.gaps]
        for kind, rules, first, last, known in sorted([*course.stretches, *missing], key=known_first):
            if last >= since:
                pk = next((pk for pk, from_, to in rows[*place, kind] if from_ <= last and to >= first), None)
                signs[place].append(Sign(pk, kind, rules, first, last, known, *then.get(pk, ())))
    return behaviours, signs


def signals_then(book: Book) -> list[Signal]:
    """The signals that stood at a book's moment, the newest first: not rows, but as rows would say it."""
    _, signs = said_then(book, since=date.min)
    found = [
        Signal(
            pk=sign.pk,
            kpi=book.kpis[kpi],
            department=book.departments[department],
            grain=grain,
            explained_at=book.known_at if sign.said else None,
            event=Event(title=sign.event) if sign.event else None,
            **{name: getattr(sign, name) for name in ("kind", "rules", "first", "last", "known", "explanation")},
        )
        for (kpi, department, grain), some in signs.items()
        for sign in some
    ]
    return sorted(found, key=lambda signal: (signal.known, signal.last, signal.kpi.name), reverse=True)


def known_first(sign: tuple) -> int:
    return -sign[-1].toordinal()


def explained(book: Book) -> tuple[dict[tuple, list[tuple[int, date, date]]], dict[int, tuple[str, str | None]]]:
    """Signals with their first and last period, and the words and event they were explained by then; what was said
    later is not known yet. Of one that was explained then, its periods of then are known."""
    found = defaultdict(list)
    signals = {signal.pk: signal for signal in Signal.objects.filter(kpi__in=book.kpis).order_by("pk")}
    versions = Signal.history.filter(id__in=signals, history_date__lte=book.known_at)
    versions = versions.order_by("history_date", "history_id").select_related("event")
    then = {version.id: version for version in versions}
    for pk, signal in signals.items():
        at = then.get(pk, signal)
        found[signal.kpi_id, signal.department_id, signal.grain, signal.kind].append((pk, at.first, at.last))
    return found, {pk: (at.explanation, at.event and at.event.title) for pk, at in then.items()}


def numbers(keys: Iterable[int]) -> str:
    return ", ".join(str(int(key)) for key in keys)


def source(book: Book, kpi: Kpi, department: int) -> tuple[int, int]:
    """The KPI and the department whose process is shown for a department."""
    found = book.contributing(kpi, department)
    alone = len(found) == 1 and kpi.over_departments != "none"
    return kpi.pk, next(iter(found)) if alone else department
