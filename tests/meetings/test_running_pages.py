"""The page that all who are in a meeting keep open, what it asks for, and the minutes: over HTTP."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues.models import Commitment
from kpis.services.rollups import drain
from meetings.models import Decision, Note, Presence
from meetings.selectors.subjects import MASKED
from meetings.services.closing import close_meeting
from meetings.services.deciding import Decided, decide, promise
from meetings.services.noting import save_note
from meetings.services.running import open_meeting
from tests import make
from tests.clock import NOW, TODAY

JSON = {"Accept": "application/json"}


@pytest.fixture
def series(coo, creative_head, media_head):
    return make.series(creative_head, media_head, title="Heads")


@pytest.fixture
def meeting(series):
    return make.meeting(series)


@pytest.fixture
def item(meeting, coo):
    made = make.agenda_item(meeting)
    open_meeting(meeting, by=coo, at=NOW)
    return made


@pytest.fixture
def signed_in(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def at(meeting, rest="running/"):
    return f"{meeting.url}{rest}"


def test_of_two_who_start_it_the_second_sees_who_did_and_gets_the_running_page(signed_in, meeting, coo, creative_head):
    make.agenda_item(meeting, "The pitch")
    meeting.series.chair = creative_head
    meeting.series.save()
    assert signed_in(creative_head).post(at(meeting, "running/opening/")).url == at(meeting)
    with time_machine.travel(NOW + timedelta(minutes=3), tick=False):
        page = signed_in(coo).post(at(meeting, "running/opening/"), follow=True)
    assert "Creative-Head started this meeting at 10:00." in page.text
    assert "The pitch" in page.text
    assert "Done, next" in page.text


def test_only_who_leads_steps_and_only_who_is_invited_is_in_it(signed_in, item, media_head, designer, ceo):
    meeting = item.meeting
    assert signed_in(media_head).post(at(meeting, "running/next/"), {"done": item.pk}).status_code == 404
    assert "Done, next" not in signed_in(media_head).get(at(meeting)).text
    for stranger in (designer, ceo):
        for rest in ("running/", "running/state/", "minutes/", "minutes/minutes.md", f"items/{item.pk}/notes/"):
            assert signed_in(stranger).get(at(meeting, rest)).status_code == 404


def test_htmx_gets_the_very_part_that_the_page_includes(signed_in, item, coo):
    client = signed_in(coo)
    fragment = client.get(at(item.meeting), headers={"HX-Request": "true"})
    assert fragment.text.lstrip().startswith('<div class="stack" data-meeting')
    assert "<html" not in fragment.text


class TestState:
    def test_nothing_new_is_a_304_without_a_body_that_tells_the_time(self, signed_in, item, coo):
        client, url = signed_in(coo), at(item.meeting, f"running/state/?item={item.pk}")
        first = client.get(url)
        again = client.get(url, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["X-Now"] == str(round(NOW.timestamp() * 1000))
        assert first.json() == {
            "edition": 2, "current": item.pk, "closed": False, "here": ["Coo"], "writing": [], "note": None,
        }  # fmt: skip

    def test_what_others_do_is_told(self, signed_in, item, coo, media_head):
        url = at(item.meeting, f"running/state/?item={item.pk}")
        tag = signed_in(coo).get(url)["ETag"]
        save_note(item, "Said", base=0, by=media_head, at=NOW)
        signed_in(media_head).get(f"{url}&writing={item.pk}")
        told = signed_in(coo).get(url, headers={"If-None-Match": tag}).json()
        assert told["note"] == {"number": 1, "text": "Said", "by": "Media-Head", "at": "10:00"}
        assert told["writing"] == ["Media-Head"]
        assert told["here"] == ["Coo", "Media-Head"]

    def test_it_costs_few_queries_however_many_are_there(self, signed_in, item, agency, coo, creative_head):
        for number in range(8):
            guest = make.user(f"guest{number}")
            item.meeting.series.invited.create(who="person", user=guest)
            Presence.objects.create(meeting=item.meeting, user=guest, seen_at=NOW)
        client, url = signed_in(creative_head), at(item.meeting, f"running/state/?item={item.pk}")
        client.get(url)
        with CaptureQueriesContext(connection) as found:
            client.get(url)
        assert len(found) <= 11


class TestNotes:
    def test_a_script_gets_the_number_or_both_texts(self, signed_in, item, coo, media_head):
        url = at(item.meeting, f"items/{item.pk}/notes/")
        saved = signed_in(coo).post(url, {"base": 0, "text": "Mine\r\ntoo"}, headers=JSON)
        assert saved.json() == {"ok": True, "number": 1, "saved_at": "10:00"}
        refused = signed_in(media_head).post(url, {"base": 0, "text": "Yours"}, headers=JSON)
        assert refused.status_code == 409
        assert refused.json()["theirs"] == {"number": 1, "text": "Mine\ntoo", "by": "Coo", "at": "10:00"}
        assert Note.objects.get().text == "Mine\ntoo"

    def test_without_a_script_both_texts_stand_on_a_page_and_the_next_one_counts(
        self, signed_in, item, coo, media_head
    ):
        url = at(item.meeting, f"items/{item.pk}/notes/")
        assert signed_in(coo).post(url, {"base": 0, "text": "Mine"}).url == at(item.meeting)
        page = signed_in(media_head).post(url, {"base": 0, "text": "Yours"})
        assert page.status_code == 409
        assert "Coo wrote here meanwhile" in page.text
        assert "<pre>Mine</pre>" in page.text
        assert "Yours" in page.text
        signed_in(media_head).post(url, {"base": page.context["form"].data["base"], "text": "Mine and yours"})
        assert Note.objects.last().text == "Mine and yours"

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"base": "x", "text": ""}, "Enter a whole number"),
            ({"text": ""}, "required"),
            ({"base": 0, "text": "x" * 20001}, "at most 20000 characters"),
            ({"base": 5, "text": "x"}, "a version that never was"),
        ],
    )
    def test_what_makes_no_sense_is_refused_in_words(self, signed_in, item, coo, sent, words):
        url = at(item.meeting, f"items/{item.pk}/notes/")
        answer = signed_in(coo).post(url, sent, headers=JSON)
        assert answer.status_code == 400
        assert words in " ".join(answer.json()["errors"])
        assert words in signed_in(coo).post(url, sent).text


class TestPuttingDown:
    def test_a_decision_sent_twice_is_one(self, signed_in, item, media_head):
        client, url = signed_in(media_head), at(item.meeting, f"items/{item.pk}/decisions/")
        said = {"words": "We hire.", "expects": "Fewer rounds", "revisit_on": "2027-02-01", "key": "abc"}
        for _ in range(2):
            assert client.post(url, said, headers=JSON).json() == {"ok": True}
        assert Decision.objects.get().recorded_by == media_head
        assert "We hire." in client.get(at(item.meeting)).text

    def test_a_commitment_has_an_owner_and_a_date(self, signed_in, item, coo, media_head, agency):
        client, url = signed_in(coo), at(item.meeting, f"items/{item.pk}/commitments/")
        said = {"who": media_head.pk, "what": "Send it", "to": agency.pk, "due_on": "2026-11-20", "key": "abc"}
        assert client.post(url, said).url == at(item.meeting)
        made = Commitment.objects.get()
        assert (made.who, made.due_on, made.origin_url) == (media_head, date(2026, 11, 20), item.meeting.url)

    @pytest.mark.parametrize(
        ("rest", "said", "words"),
        [
            ("decisions", {"words": "", "key": "a"}, "What was decided: This field is required."),
            ("decisions", {"words": "x", "key": "a", "revisit_on": "2026-01-01"}, "expected today or later"),
            ("decisions", {"words": "x", "key": "a", "revisit_on": "soon"}, "Enter a valid date"),
            ("decisions", {"words": "x"}, "Key: This field is required."),
            ("commitments", {"who": "0", "what": "x", "due_on": "2026-11-20", "key": "a"}, "Who: Select a valid"),
            ("commitments", {"what": "x", "due_on": "2025-01-01", "key": "a"}, "expected today or later"),
        ],
    )
    def test_what_is_wrong_is_told_and_nothing_is_put_down(self, signed_in, item, coo, agency, rest, said, words):
        said = {"who": coo.pk, "to": agency.pk} | said if rest == "commitments" else said
        client, url = signed_in(coo), at(item.meeting, f"items/{item.pk}/{rest}/")
        answer = client.post(url, said, headers=JSON)
        assert answer.status_code == 400
        assert words in " ".join(answer.json()["errors"])
        page = client.post(url, said)
        assert said.get("words", said.get("what")) in page.text
        assert not Decision.objects.exists()
        assert not Commitment.objects.exists()


@pytest.fixture
def canaries(meeting, coo, creative, creative_head, media, series):
    """Written on an item of Creative's that a guest from Media does not reach: the current one."""
    item = make.agenda_item(meeting, "CANARY-TITLE", words="CANARY-WORDS", department=creative, url="/canary-url/")
    item.lines.create(position=1, words="CANARY-LINE", url="/canary-line/")
    open_meeting(meeting, by=coo, at=NOW)
    save_note(item, "CANARY-NOTE", base=0, by=coo, at=NOW)
    decide(item, Decided("CANARY-DECIDED", "CANARY-EFFECT"), key="a", by=coo, at=NOW)
    said = {"who": creative_head, "what": "CANARY-PROMISE", "to": series.department, "due_on": TODAY}
    promise(item, key="b", by=coo, at=NOW, **said)
    guest = make.user("guest", department=media)
    series.invited.create(who="person", user=guest)
    return item, guest


