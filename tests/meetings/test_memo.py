"""The agenda writes itself: from what was known at a moment, and the same ever after."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail

from departments.models import Notification
from issues.flow import Act
from issues.ledger import Act as Promise
from issues.services.committing import do
from issues.services.moving import move
from kpis.services.explaining import explain
from kpis.services.judging import judge
from kpis.services.rollups import drain
from meetings.models import Meeting
from meetings.parts import OUTLINES, Part
from meetings.selectors.agenda import agenda
from meetings.selectors.memo import Then, memo
from meetings.selectors.subjects import MASKED
from meetings.services.agenda import Asked, add_item
from meetings.services.memos import draft, draft_due
from meetings.timing import fitting
from tests import make
from tests.clock import NOW, TODAY

STEADY = [10, 11, 10, 12, 9, 10, 11, 10, 9, 11, 10, 12, 10, 11, 9, 10, 11, 10, 12, 10]
MONDAY = date(2026, 11, 23)
EVERY = [(part, 5) for part in Part if part not in (Part.ISSUES, Part.EFFECTS)] + [(Part.ISSUES, 45)]


def judged(*, on=TODAY, now=NOW):
    drain(now=now)
    return judge(on=on, now=now)


def weekly(values):
    return {make.weeks_ago(n): v for n, v in zip(range(len(values), 0, -1), values, strict=True)}


@pytest.fixture
def series(coo, agency):
    return make.series(sections=EVERY, minutes=90)


def drafted(series, *, at=NOW, since=None):
    then = Then(series.department, at, since or at - timedelta(days=14), MONDAY, series.pk)
    return {each.part: each for each in memo(list(series.sections.all()), then)}


def said(found):
    return [line.words for line in found.lines]


def falls(creative, code="on-time", name="On-time delivery", last=2):
    kpi = make.kpi(creative, code=code, name=name, direction="up", starts_on=make.weeks_ago(30))
    make.observations(kpi, creative, weekly([*STEADY, last]))
    judged()
    return kpi


def test_what_really_changed_is_on_the_scorecard_and_asked_of_its_head(series, creative, creative_head):
    kpi = falls(creative)
    found = drafted(series)
    assert said(found[Part.SCORECARD]) == [
        "Concern in On-time delivery, Creative: beyond a limit, first seen in W46 2026."
    ]
    assert found[Part.SCORECARD].words.startswith("1 new signal in 1 process with limits (expect about 0.0 false")
    (question,) = found[Part.QUESTIONS].lines[-1:]
    assert question.words == (
        "On-time delivery, Creative: a concern since W46 2026, and nothing said of it. What is behind it?"
    )
    assert (question.asks, question.url) == (creative_head, f"/signals/{kpi.signals.get().pk}/")


def test_a_signal_that_stood_before_is_not_new(series, creative, creative_head):
    falls(creative)
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        assert said(drafted(series, at=NOW + timedelta(days=2), since=NOW + timedelta(days=1))[Part.SCORECARD]) == []


def test_what_was_explained_is_not_asked(series, creative, creative_head):
    kpi = falls(creative)
    explain(kpi.signals.get(), words="The printer stood still.", event=None, by=creative_head, at=NOW)
    found = drafted(series)
    assert "“The printer stood still.”" in said(found[Part.SCORECARD])[0]
    assert [line for line in said(found[Part.QUESTIONS]) if "On-time" in line] == []


def test_an_improvement_is_good_news(series, creative):
    falls(creative, last=19)
    found = drafted(series)
    assert said(found[Part.GOOD_NEWS]) == [
        "Improvement in On-time delivery, Creative: beyond a limit, first seen in W46 2026."
    ]
    assert said(found[Part.SCORECARD]) == []


def test_a_process_that_now_misses_its_target_is_told(series, creative):
    kpi = make.kpi(creative, name="Output", direction="up", starts_on=make.weeks_ago(30))
    before = NOW - timedelta(days=20)
    with time_machine.travel(before, tick=False):
        make.observations(kpi, creative, weekly(STEADY), at=before)
        make.target(kpi, lower=5, starts_on=make.weeks_ago(25))
    kpi.targets.update(recorded_at=before, superseded_at=NOW - timedelta(days=1))
    make.target(kpi, lower=50, starts_on=make.weeks_ago(25))
    assert said(drafted(series)[Part.SCORECARD]) == ["Output, Creative, now misses its target consistently."]


def test_promises_come_back_the_silent_ones_first(series, creative, media, creative_head, media_head):
    then = NOW - timedelta(days=10)
    silent = make.commitment(creative_head, media, "Send the brief", due_on=date(2026, 11, 12), at=then)
    kept = make.commitment(media_head, creative, "Book the slot", due_on=date(2026, 11, 17), at=then)
    moved = make.commitment(media_head, creative, "Order paper", due_on=date(2026, 11, 16), at=then)
    make.commitment(media_head, creative, "Call the client", due_on=date(2026, 12, 24), at=then)
    do(kept, Promise.DONE, edition=1, by=media_head, at=NOW - timedelta(days=2))
    do(moved, Promise.MOVE, edition=1, by=media_head, at=NOW - timedelta(days=3), due_on=TODAY, reason="client")
    found = drafted(series, since=NOW - timedelta(days=7))[Part.FOLLOW_UPS]
    assert said(found) == [
        "Creative-Head promised Media “Send the brief” by Thu 12 Nov: nothing was heard of it.",
        "Media-Head promised Creative “Order paper” by Mon 16 Nov: moved to Wed 18 Nov (waiting for the client).",
        "Media-Head promised Creative “Book the slot” by Tue 17 Nov: done on Mon 16 Nov.",
    ]
    assert found.words == "1 overdue without a word, 1 moved, 1 done."
    assert found.lines[0].url == f"/commitments/{silent.pk}/"


def test_issues_come_the_furthest_escalated_first(series, creative, media, creative_head, media_head):
    make.issue(creative, media, "Low", severity="low")
    make.issue(creative, media, "Critical", severity="critical", needed_by=date(2026, 11, 27))
    old = make.issue(creative, media, "With the COO", at=NOW - timedelta(days=60))
    old.escalations.create(
        kind="accept", step="coo", department=media, move=old.moves.get(), at=NOW - timedelta(days=40)
    )
    make.issue(creative, media, "Long ago and not escalated", at=NOW - timedelta(days=60))
    closed = make.issue(creative, media, "Withdrawn")
    move(closed, Act.WITHDRAW, edition=1, words="No longer needed.", by=creative_head, at=NOW)
    then = Then(series.department, NOW, NOW - timedelta(days=14), MONDAY)
    found = [each for each in memo(list(series.sections.all()), then) if each.part == Part.ISSUES]
    assert [each.title.partition(" ")[2] for each in found] == ["With the COO", "Critical", "Low"]
    assert found[1].words == (
        "New. Creative needs it from Media; with Media for 0 min of working time. Needed by Fri 27 Nov."
    )
    assert found[0].words.endswith("With the COO.")


def test_risks_are_told_whose_time_is_up(series, creative, creative_head):
    make.risk(creative, "A client leaves", inherent=(5, 5), residual=(5, 5), at=NOW - timedelta(days=200))
    make.risk(creative, "Looked at", inherent=(5, 5), residual=(5, 5), at=NOW)
    (line,) = drafted(series)[Part.RISKS].lines
    assert line.words.startswith("A client leaves (Creative), ")
    assert line.asks == creative_head


def test_a_status_that_disagrees_with_its_data_is_asked_about(series, creative, media, creative_head, media_head):
    falls(creative)
    from_machine = make.DataSay(judged=1, concerns=[make.kpi(creative, name="On-time delivery")])
    make.status(creative, week=make.weeks_ago(1), data=from_machine)
    found = [
        line for line in drafted(series)[Part.QUESTIONS].lines if "data say" in line.words or "sent no" in line.words
    ]
    assert [(line.words, line.asks) for line in found] == [
        (
            "Creative reports on track; the data say: 1 signal in On-time delivery. How do the two go together?",
            creative_head,
        ),
        ("Media sent no status of week 46. How does it stand?", media_head),
    ]


def test_a_meeting_of_a_department_tells_of_that_department_alone(coo, creative, media, creative_head, media_head):
    falls(media)
    make.commitment(media_head, creative, "Send the brief", due_on=TODAY)
    series = make.series(department=creative, sections=EVERY)
    found = drafted(series)
    assert said(found[Part.SCORECARD]) == said(found[Part.FOLLOW_UPS]) == []


def test_the_memo_says_the_same_ever_after(series, creative, media, creative_head, media_head):
    kpi = falls(creative)
    make.status(creative, week=make.weeks_ago(1))
    promise = make.commitment(creative_head, media, "Send the brief", due_on=TODAY)
    issue = make.issue(creative, media, severity="critical")
    make.risk(creative, inherent=(5, 5), residual=(5, 5), at=NOW - timedelta(days=200))

    def whole():
        then = Then(series.department, NOW, NOW - timedelta(days=14), MONDAY)
        found = memo(list(series.sections.all()), then)
        return [asdict(each) | {"lines": [(line.words, line.url, line.about) for line in each.lines]} for each in found]

    before = whole()
    later = NOW + timedelta(days=1)
    with time_machine.travel(later, tick=False):
        make.observations(kpi, creative, {make.weeks_ago(1): 11}, at=later, reason="Misread")
        judged(now=later)
        do(promise, Promise.DONE, edition=1, by=creative_head, at=later)
        move(issue, Act.ACCEPT, edition=1, by=media_head, at=later)
        make.status(media, week=make.weeks_ago(1), at=later)
        creative.name = "Studio"
        creative.save()
        creative.headships.update(ends_on=TODAY)
        assert whole() == before
        now = Then(series.department, later, NOW - timedelta(days=14), MONDAY)
        assert [each.words for each in memo(list(series.sections.all()), now)] != [each["words"] for each in before]


def test_it_is_drafted_two_days_before_once_and_sent(series, coo, creative, creative_head, media):
    series.invited.create(who="heads", department=series.department)
    assert draft_due(now=NOW + timedelta(days=2)) == 0
    then = NOW + timedelta(days=3, minutes=1)
    with time_machine.travel(then, tick=False):
        assert draft_due(now=then) == 1
        assert draft_due(now=then) == 0
    meeting = Meeting.objects.get()
    assert [item.part for item in meeting.items.in_order()] == [str(part) for part, _ in EVERY if part != Part.ISSUES]
    told = Notification.objects.filter(kind="meeting").order_by("to__username")
    assert [(each.to.username, each.urgent) for each in told] == [("coo", True), ("creative-head", True)]
    assert told[0].subject == f"Agenda of {series}, Mon 23 Nov 10:00"  # where the agency is
    assert "Follow-ups (5 min): Nothing that was promised has come due." in told[0].text
    assert mail.outbox == []  # it goes out by its own delivery


def test_what_does_not_fit_is_listed_and_the_rest_fits(series, creative, media, creative_head):
    for number in range(6):
        make.issue(creative, media, f"Issue {number}", severity="critical")
    meeting = make.meeting(series, MONDAY)
    draft(meeting, at=NOW)
    found = agenda(meeting, reader=series.chair, on=TODAY)
    assert [entry.item.title.partition(" ")[2] for entry in found.unscheduled] == ["Issue 3", "Issue 4", "Issue 5"]
    assert (found.minutes, found.left) == (85, 5)


def test_what_people_put_there_comes_before_issues_and_is_not_doubled(series, creative, media, creative_head, coo):
    meeting, issue = make.meeting(series, MONDAY), make.issue(creative, media, severity="critical")
    add_item(meeting, Asked(str(issue), 40, part=Part.ISSUES, about={"issue": issue}), by=creative_head, at=NOW)
    make.issue(creative, media, "Another", severity="critical")
    draft(meeting, at=NOW)
    issues = meeting.items.filter(part=Part.ISSUES).in_order()
    assert [(item.issue_id, item.is_scheduled) for item in issues][0] == (issue.pk, True)
    assert len(issues) == 2


def test_whoever_does_not_reach_it_sees_that_it_is_there(series, creative, media, creative_head, designer):
    hidden = make.issue(media, make.department("Traffic"), "A secret of Media")
    meeting = make.meeting(series, MONDAY)
    draft(meeting, at=NOW)
    found = agenda(meeting, reader=designer, on=TODAY)
    (entry,) = [each for each in found.entries if each.item.issue_id == hidden.pk]
    assert (entry.title, entry.words, entry.lines) == (MASKED, "", [])
    assert agenda(meeting, reader=creative_head, on=TODAY).entries[-1].is_read


def test_the_next_memo_begins_where_the_last_one_ended(series, creative, media, creative_head):
    first, second = make.meeting(series, MONDAY), make.meeting(series, MONDAY + timedelta(days=7))
    draft(first, at=NOW)
    Meeting.objects.filter(pk=first.pk).update(opened_at=first.starts_at, opened_by=series.chair)
    draft(second, at=NOW + timedelta(days=7))
    second.refresh_from_db()
    assert second.memo_since == NOW


def test_what_a_meeting_was_to_be_told_that_nobody_opened_is_told_again(series):
    first, second = make.meeting(series, MONDAY), make.meeting(series, MONDAY + timedelta(days=7))
    draft(first, at=NOW)
    draft(second, at=NOW + timedelta(days=7))
    second.refresh_from_db()
    assert second.memo_since == NOW - timedelta(days=14)


def test_the_first_memo_of_a_quarter_tells_of_the_quarter(coo, agency):
    series = make.series(rule="FREQ=MONTHLY;INTERVAL=3", starts_on=MONDAY, sections=EVERY)
    meeting = make.meeting(series, MONDAY)
    draft(meeting, at=NOW)
    meeting.refresh_from_db()
    assert meeting.memo_since == NOW - timedelta(days=92)


@pytest.mark.parametrize("name", OUTLINES)
def test_the_outlines_fit_their_meetings(name):
    outline = OUTLINES[name]
    assert sum(minutes for _, minutes in outline.parts) == outline.minutes


def test_what_is_too_long_leaves_room_to_what_is_shorter():
    assert fitting([30, 50, 20, 10], 60) == [True, False, True, True]


def test_what_meetings_took_is_what_the_next_agenda_gives(series, coo, creative, media, creative_head):
    for number in (4, 3, 2):
        held = make.meeting(
            series, make.weeks_ago(number - 2), opened_at=NOW, opened_by=coo, closed_at=NOW, closed_by=coo
        )
        make.agenda_item(held, "Follow-ups", part="follow_ups", spent=8 * 60 - 30)
        make.agenda_item(held, "An issue", part="issues", spent=20 * 60)
    make.issue(creative, media, severity="critical")
    meeting = make.meeting(series, MONDAY)
    draft(meeting, at=NOW)
    taken = dict(meeting.items.values_list("part", "minutes"))
    assert (taken["follow_ups"], taken["issues"], taken["scorecard"]) == (8, 20, 5)


def measured(creative, **taken):
    """Thirteen weeks of about 10, and of about 20 after a measure of thirteen weeks ago."""
    kpi = make.kpi(creative, code="briefs", name="Briefs", direction="up", starts_on=make.weeks_ago(40))
    make.observations(kpi, creative, weekly([*STEADY[:13], *(value + 10 for value in STEADY[:13])]))
    judged()
    return make.measure(kpi, creative, **taken)


def test_what_was_done_is_told_with_its_verdict_when_it_is_to_be_looked_at(coo, agency, creative, creative_head):
    measure = measured(creative, look_on=TODAY)
    series = make.series(sections=[(Part.EFFECTS, 20)])
    (line,) = drafted(series)[Part.EFFECTS].lines
    assert line.words.startswith("“A checklist for briefs”, Briefs, Creative, since Mon 17 Aug: worked: 10.4 → 20.4")
    assert (line.url, line.about) == (measure.url, {"measure_id": measure.pk})
    assert drafted(series)[Part.EFFECTS].words == "1 worked."


def test_where_effects_have_no_section_they_come_with_the_follow_ups(series, creative, creative_head):
    measure = measured(creative, look_on=date(2026, 11, 20))
    assert drafted(series)[Part.FOLLOW_UPS].lines[0].about == {"measure_id": measure.pk}


def test_a_measure_looked_at_before_is_not_told_again_while_nothing_changed(series, creative, creative_head):
    measured(creative, look_on=date(2026, 11, 16))
    assert drafted(series, since=NOW - timedelta(hours=1))[Part.FOLLOW_UPS].lines == []


def test_a_decision_comes_back_on_its_day(series, coo, agency):
    held = make.meeting(series, make.weeks_ago(2))
    item = make.agenda_item(held)
    item.decisions.create(
        words="Two art directors per pitch.",
        expects="Fewer revisions",
        revisit_on=TODAY,
        recorded_at=NOW - timedelta(days=9),
    )
    item.decisions.create(words="Later.", revisit_on=date(2026, 12, 24), recorded_at=NOW - timedelta(days=9))
    (line,) = drafted(series)[Part.FOLLOW_UPS].lines
    assert line.words == ("Decided on Mon 2 Nov: “Two art directors per pitch.”. Expected was: Fewer revisions")
