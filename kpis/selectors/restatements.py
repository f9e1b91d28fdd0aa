"""What figures came to as they were first reported, where something behind them is another or taken back since."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from django.utils import timezone

from kpis.models import Kpi, Observation
from kpis.periods import Calendar, Grain
from kpis.selectors import knowledge
from kpis.selectors.book import Book, Cell
from kpis.selectors.judged import Line, Restated
from kpis.selectors.readings import Reading, Sums, Worked, reading
from kpis.selectors.worked import Evaluation, Workings

WEEK = timedelta(days=7)


class Figures(NamedTuple):
    """A KPI of a department in some periods; `within` are the departments whose observations it is made of."""

    kpi: Kpi
    department: int
    grain: Grain
    periods: Collection[date]
    within: Collection[int]
    workings: Workings

    @property
    def inputs(self) -> list[Kpi]:
        """What is recorded of it: the KPI itself, or what its formulas need or ever needed."""
        return self.workings.inputs(self.kpi, ever=True)


class Version(NamedTuple):
    """An observation as it stood on record from one moment to another; numbers in millionths."""

    kpi: int
    department: int
    date: date
    reference: str
    recorded_at: datetime
    superseded_at: datetime | None
    value: int | None
    numerator: int | None
    denominator: int | None

    def outlasted(self, day: date) -> bool:
        """Whether it was on record after this day, from then on or from later."""
        return self.superseded_at is None or timezone.localdate(self.superseded_at) > day

    def stood(self, at: datetime) -> bool:
        return self.recorded_at <= at and (self.superseded_at is None or self.superseded_at > at)


def restated(
    cells: Iterable[Cell], figures: Figures, *, calendar: Calendar, known_at: datetime | None = None
) -> dict[date, Restated]:
    """{period: what stood there first and stands there now} of those cells in which that is not the same."""
    (first,) = first_reported([figures], calendar=calendar, known_at=known_at)
    return differing(cells, first)


def tell_restated(book: Book, shown: Sequence[tuple[Line, Collection[Cell]]]) -> None:
    """Tell each line which of its cells that are shown were restated: one query for all, and one more where any was."""
    figures = []
    for line, cells in shown:
        periods, within = [cell.period for cell in cells], made_of(book, line)
        figures.append(Figures(line.kpi, line.department.pk, line.grain, periods, within, book.workings))
    firsts = first_reported(figures, calendar=book.calendar, known_at=book.known_at)
    for (line, cells), first in zip(shown, firsts, strict=True):
        line.restated = differing(cells, first)


def made_of(book: Book, line: Line) -> set[int]:
    """The departments whose observations a line adds up; the inputs of a formula add up whatever it is over them."""
    here = {line.department.pk}
    is_alone = line.kpi.over_departments == "none" and not line.kpi.is_formula
    below = here if is_alone else book.tree.below(line.department.pk)
    return below if book.within is None else below & set(book.within)


def differing(cells: Iterable[Cell], first: dict[date, Decimal | None]) -> dict[date, Restated]:
    found = {cell.period: Restated(first[cell.period], cell.value) for cell in cells if cell.period in first}
    return {period: each for period, each in found.items() if each.was != each.now}


def first_reported(
    figures: Sequence[Figures], *, calendar: Calendar, known_at: datetime | None = None
) -> list[dict[date, Decimal | None]]:
    """For each of the figures {period: value}, of periods in which something was replaced after it was first reported.

    First reported is each observation as it stood when the period was over, or as it came in later than that; and so is
    each formula. So what comes late is no change, what is put right before the end is none, what is taken back is one.
    """
    ends = [{period: calendar.end(period, each.grain) for period in each.periods} for each in figures]
    gone = by_period(figures, versions(figures, calendar, known_at, gone=True), calendar)
    changed = {(n, period) for (n, period), rows in gone.items() if any(r.outlasted(ends[n][period]) for r in rows)}
    changed |= {(n, p) for n, each in enumerate(figures) for p in said_otherwise(each, ends[n])}
    narrow = [each._replace(periods={p for k, p in changed if k == n}) for n, each in enumerate(figures)]
    found: list[dict] = [{} for _ in figures]
    if changed:
        for (n, period), rows in by_period(narrow, versions(narrow, calendar, known_at), calendar).items():
            kept = first_of_each(row for row in rows if row.outlasted(ends[n][period]))
            flat = {**dict.fromkeys(figures[n].within, figures[n].department), figures[n].department: None}
            first = as_first_said(figures[n], ends[n][period])
            if read := come_to(kept, first, period, calendar=calendar, parents=flat):
                found[n][period] = read.value
    return found


def as_first_said(figures: Figures, end: date) -> Figures:
    if not figures.kpi.is_formula:
        return figures
    return figures._replace(workings=figures.workings.as_first_said(end))


def said_otherwise(figures: Figures, ends: dict[date, date]) -> list[date]:
    """The periods of which another formula says what they come to than did first."""
    if not figures.kpi.is_formula:
        return []
    return [period for period, end in ends.items() if figures.workings.is_restated(figures.kpi, end)]


def versions(
    figures: Iterable[Figures], calendar: Calendar, known_at: datetime | None = None, *, gone: bool = False
) -> list[Version]:
    """All that was ever recorded for these figures, oldest first, and around them; or only what is gone."""
    figures = [each for each in figures if each.periods]
    if not figures:
        return []
    first = min(min(each.periods) for each in figures) - WEEK  # a week may count towards what begins or ends beside it
    last = max(calendar.end(max(each.periods), each.grain) for each in figures) + WEEK
    rows = Observation.objects.filter(
        kpi__in={kpi.pk for each in figures for kpi in each.inputs},
        department__in=set().union(*(each.within for each in figures)),
        date__range=(first, last),
    )
    if known_at:
        rows = rows.filter(recorded_at__lte=known_at)
    if gone:
        rows = rows.filter(superseded_at__isnull=False, **({"superseded_at__lte": known_at} if known_at else {}))
    fields = ("kpi_id", "department_id", "date", "reference", "recorded_at", "superseded_at", *knowledge.STORED)
    return [Version(*row) for row in rows.order_by("recorded_at", "id").values_list(*fields)]


def by_period(figures: Sequence[Figures], rows: Iterable[Version], calendar: Calendar):
    """{(which of the figures, period): its rows}"""
    of_kpi, found = defaultdict(list), defaultdict(list)
    for number, each in enumerate(figures):
        for kpi in each.inputs:
            of_kpi[kpi.pk].append((number, each, kpi))
    for row in rows:
        for number, each, kpi in of_kpi[row.kpi]:
            if row.department in each.within:
                period = knowledge.period_of(row.date, kpi, each.grain, calendar)
                if period in each.periods:
                    found[number, period].append(row)
    return found


def first_of_each(rows: Iterable[Version]) -> list[Version]:
    found = {}
    for row in rows:
        found.setdefault((row.kpi, row.department, row.date, row.reference), row)
    return list(found.values())


def come_to(
    rows: Iterable[Version], figures: Figures, period: date, *, calendar: Calendar, parents: dict[int, int | None]
) -> Reading | Worked | None:
    """What these observations come to in a period; None where none of them counts towards it."""
    of_kpi, grain = defaultdict(list), figures.grain
    for row in rows:
        of_kpi[row.kpi].append((row.department, row.date, *row[-3:]))

    def sums(kpi: Kpi) -> dict[date, Sums]:
        made = knowledge.added_up(of_kpi[kpi.pk], kpi, calendar=calendar, parents=parents, grains=[grain])
        return made.get((figures.department, str(grain)), {})

    if figures.kpi.is_formula:
        return Evaluation(figures.workings, sums, partial(calendar.end, grain=grain)).at(figures.kpi, period)[1]
    found = sums(figures.kpi)
    return reading(figures.kpi, period, found[period]) if period in found else None
