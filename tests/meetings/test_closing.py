"""A meeting ends: what is left goes on, everybody gets the minutes, and what it took is learned."""

from datetime import date, datetime, timedelta

import pytest

from departments.models import Notification
from meetings.models import AgendaItem, Attendance, Meeting, Rating
from meetings.selectors.in_markdown import in_markdown
from meetings.selectors.learned import learned_minutes
from meetings.selectors.minutes import by_kind, minutes
from meetings.selectors.subjects import MASKED
from meetings.services.agenda import MeetingRefused
from meetings.services.attending import RATED_FOR, be_there, correct_attendance, rate
from meetings.services.closing import close_meeting
from meetings.services.deciding import Decided, decide, promise
from meetings.services.noting import save_note
from meetings.services.running import finish, go_on, open_meeting
from tests import make
from tests.clock import NOW, TODAY

MINUTE = timedelta(minutes=1)
THIS, NEXT = date(2026, 11, 23), date(2026, 11, 30)


@pytest.fixture
def series(coo, creative_head, media_head):
    return make.series(creative_head, media_head, title="Heads")


@pytest.fixture
def meeting(series):
    return make.meeting(series)


def opened(meeting, by, at=NOW):
    open_meeting(meeting, by=by, at=at)
    meeting.refresh_from_db()
    return meeting


def carried(meeting):
    return list(meeting.items.in_order().values_list("title", "age", "carries__title"))


def test_what_is_open_stands_on_the_agenda_of_the_next_meeting_a_meeting_older(meeting, series, creative, media, coo):
    issue = make.issue(creative, media)
    done, left = make.agenda_item(meeting, "Done"), make.agenda_item(meeting, "The rest", minutes=7, issue=issue)
    opened(meeting, coo)
    finish(done, by=coo, at=NOW)
    close_meeting(meeting, by=coo, at=NOW)
    following = Meeting.objects.get(slot=NEXT)
    assert carried(following) == [("The rest", 1, "The rest")]
    again = following.items.get()
    assert (again.minutes, again.issue, again.carries, again.added_by) == (7, issue, left, coo)
    opened(following, coo)
    close_meeting(following, by=coo, at=NOW + timedelta(days=7))
    assert carried(Meeting.objects.get(slot=date(2026, 12, 7))) == [("The rest", 2, "The rest")]


def test_closed_twice_it_is_carried_and_told_once(meeting, coo, ceo):
    make.agenda_item(meeting)
    opened(meeting, coo)
    first = close_meeting(meeting, by=coo, at=NOW)
    second = close_meeting(meeting, by=ceo, at=NOW + MINUTE)
    assert (first.closed_at, second.closed_by) == (NOW, coo)
    assert AgendaItem.objects.filter(age=1).count() == 1
    told = Notification.objects.filter(kind="meeting").values_list("to__username", flat=True)
    assert sorted(told) == ["coo", "creative-head", "media-head"]


def test_what_is_drafted_anew_and_what_was_taken_off_is_not_carried(meeting, coo, creative):
    make.agenda_item(meeting, "Good news", part="good_news", added_by=None)
    make.agenda_item(meeting, "Off", removed_at=NOW, removed_by=coo)
    make.agenda_item(meeting, "Drafted about something", added_by=None, department=creative)
    make.agenda_item(meeting, "Did not fit", is_scheduled=False)
    opened(meeting, coo)
    close_meeting(meeting, by=coo, at=NOW)
    assert [title for title, *_ in carried(Meeting.objects.get(slot=NEXT))] == [
        "Drafted about something",
        "Did not fit",
    ]


def test_what_the_next_agenda_has_already_is_the_item_that_is_carried(meeting, series, creative, media, coo):
    issue, following = make.issue(creative, media), make.meeting(series, NEXT)
    theirs = make.agenda_item(following, "As drafted", issue=issue, minutes=15, part="issues", added_by=None)
    mine = make.agenda_item(meeting, "As it was", issue=issue, minutes=5)
    opened(meeting, coo)
    close_meeting(meeting, by=coo, at=NOW)
    found = following.items.get()
    assert (found, found.title, found.minutes, found.carries, found.age) == (theirs, "As drafted", 15, mine, 1)


