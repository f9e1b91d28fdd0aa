"""Stuck issues escalate by themselves: in working time, fairly, each step once; promises become a KPI."""

from datetime import timedelta

import pytest
from django.utils import timezone

from departments.models import Notification
from issues.flow import Act
from issues.models import Escalation, Issue, Promise
from issues.selectors.agreements import kept
from issues.selectors.listed import listed
from issues.selectors.waiting import waiting
from issues.services.agreeing import AgreedSince, agree
from issues.services.escalating import escalate
from issues.services.moving import move
from kpis.models import Kpi, Observation, Rollup
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW

HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)  # NOW is Wednesday, 10:00 in the agency; it closes at 17:00


@pytest.fixture
def issue(creative, media, creative_head, media_head):
    make.agreement(creative, media, accept_within=8, resolve_medium=16)
    return make.issue(creative, media)


def do(issue, act, by, at, words="So it is.", **fields):
    return move(issue, act, edition=issue.edition, words=words, by=by, at=at, **fields)


def pass_time(upto, *, since=NOW, step=timedelta(minutes=30)):
    """As beat does, but twice each time."""
    at = since
    while at <= upto:
        escalate(now=at)
        escalate(now=at)
        at += step


def told(user, kind="issue_stuck"):
    return list(Notification.objects.filter(to=user, kind=kind).order_by("pk").values_list("subject", flat=True))


def steps():
    found = Escalation.objects.order_by("at", "pk").values_list("kind", "step", "at")
    return [(kind, step, timezone.localtime(at).strftime("%a %H:%M")) for kind, step, at in found]


def test_who_has_the_ball_then_both_heads_then_the_coo_each_once(issue, creative_head, media_head, coo):
    pass_time(NOW + 9 * A_DAY)
    assert steps() == [
        ("accept", "soon", "Wed 16:00"),
        ("accept", "missed", "Thu 10:00"),
        ("resolve", "soon", "Thu 14:00"),
        ("accept", "coo", "Fri 10:00"),
        ("resolve", "missed", "Fri 10:00"),
        ("resolve", "coo", "Mon 10:00"),
    ]
    assert told(media_head) == [
        f"{issue}: Media has to accept or return it soon",
        f"{issue}: Media did not accept or return it in time",
        f"{issue}: Media has to resolve it soon",
        f"{issue}: Media did not resolve it in time",
    ]
    assert told(creative_head) == [
        f"{issue}: Media did not accept or return it in time",
        f"{issue}: Media did not resolve it in time",
    ]
    assert len(told(coo)) == 2


def test_the_clock_of_an_owner_stands_while_somebody_else_has_the_ball(issue, creative_head, media_head):
    do(issue, Act.ACCEPT, media_head, NOW + HOUR)
    do(issue, Act.RETURN, media_head, NOW + 2 * HOUR)
    pass_time(NOW + 2 * A_DAY - HOUR)
    assert {kind for kind, _, _ in steps()} == {"answer"}
    do(issue, Act.COMPLETE, creative_head, NOW + 2 * A_DAY)
    issue.refresh_from_db()
    assert issue.next_step_at == NOW + 2 * A_DAY + 6 * HOUR  # three quarters of 8, anew


def test_a_pause_for_a_client_and_a_paused_department_stop_the_clock(issue, media, media_head):
    do(issue, Act.PAUSE, media_head, NOW)
    pass_time(NOW + 3 * A_DAY)
    assert steps() == []
    do(issue, Act.RESUME, media_head, NOW + 5 * A_DAY)
    make.pause(media, starts_on=(NOW + 5 * A_DAY).date(), ends_on=(NOW + 6 * A_DAY).date())
    pass_time(NOW + 7 * A_DAY - HOUR, since=NOW + 5 * A_DAY)
    assert steps() == []
    pass_time(NOW + 8 * A_DAY, since=NOW + 7 * A_DAY)
    assert steps()[0][:2] == ("accept", "soon")


def test_a_pause_that_ends_earlier_than_it_was_to_holds_nothing_up(issue, media, media_head):
    pause = make.pause(media, starts_on=NOW.date(), ends_on=None)
    do(issue, Act.ACCEPT, media_head, NOW + HOUR)
    pause.ends_on = (NOW + A_DAY).date()
    pause.save()
    pass_time(NOW + 9 * A_DAY, since=NOW + HOUR)
    assert steps() == [
        ("resolve", "soon", "Mon 13:00"),
        ("resolve", "missed", "Mon 17:00"),
        ("resolve", "coo", "Tue 17:00"),
    ]


def furthest(issue):
    return listed([Issue.objects.get(pk=issue.pk)], at=NOW)[0].escalated


