"""A series is made by a few clicks and put into a calendar."""

import pytest
from playwright.sync_api import expect

from meetings.models import Schedule, Series
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_weekly_meeting_of_heads_is_made_by_one_click(visit, coo, agency, creative_head, media_head):
    page = visit("/meetings/new/", by=coo)
    expect(page.get_by_label("Title", exact=True)).to_have_value("Weekly meeting of heads")
    page.get_by_role("button", name="Make the series").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Weekly meeting of heads")
    expect(page.get_by_text("Every Monday", exact=True)).to_be_visible()
    assert Series.objects.get().invited.get().who == "heads"
    assert_no_barrier_in_any_look(page)


def test_controls_of_a_rule_come_when_they_are_asked_for(visit, coo, agency, creative_head):
    page = visit("/meetings/new/", by=coo)
    expect(page.get_by_label("Weekday")).to_be_hidden()
    page.get_by_label("How often").select_option("MONTHLY")
    expect(page.get_by_label("Tuesday", exact=True)).to_be_hidden()
    page.locator("[name=monthly]").select_option("nth")
    page.get_by_label("Which").select_option("-1")
    page.get_by_label("Weekday").select_option("4")
    page.get_by_label("Ends").select_option("count")
    page.locator("[name=count]").fill("6")
    assert_no_barrier_in_any_look(page)
    page.get_by_role("button", name="Make the series").click()
    expect(page.get_by_text("The last Friday of every month, 6 times", exact=True)).to_be_visible()
    assert Schedule.objects.get().rule == "FREQ=MONTHLY;COUNT=6;BYDAY=-1FR"


def test_an_address_is_made_and_copied(visit, coo, agency, designer):
    series = make.series(designer, title="Creative weekly")
    page = visit(f"/calendar/?series={series.pk}", by=designer, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Make the address: Creative weekly").click()
    shown = page.get_by_role("textbox", name="Address").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert_no_barrier_in_any_look(page)
    path = "/" + shown.split("/", 3)[3]
    assert "SUMMARY:Creative weekly" in page.request.get(page.url.split("/calendar")[0] + path).text()
