"""What happened is recorded once; what was said of it before stays on record."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction

from departments.models import Department, User
from kpis.models import Event, Judgement, Kpi, Signal
from kpis.selectors.worked import made_of


class EventRefused(Exception):
    """What somebody asked of an event is not done."""


class EventSuperseded(EventRefused):
    """The event was changed, removed or brought back in the meantime: by somebody else, unless it is known better."""

    def __init__(self, *, by_whom: int | None = None, by: User | None = None):
        if by and by_whom == by.pk:
            super().__init__("This event was changed or removed already.")
        else:
            super().__init__("Somebody else changed or removed this event in the meantime.")


class EventRecorded(EventRefused):
    """The same stands on record: a form was sent twice."""

    def __init__(self):
        super().__init__("This event is recorded already.")


@transaction.atomic
def record_event(
    *,
    title: str,
    starts_on: date,
    ends_on: date | None = None,
    description: str = "",
    departments: Iterable[Department] = (),
    kpis: Iterable[Kpi] = (),
    follows: Event | None = None,
    by: User,
    at: datetime,
) -> Event:
    """No departments: the whole agency; no KPIs: all that are measured there. Raises EventRecorded, where the same
    stands already, and EventSuperseded, where it follows an event that another one follows already."""
    fields = {"title": title, "starts_on": starts_on, "ends_on": ends_on, "description": description}
    departments, kpis = list(departments), list(kpis)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # what one person sends twice at once comes in turn
    try:
        with transaction.atomic():
            event = Event.objects.create(**fields, follows=follows, recorded_at=at, recorded_by=by)
    except IntegrityError as error:
        if follows is None or not (after := Event.objects.filter(follows=follows).first()):
            raise
        raise EventSuperseded(by_whom=after.recorded_by_id, by=by) from error
    refuse_the_same(event, departments, kpis)
    event.departments.set(departments)
    event.kpis.set(kpis)
    if follows:
        name_instead(follows, event, at)
    return event


def refuse_the_same(event: Event, departments: list[Department], kpis: list[Kpi]):
    alike = Event.objects.current().filter(title=event.title, starts_on=event.starts_on, ends_on=event.ends_on)
    for other in alike.exclude(pk=event.pk).prefetch_related("departments", "kpis"):
        if set(other.departments.all()) == set(departments) and set(other.kpis.all()) == set(kpis):
            raise EventRecorded


@transaction.atomic
def change_event(event: Event, *, by: User, at: datetime, **fields) -> Event:
    """The event as it is now said to be, as a row of its own. The second time raises EventSuperseded."""
    remove_event(event, by=by, at=at)
    return record_event(**fields, follows=event, by=by, at=at)


def remove_event(event: Event, *, by: User, at: datetime):
    """It is on no chart any more. The second time, and a second person, raise EventSuperseded."""
    if not Event.objects.current().filter(pk=event.pk).update(superseded_at=at, superseded_by=by):
        event.refresh_from_db(fields=["superseded_by"])
        raise EventSuperseded(by_whom=event.superseded_by_id, by=by)


@transaction.atomic
def restore_event(event: Event, *, instead_of: Event | None = None, by: User, at: datetime) -> Event:
    """What was removed is said again, as a row of its own, instead of the one it was changed into.

    The second time raises EventSuperseded, and so does an event that still stands.
    """
    if instead_of:
        if instead_of.follows_id != event.pk:
            raise EventSuperseded
        remove_event(instead_of, by=by, at=at)
    elif Event.objects.current().filter(pk=event.pk).exists():
        raise EventSuperseded
    return record_event(
        title=event.title,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        description=event.description,
        departments=event.departments.all(),
        kpis=event.kpis.all(),
        follows=instead_of or event,
        by=by,
        at=at,
    )


def name_instead(before: Event, after: Event, at: datetime):
    """Explanations that named an event name the one that follows it, where that still concerns their signal.

    The judgements first, as the judge does it: who holds one has all its signals.
    """
    naming = Signal.objects.filter(event=before)
    held = Judgement.objects.filter(kpi__in=naming.values("kpi")).order_by("pk")
    list(held.select_for_update(of=("self",), no_key=True))
    for signal in naming.select_related("kpi", "department"):
        if Event.objects.concerning([signal.department]).about(made_of(signal.kpi)).filter(pk=after.pk).exists():
            signal.event, signal._history_date = after, at
            signal.save(update_fields=["event"])
