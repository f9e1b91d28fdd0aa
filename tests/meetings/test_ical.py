"""Random series as calendars: a program shows the meetings that schedules, moves and cancellations mean."""

from datetime import UTC, date, datetime, time, timedelta

import icalendar
import recurring_ical_events
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from meetings.ical import Booked, Told, calendar, entries, written
from meetings.recurrence import Plan, slots
from meetings.rules import days, read
from tests.clock import NOW
from tests.effort import LONG
from tests.meetings.test_rules import rules

FIRST, LAST, FAR = date(2026, 1, 1), date(2027, 12, 31), date(2036, 1, 1)
TRIES = settings(
    max_examples=1000 if LONG else 100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
PLANS = st.builds(
    Plan,
    starts_on=st.dates(FIRST, date(2027, 6, 30)),
    starts_at=st.sampled_from([time(4, 30), time(9), time(23, 45)]),  # the clocks leap over none of these
    minutes=st.integers(5, 720),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    rule=st.one_of(st.just(""), rules()),
)


@st.composite
def series(draw):
    """A series with up to three schedules, and some of its meetings moved, made longer or cancelled."""
    plans = draw(st.lists(PLANS, min_size=1, max_size=3, unique_by=lambda plan: plan.starts_on))
    for plan in plans:
        assume(not plan.rule or has_many(plan))
    ended_on = draw(st.one_of(st.none(), st.dates(FIRST, LAST)))
    planned = slots(plans, FIRST, min(LAST, ended_on or LAST))
    told = []
    for slot in draw(st.lists(st.sampled_from(planned), max_size=5, unique=True)) if planned else []:
        later = timedelta(minutes=15 * draw(st.integers(-300, 300)))
        told.append(Told(slot.day, slot.starts_at + later, draw(st.integers(5, 720)), draw(st.booleans())))
    return plans, tuple(told), ended_on


def has_many(plan: Plan) -> bool:
    """Or else the library looks for the next one until the year 9999."""
    rule = read(plan.rule)._replace(count=None, until=None)
    return any(day > LAST + timedelta(days=30) for day in days(rule, plan.starts_on, FAR))


def shown(text: str) -> list[tuple]:
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(
        datetime(2025, 6, 1, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC)
    )
    times = [(each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC)) for each in found]
    return sorted((begins, ends) for begins, ends in times if begins.date() < LAST - timedelta(days=10))


@TRIES
@given(series())
def test_a_calendar_program_shows_what_a_series_means(found):
    plans, told, ended_on = found
    moved = {row.slot: row for row in told}
    last = min(LAST, ended_on or LAST)
    meant = [moved.get(slot.day, slot) for slot in slots(plans, FIRST, last)]
    meant = [(each.starts_at, each.minutes) for each in meant if not getattr(each, "is_cancelled", False)]
    expected = sorted((begins, begins + timedelta(minutes=lasts)) for begins, lasts in meant)
    booked = Booked(1, "Series", tuple(plans), told, ended_on, "http://localhost/", "localhost", 1, NOW)
    text = written(calendar(entries(booked)))
    assert shown(text) == [each for each in expected if each[0].date() < LAST - timedelta(days=10)]


@TRIES
@given(series())
def test_each_event_is_named_once_and_what_was_moved_refers_to_one_that_there_is(found):
    plans, told, ended_on = found
    booked = Booked(1, "Series", tuple(plans), told, ended_on, "http://localhost/", "localhost", 1, NOW)
    events = entries(booked)
    names = [(each.uid, each.instead_of) for each in events]
    assert len(set(names)) == len(names)
    mains = {each.uid: each for each in events if each.instead_of is None}
    assert {each.uid for each in events} == set(mains)
