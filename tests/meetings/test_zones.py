"""What we write of the clocks of time zones is what they do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from meetings.zones import clocks

ZONES = [
    "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe",
    "Africa/Casablanca", "Asia/Tokyo", "Pacific/Chatham", "Africa/Cairo", "America/Santiago",
]  # fmt: skip
FIRST = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_as_it_is_written_shows_the_time_that_the_zone_shows(zone):
    text = clocks(zone, 2025).to_ical()
    theirs = icalendar.Timezone.from_ical(text).to_tz(lookup_tzid=False)
    moments = [FIRST + timedelta(hours=number) for number in range(24 * 365)]
    wrong = [
        m
        for m in moments
        if m.astimezone(theirs).replace(tzinfo=None) != m.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    ]
    assert wrong == []


def test_what_comes_every_year_is_written_as_a_rule_and_goes_on():
    text = clocks("Europe/Berlin", 2025).to_ical().decode()
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in text
    assert "DTSTART:20250330T020000" in text
    assert "RDATE" not in text
    theirs = icalendar.Timezone.from_ical(text).to_tz(lookup_tzid=False)
    assert datetime(2035, 7, 1, 12, tzinfo=UTC).astimezone(theirs).hour == 14


def test_what_follows_no_rule_is_written_one_by_one():
    assert "RDATE" in clocks("Africa/Casablanca", 2025).to_ical().decode()
