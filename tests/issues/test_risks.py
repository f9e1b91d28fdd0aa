"""Risks: what their scores come to, when they are to be looked at again and why, and who may do what with them."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments.models import Notification
from issues.drawing import arrows, border, course
from issues.ledger import Act
from issues.models import Appetite, Issue, Risk, RiskClosure, RiskScore
from issues.scales import Level, Rating, due_on, is_above, severity, span
from issues.selectors.movement import matrix
from issues.selectors.risks import queue, rated
from issues.services.alerting import remind
from issues.services.assessing import (
    AlreadyClosed,
    ChangedSince,
    Described,
    IsClosed,
    NoWords,
    ReviewedSince,
    accept,
    change,
    close,
    reopen,
    review,
)
from issues.services.committing import do
from tests import make
from tests.clock import NOW, TODAY
from tests.kpis.test_comment_races import after_each_other

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
LEVELS = """
5  medium high   high    extreme extreme
4  low    medium high    high    extreme
3  low    medium medium  high    high
2  low    low    medium  medium  high
1  low    low    low     low     medium
"""  # likelihood downwards, impact to the right


@pytest.fixture
def risk(creative, creative_head):
    return make.risk(creative, at=NOW - 10 * WEEK)


def see(risk, residual, *, number=1, at=NOW, by=None, inherent=(5, 5), words="So it is."):
    return review(
        risk,
        inherent=Rating(*inherent),
        residual=Rating(*residual),
        words=words,
        number=number,
        by=by or risk.owner,
        at=at,
    )


class TestScales:
    def test_every_cell_has_its_level(self):
        for line in LEVELS.split("\n")[1:-1]:
            likelihood, *levels = line.split()
            assert [str(Rating(int(likelihood), impact).level) for impact in range(1, 6)] == levels

    def test_levels_follow_each_other_without_a_gap(self):
        assert [span(level) for level in Level] == [(1, 4), (5, 9), (10, 16), (17, 25)]

    def test_the_higher_the_sooner_it_is_looked_at_again_and_on_the_same_weekday(self):
        days = [due_on(TODAY, rating) for rating in (Rating(5, 5), Rating(4, 3), Rating(3, 3), Rating(1, 1))]
        assert days == sorted(days)
        assert {day.weekday() for day in days} == {TODAY.weekday()}
        assert days[0] == TODAY + 4 * WEEK

    def test_above_is_more_than_the_accepted_level_and_unknown_where_nothing_is_said(self):
        assert is_above(Rating(2, 5), Level.MEDIUM) is True
        assert is_above(Rating(3, 3), Level.MEDIUM) is False
        assert is_above(Rating(5, 5), None) is None

    def test_what_happened_is_as_severe_as_its_impact(self):
        assert [severity(impact) for impact in range(1, 6)] == ["low", "low", "medium", "high", "critical"]


class TestDrawing:
    def test_what_stayed_is_not_drawn_and_what_moved_alike_is_one_arrow(self):
        a, b = Rating(4, 4), Rating(2, 4)
        found = arrows([(a, b), (a, b), (a, a), (b, a)])
        assert [(each.count, each.kind) for each in found] == [(1, "worse"), (2, "better")]

    def test_an_arrow_begins_and_ends_in_its_cells(self):
        (found,) = arrows([(Rating(5, 1), Rating(1, 5))])
        assert (found.x1 // 20, found.y1 // 20, found.x2 // 20, found.y2 // 20) == (0, 0, 4, 4)

    @given(st.lists(st.tuples(*[st.builds(Rating, st.integers(1, 5), st.integers(1, 5))] * 2), max_size=30))
    def test_no_two_arrows_share_an_end(self, moves):
        found = arrows(moves)
        ends = [(a.x1, a.y1) for a in found] + [(a.x2, a.y2) for a in found]
        assert len(ends) == len(set(ends))
        assert sum(a.count for a in found) == sum(before != after for before, after in moves)

    def test_the_border_of_a_level_parts_what_is_within_from_what_is_above(self):
        for level in Level:
            edges = {tuple(edge) for edge in border(level)}
            for x in range(1, 5):
                for y in range(1, 6):
                    parted = (x * y <= span(level)[1]) != ((x + 1) * y <= span(level)[1])
                    assert ((20 * x, 20 * (5 - y), 20 * x, 20 * (6 - y)) in edges) == parted
                    assert ((20 * (y - 1), 20 * (5 - x), 20 * y, 20 * (5 - x)) in edges) == parted

    def test_a_score_stands_until_the_next_one(self):
        scored = [(NOW, Rating(5, 5), Rating(5, 5)), (NOW + DAY, Rating(5, 5), Rating(1, 1))]
        found = course(scored, until=NOW + 2 * DAY, appetite=Level.LOW)
        assert (found.residual, found.inherent) == ("M0 0H300V96H600", "M0 0H300V0H600")
        assert found.appetite == found.borders[0]


class TestLaws:
    @pytest.mark.parametrize("scores", [(0, 3, 0, 3), (6, 3, 3, 3), (3, 3, 4, 3), (3, 3, 3, 4)])
    def test_scores_lie_between_1_and_5_and_what_is_left_is_no_more_than_there_was(self, risk, scores):
        names = ["inherent_likelihood", "inherent_impact", "residual_likelihood", "residual_impact"]
        with pytest.raises(IntegrityError), transaction.atomic():
            RiskScore.objects.create(
                risk=risk, number=2, at=NOW, by=risk.owner, **dict(zip(names, scores, strict=True))
            )

    def test_one_appetite_per_category_and_one_closure_per_risk(self, risk):
        make.appetite("client")
        with pytest.raises(IntegrityError), transaction.atomic():
            make.appetite("client", "low")
        close(risk, "Sold.", by=risk.owner, at=NOW)
        with pytest.raises(IntegrityError), transaction.atomic():
            RiskClosure.objects.create(risk=risk, why="Sold again.", by=risk.owner, at=NOW)


class TestReviewing:
    def test_a_review_is_a_row_even_if_it_changes_nothing(self, risk):
        made = review(risk, number=1, by=risk.owner, at=NOW)
        assert (made.number, made.residual, risk.scores.count()) == (2, Rating(3, 3), 2)

    def test_other_scores_need_words(self, risk):
        with pytest.raises(NoWords):
            see(risk, (4, 4), words=" ")
        assert risk.scores.count() == 1

    def test_who_started_from_older_scores_is_told_the_newer_ones(self, risk, coo):
        see(risk, (4, 4), by=coo)
        with pytest.raises(ReviewedSince, match="Coo reviewed it meanwhile: now it is likely × major, high"):
            review(risk, number=1, by=risk.owner, at=NOW)

    def test_a_closed_risk_is_not_reviewed_until_it_is_reopened(self, risk):
        close(risk, "They signed.", by=risk.owner, at=NOW)
        with pytest.raises(IsClosed, match="They signed"):
            review(risk, number=1, by=risk.owner, at=NOW)
        reopen(risk, by=risk.owner, at=NOW)
        assert review(risk, number=1, by=risk.owner, at=NOW)

    def test_closing_twice_and_reopening_twice_change_nothing(self, risk, coo):
        assert close(risk, "A", by=coo, at=NOW) == close(risk, "A", by=coo, at=NOW)
        with pytest.raises(AlreadyClosed, match="Coo closed it already: A"):
            close(risk, "B", by=risk.owner, at=NOW)
        assert reopen(risk, by=coo, at=NOW)
        assert reopen(risk, by=coo, at=NOW) is None

    def test_how_it_was_put_stays_and_a_stale_change_is_refused(self, risk, creative, coo):
        first = risk.history.latest("history_id").pk
        said = {"department": creative, "category": "client", "owner": risk.owner}
        said |= {"cause": "a", "event": "b", "effect": "c"}
        change(risk, Described(title="Second", **said), was=first, by=coo, at=NOW)
        with pytest.raises(ChangedSince, match="Coo changed it meanwhile"):
            change(risk, Described(title="Third", **said), was=first, by=risk.owner, at=NOW)
        assert list(risk.history.order_by("history_id").values_list("title", flat=True)) == [
            "A client leaves",
            "Second",
        ]

    def test_an_appetite_is_superseded_and_the_same_again_is_no_change(self, agency, coo):
        assert accept({"client": Level.LOW}, by=coo, at=NOW) == ["client"]
        assert accept({"client": Level.LOW}, by=coo, at=NOW) == []
        assert accept({"client": Level.HIGH}, by=coo, at=NOW + DAY) == ["client"]
        assert [each.level for each in Appetite.objects.known_at(NOW)] == ["low"]
        assert [each.level for each in Appetite.objects.current()] == ["high"]


def asked(**fields):
    return [due.rated.risk.pk for due in queue(Risk.objects.filter(**fields), on=TODAY)]


class TestQueue:
    def test_it_comes_on_the_day_its_time_is_up(self, creative, creative_head):
        risk = make.risk(creative, at=NOW - 26 * WEEK)  # medium
        assert queue(Risk.objects.all(), on=TODAY - DAY) == []
        (due,) = queue(Risk.objects.all(), on=TODAY)
        assert (due.rated.risk, due.since, due.time_is_up) == (risk, TODAY, True)

    def test_an_indicator_calls_whatever_the_interval_until_somebody_looks(self, creative, creative_head):
        kpi = make.kpi(creative)
        risk = make.risk(creative, at=NOW - WEEK, indicator=(kpi, creative))
        assert asked() == []
        signal = make.signal(kpi, creative, found_at=NOW - DAY)
        (due,) = queue(Risk.objects.all(), on=TODAY)
        assert (due.rated.concern, due.since, due.time_is_up) == (signal, TODAY - DAY, False)
        review(risk, number=1, by=risk.owner, at=NOW)
        assert asked() == []

    @pytest.mark.parametrize(
        "other", [{"kind": "improvement"}, {"found_at": NOW - 2 * WEEK}, {"withdrawn_at": NOW}], ids=str
    )
    def test_what_is_no_open_concern_since_the_last_review_does_not_call(self, creative, creative_head, other):
        kpi = make.kpi(creative)
        make.risk(creative, at=NOW - WEEK, indicator=(kpi, creative))
        make.signal(kpi, creative, **other)
        assert asked() == []

    def test_another_departments_concern_does_not_call(self, creative, media, creative_head):
        kpi = make.kpi(creative, media)
        make.risk(creative, at=NOW - WEEK, indicator=(kpi, creative))
        make.signal(kpi, media)
        assert asked() == []

    def test_a_closed_one_is_not_asked_for(self, creative, creative_head):
        risk = make.risk(creative, at=NOW - 60 * WEEK)
        close(risk, "Over.", by=risk.owner, at=NOW)
        assert asked() == []

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(
                st.tuples(st.integers(1, 5), st.integers(1, 5)),
                st.lists(st.integers(0, 420), min_size=1, max_size=4),
                st.integers(0, 23),
                st.none() | st.integers(0, 60),
                st.booleans(),
            ),
            max_size=6,
        )
    )
    def test_it_is_what_a_plain_recomputation_says(self, creative, media, creative_head, drawn):
        expected, count = [], {creative.pk: 0, media.pk: 0}
        above = dict(count)
        Risk.objects.all().delete()
        make_appetites()
        for number, (residual, ages, hour, concern_age, is_closed) in enumerate(drawn):
            place, kpi = (creative, media)[number % 2], make.kpi(creative)
            moments = sorted(NOW.replace(hour=hour) - DAY * age - DAY for age in ages)
            fields = {"owner": creative_head, "indicator": (kpi, creative), "inherent": (5, 5), "residual": residual}
            risk = make.risk(place, at=moments[0], **fields)
            for at in moments[1:]:
                review(risk, number=risk.scores.count(), by=creative_head, at=at)
            found_at = concern_age is not None and NOW - DAY * concern_age
            if found_at:
                make.signal(kpi, creative, found_at=found_at)
            if is_closed:
                close(risk, "Over.", by=creative_head, at=NOW)
            last = timezone.localdate(moments[-1])
            points = residual[0] * residual[1]
            weeks = 52 if points <= 4 else 26 if points <= 9 else 13 if points <= 16 else 4
            days = [last + weeks * WEEK] if last + weeks * WEEK <= TODAY else []
            days += [timezone.localdate(found_at)] if found_at and found_at > moments[-1] else []
            if days and not is_closed:
                expected.append((min(days), -points, risk.pk))
                count[place.pk] += 1
            above[place.pk] += points > 9 and not is_closed

        found = queue(Risk.objects.all(), on=TODAY)

        assert [(due.since, -due.rated.residual.points, due.rated.risk.pk) for due in found] == sorted(expected)
        for place in (creative, media):
            open_ones = Risk.objects.filter(department=place).open().rated()
            assert open_ones.due(on=TODAY).count() == count[place.pk]
            assert open_ones.above_appetite().count() == above[place.pk]


def make_appetites():
    Appetite.objects.all().delete()
    make.appetite("client", "medium")


class TestTelling:
    MORNING = datetime(2026, 11, 18, 9, 30, tzinfo=timezone.get_default_timezone())

    def told(self):
        return list(Notification.objects.filter(kind="risk").order_by("pk").values_list("to__username", "subject"))

    def test_the_owner_is_told_once_that_a_review_is_due(self, creative, creative_head, designer):
        make.risk(creative, owner=designer, at=NOW - 26 * WEEK)
        assert remind(now=self.MORNING) == 1
        for later in range(1, 4):
            assert remind(now=self.MORNING + later * DAY) == 0
        assert self.told() == [("designer", "A review is due: A client leaves")]

    def test_and_once_that_the_indicator_shows_a_concern(self, creative, creative_head):
        kpi = make.kpi(creative)
        make.risk(creative, at=NOW - WEEK, indicator=(kpi, creative))
        assert remind(now=self.MORNING) == 0
        make.signal(kpi, creative)
        assert [remind(now=self.MORNING), remind(now=self.MORNING)] == [1, 0]
        assert self.told() == [("creative-head", "The indicator of a risk shows a concern: A client leaves")]

    def test_a_new_owner_hears_that_they_are_and_that_it_is_due(self, creative, creative_head, designer):
        risk = make.risk(creative, at=NOW - 26 * WEEK)
        assert [remind(now=self.MORNING), len(self.told())] == [1, 1]
        put = Described(creative, "client", risk.title, risk.cause, risk.event, risk.effect, designer)
        for _ in range(2):
            change(risk, put, was=risk.history.latest("history_id").pk, by=creative_head, at=self.MORNING)
        assert [remind(now=self.MORNING), remind(now=self.MORNING + DAY)] == [1, 0]
        assert self.told()[1:] == [
            ("designer", "Creative-Head made you the owner of a risk: A client leaves"),
            ("designer", "A review is due: A client leaves"),
        ]

    def test_the_next_time_it_is_due_it_is_told_again(self, creative, creative_head):
        risk = make.risk(creative, at=NOW - 26 * WEEK)
        remind(now=self.MORNING)
        review(risk, number=1, by=creative_head, at=self.MORNING)
        assert remind(now=self.MORNING + 26 * WEEK + DAY) == 1

    def test_where_the_owner_is_away_or_has_left_the_departments_head_is_asked(self, creative, creative_head, designer):
        make.risk(creative, owner=designer, at=NOW - 26 * WEEK)
        make.absence(designer)
        remind(now=self.MORNING)
        assert [to for to, _ in self.told()] == ["creative-head"]
        Notification.objects.all().delete()
        designer.absences.all().delete()
        designer.leaves_on = TODAY - DAY
        designer.save()
        remind(now=self.MORNING)
        assert [to for to, _ in self.told()] == ["creative-head"]

    def test_where_nobody_leads_the_department_the_coo_is_asked(self, creative, designer, coo):
        make.risk(creative, owner=designer, at=NOW - 26 * WEEK)
        make.absence(designer)
        assert remind(now=self.MORNING) == 1
        assert [to for to, _ in self.told()] == ["coo"]

    def test_nobody_is_told_before_nine_on_a_day_off_or_while_the_department_is_paused(self, creative, creative_head):
        make.risk(creative, at=NOW - 26 * WEEK)
        saturday = self.MORNING + 3 * DAY
        assert [remind(now=self.MORNING - timedelta(hours=1)), remind(now=saturday)] == [0, 0]
        pause = make.pause(creative)
        assert remind(now=self.MORNING) == 0
        pause.delete()
        assert remind(now=self.MORNING) == 1


class TestMatrix:
    def shown(self, since=None, known_at=None):
        found = rated(Risk.objects.open(at=known_at).rated(at=known_at).gravest_first(), known_at=known_at)
        return matrix(found, since=since, day=since and since.date(), known_at=known_at)

    def test_from_inherent_to_residual(self, risk):
        (move,) = self.shown().moved
        assert (move.before, move.rated.residual, move.change) == (Rating(4, 4), Rating(3, 3), -7)

    def test_from_an_earlier_day_to_now_with_what_is_new(self, risk, creative):
        see(risk, (4, 5), at=NOW - WEEK)
        make.risk(creative, "Fire", at=NOW - DAY)
        found = self.shown(since=NOW - 5 * WEEK)
        assert [(str(m.rated.risk), m.before, m.change) for m in found.moved] == [
            ("A client leaves", Rating(3, 3), 11),
            ("Fire", None, None),
        ]
        assert "1 rose, 0 fell, 1 new" in found.summary

    def test_as_known_on_an_earlier_day(self, risk, creative, coo):
        make.appetite(at=NOW - 3 * WEEK)
        see(risk, (4, 5), at=NOW - WEEK)
        close(risk, "Over.", by=coo, at=NOW - 2 * DAY)
        risk.title, risk._history_date = "Put otherwise", NOW - DAY
        risk.save()
        make.risk(creative, "Fire", at=NOW - DAY)
        (then,) = self.shown(known_at=NOW - 2 * WEEK).moved
        assert (str(then.rated.risk), then.rated.residual, then.rated.appetite) == (
            "A client leaves",
            Rating(3, 3),
            Level.MEDIUM,
        )
        assert self.shown(known_at=NOW - 4 * WEEK).moved[0].rated.appetite is None
        assert [str(each.rated.risk) for each in self.shown().moved] == ["Fire"]


def test_as_known_a_risk_is_found_and_shown_as_it_was_put_then(client, creative, media, coo):
    kpi, day = make.kpi(creative), TODAY - 14 * DAY
    for category, level in (("client", "low"), ("finance", "extreme")):
        make.appetite(category, level, at=NOW - 30 * WEEK)
    risk = make.risk(creative, owner=coo, at=NOW - 10 * WEEK, indicator=(kpi, creative))
    make.signal(kpi, creative, found_at=NOW - 5 * WEEK)
    now = Described(media, "finance", "Fire", "a", "b", "c", coo)
    change(risk, now, was=risk.history.get().pk, by=coo, at=NOW - DAY)
    client.force_login(coo)

    def found(path="/risks/", **asked):
        return [each.risk.title for each in client.get(path, asked).context["rows"]]

    for then, today in (("category=client", "category=finance"), ("department=creative", "department=media"),
                        ("q=leaves", "q=fire"), ("above=yes", "above=")):  # fmt: skip
        assert found(f"/risks/?{then}", as_known_on=day) == ["A client leaves"]
        assert (found(f"/risks/?{then}"), found(f"/risks/?{today}")) == ([], ["Fire"])
    page = client.get(risk.url, {"as_known_on": day})
    assert (page.context["rated"].is_above, page.context["rated"].concern is not None) == (True, True)
    assert "Client · Creative · owner" in page.text


PAGES = ["/risks/", "/risks/matrix/?move=since", "/risks/reviews/", "/risks/?state=all&q=client&above=yes"]


class TestPages:
    FORM = {"title": "Fire", "category": "technology", "cause": "a", "event": "b", "effect": "c"}
    SCORES = {"inherent_likelihood": 4, "inherent_impact": 4, "residual_likelihood": 3, "residual_impact": 3}

    @pytest.fixture(autouse=True)
    def signed_in(self, client, creative_head):
        client.force_login(creative_head)
        self.form = {**self.FORM, **self.SCORES, "department": "creative", "owner": "creative-head"}

    def test_a_risk_is_recorded(self, client):
        answer = client.post("/risks/new/", self.form)
        risk = Risk.objects.get()
        assert (answer.status_code, answer.url) == (302, risk.url)
        assert risk.history.get().history_user == risk.owner
        page = client.get(risk.url).text
        assert "Because a, it may happen that b; then c." in page
        assert "Rated once: 9, medium." in page

    @pytest.mark.parametrize(
        ("wrong", "words"),
        [
            ({"inherent_likelihood": "6"}, "Found “6”, expected a number from 1 to 5."),
            ({"residual_impact": "5"}, "Found 5, expected 4 at most"),
            ({"owner": "nobody"}, "Found “nobody”, expected one of the people listed."),
            ({"owner": "other"}, "Other does not reach Creative"),
            ({"indicator": "pacing@media"}, "expected one of the KPIs listed"),
            ({"department": "media"}, "Choose one of the departments listed."),
            ({"category": "weather"}, "Found “weather”"),
            ({"cause": "x" * 301}, "at most 300 characters"),
            ({"title": "a\0b"}, "Null characters are not allowed."),
            ({"effect": "  "}, "This field is required."),
        ],
        ids=str,
    )
    def test_what_is_wrong_is_said_and_what_was_typed_is_kept(self, client, media, wrong, words):
        make.user("other", department=media)
        answer = client.post("/risks/new/", self.form | {"event": "kept <words>"} | wrong)
        assert (answer.status_code, Risk.objects.count()) == (200, 0)
        assert words in answer.text
        assert "kept &lt;words&gt;" in answer.text

    def test_unchanged_is_two_clicks_from_the_queue(self, client, creative):
        risk = make.risk(creative, at=NOW - 26 * WEEK)
        address = f"{reverse('issues:risk-review', args=[risk.pk])}?from=queue"
        assert address in client.get("/risks/reviews/").text
        answer = client.post(address, {"number": 1, "unchanged": "1"})
        assert answer.url == "/risks/reviews/"
        assert risk.scores.count() == 2
        assert "Reviewed: A client leaves, unchanged. Due again 19 May 2027." in client.get(answer.url).text

    def test_a_stale_review_keeps_the_words_and_says_who_reviewed_it(self, client, risk, coo):
        see(risk, (4, 4), by=coo)
        answer = client.post(risk.url + "review/", {"number": 1, "words": "Mine.", **self.SCORES})
        assert "Coo reviewed it meanwhile" in answer.text
        assert "Mine." in answer.text
        assert risk.scores.count() == 2
        again = {"number": 2, "words": "Mine.", **self.SCORES}
        assert client.post(risk.url + "review/", again).status_code == 302

    @pytest.mark.parametrize("number", ["", "x", "0", "99999999999999999999"])
    def test_a_review_of_no_scores_is_refused(self, client, risk, number):
        answer = client.post(risk.url + "review/", {"number": number, "unchanged": "1"})
        assert (answer.status_code, risk.scores.count()) == (200, 1)
        assert "Nothing was recorded" in answer.text

    def test_a_stale_change_is_refused_and_goes_through_the_second_time(self, client, risk, coo):
        was = risk.history.latest("history_id").pk
        risk.title, risk._history_user = "Theirs", coo
        risk.save()
        form = {**self.FORM, "department": "creative", "owner": "creative-head", "was": was}
        answer = client.post(risk.url + "change/", form)
        assert "Coo changed it meanwhile" in answer.text
        form["was"] = answer.context["form"].data["was"]
        assert client.post(risk.url + "change/", form).status_code == 302
        assert "Theirs" in client.get(risk.url).text

    def test_that_a_review_is_due_is_said_beside_a_concern_that_is_older(self, client, creative, creative_head):
        kpi = make.kpi(creative)
        risk = make.risk(creative, at=NOW - 27 * WEEK, indicator=(kpi, creative))
        make.signal(kpi, creative, found_at=NOW - 5 * WEEK)
        page = client.get(risk.url).text
        assert "shows a concern" in page
        assert "A review is due since" in page

    def test_a_second_reason_for_closing_is_not_recorded_and_not_lost(self, client, risk, coo):
        close(risk, "They left.", by=coo, at=NOW)
        page = client.post(risk.url + "closing/", {"why": "They signed."}).text
        assert "Coo closed it already: They left. What you wrote is below" in page
        assert ">\nThey signed.</textarea>" in page
        assert "Close the risk" not in page
        assert risk.closures.get().why == "They left."

    def test_closing_needs_a_reason_and_can_be_undone(self, client, risk):
        assert "Say why it is closed." in client.post(risk.url + "closing/", {"why": " "}).text
        page = client.post(risk.url + "closing/", {"why": "They signed."}, follow=True).text
        assert f'action="{risk.url}reopening/"' in page
        page = client.post(risk.url + "reopening/", follow=True).text
        assert not RiskClosure.objects.standing().exists()
        again = f"{risk.url}closing/?again={risk.closures.get().pk}"
        assert again in page
        client.post(again)
        assert RiskClosure.objects.standing().get().why == "They signed."

    def test_as_known_many_treatments_take_as_many_queries_as_few(
        self, client, risk, creative, creative_head, django_assert_max_num_queries
    ):
        path = f"{risk.url}?as_known_on={TODAY - 2 * DAY}"
        Risk.objects.update(opened_at=NOW - 9 * DAY)
        risk.scores.update(at=NOW - 9 * DAY)

        def treat():
            made = make.commitment(make.user(department=creative), creative_head, risk=risk, at=NOW - 5 * DAY)
            other = make.user(department=creative)
            do(made, Act.HAND_OVER, edition=1, who=other, words="Away.", by=creative_head, at=NOW)

        treat()
        client.get(path)
        with django_assert_max_num_queries(90) as few:
            assert len(client.get(path).context["commitments"]) == 1
        for _ in range(8):
            treat()
        with django_assert_max_num_queries(len(few)):
            assert len(client.get(path).context["commitments"]) == 9

    def test_it_happened_becomes_an_issue_that_the_risk_shows(self, client, risk, media):
        page = client.get(risk.url)
        raising = client.get(page.context["happened"])
        assert 'value="A client leaves"' in raising.text
        form = {"title": "They left", "needed": "x", "severity": "high", "raiser": "creative", "owner": "media"}
        client.post(page.context["happened"], form)
        issue = Issue.objects.get()
        assert (issue.origin, issue.origin_url) == ("Risk: A client leaves", risk.url)
        assert f"#{issue.pk} They left" in client.get(risk.url).text

    def test_what_happened_has_room_in_an_address(self, client, creative):
        words = dict.fromkeys(("cause", "event", "effect"), "漢" * 300)
        risk = make.risk(creative, "漢" * 120, **words)
        assert len(client.get(risk.url).context["happened"]) < 3500

    def test_a_member_reads_their_own_departments_risks_alone(self, client, risk, designer, media, media_head):
        theirs = make.risk(media, "Canary", owner=media_head)
        client.force_login(designer)
        for page in (*PAGES, "/risks/table.csv"):
            assert "Canary" not in client.get(page).text
        assert "A client leaves" in client.get("/risks/").text
        for path in ("", "change/", "review/", "comments/"):
            assert client.get(theirs.url + path).status_code == 404
        for path in ("change/", "review/", "closing/", "reopening/"):
            assert client.post(risk.url + path).status_code == 404
        assert client.get("/risks/new/").status_code == 404

    def test_an_indicator_beyond_reach_is_not_named(self, client, creative, media, designer):
        kpi = make.kpi(media, code="canary")
        risk = make.risk(creative, at=NOW - WEEK, indicator=(kpi, media))
        make.signal(kpi, media)
        client.force_login(designer)
        for page in (risk.url, "/risks/reviews/", "/risks/", "/risks/table.csv", "/risks/matrix/"):
            assert "anary" not in client.get(page).text
        assert "beyond your reach" in client.get(risk.url).text
        assert "its indicator shows a concern" in client.get("/risks/reviews/").text

    def test_only_the_coo_says_what_is_accepted(self, client, coo):
        assert client.post("/risks/appetite/", {"client": "low"}).status_code == 404
        client.force_login(coo)
        assert "Found “none”" in client.post("/risks/appetite/", {"client": "none"}).text
        page = client.post("/risks/appetite/", {"client": "low"}, follow=True).text
        assert "Appetite changed for 1 category." in page
        assert Appetite.objects.get().level == "low"

    def test_what_somebody_else_said_meanwhile_of_an_appetite_is_not_taken_back(self, client, agency, coo):
        accept({"client": Level.LOW, "labour": Level.LOW}, by=coo, at=NOW)
        client.force_login(coo)
        form = client.get("/risks/appetite/").context["form"].initial
        other = make.user("other", role="coo")
        accept({"labour": Level.HIGH}, by=other, at=NOW)
        client.post("/risks/appetite/", form | {"client": "medium"})
        assert dict(Appetite.objects.current().values_list("category", "level")) == {
            "client": "medium",
            "labour": "high",
        }
        again = client.post("/risks/appetite/", form | {"labour": "medium"})
        assert "Other said high meanwhile: yours takes its place when you save again." in again.text
        assert 'name="was_labour" value="high"' in again.text
        assert Appetite.objects.current().get(category="labour").level == "high"

    @pytest.mark.parametrize(
        "address",
        ["/risks/?level=terrible", "/risks/?cell=9x9", "/risks/?q=%00", "/risks/matrix/?move=since&since=2030-01-01"]
        + ["/risks/matrix/?since=never", "/risks/?department=nowhere", "/risks/reviews/?category=x"],
    )
    def test_an_address_that_nobody_understands_says_so(self, client, address):
        answer = client.get(address)
        assert answer.status_code == 400
        assert "expected" in answer.text

    def test_the_register_filters_and_sorts(self, client, creative):
        make.appetite()
        make.risk(creative, "Small", residual=(1, 1), inherent=(5, 5))
        make.risk(creative, "Large", residual=(4, 4))
        make.risk(creative, "Other", category="labour", residual=(4, 4))

        def listed(query):
            return [str(row.risk) for row in client.get(f"/risks/{query}").context["rows"]]

        assert listed("") == ["Large", "Other", "Small"]
        assert listed("?sort=inherent")[0] == "Small"
        assert listed("?above=yes") == ["Large"]
        assert listed("?level=low") == ["Small"]
        assert listed("?cell=4x4&category=labour") == ["Other"]
        assert listed("?q=mal+fire") == []
        assert listed("?state=closed") == []

    def test_files_hold_the_same_rows_with_text_as_text(self, client, creative):
        make.risk(creative, "=1+1")
        text = client.get("/risks/table.csv").content.decode("utf-8-sig")
        assert "'=1+1" in text
        assert client.get("/risks/table.xlsx").content[:2] == b"PK"

    @pytest.mark.parametrize("page", PAGES)
    def test_htmx_gets_what_the_page_includes(self, client, risk, page):
        whole, part = client.get(page), client.get(page, headers={"HX-Request": "true"})
        assert part.text.strip() in whole.text
        assert "<h1>" not in part.text

    @pytest.mark.parametrize("page", [*PAGES, "/risks/?as_known_on=2026-11-17", "/risks/table.csv"])
    def test_the_number_of_queries_does_not_grow(self, client, creative, page):
        make.appetite(level="low")

        def asked():
            with CaptureQueriesContext(connection) as found:
                assert client.get(page).status_code == 200
            return len(found)

        def more(number):
            for _ in range(number):
                kpi = make.kpi(creative)
                person = make.user(department=creative)
                make.risk(creative, owner=person, at=NOW - 60 * WEEK, indicator=(kpi, creative))
                make.signal(kpi, creative, found_at=NOW - 2 * DAY)

        more(2)
        asked()
        before = asked()
        more(8)
        assert asked() == before

    def test_a_risk_as_known_on_a_day(self, client, risk, coo):
        see(risk, (4, 5), at=NOW - WEEK, words="Worse now.")
        page = client.get(f"{risk.url}?as_known_on={TODAY - 14 * DAY}").text
        assert "Rated once: 9, medium." in page
        assert "Worse now." not in page
        assert client.get(f"{risk.url}?as_known_on={date(2020, 1, 1)}").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time: nothing can race.")
def test_of_two_who_review_at_once_the_second_is_told(creative, creative_head, coo):
    risk = make.risk(creative)

    def second():
        with pytest.raises(ReviewedSince):
            review(risk, number=1, by=creative_head, at=NOW)

    after_each_other(lambda: review(risk, number=1, by=coo, at=NOW), second)

    assert risk.scores.count() == 2
