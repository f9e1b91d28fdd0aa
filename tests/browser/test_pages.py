"""The pages as people meet them: every width, both themes, nothing to complain of; the keyboard alone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from departments.models import Department, User
from kpis.models import Observation, Signal
from kpis.services.judging import judge
from kpis.services.rollups import drain
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def room(transactional_db):
    """A small agency as of now, with values, gaps and misses."""
    agency = Department.objects.create(name="Agency", slug="agency")
    creative, media = make.department("Creative", parent=agency), make.department("Media", parent=agency)
    make.head(creative, "creative-head")
    coo = make.user("coo", role=User.Role.COO)
    make.user("admin", role=User.Role.ADMINISTRATOR)
    on_time = make.ratio(creative, media, code="on-time", name="On-time delivery", headline=True)
    sales = make.kpi(agency, code="sales", name="Sales", unit="€", decimals=0, headline=True)
    make.target(on_time, lower=95)
    make.observations(on_time, creative, {make.weeks_ago(n): (40 - n % 5, 40) for n in range(1, 30) if n != 4}, by=coo)
    batch = make.observations(sales, agency, {make.weeks_ago(n): 90_000 + 1000 * n for n in range(1, 30)}, by=coo).batch
    drain(now=batch.recorded_at)
    judge(on=timezone.localdate(), now=batch.recorded_at)
    signal = Signal.objects.first()
    make.event(title="Launch", starts_on=make.weeks_ago(5), ends_on=make.weeks_ago(3))
    make.absence(coo, timezone.localdate() - timedelta(days=2), None)
    make.notification(coo, text="Words", at=timezone.now())
    return {user.username: user for user in User.objects.all()} | {"batch": batch, "signal": signal}


@pytest.mark.parametrize(
    "path",
    [
        "/overview/", "/departments/creative/", "/departments/creative/values/", "/kpis/", "/kpis/on-time/",
        "/search/?q=a", "/departments/media/?grain=month", "/kpis/sales/?grain=year", "/batches/{batch}/",
        "/signals/", "/signals/{signal}/", "/matrix/", "/events/", "/events/new/", "/kpis/on-time/?ranges=1",
        "/kpis/on-time/phases/", "/kpis/on-time/periods/{week}/",
        "/kpis/on-time/?as_known_on=2026-01-05", "/kpis/on-time/?revisions=1&department=creative",
        "/overview/counted/", "/kpis/nowhere/", "/overview/?on=x", "/api/docs/", "/statusz",
        "/absences/", "/notifications/", "/notifications/settings/",
    ],
)  # fmt: skip
def test_a_page_has_nothing_that_axe_or_the_browser_complains_of(visit, room, path):
    there = path.format(batch=room["batch"].pk, signal=room["signal"].pk, week=make.weeks_ago(1))
    page = visit(there, by=room["coo"], reduced_motion="reduce")
    assert_no_barrier_in_any_look(page)


def test_the_chart_is_drawn_and_keeps_to_the_content_policy(visit, room):
    page = visit("/kpis/on-time/", by=room["coo"])
    expect(page.locator("[data-chart] .main-svg").first).to_be_visible()
    assert page.locator("[data-chart] .point").count() == 28


def test_an_event_says_on_hover_what_it_was_and_two_charts_show_the_same_years(visit, room):
    page = visit("/kpis/on-time/?ranges=1", by=room["coo"])
    letter = page.locator("[data-chart=chart] .annotation", has_text="A")
    expect(letter).to_be_visible()
    letter.locator("text").hover()
    expect(page.locator("[data-chart=chart] .hoverlayer")).to_contain_text("Launch")
    page.get_by_role("button", name="1 year").click()
    ranges = page.evaluate("[...document.querySelectorAll('[data-chart]')].map((box) => box.layout.xaxis.range.join())")
    assert len(ranges) == 2
    assert ranges[0] == ranges[1]


def test_on_a_phone_no_letters_of_events_lie_upon_each_other(visit, room):
    for number in (2, 4, 6, 7, 9, 12, 16):
        make.event(title=f"Event {number}", starts_on=make.weeks_ago(number))
    page = visit("/kpis/on-time/", by=room["coo"], width=360, height=780)
    expect(page.locator("[data-chart=chart] .annotation .bg").first).to_be_visible()
    found = page.locator("[data-chart=chart] .annotation .bg").evaluate_all(
        "all => all.map((e) => e.getBoundingClientRect())"
    )
    boxes = [box for box in found if box["width"]]
    assert len(boxes) >= 8
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            beside = one["left"] >= other["right"] - 1 or other["left"] >= one["right"] - 1
            assert beside or one["top"] >= other["bottom"] - 1 or other["top"] >= one["bottom"] - 1


@pytest.mark.parametrize(
    "path", ["/admin/kpis/kpi/import/", "/admin/kpis/kpi/add/", "/admin/departments/user/1/change/"]
)
def test_the_console_keeps_to_the_content_policy(visit, room, path):
    page = visit(path, by=room["admin"])
    expect(page.locator("body")).to_be_visible()
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/kpis/kpi/", "/admin/departments/user/", "/admin/kpis/observation/"]
)
def test_the_console_looks_like_the_rest_and_nothing_complains_of_it(visit, room, path):
    page = visit(path, by=room["admin"], reduced_motion="reduce")
    page.wait_for_load_state("networkidle")
    assert_no_barrier_in_any_look(page)


def test_the_console_has_the_products_accent_and_type_in_both_themes(visit, room):
    console, product = visit("/admin/", by=room["admin"]), visit("/overview/", by=room["admin"])
    look = """name => {
        const probe = document.body.appendChild(document.createElement("i"));
        probe.style.color = `var(${name})`;
        return [getComputedStyle(probe).color, getComputedStyle(document.body).fontFamily];
    }"""
    for theme in ("light", "dark"):
        for page in (console, product):
            page.emulate_media(color_scheme=theme)
        for name in ("--accent", "--page", "--ink"):
            assert console.evaluate(look, name) == product.evaluate(look, name)


def test_a_scorecard_fits_a_desk_and_shows_a_phone_what_matters_first(visit, room):
    page = visit("/departments/creative/", by=room["coo"])
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(box => box.scrollWidth <= box.clientWidth)")
    for width in (768, 360):
        page = visit("/departments/creative/", by=room["coo"], width=width)
        row = page.locator(".score tbody tr:not(.group)").first
        for part in (
            row.locator(".brief strong"),
            row.locator(".brief :is(.status, .reading)").first,
            row.locator("td.period").last,
        ):
            expect(part).to_be_in_viewport(ratio=1)


def test_values_go_in_by_keyboard_alone(visit, room):
    page = visit("/departments/creative/values/", by=room["creative-head"])
    cell = page.locator("[data-row='0'][data-col='5']")
    cell.focus()
    page.keyboard.type("38 / 40")
    page.keyboard.press("ArrowLeft")
    page.locator("[data-row='0'][data-col='2']").focus()
    expect(page.locator("[data-count]")).to_have_text("1 change")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".messages")).to_contain_text("1 value recorded.")
    assert Observation.objects.current().filter(numerator=38, date=make.weeks_ago(0)).exists()
    page.locator(".messages button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messages")).to_contain_text("Undone")


def paste(page, text):
    page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const paste = new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true});
            document.activeElement.dispatchEvent(paste);
        }""",
        text,
    )


