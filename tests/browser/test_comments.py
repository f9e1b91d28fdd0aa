"""What is said of a signal or a value, by keyboard alone."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from departments.models import Comment, Notification
from kpis.models import PeriodTopic
from kpis.services.rollups import drain
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look, barriers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
THREAD = "section.thread"


@pytest.fixture
def monday():
    return date.today() - timedelta(days=date.today().weekday(), weeks=1)


@pytest.fixture
def jobs(creative, monday):
    kpi = make.kpi(creative, code="jobs", name="Jobs")
    make.observations(kpi, creative, {monday: 3, monday - timedelta(weeks=1): 4})
    drain(now=timezone.now())
    return kpi


@pytest.fixture
def signal(jobs, creative, monday):
    return make.signal(jobs, creative, period=monday)


def test_by_keyboard_one_writes_mentions_sends_resolves_and_reopens(visit, ceo, creative_head, designer, signal):
    page = visit(f"/signals/{signal.pk}/", by=ceo)
    page.get_by_label("Add a comment").focus()
    page.keyboard.type("Is this new, @")
    expect(page.locator(".people li")).to_have_count(2)
    assert barriers(page) == []
    page.keyboard.type("de")
    expect(page.locator(".people [aria-selected=true]")).to_contain_text("Designer")
    page.keyboard.press("Escape")
    expect(page.locator(".people")).to_have_count(0)
    page.keyboard.type("s")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Add a comment")).to_have_value("Is this new, @designer ")
    page.keyboard.type("or old?")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comments")).to_contain_text("Is this new, @Designer or old?")
    expect(page.get_by_label("Add a comment")).to_be_focused()
    expect(page.get_by_label("Add a comment")).to_have_value("")
    assert {row.to for row in Notification.objects.filter(kind="mention")} == {designer}
    page.get_by_role("button", name="Resolve").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Reopen")).to_be_focused()
    expect(page.locator(".comments")).not_to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Enter")
    expect(page.locator(".comments")).to_be_visible()
    expect(page).to_have_url(f"{page.url.split('/signals')[0]}/signals/{signal.pk}/")


def test_in_the_drawer_beside_a_table_too(visit, ceo, jobs, monday, creative):
    make.comment(PeriodTopic(kpi=jobs, department=creative, grain="week", period=monday), by=ceo, at=timezone.now())
    page = visit("/kpis/jobs/", by=ceo)
    page.click(".said")
    thread = page.locator(f"#drawer {THREAD}")
    thread.get_by_label("Add a comment").fill("Said beside it.")
    page.keyboard.press("Control+Enter")
    expect(thread.locator(".comments > li")).to_have_count(2)
    expect(page.locator("#drawer")).to_be_visible()
    thread.get_by_label("Add a comment").focus()
    page.keyboard.type("@creative")
    assert Comment.objects.count() == 2


def test_a_comment_is_changed_withdrawn_and_brought_back_in_place(visit, ceo, signal):
    make.comment(signal, "Tow weeks.", by=ceo, at=timezone.now())
    page = visit(f"/signals/{signal.pk}/", by=ceo)
    page.get_by_role("link", name="Change", exact=True).click()
    expect(page.get_by_label("Change your comment")).to_be_focused()
    page.get_by_label("Change your comment").fill("Two weeks.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".comments .prose").last).to_be_visible()
    expect(page.locator(".comments > li > .prose")).to_have_text("Two weeks.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator(".comments")).to_contain_text("Withdrawn by Ceo")
    expect(page.get_by_role("button", name="Bring back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".comments > li > .prose")).to_have_text("Two weeks.")


def test_without_a_script_all_of_it_works(visit, ceo, creative_head, signal):
    page = visit(f"/signals/{signal.pk}/", by=ceo, java_script_enabled=False)
    page.get_by_label("Add a comment").fill("x" * 5001)
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".errorlist")).to_contain_text("It is 5,001 characters long")
    expect(page.get_by_label("Add a comment")).to_have_value("x" * 5001)
    page.get_by_label("Add a comment").fill("Shorter.")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator(".comments .prose")).to_have_text("Shorter.")
    page.get_by_role("link", name="Change").click()
    page.get_by_label("Change your comment").fill("Short.")
    page.get_by_role("button", name="Change").click()
    expect(page.locator(".comments > li > .prose")).to_have_text("Short.")
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("button", name="Bring back").click()
    page.get_by_role("button", name="Resolve").click()
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(".comments > li > .prose")).to_have_text("Short.")


def test_a_thread_has_no_barrier(visit, ceo, coo, creative_head, signal):
    at = timezone.now()
    make.comment(signal, "**Bold**, `code`, @creative-head\n\n- a list\n\n> said\n\nhttps://example.org", by=ceo, at=at)
    make.comment(signal, "x" * 300, by=coo, at=at)
    assert_no_barrier_in_any_look(visit(f"/signals/{signal.pk}/", by=ceo))
