"""Whoever owns a risk is told that they do, once when it is to be looked at again, and once when its indicator shows a
concern."""

import logging
from collections.abc import Iterator
from datetime import date, datetime

from django.utils import timezone

from departments.business import MORNING
from departments.models import Department, Notification, User
from departments.selectors import answers_for, business_days
from departments.services.notifying import notify
from issues.models import Risk
from issues.selectors.risks import Due, queue

log = logging.getLogger(__name__)


def remind(*, now: datetime) -> int:
    """Tell the owners of risks that are to be looked at by now, on a working day from nine on. How many were told.

    Safe to run twice, or twice at once: each reason is told one person, once, and again where the risk got another
    owner. Departments that are paused hear of it
    afterwards.
    """
    on, zone = timezone.localdate(now), timezone.get_default_timezone()
    days = business_days(on, on)
    if not days.is_working(on) or now < days.moment(on, MORNING, zone):
        return 0
    working = Department.objects.live(on=on).exclude(pk__in=Department.objects.paused(on=on).values("pk"))
    waiting = [(due, key, words) for due in queue(Risk.objects.filter(department__in=working), on=on)
               for key, words in reasons(due)]  # fmt: skip
    known = Notification.objects.filter(key__in=[key for _, key, _ in waiting]).values_list("key", flat=True)
    told, known = 0, set(known)
    for due, key, words in waiting:
        try:
            told += key not in known and tell(due, key, words, on=on, now=now)
        except Exception:  # whatever is wrong with one risk, the others are told
            log.exception("Reminding of risk %s", due.rated.risk.pk)
    return told


def reasons(due: Due) -> Iterator[tuple[str, str]]:
    """(key, subject) of each reason to look at it."""
    risk, concern = due.rated.risk, due.rated.concern
    if due.time_is_up:
        yield f"risk-review:{risk.pk}:{risk.number}:{risk.owner_id}", f"A review is due: {risk}"
    if concern:
        yield (
            f"risk-indicator:{risk.pk}:{concern.pk}:{risk.owner_id}",
            f"The indicator of a risk shows a concern: {risk}",
        )


def tell(due: Due, key: str, subject: str, *, on: date, now: datetime) -> bool:
    rated = due.rated
    to, why = whom(rated.risk, on)
    if to is None:
        return False  # nobody is there: whoever is first hears of it
    made = notify(
        to=to,
        kind=Notification.Kind.RISK,
        key=key,
        subject=subject,
        text=f"{rated.risk.sentence} It is {rated.residual.level} ({rated.residual.in_words}).",
        url=rated.risk.url,
        why=why,
        at=now,
    )
    return made is not None


def tell_owner(risk: Risk, *, by: User, at: datetime):
    """Whoever owns it from now on, but by their own doing."""
    if risk.owner != by:
        notify(
            to=risk.owner,
            kind=Notification.Kind.RISK,
            key=f"risk-owner:{risk.pk}:{risk.history.latest('history_id').pk}",
            subject=f"{by} made you the owner of a risk: {risk}",
            text=risk.sentence,
            url=risk.url,
            why="You own this risk.",
            at=at,
        )


def whom(risk: Risk, on: date) -> tuple[User | None, str]:
    """Its owner; where they are away, have left or do not reach it any more, who is asked for its department."""
    there = User.objects.reading(risk.department, on=on).exclude(pk__in=User.objects.absent(on=on).values("pk"))
    if there.filter(pk=risk.owner_id).exists():
        return risk.owner, "You own this risk."
    return answers_for(risk.department, on), f"You are asked for {risk.department}, and {risk.owner} is not there."
