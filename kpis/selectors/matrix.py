"""All processes by what they do: variation against assurance."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from departments.models import Department
from kpis.models import Assignment, Kpi, Process
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


def matrix(departments: Iterable[Department], *, on: date) -> Matrix:
    """The processes of live KPIs in these departments; those with too few values for limits are only counted."""
    live = Kpi.objects.live(on=on).filter(Exists(Assignment.objects.on(on).filter(kpi=OuterRef("pk"))))
    open_now = [d for d in departments if d.closed_on is None or d.closed_on >= on]
    found = Process.objects.filter(department__in=open_now, kpi__in=live).select_related("kpi", "department")
    cells, without = defaultdict(list), 0
    for process in found.order_by("department__position", "department__name", "kpi__position", "kpi__name"):
        if process.centre is None:
            without += 1
        else:
            cells[process.kind, process.assurance].append(process)
    columns = [column for column in COLUMNS if any(assurance == column for _, assurance in cells)]
    rows = [(kind, [cells[kind, column] for column in columns]) for kind in ROWS if any(kind == k for k, _ in cells)]
    return Matrix(columns, rows, without)
