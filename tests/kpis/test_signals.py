"""Signals on pages: found, explained, taken back; and phases that people start, move, end and bring back."""

import html
import re
from datetime import timedelta

import pytest
import time_machine

from kpis.models import Judgement, Phase, Process, Signal
from kpis.services.explaining import explain
from kpis.services.judging import judge
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis.test_judging import STEADY, weekly
from tests.words import words


@pytest.fixture
def jobs(creative):
    return with_a_concern(creative)


def with_a_concern(creative):
    """A KPI whose newest value is one."""
    kpi = make.kpi(creative, code="jobs", name="Jobs", direction="up", starts_on=make.weeks_ago(20))
    make.observations(kpi, creative, weekly([*STEADY[1:], 2]))
    followed()
    return kpi


def followed():
    drain(now=NOW)
    judge(on=TODAY, now=NOW)


def test_a_head_explains_a_signal_and_takes_it_back(client, creative_head, jobs):
    client.force_login(creative_head)
    signal = Signal.objects.get()
    assert "below" not in client.get("/signals/").text
    answer = client.post(f"/signals/{signal.pk}/", {"words": "The printer <b>stood</b> still."}, follow=True)
    assert "Explained: Concern: Jobs, Creative." in answer.text
    signal.refresh_from_db()
    assert (signal.state, signal.explained_by) == ("explained", creative_head)
    shown = client.get("/signals/?state=explained").text
    assert "The printer &lt;b&gt;stood&lt;/b&gt; still." in shown
    take_back = re.search(r'action="([^"]+)" class="fields">(?:(?!</form>).)*>Take it back', text_of(client, signal))[1]
    client.post(take_back)
    signal.refresh_from_db()
    assert (signal.state, signal.explanation) == ("open", "")
    assert signal.history.count() == 2
    assert "What was said about it is taken back already." in client.post(take_back, follow=True).text


def text_of(client, signal):
    return client.get(f"/signals/{signal.pk}/").text


def test_an_undo_takes_back_the_explanation_it_was_offered_for_and_no_later_one(client, creative_head, coo, jobs):
    signal, page = Signal.objects.get(), f"/signals/{Signal.objects.get().pk}/"
    client.force_login(creative_head)
    first = undo_of(client.post(page, {"words": "Alpha"}, follow=True))
    second = undo_of(client.post(page, {"words": "Beta"}, follow=True))
    explain(signal, "Gamma", was=Signal.objects.get().explained_at, by=coo, at=NOW + timedelta(minutes=5))
    for undo in (first, second, f"{page}reversal/"):
        answer = client.post(undo, follow=True)
        assert f"Somebody else explained it since: “Gamma”. {coo}." in html.unescape(answer.text), undo
    assert (Signal.objects.get().explanation, signal.history.count()) == ("Gamma", 3)


@pytest.mark.parametrize("asked", ["to=999", "to=", "to=soon", f"to={'9' * 30}", "undoes=999"])
def test_an_undo_to_or_of_what_nobody_said_is_a_404_and_changes_nothing(client, creative_head, jobs, asked):
    client.force_login(creative_head)
    undo = undo_of(client.post(f"/signals/{Signal.objects.get().pk}/", {"words": "Alpha"}, follow=True))
    undo = undo.split("?")[0] + f"?{asked}" if "undoes" in asked else f"{undo}&{asked}"
    assert client.post(undo).status_code == 404
    assert (Signal.objects.get().explanation, Signal.history.count()) == ("Alpha", 1)


def test_who_explains_second_sees_both_texts_and_decides(client, creative_head, coo, jobs):
    client.force_login(creative_head)
    page = f"/signals/{Signal.objects.get().pk}/"
    opened = started_from(client.get(page))
    explain(Signal.objects.get(), "Theirs", by=coo, at=NOW - timedelta(minutes=1))
    answer = client.post(page, {"words": "Mine", "was": opened})
    assert f"Somebody else explained it since: “Theirs”. {coo}." in html.unescape(answer.text)
    assert ">\nMine</textarea>" in answer.text
    assert Signal.objects.get().explanation == "Theirs"
    client.post(page, {"words": "Mine", "was": started_from(answer)})
    assert Signal.objects.get().explanation == "Mine"
    assert "“Theirs”" in client.get(page).text


