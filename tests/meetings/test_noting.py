"""Notes are written by several, decisions and commitments put down: nothing is overwritten, nothing doubled."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from departments.models import Department
from issues.models import Commitment
from issues.services.committing import CommitmentRefused
from meetings.models import Decision, ItemCommitment, Note
from meetings.models.agenda import NOTE
from meetings.services.agenda import MeetingRefused
from meetings.services.closing import close_meeting
from meetings.services.deciding import Decided, amend, decide, promise
from meetings.services.noting import NoteChanged, save_note
from meetings.services.running import open_meeting
from tests import make
from tests.clock import NOW, TODAY

SECOND = timedelta(seconds=1)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def item(coo, creative_head, media_head):
    meeting = make.meeting(make.series(creative_head, media_head, title="Heads"))
    made = make.agenda_item(meeting)
    open_meeting(meeting, by=coo, at=NOW)
    return made


def texts(item):
    return list(item.notes.values_list("number", "text", "by__username"))


def test_notes_are_kept_and_the_same_text_twice_is_once(item, coo):
    assert save_note(item, "", base=0, by=coo, at=NOW) is None
    save_note(item, "One", base=0, by=coo, at=NOW)
    assert save_note(item, "One", base=0, by=coo, at=LATER).number == 1
    assert texts(item) == [(1, "One", "coo")]


def test_what_one_person_writes_in_one_go_is_one_version(item, coo, media_head):
    save_note(item, "One", base=0, by=coo, at=NOW)
    save_note(item, "One, two", base=1, by=coo, at=NOW + SECOND)
    save_note(item, "One, two, three", base=2, by=media_head, at=NOW + 2 * SECOND)
    save_note(item, "All", base=3, by=media_head, at=LATER)
    assert texts(item) == [(2, "One, two", "coo"), (3, "One, two, three", "media-head"), (4, "All", "media-head")]


def test_nobody_writes_over_what_they_have_not_seen(item, coo, media_head):
    save_note(item, "Mine", base=0, by=coo, at=NOW)
    for base in (0, 7):
        with pytest.raises(NoteChanged, match="Coo changed these notes meanwhile") as raised:
            save_note(item, "Yours", base=base, by=media_head, at=NOW)
        assert (raised.value.note.text, raised.value.note.number) == ("Mine", 1)
    assert texts(item) == [(1, "Mine", "coo")]


def test_in_one_go_too_the_other_has_to_have_seen_the_newest(item, coo, media_head):
    save_note(item, "One", base=0, by=coo, at=NOW)
    save_note(item, "One, two", base=1, by=coo, at=NOW)
    with pytest.raises(NoteChanged):
        save_note(item, "One and mine", base=1, by=media_head, at=NOW)


def test_a_text_that_is_too_long_is_refused_with_its_length(item, coo):
    with pytest.raises(MeetingRefused, match="Found 20,001 characters, expected 20,000 at most"):
        save_note(item, "x" * (NOTE + 1), base=0, by=coo, at=NOW)


def test_what_is_written_after_it_was_closed_is_a_version_of_its_own(item, coo):
    save_note(item, "As it was", base=0, by=coo, at=NOW)
    close_meeting(item.meeting, by=coo, at=NOW)
    save_note(item, "Amended", base=1, by=coo, at=NOW + SECOND)
    save_note(item, "Amended again", base=2, by=coo, at=NOW + 2 * SECOND)
    assert [text for _, text, _ in texts(item)] == ["As it was", "Amended", "Amended again"]


def test_a_decision_sent_twice_is_one(item, coo, media_head):
    said = Decided("We hire.", "Fewer rounds", date(2027, 2, 1))
    first = decide(item, said, key="a", by=coo, at=NOW)
    assert decide(item, said, key="a", by=coo, at=LATER) is None
    decide(item, said, key="b", by=media_head, at=NOW)
    assert (first.words, first.expects, first.revisit_on) == ("We hire.", "Fewer rounds", date(2027, 2, 1))
    assert Decision.objects.count() == 2


def test_an_amended_decision_keeps_what_it_was(item, coo, media_head, creative_head):
    first = decide(item, Decided("We hire two."), key="a", by=coo, at=NOW)
    close_meeting(item.meeting, by=coo, at=NOW)
    second = amend(first, Decided("We hire one."), by=media_head, at=LATER)
    assert amend(first, Decided("We hire one."), by=media_head, at=LATER) == second
    with pytest.raises(MeetingRefused, match="Media-Head amended this decision meanwhile"):
        amend(first, Decided("We hire none."), by=creative_head, at=LATER)
    first.refresh_from_db()
    assert (first.words, first.superseded_by, first.superseded_at) == ("We hire two.", media_head, LATER)
    assert (second.amends, Decision.objects.current().get()) == (first, second)


def promised(item, who, **said):
    said = {"what": "Send the list", "due_on": TODAY, "to": item.meeting.series.department, "key": "a"} | said
    return promise(item, who=who, by=who, at=NOW, **said)


def test_a_commitment_stands_in_the_ledger_and_says_where_it_was_made(item, creative, creative_head):
    made = promised(item, creative_head)
    assert promised(item, creative_head) is None
    assert (made.department, made.origin, made.origin_url) == (creative, "A meeting on 23 Nov 2026", item.meeting.url)
    assert ItemCommitment.objects.get().commitment == Commitment.objects.get() == made


def test_on_an_issue_or_a_risk_it_hangs_on_that(item, creative, media, creative_head):
    issue, risk = make.issue(creative, media), make.risk(creative)
    about_issue = make.agenda_item(item.meeting, issue=issue)
    about_risk = make.agenda_item(item.meeting, risk=risk)
    assert promised(about_issue, creative_head).issue == issue
    assert promised(about_risk, creative_head).risk == risk


def test_what_cannot_be_promised_is_not_taken_either(item, creative_head):
    with pytest.raises(CommitmentRefused, match="expected today or later"):
        promised(item, creative_head, due_on=TODAY - timedelta(days=1))
    assert promised(item, creative_head) is not None


def test_nothing_is_put_down_before_it_begins_or_once_it_is_closed(coo, item):
    waiting = make.agenda_item(make.meeting(item.meeting.series, date(2026, 11, 30)))
    close_meeting(item.meeting, by=coo, at=NOW)
    for each, words in ((waiting, "has not begun"), (item, "closed this meeting")):
        with pytest.raises(MeetingRefused, match=words):
            decide(each, Decided("We hire."), key="a", by=coo, at=NOW)
    assert not Note.objects.exists()


ACTS = st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 90)), max_size=20)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None)
@given(acts=ACTS)
def test_whoever_saves_when_no_text_that_was_taken_is_lost(acts):
    """Three people add a word each time to what they last saw, which may be old: each word that was taken stays."""
    with transaction.atomic():
        root = Department.objects.create(name="Agency", slug="agency")
        people = [make.user(role="coo") for _ in range(3)]
        item = make.agenda_item(make.meeting(make.series(chair=people[0], department=root)))
        open_meeting(item.meeting, by=people[0], at=NOW)
        seen, taken, now = [(0, "")] * 3, [], NOW
        for number, (who, looks, seconds) in enumerate(acts):
            now += seconds * SECOND
            last = item.notes.last()
            seen[who] = (last.number, last.text) if looks and last else seen[who]
            base, text = seen[who]
            try:
                note = save_note(item, f"{text}{number} ", base=base, by=people[who], at=now)
            except NoteChanged:
                continue
            seen[who] = (note.number, note.text)
            taken.append(str(number))
            assert item.notes.last().text.split() == taken
        assert (item.notes.last().text.split() if taken else []) == taken
        transaction.set_rollback(True)
