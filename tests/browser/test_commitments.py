"""One's commitments in a real browser, by keyboard, and without script."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from issues.ledger import Act
from issues.models import Commitment
from issues.services.committing import do
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MINE = "/commitments/mine/"


@pytest.fixture
def promises(creative_head, media, media_head):
    """Three of Creative's head, the soonest first."""
    at = timezone.now()
    days = [timezone.localdate() + timedelta(days=number) for number in (1, 9, 30)]
    return [
        make.commitment(creative_head, media, what=f"Promise {n}", due_on=day, at=at) for n, day in enumerate(days, 1)
    ]


def row(page, number):
    return page.locator("[data-promise]", has_text=f"Promise {number}")


def test_j_and_k_go_along_d_is_done_and_the_next_has_the_focus(visit, creative_head, promises):
    page = visit(MINE, by=creative_head)
    for key, number in (("j", 1), ("j", 2), ("j", 3), ("j", 3), ("k", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(row(page, number)).to_be_focused()
    page.keyboard.press("d")
    expect(page.locator("#messages")).to_contain_text("Done: “Promise 1”.")
    expect(row(page, 2)).to_be_focused()
    page.keyboard.press("d")
    expect(row(page, 3)).to_be_focused()
    assert list(Commitment.objects.open()) == promises[2:]

    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("Taken back: “Promise 2” is open again.")
    expect(row(page, 2)).to_be_visible()


def test_a_key_that_is_held_does_one(visit, creative_head, promises):
    page = visit(MINE, by=creative_head)
    page.keyboard.press("j")
    page.keyboard.down("d")
    expect(row(page, 2)).to_be_focused()
    for _ in range(3):
        page.keyboard.down("d")
    page.keyboard.up("d")
    page.keyboard.down("j")
    expect(row(page, 3)).to_be_focused()
    assert list(Commitment.objects.open()) == promises[1:]


def test_m_moves_a_date_with_a_reason_and_enter_opens(visit, creative_head, promises):
    page = visit(MINE, by=creative_head)
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(row(page, 1).get_by_label("New date")).to_be_focused()
    later = timezone.localdate() + timedelta(days=3)
    row(page, 1).get_by_label("New date").fill(str(later))
    row(page, 1).get_by_label("Reason").select_option("Waiting for the client")
    row(page, 1).get_by_label("Reason").press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("You moved the date: “Promise 1”.")
    moved = Commitment.objects.get(pk=promises[0].pk)
    assert (moved.due_on, moved.moved) == (later, 1)

    expect(row(page, 2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split('/commitments')[0]}/commitments/{promises[1].pk}/")


def test_letters_that_are_typed_do_nothing_and_escape_closes(visit, creative_head, promises):
    page = visit(MINE, by=creative_head)
    page.keyboard.press("j")
    page.keyboard.press("m")
    row(page, 1).get_by_label("Anything to add?").press_sequentially("jkdm")
    page.keyboard.press("Escape")
    expect(row(page, 1).get_by_label("New date")).to_be_hidden()
    assert Commitment.objects.open().count() == 3


def test_without_script_it_is_forms_and_links(visit, creative_head, promises):
    page = visit(MINE, by=creative_head, java_script_enabled=False)
    row(page, 1).get_by_role("button", name="Done").click()
    expect(page.locator("#messages")).to_contain_text("Done: “Promise 1”.")
    row(page, 2).locator("summary").click()
    later = timezone.localdate() + timedelta(days=12)
    row(page, 2).get_by_label("New date").fill(str(later))
    row(page, 2).get_by_label("Reason").select_option("Other priorities")
    row(page, 2).get_by_role("button", name="Move the date").click()
    assert Commitment.objects.get(pk=promises[1].pk).due_on == later


def test_what_was_done_meanwhile_is_said_and_nothing_is_lost(visit, creative_head, coo, promises):
    page = visit(f"/commitments/{promises[0].pk}/", by=creative_head)
    page.locator("summary", has_text="Move the date").click()
    page.get_by_label("New date").fill(str(timezone.localdate() + timedelta(days=5)))
    page.get_by_label("Reason").select_option("People away")
    page.locator("form", has_text="New date").get_by_label("Anything to add?").fill("Two are ill.")
    other = visit(f"/commitments/{promises[0].pk}/", by=coo)
    other.locator("summary", has_text="Mark as done").click()
    other.locator(".act[open]").get_by_role("button", name="Mark as done").click()
    expect(other.locator("#messages")).to_contain_text("Done")
    page.locator(".act[open]").get_by_role("button", name="Move the date").click()

    expect(page.locator(".summary")).to_be_focused()
    expect(page.locator(".summary")).to_contain_text("Coo did it meanwhile")
    expect(page.locator(".act[open]").get_by_label("Anything to add?")).to_have_value("Two are ill.")


@pytest.mark.parametrize("path", ["/commitments/", MINE, "/commitments/kept/", "/commitments/new/", "one"])
def test_nobody_meets_a_barrier(visit, creative_head, media, promises, path):
    past = timezone.now() - timedelta(days=21)
    for day in (8, 9):
        made = make.commitment(creative_head, media, due_on=past.date() + timedelta(days=day), at=past)
        done = {"edition": 1, "by": creative_head, "at": past + timedelta(days=day)}
        do(made, Act.MOVE, due_on=past.date() + timedelta(days=30), reason="client", **done)
    path = f"/commitments/{promises[0].pk}/" if path == "one" else path
    assert_no_barrier_in_any_look(visit(path, by=creative_head))
