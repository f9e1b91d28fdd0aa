"""A department's statuses over time: health by week, how reliable its plans are, how well it knows what it promises."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from departments.models import Department
from kpis import charts, spc
from meetings import weeks
from meetings.calibration import Bin, Forecast, brier, reliability
from meetings.models import PlanReview, StatusItem, WeeklyStatus
from meetings.selectors.due import days_between, due_on, pauses, rule

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


def strip(department: Department, *, upto: date, known_at: datetime | None = None) -> list[Stretch]:
    """The last weeks, oldest first, from the first that was ever reported on."""
    first = upto - (STRIP - 1) * A_WEEK
    found = WeeklyStatus.objects.known_at(known_at).filter(department=department)
    health = dict(found.filter(week__range=(first, upto)).values_list("week", "health"))
    ever = found.order_by("week").values_list("week", flat=True).first()
    off = [each for each in pauses(first, upto + A_WEEK, known_at=known_at) if each.department_id == department.pk]
    stands, days = rule(known_at=known_at), days_between(first, upto, known_at=known_at)
    shown, week = [], max(first, ever or upto)
    while week <= upto:
        paused = any(each.is_during(week, week + timedelta(days=6)) for each in off)
        shown.append(Stretch(week, health.get(week, ""), paused or due_on(week, stands, days) is None))
        week += A_WEEK
    return shown


def reviewed(
    departments: Collection[Department], *, since: date = date.min, known_at: datetime | None = None
) -> Iterable[PlanReview]:
    """What became of plans, by the versions that stand: once for each plan, with the week it is first told in."""
    stands = WeeklyStatus.objects.known_at(known_at).filter(department__in=departments, week__gte=since)
    found = PlanReview.objects.filter(status__in=stands)
    told_in = {}
    for review in found.select_related("status", "plan__status").order_by("status__week", "pk"):
        planned = review.plan.status  # whose versions have the same plans
        key = planned.department_id, planned.week, review.plan.text
        if told_in.setdefault(key, review.status_id) == review.status_id:
            yield review


def plans_kept(department: Department, *, known_at: datetime | None = None) -> list[Kept]:
    """By week, oldest first; weeks in which no plan came due are left out."""
    done, planned = defaultdict(int), defaultdict(int)
    for review in reviewed([department], known_at=known_at):
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
    dropped = PlanReview.objects.filter(reason__icontains=words).values("status")
    itself = Q(headline__icontains=words) | Q(need__icontains=words)
    return statuses.filter(itself | Q(pk__in=item) | Q(pk__in=dropped))
