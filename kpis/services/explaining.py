"""What people say about signals, and about what changed a process: kept with who and when."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from departments.models import Department, User
from kpis.models import Judgement, Kpi, Phase, Signal


class AlreadyAPhase(Exception):
    """A phase starts on this day already."""


class PhaseSuperseded(Exception):
    """Somebody else changed or ended the phase in the meantime."""


@transaction.atomic
def explain(signal: Signal, words: str, *, by: User, at: datetime):
    """Say what happened. Said again, the newer words count; the older stay in the signal's history."""
    signal.explained_by, signal.explained_at, signal.explanation = by, at, words
    keep(signal)


@transaction.atomic
def take_back(signal: Signal):
    """Nothing is said about the signal any more. Safe to do twice."""
    signal.explained_by, signal.explained_at, signal.explanation = None, None, ""
    keep(signal)


def keep(signal: Signal):
    signal.save(update_fields=["explained_by", "explained_at", "explanation"])
    Judgement.objects.filter(kpi=signal.kpi_id).update(changes=F("changes") + 1)


@transaction.atomic
def start_phase(
    kpi: Kpi,
    *,
    department: Department | None,
    starts_on: date,
    reason: str,
    fixed_from: int | None = None,
    by: User,
    at: datetime,
) -> Phase:
    """From this day on the KPI has limits of its own. Raises AlreadyAPhase."""
    if Phase.objects.current().filter(kpi=kpi, department=department, starts_on=starts_on).exists():
        raise AlreadyAPhase(f"A phase already starts on {starts_on}: move or end that one.")
    return Phase.objects.create(
        kpi=kpi,
        department=department,
        starts_on=starts_on,
        fixed_from=fixed_from,
        reason=reason,
        recorded_at=at,
        recorded_by=by,
    )


@transaction.atomic
def move_phase(phase: Phase, *, starts_on: date, reason: str, fixed_from: int | None, by: User, at: datetime) -> Phase:
    """The phase starts on another day, or for another reason; what was said before stays on record."""
    end_phase(phase, by=by, at=at)
    return start_phase(
        phase.kpi,
        department=phase.department,
        starts_on=starts_on,
        reason=reason,
        fixed_from=fixed_from,
        by=by,
        at=at,
    )


def end_phase(phase: Phase, *, by: User, at: datetime):
    """The limits are again those of the phase before. The second time, and a second person, raise PhaseSuperseded."""
    if not Phase.objects.current().filter(pk=phase.pk).update(superseded_at=at, superseded_by=by):
        raise PhaseSuperseded("Somebody else changed or ended this phase in the meantime.")


def restore_phase(phase: Phase, *, by: User, at: datetime) -> Phase:
    """A phase that was ended holds again, as a row of its own. Raises AlreadyAPhase."""
    return start_phase(
        phase.kpi,
        department=phase.department,
        starts_on=phase.starts_on,
        reason=phase.reason,
        fixed_from=phase.fixed_from,
        by=by,
        at=at,
    )
