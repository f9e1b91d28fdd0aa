"""Old notifications, and the log of what was sent, do not stay for ever."""

from datetime import datetime, timedelta

from departments.models import Delivery, Notification

KEPT_FOR = timedelta(days=365)
State = Delivery.State


def clear_away(*, now: datetime) -> int:
    """Clear what was read more than a year ago, and deliveries as old that tell of nothing any more. How many rows.

    A notification is also the key by which nobody is told twice; it may go, because nothing that old is told anew:
    a status is chased for weeks, a step of a stuck issue has a row of its own, a comment tells while it can be
    changed, an invitation keeps what it told, and every other key names a row that is written once. What was never read
    stays, and with it the delivery that it went out with: without one it would be sent again. Safe to run twice.
    """
    before = now - KEPT_FOR
    _, notifications = Notification.objects.filter(read_at__lt=before).delete()
    over = Delivery.objects.exclude(state__in=[State.WAITING, State.SENDING]).filter(created_at__lt=before)
    _, deliveries = over.filter(notifications=None, about=None).delete()
    return sum(notifications.values()) + sum(deliveries.values())
