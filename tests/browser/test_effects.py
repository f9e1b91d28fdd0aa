"""Measures as people meet them: in every look, by keyboard, and with what is known of a series as it is chosen."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from departments.models import Department, User
from kpis.services.rollups import drain
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def room(transactional_db):
    """Two series of Creative, on one of which a measure worked."""
    agency = Department.objects.create(name="Agency", slug="agency")
    creative, media = make.department("Creative", parent=agency), make.department("Media", parent=agency)
    head, coo = make.head(creative, "creative-head"), make.user("coo", role=User.Role.COO)
    kpis = [make.kpi(creative, code=code, name=name) for code, name in (("on-time", "On time"), ("rework", "Rework"))]
    for kpi, after in zip(kpis, (30, 0), strict=True):
        values = {make.weeks_ago(n): 50 + n % 5 + (after if n <= 13 else 0) for n in range(1, 40)}
        make.observations(kpi, creative, values, by=coo, at=timezone.now())
    drain(now=timezone.now())
    issue = make.issue(creative, media, by=head, kpi=kpis[0], at=timezone.now())
    measure = make.measure(kpis[0], creative, issue=issue, look_on=make.weeks_ago(0), at=timezone.now())
    return {"head": head, "coo": coo, "measure": measure, "issue": issue}


@pytest.mark.parametrize("path", ["/effects/", "{measure}", "/effects/new/?kpi=on-time", "/issues/{issue}/"])
def test_a_page_has_nothing_that_axe_or_the_browser_complains_of(visit, room, path):
    there = path.format(measure=room["measure"].url, issue=room["issue"].pk)
    assert_no_barrier_in_any_look(visit(there, by=room["coo"], reduced_motion="reduce"))


def test_the_loop_leads_from_the_issue_to_the_effect(visit, room):
    page = visit(f"/issues/{room['issue'].pk}/", by=room["head"])
    page.get_by_role("link", name="worked: ").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A checklist for briefs")
    expect(page.locator("[data-chart] .main-svg").first).to_be_visible()


def test_what_is_known_of_a_series_follows_the_choice_and_what_was_typed_stays(visit, room):
    page = visit("/effects/new/", by=room["head"])
    page.get_by_label("What was done").fill("A second pair of eyes")
    page.get_by_label("KPI", exact=True).select_option(label="Rework, Creative")
    expect(page.locator("#known")).to_contain_text("Rework in Creative: ")
    expect(page.get_by_label("What was done")).to_have_value("A second pair of eyes")
