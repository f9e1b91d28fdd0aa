"""What a department needs from another one is told there; and taken back when no status says so any more."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from departments.models import Notification, User
from departments.selectors import answers_for
from departments.services.notifying import notify, take_back
from meetings.models import WeeklyStatus

KEY = "status-need:{}"


def tell_change(before: WeeklyStatus | None, now: WeeklyStatus | None, *, at: datetime):
    """One status stands instead of another, or of none: what is needed now is told, and what is not taken back."""
    if asked(before) == asked(now):
        return
    if before and before.need_of:
        take_back_need(before, at=at)
    if now and now.need_of:
        tell_need(now, at=at)


def asked(status: WeeklyStatus | None) -> tuple | None:
    return (status.need, status.need_of_id) if status and status.need_of_id else None


def tell_need(status: WeeklyStatus, *, at: datetime):
    """Whoever is to be asked for the other department hears what is needed of it, with their next digest."""
    to = answers_for(status.need_of, timezone.localdate(at))
    if to:
        subject = f"{status.department} needs something from {status.need_of}"
        tell(status, to=to, key=KEY.format(status.pk), subject=subject, text=status.need, at=at)


def take_back_need(status: WeeklyStatus, *, at: datetime):
    """Out of the list of whoever has not seen it; who has is told that it does not stand any more.

    Whichever version of the week told of it: one that says the same again tells nobody.
    """
    same = {"department": status.department, "week": status.week, "need": status.need, "need_of": status.need_of}
    subject = f"{status.department} took back what it needed from {status.need_of}"
    for pk in WeeklyStatus.objects.filter(**same).order_by("pk").values_list("pk", flat=True):
        for known in take_back(KEY.format(pk)):
            tell(status, to=known.to, key=f"status-need-back:{pk}", subject=subject, text=known.text, at=at)


def tell(status: WeeklyStatus, *, to: User, key: str, subject: str, text: str, at: datetime):
    notify(
        to=to,
        kind=Notification.Kind.STATUS_NEED,
        key=key,
        subject=subject,
        text=text,
        url=reverse("meetings:status", args=[status.department.slug, status.week]),
        why=f"You are asked for {status.need_of}.",
        at=at,
    )
