"""One meeting of a series is moved, cancelled or takes place after all."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from departments.models import User
from meetings.models import AgendaItem, Meeting, Series
from meetings.parts import Part
from meetings.recurrence import leap_in_words, moment
from meetings.rules import day_in_words
from meetings.selectors.calendar import next_of, slot_of
from meetings.services.agenda import MeetingRefused, changed, on_record, place_for, same_on
from meetings.services.inviting import tell_of

A_DAY, AHEAD = timedelta(days=1), timedelta(days=3653)


class HasBegun(MeetingRefused):
    def __init__(self, meeting: Meeting):
        super().__init__(f"{meeting.opened_by} opened it already: it takes place when it does.")


class IsCancelled(MeetingRefused):
    def __init__(self, meeting: Meeting):
        super().__init__(f"{meeting.cancelled_by} cancelled it already: {meeting.cancelled_why}")


class MovedSince(MeetingRefused):
    def __init__(self, meeting: Meeting):
        who, when = meeting.moved_by or "Somebody", shown(meeting.starts_at)
        super().__init__(
            f"{who} moved it meanwhile: it begins {when}. Nothing was recorded; what you wrote is below: it takes that"
            " one's place when you save again."
        )


def shown(at: datetime) -> str:
    return f"{timezone.localtime(at):%a %-d %b %Y, %H:%M}"


def saved(row, *, by: User, at: datetime):
    """Kept with who and when in its history."""
    row._history_user, row._history_date = by, at
    row.save()


def locked(series: Series, slot: date) -> Meeting:
    """The meeting of a day, for this transaction alone. Raises NoSuchMeeting, or HasBegun."""
    Series.objects.select_for_update(no_key=True).get(
        pk=series.pk
    )  # before its meetings, as whoever reschedules it does
    held = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("series")
    meeting = held.get(pk=on_record(series, slot).pk)
    if meeting.opened_at:
        raise HasBegun(meeting)
    return meeting


@transaction.atomic
def move_meeting(
    series: Series,
    slot: date,
    *,
    day: date,
    starts_at: time,
    minutes: int,
    zone: str,
    was: datetime,
    by: User,
    at: datetime,
) -> Meeting:
    """It takes place on another day, at another time, or lasts longer or shorter; its name, the slot, stays.

    `was`: when it began, as whoever moves it saw. Moved where its schedule has it, it is not moved any more. Raises
    NoSuchMeeting, HasBegun, IsCancelled, MovedSince, and MeetingRefused for a time that is over or does not exist.
    """
    meeting = locked(series, slot)
    if meeting.cancelled_at:
        raise IsCancelled(meeting)
    if meeting.starts_at != was:
        raise MovedSince(meeting)
    today = timezone.localdate(at)
    if not today - A_DAY <= day <= today + AHEAD:
        raise MeetingRefused(f"Found {day_in_words(day)}, expected a day from today on, within ten years.")
    if words := leap_in_words(day, starts_at, zone):
        raise MeetingRefused(f"{words} Choose another time.")
    begins = moment(day, starts_at, zone)
    if begins < at:
        raise MeetingRefused(f"Found {day_in_words(day)}, {starts_at:%H:%M}, expected a time to come.")
    if (meeting.starts_at, meeting.minutes) == (begins, minutes):
        return meeting
    meeting.starts_at, meeting.minutes = begins, minutes
    planned = slot_of(series, slot)
    is_moved = planned is None or (planned.starts_at, planned.minutes) != (begins, minutes)
    meeting.moved_at, meeting.moved_by = (at, by) if is_moved else (None, None)
    return told(meeting, by=by, at=at)


@transaction.atomic
def cancel_meeting(series: Series, slot: date, *, why: str, by: User, at: datetime) -> tuple[Meeting, int]:
    """It does not take place; how many lines of its agenda were carried to the next one.

    Raises NoSuchMeeting, HasBegun, IsCancelled.
    """
    meeting = locked(series, slot)
    if meeting.cancelled_at:
        raise IsCancelled(meeting)
    carried = call_off(meeting, why=why, by=by, at=at)
    tell_of(series, at=at)
    return meeting, carried


@transaction.atomic
def reinstate_meeting(series: Series, slot: date, *, by: User, at: datetime) -> Meeting | None:
    """It takes place after all, at its time; None where it does already.

    Raises NoSuchMeeting, and MeetingRefused where its time is over, or the schedule has no meeting on its day any more.
    """
    meeting = locked(series, slot)
    if meeting.cancelled_at is None:
        return None
    if meeting.starts_at < at:
        raise MeetingRefused(f"It would have begun {shown(meeting.starts_at)}, and that is over.")
    if meeting.moved_at is None and slot_of(series, slot) is None:
        raise MeetingRefused(f"The series has no meeting on {day_in_words(slot)} any more.")
    meeting.cancelled_at, meeting.cancelled_by, meeting.cancelled_why = None, None, ""
    return told(meeting, by=by, at=at)


def told(meeting: Meeting, *, by: User, at: datetime) -> Meeting:
    meeting.edition += 1
    saved(meeting, by=by, at=at)
    tell_of(meeting.series, at=at)
    return meeting


def call_off(meeting: Meeting, *, why: str, by: User, at: datetime) -> int:
    """Cancel it, and put what people added to its agenda, or was carried to it, on that of the next one that there is,
    unless the same stands there: how many lines."""
    meeting.cancelled_at, meeting.cancelled_by, meeting.cancelled_why = at, by, why[:200]
    meeting.edition += 1
    saved(meeting, by=by, at=at)
    after = next_of(meeting.series, at=max(at, meeting.starts_at)) or next_of(meeting.series, at=at)
    kept = meeting.items.standing().exclude(added_by=None, carries=None).order_by("position", "pk")
    if not (after and kept):
        return 0
    target = on_record(meeting.series, after.slot)
    added = [item for item in kept if not same_on(target, item)]
    carry_over(added, target)
    return len(added)


def carry_over(items: list[AgendaItem], target: Meeting):
    """Put them on another agenda, as if they had been added there."""
    for item in items:
        taken = sum(target.items.scheduled().values_list("minutes", flat=True))
        item.meeting, item.position = target, place_for(target, Part(item.part))
        item.is_scheduled = taken + item.minutes <= target.minutes
        item.save(update_fields=["meeting", "position", "is_scheduled"])
    changed(target)
