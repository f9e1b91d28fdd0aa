"""One KPI of one department over all its time: what its chart and its table show."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Case, F, Max, OuterRef, Subquery, Value, When

from departments.models import Department, User
from kpis import spc
from kpis.goals import Goal, Standing, Stretch
from kpis.models import Assignment, Kpi, Observation, Rollup
from kpis.periods import Calendar, Grain
from kpis.selectors import knowledge
from kpis.selectors.book import Book, Cell
from kpis.selectors.judged import Judged, Line, owned_by
from kpis.selectors.processes import Start, phases_at, phases_of
from kpis.selectors.readings import Sums, Window, days, readings
from kpis.selectors.said import source
from kpis.selectors.worked import NOTHING, Evaluation, Version

SPELT_OUT = 13  # periods of silence at the end of a series that are shown one by one


@dataclass
class Series(Judged):
    """Cells for every period from the first value to now, gaps included, oldest first.

    A long silence at the end is not spelt out: `silent` says for how many periods there has been no value.
    """

    kpi: Kpi
    department: Department
    grain: Grain
    cells: list[Cell]
    history: list[Cell]  # all of them, where `cells` are only those asked for
    calendar: Calendar
    phases: list[Start]
    source: tuple[int, int]  # the KPI and the department whose process it shows
    evaluation: Evaluation
    cell_of: Callable[[date], Cell]  # of any period, also one that is not among the cells
    silent: int = 0
    owner: User | None = None  # the head of the department that owns the KPI
    target: Stretch | None = None  # the one in force, or the last that was

    @property
    def owned_by(self) -> str:
        return owned_by(self.kpi.owner, self.owner)

    @cached_property
    def behaviour(self) -> tuple[list[spc.Point], list[Start | None]]:
        """A point for each cell, judged among all that was ever recorded, and where each phase comes from."""
        periods = [cell.period for cell in self.history]
        phases, starts = phases_at(self.phases, self.department.pk, periods, self.calendar, self.grain)
        values = [float(c.value) if c.over and c.value is not None else None for c in self.history]
        points = spc.judge(values, phases)
        skipped = periods.index(self.cells[0].period) if self.cells else 0
        return points[skipped : skipped + len(self.cells)], starts

    @property
    def points(self) -> list[spc.Point]:
        return self.behaviour[0]

    @cached_property
    def newest_point(self) -> spc.Point | None:
        return next((point for point in reversed(self.points) if point.value is not None), None)

    @property
    def variation(self) -> spc.Kind:
        return self.newest_point.kind(self.kpi.direction) if self.newest_point else spc.Kind.COMMON_CAUSE

    @property
    def is_rising(self) -> bool:
        """Whether what is no routine variation lies above it."""
        flag = self.newest_point.first if self.newest_point else None
        return bool(flag and flag.up)

    @property
    def starts(self) -> list[Start]:
        return [start for start in self.behaviour[1] if start]

    @property
    def limits(self) -> spc.Limits | None:
        return self.newest_point.limits if self.newest_point else None

    @property
    def assurance(self) -> spc.Assurance:
        return spc.assurance(self.goal, self.limits, self.kpi.direction)

    @property
    def goal(self) -> Goal | None:
        """The target of the newest value of a period that is over."""
        return self.judged.goal if self.judged else None

    @property
    def since(self) -> Start | None:
        """The phase that the newest value is in, if it is not the first."""
        return self.behaviour[1][self.newest_point.phase] if self.newest_point else None

    @property
    def not_reported(self) -> int:
        """How many values that were due are missing, those of a silence that is not spelt out too."""
        return len(self.missing) + (self.silent if self.is_silent else 0)

    @property
    def formulas(self) -> list[Version]:
        """How it is worked out, if it is, the oldest first."""
        return self.evaluation.workings.versions.get(self.kpi.code, [])

    def formula(self, period: date) -> Version | None:
        return self.evaluation.workings.version(self.kpi, self.evaluation.end(period)) if self.kpi.is_formula else None

    def first_formula(self, period: date) -> Version | None:
        """The one that was the first to say what the period comes to, where another does by now."""
        if not self.kpi.is_formula:
            return None
        first = self.evaluation.workings.first(self.kpi.code, self.evaluation.end(period))
        return None if first == self.formula(period) else first

    def made_of(self, period: date) -> list[tuple[Kpi, Decimal | None]]:
        """What a period's value is worked out from."""
        version, known = self.formula(period), self.evaluation.workings.kpis
        codes = [code for code in version.codes if code in known] if version else []
        return [(known[code], self.evaluation.answers(code).get(period, NOTHING).value) for code in codes]

    @property
    def recorded(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.value is not None]

    @property
    def values(self) -> list[Decimal | None]:
        return [cell.value for cell in self.cells]

    @property
    def missing(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_missing]

    @property
    def is_silent(self) -> bool:
        return self.silent > SPELT_OUT

    @property
    def off_target(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.standing is Standing.OFF]


def grains_of(kpi: Kpi) -> list[Grain]:
    """The grains at which a KPI has answers: its own and everything longer, weeks only out of days or weeks."""
    own = Grain(kpi.recorded)
    return [g for g in Grain if g.fineness >= own.fineness]


