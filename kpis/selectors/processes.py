"""Series of KPIs as the statistics want them, many at a time, and what these say of them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from kpis import spc
from kpis.models import Kpi, Phase
from kpis.periods import Calendar, Grain
from kpis.selectors.book import Book
from kpis.selectors.judged import shown_at
from kpis.selectors.readings import Window

MICRO = 1_000_000
LOOKED_BACK = 13  # periods in which a value that is missing is a signal
GRACE = {"day": 1, "week": 2, "month": 7, "quarter": 14}  # days after the end, then a value is missing


class Start(NamedTuple):
    """A phase of a KPI: for one department, or (None) for all. Without a pk it goes with another formula."""

    pk: int | None
    department: int | None
    starts_on: date
    fixed_from: int | None
    reason: str


class Course(NamedTuple):
    """A KPI of a department from its first value to the newest period that is over, and what each value says.

    `watched` are the last periods that are over, `missing` those of them whose value was due and is not there after
    some days of grace.
    """

    kpi: Kpi
    department: int
    grain: Grain
    periods: list[date]
    points: list[spc.Point]
    watched: list[date]
    missing: list[date]
    assurance: spc.Assurance = spc.Assurance.NONE  # against the target of the newest value

    @property
    def newest(self) -> int | None:
        """The index of the newest value."""
        return next((i for i in range(len(self.points) - 1, -1, -1) if self.points[i].value is not None), None)

    @property
    def stretches(self) -> list[tuple[str, str, date, date, date]]:
        """(kind, rules, first, last and known period) of what no routine variation explains."""
        return [
            (str(s.kind), ",".join(s.rules), *(self.periods[i] for i in (s.first, s.last, s.known)))
            for s in spc.stretches(self.points, self.kpi.direction)
        ]

    @property
    def gaps(self) -> list[list[date]]:
        return in_a_row(self.watched, self.missing)


def in_a_row(periods: list[date], some: Collection[date]) -> list[list[date]]:
    """Those of the periods that are among some, as stretches without a gap."""
    return [list(run) for among, run in groupby(periods, key=lambda period: period in some) if among]


def phases_of(book: Book) -> dict[int, list[Start]]:
    """What people started, and what started with another formula."""
    found = defaultdict(list)
    for kpi in (kpi for kpi in book.kpis.values() if kpi.is_formula):
        for each in book.workings.made_of(kpi):
            of = "" if each == kpi else f" of {each}"
            for before, version in pairwise(book.workings.versions.get(each.code, ())):
                reason = version.reason or f"another formula{of}: {version.expression}, before {before.expression}"
                found[kpi.pk].append(Start(None, None, version.starts_on, None, reason))
    rows = Phase.objects.known_at(book.known_at).filter(kpi__in=book.kpis).order_by("starts_on", "pk")
    for kpi, *start in rows.values_list("kpi_id", "pk", "department_id", "starts_on", "fixed_from", "reason"):
        found[kpi].append(Start(*start))
    return found


def phases_at(starts: Iterable[Start], department: int, periods: list[date], calendar: Calendar, grain: Grain):
    """The phases of a department's series, oldest first, and the Start of each but (perhaps) the first.

    A phase begins with the period that holds its day; of two in one period the later counts, a department's own before
    one for all.
    """
    found = {0: None}
    own_last = sorted(starts, key=lambda start: (start.starts_on, start.department is not None))
    for start in own_last:
        if start.department in (department, None):
            index = bisect_left(periods, calendar.start(start.starts_on, grain))
            if index < len(periods):
                found[index] = start
    phases = [spc.Phase(index, start.fixed_from if start else None) for index, start in sorted(found.items())]
    return phases, [found[phase.start] for phase in phases]


def places(book: Book, kpi: Kpi) -> list[int]:
    """Where a KPI has a series of its own: in departments that measure it, and where several departments add up."""
    measuring = {stay.department for stay in book.assignments[kpi.pk]}
    if kpi.over_departments == "none":
        return sorted(measuring)
    above = [d for d in book.departments if d not in measuring and measuring & book.tree.below(d)]
    return sorted([*measuring, *(d for d in above if len(book.contributing(kpi, d)) > 1)])


def courses(book: Book, *, among: Collection[tuple[int, int]] | None = None) -> Iterator[Course]:
    """All series of the book's KPIs, or those of some (KPI, department), each at the grain of scorecards."""
    departments = book.departments if among is None else {department for _, department in among}
    starts, by_grain = phases_of(book), defaultdict(list)
    for kpi in book.kpis.values():
        by_grain[shown_at(kpi)].append(kpi)
    for grain, kpis in by_grain.items():
        found = book.readings(departments, [Window(grain, date.min, date.max)], kpis=kpis)
        spans = Spans(book, grain, (min(by_period) for by_period in found.values() if by_period))
        for kpi in kpis:
            here = [place for place in places(book, kpi) if among is None or (kpi.pk, place) in among]
            for department in here:
                yield course(book, spans, kpi, department, found.get((kpi.pk, department, grain), {}), starts[kpi.pk])