def test_a_block_copied_from_a_spreadsheet_fills_the_grid_is_taken_back_and_done_again(visit, room):
    page = visit("/departments/creative/values/", by=room["creative-head"])
    cell, told = page.locator("[data-row='0'][data-col='5']"), page.locator("[data-count]")
    page.locator("[data-row='0'][data-col='4']").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("9/9")
    paste(page, "1/2\t3/4\n")
    expect(cell).to_have_value("3/4")
    page.keyboard.press("Control+z")
    expect(cell).to_have_value("")
    expect(page.locator("[data-row='0'][data-col='4']")).to_have_value("9/9")
    for again in ("Control+y", "Control+Shift+z"):
        page.keyboard.press(again)
        expect(cell).to_have_value("3/4")
        expect(told).to_have_text("2 changes")
        page.keyboard.press("Control+z")
        expect(cell).to_have_value("")
    page.keyboard.type("7")
    page.keyboard.press("Control+y")
    expect(cell).to_have_value("")


def test_by_keyboard_a_value_of_the_grid_leads_to_where_it_comes_from_and_back_to_what_was_typed(visit, room):
    page = visit("/departments/creative/values/", by=room["creative-head"])
    cell = page.locator("[data-row='0'][data-col='4']")
    cell.fill("9/9")
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_role("dialog")).to_contain_text("where this number comes from")
    page.keyboard.press("Escape")
    expect(cell).to_be_focused()
    expect(cell).to_have_value("9/9")
    page.keyboard.press("Tab")
    expect(page.locator("[data-row='0'][data-col='5']")).to_be_focused()


def test_what_a_pasted_block_has_beyond_the_grid_is_told(visit, room):
    page = visit("/departments/creative/values/", by=room["creative-head"])
    told = page.locator("[data-count]")
    page.locator("[data-row='0'][data-col='4']").focus()
    paste(page, "1/2\t3/4\t5/6\n1/1\t\t\n2/2\t\t\n")
    expect(told).to_have_text("2 changes. 2 rows and 1 column of the block did not fit: 3 values were left out")
    page.keyboard.type("1")
    expect(told).to_have_text("2 changes")


