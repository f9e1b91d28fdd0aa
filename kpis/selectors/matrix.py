"""All processes by what they do: variation against assurance."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from departments.models import Department
from kpis.models import Assignment, Kpi, Process
from kpis.selectors.book import book_then
from kpis.selectors.processes import courses
from kpis.spc import Assurance, Kind

ROWS = [Kind.CONCERN, Kind.COMMON_CAUSE, Kind.IMPROVEMENT, Kind.HIGH, Kind.LOW]
COLUMNS = [Assurance.MISSES, Assurance.HIT_AND_MISS, Assurance.HITS, Assurance.NONE]


class Matrix(NamedTuple):
    """`rows`: for each kind its cells in the order of COLUMNS, each a list of processes; those in use alone."""

    columns: list[Assurance]
    rows: list[tuple[Kind, list[list[Process]]]]
    without_limits: int

    @property
    def count(self) -> int:
        return sum(len(cell) for _, cells in self.rows for cell in cells)


def matrix(
    departments: Iterable[Department],
    *,
    on: date,
    known_at: datetime | None = None,
    within: Collection[int] | None = None,
) -> Matrix:
    """The processes of live KPIs in these departments; those with too few values for limits are only counted.

    `known_at`: judged anew, of what stood on record at that moment, `on` being its day, of the departments `within`.
    """
    shown = {d.pk for d in departments if d.closed_on is None or d.closed_on >= on}
    if known_at:
        found = processes_then(on, known_at, within)
    else:
        live = Kpi.objects.live(on=on).filter(Exists(Assignment.objects.on(on).filter(kpi=OuterRef("pk"))))
        found = Process.objects.filter(department__in=shown, kpi__in=live).select_related("kpi", "department")
    cells, without = defaultdict(list), 0
    for process in sorted((each for each in found if each.department_id in shown), key=place):
        if process.centre is None:
            without += 1
        else:
            cells[process.kind, process.assurance].append(process)
    columns = [column for column in COLUMNS if any(assurance == column for _, assurance in cells)]
    rows = [(kind, [cells[kind, column] for column in columns]) for kind in ROWS if any(kind == k for k, _ in cells)]
    return Matrix(columns, rows, without)


def place(process: Process) -> tuple:
    department, kpi = process.department, process.kpi
    return department.position, department.name, kpi.position, kpi.name


def processes_then(on: date, known_at: datetime, within: Collection[int] | None) -> list[Process]:
    book = book_then(on=on, known_at=known_at, within=within)
    measured = {kpi for kpi, stays in book.assignments.items() if any(stay.holds(on, on) for stay in stays)}
    made = []
    for course in (course for course in courses(book) if course.kpi.pk in measured):
        if (newest := course.newest) is not None:
            point, department = course.points[newest], book.departments[course.department]
            kind, centre = point.kind(course.kpi.direction), point.limits and point.limits.centre
            said = {"kind": str(kind), "assurance": str(course.assurance), "centre": centre}
            at = {"grain": course.grain, "period": course.periods[newest]}
            made.append(Process(kpi=course.kpi, department=department, **at, **said))
    return made
