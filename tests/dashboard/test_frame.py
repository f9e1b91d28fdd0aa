"""What the rail and the doors show, and to whom."""

import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.db import connection
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from dashboard.context import frame
from kpis.templatetags.show import undo_url
from tests import make


def framed(user, path="/overview/"):
    request = RequestFactory().get(path)
    request.user, request.resolver_match = user, None
    return frame(request)["frame"]


def labels(entries):
    return [entry.label for entry in entries]


def test_the_rail_lists_what_is_within_reach_below_what_it_belongs_to(coo, creative, media):
    make.department("Studio", parent=creative)
    make.department("Old studio", parent=creative, closed_on="2026-01-01")
    entries = framed(coo).departments
    assert [(entry.label, entry.depth) for entry in entries] == [("Creative", 0), ("Studio", 1), ("Media", 0)]


def test_a_staff_member_sees_the_kpis_and_the_own_department_alone(designer, media):
    found = framed(designer)
    assert (labels(found.nav), labels(found.departments)) == (["KPIs"], ["Creative"])
    assert found.role == "Staff member"


def test_a_head_sees_the_overview_and_is_called_by_what_they_lead(creative_head, media):
    found = framed(creative_head)
    assert (labels(found.nav), labels(found.departments)) == (["Overview", "KPIs"], ["Creative", "Media"])
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
