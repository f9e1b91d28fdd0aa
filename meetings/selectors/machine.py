"""What the data say of a department, beside what its head says: concerns, targets it consistently misses, and what it
promised and has not done."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q

from departments.models import Department
from issues.models import Commitment
from kpis.models import Assignment, Kpi, Process
from meetings.models import WeeklyStatus

NAMED = 2


@dataclass
class DataSay:
    """`concerns`: KPIs whose newest value is a signal of concern. `misses`: those that consistently miss a target.
    `overdue`: how many commitments are."""

    judged: int = 0
    concerns: list[Kpi] = field(default_factory=list)
    misses: list[Kpi] = field(default_factory=list)
    overdue: int = 0

    @property
    def kind(self) -> str:
        if self.concerns or self.misses or self.overdue:
            return WeeklyStatus.Data.CONCERN
        return WeeklyStatus.Data.QUIET if self.judged else WeeklyStatus.Data.UNKNOWN

    @property
    def words(self) -> str:
        """“1 signal in On-time delivery, 2 targets consistently missed: Rework hours, Days sales outstanding”"""
        said = []
        if self.concerns:
            said.append(f"{counted(len(self.concerns), 'signal')} in {named(self.concerns)}")
        if self.misses:
            said.append(f"{counted(len(self.misses), 'target')} consistently missed: {named(self.misses)}")
        if self.overdue:
            said.append(f"{counted(self.overdue, 'commitment')} overdue")
        return ", ".join(said)

    @property
    def short(self) -> str:
        """“1 signal”, “2 targets missed”, “1 overdue”, “No concern”"""
        if self.concerns:
            return counted(len(self.concerns), "signal")
        if self.misses:
            return f"{counted(len(self.misses), 'target')} missed"
        return f"{self.overdue} overdue" if self.overdue else WeeklyStatus.Data(self.kind).label


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def named(kpis: list[Kpi]) -> str:
    more = len(kpis) - NAMED
    return ", ".join(kpi.name for kpi in kpis[:NAMED]) + (f" and {more} more" if more > 0 else "")


def data_say(departments: Collection[Department], *, on: date) -> dict[int, DataSay]:
    """By department, of what it measures itself, as it was last judged, and promised: two questions for all of them."""
    found = defaultdict(DataSay)
    measured = Assignment.objects.on(on).filter(kpi=OuterRef("kpi"), department=OuterRef("department"))
    live = Q(kpi__retired_on=None) | Q(kpi__retired_on__gt=on)
    rows = Process.objects.filter(live, Exists(measured), department__in=departments).exclude(centre=None)
    for process in rows.select_related("kpi").order_by("kpi__position", "kpi__name", "kpi"):
        said = found[process.department_id]
        said.judged += 1
        if process.kind == "concern":
            said.concerns.append(process.kpi)
        if process.assurance == "misses":
            said.misses.append(process.kpi)
    promised = Commitment.objects.overdue(on=on).filter(department__in=departments).order_by()
    for key, number in promised.values_list("department").annotate(Count("pk")):
        found[key].overdue = number
    return found
