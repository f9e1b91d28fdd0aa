"""Agendas and meetings at their edges: what is out of reach, taken off, carried, or too far away."""

from datetime import date, time, timedelta
from time import perf_counter

import pytest
import time_machine
from markdown_it import MarkdownIt

from departments.models import Notification
from meetings.parts import Part
from meetings.recurrence import Plan
from meetings.selectors.in_markdown import in_markdown, quoted
from meetings.selectors.minutes import minutes
from meetings.selectors.running import running
from meetings.selectors.series import edition
from meetings.selectors.subjects import MASKED
from meetings.services.agenda import Asked, MeetingRefused, add_item, remove_item, restore_item
from meetings.services.attending import be_there
from meetings.services.closing import close_meeting
from meetings.services.deciding import Decided, decide
from meetings.services.memos import draft
from meetings.services.noting import save_note
from meetings.services.rescheduling import cancel_meeting, move_meeting
from meetings.services.running import finish, open_meeting, put_back, take, vote
from meetings.services.scheduling import reschedule
from tests import make
from tests.clock import NOW, TODAY

MONDAY = date(2026, 11, 23)


@pytest.fixture
def series(coo, agency):
    return make.series(starts_on=make.weeks_ago(0), minutes=60)


@pytest.fixture
def pair(series):
    """This week's meeting and the next one."""
    return make.meeting(series, make.weeks_ago(0)), make.meeting(series, MONDAY)


def test_who_leads_a_meeting_takes_off_what_they_do_not_reach_without_learning_what_it_says(
    client, creative, media, creative_head
):
    chair = make.user("chair", department=media)
    meeting = make.meeting(make.series(chair=chair, department=media))
    item = make.agenda_item(meeting, "CANARY", department=creative, added_by=creative_head)
    client.force_login(chair)
    for rest in ("removal", "restoration"):
        page = client.post(f"/agenda-items/{item.pk}/{rest}/", follow=True).text
        assert "CANARY" not in page
        assert MASKED in page


def test_what_was_taken_off_is_neither_spoken_of_nor_decided_on(pair, coo):
    meeting, _ = pair
    make.agenda_item(meeting, "First")
    item = make.agenda_item(meeting, "Second")
    open_meeting(meeting, by=coo, at=NOW)
    remove_item(item, by=coo, at=NOW)
    with pytest.raises(MeetingRefused, match="taken off the agenda"):
        take(item, by=coo, at=NOW)
    with pytest.raises(MeetingRefused, match="taken off the agenda"):
        decide(item, Decided("So be it."), key="a", by=coo, at=NOW)


def test_what_something_was_decided_on_stays_in_the_minutes(pair, coo):
    meeting, _ = pair
    item = make.agenda_item(meeting, "First")
    make.agenda_item(meeting, "Second")
    open_meeting(meeting, by=coo, at=NOW)
    decide(item, Decided("So be it."), key="a", by=coo, at=NOW)
    take(meeting.items.get(title="Second"), by=coo, at=NOW)
    with pytest.raises(MeetingRefused, match="stays in the minutes"):
        remove_item(item, by=coo, at=NOW)
    assert len(minutes(meeting, reader=coo, on=TODAY).decisions) == 1


def test_what_stands_on_the_next_agenda_already_is_carried_as_that(pair, coo, creative, media, creative_head):
    meeting, later = pair
    later.series.sections.create(position=1, part=Part.ISSUES, title="Issues", minutes=30)
    issue = make.issue(creative, media, severity="critical")
    item = add_item(meeting, Asked("It", 15, part=Part.ISSUES, about={"issue": issue}), by=coo, at=NOW)
    make.agenda_item(meeting, "Of a department", department=creative)
    make.agenda_item(later, "Another of it", department=creative)
    draft(later, at=NOW)
    open_meeting(meeting, by=coo, at=NOW)
    close_meeting(meeting, by=coo, at=NOW)
    same = later.items.get(issue=issue)
    assert (same.carries, same.age) == (item, 1)
    assert later.items.filter(department=creative).count() == 2


