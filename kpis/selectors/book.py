"""The definitions that a page needs, and the cells made of them: a KPI of a department in one period."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from departments.models import Department, Headship
from departments.tree import Tree
from kpis import goals
from kpis.goals import Goal, Standing, Stretch
from kpis.models import Assignment, CalendarDay, Kpi, Target
from kpis.periods import Calendar, Grain
from kpis.selectors import knowledge
from kpis.selectors.readings import Reading, Sums, Window, reading, readings
from kpis.selectors.worked import Evaluation, Workings


class Stay(NamedTuple):
    """A department that measures a KPI, from when to when."""

    department: int
    starts_on: date
    ends_on: date | None

    def holds(self, first: date, last: date) -> bool:
        return self.starts_on <= last and (self.ends_on is None or self.ends_on >= first)


def last_day(kpi: Kpi, department: Department, ends_on: date | None) -> date | None:
    """Nobody reports after the assignment ends, the department closes or the KPI is retired."""
    ends = [ends_on, department.closed_on, kpi.retired_on and kpi.retired_on - timedelta(days=1)]
    return min((day for day in ends if day), default=None)


class Cell(NamedTuple):
    """A KPI in one period. `expected`: of how many departments a value is; `over`: nothing more is to come."""

    period: date
    reading: Reading | None
    goal: Goal | None
    standing: Standing
    expected: int
    over: bool

    @property
    def value(self) -> Decimal | None:
        return self.reading.value if self.reading else None

    @property
    def due(self) -> bool:
        return self.over and self.expected > 0

    @property
    def is_missing(self) -> bool:
        return self.due and self.reading is None

    @property
    def miss(self) -> str:
        """On which side of its target a value lies that misses it: “below”, “above”, or ""; not before the end."""
        return self.goal.missed_by(self.value) if self.over and self.standing is Standing.OFF else ""


class Cells(Sequence):
    """Cells of a line, one for each of these (first day, last day) periods, oldest first; each is made when it is first
    looked at, for a page shows few of them.
    """

    def __init__(self, spans: list[tuple[date, date]], make: Callable[[date, date], Cell]):
        self.spans, self.make, self.made = spans, make, [None] * len(spans)

    @property
    def first(self) -> date:
        """The oldest period."""
        return self.spans[0][0]

    @property
    def last(self) -> date:
        """The newest period."""
        return self.spans[-1][0]

    def __len__(self):
        return len(self.made)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if self.made[index] is None:
            self.made[index] = self.make(*self.spans[index])
        return self.made[index]


class Book:
    """The definitions that a page needs, each kind in one query; `departments` and `kpis` as they are, or were.

    `known_at`: all else as it stood on record at that moment; of observations only those of departments `within`.
    """

    def __init__(
        self,
        departments: Iterable[Department],
        kpis: Iterable[Kpi],
        *,
        on: date,
        known_at: datetime | None = None,
        within: Collection[int] | None = None,
    ):
        self.on, self.known_at, self.within = on, known_at, within
        self.then, self.grains = {}, set()  # what was known, added up, and for which grains so far
        self.calendar: Calendar = CalendarDay.objects.calendar()
        self.departments = {d.pk: d for d in departments}
        self.tree = Tree((d.pk, d.parent_id) for d in self.departments.values())
        self.kpis = {kpi.pk: kpi for kpi in kpis}
        self.workings = Workings(self.kpis.values(), known_at=known_at)
        made_of = {kpi.pk: kpi for kpi in self.workings.kpis.values()}
        self.assignments, self.found_stays = defaultdict(list), {}
        for kpi, department, starts_on, ends_on in self.measured(made_of):
            until = last_day(made_of[kpi], self.departments[department], ends_on)
            self.assignments[kpi].append(Stay(department, starts_on, until))
        self.stretches = defaultdict(list)
        targets = Target.objects.known_at(known_at).filter(kpi__in=self.kpis)
        for kpi, *stretch, lower, upper in targets.values_list(
            "kpi_id", "department_id", "starts_on", "ends_on", "lower", "upper"
        ):
            self.stretches[kpi].append(Stretch(*stretch, Goal(lower, upper)))
        if known_at:
            heads = [lead for lead in knowledge.leads(at=known_at, on=on) if lead.kind == Headship.Kind.HEAD]
        else:
            heads = Headship.objects.heads().on(on).select_related("user")
        self.heads = {headship.department_id: headship.user for headship in heads}

    def measured(self, kpis: Iterable[int]) -> Iterable[tuple]:
        """(KPI, department, first day, last day) of who measures them."""
        columns = ("kpi_id", "department_id", "starts_on", "ends_on")
        if not self.known_at:
            return Assignment.objects.filter(kpi__in=kpis).values_list(*columns)
        rows = knowledge.table(Assignment, at=self.known_at, kpi__in=list(kpis))
        return [tuple(getattr(row, c) for c in columns) for row in rows if row.department_id in self.departments]

    def contributing(self, kpi: Kpi, department: int) -> set[int]:
        """The departments that a number here is made of: they measure the KPI, or what its formula needs."""
        return {stay.department for each in (kpi, *self.workings.inputs(kpi)) for stay in self.stays(each, department)}

    def stays(self, kpi: Kpi, department: int) -> list[Stay]:
        """Who measures the KPI in this department (or below it, where it adds up), from when to when."""
        if (found := self.found_stays.get((kpi.pk, department))) is None:
            within = self.tree.below(department) if kpi.over_departments != "none" else {department}
            found = [stay for stay in self.assignments[kpi.pk] if stay.department in within]
            self.found_stays[kpi.pk, department] = found
        return found

    def readings(
        self, departments: Iterable[int], windows: Iterable[Window], *, kpis: Iterable[Kpi] | None = None
    ) -> dict[tuple, dict[date, tuple]]:
        """As `readings`, of the book's KPIs or some of them; what a formula says is worked out where it is measured."""
        kpis = list(self.kpis.values() if kpis is None else kpis)
        departments, windows = list(departments), list(windows)
        inputs = {each.pk for kpi in kpis for each in self.workings.inputs(kpi)}
        read = self.known if self.known_at else readings
        found = read(inputs, departments, windows)
        for kpi in (kpi for kpi in kpis if kpi.is_formula):
            for department in departments:
                for grain in {window.grain for window in windows}:

                    def sums(each: Kpi, at=(department, grain)) -> dict[date, tuple]:
                        return found.get((each.pk, *at), {})

                    found[kpi.pk, department, grain] = self.worked(kpi, department, self.evaluation(grain, sums))
        return found

    @property
    def knowledge(self) -> dict:
        then = {"at": self.known_at, "within": self.within}
        return then | {"calendar": self.calendar, "parents": self.tree.parents}

    def known(self, kpis: set[int], departments: Iterable[int], windows: Iterable[Window]) -> dict[tuple, dict]:
        """As `readings`, of what was on record at `known_at`: added up once for each grain that is asked for."""
        if lacking := {window.grain for window in windows} - self.grains:
            made_of = (each for each in self.workings.kpis.values() if not each.is_formula)
            self.then |= knowledge.totals(made_of, grains=lacking, **self.knowledge)
            self.grains |= lacking
        found, places, spans = {}, set(departments), {window.grain: window for window in windows}
        for key, by_period in self.then.items():
            if key[0] in kpis and key[1] in places and (window := spans.get(key[2])):
                found[key] = {p: sums for p, sums in by_period.items() if window.first <= p <= window.last}
        return found

    def evaluation(self, grain: Grain, sums: Callable[[Kpi], dict[date, tuple]]) -> Evaluation:
        return Evaluation(self.workings, sums, partial(self.calendar.end, grain=grain))

    def worked(self, kpi: Kpi, department: int, evaluation: Evaluation) -> dict[date, tuple]:
        """What a formula says of a department, in the periods in which it measures the KPI."""
        stays = self.stays(kpi, department)
        made = evaluation.worked(kpi) if stays else {}
        return {p: worked for p, worked in made.items() if any(s.holds(p, evaluation.end(p)) for s in stays)}

    def measures(self, kpi: Kpi, department: int, first: date, last: date) -> bool:
        """Whether the department itself measures the KPI on one of these days."""
        return any(stay.department == department and stay.holds(first, last) for stay in self.assignments[kpi.pk])

    def stretch(self, kpi: Kpi, department: int, day: date, measuring: set[int]) -> Stretch | None:
        """The target row of a day; one for all departments does not mean the sum over several."""
        own = next(iter(measuring)) if len(measuring) == 1 else department
        means_all = kpi.over_departments != "sum" or len(measuring) == 1
        return goals.stretch_in_force(self.stretches[kpi.pk], department=own, on=day, for_all=means_all)

    def newest_stretch(self, kpi: Kpi, department: int, day: date) -> Stretch | None:
        """The target row in force on a day, or else the last that was before."""
        measuring = {stay.department for stay in self.stays(kpi, department) if stay.holds(day, day)}
        if found := self.stretch(kpi, department, day, measuring):
            return found
        ended = [
            s for s in self.stretches[kpi.pk] if s.ends_on and s.ends_on < day and s.department in (department, None)
        ]
        return max(ended, key=lambda s: s.ends_on, default=None)

    def goal(
        self, kpi: Kpi, department: int, grain: Grain, span: tuple[date, date], measuring: set[int]
    ) -> Goal | None:
        """The target of a period; a sum's is the sum of its cadence periods' targets."""
        cadence, (period, end) = Grain(kpi.cadence), span
        if not self.stretches[kpi.pk]:
            return None

        def on(day: date) -> Goal | None:
            found = self.stretch(kpi, department, day, measuring)
            return found.goal if found else None

        if kpi.over_time != "sum" or grain == cadence:
            return on(end)
        if grain.fineness < cadence.fineness:
            return None
        parts = self.calendar.within(period, grain, cadence)
        return goals.total([on(self.calendar.end(part, cadence)) for part in parts])

    def cells(
        self, kpi: Kpi, department: int, grain: Grain, spans: list[tuple[date, date]], found: dict[date, Sums]
    ) -> Cells:
        """A cell for each of these (first day, last day) periods; `found` maps a first day to what it adds up to."""
        stays = self.stays(kpi, department)

        def make(period: date, end: date) -> Cell:
            measuring = {stay.department for stay in stays if stay.holds(period, end)}
            goal = self.goal(kpi, department, grain, (period, end), measuring)
            read = reading(kpi, period, found[period]) if period in found else None
            standing = goals.standing(read.value if read else None, goal, direction=kpi.direction)
            expected = len(measuring) if kpi.is_handed_in else 0
            return Cell(period, read, goal, standing, expected, end < self.on)

        return Cells(spans, make)


def book_then(*, on: date, known_at: datetime, within: Collection[int] | None) -> Book:
    """All that stood on record at a moment, `on` being its day; of observations those of departments `within`."""
    departments = knowledge.departments(at=known_at)
    kpis = knowledge.kpis(at=known_at, owners={d.pk: d for d in departments}, live_on=on)
    return Book(departments, kpis, on=on, known_at=known_at, within=within)
