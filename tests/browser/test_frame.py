"""What surrounds every page: keys, menus, the entry grid, the chart, and what opens them to everybody."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kpis.services.rollups import drain
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look, barriers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

YOU = ".menu:not(.known) > summary"
PASTE = """text => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(paste);
}"""


@pytest.fixture
def weekly(creative):
    """Two KPIs of Creative with a value in each of the last six weeks."""
    monday = date.today() - timedelta(days=date.today().weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(6)]
    kpis = [make.kpi(creative, code=code) for code in ("jobs", "rush")]
    for kpi in kpis:
        make.target(kpi, lower=12)
        make.observations(kpi, creative, {week: 10 + i for i, week in enumerate(weeks)})
    drain(now=timezone.now())
    return kpis


def cell(page, row, col):
    return page.locator(f"[data-row='{row}'][data-col='{col}']")


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/nowhere/"])
def test_a_door_has_no_barrier(visit, agency, path):
    assert_no_barrier_in_any_look(visit(path))


@pytest.mark.parametrize("path", ["/accounts/password/change/", "/accounts/logout/", "/nowhere/"])
def test_the_frame_has_no_barrier(visit, coo, creative, path):
    assert_no_barrier_in_any_look(visit(path, by=coo))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_open_menus_and_the_list_of_keys_have_no_barrier(visit, coo, creative, theme):
    page = visit("/overview/", by=coo, width=360, theme=theme)
    page.click(YOU)
    assert barriers(page) == []
    page.click(".rail summary")
    assert barriers(page) == []
    page.evaluate("document.getElementById('keys').showModal()")
    assert barriers(page) == []


def test_a_refused_sign_in_says_so_where_the_focus_is(visit, coo):
    page = visit("/accounts/login/")
    page.fill("[name=login]", "coo")
    page.fill("[name=password]", "not this one")
    page.keyboard.press("Enter")
    expect(page.locator(".summary")).to_be_focused()
    expect(page.locator("[name=login]")).to_have_value("coo")
    assert barriers(page) == []


def test_letters_search_and_go_places_but_never_while_typing(visit, coo, creative):
    page = visit("/overview/", by=coo)
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("g k?/")
    expect(page.locator("#search")).to_have_value("g k?/")
    expect(page.locator("#keys")).not_to_be_visible()
    page.locator("#search").blur()
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.locator(".rail a:focus")).to_have_text("Agency")
    page.keyboard.press("g")
    page.keyboard.press("k")
    page.wait_for_url("**/kpis/")


def test_a_question_mark_lists_the_keys(visit, coo, agency):
    page = visit("/overview/", by=coo)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).not_to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()


def test_control_and_enter_send_the_form_one_is_in(visit, coo, creative):
    page = visit("/overview/", by=coo)
    page.fill("#search", "crea")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/search/?q=crea")


def test_escape_closes_a_menu_and_goes_back_to_its_button(visit, coo, agency):
    page = visit("/overview/", by=coo)
    page.click(YOU)
    expect(page.get_by_text("Change password")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Change password")).not_to_be_visible()
    expect(page.locator(YOU)).to_be_focused()


def test_a_day_of_knowledge_is_chosen_and_kept_from_page_to_page(visit, coo, creative):
    page = visit("/overview/", by=coo)
    page.click(".known > summary")
    page.fill("#as-known-on", "2026-10-01")
    page.keyboard.press("Enter")
    expect(page.get_by_text("As known at the end of 1 Oct 2026")).to_be_visible()
    page.click(".rail >> text=KPIs")
    page.wait_for_url("**/kpis/?as_known_on=2026-10-01")
    page.click(".then a")
    page.wait_for_url("**/kpis/?")


def test_a_phone_reaches_every_department_from_the_bar_below(visit, coo, creative, media):
    page = visit("/kpis/", by=coo, width=360, height=780)
    page.click(".rail summary")
    page.locator(".rail .panel").get_by_text("Media").click()
    page.wait_for_url("**/departments/media/")


def test_zoomed_to_400_per_cent_the_bar_below_covers_nothing(visit, coo, agency):
    page = visit("/overview/", by=coo, width=320, height=256)
    assert page.locator(".rail").evaluate("rail => getComputedStyle(rail).position") != "fixed"
    assert barriers(page) == []


def test_arrow_keys_and_enter_walk_through_the_grid(visit, creative_head, weekly):
    page = visit("/departments/creative/values/", by=creative_head)
    cell(page, 0, 0).click()
    for key, row, col in [("ArrowDown", 1, 0), ("ArrowRight", 1, 1), ("ArrowUp", 0, 1), ("Enter", 1, 1)]:
        page.keyboard.press(key)
        expect(cell(page, row, col)).to_be_focused()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("ArrowUp")  # the first row: stays
    expect(cell(page, 0, 1)).to_be_focused()


def test_a_pasted_block_fills_the_grid_and_can_be_taken_back(visit, creative_head, weekly):
    page = visit("/departments/creative/values/", by=creative_head)
    before = cell(page, 0, 1).input_value()
    cell(page, 0, 1).click()
    cell(page, 0, 1).fill("7")
    page.evaluate(PASTE, "1\t2,5\r\n3\t4\t\r\n")
    assert [cell(page, r, c).input_value() for r in (0, 1) for c in (1, 2)] == ["1", "2,5", "3", "4"]
    expect(page.locator("[data-count]")).to_have_text("5 changes")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-count]")).to_have_text("1 change")
    expect(cell(page, 0, 1)).to_have_value("7")
    page.keyboard.press("Control+z")
    expect(cell(page, 0, 1)).to_have_value(before)
    expect(page.locator("[data-count]")).to_have_text("")


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("1;2\n3;4", ["1", "2", "3", "4"]),
        ("1.5,2.5,1\n3.5,4.5,1", ["1.5", "2.5", "3.5", "4.5"]),
        ("1,234.5\n2,5", ["1,234.5", None, "2,5", None]),
    ],
)
def test_a_comma_parts_cells_only_where_the_line_is_not_one_number(visit, creative_head, weekly, text, cells):
    page = visit("/departments/creative/values/", by=creative_head)
    places = [cell(page, r, c) for r in (0, 1) for c in (1, 2)]
    kept = [place.input_value() for place in places]
    places[0].click()
    page.evaluate(PASTE, text)
    assert [place.input_value() for place in places] == [new or old for new, old in zip(cells, kept, strict=True)]


def test_leaving_with_unsent_changes_asks_first_and_sending_does_not(visit, creative_head, weekly):
    page = visit("/departments/creative/values/", by=creative_head)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    cell(page, 0, 0).click()
    page.keyboard.type("1")
    page.locator("#id_reason").fill("counted again")
    page.get_by_role("button", name="Save values").click()
    page.wait_for_url("**/departments/creative/")
    assert asked == []
    page.go_back()
    cell(page, 0, 0).click()
    page.keyboard.type("2")
    page.get_by_role("link", name="Overview").click()
    page.wait_for_url("**/overview/")
    assert asked == ["beforeunload"]


def test_a_chart_is_drawn_within_the_content_policy_and_follows_the_theme(visit, coo, weekly):
    page = visit("/kpis/jobs/", by=coo)
    marks = page.locator("[data-chart] .points path")
    expect(marks).to_have_count(6)
    light = marks.first.evaluate("mark => getComputedStyle(mark).fill")
    spot = marks.nth(2).bounding_box()
    page.mouse.move(spot["x"] + 3, spot["y"] + 3)
    expect(page.locator(".hoverlayer .hovertext")).to_contain_text("target ≥")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "was => getComputedStyle(document.querySelector('[data-chart] .points path')).fill !== was", arg=light
    )
    assert barriers(page) == []


def test_a_chart_narrows_to_a_year_and_opens_again(visit, coo, creative):
    kpi = make.kpi(creative, code="jobs")
    start = date.today() - timedelta(weeks=150)
    make.observations(kpi, creative, {start + timedelta(weeks=i): i for i in range(150)})
    drain(now=timezone.now())
    page = visit("/kpis/jobs/", by=coo)
    marks = page.locator("[data-chart] .points path")
    expect(marks).to_have_count(150)
    page.get_by_role("button", name="1 year").click()
    shown = "box => { const [a, b] = box.layout.xaxis.range; return (new Date(b) - new Date(a)) / 864e5 }"
    page.wait_for_function(f"({shown})(document.querySelector('[data-chart]')) < 370")
    expect(page.get_by_role("button", name="1 year")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="All", exact=True).click()
    page.wait_for_function(f"({shown})(document.querySelector('[data-chart]')) > 1000")
