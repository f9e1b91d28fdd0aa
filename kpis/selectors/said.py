"""What the judge said of lines: read in one query, nothing is judged here."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import connection

from kpis.models import Kpi
from kpis.models.signal import said_in_words
from kpis.selectors.book import Book
from kpis.selectors.judged import Behaviour, Line, Sign
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
    behaviours, signs = said(sources, since=min(line.cells[0].period for line in lines))
    for line, place in zip(lines, sources, strict=True):
        line.source, behaviour = place, behaviours.get((*place, line.grain))
        line.newest = behaviour and behaviour.period
        line.behaviour = behaviour if line.judged and line.judged.period == line.newest else None
        line.signs = [sign for sign in signs[*place, line.grain] if sign.first <= line.cells[-1].period]
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
                sign = Sign(pk, kind, words, as_date(first), as_date(last), as_date(known), said_in_words(note, event))
                signs[kpi, department, grain].append(sign)
            else:
                about = None if limits[1] is None else Limits(*limits)
                behaviours[kpi, department, grain] = Behaviour(as_date(first), kind, words, about)
    return behaviours, signs


def numbers(keys: Iterable[int]) -> str:
    return ", ".join(str(int(key)) for key in keys)


def source(book: Book, kpi: Kpi, department: int) -> tuple[int, int]:
    """The KPI and the department whose process is shown for a department."""
    measuring = {stay.department for stay in book.stays(kpi, department)}
    alone = len(measuring) == 1 and kpi.over_departments != "none"
    return kpi.pk, next(iter(measuring)) if alone else department
