"""Statuses that rest on each other: amended, sent late and out of order, and what is reckoned of them."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.urls import reverse

from dashboard.selectors.overview import overview
from departments.models import Department, Headship, Pause
from kpis.services.rollups import drain
from meetings.models import Deadline, WeeklyStatus
from meetings.selectors.board import board
from meetings.selectors.due import due, due_at, due_by, rules_told
from meetings.selectors.history import calibration, plans_kept, strip
from meetings.services.sending import Review
from tests import make
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer(client, creative_head):
    client.force_login(creative_head)
    return client


def address(week):
    return reverse("meetings:writing", args=["creative", week])


def shown(page):
    """What a browser would send of the form as it stands."""
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}


def plans(status):
    return [(item.text, item.age) for item in status.items.filter(kind="plan")]


def test_a_carried_plan_is_not_lost_where_last_weeks_status_was_amended_without_it(writer, creative):
    last = make.status(creative, week=make.weeks_ago(1), plans=("Film", "Book"), confidence=50)
    this = make.weeks_ago(0)
    writer.post(address(this), shown(writer.get(address(this))))
    make.status(creative, week=make.weeks_ago(1), plans=("Book",), confidence=50, instead_of=last)

    writer.post(address(this), shown(writer.get(address(this))))

    sent = WeeklyStatus.objects.current().get(week=this)
    assert sorted(text for text, _ in plans(sent)) == ["Book", "Film"]


@pytest.fixture
def amended(creative):
    """Last week's status, and it once more with other plans."""
    first = make.status(creative, week=make.weeks_ago(1), plans=("Film", "Book"), confidence=50)
    old = {item.text: item.pk for item in first.items.all()}
    return old, lambda *plans: make.status(
        creative, week=make.weeks_ago(1), plans=plans, confidence=50, instead_of=first
    )


def test_a_draft_keeps_what_became_of_plans_though_last_week_was_amended(writer, amended):
    this, (old, amend) = make.weeks_ago(0), amended
    typed = {f"outcome-{old['Film']}": "done", f"outcome-{old['Book']}": "dropped", f"reason-{old['Book']}": "Too dear"}
    writer.post(address(this), typed | {"save": "1"})
    amend("Poster", "Book", "Film")

    writer.post(
        address(this), shown(writer.get(address(this))) | {"health": "on", "headline": "Calm.", "confidence": "50"}
    )

    said = {review.plan.text: (review.outcome, review.reason) for review in this_weeks(this).reviews.all()}
    assert said == {"Poster": ("carried", ""), "Book": ("dropped", "Too dear"), "Film": ("done", "")}


def test_so_does_a_form_that_was_open_meanwhile(writer, amended):
    this, (old, amend) = make.weeks_ago(0), amended
    form = shown(writer.get(address(this))) | {"health": "on", "headline": "Calm.", f"outcome-{old['Film']}": "done"}
    amend("Film", "Book")

    writer.post(address(this), form)

    said = {review.plan.text: review.outcome for review in this_weeks(this).reviews.all()}
    assert said == {"Film": "done", "Book": "carried"}


def test_a_reason_for_dropping_what_is_no_plan_any_more_is_not_lost_without_a_word(writer, amended):
    this, (old, amend) = make.weeks_ago(0), amended
    typed = {f"outcome-{old['Film']}": "dropped", f"reason-{old['Film']}": "Too dear"}
    form = shown(writer.get(address(this))) | {"health": "on", "headline": "Calm."} | typed
    amend("Book")

    assert "“Too dear” was typed where nothing is asked for any more" in writer.post(address(this), form).text
    assert not WeeklyStatus.objects.filter(week=this).exists()


def this_weeks(week):
    return WeeklyStatus.objects.current().get(week=week)


def test_two_plans_of_the_same_words_keep_what_became_of_each(writer, creative):
    last = make.status(creative, week=make.weeks_ago(1), plans=("Film", "Film"), confidence=50)
    one, two = last.items.all()
    this = make.weeks_ago(0)
    make.status(creative, week=this, reviews=(Review(one, "done"), Review(two, "dropped", "Why not")))

    form = shown(writer.get(address(this)))

    assert (form[f"outcome-{one.pk}"], form[f"outcome-{two.pk}"]) == ("done", "dropped")
    assert form[f"reason-{two.pk}"] == "Why not"


def test_a_plan_that_two_statuses_tell_of_counts_once_in_the_week_that_tells_of_it_first(creative):
    last = make.status(creative, week=make.weeks_ago(2), plans=("Film", "Book"), confidence=50)
    film, book = last.items.all()
    make.status(creative, week=make.weeks_ago(0), reviews=(Review(film, "done"), Review(book, "done")))
    make.status(creative, week=make.weeks_ago(1), reviews=(Review(film, "done"), Review(book, "carried")))

    assert [(each.week, each.done, each.planned) for each in plans_kept(creative)] == [(make.weeks_ago(1), 1, 2)]
    assert calibration([creative], since=date.min).score == 0.25


