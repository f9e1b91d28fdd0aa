"""What people say of signals and of values: said, changed, withdrawn, settled, and told to whom it concerns."""

import html
import re
from datetime import date, timedelta

import pytest
import time_machine

from departments.models import Comment, Notification, Resolution, Thread, Wording
from departments.prose import LONGEST
from departments.services import commenting
from kpis.models import PeriodTopic, SignalTopic
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW
from tests.words import without_tokens, words

HTMX = {"HX-Request": "true"}
LAST_WEEK, BEFORE = date(2026, 11, 9), date(2026, 11, 2)


@pytest.fixture
def jobs(creative):
    kpi = make.kpi(creative, code="jobs", name="Jobs")
    make.observations(kpi, creative, {LAST_WEEK: 3, BEFORE: 4}, at=NOW - timedelta(days=6))
    drain(now=NOW)
    return kpi


@pytest.fixture
def signal(jobs, creative):
    return make.signal(jobs, creative)


@pytest.fixture
def page(signal):
    return f"/signals/{signal.pk}/"


@pytest.fixture
def value(jobs, creative):
    return PeriodTopic(kpi=jobs, department=creative, grain="week", period=LAST_WEEK)


def say(client, page, text, *, by=None, **fields):
    if by:
        client.force_login(by)
    return client.post(f"{page}comments/", {"text": text} | fields, follow=True)


def shown(answer):
    return html.unescape(words(answer))


def later(**ago):
    return time_machine.travel(NOW + timedelta(**ago), tick=False)


def test_who_reads_a_signal_says_something_about_it_and_everybody_who_reads_it_sees_that(client, ceo, designer, page):
    answer = say(client, page, "Is this the **new** tool?", by=ceo)
    assert answer.redirect_chain == [(f"{page}#comment-{Comment.objects.get().pk}", 302)]
    client.force_login(designer)
    answer = client.get(page)
    assert "<p>Is this the <strong>new</strong> tool?</p>" in answer.text
    assert f"<strong>{ceo}</strong>" in answer.text


def test_a_value_is_spoken_of_on_the_page_of_where_it_comes_from(client, coo, designer, value):
    client.force_login(coo)
    client.post(value.comments_url(), {"text": "Three is few."})
    client.force_login(designer)
    assert "Three is few." in client.get(value.url()).text
    assert "Three is few." in client.get(value.url(), headers=HTMX).text
    other = PeriodTopic(kpi=value.kpi, department=value.department, grain="week", period=BEFORE)
    assert "Three is few." not in client.get(other.url()).text


def test_the_thread_of_a_value_is_that_of_its_department_and_length_of_period(client, coo, agency, jobs, value):
    client.force_login(coo)
    client.post(value.comments_url(), {"text": "Three is few."})
    month = f"/kpis/jobs/periods/{LAST_WEEK.replace(day=1)}/?department=creative&grain=month"
    for elsewhere in (value.url().replace("creative", "agency"), month):
        answer = client.get(elsewhere)
        assert (answer.status_code, "Three is few." in answer.text) == (200, False)


@pytest.mark.parametrize("period", ["soon", "1066-01-01", "2031-01-06", "2026-11-10"])
def test_of_a_period_that_is_not_there_nothing_can_be_said(client, coo, jobs, period):
    client.force_login(coo)
    answer = client.post(f"/kpis/jobs/periods/{period}/comments/?department=creative&grain=week", {"text": "What?"})
    assert (answer.status_code, Thread.objects.count()) == (404, 0)


def test_who_does_not_reach_it_says_nothing_and_changes_nothing(client, ceo, creative, signal, page, value):
    said = make.comment(signal, by=ceo)
    make.comment(value, by=ceo)
    client.force_login(make.user("buyer", department=make.department("Buying")))
    for path in (f"{page}comments/", value.comments_url(), f"/threads/{said.thread_id}/resolution/"):
        assert client.post(path, {"text": "Let me in."}).status_code == 404, path
    for path in (f"{page}comments/", value.comments_url(), f"/comments/{said.pk}/"):
        assert client.get(path).status_code == 404, path
    assert (Comment.objects.count(), Resolution.objects.count()) == (2, 0)


