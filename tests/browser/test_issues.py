"""Issues in a real browser: raised on a phone, triaged by keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from issues.flow import Act
from issues.models import Issue
from issues.services.moving import move
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_on_a_phone_the_definition_of_ready_comes_with_the_owner_and_nothing_typed_is_lost(
    visit, creative, media, creative_head
):
    make.agreement(creative, media, ready="Sizes are listed", at=timezone.now())
    page = visit("/issues/new/", by=creative_head, width=360)
    page.get_by_label("Title").fill("No sizes")
    page.get_by_label("What is needed").fill("The list.")
    page.get_by_label("Why it matters").fill("Both launches hang on it.")
    page.get_by_label("To").select_option("media")
    page.get_by_label("Sizes are listed").check()
    expect(page.get_by_label("Why it matters")).to_have_value("Both launches hang on it.")
    page.get_by_role("button", name="Raise").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("No sizes")
    issue = Issue.objects.get()
    assert (issue.owner, issue.unready, issue.matters) == (media, [], "Both launches hang on it.")


def test_issues_are_triaged_by_keyboard_and_a_page_of_one_has_no_barrier(
    visit, creative, media, creative_head, media_head
):
    at = timezone.now() - timedelta(days=3)
    first, second, third = (make.issue(creative, media, title=f"Issue {n}", at=at) for n in (1, 2, 3))
    page = visit("/issues/", by=media_head)
    for key in ("j", "x", "j", "j", "x", "a"):
        page.keyboard.press(key)
    expect(page.locator("#triage-words")).to_be_focused()
    page.keyboard.type("We begin tomorrow.")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text(f"You accepted it: #{first.pk}, #{third.pk}.")
    second.refresh_from_db()
    assert second.state == "open"
    first.refresh_from_db()
    move(first, Act.PASS, edition=2, words="The account is locked.", to=creative, by=media_head, at=timezone.now())
    assert_no_barrier_in_any_look(page)
    page.goto(page.url.split("/issues/")[0] + f"/issues/{first.pk}/")
    assert_no_barrier_in_any_look(page)


def test_enter_opens_the_issue_that_a_key_led_to_and_a_held_key_chooses_once(
    visit, creative, media, creative_head, media_head
):
    first, second = (make.issue(creative, media, title=f"Issue {n}", at=timezone.now()) for n in (1, 2))
    page = visit("/issues/", by=media_head)
    page.keyboard.press("j")
    page.keyboard.down("x")
    page.keyboard.down("x")  # as a key does that is held
    page.keyboard.up("x")
    expect(page.get_by_label(f"Choose #{first.pk}")).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(second.title)
    page.go_back()
    page.get_by_label(f"Choose #{first.pk}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(first.title)