def test_a_list_tells_the_furthest_step_not_the_newest(issue):
    pass_time(NOW + A_DAY + 5 * HOUR)
    assert [step for _, step, _ in steps()] == ["soon", "missed", "soon"]
    assert furthest(issue) == "missed"


def test_what_is_late_stays_late_after_a_round_trip(issue, creative, media, creative_head, media_head):
    pass_time(NOW + 6 * A_DAY)
    do(issue, Act.ACCEPT, media_head, NOW + 6 * A_DAY)
    assert furthest(issue) == "coo"
    do(issue, Act.PASS, media_head, NOW + 6 * A_DAY, to=creative)
    assert furthest(issue) == ""
    do(issue, Act.PASS, creative_head, NOW + 6 * A_DAY, to=media)
    assert furthest(issue) == "coo"
    do(issue, Act.RESOLVE, media_head, NOW + 6 * A_DAY)
    do(issue, Act.DISPUTE, creative_head, NOW + 6 * A_DAY)
    assert furthest(issue) == ""


def test_who_gets_back_what_they_resolved_has_to_answer(issue, media, creative_head, media_head):
    do(issue, Act.RESOLVE, media_head, NOW + HOUR)
    do(issue, Act.PASS, creative_head, NOW + 2 * HOUR, to=media)
    pass_time(NOW + 9 * A_DAY, since=NOW + 2 * HOUR)
    assert [(kind, step) for kind, step, _ in steps()] == [("answer", "soon"), ("answer", "missed"), ("answer", "coo")]
    assert told(media_head)[0] == f"{issue}: Media has to answer it soon"


def test_what_is_disputed_escalates_anew(issue, creative_head, media_head, coo):
    do(issue, Act.ACCEPT, media_head, NOW)
    pass_time(NOW + 6 * A_DAY)
    do(issue, Act.RESOLVE, media_head, NOW + 6 * A_DAY)  # a Tuesday
    do(issue, Act.DISPUTE, creative_head, NOW + 6 * A_DAY + HOUR)
    before = steps()
    pass_time(NOW + 13 * A_DAY, since=NOW + 6 * A_DAY + HOUR)
    assert [step for _, step, _ in before] == ["soon", "missed", "coo"]
    assert steps()[3:] == [
        ("resolve", "soon", "Wed 15:00"),
        ("resolve", "missed", "Thu 11:00"),
        ("resolve", "coo", "Fri 11:00"),
    ]
    assert Promise.objects.filter(kind="resolve").count() == 1


def test_a_dispute_gives_no_more_time_to_keep_the_promise(issue, creative_head, media_head):
    do(issue, Act.ACCEPT, media_head, NOW)
    do(issue, Act.RESOLVE, media_head, NOW + 6 * HOUR)
    do(issue, Act.DISPUTE, creative_head, NOW + 6 * HOUR)
    pass_time(NOW + 2 * A_DAY, since=NOW + 6 * HOUR)
    promise = Promise.objects.get(kind="resolve")
    assert (promise.is_kept, promise.at) == (False, NOW + 2 * A_DAY)
    assert steps() == []


def test_hours_that_are_not_over_are_not_said_to_be(creative, media, creative_head, media_head):
    make.agreement(creative, media, accept_within=1)
    make.issue(creative, media)
    pass_time(NOW + timedelta(minutes=58), since=NOW + timedelta(minutes=58))
    found = Notification.objects.get(to=media_head, kind="issue_stuck")
    assert found.text == "0.9 of 1 h of working time are used. Severity: medium."


def test_who_is_away_is_not_told_but_who_stands_in(issue, media, media_head):
    make.absence(media_head)
    deputy = make.user("stand-in", department=media)
    media.headships.create(user=deputy, kind="deputy", starts_on=NOW.date())
    pass_time(NOW + 7 * HOUR)
    assert (len(told(deputy)), told(media_head)) == (1, [])


def test_where_nobody_is_asked_for_who_is_waited_for_it_is_told_above(issue, media, media_head, coo):
    make.absence(media_head)
    pass_time(NOW + 7 * HOUR)
    assert (told(coo), told(media_head)) == ([f"{issue}: Media has to accept or return it soon"], [])


