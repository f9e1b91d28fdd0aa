"""A weekly status goes out as one: the text, what became of last week's plans, values, and words about signals."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction

from departments.models import Department, User
from kpis.models import Signal
from kpis.services.entering import Given, enter
from kpis.services.explaining import ExplainedSince, explain, take_back
from kpis.services.recording import AlreadyReversed, BatchSuperseded, reverse_batch
from meetings.models import PlanReview, StatusItem, WeeklyStatus
from meetings.selectors.machine import DataSay
from meetings.services.needing import tell_change

UNDO = timedelta(minutes=10)
Kind, Outcome = StatusItem.Kind, PlanReview.Outcome


class SentMeanwhile(Exception):
    """Another version stands than the one that this was written over."""


class ValuesRefused(Exception):
    """`errors`: by row of what was given and field, as the contract of the KPI has it."""

    def __init__(self, errors: dict):
        self.errors = errors
        super().__init__("These values cannot be taken.")


class TooLateToUndo(Exception):
    """It was sent too long ago, or something newer stands."""


class Review(NamedTuple):
    plan: StatusItem
    outcome: str
    reason: str = ""


class Said(NamedTuple):
    """What somebody says of a week. `values` are rows for `enter`, `explained` words about signals."""

    health: str
    headline: str
    confidence: int | None = None
    progress: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    need: str = ""
    need_of: Department | None = None
    reviews: tuple[Review, ...] = ()
    values: tuple[Given, ...] = ()
    explained: tuple[tuple[Signal, str], ...] = ()


@transaction.atomic
def send_status(
    department: Department,
    week: date,
    said: Said,
    *,
    instead_of: WeeklyStatus | None,
    due_at: datetime | None,
    data: DataSay,
    by: User,
    at: datetime,
) -> WeeklyStatus:
    """Put a status on record, instead of the one that it was written over.

    All or nothing. Raises SentMeanwhile where another stands there now, ValuesRefused where values do not fit their
    KPIs, and ExplainedSince where somebody else explained one of the signals.
    """
    supersede(department, week, instead_of, by=by, at=at)
    batch = record(department, said.values, by=by, at=at)
    try:
        with transaction.atomic():
            status = WeeklyStatus.objects.create(
                department=department,
                week=week,
                health=said.health,
                headline=said.headline,
                confidence=said.confidence,
                need=said.need,
                need_of=said.need_of,
                due_at=due_at,
                data_kind=data.kind,
                data_words=data.words[:500],
                batch=batch,
                amends=instead_of,
                sent_at=at,
                recorded_at=at,
                recorded_by=by,
            )
    except IntegrityError:
        raise SentMeanwhile from None
    write_items(status, said)
    for signal, words in sorted(said.explained, key=lambda pair: pair[0].kpi_id):  # who holds several, holds in turn
        explain(signal, words, by=by, at=at)
    tell_change(instead_of, status, at=at)
    return status


def supersede(department: Department, week: date, instead_of: WeeklyStatus | None, *, by: User, at: datetime):
    stands = WeeklyStatus.objects.current().filter(department=department, week=week)
    if instead_of is None and stands.exists():
        raise SentMeanwhile
    if instead_of and not stands.filter(pk=instead_of.pk).update(superseded_at=at, superseded_by=by):
        raise SentMeanwhile


def record(department: Department, values: Iterable[Given], *, by: User, at: datetime):
    values, errors = list(values), {}
    if not values:
        return None
    own = Department.objects.filter(pk=department.pk)
    stood = {given.row: None for given in values}
    entered = enter(values, errors=errors, departments=own, by=by, at=at, source="entry", stood=stood)
    if errors:
        raise ValuesRefused(errors)
    return entered.batch


def write_items(status: WeeklyStatus, said: Said):
    carried = [review.plan for review in said.reviews if review.outcome == Outcome.CARRIED]
    PlanReview.objects.bulk_create(PlanReview(status=status, **review._asdict()) for review in said.reviews)
    written = [
        *(StatusItem(kind=Kind.PLAN, text=plan.text, carries=plan, age=plan.age + 1) for plan in carried),
        *(StatusItem(kind=Kind.PLAN, text=text) for text in said.plans),
        *(StatusItem(kind=Kind.PROGRESS, text=text) for text in said.progress),
        *(StatusItem(kind=Kind.PROBLEM, text=text) for text in said.problems),
    ]
    used = Counter()
    for item in written:
        used[item.kind] += 1
        item.status, item.position = status, used[item.kind]
    StatusItem.objects.bulk_create(written)


@transaction.atomic
def undo_sending(status: WeeklyStatus, *, by: User, at: datetime) -> WeeklyStatus | None:
    """As if it had not been sent, with its values, words about signals and needs; the version before stands again.

    Raises TooLateToUndo after ten minutes, where a newer version stands, or where somebody has built on its values.
    """
    if at - status.sent_at > UNDO:
        raise TooLateToUndo("It was sent more than ten minutes ago. Write over it instead: both versions stay.")
    if not WeeklyStatus.objects.current().filter(pk=status.pk).update(superseded_at=at, superseded_by=by):
        raise TooLateToUndo("It was changed or undone in the meantime.")
    try:
        if status.batch:
            reverse_batch(status.batch, by=by, at=at)
        for signal in Signal.objects.filter(
            department=status.department, explained_at=status.sent_at, explained_by=status.recorded_by
        ).order_by("kpi"):
            take_back(signal, undoes=signal.history.latest("history_id"), by=by, at=at)
    except (AlreadyReversed, BatchSuperseded, ExplainedSince) as error:
        raise TooLateToUndo(f"It was built upon in the meantime. {error}") from None
    stands = again(status.amends, by=by, at=at) if status.amends else None
    tell_change(status, stands, at=at)
    return stands


def again(status: WeeklyStatus, *, by: User, at: datetime) -> WeeklyStatus:
    """A version that was superseded stands once more, as a row of its own."""
    rows = [*status.items.all(), *status.reviews.all(), *status.readings.all()]
    status.pk, status._state.adding = None, True
    status.superseded_at = status.superseded_by = None
    status.recorded_at = at
    status.save()
    for row in rows:
        row.pk, row._state.adding, row.status = None, True, status
        row.save()
    return status
