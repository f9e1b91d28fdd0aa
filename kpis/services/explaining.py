"""What people say about signals, and about what changed a process: kept with who and when."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from departments.models import Department, User
from kpis.models import Event, Judgement, Kpi, Phase, Signal
from kpis.services.events import EventSuperseded


class ExplainedSince(Exception):
    """What is said about the signal is not what somebody started from."""

    def __init__(self, signal: Signal, by: User):
        if not signal.explained_at:
            super().__init__("What was said about it is taken back already.")
        elif signal.explained_by == by:
            super().__init__(f"You explained it anew since: {signal.said}.")
        else:
            super().__init__(f"Somebody else explained it since: {signal.said}. {signal.explained_by}.")


class AlreadyAPhase(Exception):
    """A phase starts on this day already."""


class PhaseSuperseded(Exception):
    """Somebody else changed or ended the phase in the meantime."""


@transaction.atomic
def explain(
    signal: Signal,
    words: str,
    *,
    event: Event | None = None,
    was: datetime | None = None,
    by: User,
    at: datetime,
):
    """Say what happened, in words, by an event, or both. Said again, the newer counts; the older stays in the signal's
    history, of which the new version is returned. Raises EventSuperseded where the event does not stand any more, and
    ExplainedSince where somebody else's explanation stands that is not the one of `was`."""
    stands = event and Event.objects.current().select_for_update().filter(pk=event.pk).first()
    hold(signal)
    if signal.explained_at not in (None, was) and signal.explained_by != by:
        raise ExplainedSince(signal, by)
    if event and not stands and event.pk != signal.event_id:
        raise EventSuperseded
    signal.explained_by, signal.explained_at, signal.explanation, signal.event = by, at, words, event
    return keep(signal, at)


@transaction.atomic
def take_back(signal: Signal, *, undoes, to=None, by: User, at: datetime):
    """What a version `to` in the signal's history said is said again; nothing, where none is given.

    Raises ExplainedSince where it is not the version it `undoes` that is said now. An event that was changed since
    is another row of the same explanation.
    """
    hold(signal)
    if not undoes or said_by(undoes) != said_by(signal):
        raise ExplainedSince(signal, by)
    signal.explained_by_id, signal.explained_at, signal.explanation = said_by(to) if to else (None, None, "")
    signal.event_id = to and to.event_id
    keep(signal, at)


def said_by(version) -> tuple:
    return version.explained_by_id, version.explained_at, version.explanation


def hold(signal: Signal):
    """The signal as it stands, until the transaction ends. The judgement first: who holds one has both."""
    Judgement.objects.filter(kpi=signal.kpi_id).update(changes=F("changes") + 1)
    signal.refresh_from_db(from_queryset=Signal.objects.select_for_update())


def keep(signal: Signal, at: datetime):
    signal._history_date = at
    signal.save(update_fields=["explained_by", "explained_at", "explanation", "event"])
    return signal.history.latest("history_id")


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
