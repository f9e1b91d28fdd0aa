"""KPIs of departments over their last periods, each against its target: what scorecards and the overview show."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from departments.models import Department
from departments.tree import Tree
from kpis.models import Kpi
from kpis.periods import Grain
from kpis.selectors import knowledge
from kpis.selectors.book import Book
from kpis.selectors.judged import Line, shown_at
from kpis.selectors.readings import Window
from kpis.selectors.restatements import tell_restated
from kpis.selectors.said import with_what_was_said

PERIODS = 13


def spans_upto(day: date, book: Book, grain: Grain, count: int) -> list[tuple[date, date]]:
    """First and last days of so many periods that are over, and of the one that still runs on that day, if it does."""
    newest = book.calendar.start(day, grain)
    running = book.calendar.end(newest, grain) >= book.on
    periods = book.calendar.last(newest, grain, count + running)
    return [(period, book.calendar.end(period, grain)) for period in periods]


def lines(
    book: Book,
    departments: Iterable[int],
    *,
    upto: date,
    count: int = PERIODS,
    grain: Grain | None = None,
    apart: Iterable[int] = (),
) -> list[Line]:
    """A Line for each KPI and each of these departments that measures it, in the order of the KPIs.

    `apart`: departments further down, for KPIs alone that do not add up to those above.
    """
    departments, apart = list(departments), list(apart)
    grains = {kpi.pk: grain or shown_at(kpi) for kpi in book.kpis.values()}
    spans = {at: spans_upto(upto, book, at, count) for at in set(grains.values())}
    alone = {kpi.pk for kpi in book.kpis.values() if kpi.over_departments == "none"}
    windows = [Window(at, s[0][0], s[-1][0]) for at, s in spans.items()]
    found = book.readings(departments + (apart if alone else []), windows)
    made = []
    for kpi in book.kpis.values():
        at, owner = grains[kpi.pk], book.heads.get(kpi.owner_id)
        for department in departments + (apart if kpi.pk in alone else []):
            by_period = found.get((kpi.pk, department, at), {})
            first, last = spans[at][0][0], spans[at][-1][1]
            if by_period or any(stay.holds(first, last) for stay in book.stays(kpi, department)):
                cells = book.cells(kpi, department, at, spans[at], by_period)
                made.append(Line(kpi, book.departments[department], at, cells, owner))
    return with_what_was_said(book, made)


class Table(NamedTuple):
    """Lines of one grain and the periods they stand over; the last of these may still run."""

    grain: Grain
    periods: list[date]
    lines: list[Line]

    @property
    def is_running(self) -> bool:
        return not self.lines[0].cells[-1].over

    @property
    def finished(self) -> int:
        return len(self.periods) - self.is_running

    @property
    def columns(self) -> int:
        """KPI, target, verdict, the periods, trend."""
        return len(self.periods) + 4


def scorecard(
    department: Department,
    *,
    on: date,
    upto: date | None = None,
    grain: Grain | None = None,
    known_at: datetime | None = None,
    within: Collection[int] | None = None,
) -> list[Table]:
    """The department's KPIs over the last 13 periods up to a day, a table per grain, weeks first.

    `known_at`: as it stood on record at that moment, `on` being its day, of the departments `within` (None: all).
    """
    everywhere = knowledge.departments(at=known_at) if known_at else list(Department.objects.all())
    below = Tree((d.pk, d.parent_id) for d in everywhere).below(department.pk)
    if known_at:
        owners = {d.pk: d for d in everywhere}
        kpis = knowledge.kpis(at=known_at, owners=owners, live_on=upto or on, measured_in=below)
        within = below if within is None else below & set(within)
    else:
        kpis = Kpi.objects.measured_in(below).live(on=upto or on).select_related("owner").by_name()
    if grain:
        kpis = [kpi for kpi in kpis if Grain(kpi.recorded).fineness <= grain.fineness]
    book = Book(everywhere, kpis, on=on, known_at=known_at, within=within)
    by_grain, order = defaultdict(list), Kpi.Category.values
    for line in lines(book, [department.pk], upto=upto or on, grain=grain):
        by_grain[line.grain].append(line)
    tables = [
        table(g, sorted(found, key=lambda line: order.index(line.kpi.category)))
        for g, found in sorted(by_grain.items(), key=lambda item: item[0].fineness)
    ]
    tell_restated(book, [(line, line.cells) for each in tables for line in each.lines])
    return tables


def table(grain: Grain, lines: list[Line]) -> Table:
    """A period that still runs is left out as long as nothing was recorded for it."""
    newest = [line.cells[-1] for line in lines]
    if not any(cell.over or cell.reading for cell in newest):
        for line in lines:
            line.cells = line.cells[:-1]
    return Table(grain, [cell.period for cell in lines[0].cells], lines)