def test_what_was_promised_and_kept_or_missed_becomes_a_kpi(issue, creative, media, agency, creative_head, media_head):
    do(issue, Act.ACCEPT, media_head, NOW + HOUR)
    pass_time(NOW + 2 * A_DAY, since=NOW + HOUR)
    do(issue, Act.RESOLVE, media_head, NOW + 2 * A_DAY + HOUR)
    do(issue, Act.CONFIRM, creative_head, NOW + 2 * A_DAY + 2 * HOUR)
    outcomes = {(p.kind, p.department.name, p.is_kept) for p in Promise.objects.all()}
    assert outcomes == {("accept", "Media", True), ("resolve", "Media", False), ("answer", "Creative", True)}
    drain(now=NOW)
    kpi = Kpi.objects.get(code="agreements-kept")
    week = Rollup.objects.get(kpi=kpi, department=agency, grain="week")
    assert (week.numerator, week.denominator) == (2, 3)
    assert not Kpi.objects.entered().exists()  # nobody is asked for it
    notes = Observation.objects.filter(kpi=kpi, department=media).values_list("reference", flat=True)
    assert sorted(notes) == [f"#{issue.pk} accept 1", f"#{issue.pk} resolve 1"]


def test_an_agreement_is_kept_by_who_promised_it_not_by_who_raised_the_issue(issue, creative_head, media_head):
    do(issue, Act.ACCEPT, media_head, NOW + HOUR)
    do(issue, Act.RETURN, media_head, NOW + 2 * HOUR)
    pass_time(NOW + 4 * A_DAY, since=NOW + 2 * HOUR)
    assert Promise.objects.filter(department=issue.raiser, is_kept=False).exists()
    found = kept([issue.agreement], since=NOW - A_DAY)[0]
    assert (found.kept, found.due) == (1, 1)


def test_a_promise_that_was_missed_stays_missed(issue, creative_head, media_head):
    pass_time(NOW + A_DAY)
    do(issue, Act.ACCEPT, media_head, NOW + A_DAY + HOUR)
    assert list(Promise.objects.values_list("kind", "is_kept")) == [("accept", False)]


def test_a_resolution_that_is_disputed_is_no_promise_kept(issue, creative_head, media_head):
    do(issue, Act.RESOLVE, media_head, NOW + HOUR)
    do(issue, Act.DISPUTE, creative_head, NOW + 2 * HOUR)
    assert not Promise.objects.filter(kind="resolve").exists()
    pass_time(NOW + 3 * A_DAY, since=NOW + 2 * HOUR)
    assert list(Promise.objects.filter(kind="resolve").values_list("is_kept", flat=True)) == [False]


def test_without_an_agreement_the_house_escalates_but_nothing_is_promised(creative, media, creative_head, media_head):
    issue = make.issue(creative, media, needed_by=(NOW + A_DAY).date())
    pass_time(NOW + 6 * A_DAY)
    assert ("resolve", "missed", "Thu 17:00") in steps()
    assert not Promise.objects.exists()
    assert Issue.objects.get() == issue


def test_what_is_needed_on_the_day_on_which_it_is_raised_too_late_has_an_hour(creative, media):
    evening = NOW + 9 * HOUR
    issue = make.issue(creative, media, needed_by=NOW.date(), at=evening)
    assert waiting(issue, at=evening).resolution().due_at == NOW + A_DAY  # an hour after opening


def test_what_is_reopened_has_the_time_from_then_to_its_day(creative, media, creative_head, media_head):
    issue = make.issue(creative, media, needed_by=(NOW + 2 * A_DAY).date())
    do(issue, Act.WITHDRAW, creative_head, NOW)
    do(issue, Act.REOPEN, creative_head, NOW + 2 * A_DAY)
    assert waiting(issue, at=NOW + 2 * A_DAY).resolution().allowed == 7 * HOUR
    do(issue, Act.WITHDRAW, creative_head, NOW + 2 * A_DAY)
    do(issue, Act.REOPEN, creative_head, NOW + 30 * A_DAY)
    assert waiting(issue, at=NOW + 30 * A_DAY).resolution().allowed == HOUR


def test_the_terms_of_an_issue_are_those_of_when_it_was_raised(issue, creative, media, media_head):
    before = issue.agreement
    agree(creative, media, instead_of=before.pk, by=media_head, at=NOW + HOUR, **terms(accept_within=1))
    issue.refresh_from_db()
    assert (issue.terms.accept, make.issue(creative, media, "Another").terms.accept) == (8, 1)


def terms(**more):
    names = ("answer_within", "resolve_critical", "resolve_high", "resolve_medium", "resolve_low")
    return {"ready": "", "accept_within": 16, **dict.fromkeys(names, 20), **more}


def test_two_who_change_an_agreement_at_once_see_each_other(creative, media, media_head, coo):
    first = agree(creative, media, instead_of=None, by=media_head, at=NOW, **terms())
    with pytest.raises(AgreedSince, match="Media-Head changed this agreement meanwhile"):
        agree(creative, media, instead_of=None, by=coo, at=NOW, **terms(accept_within=2))
    assert agree(creative, media, instead_of=first.pk, by=coo, at=NOW, **terms()) == first
    assert agree(creative, media, instead_of=first.pk, by=coo, at=NOW) is None
