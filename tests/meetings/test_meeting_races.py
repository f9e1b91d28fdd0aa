"""Two chairs who open at once, two who save one note, send one form, close: two connections of PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from departments.models import Notification
from meetings.models import AgendaItem, Attendance, Decision, Meeting, Note, Presence, Vote
from meetings.parts import Part
from meetings.services.agenda import MeetingRefused
from meetings.services.attending import be_there
from meetings.services.closing import close_meeting
from meetings.services.deciding import Decided, decide
from meetings.services.memos import draft
from meetings.services.noting import NoteChanged, save_note
from meetings.services.running import go_on, open_meeting, vote
from tests import make
from tests.clock import NOW
from tests.kpis.test_comment_races import after_each_other

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race."),
]
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def meeting(coo, creative_head, media_head):
    made = make.meeting(make.series(creative_head, media_head))
    for title in ("First", "Second", "Third", "Fourth"):
        make.agenda_item(made, title)
    return made


@pytest.fixture
def item(meeting, coo):
    open_meeting(meeting, by=coo, at=NOW)
    return meeting.items.in_order().first()


def test_two_chairs_who_open_at_once_open_one_meeting(meeting, coo, ceo):
    second = after_each_other(
        lambda: open_meeting(meeting, by=coo, at=NOW), lambda: open_meeting(meeting, by=ceo, at=LATER)
    )
    assert (second.opened_by, second.opened_at) == (coo, NOW)
    assert Meeting.objects.get(pk=meeting.pk).current.title == "First"


def test_of_two_who_save_one_note_the_second_sees_both_texts(item, coo, media_head):
    def second():
        with pytest.raises(NoteChanged) as raised:
            save_note(item, "Yours", base=0, by=media_head, at=NOW)
        return raised.value.note.text

    assert after_each_other(lambda: save_note(item, "Mine", base=0, by=coo, at=NOW), second) == "Mine"
    assert Note.objects.get().text == "Mine"


def test_a_form_sent_twice_at_once_counts_once(item, coo):
    def send():
        return decide(item, Decided("We hire."), key="a", by=coo, at=NOW)

    assert after_each_other(send, send) is None
    assert Decision.objects.count() == 1


def test_two_who_go_on_at_once_go_on_once(item, coo, ceo):
    def forward(by):
        return lambda: go_on(item.meeting, leaving=item.pk, done=True, by=by, at=LATER)

    after_each_other(forward(coo), forward(ceo))
    held = Meeting.objects.get(pk=item.meeting_id)
    assert held.current.title == "Second"
    assert AgendaItem.objects.get(pk=item.pk).spent == 60


def test_two_who_close_at_once_carry_and_tell_once(item, coo, ceo):
    second = after_each_other(
        lambda: close_meeting(item.meeting, by=coo, at=NOW), lambda: close_meeting(item.meeting, by=ceo, at=LATER)
    )
    assert second.closed_by == coo
    assert AgendaItem.objects.filter(age=1).count() == 4
    assert Notification.objects.filter(kind="meeting").count() == 3


def test_what_is_carried_while_the_next_memo_is_written_stands_there_once(item, coo, creative, media):
    issue = make.issue(creative, media, severity="critical")
    make.agenda_item(item.meeting, "It", part=Part.ISSUES, issue=issue)
    item.meeting.series.sections.create(position=1, part=Part.ISSUES, title="Issues", minutes=30)
    later = make.meeting(item.meeting.series, item.meeting.slot + timedelta(weeks=1))
    after_each_other(lambda: draft(later, at=NOW), lambda: close_meeting(item.meeting, by=coo, at=LATER))
    assert later.items.get(issue=issue).age == 1


def test_nobody_gets_a_fourth_vote_by_voting_at_once(item, media_head):
    items = list(item.meeting.items.in_order())

    def fourth():
        with pytest.raises(MeetingRefused, match="3 items already"):
            vote(items[3], wanted=True, by=media_head, at=NOW)

    for each in items[:2]:
        vote(each, wanted=True, by=media_head, at=NOW)
    after_each_other(lambda: vote(items[2], wanted=True, by=media_head, at=NOW), fourth)
    assert Vote.objects.count() == 3


def test_at_full_speed_every_text_is_a_version_or_refused(item, coo, creative_head, media_head):
    people = [coo, creative_head, media_head]

    def write(number):
        base, refused = 0, 0
        try:
            while True:
                try:
                    text = f"{Note.objects.filter(item=item).values_list('text', flat=True).last() or ''}{number} "
                    return save_note(item, text, base=base, by=people[number % 3], at=NOW), refused
                except NoteChanged as error:
                    base, refused = error.note.number, refused + 1
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        done = list(workers.map(write, range(12)))
    last = Note.objects.filter(item=item).last()
    assert last.number == len(done) == 12
    assert sorted(map(int, last.text.split())) == list(range(12))


def test_ten_pages_of_two_people_that_ask_at_once_are_two_who_are_there(item, coo, media_head):
    meeting = Meeting.objects.get(pk=item.meeting_id)

    def ask(number):
        try:
            be_there(meeting, [coo, media_head][number % 2], writing=None, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(ask, range(10)))
    assert (Presence.objects.count(), Attendance.objects.count()) == (2, 2)
