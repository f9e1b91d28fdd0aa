"""KPIs of departments over their last periods, each against its target: what scorecards and the overview show."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import islice, takewhile
from typing import NamedTuple

from departments.models import Department, Headship, User
from departments.tree import Tree
from kpis import goals
from kpis.goals import Goal, Standing, Stretch
from kpis.models import Assignment, CalendarDay, Kpi, Target
from kpis.periods import Calendar, Grain
from kpis.selectors.readings import Reading, Sums, Window, reading, readings

PERIODS = 13
KEEPS_MISSING = 3  # values in a row off target


class Stay(NamedTuple):
    """A department that measures a KPI, from when to when."""

    department: int
    starts_on: date
    ends_on: date | None

    def holds(self, first: date, last: date) -> bool:
        return self.starts_on <= last and (self.ends_on is None or self.ends_on >= first)


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
        """On which side of its target a value lies that misses it: “below”, “above”, or ""."""
        return self.goal.missed_by(self.value) if self.standing is Standing.OFF else ""


class Cells(Sequence):
    """Cells of a line, oldest first; each is made when it is first looked at, for a page shows few of them."""

    def __init__(self, count: int, make: Callable[[int], Cell]):
        self.make, self.made = make, [None] * count

    def __len__(self):
        return len(self.made)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if self.made[index] is None:
            self.made[index] = self.make(range(len(self))[index])
        return self.made[index]


class Judged:
    """Cells of a KPI, oldest first, read as one: by the newest answer of a period that is over.

    What is missing since then is told beside it and changes no verdict; neither does a period that still runs.
    """

    cells: Sequence[Cell]

    @property
    def over(self) -> Iterator[Cell]:
        """The periods that are over, newest first."""
        return (cell for cell in reversed(self.cells) if cell.over)

    @property
    def answers(self) -> Iterator[Cell]:
        return (cell for cell in self.over if cell.value is not None)

    @cached_property
    def latest(self) -> Cell | None:
        """The newest period in which a value was due or came in all the same."""
        return next((cell for cell in self.over if cell.due or cell.reading), None)

    @cached_property
    def judged(self) -> Cell | None:
        """The newest answer, however old."""
        return next(self.answers, None)

    @cached_property
    def previous(self) -> Cell | None:
        """The answer before that one."""
        return next(islice(self.answers, 1, None), None)

    @property
    def kind(self) -> str:
        """The verdict in a word: on, risk (misses its target), off (keeps missing it), untargeted, none (no answer)."""
        if self.judged is None:
            return "none"
        if self.judged.standing is Standing.OFF:
            return "off" if self.missed_in_a_row >= KEEPS_MISSING else "risk"
        return str(self.judged.standing)

    @property
    def word(self) -> str:
        """Where the usual word for the kind would not be true: there is no answer, and nobody failed to report."""
        if self.judged is None and self.latest is None:
            return "Not due yet"
        return "No answer" if self.judged is None and self.latest.reading else ""

    @cached_property
    def missed_in_a_row(self) -> int:
        return goals.run_of_misses(cell.standing for cell in self.over)

    @cached_property
    def missing_in_a_row(self) -> int:
        """How many values that were due are missing since the newest that is there."""
        return sum(cell.due for cell in takewhile(lambda cell: cell.reading is None, self.over))

    @property
    def has_no_answer(self) -> bool:
        """Something was recorded last, and it comes to nothing (37 of 0), while there is an older answer."""
        return bool(self.judged and self.latest.reading and self.latest.value is None)


@dataclass
class Line(Judged):
    """A KPI of a department (with all below it) over some periods, oldest first."""

    kpi: Kpi
    department: Department
    grain: Grain
    cells: Sequence[Cell]
    owner: User | None

    @property
    def goal(self) -> Goal | None:
        """The target of the newest period that is over."""
        return next((cell.goal for cell in self.over), None)

    @cached_property
    def is_silent(self) -> bool:
        """Nothing was recorded in any of these periods."""
        return not any(cell.reading for cell in reversed(self.cells))

    @property
    def missed(self) -> str:
        """How often in a row the target was missed: “3 weeks”, “13+ months” where it may go further back."""
        open_ended = self.cells[0].expected > 0 and all(cell.miss for cell in self.answers)
        count = f"{self.missed_in_a_row}{'+' if open_ended else ''}"
        return f"{count} {self.grain}{'' if count == '1' else 's'}"

    @property
    def owned_by(self) -> str:
        return owned_by(self.kpi.owner, self.owner)

    @property
    def values(self) -> list[Decimal | None]:
        return [c.value for c in self.cells]

    @property
    def expected(self) -> int:
        return self.latest.expected if self.latest else 0

    @property
    def reporting(self) -> int:
        return self.latest.reading.reporting if self.latest and self.latest.reading else 0


def owned_by(department: Department, head: User | None) -> str:
    """Who answers for a KPI, in the words of every page: the department, and who leads it."""
    return f"{department}, {head}" if head else f"{department}, no head"


class Book:
    """The definitions that a page needs, each kind in one query."""

    def __init__(self, departments: Iterable[Department], kpis: Iterable[Kpi], *, on: date):
        self.on = on
        self.calendar: Calendar = CalendarDay.objects.calendar()
        self.departments = {d.pk: d for d in departments}
        self.tree = Tree((d.pk, d.parent_id) for d in self.departments.values())
        self.kpis = {kpi.pk: kpi for kpi in kpis}
        self.assignments = defaultdict(list)
        assignments = Assignment.objects.filter(kpi__in=self.kpis)
        for kpi, department, starts_on, ends_on in assignments.values_list(
            "kpi_id", "department_id", "starts_on", "ends_on"
        ):
            until = self.last_day(kpi, department, ends_on)
            self.assignments[kpi].append(Stay(department, starts_on, until))
        self.stretches = defaultdict(list)
        targets = Target.objects.current().filter(kpi__in=self.kpis)
        for kpi, *stretch, lower, upper in targets.values_list(
            "kpi_id", "department_id", "starts_on", "ends_on", "lower", "upper"
        ):
            self.stretches[kpi].append(Stretch(*stretch, Goal(lower, upper)))
        heads = Headship.objects.heads().on(on).select_related("user")
        self.heads = {headship.department_id: headship.user for headship in heads}

    def last_day(self, kpi: int, department: int, ends_on: date | None) -> date | None:
        """Nobody reports after the assignment ends, the department closes or the KPI is retired."""
        closed, retired = self.departments[department].closed_on, self.kpis[kpi].retired_on
        ends = [ends_on, closed, retired and retired - timedelta(days=1)]
        return min((day for day in ends if day), default=None)

    def stays(self, kpi: Kpi, department: int) -> list[Stay]:
        """Who measures the KPI in this department (or below it, where it adds up), from when to when."""
        within = self.tree.below(department) if kpi.over_departments != "none" else {department}
        return [stay for stay in self.assignments[kpi.pk] if stay.department in within]

    def measures(self, department: int, line: Line) -> bool:
        """Whether the department itself measures this KPI in one of these periods."""
        first, last = line.cells[0].period, line.cells[-1].period
        return any(s.department == department and s.holds(first, last) for s in self.assignments[line.kpi.pk])

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

        def make(index: int) -> Cell:
            period, end = spans[index]
            measuring = {stay.department for stay in stays if stay.holds(period, end)}
            goal = self.goal(kpi, department, grain, (period, end), measuring)
            read = reading(kpi, period, found[period]) if period in found else None
            standing = goals.standing(read.value if read else None, goal, direction=kpi.direction)
            return Cell(period, read, goal, standing, len(measuring), end < self.on)

        return Cells(len(spans), make)


def shown_at(kpi: Kpi) -> Grain:
    """The grain at which a scorecard shows a KPI: its cadence, days as weeks."""
    return Grain.WEEK if kpi.cadence == Grain.DAY else Grain(kpi.cadence)


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
    found = readings(book.kpis, departments + (apart if alone else []), windows)
    made = []
    for kpi in book.kpis.values():
        at, owner = grains[kpi.pk], book.heads.get(kpi.owner_id)
        for department in departments + (apart if kpi.pk in alone else []):
            by_period = found.get((kpi.pk, department, at), {})
            first, last = spans[at][0][0], spans[at][-1][1]
            if by_period or any(stay.holds(first, last) for stay in book.stays(kpi, department)):
                cells = book.cells(kpi, department, at, spans[at], by_period)
                made.append(Line(kpi, book.departments[department], at, cells, owner))
    return made


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
        table(g, sorted(found, key=lambda line: order.index(line.kpi.category)))
        for g, found in sorted(by_grain.items(), key=lambda item: item[0].fineness)
    ]


def table(grain: Grain, lines: list[Line]) -> Table:
    """A period that still runs is left out as long as nothing was recorded for it."""
    newest = [line.cells[-1] for line in lines]
    if not any(cell.over or cell.reading for cell in newest):
        for line in lines:
            line.cells = line.cells[:-1]
    return Table(grain, [cell.period for cell in lines[0].cells], lines)
