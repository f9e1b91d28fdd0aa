"""An agenda is arranged by dragging, and by the keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def meeting(coo, agency, creative_head):
    meeting = make.meeting(make.series(creative_head, title="Heads"))
    for title in ("Pitch", "Rates", "Holidays"):
        make.agenda_item(meeting, title)
    return meeting


def in_order(page, *titles):
    expect(page.locator("[data-agenda] .what strong")).to_have_text(list(titles))


def test_an_item_is_dragged_to_where_it_shall_stand(visit, coo, meeting):
    page = visit(meeting.url, by=coo)
    in_order(page, "Pitch", "Rates", "Holidays")
    items = page.locator("[data-agenda] > li")
    with page.expect_navigation():  # what is dropped is sent
        items.nth(2).locator("[data-grip]").drag_to(items.nth(0))
    in_order(page, "Holidays", "Pitch", "Rates")
    assert [item.title for item in meeting.items.in_order()] == ["Holidays", "Pitch", "Rates"]


def test_an_item_is_moved_by_the_keyboard(visit, coo, meeting):
    page = visit(meeting.url, by=coo)
    page.locator("[data-agenda] > li").nth(0).locator("summary").focus()
    with page.expect_navigation():
        page.keyboard.press("Alt+ArrowDown")
    in_order(page, "Rates", "Pitch", "Holidays")


def test_who_only_belongs_to_it_has_nothing_to_drag(visit, creative_head, meeting):
    page = visit(meeting.url, by=creative_head)
    in_order(page, "Pitch", "Rates", "Holidays")
    expect(page.locator("[data-grip]")).to_have_count(0)


def test_an_agenda_and_the_list_of_meetings_have_no_barrier(visit, coo, meeting):
    page = visit(meeting.url, by=coo)
    assert_no_barrier_in_any_look(page)
    assert_no_barrier_in_any_look(visit("/meetings/", by=coo))
