"""What the data say beside what a head says: with the evidence, and one question where they disagree."""

from datetime import timedelta

import pytest
from django.urls import reverse

from kpis.models import Process
from meetings.selectors.machine import DataSay, data_say
from tests import make
from tests.clock import NOW, TODAY

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


def judge(department, name, *, kind="common_cause", assurance="none"):
    """A KPI of the department as it was judged."""
    kpi = make.kpi(department, name=name)
    place = {"kpi": kpi, "department": department, "grain": "week", "period": make.weeks_ago(1)}
    limits = {"lower": 1, "centre": 5, "upper": 9, "values": 20}
    return Process.objects.create(**place, **limits, kind=kind, assurance=assurance)


def promise(who, to, *, due_on):
    return make.commitment(who, to, due_on=due_on, at=NOW - 30 * A_DAY)


def said(*departments):
    found = data_say(departments, on=TODAY)
    return [(found[each.pk].kind, found[each.pk].words) for each in departments]


def test_signals_of_concern_and_targets_that_are_consistently_missed_are_named(creative, media):
    judge(creative, "On-time delivery", kind="concern")
    judge(creative, "Rework", assurance="misses")
    judge(media, "Pacing", assurance="hits")

    words = "1 signal in On-time delivery, 1 target consistently missed: Rework"
    assert said(creative, media) == [("concern", words), ("quiet", "")]


def test_more_than_two_are_counted(creative):
    for name in "ABC":
        judge(creative, name, kind="concern")

    assert said(creative) == [("concern", "3 signals in A, B and 1 more")]


def test_nothing_that_was_judged_says_nothing(creative):
    judge(creative, "Young")
    Process.objects.update(lower=None, centre=None, upper=None)

    assert said(creative) == [("unknown", "")]


def test_commitments_are_overdue_from_the_day_after_and_until_they_are_done(creative, creative_head, media, media_head):
    promise(creative_head, media, due_on=TODAY - A_DAY)
    promise(media_head, creative, due_on=TODAY)

    assert said(creative, media) == [("concern", "1 commitment overdue"), ("unknown", "")]


def test_all_of_it_is_said_at_once(creative, creative_head, media):
    judge(creative, "Rework", assurance="misses")
    for _ in range(2):
        promise(creative_head, media, due_on=TODAY - A_DAY)

    assert said(creative) == [("concern", "1 target consistently missed: Rework, 2 commitments overdue")]


@pytest.mark.parametrize(
    ("found", "short"),
    [
        (DataSay(3, concerns=[1, 2], misses=[1], overdue=1), "2 signals"),
        (DataSay(3, misses=[1], overdue=1), "1 target missed"),
        (DataSay(0, overdue=2), "2 overdue"),
        (DataSay(3), "No concern"),
        (DataSay(), "Nothing judged"),
    ],
)
def test_in_a_word_the_gravest_is_said(found, short):
    assert found.short == short


class TestOnThePages:
    @pytest.fixture
    def late(self, creative, creative_head, media):
        return promise(creative_head, media, due_on=TODAY - A_DAY)

    def test_the_form_asks_once_and_the_status_keeps_what_they_said(self, client, creative, creative_head, late):
        client.force_login(creative_head)
        address = reverse("meetings:writing", args=["creative", make.weeks_ago(0)])

        assert client.get(address).text.count("Still on track?") == 1
        client.post(address, {"health": "on", "headline": "Calm."})
        sent = creative.statuses.get()
        assert (sent.data_kind, sent.data_words) == ("concern", "1 commitment overdue")
        assert sent.disagrees

    def test_the_page_of_all_marks_where_they_disagree_and_leads_to_the_evidence(self, client, coo, creative, late):
        make.status(creative, at=NOW)
        client.force_login(coo)
        page = client.get(reverse("meetings:board")).text

        assert 'class="differs"' in page
        assert "1 commitment overdue" in page
        assert f'<a href="{reverse("departments:detail", args=["creative"])}" title="Where this comes from">' in page
        make.status(creative, health="risk", instead_of=creative.statuses.get(), at=NOW + A_DAY)
        assert 'class="differs"' not in client.get(reverse("meetings:board")).text

    def test_the_overview_says_it_and_leads_there(self, client, coo, creative, late):
        make.observations(make.kpi(creative), creative, {make.weeks_ago(1): 5})
        client.force_login(coo)
        page = client.get("/overview/").text

        assert "Data of Creative say: 1 commitment overdue" in page
        assert 'href="/commitments/?state=overdue&amp;department=creative"' in page
