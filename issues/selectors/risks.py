"""Risks with what they are rated, what is accepted, when they are to be looked at again, and why."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from departments.models import Department
from issues.models import Risk, RiskClosure
from issues.models.risk import concerns
from issues.scales import Level, Rating, due_on, is_above
from kpis.models import Assignment, Kpi, Process, Signal

TOLD_OF = ["department", "owner", "kri", "kri_department"]
THEN = ["title", "category", "cause", "event", "effect", *TOLD_OF]  # told as they were on a day


class Rated(NamedTuple):
    """A risk as lists show it. `concern`: what its indicator has shown since somebody last looked at it."""

    risk: Risk
    inherent: Rating
    residual: Rating
    appetite: Level | None  # None where nobody said what is accepted
    scored_at: datetime
    concern: Signal | None
    closure: RiskClosure | None

    @property
    def is_above(self) -> bool | None:
        return is_above(self.residual, self.appetite)

    @property
    def due_on(self) -> date:
        """When its time is up; its indicator may say so earlier."""
        return due_on(timezone.localdate(self.scored_at), self.residual)

    def waits_since(self, on: date) -> date | None:
        """The day since which it is to be looked at; None where that is not so."""
        days = [self.due_on] if self.due_on <= on else []
        if self.concern:
            days.append(timezone.localdate(self.concern.found_at))
        return min(days, default=None) if self.closure is None else None


def rated(risks: QuerySet, *, known_at: datetime | None = None) -> list[Rated]:
    """The given risks (that are `rated`), in their order. A constant number of queries."""
    found = list(risks.select_related(*TOLD_OF))
    if known_at:
        put_back(found, known_at)
    shown = concerns_of(found, known_at=known_at)
    closures = RiskClosure.objects.standing(at=known_at).filter(risk__in=found).select_related("by")
    closed = {closure.risk_id: closure for closure in closures}
    return [
        Rated(
            risk,
            Rating(risk.inherent_likelihood, risk.inherent_impact),
            Rating(risk.residual_likelihood, risk.residual_impact),
            Level(risk.appetite) if risk.appetite else None,
            risk.scored_at,
            next(
                (s for s in shown.get((risk.kri_id, risk.kri_department_id), ()) if s.found_at > risk.scored_at), None
            ),
            closed.get(risk.pk),
        )
        for risk in found
    ]


def concerns_of(risks: Iterable[Risk], *, known_at: datetime | None) -> dict[tuple[int, int], list[Signal]]:
    """By KPI and department of an indicator: what it shows that nobody explained, the first found first."""
    tied = [risk for risk in risks if risk.kri_id]
    if not tied:
        return {}
    found: dict[tuple[int, int], list[Signal]] = {}
    signals = concerns(at=known_at).filter(kpi__in={r.kri_id for r in tied})
    signals = signals.filter(department__in={r.kri_department_id for r in tied})
    for signal in signals.order_by("found_at", "pk"):
        found.setdefault((signal.kpi_id, signal.department_id), []).append(signal)
    return found


def put_back(risks: Iterable[Risk], at: datetime):
    """How these were put at a moment, and who owned them."""
    versions = Risk.history.filter(id__in=[risk.pk for risk in risks], history_date__lte=at)
    then = {each.id: each for each in versions.select_related(*TOLD_OF).order_by("history_date", "history_id")}
    for risk in risks:
        for name in THEN if risk.pk in then else ():
            setattr(risk, name, getattr(then[risk.pk], name))


class Due(NamedTuple):
    """A risk to be looked at, since a day, for one or two reasons."""

    rated: Rated
    since: date
    time_is_up: bool


def queue(risks: QuerySet, *, on: date) -> list[Due]:
    """Of the given risks those to be looked at by now, whoever has waited longest first."""
    found = rated(risks.open().rated().due(on=on).order_by("pk"))
    waiting = [Due(each, since, each.due_on <= on) for each in found if (since := each.waits_since(on))]
    return sorted(waiting, key=lambda due: (due.since, -due.rated.residual.points, due.rated.risk.pk))


def indicators(departments: QuerySet, *, on: date) -> dict[str, tuple[Kpi, Department]]:
    """By “code@department” what can be an indicator: a KPI with one of these that measures it, or that is judged."""
    measured = Assignment.objects.on(on).filter(department__in=departments).values_list("kpi", "department")
    judged = Process.objects.filter(department__in=departments).values_list("kpi", "department")
    pairs = {*measured, *judged}
    kpis, places = list(Kpi.objects.live(on=on).by_name()), list(departments.by_name())
    return {indicator(k, d): (k, d) for d in places for k in kpis if (k.pk, d.pk) in pairs}


def indicator(kpi: Kpi, department: Department) -> str:
    return f"{kpi.code}@{department.slug}"
