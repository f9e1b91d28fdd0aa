"""Who is in a meeting, who was there, and how good it was to them."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from departments.models import User
from meetings.models import AgendaItem, Attendance, Meeting, Presence, Rating
from meetings.selectors.participants import participants
from meetings.services.agenda import MeetingRefused, changed
from meetings.services.running import hold

EVERY = timedelta(seconds=15)  # so often it is put on record that somebody is still there
RATED_FOR = timedelta(days=7)  # after its end, a rating may be given or changed


def be_there(meeting: Meeting, user: User, *, writing: AgendaItem | None, at: datetime):
    """Somebody has the page of a meeting open, and writes on an item, or on none.

    While it runs they attend it, unless whoever leads it said otherwise.
    """
    key = writing.pk if writing else None
    seen = Presence.objects.filter(meeting=meeting, user=user).first()
    if seen and seen.writing_id == key and at - seen.seen_at < EVERY:
        return
    with transaction.atomic():
        told = {"seen_at": at, "writing": writing}
        Presence.objects.update_or_create(meeting=meeting, user=user, defaults=told)
        if meeting.is_running:
            attend(meeting, user, at=at)


def attend(meeting: Meeting, user: User, *, at: datetime):
    Attendance.objects.get_or_create(meeting=meeting, user=user, defaults={"is_present": True, "at": at})


def call_the_roll(meeting: Meeting, *, at: datetime):
    """At its end: who has the page open now was there, of the others who belong to it nobody has seen."""
    for seen in meeting.presences.here(at=at).select_related("user"):
        attend(meeting, seen.user, at=at)
    for user in participants(meeting.series, on=timezone.localdate(meeting.starts_at)):
        told = {"is_present": False, "at": at}
        Attendance.objects.get_or_create(meeting=meeting, user=user, defaults=told)


@transaction.atomic
def correct_attendance(meeting: Meeting, there: Collection[User], *, by: User, at: datetime):
    """Whoever leads the meeting says who was there, of those it is known of."""
    held = hold(meeting)
    if held.opened_at is None:
        raise MeetingRefused("This meeting has not begun: nobody was there yet.")
    keys = {user.pk for user in there}
    for each in held.attendances.all():
        if each.is_present != (each.user_id in keys):
            each.is_present, each.at, each.by = not each.is_present, at, by
            each.save(update_fields=["is_present", "at", "by"])
    for user in there:
        told = {"is_present": True, "at": at, "by": by}
        Attendance.objects.get_or_create(meeting=held, user=user, defaults=told)
    changed(held)


@transaction.atomic
def rate(meeting: Meeting, *, score: int, why: str, by: User, at: datetime) -> Rating:
    """How good it was to somebody, 1 to 10; said again, the newer counts, until a week after its end."""
    held = hold(meeting)
    if held.opened_at is None:
        raise MeetingRefused("This meeting has not begun: there is nothing to rate.")
    if held.closed_at and at - held.closed_at > RATED_FOR:
        raise MeetingRefused("It ended more than a week ago: its ratings stand.")
    if not held.attendances.filter(user=by, is_present=True).exists():
        raise MeetingRefused("A meeting is rated by those who were there.")
    said = {"score": score, "why": why, "at": at}
    return Rating.objects.update_or_create(meeting=held, user=by, defaults=said)[0]
