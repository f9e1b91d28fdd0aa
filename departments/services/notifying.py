"""Telling somebody something, once."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator

from departments.models import Notification, User

LONGEST = 200


@transaction.atomic
def notify(
    *,
    to: User,
    kind: str,
    key: str,
    subject: str,
    url: str,
    why: str,
    at: datetime,
    text: str = "",
    urgent: bool = False,
) -> Notification | None:
    """Tell a person something: the new row, or None where they were told already, or are not here any more.

    `key` says what they are told, such as `status-due:creative:2026-W47`: the same key is told the same person once,
    however often and by how many at once this is called. Part of the caller's transaction: undone with it, and sent
    after it was committed. Edges that want it sent at once ring `departments.tasks.wake` on commit; beat does so
    every half minute.
    """
    if not to.is_active or to.has_left(on=timezone.localdate(at)):
        return None
    told = {"kind": kind, "text": text, "url": url, "urgent": urgent, "created_at": at}
    told |= {"subject": in_a_line(subject), "why": in_a_line(why)}
    notification, is_new = Notification.objects.get_or_create(to=to, key=key, defaults=told)
    if not is_new:
        return None
    return notification


def in_a_line(text: str) -> str:
    """Without line breaks, which have no place in a head of a mail, and no longer than its column."""
    return Truncator(" ".join(text.split())).chars(LONGEST)