def test_a_plan_carried_through_many_weeks_knows_how_often(writer, creative):
    for back in range(20, -1, -1):
        week = make.weeks_ago(back)
        form = shown(writer.get(address(week))) | {"health": "on", "headline": "Calm.", "confidence": "50"}
        writer.post(address(week), form | ({"plans": "Film"} if back == 20 else {}))

    assert plans(WeeklyStatus.objects.current().get(week=make.weeks_ago(0))) == [("Film", 20)]
    assert [(each.done, each.planned) for each in plans_kept(creative)] == [(0, 1)] * 20


class TestWhatIsOwed:
    def test_nothing_in_a_week_in_which_nobody_works(self, creative):
        for day in range(5):
            make.holiday(make.weeks_ago(1) + timedelta(days=day))

        assert board([creative], week=make.weeks_ago(1), on=TODAY).silent == []

    def silent(self):
        found = overview(Department.objects.all(), on=TODAY, upto=TODAY)
        return [row.department.name for row in found.silent]

    def test_nothing_on_the_overview_by_a_department_that_opened_after_it(self, creative, media):
        creative.opened_on = make.weeks_ago(0)
        creative.save()

        assert self.silent() == ["Media"]

    def test_nothing_on_the_overview_after_a_week_of_days_off(self, client, creative, media, coo):
        make.observations(make.kpi(creative), creative, {make.weeks_ago(1): 5})
        drain(now=NOW)
        make.status(creative, week=make.weeks_ago(0), at=NOW)
        assert self.silent() == ["Creative", "Media"]  # week 46 is not in because 47 is
        for day in range(5):
            make.holiday(make.weeks_ago(1) + timedelta(days=day))
        client.force_login(coo)

        page = client.get("/overview/").text

        assert self.silent() == []
        assert "not sent" not in page
        assert "On track" in page  # that of this week is shown all the same


def test_as_known_on_a_day_the_board_shows_the_version_of_then(creative, coo):
    first = make.status(creative, headline="First.", at=NOW - timedelta(days=3))
    make.status(creative, headline="Second.", instead_of=first, at=NOW - timedelta(days=1))
    week = make.weeks_ago(0)

    for days, said in ((4, None), (2, "First."), (0, "Second.")):
        moment = NOW - timedelta(days=days)
        (report,) = board([creative], week=week, on=moment.date(), known_at=moment).reports
        assert (report.status and report.status.headline) == said


class TestAsKnownOnADay:
    """What somebody changes later about when statuses are due moves no earlier page."""

    WEEK, THEN = date(2026, 11, 9), NOW - timedelta(days=5)

    def board(self, departments):
        found = board(departments, week=self.WEEK, on=self.THEN.date(), known_at=self.THEN)
        return found.due_at, [(r.department.name, r.owed, r.paused, str(r.head)) for r in found.reports]

    def silent(self):
        departments = Department.objects.all()
        later = {"on": self.THEN.date() + timedelta(weeks=1), "upto": self.THEN.date() + timedelta(weeks=1)}
        return [row.department.name for row in overview(departments, **later, known_at=self.THEN).silent]

    @pytest.fixture
    def then(self, agency, creative, creative_head, media):
        """Everything was on record a week before that day."""
        for model in (Department, Headship):
            model.history.update(history_date=self.THEN - timedelta(weeks=1))
        return [creative, media]

    @pytest.fixture
    def before(self, then):
        return self.board(then), self.silent()

    def test_a_pause(self, before, then, creative):
        make.pause(creative, self.WEEK, self.WEEK + timedelta(days=4))
        assert (self.board(then), self.silent()) == before
        assert before[1] == ["Creative", "Media"]

    def test_a_pause_that_is_taken_away(self, then, creative):
        pause = make.pause(creative, self.WEEK, self.WEEK + timedelta(days=4))
        pause.history.update(history_date=self.THEN)
        before = self.board(then), self.silent()
        assert before[0][1][0][1:3] == (False, "Moving house")
        pause.delete()
        assert (self.board(then), self.silent()) == before

    @pytest.mark.parametrize("kept", [True, False])
    def test_a_deadline(self, then, kept):
        if kept:
            make.deadline(weekday=3).history.update(history_date=self.THEN)
        before = self.board(then)
        Deadline.objects.update_or_create(defaults={"weekday": 0})
        assert self.board(then) == before
        assert before[0].weekday() == (3 if kept else 4)

    def test_a_day_off(self, before, then):
        for day in range(5):
            make.holiday(self.WEEK + timedelta(days=day))
        assert (self.board(then), self.silent()) == before

    def test_which_days_are_worked_on(self, before, then):
        make.calendar(friday=False)
        assert (self.board(then), self.silent()) == before

    def test_who_leads_a_department(self, before, then, creative, creative_head):
        headship = Headship.objects.get(department=creative)
        headship.user = make.user("another")
        headship.save()
        assert (self.board(then), self.silent()) == before

    def test_a_department_that_closed(self, before, then, creative):
        creative.closed_on = date(2026, 10, 1)
        creative.save()
        assert self.silent() == before[1]


