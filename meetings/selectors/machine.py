"""What the data say of a department, beside what its head says: concerns, and targets it consistently misses."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Q

from departments.models import Department
from kpis.models import Assignment, Kpi, Process
from meetings.models import WeeklyStatus

NAMED = 2


@dataclass
class DataSay:
    """`concerns`: KPIs whose newest value is a signal of concern. `misses`: those that consistently miss a target."""

    judged: int = 0
    concerns: list[Kpi] = field(default_factory=list)
    misses: list[Kpi] = field(default_factory=list)

    @property
    def kind(self) -> str:
        if not self.judged:
            return WeeklyStatus.Data.UNKNOWN
        return WeeklyStatus.Data.CONCERN if self.concerns or self.misses else WeeklyStatus.Data.QUIET

    @property
    def words(self) -> str:
        """“1 signal in On-time delivery, 2 targets consistently missed: Rework hours, Days sales outstanding”"""
        said = []
        if self.concerns:
            said.append(f"{counted(self.concerns, 'signal')} in {named(self.concerns)}")
        if self.misses:
            said.append(f"{counted(self.misses, 'target')} consistently missed: {named(self.misses)}")
        return ", ".join(said)

    @property
    def short(self) -> str:
        """“1 signal”, “2 targets missed”, “No concern”"""
        if self.kind == WeeklyStatus.Data.CONCERN:
            return counted(self.concerns, "signal") if self.concerns else f"{counted(self.misses, 'target')} missed"
        return WeeklyStatus.Data(self.kind).label


def counted(found: list, noun: str) -> str:
    return f"{len(found)} {noun}{'' if len(found) == 1 else 's'}"


def named(kpis: list[Kpi]) -> str:
    more = len(kpis) - NAMED
    return ", ".join(kpi.name for kpi in kpis[:NAMED]) + (f" and {more} more" if more > 0 else "")


def data_say(departments: Collection[Department], *, on: date) -> dict[int, DataSay]:
    """By department, of what it measures itself, as it was last judged: one question for all of them."""
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
    return found
