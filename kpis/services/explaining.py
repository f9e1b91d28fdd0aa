"""What people say about signals, and about what changed a process: kept with who and when."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from departments.models import Department, User
from kpis.models import Event, Judgement, Kpi, Phase, Signal
from kpis.services.events import EventSuperseded


class AlreadyAPhase(Exception):
    """A phase starts on this day already."""


class PhaseSuperseded(Exception):
    """Somebody else changed or ended the phase in the meantime."""


@transaction.atomic
def explain(signal: Signal, words: str, *, event: Event | None = None, by: User, at: datetime):
    """Say what happened, in words, by an event, or both. Said again, the newer counts; the older stays in the signal's
    history. Raises EventSuperseded where the event does not stand any more."""
    if event and event != signal.event and not Event.objects.current().select_for_update().filter(pk=event.pk):
        raise EventSuperseded
    signal.explained_by, signal.explained_at, signal.explanation, signal.event = by, at, words, event
    keep(signal, at)


@transaction.atomic
def take_back(signal: Signal, *, to: int | None = None, at: datetime):
    """What a version in the signal's history said is said again; nothing, where none is given. Safe to do twice."""
    said = signal.history.filter(pk=to).first() if to else None
    signal.explained_by_id, signal.explained_at, signal.explanation, signal.event_id = (
        (said.explained_by_id, said.explained_at, said.explanation, said.event_id) if said else (None, None, "", None)
    )
    keep(signal, at)


def keep(signal: Signal, at: datetime):
    """The judgement first, as the judge does it: who holds one has both."""
    Judgement.objects.filter(kpi=signal.kpi_id).update(changes=F("changes") + 1)
    signal._history_date = at
    signal.save(update_fields=["explained_by", "explained_at", "explanation", "event"])


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
    fields = {"kpi": kpi, "department": department, "starts_on": starts_on, "reason": reason, "fixed_from": fixed_from}
    try:
        with transaction.atomic():
            return Phase.objects.create(**fields, recorded_at=at, recorded_by=by)
    except IntegrityError:
        raise AlreadyAPhase(f"A phase already starts on {starts_on}: move or end that one.") from None


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


@transaction.atomic
def restore_phase(phase: Phase, *, instead_of: Phase | None = None, by: User, at: datetime) -> Phase:
    """A phase that was ended holds again, as a row of its own, instead of the one it was moved to.

    Raises AlreadyAPhase, or PhaseSuperseded where that one does not stand any more.
    """
    if instead_of:
        end_phase(instead_of, by=by, at=at)
    return start_phase(
        phase.kpi,
        department=phase.department,
        starts_on=phase.starts_on,
        reason=phase.reason,
        fixed_from=phase.fixed_from,
        by=by,
        at=at,
    )
