"""What the memo must not tell, must not lose, and must not stumble over."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from issues.ledger import Act
from issues.services.committing import do
from meetings.parts import Part
from meetings.selectors.memo import Then, memo
from meetings.services.memos import draft
from meetings.services.rescheduling import cancel_meeting
from meetings.services.running import open_meeting
from tests import make
from tests.clock import NOW, TODAY

MONDAY = date(2026, 11, 23)
A_WEEK = timedelta(weeks=1)


def drafted(series, *, at=NOW, since=None):
    then = Then(series.department, at, since or at - timedelta(days=14), MONDAY, series.pk)
    return {each.part: each for each in memo(list(series.sections.all()), then)}


def said(found):
    return [line.words for line in found.lines]


def test_a_decision_of_another_series_stays_with_those_who_belong_to_it(coo, agency):
    item = make.agenda_item(make.meeting(make.series(title="Board"), make.weeks_ago(1)))
    item.decisions.create(words="CANARY", revisit_on=TODAY, recorded_at=NOW - A_WEEK)
    heads = make.series(title="Heads", sections=[(Part.FOLLOW_UPS, 5)])
    assert said(drafted(heads)[Part.FOLLOW_UPS]) == []


def test_what_a_cancelled_meeting_was_to_be_told_is_told_to_the_next(coo, agency):
    series = make.series(starts_on=make.weeks_ago(0))
    first, second, third = (make.meeting(series, MONDAY + A_WEEK * n) for n in range(3))
    draft(first, at=NOW)
    cancel_meeting(series, MONDAY, why="Storm", by=coo, at=NOW)
    draft(second, at=NOW + A_WEEK)
    second.refresh_from_db()
    open_meeting(second, by=coo, at=second.starts_at)
    draft(third, at=NOW + 2 * A_WEEK)
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.memo_since, third.memo_since) == (NOW - timedelta(days=14), NOW + A_WEEK)


def test_a_part_of_more_than_four_hours_is_drafted(coo, agency):
    meeting = make.meeting(make.series(minutes=600, sections=[(Part.TALK, 300)]))
    assert draft(meeting, at=NOW)
    assert meeting.items.get().minutes == 240


def test_a_meeting_that_nobody_closed_for_a_day_does_not_stop_the_next_memo(coo, agency):
    series = make.series(starts_on=make.weeks_ago(8), sections=[(Part.TALK, 30)])
    for number in range(1, 4):
        held = dict.fromkeys(("opened_at", "closed_at"), NOW) | dict.fromkeys(("opened_by", "closed_by"), coo)
        make.agenda_item(make.meeting(series, make.weeks_ago(number), **held), spent=60 * 60 * 24)
    assert draft(make.meeting(series), at=NOW)


def test_a_deadline_on_a_day_on_which_nobody_ever_works_is_none(coo, agency, creative):
    make.deadline(weekday=0)
    make.calendar(monday=False)
    assert said(drafted(make.series(sections=[(Part.QUESTIONS, 5)]))[Part.QUESTIONS]) == []


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_what_was_done_just_after_the_last_memo_is_told_wherever_the_agency_is(settings, zone, coo, creative, media):
    settings.TIME_ZONE = zone
    head = make.head(creative)
    since = timezone.make_aware(datetime(2026, 11, 16, 18, 0))
    promise = make.commitment(head, media, "Call", due_on=date(2026, 11, 16), at=since - A_WEEK)
    do(promise, Act.DONE, edition=1, by=head, at=since + timedelta(hours=1))
    series = make.series(sections=[(Part.FOLLOW_UPS, 5)])
    with time_machine.travel(NOW, tick=False):
        assert drafted(series, since=since)[Part.FOLLOW_UPS].words == "1 done."


def test_the_gravest_issues_are_told_however_many_are_newer(coo, creative, media, creative_head, monkeypatch):
    monkeypatch.setattr("meetings.selectors.memo.stuck.LOOKED_AT", 3)
    old = make.issue(creative, media, "With the COO", at=NOW - 8 * A_WEEK)
    then = {"at": NOW - 6 * A_WEEK, "move": old.moves.get(), "department": media}
    old.escalations.create(kind="accept", step="coo", **then)
    make.issue(creative, media, "Critical", severity="critical", at=NOW - A_WEEK)
    for number in range(4):
        make.issue(creative, media, f"Low {number}", severity="low")
    series = make.series(sections=[(Part.ISSUES, 60)])
    then = Then(series.department, NOW, NOW - timedelta(days=14), MONDAY)
    titles = [each.title.partition(" ")[2] for each in memo(list(series.sections.all()), then)]
    assert titles[:2] == ["With the COO", "Critical"]