def series(
    kpi: Kpi,
    department: Department,
    *,
    grain: Grain,
    on: date,
    first: date | None = None,
    last: date | None = None,
    known_at: datetime | None = None,
    within: Collection[int] | None = None,
) -> Series:
    """Every period between the first and the last value (or the days given). Empty where nothing was recorded.

    `known_at`: as it stood on record at that moment, `on` being its day, of the departments `within` (None: all).
    """
    if known_at:
        kpi = knowledge.definition(kpi, at=known_at)
    departments = knowledge.departments(at=known_at) if known_at else Department.objects.all()
    book = Book(departments, [kpi], on=on, known_at=known_at, within=within)
    if known_at:
        kpi.owner = book.departments.get(kpi.owner_id) or kpi.owner

    def sums(each: Kpi) -> dict[date, Sums]:
        return read(book, each, department, grain)

    evaluation = book.evaluation(grain, sums)
    found = book.worked(kpi, department.pk, evaluation) if kpi.is_formula else sums(kpi)

    def cell_of(period: date) -> Cell:
        return book.cells(kpi, department.pk, grain, [(period, book.calendar.end(period, grain))], found)[0]

    more = {
        "calendar": book.calendar,
        "cell_of": cell_of,
        "source": source(book, kpi, department.pk),
        "phases": phases_of(book)[kpi.pk],
        "evaluation": evaluation,
        "owner": book.heads.get(kpi.owner_id),
        "target": book.newest_stretch(kpi, department.pk, on),
    }
    if not found:
        return Series(kpi, department, grain, [], [], **more)
    until = max(max(found), book.calendar.start(on, grain))
    period, spans = min(found), []
    while period <= until:
        spans.append((period, book.calendar.end(period, grain)))
        period = book.calendar.step(period, grain, 1)
    cells = list(book.cells(kpi, department.pk, grain, spans, found))
    newest = max(index for index, cell in enumerate(cells) if cell.reading)
    silent = sum(cell.due for cell in cells[newest + 1 :])
    cells = cells[: newest + 1 + (silent if silent <= SPELT_OUT else 0)]
    shown = [cell for cell in cells if (first or date.min) <= cell.period <= (last or date.max)]
    return Series(kpi, department, grain, shown, cells, silent=silent, **more)


def read(book: Book, kpi: Kpi, department: Department, grain: Grain) -> dict[date, Sums]:
    if book.known_at:
        found = knowledge.totals([kpi], **book.knowledge, grains=[grain])
        return found.get((kpi.pk, department.pk, str(grain)), {})
    if grain is Grain.DAY:
        within = book.tree.below(department.pk) if kpi.over_departments != "none" else {department.pk}
        return days(kpi, within, date.min, date.max)
    return readings([kpi.pk], [department.pk], [Window(grain, date.min, date.max)])[kpi.pk, department.pk, grain]


def newest_date(department: Department | None = None) -> date | None:
    """The newest day anything was recorded for, by anybody or by what adds up to a department: where to look when the
    present is empty."""
    if department is None:
        found, where = Assignment.objects.all(), {"kpi": OuterRef("kpi"), "department": OuterRef("department")}
    else:
        found = Kpi.objects.measured_in(Department.objects.below([department]))
        where = {"kpi": OuterRef("pk"), "department": department}
    newest = Rollup.objects.filter(**where, grain="quarter").order_by("-period").values("last_on")[:1]
    return found.annotate(newest=Subquery(newest)).aggregate(Max("newest"))["newest__max"]


def newest_periods(lines: Iterable[Line], *, upto: date) -> dict[tuple[int, int], date]:
    """{(KPI, department): the newest period up to a day for which anything was recorded}, in one query, a step each."""
    lines = list(lines)
    if not lines:
        return {}
    newest = {
        f"at_{key}": Subquery(
            Rollup.objects.filter(kpi=OuterRef("pk"), department=key, grain=OuterRef("shown_at"), period__lte=upto)
            .order_by("-period")
            .values("period")[:1]
        )
        for key in {line.department.pk for line in lines}
    }
    shown = Case(When(cadence=Grain.DAY, then=Value(Grain.WEEK)), default=F("cadence"))
    kpis = Kpi.objects.filter(pk__in={line.kpi.pk for line in lines}).annotate(shown_at=shown)
    found = {row.pop("pk"): row for row in kpis.annotate(**newest).values("pk", *newest)}
    wanted = {(line.kpi.pk, line.department.pk) for line in lines}
    return {(kpi, key): day for kpi, key in wanted if (day := found[kpi][f"at_{key}"])}


def trail(kpi: Kpi, departments, *, known_at: datetime | None = None):
    """The observations, newest first, and what was done to them: who recorded what, when and from where."""
    rows = Observation.objects.known_at(known_at) if known_at else Observation.objects.all()
    rows = rows.filter(kpi=kpi, department__in=departments).select_related(
        "department", "batch__recorded_by", "superseded_in__recorded_by"
    )
    return rows.order_by("-date", "-recorded_at", "-id")