def test_nothing_of_an_item_out_of_reach_is_told_but_that_there_is_one(signed_in, canaries, coo):
    item, guest = canaries
    rests = ["running/", f"running/?item={item.pk}", f"running/state/?item={item.pk}&writing={item.pk}"]
    rests += ["minutes/", "minutes/minutes.md", ""]
    for rest in rests:
        answer = signed_in(guest).get(at(item.meeting, rest))
        assert answer.status_code == 200
        assert "canary" not in answer.text.lower(), rest
    assert MASKED in signed_in(guest).get(at(item.meeting)).text
    told = signed_in(guest).get(at(item.meeting, rests[2])).json()
    assert "note" not in told
    assert "writing" not in told
    assert "CANARY-NOTE" in signed_in(coo).get(at(item.meeting)).text


def test_nothing_is_written_on_an_item_out_of_reach(signed_in, canaries):
    item, guest = canaries
    decision = item.decisions.get()
    for rest in (f"items/{item.pk}/{kind}/" for kind in ("notes", "decisions", "commitments")):
        assert signed_in(guest).get(at(item.meeting, rest)).status_code == 404
        assert signed_in(guest).post(at(item.meeting, rest), {"text": "x", "base": 0}).status_code == 404
    assert signed_in(guest).post(at(item.meeting, f"decisions/{decision.pk}/"), {"words": "x"}).status_code == 404