def test_what_is_carried_stands_behind_its_part_and_is_scheduled_while_it_fits(meeting, series, coo):
    following = make.meeting(series, NEXT)
    for title, part in (("Issue", "issues"), ("The end", "wrap_up")):
        make.agenda_item(following, title, part=part, minutes=15)
    make.agenda_item(meeting, "Fits", part="issues", minutes=30)
    make.agenda_item(meeting, "Does not", part="issues", minutes=1)
    opened(meeting, coo)
    close_meeting(meeting, by=coo, at=NOW)
    order = list(following.items.in_order().values_list("title", "is_scheduled"))
    assert order == [("Issue", True), ("Fits", True), ("The end", True), ("Does not", False)]


def test_a_cancelled_meeting_is_passed_over_and_after_the_last_one_nothing_is_carried(meeting, series, coo):
    make.agenda_item(meeting)
    make.meeting(series, NEXT, cancelled_at=NOW, cancelled_by=coo)
    opened(meeting, coo)
    close_meeting(meeting, by=coo, at=NOW)
    later = Meeting.objects.get(slot=date(2026, 12, 7))
    assert later.items.count() == 1
    series.ended_on = later.slot
    series.save()
    opened(later, coo)
    close_meeting(later, by=coo, at=NOW + timedelta(days=14))
    assert AgendaItem.objects.filter(carries__isnull=False).count() == 1


def test_what_has_not_begun_is_not_closed(meeting, coo):
    with pytest.raises(MeetingRefused, match="nothing to close"):
        close_meeting(meeting, by=coo, at=NOW)


def test_attendance_is_who_had_it_open_while_it_ran_unless_corrected(meeting, coo, creative_head, media_head):
    be_there(meeting, media_head, writing=None, at=NOW - 2 * MINUTE)
    opened(meeting, coo)
    be_there(meeting, coo, writing=None, at=NOW)
    close_meeting(meeting, by=coo, at=NOW + 30 * MINUTE)
    was = dict(meeting.attendances.values_list("user__username", "is_present"))
    assert was == {"coo": True, "creative-head": False, "media-head": False}
    correct_attendance(meeting, [coo, media_head], by=coo, at=NOW + 31 * MINUTE)
    meeting.refresh_from_db()
    found = minutes(meeting, reader=coo, on=TODAY)
    assert (found.there, found.missing, found.cost) == ([coo, media_head], [creative_head], 1.0)
    marked = Attendance.objects.exclude(by=None).get()
    assert (marked.user, marked.by) == (media_head, coo)


def test_that_somebody_is_there_is_written_down_four_times_a_minute_and_when_they_begin_to_write(
    meeting, coo, django_assert_num_queries
):
    item = make.agenda_item(meeting)
    opened(meeting, coo)
    be_there(meeting, coo, writing=None, at=NOW)
    with django_assert_num_queries(1):
        be_there(meeting, coo, writing=None, at=NOW + timedelta(seconds=14))
    be_there(meeting, coo, writing=item, at=NOW + timedelta(seconds=14))
    assert meeting.presences.get().writing == item


def test_a_rating_is_for_those_who_were_there_one_each_and_stands_after_a_week(meeting, coo, media_head):
    opened(meeting, coo)
    be_there(meeting, coo, writing=None, at=NOW)
    close_meeting(meeting, by=coo, at=NOW)
    rate(meeting, score=4, why="Late", by=coo, at=NOW)
    rate(meeting, score=9, why="Quick", by=coo, at=NOW + RATED_FOR)
    assert Rating.objects.get().score == 9
    with pytest.raises(MeetingRefused, match="by those who were there"):
        rate(meeting, score=4, why="", by=media_head, at=NOW)
    with pytest.raises(MeetingRefused, match="more than a week ago"):
        rate(meeting, score=4, why="", by=coo, at=NOW + RATED_FOR + MINUTE)


