"""The agenda on its page: who reads, adds and arranges."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Notification
from meetings.models import Meeting
from meetings.services.memos import draft
from tests import make
from tests.clock import NOW


@pytest.fixture
def meeting(coo, creative, media, creative_head, media_head):
    series = make.series(creative_head, media_head, title="Heads", sections=[("follow_ups", 10), ("issues", 50)])
    return make.meeting(series)


def items(meeting):
    return list(meeting.items.standing().in_order().values_list("title", "is_scheduled"))


def test_a_page_of_a_meeting_that_nobody_touched_makes_no_row(client, coo, agency):
    series = make.series(title="Heads")
    client.force_login(coo)
    page = client.get(f"/meetings/{series.pk}/2026-11-30/")
    assert "The agenda is not drafted yet" in page.text
    assert not Meeting.objects.exists()
    assert client.get(f"/meetings/{series.pk}/2026-12-01/").status_code == 404


def test_whoever_is_invited_puts_something_on_it(client, meeting, media_head):
    client.force_login(media_head)
    client.post(meeting.url, {"title": "Rate cards", "part": "talk", "minutes": "10", "words": "To decide."})
    item = meeting.items.get()
    assert (item.title, item.added_by, item.is_scheduled) == ("Rate cards", media_head, True)
    assert "put there by Media-Head" in client.get(meeting.url).text


def test_what_does_not_fit_is_said_so(client, meeting, media_head):
    client.force_login(media_head)
    client.post(meeting.url, {"title": "Long", "part": "talk", "minutes": "50"})
    page = client.post(meeting.url, {"title": "Too long", "part": "talk", "minutes": "20"}, follow=True)
    assert "“Too long” is on the list, but does not fit" in page.text
    assert items(meeting) == [("Long", True), ("Too long", False)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"title": "", "part": "talk", "minutes": "10"}, "This field is required."),
        ({"title": "x" * 141, "part": "talk", "minutes": "10"}, "at most 140 characters"),
        ({"title": "Rates", "part": "talk", "minutes": "0"}, "greater than or equal to 1"),
        ({"title": "Rates", "part": "nothing", "minutes": "5"}, "nothing is not one of the available choices"),
    ],
)
def test_what_cannot_be_put_there_is_said_and_kept(client, meeting, media_head, given, said):
    client.force_login(media_head)
    page = client.post(meeting.url, given)
    assert said in page.text
    assert given["title"][:100] in page.text
    assert not meeting.items.exists()


def test_a_meeting_that_was_cancelled_takes_nothing(client, meeting, media_head, coo):
    Meeting.objects.update(cancelled_at=NOW, cancelled_by=coo, cancelled_why="Trade fair")
    client.force_login(media_head)
    page = client.post(meeting.url, {"title": "Rates", "part": "talk", "minutes": "5"})
    assert "This meeting was cancelled." in page.text
    assert "Coo cancelled this meeting on 18 Nov: Trade fair" in page.text


def test_whoever_leads_it_arranges_it(client, meeting, coo):
    first, second, third = (make.agenda_item(meeting, title) for title in ("A", "B", "C"))
    client.force_login(coo)

    def arrange(**said):
        meeting.refresh_from_db()
        return client.post(f"{meeting.url}order/", {"edition": meeting.edition, **said}, follow=True)

    arrange(down=first.pk)
    assert [title for title, _ in items(meeting)] == ["B", "A", "C"]
    arrange(up=third.pk)
    assert [title for title, _ in items(meeting)] == ["B", "C", "A"]
    arrange(out=third.pk)
    assert items(meeting) == [("B", True), ("A", True), ("C", False)]
    arrange(**{"in": third.pk})
    arrange(order=f"{third.pk},{first.pk},{second.pk}")
    assert [title for title, _ in items(meeting)] == ["C", "A", "B"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"edition": "99", "order": "1"}, "Somebody changed the agenda meanwhile"),
        ({"edition": "x", "order": "1"}, "Found “x” for edition, expected a number."),
        ({"edition": "1", "order": "nine"}, "Found “nine” in the order"),
        ({"edition": "1", "order": "987654321"}, "Found item 987654321, expected one of this agenda."),
        ({"edition": "1"}, "Nothing was said to be moved."),
    ],
)
def test_an_order_that_is_none_changes_nothing(client, meeting, coo, said, words):
    make.agenda_item(meeting, "A")
    client.force_login(coo)
    page = client.post(f"{meeting.url}order/", said, follow=True)
    assert words in page.text
    assert items(meeting) == [("A", True)]


def test_who_is_invited_but_does_not_lead_arranges_nothing(client, meeting, media_head):
    item = make.agenda_item(meeting, "A")
    client.force_login(media_head)
    assert client.post(f"{meeting.url}order/", {"edition": 1, "out": item.pk}).status_code == 404
    assert client.post(f"/agenda-items/{item.pk}/removal/").status_code == 404
    assert client.post(f"/agenda-items/{item.pk}/minutes/", {"minutes": 5}).status_code == 404


def test_what_is_taken_off_comes_back(client, meeting, media_head):
    item = make.agenda_item(meeting, "A", added_by=media_head)
    client.force_login(media_head)
    page = client.post(f"/agenda-items/{item.pk}/removal/", follow=True)
    assert f"/agenda-items/{item.pk}/restoration/" in page.text
    assert items(meeting) == []
    client.post(f"/agenda-items/{item.pk}/restoration/")
    assert items(meeting) == [("A", True)]


def test_minutes_are_set_and_nonsense_is_refused(client, meeting, coo):
    item = make.agenda_item(meeting, "A")
    client.force_login(coo)
    client.post(f"/agenda-items/{item.pk}/minutes/", {"minutes": "25"})
    item.refresh_from_db()
    assert item.minutes == 25
    for wrong in ("0", "241", "", "ten", "99999999999999999999"):
        assert "expected" in client.post(f"/agenda-items/{item.pk}/minutes/", {"minutes": wrong}, follow=True).text
    item.refresh_from_db()
    assert item.minutes == 25


def test_whoever_leads_it_may_have_it_drafted_now(client, meeting, coo, creative_head):
    client.force_login(coo)
    page = client.post(f"{meeting.url}memo/", follow=True)
    assert "The agenda was drafted and sent to all participants." in page.text
    assert "Nothing that was promised has come due." in page.text
    assert Notification.objects.filter(kind="meeting").count() == 3
    assert "Draft the agenda now" not in page.text


def test_a_signal_is_taken_to_a_meeting_once(client, meeting, creative, creative_head):
    signal = make.signal(make.kpi(creative, name="On-time delivery"), creative)
    client.force_login(creative_head)
    assert "Take to a meeting" in client.get(f"/signals/{signal.pk}/").text
    form = client.get(f"/meetings/items/new/?signal={signal.pk}")
    assert "Heads, Mon 23 Nov 10:00" in form.text
    said = {"title": "Delivery falls", "part": "scorecard", "minutes": "5", "words": ""}
    for _ in range(2):
        client.post(f"/meetings/items/new/?signal={signal.pk}", {"meeting": f"{meeting.series.pk}/2026-11-23", **said})
    assert meeting.items.get().signal == signal
    assert "Is on the agenda of" in client.get(f"/signals/{signal.pk}/").text


def test_an_issue_out_of_reach_is_taken_nowhere(client, meeting, media, creative, designer):
    issue = make.issue(media, make.department("Traffic"))
    client.force_login(designer)
    assert client.get(f"/meetings/items/new/?issue={issue.pk}").status_code == 404


def test_the_list_has_what_is_to_come_and_what_was(client, meeting, coo, media_head):
    make.meeting(
        meeting.series, make.weeks_ago(1), opened_at=NOW - timedelta(days=9), opened_by=coo,
        closed_at=NOW - timedelta(days=9), closed_by=coo, starts_at=NOW - timedelta(days=9),
    )  # fmt: skip
    client.force_login(media_head)
    page = client.get("/meetings/").text
    assert page.count(">Heads</a>") == 7  # five to come, one held, the series itself
    assert "Held lately" in page


def test_who_is_not_invited_sees_none(client, meeting, designer):
    client.force_login(designer)
    assert "No meetings yet" in client.get("/meetings/").text
    assert client.get(meeting.url).status_code == 404


def test_the_page_asks_the_same_of_two_items_as_of_twenty(client, meeting, creative, media, creative_head):
    client.force_login(creative_head)
    make.issue(creative, media, severity="critical")
    draft(meeting, at=NOW)
    with CaptureQueriesContext(connection) as few:
        client.get(meeting.url)
    for number in range(20):
        issue = make.issue(creative, media, f"Issue {number}")
        make.agenda_item(meeting, issue.title, issue=issue, part="issues")
    with CaptureQueriesContext(connection) as many:
        client.get(meeting.url)
    assert len(many) == len(few)