def test_an_item_of_another_meeting_is_not_there(signed_in, item, series, coo):
    other = make.agenda_item(make.meeting(series, date(2026, 11, 30)))
    client = signed_in(coo)
    assert client.get(at(item.meeting, f"items/{other.pk}/notes/")).status_code == 404
    assert client.post(at(item.meeting, "running/current/"), {"item": other.pk}).status_code == 404
    assert client.get(at(item.meeting, f"running/?item={other.pk}")).context["running"].item == item


class TestInline:
    def test_a_signal_shows_its_kpi_and_an_issue_where_it_stands(self, signed_in, meeting, creative, media, coo):
        kpi = make.kpi(creative, name="Rework")
        weeks = [make.weeks_ago(back) for back in range(1, 14)]
        make.observations(kpi, creative, {week: 3 + number for number, week in enumerate(weeks)})
        drain(now=NOW)
        about = make.agenda_item(meeting, "What happened", signal=make.signal(kpi, creative))
        stuck = make.agenda_item(meeting, "Stuck", issue=make.issue(creative, media, "The brief has no budget"))
        page = signed_in(coo).get(at(meeting, f"running/?item={about.pk}")).text
        assert 'class="spark"' in page
        assert "Rework" in page
        assert "beyond a limit" in page
        page = signed_in(coo).get(at(meeting, f"running/?item={stuck.pk}")).text
        assert "The ball is in the court of Media" in page
        assert "The brief has no budget" in page


