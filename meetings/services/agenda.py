"""An agenda comes into being and is arranged."""

from datetime import date

from django.db import transaction

from meetings.models import Meeting, Series
from meetings.selectors.calendar import slot_of


class MeetingRefused(Exception):
    """What somebody asked of a meeting is not done; the words say why."""


class NoSuchMeeting(MeetingRefused):
    """The series has no meeting on that day."""


@transaction.atomic
def on_record(series: Series, slot: date) -> Meeting:
    """The row of a meeting, made where there is none yet; the same for two who ask at once.

    Raises NoSuchMeeting where neither the schedule nor a row has one on that day.
    """
    found = Meeting.objects.filter(series=series, slot=slot).first()
    if found:
        return found
    planned = slot_of(series, slot)
    if planned is None:
        raise NoSuchMeeting(f"“{series}” has no meeting on {slot:%-d %B %Y}.")
    said = {"starts_at": planned.starts_at, "minutes": planned.minutes}
    return Meeting.objects.get_or_create(series=series, slot=slot, defaults=said)[0]
