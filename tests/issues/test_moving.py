"""An issue moves: who may do what, where its ball lies, and who is told."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments.models import Notification
from issues.flow import CLOSED, RULES, Act, State
from issues.models import Escalation, Issue, Promise
from issues.selectors.listed import listed
from issues.selectors.waiting import waiting
from issues.services.escalating import escalate
from issues.services.moving import MovedSince, NotPossible, OwnDepartment, move, possible
from tests import make
from tests.clock import NOW

HOUR = timedelta(hours=1)


@pytest.fixture
def issue(creative, media, creative_head, media_head):
    return make.issue(creative, media)


def do(issue, act, by, words="So it is.", at=NOW + HOUR, **fields):
    return move(issue, act, edition=issue.edition, words=words, by=by, at=at, **fields)


def told(user):
    return list(Notification.objects.filter(to=user).order_by("pk").values_list("subject", flat=True))


def test_a_new_issue_lies_with_its_owner_who_hears_of_it(issue, media, media_head, creative_head):
    assert (issue.state, issue.court, issue.moves.count()) == (State.OPEN, media, 1)
    assert told(media_head) == [f"{issue} is in your court: Creative-Head raised it"]
    assert told(creative_head) == []


def test_from_raising_to_confirmation(issue, creative, media, creative_head, media_head):
    do(issue, Act.ACCEPT, media_head)
    do(issue, Act.RETURN, media_head, "The budget is missing.")
    assert (issue.state, issue.court) == (State.RETURNED, creative)
    do(issue, Act.COMPLETE, creative_head, "It is 5,000.")
    do(issue, Act.START, media_head)
    do(issue, Act.RESOLVE, media_head, "Booked.")
    do(issue, Act.DISPUTE, creative_head, "The wrong week.")
    assert (issue.state, issue.court) == (State.DISPUTED, media)
    do(issue, Act.RESOLVE, media_head, "Booked again.")
    do(issue, Act.CONFIRM, creative_head)
    assert (issue.state, issue.court, issue.next_step_at) == (State.CONFIRMED, None, None)
    do(issue, Act.REOPEN, media_head, "It was cancelled.")
    assert (issue.state, issue.court) == (State.OPEN, media)


def test_nobody_passes_a_ball_they_do_not_hold(issue, creative, creative_head, media):
    with pytest.raises(NotPossible, match="for Media to do"):
        do(issue, Act.PASS, creative_head, to=creative)
    assert Issue.objects.get().court == media


def test_a_ball_passes_to_another_department_for_a_reason(issue, agency, media, media_head):
    it = make.department("IT", parent=agency)
    head = make.head(it, "it-head")
    for to, words in ((media, "Mine already."), (None, "To whom?"), (it, "  ")):
        with pytest.raises(NotPossible):
            do(issue, Act.PASS, media_head, words, to=to)
    do(issue, Act.PASS, media_head, "The account is locked.", to=it)
    assert (issue.state, issue.court) == (State.OPEN, it)
    assert told(head) == [f"{issue} is in your court: Media-Head passed the ball"]
    with pytest.raises(NotPossible, match="in the court of IT"):
        do(issue, Act.ACCEPT, media_head)


def test_where_nobody_is_asked_for_a_court_it_is_told_above(agency, creative, media, creative_head, media_head, coo):
    rule = make.issue(creative, agency, title="A rule")
    make.issue(creative, make.department("Print", parent=media), title="Paper")
    assert told(coo) == [f"{rule} is in your court: Creative-Head raised it"]
    assert len(told(media_head)) == 1
    make.absence(media_head)
    make.issue(creative, media, title="Sizes")
    assert len(told(coo)) == 2


def test_who_raised_it_and_left_hears_no_more_of_it(agency, creative, media, designer, creative_head, media_head):
    issue = make.issue(creative, media, by=designer)
    designer.department = make.department("IT", parent=agency)
    designer.save()
    do(issue, Act.ACCEPT, media_head, "Canary.")
    assert told(designer) == []
    assert told(creative_head) == [f"Media-Head accepted it: {issue}"]


def test_whoever_has_the_ball_hears_that_it_is_withdrawn(issue, agency, creative_head, media_head):
    it = make.department("IT", parent=agency)
    head = make.head(it, "it-head")
    do(issue, Act.PASS, media_head, to=it)
    do(issue, Act.WITHDRAW, creative_head)
    assert told(head)[1:] == told(media_head)[1:] == [f"Creative-Head withdrew it: {issue}"]


def test_resolving_without_a_word_is_refused(issue, media_head):
    with pytest.raises(NotPossible, match="Say why"):
        do(issue, Act.RESOLVE, media_head, " ")
    assert Issue.objects.get().state == State.OPEN


def test_an_issue_to_ones_own_department_is_refused(creative, creative_head):
    with pytest.raises(OwnDepartment, match="Creative raised it itself"):
        make.issue(creative, creative)
    assert not Issue.objects.exists()


def test_who_decided_on_an_older_standing_is_told_what_happened_meanwhile(issue, media_head, coo):
    do(issue, Act.ACCEPT, media_head)
    with pytest.raises(MovedSince, match="Media-Head accepted it meanwhile"):
        move(issue, Act.START, edition=1, by=coo, at=NOW + HOUR)


def test_who_raised_it_answers_for_it_even_if_they_lead_nothing(creative, media, designer, media_head):
    issue = make.issue(creative, media, by=designer)
    do(issue, Act.RESOLVE, media_head)
    today = timezone.localdate()
    assert possible(designer, issue, on=today) == [Act.CONFIRM, Act.DISPUTE, Act.WITHDRAW]
    assert possible(make.user(department=creative), issue, on=today) == []
    do(issue, Act.CONFIRM, designer)
    assert issue.state == State.CONFIRMED


def test_a_pause_ends_with_the_next_thing_that_is_done(issue, media_head):
    do(issue, Act.PAUSE, media_head, "The client is on holiday.")
    assert (issue.is_paused, issue.next_step_at) == (True, None)
    do(issue, Act.ACCEPT, media_head, at=NOW + 2 * HOUR)
    assert not issue.is_paused
    assert issue.next_step_at is not None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(list(RULES)), st.integers(0, 40)), max_size=14))
def test_after_any_acts_lists_say_what_the_moves_say_and_clocks_add_up(creative, media, coo, acts):
    issue, at = make.issue(creative, media, by=coo), NOW
    for act, later in acts:
        at += later * HOUR
        escalate(now=at)
        issue.refresh_from_db()
        to = creative if issue.court_id == media.pk else media
        if act in possible(coo, issue, on=timezone.localdate(at)):
            do(issue, act, coo, at=at, to=to)
    stands = waiting(issue, at=at)
    last, found = stands.now, stands.clocks
    kept = Issue.objects.get(pk=issue.pk)
    assert (kept.state, kept.court_id, kept.is_paused, kept.edition) == (
        last.state,
        last.court_id,
        last.is_paused,
        last.number,
    )
    assert (kept.state in CLOSED) == (kept.court_id is None)
    assert sum(found.by_department.values(), timedelta()) + found.paused == found.elapsed
    assert kept.waited == round(waiting(issue, at=last.at).owners.total_seconds())
    assert [row.held for row in listed([kept], at=at)] == [stands.held if kept.court_id else None]
    assert [row.escalated for row in listed([kept], at=at)] == [furthest(stands)]
    assert set(Promise.objects.values_list("issue", flat=True)) == set()  # nothing was agreed


def furthest(stands):
    """The furthest step of what whoever has the ball has to do."""
    taken = {(each.move_id, each.kind, each.step) for each in Escalation.objects.filter(issue=stands.issue)}
    todo = [each for each in stands.running() if each.department_id == stands.now.court_id]
    steps = [step for step in Escalation.Step for each in todo if (each.asked.pk, each.kind, step) in taken]
    return steps[-1] if steps else ""
