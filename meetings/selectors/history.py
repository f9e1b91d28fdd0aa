"""A department's statuses over time: health by week, how reliable its plans are, how well it knows what it promises."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Q

from departments.models import Department, Pause
from departments.selectors import business_days
from kpis import charts, spc
from meetings import weeks
from meetings.calibration import Bin, Forecast, brier, reliability
from meetings.models import Deadline, PlanReview, StatusItem, WeeklyStatus
from meetings.selectors.due import due_on

STRIP, YEARS = 52, 3
A_WEEK = timedelta(weeks=1)


class Stretch(NamedTuple):
    """A week of the strip: how it was reported; without `health` it was not, or (`paused`) nothing was owed."""

    week: date
    health: str
    paused: bool = False


class Kept(NamedTuple):
    """Plans of one week: how many were done of how many."""

    week: date
    done: int
    planned: int

    @property
    def share(self) -> float:
        return 100 * self.done / self.planned


class Calibration(NamedTuple):
    """`score` is the Brier score (0 is perfect, 0.25 is what 50 % always gets), None without forecasts."""

    score: float | None
    bins: list[Bin]
    count: int


def strip(department: Department, *, upto: date) -> list[Stretch]:
    """The last weeks, oldest first, from the first that was ever reported on."""
    first = upto - (STRIP - 1) * A_WEEK
    found = WeeklyStatus.objects.current().filter(department=department)
    health = dict(found.filter(week__range=(first, upto)).values_list("week", "health"))
    ever = found.order_by("week").values_list("week", flat=True).first()
    pauses = list(Pause.objects.during(first, upto + A_WEEK).filter(department=department))
    stands, days = Deadline.objects.standing(), business_days(first, upto)
    shown, week = [], max(first, ever or upto)
    while week <= upto:
        last = week + timedelta(days=6)
        paused = any(p.starts_on <= last and (p.ends_on is None or p.ends_on >= week) for p in pauses)
        shown.append(Stretch(week, health.get(week, ""), paused or due_on(week, stands, days) is None))
        week += A_WEEK
    return shown


def reviewed(departments: Collection[Department], *, since: date = date.min) -> Iterable[PlanReview]:
    """What became of plans, by the versions that stand: once for each plan, with the week it is first told in."""
    stands = {"status__superseded_at": None, "status__department__in": departments}
    found = PlanReview.objects.filter(**stands, status__week__gte=since)
    told_in = {}
    for review in found.select_related("status", "plan__status").order_by("status__week", "pk"):
        planned = review.plan.status  # whose versions have the same plans
        key = planned.department_id, planned.week, review.plan.text
        if told_in.setdefault(key, review.status_id) == review.status_id:
            yield review


def plans_kept(department: Department) -> list[Kept]:
    """By week, oldest first; weeks in which no plan came due are left out."""
    done, planned = defaultdict(int), defaultdict(int)
    for review in reviewed([department]):
        planned[review.status.week] += 1
        done[review.status.week] += review.outcome == PlanReview.Outcome.DONE
    return [Kept(week, done[week], planned[week]) for week in sorted(planned)]


def points(kept: list[Kept]) -> list[charts.Point]:
    """As a process behaviour chart wants them: a point for each week from the first to the last, with its gaps."""
    if not kept:
        return []
    by_week, week, shown = {each.week: each for each in kept}, kept[0].week, []
    while week <= kept[-1].week:
        shown.append(week)
        week += A_WEEK
    values = [by_week[week].share if week in by_week else None for week in shown]
    judged = spc.judge(values)
    return [point(week, by_week.get(week), said, values) for week, said in zip(shown, judged, strict=True)]


def point(week: date, kept: Kept | None, said: spc.Point, values: list[float | None]) -> charts.Point:
    return charts.Point(
        week,
        f"W{weeks.number(week)} {week.isocalendar().year}",
        said.value,
        detail=f"{kept.done} of {kept.planned} done" if kept else "",
        limits=said.limits and charts.within_bounds(said.limits, values, unit="%"),
        phase=said.phase,
        kind=said.kind("up"),
        rules=tuple(flag.rule for flag in said.flags),
    )


def calibration(departments: Collection[Department], *, since: date) -> Calibration:
    """Confidence as it was stated with the plans, against whether each of them was done: of weeks `since` a day."""
    came, said = {}, {}
    for review in reviewed(departments, since=since):
        status = review.plan.status
        if status.confidence is not None:
            said[status.pk] = status.confidence / 100
            came[status.pk] = came.get(status.pk, True) and review.outcome == PlanReview.Outcome.DONE
    forecasts: list[Forecast] = [(said[key], came[key]) for key in said]
    return Calibration(brier(forecasts), reliability(forecasts), len(forecasts))


def speaking_of(statuses, words: str):
    """Those of these statuses in which the words stand."""
    item = StatusItem.objects.filter(text__icontains=words).values("status")
    return statuses.filter(Q(headline__icontains=words) | Q(need__icontains=words) | Q(pk__in=item))
