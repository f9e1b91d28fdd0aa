"""A dispute from raising to confirmation, with a mediation in between: three people, each in a browser of their own."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from departments.models import Notification
from issues.flow import Act
from issues.models import Issue, Mediation
from issues.models.move import DONE
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OURS, THEIRS = "The brief had a budget on page two.", "Page two came a week later."


SAID = {
    "mediation": "Mediation called.",
    "position": "View handed in.",
    "proposal": "Terms proposed.",
    "answer": "Answer given.",
}


def do(page, label, words=None):
    """A button of the issue's page, with what is said in its panel."""
    page.locator(".act summary", has_text=label).click()
    panel = page.locator(".act[open] form")
    if words:
        panel.locator("textarea").fill(words)
    panel.get_by_role("button", name=label).click()
    expect(page.locator("#messages")).to_contain_text(f"You {DONE[Act(label.lower())]}.")


def hand_in(page, noun, label, **fields):
    """The form of a mediation's step; what is folded is opened first."""
    step = page.locator(f"#step-{noun}")
    if step.locator("details:not([open])").count():
        step.locator("summary").click()
    for name, value in fields.items():
        if name == "agrees":
            step.get_by_label(value, exact=True).check()
        else:
            step.locator(f"[name={name}]").fill(value)
    step.locator("button", has_text=label).click()
    expect(page.locator("#messages")).to_contain_text(SAID[noun])


def test_a_dispute_from_raising_to_mediation_to_confirmation(visit, creative, media, creative_head, media_head, coo):
    hers = visit("/issues/new/?owner=media", by=creative_head)
    hers.get_by_label("Title").fill("The spring plan has no budget")
    hers.get_by_label("What is needed").fill("A figure.")
    hers.get_by_role("button", name="Raise", exact=True).click()
    hers.wait_for_url("**/issues/*/")
    issue = Issue.objects.get()
    address = f"/issues/{issue.pk}/"

    his = visit(address, by=media_head)
    do(his, "Accept")
    do(his, "Resolve", "It is in the brief.")
    hers.reload()
    do(hers, "Dispute", "It is not.")

    hers.get_by_role("link", name="Call mediation").click()
    hand_in(hers, "mediation", "Call mediation", why="We read two different briefs.")
    hand_in(hers, "position", "Hand in", text=OURS)
    expect(hers.locator("main")).to_contain_text(OURS)

    coos = visit(Notification.objects.get(to=coo, key__endswith=":called").url, by=coo)
    his.goto(hers.url)
    for other in (coos, his):
        expect(other.locator("main")).to_contain_text("Creative-Head wrote the view of Creative")
        expect(other.locator("main")).not_to_contain_text(OURS)
    expect(coos.locator("form.fields")).to_have_count(0)
    hand_in(his, "position", "Hand in", text=THEIRS)
    for page in (his, hers, coos):
        page.reload()
        for words in (OURS, THEIRS):
            expect(page.locator(".views")).to_contain_text(words)

    day = timezone.localdate() + timedelta(days=10)
    hand_in(coos, "proposal", "Propose", terms="Media **adds** the figure.", follow_up_on=f"{day}")
    for page in (his, hers):
        page.reload()
        expect(page.locator(".history strong", has_text="adds")).to_be_visible()
    hand_in(his, "answer", "Answer", agrees="No", words="Who signs it?")
    hand_in(hers, "answer", "Answer", agrees="Yes")
    coos.reload()
    expect(coos.locator("main h2").first).to_have_text("Terms 1 are not agreed. The COO proposes others, or decides.")
    expect(coos.locator(".history")).to_contain_text("Who signs it?")
    assert_no_barrier_in_any_look(coos)
    hand_in(coos, "proposal", "Propose", terms="Media adds it, Creative signs it.")
    for page in (his, hers):
        page.reload()
        hand_in(page, "answer", "Answer", agrees="Yes")
    expect(hers.locator("main h2").first).to_contain_text("Both agreed. It comes back on")
    assert Mediation.objects.get().settlement.follow_up_on == day

    his.goto(hers.url.removesuffix("mediation/"))
    expect(his.locator("main")).to_contain_text("Media adds it, Creative signs it.")
    do(his, "Resolve", "Added.")
    hers.goto(his.url)
    do(hers, "Confirm")
    expect(hers.locator(".history")).to_contain_text("confirmed it")
    assert Issue.objects.get().state == "confirmed"


def test_on_a_phone_a_view_that_is_refused_says_so(visit, creative, media, creative_head, media_head):
    now = timezone.now()
    mediation = make.mediation(make.issue(creative, media, by=creative_head, at=now), at=now)
    page = visit(f"/issues/{mediation.issue_id}/mediation/", by=media_head, width=360)
    page.locator("#step-position form").evaluate("form => form.noValidate = true")
    page.locator("#step-position button").click()
    expect(page.locator(".summary")).to_be_focused()
    expect(page.locator(".summary")).to_contain_text("Say how you see it.")
    assert_no_barrier_in_any_look(page)
