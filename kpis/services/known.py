"""What files may speak of: departments, KPIs and who measures what, looked up once for all rows."""

from collections import defaultdict
from datetime import date
from difflib import get_close_matches

from departments.models import Department
from departments.models.department import DepartmentQuerySet
from kpis.cells import one_line
from kpis.models import Assignment, CalendarDay, Kpi
from kpis.periods import Grain


def key(text: str) -> str:
    """Names that differ in case or spaces alone are the same."""
    return one_line(text).casefold()


class Known:
    """`within` limits it to some departments, those that somebody may write for, and what they measure."""

    def __init__(self, within: DepartmentQuerySet | None = None):
        self.answers: dict[tuple[str, str], str] = {}
        self.calendar = CalendarDay.objects.calendar()
        self.periods: dict[tuple[str, date], tuple[date, date]] = {}
        self.departments: dict[str, Department] = {}
        self.is_limited = within is not None
        kpis = Kpi.objects.measured_in(within) if self.is_limited else Kpi.objects.all()
        self.kpis: dict[str, Kpi] = {kpi.code: kpi for kpi in kpis}
        self.assignments: dict[tuple[int, int], list[Assignment]] = defaultdict(list)
        for department in within if self.is_limited else Department.objects.all():
            self.departments.setdefault(key(department.slug), department)
        for department in list(self.departments.values()):
            self.departments[key(department.name)] = department
        for assignment in Assignment.objects.all():
            self.assignments[assignment.kpi_id, assignment.department_id].append(assignment)

    def department(self, text: str) -> Department | None:
        found = self.departments.get(text) or self.departments.get(key(text))
        if found:
            self.departments[text] = found  # the same text comes again, row by row
        return found

    def period(self, kpi: Kpi, day: date) -> tuple[date, date]:
        """First and last day of the period for which a value of this day is recorded."""
        found = self.periods.get((kpi.recorded, day))
        if found is None:
            grain = Grain(kpi.recorded)
            first = self.calendar.start(day, grain)
            found = self.periods[kpi.recorded, day] = (first, self.calendar.end(first, grain))
        return found

    def a_department(self, text: str) -> str:
        what = "a department that you may write for" if self.is_limited else "a department's name"
        return self.wanted(what, text, [each.name for each in self.departments.values()])

    def a_kpi(self, text: str) -> str:
        return self.wanted("a KPI's code", text, list(self.kpis))

    def wanted(self, what: str, text: str, names: list[str]) -> str:
        """With the nearest names, or some; after a few hundred different texts nobody reads them any more."""
        if (what, text) not in self.answers and len(self.answers) < 300:
            near = get_close_matches(one_line(text), dict.fromkeys(names), n=3) or sorted(set(names))[:6]
            self.answers[what, text] = f"{what}, such as {', '.join(near)}" if near else f"{what}; there is none yet"
        return self.answers.get((what, text), what)
