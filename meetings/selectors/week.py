"""A department's week as it is written: what stands, what was typed and planned, what is missing, what changed."""

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from departments.models import Department
from kpis.models import Signal
from kpis.periods import Grain
from kpis.selectors.grid import GridCell, grains_recorded, grid
from meetings.models import PlanReview, StatusDraft, StatusItem, WeeklyStatus
from meetings.selectors.due import due_at
from meetings.selectors.machine import DataSay, data_say

SIGNALS, RECENT = 5, timedelta(weeks=4)
Kind, Outcome = StatusItem.Kind, PlanReview.Outcome


@dataclass
class Week:
    """`on`: the day on which it is written. Nothing is asked before it is shown."""

    department: Department
    week: date
    on: date

    @property
    def number(self) -> int:
        return self.week.isocalendar().week

    @property
    def last_day(self) -> date:
        return self.week + timedelta(days=6)

    @cached_property
    def status(self) -> WeeklyStatus | None:
        return WeeklyStatus.objects.current().filter(department=self.department, week=self.week).first()

    @cached_property
    def draft(self) -> StatusDraft | None:
        found = StatusDraft.objects.filter(department=self.department, week=self.week)
        return found.select_related("saved_by").first()

    @cached_property
    def last(self) -> WeeklyStatus | None:
        """The newest status before this week's."""
        found = WeeklyStatus.objects.current().filter(department=self.department)
        return found.before(self.week).newest_first().first()

    @cached_property
    def plans(self) -> list[StatusItem]:
        """What was planned there."""
        return list(self.last.items.filter(kind=Kind.PLAN)) if self.last else []

    @cached_property
    def due_at(self) -> datetime | None:
        return due_at(self.week)

    @cached_property
    def data(self) -> DataSay:
        return data_say([self.department], on=self.on)[self.department.pk]

    @cached_property
    def cells(self) -> list[GridCell]:
        """The newest value of each KPI that is due by the end of this week; values of days have a grid of their own."""
        found = []
        for grain in grains_recorded(self.department):
            if grain is not Grain.DAY:
                found += self.due_cells(grain)
        return found

    def due_cells(self, grain: Grain) -> list[GridCell]:
        shown = grid(self.department, grain=grain, on=self.on, upto=min(self.last_day, self.on), count=2)
        over = [p for p in shown.periods if grain is Grain.WEEK or shown.calendar.end(p, grain) <= self.last_day]
        newest = over[-1] if over else None
        return [cell for _, cells in shown.rows for cell in cells if cell.period == newest and cell.expected]

    @cached_property
    def signals(self) -> list[Signal]:
        """What changed lately and nobody has explained: newest first."""
        found = Signal.objects.open().filter(department=self.department, last__gte=self.week - RECENT)
        found = found.exclude(kind__in=[Signal.Kind.MISSING, Signal.Kind.LATE])
        return list(found.filter(first__lte=self.last_day).select_related("kpi").newest_first()[:SIGNALS])

    @property
    def edition(self) -> int:
        return self.draft.edition if self.draft else 0

    @property
    def is_typed(self) -> bool:
        """Whether something was typed that is not sent."""
        return bool(self.draft) and self.draft.is_open

    def initial(self) -> dict:
        """What the form begins with: what was typed, else what was sent, else the week before."""
        if self.is_typed:
            return self.replanned(self.draft.content)
        return self.sent_as_typed() if self.status else carried_over(self.last)

    def sent_as_typed(self) -> dict:
        return as_typed(self.status, self.plans)

    def replanned(self, content: MutableMapping) -> MutableMapping:
        """What was typed. What it says of plans in an earlier version of the last status goes to the same words."""
        keys = {int(key) for name in content if (key := name.removeprefix("outcome-")).isdecimal() and len(key) < 19}
        before = StatusItem.objects.filter(pk__in=keys - {plan.pk for plan in self.plans})
        free, found = [plan for plan in self.plans if plan.pk not in keys], content.copy()
        for plan in before.filter(kind=Kind.PLAN, status__department=self.department).order_by("pk"):
            if same := next((each for each in free if each.text == plan.text), None):
                free.remove(same)
                for name in ("outcome", "reason"):
                    found[f"{name}-{same.pk}"] = content.get(f"{name}-{plan.pk}", "")
                    found.pop(f"{name}-{plan.pk}", None)
        return found


def as_typed(status: WeeklyStatus, plans: list[StatusItem]) -> dict:
    """A status as somebody would type it into the form."""
    texts = {plan.text for plan in plans}  # other versions of last week's status have the same plans, or others
    lists = {kind: [item for item in status.items.all() if item.kind == kind] for kind in Kind}
    found = {
        "health": status.health,
        "headline": status.headline,
        "confidence": status.confidence,
        "progress": lines(lists[Kind.PROGRESS]),
        "plans": lines(item for item in lists[Kind.PLAN] if item.carries_id is None or item.text not in texts),
        "problems": lines(lists[Kind.PROBLEM]),
        "need": status.need,
        "need_of": status.need_of_id,
    }
    reviews = status.reviews.select_related("plan")
    reviewed = {key: review for review in reviews for key in (review.plan_id, review.plan.text)}
    for plan in plans:
        if review := reviewed.get(plan.pk) or reviewed.get(plan.text):
            found |= {f"outcome-{plan.pk}": review.outcome, f"reason-{plan.pk}": review.reason}
    return found


def lines(found) -> str:
    return "\n".join(item.text for item in found)


def carried_over(last: WeeklyStatus | None) -> dict:
    """A week begins as the one before: what has not changed is not typed again."""
    if last is None:
        return {}
    return {"health": last.health, "headline": last.headline, "confidence": last.confidence}