def test_what_is_carried_and_has_no_room_is_not_scheduled(pair, coo):
    meeting, later = pair
    make.agenda_item(meeting, "Long", minutes=40)
    make.agenda_item(meeting, "Short", minutes=10)
    make.agenda_item(later, "There already", minutes=50)
    open_meeting(meeting, by=coo, at=NOW)
    close_meeting(meeting, by=coo, at=NOW)
    assert [item.title for item in later.items.scheduled().in_order()] == ["There already", "Short"]


def test_who_leads_by_a_headship_leads_from_the_first_minute_of_its_day(settings, creative, coo):
    settings.TIME_ZONE = "Pacific/Auckland"
    head = make.head(creative, starts_on=date(2026, 11, 19))
    item = make.agenda_item(make.meeting(make.series(department=creative)))
    night = NOW.replace(hour=12)  # one in the morning of the 19th
    with time_machine.travel(night, tick=False):
        remove_item(item, by=head, at=night)
    item.refresh_from_db()
    assert item.removed_by == head


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "0000-00-00", "2026-02-30"])
def test_a_day_far_away_has_no_meeting_and_nobody_waits_for_it(client, coo, agency, zone, day):
    series = make.series(rule="FREQ=DAILY", zone=zone, starts_at=time(23, 30))
    client.force_login(coo)
    begun = perf_counter()
    for rest in ("", "running/", "minutes/", "time/"):
        assert client.get(f"/meetings/{series.pk}/{day}/{rest}").status_code == 404
    for rest in ("", "memo/", "running/opening/", "cancellation/", "reinstatement/"):
        assert client.post(f"/meetings/{series.pk}/{day}/{rest}").status_code == 404
    assert perf_counter() - begun < 3


@pytest.mark.parametrize(("zone", "hour"), [("America/New_York", "23:30"), ("Pacific/Kiritimati", "00:00")])
def test_a_meeting_is_not_moved_beyond_ten_years(client, coo, agency, zone, hour):
    series = make.series(zone=zone)
    meeting = make.meeting(series)
    client.force_login(coo)
    said = {"day": "9999-12-31", "starts_at": hour, "minutes": 60, "was": meeting.starts_at.isoformat()}
    page = client.post(f"{meeting.url}time/", said)
    assert page.status_code == 200
    assert "Found 31 Dec 9999, expected a day from today on, within ten years." in page.text
    said["day"] = str(TODAY + timedelta(days=30))
    assert client.post(f"{meeting.url}time/", said).status_code == 302


def test_who_is_not_invited_any_more_gets_no_minutes(series, coo, designer):
    series.invited.create(who="person", user=designer)
    meeting = make.meeting(series, make.weeks_ago(0))
    be_there(open_meeting(meeting, by=coo, at=NOW), designer, writing=None, at=NOW)
    series.invited.all().delete()
    close_meeting(meeting, by=coo, at=NOW)
    assert [each.to for each in Notification.objects.filter(key__startswith="minutes")] == [coo]


def test_what_another_plan_cancelled_takes_place_when_that_is_taken_back(series, pair, coo):
    _, meeting = pair
    for rule, is_cancelled in (("FREQ=WEEKLY;BYDAY=TU", True), ("FREQ=WEEKLY;BYDAY=MO", False)):
        plan = Plan(date(2026, 11, 19), time(14), 30, "UTC", rule)
        reschedule(series, plan, was=edition(series), by=coo, at=NOW)
        meeting.refresh_from_db()
        assert (meeting.cancelled_at is not None) == is_cancelled
    assert (meeting.starts_at.hour, meeting.minutes) == (14, 30)


