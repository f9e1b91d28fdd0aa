"""A measure is taken, and with it a phase begins; it is withdrawn, or brought back."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from departments.models import Department, User
from departments.models.department import Reach
from issues.models import Issue, Measure, MeasureWithdrawal
from kpis.models import CalendarDay, Kpi, Phase
from kpis.selectors.judged import shown_at
from kpis.services.explaining import AlreadyAPhase, PhaseSuperseded, end_phase, start_phase

REASON = Phase._meta.get_field("reason").max_length


class MeasureRefused(Exception):
    """What somebody asked of a measure is not done."""


class AlreadyWithdrawn(MeasureRefused):
    def __init__(self, withdrawal: MeasureWithdrawal):
        super().__init__(f"{withdrawal.by} withdrew it already: {withdrawal.why}")


@dataclass(frozen=True)
class Taken:
    """What was done, where, and what is expected of it."""

    kpi: Kpi
    department: Department
    kind: str
    what: str
    way: str
    size: Decimal
    effective_on: date
    look_on: date
    issue: Issue | None = None


def may_take(user: User, *, on: date) -> bool:
    """Who writes for a department says what was done there."""
    return Department.objects.reachable_by(user, on=on, reach=Reach.WRITE).exists()


@transaction.atomic
def take_measure(taken: Taken, *, by: User, at: datetime) -> Measure:
    """Put a measure on record. A phase of its KPI begins with the first whole period after it, for this department;
    one that begins there already does as well. The same again of the same person is the measure that stands."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # what one person sends twice at once comes in turn
    if same := Measure.objects.standing().filter(**vars(taken), made_by=by).order_by("pk").first():
        return same
    measure = Measure(**vars(taken), made_by=by, made_at=at)
    measure.phase = begin(measure, by=by, at=at)
    measure.save()
    return measure


def first_period(measure: Measure) -> date:
    """The first whole period after it."""
    return CalendarDay.objects.calendar().whole_from(measure.effective_on, shown_at(measure.kpi))


def begin(measure: Measure, *, by: User, at: datetime) -> Phase | None:
    starts_on = first_period(measure)
    place = {"department": measure.department, "starts_on": starts_on}
    try:
        return start_phase(measure.kpi, **place, reason=measure.what[:REASON], by=by, at=at)
    except AlreadyAPhase:
        return None


@transaction.atomic
def withdraw(measure: Measure, why: str, *, by: User, at: datetime) -> MeasureWithdrawal:
    """It was not taken, or not like that: the phase that began with it ends, too. The same again of the same person is
    the withdrawal that stands; where somebody said so with other words, AlreadyWithdrawn."""
    held = hold(measure)
    standing = MeasureWithdrawal.objects.standing().filter(measure=held).select_related("by").first()
    if standing and (standing.by, standing.why) != (by, why):
        raise AlreadyWithdrawn(standing)
    if standing:
        return standing
    if held.phase:
        leave(held, by=by, at=at)
    return held.withdrawals.create(at=at, by=by, why=why)


def leave(measure: Measure, *, by: User, at: datetime):
    """Another measure that began with its phase takes it over; else the phase ends, but where somebody moved or ended
    it since."""
    phase = measure.phase
    others = Measure.objects.standing().filter(kpi=measure.kpi, department=measure.department, phase=None)
    for other in others.select_related("kpi").order_by("pk"):
        if first_period(other) == phase.starts_on:
            other.phase = phase
            other.save(update_fields=["phase"])
            return
    with suppress(PhaseSuperseded):
        end_phase(phase, by=by, at=at)


@transaction.atomic
def bring_back(measure: Measure, *, by: User, at: datetime) -> MeasureWithdrawal | None:
    """A measure that was withdrawn stands again, its phase with it: the withdrawal that ended; None where there is
    none."""
    held = hold(measure)
    withdrawal = MeasureWithdrawal.objects.standing().filter(measure=held).first()
    if withdrawal:
        withdrawal.undone_by, withdrawal.undone_at = by, at
        withdrawal.save(update_fields=["undone_by", "undone_at"])
        held.phase = begin(held, by=by, at=at)
        held.save(update_fields=["phase"])
    return withdrawal


def hold(measure: Measure) -> Measure:
    """The measure as it stands, until the transaction ends."""
    held = Measure.objects.select_for_update(no_key=True, of=("self",)).select_related("kpi", "department", "phase")
    return held.get(pk=measure.pk)