def test_a_comment_out_of_reach_appears_nowhere(client, ceo, creative, media, signal, value):
    make.comment(signal, "canary one", by=ceo)
    make.comment(value, "canary two", by=ceo)
    own = make.kpi(media, code="pacing")
    make.observations(own, media, {LAST_WEEK: 1})
    drain(now=NOW)
    client.force_login(make.user("planner", department=media))
    paths = ["/kpis/", "/signals/?state=all&when=all", "/kpis/pacing/", "/departments/media/", "/search/?q=canary"]
    paths += [f"/kpis/pacing/periods/{LAST_WEEK}/", "/api/v1/signals/", "/events/", "/kpis/jobs/", value.url()]
    for path in paths:
        text = client.get(path).text
        assert "canary one" not in text, path
        assert "canary two" not in text, path
    assert not Notification.objects.filter(to__username="planner").exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Write what there is to say."),
        (" \n ", "Write what there is to say."),
        ("x" * (LONGEST + 12), "It is 5,012 characters long; at most 5,000 fit: shorten it by 12."),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_said_is_named_and_kept(client, ceo, page, text, complaint):
    answer = say(client, page, text, by=ceo)
    assert (answer.status_code, Thread.objects.count()) == (200, 0)
    assert complaint in shown(answer)
    assert text.strip("\0") in answer.text
    answer = client.post(f"{page}comments/", {"text": text}, headers=HTMX)
    assert complaint in shown(answer)
    assert "<h1>" not in answer.text


