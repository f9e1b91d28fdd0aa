"""Calendars of other programs, put into series of ours: the client library finds in our feed what it finds in theirs.

The files are those with which `recurring-ical-events` is tried, beside the project; they stay there. What lasts whole
days cannot be said in a series, whose meetings have a time of day: files of nothing else are named with the reason.
"""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from django.conf import settings

from meetings.ical import calendar, entries, written
from meetings.models import Meeting
from meetings.rules import days, read
from meetings.selectors.feeds import booked
from tests import make
from tests.clock import NOW

FOLDER = Path(settings.BASE_DIR).parent / "shared" / "data" / "calendars"
WHOLE_DAYS = {"Germany_Holidays.ics", "one_day_event_repeat_every_day.ics"}
FIRST, LAST = datetime(2013, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the calendars are not beside the project")


def files():
    return sorted(FOLDER.glob("*.ics"))


def timed(theirs: icalendar.Calendar) -> list:
    return [each for each in theirs.events if is_timed(each)]


def is_timed(event) -> bool:
    return isinstance(event["DTSTART"].dt, datetime)


def meetings(found: icalendar.Calendar) -> list[tuple]:
    """When each begins and how many minutes it lasts, as a calendar program shows it."""
    shown = recurring_ical_events.of(found, skip_bad_series=True).between(FIRST, LAST)
    return sorted((aware(each["DTSTART"].dt), minutes(each)) for each in shown if is_timed(each))


def aware(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def listed(event, name) -> list:
    """The moments of EXDATE or RDATE."""
    found = event.get(name, [])
    return [each.dt for group in (found if isinstance(found, list) else [found]) for each in group.dts]


def zone_of(moment: datetime) -> str:
    return getattr(moment.tzinfo, "key", None) or "UTC"


def taken_over(theirs: icalendar.Calendar) -> list:
    """A series for each of their events that repeat or stand alone; what was moved, left out or added, as meetings."""
    of_uid = defaultdict(list)
    for number, each in enumerate(theirs.events):
        of_uid[str(each.get("UID", number))].append(each)
    return [series for group in of_uid.values() for series in in_series(group)]


def in_series(group: list) -> list:
    mains = [each for each in group if "RECURRENCE-ID" not in each and is_timed(each)]
    made = [started(each) for each in mains]
    for main, series in zip(mains, made, strict=True):
        for left_out in listed(main, "EXDATE"):
            on_record(series, left_out, cancelled_at=NOW, cancelled_by=series.chair)
        for added in listed(main, "RDATE"):
            if (
                added not in listed(main, "EXDATE")
                and not Meeting.objects.filter(series=series, slot=added.date()).exists()
            ):
                Meeting.objects.create(series=series, slot=added.date(), starts_at=aware(added), minutes=minutes(main))
    for moved in (each for each in group if made and "RECURRENCE-ID" in each):
        said = {"cancelled_at": NOW, "cancelled_by": made[0].chair}  # where it was put upon the whole day
        if is_timed(moved):
            said = {"starts_at": aware(moved["DTSTART"].dt), "minutes": minutes(moved), "moved_at": NOW}
        on_record(made[0], moved["RECURRENCE-ID"].dt, **said)
    return made


def started(event):
    begins = event["DTSTART"].dt
    rule = event["RRULE"].to_ical().decode() if "RRULE" in event else ""
    said = {"at": begins.time(), "zone": zone_of(begins)}
    rule = str(read(rule, **said)) if rule else ""
    return make.series(
        starts_on=begins.date(), starts_at=begins.time(), zone=zone_of(begins), minutes=minutes(event), rule=rule
    )


def minutes(event) -> int:
    return round((event["DTEND"].dt - event["DTSTART"].dt).total_seconds() / 60)


def on_record(series, slot: datetime, **said):
    """Without it where the schedule has none on that day: programs leave out, too, what is none."""
    schedule = series.schedules.get()
    day = slot.astimezone(schedule_zone(schedule)).date() if slot.tzinfo else slot.date()
    if day in days(read(schedule.rule), schedule.starts_on, day) if schedule.rule else day == schedule.starts_on:
        make.meeting(series, day, **said)


def schedule_zone(schedule):

    return ZoneInfo(schedule.zone)


def feed(series: list) -> icalendar.Calendar:
    found = [entry for each in booked(series).values() for entry in entries(each)]
    return icalendar.Calendar.from_ical(written(calendar(found)))


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_our_feed_shows_what_their_file_shows(path, coo, agency):
    theirs = icalendar.Calendar.from_ical(path.read_bytes())
    if path.name in WHOLE_DAYS:
        assert timed(theirs) == []
        return
    expected = meetings(theirs)
    assert expected
    assert meetings(feed(taken_over(theirs))) == expected


def test_there_is_a_file_for_each_kind():
    names = " ".join(path.name for path in files())
    for kind in ("moved", "changed_duration", "rdate", "until", "deleted", "edited"):
        assert kind in names
