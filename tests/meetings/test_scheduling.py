"""A series is made, changed and ended; one meeting of it is moved, cancelled and reinstated."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from meetings.models import AgendaItem, Invited, Meeting, Schedule, Series
from meetings.parts import Part
from meetings.recurrence import Plan
from meetings.selectors.calendar import occurrences
from meetings.selectors.series import changes, edition
from meetings.services.agenda import MeetingRefused, NoSuchMeeting
from meetings.services.rescheduling import (
    HasBegun,
    IsCancelled,
    MovedSince,
    cancel_meeting,
    move_meeting,
    reinstate_meeting,
)
from meetings.services.scheduling import (
    Guest,
    PlanRefused,
    SeriesChanged,
    Share,
    change_series,
    end_series,
    reschedule,
    resume_series,
    start_series,
)
from tests import make
from tests.clock import NOW

MONDAY, AFTER, THIRD = date(2026, 11, 23), date(2026, 11, 30), date(2026, 12, 7)
SHARES = [Share(Part.GOOD_NEWS, "Good news", 5), Share(Part.ISSUES, "Issues", 60)]


@pytest.fixture
def by(coo, agency):
    return {"by": coo, "at": NOW}


def plan(**said) -> Plan:
    return Plan(
        **{"starts_on": MONDAY, "starts_at": time(9), "minutes": 90, "zone": "Europe/Berlin", "rule": "FREQ=WEEKLY"}
        | said
    )


def started(agency, by, **said) -> Series:
    said = {"title": "Heads", "department": agency, "chair": by["by"], "plan": plan()} | said
    return start_series(**said, **by)


def to_come(series) -> list[str]:
    found = occurrences([series], NOW, NOW + timedelta(weeks=5))
    return [f"{each.starts_at:%d %b %H:%M}" for each in found if not each.is_cancelled]


def test_a_series_is_made_with_its_schedule_people_and_parts(agency, coo, by):
    series = started(agency, by, guests=[Guest("heads", department=agency)], shares=SHARES)
    assert to_come(series)[:2] == ["23 Nov 08:00", "30 Nov 08:00"]
    assert [str(row) for row in series.invited.all()] == ["All heads in Agency"]
    assert [str(row) for row in series.sections.all()] == ["Good news, 5 min", "Issues, 60 min"]
    assert series.history.get().history_user == coo


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"starts_on": date(2025, 11, 1)}, "starts_on", "Found 1 Nov 2025, expected a day from 17 Nov 2025"),
        ({"starts_on": date(2226, 11, 1)}, "starts_on", "expected a day from"),
        ({"rule": "FREQ=HOURLY"}, "rule", "expected FREQ=DAILY"),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rule", "It never takes place"),
        ({"minutes": 60}, "minutes", "Found 60 minutes, expected at least the 65"),
        ({"rule": "", "starts_on": date(2027, 3, 28), "starts_at": time(2, 30)}, "starts_at", "there is no 02:30"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_field(said, field, words, agency, by):
    with pytest.raises(PlanRefused, match=words) as refused:
        started(agency, by, plan=plan(**said), shares=SHARES)
    assert refused.value.field == field
    assert not Series.objects.exists()


def test_a_recurring_meeting_in_an_hour_that_is_leapt_over_begins_after_it(agency, by):
    series = started(agency, by, plan=plan(starts_on=date(2027, 3, 21), starts_at=time(2, 30)))
    found = occurrences([series], datetime(2027, 3, 20, tzinfo=UTC), datetime(2027, 4, 5, tzinfo=UTC))
    assert [f"{each.starts_at:%d %H:%M}" for each in found] == ["21 01:30", "28 01:30", "04 00:30"]


def test_who_belongs_to_it_and_its_parts_are_set_anew(agency, creative_head, coo, by):
    series = started(agency, by, guests=[Guest("heads", department=agency)], shares=SHARES)
    said = {"title": "All heads", "chair": coo, "guests": [Guest("person", user=creative_head)], "shares": SHARES[1:]}
    change_series(series, **said, was=edition(series), **by)
    series.refresh_from_db()
    assert series.title == "All heads"
    assert [str(row) for row in series.invited.all()] == [str(creative_head)]
    assert [row.position for row in series.sections.all()] == [1]
    words = [change.words for change in changes(series)]
    assert "Title: “Heads” became “All heads”." in words
    assert "No more invited: All heads in Agency." in words


def test_the_same_again_changes_nothing(agency, coo, by):
    series = started(agency, by, guests=[Guest("heads", department=agency)], shares=SHARES)
    was = edition(series)
    said = {"title": "Heads", "chair": coo, "guests": [Guest("heads", department=agency)], "shares": SHARES}
    change_series(series, **said, was=was, **by)
    assert edition(series) == was


def test_of_two_who_change_it_at_once_the_second_is_told(agency, coo, by):
    series = started(agency, by)
    was, said = edition(series), {"chair": coo, "guests": [], "shares": []}
    change_series(series, title="First", **said, was=was, **by)
    with pytest.raises(SeriesChanged):
        change_series(series, title="Second", **said, was=was, **by)
    with pytest.raises(SeriesChanged):
        reschedule(series, plan(), was=was, **by)
    assert Series.objects.get().title == "First"


def test_parts_that_take_longer_than_the_meeting_are_refused(agency, coo, by):
    series = started(agency, by)
    long = [Share(Part.ISSUES, "Issues", 91)]
    with pytest.raises(MeetingRefused, match="The parts take 91 minutes, the meeting lasts 90"):
        change_series(series, title="Heads", chair=coo, guests=[], shares=long, was=edition(series), **by)


# --- Otherwise from a day on --------------------------------------------------------------------------


def test_from_a_day_on_it_takes_place_otherwise_and_what_was_stays(agency, by):
    series = started(agency, by)
    reschedule(series, plan(starts_on=date(2026, 12, 1), rule="FREQ=WEEKLY;INTERVAL=2"), was=edition(series), **by)
    assert to_come(series) == ["23 Nov 08:00", "30 Nov 08:00", "01 Dec 08:00", "15 Dec 08:00"]


def test_a_schedule_that_was_to_come_is_superseded_not_lost(agency, by):
    series = started(agency, by)
    for hour in (10, 11):
        new = plan(starts_on=AFTER, starts_at=time(hour))
        reschedule(series, new, was=edition(series), **by)
    assert to_come(series)[:3] == ["23 Nov 08:00", "30 Nov 10:00", "07 Dec 10:00"]
    assert Schedule.objects.filter(series=series).count() == 3


def test_what_was_is_not_rescheduled(agency, by):
    series = started(agency, by, plan=plan(starts_on=date(2026, 11, 2)))
    with pytest.raises(PlanRefused, match="Found 17 Nov 2026, expected a day from 18 Nov 2026"):
        reschedule(series, plan(starts_on=date(2026, 11, 17)), was=edition(series), **by)


def test_what_people_put_on_an_agenda_goes_to_the_next_meeting_that_there_is(agency, by):
    series = started(agency, by)
    gone, kept = make.meeting(series, AFTER), make.meeting(series, MONDAY)
    theirs, drafted = make.agenda_item(gone, "The pitch"), make.agenda_item(gone, "Drafted", added_by=None)
    there = make.agenda_item(kept, "Here")
    tuesdays = plan(starts_on=date(2026, 11, 24), rule="FREQ=WEEKLY;BYDAY=TU")
    assert reschedule(series, tuesdays, was=edition(series), **by) == 1
    gone.refresh_from_db()
    assert gone.cancelled_why == "The series takes place otherwise: every Tuesday."
    assert [AgendaItem.objects.get(pk=item.pk).meeting.slot for item in (theirs, drafted, there)] == [
        date(2026, 12, 1), AFTER, MONDAY,
    ]  # fmt: skip


def test_a_meeting_on_record_follows_the_new_time_unless_it_was_moved(agency, coo, by):
    series = started(agency, by)
    follows, moved = make.meeting(series, MONDAY), make.meeting(series, AFTER, moved_at=NOW, moved_by=coo)
    reschedule(series, plan(starts_at=time(14), minutes=60), was=edition(series), **by)
    follows.refresh_from_db()
    moved.refresh_from_db()
    assert (follows.starts_at.hour, follows.minutes) == (13, 60)
    assert (moved.starts_at.hour, moved.minutes) == (8, 90)


def test_a_series_ends_and_goes_on(agency, by):
    series = started(agency, by)
    meeting = make.meeting(series, AFTER)
    end_series(series, last_day=MONDAY, was=edition(series), **by)
    series.refresh_from_db()
    assert to_come(series) == ["23 Nov 08:00"]
    assert resume_series(series, **by)
    assert not resume_series(series, **by)
    series.refresh_from_db()
    meeting.refresh_from_db()
    assert meeting.cancelled_at is None
    assert len(to_come(series)) == 5


def test_a_series_does_not_end_in_the_past(agency, by):
    series = started(agency, by)
    with pytest.raises(MeetingRefused, match="Found 17 Nov 2026, expected today"):
        end_series(series, last_day=date(2026, 11, 17), was=edition(series), **by)


# --- One meeting --------------------------------------------------------------------------------------

AT_NINE = datetime(2026, 11, 23, 8, tzinfo=UTC)


def move(series, by, day=date(2026, 11, 25), at=time(15), was=AT_NINE, minutes=60):
    said = {"day": day, "starts_at": at, "minutes": minutes, "zone": "Europe/Berlin"}
    return move_meeting(series, MONDAY, **said, was=was, **by)


def test_a_meeting_is_moved_and_back(agency, by):
    series = started(agency, by)
    move(series, by)
    assert to_come(series)[:2] == ["25 Nov 14:00", "30 Nov 08:00"]
    move(series, by, day=MONDAY, at=time(9), minutes=90, was=datetime(2026, 11, 25, 14, tzinfo=UTC))
    meeting = Meeting.objects.get()
    assert (meeting.moved_at, to_come(series)[0]) == (None, "23 Nov 08:00")
    assert meeting.history.count() == 3


def test_of_two_who_move_it_at_once_the_second_is_told(agency, by):
    series = started(agency, by)
    move(series, by)
    with pytest.raises(MovedSince, match="moved it meanwhile: it begins Wed 25 Nov 2026, 15:00"):
        move(series, by, at=time(16))


@pytest.mark.parametrize(
    ("day", "at", "words"),
    [
        (date(2026, 11, 18), time(9), "Found 18 Nov 2026, 09:00, expected a time to come"),
        (date(1, 1, 1), time(0), "Found 1 Jan 1, expected a day from today on, within ten years"),
        (date(9999, 12, 31), time(23), "Found 31 Dec 9999, expected a day from today on"),
        (date(2027, 3, 28), time(2, 30), "In Europe/Berlin the clocks go from 02:00 to 03:00 on 28 Mar 2027"),
    ],
)
def test_a_meeting_is_not_moved_to_a_time_that_is_over_or_does_not_exist(day, at, words, agency, by):
    series = started(agency, by)
    with pytest.raises(MeetingRefused, match=words):
        move(series, by, day=day, at=at)


def test_a_meeting_is_cancelled_once_and_takes_place_after_all(agency, by):
    series = started(agency, by)
    make.agenda_item(make.meeting(series, MONDAY))
    meeting, carried = cancel_meeting(series, MONDAY, why="A fair.", **by)
    assert (carried, to_come(series)[0]) == (1, "30 Nov 08:00")
    assert AgendaItem.objects.get().meeting.slot == AFTER
    with pytest.raises(IsCancelled, match="cancelled it already: A fair."):
        cancel_meeting(series, MONDAY, why="Again.", **by)
    with pytest.raises(IsCancelled):
        move(series, by)
    assert reinstate_meeting(series, MONDAY, **by) == meeting
    assert reinstate_meeting(series, MONDAY, **by) is None
    assert to_come(series)[0] == "23 Nov 08:00"


def test_what_has_begun_is_neither_moved_nor_cancelled(agency, coo, by):
    series = started(agency, by)
    make.meeting(series, MONDAY, opened_at=NOW, opened_by=coo)
    with pytest.raises(HasBegun):
        cancel_meeting(series, MONDAY, why="A fair.", **by)
    with pytest.raises(HasBegun):
        move(series, by)


def test_a_day_without_a_meeting_has_none_to_move(agency, by):
    series = started(agency, by)
    with pytest.raises(NoSuchMeeting):
        cancel_meeting(series, date(2026, 11, 24), why="A fair.", **by)


def test_what_its_schedule_has_no_more_is_not_reinstated(agency, by):
    series = started(agency, by)
    make.meeting(series, AFTER)
    reschedule(series, plan(starts_on=date(2026, 11, 24), rule="FREQ=WEEKLY"), was=edition(series), **by)
    with pytest.raises(MeetingRefused, match="has no meeting on 30 Nov 2026 any more"):
        reinstate_meeting(series, AFTER, **by)


def test_nobody_else_is_invited_twice(agency, by):
    series = started(agency, by, guests=[Guest("heads", department=agency), Guest("heads", department=agency)])
    assert Invited.objects.filter(series=series).count() == 1
