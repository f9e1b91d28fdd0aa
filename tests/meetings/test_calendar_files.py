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
WHOLE_DAYS = {"Germany_Holidays.ics"}
FIRST, LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the calendars lie beside the project: shared/data/calendars"
)


def files():
    return sorted(FOLDER.glob("*.ics"))


def timed(theirs: icalendar.Calendar) -> list:
    return [each for each in theirs.events if isinstance(each["DTSTART"].dt, datetime)]


def meetings(found: icalendar.Calendar) -> list[tuple]:
    """When each begins and how many minutes it lasts, as a calendar program shows it."""
    shown = recurring_ical_events.of(found, skip_bad_series=True).between(FIRST, LAST)
    shown = [each for each in shown if isinstance(each["DTSTART"].dt, datetime)]
    return sorted((aware(each.start), round((each.end - each.start).total_seconds() / 60)) for each in shown)


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
    for each in timed(theirs):
        of_uid[str(each["UID"])].append(each)
    return [series for group in of_uid.values() for series in in_series(group)]


def in_series(group: list) -> list:
    mains = [each for each in group if "RECURRENCE-ID" not in each]
    made = [started(each) for each in mains]
    for main, series in zip(mains, made, strict=True):
        for left_out in listed(main, "EXDATE"):
            on_record(series, left_out, cancelled_at=NOW, cancelled_by=series.chair)
        for added in listed(main, "RDATE"):
            if not Meeting.objects.filter(series=series, slot=added.date()).exists():
                Meeting.objects.create(series=series, slot=added.date(), starts_at=aware(added), minutes=minutes(main))
    for moved in (each for each in group if "RECURRENCE-ID" in each):
        slot, said = moved["RECURRENCE-ID"].dt, {"starts_at": aware(moved.start), "minutes": minutes(moved)}
        on_record(made[0], slot, moved_at=NOW, moved_by=made[0].chair, **said)
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
    return round((event.end - event.start).total_seconds() / 60)


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
