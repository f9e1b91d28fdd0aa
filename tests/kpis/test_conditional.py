"""An unchanged page costs one small query; whatever changes, the next request sees it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Department, Headship, User
from kpis.models import Assignment, Event, Kpi
from kpis.services.calendar import start_year_in
from kpis.services.rollups import drain
from tests import make
from tests.clock import NOW

PAGES = ["/overview/", "/departments/creative/", "/kpis/", "/events/", "/kpis/jobs/", "/kpis/jobs/table.csv"]


@pytest.fixture
def jobs(creative, creative_head, coo, client):
    kpi = make.kpi(creative, code="jobs")
    make.observations(kpi, creative, {date(2026, 11, 9): 3})
    drain(now=NOW)
    client.force_login(coo)
    client.get("/accounts/password/change/")  # a page with a form: now there is a secret for forms
    return kpi


def revisit(client, path, tag):
    return client.get(path, headers={"If-None-Match": tag or "none"})


@pytest.mark.parametrize("path", PAGES)
def test_an_unchanged_page_is_a_304_and_one_query_beside_knowing_the_reader(client, jobs, path):
    tag = client.get(path)["ETag"]
    with CaptureQueriesContext(connection) as asked:
        again = revisit(client, path, tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert "HX-Request" in again["Vary"]
    assert len([q for q in asked if "departments_user" not in q["sql"] and "session" not in q["sql"]]) == 1


def test_a_page_is_made_anew_for_another_reader_and_another_fragment(client, jobs, ceo):
    tag = client.get("/kpis/")["ETag"]
    assert client.get("/kpis/", headers={"If-None-Match": tag, "HX-Request": "true"}).status_code == 200
    client.force_login(ceo)
    assert revisit(client, "/kpis/", tag).status_code == 200


def test_a_page_is_made_anew_when_the_day_is_over_where_the_agency_is(client, jobs, coo):
    with time_machine.travel(NOW.replace(hour=22), tick=False):  # eleven at night
        client.force_login(coo)
        tag = client.get("/overview/")["ETag"]
        assert revisit(client, "/overview/", tag).status_code == 304
    with time_machine.travel(NOW.replace(hour=23), tick=False):
        assert revisit(client, "/overview/", tag).status_code == 200


@pytest.mark.parametrize("path", ["/issues/", "/issues/board/", "/issues/friction/", "/departments/creative/"])
def test_a_page_that_says_how_long_something_lasted_is_made_anew_after_a_while(client, jobs, coo, path):
    with time_machine.travel(NOW, tick=False):
        tag = client.get(path)["ETag"]
        assert revisit(client, path, tag).status_code == 304
    with time_machine.travel(NOW + timedelta(minutes=10), tick=False):
        assert revisit(client, path, tag).status_code == 200


def test_while_a_change_waits_to_be_rolled_up_pages_are_made_anew(client, jobs, creative):
    tag = client.get("/overview/")["ETag"]
    make.observations(jobs, creative, {date(2026, 11, 9): 4})
    waiting = revisit(client, "/overview/", tag)
    assert (waiting.status_code, waiting.get("ETag")) == (200, None)
    drain(now=NOW)
    assert revisit(client, "/overview/", tag).status_code == 200


def test_what_is_said_once_is_not_said_again_from_a_browsers_memory(client, jobs, creative):
    said = client.post(
        "/departments/creative/values/", {f"v-{jobs.pk}-2026-11-02": "5", f"was-v-{jobs.pk}-2026-11-02": ""}
    )
    drain(now=NOW)
    page = client.get(said["Location"])
    assert "1 value recorded." in page.text
    assert "ETag" not in page


@pytest.mark.django_db(transaction=True)
def test_every_change_of_people_departments_and_definitions_is_seen_at_once(client):
    agency = Department.objects.create(name="Agency", slug="agency")
    creative, coo = make.department("Creative"), make.user("coo", role=User.Role.COO)
    jobs, head = make.kpi(creative, code="jobs"), make.head(creative)
    client.force_login(coo)
    client.get("/accounts/password/change/")
    changes = {
        "a person": lambda: User.objects.filter(pk=head.pk).update(name="Somebody Else"),
        "a head": lambda: Headship.objects.update(ends_on=date(2026, 11, 1)),
        "a department": lambda: Department.objects.filter(pk=creative.pk).update(name="Studio"),
        "a department more": lambda: make.department("Print", parent=agency),
        "a KPI": lambda: Kpi.objects.filter(pk=jobs.pk).update(name="Open jobs"),
        "a target": lambda: make.target(jobs, upper=5),
        "an event": lambda: make.event(creative),
        "the end of an event": lambda: Event.objects.update(superseded_at=NOW),
        "an absence": lambda: make.absence(head),
        "a pause": lambda: make.pause(creative),
        "a holiday": make.holiday,
        "the working days": lambda: make.calendar(friday=False),
        "an assignment": lambda: Assignment.objects.all().delete(),
        "the fiscal year": lambda: start_year_in(4),
    }
    for what, change in changes.items():
        tag = client.get("/overview/")["ETag"]
        assert revisit(client, "/overview/", tag).status_code == 304, what
        change()
        drain(now=NOW)
        assert revisit(client, "/overview/", tag).status_code == 200, what
    tag = client.get("/overview/")["ETag"]
    User.objects.filter(pk=head.pk).update(last_login=NOW)
    assert revisit(client, "/overview/", tag).status_code == 304
    start_year_in(1)
