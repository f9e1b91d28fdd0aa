"""A weekly meeting in three browsers: the COO leads it, two heads are in it, and one of them loses the connection."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from issues.models import Commitment
from meetings.models import Decision, Meeting, Note
from meetings.services.running import open_meeting
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look, barriers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOTES = "textarea[name=text]"


@pytest.fixture
def meeting(coo, creative_head, media_head):
    """Today's, that began to be spoken of nowhere yet: three items."""
    series = make.series(creative_head, media_head, title="Weekly heads", starts_on=timezone.localdate())
    made = make.meeting(series, timezone.localdate())
    for title, minutes in (("Good news", 5), ("The brief form", 20), ("Wrap-up", 5)):
        make.agenda_item(made, title, minutes=minutes, added_at=timezone.now())
    return made


@pytest.fixture
def running(meeting, coo):
    open_meeting(meeting, by=coo, at=timezone.now())
    meeting.refresh_from_db()
    return meeting


def in_it(visit, meeting, by, **options):
    page = visit(f"{meeting.url}running/", by=by, **options)
    expect(page.get_by_role("heading", level=1)).to_have_text("Weekly heads")
    return page


def spoken_of(page, title):
    expect(page.locator(".now h2")).to_have_text(title)


def saved(page):
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"^saved \d"))


def put_down_decision(page, words):
    page.locator("summary", has_text="Put down a decision").click()
    page.get_by_label("What was decided").fill(words)
    page.keyboard.press("Control+Enter")


def test_a_weekly_meeting_in_three_browsers_one_of_which_loses_its_connection(
    visit, meeting, coo, creative_head, media_head
):
    chair, first, second = (in_it(visit, meeting, each) for each in (coo, creative_head, media_head))
    for page in (first, second):
        expect(page.get_by_text("Coo starts it")).to_be_visible()
    expect(chair.locator("[data-here] li")).to_have_text(["Coo", "Creative-Head", "Media-Head"])
    chair.get_by_role("button", name="Start the meeting").click()
    for page in (chair, first, second):
        spoken_of(page, "Good news")
        expect(page.locator(".timer .clock")).to_contain_text("left")
    chair.keyboard.press("n")
    for page in (first, second):
        spoken_of(page, "The brief form")

    first.locator(NOTES).press_sequentially("Sign-off is slow.")
    saved(first)
    expect(second.locator(NOTES)).to_have_value("Sign-off is slow.")
    expect(second.locator("[data-writing-told]")).to_have_text("Creative-Head is writing")

    second.context.set_offline(True)
    expect(second.locator("[data-unconnected]")).to_contain_text("Not connected since")
    second.locator(NOTES).fill("Sign-off is slow.\nTwo retouchers are ill.")
    expect(second.locator("[data-saved]")).to_have_text("not connected: kept in this browser")
    put_down_decision(second, "Briefs without a budget go back.")
    expect(second.locator("[data-outbox]")).to_contain_text("Briefs without a budget go back.")
    first.locator(NOTES).fill("Sign-off is slow.\nThe form asks too much.")
    saved(first)
    put_down_decision(first, "The form gets shorter.")
    expect(chair.get_by_text("The form gets shorter.")).to_be_visible()

    second.context.set_offline(False)
    expect(second.locator("[data-unconnected]")).to_be_hidden()
    expect(second.locator("[data-theirs]")).to_contain_text("Creative-Head wrote here meanwhile")
    expect(second.locator("[data-text]")).to_have_text("Sign-off is slow.\nThe form asks too much.")
    expect(second.locator(NOTES)).to_have_value("Sign-off is slow.\nTwo retouchers are ill.")
    expect(second.locator("[data-outbox]")).to_be_hidden()
    assert barriers(second) == []
    second.get_by_role("button", name="Put both together").click()
    both = "Sign-off is slow.\nThe form asks too much.\nTwo retouchers are ill."
    for page in (chair, first, second):
        expect(page.locator(NOTES)).to_have_value(both)
        expect(page.get_by_text("Briefs without a budget go back.")).to_have_count(1)
    assert sorted(Decision.objects.values_list("words", flat=True)) == [
        "Briefs without a budget go back.", "The form gets shorter.",
    ]  # fmt: skip
    assert Note.objects.last().text == both

    chair.locator("summary", has_text="Put down a commitment").click()
    chair.get_by_label("Who", exact=True).select_option(label="Media-Head")
    chair.get_by_label("What", exact=True).fill("A shorter form")
    chair.get_by_label("By when").fill(str(timezone.localdate() + timedelta(days=7)))
    chair.keyboard.press("Control+Enter")
    expect(first.get_by_role("link", name="A shorter form")).to_be_visible()
    assert Commitment.objects.get().who == media_head

    chair.get_by_role("button", name="Close the meeting").click()
    expect(chair).to_have_url(chair.url.split("/meetings/")[0] + f"{meeting.url}minutes/")
    for words in ("Two retouchers are ill.", "The form gets shorter.", "A shorter form", "3 of 3"):
        expect(chair.get_by_text(words).first).to_be_visible()
    expect(first.get_by_text("Coo closed it at")).to_be_visible()
    following = Meeting.objects.exclude(pk=meeting.pk).get()
    assert list(following.items.in_order().values_list("title", "age")) == [("The brief form", 1), ("Wrap-up", 1)]


def test_two_who_start_it_at_once_get_one_meeting(visit, meeting, coo, creative_head):
    meeting.series.chair = creative_head
    meeting.series.save()
    chair, head = in_it(visit, meeting, coo), in_it(visit, meeting, creative_head)
    now = str(round(timezone.now().timestamp() * 1000))
    nothing_new = {"status": 304, "headers": {"X-Now": now}}  # it does not hear of the other in time
    head.route("**/running/state/**", lambda route: route.fulfill(**nothing_new))
    chair.get_by_role("button", name="Start the meeting").click()
    spoken_of(chair, "Good news")
    head.get_by_role("button", name="Start the meeting").click()
    expect(head.locator("#messages")).to_contain_text("Coo started this meeting at")
    spoken_of(head, "Good news")