def test_of_a_meeting_that_is_cancelled_nothing_is_put_beside_the_same(series, coo, creative, media, creative_head):
    issue = make.issue(creative, media)
    meetings = [make.meeting(series, MONDAY + timedelta(weeks=n)) for n in range(2)]
    for each in meetings:
        add_item(each, Asked("It", 15, part=Part.ISSUES, about={"issue": issue}), by=coo, at=NOW)
    _, carried = cancel_meeting(series, MONDAY, why="Storm", by=coo, at=NOW)
    assert (carried, meetings[1].items.count()) == (0, 1)


def test_what_was_carried_to_a_meeting_that_is_cancelled_goes_on(series, pair, coo, creative, media, creative_head):
    meeting, later = pair
    make.agenda_item(meeting, "Old", part=Part.ISSUES, added_by=None, issue=make.issue(creative, media))
    open_meeting(meeting, by=coo, at=NOW)
    close_meeting(meeting, by=coo, at=NOW)
    assert cancel_meeting(series, later.slot, why="Storm", by=coo, at=NOW)[1] == 1
    assert make.meeting(series, MONDAY + timedelta(weeks=1)).items.get().age == 1


def test_nothing_comes_back_beside_the_same(pair, coo, creative, media, creative_head):
    asked = Asked("It", 15, part=Part.ISSUES, about={"issue": make.issue(creative, media)})
    item = add_item(pair[1], asked, by=coo, at=NOW)
    remove_item(item, by=coo, at=NOW)
    add_item(pair[1], asked, by=coo, at=NOW)
    with pytest.raises(MeetingRefused, match="already"):
        restore_item(item, by=coo, at=NOW)


def test_nobody_has_fewer_votes_left_than_none(pair, coo):
    meeting, _ = pair
    items = [make.agenda_item(meeting, str(number)) for number in range(5)]
    open_meeting(meeting, by=coo, at=NOW)
    for item in items[1:4]:
        vote(item, wanted=True, by=coo, at=NOW)
    finish(items[1], by=coo, at=NOW)
    vote(items[4], wanted=True, by=coo, at=NOW)
    put_back(items[1], by=coo, at=NOW)
    assert running(meeting, reader=coo, on=TODAY, at=NOW).votes_left == 0


def test_of_meetings_that_changed_places_the_later_tells_what_came_since_the_earlier(series, coo):
    first, second = make.meeting(series, MONDAY), make.meeting(series, MONDAY + timedelta(weeks=1))
    said = {"day": date(2026, 12, 2), "starts_at": time(9), "minutes": 60, "zone": "UTC", "was": first.starts_at}
    first = move_meeting(series, MONDAY, **said, by=coo, at=NOW)
    draft(second, at=NOW + timedelta(days=10))
    open_meeting(second, by=coo, at=second.starts_at)
    draft(first, at=NOW + timedelta(days=12))
    first.refresh_from_db()
    assert first.memo_since == NOW + timedelta(days=10)


@pytest.mark.parametrize(
    "typed",
    ["```\nleft open", "~~~~ text\n~~~\nopen", "- # In a list", "> # Quoted", "1. ## Numbered", "> > - ### Deep"],
)
def test_what_somebody_wrote_ends_within_its_item_and_heads_nothing(pair, coo, typed):
    meeting, _ = pair
    item = make.agenda_item(meeting, "First")
    make.agenda_item(meeting, "Second")
    open_meeting(meeting, by=coo, at=NOW)
    save_note(item, typed, base=0, by=coo, at=NOW)
    html = MarkdownIt().render(in_markdown(minutes(meeting, reader=coo, on=TODAY)))
    assert [html.count(f"<h{number}>") for number in (1, 2, 3)] == [1, 2, 0]


def test_a_block_of_code_that_was_ended_is_left_as_it_is():
    assert quoted("```\ncode\n```\nafter") == "```\ncode\n```\nafter"
    begun = perf_counter()
    quoted("x" + "\n" * 19000 + "1. " * 300 + "x")
    assert perf_counter() - begun < 1
