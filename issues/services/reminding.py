"""Who promised something is reminded once before it is due and once after; what a leaver promised passes on.

On the working day before: whoever answers for it. On the first one after: the same. Where they are away it is who
stands in for the department, and what a paused department owes waits. Each is told once, whatever restarts; what time
has overtaken is left out.
"""

import logging
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from departments.business import MORNING, BusinessDays
from departments.models import Department, Notification, User
from departments.selectors import answer_for, answers_for, business_days
from departments.services.notifying import notify
from issues.ledger import Act
from issues.models import Commitment, Entry
from issues.services.committing import record
from issues.services.hearing import day_in_words

log = logging.getLogger(__name__)
AHEAD, BACK = timedelta(days=14), timedelta(weeks=6)  # so far from its day something may be told of
SOON, LATE = "soon", "late"


def remind(*, now: datetime) -> int:
    """Pass on what leavers promised, then remind. How many were told. Safe to run twice, or twice at once."""
    on = timezone.localdate(now)
    return pass_on(now=now) + sum(remind_of(step, found, now=now) for step, found in due(on, now=now).items())


def due(on: date, *, now: datetime) -> dict[str, list[Commitment]]:
    """The open commitments for whose reminder it is time, by step: of departments that are not paused."""
    days, found = business_days(on - BACK, on + AHEAD), {SOON: [], LATE: []}
    if not days.is_working(on) or now < morning(on, days):
        return found
    paused = Department.objects.paused(on=on).values("pk")
    open_ones = Commitment.objects.open().exclude(department__in=paused).select_related("who", "department")
    for each in open_ones.filter(due_on__range=(on - BACK, on + AHEAD)).soonest_first():
        if each.due_on < on:
            found[LATE].append(each)
        elif days.before(each.due_on) <= on:
            found[SOON].append(each)
    fresh = dated_since(found[SOON], days)
    found[SOON] = [each for each in found[SOON] if each.pk not in fresh]
    return found


def morning(day: date, days: BusinessDays) -> datetime:
    return days.moment(day, MORNING, timezone.get_default_timezone())


def dated_since(found: list[Commitment], days: BusinessDays) -> set[int]:
    """Those that got their date when they should have been reminded of already: who gave it knows."""
    dated = Entry.objects.filter(commitment__in=found).filter(Q(act=Act.MAKE) | Q(act=Act.MOVE))
    latest = dict(dated.order_by("number").values_list("commitment", "at"))
    return {each.pk for each in found if latest[each.pk] >= morning(days.before(each.due_on), days)}


def remind_of(step: str, found: list[Commitment], *, now: datetime) -> int:
    """Those that nobody was told of yet."""
    on, keys = timezone.localdate(now), {key(each, step): each for each in found}
    told = set(Notification.objects.filter(key__in=keys).values_list("key", flat=True))
    asked = [each for name, each in keys.items() if name not in told]
    away = set(User.objects.absent(on=on).filter(pk__in=[each.who_id for each in asked]).values_list("pk", flat=True))
    stands = answer_for({each.department for each in asked}, on)
    people = [(each, stands[each.department_id] if each.who_id in away else each.who) for each in asked]
    count = 0
    for each, to in people:
        try:
            count += to is not None and tell(each, step, to=to, now=now)
        except Exception:  # whatever is wrong with one of them, the others are reminded
            log.exception("Reminding of commitment %s", each.pk)
    return count


def key(commitment: Commitment, step: str) -> str:
    return f"commitment-{step}:{commitment.pk}:{commitment.due_on}"


def tell(commitment: Commitment, step: str, *, to: User, now: datetime) -> bool:
    day = day_in_words(commitment.due_on)
    subject = f"Due {day}: {commitment}" if step == SOON else f"Overdue since {day}: {commitment}"
    why = "You answer for it." if to == commitment.who else f"{commitment.who} is away, and you are asked instead."
    made = notify(
        to=to,
        kind=Notification.Kind.COMMITMENT_DUE,
        key=key(commitment, step),
        subject=subject,
        text="Mark it done, or move its date and say why.",
        url=reverse("issues:commitment", args=[commitment.pk]),
        why=why,
        at=now,
        urgent=True,
    )
    return made is not None


def pass_on(*, now: datetime) -> int:
    """What is open of people who have left goes to who stands in for the department, once. How many it were."""
    on, count = timezone.localdate(now), 0
    gone = User.objects.exclude(pk__in=User.objects.filter(is_active=True).not_left(on=on).values("pk"))
    left = Commitment.objects.open().filter(who__in=gone).select_related("department").soonest_first()
    heirs = {}
    for each in left:
        place, to = each.department, each.to_user_id
        if (place, to) not in heirs:  # nobody answers to themselves
            heirs[place, to] = answers_for(place, on, besides=[to] if to else [])
        try:
            count += inherit(each.pk, heirs[place, to], now=now)
        except Exception:  # whatever is wrong with one of them, the others pass on
            log.exception("Passing on commitment %s", each.pk)
    return count


@transaction.atomic
def inherit(pk: int, to: User | None, *, now: datetime) -> bool:
    held = Commitment.objects.select_for_update(no_key=True, of=("self",)).select_related("who").get(pk=pk)
    if to is None or not held.is_open or not held.who.is_gone(on=timezone.localdate(now)):
        return False
    at = max(now, held.entries.get(number=held.edition).at)
    record(held, Act.HAND_OVER, who=to, words=f"{held.who} has left."[:1000], by=None, at=at)
    return True
