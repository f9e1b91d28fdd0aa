"""KPIs of departments over their last periods, each against its target: what scorecards and the overview show."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from departments.models import Department, Headship, User
from departments.tree import Tree
from kpis import goals
from kpis.goals import Goal, Standing, Stretch
from kpis.models import Assignment, CalendarDay, Kpi, Target
from kpis.periods import Calendar, Grain
from kpis.selectors.readings import Reading, Window, readings

PERIODS = 13
KEEPS_MISSING = 3  # values in a row off target


class Cell(NamedTuple):
    """A KPI in one period. `due` says that a value was expected and the period is over."""

    period: date
    reading: Reading | None
    goal: Goal | None
    standing: Standing
    due: bool

    @property
    def value(self) -> Decimal | None:
        return self.reading.value if self.reading else None

    @property
    def is_missing(self) -> bool:
        return self.due and self.reading is None


@dataclass
class Line:
    """A KPI of a department (with all below it) over some periods, oldest first."""

    kpi: Kpi
    department: Department
    grain: Grain
    cells: list[Cell]
    expected: int
    owner: User | None

    @cached_property
    def latest(self) -> Cell:
        """The newest period that is over or has a value."""
        return next((c for c in reversed(self.cells) if c.reading or c.due), self.cells[-1])

    @property
    def kind(self) -> str:
        """The line in a word: on, risk (misses its target), off (keeps missing it), none, untargeted."""
        if self.latest.standing is Standing.OFF:
            return "off" if self.missed_in_a_row >= KEEPS_MISSING else "risk"
        return str(self.latest.standing)

    @cached_property
    def newest(self) -> Cell | None:
        """The newest period with an answer, however old."""
        return next((c for c in reversed(self.cells) if c.value is not None), None)

    @cached_property
    def previous(self) -> Cell | None:
        found = [c for c in self.cells if c.value is not None]
        return found[-2] if len(found) > 1 else None

    @cached_property
    def missed_in_a_row(self) -> int:
        return goals.run_of_misses(c.standing for c in self.cells)

    @property
    def values(self) -> list[Decimal | None]:
        return [c.value for c in self.cells]

    @property
    def reporting(self) -> int:
        return self.latest.reading.reporting if self.latest.reading else 0


class Book:
    """The definitions that a page needs, each kind in one query."""

    def __init__(self, departments: Iterable[Department], kpis: Iterable[Kpi], *, on: date):
        self.on = on
        self.calendar: Calendar = CalendarDay.objects.calendar()
        self.departments = {d.pk: d for d in departments}
        self.tree = Tree((d.pk, d.parent_id) for d in self.departments.values())
        self.kpis = {kpi.pk: kpi for kpi in kpis}
        self.assignments = defaultdict(list)
        for row in Assignment.objects.filter(kpi__in=self.kpis).only("kpi", "department", "starts_on", "ends_on"):
            self.assignments[row.kpi_id].append(row)
        self.stretches = defaultdict(list)
        current = Target.objects.current().filter(kpi__in=self.kpis)
        for kpi, *stretch, lower, upper in current.values_list(
            "kpi_id", "department_id", "starts_on", "ends_on", "lower", "upper"
        ):
            self.stretches[kpi].append(Stretch(*stretch, Goal(lower, upper)))
        heads = Headship.objects.heads().on(on).select_related("user")
        self.heads = {headship.department_id: headship.user for headship in heads}

    def measuring(self, kpi: Kpi, department: int, first: date, last: date) -> set[int]:
        """Who in this department (or below it, where the KPI adds up) is expected to report in these days."""
        within = self.tree.below(department) if kpi.over_departments != "none" else {department}
        return {
            a.department_id
            for a in self.assignments[kpi.pk]
            if a.department_id in within and a.starts_on <= last and (a.ends_on is None or a.ends_on >= first)
        }

    def goal(self, kpi: Kpi, department: int, period: date, grain: Grain, measuring: set[int]) -> Goal | None:
        """The target of a period; a sum's is the sum of its cadence periods' targets."""
        stretches = self.stretches[kpi.pk]
        if not stretches:
            return None
        alone = measuring <= {department} or len(measuring) == 1
        adds_up = kpi.over_departments != "sum" or alone
        own = next(iter(measuring)) if len(measuring) == 1 else department
        cadence = Grain(kpi.cadence)
        if kpi.over_time == "sum" and grain.fineness > cadence.fineness:
            parts = self.calendar.within(period, grain, cadence)
            return goals.total(
                [
                    goals.in_force(stretches, department=own, on=self.calendar.end(p, cadence), for_all=adds_up)
                    for p in parts
                ]
            )
        if kpi.over_time == "sum" and grain.fineness < cadence.fineness:
            return None
        day = self.calendar.end(period, grain)
        return goals.in_force(stretches, department=own, on=day, for_all=adds_up)

    def cell(self, kpi: Kpi, department: int, period: date, grain: Grain, reading: Reading | None) -> Cell:
        end = self.calendar.end(period, grain)
        measuring = self.measuring(kpi, department, period, end)
        goal = self.goal(kpi, department, period, grain, measuring)
        value = reading.value if reading else None
        due = end < self.on and bool(measuring)
        return Cell(period, reading, goal, goals.standing(value, goal, direction=kpi.direction), due)


def shown_at(kpi: Kpi) -> Grain:
    """The grain at which a scorecard shows a KPI: its cadence, days as weeks."""
    return Grain.WEEK if kpi.cadence == Grain.DAY else Grain(kpi.cadence)


def lines(book: Book, departments: Iterable[int], *, upto: date, count: int = PERIODS, grain: Grain | None = None):
    """A Line for each KPI and each of these departments that measures it, in the order of the KPIs."""
    departments = list(departments)
    grains = {kpi.pk: grain or shown_at(kpi) for kpi in book.kpis.values()}
    periods = {g: book.calendar.last(book.calendar.start(upto, g), g, count) for g in set(grains.values())}
    found = readings(book.kpis, departments, [Window(g, p[0], p[-1]) for g, p in periods.items()])
    made = []
    for kpi in book.kpis.values():
        at = grains[kpi.pk]
        first, last = periods[at][0], book.calendar.end(periods[at][-1], at)
        for department in departments:
            by_period = found.get((kpi.pk, department, at), {})
            expected = book.measuring(kpi, department, first, last)
            if not (by_period or expected):
                continue
            cells = [book.cell(kpi, department, p, at, by_period.get(p)) for p in periods[at]]
            expected_now = book.measuring(kpi, department, periods[at][-1], last)
            owner = book.heads.get(kpi.owner_id)
            made.append(Line(kpi, book.departments[department], at, cells, len(expected_now), owner))
    return made


class Table(NamedTuple):
    """Lines of one grain and the periods they stand over."""

    grain: Grain
    periods: list[date]
    lines: list[Line]


def scorecard(department: Department, *, on: date, upto: date | None = None, grain: Grain | None = None) -> list[Table]:
    """The department's KPIs over the last 13 periods up to a day, a table per grain, weeks first."""
    everywhere = list(Department.objects.all())
    below = Tree((d.pk, d.parent_id) for d in everywhere).below(department.pk)
    kpis = Kpi.objects.measured_in(below).live(on=upto or on).select_related("owner").by_name()
    if grain:
        kpis = [kpi for kpi in kpis if Grain(kpi.recorded).fineness <= grain.fineness]
    book = Book(everywhere, kpis, on=on)
    by_grain, order = defaultdict(list), Kpi.Category.values
    for line in lines(book, [department.pk], upto=upto or on, grain=grain):
        by_grain[line.grain].append(line)
    return [
        Table(g, [c.period for c in found[0].cells], sorted(found, key=lambda line: order.index(line.kpi.category)))
        for g, found in sorted(by_grain.items(), key=lambda item: item[0].fineness)
    ]