class TestMinutes:
    @pytest.fixture
    def closed(self, signed_in, item, coo, media_head):
        for user in (coo, media_head):
            signed_in(user).get(at(item.meeting))
        save_note(item, "As it was", base=0, by=coo, at=NOW)
        decide(item, Decided("We hire two."), key="a", by=coo, at=NOW)
        close_meeting(item.meeting, by=coo, at=NOW)
        with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
            yield item

    def test_closing_leads_to_them(self, signed_in, item, coo):
        assert signed_in(coo).post(at(item.meeting, "running/closing/")).url == at(item.meeting, "minutes/")

    def test_they_are_amended_with_a_trace_by_who_was_there(self, signed_in, closed, coo, media_head, creative_head):
        meeting, decision = closed.meeting, closed.decisions.get()
        signed_in(media_head).post(at(meeting, f"items/{closed.pk}/notes/"), {"base": 1, "text": "As it is"})
        signed_in(coo).post(at(meeting, f"decisions/{decision.pk}/"), {"words": "We hire one."})
        page = signed_in(creative_head).get(at(meeting, "minutes/")).text
        for words in ("As it was", "As it is", "Media-Head amended the notes", "We hire two.", "We hire one."):
            assert words in page
        absent = signed_in(creative_head).post(at(meeting, f"items/{closed.pk}/notes/"), {"base": 2, "text": "No"})
        assert absent.status_code == 403
        assert "Amend the notes" not in page

    def test_they_are_a_file_too(self, signed_in, closed, coo):
        answer = signed_in(coo).get(at(closed.meeting, "minutes/minutes.md"))
        assert answer["Content-Type"] == "text/markdown; charset=utf-8"
        assert answer["Content-Disposition"] == 'attachment; filename="minutes-heads-2026-11-23.md"'
        assert answer.text.startswith("# Heads, 23 Nov 2026\n")

    def test_who_was_there_rates_it(self, signed_in, closed, media_head, creative_head):
        client, url = signed_in(media_head), at(closed.meeting, "minutes/rating/")
        assert "Rated." in client.post(url, {"score": "8", "why": "Quick"}, follow=True).text
        assert "8.0 of 10" in client.get(at(closed.meeting, "minutes/")).text
        for wrong in ({"score": "11"}, {"score": ""}, {}):
            assert "How good was it, 1 to 10:" in client.post(url, wrong, follow=True).text
        assert "by those who were there" in signed_in(creative_head).post(url, {"score": "1"}, follow=True).text
        assert closed.meeting.ratings.get().score == 8

    def test_attendance_is_corrected_by_who_leads(self, signed_in, closed, coo, media_head, creative_head):
        url = at(closed.meeting, "minutes/attendance/")
        assert signed_in(media_head).post(url, {}).status_code == 404
        signed_in(coo).post(url, {"there": [coo.pk, creative_head.pk]})
        there = closed.meeting.attendances.filter(is_present=True).values_list("user__username", flat=True)
        assert sorted(there) == ["coo", "creative-head"]
        assert "Select a valid choice" in signed_in(coo).post(url, {"there": [999999]}, follow=True).text

    def test_its_running_page_is_for_reading_then(self, signed_in, closed, coo):
        page = signed_in(coo).get(at(closed.meeting)).text
        assert "Coo closed it at 10:00" in page
        assert "As it was" in page
        assert "data-notes" not in page


@pytest.mark.parametrize("query", ["item=x", "item=99999999999999999999", "item=-1", "item=²"])
def test_an_address_that_makes_no_sense_shows_the_current_item(signed_in, item, coo, query):
    assert signed_in(coo).get(at(item.meeting, f"running/?{query}")).context["running"].item == item
    state = at(item.meeting, f"running/state/?{query}&writing=²")
    assert signed_in(coo).get(state).status_code == 200
    assert signed_in(coo).post(at(item.meeting, "running/order/"), {"part": "x"}, follow=True).status_code == 200