def started_from(answer):
    return re.search(r'name="was" value="([^"]*)"', answer.text)[1]


def test_an_explanation_needs_words(client, creative_head, jobs):
    client.force_login(creative_head)
    answer = client.post(f"/signals/{Signal.objects.get().pk}/", {"words": " "})
    assert (answer.status_code, Signal.objects.get().state) == (200, "open")
    assert "Say what happened, or choose an event." in answer.text


def test_an_explanation_makes_a_new_edition_of_pages(client, creative_head, jobs):
    before = Judgement.objects.get().changes
    client.force_login(creative_head)
    client.post(f"/signals/{Signal.objects.get().pk}/", {"words": "Known."})
    assert Judgement.objects.get().changes == before + 1


def test_who_only_reads_is_not_asked_to_explain_it(client, media_head, jobs):
    client.force_login(media_head)
    page = client.get(f"/signals/{Signal.objects.get().pk}/").text
    assert 'name="words"' not in page


def test_signals_are_filtered_by_department_kind_and_state(client, coo, media, jobs):
    client.force_login(coo)
    row = "/kpis/jobs/?department=creative"
    assert row in client.get("/signals/?department=creative&kind=concern&state=open").text
    for query in ("department=media", "kind=improvement", "state=withdrawn"):
        assert row not in client.get(f"/signals/?{query}").text
    assert client.get("/signals/?kind=wrong").status_code == 400


def test_the_fragment_is_the_very_list_the_page_includes(client, coo, jobs):
    client.force_login(coo)
    page = client.get("/signals/").text
    fragment = client.get("/signals/", headers={"HX-Request": "true"}).text
    assert fragment.strip() in page
    assert "<h1>" not in fragment


def start(client, **fields):
    given = {"department": "creative", "starts_on": str(make.weeks_ago(10)), "reason": "A new tool"} | fields
    return client.post("/kpis/jobs/phases/", given, follow=True)


@pytest.mark.django_db(transaction=True)
def test_a_phase_is_started_moved_ended_and_brought_back(client, creative_head, jobs):
    client.force_login(creative_head)
    assert "A phase starts on" in start(client).text
    followed()
    assert Process.objects.get().phase_from == make.weeks_ago(10)
    assert "A new tool" in client.get("/kpis/jobs/").text
    phase = Phase.objects.current().get()
    moved = {"starts_on": str(make.weeks_ago(12)), "reason": "A new tool at last", "fixed_from": "8"}
    client.post(f"/phases/{phase.pk}/", moved)
    phase = Phase.objects.current().get()
    assert (phase.starts_on, phase.reason, phase.fixed_from) == (make.weeks_ago(12), "A new tool at last", 8)
    client.post(f"/phases/{phase.pk}/end/")
    followed()
    assert Process.objects.get().phase_from is None
    client.post(f"/phases/{phase.pk}/restoration/")
    followed()
    assert Process.objects.get().phase_from == make.weeks_ago(12)
    assert Phase.objects.count() == 3  # nothing was overwritten


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": ""}, "This field is required"),
        ({"starts_on": "soon"}, "Enter a valid date"),
        ({"starts_on": "1066-01-01"}, "expected a day from 1990-01-01"),
        ({"fixed_from": "7"}, "greater than or equal to 8"),
        ({"department": "media"}, "Select a valid choice"),
        ({"department": ""}, "This field is required"),
    ],
)
def test_a_phase_that_makes_no_sense_is_refused(client, creative_head, media, jobs, fields, words):
    client.force_login(creative_head)
    assert words in start(client, **fields).text
    assert not Phase.objects.exists()


def test_two_phases_do_not_start_on_one_day(client, coo, jobs):
    client.force_login(coo)
    start(client)
    assert "A phase already starts on" in start(client).text
    assert "A phase starts on" in start(client, department="").text  # for all departments is another


