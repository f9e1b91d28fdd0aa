"""What was spoken of in meetings is found by words, and leads on to issues."""

import pytest

from issues.models import Issue
from tests import make
from tests.clock import NOW


@pytest.fixture
def item(coo, creative, creative_head):
    series = make.series(creative_head, title="Heads")
    return make.agenda_item(make.meeting(series, opened_at=NOW, opened_by=coo), "Freelancers for December")


def found(client, user, words):
    client.force_login(user)
    return client.get("/search/", {"q": words}).text


def test_a_title_a_note_and_a_decision_are_found(client, item, coo):
    item.notes.create(number=1, text="Ask the photographers.", at=NOW, by=coo)
    item.notes.create(number=2, text="Ask the illustrators.", at=NOW, by=coo)
    item.decisions.create(words="Two per pitch", recorded_at=NOW, recorded_by=coo)
    assert "Freelancers for December" in found(client, coo, "freelancers")
    assert "… Ask the illustrators." in found(client, coo, "illustrators")
    assert "… Decided: Two per pitch" in found(client, coo, "two per")
    assert "Nothing found" in found(client, coo, "photographers")  # that was written over


def test_nobody_finds_what_they_do_not_reach(client, item, coo, media_head, creative_head, media, designer, creative):
    assert "Nothing found" in found(client, media_head, "freelancers")
    item.meeting.series.invited.create(who="staff", department=creative)
    make.agenda_item(item.meeting, "A secret", issue=make.issue(media, make.department("Traffic")))
    assert "A secret" in found(client, creative_head, "secret")
    assert "Nothing found" in found(client, designer, "secret")


def test_an_issue_is_raised_from_an_item_and_leads_back(client, item, creative_head, media):
    client.force_login(creative_head)
    page = client.get(f"{item.meeting.url}running/?item={item.pk}").text
    assert "Raise an issue" in page
    make.issue(item.meeting.series.department.children.first(), media, origin=item.title, origin_url=item.address)
    assert Issue.objects.get().title in client.get(f"{item.meeting.url}running/?item={item.pk}").text
