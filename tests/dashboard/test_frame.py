"""What the rail and the doors show, and to whom."""

from datetime import timedelta

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from dashboard.context import frame
from kpis.services.rollups import drain
from kpis.templatetags.show import undo_url
from tests import make
from tests.clock import NOW

PARTS = ["KPIs", "Signals", "Status", "Meetings", "Issues", "Commitments", "Effects", "Risks"]


def framed(user, path="/overview/"):
    request = RequestFactory().get(path)
    request.user, request.resolver_match = user, None
    return frame(request)["frame"]


def labels(entries):
    return [entry.label for entry in entries]


def test_the_rail_lists_the_agency_and_what_is_within_reach_below_what_it_belongs_to(coo, creative, media):
    make.department("Studio", parent=creative)
    make.department("Old studio", parent=creative, closed_on="2026-01-01")
    entries = [(entry.label, entry.depth) for entry in framed(coo).departments]
    assert entries == [("Agency", 0), ("Creative", 0), ("Studio", 1), ("Media", 0)]


def test_a_staff_member_sees_the_kpis_and_the_own_department_alone(designer, media):
    found = framed(designer)
    assert (labels(found.nav), labels(found.departments)) == (PARTS, ["Creative"])
    assert found.role == "Staff member"


def test_a_head_sees_the_overview_and_is_called_by_what_they_lead(creative_head, media):
    found = framed(creative_head)
    assert (labels(found.nav), labels(found.departments)) == (
        ["Overview", *PARTS],
        ["Agency", "Creative", "Media"],
    )
    assert found.role == "Head of Creative"


def test_who_sees_no_overview_still_reaches_the_agency_they_belong_to(agency, creative):
    assert labels(framed(make.user(department=agency)).departments) == ["Agency", "Creative"]


def test_the_frame_asks_nothing_before_it_is_shown_and_few_questions_then(creative_head, media):
    with CaptureQueriesContext(connection) as captured:
        found = framed(creative_head)
        assert len(captured) == 0
        assert found.nav
        assert found.departments
        assert found.role
    assert len(captured) <= 3


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/overview/", ["Overview"]),
        ("/kpis/", ["KPIs"]),
        ("/departments/creative/", ["Creative", "Creative"]),
        ("/departments/creative/values/", ["Creative", "Creative"]),
    ],
)
def test_the_rail_says_where_one_is(client, coo, creative, path, current):
    client.force_login(coo)
    page = client.get(path).content.decode()
    marked = [part.split("</a>")[0].split(">")[-1] for part in page.split('aria-current="page"')[1:]]
    assert marked == current  # departments stand twice: in the rail, and in the menu of a phone


def test_only_administrators_are_shown_the_way_to_administration(client, coo, administrator, agency):
    for user, shown in [(coo, False), (administrator, True)]:
        client.force_login(user)
        assert (b"/admin/" in client.get("/overview/").content) is shown


def test_outsiders_see_no_frame_and_a_missing_page_looks_the_same_as_one_out_of_reach(client, designer, media):
    assert b'class="rail"' not in client.get("/nowhere/").content
    client.force_login(designer)
    nowhere, hidden = client.get("/departments/nowhere/"), client.get("/departments/media/")
    assert (nowhere.status_code, hidden.status_code) == (404, 404)
    assert b'class="rail"' in hidden.content


@pytest.mark.parametrize("name", ["400", "403_csrf", "500", "503"])
def test_pages_for_broken_moments_need_no_request_and_no_database(name):
    assert "Opsroom" in render_to_string(f"{name}.html")


@pytest.mark.parametrize("demo", [True, False])
def test_the_demo_log_ins_are_told_in_the_demo_alone(client, db, settings, demo):
    settings.DEMO = demo
    assert (b"opsroom-demo" in client.get("/accounts/login/").content) is demo


def test_a_message_can_carry_its_undo():
    assert (
        undo_url(Message(constants.SUCCESS, "Saved.", extra_tags="undo:/batches/7/reversal/")) == "/batches/7/reversal/"
    )
    assert undo_url(Message(constants.SUCCESS, "Saved.")) == ""


DELAYED = "Background work is delayed."
OURS = ["/overview/", "/departments/creative/", "/departments/creative/values/", "/kpis/", "/kpis/jobs/", "/search/"]


def changed(kpi, *, ago):
    """The database's own clock says when a change was made; here it was so long ago."""
    moment = connection.ops.adapt_datetimefield_value(NOW - ago)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kpis_mark (kpi_id, marked_at) VALUES (%s, %s)", [kpi.pk, moment])


@pytest.mark.parametrize("path", [*OURS, "/nowhere/", "/accounts/password/change/", "/admin/", "/admin/kpis/kpi/"])
def test_every_page_says_since_when_work_waits(client, administrator, coo, creative, path):
    kpi = make.kpi(creative, code="jobs")
    client.force_login(administrator if path.startswith("/admin/") else coo)
    changed(kpi, ago=timedelta(seconds=29))
    assert DELAYED not in client.get(path).text
    changed(kpi, ago=timedelta(seconds=31))
    page = " ".join(strip_tags(client.get(path).text).split())
    assert f"{DELAYED} Figures are complete as of 09:59; what was recorded since is being worked in." in page
    drain(now=NOW)
    assert DELAYED not in client.get(path).text


def test_work_that_waits_since_another_day_is_told_with_its_date(client, coo, creative):
    changed(make.kpi(creative), ago=timedelta(hours=11))
    client.force_login(coo)
    assert "complete as of 17 Nov 2026, 23:00; what" in " ".join(strip_tags(client.get("/kpis/").text).split())


def test_nobody_outside_is_told_that_work_waits(client, creative):
    changed(make.kpi(creative), ago=timedelta(hours=1))
    assert DELAYED not in client.get("/accounts/login/").text


@pytest.mark.parametrize("path", OURS)
def test_how_fresh_figures_are_is_asked_once_a_page(client, coo, creative, path):
    changed(make.kpi(creative, code="jobs"), ago=timedelta(hours=1))
    client.force_login(coo)
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    assert sum("kpis_mark" in query["sql"] for query in asked) == 1


def test_the_first_field_of_the_log_in_has_the_focus_and_what_went_wrong_has_it_then(client, db):
    assert client.get("/accounts/login/").text.count("autofocus") == 1
    refused = client.post("/accounts/login/", {"login": "nobody", "password": "nothing"}).text
    assert "autofocus" not in refused
    assert "data-focus" in refused


def test_that_nothing_was_changed_is_not_told_as_a_success(client, coo, creative):
    make.kpi(creative)
    client.force_login(coo)
    page = client.post("/departments/creative/values/", {}, follow=True).text
    told = page.split('<ul class="messages">')[1].split("</ul>")[0]
    assert 'class="info"' in told
    assert "shape untargeted" in told


def test_without_an_agency_everybody_is_told_whom_to_ask_and_an_administrator_where_to_begin(
    client, coo, administrator
):
    client.force_login(coo)
    page = client.get("/overview/").text
    assert f"Ask {administrator}." in page
    assert "/admin/" not in page
    client.force_login(administrator)
    assert "/admin/" in client.get("/overview/").text.split("No agency yet")[1]
