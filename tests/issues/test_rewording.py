"""What an issue says is put otherwise by who raised it, and nothing of how it was put is lost."""

from datetime import timedelta

import pytest
from django.urls import reverse

from departments.models import Notification
from issues.flow import Act
from issues.models import Escalation, Issue
from issues.services.escalating import escalate
from issues.services.moving import move
from issues.services.rewording import reword
from tests import make
from tests.clock import NOW, TODAY

DAY = timedelta(days=1)
SAID = {"title": "No sizes", "needed": "The list.", "matters": "", "severity": "medium", "needed_by": None}


@pytest.fixture
def issue(creative, media, creative_head, media_head):
    return make.issue(creative, media, at=NOW - 4 * DAY, **SAID)


def address(issue):
    return reverse("issues:change", args=[issue.pk])


def newest(issue):
    return issue.history.latest("history_id").pk


def given(issue, **fields):
    return {**SAID, "needed_by": "", "was": newest(issue)} | fields


def test_it_is_changed_and_the_owner_hears_of_another_severity_and_date(client, issue, creative_head, media_head):
    client.force_login(creative_head)
    assert f'href="{address(issue)}"' in client.get(reverse("issues:issue", args=[issue.pk])).text
    assert "The list.</textarea>" in client.get(address(issue)).text
    said = given(issue, needed="The list, with prices.", severity="high", needed_by=str(TODAY + DAY))
    page = client.post(address(issue), said, follow=True).text
    assert "Changed: what is needed, severity, needed by." in page
    assert "Severity: Medium → High" in page
    assert "Needed by: no date → Thu 19 Nov 2026" in page
    assert "What is needed, as it was put before" in page
    told = Notification.objects.filter(to=media_head).latest("pk").subject
    assert "severity high, was medium; needed by Thu 19 Nov 2026, was no date" in told


def test_of_other_words_nobody_is_told_and_the_same_again_changes_nothing(client, issue, creative_head):
    client.force_login(creative_head)
    count = Notification.objects.count()
    assert "Changed: title." in client.post(address(issue), given(issue, title="Sizes"), follow=True).text
    assert "Changed: nothing." in client.post(address(issue), given(issue, title="Sizes"), follow=True).text
    assert (Notification.objects.count(), issue.history.count()) == (count, 2)


def test_what_is_due_follows_the_severity(issue, creative_head, media_head):
    move(issue, Act.ACCEPT, edition=1, by=media_head, at=NOW - 4 * DAY)
    escalate(now=NOW)
    assert not Escalation.objects.filter(step="missed").exists()
    reword(issue, SAID | {"severity": "critical"}, was=newest(issue), by=creative_head, at=NOW)
    escalate(now=NOW)
    assert Escalation.objects.filter(step="missed").exists()


def test_what_is_closed_is_opened_again_first(client, issue, creative_head):
    move(issue, Act.WITHDRAW, edition=1, words="Found.", by=creative_head, at=NOW)
    client.force_login(creative_head)
    page = client.get(address(issue), follow=True)
    assert page.redirect_chain == [(reverse("issues:issue", args=[issue.pk]), 302)]
    assert "It is closed: what it says is changed when it is open again." in page.text


def test_as_known_on_a_day_it_says_what_it_said_then(client, issue, creative_head):
    reword(issue, SAID | {"title": "No prices"}, was=newest(issue), by=creative_head, at=NOW - DAY)
    client.force_login(creative_head)
    page = reverse("issues:issue", args=[issue.pk])
    for path in (page, "/issues/", "/issues/board/"):
        then = client.get(path, {"as_known_on": (NOW - 2 * DAY).date()}).text
        assert ("No sizes" in then, "No prices" in then) == (True, False)
    assert "Title: No sizes → No prices" in client.get(page).text


def test_two_who_change_it_at_once_see_each_other(client, issue, creative_head):
    was = newest(issue)
    reword(issue, SAID | {"title": "No prices"}, was=was, by=creative_head, at=NOW)
    client.force_login(creative_head)
    page = client.post(address(issue), given(issue, title="Mine", was=was))
    assert "Creative-Head changed it meanwhile" in page.text
    assert 'value="Mine"' in page.text
    assert Issue.objects.get().title == "No prices"
    assert page.context["form"].data["was"] == newest(issue)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"needed_by": "2026-11-17"}, "Found 17 November 2026, expected today or later"),
        ({"title": ""}, "This field is required"),
        ({"severity": "huge"}, "Select a valid choice"),
        ({"needed": "a\0b"}, "Null characters are not allowed"),
        ({"was": "9" * 40}, "changed it meanwhile"),
    ],
)
def test_what_cannot_be_changed_says_why_and_loses_nothing(client, issue, creative_head, fields, why):
    client.force_login(creative_head)
    page = client.post(address(issue), given(issue, matters="Both launches.") | fields).text
    assert why in page
    assert "Both launches.</textarea>" in page
    assert Issue.objects.get().matters == ""


def test_a_date_that_is_past_by_now_may_stay(client, creative, media, creative_head):
    issue = make.issue(creative, media, **SAID | {"needed_by": TODAY - DAY}, at=NOW - 4 * DAY)
    client.force_login(creative_head)
    client.post(address(issue), given(issue, title="Sizes", needed_by=str(TODAY - DAY)))
    assert Issue.objects.get().title == "Sizes"


def test_who_raised_it_changes_it_and_nobody_else_and_nothing_that_is_closed(
    client, creative, media, designer, creative_head, media_head, coo
):
    issue = make.issue(creative, media, by=designer, **SAID)
    for user, status in ((designer, 200), (creative_head, 200), (coo, 200), (media_head, 403)):
        client.force_login(user)
        assert client.get(address(issue)).status_code == status
    move(issue, Act.WITHDRAW, edition=1, words="Found.", by=creative_head, at=NOW)
    client.force_login(coo)
    page = client.post(address(issue), given(issue, title="Sizes")).text
    assert "is changed by who raised it, while it is open" in page
    assert 'value="Sizes"' in page