@pytest.fixture
def written(meeting, coo, creative, creative_head, designer, series):
    """One item for all, and one about Creative's own, which the designer's friend in Media does not reach."""
    hidden = make.agenda_item(meeting, "CANARY-TITLE", words="CANARY-WORDS", department=creative, minutes=12)
    hidden.lines.create(position=1, words="CANARY-LINE", url="/canary-url/")
    shown = make.agenda_item(meeting, "The party", minutes=3)
    opened(meeting, coo)
    for item, words in ((hidden, "CANARY"), (shown, "Cake")):
        save_note(item, f"{words}-NOTE", base=0, by=coo, at=NOW)
        decide(item, Decided(f"{words}-DECIDED", f"{words}-EFFECT", date(2027, 1, 4)), key="a", by=coo, at=NOW)
        said = {"who": creative_head, "what": f"{words}-PROMISE", "to": series.department}
        promise(item, due_on=TODAY, key="b", by=coo, at=NOW, **said)
    go_on(meeting, leaving=hidden.pk, done=True, by=coo, at=NOW + 4 * MINUTE + timedelta(seconds=1))
    return meeting


def test_minutes_tell_what_was_written_decided_promised_and_how_long_it_took(written, coo, creative_head):
    close_meeting(written, by=coo, at=NOW + 10 * MINUTE)
    written.refresh_from_db()
    text = in_markdown(minutes(written, reader=creative_head, on=TODAY))
    assert "## 1. CANARY-TITLE\n\n12 min planned, 5 taken.\n\nCANARY-NOTE" in text
    assert "- **Decided:** Cake-DECIDED Expected: Cake-EFFECT Look at it again on Mon 4 Jan 2027" in text
    assert "- **Creative-Head** promised Agency: Cake-PROMISE, by Wed 18 Nov 2026" in text
    assert "## 2. The party\n\n3 min planned, 6 taken. Not done, carried to 30 Nov 2026." in text


def test_who_does_not_reach_an_item_sees_that_there_is_one_and_its_minutes(written, coo, media):
    outsider = make.user("friend", department=media)
    written.series.invited.create(who="person", user=outsider)
    found = minutes(written, reader=outsider, on=TODAY)
    assert (found.entries[0].title, found.entries[0].item.minutes) == (MASKED, 12)
    close_meeting(written, by=coo, at=NOW)
    told = Notification.objects.get(to=outsider).text
    assert "CANARY" not in told + in_markdown(found)
    assert "Cake-NOTE" in told
    assert f"## 1. {MASKED}\n\n12 min planned" in told


def test_nothing_that_was_typed_makes_html_or_headings_of_the_minutes(meeting, coo):
    item = make.agenda_item(meeting, "<b>#1_</b> [x](y)")
    opened(meeting, coo)
    save_note(item, "# Big\n<script>\nBig\n===\n- fine", base=0, by=coo, at=NOW)
    text = in_markdown(minutes(meeting, reader=coo, on=TODAY))
    assert r"## 1. \<b\>\#1\_\</b\> \[x\](y)" in text
    assert "\\# Big\n&lt;script>\nBig\n\\===\n- fine" in text


def held(series, week, spent):
    """A meeting of the past in which so many seconds were spent on parts."""
    at = datetime.combine(date(2026, 1, 5), NOW.timetz()) + timedelta(weeks=week)
    said = {"starts_at": at, "minutes": 60, "opened_at": at, "closed_at": at}
    made = Meeting.objects.create(series=series, slot=at.date(), opened_by=series.chair, closed_by=series.chair, **said)
    for part, seconds in spent:
        make.agenda_item(made, part=part, spent=seconds)


def test_what_a_part_takes_is_the_median_of_three_meetings_or_more(series):
    for week, spent in enumerate([[("talk", 60), ("talk", 61)], [("talk", 600), ("risks", 9)], [("talk", 240)]]):
        assert learned_minutes(series)["talk"] is None
        held(series, week, spent)
    assert {part: found for part, found in learned_minutes(series).items() if found} == {"talk": 4}
    for week in range(3, 11):
        held(series, week, [("talk", 1200)])
    assert learned_minutes(series)["talk"] == 20


def test_planned_and_taken_minutes_are_told_by_kind(meeting, coo):
    for part, minutes_planned, spent in (("talk", 5, 61), ("issues", 20, 0), ("talk", 10, 59)):
        make.agenda_item(meeting, part=part, minutes=minutes_planned, spent=spent)
    make.agenda_item(meeting, part="issues", minutes=30, is_scheduled=False)
    learned = learned_minutes(meeting.series) | {"issues": 25}
    found = by_kind(minutes(meeting, reader=coo, on=TODAY), learned)
    assert found == [("talk", 15, 2, None), ("issues", 20, 0, 25)]