class TestPagesAsKnown:
    """Each page of statuses shows what it showed then, whatever was changed since."""

    THEN, LATER = {"as_known_on": TODAY}, NOW + timedelta(days=1)
    PAGES = ["/status/?on=2026-11-18", "/status/creative/2026-W47/", "/status/creative/", "/status/creative/?q=film"]

    @pytest.fixture
    def weeks(self, agency, creative, creative_head, coo):
        for back in range(12, 0, -1):
            last = creative.statuses.current().filter(week=make.weeks_ago(back + 1)).first()
            if back not in (6, 10):
                plans = {"plans": ("Film", "Book"), "confidence": 80}
                done = [Review(plan, "done") for plan in last.items.filter(kind="plan")] if last else ()
                make.status(creative, week=make.weeks_ago(back), at=NOW - timedelta(days=1), reviews=done, **plans)
        make.status(creative, headline="The film is out.", at=NOW - timedelta(hours=1))
        make.pause(creative, make.weeks_ago(6), make.weeks_ago(5) - timedelta(days=1)).history.update(
            history_date=NOW - timedelta(days=1)
        )
        make.holiday(make.weeks_ago(10)).history.update(history_date=NOW - timedelta(days=1))
        Department.history.update(history_date=NOW - timedelta(days=90))

    def everything_changes(self, creative):
        Pause.objects.get().delete()
        make.pause(creative, make.weeks_ago(9), make.weeks_ago(9))
        Deadline.objects.create(weekday=0)
        for day in range(1, 5):
            make.holiday(make.weeks_ago(0) + timedelta(days=day))
            make.holiday(make.weeks_ago(10) + timedelta(days=day))
        for back in (0, 1, 3):
            stood = creative.statuses.current().get(week=make.weeks_ago(back))
            make.status(creative, week=stood.week, health="off", headline="No.", instead_of=stood, at=self.LATER)
        creative.name = "Creation"
        creative.save()

    def shown(self, client):
        pages = [
            client.get(page, self.THEN if "?" not in page else self.THEN | dict([page.split("?")[1].split("=")]))
            for page in self.PAGES
        ]
        return [page.text[page.text.index("<main") : page.text.index("</main>")] for page in pages]

    def test_nothing_of_them_changes(self, client, weeks, creative, coo):
        with time_machine.travel(self.LATER, tick=False):
            client.force_login(coo)
            client.get("/accounts/password/change/")  # a page with a form: now there is a secret for forms
            before, present = self.shown(client), [client.get(page).text for page in self.PAGES]
            with time_machine.travel(self.LATER + timedelta(days=3), tick=False):
                client.force_login(coo)
                self.everything_changes(creative)
                for page, then, now in zip(self.PAGES, before, self.shown(client), strict=True):
                    assert now.splitlines() == then.splitlines(), page
                for page, was in zip(self.PAGES, present, strict=True):
                    assert client.get(page).text != was, page

    def test_the_page_of_a_departments_weeks_offers_nothing_that_changes_it(self, client, weeks, creative_head):
        client.force_login(creative_head)
        assert "/writing/" in client.get("/status/creative/").text
        with time_machine.travel(self.LATER, tick=False):
            client.force_login(creative_head)
            then = client.get("/status/creative/", self.THEN).text
        assert "/writing/" not in then
        assert "Brier score" not in then
        assert 'href="/status/creative/2026-W47/?as_known_on=2026-11-18"' in then


def test_what_is_due_is_the_same_asked_along_with_something_else(agency, creative):
    def asked():
        node = Department.objects.annotate(rules=rules_told(week)).get(pk=agency.pk)
        return due_by(week, node.rules)

    week = make.weeks_ago(0)
    assert asked() == due(week)
    make.calendar(country="DE", subdivision="BE", saturday=True, opens_at=time(8))
    make.deadline(weekday=5, time=time(12, 30))
    make.holiday(week + timedelta(days=5))
    make.holiday(week + timedelta(days=6), is_worked=True)
    make.pause(creative, starts_on=week, ends_on=None)
    assert asked() == due(week)
    assert (asked().at, asked().paused) == (due_at(week), {creative.pk: "Moving house"})


def test_a_week_in_which_nobody_works_is_no_gap_in_the_strip(client, creative, creative_head):
    week = make.weeks_ago(2)
    make.status(creative, week=make.weeks_ago(3), by=creative_head)
    for day in range(5):
        make.holiday(week + timedelta(days=day), name=f"Outing {day}")
    assert [each.paused for each in strip(creative, upto=make.weeks_ago(1))] == [False, True, False]
    client.force_login(creative_head)
    assert f"Week {week.isocalendar().week}: nothing was due" in client.get("/status/creative/").text
