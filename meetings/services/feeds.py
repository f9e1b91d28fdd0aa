"""Addresses at which calendar programs find meetings."""

from datetime import datetime

from django.db import transaction

from departments.models import User
from meetings.models import CalendarFeed, Series
from meetings.models.feed import digest


@transaction.atomic
def open_feed(*, user: User, series: Series | None, at: datetime) -> tuple[CalendarFeed, str]:
    """A new feed for somebody, of one series or of all their meetings, and its secret: shown this once.

    The one that there was is dead from now on.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two who ask at once get one after the other
    CalendarFeed.objects.live().filter(user=user, series=series).update(revoked_at=at)
    secret = CalendarFeed.new_secret()
    made = CalendarFeed.objects.create(user=user, series=series, digest=digest(secret), hint=secret[:6], made_at=at)
    return made, secret


def revoke_feed(feed: CalendarFeed, *, at: datetime) -> bool:
    """It finds nothing any more; False where it did not already."""
    return bool(CalendarFeed.objects.live().filter(pk=feed.pk).update(revoked_at=at))
