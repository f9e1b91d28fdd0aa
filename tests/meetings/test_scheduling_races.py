"""Two who change a series, or its meetings, at once: two connections of PostgreSQL."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection

from meetings.models import CalendarFeed, Invitation, Meeting, Schedule
from meetings.recurrence import Plan
from meetings.selectors.series import edition
from meetings.services.feeds import open_feed
from meetings.services.inviting import tell_of
from meetings.services.rescheduling import MovedSince, move_meeting
from meetings.services.scheduling import SeriesChanged, reschedule
from tests import make
from tests.clock import NOW
from tests.kpis.test_comment_races import after_each_other

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race."),
]
MONDAY = date(2026, 11, 23)


@pytest.fixture
def series(agency, coo, designer):
    return make.series(designer)


def moved(series, by, hour):
    said = {"day": MONDAY, "starts_at": time(hour), "minutes": 60, "zone": "UTC", "by": by, "at": NOW}
    return move_meeting(series, MONDAY, was=datetime(2026, 11, 23, 9, tzinfo=UTC), **said)


def refused(error, act):
    try:
        act()
    except error:
        return True
    return False


def test_of_two_who_move_a_meeting_at_once_one_is_told(series, coo, ceo):
    assert after_each_other(lambda: moved(series, coo, 10), lambda: refused(MovedSince, lambda: moved(series, ceo, 11)))
    assert Meeting.objects.get().starts_at.hour == 10


def test_of_two_who_reschedule_at_once_one_is_told(series, coo, ceo):
    was = edition(series)

    def rescheduled(by, hour):
        return reschedule(series, Plan(MONDAY, time(hour), 60, "UTC", "FREQ=WEEKLY"), was=was, by=by, at=NOW)

    second = lambda: refused(SeriesChanged, lambda: rescheduled(ceo, 11))
    assert after_each_other(lambda: rescheduled(coo, 10), second)
    assert Schedule.objects.current().get(starts_on=MONDAY).starts_at == time(10)


def test_a_meeting_that_is_moved_while_the_series_is_rescheduled_waits(series, coo, ceo):
    make.meeting(series, MONDAY)
    plan = Plan(MONDAY, time(12), 60, "UTC", "FREQ=WEEKLY")
    first = lambda: reschedule(series, plan, was=edition(series), by=coo, at=NOW)
    assert after_each_other(first, lambda: refused(MovedSince, lambda: moved(series, ceo, 11)))


def test_who_is_invited_by_two_at_once_is_invited_once(series, designer):
    after_each_other(lambda: tell_of(series, at=NOW), lambda: tell_of(series, at=NOW))
    assert Invitation.objects.filter(user=designer).count() == 1
    assert designer.notifications.count() == 1


def test_of_two_addresses_that_are_made_at_once_one_lives(series, designer):
    made = [lambda: open_feed(user=designer, series=series, at=NOW) for _ in range(2)]
    after_each_other(*made)
    assert CalendarFeed.objects.live().count() == 1
    assert CalendarFeed.objects.count() == 2
