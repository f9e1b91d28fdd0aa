"""An agenda comes into being: somebody puts something on it, arranges it, takes something off."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from departments.models import User
from meetings.models import AgendaItem, Meeting, Series
from meetings.parts import Part
from meetings.selectors.calendar import meeting_of
from meetings.selectors.participants import is_led_by
from meetings.selectors.subjects import SUBJECTS

NAMED = [name for name in SUBJECTS if name != "department"]  # what only one item of an agenda is about


class MeetingRefused(Exception):
    """What somebody asked of a meeting is not done; the words say why."""


class NoSuchMeeting(MeetingRefused):
    """The series has no meeting on that day."""


class ArrangedSince(MeetingRefused):
    """Somebody else changed the agenda meanwhile."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants a meeting to speak of; `about` names rows as an item does: `{"issue": issue}`."""

    title: str
    minutes: int
    words: str = ""
    part: Part = Part.TALK
    url: str = ""
    about: dict = field(default_factory=dict)


@transaction.atomic
def on_record(series: Series, slot: date) -> Meeting:
    """The row of a meeting, made where there is none yet; the same for two who ask at once.

    Raises NoSuchMeeting where neither the schedule nor a row has one on that day.
    """
    found = meeting_of(series, slot)
    if found is None:
        raise NoSuchMeeting(f"“{series}” has no meeting on {slot:%-d %B %Y}.")
    if found.pk is None:
        said = {"starts_at": found.starts_at, "minutes": found.minutes}
        found, _ = Meeting.objects.get_or_create(series=series, slot=slot, defaults=said)
    return found


def locked(meeting: Meeting) -> Meeting:
    """The meeting, held until the transaction ends. Raises MeetingRefused where its agenda is no longer open."""
    held = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("series").get(pk=meeting.pk)
    if held.cancelled_at:
        raise MeetingRefused("This meeting was cancelled.")
    if held.closed_at:
        raise MeetingRefused("This meeting is over: put it on the agenda of the next one.")
    return held


def changed(meeting: Meeting):
    """Whoever has it open is to see it."""
    Meeting.objects.filter(pk=meeting.pk).update(edition=F("edition") + 1)


def same_on(meeting: Meeting, item: AgendaItem) -> AgendaItem | None:
    """What is open on an agenda and about the same rows as an item of it, or of another meeting."""
    about = {f"{name}_id": key for name in NAMED if (key := getattr(item, f"{name}_id"))}
    return meeting.items.open().filter(**about).exclude(pk=item.pk).order_by("pk").first() if about else None


@transaction.atomic
def add_item(meeting: Meeting, asked: Asked, *, by: User, at: datetime) -> AgendaItem:
    """Put something on the agenda, behind what is there of its part; not scheduled where its minutes do not fit in.

    What is on the agenda already, because it is about the same row, is not put there twice: that item.
    """
    held = locked(meeting)
    standing = held.items.standing()
    if asked.about and (same := standing.filter(done_at=None, **asked.about).first()):
        return same
    taken = sum(standing.filter(is_scheduled=True).values_list("minutes", flat=True))
    made = AgendaItem.objects.create(
        meeting=held,
        part=asked.part,
        position=place_for(held, asked.part),
        title=asked.title,
        words=asked.words,
        url=asked.url,
        minutes=asked.minutes,
        is_scheduled=taken + asked.minutes <= held.minutes,
        added_at=at,
        added_by=by,
        **asked.about,
    )
    changed(held)
    return made


def place_for(meeting: Meeting, part: Part) -> int:
    """Behind the last item of its part, else before the wrap-up; those behind it make room."""
    items = meeting.items.scheduled()
    last = items.filter(part=part).aggregate(last=Max("position"))["last"]
    ending = items.filter(part=Part.WRAP_UP).order_by("position").first()
    if last is not None:
        place = last + 1
    elif ending:
        place = ending.position
    else:
        place = (items.aggregate(last=Max("position"))["last"] or 0) + 1
    meeting.items.filter(position__gte=place).update(position=F("position") + 1)
    return place


@transaction.atomic
def arrange(meeting: Meeting, order: list[int], *, edition: int, by: User, at: datetime):
    """The keys of all items that are scheduled, in this order; others are not. Raises ArrangedSince where the agenda is
    not the one of this `edition` any more."""
    held = locked(meeting)
    if held.edition != edition:
        raise ArrangedSince("Somebody changed the agenda meanwhile: here is how it stands now.")
    items = {item.pk: item for item in held.items.standing()}
    if unknown := [key for key in order if key not in items]:
        raise MeetingRefused(f"Found item {unknown[0]}, expected one of this agenda.")
    places = {key: number for number, key in enumerate(dict.fromkeys(order), 1)}
    for key, item in items.items():
        item.is_scheduled = key in places or item.done_at is not None
        item.position = places.get(key, item.position)
    AgendaItem.objects.bulk_update(items.values(), ["is_scheduled", "position"])
    changed(held)


@transaction.atomic
def allot(item: AgendaItem, minutes: int, *, by: User, at: datetime):
    """Give an item so many minutes."""
    if not 1 <= minutes <= 240:
        raise MeetingRefused(f"Found {minutes} minutes, expected 1 to 240.")
    held = locked(item.meeting)
    AgendaItem.objects.filter(pk=item.pk).update(minutes=minutes)
    changed(held)


@transaction.atomic
def remove_item(item: AgendaItem, *, by: User, at: datetime):
    """Take it off the agenda: whoever put it there may, and whoever leads the meeting. Twice is once.

    What was put down on it stands in the minutes, and so does the item.
    """
    held = locked(item.meeting)
    if item.added_by_id != by.pk and not is_led_by(held.series, by, on=timezone.localdate(at)):
        raise MeetingRefused(f"That is for whoever put it there to do, or for {held.series.chair}.")
    if held.current_id == item.pk:
        raise MeetingRefused("It is being spoken of: take another item first.")
    if any(getattr(item, name).exists() for name in ("notes", "decisions", "promised")):
        raise MeetingRefused("Something was put down on it: it stays in the minutes.")
    held.items.standing().filter(pk=item.pk).update(removed_at=at, removed_by=by)
    changed(held)


@transaction.atomic
def restore_item(item: AgendaItem, *, by: User, at: datetime):
    """It is on the agenda again, as it was; not beside another one about the same."""
    held = locked(item.meeting)
    if item.added_by_id != by.pk and not is_led_by(held.series, by, on=timezone.localdate(at)):
        raise MeetingRefused(f"That is for whoever put it there to do, or for {held.series.chair}.")
    if same_on(held, item):
        raise MeetingRefused("What it is about stands on the agenda already.")
    held.items.filter(pk=item.pk).update(removed_at=None, removed_by=None)
    changed(held)