def test_who_comes_second_to_an_end_is_told(client, creative_head, jobs):
    client.force_login(creative_head)
    start(client)
    phase = Phase.objects.get()
    client.post(f"/phases/{phase.pk}/end/")
    answer = client.post(f"/phases/{phase.pk}/end/", follow=True)
    assert "Somebody else changed or ended this phase" in answer.text


def test_the_overview_names_what_really_changed_and_how_many_false_signals_to_expect(client, coo, creative, jobs):
    client.force_login(coo)
    page = words(client.get("/overview/"))
    assert "1 new signal, of concern; " in page
    assert "a concern: beyond a limit" in page
    assert "1 series with limits: expect about 0 false signals; you have 1 new." in page


def test_the_scorecard_shows_variation_assurance_and_the_periods_of_a_signal(client, coo, jobs):
    make.target(jobs, lower=40)
    followed()
    client.force_login(coo)
    page = client.get("/departments/creative/").text
    assert 'class="variation concern"' in page
    assert 'class="assurance misses"' in page
    assert page.count('<td class="period sig-concern">') == 1


def test_the_matrix_sorts_what_each_process_does_against_what_it_will_do(client, coo, creative, media, jobs):
    steady = make.kpi(media, code="calls", name="Calls", direction="up", starts_on=make.weeks_ago(20))
    make.observations(steady, media, weekly(STEADY))
    make.target(steady, lower=40)
    make.observations(make.kpi(media, code="few"), media, weekly([1, 2, 3]))
    followed()
    client.force_login(coo)
    page = client.get("/matrix/").text
    assert "2 series with limits · 1 with fewer than eight values" in page
    told, calls = page.index("Change the process, not the week."), page.index("/kpis/calls/?department=media")
    assert told < calls
    assert "/kpis/jobs/" not in client.get("/matrix/?department=media").text


def test_the_matrix_shows_nothing_out_of_reach(client, designer, media, jobs):
    make.observations(make.kpi(media, code="secret"), media, weekly(STEADY))
    followed()
    client.force_login(designer)
    page = client.get("/matrix/").text
    assert ("/kpis/jobs/" in page, "secret" in page) == (True, False)


def undo_of(answer):
    form = r'<form method="post" action="([^"]+)">((?!</form>).)*>Undo<'
    return re.search(form, answer.text, re.S)[1].replace("&amp;", "&")


def test_undoing_a_move_brings_the_phase_back_where_it_was(client, creative_head, jobs):
    client.force_login(creative_head)
    start(client)
    phase = Phase.objects.current().get()
    moved = {"starts_on": str(make.weeks_ago(12)), "reason": "Later"}
    client.post(undo_of(client.post(f"/phases/{phase.pk}/", moved, follow=True)))
    phase = Phase.objects.current().get()
    assert (phase.starts_on, phase.reason) == (make.weeks_ago(10), "A new tool")


def test_undoing_a_change_of_words_brings_the_former_words_back(client, creative_head, jobs):
    client.force_login(creative_head)
    page = f"/signals/{Signal.objects.get().pk}/"
    client.post(page, {"words": "Alpha"}, follow=True)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        answer = client.post(page, {"words": "Gamma"}, follow=True)
    client.post(undo_of(answer))
    assert Signal.objects.get().explanation == "Alpha"
    text = client.get(page).text
    assert text.index("Said before") < text.index("“Gamma”")


def test_where_a_kpi_does_not_add_up_a_number_is_its_departments_alone(client, coo, creative):
    below = make.department("Studio", parent=creative)
    kpi = make.kpi(creative, below, code="apart", over_departments="none")
    for place, value in ((creative, 5), (below, 777)):
        make.observations(kpi, place, {make.weeks_ago(1): value})
    followed()
    client.force_login(coo)
    assert "777" not in client.get(f"/kpis/apart/periods/{make.weeks_ago(1)}/?department=creative").text
    assert client.get("/kpis/apart/phases/").text.count("<option") == 3  # all, and the two that measure it