def test_whoever_is_writing_stays_where_they_write_until_they_are_done(visit, running, coo, media_head):
    chair, head = in_it(visit, running, coo), in_it(visit, running, media_head)
    head.keyboard.press("d")
    head.get_by_label("What was decided").fill("We celebrate.")
    chair.keyboard.press("n")
    spoken_of(chair, "The brief form")
    expect(head.locator("[data-elsewhere]")).to_be_visible()
    spoken_of(head, "Good news")
    head.keyboard.press("Control+Enter")
    spoken_of(head, "The brief form")
    expect(head.locator("[data-elsewhere]")).to_be_hidden()
    assert Decision.objects.get().item.title == "Good news"


def test_notes_typed_without_a_connection_outlive_the_page_and_the_item(visit, running, coo, media_head):
    chair, head = in_it(visit, running, coo), in_it(visit, running, media_head)
    head.context.set_offline(True)
    expect(head.locator("[data-unconnected]")).to_be_visible()
    head.locator(NOTES).fill("The film won.")
    expect(head.locator("[data-saved]")).to_have_text("not connected: kept in this browser")
    chair.keyboard.press("n")
    spoken_of(chair, "The brief form")
    head.context.set_offline(False)
    spoken_of(head, "The brief form")
    chair.locator(".agenda").get_by_role("link", name="Good news").click()
    expect(chair.locator(NOTES)).to_have_value("The film won.")
    assert Note.objects.get().by == media_head


def test_what_was_kept_is_not_sent_by_whoever_signs_in_next(visit, running, creative_head, media_head, live_server):
    page = in_it(visit, running, media_head)
    page.context.set_offline(True)
    page.locator(NOTES).fill("Between us.")
    expect(page.locator("[data-saved]")).to_have_text("not connected: kept in this browser")
    page.close()
    door, seen = Client(), page.context.new_page()
    door.force_login(creative_head)
    session = {"name": "sessionid", "value": door.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([session])
    page.context.set_offline(False)
    seen.goto(f"{live_server.url}{running.url}running/")
    expect(seen.locator("[data-here]")).to_contain_text("Creative-Head")
    seen.locator(NOTES).press_sequentially("Mine.")
    saved(seen)
    assert Note.objects.get().text == "Mine."


def test_a_step_without_a_connection_is_not_done_later_either(visit, running, coo):
    page = in_it(visit, running, coo)
    page.context.set_offline(True)
    expect(page.locator("[data-unconnected]")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#messages")).to_have_text("Not connected: that was not done.")
    page.context.set_offline(False)
    expect(page.locator("[data-unconnected]")).to_be_hidden()
    spoken_of(page, "Good news")
    page.keyboard.press("n")
    spoken_of(page, "The brief form")
    expect(page.locator("#messages")).not_to_contain_text("not done")


def test_a_clock_that_is_wrong_here_shows_the_time_that_is_left_there(visit, running, media_head):
    page = in_it(visit, running, media_head)
    page.context.add_init_script("Date.now = () => 0; Date.prototype.getTime = () => 0;")
    page.reload()
    expect(page.locator(".timer .clock")).to_have_text(re.compile(r"4:\d\d left"))


def test_all_of_it_is_done_by_keyboard_and_the_keys_are_listed(visit, running, coo):
    page = in_it(visit, running, coo)
    page.keyboard.press("e")
    expect(page.locator(NOTES)).to_be_focused()
    page.keyboard.type("nnn")
    expect(page.locator(NOTES)).to_have_value("nnn")
    saved(page)
    page.locator(NOTES).blur()
    page.keyboard.press("s")
    spoken_of(page, "The brief form")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("done, next item")
    page.keyboard.press("Escape")
    page.locator(".agenda").get_by_role("link", name="Wrap-up").focus()
    page.keyboard.press("Enter")
    spoken_of(page, "Wrap-up")
    page.keyboard.press("v")
    expect(page.get_by_role("button", name="Take the vote back")).to_be_visible()
    expect(page.locator(".agenda")).to_contain_text("1 vote, yours too")
    page.keyboard.press("f")
    spoken_of(page, "The brief form")


def test_without_a_script_it_is_forms_and_links(visit, running, coo):
    page = in_it(visit, running, coo, java_script_enabled=False)
    page.locator(NOTES).fill("Written by hand.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(NOTES)).to_have_value("Written by hand.")
    page.locator("summary", has_text="Put down a decision").click()
    page.get_by_label("What was decided").fill("We hire.")
    page.get_by_role("button", name="Put it down").first.click()
    expect(page.get_by_text("We hire.")).to_be_visible()
    page.get_by_role("button", name="Done, next").click()
    spoken_of(page, "The brief form")
    page.get_by_role("button", name="Close the meeting").click()
    expect(page.get_by_role("heading", name="1. Good news")).to_be_visible()


def test_neither_the_page_nor_the_minutes_have_a_barrier(visit, running, coo, creative, media):
    make.agenda_item(running, "Stuck", issue=make.issue(creative, media, at=timezone.now()), age=0)
    page = in_it(visit, running, coo)
    page.keyboard.press("d")
    assert_no_barrier_in_any_look(page)
    page.get_by_role("button", name="Close the meeting").click()
    expect(page.get_by_role("heading", name="Who was there")).to_be_visible()
    assert_no_barrier_in_any_look(page)
