"""Weekly statuses where several apps stand side by side: the overview and the pages of departments."""

from datetime import timedelta

import pytest

from departments.models import Department
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW, TODAY

MONDAY = TODAY - timedelta(days=TODAY.weekday())
LAST = MONDAY - timedelta(weeks=1)


@pytest.fixture
def shown(client, coo, creative_head, media_head):
    client.force_login(coo)

    def overview(query=""):
        make_values(creative_head)
        return client.get(f"/overview/{query}")

    return overview


def make_values(head):
    """Without a value the overview says only that there is none."""
    kpi = make.kpi(head.department)
    make.observations(kpi, head.department, {LAST: 5}, by=head)
    drain(now=NOW)


def rows(page):
    return {row.department.slug: row for row in page.context["overview"].rows}


def test_the_overview_says_how_many_are_in_and_who_is_silent(shown, creative, media):
    make.status(creative, week=LAST, health="risk", headline="Sign-off is slow.")

    page = shown()

    assert "1 of 2 statuses of week 46" in page.text
    assert "Media has not sent its status of week 46" in page.text
    assert "Sign-off is slow." in page.text
    assert rows(page)["creative"].status.health == "risk"


def test_without_any_status_nothing_is_said_of_them(shown, creative):
    page = shown()

    assert "statuses of week" not in page.text
    assert "has not sent" not in page.text


def test_the_newest_counts_and_an_older_one_does_not(shown, creative, media):
    make.status(creative, week=LAST)
    make.status(creative, week=MONDAY, health="off")
    make.status(media, week=LAST - timedelta(weeks=1))

    found = rows(shown())

    assert (found["creative"].status.week, found["creative"].status.health) == (MONDAY, "off")
    assert found["media"].status is None


def test_a_paused_department_is_not_missed(shown, creative, media):
    make.status(creative, week=LAST)
    make.pause(media, LAST, LAST)

    page = shown()

    assert "1 of 1 status of week 46" in page.text
    assert "Media has not sent" not in page.text


def test_as_known_before_it_was_sent_it_is_not_there(shown, creative, media):
    make.status(creative, week=LAST, at=NOW - timedelta(days=3))
    make.status(media, week=LAST - timedelta(weeks=1), at=NOW - timedelta(days=9))
    Department.history.update(history_date=NOW - timedelta(days=99))  # they were there long before

    before, after = (rows(shown(f"?as_known_on={NOW.date() - timedelta(days=back)}")) for back in (4, 2))

    assert before["creative"].status is None
    assert after["creative"].status is not None


def test_reported_as_on_track_beside_a_concern_is_marked(shown, creative):
    make.status(creative, week=LAST)
    page = shown()
    row = rows(page)["creative"]

    assert not row.differs
    row.data.judged, row.data.concerns = 1, [make.kpi(creative)]
    assert row.differs
    row.status.health = "risk"
    assert not row.differs


def test_a_head_finds_the_week_to_write_on_their_first_screen(client, creative, creative_head):
    client.force_login(creative_head)

    page = client.get("/", follow=True)

    assert "Week 47 is due <strong>Fri 17:00</strong>" in page.text
    assert "/status/creative/2026-W47/writing/" in page.text
    make.status(creative)
    page = client.get("/", follow=True)
    assert "/status/creative/2026-W47/writing/" not in page.text
    assert "A quiet week." in page.text


@pytest.mark.django_db(transaction=True)  # what is told is counted on commit
def test_a_page_changes_with_what_is_sent(client, coo, creative, creative_head):
    make_values(creative_head)
    client.force_login(coo)
    client.get("/accounts/password/change/")  # a page with a form: now there is a secret for forms
    tags = [client.get(url)["ETag"] for url in ("/overview/", "/departments/creative/")]

    make.status(creative, week=LAST)

    assert not set(tags) & {client.get(url)["ETag"] for url in ("/overview/", "/departments/creative/")}