class Spans:
    """The periods of a grain from the oldest of these values on that are over, and their last days."""

    def __init__(self, book: Book, grain: Grain, periods: Iterable[date]):
        calendar, self.grain = book.calendar, grain
        newest = calendar.step(calendar.start(book.on, grain), grain, -1)
        first = min(min(periods, default=newest), calendar.step(newest, grain, 1 - LOOKED_BACK))
        self.periods = [first]
        while self.periods[-1] < newest:
            self.periods.append(calendar.step(self.periods[-1], grain, 1))
        self.ends = [following - timedelta(days=1) for following in self.periods[1:]]
        self.ends.append(calendar.end(newest, grain))


def course(book: Book, spans: Spans, kpi: Kpi, department: int, found: dict, starts: list[Start]) -> Course:
    grain, periods = spans.grain, spans.periods
    begin = next((index for index, period in enumerate(periods) if period in found), len(periods))
    shown = periods[begin:]
    values = [quick(kpi, found[period]) if period in found else None for period in shown]
    phases, _ = phases_at(starts, department, shown, book.calendar, grain)
    points = spc.judge(values, phases)
    missing = [
        period
        for period, end in zip(periods[-LOOKED_BACK:], spans.ends[-LOOKED_BACK:], strict=True)
        if period not in found and (book.on - end).days > GRACE[grain] and is_due(book, kpi, department, period, end)
    ]
    made = Course(kpi, department, grain, shown, points, periods[-LOOKED_BACK:], missing)
    newest = made.newest
    if newest is not None and (limits := points[newest].limits):
        goal = goal_at(book, kpi, department, grain, shown[newest], spans.ends[begin + newest])
        made = made._replace(assurance=spc.assurance(goal, limits, kpi.direction))
    return made


def is_due(book: Book, kpi: Kpi, department: int, period: date, end: date) -> bool:
    return kpi.is_handed_in and any(stay.holds(period, end) for stay in book.stays(kpi, department))


def goal_at(book: Book, kpi: Kpi, department: int, grain: Grain, period: date, end: date):
    measuring = {stay.department for stay in book.stays(kpi, department) if stay.holds(period, end)}
    return book.goal(kpi, department, grain, (period, end), measuring)


def quick(kpi: Kpi, sums: tuple) -> float | None:
    """The answer as a floating-point number, straight from a tuple in the order of Sums; see rules.answer."""
    if kpi.is_formula:
        return None if sums[0] is None else float(sums[0])
    n, total, _, _, numerator, denominator, _, amount, reporting = sums
    match kpi.over_time:
        case "ratio":
            return numerator * kpi.per / denominator if numerator is not None and denominator else None
        case "mean":
            return None if total is None else total / n / MICRO
    if amount is None:
        return None
    return amount / MICRO / reporting if kpi.over_departments == "mean" else amount / MICRO
