"""A department's weeks one after the other: its plans kept, its confidence against what came, and what it said."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.urls import reverse

from departments.models import Headship
from meetings.selectors.history import calibration, plans_kept, points, strip
from meetings.services.sending import Review
from tests import make
from tests.clock import NOW

pytestmark = pytest.mark.django_db
HISTORY = reverse("meetings:history", args=["creative"])
SHARES = [100, 50, 0, 50, 100, 50, 50, 100, 0, 50]  # of two plans a week, in per cent


def weeks_of_plans(department, done, *, said=50):
    """A status a week, of which each tells how many of the two plans before it were done; the newest is this week's."""
    last = None
    for back, count in zip(range(len(done), -1, -1), [None, *done], strict=True):
        before = list(last.items.filter(kind="plan")) if last else []
        became = [("done",) if n < (count or 0) else ("dropped", "No time") for n in range(len(before))]
        reviews = [Review(plan, *each) for plan, each in zip(before, became, strict=True)]
        last = make.status(
            department, week=make.weeks_ago(back), plans=("A", "B"), confidence=said, reviews=reviews,
            at=NOW - timedelta(weeks=back),
        )  # fmt: skip


def shown(client, who, url=HISTORY):
    client.force_login(who)
    return " ".join(client.get(url).text.split())  # of whatever kind its spaces are


class TestPlansKept:
    @pytest.fixture(autouse=True)
    def weeks(self, creative, creative_head):
        weeks_of_plans(creative, [share // 50 for share in SHARES])

    def test_is_a_process_behaviour_chart(self, creative):
        drawn = points(plans_kept(creative))
        mean = sum(SHARES) / len(SHARES)
        spread = 2.66 * sum(abs(b - a) for a, b in pairwise(SHARES)) / (len(SHARES) - 1)

        assert [point.value for point in drawn] == SHARES
        limits = drawn[-1].limits
        assert limits.centre == pytest.approx(mean)
        assert (limits.lower, limits.upper) == (max(0, mean - spread), min(100, mean + spread))

    def test_the_page_says_it_in_words_and_as_a_table(self, client, creative_head):
        page = shown(client, creative_head)

        assert "11 of 20 done by the week that they were planned for" in page
        assert "Routine variation reaches from 0 % to 100 %, around 55 %." in page
        assert page.count("of 2 done</td>") == len(SHARES)

    def test_a_week_without_a_status_is_a_gap(self, creative):
        creative.statuses.filter(week=make.weeks_ago(3)).update(superseded_at=NOW)

        assert [point.value for point in points(plans_kept(creative))][-4] is None


class TestConfidence:
    """Whose business it is how well somebody knows what they promise: their own, and of all together the COO's."""

    @pytest.fixture(autouse=True)
    def weeks(self, creative, creative_head):
        weeks_of_plans(creative, [2, 0, 2], said=80)

    def test_its_head_sees_the_score_and_how_often_it_came(self, client, creative, creative_head):
        page = shown(client, creative_head)

        score = (0.2**2 + 0.8**2 + 0.2**2) / 3
        assert calibration([creative], since=date.min).score == pytest.approx(score)
        assert "Brier score 0.24" in page
        assert "Only you and your deputy see yours." in page
        assert '<th scope="row" class="num">80 %</th>' in page
        assert "<span>67 %</span>" in page

    def test_so_does_the_deputy(self, client, creative):
        deputy = make.user("deputy")
        Headship.objects.create(department=creative, user=deputy, kind="deputy", starts_on=date(2026, 11, 16))
        assert "Brier score 0.24" in shown(client, deputy)

    @pytest.mark.parametrize("who", ["coo", "ceo", "designer", "media_head", "administrator"])
    def test_nobody_else_does(self, client, who, request):
        assert "Brier" not in shown(client, request.getfixturevalue(who))

    def test_the_coo_sees_that_of_all_together(self, client, coo, ceo, media, media_head):
        weeks_of_plans(media, [0, 0, 0], said=100)

        assert "Brier score 0.62" in shown(client, coo, reverse("meetings:board"))
        for other in (ceo, media_head):
            assert "Brier" not in shown(client, other, reverse("meetings:board"))

    def test_who_took_over_sees_none_of_their_predecessors(self, client, creative, creative_head):
        Headship.objects.update(ends_on=make.weeks_ago(1) - timedelta(days=1))
        heir = make.user("heir")
        Headship.objects.create(department=creative, user=heir, starts_on=make.weeks_ago(1))

        page = shown(client, heir)  # the plans of last week are the heir's, those before are not
        assert "Brier score 0.04" in page
        assert "1 week of plans" in page


def test_the_strip_has_a_year_at_most_and_begins_with_the_first_status(creative, creative_head):
    make.status(creative, week=make.weeks_ago(60))
    make.status(creative, week=make.weeks_ago(2), health="off")

    found = strip(creative, upto=make.weeks_ago(0))

    assert (len(found), found[0].week) == (52, make.weeks_ago(51))
    assert [each.health for each in found[-3:]] == ["off", "", ""]


class TestSearch:
    @pytest.fixture(autouse=True)
    def said(self, creative, creative_head, media):
        make.status(creative, week=make.weeks_ago(3), headline="The Printer is out.")
        make.status(creative, week=make.weeks_ago(2), headline="Two.", problems=("No printer yet",))
        make.status(creative, week=make.weeks_ago(1), headline="Three.", need="A printer", need_of=media)
        make.status(creative, headline="Four.")

    def found(self, client, words):
        page = client.get(HISTORY, {"q": words})
        return [status.headline for status in page.context["page_obj"]]

    def test_finds_headlines_items_and_needs_newest_first(self, client, designer):
        client.force_login(designer)
        assert self.found(client, "PRINTER") == ["Three.", "Two.", "The Printer is out."]
        assert self.found(client, "%") == []
        assert len(self.found(client, "")) == 4

    def test_why_a_plan_was_dropped_is_found_too(self, client, designer, creative):
        last = make.status(creative, week=make.weeks_ago(5), plans=("Film",), confidence=50)
        dropped = [Review(last.items.get(), "dropped", "The client left")]
        make.status(creative, week=make.weeks_ago(4), headline="Five.", reviews=dropped)
        client.force_login(designer)

        assert self.found(client, "client left") == ["Five."]

    def test_a_version_that_does_not_stand_is_not_found(self, client, designer, creative):
        stood = creative.statuses.get(headline="Two.")
        make.status(creative, week=stood.week, headline="Two again.", instead_of=stood, at=NOW)
        client.force_login(designer)
        assert "Two." not in self.found(client, "printer")


def test_weeks_of_another_department_are_out_of_reach(client, designer, media, media_head):
    make.status(media)
    client.force_login(designer)
    assert client.get(reverse("meetings:history", args=["media"])).status_code == 404
