"""Statuses that rest on each other: amended, sent late and out of order, and what is reckoned of them."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from dashboard.selectors import overview
from departments.models import Department
from meetings.models import WeeklyStatus
from meetings.selectors.board import board
from meetings.selectors.history import calibration, plans_kept
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


def test_as_known_on_a_day_the_board_shows_the_version_of_then(creative, coo):
    first = make.status(creative, headline="First.", at=NOW - timedelta(days=3))
    make.status(creative, headline="Second.", instead_of=first, at=NOW - timedelta(days=1))
    week = make.weeks_ago(0)

    for days, said in ((4, None), (2, "First."), (0, "Second.")):
        moment = NOW - timedelta(days=days)
        (report,) = board([creative], week=week, on=moment.date(), known_at=moment).reports
        assert (report.status and report.status.headline) == said