def test_a_cell_that_cannot_be_taken_looks_wrong_and_not_merely_changed(visit, room):
    page = visit("/departments/creative/values/", by=room["creative-head"])
    for column, text in ((4, "many"), (5, "38 / 40")):
        page.locator(f"[data-row='0'][data-col='{column}']").fill(text)
    page.keyboard.press("Control+Enter")
    wrong, good = (page.locator(f"[data-row='0'][data-col='{column}']") for column in (4, 5))
    expect(wrong).to_have_accessible_description(
        "Found “many”, expected two numbers with a slash between them, like 37 / 39."
    )
    expect(good).to_contain_class("changed")
    expect(wrong).not_to_contain_class("changed")
    colours = [each.evaluate("each => getComputedStyle(each).borderColor") for each in (wrong, good)]
    assert colours[0] == page.locator(".summary").evaluate("each => getComputedStyle(each).borderColor") != colours[1]
    page.get_by_role("link", name="On-time delivery").first.click()
    expect(wrong).to_be_focused()


def test_from_the_overview_to_a_signal_and_where_its_number_comes_from(visit, room):
    page = visit("/overview/", by=room["coo"])
    changed = page.locator("section", has=page.get_by_role("heading", name="What really changed"))
    expect(changed).to_contain_text("seven in a row in one direction")
    changed.get_by_role("link", name="Sales").click()
    expect(page.locator("#series h2").first).to_contain_text("a concern: ")
    page.locator("td.lead a").first.click()
    expect(page.get_by_role("dialog", name="Sales, W")).to_be_visible()
    expect(page.locator("#provenance")).to_contain_text("1 observation")
    expect(page.locator("#provenance tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Open the chart").click()
    page.get_by_role("link", name="Signals").click()
    page.get_by_role("row", name="Sales").get_by_role("link", name="nothing yet").first.click()
    page.get_by_label("What happened").fill("The summer is over.")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator("#messages")).to_contain_text("Explained: Concern: Sales, Agency.")


def test_from_the_front_door_to_a_number_and_back(visit, room):
    page = visit("/")
    page.fill("input[name=login]", "coo")
    page.fill("input[name=password]", "a long password")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("values that were due")
    page.get_by_role("link", name="On-time delivery").first.click()
    expect(page.locator("h1")).to_have_text("On-time delivery")
    page.get_by_role("link", name="quarter").click()
    expect(page.locator("footer").first).to_contain_text("with a value")
    page.go_back()
    page.keyboard.press("/")
    page.keyboard.type("sal")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Sales")).to_be_visible()


def test_where_a_number_comes_from_opens_beside_the_page_and_closes_again(visit, room):
    page = visit("/overview/", by=room["coo"])
    drawer, number = page.get_by_role("dialog", name="Sales, W"), page.locator(".figures .value a").first
    number.focus()
    for close in ("Escape", "button", "back", "beside"):
        page.keyboard.press("Enter")
        expect(drawer).to_contain_text("where this number comes from")
        expect(drawer.get_by_role("button", name="Close")).to_be_focused()
        if close == "button":
            page.keyboard.press("Enter")
        elif close == "back":
            page.go_back()
        elif close == "beside":
            page.mouse.click(20, 400)
        else:
            page.keyboard.press("Escape")
        expect(drawer).to_be_hidden()
        expect(number).to_be_focused()
        while page.evaluate("Boolean(history.state?.drawer)"):  # its entry in the history goes, too
            page.wait_for_timeout(20)
        assert page.url.endswith("/overview/")


def test_back_from_where_the_drawer_led_shows_it_again(visit, room):
    page = visit("/overview/", by=room["coo"])
    page.locator(".figures .value a").first.click()
    page.get_by_role("link", name="Open the chart").click()
    expect(page.locator("#series")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog", name="Sales, W")).to_contain_text("1 observation")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("h1.say")).to_be_visible()


def test_escape_in_the_drawer_of_an_input_closes_it_and_back_shows_what_it_is_an_input_of(visit, room):
    make.formula(Department.objects.get(slug="agency"), code="twice", expression="sales × 2", name="Twice", unit="€")
    page = visit("/kpis/twice/?department=agency", by=room["coo"])
    of, its_input = (page.get_by_role("dialog", name=name) for name in ("Twice, W", "Sales, W"))
    for close in ("back", "Escape"):
        page.locator("a[data-drawer]").first.click()
        of.locator("a[data-drawer]").first.click()
        expect(its_input).to_be_visible()
        if close == "back":
            page.go_back()
            expect(of).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.wait_for_function("!history.state?.drawer")  # where one was left, the drawer would open again
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_what_the_drawer_cannot_show_is_opened_as_a_page(visit, room, client):
    page = visit("/overview/", by=room["coo"])
    room["coo"].is_active = False
    room["coo"].save()
    page.locator(".figures .value a").first.click()
    expect(page.locator("input[name=login]")).to_be_visible()


def test_the_drawer_has_nothing_that_axe_complains_of(visit, room):
    page = visit("/departments/creative/", by=room["coo"], reduced_motion="reduce")
    page.locator(".score td.period a").last.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_no_barrier_in_any_look(page)
