"""A meeting runs: who opens it, what is spoken of, for how long, and what is wanted first."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from departments.models import Department
from meetings.models import AgendaItem, Vote
from meetings.services import running as run
from meetings.services.agenda import MeetingRefused
from meetings.services.closing import close_meeting
from tests import make
from tests.clock import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def meeting(coo, creative_head, media_head):
    return make.meeting(make.series(creative_head, media_head))


@pytest.fixture
def items(meeting):
    return [make.agenda_item(meeting, title) for title in ("First", "Second", "Third")]


def opened(meeting, by, at=NOW):
    run.open_meeting(meeting, by=by, at=at)
    meeting.refresh_from_db()
    return meeting


def test_it_begins_with_its_first_item(meeting, items, coo):
    opened(meeting, coo)
    assert (meeting.opened_at, meeting.opened_by, meeting.current) == (NOW, coo, items[0])


def test_it_begins_once_and_says_who_began_it(meeting, items, coo, creative_head):
    opened(meeting, coo)
    run.go_on(meeting, leaving=items[0].pk, done=True, by=coo, at=NOW)
    held = run.open_meeting(meeting, by=creative_head, at=NOW + MINUTE)
    assert (held.opened_by, held.opened_at, held.current) == (coo, NOW, items[1])
    assert meeting.history.filter(opened_at=NOW).count() == 1


def test_what_was_cancelled_or_closed_does_not_begin(meeting, coo):
    meeting.cancelled_at, meeting.cancelled_by = NOW, coo
    meeting.save()
    with pytest.raises(MeetingRefused, match="Coo cancelled this meeting"):
        run.open_meeting(meeting, by=coo, at=NOW)
    other = opened(make.meeting(), coo)
    close_meeting(other, by=coo, at=NOW)
    with pytest.raises(MeetingRefused, match="Coo closed this meeting at"):
        run.open_meeting(other, by=coo, at=NOW)


def test_two_who_go_on_at_once_go_on_once(meeting, items, coo):
    opened(meeting, coo)
    for _ in range(2):
        run.go_on(meeting, leaving=items[0].pk, done=True, by=coo, at=NOW + MINUTE)
    meeting.refresh_from_db()
    assert meeting.current == items[1]
    assert [item.done_at for item in meeting.items.in_order()] == [NOW + MINUTE, None, None]


def test_what_is_left_open_comes_again_after_the_last(meeting, items, coo):
    opened(meeting, coo)
    run.go_on(meeting, leaving=items[0].pk, done=False, by=coo, at=NOW)
    run.go_on(meeting, leaving=items[1].pk, done=True, by=coo, at=NOW)
    run.go_on(meeting, leaving=items[2].pk, done=True, by=coo, at=NOW)
    meeting.refresh_from_db()
    assert meeting.current == items[0]
    run.go_on(meeting, leaving=items[0].pk, done=True, by=coo, at=NOW)
    meeting.refresh_from_db()
    assert meeting.current is None


def test_an_item_that_was_done_is_taken_again_and_its_time_goes_on(meeting, items, coo):
    opened(meeting, coo)
    run.go_on(meeting, leaving=items[0].pk, done=True, by=coo, at=NOW + 3 * MINUTE)
    run.take(items[0], by=coo, at=NOW + 5 * MINUTE)
    run.finish(items[0], by=coo, at=NOW + 9 * MINUTE)
    assert list(meeting.items.in_order().values_list("spent", flat=True)) == [7 * 60, 2 * 60, 0]
    run.put_back(items[0], by=coo, at=NOW)
    assert meeting.items.open().count() == 3


def test_nothing_is_done_before_it_begins(meeting, items, coo):
    for act in (run.take, run.finish, run.put_back):
        with pytest.raises(MeetingRefused, match="has not begun"):
            act(items[0], by=coo, at=NOW)


def test_everybody_has_three_votes_and_what_is_done_gives_one_back(meeting, items, coo, media_head):
    fourth = make.agenda_item(meeting, "Fourth")
    opened(meeting, coo)
    for item in [*items, items[0]]:
        run.vote(item, wanted=True, by=media_head, at=NOW)
    with pytest.raises(MeetingRefused, match="You voted for 3 items already"):
        run.vote(fourth, wanted=True, by=media_head, at=NOW)
    run.finish(items[0], by=coo, at=NOW)
    run.vote(fourth, wanted=True, by=media_head, at=NOW)
    with pytest.raises(MeetingRefused, match="That item is done"):
        run.vote(items[0], wanted=True, by=coo, at=NOW)
    run.vote(fourth, wanted=False, by=media_head, at=NOW)
    run.vote(fourth, wanted=False, by=media_head, at=NOW)
    assert Vote.objects.filter(user=media_head).count() == 3


def test_open_items_of_a_part_are_ordered_by_votes_in_their_own_places(meeting, items, coo, media_head, creative_head):
    other = make.agenda_item(meeting, "Elsewhere", part="issues")
    last = make.agenda_item(meeting, "Last")
    opened(meeting, coo)
    run.vote(last, wanted=True, by=media_head, at=NOW)
    run.vote(last, wanted=True, by=creative_head, at=NOW)
    run.vote(items[2], wanted=True, by=creative_head, at=NOW)
    run.order_by_votes(meeting, "talk", by=coo)
    titles = [item.title for item in meeting.items.in_order()]
    assert titles == ["First", "Last", "Third", other.title, "Second"]


ACTS = st.lists(
    st.tuples(st.sampled_from(["done", "skip", "take", "finish", "back"]), st.integers(0, 3), st.integers(1, 900)),
    max_size=25,
)


@pytest.mark.django_db
@settings(max_examples=30, deadline=None)
@given(acts=ACTS)
def test_whatever_is_done_all_time_is_spent_on_what_was_current(acts):
    """The oracle adds up, second by second, on what the meeting stood."""
    with transaction.atomic():
        coo = make.user(role="coo")
        root = Department.objects.create(name="Agency", slug="agency")
        meeting = make.meeting(make.series(chair=coo, department=root))
        items = [make.agenda_item(meeting, f"Item {n}") for n in range(4)]
        now, expected = NOW, dict.fromkeys([item.pk for item in items], 0)
        opened(meeting, coo)
        for act, which, seconds in acts:
            if meeting.current_id:
                expected[meeting.current_id] += seconds
            now += timedelta(seconds=seconds)
            item = AgendaItem.objects.get(pk=items[which].pk)
            if act in ("done", "skip"):
                run.go_on(meeting, leaving=meeting.current_id or 0, done=act == "done", by=coo, at=now)
            else:
                {"take": run.take, "finish": run.finish, "back": run.put_back}[act](item, by=coo, at=now)
            meeting.refresh_from_db()
            assert meeting.current is None or meeting.current.done_at is None
        close_meeting(meeting, by=coo, at=now)
        assert dict(meeting.items.values_list("pk", "spent")) == expected
        transaction.set_rollback(True)
