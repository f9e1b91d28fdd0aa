"""The week in a real browser: a head writes it on a phone, the COO reads all of them by keyboard."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from departments.models import Notification
from meetings.models import StatusDraft, WeeklyStatus
from meetings.selectors.machine import DataSay
from meetings.services.sending import Review
from tests import make
from tests.browser.looks import assert_no_barrier_in_any_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 360, "height": 780}
LIGHT = 150 * 1024  # of a page, all that comes with it, before it is compressed
HEADLINE, PLAN = "Two big launches out on time; sign-off is slow again.", "Hire a second retoucher for the spring film"
COUNTED = """
    for (const kind of ["click", "keydown"]) {
        addEventListener(kind, event => {
            if (event.detail === 0 && kind === "click") return; // pressed by a key, which is counted itself
            sessionStorage[kind] = Number(sessionStorage[kind] ?? 0) + 1;
        }, true);
    }
"""
SIZES = "performance.getEntries().filter(e => e.decodedBodySize).map(e => [e.name, e.decodedBodySize])"
COUNTS = "['click', 'keydown'].map(kind => Number(sessionStorage[kind] ?? 0))"
SMALL = """() => [...document.querySelectorAll("main :is(button, .button, textarea, input, select, summary)")]
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 40).map(each => each.outerHTML)"""
EMPTIED = """() => {
    for (const field of document.querySelectorAll(".writing textarea, .writing input:not([type=hidden])")) {
        if (field.type === "radio") field.checked = false;
        else field.value = "";
    }
}"""


@pytest.fixture
def last_week(creative, creative_head):
    at = timezone.now() - timedelta(weeks=1)
    said = {"headline": "Design sign-off is slow.", "plans": ("Launch film", "Templates"), "confidence": 80}
    return make.status(creative, week=make.weeks_ago(1), by=creative_head, at=at, **said)


def current(department):
    return WeeklyStatus.objects.current().get(department=department, week=make.weeks_ago(0))


def writing(visit, by, **options):
    week = make.weeks_ago(0).isocalendar()
    page = visit(f"/status/creative/{week.year}-W{week.week:02}/writing/", by=by, **options)
    expect(page.locator(".count").first).to_be_attached()
    return page


def counting(visit, by):
    page = visit("/", by=by, **PHONE)
    expect(page).to_have_url(page.url.split("/departments")[0] + "/departments/creative/")
    page.context.add_init_script(COUNTED)
    page.reload()
    return page


class TestCounts:
    """These are promises: where one of them rises, writing a week has become more work."""

    def test_an_unchanged_week_is_two_clicks(self, visit, creative, creative_head, last_week):
        page = counting(visit, creative_head)
        page.locator("a", has_text="Write week").click()
        page.get_by_role("button", name="Send status").click()

        expect(page.locator("#messages")).to_contain_text("Status sent.")
        assert page.evaluate(COUNTS) == [2, 0]
        assert current(creative).headline == "Design sign-off is slow."

    def test_a_normal_week_is_four_clicks_and_160_keys(self, visit, creative, creative_head, last_week):
        page = counting(visit, creative_head)
        page.locator("a", has_text="Write week").click()
        expect(page.get_by_label("The week in a line")).to_be_focused()
        page.keyboard.type(HEADLINE)
        page.get_by_role("group", name="Launch film").get_by_role("radio", name="Done").click()
        page.get_by_label("Plans for next week").click()
        page.keyboard.type(PLAN)
        page.get_by_role("button", name="Send status").click()

        expect(page.locator("#messages")).to_contain_text("Status sent.")
        clicks, keys = page.evaluate(COUNTS)
        assert clicks <= 4
        assert len(HEADLINE + PLAN) <= keys <= 160
        status = current(creative)
        assert status.headline == HEADLINE
        assert [review.outcome for review in status.reviews.all()] == ["done", "carried"]
        assert [item.text for item in status.items.all()] == ["Templates", PLAN]

    def test_three_fields_at_most_are_required(self, visit, creative_head, last_week):
        page = writing(visit, creative_head)
        page.evaluate(EMPTIED)
        page.get_by_role("button", name="Send status").click()

        expect(page.locator(".summary")).to_be_focused()
        assert 1 <= page.locator(".summary li").count() <= 3

    @pytest.mark.parametrize("path", ["writing", "board", "status", "history"])
    def test_a_page_weighs_little(self, visit, creative, creative_head, coo, last_week, path):
        for _ in range(5):
            make.status(make.department(parent=creative.parent), by=coo, at=timezone.now(), plans=("A", "B"))
        if path != "writing":
            done = [Review(plan, "done") for plan in last_week.items.all()]
            make.status(creative, by=creative_head, at=timezone.now(), reviews=done, problems=("Printer",))
        page = visit("/accounts/logout/", by=creative_head, **PHONE)
        week = make.weeks_ago(0).isocalendar()
        own = "/status/creative/"
        it = f"{own}{week.year}-W{week.week:02}/"
        here = {"writing": f"{it}writing/", "board": "/status/", "status": it, "history": own}[path]
        page.goto(page.url.split("/accounts")[0] + here, wait_until="networkidle")

        sizes = dict(page.evaluate(SIZES))
        assert bool(sizes.pop(page.url.split("/status")[0] + "/static/plotly.min.js", 0)) == (path == "history")
        assert len(sizes) > 10
        assert sum(sizes.values()) <= LIGHT, sorted(sizes.items(), key=lambda each: -each[1])


class TestAutosave:
    def save(self, page, field, text):
        """Types, and waits for the answer that comes two quiet seconds after the last key."""
        page.get_by_label(field).fill("")
        with page.expect_response("**/draft/") as answer:
            page.get_by_label(field).press_sequentially(text)
        return answer.value

    def test_what_is_typed_is_saved_after_two_quiet_seconds(self, visit, creative_head, last_week):
        page = writing(visit, creative_head)
        stamps = "performance.getEntriesByType('resource').findLast(each => each.name.endsWith('/draft/')).startTime"
        page.evaluate("addEventListener('keydown', event => { window.pressed = event.timeStamp })")
        self.save(page, "Problems", "Printer is out")

        expect(page.locator("[data-saved]")).to_contain_text("saved")
        assert 1900 <= page.evaluate(f"{stamps} - window.pressed") <= 4000
        page.reload()
        expect(page.get_by_label("Problems")).to_have_value("Printer is out")

    def test_without_a_connection_it_is_kept_here_and_sent_on_when_there_is_one(self, visit, creative_head, last_week):
        page = writing(visit, creative_head)
        page.context.set_offline(True)
        page.get_by_label("Problems").fill("Printer is out")
        expect(page.locator("[data-saved]")).to_have_text("not connected: kept in this browser")
        assert not StatusDraft.objects.exists()
        with page.expect_response("**/draft/"):
            page.context.set_offline(False)

        expect(page.locator("[data-saved]")).to_contain_text("saved")
        assert StatusDraft.objects.get().content["problems"] == "Printer is out"
        assert page.evaluate("localStorage.length") == 0

    def test_what_was_kept_here_is_sent_when_the_page_is_opened_again(self, visit, creative_head, last_week):
        page = writing(visit, creative_head)
        page.context.set_offline(True)
        page.get_by_label("Problems").fill("Printer is out")
        expect(page.locator("[data-saved]")).to_have_text("not connected: kept in this browser")
        address = page.url
        page.goto("about:blank")
        page.context.set_offline(False)
        page.goto(address)

        expect(page.get_by_label("Problems")).to_have_value("Printer is out")
        expect(page.locator("[data-saved]")).to_contain_text("saved")
        assert StatusDraft.objects.get().content["problems"] == "Printer is out"

    def test_without_a_connection_nothing_is_sent_and_it_is_said(self, visit, creative_head, last_week):
        page = writing(visit, creative_head)
        page.context.set_offline(True)
        page.get_by_label("Problems").fill("Printer is out")
        page.get_by_role("button", name="Send status").click()

        expect(page.locator("[data-saved]")).to_have_text("not connected: not sent, kept in this browser")
        expect(page.get_by_label("Problems")).to_have_value("Printer is out")

    def test_what_no_draft_can_keep_is_told_and_kept_here_until_it_is_shorter(self, visit, creative_head, last_week):
        page = writing(visit, creative_head)
        page.get_by_label("Problems").fill("x" * 5001)
        expect(page.locator("[data-saved]")).to_contain_text("Problems: Found 5,001 characters, a draft keeps at most")
        page.reload()
        expect(page.get_by_label("Problems")).to_have_value("x" * 5001)
        page.get_by_label("Problems").fill("Printer is out")

        expect(page.locator("[data-saved]")).to_contain_text("saved")
        assert StatusDraft.objects.get().content["problems"] == "Printer is out"

    def test_signed_out_meanwhile_the_text_is_kept_here(self, visit, creative_head, last_week):
        page = writing(visit, creative_head)
        page.context.clear_cookies(name="sessionid")
        page.get_by_label("Problems").fill("Printer is out")

        expect(page.locator("[data-saved]")).to_have_text("not connected: kept in this browser")
        assert "Printer" in page.evaluate("localStorage.getItem(localStorage.key(0))")

    def test_two_people_see_both_texts(self, visit, creative, creative_head, coo, last_week):
        his, hers = writing(visit, coo), writing(visit, creative_head)
        self.save(hers, "Problems", "Printer is out")
        assert self.save(his, "Problems", "No paper").status == 409
        expect(his.locator("[data-saved]")).to_contain_text("Save as a draft to see both texts")
        his.get_by_role("button", name="Save as a draft").click()

        expect(his.locator(".summary")).to_be_focused()
        expect(his.locator(".theirs")).to_contain_text("Printer is out")
        expect(his.get_by_label("Problems")).to_have_value("No paper")
        assert StatusDraft.objects.get().content["problems"] == "Printer is out"

    def test_what_was_kept_here_and_what_another_wrote_are_both_there(self, visit, creative_head, coo, last_week):
        his = writing(visit, coo)
        his.context.set_offline(True)
        his.get_by_label("Problems").fill("No paper")
        expect(his.locator("[data-saved]")).to_have_text("not connected: kept in this browser")
        self.save(writing(visit, creative_head), "Problems", "Printer is out")
        address = his.url
        his.goto("about:blank")
        his.context.set_offline(False)
        his.goto(address)
        expect(his.locator("[data-saved]")).to_contain_text("Save as a draft to see both texts")
        his.get_by_role("button", name="Save as a draft").click()

        expect(his.locator(".theirs")).to_contain_text("Printer is out")
        expect(his.get_by_label("Problems")).to_have_value("No paper")


def test_a_week_is_written_by_keyboard_alone(visit, creative, creative_head, last_week):
    page = writing(visit, creative_head)
    on = "document.activeElement"
    page.keyboard.type(HEADLINE)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")  # from “Carry” to “Done”
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("Too dear")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type(PLAN)
    for _ in range(20):
        if page.evaluate(f"{on}.textContent") == "Send status":
            break
        page.keyboard.press("Tab")
        assert page.evaluate(f"{on}.checkVisibility() && {on}.getBoundingClientRect().height > 0")
    page.keyboard.press("Enter")

    expect(page.locator("#messages")).to_contain_text("Status sent.")
    status = current(creative)
    assert status.headline == HEADLINE
    assert [(each.outcome, each.reason) for each in status.reviews.all()] == [("done", ""), ("dropped", "Too dear")]
    assert [item.text for item in status.items.all()] == [PLAN]


def test_the_question_is_asked_where_the_head_and_the_data_disagree(visit, media, creative_head, last_week):
    yesterday = timezone.localdate() - timedelta(days=1)
    make.commitment(creative_head, media, due_on=yesterday, at=timezone.now() - timedelta(days=9))
    page = writing(visit, creative_head, **PHONE)
    expect(page.locator("[data-ask]")).to_contain_text("The data show 1 commitment overdue.")
    expect(page.get_by_text("Still on track?")).to_be_visible()
    page.get_by_role("radio", name="At risk").check(force=True)
    expect(page.get_by_text("Still on track?")).not_to_be_visible()


def test_undone_the_text_is_back(visit, creative_head, last_week):
    page = writing(visit, creative_head, **PHONE)
    page.get_by_label("The week in a line").fill(HEADLINE)
    page.get_by_role("button", name="Send status").click()
    page.locator("#messages").get_by_role("button", name="Undo").click()

    expect(page.get_by_label("The week in a line")).to_have_value(HEADLINE)
    expect(page.locator("#messages")).to_contain_text("Undone. What you wrote is a draft again.")
    assert not WeeklyStatus.objects.current().filter(week=make.weeks_ago(0)).exists()


def test_too_much_is_said_where_the_focus_is_and_the_text_stays(visit, creative_head, last_week):
    page, six, long = writing(visit, creative_head, **PHONE), "\n".join("abcdef"), "x" * 141
    page.get_by_label("The week in a line").fill(long)
    page.get_by_label("Progress").fill(six)
    page.get_by_role("button", name="Send status").click()

    expect(page.locator(".summary")).to_be_focused()
    expect(page.locator(".summary li")).to_have_count(2)
    expect(page.get_by_label("The week in a line")).to_have_value(long)
    expect(page.get_by_label("Progress")).to_have_value(six)


def test_the_coo_reads_answers_and_goes_on_by_keyboard_alone(visit, creative, media, coo, creative_head, last_week):
    make.head(media, "media-head")
    for department in (creative, media):
        for back in (0, 1):
            if department != creative or not back:
                make.status(department, week=make.weeks_ago(back), at=timezone.now())
    page = visit("/status/?on=" + str(make.weeks_ago(0)), by=coo)
    page.keyboard.press("j")
    expect(page.locator("#creative")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#media")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#creative")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#creative")).to_contain_text("read by Coo")
    expect(page.locator("#creative")).not_to_contain_class("unread")
    expect(page.locator("#creative")).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator("#drawer").get_by_label("Add a comment")).to_be_focused()
    page.keyboard.type("Good. Who signs off?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#drawer .comments")).to_contain_text("Good. Who signs off?")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).not_to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#media")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("o")
    page.wait_for_url("**/status/creative/*/")
    page.go_back()
    expect(page.locator("h1")).to_contain_text("1 of them unread")
    told = Notification.objects.get(to=creative_head, kind="comment")
    hers = visit(told.url, by=creative_head)
    expect(hers.locator("main")).to_contain_text("read by Coo")
    expect(hers.locator(".comments")).to_contain_text("Good. Who signs off?")


class TestLooks:
    @pytest.fixture
    def room(self, creative, media, coo, creative_head, last_week):
        names = ("Jobs that were delivered on the client's date", "Hours of our own errors among all hours")
        kpis = [make.ratio(creative, name=name) for name in names]
        long_ago = {"week": make.weeks_ago(3), "at": timezone.now() - timedelta(weeks=3)}
        make.status(creative, data=DataSay(judged=2, concerns=kpis), **long_ago)
        said = {"progress": ("Won the pitch",), "plans": ("Film",), "confidence": 60, "problems": ("Printer",)}
        make.status(creative, health="risk", at=timezone.now(), need="Numbers", need_of=media, **said)
        make.notification(coo, text="Words", at=timezone.now())
        make.absence(coo, timezone.localdate(), None)

    @pytest.mark.parametrize("path", ["/status/", "/status/creative/", "/notifications/", "/absences/"])
    def test_a_page_has_no_barrier(self, visit, coo, room, path):
        assert_no_barrier_in_any_look(visit(path, by=coo, reduced_motion="reduce"))

    @pytest.mark.parametrize("back", [0, 3])
    def test_a_status_has_no_barrier(self, visit, coo, room, back):
        week = make.weeks_ago(back).isocalendar()
        page = visit(f"/status/creative/{week.year}-W{week.week:02}/", by=coo)
        expect(page.locator(".data")).to_have_count(1 if back else 0)
        assert_no_barrier_in_any_look(page)

    def test_on_a_phone_there_is_room_for_a_thumb(self, visit, creative_head, room):
        for page in (writing(visit, creative_head, **PHONE), visit("/status/", by=creative_head, **PHONE)):
            assert page.evaluate(SMALL) == []

    def test_the_form_has_no_barrier(self, visit, creative_head, room):
        assert_no_barrier_in_any_look(writing(visit, creative_head))

    def test_the_form_with_errors_has_no_barrier(self, visit, creative_head, last_week, room):
        page = writing(visit, creative_head)
        page.evaluate(EMPTIED)
        page.get_by_role("group", name="Launch film").get_by_role("radio", name="Drop").click()
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".summary")).to_be_focused()
        assert_no_barrier_in_any_look(page)

    def test_the_form_with_two_texts_has_no_barrier(self, visit, coo, creative_head, last_week):
        his, hers = writing(visit, coo), writing(visit, creative_head)
        for page in (hers, his):
            page.get_by_label("Problems").fill(page.url + str(page is his))
            page.get_by_role("button", name="Save as a draft").click()
        expect(his.locator(".theirs")).to_be_visible()
        assert_no_barrier_in_any_look(his)
