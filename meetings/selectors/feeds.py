"""What calendar programs are told: the meetings of series, and whose they are."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse

from departments.models import User
from departments.services.mails import address
from meetings.ical import Booked, Entry, Told, entries
from meetings.models import CalendarFeed, Invited, Meeting, Schedule, Series
from meetings.selectors.calendar import plans


def own_series(user: User, *, on: date):
    """Those somebody leads or is invited to: not all that the COO reaches."""
    return Series.objects.filter(Q(chair=user) | Q(pk__in=Invited.objects.inviting(user, on=on).values("series")))


def feed_of(secret: str, *, on: date) -> CalendarFeed | None:
    """The feed behind an address; None for one that is revoked, whose owner is gone, or does not reach its series."""
    feed = CalendarFeed.objects.live().matching(secret).select_related("user", "series").first()
    if feed is None or feed.user.is_gone(on=on):
        return None
    if feed.series_id and not Series.objects.reachable_by(feed.user, on=on).filter(pk=feed.series_id).exists():
        return None
    return feed


def shown_in(feed: CalendarFeed, *, on: date) -> list[Entry]:
    """The events of a feed, series by series."""
    shown = [feed.series] if feed.series_id else own_series(feed.user, on=on).order_by("pk")
    return [entry for each in booked(shown).values() for entry in entries(each)]


def booked(series: Iterable[Series]) -> dict[int, Booked]:
    """Key of each series to all that calendars need of it: a few questions, however many. One without a schedule is
    left out.

    Its number rises with every change that is on record, and nothing on record is ever removed.
    """
    series = list(series)
    said, told, changed = plans(series), meetings_of(series), changes_of(series)
    host = settings.SITE_URL.partition("://")[2].partition(":")[0]
    return {
        each.pk: Booked(
            key=each.pk,
            title=each.title,
            plans=tuple(said[each.pk]),
            told=tuple(told[each.pk]),
            ended_on=each.ended_on,
            url=address(reverse("meetings:series", args=[each.pk])),
            host=host,
            sequence=changed[each.pk][0],
            changed_at=max(filter(None, [each.made_at, *changed[each.pk][1]])),
        )
        for each in series
        if said[each.pk]
    }


def meetings_of(series: list[Series]) -> dict[int, list[Told]]:
    found = defaultdict(list)
    for row in Meeting.objects.filter(series__in=series).order_by("slot"):
        found[row.series_id].append(Told(row.slot, row.starts_at, row.minutes, row.cancelled_at is not None))
    return found


def changes_of(series: list[Series]) -> dict[int, tuple[int, list]]:
    """Key of each series to how often it or its meetings changed, and the moments of which the last counts."""
    keys = [each.pk for each in series]
    asked = [
        (Series.history.filter(id__in=keys).order_by(), "id", "history_date"),
        (Meeting.history.filter(series_id__in=keys).order_by(), "series_id", "history_date"),
        (Schedule.objects.filter(series__in=keys).order_by(), "series_id", "recorded_at"),
        (Schedule.objects.filter(series__in=keys).exclude(superseded_at=None).order_by(), "series_id", "superseded_at"),
    ]
    found = dict.fromkeys(keys, (0, []))
    for rows, key, moment in asked:
        for pk, count, last in rows.values_list(key).annotate(count=Count("pk"), last=Max(moment)):
            so_far, moments = found[pk]
            found[pk] = so_far + count, [*moments, last]
    return found
