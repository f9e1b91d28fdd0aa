"""Telling somebody something, once."""

from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator

from departments.models import Delivery, Notification, User, Webhook

LONGEST = 200
State = Delivery.State


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
    calendar: str = "",
) -> Notification | None:
    """Tell a person something: the new row, or None where they were told already, or are not here any more.

    `key` says what they are told, such as `status-due:creative:2026-W47`: the same key is told the same person once,
    however often and by how many at once this is called. Part of the caller's transaction: undone with it, and sent
    after it was committed. Edges that want it sent at once ring `departments.tasks.wake` on commit; beat does so
    every half minute.
    """
    if to.is_gone(on=timezone.localdate(at)):
        return None
    told = {"kind": kind, "text": text, "url": url, "urgent": urgent, "calendar": calendar, "created_at": at}
    told |= {"subject": in_a_line(subject), "why": in_a_line(why)}
    notification, is_new = Notification.objects.get_or_create(to=to, key=key, defaults=told)
    if not is_new:
        return None
    tell_webhooks(notification)
    return notification


@transaction.atomic
def take_back(key: str) -> list[Notification]:
    """What does not stand any more leaves the lists of those who have not seen it. The others, to be told so.

    Seen is what was read, put into an e-mail, or handed to a webhook. Whoever is just putting it into one comes first,
    or finds it gone. Twice is once.
    """
    seen = []
    for told in Notification.objects.filter(key=key).select_for_update().order_by("pk"):
        told.told_webhooks.filter(state=State.WAITING).update(state=State.OMITTED, trouble="It was taken back.")
        is_mailed = told.delivery is not None and told.delivery.state != State.OMITTED
        if told.read_at or is_mailed or told.told_webhooks.exclude(state=State.OMITTED).exists():
            seen.append(told)
        else:
            told.delete()
    return seen


def tell_webhooks(notification: Notification):
    """Each webhook hears of a key once, however many people are told it."""
    at = notification.created_at
    told = {"key": notification.key, "channel": Delivery.Channel.WEBHOOK, "created_at": at, "due_at": at}
    found = [webhook for webhook in Webhook.objects.all() if webhook.takes(notification.kind)]
    made = [Delivery(webhook=webhook, about=notification, message_id=new_id(), **told) for webhook in found]
    Delivery.objects.bulk_create(made, ignore_conflicts=True)


def in_a_line(text: str) -> str:
    """Without line breaks, which have no place in a head of a mail, and no longer than its column."""
    return Truncator(" ".join(text.split())).chars(LONGEST)


def new_id() -> str:
    """For the Message-ID of a mail: the same on every try, so that who gets two of them can tell."""
    return f"{uuid4().hex}@{settings.SITE_URL.partition('://')[2].partition(':')[0]}"