def test_line_breaks_count_once_however_a_browser_sends_them(client, ceo, page):
    say(client, page, "\r\n".join(["x"] * (LONGEST // 2)), by=ceo)
    assert Wording.objects.get().text == "\n".join(["x"] * (LONGEST // 2))


def test_a_form_that_is_sent_twice_says_it_once(client, ceo, page):
    for _ in range(2):
        say(client, page, "Seen.", by=ceo)
    assert Comment.objects.count() == 1
    with later(minutes=2):
        say(client, page, "Seen.")
    assert Comment.objects.count() == 2


def test_htmx_gets_the_very_thread_that_the_page_shows(client, ceo, page):
    client.force_login(ceo)
    answer = client.post(f"{page}comments/", {"text": "Seen."}, headers=HTMX)
    fragment = without_tokens(answer).replace("Said.", "")
    assert fragment.strip() in without_tokens(client.get(page))
    assert "<h1>" not in fragment


def test_its_author_changes_a_comment_and_what_it_said_stays_on_record(client, ceo, coo, signal, page):
    said = make.comment(signal, "Tow weeks.", by=ceo)
    client.force_login(ceo)
    with later(minutes=5):
        change(client, said, "Two weeks.")
    assert [wording.text for wording in said.wordings.order_by("pk")] == ["Tow weeks.", "Two weeks."]
    client.force_login(coo)
    answer = client.get(page)
    assert "Two weeks." in answer.text
    assert "changed 10:05" in shown(answer)


def change(client, said, text, **fields):
    path = f"/comments/{said.pk}/"
    started_from = re.search(r'name="was" value="(\d+)"', client.get(path).text)[1]
    return client.post(path, {"text": text, "was": started_from} | fields, follow=True)


def test_nobody_else_changes_or_withdraws_a_comment(client, ceo, coo, signal):
    said = make.comment(signal, by=ceo)
    client.force_login(coo)
    assert client.get(f"/comments/{said.pk}/").status_code == 404
    for path in ("", "withdrawal/", "restoration/"):
        assert client.post(f"/comments/{said.pk}/{path}", {"text": "Mine now.", "was": 1}).status_code == 404
    assert Wording.objects.count() == 1


def test_after_an_hour_a_comment_is_not_changed_any_more_and_the_text_is_kept(client, ceo, signal, page):
    said = make.comment(signal, "Tow weeks.", by=ceo)
    client.force_login(ceo)
    with later(minutes=61):
        assert f'/comments/{said.pk}/"' not in client.get(page).text
        answer = client.post(f"/comments/{said.pk}/", {"text": "Two weeks.", "was": Wording.objects.get().pk})
    assert "A comment can be changed for an hour." in shown(answer)
    assert ">\nTwo weeks.</textarea>" in answer.text
    assert Wording.objects.count() == 1


def test_who_changes_it_in_two_windows_sees_both_texts(client, ceo, signal):
    said = make.comment(signal, "One.", by=ceo)
    client.force_login(ceo)
    opened = Wording.objects.get().pk
    change(client, said, "Two.")
    answer = client.post(f"/comments/{said.pk}/", {"text": "Three.", "was": opened})
    assert "You changed it since, to “Two.” Yours takes its place when you save again." in shown(answer)
    assert ">\nThree.</textarea>" in answer.text
    again = re.search(r'name="was" value="(\d+)"', answer.text)[1]
    client.post(f"/comments/{said.pk}/", {"text": "Three.", "was": again})
    assert commenting.newest(said).text == "Three."


@pytest.mark.parametrize("was", ["", "soon", "9" * 30])
def test_a_change_that_starts_from_nothing_is_refused(client, ceo, signal, was):
    said = make.comment(signal, "One.", by=ceo)
    client.force_login(ceo)
    answer = client.post(f"/comments/{said.pk}/", {"text": "Two.", "was": was})
    assert (answer.status_code, Wording.objects.count()) == (200, 1)
    assert ">\nTwo.</textarea>" in answer.text


def test_a_comment_is_withdrawn_and_brought_back(client, ceo, coo, signal, page):
    said = make.comment(signal, "Out of turn.", by=ceo)
    client.force_login(ceo)
    for _ in range(2):
        client.post(f"/comments/{said.pk}/withdrawal/")
    answer = client.get(page)
    assert "Out of turn." not in answer.text
    assert "Withdrawn by Ceo, 10:00" in shown(answer)
    for _ in range(2):
        client.post(f"/comments/{said.pk}/restoration/")
    assert "Out of turn." in client.get(page).text
    assert [wording.text for wording in said.wordings.order_by("pk")] == ["Out of turn.", "", "Out of turn."]


def test_a_withdrawn_comment_is_not_changed(client, ceo, signal):
    said = make.comment(signal, "One.", by=ceo)
    client.force_login(ceo)
    client.post(f"/comments/{said.pk}/withdrawal/")
    answer = client.post(f"/comments/{said.pk}/", {"text": "Two.", "was": Wording.objects.first().pk})
    assert "You withdrew it since: bring it back first." in shown(answer)


def test_a_thread_is_resolved_and_reopened_by_anybody_who_may_comment(client, ceo, designer, media_head, signal, page):
    thread = make.comment(signal, by=ceo).thread
    client.force_login(designer)
    for _ in range(2):
        client.post(f"/threads/{thread.pk}/resolution/")
    answer = client.get(page)
    assert "ResolvedDesigner, 10:00" in shown(answer)
    assert '<details class="folded">' in answer.text
    client.force_login(media_head)
    for _ in range(2):
        client.post(f"/threads/{thread.pk}/reopening/")
    assert "Reopen" not in client.get(page).text
    done = Resolution.objects.get()
    assert (done.resolved_by, done.reopened_by) == (designer, media_head)


def test_who_wrote_while_it_was_resolved_is_told_and_reopens_it_by_sending_again(client, ceo, coo, signal, page):
    topic = SignalTopic.objects.get(thread=make.comment(signal, by=ceo).thread)
    commenting.resolve(topic, by=coo, at=NOW)
    answer = say(client, page, "One more thing.", by=ceo)
    assert "Coo resolved this meanwhile. Send it again to reopen it with your comment." in shown(answer)
    assert ">\nOne more thing.</textarea>" in answer.text
    assert Comment.objects.count() == 1
    assert re.search(r'name="resolved" value="(on|True)"', answer.text)
    say(client, page, "One more thing.", resolved="on")
    assert Comment.objects.count() == 2
    assert not Resolution.objects.standing().exists()


def test_as_known_then_what_was_said_by_then_stands_and_nothing_can_be_said(client, coo, ceo, jobs, creative, value):
    make.comment(value, "Known early.", by=ceo, at=NOW - timedelta(days=3))
    topic = PeriodTopic.objects.get()
    early = Comment.objects.get()
    commenting.resolve(topic, by=coo, at=NOW - timedelta(days=3))
    commenting.reopen(topic, by=coo, at=NOW - timedelta(days=1))
    commenting.withdraw(early, topic=topic, at=NOW - timedelta(days=1))
    make.comment(topic, "Known late.", by=ceo, at=NOW)
    client.force_login(coo)
    then = (NOW - timedelta(days=2)).date()
    answer = client.get(f"{value.url()}&as_known_on={then}")
    assert "Known early." in answer.text
    assert "Resolved" in answer.text
    assert "Known late." not in answer.text
    assert "<textarea" not in answer.text
    assert "/threads/" not in answer.text
    table = client.get(f"/kpis/jobs/?as_known_on={then}")
    assert "1 comment, resolved" in shown(table)
    now = client.get(value.url())
    assert "Known early." not in now.text
    assert "Known late." in now.text


def test_before_anything_was_said_it_says_so(client, coo, value):
    client.force_login(coo)
    answer = client.get(f"{value.url()}&as_known_on={(NOW - timedelta(days=2)).date()}")
    assert "Nothing had been said." in answer.text


def test_lists_say_how_much_was_said(client, ceo, coo, signal, page, value):
    client.force_login(coo)
    said = [make.comment(signal, f"{number}", by=ceo) for number in range(3)]
    make.comment(value, by=ceo)
    commenting.withdraw(said[1], topic=said[1].thread.topic, at=NOW)
    assert f'href="{page}#thread-signal-{signal.pk}"' in client.get("/signals/").text
    assert "2 comments" in shown(client.get("/signals/"))
    table = client.get("/kpis/jobs/")
    assert shown(table).count("1 comment") == 1
    assert html.escape(value.url()) + "#thread-" in table.text


@pytest.mark.django_db(transaction=True)
def test_a_comment_is_a_new_edition_of_the_pages_that_show_it(client, ceo, coo, signal, value):
    client.force_login(coo)
    client.get(value.url())
    tag = client.get(value.url())["ETag"]
    assert client.get(value.url(), headers={"If-None-Match": tag}).status_code == 304
    said = make.comment(value, by=ceo)
    for act in (
        lambda: None,
        lambda: commenting.withdraw(said, topic=said.thread.topic, at=NOW),
        lambda: commenting.resolve(said.thread.topic, by=ceo, at=NOW),
    ):
        act()
        answer = client.get(value.url(), headers={"If-None-Match": tag})
        assert answer.status_code == 200
        tag = answer["ETag"]


def told():
    return {(row.to.username, row.kind) for row in Notification.objects.all()}


def test_the_head_is_told_and_not_who_said_it(ceo, coo, creative_head, media_head, designer, signal):
    said = make.comment(signal, "Look.", by=ceo)
    assert told() == {("creative-head", "comment")}
    row = Notification.objects.get()
    assert (row.subject, row.text) == ("Ceo commented: Jobs, Creative: concern", "Look.")
    assert row.url == f"/signals/{signal.pk}/#comment-{said.pk}"
    make.comment(signal, "I look.", by=creative_head)
    assert told() == {("creative-head", "comment"), ("ceo", "comment")}


def test_the_head_of_the_kpis_owner_is_told_of_the_values_of_another_department(
    ceo, creative_head, media_head, jobs, media
):
    make.comment(PeriodTopic(kpi=jobs, department=media, grain="week", period=LAST_WEEK), by=ceo)
    assert told() == {("creative-head", "comment"), ("media-head", "comment")}


def test_who_is_mentioned_is_told_so_and_only_so(ceo, creative_head, designer, signal):
    make.comment(signal, "@designer @Creative-Head @ceo have a look.", by=ceo)
    assert told() == {("creative-head", "mention"), ("designer", "mention")}
    assert {row.why for row in Notification.objects.all()} == {"You are mentioned in it."}


def test_who_takes_part_is_told_what_follows_but_once(ceo, coo, designer, signal):
    make.comment(signal, "@designer?", by=ceo)
    make.comment(signal, "It was me.", by=designer)
    make.comment(signal, "Thanks.", by=coo)
    rows = [(row.to.username, row.kind, row.text) for row in Notification.objects.order_by("pk")]
    assert rows == [
        ("designer", "mention", "@designer?"),
        ("ceo", "comment", "It was me."),
        ("ceo", "comment", "Thanks."),
        ("designer", "comment", "Thanks."),
    ]


def test_who_may_not_read_it_is_not_told_and_the_page_says_so(client, ceo, creative_head, media, page):
    make.user("planner", department=media)
    answer = say(client, page, "@planner @nobody @creative-head?", by=ceo)
    assert "Said. Not told: @planner and @nobody, nobody who may read this is called so." in shown(answer)
    assert "planner" not in {name for name, _ in told()}
    answer = client.post(f"{page}comments/", {"text": "@planner"}, headers=HTMX)
    assert "Not told: @planner, nobody who may read this is called so." in shown(answer)


def test_who_left_the_thread_or_the_house_is_told_nothing_more(ceo, coo, designer, media, signal):
    make.comment(signal, "Mine.", by=designer)
    designer.department = media
    designer.save()
    make.comment(signal, "And now?", by=ceo)
    assert "designer" not in {name for name, _ in told()}


def test_a_change_tells_whom_it_mentions_only_now(client, ceo, designer, creative_head, signal):
    said = make.comment(signal, "Who?", by=ceo)
    client.force_login(ceo)
    change(client, said, "@designer!")
    change(client, said, "@designer!!")
    assert sorted(told()) == [("creative-head", "comment"), ("designer", "mention")]
    assert Notification.objects.count() == 2


def test_those_who_may_be_mentioned_are_those_who_may_read_it(client, ceo, designer, creative_head, media, page):
    make.user("planner", department=media)
    client.force_login(ceo)
    offered = re.search(r'<script id="people-[^"]+" type="application/json">(.*?)</script>', client.get(page).text)[1]
    assert "designer" in offered
    assert "creative-head" in offered
    assert "planner" not in offered
    assert '"ceo"' not in offered
